//! Whom the shell calls: where each service is, and within which limits it is called.
//!
//! A service stands on its own: threads, queue and limits of one are no other's, so one that hangs stops nobody else. What
//! proves to a service that we may ask is known here and nowhere else; the core only names it. To add a service: its name
//! beside `Service::OLLAMA`, and a row here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::keys::Keys;
use crate::config::Config;
use crate::vocabulary::{EngineName, MAX_ANSWER_BYTES, Service};

/// Jobs that may wait for a thread of a service. The core starts no more translations than there are threads for them.
const QUEUED_MAX: usize = 256;
/// Who does not accept a connection in this time does not listen.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How a thread says that it has something to tell; called on that thread.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// One service. Not to be printed: it holds secrets.
pub(super) struct Setup {
    pub(super) service: Service,
    /// Without a slash at its end.
    pub(super) base_url: String,
    /// Calls made at a time.
    pub(super) threads: usize,
    /// Jobs that may wait for a thread.
    pub(super) queued_max: usize,
    /// Bytes of one answer.
    pub(super) answer_bytes_max: usize,
    pub(super) connect_timeout: Duration,
    /// What a credential means here, by its name.
    pub(super) credentials: BTreeMap<&'static str, Secret>,
}

/// What proves who we are, and where it is put.
#[derive(Clone)]
pub(super) enum Secret {
    /// A field of the head.
    Field { name: &'static str, value: String },
    /// A member of the JSON object that is the body, for services that look for it nowhere else.
    Member { name: &'static str, value: String },
}

impl Setup {
    /// One that is called like every other.
    pub(super) fn new(service: Service, base_url: &str, threads: usize) -> Self {
        Self {
            service,
            base_url: base_url.trim_end_matches('/').to_owned(),
            threads,
            queued_max: QUEUED_MAX,
            answer_bytes_max: MAX_ANSWER_BYTES,
            connect_timeout: CONNECT_TIMEOUT,
            credentials: BTreeMap::new(),
        }
    }

    /// The same with a credential, if there is one.
    fn with(mut self, name: &'static str, secret: Option<Secret>) -> Self {
        self.credentials.extend(secret.map(|secret| (name, secret)));
        self
    }

    /// Whether what is sent there can be read on the way.
    pub(super) fn is_in_clear(&self) -> bool {
        !self.base_url.starts_with("https://")
    }
}

/// Every service of this server.
pub(super) fn setups(config: &Config, keys: &Keys) -> Vec<Setup> {
    // One thread more than translations that run at a time: a probe or the loading of the model never waits behind them.
    let threads = usize::from(config.translate_workers) + 1;
    let engines = config.all_engines();
    let is_used = |name: EngineName| engines.contains(&name);
    let mut setups = Vec::new();
    if is_used(EngineName::Ollama) {
        setups.push(Setup::new(Service::OLLAMA, &config.ollama_url, threads));
    }
    if is_used(EngineName::OpenAi) {
        let setup = Setup::new(Service::OPENAI, &config.openai_url, threads);
        setups.push(setup.with("openai", keys.openai.as_ref().map(|key| authorization("Bearer", key))));
    }
    if is_used(EngineName::LibreTranslate) {
        let setup = Setup::new(Service::LIBRETRANSLATE, &config.libretranslate_url, threads);
        let in_body = |key: &String| Secret::Member { name: "api_key", value: key.clone() };
        setups.push(setup.with("libretranslate", keys.libretranslate.as_ref().map(in_body)));
    }
    if let Some(key) = keys.deepl.as_ref().filter(|_| is_used(EngineName::DeepL)) {
        let setup = Setup::new(Service::DEEPL, deepl_url(&config.deepl_url, key), threads);
        setups.push(setup.with("deepl", Some(authorization("DeepL-Auth-Key", key))));
    }
    setups
}

fn authorization(scheme: &str, key: &str) -> Secret {
    Secret::Field { name: "authorization", value: format!("{scheme} {key}") }
}

/// Where DeepL is for who has this key, unless it was said.
fn deepl_url<'a>(said: &'a str, key: &str) -> &'a str {
    match said {
        "" if key.ends_with(":fx") => "https://api-free.deepl.com",
        "" => "https://api.deepl.com",
        said => said,
    }
}

/// A service whose programs run on this machine, and how long they have for what.
pub(super) struct PipelineSetup {
    pub(super) service: Service,
    /// Where the files are that say which programs make a pipeline.
    pub(super) modes: PathBuf,
    /// Where programs are looked for.
    pub(super) path: Vec<PathBuf>,
    /// Texts translated at a time.
    pub(super) threads: usize,
    /// Jobs that may wait for a thread.
    pub(super) queued_max: usize,
    /// Bytes of one answer.
    pub(super) answer_bytes_max: usize,
    /// Bytes of all programs together.
    pub(super) memory_bytes_max: usize,
    /// After how long unused a pipeline ends.
    pub(super) idle_time: Duration,
    /// From a text to its answer.
    pub(super) answer_time: Duration,
    /// What the first text of a pipeline may take beyond that.
    pub(super) start_time: Duration,
    /// From the first end of a pipeline to its next start; it grows with each further end.
    pub(super) pause: Duration,
    /// Texts after which a pipeline is replaced by a new one: programs grow.
    pub(super) texts_max: u32,
}

impl PipelineSetup {
    /// As it is on every machine.
    pub(super) fn new(service: Service, modes: PathBuf) -> Self {
        Self {
            service,
            modes,
            path: ["/usr/bin", "/bin"].map(PathBuf::from).to_vec(),
            threads: thread::available_parallelism().map_or(1, usize::from),
            queued_max: QUEUED_MAX,
            answer_bytes_max: MAX_ANSWER_BYTES,
            memory_bytes_max: 1024 * 1024 * 1024,
            idle_time: Duration::from_secs(600),
            answer_time: Duration::from_secs(5),
            start_time: Duration::from_secs(2),
            pause: Duration::from_millis(250),
            texts_max: 10_000,
        }
    }

    /// What the programs are told of where programs are.
    pub(super) fn path(&self) -> String {
        let folders: Vec<_> = self.path.iter().map(|folder| folder.to_string_lossy()).collect();
        folders.join(":")
    }
}

/// Apertium, if some text may go to it.
pub(super) fn pipelines(config: &Config) -> Option<PipelineSetup> {
    config.all_engines().contains(&EngineName::Apertium).then(|| apertium(config))
}

/// Apertium, where there may be some of it.
pub(super) fn apertium(config: &Config) -> PipelineSetup {
    PipelineSetup {
        memory_bytes_max: config.apertium_memory_bytes,
        idle_time: Duration::from_millis(config.apertium_idle_ms.0),
        ..PipelineSetup::new(Service::APERTIUM, Path::new(&config.apertium_dir).join("modes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup_for(vars: &[(&str, &str)]) -> Vec<Setup> {
        let find =
            |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let config = Config::read(find).unwrap();
        setups(&config, &Keys::read(find).unwrap())
    }

    fn names(setups: &[Setup]) -> Vec<String> {
        setups.iter().map(|setup| setup.service.to_string()).collect()
    }

    #[test]
    fn a_service_is_there_if_it_is_configured() {
        assert_eq!(names(&setup_for(&[])), ["ollama"]);
        let all = setup_for(&[
            ("OPENAI_URL", "http://127.0.0.1:8081/v1/"),
            ("LIBRETRANSLATE_URL", "http://127.0.0.1:5000"),
            ("LIBRETRANSLATE_KEY", " the-key-of-libre "),
            ("DEEPL_URL", "http://127.0.0.1:9"),
            ("DEEPL_KEY", "the-key-of-deepl:fx"),
            ("TRANSLATE_WORKERS", "4"),
        ]);
        assert_eq!(names(&all), ["ollama", "openai", "libretranslate", "deepl"]);
        let (url, key) = (("DEEPL_URL", "http://127.0.0.1:9"), ("DEEPL_KEY", "the-key-of-deepl"));
        assert_eq!(names(&setup_for(&[("ENGINE", "deepl"), url, key])), ["deepl"], "and if it is asked");
        assert!(all.iter().all(|setup| setup.threads == 5 && setup.is_in_clear()));
        assert_eq!(all[1].base_url, "http://127.0.0.1:8081/v1");
        assert!(all[1].credentials.is_empty());
        let Some(Secret::Member { name: "api_key", value }) = all[2].credentials.get("libretranslate") else {
            panic!("no member")
        };
        assert_eq!(value, "the-key-of-libre");
        let Some(Secret::Field { name: "authorization", value }) = all[3].credentials.get("deepl") else {
            panic!("no field")
        };
        assert_eq!(value, "DeepL-Auth-Key the-key-of-deepl:fx");
    }

    #[test]
    fn a_key_is_worth_nothing_where_another_goes() {
        let openai = setup_for(&[("OPENAI_URL", "http://127.0.0.1:9"), ("OPENAI_KEY", "the-key-of-openai")]);
        let Some(Secret::Field { value, .. }) = openai[1].credentials.get("openai") else {
            panic!("no field")
        };
        assert_eq!(value, "Bearer the-key-of-openai");
        assert!(openai[0].credentials.is_empty());
    }

    #[test]
    fn the_key_says_where_deepl_is() {
        assert_eq!(deepl_url("", "279a2e9d:fx"), "https://api-free.deepl.com");
        assert_eq!(deepl_url("", "279a2e9d"), "https://api.deepl.com");
        assert_eq!(deepl_url("http://10.0.0.7", "279a2e9d:fx"), "http://10.0.0.7");
        assert!(!Setup::new(Service::DEEPL, deepl_url("", "x"), 1).is_in_clear());
    }
}
