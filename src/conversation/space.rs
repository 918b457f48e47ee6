//! What all rooms give up when memory ends: first translations, which can be had again, then what everybody has received.
//!
//! It is taken from the fullest rooms first, so that they become alike, and a long chat pays before a short one does.
//! What was said last in a room stays: whoever opens the page again shall not find it empty; what was said a moment ago
//! stays as well, for it may never arrive.
//!
//! From the first time that memory ends, rooms that may have something to give up stand in order, and leave it when they
//! had nothing: a server that is full must not become slow as well, and must not refuse for longer than it has to.

use std::collections::{BTreeMap, BTreeSet};

use super::{ClientKey, Room, RoomKey, Rooms, Status, Young};

/// Bytes given back at least at once, if there are as many.
const STEP_BYTES: usize = 1024 * 1024;
/// Of messages, that may be too many where memory is small: then one part in so many of it.
const STEP_SHARE: usize = 64;
/// Bytes of text that stay in each room, read or not: the last that was said. As much as may be on its way to a connection
/// that breaks before any of it has arrived, by the usual high-water mark.
const KEPT_BYTES: usize = 64 * 1024;
/// All rooms together keep no more than one part in so many of memory, so that many short rooms do not fill it.
const KEPT_SHARE: usize = 4;

/// Which rooms may have something to give up, and whom it concerned.
#[derive(Default)]
pub(super) struct Space {
    /// Nothing before memory has ended for the first time.
    rooms: Option<Givers>,
    /// Who said what was dropped from rooms that are open to visitors, or for whom alone it was.
    dropped: Vec<ClientKey>,
}

/// Rooms that may have something to give up; one that had nothing is back when it has changed.
#[derive(Default)]
struct Givers {
    with_translations: BTreeSet<RoomKey>,
    /// By the bytes that are left without their first message.
    with_messages: BTreeSet<(usize, RoomKey)>,
    left_bytes: BTreeMap<RoomKey, usize>,
    /// Those whose first message is young, by when that was said.
    with_young: BTreeSet<(u64, RoomKey)>,
}

impl Givers {
    fn insert(&mut self, key: RoomKey, room: &Room) {
        self.with_translations.insert(key);
        self.remove_messages(key);
        if let Some(left) = room.bytes_behind_first() {
            self.with_messages.insert((left, key));
            self.left_bytes.insert(key, left);
        }
    }

    fn remove_messages(&mut self, key: RoomKey) {
        if let Some(left) = self.left_bytes.remove(&key) {
            self.with_messages.remove(&(left, key));
        }
    }

    fn remove(&mut self, key: RoomKey) {
        self.with_translations.remove(&key);
        self.remove_messages(key);
    }

    /// The fullest of those that can give something up and keep so many bytes, and what the next one has.
    fn fullest(&self, kept: usize) -> Option<(RoomKey, usize, usize)> {
        let mut largest = self.with_messages.iter().rev();
        let (left, key) = largest.next().filter(|(left, _)| *left >= kept)?;
        Some((*key, *left, largest.next().map_or(0, |(next, _)| *next)))
    }

    /// One whose first message was young and is not any more.
    fn grown_up(&mut self, since_unix_ms: u64) -> Option<RoomKey> {
        let first = self.with_young.first().filter(|(at, _)| *at <= since_unix_ms)?;
        let (_, key) = *first;
        self.with_young.pop_first();
        Some(key)
    }
}

impl Space {
    /// A room has changed.
    pub(super) fn mark_changed(&mut self, key: RoomKey, room: &Room) {
        if let Some(rooms) = &mut self.rooms {
            rooms.insert(key, room);
        }
    }

    pub(super) fn forget(&mut self, key: RoomKey) {
        if let Some(rooms) = &mut self.rooms {
            rooms.remove(key);
        }
    }
}

impl Rooms {
    /// Forgets translations that everybody has read, room by room, until `bytes` are given back or there are no more.
    pub fn evict_translations(&mut self, bytes: usize) {
        let (wanted, mut freed) = (bytes.max(STEP_BYTES), 0);
        while freed < wanted {
            let Some(key) = self.givers().with_translations.first().copied() else { return };
            freed += self.change(key, Room::drop_translations).unwrap_or(0);
            self.givers().with_translations.remove(&key);
        }
    }

    /// Drops messages that everybody has received from the fronts of the fullest rooms, until `bytes` are given back or
    /// there are no more; `limit` is what all text may take. Returns the rooms whose logs begin later now.
    pub fn drop_read(&mut self, bytes: usize, limit: usize, young: Young) -> BTreeSet<RoomKey> {
        let (wanted, mut freed) = (bytes.max(STEP_BYTES.min(limit / STEP_SHARE)), 0);
        let kept = KEPT_BYTES.min(limit / KEPT_SHARE / self.len().max(1));
        let (mut shortened, mut concerned) = (BTreeSet::new(), std::mem::take(&mut self.space.dropped));
        while let Some(key) = self.givers().grown_up(young.since_unix_ms) {
            self.have_advanced(key);
        }
        while freed < wanted {
            let Some((key, left, next)) = self.givers().fullest(kept) else { break };
            // Down to the next one, but not by so little that rooms which are alike take turns for each message.
            let share = (left - next).max(left / 16).min(wanted - freed);
            let give = |room: &mut Room| room.give_up(share, kept, young, &mut concerned);
            let given = self.change(key, give).unwrap_or(0);
            if given == 0 {
                self.has_nothing_to_give(key, young);
            } else {
                freed += given;
                shortened.insert(key);
            }
        }
        self.space.dropped = concerned;
        shortened
    }

    fn has_nothing_to_give(&mut self, key: RoomKey, young: Young) {
        let first = self.room(key).and_then(Room::first_said);
        let rooms = self.givers();
        rooms.remove_messages(key);
        rooms.with_young.extend(first.filter(|at| young.was(*at)).map(|at| (at, key)));
    }

    fn givers(&mut self) -> &mut Givers {
        let all = self.rooms.iter();
        self.space.rooms.get_or_insert_with(|| {
            let mut rooms = Givers::default();
            all.for_each(|(key, room)| rooms.insert(key, room));
            rooms
        })
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
