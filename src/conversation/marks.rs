//! Which rooms and readers something follows for, until it has.

use std::collections::{BTreeMap, VecDeque};

use super::{Room, RoomKey, Rooms};
use crate::vocabulary::{ConnId, Status};

/// What the drain has to look after in a room, beside what it wants and what is overdue.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    /// All readers.
    pub(super) all: bool,
    /// Or these.
    pub(super) readers: Vec<ConnId>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Marks {
    marked: BTreeMap<RoomKey, Mark>,
    /// Of rooms whose readers wait until something can be stored again.
    held: BTreeMap<RoomKey, Mark>,
    /// Rooms with wants that nobody waits for, and that leave the queue to others; in turn.
    behind: VecDeque<RoomKey>,
}

impl Marks {
    pub(super) fn mark(&mut self, key: RoomKey) {
        self.marked.entry(key).or_default().all = true;
    }

    /// A room is gone.
    pub(super) fn forget(&mut self, key: RoomKey) {
        self.marked.remove(&key);
        self.held.remove(&key);
        self.behind.retain(|behind| *behind != key);
    }

    pub(super) fn is_drained(&self) -> bool {
        self.marked.is_empty()
    }
}

impl Mark {
    fn add(&mut self, other: Self) {
        self.all |= other.all;
        self.readers.extend(other.readers);
    }
}

impl Rooms {
    /// All readers of a room are looked after.
    pub fn mark(&mut self, key: RoomKey) {
        self.marks.mark(key);
    }

    /// One reader is looked after: coming and draining cost nobody else anything.
    pub fn mark_reader(&mut self, conn: ConnId) {
        if let Some((key, _)) = self.reading.get(conn) {
            self.marks.marked.entry(*key).or_default().readers.push(conn);
        }
    }

    /// Does something to the timers of a room.
    pub fn edit_timers<R>(&mut self, key: RoomKey, edit: impl FnOnce(&mut Room) -> R) -> Option<R> {
        let room = self.rooms.get_mut(key)?;
        self.marks.marked.entry(key).or_default();
        Some(edit(room))
    }

    /// Somebody has come or gone: those who are told so are looked after as well.
    pub(super) fn mark_coming(&mut self, key: RoomKey, conn: ConnId) {
        match self.room(key).map(|room| room.status) {
            Some(Status::Open) => {
                self.marks.marked.entry(key).or_default().readers.push(conn);
            }
            Some(_) => self.marks.mark(key),
            None => {}
        }
    }

    /// The next room that something follows for.
    pub(super) fn take_mark(&mut self) -> Option<(RoomKey, Mark)> {
        self.marks.marked.pop_first()
    }

    /// Nothing can be stored: readers wait.
    pub(super) fn hold(&mut self, key: RoomKey, mark: Mark) {
        self.marks.held.entry(key).or_default().add(mark);
    }

    /// Records are stored again: readers who have waited are looked after.
    pub fn stop_holding(&mut self) {
        for (key, mark) in std::mem::take(&mut self.marks.held) {
            self.marks.marked.entry(key).or_default().add(mark);
        }
    }

    /// A room leaves the queue of the translator to others, and will have its turn.
    pub(super) fn put_behind(&mut self, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        if !std::mem::replace(&mut room.is_behind, true) {
            self.marks.behind.push_back(key);
        }
    }

    /// The room whose turn it is, if there is a place for it.
    pub(super) fn next_behind(&mut self, has_place: bool) -> Option<RoomKey> {
        let key = if has_place { self.marks.behind.pop_front() } else { None }?;
        if let Some(room) = self.rooms.get_mut(key) {
            room.is_behind = false;
        }
        Some(key)
    }

    /// Whether any room waits for its turn.
    pub fn is_any_behind(&self) -> bool {
        !self.marks.behind.is_empty()
    }
}
