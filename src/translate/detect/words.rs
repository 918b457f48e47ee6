//! Which languages the words of a text belong to: those of a table of frequent ones, their endings and their letters.
//!
//! Each word speaks for the languages it stands in, the louder the fewer they are. Languages that nobody can offer here stand
//! in the table so that they are not taken for their neighbours. Nothing here knows people or what is offered.

use std::borrow::Cow;

use super::super::letters::is_letter;
use crate::vocabulary::Language;

mod table;

use table::{EMPTY, MAX_LANGUAGES, Owned, Owners, TABLE, Table, hash_of, step};

/// Words that most messages have at most.
const MOST_HAVE: usize = 32;
/// Words that a text is judged by, those at its beginning.
const MAX_WORDS: usize = 200;

/// How loudly the words of a text speak for each language.
pub(super) struct Scores {
    table: &'static Table,
    points: [u16; MAX_LANGUAGES],
    /// How many words each language has.
    known: [u16; MAX_LANGUAGES],
    words: u16,
}

/// Points below which no text is clear: more than one word that stands in one language alone.
const CLEAR: u16 = 9;
/// By how much a clear text speaks louder for its language than for the next.
const LEAD: u16 = 4;
/// The same among neighbours, where one word that only one of them has may be an accident.
const NEIGHBOURS_LEAD: u16 = 8;
/// And by which part of what speaks for the next: neighbours share most words of a long text.
const LEAD_PART: u16 = 8;
/// Points from which on a language that nobody can offer is no accident.
const FOREIGN: u16 = 18;

impl Scores {
    /// Those of a text.
    pub(super) fn of(text: &str) -> Self {
        let (points, known) = ([0; MAX_LANGUAGES], [0; MAX_LANGUAGES]);
        let mut scores = Self { table: &TABLE, points, known, words: 0 };
        let text = lower(text);
        if !text.is_ascii() {
            scores.hear_letters(&text);
        }
        let mut seen: Vec<u64> = Vec::with_capacity(MOST_HAVE);
        for run in (Runs { rest: &text }) {
            if run.signs == PART {
                scores.hear_once(run.text, run.hash, &mut seen);
            } else if run.signs & CODE == 0 {
                pieces(run.text).for_each(|word| scores.hear_once(word, hash_of(word), &mut seen));
            }
        }
        scores
    }

    fn hear_letters(&mut self, text: &str) {
        let mut seen: Vec<char> = Vec::new();
        for letter in text.chars().filter(|c| !c.is_ascii()) {
            if !seen.contains(&letter) && seen.len() < MAX_WORDS {
                seen.push(letter);
                let Owned { owners, points } = self.table.letter(letter);
                self.add(owners, points, false);
            }
        }
    }

    fn hear_once(&mut self, word: &str, hash: u64, seen: &mut Vec<u64>) {
        if seen.len() < MAX_WORDS && !seen.contains(&hash) {
            seen.push(hash);
            self.hear(word, hash);
        }
    }

    fn hear(&mut self, word: &str, hash: u64) {
        if let Some(Owned { owners, points }) = self.table.word(hash) {
            self.words += 1;
            return self.add(owners, points, true);
        }
        match word.bytes().position(|byte| byte == b'\'') {
            // "j'ai", "l'ordine", "don't".
            Some(place) if place + 1 < word.len() => {
                let (head, tail) = word.split_at(place + 1);
                self.hear(head, hash_of(head));
                self.hear(tail, hash_of(tail));
            }
            _ => {
                self.words += 1;
                let Owned { owners, points } = self.table.ending(word);
                self.add(owners, points.div_ceil(2), false);
            }
        }
    }

    fn add(&mut self, owners: Owners, points: u16, is_word: bool) {
        let mut rest = owners;
        while rest != 0 {
            let place = rest.trailing_zeros() as usize;
            self.points[place] += points;
            self.known[place] += u16::from(is_word);
            rest &= rest - 1;
        }
    }

    /// The language of the text, if hardly anything speaks for another. Among neighbours a tie is for `prior`.
    pub(super) fn clear(&self, prior: Option<Language>) -> Option<Option<Language>> {
        let most = self.most();
        if let Some(prior) = prior
            && let Some(points) = self.points_of(prior)
        {
            // What is expected needs less, unless something else is much louder.
            if points > LEAD && points * 5 >= most * 4 {
                return Some(Some(prior));
            }
            // One word alone is no change of language.
            if most < points + NEIGHBOURS_LEAD {
                return None;
            }
        }
        let first = self.points.iter().position(|points| *points == most)?;
        let mut others = self.points;
        others[first] = 0;
        let next = others.into_iter().max()?;
        let second = others.iter().position(|points| *points == next)?;
        let lead = if self.table.are_neighbours(first, second) { NEIGHBOURS_LEAD } else { LEAD };
        let leads = most >= next + lead.max(next / LEAD_PART);
        let is_mostly = self.known[first] * 4 >= self.words;
        let language = *self.table.languages.get(first)?;
        let enough = if language.is_some() { CLEAR } else { FOREIGN };
        (leads && is_mostly && most >= enough).then_some(language)
    }

    /// What speaks loudest.
    fn most(&self) -> u16 {
        self.points.iter().copied().max().unwrap_or(0)
    }

    fn points_of(&self, language: Language) -> Option<u16> {
        self.table.place(language).map(|place| self.points[place])
    }

    /// How many words the text has.
    pub(super) fn words(&self) -> u16 {
        self.words
    }

    /// Whether a word says something for a language, and these words nothing against it.
    pub(super) fn speak_for(&self, language: Language) -> bool {
        self.points_of(language).is_some_and(|points| points > 0) && self.allow(language)
    }

    /// Whether these words say nothing against a language: none is louder by as much as makes a text clear.
    pub(super) fn allow(&self, language: Language) -> bool {
        self.points_of(language).is_none_or(|points| points + LEAD > self.most())
    }
}

/// A text in lower case but for its ASCII letters, apostrophes of one kind. A dotted capital I leaves its dot behind.
fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut lower = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '’' => lower.push('\''),
            c if c.is_ascii() => lower.push(c),
            c => lower.extend(c.to_lowercase().filter(|c| *c != '\u{307}')),
        }
    }
    Cow::Owned(lower)
}

/// The pieces of a text between blanks, commas and the like, each with the kinds of signs in it.
struct Runs<'a> {
    rest: &'a str,
}

/// A letter, or another sign of a run.
const PART: u8 = 1;
/// What has a digit, or looks like a link or an address, is no word.
const CODE: u8 = 2;
/// A sign that belongs to a word only between letters.
const EDGE: u8 = 4;

/// Of a character whose sign is not here.
const BEYOND: u8 = 8;

static SIGNS: [u8; 256] = {
    let mut signs = [BEYOND; 256];
    let mut byte = 0;
    while byte < 128 {
        signs[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => PART,
            b'0'..=b'9' | b'@' | b'_' | b'/' | b'\\' => CODE,
            b'\'' | b'.' | b'-' => EDGE,
            _ => 0,
        };
        byte += 1;
    }
    signs
};

/// One of them: its text, the kinds of signs in it, and the hash of it all.
struct Run<'a> {
    text: &'a str,
    signs: u8,
    hash: u64,
}

impl<'a> Iterator for Runs<'a> {
    type Item = Run<'a>;

    fn next(&mut self) -> Option<Run<'a>> {
        let (mut begin, mut end, mut signs, mut hash, mut beyond) = (0, self.rest.len(), 0, EMPTY, 0);
        for (place, &byte) in self.rest.as_bytes().iter().enumerate() {
            let mut sign = SIGNS[usize::from(byte)];
            if sign == BEYOND {
                // What follows the first byte of a character is what that is.
                beyond = self.rest.get(place..).map_or(beyond, sign_beyond_ascii);
                sign = beyond;
            }
            if sign != 0 {
                begin = if signs == 0 { place } else { begin };
                signs |= sign;
                hash = step(hash, byte);
            } else if signs != 0 {
                end = place;
                break;
            }
        }
        let text = &self.rest[begin..end];
        self.rest = &self.rest[end..];
        (signs != 0).then_some(Run { text, signs, hash })
    }
}

/// What the first character of a text is.
fn sign_beyond_ascii(text: &str) -> u8 {
    let is_part = text.starts_with(|c| is_letter(c) || is_mark(c));
    if is_part { PART } else { 0 }
}

/// Marks that are written with the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '·')
}

/// The words of a run. A dot stands behind one, or between two if there are more dots; else the run is an address.
fn pieces(run: &str) -> impl Iterator<Item = &str> {
    let run = run.trim_matches(['\'', '.', '-']);
    let words = if run.contains('.') && !run.contains("..") { "" } else { run };
    words.split('.').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_may_be_left_out() {
        let found = |text| Scores::of(text).clear(None).flatten().map(Language::code);
        assert_eq!(found("donde esta mi pedido"), Some("es"));
        assert_eq!(found("İyi günler, siparişim nerede"), Some("tr"));
    }

    #[test]
    fn a_soft_word_speaks_for_a_language_unless_another_is_louder() {
        let speaks = |text, code| Scores::of(text).speak_for(Language::parse(code).unwrap());
        assert!(speaks("zapatillas lluvia para", "es"));
        assert!(!speaks("zapatillas lluvia para", "de"), "no word of it");
        assert!(!speaks("para the package and your order", "es"), "English is louder");
        assert!(!speaks("qzx wvq", "es"));
    }

    #[test]
    fn what_is_no_word_says_nothing() {
        for text in [
            "",
            "A-4471-X",
            "https://www.beispiel.example/wo-ist-mein-paket",
            "ana.maria@post.example",
            "12.05. 18:30",
        ] {
            let scores = Scores::of(text);
            assert!(scores.points.iter().all(|points| *points == 0), "{text}");
        }
    }
}
