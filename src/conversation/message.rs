//! A message: who wrote what, in which language, and what it reads like in others.

use std::sync::Arc;

use super::translation::{State, Translation};
use super::{ClientKey, Correction, Role};
use crate::config::Config;
use crate::translate::detect;
use crate::vocabulary::{ConnId, Ended, EngineName, Language};

/// What a message takes beside its texts, for the accounts of memory: the structs themselves and their share of tables.
pub const MESSAGE_OVERHEAD_BYTES: usize = 192;

/// What a message without translations takes. Its name is kept twice: to be told, and to be found.
pub fn message_bytes(text: &str, reference: Option<&str>) -> usize {
    text.len() + 2 * reference.map_or(0, str::len) + MESSAGE_OVERHEAD_BYTES
}

/// One thing somebody said, numbered from 1 in its room.
#[derive(Debug)]
pub struct Message {
    /// Sequence number in the room, from 1; the protocol's `id`.
    pub id: u64,
    /// Its place among the changes of the room.
    pub(super) revision: u64,
    /// A person has said which language it is in, in spite of what was known.
    pub(super) was_relabelled: bool,
    pub writer: ClientKey,
    /// Whom alone it is for, beside its writer; without one, everybody who reads the room.
    pub addressee: Option<ClientKey>,
    pub role: Role,
    pub from: Arc<str>,
    /// The connection it came on. A member has an acknowledgement there, and does not get the message itself.
    pub written_on: Option<ConnId>,
    /// The writer's own name for it.
    pub reference: Option<Box<str>>,
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
    pub writer: ClientKey,
    /// Whom alone it is for.
    pub addressee: Option<ClientKey>,
    pub role: Role,
    pub from: Arc<str>,
    /// The writer's own name for it.
    pub reference: Option<Box<str>>,
    pub text: Arc<str>,
    /// The writer's language, as far as it is known.
    pub language: Option<Language>,
    /// Whether `language` is more than a guess.
    pub language_is_sure: bool,
    /// Whether there is anything in it to translate.
    pub has_words: bool,
    /// Wall time, milliseconds since 1970.
    pub at_unix_ms: u64,
}

impl Draft {
    /// What it will add to the text of its room.
    pub fn bytes(&self) -> usize {
        message_bytes(&self.text, self.reference.as_deref())
    }
}

/// What a reader of some language is shown of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The text as it is: their own, in their language, or without words.
    Plain,
    Translated {
        text: Arc<str>,
        /// Who translated it; nobody where it was written by hand, or by whom is not known.
        engine: Option<EngineName>,
    },
    /// The original, because there is no translation (yet).
    Untranslated,
    /// Nothing yet: the translation is on its way and its deadline has not passed.
    Pending,
}

impl Shown {
    /// The translation, if it is one.
    pub fn translated(&self) -> Option<&str> {
        match self {
            Self::Translated { text, .. } => Some(text),
            Self::Plain | Self::Untranslated | Self::Pending => None,
        }
    }

    /// Who translated it, as far as that is known.
    pub fn engine(&self) -> Option<EngineName> {
        match self {
            Self::Translated { engine, .. } => *engine,
            Self::Plain | Self::Untranslated | Self::Pending => None,
        }
    }

    /// Whether it can be understood, but is clumsy.
    pub fn is_rough(&self) -> bool {
        self.engine().is_some_and(EngineName::is_rough)
    }
}

/// Whether a message has to be asked for in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It is there, or on its way, or needs none.
    Already,
    New,
    /// It was there, and its text was dropped.
    Anew,
}

impl Message {
    pub(super) fn new(id: u64, revision: u64, draft: Draft) -> Self {
        Self {
            id,
            revision,
            was_relabelled: false,
            writer: draft.writer,
            addressee: draft.addressee,
            role: draft.role,
            from: draft.from,
            written_on: None,
            reference: draft.reference,
            text: draft.text,
            language: draft.language,
            language_is_sure: draft.language_is_sure,
            has_words: draft.has_words,
            at_unix_ms: draft.at_unix_ms,
            translations: Vec::new(),
        }
    }

    /// Whether its language is known otherwise than when it was written.
    pub fn was_relabelled(&self) -> bool {
        self.was_relabelled
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

    // ---- what is shown ----

    /// What a reader of language `to` is shown; without a language, the original.
    pub fn shown_in(&self, to: Option<Language>) -> Shown {
        let Some(to) = to else {
            return if self.has_words { Shown::Untranslated } else { Shown::Plain };
        };
        let translation = self.translation(to);
        if self.is_plain_in(to) && !translation.is_some_and(Translation::is_written) {
            return Shown::Plain;
        }
        match translation.map(|translation| (&translation.state, translation.overdue)) {
            Some((State::Ended(Ended::Done { text, engine }), _)) => {
                Shown::Translated { text: Arc::clone(text), engine: *engine }
            }
            Some((State::Ended(Ended::Written(text)), _)) => {
                Shown::Translated { text: Arc::clone(text), engine: None }
            }
            Some((State::Ended(Ended::Same), _)) => Shown::Plain,
            Some((State::Pending, false)) => Shown::Pending,
            Some((State::Ended(Ended::Failed { .. }) | State::Pending | State::Dropped, _)) | None => {
                self.without(to)
            }
        }
    }

    /// What its writer is told of how readers of `to` are shown it; nothing, where nothing was asked or the text is gone.
    pub(super) fn shown_to_writer(&self, to: Language) -> Shown {
        match self.translation(to) {
            Some(translation) if translation.state != State::Dropped => self.shown_in(Some(to)),
            _ => Shown::Plain,
        }
    }

    /// No translation: a guess that the languages agree is then the best there is.
    fn without(&self, to: Language) -> Shown {
        if self.language == Some(to) { Shown::Plain } else { Shown::Untranslated }
    }

    /// What it reads like in other languages, as far as that is there.
    pub(super) fn translated_texts(&self) -> impl Iterator<Item = &str> {
        self.translations.iter().filter_map(Translation::text).map(|text| &**text)
    }

    /// What readers of `to` have been or will be shown in the end; `None` as long as that is open. A restart does not
    /// change it.
    pub(super) fn verdict(&self, to: Option<Language>) -> Option<Shown> {
        let is_open = to.is_some_and(|to| !self.has_ended_in(to));
        if is_open {
            return None;
        }
        let is_tried_again = to.is_some_and(|to| self.is_pending_in(to));
        match to.filter(|_| is_tried_again) {
            Some(to) => Some(self.without(to)),
            None => Some(self.shown_in(to)),
        }
    }

    /// Whether readers of `to` have been told, or will be at once, what it reads like.
    pub(super) fn has_ended_in(&self, to: Language) -> bool {
        self.translation(to).map_or_else(|| self.is_plain_in(to), |translation| !translation.is_open())
    }

    /// Where its last change stands among those of the room.
    pub(super) fn last_revision(&self) -> u64 {
        self.translations.iter().map(|translation| translation.revision).fold(self.revision, u64::max)
    }

    /// Where what it reads like in `to` changed last; 0 if it has not.
    pub(super) fn revision_in(&self, to: Language) -> u64 {
        self.translation(to).map_or(0, |translation| translation.revision)
    }

    // ---- languages ----

    /// Whether its language is what its writer `held`, or a guess; what was plainly in another one stays in that.
    pub(super) fn was_taken_for(&self, held: Option<Language>) -> bool {
        !self.language_is_sure || self.language == held
    }

    /// A person says that it was written in this language. Unless that is known, or it has been translated into that very
    /// language and so was in another, it is labelled so, and loses every translation that was misled or came to nothing.
    /// Returns into which languages it was being translated in vain; `None` if nothing has changed.
    pub(super) fn correct(&mut self, language: Language, correction: Correction) -> Option<Vec<Language>> {
        let is_known = self.language_is_sure && self.language == Some(language);
        if is_known || self.translation(language).is_some_and(Self::speaks_for_another) {
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
            State::Ended(Ended::Written(_)) => true,
            State::Ended(Ended::Done { .. }) | State::Dropped => !was_misled,
            State::Ended(Ended::Same | Ended::Failed { .. }) => false,
            State::Pending => {
                if was_misled {
                    called_off.push(translation.to);
                }
                !was_misled
            }
        });
        Some(called_off)
    }

    /// What has been translated into a language was in another one.
    fn speaks_for_another(translation: &Translation) -> bool {
        translation.text().is_some() || translation.state == State::Dropped
    }

    /// Whether its text is reliably in the language it is labelled with, and not in this one. A label that is a guess has
    /// nothing to speak for.
    fn speaks_for_its_label(&self, other: Language) -> bool {
        let label = self.language.filter(|_| self.language_is_sure);
        label.is_some_and(|label| {
            let sample: String = self.text.chars().take(Config::HEARD_CHARS).collect();
            detect::detect(&sample, &[label, other]) == Some(label)
        })
    }

    /// It is in this language for sure.
    pub(super) fn relabel(&mut self, language: Language) {
        (self.language, self.language_is_sure, self.was_relabelled) = (Some(language), true, true);
    }

    // ---- wanting ----

    /// Notes that somebody wants it in `to`.
    pub(super) fn want(&mut self, to: Language) -> Wanted {
        if self.is_plain_in(to) {
            return Wanted::Already;
        }
        match self.translation_mut(to) {
            None => {
                self.translations.push(Translation::pending(to));
                Wanted::New
            }
            Some(translation) if translation.state == State::Dropped => {
                translation.ask_again();
                translation.overdue = false;
                Wanted::Anew
            }
            Some(_) => Wanted::Already,
        }
    }

    /// Wants once more what the service failed to do. Nobody waits for it a second time, or is told.
    pub(super) fn try_again(&mut self) -> impl Iterator<Item = Language> {
        self.translations.iter_mut().filter_map(|translation| {
            let again = translation.state == State::Ended(Ended::Failed { again: true });
            if again {
                (translation.state, translation.overdue, translation.tried_again) =
                    (State::Pending, true, true);
            }
            again.then_some(translation.to)
        })
    }

    /// Somebody wants once more what has failed, for whatever reason, and will be told how it ends. Nobody waits for it.
    /// Whether it has to be asked for: it may be on its way still.
    pub(super) fn retry(&mut self, to: Language) -> bool {
        if self.translation(to).is_none() {
            self.translations.push(Translation::ended(to, Ended::Failed { again: false }));
        }
        self.translation_mut(to).is_some_and(|translation| {
            let is_new = !translation.is_pending();
            translation.ask_again();
            translation.overdue = true;
            is_new
        })
    }

    /// Whether nobody has wanted it in this language.
    pub(super) fn has_nothing_in(&self, to: Language) -> bool {
        self.translation(to).is_none()
    }

    /// Into which languages it is being translated.
    pub(super) fn pending(&self) -> impl Iterator<Item = Language> {
        self.translations.iter().filter(|translation| translation.is_pending()).map(|it| it.to)
    }

    /// Whether this translation has been wanted and has not ended.
    pub fn is_pending_in(&self, to: Language) -> bool {
        self.translation(to).is_some_and(Translation::is_pending)
    }

    /// Whether its readers have been freed from waiting for this translation.
    pub(super) fn is_given_up_in(&self, to: Language) -> bool {
        self.translation(to).is_some_and(|translation| translation.overdue)
    }

    /// Frees the readers who wait for it.
    pub(super) fn give_up_waiting(&mut self, to: Language) {
        if let Some(translation) = self.translation_mut(to) {
            translation.overdue = true;
        }
    }

    /// Frees every reader who waits for anything.
    pub(super) fn release(&mut self) {
        for translation in &mut self.translations {
            translation.overdue = true;
        }
    }

    /// Forgets a translation into `to` that has not ended. Whether there was one.
    pub(super) fn unwant(&mut self, to: Language) -> bool {
        let before = self.translations.len();
        self.translations.retain(|translation| translation.to != to || !translation.is_pending());
        self.translations.len() != before
    }

    /// What became of its translations for good, in words, for [`super::Rooms::digest`].
    pub(super) fn endings(&self) -> String {
        // What is plain by its label needs no state of its own, and may have one.
        let others = self.translations.iter().filter(|translation| !self.is_plain_in(translation.to));
        let mut endings: Vec<String> = others.filter_map(Translation::ending).collect();
        endings.sort_unstable();
        endings.join(" ")
    }

    // ---- ending ----

    /// Whether readers would see that a pending translation ends so; `None` if it is not pending.
    pub(super) fn sees_end(&self, to: Language, ended: &Ended) -> Option<bool> {
        let translation = self.translation(to).filter(|translation| translation.is_pending())?;
        Some(!(translation.tried_again && matches!(ended, Ended::Failed { .. })))
    }

    /// A pending translation has failed once more, which nobody is told.
    pub(super) fn fail_again(&mut self, to: Language) {
        if let Some(translation) = self.translation_mut(to) {
            translation.state = State::Ended(Ended::Failed { again: true });
            translation.tried_again = false;
        }
    }

    /// What it reads like in `to` is this, whatever was known of it. A message that is in that language already has no
    /// state of its own.
    pub(super) fn set(&mut self, to: Language, ended: Option<Ended>) {
        self.translations.retain(|translation| translation.to != to);
        self.translations.extend(ended.map(|ended| Translation::ended(to, ended)));
    }

    /// Gives what it reads like in `to` a place among the changes of the room.
    pub(super) fn stamp(&mut self, to: Language, revision: u64) {
        if self.translation(to).is_none() {
            self.translations.push(Translation::ended(to, Ended::Same));
        }
        if let Some(translation) = self.translation_mut(to) {
            translation.revision = revision;
        }
    }

    // ---- memory ----

    /// Drops the texts of translations that are done and of no use to readers; a later one asks again. Returns the bytes
    /// given back.
    pub(super) fn drop_translations(&mut self, is_of_use: impl Fn(&Self, Language) -> bool) -> usize {
        let before = self.bytes();
        for place in 0..self.translations.len() {
            let translation = &self.translations[place];
            if translation.is_done() && !is_of_use(self, translation.to) {
                self.translations[place].state = State::Dropped;
            }
        }
        before - self.bytes()
    }

    /// There is no memory for the text of a translation.
    pub(super) fn drop_translation(&mut self, to: Language) {
        if let Some(translation) = self.translation_mut(to) {
            translation.state = State::Dropped;
        }
    }

    /// Whether the text of a translation could be dropped, now or when it has been seen.
    pub(super) fn has_droppable(&self) -> bool {
        self.translations.iter().any(Translation::is_done)
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
        let translations: usize = self.translations.iter().map(Translation::bytes).sum();
        message_bytes(&self.text, self.reference.as_deref()) + translations
    }

    fn translation(&self, to: Language) -> Option<&Translation> {
        self.translations.iter().find(|translation| translation.to == to)
    }

    fn translation_mut(&mut self, to: Language) -> Option<&mut Translation> {
        self.translations.iter_mut().find(|translation| translation.to == to)
    }
}
