//! What names, texts and references may look like: rules that more than one protocol has, each with its own sentence.

use crate::config::Config;
use crate::conversation::ClientKey;
use crate::doors::{Context, Refusal};
use crate::tools::limiter::Pace;
use crate::vocabulary::Language;

/// How a protocol calls the name of a person, and its three refusals.
pub struct NameField {
    pub word: &'static str,
    /// Nothing but blanks.
    pub missing: &'static str,
    /// More than `MAX_NAME_CHARS` characters.
    pub too_long: &'static str,
    /// Characters that could disguise it.
    pub invalid: &'static str,
}

/// A name without blanks around it.
///
/// # Errors
/// Empty, too long, or with characters that could disguise it.
pub fn name<'a>(field: &NameField, text: &'a str, config: &Config) -> Result<&'a str, Refusal> {
    let (name, word) = (text.trim(), field.word);
    if is_blank(name) {
        return Err(Refusal::new(400, field.missing, format!("{word} must not be empty")));
    }
    if name.chars().count() > config.max_name_chars {
        let most = config.max_name_chars;
        return Err(Refusal::new(400, field.too_long, format!("{word} must have at most {most} characters")));
    }
    if name.chars().any(|c| c.is_control() || is_disguise(c)) || has_invisible(name) {
        return Err(Refusal::new(
            400,
            field.invalid,
            format!(
                "{word} must not have control characters, line breaks, direction overrides or invisible characters"
            ),
        ));
    }
    Ok(name)
}

/// Line and paragraph separators, and the characters that turn the direction of what follows (Unicode UAX #9, 2.2-2.4).
fn is_disguise(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that nobody sees: default-ignorable ones (Unicode 16, `DerivedCoreProperties`), and the blank of Braille.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
}

/// Whether there is nothing to see in a text.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// Whether a name has characters that nobody sees. Persian and Hindi need joiners between their letters; emoji need them
/// between their parts, and characters that choose how they look. Latin, Greek and Cyrillic names look like others with them.
fn has_invisible(name: &str) -> bool {
    let is_beyond = |c: Option<char>| c.is_some_and(|c| c > '\u{590}');
    let mut seen = None;
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().filter(|&c| !is_invisible(c));
        let is_fine = match c {
            '\u{200c}' | '\u{200d}' => is_beyond(seen) && is_beyond(next),
            '\u{fe0e}' | '\u{fe0f}' => seen.is_some_and(|c| c > '\u{2000}' && !c.is_alphabetic()),
            // A flag of a region.
            '\u{e0020}'..='\u{e007f}' => seen == Some('\u{1f3f4}'),
            c => !is_invisible(c),
        };
        if !is_fine {
            return true;
        }
        if !is_invisible(c) {
            seen = Some(c);
        }
    }
    false
}

/// The words of a message, of at most `most` characters. That there are any is each protocol's own rule.
///
/// # Errors
/// Too long, or with control characters other than newline and tab.
pub fn words<'a>(field: &str, text: &'a str, most: usize) -> Result<&'a str, Refusal> {
    // Bytes are never fewer than characters: most texts need no count.
    if text.len() > most && text.chars().count() > most {
        return Err(Refusal::new(
            400,
            "content_too_long",
            format!("{field} must have at most {most} characters"),
        ));
    }
    if !is_plain(text) && text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Refusal::new(
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
pub fn reference<'a>(text: Option<&'a str>, config: &Config) -> Result<Option<&'a str>, Refusal> {
    match text {
        Some(text) if text.is_empty() || text.len() > config.max_ref_bytes => Err(Refusal::new(
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
pub fn language(code: &str, config: &Config) -> Result<Language, Refusal> {
    let language = Language::parse(code).filter(|language| config.offers(*language));
    language.ok_or_else(|| {
        let offered: Vec<_> = config.languages.0.iter().map(|language| language.code()).collect();
        Refusal::new(400, "unknown_language", format!("language must be one of {}", offered.join(", ")))
    })
}

/// Counts a message against its writer.
///
/// # Errors
/// 429 for too many in a short time.
pub fn count_message(cx: &mut Context<'_>, writer: ClientKey) -> Result<(), Refusal> {
    let now = cx.now;
    let (burst, limit) = (cx.config.rate_burst_messages, cx.config.rate_limit_messages);
    let pace = Pace { burst, limit, span: Config::RATE_WINDOW };
    let Some(client) = cx.rooms.client_mut(writer) else { return Ok(()) };
    client.last_used = now;
    client.sent.take(now, pace).map_err(|wait| {
        Refusal::for_now(429, "rate_limited", "too many messages; please wait a moment", wait)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: NameField = NameField {
        word: "name",
        missing: "name_missing",
        too_long: "name_too_long",
        invalid: "name_invalid",
    };

    #[test]
    fn lengths_are_counted_in_characters_not_bytes() {
        let config = Config::defaults();
        assert!(name(&NAME, &"é".repeat(50), &config).is_ok());
        assert_eq!(name(&NAME, &"é".repeat(51), &config).unwrap_err().code, "name_too_long");
        assert!(words("content", &"語".repeat(4000), 4000).is_ok());
        assert_eq!(words("content", &"語".repeat(4001), 4000).unwrap_err().code, "content_too_long");
    }

    #[test]
    fn names_cannot_disguise_themselves() {
        let config = Config::defaults();
        assert_eq!(name(&NAME, "  Ana \n", &config), Ok("Ana"));
        for bad in ["Ana\u{202e}tnega", "Ana\u{2066}", "A\nB", "A\u{0}", "A\u{2028}B"] {
            assert_eq!(name(&NAME, bad, &config).unwrap_err().code, "name_invalid", "{bad:?}");
        }
        assert_eq!(name(&NAME, " \t", &config).unwrap_err().code, "name_missing");
    }

    #[test]
    fn what_nobody_sees_is_no_name_and_hides_in_none() {
        let config = Config::defaults();
        for blank in ["\u{fe0f}", "\u{e0041}", "\u{200b}", "\u{3164}", " \u{2800}\u{ad} ", "\u{feff}"] {
            assert_eq!(name(&NAME, blank, &config).unwrap_err().code, "name_missing", "{blank:?}");
            assert!(is_blank(blank));
        }
        for bad in [
            "Ana\u{fe0f}",
            "Ana\u{e0041}",
            "A\u{200b}na",
            "An\u{200c}a",
            "Ana\u{200d}",
            "Иван\u{200b}",
            "\u{200c}علی",
        ] {
            assert_eq!(name(&NAME, bad, &config).unwrap_err().code, "name_invalid", "{bad:?}");
        }
        for good in
            ["علی\u{200c}رضا", "👩\u{200d}💻 Ana", "❤\u{fe0f}\u{200d}🔥", "🏴\u{e0067}\u{e0062}\u{e007f}"]
        {
            assert_eq!(name(&NAME, good, &config), Ok(good));
        }
        assert!(!is_blank("."));
    }

    #[test]
    fn newlines_and_tabs_are_text_and_other_controls_are_not() {
        assert!(words("content", "one\n\ttwo \u{202b}three", 4000).is_ok());
        for bad in ["a\rb", "a\u{0}", "\u{1b}[2J", "a\u{85}b"] {
            assert_eq!(words("content", bad, 4000).unwrap_err().code, "content_invalid", "{bad:?}");
        }
    }
}
