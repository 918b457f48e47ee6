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

use super::prompt::{self, Ask, Masked, Mode, Question};
use crate::vocabulary::Language;

mod address;
mod chatter;
mod length;
mod numbers;
mod talk;
mod tongue;
mod topics;
mod words;

/// Why an answer is not delivered. Says nothing about the health of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// The model was cut off: out of tokens, or stopped by Ollama because it repeated itself.
    Unfinished,
    /// JSON was asked for and something else came.
    NotJson,
    /// Nothing, or nothing but punctuation.
    Empty,
    /// Broken characters (U+FFFD) that the text does not have.
    Garbled,
    /// Our tags or a piece of our instructions.
    PromptLeak,
    /// A marker is missing, doubled or invented.
    Markers,
    /// A number of the text is missing, or another one.
    Numbers,
    /// A link, an address, an account or a long number that the text does not have.
    Invented,
    /// Far too short or far too long for a translation.
    Length,
    /// The text itself, or the text and something else.
    Echo,
    /// Most letters are not of the script wanted.
    Script,
    /// The script is right, the language is not.
    WrongLanguage,
    /// The same piece over and over, or a sentence twice.
    Repetition,
    /// The text is longer than the engine takes.
    TooLong,
    /// The engine cannot tell which language the text is in, so it translated from any.
    UnknownSource,
    /// Too many words that the engine does not know.
    UnknownWords,
    /// The model talks: a preface, a note, a refusal, a report, an answer to the message instead of the message.
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
            Self::Invented => "invented",
            Self::Length => "length",
            Self::Echo => "echo",
            Self::Script => "script",
            Self::WrongLanguage => "wrong_language",
            Self::Repetition => "repetition",
            Self::TooLong => "too_long",
            Self::UnknownSource => "unknown_source",
            Self::UnknownWords => "unknown_words",
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

/// Reads and checks the finished answer of a model to `ask`, without a glossary.
///
/// # Errors
/// The first check that failed.
pub fn believe(ask: &Ask, offered: &[Language], response: &str) -> Result<Believed, Rejection> {
    believe_masked(ask, &prompt::mask(&ask.text), offered, response)
}

/// Reads and checks the finished answer of a model.
///
/// # Errors
/// The first check that failed. That a term is missing is none of them, see [`Question::lacks_a_term`].
pub fn believe_answer(
    question: &Question,
    offered: &[Language],
    response: &str,
) -> Result<Believed, Rejection> {
    believe_masked(question, &question.masked(), offered, response)
}

fn believe_masked(
    ask: &Ask,
    masked: &Masked,
    offered: &[Language],
    response: &str,
) -> Result<Believed, Rejection> {
    if response.len() > MAX_RESPONSE_BYTES {
        return Err(Rejection::Length);
    }
    let response = chatter::without_thoughts(response);
    let (raw, said) = match ask.mode {
        Mode::Json => read_json(&response)?,
        Mode::Plain | Mode::Marked | Mode::Pieces => (response, None),
    };
    weigh(ask, masked, offered, &raw, said.as_deref())
}

/// Checks the answer of an engine that answers with the translation alone, and names elsewhere the code of the language
/// that it took the text for, if it was to find out.
///
/// # Errors
/// The first check that failed.
pub fn believe_bare(
    question: &Question,
    offered: &[Language],
    answer: &str,
    said: Option<&str>,
) -> Result<Believed, Rejection> {
    if answer.len() > MAX_RESPONSE_BYTES {
        return Err(Rejection::Length);
    }
    weigh(question, &question.masked(), offered, answer, said)
}

fn weigh(
    ask: &Ask,
    masked: &Masked,
    offered: &[Language],
    raw: &str,
    said: Option<&str>,
) -> Result<Believed, Rejection> {
    let detected = said.filter(|_| ask.from.is_none()).and_then(|said| offered_language(said, offered));
    let answer = chatter::cut(raw, masked.text());
    presentable(answer, masked)?;
    if !masked.markers_intact(answer) {
        return Err(Rejection::Markers);
    }
    let text = masked.restore(answer);
    plausible(&Pair { ask, detected, offered, source: masked.text(), answer })?;
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

/// Whether a pair fails a check.
type Fails = fn(&Pair<'_>) -> bool;

/// Checks 5 to 9, from the cheap to the dear.
fn plausible(pair: &Pair<'_>) -> Result<(), Rejection> {
    let Pair { source, answer, ask: Ask { from, to, .. }, .. } = *pair;
    if tongue::is_unchanged(pair) {
        // Unchanged is right for names and codes, and then neither script nor language says anything.
        return if tongue::may_stay_unchanged(pair) { Ok(()) } else { Err(Rejection::Echo) };
    }
    if address::is_invented(source, answer) {
        return Err(Rejection::Invented);
    }
    numbers::compare(&prompt::without_markers(source), *from, &prompt::without_markers(answer), *to)?;
    // In the order in which they are told apart: an echo with its translation is twice as long, too.
    let checks: [(Fails, Rejection); 6] = [
        (tongue::contains_source, Rejection::Echo),
        (|it| !tongue::is_in_script(it), Rejection::Script),
        (|it| length::is_repeated(it.source, it.answer), Rejection::Repetition),
        (|it| !length::is_plausible(it.source, it.answer), Rejection::Length),
        (|it| talk::is_talk(it.source, it.ask.from, it.answer, it.ask.to), Rejection::Chatter),
        (tongue::is_other_language, Rejection::WrongLanguage),
    ];
    let failed = checks.iter().find(|(fails, _)| fails(pair));
    failed.map_or(Ok(()), |(_, rejection)| Err(*rejection))
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
    // Brackets and quotation marks may be left of an answer that was asked for in another form.
    if !answer.chars().any(char::is_alphanumeric) && !answer.chars().any(is_picture) {
        return Err(Rejection::Empty);
    }
    if answer.contains('\u{FFFD}') && !masked.text().contains('\u{FFFD}') {
        return Err(Rejection::Garbled);
    }
    if is_leak(answer) || (!masked.demands().is_empty() && shares_piece(answer, prompt::TERMS_RULE)) {
        return Err(Rejection::PromptLeak);
    }
    Ok(())
}

/// Emoji and other signs that say something by themselves.
fn is_picture(c: char) -> bool {
    c > '\u{2000}' && !c.is_alphanumeric() && !c.is_whitespace() && !"“”„«»「」『』（）：。，…—–".contains(c)
}

/// Characters of our instructions in a row that no translation has by chance.
const LEAK_CHARS: usize = 40;

/// What stands in our form to be filled in: too short for [`LEAK_CHARS`], and all that some models answer.
const PLACEHOLDERS: [&str; 2] = ["the message in the target language", "iso 639-1 code of the language"];

fn is_leak(answer: &str) -> bool {
    let lower = answer.to_ascii_lowercase();
    lower.contains("<message")
        || lower.contains("</message")
        || lower.contains("detected_language")
        || PLACEHOLDERS.iter().any(|ours| lower.contains(ours))
        || shares_piece(answer, prompt::SYSTEM)
        || prompt::REQUESTS.iter().any(|ours| shares_piece(answer, ours))
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

#[cfg(test)]
mod phrases;
#[cfg(test)]
mod tests;
