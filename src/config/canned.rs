//! Replies that are written already: a JSON array in a file, with translations somebody has made by hand.
//!
//! The shell reads the file; what is parsed, and what the `config` line of a trace holds, is what stands in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Config, Value};
use crate::vocabulary::{Language, Tenant};

/// All of them, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CannedReplies(Vec<CannedReply>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CannedReply {
    /// What names it in the protocol; unique.
    pub key: String,
    /// What agents are shown to choose by.
    pub title: String,
    /// The language of `content`.
    pub language: Language,
    pub content: String,
    /// The same in other languages.
    #[serde(default)]
    pub translations: BTreeMap<Language, String>,
}

impl Config {
    /// The replies of a tenant; those of the file are the default's.
    pub fn replies_of(&self, tenant: Tenant) -> &CannedReplies {
        static NONE: CannedReplies = CannedReplies(Vec::new());
        if tenant == Tenant::default() { &self.canned_replies } else { &NONE }
    }
}

impl CannedReplies {
    /// Bytes of the file.
    pub const MAX_FILE_BYTES: usize = 1024 * 1024;
    pub const MAX_REPLIES: usize = 500;
    /// Characters of a key.
    pub const MAX_KEY_CHARS: usize = 64;
    /// Characters of a title.
    pub const MAX_TITLE_CHARS: usize = 100;

    pub fn all(&self) -> &[CannedReply] {
        &self.0
    }

    /// The reply of this name.
    pub fn get(&self, key: &str) -> Option<&CannedReply> {
        self.0.iter().find(|reply| reply.key == key)
    }

    /// How somebody has translated these very words by hand.
    pub fn translation_of(&self, text: &str, from: Language, to: Language) -> Option<&str> {
        self.0.iter().filter(|reply| reply.text_in(from) == Some(text)).find_map(|reply| reply.text_in(to))
    }

    /// The first text that is longer than a message may be, by the name of its reply.
    pub(super) fn first_over(&self, max_chars: usize) -> Option<&str> {
        let is_over = |reply: &&CannedReply| reply.texts().any(|text| text.chars().count() > max_chars);
        self.0.iter().find(is_over).map(|reply| reply.key.as_str())
    }

    fn check(&self) -> Result<(), String> {
        if self.0.len() > Self::MAX_REPLIES {
            return Err(format!("has {} replies; {} are allowed", self.0.len(), Self::MAX_REPLIES));
        }
        for (index, reply) in self.0.iter().enumerate() {
            let problem = reply.problem().or_else(|| {
                let is_first = self.get(&reply.key).is_some_and(|first| std::ptr::eq(first, reply));
                (!is_first).then(|| "has a key that another one has already".to_owned())
            });
            if let Some(problem) = problem {
                return Err(format!("names a file whose reply {} ({:?}) {problem}", index + 1, reply.key));
            }
        }
        Ok(())
    }
}

impl CannedReply {
    /// What it says in a language, if somebody has written that.
    pub fn text_in(&self, language: Language) -> Option<&str> {
        let translated = || self.translations.get(&language).map(String::as_str);
        if language == self.language { Some(&self.content) } else { translated() }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.content.as_str()).chain(self.translations.values().map(String::as_str))
    }

    /// What is wrong with it.
    fn problem(&self) -> Option<String> {
        let within = |text: &str, max| !text.trim().is_empty() && text.chars().count() <= max;
        if !within(&self.key, CannedReplies::MAX_KEY_CHARS) {
            return Some(format!("needs a key of 1 to {} characters", CannedReplies::MAX_KEY_CHARS));
        }
        if !within(&self.title, CannedReplies::MAX_TITLE_CHARS) {
            return Some(format!("needs a title of 1 to {} characters", CannedReplies::MAX_TITLE_CHARS));
        }
        let is_control = |c: char| c.is_control() && c != '\n' && c != '\t';
        if self.texts().any(|text| text.trim().is_empty()) {
            return Some("has a text that is empty".to_owned());
        }
        if self.texts().any(|text| text.chars().any(is_control)) {
            return Some("has a text with control characters other than newline and tab".to_owned());
        }
        if self.translations.contains_key(&self.language) {
            return Some(format!("has a translation into its own language, {}", self.language));
        }
        None
    }
}

impl Value for CannedReplies {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > Self::MAX_FILE_BYTES {
            return Err(format!("names a file of more than {} bytes", Self::MAX_FILE_BYTES));
        }
        // Some editors put a byte order mark in front.
        let json = text.trim_start_matches('\u{feff}');
        let replies: Vec<CannedReply> = serde_json::from_str(json)
            .map_err(|error| format!("names a file that is no list of replies in JSON: {error}"))?;
        let replies = Self(replies);
        replies.check()?;
        Ok(replies)
    }

    fn write(&self) -> String {
        if self.0.is_empty() { String::new() } else { serde_json::to_string(&self.0).unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<CannedReplies, String> {
        CannedReplies::parse(json)
    }

    const HELLO: &str = r#"[{"key":"hello","title":"Greeting","language":"en","content":"Hello!",
        "translations":{"pt":"Olá!","de":"Guten Tag!"}}]"#;

    #[test]
    fn what_was_read_is_written_and_read_again() {
        let replies = parse(HELLO).unwrap();
        assert_eq!(parse(&replies.write()), Ok(replies.clone()));
        assert_eq!(parse(&format!("\u{feff}{HELLO}")), Ok(replies));
        assert_eq!(parse("").unwrap().write(), "");
        assert_eq!(parse("[]").unwrap().write(), "");
    }

    #[test]
    fn the_file_is_of_one_tenant() {
        let config = Config { canned_replies: parse(HELLO).unwrap(), ..Config::defaults() };
        assert_eq!(config.replies_of(Tenant::default()).all().len(), 1);
        assert_eq!(config.replies_of(Tenant::from_number(1)).get("hello"), None);
    }

    #[test]
    fn words_are_found_again_in_every_language_they_were_written_in() {
        let replies = parse(HELLO).unwrap();
        let language = |code| Language::parse(code).unwrap();
        let (en, pt, de, fr) = (language("en"), language("pt"), language("de"), language("fr"));
        assert_eq!(replies.translation_of("Hello!", en, pt), Some("Olá!"));
        assert_eq!(replies.translation_of("Olá!", pt, de), Some("Guten Tag!"));
        assert_eq!(replies.translation_of("Olá!", pt, en), Some("Hello!"));
        assert_eq!(replies.translation_of("Hello!", en, fr), None);
        assert_eq!(replies.translation_of("Hello!", de, pt), None, "not said in that language");
    }

    #[test]
    fn what_is_wrong_is_said_and_where() {
        let one = |fields: &str| {
            format!(r#"[{{"key":"a","title":"A","language":"en","content":"x"}},{{{fields}}}]"#)
        };
        for (fields, expected) in [
            (r#""key":"b","title":"B","language":"en""#, "missing field `content` at line 1"),
            (r#""key":"b","title":"B","language":"xx","content":"x""#, "\"xx\""),
            (r#""key":"b","title":"B","language":"en","content":"x","text":"y""#, "unknown field `text`"),
            (
                r#""key":"a","title":"B","language":"en","content":"x""#,
                "reply 2 (\"a\") has a key that another",
            ),
            (
                r#""key":"","title":"B","language":"en","content":"x""#,
                "reply 2 (\"\") needs a key of 1 to 64",
            ),
            (r#""key":"b","title":" ","language":"en","content":"x""#, "needs a title"),
            (r#""key":"b","title":"B","language":"en","content":" ""#, "has a text that is empty"),
            (r#""key":"b","title":"B","language":"en","content":"\u0007""#, "control characters"),
            (
                r#""key":"b","title":"B","language":"en","content":"x","translations":{"en":"y"}"#,
                "into its own language, en",
            ),
        ] {
            let problem = parse(&one(fields)).unwrap_err();
            assert!(problem.contains(expected), "{fields}: {problem}");
        }
        assert!(parse("/etc/canned.json").unwrap_err().contains("line 1"));
        let many: Vec<String> = (0..=CannedReplies::MAX_REPLIES)
            .map(|key| format!(r#"{{"key":"{key}","title":"T","language":"en","content":"x"}}"#))
            .collect();
        assert!(parse(&format!("[{}]", many.join(","))).unwrap_err().contains("500 are allowed"));
        assert!(parse(&" ".repeat(CannedReplies::MAX_FILE_BYTES + 1)).unwrap_err().contains("more than"));
    }
}
