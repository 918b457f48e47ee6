//! The languages we know by name, and how people write their codes.
//!
//! Data, and one forgiving parser. Which language a person *speaks* is decided in
//! `translate::detect`; which ones this server offers is [`crate::config::Config::languages`].

use std::fmt;

/// One language of the table; two bytes in memory, compared by its place there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(u8);

/// The script most of a language's letters belong to; the check of a translation counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    Latin,
    Cyrillic,
    Greek,
    /// Arabic letters (Persian and Urdu too).
    Arabic,
    Hebrew,
    Devanagari,
    Bengali,
    Tamil,
    Thai,
    /// Han characters alone (Chinese).
    Han,
    /// Han with Hiragana and Katakana.
    Japanese,
    Hangul,
}

struct Row {
    code: &'static str,
    name: &'static str,
    script: Script,
}

const fn row(code: &'static str, name: &'static str, script: Script) -> Row {
    Row { code, name, script }
}

/// Codes are ISO 639-1, with a script subtag (RFC 5646, section 2.2.3) only where the written language differs.
const TABLE: &[Row] = &[
    row("en", "English", Script::Latin),
    row("es", "Spanish", Script::Latin),
    row("pt", "Portuguese", Script::Latin),
    row("fr", "French", Script::Latin),
    row("de", "German", Script::Latin),
    row("it", "Italian", Script::Latin),
    row("nl", "Dutch", Script::Latin),
    row("pl", "Polish", Script::Latin),
    row("sv", "Swedish", Script::Latin),
    row("da", "Danish", Script::Latin),
    row("nb", "Norwegian", Script::Latin),
    row("fi", "Finnish", Script::Latin),
    row("cs", "Czech", Script::Latin),
    row("sk", "Slovak", Script::Latin),
    row("hu", "Hungarian", Script::Latin),
    row("ro", "Romanian", Script::Latin),
    row("hr", "Croatian", Script::Latin),
    row("sl", "Slovenian", Script::Latin),
    row("et", "Estonian", Script::Latin),
    row("lv", "Latvian", Script::Latin),
    row("lt", "Lithuanian", Script::Latin),
    row("ca", "Catalan", Script::Latin),
    row("gl", "Galician", Script::Latin),
    row("eu", "Basque", Script::Latin),
    row("eo", "Esperanto", Script::Latin),
    row("tr", "Turkish", Script::Latin),
    row("vi", "Vietnamese", Script::Latin),
    row("id", "Indonesian", Script::Latin),
    row("ms", "Malay", Script::Latin),
    row("tl", "Tagalog", Script::Latin),
    row("sw", "Swahili", Script::Latin),
    row("ru", "Russian", Script::Cyrillic),
    row("uk", "Ukrainian", Script::Cyrillic),
    row("bg", "Bulgarian", Script::Cyrillic),
    row("sr", "Serbian", Script::Cyrillic),
    row("mk", "Macedonian", Script::Cyrillic),
    row("el", "Greek", Script::Greek),
    row("ar", "Arabic", Script::Arabic),
    row("fa", "Persian", Script::Arabic),
    row("ur", "Urdu", Script::Arabic),
    row("he", "Hebrew", Script::Hebrew),
    row("hi", "Hindi", Script::Devanagari),
    row("bn", "Bengali", Script::Bengali),
    row("ta", "Tamil", Script::Tamil),
    row("th", "Thai", Script::Thai),
    row("zh", "Simplified Chinese", Script::Han),
    row("zh-Hant", "Traditional Chinese", Script::Han),
    row("ja", "Japanese", Script::Japanese),
    row("ko", "Korean", Script::Hangul),
];

/// Other codes people and browsers use for rows of the table: three letters, withdrawn ones, macrolanguages.
const ALIASES: &[(&str, &str)] = &[
    ("no", "nb"),
    ("nn", "nb"),
    ("nor", "nb"),
    ("nob", "nb"),
    ("iw", "he"),
    ("in", "id"),
    ("fil", "tl"),
    ("eng", "en"),
    ("spa", "es"),
    ("por", "pt"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("deu", "de"),
    ("ger", "de"),
    ("ita", "it"),
    ("nld", "nl"),
    ("dut", "nl"),
    ("pol", "pl"),
    ("swe", "sv"),
    ("dan", "da"),
    ("fin", "fi"),
    ("ces", "cs"),
    ("ron", "ro"),
    ("tur", "tr"),
    ("rus", "ru"),
    ("ukr", "uk"),
    ("ell", "el"),
    ("ara", "ar"),
    ("heb", "he"),
    ("hin", "hi"),
    ("zho", "zh"),
    ("chi", "zh"),
    ("cmn", "zh"),
    ("jpn", "ja"),
    ("kor", "ko"),
    ("cat", "ca"),
    ("epo", "eo"),
];

impl Language {
    /// English, the language of our own error texts.
    pub const ENGLISH: Self = Self(0);

    /// Reads a code as people write it: `pt`, `pt-BR`, `PT_br`, `por`, `zh-TW`. `None` for anything unknown, so never a
    /// sentence that happens to come where a code should.
    pub fn parse(code: &str) -> Option<Self> {
        if code.len() > 35 {
            return None; // RFC 5646, section 4.4.1: longer than any tag in use
        }
        let code = code.trim().to_ascii_lowercase().replace('_', "-");
        let mut subtags = code.split('-');
        let primary = subtags.next()?;
        let primary = ALIASES.iter().find(|(alias, _)| *alias == primary).map_or(primary, |(_, code)| code);
        let mut rest = subtags.peekable();
        if rest.peek().is_some() && !rest.clone().all(is_subtag) {
            return None;
        }
        let traditional = primary == "zh" && rest.any(|tag| matches!(tag, "hant" | "tw" | "hk" | "mo"));
        let code = if traditional { "zh-Hant" } else { primary };
        TABLE.iter().position(|row| row.code == code).and_then(|index| u8::try_from(index).ok()).map(Self)
    }

    /// Every language of the table, in its order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TABLE.len()).filter_map(|index| u8::try_from(index).ok()).map(Self)
    }

    fn row(self) -> &'static Row {
        &TABLE[usize::from(self.0)]
    }

    /// The code as the protocol writes it: `pt`.
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// The English name, as the prompt writes it: `Portuguese`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The script of its letters.
    pub fn script(self) -> Script {
        self.row().script
    }
}

fn is_subtag(tag: &str) -> bool {
    (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code)
            .ok_or_else(|| serde::de::Error::custom(format!("{code:?} is not a language known here")))
    }
}

impl serde::Serialize for Language {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        Language::parse(text).map(Language::code)
    }

    #[test]
    fn regional_variants_just_work() {
        for (written, known) in [
            ("pt", "pt"),
            ("pt-BR", "pt"),
            ("PT_br", "pt"),
            ("por", "pt"),
            ("zh-CN", "zh"),
            ("zh-Hans", "zh"),
            ("zh-TW", "zh-Hant"),
            ("zh-Hant-HK", "zh-Hant"),
            ("no", "nb"),
            ("nn-NO", "nb"),
            (" en ", "en"),
        ] {
            assert_eq!(code(written), Some(known), "{written}");
        }
    }

    #[test]
    fn a_sentence_is_not_a_language() {
        for text in ["", "-", "xx", "klingon", "The message is in Portuguese", "pt BR", "en-", "english"] {
            assert_eq!(code(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_code_is_its_own_and_finds_itself() {
        for language in Language::all() {
            assert_eq!(Language::parse(language.code()), Some(language));
        }
    }
}
