//! Whether a translation has a term: as it is, or its stem where the grammar has changed it.

use super::{is_cjk, joins};
use crate::config::folded;

/// Whether a text has a term or its stem.
pub fn contains(text: &str, term: &str) -> bool {
    let stem: Vec<char> = stem(term).chars().flat_map(folded).collect();
    let text: Vec<char> = text.chars().flat_map(folded).collect();
    text.windows(stem.len()).any(|window| window == stem)
}

/// The terms as they stand in a text, each once: with the end of the word where only their stems do.
pub fn shown(text: &str, terms: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let compared: Vec<(usize, char)> =
        text.char_indices().flat_map(|(at, c)| folded(c).map(move |folded| (at, folded))).collect();
    for term in terms {
        let place = find(&compared, text, term).or_else(|| {
            let (start, end) = find(&compared, text, stem(term))?;
            Some((start, end_of_word(text, end)))
        });
        let Some(shown) = place.and_then(|(start, end)| text.get(start..end)) else { continue };
        if !found.iter().any(|other| other == shown) {
            found.push(shown.to_owned());
        }
    }
    found
}

/// Where a text has these words, in bytes.
fn find(compared: &[(usize, char)], text: &str, words: &str) -> Option<(usize, usize)> {
    let words: Vec<char> = words.chars().flat_map(folded).collect();
    let is_it = |window: &[(usize, char)]| window.iter().map(|(_, c)| c).eq(&words);
    let place = compared.windows(words.len()).position(is_it)?;
    let last = compared[place + words.len() - 1].0;
    let end = text[last..].chars().next().map_or(text.len(), |c| last + c.len_utf8());
    Some((compared[place].0, end))
}

/// Where the word ends that goes on here.
fn end_of_word(text: &str, from: usize) -> usize {
    let mut before = text[..from].chars().next_back();
    for (at, c) in text[from..].char_indices() {
        if before.is_none_or(|before| !joins(before, c, is_cjk)) {
            return from + at;
        }
        before = Some(c);
    }
    text.len()
}

/// The first two thirds of the letters of a term.
fn stem(term: &str) -> &str {
    let letters = term.chars().filter(|c| c.is_alphanumeric()).count();
    let last = (2 * letters).div_ceil(3).saturating_sub(1);
    let end = term.char_indices().filter(|(_, c)| c.is_alphanumeric()).nth(last);
    end.map_or(term, |(at, c)| &term[..at + c.len_utf8()])
}
