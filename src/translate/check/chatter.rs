//! What models say around a translation: cut where it is safe to cut.
//!
//! Cutting is dangerous: a translation may itself begin with "Here is my number:". So a preface is cut only if its colon
//! is new and it speaks of a translation while the source does not; everything doubtful is left to [`super::talk`], which
//! rejects, and a rejected answer costs nothing but a second attempt.

use super::topics::{may_be_about_translation, speaks_of_translation};
use crate::vocabulary::Language;

/// The answer without what a model thought aloud: `<think>…</think>`, also where one of the tags is missing.
pub(super) fn without_thoughts(response: &str) -> String {
    let mut spoken = String::new();
    let mut rest = response;
    while let Some((before, thought)) = rest.split_once("<think") {
        spoken.push_str(before);
        rest = thought.split_once("</think").map_or("", |(_, after)| behind_tag(after));
    }
    match rest.rsplit_once("</think") {
        // Some templates put the opening tag into the prompt: all we see is the end of the thought.
        Some((_, after)) => behind_tag(after).to_owned(),
        None => spoken + rest,
    }
}

/// What follows the rest of a tag: `>` or `ing>`.
fn behind_tag(text: &str) -> &str {
    text.strip_prefix("ing").unwrap_or(text).strip_prefix('>').unwrap_or(text)
}

/// The answer without a fence, a preface or quotation marks that the (masked) source does not have.
pub(super) fn cut<'a>(answer: &'a str, source: &str) -> &'a str {
    let answer = without_fence(answer.trim());
    let spoken = without_preface(answer, source);
    let had_preface = spoken.len() < answer.len();
    let spoken = without_fence(if had_preface { without_farewell(spoken, source) } else { spoken });
    without_quotes(spoken, source)
}

/// "```text\n…\n```". A fence of the source is masked, so any fence is the model's.
fn without_fence(text: &str) -> &str {
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return text };
    match inner.split_once('\n') {
        Some((language, rest)) if language.bytes().all(|byte| byte.is_ascii_alphanumeric()) => rest.trim(),
        _ => inner.trim(),
    }
}

/// Longest preface, in bytes.
const MAX_PREFACE_BYTES: usize = 100;

fn without_preface<'a>(text: &'a str, source: &str) -> &'a str {
    let first_line = text.lines().next().unwrap_or(text);
    let Some((at, colon)) = first_line.match_indices([':', '：']).next() else { return text };
    let head = text[..at].trim_matches(['*', '#', '"', ' ']);
    let behind = text[at + colon.len()..].trim_start_matches('*').trim();
    let is_new = colons(text) > colons(source) && !behind.is_empty();
    if is_new && at <= MAX_PREFACE_BYTES && is_preface(head, source) { behind } else { text }
}

fn colons(text: &str) -> usize {
    text.matches([':', '：']).count()
}

/// How models begin to talk. Alone no proof: "OK, here is my number: 123" is a translation.
const OPENERS: [&str; 11] = [
    "sure",
    "certainly",
    "of course",
    "okay",
    "ok",
    "absolutely",
    "no problem",
    "here is",
    "here's",
    "here are",
    "here you go",
];

fn is_preface(head: &str, source: &str) -> bool {
    let head = head.to_lowercase();
    if speaks_of_translation(&head) && !may_be_about_translation(source) {
        return true;
    }
    let opens = OPENERS.iter().any(|opener| head.starts_with(opener));
    let names_form = ["version", "text", "message", "sentence"].iter().any(|form| head.contains(form));
    // "English:", "Here is the message in English:", but not "Here is my Polish passport:".
    let mut names = Language::all().map(|language| language.name().to_lowercase());
    names.any(|name| head == name || (opens && names_form && head.contains(&name)))
}

/// How models end, once they have begun to talk.
const FAREWELLS: [&str; 16] = [
    "let me know",
    "please let me know",
    "i hope",
    "hope this",
    "feel free",
    "if you need",
    "if you have",
    "if you'd like",
    "would you like",
    "is there anything",
    "note:",
    "note that",
    "please note",
    "this translation",
    "the translation",
    "i'm here to help",
];

/// Cuts last lines that the source does not have and that say good-bye or explain.
pub(super) fn without_farewell<'a>(text: &'a str, source: &str) -> &'a str {
    let mut text = text;
    while lines(text) > lines(source) {
        let Some((before, last)) = text.rsplit_once('\n') else { return text };
        let last = last.trim_start_matches(['(', '*', '_', '-', ' ']).to_lowercase();
        if !last.is_empty() && !FAREWELLS.iter().any(|farewell| last.starts_with(farewell)) {
            return text;
        }
        text = before.trim_end();
    }
    text
}

pub(super) fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty()).count()
}

const QUOTES: [(char, char); 9] = [
    ('"', '"'),
    ('“', '”'),
    ('„', '“'),
    ('„', '”'),
    ('«', '»'),
    ('»', '«'),
    ('「', '」'),
    ('『', '』'),
    ('\'', '\''),
];

/// Quotation marks round the whole answer, unless the source begins with one too.
fn without_quotes<'a>(text: &'a str, source: &str) -> &'a str {
    let text = text.trim();
    if source.starts_with(|c| QUOTES.iter().any(|&(open, _)| open == c)) {
        return text;
    }
    let inside = |&(open, close): &(char, char)| {
        text.strip_prefix(open)?.strip_suffix(close).filter(|inside| !inside.contains([open, close]))
    };
    QUOTES.iter().find_map(inside).map_or(text, str::trim)
}
