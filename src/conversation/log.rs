//! The log of a room: entries in order, and the messages they speak of.
//!
//! Positions count entries from the beginning of the room and stay true when the front is dropped. A log knows nothing
//! of readers.

use std::collections::{BTreeSet, VecDeque};

use super::message::{Draft, Message};
use crate::vocabulary::Language;

/// One step of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A message was appended.
    Message(u64),
    /// A translation of it ended, well or not.
    Settled {
        /// Of which message.
        id: u64,
        /// Into which language.
        to: Language,
    },
}

/// Entries and messages; both may have lost their front.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    /// Position of `entries[0]`.
    start: u64,
    messages: VecDeque<Message>,
    /// How many messages were dropped; the first that is here has the next id.
    dropped: u64,
}

/// Where what stood in a log stands after entries were taken out.
pub(super) struct Moved {
    start: u64,
    /// By the position before, from `start` up to the end.
    places: Vec<u64>,
}

impl Moved {
    pub(super) fn place_of(&self, position: u64) -> u64 {
        let index = position.checked_sub(self.start).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.places.get(index)).copied().unwrap_or(position)
    }
}

impl Log {
    /// The position behind the last entry.
    pub fn end(&self) -> u64 {
        self.start + self.entries.len() as u64
    }

    /// The id of the first message that is still here, or of the next one.
    pub fn first_id(&self) -> u64 {
        self.dropped + 1
    }

    /// The id of the last message, 0 if there never was one.
    pub fn last_id(&self) -> u64 {
        self.dropped + self.messages.len() as u64
    }

    /// The entry at a position; a dropped one reads as the first that is left.
    pub(super) fn entry(&self, position: u64) -> Option<(u64, Entry)> {
        let position = position.max(self.start);
        let index = usize::try_from(position - self.start).ok()?;
        self.entries.get(index).map(|entry| (position, *entry))
    }

    /// The messages of which entries from a position on speak, oldest entry first: their own, or the end of their
    /// translation into a language. One may come more than once.
    pub(super) fn messages_from(&self, position: u64, language: Language) -> impl Iterator<Item = &Message> {
        let skipped = usize::try_from(position.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.entries.iter().skip(skipped).filter_map(move |entry| match *entry {
            Entry::Message(id) => self.message(id),
            Entry::Settled { id, to } if to == language => self.message(id),
            Entry::Settled { .. } => None,
        })
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

    /// The position behind a message: where a reader goes on who has it already.
    pub fn position_after(&self, id: u64) -> u64 {
        if id < self.first_id() {
            return self.start;
        }
        self.message(id).map_or(self.end(), |message| message.entry + 1)
    }

    pub(super) fn append(&mut self, draft: Draft) -> u64 {
        let id = self.last_id() + 1;
        if self.messages.capacity() == 0 {
            // A chat that is not answered yet has no more; the first step of a deque would be four.
            self.messages.reserve_exact(2);
        }
        self.messages.push_back(Message::new(id, self.end(), draft));
        self.entries.push_back(Entry::Message(id));
        id
    }

    pub(super) fn append_settled(&mut self, id: u64, to: Language) {
        self.entries.push_back(Entry::Settled { id, to });
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

    /// How many entries are here.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a translation of this message ends at a position or behind it.
    pub(super) fn settles_from(&self, position: u64, id: u64) -> bool {
        let skipped = usize::try_from(position.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let mut ahead = self.entries.iter().skip(skipped);
        ahead.any(|entry| matches!(entry, Entry::Settled { id: settled, .. } if *settled == id))
    }

    /// Takes out every end of a translation that is of no use: of a message that was dropped, into a language nobody
    /// reads, or with the end of the same translation behind it. Positions change.
    pub(super) fn compact(&mut self, is_read: impl Fn(Language) -> bool) -> Moved {
        let (start, first_id) = (self.start, self.first_id());
        let mut seen = BTreeSet::new();
        let mut kept: Vec<bool> = Vec::with_capacity(self.entries.len());
        for entry in self.entries.iter().rev() {
            kept.push(match *entry {
                Entry::Message(_) => true,
                Entry::Settled { id, to } => id >= first_id && is_read(to) && seen.insert((id, to)),
            });
        }
        kept.reverse();
        let mut places = Vec::with_capacity(kept.len() + 1);
        let mut place = start;
        for is_kept in &kept {
            places.push(place);
            place += u64::from(*is_kept);
        }
        places.push(place);
        let mut kept = kept.into_iter();
        self.entries.retain(|_| kept.next().unwrap_or(true));
        let moved = Moved { start, places };
        for message in &mut self.messages {
            message.entry = moved.place_of(message.entry);
        }
        moved
    }

    /// Drops the first message if everybody is past the entry of the next one. Returns it.
    pub(super) fn drop_front(&mut self, everybody_past: u64) -> Option<Message> {
        let next = self.messages.get(1).map_or(self.end(), |message| message.entry);
        if self.messages.is_empty() || everybody_past < next {
            return None;
        }
        self.entries
            .drain(..usize::try_from(next - self.start).unwrap_or(usize::MAX).min(self.entries.len()));
        self.start = next;
        self.dropped += 1;
        self.messages.pop_front()
    }
}
