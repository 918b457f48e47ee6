//! What names, messages and keys of this door may look like, beside the rules all doors have. Every rule has its own
//! sentence.

use crate::config::Config;
use crate::conversation::RoomId;
use crate::doors::Refusal;
use crate::doors::rules::{self, NameField};

/// Of customers and agents.
const NAME: NameField =
    NameField { word: "name", missing: "name_missing", too_long: "name_too_long", invalid: "name_invalid" };

/// A name without blanks around it.
///
/// # Errors
/// Empty, too long, or with characters that could disguise it.
pub(super) fn name<'a>(text: &'a str, config: &Config) -> Result<&'a str, Refusal> {
    rules::name(&NAME, text, config)
}

/// The text of a message.
///
/// # Errors
/// Blank, too long, or with control characters other than newline and tab.
pub(super) fn content<'a>(text: &'a str, config: &Config) -> Result<&'a str, Refusal> {
    words("content", text, config)
}

/// A translation by the hand of the writer.
///
/// # Errors
/// As for [`content`].
pub(super) fn translated_content<'a>(text: &'a str, config: &Config) -> Result<&'a str, Refusal> {
    words("translated_content", text, config)
}

fn words<'a>(field: &str, text: &'a str, config: &Config) -> Result<&'a str, Refusal> {
    if rules::is_blank(text) {
        return Err(Refusal::new(400, "content_missing", format!("{field} must not be empty")));
    }
    rules::words(field, text, config.max_content_chars)
}

/// The name of a room.
///
/// # Errors
/// 404: what cannot be the name of a room names none.
pub(super) fn room_id(text: &str) -> Result<RoomId, Refusal> {
    RoomId::parse(text).ok_or_else(no_such_room)
}

/// The one answer for every room that is not there.
pub(super) fn no_such_room() -> Refusal {
    Refusal::new(404, "room_not_found", "there is no such room")
}

/// The key under which a start may be repeated.
///
/// # Errors
/// Empty or too long.
pub(super) fn idempotency_key(key: &str) -> Result<&str, Refusal> {
    if key.is_empty() || key.len() > Config::MAX_IDEMPOTENCY_KEY_BYTES {
        let most = Config::MAX_IDEMPOTENCY_KEY_BYTES;
        return Err(Refusal::new(
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
    fn blanks_are_no_words() {
        let config = Config::defaults();
        assert_eq!(content(" \n\t ", &config).unwrap_err().code, "content_missing");
        assert_eq!(content("a b", &config), Ok("a b"));
    }
}
