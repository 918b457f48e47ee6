//! What Apertium's programs read and write.
//!
//! Everything in square brackets passes through them untouched, so whatever must not be translated travels there by its
//! number: `[#0]`. Some signs are commands and are escaped. A line of the text is a sentence to them: it gets a full stop,
//! which is taken off again, and an empty pair of brackets behind it, by which the lines of the answer are told apart:
//!
//! ```text
//! ¿Dónde está A-4471? Lo pedí       ¿Dónde está [#0]? Lo pedí.[]        Where it is [#0]? *Lo asked it.[]
//! ```
//!
//! In what they write an asterisk, an at sign and a hash mark words they did not know, in one of three dictionaries.

use std::collections::BTreeSet;

use super::super::check::Rejection;
use super::super::letters::is_letter;
use super::super::prompt::{self, Masked};
use crate::vocabulary::Language;

/// Signs with a meaning of their own where nothing escapes them.
const RESERVED: &str = "\\[]{}^$/@<>";
/// Marks of unknown words, and what the last program would take for its own; they travel in brackets.
const MARKS: &str = "*@#~";
/// What ends a sentence.
const ENDS: &str = ".!?…";

/// What a capital may follow without making a name of its word.
const BEFORE_CAPITALS: &str = ".!?…:;¡¿«»“”\"-–—•";

/// A text as the programs get it.
#[derive(Debug)]
pub struct Stream {
    sent: String,
    lines: Vec<Line>,
    /// What travels in brackets, by its number, as it stands in the answer.
    held: Vec<String>,
}

/// A line of the text.
#[derive(Debug)]
enum Line {
    /// Without a letter: it stays as it is.
    Kept(String),
    Sent(Sent),
}

#[derive(Debug)]
struct Sent {
    /// White space before it.
    lead: String,
    /// What it holds, in order.
    held: Vec<usize>,
    has_own_end: bool,
    is_shouted: bool,
    /// Whether its first letter is a capital.
    begins_large: bool,
}

/// What was read out of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    /// With the markers of [`prompt::mask`].
    pub text: String,
    /// But for names: words that no dictionary has, with a capital in the middle of a sentence.
    pub words: usize,
    /// Those of them that a dictionary did not have.
    pub unknown: usize,
}

impl Stream {
    /// Of an original, without a glossary.
    pub fn of(text: &str) -> Self {
        Self::of_masked(&prompt::mask(text))
    }

    /// Of a masked text.
    pub fn of_masked(masked: &Masked) -> Self {
        let text = masked.text();
        let markers = text.match_indices('[').filter(|(at, _)| marker(&text[*at..]).is_some()).count();
        let held = (0..markers).map(|number| format!("[[{number}]]")).collect();
        let mut stream = Self { sent: String::new(), lines: Vec::new(), held };
        for line in text.split('\n') {
            let line = stream.line(line);
            stream.lines.push(line);
        }
        stream
    }

    /// What is sent; empty if there is nothing to translate.
    pub fn sent(&self) -> &str {
        &self.sent
    }

    fn line(&mut self, line: &str) -> Line {
        let body = line.trim();
        let own = prompt::without_markers(body);
        if !own.chars().any(is_letter) {
            return Line::Kept(line.to_owned());
        }
        let has_lower = own.chars().any(char::is_lowercase);
        let is_shouted = !has_lower && own.chars().filter(|c| c.is_uppercase()).nth(1).is_some();
        let mut sent = Sent {
            lead: line[..line.len() - line.trim_start().len()].to_owned(),
            held: Vec::new(),
            has_own_end: body.ends_with(|c| ENDS.contains(c)),
            is_shouted,
            begins_large: own.chars().find(|c| is_letter(*c)).is_some_and(char::is_uppercase),
        };
        self.send(body, &mut sent);
        if !sent.has_own_end {
            self.sent.push('.');
        }
        self.sent.push_str("[]\n");
        Line::Sent(sent)
    }

    fn send(&mut self, body: &str, sent: &mut Sent) {
        let mut rest = body;
        while let Some(c) = rest.chars().next() {
            if let Some((number, length)) = marker(rest) {
                self.hold(number, sent);
                rest = &rest[length..];
                continue;
            }
            let signs = rest.len() - rest.trim_start_matches(|c| MARKS.contains(c)).len();
            if signs > 0 {
                self.held.push(rest[..signs].to_owned());
                self.hold(self.held.len() - 1, sent);
                rest = &rest[signs..];
                continue;
            }
            rest = &rest[c.len_utf8()..];
            match c {
                // Hyphens nobody sees would cut the words of the dictionaries.
                '\u{AD}' => {}
                '’' => self.sent.push('\''),
                _ if c.is_whitespace() && self.sent.ends_with(' ') => {}
                _ if c.is_whitespace() => self.sent.push(' '),
                _ if RESERVED.contains(c) => self.sent.extend(['\\', c]),
                _ if sent.is_shouted => self.sent.extend(c.to_lowercase()),
                _ => self.sent.push(c),
            }
        }
    }

    fn hold(&mut self, number: usize, sent: &mut Sent) {
        sent.held.push(number);
        self.sent.push_str(&format!("[#{number}]"));
    }

    /// Reads the answer to what was sent.
    ///
    /// # Errors
    /// Its lines are others than those that were sent.
    pub fn read(&self, answer: &str, to: Language) -> Result<Read, Rejection> {
        let mut answers = heard(answer).ok_or(Rejection::Markers)?.into_iter();
        let mut read = Read { text: String::new(), words: 0, unknown: 0 };
        for (at, line) in self.lines.iter().enumerate() {
            if at > 0 {
                read.text.push('\n');
            }
            match line {
                Line::Kept(line) => read.text.push_str(line),
                Line::Sent(sent) => {
                    let heard = answers.next().ok_or(Rejection::Markers)?;
                    read.words += heard.words;
                    read.unknown += heard.unknown;
                    read.text.push_str(&sent.lead);
                    self.write(sent, &heard, to, &mut read.text);
                }
            }
        }
        if answers.next().is_some() { Err(Rejection::Markers) } else { Ok(read) }
    }

    /// The answer to a line as its reader is to see it.
    fn write(&self, sent: &Sent, heard: &Heard, to: Language, out: &mut String) {
        let mut missing: BTreeSet<usize> = sent.held.iter().copied().collect();
        let mut is_first = true;
        let pieces = trimmed(&heard.pieces, sent.has_own_end);
        for piece in &pieces {
            match piece {
                Piece::Held(number) if missing.remove(number) => out.push_str(&self.held[*number]),
                Piece::Held(_) => {}
                Piece::Words(words) if sent.is_shouted => out.push_str(&words.to_uppercase()),
                Piece::Words(words) => {
                    let first = words.find(is_letter).filter(|_| is_first);
                    is_first &= first.is_none();
                    match first {
                        Some(at) => push_begun(words, at, sent.begins_large, to, out),
                        None => out.push_str(words),
                    }
                }
            }
        }
        for number in sent.held.iter().filter(|number| missing.contains(number)) {
            if !out.ends_with(char::is_whitespace) {
                out.push(' ');
            }
            out.push_str(&self.held[*number]);
        }
    }
}

/// The words with the letter at this place large or small, as the source begins. "I" is large everywhere.
fn push_begun(words: &str, at: usize, large: bool, to: Language, out: &mut String) {
    let (before, rest) = words.split_at(at);
    let mut chars = rest.chars();
    let Some(first) = chars.next() else { return out.push_str(words) };
    let is_i = to == Language::ENGLISH && first == 'I' && !chars.as_str().starts_with(char::is_alphanumeric);
    out.push_str(before);
    match large {
        true => out.extend(first.to_uppercase()),
        false if is_i => out.push(first),
        false => out.extend(first.to_lowercase()),
    }
    out.push_str(chars.as_str());
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Without marks, with one blank where there were several.
    Words(String),
    /// What stood in brackets.
    Held(usize),
}

/// The answer to one line.
#[derive(Debug, Default)]
struct Heard {
    pieces: Vec<Piece>,
    words: usize,
    unknown: usize,
    is_in_word: bool,
    /// A word of this sentence has begun, so that a capital is no sentence's first letter.
    is_in_sentence: bool,
    /// A mark stands in this word or before the next.
    is_marked: bool,
}

/// The pieces without white space around them, and without the full stop that was added.
fn trimmed(pieces: &[Piece], has_own_end: bool) -> Vec<Piece> {
    let mut pieces = pieces.to_vec();
    if let Some(Piece::Words(words)) = pieces.first_mut() {
        *words = words.trim_start().to_owned();
    }
    if let Some(Piece::Words(words)) = pieces.last_mut() {
        let bare = words.trim_end();
        let bare = if has_own_end { bare } else { bare.strip_suffix('.').unwrap_or(bare) };
        *words = bare.trim_end().to_owned();
    }
    pieces
}

/// Reads an answer line by line; `None` if something stands behind the last one.
fn heard(answer: &str) -> Option<Vec<Heard>> {
    let (mut lines, mut line) = (Vec::new(), Heard::default());
    for token in Tokens(answer) {
        match token {
            Token::Brackets("") => lines.push(std::mem::take(&mut line)),
            Token::Brackets(inside) => line.hold(inside),
            Token::Sign(c) if MARKS.contains(c) => line.is_marked = true,
            Token::Sign(c) | Token::Escaped(c) => line.push(c),
        }
    }
    let is_over =
        line.pieces.iter().all(|piece| matches!(piece, Piece::Words(words) if words.trim().is_empty()));
    is_over.then_some(lines)
}

impl Heard {
    fn hold(&mut self, inside: &str) {
        (self.is_in_word, self.is_marked) = (false, false);
        match inside.strip_prefix('#').and_then(|number| number.parse().ok()) {
            Some(number) => self.pieces.push(Piece::Held(number)),
            None => self.push(' '),
        }
    }

    fn push(&mut self, c: char) {
        let is_part =
            c.is_alphanumeric() || (self.is_in_word && matches!(c, '\'' | '-' | '\u{300}'..='\u{36F}'));
        let begins = is_letter(c) && !self.is_in_word;
        self.is_in_word = begins || self.is_in_word && is_part;
        // A number needs no dictionary.
        self.is_marked &= self.is_in_word || !c.is_alphanumeric();
        let is_unknown = self.is_in_word && std::mem::take(&mut self.is_marked);
        let is_name = is_unknown && begins && c.is_uppercase() && self.is_in_sentence;
        self.words += usize::from(begins && !is_name);
        self.unknown += usize::from(is_unknown && !is_name);
        self.is_in_sentence = is_letter(c) || self.is_in_sentence && !BEFORE_CAPITALS.contains(c);
        if !matches!(self.pieces.last(), Some(Piece::Words(_))) {
            self.pieces.push(Piece::Words(String::new()));
        }
        let Some(Piece::Words(words)) = self.pieces.last_mut() else { return };
        match c {
            _ if !c.is_whitespace() => words.push(c),
            _ if words.ends_with(' ') => {}
            _ => words.push(' '),
        }
    }
}

/// What comes between two pipelines: the answer of one without its marks, which the next would not understand. Its brackets and
/// its escapes are right as they are.
pub fn between(answer: &str) -> String {
    let mut out = String::with_capacity(answer.len());
    for token in Tokens(answer) {
        match token {
            Token::Brackets(inside) => out.extend(["[", inside, "]"]),
            Token::Sign(c) if MARKS.contains(c) => {}
            Token::Sign('’') => out.push('\''),
            Token::Sign(c) => out.push(c),
            Token::Escaped(c) => out.extend(['\\', c]),
        }
    }
    out
}

/// The signs of a stream, and what stands in brackets.
struct Tokens<'a>(&'a str);

enum Token<'a> {
    Brackets(&'a str),
    Sign(char),
    Escaped(char),
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let mut chars = self.0.chars();
        let first = chars.next()?;
        let rest = chars.as_str();
        let (token, rest) = match first {
            '[' => match rest.split_once(']') {
                Some((inside, rest)) => (Token::Brackets(inside), rest),
                None => (Token::Sign('['), rest),
            },
            '\\' => match chars.next() {
                Some(c) => (Token::Escaped(c), chars.as_str()),
                None => (Token::Sign('\\'), rest),
            },
            _ => (Token::Sign(first), rest),
        };
        self.0 = rest;
        Some(token)
    }
}

/// The number of the marker that begins here, and how long it is.
fn marker(text: &str) -> Option<(usize, usize)> {
    let (number, _) = text.strip_prefix("[[")?.split_once("]]")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.parse().ok())?.map(|value| (value, number.len() + 4))
}

#[cfg(test)]
mod tests;
