//! Words that are translated in one way only, or not at all: a JSON array in a file.
//!
//! The shell reads the file; what is parsed, and what the `config` line of a trace holds, is what stands in it. Where the
//! words occur in a text is found in `translate::glossary`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value as Json};

use super::Value;
use crate::vocabulary::Language;

/// All entries, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glossary(Vec<GlossaryEntry>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlossaryEntry {
    pub meaning: Meaning,
    /// Whether case counts.
    pub is_exact: bool,
    /// For people.
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The same in every language.
    Keep(String),
    /// What it is called in each, of two languages or more.
    Fixed(BTreeMap<Language, String>),
}

impl Glossary {
    /// Bytes of the file.
    pub const MAX_FILE_BYTES: usize = 1024 * 1024;
    pub const MAX_ENTRIES: usize = 1000;
    /// Characters of a term.
    pub const MAX_TERM_CHARS: usize = 100;
    /// Characters of a note.
    pub const MAX_NOTE_CHARS: usize = 1000;

    pub fn all(&self) -> &[GlossaryEntry] {
        &self.0
    }
}

/// A character as terms are compared where case does not count: in lower case, apostrophes and blanks alike. Letters with
/// accents of their own are not those that are put together.
pub fn folded(c: char) -> impl Iterator<Item = char> {
    let c = match c {
        'ς' => 'σ',
        '’' | 'ʼ' => '\'',
        _ if c.is_whitespace() => ' ',
        _ => c,
    };
    c.to_lowercase()
}

impl GlossaryEntry {
    /// Its terms; of one that is kept, in no language.
    fn terms(&self) -> Vec<(Option<Language>, &str)> {
        match &self.meaning {
            Meaning::Keep(term) => vec![(None, term)],
            Meaning::Fixed(terms) => {
                terms.iter().map(|(language, term)| (Some(*language), &**term)).collect()
            }
        }
    }

    fn to_json(&self) -> Json {
        let mut members = Map::new();
        for (language, term) in self.terms() {
            members.insert(language.map_or("keep", Language::code).to_owned(), term.into());
        }
        if self.is_exact {
            members.insert("match".to_owned(), "exact".into());
        }
        if let Some(note) = &self.note {
            members.insert("note".to_owned(), note.as_str().into());
        }
        members.into()
    }
}

impl Value for Glossary {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > Self::MAX_FILE_BYTES {
            return Err(format!("names a file of more than {} bytes", Self::MAX_FILE_BYTES));
        }
        // Some editors put a byte order mark in front.
        let json = text.trim_start_matches('\u{feff}');
        let items: Vec<Item> = serde_json::from_str(json)
            .map_err(|error| format!("names a file that is no list of entries in JSON: {error}"))?;
        if items.len() > Self::MAX_ENTRIES {
            return Err(format!(
                "names a file with {} entries; {} are allowed",
                items.len(),
                Self::MAX_ENTRIES
            ));
        }
        let mut reader = Reader::default();
        items.into_iter().for_each(|item| reader.read(item));
        match reader.problems.len() {
            0 => Ok(Self(reader.entries)),
            _ => Err(format!("names a file with wrong entries: {}", reader.problems.join("; "))),
        }
    }

    fn write(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        Json::Array(self.0.iter().map(GlossaryEntry::to_json).collect()).to_string()
    }
}

/// What may stand in the list.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Item {
    Entry(Members),
    Other(IgnoredAny),
}

/// Of an object, as they stand in the file: one that stands there twice is a mistake, and a map would hide it.
struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// The language in which an entry has a term, and the number of the entry.
type Holder = (Option<Language>, usize);

/// Reads entry by entry, so that everything that is wrong is said at once.
#[derive(Default)]
struct Reader {
    entries: Vec<GlossaryEntry>,
    problems: Vec<String>,
    /// How many have been looked at.
    seen: usize,
    /// Who has a term already: as it is compared, and whether case counts.
    taken: BTreeMap<(String, bool), Vec<Holder>>,
}

impl Reader {
    fn read(&mut self, item: Item) {
        self.seen += 1;
        let entry = match item {
            Item::Other(IgnoredAny) => Err("is no object".to_owned()),
            Item::Entry(Members(members)) => entry(members),
        };
        match entry.and_then(|entry| self.take_terms(&entry).map(|()| entry)) {
            Ok(entry) => self.entries.push(entry),
            Err(what) => self.problems.push(format!("entry {} {what}", self.seen)),
        }
    }

    /// No term may mean two things.
    fn take_terms(&mut self, entry: &GlossaryEntry) -> Result<(), String> {
        for (language, term) in entry.terms() {
            let compared =
                if entry.is_exact { term.to_owned() } else { term.chars().flat_map(folded).collect() };
            let others = self.taken.entry((compared, entry.is_exact)).or_default();
            let same = |(other, number): &&Holder| {
                *number != self.seen && (other.is_none() || language.is_none() || *other == language)
            };
            if let Some((_, number)) = others.iter().find(same) {
                return Err(format!("has {term:?}, which entry {number} has already"));
            }
            others.push((language, self.seen));
        }
        Ok(())
    }
}

fn entry(members: Vec<(String, Json)>) -> Result<GlossaryEntry, String> {
    let (mut keep, mut terms, mut is_exact, mut note) = (None, BTreeMap::new(), None, None);
    for (name, value) in members {
        let Json::String(value) = value else { return Err(format!("has a {name:?} that is no text")) };
        let is_first = match &*name {
            "keep" => keep.replace(term(&value)?).is_none(),
            "note" if value.chars().count() > Glossary::MAX_NOTE_CHARS => {
                return Err(format!("has a note of more than {} characters", Glossary::MAX_NOTE_CHARS));
            }
            "note" => note.replace(value).is_none(),
            "match" => {
                let exact = match &*value {
                    "word" => false,
                    "exact" => true,
                    _ => return Err(format!("has the match {value:?}; there are word and exact")),
                };
                is_exact.replace(exact).is_none()
            }
            code => match Language::parse(code) {
                Some(language) => terms.insert(language, term(&value)?).is_none(),
                None => {
                    return Err(format!(
                        "has {name:?}, which is neither a language known here nor keep, match or note"
                    ));
                }
            },
        };
        if !is_first {
            return Err(format!("has {name:?} twice"));
        }
    }
    let meaning = match (keep, terms.len()) {
        (Some(term), 0) => Meaning::Keep(term),
        (Some(_), _) => return Err("has keep, and languages as well".to_owned()),
        (None, 0) => return Err("has neither keep nor languages".to_owned()),
        (None, 1) => return Err("has one language and no keep".to_owned()),
        (None, _) => Meaning::Fixed(terms),
    };
    Ok(GlossaryEntry { meaning, is_exact: is_exact.unwrap_or(false), note })
}

fn term(text: &str) -> Result<String, String> {
    let term = text.trim();
    if !term.chars().any(char::is_alphanumeric) {
        return Err(format!("has the term {text:?}, which has no letter"));
    }
    if term.chars().any(char::is_control) {
        return Err(format!("has the term {text:?}, which has control characters"));
    }
    if term.chars().count() > Glossary::MAX_TERM_CHARS {
        return Err(format!("has a term of more than {} characters", Glossary::MAX_TERM_CHARS));
    }
    Ok(term.to_owned())
}

#[cfg(test)]
mod tests;
