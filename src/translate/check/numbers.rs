//! Check 5: the numbers of a text must be in its translation, in whatever notation.

use crate::translate::letters::digit;

/// Digits from which on a number must be kept. A single digit may become a word: "2 dias" is "two days" to many models.
const MIN_DIGITS: usize = 2;

/// Whether every number of the source is in the answer. `1.234,50` and `1 234.50` are the same number, and so are the
/// dates `12.05.2024` and `2024/05/12`.
pub(super) fn kept(source: &str, answer: &str) -> bool {
    let digits = joined_digits(answer);
    let in_myriads = has_myriads(source) || has_myriads(answer);
    let has = |number: &str| {
        // 10000 is 1万: the zeros are in the character.
        let core = if in_myriads { number.trim_end_matches('0') } else { number };
        number.len() < MIN_DIGITS || digits.contains(core)
    };
    numbers(source)
        .iter()
        .all(|parts| has(&parts.concat()) || (may_be_date(parts) && parts.iter().all(|part| has(part))))
}

/// Groups of three digits are thousands and belong together; others may be day, month and year, which change places.
fn may_be_date(parts: &[String]) -> bool {
    parts.len() > 1 && parts.iter().all(|part| part.len() != 3)
}

/// The numbers of a text as ASCII digits, each in parts where separators stand. A blank ends a number: "10 20" may be two.
fn numbers(text: &str) -> Vec<Vec<String>> {
    let mut numbers = Vec::new();
    let mut number: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next_is_digit = chars.peek().is_some_and(|&next| digit(next).is_some());
        match (digit(c), number.last_mut()) {
            (Some(digit), Some(part)) => part.push(digit),
            (Some(digit), None) => number.push(digit.into()),
            (None, Some(_)) if is_separator(c) && next_is_digit => number.push(String::new()),
            (None, Some(_)) => numbers.push(std::mem::take(&mut number)),
            (None, None) => {}
        }
    }
    numbers.push(number);
    numbers
}

/// The digits of a text, with a blank wherever more than a separator or a blank stands between two.
fn joined_digits(text: &str) -> String {
    let mut joined = String::new();
    for c in text.chars() {
        match digit(c) {
            Some(digit) => joined.push(digit),
            None if is_separator(c) || c.is_whitespace() => {}
            None if joined.ends_with(' ') => {}
            None => joined.push(' '),
        }
    }
    joined
}

/// Decimal and thousands separators.
fn is_separator(c: char) -> bool {
    matches!(c, '.' | ',' | '٫' | '٬' | '\'' | '’')
}

/// Units and numerals of East Asia that stand for zeros.
fn has_myriads(text: &str) -> bool {
    text.contains(['万', '萬', '亿', '億', '만', '억', '千', '천', '百', '백'])
}
