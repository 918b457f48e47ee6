//! The virtual disk, and what the shell does when it fails: of the event that could not be stored nothing leaves, and what
//! goes to the same connections later waits behind it. No call starts or ends early, and records wait in their order.
//!
//! It fails, life goes on, for as long as it likes; then it recovers, or the process dies and what waited never was. The
//! model overhears what leaves: of what is held back it hears when that leaves, or never.

use bytes::Bytes;
use dragoman::vocabulary::{ClientNumber, Closing, ConnId, Effect, Event, Record, RoomId};

use super::invariant::Invariant::NothingAcknowledgedIsLost;
use super::line::{Asked, Line};
use super::world::World;

/// What survives, and what waits to.
#[derive(Default)]
pub(crate) struct Disk {
    /// Stored, in order.
    pub(crate) records: Vec<Record>,
    fails: bool,
    /// The core was told so.
    is_down: bool,
    /// Records that are not stored.
    waiting: Vec<Record>,
    /// What was said to connections that are held back.
    unheard: Vec<(ConnId, Bytes)>,
    /// Calls to be made and to be cancelled.
    jobs: Vec<Effect>,
    /// Connections that were held back and are gone: what was said to them was said to nobody.
    ghosts: Vec<Line>,
}

impl Disk {
    /// The process dies: what waited is lost, and the disk works again. Returns what was stored.
    pub(crate) fn crash(&mut self) -> Vec<Record> {
        let records = std::mem::take(&mut self.records);
        *self = Self { records: records.clone(), ..Self::default() };
        records
    }

    /// Whether everything is stored.
    pub(crate) fn is_whole(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether what the core does now may be forgotten, and it knows.
    pub(crate) fn is_known_to_fail(&self) -> bool {
        self.fails && self.is_down
    }

    /// What is stored of a room: the texts, in order, and whether it has ended.
    fn of_room(&self, id: RoomId) -> (Vec<&str>, bool) {
        let mut said = Vec::new();
        let mut has_ended = false;
        for record in &self.records {
            match record {
                Record::MessageAppended { room, text, .. } if *room == id => said.push(&**text),
                Record::RoomClosed { room, .. } if *room == id => has_ended = true,
                _ => {}
            }
        }
        (said, has_ended)
    }

    /// Whether somebody has a token, or a name of their own: not a visitor under the name of another.
    fn is_named(&self, number: ClientNumber) -> bool {
        let claimed = self.records.iter().find_map(|record| match record {
            Record::NameClaimed { client, verified, .. } if *client == number => Some(*verified),
            _ => None,
        });
        claimed.unwrap_or(true)
    }

    /// The status of a room, as it is stored.
    fn status_of(&self, id: RoomId) -> &str {
        let status = self.records.iter().rev().find_map(|record| match record {
            Record::StatusChanged { room, status, .. } if *room == id => Some(status.word()),
            Record::RoomClosed { room, .. } if *room == id => Some("closed"),
            _ => None,
        });
        status.unwrap_or("none")
    }

    /// A connection is gone. What it was told and never heard may still come true.
    pub(crate) fn keep_ghost(&mut self, line: &Line) {
        if line.is_held {
            self.ghosts.push(line.clone());
        }
    }

    /// What is asked by those who will never hear an answer.
    pub(crate) fn asked_in_vain(&self) -> impl Iterator<Item = (usize, &Asked)> {
        self.ghosts.iter().flat_map(|line| &line.tap_calls).map(|call| (call.person, &call.what))
    }
}

impl World {
    /// Stores what an event wants stored, then does the rest. Whether the store has just failed.
    pub(crate) fn commit(&mut self, effects: Vec<Effect>) -> bool {
        if !self.disk.fails {
            effects.into_iter().for_each(|effect| self.apply(effect));
            return false;
        }
        let stores = effects.iter().any(|effect| matches!(effect, Effect::Store(_)));
        let is_first = stores && !std::mem::replace(&mut self.disk.is_down, true);
        for effect in effects {
            self.hold(effect, is_first);
        }
        is_first
    }

    /// While nothing can be stored, time alone takes nothing back that was told: no chat and no room in which anything was
    /// said ends or has another status, and no name and no token is given up.
    pub(crate) fn check_nothing_ends(&mut self, effects: &[Effect]) {
        if !self.disk.is_known_to_fail() {
            return;
        }
        self.coverage.note("time while the store is down");
        for effect in effects {
            let Effect::Store(record) = effect else { continue };
            let takes_back = match record {
                Record::RoomClosed { room, .. } => !self.disk.of_room(*room).0.is_empty(),
                Record::StatusChanged { .. } => true,
                Record::ClientEnded { client } => self.disk.is_named(*client),
                _ => false,
            };
            NothingAcknowledgedIsLost
                .holds(!takes_back, || format!("nothing can be stored, and time has done this: {record:?}"));
        }
    }

    /// Does what can be done while records wait.
    fn hold(&mut self, effect: Effect, is_first: bool) {
        match effect {
            Effect::Store(record) => self.disk.waiting.push(record),
            Effect::StartJob { .. } | Effect::CancelJob { .. } if self.disk.is_down => {
                self.disk.jobs.push(effect);
            }
            Effect::Send { conn, bytes } => {
                let line = self.known(conn, "was sent to");
                line.is_held |= is_first;
                if line.is_held {
                    line.send(&bytes);
                    self.disk.unheard.push((conn, bytes));
                } else {
                    self.apply(Effect::Send { conn, bytes });
                }
            }
            Effect::Close { conn, how } => {
                let line = self.known(conn, "was closed");
                line.is_held |= is_first && how == Closing::Flush;
                self.apply(effect);
            }
            Effect::Pause { .. }
            | Effect::Resume { .. }
            | Effect::Yield { .. }
            | Effect::StartJob { .. }
            | Effect::CancelJob { .. } => {
                self.apply(effect);
            }
        }
    }

    /// The disk fails.
    pub(crate) fn disk_fails(&mut self) {
        if !self.is_calm && !self.stopping {
            self.pump();
            self.disk.fails = true;
        }
    }

    /// Sooner or later it recovers, or the process dies.
    pub(crate) fn disk_may_recover(&mut self) {
        if !self.disk.fails || !self.dice.percent(6) {
            return;
        }
        if self.disk.is_down && !self.stopping && self.dice.percent(50) {
            self.coverage.note("death while the store is down");
            self.crash();
        } else {
            self.disk_recovers();
        }
    }

    /// What had to wait is stored, and leaves in order.
    pub(crate) fn disk_recovers(&mut self) {
        self.disk.fails = false;
        self.disturbed = self.now;
        if !std::mem::take(&mut self.disk.is_down) {
            return;
        }
        let waiting = std::mem::take(&mut self.disk.waiting);
        self.disk.records.extend(waiting);
        for (conn, bytes) in std::mem::take(&mut self.disk.unheard) {
            self.overhear_late(conn, &bytes);
        }
        self.disk.ghosts.clear();
        for line in self.lines.iter_mut().flatten() {
            line.is_held = false;
        }
        std::mem::take(&mut self.disk.jobs).into_iter().for_each(|effect| self.apply(effect));
        self.check_doubts();
        self.check_standings();
        self.coverage.note("store up");
        self.handle(Event::StoreUp);
        self.pump();
    }

    /// What anybody was told is stored: every message, once, and every end.
    pub(crate) fn check_stored(&self) {
        for (index, room) in self.model.rooms.iter().enumerate() {
            let (stored, has_ended) = self.disk.of_room(room.named());
            let told: Vec<&str> = room.log.iter().map(|told| &*told.text).collect();
            NothingAcknowledgedIsLost
                .holds(stored == told, || format!("room {index}: told {told:?}, stored {stored:?}"));
            NothingAcknowledgedIsLost.holds(has_ended || !room.is_closed, || {
                format!("somebody was told that room {index} has ended, and it has not")
            });
        }
    }

    /// The event is over, and what was told of rooms in it is stored.
    pub(crate) fn check_standings(&mut self) {
        for (room, told) in std::mem::take(&mut self.standings) {
            let stored = self.disk.status_of(self.model.rooms[room].named());
            // It may have ended behind that, for everybody to hear.
            let has_ended = stored == "closed" && self.model.rooms[room].is_closed;
            NothingAcknowledgedIsLost.holds(stored == told || has_ended, || {
                format!("room {room} was said to be {told}, and is {stored}")
            });
        }
    }

    fn overhear_late(&mut self, conn: ConnId, bytes: &[u8]) {
        let slot = conn.slot as usize;
        if self.line(slot).is_some_and(|line| line.conn == conn) {
            return self.overhear(slot, bytes);
        }
        let ghost = self.disk.ghosts.iter().position(|line| line.conn == conn);
        let Some(ghost) = ghost.map(|index| self.disk.ghosts.swap_remove(index)) else { return };
        // It is given a place for a moment, behind all others.
        self.lines.push(Some(ghost));
        self.overhear(self.lines.len() - 1, bytes);
        self.disk.ghosts.extend(self.lines.pop().flatten());
    }
}
