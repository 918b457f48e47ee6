//! One connection that follows a log: its cursor, what it is shown, and what it is still owed.

use super::due::{Dues, Told};
use super::log::Log;
use super::message::{Message, Shown};
use super::{ClientKey, Role};
use crate::vocabulary::{ConnId, Language};

/// One connection that follows the log.
#[derive(Debug)]
pub struct Reader {
    /// Which connection.
    pub conn: ConnId,
    /// Whose.
    pub client: ClientKey,
    /// As what they read: decides how a step is written.
    pub role: Role,
    /// What they read.
    pub language: Option<Language>,
    /// What the customer reads, for an agent who is told what becomes of their own words.
    pub(super) own_to: Option<Language>,
    /// Position of the next entry to look at.
    pub(super) cursor: u64,
    /// Whether they understand updates of messages they have.
    pub(super) updates: bool,
    /// Whether they take a message whose translation is pending, and the translation as an update.
    pub(super) takes_pending: bool,
    /// Whether they want the original beside a translation where their role is not shown it anyway.
    pub originals: bool,
    /// The last message they had when they connected: updates of those may have been missed.
    pub(super) had_up_to: u64,
    /// Messages shown without their translation, for which an update is owed.
    pub(super) owed: Vec<Owed>,
    /// What they are to be told before the next step.
    pub dues: Dues,
    /// What they were told of the other side.
    pub(super) told: Told,
    /// The last message a visitor had; `None` for members. Visitors are told what they missed, and get what they wrote
    /// like anybody else.
    pub(super) visited: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Owed {
    pub(super) id: u64,
    pub(super) shown: Shown,
}

/// How somebody begins to read.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Which connection.
    pub conn: ConnId,
    /// Whose; a member of the room.
    pub client: ClientKey,
    /// The highest message they have, 0 for none.
    pub after: u64,
    /// Whether they understand updates.
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
    Gap {
        /// The first of them.
        from: u64,
        /// The last one.
        to: u64,
    },
}

impl Reader {
    /// How a message looks to this reader. Outer `None`: not yet. Inner `None`: nothing to send.
    #[expect(clippy::option_option, reason = "the two kinds of nothing differ: wait, and go on")]
    pub(super) fn look_at(&mut self, message: &Message) -> Option<Option<Step>> {
        if !message.is_for(self.client) {
            return Some(None);
        }
        if message.writer == self.client {
            return Some(self.look_at_own(message));
        }
        let shown = self.shown(message);
        match shown {
            Shown::Pending if !self.takes_pending => return None,
            Shown::Pending | Shown::Untranslated if self.updates => {
                self.owed.push(Owed { id: message.id, shown: shown.clone() });
            }
            _ => {}
        }
        Some(Some(Step::Message(message.id, shown)))
    }

    /// The update a settled translation is for this reader, if it is one.
    pub(super) fn update(&mut self, message: &Message, to: Language) -> Option<Step> {
        if !self.updates || self.reads(message) != Some(to) {
            return None;
        }
        let shown = self.shown(message);
        if shown == Shown::Pending {
            // Asked for once more since: its own end is further on in the log.
            return None;
        }
        let Some(index) = self.owed.iter().position(|owed| owed.id == message.id) else {
            return (message.id <= self.had_up_to).then_some(Step::Update(message.id, shown));
        };
        let before = if shown == Shown::Untranslated {
            // Something better may still come.
            std::mem::replace(&mut self.owed[index].shown, shown.clone())
        } else {
            self.owed.swap_remove(index).shown
        };
        (before != shown).then_some(Step::Update(message.id, shown))
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

    pub(super) fn shown(&self, message: &Message) -> Shown {
        if message.writer == self.client {
            self.shown_of_own(message)
        } else {
            message.shown_in(self.language)
        }
    }

    /// Something better may come for a message they have been shown. What they were owed already stays as it is.
    pub(super) fn owe(&mut self, id: u64, shown: Shown) {
        if self.updates && !self.owed.iter().any(|owed| owed.id == id) {
            self.owed.push(Owed { id, shown });
        }
    }

    /// Whether they were told that a translation is pending, and not yet how it ended.
    pub(super) fn is_promised(&self, id: u64) -> bool {
        self.owed.iter().any(|owed| owed.id == id && owed.shown == Shown::Pending)
    }

    /// Whether an earlier connection of theirs may have been told that the translation into this language is pending, and
    /// this one has not come to its end.
    pub(super) fn was_promised(&self, log: &Log, message: &Message, to: Option<Language>) -> bool {
        let is_pending = to.is_some_and(|to| message.is_pending_in(to));
        message.id <= self.had_up_to && (is_pending || log.settles_from(self.cursor, message.id))
    }

    /// They are told that a translation is pending, and will be told how it ends.
    pub(super) fn promise(&mut self, id: u64) {
        self.owed.retain(|owed| owed.id != id);
        self.owed.push(Owed { id, shown: Shown::Pending });
    }

    /// Every message they have will come again in their new language.
    pub(super) fn owe_all(&mut self, log: &Log, ids: &[u64], before: Option<Language>) {
        if !self.updates {
            return;
        }
        let promised: Vec<u64> =
            self.owed.drain(..).filter(|owed| owed.shown == Shown::Pending).map(|owed| owed.id).collect();
        for message in
            ids.iter().filter_map(|id| log.message(*id)).filter(|message| message.entry < self.cursor)
        {
            // Whoever was told that it is pending is to be told the end, whatever that is.
            let is_promised = promised.contains(&message.id) || self.was_promised(log, message, before);
            let shown = if is_promised { Shown::Pending } else { message.shown_in(before) };
            self.owed.push(Owed { id: message.id, shown });
        }
    }
}
