//! The keys of the services that are called, as they must be sent. The settings have only their hashes.

use std::fmt;

use crate::config::Problem;

/// What the environment has of them. Nothing here is ever printed.
#[derive(Clone, Default)]
pub struct Keys {
    pub(super) openai: Option<String>,
    pub(super) libretranslate: Option<String>,
    pub(super) deepl: Option<String>,
}

impl Keys {
    /// Reads them through `lookup`, by the names they have among the settings.
    ///
    /// # Errors
    /// A hash was given where a trace would have one: it cannot be sent.
    pub fn read(mut lookup: impl FnMut(&str) -> Option<String>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut key = |name: &'static str| {
            let key = lookup(name).map(|key| key.trim().to_owned()).filter(|key| !key.is_empty())?;
            if key.starts_with("sha256:") {
                let what = "is the hash of a key; the key itself is wanted, since it must be sent".to_owned();
                problems.push(Problem { name, what });
            }
            Some(key)
        };
        let (openai, libretranslate, deepl) =
            (key("OPENAI_KEY"), key("LIBRETRANSLATE_KEY"), key("DEEPL_KEY"));
        if problems.is_empty() { Ok(Self { openai, libretranslate, deepl }) } else { Err(problems) }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_not_shown() {
        let keys = Keys::read(|name| Some(format!(" the-{name} ")));
        let keys = keys.unwrap();
        assert_eq!(keys.openai.as_deref(), Some("the-OPENAI_KEY"));
        assert_eq!(keys.libretranslate.as_deref(), Some("the-LIBRETRANSLATE_KEY"));
        assert_eq!(keys.deepl.as_deref(), Some("the-DEEPL_KEY"));
        assert_eq!(format!("{keys:?}"), "Keys(…)");
        let none = Keys::read(|_| Some("  ".to_owned())).unwrap();
        assert!(none.openai.is_none() && none.libretranslate.is_none() && none.deepl.is_none());
    }

    #[test]
    fn a_hash_is_no_key() {
        let problems =
            Keys::read(|name| (name == "DEEPL_KEY").then(|| "sha256:00ff".to_owned())).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.name).collect::<Vec<_>>(), ["DEEPL_KEY"]);
        assert!(!problems[0].what.contains("00ff"));
    }
}
