//! One connection that follows a log: where it stands, and what it is shown there.

use super::message::{Message, Shown};
use super::notice::{Notice, Noticed, Notices, Translating};
use super::{ClientKey, Role};
use crate::vocabulary::{ConnId, Language};

/// One connection that follows the log.
#[derive(Debug)]
pub struct Reader {
    pub conn: ConnId,
    pub client: ClientKey,
    /// As what they read: decides how a step is written.
    pub role: Role,
    pub language: Option<Language>,
    /// What the customer reads, for an agent who is told what becomes of their own words.
    pub(super) own_to: Option<Language>,
    /// The revision up to which they have been told.
    pub(super) position: u64,
    /// Where they began: what they had been told of earlier messages is known to them alone.
    pub(super) opened_at: u64,
    /// Whether they understand updates of messages they have.
    pub(super) updates: bool,
    /// Whether they take a message whose translation is pending, and the translation as an update.
    pub(super) takes_pending: bool,
    /// Whether they want the original beside a translation where their role is not shown it anyway.
    pub originals: bool,
    /// What they were shown of messages whose reading has its last change still before them, so that it is not told again.
    pub(super) ahead: Vec<Ahead>,
    /// What they are to be told before the next step.
    pub notices: Notices,
    /// What they were told of the other side.
    pub(super) noticed: Noticed,
    /// The last message a visitor had; `None` for members. Visitors are told what they missed, and get what they wrote
    /// like anybody else.
    pub(super) visited: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) id: u64,
    pub(super) shown: Shown,
}

/// How somebody begins to read.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    pub conn: ConnId,
    pub client: ClientKey,
    /// What they read, if they are no member; without one, everything as it was written.
    pub language: Option<Language>,
    /// The highest message they have or do not want, 0 for none.
    pub after: u64,
    pub updates: bool,
    /// Whether they take pending messages.
    pub takes_pending: bool,
    /// Whether they want the original beside a translation.
    pub originals: bool,
}

/// What a reader is to be sent next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A message they do not have.
    Message(u64, Shown),
    /// A better (or final) rendering of one they have.
    Update(u64, Shown),
    /// These they will never get: the log has lost them.
    Gap { from: u64, to: u64 },
    /// How things stand beside the log.
    Notice(Notice),
    /// The room has ended, and why.
    Ended(&'static str),
}

impl Reader {
    /// A message as this reader sees it. Outer `None`: not yet. Inner `None`: nothing to send.
    #[expect(clippy::option_option, reason = "the two kinds of nothing differ: wait, and go on")]
    pub(super) fn message(&mut self, message: &Message) -> Option<Option<Step>> {
        if !message.is_for(self.client) {
            return Some(None);
        }
        let is_own = message.writer == self.client;
        let shown = self.shown_now(message);
        if shown == Shown::Pending && !self.takes_pending {
            return None;
        }
        self.keep(message, shown.clone());
        // Visitors have no acknowledgement but the message itself.
        if !is_own || message.written_on != Some(self.conn) || self.visited.is_some() {
            return Some(Some(Step::Message(message.id, shown)));
        }
        Some((shown != Shown::Plain).then_some(Step::Update(message.id, shown)))
    }

    /// What they were told last of what is being translated.
    pub fn translating(&self) -> &Translating {
        &self.noticed.translating
    }

    /// What has become of a message they have, if it is not what they were shown.
    pub(super) fn update(&mut self, message: &Message, to: Language) -> Option<Step> {
        if !self.updates || self.reads(message) != Some(to) || !message.is_for(self.client) {
            return None;
        }
        // Only a person's wish to have it translated after all is a change while it is pending.
        let shown = if message.has_ended_in(to) { self.shown_now(message) } else { Shown::Pending };
        let before = self.take_ahead(message.id);
        self.keep(message, shown.clone());
        (before.as_ref() != Some(&shown)).then_some(Step::Update(message.id, shown))
    }

    /// Remembers what was shown of a message whose reading changes, or may change, behind this revision.
    fn keep(&mut self, message: &Message, shown: Shown) {
        let Some(to) = self.reads(message).filter(|_| self.updates) else { return };
        let is_open = !message.has_ended_in(to);
        if is_open || message.revision_in(to) > self.position.max(message.revision) {
            self.ahead.push(Ahead { id: message.id, shown });
        }
    }

    pub(super) fn take_ahead(&mut self, id: u64) -> Option<Shown> {
        let index = self.ahead.iter().position(|ahead| ahead.id == id)?;
        Some(self.ahead.swap_remove(index).shown)
    }

    /// What they were shown of a message they have; `None` if that is not known, or if they do not have it.
    pub(super) fn was_shown(&self, message: &Message) -> Option<Shown> {
        if !self.updates || message.revision > self.position || !message.is_for(self.client) {
            return None;
        }
        let ahead = self.ahead.iter().find(|ahead| ahead.id == message.id).map(|ahead| ahead.shown.clone());
        let is_open = self.reads(message).is_some_and(|to| !message.has_ended_in(to));
        if ahead.is_none() && is_open && message.revision <= self.opened_at {
            return None;
        }
        Some(ahead.unwrap_or_else(|| self.shown_now(message)))
    }

    /// Whether they have a message, and have heard what became of it, if they will.
    pub(super) fn has(&self, message: &Message) -> bool {
        if !self.updates {
            return message.revision <= self.position;
        }
        let is_open = self.reads(message).is_some_and(|to| !message.has_ended_in(to));
        message.last_revision() <= self.position && !is_open
    }

    /// Whether they have a message and are still to be told what it reads like.
    pub(super) fn awaits(&self, message: &Message, to: Language) -> bool {
        let is_ahead =
            self.updates && self.reads(message) == Some(to) && message.revision_in(to) > self.position;
        let has_it = || {
            self.ahead.iter().any(|ahead| ahead.id == message.id && ahead.shown == self.shown_now(message))
        };
        is_ahead && !has_it()
    }

    /// A reading changes for others: what they were shown is remembered, unless it is.
    pub(super) fn remember(&mut self, message: &Message, shown: Option<Shown>) {
        let is_known = self.ahead.iter().any(|ahead| ahead.id == message.id);
        if let Some(shown) = shown.filter(|_| !is_known) {
            self.keep(message, shown);
        }
    }

    /// What a visitor can have no more, told once: messages before the first one that is left.
    pub(super) fn missed(&mut self, first_id: u64) -> Option<Step> {
        let had = self.visited.as_mut()?;
        let (from, to) = (*had + 1, first_id.saturating_sub(1));
        if from > to {
            return None;
        }
        *had = to;
        Some(Step::Gap { from, to })
    }

    /// The language in which this reader is shown a message; if it is their own, in which it is told how it is shown.
    pub(super) fn reads(&self, message: &Message) -> Option<Language> {
        if message.writer == self.client { self.own_to } else { self.language }
    }

    pub(super) fn shown(&self, message: &Message) -> Shown {
        if message.writer == self.client {
            self.own_to.map_or(Shown::Plain, |to| message.shown_to_writer(to))
        } else {
            message.shown_in(self.language)
        }
    }

    /// What can be said of a message now: nobody waits for a translation of their own words, nor is promised one.
    fn shown_now(&self, message: &Message) -> Shown {
        match self.shown(message) {
            Shown::Pending if message.writer == self.client => Shown::Plain,
            shown => shown,
        }
    }
}
