//! Numerals of East Asia, alone (十二) or with digits (1万5千), as digits.

use std::collections::BTreeSet;

use crate::translate::letters::digit;

const ONES: [char; 12] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九', '两', '兩'];
/// Units, and their power of ten.
const UNITS: [(char, u32); 11] = [
    ('十', 1),
    ('百', 2),
    ('백', 2),
    ('千', 3),
    ('천', 3),
    ('万', 4),
    ('萬', 4),
    ('만', 4),
    ('亿', 8),
    ('億', 8),
    ('억', 8),
];
/// From this power on a unit counts all that was said since the last such unit.
const MYRIAD_POWER: u32 = 4;

/// The text with every numeral that has digits and units written in digits alone; and the numbers that have no digits, which
/// stay, for they may be something else.
pub(super) fn plain(text: &str) -> (String, BTreeSet<u64>) {
    let (mut out, mut words) = (String::with_capacity(text.len()), BTreeSet::new());
    if !text.contains(|c| power(c).is_some() || ONES.contains(&c)) {
        return (text.to_owned(), words);
    }
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let numeral = if digit(c).is_some() || is_sign(c) { Numeral::read(rest) } else { Numeral::default() };
        match numeral.bytes {
            0 => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
            bytes => {
                let (written, behind) = rest.split_at(bytes);
                match (numeral.has_digits, numeral.has_units) {
                    (true, true) => out.push_str(&numeral.value.to_string()),
                    (true, false) => out.push_str(written),
                    (false, _) => {
                        words.insert(numeral.value);
                        out.push_str(written);
                    }
                }
                rest = behind;
            }
        }
    }
    (out, words)
}

fn power(c: char) -> Option<u32> {
    UNITS.iter().find(|(unit, _)| *unit == c).map(|(_, power)| *power)
}

fn is_sign(c: char) -> bool {
    // A Korean unit alone is a syllable of any word.
    ONES.contains(&c) || (power(c).is_some() && !matches!(c, '백' | '천' | '만' | '억'))
}

/// A numeral at the beginning of a text.
#[derive(Default)]
struct Numeral {
    value: u64,
    bytes: usize,
    has_digits: bool,
    has_units: bool,
}

/// What was said since the last unit: digits, and how many of them stand behind a point.
#[derive(Default)]
struct Mantissa {
    digits: Option<u64>,
    decimals: Option<u32>,
}

impl Mantissa {
    fn push(&mut self, digit: u64) {
        self.digits = Some(self.digits.unwrap_or(0).saturating_mul(10).saturating_add(digit));
        self.decimals = self.decimals.map(|decimals| decimals + 1);
    }

    /// Its value times a power of ten; one if nothing was said.
    fn times(&self, power: u32) -> u64 {
        let factor = 10_u64.saturating_pow(power.saturating_sub(self.decimals.unwrap_or(0)));
        self.digits.unwrap_or(1).saturating_mul(factor)
    }
}

impl Numeral {
    fn read(text: &str) -> Self {
        let mut it = Self::default();
        let (mut total, mut section, mut mantissa) = (0_u64, 0_u64, Mantissa::default());
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next_is_digit = chars.peek().is_some_and(|&(_, next)| digit(next).is_some());
            if let Some(value) = digit(c).and_then(|digit| digit.to_digit(10)) {
                mantissa.push(value.into());
                it.has_digits = true;
            } else if let Some(one) = ONES.iter().position(|&one| one == c) {
                mantissa.push(if one > 9 { 2 } else { one as u64 });
            } else if let Some(power) = power(c) {
                if power < MYRIAD_POWER {
                    section = section.saturating_add(mantissa.times(power));
                } else {
                    let said = section > 0 && mantissa.digits.is_none();
                    let here = if said { 0 } else { mantissa.times(power) };
                    total =
                        total.saturating_add(here).saturating_add(section.saturating_mul(10_u64.pow(power)));
                    section = 0;
                }
                mantissa = Mantissa::default();
                it.has_units = true;
            } else if c == '.' && next_is_digit && mantissa.digits.is_some() && mantissa.decimals.is_none() {
                mantissa.decimals = Some(0);
                continue;
            } else if (c == ',' && mantissa.digits.is_some() || c == ' ' && it.has_units) && next_is_digit {
                continue;
            } else {
                break;
            }
            it.bytes = at + c.len_utf8();
        }
        it.value = total.saturating_add(section).saturating_add(mantissa.digits.unwrap_or(0));
        it
    }
}
