//! Checks 7 and 8: an answer is in the language asked for, by its script and by its words, and not the text itself.
//!
//! Names keep their letters and need no language, so what a text and its answer have in common is left out wherever it looks
//! like one. Twins such as Danish and Norwegian share whole sentences.

use super::Pair;
use super::words::folded;
use crate::translate::detect;
use crate::translate::letters::{char_weight, in_script, is_cjk, is_kana, is_letter};
use crate::translate::prompt;
use crate::vocabulary::{Language, Script};

/// Words of fewer than so many letters in all may stay as they are: "Hotel", "taxi 24", "ok!".
const ECHO_WORDS: usize = 3;
/// In CJK, where words have no blanks between them, so many letters are taken for [`ECHO_WORDS`] words.
const ECHO_CJK_LETTERS: usize = 6;

/// Little words inside of names and addresses; anything else in lower case makes a sentence of them.
const NAME_PARTICLES: [&str; 42] = [
    "de",
    "da",
    "do",
    "dos",
    "das",
    "di",
    "del",
    "della",
    "van",
    "von",
    "der",
    "den",
    "la",
    "le",
    "du",
    "el",
    "y",
    "e",
    "al",
    "bin",
    "ibn",
    "st",
    "las",
    "los",
    "des",
    "ul",
    "al",
    "os",
    "bis",
    "ter",
    "rue",
    "avenue",
    "boulevard",
    "via",
    "calle",
    "rua",
    "izquierda",
    "derecha",
    "esc",
    "nábřeží",
    "náměstí",
    "ulica",
];
/// Words of a name at most; an address, which has digits, may have more.
const NAME_WORDS: usize = 12;
const ADDRESS_WORDS: usize = 14;

pub(super) fn is_sentence(text: &str) -> bool {
    let words = words(text).count();
    let cjk = text.chars().filter(|&c| is_cjk(c)).count();
    let distinct = folded(text).split_whitespace().collect::<std::collections::BTreeSet<_>>().len();
    (words >= ECHO_WORDS && distinct > 1 || cjk >= ECHO_CJK_LETTERS) && !is_name(text)
}

/// The words of a text that have letters, without the punctuation around them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().any(is_letter))
}

/// "Maria da Silva Santos", "Hotel Bristol Wien", "Calle Mayor 12, 2º B, 28013 Madrid": capitals throughout, but not shouting.
fn is_name(text: &str) -> bool {
    let is_capitalised = |word: &str| {
        let mut letters = word.chars().filter(|&c| is_letter(c));
        letters.next().is_some_and(char::is_uppercase) && (letters.all(char::is_lowercase) || word.len() <= 3)
    };
    let has_digits = text.chars().any(char::is_numeric);
    let is_part = |word: &str| {
        is_capitalised(word)
            || NAME_PARTICLES.contains(&word)
            || word.split(['-', '\'', '’']).any(is_capitalised)
            || has_digits && word.chars().count() <= 2
    };
    let count = words(text).count();
    count <= if has_digits { ADDRESS_WORDS } else { NAME_WORDS }
        && words(text).any(is_capitalised)
        && (has_digits || words(text).next().is_some_and(is_capitalised))
        && words(text).all(is_part)
}

pub(super) fn is_unchanged(pair: &Pair<'_>) -> bool {
    folded(pair.source) == folded(pair.answer)
}

/// Languages in which whole sentences are the same.
const TWINS: [(&str, &str); 8] = [
    ("da", "nb"),
    ("zh", "zh-Hant"),
    ("cs", "sk"),
    ("hr", "sl"),
    ("hr", "sr"),
    ("es", "gl"),
    ("pt", "gl"),
    ("id", "ms"),
];

fn are_twins(one: Language, other: Language) -> bool {
    TWINS.contains(&(one.code(), other.code())) || TWINS.contains(&(other.code(), one.code()))
}

/// Check 7: whether an answer equal to the source may be a translation.
pub(super) fn may_stay_unchanged(pair: &Pair<'_>) -> bool {
    let to = pair.ask.to;
    if !is_sentence(pair.source) {
        return true;
    }
    match (detect::detect(pair.source, pair.offered), pair.ask.from) {
        (Some(found), _) if found == to => true,
        (Some(found), Some(from)) if found == from && !are_twins(from, to) => false,
        (_, Some(from)) if are_twins(from, to) => !detect::is_rather(pair.source, from, to),
        (Some(_), _) => false,
        // Nobody but the model knows, and it says that there is nothing to do.
        (None, from) => from.is_none() && pair.detected == Some(to),
    }
}

/// Check 7, the rest: the source and a translation of it.
pub(super) fn contains_source(pair: &Pair<'_>) -> bool {
    is_sentence(pair.source) && folded(pair.answer).contains(&folded(pair.source))
}

/// Weight of letters below which scripts are not compared.
const SCRIPT_WEIGHT: usize = 4;
/// Letters without a single kana from which on it cannot be Japanese.
const KANALESS_LETTERS: usize = 12;

/// Check 8. Words of the source that look like names ("iPhone", "Alexander") may stay in its script.
pub(super) fn is_in_script(pair: &Pair<'_>) -> bool {
    let to = pair.ask.to;
    let is_right = |c| in_script(c, to.script()) || (is_serbian(to) && in_script(c, Script::Latin));
    let own = without_names(pair.source, pair.answer);
    let (mut right, mut all, mut letters, mut kana) = (0, 0, 0, false);
    for c in own.chars().filter(|&c| is_letter(c)) {
        all += char_weight(c);
        right += if is_right(c) { char_weight(c) } else { 0 };
        letters += 1;
        kana |= is_kana(c);
    }
    if to.script() == Script::Japanese && letters >= KANALESS_LETTERS && !kana {
        return false;
    }
    all < SCRIPT_WEIGHT || 10 * right >= 6 * all
}

/// The one language of ours that is written in two scripts, by the same people.
fn is_serbian(language: Language) -> bool {
    language.code() == "sr"
}

/// The answer without the names it shares with the source, and without markers, which would be punctuation to the detection.
/// Names stand between blanks, or between letters of a script that has none.
fn without_names(source: &str, answer: &str) -> String {
    let answer = prompt::without_markers(answer);
    let mut own = String::with_capacity(answer.len());
    let mut rest = answer.as_str();
    while let Some(first) = rest.chars().next() {
        let belongs = |c: char| !c.is_whitespace() && is_cjk(c) == is_cjk(first);
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (word, behind) = rest.split_at(length);
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_name = bare.chars().any(char::is_uppercase) && source.contains(bare);
        own.push_str(if is_name { " " } else { word });
        rest = behind;
    }
    own
}

/// Check 8, the rest: the same script does not mean the same language. Weak models fall back to the language of the text, to
/// English, or to a neighbour of the language wanted.
pub(super) fn is_other_language(pair: &Pair<'_>) -> bool {
    let to = pair.ask.to;
    let from = pair.ask.from.or(pair.detected).or_else(|| detect::detect(pair.source, pair.offered));
    let answer = without_names(pair.source, pair.answer);
    let likeliest = detect::likeliest(&answer, to, pair.offered);
    if likeliest == Some(to) {
        return false;
    }
    let is_suspect = |it: Language| it != to && (Some(it) == from || !are_twins(it, to));
    let mut suspects =
        likeliest.into_iter().chain(from).chain([Language::ENGLISH]).filter(|&it| is_suspect(it));
    suspects.any(|suspect| detect::is_rather(&answer, suspect, to))
}
