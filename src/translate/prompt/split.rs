//! Long messages in pieces, each short enough for a small model to finish.

use crate::translate::letters::{char_weight, is_cjk};

/// Characters of one piece at most, a CJK character counted three times: beyond this small models begin to summarise,
/// and prompt and answer no longer fit into the default context.
pub const MAX_PIECE_CHARS: usize = 2000;

/// Characters of a message beyond which it is not translated at all; one message would keep the model busy for minutes.
pub const MAX_TRANSLATABLE_CHARS: usize = 6000;

/// Cuts a text into pieces of at most [`MAX_PIECE_CHARS`]; a short text is one piece. Their concatenation is the text:
/// separators stay at the end of the piece before. A piece may be without words, see [`super::has_words`].
pub fn split(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(window) = full_window(rest) {
        let (piece, after) = rest.split_at(cut(window));
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The longest beginning of the text that fits into a piece; `None` if all of it does.
fn full_window(text: &str) -> Option<&str> {
    let mut room = MAX_PIECE_CHARS;
    for (at, c) in text.char_indices() {
        match room.checked_sub(char_weight(c)) {
            Some(left) => room = left,
            None => return text.get(..at),
        }
    }
    None
}

/// Where to cut a full window, in bytes: after a line, else a sentence, else a word, else at its end. A cut in the first
/// quarter would make many small pieces, each without its context.
fn cut(window: &str) -> usize {
    let least = window.len() / 4;
    [after_line, after_sentence, after_word]
        .into_iter()
        .find_map(|find| find(window).filter(|&at| at > least))
        .unwrap_or(window.len())
}

fn after_line(window: &str) -> Option<usize> {
    window.rfind('\n').map(|at| at + 1)
}

fn after_sentence(window: &str) -> Option<usize> {
    let mut before = None;
    let mut found = None;
    for (at, c) in window.char_indices() {
        let ends = matches!(before, Some('.' | '!' | '?' | '…' | '؟' | '।')) && c.is_whitespace();
        if ends || matches!(c, '。' | '！' | '？') {
            found = Some(at + c.len_utf8());
        }
        before = Some(c);
    }
    found
}

fn after_word(window: &str) -> Option<usize> {
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '、' | '，') || is_cjk(c);
    window.char_indices().rev().find(|&(_, c)| is_gap(c)).map(|(at, c)| at + c.len_utf8())
}
