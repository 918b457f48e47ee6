//! What names, messages and keys may look like. Every rule has its own sentence.

use crate::config::Config;
use crate::conversation::RoomId;
use crate::doors::Denied;
use crate::vocabulary::Language;

/// A name without blanks around it.
///
/// # Errors
/// Empty, too long, or with characters that could disguise it.
pub(super) fn name<'a>(text: &'a str, config: &Config) -> Result<&'a str, Denied> {
    let name = text.trim();
    if name.is_empty() {
        return Err(Denied::new(400, "name_missing", "name must not be empty"));
    }
    if name.chars().count() > config.max_name_chars {
        return Err(Denied::new(
            400,
            "name_too_long",
            format!("name must have at most {} characters", config.max_name_chars),
        ));
    }
    if name.chars().any(|c| c.is_control() || is_disguise(c)) {
        return Err(Denied::new(
            400,
            "name_invalid",
            "name must not have control characters, line breaks or direction overrides",
        ));
    }
    Ok(name)
}

/// Line and paragraph separators, and the characters that turn the direction of what follows (Unicode UAX #9, 2.2-2.4).
pub(in crate::doors) fn is_disguise(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text of a message.
///
/// # Errors
/// Blank, too long, or with control characters other than newline and tab.
pub(super) fn content<'a>(text: &'a str, config: &Config) -> Result<&'a str, Denied> {
    words("content", text, config)
}

/// A translation by the hand of the writer.
///
/// # Errors
/// As for [`content`].
pub(super) fn translated_content<'a>(text: &'a str, config: &Config) -> Result<&'a str, Denied> {
    words("translated_content", text, config)
}

fn words<'a>(field: &str, text: &'a str, config: &Config) -> Result<&'a str, Denied> {
    if text.trim().is_empty() {
        return Err(Denied::new(400, "content_missing", format!("{field} must not be empty")));
    }
    // Bytes are never fewer than characters: most texts need no count.
    if text.len() > config.max_content_chars && text.chars().count() > config.max_content_chars {
        return Err(Denied::new(
            400,
            "content_too_long",
            format!("{field} must have at most {} characters", config.max_content_chars),
        ));
    }
    if !is_plain(text) && text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Denied::new(
            400,
            "content_invalid",
            format!("{field} must not have control characters other than newline and tab"),
        ));
    }
    Ok(text)
}

/// Whether a text is printable ASCII, as most are: seen many bytes at a time.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~'))
}

/// The client's own name for a message.
///
/// # Errors
/// Empty or too long.
pub(super) fn reference<'a>(text: Option<&'a str>, config: &Config) -> Result<Option<&'a str>, Denied> {
    match text {
        Some(text) if text.is_empty() || text.len() > config.max_ref_bytes => Err(Denied::new(
            400,
            "ref_invalid",
            format!("ref must have from 1 to {} bytes", config.max_ref_bytes),
        )),
        text => Ok(text),
    }
}

/// A language that is spoken here.
///
/// # Errors
/// Unknown, or not offered; the sentence lists what is.
pub(super) fn language(code: &str, config: &Config) -> Result<Language, Denied> {
    let language = Language::parse(code).filter(|language| config.offers(*language));
    language.ok_or_else(|| {
        let offered: Vec<_> = config.languages.0.iter().map(|language| language.code()).collect();
        Denied::new(400, "unknown_language", format!("language must be one of {}", offered.join(", ")))
    })
}

/// The name of a room.
///
/// # Errors
/// 404: what cannot be the name of a room names none.
pub(super) fn room_id(text: &str) -> Result<RoomId, Denied> {
    RoomId::parse(text).ok_or_else(no_such_room)
}

/// The one answer for every room that is not there.
pub(super) fn no_such_room() -> Denied {
    Denied::new(404, "room_not_found", "there is no such room")
}

/// The key under which a start may be repeated.
///
/// # Errors
/// Empty or too long.
pub(super) fn idempotency_key(key: &str) -> Result<&str, Denied> {
    if key.is_empty() || key.len() > Config::MAX_IDEMPOTENCY_KEY_BYTES {
        let most = Config::MAX_IDEMPOTENCY_KEY_BYTES;
        return Err(Denied::new(
            400,
            "idempotency_key_invalid",
            format!("Idempotency-Key must have from 1 to {most} bytes, in UTF-8"),
        ));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters_not_bytes() {
        let config = Config::defaults();
        assert!(name(&"é".repeat(50), &config).is_ok());
        assert_eq!(name(&"é".repeat(51), &config).unwrap_err().code, "name_too_long");
        assert!(content(&"語".repeat(4000), &config).is_ok());
        assert_eq!(content(&"語".repeat(4001), &config).unwrap_err().code, "content_too_long");
    }

    #[test]
    fn names_cannot_disguise_themselves() {
        let config = Config::defaults();
        assert_eq!(name("  Ana \n", &config), Ok("Ana"));
        for bad in ["Ana\u{202e}tnega", "Ana\u{2066}", "A\nB", "A\u{0}", "A\u{2028}B"] {
            assert_eq!(name(bad, &config).unwrap_err().code, "name_invalid", "{bad:?}");
        }
        assert_eq!(name(" \t", &config).unwrap_err().code, "name_missing");
    }

    #[test]
    fn newlines_and_tabs_are_text_and_other_controls_are_not() {
        let config = Config::defaults();
        assert!(content("one\n\ttwo \u{202b}three", &config).is_ok());
        for bad in ["a\rb", "a\u{0}", "\u{1b}[2J", "a\u{85}b"] {
            assert_eq!(content(bad, &config).unwrap_err().code, "content_invalid", "{bad:?}");
        }
        assert_eq!(content(" \n\t ", &config).unwrap_err().code, "content_missing");
    }
}
