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

use crate::config::Config;
use crate::vocabulary::{MAX_ANSWER_BYTES, Service};

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

/// A header field that proves who we are.
pub(super) struct Secret {
    pub(super) field: &'static str,
    pub(super) value: String,
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
}

/// Every service of this server.
pub(super) fn setups(config: &Config) -> Vec<Setup> {
    // One thread more than translations that run at a time: a probe or the loading of the model never waits behind them.
    vec![Setup::new(Service::OLLAMA, &config.ollama_url, usize::from(config.translate_workers) + 1)]
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

/// Apertium, where there may be some of it. Whether it is asked is for the core to say.
pub(super) fn pipelines(config: &Config) -> PipelineSetup {
    PipelineSetup {
        memory_bytes_max: config.apertium_memory_bytes,
        idle_time: Duration::from_millis(config.apertium_idle_ms.0),
        ..PipelineSetup::new(Service::APERTIUM, Path::new(&config.apertium_dir).join("modes"))
    }
}
