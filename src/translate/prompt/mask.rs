//! What a model must not touch is hidden behind markers: `[[0]]`, `[[1]]` … Of all marker styles tried by others this
//! one survives small models best, and the answer shows at once whether one is missing.
//!
//! Masked are links, e-mail addresses, code spans, `{placeholders}`, order codes, and the control tokens of chat
//! templates, which Ollama would read as such even inside a message. Numbers and emoji stay: they carry meaning that the
//! translation may need ("2 tickets"), and the checks look for the numbers afterwards.
//!
//! So are the terms of a glossary, with the same piece or another one behind the marker; but of an engine that can be told
//! what a term is called, it is only demanded.

use crate::translate::glossary::{self, Found, Terms};
use crate::translate::letters::{is_cjk, is_letter};
use crate::translate::pairs::Pair;

/// A text as the model may see it, and what is needed to undo that in the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// White space before and behind the text. Kept here, since models drop it and pieces of a message need it.
    lead: String,
    trail: String,
    text: String,
    /// What stands behind each marker.
    pieces: Vec<String>,
    /// Whether a tag of ours occurred in the text and was defused.
    defused: bool,
    /// Terms of the text, and what the answer is to call them.
    demands: Vec<(String, String)>,
}

/// What is done with terms that are called something in the other language. Those that stay as they are go behind markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// They go behind markers, and what they are called comes out.
    Hidden,
    /// They stay in the text, and are demanded of the answer.
    Demanded,
}

/// Terms demanded of one answer; more would crowd out the text.
pub const MAX_DEMANDS: usize = 32;

/// A term at some place of a text.
struct Hit {
    length: usize,
    means: Means,
}

enum Means {
    /// This comes out.
    Piece(String),
    /// It stands in the glossary so, and is called so.
    Demand(String, String),
}

/// Masks a text. Control characters are dropped, except newline and tab.
pub fn mask(text: &str) -> Masked {
    mask_with(text, |_, _| None)
}

/// The same with the terms of a glossary.
pub fn mask_terms(text: &str, terms: &Terms, pair: Pair, fixed: Fixed) -> Masked {
    mask_with(text, |before, rest| {
        let Found { length, term, target } = terms.find(before, rest, pair)?;
        let written = &rest[..length];
        let means = match (target, fixed) {
            (None, _) => Means::Piece(written.to_owned()),
            (Some(target), Fixed::Demanded) if is_words(term) && is_words(target) => {
                Means::Demand(term.to_owned(), target.to_owned())
            }
            (Some(target), _) => Means::Piece(glossary::as_large(target, written, term)),
        };
        Some(Hit { length, means })
    })
}

/// Whether a term is nothing but words, which a sentence may change. With a number or a link in it, it is not for a model:
/// the checks would take what it is called for a mistake or an invention.
fn is_words(term: &str) -> bool {
    !term.chars().any(|c| c.is_numeric() || "./:@_#".contains(c))
}

fn mask_with(text: &str, find: impl Fn(Option<char>, &str) -> Option<Hit>) -> Masked {
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let body = text.trim();
    let lead = text[..text.len() - text.trim_start().len()].to_owned();
    let trail = if body.is_empty() { String::new() } else { text[text.trim_end().len()..].to_owned() };
    let (text, pieces, demands) = Default::default();
    let mut masked = Masked { lead, trail, text, pieces, defused: false, demands };
    masked.fill(body, find);
    masked
}

/// Whether there is anything to translate: a letter outside of what would be masked. Emoji, numbers and codes alone need
/// no job; they are their own translation.
pub fn has_words(text: &str) -> bool {
    let (mut before, mut rest) = (None, text);
    // Stops at the first such letter, which in most messages is the first character.
    while let Some(c) = rest.chars().next() {
        let masked = masked_piece(before, rest).and_then(|length| rest.split_at_checked(length));
        match masked {
            Some((piece, after)) => {
                before = piece.chars().next_back();
                rest = after;
            }
            None if is_letter(c) => return true,
            None => {
                before = Some(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    false
}

impl Masked {
    fn fill(&mut self, body: &str, find: impl Fn(Option<char>, &str) -> Option<Hit>) {
        let mut before = None;
        let mut rest = body;
        while let Some(c) = rest.chars().next() {
            let masked = masked_piece(before, rest);
            // A term in a link is a part of it, and a code in a term is a part of that.
            let term = find(before, rest).filter(|hit| masked.is_none_or(|length| hit.length >= length));
            if let Some(Hit { length, means }) = term {
                let (written, after) = rest.split_at(length);
                self.take(written, means);
                before = written.chars().next_back();
                rest = after;
                continue;
            }
            if let Some((piece, after)) = masked.and_then(|length| rest.split_at_checked(length)) {
                self.hide(piece.to_owned());
                before = piece.chars().next_back();
                rest = after;
                continue;
            }
            self.show(c, rest);
            before = Some(c);
            rest = &rest[c.len_utf8()..];
        }
    }

    fn hide(&mut self, piece: String) {
        self.text.push_str(&format!("[[{}]]", self.pieces.len()));
        self.pieces.push(piece);
    }

    /// Appends the character with which `rest` begins.
    fn show(&mut self, c: char, rest: &str) {
        let tag = is_our_tag(rest, '<');
        self.defused |= tag;
        self.text.push(if tag { '‹' } else { c });
    }

    fn take(&mut self, written: &str, means: Means) {
        match means {
            Means::Piece(piece) => self.hide(piece),
            Means::Demand(term, target) => {
                written.char_indices().for_each(|(at, c)| self.show(c, &written[at..]));
                let is_new = self.demands.iter().all(|(other, _)| *other != term);
                if is_new && self.demands.len() < MAX_DEMANDS {
                    self.demands.push((term, target));
                }
            }
        }
    }

    /// Terms of the text as they stand in the glossary, and what the answer is to call them; at most [`MAX_DEMANDS`].
    pub fn demands(&self) -> &[(String, String)] {
        &self.demands
    }

    /// The text for the model, without white space around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the answer has every marker exactly once, and no other.
    pub fn markers_intact(&self, answer: &str) -> bool {
        let mut seen = vec![false; self.pieces.len()];
        let mut rest = answer;
        while let Some(marker) = next_marker(rest) {
            match seen.get_mut(marker.number) {
                Some(seen) if !*seen => *seen = true,
                _ => return false,
            }
            rest = marker.after;
        }
        seen.into_iter().all(|seen| seen)
    }

    /// The answer with everything unmasked, and the white space of the original around it.
    pub fn restore(&self, answer: &str) -> String {
        let mut out = self.lead.clone();
        let mut rest = answer.trim();
        while let Some(marker) = next_marker(rest) {
            self.push_words(marker.before, &mut out);
            match self.pieces.get(marker.number) {
                Some(piece) => out.push_str(piece),
                None => out.push_str(marker.written),
            }
            rest = marker.after;
        }
        self.push_words(rest, &mut out);
        out.push_str(&self.trail);
        out
    }

    fn push_words(&self, words: &str, out: &mut String) {
        if !self.defused {
            return out.push_str(words);
        }
        for (at, c) in words.char_indices() {
            out.push(if is_our_tag(&words[at..], '‹') { '<' } else { c });
        }
    }
}

/// Whether `<message` or `</message` begins here, with `open` for the first character.
fn is_our_tag(text: &str, open: char) -> bool {
    let Some(rest) = text.strip_prefix(open) else { return false };
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    rest.get(..7).is_some_and(|name| name.eq_ignore_ascii_case("message"))
}

struct Marker<'a> {
    before: &'a str,
    written: &'a str,
    number: usize,
    after: &'a str,
}

/// The first `[[number]]` of a text.
fn next_marker(text: &str) -> Option<Marker<'_>> {
    // A bracket of the text's own may stand before one.
    text.match_indices('[').find_map(|(start, _)| {
        let length = marker_length(&text[start..])?;
        let (written, after) = text[start..].split_at(length);
        // A number too large for us stands for no piece of ours.
        let number = written[2..length - 2].parse().unwrap_or(usize::MAX);
        Some(Marker { before: &text[..start], written, number, after })
    })
}

/// A part of a masked text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The writer's own, never empty.
    Words(&'a str),
    /// A marker as it is written, and its number.
    Marker(&'a str, usize),
}

/// A masked text cut at its markers; its parts in their order are the whole of it.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(marker) = next_marker(rest) {
        parts.push(Part::Words(marker.before));
        parts.push(Part::Marker(marker.written, marker.number));
        rest = marker.after;
    }
    parts.push(Part::Words(rest));
    parts.retain(|part| *part != Part::Words(""));
    parts
}

/// A masked text with a blank for each marker: what is left is the writer's or the model's own.
pub fn without_markers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(marker) = next_marker(rest) {
        out.push_str(marker.before);
        out.push(' ');
        rest = marker.after;
    }
    out + rest
}

/// Length of the `[[number]]` at the beginning of the text.
fn marker_length(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("[[")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && rest[digits..].starts_with("]]")).then_some(digits + 4)
}

/// Length in bytes of what must be masked at the beginning of `rest`; `before` is the character in front of it.
fn masked_piece(before: Option<char>, rest: &str) -> Option<usize> {
    let first = rest.bytes().next()?;
    match first {
        b'[' => marker_length(rest).or_else(|| control_token(rest)),
        b'`' => code_span(rest),
        b'{' => placeholder(rest),
        b'<' => control_token(rest),
        _ if !first.is_ascii_alphanumeric() || before.is_some_and(joins_words) || is_word(rest) => None,
        // Not behind a dot, where each part of a.b.c… would look through the rest again.
        _ if before == Some('.') => link(rest).or_else(|| code(rest)),
        _ => link(rest).or_else(|| bare_link(rest)).or_else(|| email(rest)).or_else(|| code(rest)),
    }
}

/// Whether a word of letters begins here that nothing is joined to. It is none of the others, and most pieces are one.
fn is_word(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    letters > 0 && text.as_bytes().get(letters).is_none_or(|next| b" \n,;!?".contains(next))
}

/// Whether a word or code goes on over this character. CJK is written without blanks, so a code may follow it at once.
fn joins_words(c: char) -> bool {
    (c.is_alphanumeric() && !is_cjk(c)) || matches!(c, '-' | '_' | '@')
}

/// "```…```" or "`…`", the latter on one line.
fn code_span(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix("```") {
        return rest.find("```").map(|length| length + 6);
    }
    let rest = text.strip_prefix('`')?;
    let length = rest.find(['`', '\n'])?;
    (length > 0 && rest[length..].starts_with('`')).then_some(length + 2)
}

/// Longest `{placeholder}`, in bytes; longer ones are text in braces.
const MAX_PLACEHOLDER_BYTES: usize = 64;

/// Braces on either side of a placeholder.
const MAX_BRACES: usize = 3;

/// `{name}`, `{{user.name}}`, `{0}`: no blanks, or it would be a remark in braces.
fn placeholder(text: &str) -> Option<usize> {
    let open = text.bytes().take(MAX_BRACES).take_while(|&byte| byte == b'{').count();
    let name = text[open..]
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_.:-#$".contains(byte))
        .count();
    let close = text[open + name..].bytes().take_while(|&byte| byte == b'}').count();
    let length = open + name + close;
    (name > 0 && close == open && length <= MAX_PLACEHOLDER_BYTES).then_some(length)
}

/// Control tokens of chat templates besides `<|…|>`. Ollama's tokenizer obeys them wherever they stand.
const CONTROL_TOKENS: [&str; 14] = [
    "<start_of_turn>",
    "<end_of_turn>",
    "<bos>",
    "<eos>",
    "<s>",
    "</s>",
    "<<SYS>>",
    "<</SYS>>",
    "<think>",
    "</think>",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
];

fn control_token(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix("<|") {
        let name =
            rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_:-".contains(byte)).count();
        return rest[name..].starts_with("|>").then_some(name + 4);
    }
    let starts = |token: &&str| text.get(..token.len()).is_some_and(|head| head.eq_ignore_ascii_case(token));
    CONTROL_TOKENS.iter().find(|token| starts(token)).map(|token| token.len())
}

/// `https://…`, `www.…`.
fn link(text: &str) -> Option<usize> {
    let has = |head: &&&str| text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head));
    let head = ["https://", "http://", "ftp://", "www."].iter().find(has)?;
    let end = link_end(text);
    (end > head.len()).then_some(end)
}

/// `example.com/…`.
fn bare_link(text: &str) -> Option<usize> {
    host_before_slash(text).map(|_| link_end(text))
}

/// Where a link ends: before the punctuation of the sentence around it. A bracket belongs to it only if opened in it.
fn link_end(text: &str) -> usize {
    let (mut end, mut open) = (0, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => open += 1,
            ')' | ']' if open == 0 => {}
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '…' | '»' | '”' | '’' => {}
            _ if is_outside_link(c) => break,
            _ => {
                open = open.saturating_sub(usize::from(matches!(c, ')' | ']')));
                end = at + c.len_utf8();
            }
        }
    }
    end
}

fn is_outside_link(c: char) -> bool {
    c.is_whitespace() || is_cjk(c) || "<>\"`{}|\\^「」『』（）。，、！？；：".contains(c)
}

/// Length of `host.name/` without a scheme. A dot alone is no sign of a link: people forget the blank after a sentence.
fn host_before_slash(text: &str) -> Option<usize> {
    let end = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
    let (name, top) = text[..end].rsplit_once('.')?;
    let is_host = !name.is_empty() && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_host && text[end..].starts_with('/')).then_some(end)
}

/// `somebody@example.com`.
fn email(text: &str) -> Option<usize> {
    let local =
        text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte)).count();
    let host = text[local..].strip_prefix('@')?;
    let end = host.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
    let host = host[..end].trim_end_matches(['.', '-']);
    let top = host.rsplit_once('.')?.1;
    (top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some(local + 1 + host.len())
}

/// An order code: `A-4471`, `INV/2024/001`, `abc-4471`, `1Z999AA1`, a hash.
fn code(text: &str) -> Option<usize> {
    let end = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(byte)).count();
    let token = text[..end].trim_end_matches(['-', '_', '/']);
    let goes_on = text[token.len()..].chars().next().is_some_and(|c| c.is_alphanumeric() && !is_cjk(c));
    (!goes_on && is_code(token)).then_some(token.len())
}

fn is_code(token: &str) -> bool {
    let bytes = token.as_bytes();
    let has_digit = bytes.iter().any(u8::is_ascii_digit);
    let has_letter = bytes.iter().any(u8::is_ascii_alphabetic);
    if !has_digit || !has_letter || is_measure(token) {
        return false;
    }
    let is_shouted = !bytes.iter().any(u8::is_ascii_lowercase);
    let is_hash = token.len() >= 8 && bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    is_shouted || is_hash || is_lowercase_code(token)
}

/// `15h`, `10kg`, `100USD`, `20euros`: a number with its unit is language, not a code.
fn is_measure(token: &str) -> bool {
    let unit = token.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_word = unit.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_unit = unit.len() <= 3 && unit.bytes().all(|byte| byte.is_ascii_alphabetic());
    unit.len() < token.len() && (is_word || is_unit)
}

/// `abc-4471` but not `abril/2024` or `100-year`: three digits in a row, and no letters in a row that make a word.
fn is_lowercase_code(token: &str) -> bool {
    let longest = |is: fn(char) -> bool| token.split(|c| !is(c)).map(str::len).max().unwrap_or(0);
    !token.contains('/') && longest(|c| c.is_ascii_digit()) >= 3 && longest(|c| c.is_ascii_alphabetic()) <= 3
}
