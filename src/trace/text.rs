//! Words and quoted strings: the letters a trace is written in.
//!
//! Any bytes at all can be quoted on one line and come back the same; what is readable stays readable. Nothing here knows
//! events or effects: those are in [`super::write`] and [`super::read`].

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The first word, and what follows it without the blanks between.
pub(super) fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// The value of `name=value`, and what follows it.
pub(super) fn named<'t>(text: &'t str, name: &str) -> Result<(&'t str, &'t str), String> {
    let (pair, rest) = word(text);
    let value = pair.strip_prefix(name).and_then(|value| value.strip_prefix('='));
    value.map(|value| (value, rest)).ok_or_else(|| format!("expected {name}=…, not {pair:?}"))
}

/// Refuses anything that follows a complete line.
pub(super) fn nothing_behind(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { Err(format!("did not expect {text:?} at the end")) }
}

/// Appends the bytes in quotes.
pub(super) fn quote(out: &mut String, bytes: &[u8]) {
    out.push('"');
    match str::from_utf8(bytes) {
        Ok(text) => quote_readable(out, text),
        Err(_) => quote_in_part(out, bytes),
    }
    out.push('"');
}

/// Appends bytes that are not all text.
fn quote_in_part(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        quote_readable(out, chunk.valid());
        for &byte in chunk.invalid() {
            escape_byte(out, byte);
        }
    }
}

/// Appends text that is not quoted, but must not leave its line.
pub(super) fn single_line(out: &mut String, text: &str) {
    for c in text.chars() {
        if hidden(c) {
            escape(out, c);
        } else {
            out.push(c);
        }
    }
}

/// Appends JSON, which has such characters only inside of its strings.
pub(super) fn readable_json(out: &mut String, json: &str) {
    for c in json.chars() {
        if hidden(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
}

fn quote_readable(out: &mut String, mut text: &str) {
    loop {
        // Nearly all there is, and a replay writes every effect: seen byte by byte, and copied at once.
        let plain = text.bytes().position(|byte| !is_plain(byte)).unwrap_or(text.len());
        out.push_str(&text[..plain]);
        text = &text[plain..];
        let Some(c) = text.chars().next() else { return };
        if c == '"' || c == '\\' || hidden(c) {
            escape(out, c);
        } else {
            out.push(c);
        }
        text = &text[c.len_utf8()..];
    }
}

/// A printable character of ASCII that stands for itself.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

/// Controls, and what makes an editor show other text than is there: line separators, a byte order mark, and the marks
/// that turn the direction of writing around.
fn hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn escape(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\r' => out.push_str("\\r"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\0' => out.push_str("\\0"),
        _ => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape_byte(out, byte)),
    }
}

fn escape_byte(out: &mut String, byte: u8) {
    let _ = write!(out, "\\x{byte:02x}");
}

/// Reads a quoted string from the start of the text: its bytes, and what follows it without the blanks between.
pub(super) fn unquote(text: &str) -> Result<(Vec<u8>, &str), String> {
    let mut rest = text.strip_prefix('"').ok_or_else(|| format!("expected a quoted string, not {text:?}"))?;
    let mut bytes = Vec::with_capacity(rest.len());
    loop {
        let place = rest.find(['"', '\\']).ok_or("a quoted string does not end")?;
        bytes.extend_from_slice(&rest.as_bytes()[..place]);
        let special = rest.as_bytes()[place];
        rest = &rest[place + 1..];
        if special == b'"' {
            return Ok((bytes, rest.trim_start()));
        }
        rest = unescape(rest, &mut bytes)?;
    }
}

/// Reads what stands behind a backslash; returns what follows it.
fn unescape<'t>(text: &'t str, bytes: &mut Vec<u8>) -> Result<&'t str, String> {
    let letter = text.chars().next().ok_or("a quoted string does not end")?;
    let byte = match letter {
        '"' | '\\' => letter as u8,
        'r' => b'\r',
        'n' => b'\n',
        't' => b'\t',
        '0' => 0,
        'x' => {
            let byte = text.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(byte.ok_or("\\x needs two hexadecimal digits")?);
            return Ok(&text[3..]);
        }
        _ => return Err(format!("\\{letter} means nothing; known are \\\" \\\\ \\r \\n \\t \\0 and \\xNN")),
    };
    bytes.push(byte);
    Ok(&text[1..])
}

/// Appends `LEN:HASH16`, which stands for bytes too long or too dull to show: their length, and the first 16 digits of
/// their SHA-256.
pub(super) fn fingerprint(out: &mut String, bytes: &[u8]) {
    let _ = write!(out, "{}:", bytes.len());
    for byte in &Sha256::digest(bytes)[..8] {
        let _ = write!(out, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(bytes: &[u8]) -> String {
        let mut out = String::new();
        quote(&mut out, bytes);
        out
    }

    #[test]
    fn what_is_readable_stays_readable() {
        assert_eq!(quoted("Olá, 世界 👩‍👧".as_bytes()), "\"Olá, 世界 👩‍👧\"");
        assert_eq!(quoted(b"{\"a\":1}\r\n\t\\\0"), r#""{\"a\":1}\r\n\t\\\0""#);
    }

    #[test]
    fn what_is_not_is_escaped_byte_by_byte() {
        assert_eq!(quoted(b"\x01\x7f\xff\xc3"), r#""\x01\x7f\xff\xc3""#);
        assert_eq!(quoted("\u{85}\u{202e}\u{feff}".as_bytes()), r#""\xc2\x85\xe2\x80\xae\xef\xbb\xbf""#);
    }

    #[test]
    fn any_bytes_come_back_the_same() {
        let mut state = 5_u64;
        for round in 0..4_000_u32 {
            let mut bytes = Vec::new();
            for _ in 0..round % 40 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                match state >> 62 {
                    0 => bytes.push(state.to_be_bytes()[1]),
                    1 => bytes.push(b"\"\\\r\n\t\0x $"[usize::from(state.to_be_bytes()[1] % 9)]),
                    _ => {
                        let c = char::from_u32(
                            u32::from_be_bytes(state.to_be_bytes()[1..5].try_into().unwrap()) % 0x11_0000,
                        );
                        bytes.extend(c.unwrap_or('é').to_string().bytes());
                    }
                }
            }
            let mut text = quoted(&bytes);
            assert!(!text.contains(['\n', '\r', '\u{2028}']));
            assert_eq!(unquote(&text), Ok((bytes.clone(), "")));
            text.push_str("  more");
            assert_eq!(unquote(&text), Ok((bytes, "more")));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "a", "\"", "\"a", "\"\\", "\"\\q\"", "\"\\x1\"", "\"\\x1é\"", "\"\\xg0\"", "\"\\é\""]
        {
            assert!(unquote(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_are_cut_at_blanks() {
        assert_eq!(word("  send   0.1 \"a b\""), ("send", "0.1 \"a b\""));
        assert_eq!(word("tick"), ("tick", ""));
        assert_eq!(word(""), ("", ""));
    }

    #[test]
    fn a_fingerprint_has_length_and_hash() {
        let mut out = String::new();
        fingerprint(&mut out, b"abc");
        assert_eq!(out, "3:ba7816bf8f01cfea");
    }
}
