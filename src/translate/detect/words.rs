//! Which languages the words of a text belong to: a table of frequent ones, their endings and their letters.
//!
//! Each word speaks for the languages it stands in, the louder the fewer they are. Languages that nobody can offer here stand
//! in the table so that they are not taken for their neighbours. The table knows nothing of people or of what is offered.

use std::cmp::Reverse;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use super::super::letters::is_letter;
use crate::vocabulary::Language;

/// Languages as the bits of one number; the table has fewer.
type Owners = u64;
const MAX_LANGUAGES: usize = Owners::BITS as usize;

const SOURCE: &str = include_str!("words.txt");

/// Words that most messages have at most.
const MOST_HAVE: usize = 32;
/// Words that a text is judged by, those at its beginning.
const MAX_WORDS: usize = 200;
/// Letters a word must have beside its ending.
const MIN_STEM: usize = 3;
/// Letters of the endings of the table.
const ENDINGS: RangeInclusive<usize> = 2..=6;

struct Table {
    /// By place; `None` for those that nobody can offer.
    languages: Vec<Option<Language>>,
    words: Vec<(&'static str, Owners)>,
    endings: Vec<(&'static str, Owners)>,
    letters: Vec<(char, Owners)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::read);

impl Table {
    fn read() -> Self {
        let mut codes: Vec<&str> = Vec::new();
        let (mut words, mut endings, mut letters) = (Vec::new(), Vec::new(), Vec::new());
        for line in SOURCE.lines().filter(|line| !line.starts_with('#')) {
            let mut entries = line.split_whitespace();
            let Some(code) = entries.next() else { continue };
            let place = codes.iter().position(|it| *it == code).unwrap_or_else(|| {
                codes.push(code);
                codes.len() - 1
            });
            let owner: Owners = 1 << place;
            for entry in entries {
                if let Some(ending) = entry.strip_prefix('-') {
                    endings.push((ending, owner));
                } else if let Some(some) = entry.strip_prefix('~') {
                    letters.extend(some.chars().map(|letter| (letter, owner)));
                } else {
                    words.push((entry, owner));
                    words.extend(without_marks(entry).map(|folded| (folded, owner)));
                }
            }
        }
        Self {
            languages: codes.into_iter().map(Language::parse).collect(),
            words: merged(words),
            endings: merged(endings),
            letters: merged(letters),
        }
    }
}

/// Each key once, with all its owners, in order.
fn merged<K: Ord + Copy>(mut entries: Vec<(K, Owners)>) -> Vec<(K, Owners)> {
    entries.sort_unstable();
    let mut merged: Vec<(K, Owners)> = Vec::with_capacity(entries.len());
    for (key, owners) in entries {
        match merged.last_mut().filter(|(last, _)| *last == key) {
            Some((_, all)) => *all |= owners,
            None => merged.push((key, owners)),
        }
    }
    merged.shrink_to_fit();
    merged
}

fn find<K: Ord + Copy>(entries: &[(K, Owners)], key: K) -> Option<Owners> {
    entries.binary_search_by(|(entry, _)| entry.cmp(&key)).ok().map(|place| entries[place].1)
}

/// A word as it is written in a hurry, if that is another one and long enough to be told apart.
fn without_marks(word: &str) -> Option<&'static str> {
    let folded: String = word.chars().map(plain).collect();
    // The table is made once and stays.
    (folded != word && folded.chars().count() >= MIN_STEM).then(|| &*folded.leak())
}

const MARKED: &str = "àáâãäåāăąçćčďđèéêëēėęěğģìíîïīįıķľĺļłñńňņòóôõöőøŕřśšșşťțţùúûüūůűųýžźż";
const PLAIN: &str = "aaaaaaaaacccddeeeeeeeeggiiiiiiikllllnnnnooooooorrsssstttuuuuuuuuyzzz";

fn plain(letter: char) -> char {
    MARKED.chars().zip(PLAIN.chars()).find(|(marked, _)| *marked == letter).map_or(letter, |(_, plain)| plain)
}

fn are_neighbours(one: usize, other: usize) -> bool {
    let code = |place: usize| TABLE.languages[place].map(Language::code);
    let has = |group: &[&str], place| code(place).is_some_and(|code| group.contains(&code));
    NEIGHBOURS.iter().any(|group| has(group, one) && has(group, other))
}

/// What a word says that stands in so many languages.
fn weight(owners: Owners) -> u16 {
    match owners.count_ones() {
        0 => 0,
        1 => 8,
        2 => 5,
        3 => 4,
        4 => 3,
        5..=7 => 2,
        _ => 1,
    }
}

/// How loudly the words of a text speak for each language.
#[derive(Debug)]
pub(super) struct Scores {
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
/// Languages that share most of their words.
const NEIGHBOURS: [&[&str]; 2] = [&["da", "nb", "sv"], &["id", "ms"]];
/// And by which part of what speaks for the next: neighbours share most words of a long text.
const LEAD_PART: u16 = 8;
/// Points from which on a language that nobody can offer is no accident.
const FOREIGN: u16 = 18;

impl Scores {
    /// Those of a text.
    pub(super) fn of(text: &str) -> Self {
        let mut scores = Self { points: [0; MAX_LANGUAGES], known: [0; MAX_LANGUAGES], words: 0 };
        let mut letters: Vec<char> = Vec::new();
        for c in text.chars().filter(|c| !c.is_ascii()).flat_map(char::to_lowercase) {
            if !letters.contains(&c) && letters.len() < MAX_WORDS {
                letters.push(c);
                let owners = find(&TABLE.letters, c).unwrap_or(0);
                scores.add(owners, weight(owners), false);
            }
        }
        let text = lower(text);
        let mut seen: Vec<&str> = Vec::with_capacity(MOST_HAVE);
        for word in words(&text) {
            if seen.len() < MAX_WORDS && !seen.contains(&word) {
                scores.hear(word);
                seen.push(word);
            }
        }
        scores
    }

    fn hear(&mut self, word: &str) {
        match (find(&TABLE.words, word), word.find('\'')) {
            (Some(owners), _) => {
                self.words += 1;
                self.add(owners, weight(owners), true);
            }
            // "j'ai", "l'ordine", "don't".
            (None, Some(place)) if place + 1 < word.len() => {
                let (head, tail) = word.split_at(place + 1);
                self.hear(head);
                self.hear(tail);
            }
            _ => {
                self.words += 1;
                let owners = ending(word).unwrap_or(0);
                self.add(owners, weight(owners).div_ceil(2), false);
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
        let places = 0..TABLE.languages.len();
        // The first of those that are equally loud.
        let loudest = |other: Option<usize>| {
            let others = places.clone().filter(|place| Some(*place) != other);
            others.max_by_key(|place| (self.points[*place], Reverse(*place)))
        };
        let first = loudest(None)?;
        let second = loudest(Some(first))?;
        let (most, next) = (self.points[first], self.points[second]);
        if let Some(prior) = prior {
            if self.is_tied(prior, most) {
                return Some(Some(prior));
            }
            // One word alone is no change of language.
            if self.points_of(prior).is_some_and(|points| most < points + NEIGHBOURS_LEAD) {
                return None;
            }
        }
        let lead = if are_neighbours(first, second) { NEIGHBOURS_LEAD } else { LEAD };
        let leads = most >= next + lead.max(next / LEAD_PART);
        let is_mostly = self.known[first] * 4 >= self.words;
        let enough = if TABLE.languages[first].is_some() { CLEAR } else { FOREIGN };
        (leads && is_mostly && most >= enough).then_some(TABLE.languages[first])
    }

    /// What is expected needs less, unless something else is much louder.
    fn is_tied(&self, prior: Language, most: u16) -> bool {
        self.points_of(prior).is_some_and(|points| points > LEAD && points * 5 >= most * 4)
    }

    fn points_of(&self, language: Language) -> Option<u16> {
        let place = TABLE.languages.iter().position(|it| *it == Some(language))?;
        Some(self.points[place])
    }

    /// How many words the text has.
    pub(super) fn words(&self) -> u16 {
        self.words
    }

    /// Whether these words say nothing against a language: none is louder by as much as makes a text clear.
    pub(super) fn allow(&self, language: Language) -> bool {
        let most = self.points.iter().copied().max().unwrap_or(0);
        self.points_of(language).is_none_or(|points| points + LEAD > most)
    }
}

fn ending(word: &str) -> Option<Owners> {
    let letters = word.chars().count();
    let mut places = word.char_indices().rev().map(|(place, _)| place).skip(ENDINGS.start() - 1);
    let lengths = ENDINGS.filter(|length| letters >= length + MIN_STEM);
    // The longest that is known.
    lengths.filter_map(|_| find(&TABLE.endings, &word[places.next()?..])).last()
}

/// A text in lower case, apostrophes of one kind. A dotted capital I leaves its dot behind.
fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.chars().flat_map(char::to_lowercase).filter(|c| *c != '\u{307}');
    lower.map(|c| if c == '’' { '\'' } else { c }).collect()
}

/// The words of a text. What has a digit, or looks like a link or an address, is none.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '\'' | '.' | '@' | '_' | '/' | '\\' | '-')
            || !c.is_ascii() && (is_letter(c) || is_mark(c))
    };
    text.split(move |c: char| !is_part(c)).filter(|run| !run.is_empty()).flat_map(pieces)
}

/// Marks that are written with the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '·')
}

fn pieces(run: &str) -> impl Iterator<Item = &str> {
    let run = run.trim_matches(['\'', '.', '-']);
    let is_code = run.bytes().any(|byte| byte.is_ascii_digit() || b"@_/\\".contains(&byte))
        || run.contains('.') && !run.contains("..");
    let words = if is_code { "" } else { run };
    words.split('.').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_its_bits_and_names_what_can_be_offered() {
        assert!(TABLE.languages.len() < MAX_LANGUAGES);
        for code in ["en", "es", "pt", "fr", "de", "it", "nl", "sv", "da", "nb", "pl", "tr", "ru", "fi", "uk"]
        {
            let language = Language::parse(code);
            assert!(TABLE.languages.contains(&language), "{code}");
        }
        let known = TABLE.languages.iter().flatten().count();
        assert_eq!(TABLE.languages.len() - known, 17, "those that nobody can offer");
    }

    #[test]
    fn marks_may_be_left_out() {
        assert_eq!(MARKED.chars().count(), PLAIN.chars().count());
        let found = |text| Scores::of(text).clear(None).flatten().map(Language::code);
        assert_eq!(found("donde esta mi pedido"), Some("es"));
        assert_eq!(found("İyi günler, siparişim nerede"), Some("tr"));
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
