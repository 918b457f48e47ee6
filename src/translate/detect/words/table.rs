//! The table of `words.txt`: which languages a word, an ending or a letter stands in.
//!
//! Words and endings are looked up by their hashes alone, which are the same in every run; the words themselves are not
//! kept. What a text says in all, the table does not know: that is the module above.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use crate::vocabulary::Language;

/// Languages as the bits of one number; the table has fewer.
pub(super) type Owners = u64;
pub(super) const MAX_LANGUAGES: usize = Owners::BITS as usize;

const SOURCE: &str = include_str!("words.txt");

/// Letters a word must have beside its ending.
const MIN_STEM: usize = 3;
/// Letters of the endings of the table.
const ENDINGS: RangeInclusive<usize> = 2..=6;

/// Languages that share most of their words.
const NEIGHBOURS: [&[&str]; 2] = [&["da", "nb", "sv"], &["id", "ms"]];

/// Who has something, and what it says for each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Owned {
    pub(super) owners: Owners,
    pub(super) points: u16,
}

impl Owned {
    fn by(owners: Owners) -> Self {
        Self { owners, points: weight(owners) }
    }
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

pub(super) struct Table {
    /// By place; `None` for those that nobody can offer.
    pub(super) languages: Vec<Option<Language>>,
    neighbours: [Owners; NEIGHBOURS.len()],
    words: Index,
    /// By the hashes of what is read backwards.
    endings: Index,
    letters: Vec<(char, Owners)>,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(Table::read);

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
                    endings.push((hash(ending.bytes().rev()), owner));
                } else if let Some(some) = entry.strip_prefix('~') {
                    letters.extend(some.chars().map(|letter| (letter, owner)));
                } else {
                    words.push((hash_of(entry), owner));
                    words.extend(without_marks(entry).map(|folded| (hash_of(&folded), owner)));
                }
            }
        }
        let bits = |group: &[&str]| {
            let of_group = codes.iter().enumerate().filter(|(_, code)| group.contains(code));
            of_group.fold(0, |owners, (place, _)| owners | 1 << place)
        };
        Self {
            neighbours: NEIGHBOURS.map(bits),
            languages: codes.into_iter().map(Language::parse).collect(),
            words: Index::of(&merged(words)),
            endings: Index::of(&merged(endings)),
            letters: merged(letters),
        }
    }

    /// Those that have a word with this hash.
    pub(super) fn word(&self, hash: u64) -> Option<Owned> {
        self.words.find(hash)
    }

    /// Those that have the longest ending of a word that is known.
    pub(super) fn ending(&self, word: &str) -> Owned {
        let longest = word.chars().count().saturating_sub(MIN_STEM).min(*ENDINGS.end());
        let (mut hash, mut letters, mut owned) = (EMPTY, 0, Owned::default());
        for byte in word.bytes().rev() {
            if letters == longest {
                break;
            }
            hash = step(hash, byte);
            // Read backwards, a letter ends with its first byte.
            letters += usize::from(!is_continued(byte));
            if letters >= *ENDINGS.start() && !is_continued(byte) {
                owned = self.endings.find(hash).unwrap_or(owned);
            }
        }
        owned
    }

    pub(super) fn letter(&self, letter: char) -> Owned {
        let found = self.letters.binary_search_by_key(&letter, |(it, _)| *it);
        found.map_or(Owned::default(), |place| Owned::by(self.letters[place].1))
    }

    pub(super) fn place(&self, language: Language) -> Option<usize> {
        self.languages.iter().position(|it| *it == Some(language))
    }

    pub(super) fn are_neighbours(&self, one: usize, other: usize) -> bool {
        self.neighbours.iter().any(|group| group >> one & group >> other & 1 == 1)
    }
}

/// A byte in the middle of a letter.
fn is_continued(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// Each key once, with all its owners, in order.
fn merged<K: Ord + Copy>(mut entries: Vec<(K, Owners)>) -> Vec<(K, Owners)> {
    entries.sort_unstable();
    entries.dedup_by(|later, kept| {
        let is_same = later.0 == kept.0;
        if is_same {
            kept.1 |= later.1;
        }
        is_same
    });
    entries.shrink_to_fit();
    entries
}

/// Owners by hash, each in the first place behind its own that was free.
struct Index {
    slots: Vec<Slot>,
    /// By the sets of the slots: many words have the same owners. The first one is that of free slots.
    sets: Vec<Owned>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    /// The low half of a hash; the high one says where it begins to look.
    low: u32,
    set: u16,
}

impl Index {
    fn of(entries: &[(u64, Owners)]) -> Self {
        let sets: BTreeSet<Owners> = entries.iter().map(|(_, owners)| *owners).chain([0]).collect();
        let slots = vec![Slot::default(); (entries.len() * 3 / 2).next_power_of_two()];
        let mut index = Self { slots, sets: sets.into_iter().map(Owned::by).collect() };
        for &(hash, owners) in entries {
            let set = index.sets.partition_point(|it| it.owners < owners);
            let place = index.place(hash);
            index.slots[place] = Slot { low: low(hash), set: u16::try_from(set).unwrap_or_default() };
        }
        index
    }

    /// Where a hash stands, or would stand.
    fn place(&self, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut place = (hash >> 32) as usize & mask;
        while self.slots[place].set != 0 && self.slots[place].low != low(hash) {
            place = (place + 1) & mask;
        }
        place
    }

    fn find(&self, hash: u64) -> Option<Owned> {
        let set = self.slots[self.place(hash)].set;
        (set != 0).then(|| self.sets[usize::from(set)])
    }
}

fn low(hash: u64) -> u32 {
    let [a, b, c, d, ..] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The hash of no letter.
pub(super) const EMPTY: u64 = 0;

/// That of a word, in whatever case of its ASCII letters.
pub(super) fn hash_of(word: &str) -> u64 {
    hash(word.bytes())
}

fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(EMPTY, step)
}

/// Takes one more byte into a hash.
pub(super) fn step(hash: u64, byte: u8) -> u64 {
    (hash.rotate_left(5) ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// A word as it is written in a hurry, if that is another one and long enough to be told apart.
fn without_marks(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let folded: String = word.chars().map(plain).collect();
    (folded != word && folded.chars().count() >= MIN_STEM).then_some(folded)
}

const MARKED: &str = "àáâãäåāăąçćčďđèéêëēėęěğģìíîïīįıķľĺļłñńňņòóôõöőøŕřśšșşťțţùúûüūůűųýžźż";
const PLAIN: &str = "aaaaaaaaacccddeeeeeeeeggiiiiiiikllllnnnnooooooorrsssstttuuuuuuuuyzzz";

fn plain(letter: char) -> char {
    MARKED.chars().zip(PLAIN.chars()).find(|(marked, _)| *marked == letter).map_or(letter, |(_, plain)| plain)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
    fn every_word_is_found_by_a_hash_of_its_own() {
        let mut words: BTreeMap<u64, String> = BTreeMap::new();
        let lines = SOURCE.lines().filter(|line| !line.starts_with('#'));
        for word in
            lines.flat_map(|line| line.split_whitespace().skip(1)).filter(|it| !it.starts_with(['-', '~']))
        {
            for word in [Some(word.to_owned()), without_marks(word)].into_iter().flatten() {
                assert!(TABLE.word(hash_of(&word)).is_some(), "{word}");
                let other = words.insert(hash_of(&word), word.clone());
                assert!(other.is_none_or(|other| other == word), "{word}");
            }
        }
        assert!(words.len() > 5_000);
        assert_eq!(TABLE.word(hash_of("parangaricutirimicuaro")), None);
        assert_eq!(TABLE.word(hash_of("THANKS")), TABLE.word(hash_of("thanks")));
    }

    #[test]
    fn the_longest_ending_counts_where_enough_stands_before_it() {
        let owners = |code: &str| {
            let language = Language::parse(code);
            1 << TABLE.languages.iter().position(|it| *it == language).unwrap()
        };
        assert_eq!(TABLE.ending("prioritization").owners & owners("en"), owners("en"));
        assert_eq!(TABLE.ending("numeración").owners & owners("es"), owners("es"));
        assert_eq!(TABLE.ending("ción"), Owned::default());
    }

    #[test]
    fn every_mark_can_be_left_out() {
        assert_eq!(MARKED.chars().count(), PLAIN.chars().count());
        assert_eq!(without_marks("días").as_deref(), Some("dias"));
        assert_eq!(without_marks("é"), None);
    }
}
