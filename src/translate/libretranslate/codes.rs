//! What languages are called at LibreTranslate, and which it translates into which.
//!
//! Versions differ: Chinese was `zh` and `zt` before it was `zh-Hans` and `zh-Hant`. So there are several names for some
//! languages, and the first that a server lists is taken.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::vocabulary::Language;

/// What to ask where the language is to be found out.
const AUTO: &str = "auto";

/// Names of languages besides their codes, the usual one first.
const NAMES: [(&str, &[&str]); 8] = [
    ("zh", &["zh-Hans", "zh", "zh-CN"]),
    ("zh-Hant", &["zh-Hant", "zt", "zh-TW"]),
    ("nb", &["nb", "no"]),
    ("pt", &["pt", "pt-BR", "pt-PT"]),
    ("en", &["en", "en-US", "en-GB"]),
    ("tl", &["tl", "fil"]),
    ("he", &["he", "iw"]),
    ("id", &["id", "in"]),
];

/// What a server lists: each language, by its code there, and those it is translated into.
#[derive(Debug)]
pub(super) struct Codes {
    targets: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Row {
    code: String,
    #[serde(default)]
    targets: Option<BTreeSet<String>>,
}

impl Codes {
    /// Reads the answer of `/languages`; `None` if it is none, or lists nothing.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let rows: Vec<Row> = serde_json::from_slice(body).ok()?;
        let all: BTreeSet<String> = rows.iter().map(|row| row.code.clone()).collect();
        // Early versions translated everything into everything, and said nothing of it.
        let targets = rows.into_iter().map(|row| (row.code, row.targets.unwrap_or_else(|| all.clone())));
        Some(Self { targets: targets.collect() }).filter(|codes| !codes.targets.is_empty())
    }

    /// The codes of a pair, if there is such a pair.
    pub(super) fn find(&self, from: Option<Language>, to: Language) -> Option<(String, String)> {
        let Some(from) = from else {
            let has = |to: &&str| self.targets.values().any(|targets| targets.contains(*to));
            return names(to).find(|to| has(to)).map(|to| (AUTO.to_owned(), to.to_owned()));
        };
        let into = |from: &str| {
            let targets = self.targets.get(from)?;
            let to = names(to).find(|to| targets.contains(*to))?;
            Some((from.to_owned(), to.to_owned()))
        };
        names(from).find_map(into)
    }
}

/// The codes of a pair where nothing is listed.
pub(super) fn usual(from: Option<Language>, to: Language) -> (String, String) {
    let name = |language| names(language).next().unwrap_or_default().to_owned();
    (from.map_or_else(|| AUTO.to_owned(), name), name(to))
}

/// What a language may be called, the usual name first.
fn names(language: Language) -> impl Iterator<Item = &'static str> {
    let code = language.code();
    let several = NAMES.into_iter().find(|(one, _)| *one == code).map_or(&[][..], |(_, names)| names);
    let only = several.is_empty().then_some(code);
    several.iter().copied().chain(only)
}
