//! Texts as words to compare: lower case, one blank around each, no punctuation; and lists of what to look for in them.
//!
//! A list is one string with `|` between its stems. A blank in front of a stem is where a word begins, one behind it where a
//! word ends: `abend` is found in *Feierabend*, ` abend` in *abends*, ` pm ` in *3 pm* alone.

/// A folded text, and which pairs of bytes it has: most stems of a list are not in most texts, and this shows it at once.
pub(super) struct Words {
    text: String,
    pairs: [u64; PAIR_WORDS],
}

const PAIR_WORDS: usize = 16;

/// Where a pair of bytes is noted: a word, and a bit of it.
fn place(pair: &[u8]) -> (usize, u64) {
    let hash = usize::from(pair[0]) * 31 + usize::from(pair[1]);
    (hash / 64 % PAIR_WORDS, 1 << (hash % 64))
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        Self::of_folded(folded(text))
    }

    fn of_folded(text: String) -> Self {
        let mut pairs = [0; PAIR_WORDS];
        for pair in text.as_bytes().windows(2) {
            let (word, bit) = place(pair);
            pairs[word] |= bit;
        }
        Self { text, pairs }
    }

    /// Folded.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The first characters.
    pub(super) fn start(&self, chars: usize) -> Self {
        let end = self.text.char_indices().nth(chars).map_or(self.text.len(), |(at, _)| at);
        Self::of_folded(self.text[..end].to_owned())
    }

    /// The last characters.
    pub(super) fn end(&self, chars: usize) -> Self {
        let start = self.text.char_indices().rev().nth(chars).map_or(0, |(at, _)| at);
        Self::of_folded(self.text[start..].to_owned())
    }

    /// Whether the text has a stem of the list.
    pub(super) fn say(&self, list: &str) -> bool {
        list.split('|').any(|stem| self.may_say(stem) && self.text.contains(stem))
    }

    fn may_say(&self, stem: &str) -> bool {
        stem.as_bytes().windows(2).map(place).all(|(word, bit)| self.pairs[word] & bit != 0)
    }
}

/// Lower-case words without punctuation, a blank around each.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        if is_part_of_word(c) {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// Letters, digits, and the signs of Hindi, Arabic and Thai that are written on them.
fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{900}'..='\u{DFF}' | '\u{E31}'..='\u{E4E}')
}
