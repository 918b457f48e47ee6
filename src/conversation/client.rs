//! A person: customer or agent, known by a token, with a name and a language.

use std::sync::Arc;

use super::{Role, RoomKey, Source, TokenHash};
use crate::tools::limiter::{AddressKey, Bucket, Window};
use crate::vocabulary::{ConnId, Language, Millis};

#[derive(Debug)]
pub struct Client {
    /// As what they take part.
    pub role: Role,
    /// As they call themselves.
    pub name: Arc<str>,
    /// What they prove themselves with, hashed.
    pub token: TokenHash,
    /// Which language they speak, and how we know.
    pub speech: Speech,
    /// Open rooms they are a member of.
    pub rooms: Vec<RoomKey>,
    pub connections: Vec<ConnId>,
    /// How fast they wrote lately.
    pub sent: Bucket,
    /// What else they did lately, if anything.
    pub rates: Option<Box<RateWindows>>,
    /// When they last did anything.
    pub last_used: Millis,
    /// Where they came from, for the limits per address.
    pub address: AddressKey,
}

/// When somebody did lately what is no message but has its limit, by kind.
#[derive(Clone, Debug, Default)]
pub struct RateWindows {
    /// Said that they type or have read.
    pub signals: Window,
    /// Looked at a translation before they sent the message.
    pub previews: Window,
    /// Asked for a failed translation again.
    pub retries: Window,
    /// Chose a language.
    pub choices: Window,
}

/// How much a choice of language says of what was written before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// It was in that language.
    Certain,
    /// It was in that language, unless a machine had known it well: then the model shall look for itself.
    Likely,
    /// The same, unless the text itself speaks for the language it was said to be in.
    Doubtful,
}

/// What we know of somebody's language.
#[derive(Clone, Debug)]
pub struct Speech {
    language: Option<Language>,
    source: Source,
}

/// Letters and digits a message must have before the model's opinion on its language counts more than the browser's.
const MIN_MODEL_CHARS: usize = 10;

impl Speech {
    /// As it was known when the process ended.
    pub fn restored(language: Option<Language>, source: Source) -> Self {
        Self { language, source }
    }

    /// Somebody has chosen it.
    pub fn chosen(language: Language) -> Self {
        Self { language: Some(language), source: Source::Chosen }
    }

    /// Somebody else has said which it is.
    pub fn corrected(language: Language) -> Self {
        Self { source: Source::Corrected, ..Self::chosen(language) }
    }

    /// What this knowledge says of what they wrote while less was `known`; `None` if nothing.
    ///
    /// Who corrects a language means what was written; who chooses their own may mean that, and may only want to read
    /// another one from now on. A customer who chooses once more may have been wrong before; an agent has another language
    /// now, and what they wrote was in the one they had.
    pub fn corrects(&self, known: &Self, role: Role) -> Option<Correction> {
        match self.source {
            Source::Corrected => Some(Correction::Certain),
            Source::Chosen if known.source < Source::Chosen => Some(Correction::Likely),
            Source::Chosen if role == Role::Customer => Some(Correction::Doubtful),
            _ => None,
        }
    }

    /// To be found out; the browser, or the page it shows, may have said something.
    pub fn unknown(browser: Option<Language>) -> Self {
        let source = if browser.is_some() { Source::Browser } else { Source::Unknown };
        Self { language: browser, source }
    }

    /// The language, as far as it is known.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    pub fn source(&self) -> Source {
        self.source
    }

    /// Whether it is more than a guess.
    pub fn is_sure(&self) -> bool {
        self.source >= Source::Model
    }

    /// Whether a person has said so, which holds for ever.
    pub fn is_chosen(&self) -> bool {
        self.source >= Source::Chosen
    }

    /// It is known to be this language from now on. What was known before.
    pub(super) fn know(&mut self, language: Language, source: Source) -> Self {
        let before = self.clone();
        (self.language, self.source) = (Some(language), source);
        before
    }

    /// Hears that the model takes a message for this language. As how well known, if that is believed.
    ///
    /// It is believed once: a later "ok, danke" does not flip a conversation.
    pub fn hear_model(&self, text: &str) -> Option<Source> {
        let long = text.chars().filter(|c| c.is_alphanumeric()).count() >= MIN_MODEL_CHARS;
        if self.source >= Source::Model || !(long || self.source == Source::Unknown) {
            return None;
        }
        Some(if long { Source::Model } else { Source::Browser })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(code: &str) -> Language {
        Language::parse(code).unwrap()
    }

    fn hear_model(speech: &mut Speech, code: &str, text: &str) -> Option<Language> {
        let source = speech.hear_model(text)?;
        speech.know(language(code), source);
        Some(language(code))
    }

    #[test]
    fn the_model_is_believed_once_and_on_a_long_message() {
        let mut speech = Speech::unknown(Some(language("en")));
        assert!(!speech.is_sure());
        assert_eq!(hear_model(&mut speech, "pt", "Olá"), None, "too short to overrule the browser");
        assert_eq!(hear_model(&mut speech, "pt", "Onde está o pacote"), Some(language("pt")));
        assert!(speech.is_sure());
        assert_eq!(hear_model(&mut speech, "de", "Wo ist mein Paket?"), None, "held from now on");
        assert_eq!(speech.language(), Some(language("pt")));
    }

    #[test]
    fn a_choice_outweighs_the_model() {
        let mut speech = Speech::chosen(language("fr"));
        assert_eq!(hear_model(&mut speech, "de", "Wo ist mein Paket geblieben?"), None);
        assert_eq!(speech.language(), Some(language("fr")));
    }

    #[test]
    fn a_greeting_is_a_first_guess_when_nothing_else_is_known() {
        let mut speech = Speech::unknown(None);
        assert_eq!(hear_model(&mut speech, "pt", "Olá"), Some(language("pt")));
        assert!(!speech.is_sure());
        assert_eq!(hear_model(&mut speech, "es", "Necesito una copia de la factura"), Some(language("es")));
    }
}
