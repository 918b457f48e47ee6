//! A text as LibreTranslate can be trusted with it: its words, and between them what must come back as it is.

use crate::translate::prompt::{self, Masked, Part};

/// A masked text, cut at its markers and its entities.
pub(super) struct Pieces {
    whole: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// Sent, without the white space around it.
    Words(String),
    /// Kept.
    Fixed(String),
}

impl Pieces {
    pub(super) fn of(masked: &Masked) -> Self {
        let whole = masked.text().to_owned();
        let mut pieces = Vec::new();
        for part in prompt::parts(&whole) {
            match part {
                Part::Marker(written, _) => pieces.push(Piece::Fixed(written.to_owned())),
                Part::Words(words) => cut_at_entities(words, &mut pieces),
            }
        }
        Self { whole, pieces }
    }

    /// All of it, markers and entities included.
    pub(super) fn whole(&self) -> &str {
        &self.whole
    }

    /// What is sent, piece by piece.
    pub(super) fn words(&self) -> Vec<&str> {
        let words = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Words(words) => Some(words.as_str()),
            Piece::Fixed(_) => None,
        });
        words.collect()
    }

    /// The whole again, with these for the pieces; `None` if they are too few or too many.
    pub(super) fn join(&self, translated: &[String]) -> Option<String> {
        let mut translated = translated.iter();
        let mut whole = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Words(_) => whole.push_str(translated.next()?.trim()),
                Piece::Fixed(fixed) => whole.push_str(fixed),
            }
        }
        translated.next().is_none().then_some(whole)
    }

    /// Whether an answer to the whole has every entity as it was: `&lt;` is not `<`.
    pub(super) fn keeps_entities(&self, answer: &str) -> bool {
        let entities = |text: &str| {
            let mut found: Vec<String> = Vec::new();
            let mut rest = text;
            while let Some((_, entity, after)) = next_entity(rest) {
                found.push(entity.to_owned());
                rest = after;
            }
            found.sort();
            found
        };
        entities(&self.whole) == entities(answer)
    }
}

fn cut_at_entities(words: &str, pieces: &mut Vec<Piece>) {
    let mut rest = words;
    while let Some((before, entity, after)) = next_entity(rest) {
        push_words(before, pieces);
        pieces.push(Piece::Fixed(entity.to_owned()));
        rest = after;
    }
    push_words(rest, pieces);
}

/// White space, and what has no words, stays as it is.
fn push_words(text: &str, pieces: &mut Vec<Piece>) {
    let words = text.trim();
    if !prompt::has_words(words) {
        pieces.push(Piece::Fixed(text.to_owned()));
        return;
    }
    let lead = &text[..text.len() - text.trim_start().len()];
    let trail = &text[text.trim_end().len()..];
    pieces.push(Piece::Fixed(lead.to_owned()));
    pieces.push(Piece::Words(words.to_owned()));
    pieces.push(Piece::Fixed(trail.to_owned()));
}

/// Letters and digits of an entity at most; the longest name in HTML has 31.
const ENTITY_BYTES_MAX: usize = 32;

/// The first `&name;` or `&#number;`, with what stands before and behind it.
fn next_entity(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('&').find_map(|(start, _)| {
        let behind = &text[start + 1..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        let length = behind.bytes().take(ENTITY_BYTES_MAX).take_while(is_part).count();
        if length == 0 || !behind[length..].starts_with(';') {
            return None;
        }
        let end = start + 1 + length + 1;
        Some((&text[..start], &text[start..end], &text[end..]))
    })
}
