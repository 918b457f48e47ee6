//! What all rooms give up when memory ends: first translations, which can be had again, then what everybody has received.
//!
//! It is taken from the fullest rooms first, so that they become alike, and a long chat pays before a short one does.
//! What was said last in a room stays: whoever opens the page again shall not find it empty.
//!
//! A search looks at every room, so it gives back more than asked for. When there was nothing left, only rooms that
//! have changed since are searched again: a server that is full must not become slow as well, and must not refuse for
//! a moment longer than it has to.

use std::collections::{BTreeSet, BinaryHeap};

use super::{ClientKey, Room, RoomKey, Rooms, Status};

/// Bytes given back at least by one search, if there are as many.
const STEP_BYTES: usize = 1024 * 1024;
/// Of messages, that may be too many where memory is small: then one part in so many of it.
const STEP_SHARE: usize = 64;
/// Bytes of text that stay in each room, read or not: the last that was said. As much as may be on its way to a connection
/// that breaks before any of it has arrived, by the usual high-water mark.
const KEPT_BYTES: usize = 64 * 1024;
/// All rooms together keep no more than one part in so many of memory, so that many short rooms do not fill it.
const KEPT_SHARE: usize = 4;

/// What is known of rooms that have nothing to give up.
#[derive(Default)]
pub(super) struct Space {
    with_translations: Unsearched,
    with_messages: Unsearched,
    /// The most that rooms were to keep when their messages were searched in vain.
    kept: usize,
    /// Who said what was dropped from rooms that are open to visitors, or for whom alone it was.
    dropped: Vec<ClientKey>,
}

/// Rooms that may have something to give up.
#[derive(Default)]
enum Unsearched {
    #[default]
    All,
    /// All were searched in vain: those that have changed since.
    Changed(BTreeSet<RoomKey>),
}

impl Space {
    /// A room may have changed.
    pub(super) fn mark_changed(&mut self, key: RoomKey) {
        for unsearched in [&mut self.with_translations, &mut self.with_messages] {
            if let Unsearched::Changed(changed) = unsearched {
                changed.insert(key);
            }
        }
    }

    /// So much is every room to keep from now on. Notably less than before, and all have to be searched again; with every
    /// room that opens it is a little less.
    fn keep(&mut self, kept: usize) {
        if kept < self.kept - self.kept / 8 {
            self.with_messages = Unsearched::All;
        }
        self.kept = match self.with_messages {
            Unsearched::All => kept,
            Unsearched::Changed(_) => kept.max(self.kept),
        };
    }

    /// A room is gone.
    pub(super) fn forget(&mut self, key: RoomKey) {
        for unsearched in [&mut self.with_translations, &mut self.with_messages] {
            if let Unsearched::Changed(changed) = unsearched {
                changed.remove(&key);
            }
        }
    }
}

impl Rooms {
    /// Forgets translations that everybody has read, room by room, until `bytes` are given back or there are no more.
    pub fn evict_translations(&mut self, bytes: usize) {
        let (wanted, mut freed) = (bytes.max(STEP_BYTES), 0);
        for key in self.unsearched(&self.space.with_translations) {
            if freed >= wanted {
                return;
            }
            freed += self.account(key, Room::drop_translations).unwrap_or(0);
        }
        self.space.with_translations = Unsearched::Changed(BTreeSet::new());
    }

    /// Drops messages that everybody has received from the fronts of the fullest rooms, until `bytes` are given back or
    /// there are no more; `limit` is what all text may take. Returns the rooms whose logs begin later now.
    pub fn drop_read(&mut self, bytes: usize, limit: usize) -> BTreeSet<RoomKey> {
        let (wanted, mut freed) = (bytes.max(STEP_BYTES.min(limit / STEP_SHARE)), 0);
        let kept = KEPT_BYTES.min(limit / KEPT_SHARE / self.len().max(1));
        self.space.keep(kept);
        let unsearched = self.unsearched(&self.space.with_messages).into_iter();
        let held = |key| self.room(key).map_or(0, Room::text_bytes);
        let mut fullest: BinaryHeap<(usize, RoomKey)> =
            unsearched.map(|key| (held(key), key)).filter(|(held, _)| *held > kept).collect();
        let (mut shortened, mut concerned) = (BTreeSet::new(), std::mem::take(&mut self.space.dropped));
        while freed < wanted {
            let Some((held, key)) = fullest.pop() else {
                self.space.with_messages = Unsearched::Changed(BTreeSet::new());
                break;
            };
            // Down to the next one, but not by so little that rooms which are alike take turns for each message.
            let next = fullest.peek().map_or(0, |(next, _)| *next).min(held - held / 16);
            let level = next.max(held.saturating_sub(wanted - freed));
            let drop = |room: &mut Room| room.drop_read_to(level, kept, &mut concerned);
            let given = self.account(key, drop).unwrap_or(0);
            if given > 0 {
                freed += given;
                fullest.push((held - given, key));
                shortened.insert(key);
            }
        }
        self.space.dropped = concerned;
        shortened
    }

    fn unsearched(&self, which: &Unsearched) -> Vec<RoomKey> {
        match which {
            Unsearched::All => self.iter().map(|(key, _)| key).collect(),
            Unsearched::Changed(changed) => changed.iter().copied().collect(),
        }
    }

    /// Drops messages from the front of a room until there are at most so many and so many bytes, whoever has not had them.
    pub fn trim(&mut self, key: RoomKey, messages: usize, bytes: usize) {
        let concerned = self.change(key, |room| room.trim(messages, bytes)).unwrap_or_default();
        self.space.dropped.extend(concerned);
    }

    /// Of a room that is open to visitors: those who said what was dropped, or for whom alone it was.
    pub(super) fn note_dropped(&mut self, concerned: Vec<ClientKey>) {
        self.space.dropped.extend(concerned);
    }

    /// Who said what was dropped from rooms that are open to visitors, and for whom alone it was, once for each message,
    /// since this was asked last.
    pub fn take_dropped(&mut self) -> Vec<ClientKey> {
        std::mem::take(&mut self.space.dropped)
    }

    /// Whether there is any of whom [`Rooms::take_dropped`] speaks.
    pub fn has_dropped(&self) -> bool {
        !self.space.dropped.is_empty()
    }

    // ---- at the start ----

    /// Forgets every translation that is done, read or not, for want of memory at the start.
    pub fn forget_translations(&mut self) {
        let keys: Vec<RoomKey> = self.rooms.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.edit(key, Room::forget_translations);
        }
    }

    /// Drops the oldest messages of the fullest rooms that are open to visitors, until `bytes` are given back or there are
    /// no more. Where logs began is stored, and all texts did fit when the process ended: this is for those who give it less
    /// memory now.
    pub fn forget_said_to_visitors(&mut self, bytes: usize) {
        let mut left = bytes;
        while left > 0 {
            let is_open = |room: &Room| room.status == Status::Open && !room.log.is_empty();
            let open = self.rooms.iter().filter(|(_, room)| is_open(room));
            let Some(fullest) = open.max_by_key(|(_, room)| room.text_bytes()).map(|(key, _)| key) else {
                return;
            };
            let freed = self.edit(fullest, |room| room.forget_front(left)).unwrap_or(0);
            if freed == 0 {
                return;
            }
            left = left.saturating_sub(freed);
        }
    }
}

#[cfg(test)]
mod tests;
