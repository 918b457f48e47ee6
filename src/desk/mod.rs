//! The desk: the policy of support. Who waits, who serves them, how a chat begins, pauses and ends.
//!
//! ```text
//!  start                first message          agent ends            five minutes
//!  ─────▶  waiting ─ join ─▶ active ──────────────▶ closing ────────────▶ closed (a tombstone for a while)
//!             ▲  ▲              │  agent gone          │ customer writes
//!             │  └──────────────┘                      │
//!             └────────────────────────────────────────┘        customer ends: closed at once, from anywhere
//! ```
//!
//! * `admission` lets people in and starts chats, `repeats` recognizes a start made twice;
//! * `lifecycle` moves rooms from status to status, by word or by time; `seat` is a connection that comes and goes;
//! * `assignment` is agents who join, leave and are lost; `access` is who may do what in which room;
//! * `queue` is who waits, as `lobby` shows it to agents and `places` to customers;
//! * `writing` is messages, `canned` those that are written already, `preview` those that are not sent yet;
//! * `past` is what is attached to the records of an earlier process;
//! * `choice` is a person who chooses a language, `retry` asks once more for what has failed;
//! * `signals` is who types and how far it was read, `room_status` how a room stands, `transcript` what was said in it.
//!
//! A door of support reads requests, calls what is here and puts into words what comes of it: steps of a room, a
//! [`Refused`], and what the desk has to say by itself, as [`Words`]. The desk knows no protocol: no JSON, no request, no
//! sentence. Whatever is looked up here is looked up for a [`Tenant`]. Start at [`Desk`], then read `queue`.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::conversation::{Asker, Context, RoomId, RoomKey, RoomTimer, Rooms};
use crate::tools::alarm::Alarm;
use crate::tools::shares::Shares;
use crate::translate::Outcome;
use crate::vocabulary::{ConnId, Reason, Tenant};

mod access;
mod admission;
mod assignment;
pub mod canned;
pub mod choice;
mod lifecycle;
mod lobby;
mod past;
mod places;
pub mod preview;
mod queue;
mod refusal;
mod repeats;
pub mod retry;
pub mod room_status;
mod seat;
pub mod signals;
mod timer;
pub mod transcript;
mod words;
pub mod writing;

pub use access::{must_be_agent, room_to_sit_in};
pub use admission::admit_agent;
use lifecycle::Lifecycle;
use preview::Previews;
use queue::Queue;
pub use refusal::Refused;
pub use repeats::{Repeats, StartName};
pub use seat::Seat;
use timer::Timer;
pub use words::{DraftReading, LobbyEvent, WaitingRoom, Words};

/// The desk behind one door, of all its tenants.
pub struct Desk {
    words: &'static dyn Words,
    lifecycles: BTreeMap<RoomKey, Lifecycle>,
    started_from: Shares,
    /// Starts that may be made again.
    pub repeats: Repeats,
    /// Closed rooms that leave no tombstone.
    erased: BTreeSet<RoomId>,
    queues: BTreeMap<Tenant, Queue>,
    /// Drafts that are being translated for the agents who write them.
    previews: Previews,
}

impl Desk {
    /// Nobody is here. What the desk has to say is said in these words.
    pub fn new(words: &'static dyn Words) -> Self {
        Self {
            words,
            lifecycles: BTreeMap::new(),
            started_from: Shares::default(),
            repeats: Repeats::default(),
            erased: BTreeSet::new(),
            queues: BTreeMap::new(),
            previews: Previews::default(),
        }
    }

    // ---- what happens ----

    /// A timer it set has come.
    pub fn on_alarm(&mut self, cx: &mut Context<'_>, alarm: Alarm) {
        let Some(timer) = Timer::of(alarm) else { return };
        let not_before = cx.not_before();
        if cx.now < not_before && timer.changes_what_was_told() {
            cx.wake(not_before, timer);
            return;
        }
        match timer {
            Timer::Preview(conn) => self.preview_is_late(cx, conn),
            Timer::Tombstone(id) => self.bury(cx, id),
            Timer::Places(tenant) => {
                let words = self.words;
                self.queue(tenant).places.send_all(cx, words);
            }
            Timer::Token(client) => admission::maybe_end_token(cx, client),
        }
    }

    /// A timer of one of its rooms has come.
    pub fn on_room_timer(&mut self, cx: &mut Context<'_>, room: RoomKey, timer: RoomTimer) {
        match timer {
            RoomTimer::Closing => self.close(cx, room, Reason::Closed),
            RoomTimer::CustomerAbsence => self.customer_is_missed(cx, room),
            RoomTimer::AgentAbsence => self.agent_is_lost(cx, room),
            RoomTimer::Idle => self.maybe_idle(cx, room),
            RoomTimer::Deadline | RoomTimer::Typing | RoomTimer::Crowd => {}
        }
    }

    /// A translation it asked for has ended.
    pub fn on_translated(&mut self, cx: &mut Context<'_>, tenant: Tenant, asker: Asker, outcome: &Outcome) {
        match asker {
            Asker::Preview(conn, number) => self.preview_ended(cx, conn, number, outcome),
            Asker::Lobby(number) => self.queue(tenant).lobby.on_translated(cx, number, outcome),
            Asker::Message(..) => {}
        }
    }

    // ---- what there is ----

    /// Whether a room is one of its own.
    pub fn has(&self, room: RoomKey) -> bool {
        self.lifecycles.contains_key(&room)
    }

    pub fn chats(&self) -> usize {
        self.lifecycles.len()
    }

    /// Addresses from which they were started.
    pub fn addresses(&self) -> usize {
        self.started_from.addresses()
    }

    /// Bytes of text it keeps about rooms.
    pub fn aside_bytes(&self) -> usize {
        self.queues.values().map(|queue| queue.lobby.aside_bytes()).sum()
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn check_invariants(&self, rooms: &Rooms, config: &Config) {
        assert!(self.lifecycles.len() <= config.max_rooms, "rooms are bounded");
        assert!(self.lifecycles.keys().all(|key| rooms.room(*key).is_some()), "only open rooms live");
        let counted = self.started_from.total();
        assert_eq!(counted, self.lifecycles.len(), "rooms are counted by address");
        let reads =
            |conn: ConnId| rooms.iter().any(|(_, room)| room.readers.iter().any(|it| it.conn == conn));
        assert!(self.previews.conns().all(reads), "whoever has a draft is connected");
        assert!(self.erased.is_empty(), "what is to be erased is gone");
        self.repeats.check_invariants();
        for queue in self.queues.values() {
            queue.lobby.check_invariants(rooms);
        }
        let own = rooms.iter().filter(|(key, _)| self.has(*key));
        let mut tenants = own.map(|(_, room)| room.tenant);
        assert!(tenants.all(|tenant| self.queues.contains_key(&tenant)), "every tenant has its queue");
    }
}

#[cfg(test)]
mod tests;
