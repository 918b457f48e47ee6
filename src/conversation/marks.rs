//! Which rooms and readers something follows for, until it has.

use std::collections::VecDeque;

use super::{Room, RoomKey, Rooms};
use crate::tools::known::known;
use crate::vocabulary::{ConnId, Status};

/// What the drain has to look after in a room, beside what it wants and what is overdue.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    pub(super) all: bool,
    /// Or this one, as most often.
    one: Option<ConnId>,
    others: Vec<ConnId>,
}

/// Marks by room, in order. A queue, not a tree: most steps mark one room, and that shall cost no memory.
#[derive(Default)]
struct Marked(VecDeque<(RoomKey, Mark)>);

#[derive(Default)]
pub(super) struct Marks {
    marked: Marked,
    /// Of rooms whose readers wait until something can be stored again.
    held: Marked,
    /// Rooms with wants that nobody waits for, and that leave the queue to others; in turn.
    behind: VecDeque<RoomKey>,
}

impl Marked {
    /// The mark of a room, made if there is none.
    fn of(&mut self, key: RoomKey) -> &mut Mark {
        let place = self.0.binary_search_by_key(&key, |(key, _)| *key);
        let place = place.unwrap_or_else(|place| {
            self.0.insert(place, (key, Mark::default()));
            place
        });
        &mut self.0[place].1
    }

    fn remove(&mut self, key: RoomKey) -> Option<Mark> {
        let place = self.0.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.0.remove(place).map(|(_, mark)| mark)
    }
}

impl Marks {
    pub(super) fn mark(&mut self, key: RoomKey) {
        self.marked.of(key).all = true;
    }

    pub(super) fn forget(&mut self, key: RoomKey) {
        self.marked.remove(key);
        self.held.remove(key);
        self.behind.retain(|behind| *behind != key);
    }

    pub(super) fn is_drained(&self) -> bool {
        self.marked.0.is_empty()
    }
}

impl Mark {
    /// The readers it is about, if not about all.
    pub(super) fn readers(&self) -> impl Iterator<Item = ConnId> {
        self.one.iter().chain(&self.others).copied()
    }

    fn add_reader(&mut self, conn: ConnId) {
        match self.one {
            None => self.one = Some(conn),
            Some(_) => self.others.push(conn),
        }
    }

    fn add(&mut self, other: &Self) {
        self.all |= other.all;
        other.readers().for_each(|conn| self.add_reader(conn));
    }
}

impl Rooms {
    /// All readers of a room are looked after, if it is there.
    pub fn mark(&mut self, key: RoomKey) {
        if self.room(key).is_some() {
            self.marks.mark(key);
        }
    }

    /// One reader is looked after: coming and draining cost nobody else anything.
    pub fn mark_reader(&mut self, conn: ConnId) {
        if let Some((key, _)) = self.reading.get(conn) {
            self.marks.marked.of(*key).add_reader(conn);
        }
    }

    /// Does something to the timers of a room.
    pub fn edit_timers<R>(&mut self, key: RoomKey, edit: impl FnOnce(&mut Room) -> R) -> Option<R> {
        let room = self.rooms.get_mut(key)?;
        self.marks.marked.of(key);
        Some(edit(room))
    }

    /// Somebody has come or gone: those who are told so are looked after as well.
    pub(super) fn mark_coming(&mut self, key: RoomKey, conn: ConnId) {
        match self.room(key).map(|room| room.status) {
            Some(Status::Open) => self.marks.marked.of(key).add_reader(conn),
            Some(_) => self.marks.mark(key),
            None => {}
        }
    }

    /// The next room that something follows for.
    pub(super) fn take_mark(&mut self) -> Option<(RoomKey, Mark)> {
        self.marks.marked.0.pop_front()
    }

    /// Adds what has been marked in this very room since that mark was taken.
    pub(super) fn add_mark(&mut self, key: RoomKey, mark: &mut Mark) {
        if let Some(more) = self.marks.marked.remove(key) {
            mark.add(&more);
        }
    }

    /// Nothing can be stored: readers wait.
    pub(super) fn hold(&mut self, key: RoomKey, mark: &Mark) {
        self.marks.held.of(key).add(mark);
    }

    /// Records are stored again: readers who have waited are looked after.
    pub fn stop_holding(&mut self) {
        for (key, mark) in std::mem::take(&mut self.marks.held).0 {
            self.marks.marked.of(key).add(&mark);
        }
    }

    /// A room leaves the queue of the translator to others, and will have its turn.
    pub(super) fn put_behind(&mut self, key: RoomKey) {
        let Some(room) = known(self.rooms.get_mut(key)) else { return };
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
