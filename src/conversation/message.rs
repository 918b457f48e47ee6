//! A message: who wrote what, in which language, and its translations.

use std::sync::Arc;

use super::{ClientKey, Correction, Role};
use crate::config::Config;
use crate::translate::detect;
use crate::vocabulary::{ConnId, Language};

/// What a message takes beside its texts, for the accounts of memory: the structs themselves and their share of tables.
pub const MESSAGE_OVERHEAD_BYTES: usize = 192;

/// One thing somebody said, numbered from 1 in its room.
#[derive(Debug)]
pub struct Message {
    /// Sequence number in the room, from 1; the protocol's `id`.
    pub id: u64,
    /// An earlier process had it, and may have promised translations of it.
    pub(super) is_of_the_past: bool,
    /// Its language was a guess or a mistake when it came and has become known since.
    pub(super) was_relabelled: bool,
    /// Translations of it were forgotten for want of memory; the store has them still.
    pub(super) was_evicted: bool,
    /// Where it stands in the log.
    pub(super) entry: u64,
    /// Who wrote it.
    pub writer: ClientKey,
    /// Whom alone it is for, beside its writer; without one, everybody who reads the room.
    pub addressee: Option<ClientKey>,
    /// As what.
    pub role: Role,
    /// Under which name.
    pub from: Arc<str>,
    /// The connection it came on. A member has an acknowledgement there, and does not get the message itself.
    pub written_on: Option<ConnId>,
    /// The writer's own name for it.
    pub reference: Option<Box<str>>,
    /// As it was written.
    pub text: Arc<str>,
    /// The writer's language, as far as it was known then.
    pub language: Option<Language>,
    /// Whether `language` is more than a guess.
    pub language_is_sure: bool,
    /// Whether there is anything in it to translate; numbers and emoji are the same in every language.
    pub has_words: bool,
    /// Wall time of its arrival, milliseconds since 1970.
    pub at_unix_ms: u64,
    /// One per language somebody wanted it in; few.
    translations: Vec<Translation>,
}

/// What a new message is made of; the room adds its number.
#[derive(Debug)]
pub struct Draft {
    /// Who wrote it.
    pub writer: ClientKey,
    /// Whom alone it is for.
    pub addressee: Option<ClientKey>,
    /// As what.
    pub role: Role,
    /// Under which name.
    pub from: Arc<str>,
    /// The connection it came on, if it came on one that is open.
    pub written_on: Option<ConnId>,
    /// The writer's own name for it.
    pub reference: Option<Box<str>>,
    /// As it was written.
    pub text: Arc<str>,
    /// The writer's language, as far as it is known.
    pub language: Option<Language>,
    /// Whether `language` is more than a guess.
    pub language_is_sure: bool,
    /// Whether there is anything in it to translate.
    pub has_words: bool,
    /// Wall time, milliseconds since 1970.
    pub at_unix_ms: u64,
    /// The writer's own translation, if there is one.
    pub translation: Option<(Language, Arc<str>)>,
}

impl Draft {
    /// What it will add to the text of its room.
    pub fn bytes(&self) -> usize {
        self.text.len()
            + self.reference.as_ref().map_or(0, |reference| 2 * reference.len())
            + self.translation.as_ref().map_or(0, |(_, text)| text.len())
            + MESSAGE_OVERHEAD_BYTES
    }
}

#[derive(Debug)]
struct Translation {
    to: Language,
    state: Settling,
    /// The deadline has passed: readers get the original, a translation that comes later is an update.
    overdue: bool,
    /// It has failed before, and an entry of the log says so.
    failed_before: bool,
    /// It had failed when an earlier process ended; somebody may have been told that it was asked for once more.
    may_be_promised: bool,
}

#[derive(Debug)]
enum Settling {
    Pending,
    Settled(Settled),
}

/// How a translation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// There it is.
    Done(Arc<str>),
    /// There it is, by the hand of whoever wrote the message: it is never asked for and never forgotten.
    Written(Arc<str>),
    /// The message was in that language already.
    Same,
    /// There is none; `again` if the service was to blame, so that it is worth asking when that is back.
    Failed {
        /// Whether to ask again.
        again: bool,
    },
}

/// What a reader of some language is shown of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The text as it is: their own, in their language, or without words.
    Plain,
    /// The translation.
    Translated(Arc<str>),
    /// The original, because there is no translation (yet).
    Untranslated,
    /// Nothing yet: the translation is on its way and its deadline has not passed.
    Pending,
}

impl Message {
    pub(super) fn new(id: u64, entry: u64, draft: Draft) -> Self {
        let mut message = Self {
            id,
            is_of_the_past: false,
            was_relabelled: false,
            was_evicted: false,
            entry,
            writer: draft.writer,
            addressee: draft.addressee,
            role: draft.role,
            from: draft.from,
            written_on: draft.written_on,
            reference: draft.reference,
            text: draft.text,
            language: draft.language,
            language_is_sure: draft.language_is_sure,
            has_words: draft.has_words,
            at_unix_ms: draft.at_unix_ms,
            translations: Vec::new(),
        };
        if let Some((to, text)) = draft.translation {
            message.write_translation(to, text);
        }
        message
    }

    /// Whether its language was a guess from the beginning and is one still.
    pub(super) fn is_guessed(&self) -> bool {
        !self.language_is_sure && !self.was_relabelled
    }

    /// Whether somebody may read it. What was taken back, nobody may.
    pub fn is_for(&self, client: ClientKey) -> bool {
        !self.text.is_empty()
            && self.addressee.is_none_or(|addressee| addressee == client || self.writer == client)
    }

    /// Whether readers of this language read the original as their own.
    pub fn is_plain_in(&self, to: Language) -> bool {
        !self.has_words || (self.language_is_sure && self.language == Some(to))
    }

    /// What a reader of language `to` is shown; without a language, the original.
    pub fn shown_in(&self, to: Option<Language>) -> Shown {
        let Some(to) = to else {
            return if self.has_words { Shown::Untranslated } else { Shown::Plain };
        };
        let translation = self.translation(to);
        if self.is_plain_in(to) && !translation.is_some_and(Translation::is_written) {
            return Shown::Plain;
        }
        let Some(translation) = translation else { return self.without(to) };
        match &translation.state {
            Settling::Settled(Settled::Done(text) | Settled::Written(text)) => {
                Shown::Translated(Arc::clone(text))
            }
            Settling::Settled(Settled::Same) => Shown::Plain,
            Settling::Settled(Settled::Failed { .. }) => self.without(to),
            Settling::Pending if translation.overdue => self.without(to),
            Settling::Pending => Shown::Pending,
        }
    }

    /// What its writer is told of how readers of `to` are shown it; nothing, where nothing was asked or it is forgotten.
    pub(super) fn shown_to_writer(&self, to: Language) -> Shown {
        if self.translation(to).is_some() { self.shown_in(Some(to)) } else { Shown::Plain }
    }

    /// No translation: a guess that the languages agree is then the best there is.
    fn without(&self, to: Language) -> Shown {
        if self.language == Some(to) { Shown::Plain } else { Shown::Untranslated }
    }

    /// A person says that it was written in this language. Unless that is known, or it has been translated into that very
    /// language and so was in another, it is labelled so, and loses every translation that was misled or came to nothing.
    /// Returns into which languages it was being translated; `None` if nothing has changed.
    pub(super) fn correct(&mut self, language: Language, correction: Correction) -> Option<Vec<Language>> {
        let is_known = self.language_is_sure && self.language == Some(language);
        if is_known || self.translation(language).is_some_and(Translation::is_there) {
            return None;
        }
        if correction == Correction::Doubtful && self.speaks_for_its_label(language) {
            return None;
        }
        let was_misled = self.language_is_sure;
        self.language = Some(language);
        self.language_is_sure = correction == Correction::Certain || !was_misled;
        self.was_relabelled = true;
        let mut called_off = Vec::new();
        self.translations.retain(|translation| match translation.state {
            Settling::Settled(Settled::Written(_)) => true,
            Settling::Settled(Settled::Done(_)) => !was_misled,
            Settling::Settled(Settled::Same | Settled::Failed { .. }) => false,
            Settling::Pending => {
                if was_misled {
                    called_off.push(translation.to);
                }
                !was_misled
            }
        });
        Some(called_off)
    }

    /// Whether its text is reliably in the language it is labelled with, and not in this one. A label that is a guess has
    /// nothing to speak for.
    fn speaks_for_its_label(&self, other: Language) -> bool {
        let label = self.language.filter(|_| self.language_is_sure);
        label.is_some_and(|label| {
            let sample: String = self.text.chars().take(Config::DETECT_CHARS).collect();
            detect::detect(&sample, &[label, other]) == Some(label)
        })
    }

    /// Notes that somebody wants it in `to`. Whether a translation has to be asked for.
    pub(super) fn want(&mut self, to: Language) -> bool {
        if self.is_plain_in(to) || self.translation(to).is_some() {
            return false;
        }
        self.translations.push(Translation {
            to,
            state: Settling::Pending,
            overdue: false,
            failed_before: false,
            may_be_promised: false,
        });
        true
    }

    /// Wants once more what the service failed to do. Nobody waits for it a second time.
    pub(super) fn want_again(&mut self) -> impl Iterator<Item = Language> {
        self.translations.iter_mut().filter_map(|translation| {
            let again = matches!(translation.state, Settling::Settled(Settled::Failed { again: true }));
            if again {
                translation.state = Settling::Pending;
                translation.overdue = true;
                translation.failed_before = true;
            }
            again.then_some(translation.to)
        })
    }

    /// Somebody wants once more what has failed, for whatever reason, and will be told how it ends. Nobody waits for it.
    /// Whether it has to be asked for: it may be on its way still.
    pub(super) fn want_once_more(&mut self, to: Language) -> bool {
        let is_new = !self.is_pending_in(to);
        if is_new {
            self.forget(to);
            self.want(to);
        }
        if let Some(translation) = self.translations.iter_mut().find(|translation| translation.to == to) {
            translation.overdue = true;
            // That it fails is no news to others, and an answer to who has asked.
            translation.failed_before = false;
        }
        is_new
    }

    /// Whether this translation has been wanted and has not ended.
    pub fn is_pending_in(&self, to: Language) -> bool {
        self.translation(to).is_some_and(|translation| matches!(translation.state, Settling::Pending))
    }

    /// Whether its readers have been freed from waiting for this translation.
    pub(super) fn is_given_up_in(&self, to: Language) -> bool {
        self.translation(to).is_some_and(|translation| translation.overdue)
    }

    /// Ends a pending translation. `None` if that changes nothing for anybody: it is not pending any more, or has failed
    /// once more; else the bytes it adds.
    pub(super) fn settle(&mut self, to: Language, settled: Settled) -> Option<usize> {
        let translation = self.translations.iter_mut().find(|translation| translation.to == to)?;
        if !matches!(translation.state, Settling::Pending) {
            return None;
        }
        let bytes = settled.bytes();
        let news = !(translation.failed_before && matches!(settled, Settled::Failed { .. }));
        translation.state = Settling::Settled(settled);
        news.then_some(bytes)
    }

    /// It had failed when the process ended.
    pub(super) fn note_past_failure(&mut self, to: Language) {
        if let Some(translation) = self.translations.iter_mut().find(|translation| translation.to == to) {
            translation.may_be_promised = true;
        }
    }

    /// Whether it had failed when the process ended, and nobody was told so since.
    pub(super) fn has_past_failure(&self, to: Language) -> bool {
        self.translation(to).is_some_and(|translation| translation.may_be_promised)
    }

    /// Whether an earlier process may have promised what has failed. Tells once.
    pub(super) fn take_past_failure(&mut self, to: Language) -> bool {
        let translation = self.translations.iter_mut().find(|translation| translation.to == to);
        translation.is_some_and(|translation| std::mem::take(&mut translation.may_be_promised))
    }

    /// Frees the readers who wait for it.
    pub(super) fn give_up_waiting(&mut self, to: Language) {
        if let Some(translation) = self.translations.iter_mut().find(|translation| translation.to == to) {
            translation.overdue = true;
        }
    }

    /// Frees every reader who waits for anything.
    pub(super) fn release(&mut self) {
        for translation in &mut self.translations {
            translation.overdue = true;
        }
    }

    /// Forgets translations into `to` that have not ended. Whether there was one.
    pub(super) fn unwant(&mut self, to: Language) -> bool {
        let before = self.translations.len();
        self.translations
            .retain(|translation| translation.to != to || !matches!(translation.state, Settling::Pending));
        self.translations.len() != before
    }

    /// Forgets translations that are done, for want of memory; a later reader asks again. Returns the bytes given back.
    pub(super) fn evict_translations(&mut self) -> usize {
        let bytes = self.translation_bytes();
        self.translations
            .retain(|translation| !matches!(translation.state, Settling::Settled(Settled::Done(_))));
        let freed = bytes - self.translation_bytes();
        self.was_evicted |= freed > 0;
        freed
    }

    /// Whether forgetting translations would give anything back.
    pub(super) fn has_evictable(&self) -> bool {
        let done = |it: &Translation| matches!(it.state, Settling::Settled(Settled::Done(_)));
        self.translations.iter().any(done)
    }

    /// Forgets whatever is known of a translation.
    pub(super) fn forget(&mut self, to: Language) {
        self.translations.retain(|translation| translation.to != to);
    }

    /// A translation by the writer's own hand, which stands even where the languages are the same.
    pub(super) fn write_translation(&mut self, to: Language, text: Arc<str>) {
        self.forget(to);
        let state = Settling::Settled(Settled::Written(text));
        self.translations.push(Translation {
            to,
            state,
            overdue: false,
            failed_before: false,
            may_be_promised: false,
        });
    }

    /// Loses its words. Returns the bytes given back.
    pub(super) fn unsay(&mut self) -> usize {
        let before = self.bytes();
        self.text = Arc::from("");
        self.from = Arc::from("");
        self.translations.clear();
        self.has_words = false;
        before - self.bytes()
    }

    /// What it and its translations add to the text of the room.
    pub fn bytes(&self) -> usize {
        let reference = self.reference.as_ref().map_or(0, |reference| 2 * reference.len());
        self.text.len() + reference + MESSAGE_OVERHEAD_BYTES + self.translation_bytes()
    }

    /// Bytes of its translations.
    pub(super) fn translation_bytes(&self) -> usize {
        self.translations
            .iter()
            .map(|translation| match &translation.state {
                Settling::Settled(settled) => settled.bytes(),
                Settling::Pending => 0,
            })
            .sum()
    }

    fn translation(&self, to: Language) -> Option<&Translation> {
        self.translations.iter().find(|translation| translation.to == to)
    }
}

impl Translation {
    fn is_written(&self) -> bool {
        matches!(self.state, Settling::Settled(Settled::Written(_)))
    }

    /// Whether somebody can be shown it.
    fn is_there(&self) -> bool {
        matches!(self.state, Settling::Settled(Settled::Done(_) | Settled::Written(_)))
    }
}

impl Settled {
    /// Bytes of text.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Done(text) | Self::Written(text) => text.len(),
            Self::Same | Self::Failed { .. } => 0,
        }
    }
}
