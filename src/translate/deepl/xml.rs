//! A masked text as XML and back: `[[0]]` is `<x>0</x>` there.

use std::fmt::Write as _;

use crate::translate::prompt::{self, Part};

/// Writes a masked text.
pub(super) fn write(masked: &str) -> String {
    let mut out = String::with_capacity(masked.len() + masked.len() / 8);
    for part in prompt::parts(masked) {
        match part {
            Part::Words(words) => words.chars().for_each(|c| escape(c, &mut out)),
            Part::Marker(_, number) => {
                let _ = write!(out, "<x>{number}</x>");
            }
        }
    }
    out
}

fn escape(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        // No characters of XML, nor of anything people read.
        '\u{FFFE}' | '\u{FFFF}' => {}
        _ => out.push(c),
    }
}

/// Reads an answer: its markers are those of a masked text again. What is neither an entity nor a marker stays as it is.
pub(super) fn read(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(at) = rest.find(['&', '<']) {
        let (before, special) = rest.split_at(at);
        out.push_str(before);
        rest = match marker(special) {
            Some((number, after)) => {
                let _ = write!(out, "[[{number}]]");
                after
            }
            None => match entity(special) {
                Some((c, after)) => {
                    out.push(c);
                    after
                }
                None => {
                    out.push_str(&special[..1]);
                    &special[1..]
                }
            },
        };
    }
    out + rest
}

/// The number of the marker that begins here, and what stands behind it.
fn marker(text: &str) -> Option<(&str, &str)> {
    let (number, after) = text.strip_prefix("<x>")?.split_once("</x>")?;
    let number = number.trim();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((number, after))
}

/// Bytes between `&` and `;` at most: `#x10FFFF`.
const ENTITY_BYTES_MAX: usize = 8;

/// The character whose entity begins here, and what stands behind it.
fn entity(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.strip_prefix('&')?.split_once(';')?;
    if name.len() > ENTITY_BYTES_MAX {
        return None;
    }
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))?
        }
    };
    Some((c, after))
}
