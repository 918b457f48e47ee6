//! Check 6 and 9: an answer says about as much as its source, and says it once.
//!
//! A letter says more in one script than in another, so letters are weighed; and a sentence that is missing or comes twice
//! is seen before the length shows it.

use super::words::folded;
use crate::translate::letters::{in_script, is_cjk, is_han, is_kana};
use crate::vocabulary::Script;

/// What a letter says, in hundredths of an English one. Measured over the catalogues of a web framework in 48 languages and
/// over phrases of support, which agree within a tenth; languages of one script differ less than translators do.
const HAN: usize = 290;
const JAPANESE: usize = 170;
const HANGUL: usize = 205;
const HEBREW: usize = 130;
const ARABIC: usize = 115;
const OTHER: usize = 94;

/// Hundredths of a text in Japanese or Korean that are not courtesy.
const POLITE: usize = 85;

/// Source texts that say less than this many letters may become much longer or shorter: "ok" may become a sentence.
const SHORT: usize = 25;
/// Letters every answer may have beyond its share.
const SLACK: usize = 20;
/// From here on a translation is about as long as its text.
const LONG: usize = 60;

/// Hundredths of the source that an answer says at least and at most; less is too little where something is missing, too.
struct Share {
    least: usize,
    least_if_cut: usize,
    most: usize,
}

const MIDDLING: Share = Share { least: 33, least_if_cut: 70, most: 220 };
const OF_LONG: Share = Share { least: 48, least_if_cut: 72, most: 180 };

/// Whether an answer may say as much as the source does.
pub(super) fn is_plausible(source: &str, answer: &str) -> bool {
    let (length, answered) = (content(source), content(answer));
    if length < SHORT {
        return answered <= 4 * length + SLACK;
    }
    let share = if length < LONG { MIDDLING } else { OF_LONG };
    let least = if is_cut(source, answer) { share.least_if_cut } else { share.least };
    let least = if source.chars().any(|c| is_cjk(c) && !is_han(c)) { least * POLITE / 100 } else { least };
    100 * answered >= least * length && 100 * answered <= share.most * length + 100 * SLACK
}

/// What a text says, in English letters.
fn content(text: &str) -> usize {
    let is_japanese = text.chars().any(is_kana);
    let weight = |c: char| match c {
        _ if is_kana(c) || (is_japanese && is_han(c)) => JAPANESE,
        _ if is_han(c) => HAN,
        _ if is_cjk(c) => HANGUL,
        _ if in_script(c, Script::Hebrew) => HEBREW,
        _ if in_script(c, Script::Arabic) => ARABIC,
        _ if c.is_alphanumeric() => OTHER,
        _ => 0,
    };
    text.chars().map(weight).sum::<usize>() / 100
}

/// Whether an answer has fewer sentences, or its last one has no end.
fn is_cut(source: &str, answer: &str) -> bool {
    let ends = |text: &str| text.trim_end().ends_with(|c| is_end(c) || "\"”»」)）]".contains(c));
    let ends_oddly = ends(source) && !ends(answer) && !answer.chars().any(is_thai);
    ends_oddly || sentences(answer, true).len() < sentences(source, false).len()
}

fn is_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।' | ';')
}

/// Thai ends a sentence with a blank.
fn is_thai(c: char) -> bool {
    in_script(c, Script::Thai)
}

/// Letters of a sentence; "Nr." is none.
const SENTENCE_CHARS: usize = 3;

/// The sentences of a text, folded. A point between letters ends none; one behind a digit may: "am 12. Mai".
fn sentences(text: &str, behind_digits: bool) -> Vec<String> {
    let mut sentences = Vec::new();
    let (mut start, mut before) = (0, ' ');
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let is_apart = text[end..].starts_with(char::is_whitespace)
            && (behind_digits || c != '.' || !before.is_numeric());
        if c == '\n' || is_end(c) && (!c.is_ascii() || is_apart) {
            sentences.push(&text[start..end]);
            start = end;
        }
        before = c;
    }
    sentences.push(&text[start..]);
    let has_words =
        |sentence: &String| sentence.chars().filter(|c| c.is_alphanumeric()).count() >= SENTENCE_CHARS;
    sentences.into_iter().map(folded).filter(has_words).collect()
}

/// What a sentence says, in English letters, from which on it is not said twice by chance.
const REPEATED: usize = 12;

/// Whether an answer says a sentence, or the whole, more often than its source says anything.
pub(super) fn is_repeated(source: &str, answer: &str) -> bool {
    let (most, said) = (times(&sentences(source, true)), times(&sentences(answer, true)));
    // Nine times the same may well be eight times the same: twice four.
    let is_twice = most < 2 && is_doubled(answer) && !is_doubled(source);
    said > most.max(1) || is_twice || has_loop(answer) && !has_loop(source)
}

/// How often the most frequent of the longer sentences is said.
fn times(sentences: &[String]) -> usize {
    let longer = sentences.iter().filter(|it| content(it) >= REPEATED);
    longer.map(|one| sentences.iter().filter(|other| *other == one).count()).max().unwrap_or(0)
}

/// Letters of a half from which on a doubled text is no "bye bye".
const HALF_CHARS: usize = 6;

/// Whether the text is the same twice.
fn is_doubled(text: &str) -> bool {
    let letters: Vec<char> = folded(text).chars().filter(|c| *c != ' ').collect();
    let (one, other) = letters.split_at(letters.len() / 2);
    one.len() >= HALF_CHARS && one == other
}

/// Characters of a piece that counts as repeated.
const LOOP_CHARS: usize = 10;
/// Longest such piece looked for; a longer one repeated four times breaks the length check first.
const LOOP_MAX_CHARS: usize = 400;
const LOOP_TIMES: usize = 4;

/// A piece of at least [`LOOP_CHARS`] repeated [`LOOP_TIMES`] times in a row.
fn has_loop(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let longest = (chars.len() / LOOP_TIMES).min(LOOP_MAX_CHARS);
    (LOOP_CHARS..=longest).any(|period| {
        let mut same = 0;
        chars.iter().zip(&chars[period..]).any(|(a, b)| {
            same = if a == b { same + 1 } else { 0 };
            same >= period * (LOOP_TIMES - 1)
        })
    })
}
