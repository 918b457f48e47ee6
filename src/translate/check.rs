//! Whether to believe an answer.
//!
//! A small model explains, greets, echoes, obeys the text, loops, or answers in the wrong language; the reader must get
//! either a translation or the original. So every check errs towards the original, but none may reject what people
//! really write: names, codes, one-word messages, figures in the notation of another country.
//!
//! The checks look at the masked texts, so that links and codes count for nothing. None of them proves a translation
//! right: they catch what was seen to go wrong, and keep an injected instruction from showing more than a bad translation.

use std::fmt;

use serde::Deserialize;

use super::detect;
use super::letters::{in_script, is_cjk, is_han, is_kana, is_letter};
use super::prompt::{self, Ask, Masked, Mode};
use crate::vocabulary::{Language, Script};

mod chatter;
mod numbers;

/// Why an answer is not delivered. Says nothing about the health of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// The model was cut off: out of tokens, or stopped by Ollama because it repeated itself.
    Unfinished,
    /// JSON was asked for and something else came.
    NotJson,
    /// Nothing, or nothing but white space.
    Empty,
    /// Broken characters (U+FFFD) that the text does not have.
    Garbled,
    /// Our tags or a piece of our instructions.
    PromptLeak,
    /// A marker is missing, doubled or invented.
    Markers,
    /// A number of the text is missing.
    Numbers,
    /// Far too short or far too long for a translation.
    Length,
    /// The text itself, or the text and something else.
    Echo,
    /// Most letters are not of the script wanted.
    Script,
    /// The script is right, the language is not.
    WrongLanguage,
    /// The same piece over and over.
    Repetition,
    /// The model talks: a preface, a note, a refusal, an answer to the question instead of the question.
    Chatter,
}

impl Rejection {
    /// One word for logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::NotJson => "not_json",
            Self::Empty => "empty",
            Self::Garbled => "garbled",
            Self::PromptLeak => "prompt_leak",
            Self::Markers => "markers",
            Self::Numbers => "numbers",
            Self::Length => "length",
            Self::Echo => "echo",
            Self::Script => "script",
            Self::WrongLanguage => "wrong_language",
            Self::Repetition => "repetition",
            Self::Chatter => "chatter",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// An answer that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Believed {
    /// The translation, unmasked, with the white space of the original around it.
    pub text: String,
    /// The language the model says the text is in: only if we asked, and only one of those offered.
    pub detected: Option<Language>,
}

/// Longest answer looked at; no translation of a piece comes near, and the checks cost time on the one thread.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// Reads and checks the finished answer of a model to `ask`.
///
/// # Errors
/// The first check that failed.
pub fn believe(ask: &Ask, offered: &[Language], response: &str) -> Result<Believed, Rejection> {
    if response.len() > MAX_RESPONSE_BYTES {
        return Err(Rejection::Length);
    }
    let masked = prompt::mask(&ask.text);
    let response = chatter::without_thoughts(response);
    let (raw, said) = match ask.mode {
        Mode::Json => read_json(&response)?,
        Mode::Plain => (response, None),
    };
    let detected = said.filter(|_| ask.from.is_none()).and_then(|said| offered_language(&said, offered));
    let answer = chatter::cut(&raw, masked.text());
    presentable(answer, &masked)?;
    if !masked.markers_intact(answer) {
        return Err(Rejection::Markers);
    }
    let text = masked.restore(answer);
    plausible(&Pair { ask, detected, offered, source: masked.text(), answer }, &text)?;
    Ok(Believed { text, detected })
}

/// What the later checks compare; source and answer are masked.
struct Pair<'a> {
    ask: &'a Ask,
    detected: Option<Language>,
    offered: &'a [Language],
    source: &'a str,
    answer: &'a str,
}

/// Checks 5 to 9, from the cheap to the dear, and whether the model talks.
fn plausible(pair: &Pair<'_>, text: &str) -> Result<(), Rejection> {
    if !numbers::kept(&pair.ask.text, text) {
        return Err(Rejection::Numbers);
    }
    if !is_length_plausible(pair.source, pair.answer, pair.ask.to) {
        return Err(Rejection::Length);
    }
    if folded(pair.source) == folded(pair.answer) {
        // Unchanged is right for names and codes, and then neither script nor language says anything.
        return if pair.may_stay_unchanged() { Ok(()) } else { Err(Rejection::Echo) };
    }
    if pair.contains_source() {
        return Err(Rejection::Echo);
    }
    if !is_in_script(pair.source, pair.answer, pair.ask.to) {
        return Err(Rejection::Script);
    }
    if pair.is_other_language() {
        return Err(Rejection::WrongLanguage);
    }
    if has_loop(pair.answer) && !has_loop(pair.source) {
        return Err(Rejection::Repetition);
    }
    if chatter::is_talk(pair.source, pair.answer, pair.ask.to) {
        return Err(Rejection::Chatter);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Answer {
    translation: String,
    /// Any value: a model that cannot name the language must not cost us its translation.
    #[serde(default)]
    detected_language: serde_json::Value,
}

/// Check 2: the object, or the object inside of "Sure! Here is the translation: {…}".
fn read_json(response: &str) -> Result<(String, Option<String>), Rejection> {
    if response.trim().is_empty() {
        return Err(Rejection::Empty);
    }
    let inner =
        response.find('{').zip(response.rfind('}')).and_then(|(open, close)| response.get(open..=close));
    let answer: Answer = inner.and_then(|json| serde_json::from_str(json).ok()).ok_or(Rejection::NotJson)?;
    Ok((answer.translation, answer.detected_language.as_str().map(str::to_owned)))
}

/// The language a model names, by code or by English name; anything else, such as a sentence, is no answer.
fn offered_language(said: &str, offered: &[Language]) -> Option<Language> {
    let said = said.trim();
    let named = |language: &&Language| language.name().eq_ignore_ascii_case(said);
    match Language::parse(said) {
        Some(language) => offered.contains(&language).then_some(language),
        None => offered.iter().find(named).copied(),
    }
}

/// Check 3: something is there, and it is not ours.
fn presentable(answer: &str, masked: &Masked) -> Result<(), Rejection> {
    if answer.trim().is_empty() {
        return Err(Rejection::Empty);
    }
    if answer.contains('\u{FFFD}') && !masked.text().contains('\u{FFFD}') {
        return Err(Rejection::Garbled);
    }
    if is_leak(answer) {
        return Err(Rejection::PromptLeak);
    }
    Ok(())
}

/// Characters of our instructions in a row that no translation has by chance.
const LEAK_CHARS: usize = 40;

fn is_leak(answer: &str) -> bool {
    let lower = answer.to_ascii_lowercase();
    lower.contains("<message")
        || lower.contains("</message")
        || lower.contains("detected_language")
        || shares_piece(answer, prompt::SYSTEM)
}

/// Whether a piece of [`LEAK_CHARS`] of `ours` (ASCII) is in the text. Such a piece holds a whole block of half that
/// length, so it is enough to look for the blocks, and to widen what is found.
fn shares_piece(text: &str, ours: &str) -> bool {
    let (text, ours) = (text.as_bytes(), ours.as_bytes());
    let half = LEAK_CHARS / 2;
    (0..ours.len() / half).any(|block| {
        let start = block * half;
        text.windows(half).enumerate().filter(|(_, window)| *window == &ours[start..start + half]).any(
            |(at, _)| {
                let behind = common(text[at..].iter(), ours[start..].iter());
                let before = common(text[..at].iter().rev(), ours[..start].iter().rev());
                behind + before >= LEAK_CHARS
            },
        )
    })
}

fn common<'a>(a: impl Iterator<Item = &'a u8>, b: impl Iterator<Item = &'a u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// Source texts shorter than this may grow fivefold: "ok" may become a sentence.
const SHORT_CHARS: usize = 20;
/// Characters every answer may have beyond its share.
const SLACK_CHARS: usize = 40;

/// Check 6. The shares are in tenths, per script: a Chinese character says as much as a short word.
fn is_length_plausible(source: &str, answer: &str, to: Language) -> bool {
    let (length, answered) = (source.chars().count(), answer.chars().count());
    if length < SHORT_CHARS {
        return answered <= 5 * length + SLACK_CHARS;
    }
    let from_cjk = mostly_cjk(source);
    let to_cjk = matches!(to.script(), Script::Han | Script::Japanese | Script::Hangul);
    let (least, most) = match (from_cjk, to_cjk) {
        (true, false) => (least_from_cjk(source), 80),
        (false, true) => (length, 12),
        _ => (3 * length, 30),
    };
    10 * answered >= least && 10 * answered <= most * length + 10 * SLACK_CHARS
}

/// Tenths of characters: as many letters as Chinese characters, but less for kana and Hangul, of which polite phrases
/// take many and say little.
fn least_from_cjk(source: &str) -> usize {
    source.chars().map(|c| if is_han(c) { 10 } else { 3 }).sum()
}

fn mostly_cjk(text: &str) -> bool {
    let (cjk, other): (Vec<char>, Vec<char>) =
        text.chars().filter(|&c| is_letter(c)).partition(|&c| is_cjk(c));
    cjk.len() > other.len()
}

/// Lower-case words without punctuation or markers, a blank around each.
fn folded(text: &str) -> String {
    let mut out = String::from(" ");
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
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

/// Words of fewer than so many letters in all may stay as they are: "Hotel", "taxi 24", "ok!".
const ECHO_WORDS: usize = 3;
/// In CJK, where words have no blanks between them, so many letters are taken for [`ECHO_WORDS`] words.
const ECHO_CJK_LETTERS: usize = 6;

/// Little words inside of names; anything else in lower case makes a sentence of them.
const NAME_PARTICLES: [&str; 22] = [
    "de", "da", "do", "dos", "das", "di", "del", "della", "van", "von", "der", "den", "la", "le", "du", "el",
    "y", "e", "al", "bin", "ibn", "st",
];

fn is_sentence(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| word.chars().any(is_letter)).count();
    let cjk = text.chars().filter(|&c| is_cjk(c)).count();
    (words >= ECHO_WORDS || cjk >= ECHO_CJK_LETTERS) && !is_name(text)
}

/// "Maria da Silva Santos", "Hotel Bristol Wien": capitals throughout, but not shouting.
fn is_name(text: &str) -> bool {
    let is_capitalised = |word: &str| {
        let mut letters = word.chars().filter(|&c| is_letter(c));
        letters.next().is_some_and(char::is_uppercase) && letters.all(char::is_lowercase)
    };
    let words: Vec<&str> = text.split_whitespace().filter(|word| word.chars().any(is_letter)).collect();
    words.len() <= 6
        && words.first().is_some_and(|first| is_capitalised(first))
        && words.iter().all(|word| is_capitalised(word) || NAME_PARTICLES.contains(word))
}

impl Pair<'_> {
    /// Check 7: whether an answer equal to the source may be a translation.
    fn may_stay_unchanged(&self) -> bool {
        if !is_sentence(self.source) {
            return true;
        }
        match detect::detect(self.source, self.offered) {
            Some(found) => found == self.ask.to,
            // Nobody but the model knows, and it says that there is nothing to do.
            None => self.ask.from.is_none() && self.detected == Some(self.ask.to),
        }
    }

    /// Check 7, the rest: the source and a translation of it.
    fn contains_source(&self) -> bool {
        is_sentence(self.source) && folded(self.answer).contains(&folded(self.source))
    }

    /// Check 8, the rest: the same script does not mean the same language. Weak models fall back to the language of the
    /// text, or to English.
    fn is_other_language(&self) -> bool {
        let to = self.ask.to;
        let from = self.ask.from.or(self.detected).or_else(|| detect::detect(self.source, self.offered));
        let suspects = from.into_iter().chain([Language::ENGLISH]);
        let answer = without_markers(self.answer);
        suspects.filter(|&it| it != to).any(|suspect| detect::is_rather(&answer, suspect, to))
    }
}

/// Letters below which scripts are not compared, a CJK letter counting three.
const SCRIPT_LETTERS: usize = 4;
/// Letters without a single kana from which on it cannot be Japanese.
const KANALESS_LETTERS: usize = 12;

/// Check 8. Words of the source that look like names ("iPhone", "Alexander") may stay in its script.
fn is_in_script(source: &str, answer: &str, to: Language) -> bool {
    let is_kept_name = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.chars().any(char::is_uppercase) && source.contains(word)
    };
    let words = answer.split_whitespace().filter(|word| !is_kept_name(word));
    let (mut right, mut all, mut kana) = (0, 0, false);
    for c in words.flat_map(str::chars).filter(|&c| is_letter(c)) {
        all += 1;
        right += usize::from(in_script(c, to.script()) || (is_serbian(to) && in_script(c, Script::Latin)));
        kana |= is_kana(c);
    }
    if to.script() == Script::Japanese && all >= KANALESS_LETTERS && !kana {
        return false;
    }
    all < SCRIPT_LETTERS || 10 * right >= 6 * all
}

/// The one language of ours that is written in two scripts, by the same people.
fn is_serbian(language: Language) -> bool {
    language.code() == "sr"
}

/// Markers would be punctuation to the detection, and names of languages must not be.
fn without_markers(answer: &str) -> String {
    answer.replace("[[", " ").replace("]]", " ")
}

/// Characters of a piece that counts as repeated.
const LOOP_CHARS: usize = 10;
/// Longest such piece looked for; a longer one repeated four times breaks the length check first.
const LOOP_MAX_CHARS: usize = 400;
const LOOP_TIMES: usize = 4;

/// Check 9: a piece of at least [`LOOP_CHARS`] repeated [`LOOP_TIMES`] times in a row.
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

#[cfg(test)]
mod phrases;
#[cfg(test)]
mod tests;
