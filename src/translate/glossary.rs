//! Where the terms of a glossary occur in a text, and what is to stand for them.
//!
//! A term is found at the borders of words, or anywhere where nothing is written between words; of two that begin at one
//! place the longer one is found. Inflected forms are not: who wants them adds them. Nothing here knows prompts or markers;
//! those are in [`super::prompt`].

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::letters::{in_script, is_cjk, is_letter};
use super::pairs::Pair;
use crate::config::{Glossary, Meaning, Value as _, folded};
use crate::vocabulary::{Language, Script};

mod occurs;
pub use occurs::{contains, shown};

/// The terms of a glossary, ready to be looked for. Never empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Terms {
    hash: u64,
    /// The same in every language.
    kept: List,
    fixed: BTreeMap<Language, List>,
    /// What is said in each language, by entry; nothing for what is kept.
    meanings: Vec<BTreeMap<Language, String>>,
}

/// Sorted by how they are compared, so that those which begin alike stand together.
type List = Vec<Term>;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    compared: Vec<char>,
    /// Before those that are not.
    is_any_case: bool,
    written: String,
    entry: usize,
}

/// A term that begins at some place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// Bytes of it.
    pub length: usize,
    /// How it stands in the glossary.
    pub term: &'a str,
    /// How it is to be said; `None` for as it is.
    pub target: Option<&'a str>,
}

impl Terms {
    /// Of a glossary; `None` if there is nothing in it.
    pub fn of(glossary: &Glossary) -> Option<Arc<Self>> {
        if glossary.all().is_empty() {
            return None;
        }
        let (mut kept, mut fixed) = (List::new(), BTreeMap::<Language, List>::new());
        let mut meanings = Vec::with_capacity(glossary.all().len());
        for (entry, it) in glossary.all().iter().enumerate() {
            let term = |written: &String| Term {
                compared: written.chars().flat_map(folded).collect(),
                is_any_case: !it.is_exact,
                written: written.clone(),
                entry,
            };
            match &it.meaning {
                Meaning::Keep(written) => {
                    kept.push(term(written));
                    meanings.push(BTreeMap::new());
                }
                Meaning::Fixed(terms) => {
                    for (language, written) in terms {
                        fixed.entry(*language).or_default().push(term(written));
                    }
                    meanings.push(terms.clone());
                }
            }
        }
        kept.sort_unstable();
        fixed.values_mut().for_each(|list| list.sort_unstable());
        let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = Sha256::digest(glossary.write()).into();
        // Nothing is 0.
        let hash = u64::from_be_bytes([a, b, c, d, e, f, g, h]).max(1);
        Some(Arc::new(Self { hash, kept, fixed, meanings }))
    }

    /// Tells it from every other glossary; never 0.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The longest term that begins here, behind this character. Of a text in an unknown language only what is kept: its words
    /// may mean something else.
    pub fn find(&self, before: Option<char>, rest: &str, (from, to): Pair) -> Option<Found<'_>> {
        let first = rest.chars().next()?;
        if before.is_some_and(|before| joins(before, first, is_blankless)) {
            return None;
        }
        let kept = longest(&self.kept, rest, |_| true);
        let kept = kept.map(|(length, term)| Found { length, term: &term.written, target: None });
        let fixed = from.and_then(|from| self.fixed.get(&from)).and_then(|list| {
            let target = |term: &Term| self.meanings[term.entry].get(&to);
            let (length, term) = longest(list, rest, |term| target(term).is_some())?;
            Some(Found { length, term: &term.written, target: target(term).map(String::as_str) })
        });
        match (kept, fixed) {
            (Some(kept), Some(fixed)) if fixed.length > kept.length => Some(fixed),
            (kept, fixed) => kept.or(fixed),
        }
    }

    /// What of a text is to be found in its translation: each term once, as it is said there.
    pub fn targets(&self, text: &str, pair: Pair) -> Vec<String> {
        let (mut targets, mut before, mut rest) = (Vec::new(), None, text);
        while let Some(c) = rest.chars().next() {
            let length = match self.find(before, rest, pair) {
                Some(Found { length, term, target }) => {
                    let target = target.unwrap_or(term);
                    if !targets.iter().any(|other| other == target) {
                        targets.push(target.to_owned());
                    }
                    length
                }
                None => c.len_utf8(),
            };
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        targets
    }
}

/// The longest term of a list with which a text begins, and its length in bytes. Narrows the list character by character.
fn longest<'a>(list: &'a [Term], text: &str, is_wanted: impl Fn(&Term) -> bool) -> Option<(usize, &'a Term)> {
    let (mut left, mut depth, mut best) = (list, 0, None);
    for (at, c) in text.char_indices() {
        for c in folded(c) {
            let begin = left.partition_point(|term| term.compared.get(depth) < Some(&c));
            let end = left.partition_point(|term| term.compared.get(depth) <= Some(&c));
            left = &left[begin..end];
            depth += 1;
        }
        if left.is_empty() {
            break;
        }
        let (head, tail) = text.split_at(at + c.len_utf8());
        let fits = |term: &&Term| (term.is_any_case || term.written == head) && is_wanted(term);
        let found = left.iter().take_while(|term| term.compared.len() == depth).find(fits);
        if let Some(term) = found.filter(|_| ends_between(c, tail)) {
            best = Some((head.len(), term));
        }
    }
    best
}

/// Whether a word may end behind this character.
fn ends_between(last: char, tail: &str) -> bool {
    // To a Korean word, particles are joined.
    let is_free = |c| is_blankless(c) || is_cjk(c);
    tail.chars().next().is_none_or(|next| !is_mark(next) && !joins(last, next, is_free))
}

/// Whether a word goes on from one character to the next. `is_free` is where it may end anywhere.
fn joins(one: char, next: char, is_free: fn(char) -> bool) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || is_mark(c);
    is_part(one) && is_part(next) && !is_free(one) && !is_free(next)
}

/// Written without blanks between words.
fn is_blankless(c: char) -> bool {
    (is_cjk(c) && !in_script(c, Script::Hangul)) || in_script(c, Script::Thai)
}

/// Belongs to the character before it, and is no letter to Unicode.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{64B}'..='\u{65F}' | '\u{3099}' | '\u{309A}')
        || matches!(c, '\u{93C}' | '\u{94D}' | '\u{9BC}' | '\u{9CD}' | '\u{BCD}')
        || matches!(c, '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}')
        || matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

/// A term as it is to be said for one that somebody wrote larger than it stands in the glossary.
pub fn as_large(target: &str, written: &str, term: &str) -> String {
    let is_shouted = |text: &str| {
        let mut letters = text.chars().filter(|c| is_letter(*c));
        text.chars().filter(|c| c.is_uppercase()).nth(1).is_some() && letters.all(char::is_uppercase)
    };
    let begins_large = |text: &str| text.chars().next().is_some_and(char::is_uppercase);
    if is_shouted(written) && !is_shouted(term) {
        return target.to_uppercase();
    }
    let mut chars = target.chars();
    match chars.next() {
        Some(first) if begins_large(written) && !begins_large(term) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => target.to_owned(),
    }
}

#[cfg(test)]
mod tests;
