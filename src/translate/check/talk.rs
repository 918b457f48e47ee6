//! Whether the model talks rather than translates: it explains, refuses, reports, or answers as an agent would.
//!
//! What it says has to be new: people write to support that they are sorry, need help and have a bad translation. So each of
//! the [`topics`](super::topics) counts only where the source does not touch it, in any language.

use super::chatter::{lines, without_farewell};
use super::topics::{Place, REPORT, TOPICS, Topic, UNLISTED};
use super::words::{Words, folded};
use crate::translate::letters::{in_script, is_kana, letter_weight};
use crate::vocabulary::{Language, Script};

/// Whether the model talks rather than translates.
pub(super) fn is_talk(source: &str, from: Option<Language>, answer: &str, to: Language) -> bool {
    let is_listed = from.is_none_or(|from| !UNLISTED.contains(&from.code()));
    let (source_words, answer_words) = (Words::of(source), Words::of(answer));
    let speaks = || {
        TOPICS.iter().any(|topic| is_new(topic, &source_words, &answer_words))
            || reports(source, &source_words, answer)
    };
    is_listed && speaks()
        || has_new_brackets(source, &source_words, answer)
        || is_unfilled(source, answer)
        || has_new_paragraph(source, answer)
        || has_new_farewell(source, answer)
        || announces_more(source, answer)
        || answers_question(source, answer, to)
        || asks_back(source, answer, to)
}

/// Characters of an answer that are its beginning.
const START_CHARS: usize = 16;
/// Characters of an answer that are its end.
const END_CHARS: usize = 70;

fn is_new(topic: &Topic, source: &Words, answer: &Words) -> bool {
    let part = match topic.place {
        Place::Start => &answer.start(START_CHARS),
        Place::End => &answer.end(END_CHARS),
        Place::Anywhere => answer,
    };
    part.say(topic.said) && (topic.with.is_empty() || part.say(topic.with)) && !topic.is_touched_by(source)
}

fn start(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

/// Verbs before "that" in a report.
const SAYING: [&str; 6] = ["says", "saying", "writes", "writing", "means", "states"];
/// Marks between "the message says" and what it says.
const REPORT_MARKS: [char; 7] = [':', '：', '"', '“', '„', '«', '「'];
/// Longest "The customer is writing", in characters.
const REPORT_CHARS: usize = 45;

/// "The message says:", where neither the words nor the marks are in the source.
fn reports(source: &str, source_words: &Words, answer: &str) -> bool {
    let start = start(answer, REPORT_CHARS);
    let marks = |text: &str| text.matches(REPORT_MARKS).count();
    let head = match start.find(REPORT_MARKS) {
        Some(at) if marks(answer) > marks(source) => &start[..at],
        _ => match start.split_once(" that ") {
            Some((head, _)) if SAYING.iter().any(|verb| head.ends_with(verb)) => head,
            _ => return false,
        },
    };
    Words::of(head).say(REPORT.said) && !REPORT.is_touched_by(source_words)
}

const BRACKETS: [(char, char); 5] = [('(', ')'), ('[', ']'), ('（', '）'), ('【', '】'), ('［', '］')];
/// Letters of a remark; a CJK letter counts three. "(e)" is the end of a word.
const REMARK_LETTERS: usize = 4;

/// Remarks in brackets that the source does not make. A word of the source beside its translation is none.
fn has_new_brackets(source: &str, source_words: &Words, answer: &str) -> bool {
    let remarks = |text| BRACKETS.iter().flat_map(move |pair| remarks(text, *pair));
    let new = remarks(answer).filter(|remark| !source_words.text().contains(&folded(remark))).count();
    new > remarks(source).count()
}

fn remarks(text: &str, (open, close): (char, char)) -> impl Iterator<Item = &str> {
    let pieces = text.split(open).skip(1).filter_map(move |piece| Some(&piece[..piece.find(close)?]));
    pieces.filter(|remark| letter_weight(remark) >= REMARK_LETTERS)
}

/// "<translated message>": the name of what should stand there.
fn is_unfilled(source: &str, answer: &str) -> bool {
    let answer = answer.trim();
    answer.starts_with('<') && answer.ends_with('>') && !source.contains('<')
}

/// An explanation comes as a paragraph of its own.
fn has_new_paragraph(source: &str, answer: &str) -> bool {
    lines(answer) > lines(source) && paragraphs(answer) > paragraphs(source)
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

/// The farewells of a preface, where no preface gave the right to cut them.
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

/// Whether a language asks without the mark, too.
fn may_ask_without_mark(language: Language) -> bool {
    matches!(language.script(), Script::Japanese | Script::Thai)
}

/// A text that ends with a question mark, and an answer without one: the question was answered.
fn answers_question(source: &str, answer: &str, to: Language) -> bool {
    let asks = source.trim_end().ends_with(['?', '？', '؟']);
    asks && !may_ask_without_mark(to) && !answer.contains(QUESTION_MARKS)
}

/// Letters from which on a text is no half sentence; a CJK letter counts three.
const STATEMENT_LETTERS: usize = 12;

/// A statement, and an answer that ends with a question.
fn asks_back(source: &str, answer: &str, to: Language) -> bool {
    let source = source.trim_end();
    let may_ask = source.contains(QUESTION_MARKS)
        || source.chars().any(|c| is_kana(c) || in_script(c, Script::Thai))
        || !source.ends_with(['.', '。', '!', '！', '।'])
        || letter_weight(source) < STATEMENT_LETTERS;
    !may_ask && !may_ask_without_mark(to) && answer.trim_end().ends_with(['?', '？', '؟'])
}
