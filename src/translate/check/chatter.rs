//! What models say around a translation: cut where it is safe to cut, recognised where it is not.
//!
//! Cutting is dangerous: a translation may itself begin with "Here is my number:". So a preface is cut only if its colon
//! is new and it speaks of a translation while the source does not; everything doubtful is left to [`is_talk`], which
//! rejects, and a rejected answer costs nothing but a second attempt.

use crate::vocabulary::{Language, Script};

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

/// "Translate" and "translation" in the languages we offer, cut so that they fit verbs and nouns. Only words that mean
/// nothing else: a Russian перевод is a bank transfer too, and a Vietnamese dịch vụ a service.
const TRANSLATION_STEMS: [&str; 27] = [
    "translat",
    "tradu",
    "übersetz",
    "uebersetz",
    "vertal",
    "przetłumacz",
    "översätt",
    "oversæt",
    "oversett",
    "käännös",
    "käännök",
    "překlad",
    "preklad",
    "fordítás",
    "prijevod",
    "μετάφρα",
    "μεταφρά",
    "tercüme",
    "переклад",
    "ترجم",
    "תרגום",
    "अनुवाद",
    "翻译",
    "翻譯",
    "翻訳",
    "번역",
    "bản dịch",
];
/// What a source may say where its translation says "translate" or "translator".
const RELATED_STEMS: [&str; 16] = [
    "interpret",
    "intérpret",
    "interprèt",
    "dolmetsch",
    "tolk",
    "tulk",
    "tłumacz",
    "kään",
    "překl",
    "přelož",
    "fordít",
    "prev",
    "çevir",
    "перев",
    "прев",
    "dịch",
];

fn speaks_of_translation(text: &str) -> bool {
    let text = text.to_lowercase();
    TRANSLATION_STEMS.iter().any(|stem| text.contains(stem))
}

/// Whether a source may be about translating. Generous: then talk goes unnoticed, but no real message is rejected.
fn may_be_about_translation(source: &str) -> bool {
    let source = source.to_lowercase();
    TRANSLATION_STEMS.iter().chain(&RELATED_STEMS).any(|stem| source.contains(stem))
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
fn without_farewell<'a>(text: &'a str, source: &str) -> &'a str {
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

fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty()).count()
}

fn paragraphs(text: &str) -> usize {
    let mut blank_before = true;
    let begins = |line: &str| {
        let blank = line.trim().is_empty();
        let begin = blank_before && !blank;
        blank_before = blank;
        begin
    };
    text.lines().map(begins).filter(|&begins| begins).count()
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

/// Phrases of models about themselves.
const SELF_TALK: [&str; 5] =
    ["as an ai", "as a language model", "as a translation engine", "i'm just an ai", "large language model"];
/// Words of a source that is about such things itself.
const AI_WORDS: [&str; 8] = ["ai", "ia", "ki", "ии", "modelo", "modell", "modèle", "model"];

/// Whether the model talks rather than translates.
pub(super) fn is_talk(source: &str, answer: &str, to: Language) -> bool {
    speaks_of_translation(answer) && !may_be_about_translation(source)
        || is_self_talk(source, answer)
        || has_new_paragraph(source, answer)
        || has_new_farewell(source, answer)
        || announces_more(source, answer)
        || answers_question(source, answer, to)
}

fn is_self_talk(source: &str, answer: &str) -> bool {
    let (source, answer) = (source.to_lowercase(), answer.to_lowercase());
    let mut words = source.split(|c: char| !c.is_alphanumeric());
    SELF_TALK.iter().any(|phrase| answer.contains(phrase)) && !words.any(|word| AI_WORDS.contains(&word))
}

/// An explanation comes as a paragraph of its own.
fn has_new_paragraph(source: &str, answer: &str) -> bool {
    lines(answer) > lines(source) && paragraphs(answer) > paragraphs(source)
}

/// The same farewells as above, where no preface gave the right to cut them.
fn has_new_farewell(source: &str, answer: &str) -> bool {
    without_farewell(answer, source).len() < answer.trim_end().len()
}

/// "Here is what you could tell them:", and nothing behind it.
fn announces_more(source: &str, answer: &str) -> bool {
    let ends_so = |text: &str| text.trim_end().ends_with([':', '：']);
    ends_so(answer) && !ends_so(source)
}

/// Marks of a question in our scripts. Greek asks with a semicolon.
const QUESTION_MARKS: [char; 5] = ['?', '？', '؟', ';', '\u{37E}'];

/// A text that ends with a question mark, and an answer without one: the question was answered. Japanese and Thai ask
/// without the mark.
fn answers_question(source: &str, answer: &str, to: Language) -> bool {
    let asks = source.trim_end().ends_with(['?', '？', '؟']);
    asks && !matches!(to.script(), Script::Japanese | Script::Thai) && !answer.contains(QUESTION_MARKS)
}
