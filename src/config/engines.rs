//! Rules about the engines that translate: where they may be, and what each needs beside its URL.

use super::{Config, place};

/// Reports what is wrong with a variable, unless it or one of the others could not be read.
type Report<'a> = dyn FnMut(&'static str, &[&str], &str) + 'a;

/// Members of a request that are not for the person who runs the server to choose: on them rests how an answer is read.
const OURS: [&str; 3] = ["messages", "stream", "n"];

impl Config {
    pub(super) fn check_engines(&self, problem: &mut Report<'_>) {
        for (name, url) in [
            ("OLLAMA_URL", &self.ollama_url),
            ("OPENAI_URL", &self.openai_url),
            ("LIBRETRANSLATE_URL", &self.libretranslate_url),
            ("DEEPL_URL", &self.deepl_url),
        ] {
            // Only Ollama has a place where it is without being named, and no setting is ever empty that has a default.
            if let Some(what) = place::fault(url).filter(|_| !url.is_empty()) {
                problem(name, &[], what);
            }
        }
        self.check_engine_keys(problem);
        if let Some(member) = OURS.iter().find(|member| self.openai_extra.0.contains_key(**member)) {
            let what = format!("must not set {member:?}, on which it rests how an answer is read");
            problem("OPENAI_EXTRA", &[], &what);
        }
        if !(1..=5).contains(&self.apertium_hops) {
            problem("APERTIUM_HOPS", &[], "must be from 1 to 5");
        }
    }

    fn check_engine_keys(&self, problem: &mut Report<'_>) {
        if self.openai_key.is_some() && self.openai_url.is_empty() {
            problem(
                "OPENAI_KEY",
                &["OPENAI_URL"],
                "is of no use without OPENAI_URL, which says where it may go",
            );
        }
        if self.libretranslate_key.is_some() && self.libretranslate_url.is_empty() {
            problem(
                "LIBRETRANSLATE_KEY",
                &["LIBRETRANSLATE_URL"],
                "is of no use without LIBRETRANSLATE_URL, which says where it may go",
            );
        }
        if self.deepl_key.is_none() && !self.deepl_url.is_empty() {
            problem("DEEPL_URL", &["DEEPL_KEY"], "is of no use without DEEPL_KEY");
        }
        if self.deepl_key.is_some() && self.deepl_url.is_empty() && !cfg!(feature = "tls") {
            problem(
                "DEEPL_KEY",
                &["DEEPL_URL"],
                "needs a build with --features tls, since DeepL is spoken to with https:// only",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    /// The names of the variables that are wrong, in order.
    fn wrong(vars: &[(&str, &str)]) -> Vec<&'static str> {
        let find =
            |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Config::read(find).err().into_iter().flatten().map(|problem| problem.name).collect()
    }

    #[test]
    fn a_key_needs_its_place_and_a_place_its_key() {
        let (url, key) = ("http://127.0.0.1:5000", "very-secret-key");
        assert_eq!(wrong(&[("OPENAI_KEY", key)]), ["OPENAI_KEY"]);
        assert_eq!(wrong(&[("LIBRETRANSLATE_KEY", key)]), ["LIBRETRANSLATE_KEY"]);
        assert_eq!(wrong(&[("DEEPL_URL", url)]), ["DEEPL_URL"]);
        assert_eq!(wrong(&[("DEEPL_KEY", key)]).is_empty(), cfg!(feature = "tls"));
        let engines =
            [("OPENAI", url), ("LIBRETRANSLATE", "http://10.0.0.7"), ("DEEPL", "http://[fd00::7]:80")];
        for (engine, url) in engines {
            let names = [format!("{engine}_URL"), format!("{engine}_KEY")];
            assert_eq!(wrong(&[(&names[0], url), (&names[1], key)]), [""; 0]);
        }
        // Nor is a rule about two variables applied to one that could not be read.
        assert_eq!(wrong(&[("DEEPL_KEY", "short"), ("DEEPL_URL", url)]), ["DEEPL_KEY"]);
    }

    #[test]
    fn words_go_to_no_public_address_in_clear() {
        for name in ["OLLAMA_URL", "OPENAI_URL", "LIBRETRANSLATE_URL"] {
            for url in
                ["http://8.8.8.8/v1", "http://0x8080808", "http://[::ffff:8.8.8.8]", "http://0.0.0.0", "gpu"]
            {
                assert_eq!(wrong(&[(name, url)]), [name], "{url}");
            }
            let https = wrong(&[(name, "https://8.8.8.8/v1")]);
            assert_eq!(https.is_empty(), cfg!(feature = "tls"));
        }
        let deepl = [("DEEPL_KEY", "very-secret-key"), ("DEEPL_URL", "http://8.8.8.8")];
        assert_eq!(wrong(&deepl), ["DEEPL_URL"]);
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_in_nothing_that_is_said() {
        for name in ["OLLAMA_URL", "OPENAI_URL", "LIBRETRANSLATE_URL"] {
            let url = |wanted: &str| (wanted == name).then(|| "http://me:hunter22@10.0.0.7/v1".to_owned());
            let problems = Config::read(url).unwrap_err();
            assert_eq!(problems.iter().map(|problem| problem.name).collect::<Vec<_>>(), [name]);
            assert!(!format!("{problems:?}").contains("hunter22"), "{problems:?}");
        }
        let url = "http://me:hunter22@10.0.0.7/v1".to_owned();
        let (ollama_url, openai_url, libretranslate_url) = (url.clone(), url.clone(), url.clone());
        let config =
            Config { ollama_url, openai_url, libretranslate_url, deepl_url: url, ..Config::defaults() };
        let told = config.differences();
        assert_eq!(told.iter().filter(|(_, value)| value == "http://10.0.0.7/v1").count(), 4, "{told:?}");
        assert!(told.iter().all(|(_, value)| !value.contains("hunter22")), "{told:?}");
    }

    #[test]
    fn what_is_added_to_a_request_is_bounded_and_so_are_the_hops() {
        for extra in [r#"{"stream":true}"#, r#"{"top_k":1,"n":2}"#, r#"{"messages":[]}"#, "[]", "{"] {
            assert_eq!(wrong(&[("OPENAI_EXTRA", extra)]), ["OPENAI_EXTRA"], "{extra}");
        }
        assert_eq!(wrong(&[("OPENAI_EXTRA", r#"{"top_k":1}"#), ("APERTIUM_HOPS", "5")]), [""; 0]);
        for hops in ["0", "6"] {
            assert_eq!(wrong(&[("APERTIUM_HOPS", hops)]), ["APERTIUM_HOPS"]);
        }
    }
}
