//! The log of a room: messages, and the order in which readers see them and their readings change.
//!
//! Every change has a revision, counted from 1 and never reused. A message has one for good; what it reads like in a
//! language has the one of its last change, and the places of earlier ones are empty. A reader stands at a revision and
//! asks for the next change behind it, so that taking out empty places moves nobody. A log knows nothing of readers.

use std::collections::VecDeque;

use super::message::{Draft, Message};
use crate::vocabulary::Language;

/// One change that readers see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) revision: u64,
    pub(super) id: u64,
    /// What it reads like in this language; without one, the message itself.
    pub(super) to: Option<Language>,
}

/// Messages and changes; both may have lost their front.
#[derive(Debug, Default)]
pub struct Log {
    /// By revision, some of them empty places.
    changes: VecDeque<Change>,
    revision: u64,
    messages: VecDeque<Message>,
    /// How many messages were dropped; the first that is here has the next id.
    dropped: u64,
    /// With so many changes, empty places are looked for; a multiple of what was left last time.
    compact_at: usize,
}

/// Changes that are not worth a search for empty places.
const FEW_CHANGES: usize = 64;

impl Log {
    /// The revision of the last change, 0 if there never was one.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The id of the first message that is still here, or of the next one.
    pub fn first_id(&self) -> u64 {
        self.dropped + 1
    }

    /// The id of the last message, 0 if there never was one.
    pub fn last_id(&self) -> u64 {
        self.dropped + self.messages.len() as u64
    }

    /// The first change behind a revision.
    pub(super) fn next(&self, revision: u64) -> Option<Change> {
        if revision >= self.revision {
            return None;
        }
        let from = self.place_behind(revision);
        self.changes.range(from..).find(|change| self.is_current(change)).copied()
    }

    /// Most readers are one change behind.
    fn place_behind(&self, revision: u64) -> usize {
        let last = self.changes.len().saturating_sub(1);
        match last.checked_sub(1).and_then(|index| self.changes.get(index)) {
            Some(before) if before.revision <= revision => last,
            _ => self.changes.partition_point(|change| change.revision <= revision),
        }
    }

    fn is_current(&self, change: &Change) -> bool {
        match (self.message(change.id), change.to) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(message), Some(to)) => message.revision_in(to) == change.revision,
        }
    }

    /// The message, unless it was dropped or never was.
    pub fn message(&self, id: u64) -> Option<&Message> {
        self.messages.get(self.index(id)?)
    }

    pub(super) fn message_mut(&mut self, id: u64) -> Option<&mut Message> {
        let index = self.index(id)?;
        self.messages.get_mut(index)
    }

    fn index(&self, id: u64) -> Option<usize> {
        usize::try_from(id.checked_sub(self.dropped + 1)?).ok()
    }

    /// All messages that are here, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> + ExactSizeIterator {
        self.messages.iter()
    }

    pub(super) fn messages_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.messages.iter_mut()
    }

    /// Where a reader stands who has everything up to a message.
    pub fn revision_of(&self, id: u64) -> u64 {
        if id < self.first_id() {
            return 0;
        }
        self.message(id).map_or(self.revision, |message| message.revision)
    }

    pub(super) fn append(&mut self, draft: Draft) -> u64 {
        let id = self.last_id() + 1;
        if self.messages.capacity() == 0 {
            // A chat that is not answered yet has no more; the first step of a deque would be four.
            self.messages.reserve_exact(2);
        }
        let revision = self.change(id, None);
        self.messages.push_back(Message::new(id, revision, draft));
        id
    }

    /// What a message reads like in a language has changed for its readers.
    pub(super) fn stamp(&mut self, id: u64, to: Language) {
        let revision = self.change(id, Some(to));
        if let Some(message) = self.message_mut(id) {
            message.stamp(to, revision);
        }
        self.compact();
    }

    fn change(&mut self, id: u64, to: Option<Language>) -> u64 {
        self.revision += 1;
        self.changes.push_back(Change { revision: self.revision, id, to });
        self.revision
    }

    /// Takes out empty places, at a constant price for each change: only when they may be as many as the others.
    fn compact(&mut self) {
        if self.changes.len() <= self.compact_at.max(FEW_CHANGES) {
            return;
        }
        let mut changes = std::mem::take(&mut self.changes);
        changes.retain(|change| self.is_current(change));
        self.compact_at = 2 * changes.len();
        self.changes = changes;
    }

    /// Begins at a message that is not the first of its room. For a log without messages.
    pub(super) fn begin_at(&mut self, id: u64) {
        if self.messages.is_empty() {
            self.dropped = id.saturating_sub(1);
        }
    }

    /// How many messages are here.
    pub fn message_count(&self) -> usize {
        self.messages.len()
    }

    /// How many changes are kept, empty places included.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether nothing was ever said, or all of it is gone.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Drops the first message. Returns it.
    pub(super) fn drop_front(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.dropped += 1;
        while self.changes.front().is_some_and(|change| !self.is_current(change)) {
            self.changes.pop_front();
        }
        Some(message)
    }

    pub(super) fn check_invariants(&self) {
        assert!(self.changes.iter().is_sorted_by_key(|change| change.revision), "changes stand in order");
        assert!(
            self.changes.back().is_none_or(|last| last.revision <= self.revision),
            "revisions are counted"
        );
        assert!(self.len() <= self.compact_at.max(FEW_CHANGES) + self.messages.len(), "empty places are few");
        let current = self.changes.iter().filter(|change| change.to.is_none() && self.is_current(change));
        assert_eq!(current.count(), self.messages.len(), "every message is a change");
    }
}
