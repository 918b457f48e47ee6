//! The life of a room: from status to status, by word or by time. The drawing is in the module above.

use super::access::room_to_end;
use super::{Desk, Refused, Timer};
use crate::conversation::{
    ClientKey, Context, Erased, Found, Role, Room, RoomId, RoomKey, RoomTimer, Status, Turn, change,
};
use crate::tools::limiter::AddressKey;
use crate::vocabulary::{Millis, Reason, Record, Tenant};

/// What the desk must remember of a room and the conversation need not know.
pub(super) struct Lifecycle {
    last_active: Millis,
    started_from: AddressKey,
    /// Its customer was gone for so long that they go behind all others when they are back.
    has_lost_place: bool,
}

impl Desk {
    // ---- beginning ----

    /// A room for a new customer, in the queue of a tenant.
    ///
    /// # Errors
    /// The customer is gone.
    pub fn open_room(
        &mut self,
        cx: &mut Context<'_>,
        tenant: Tenant,
        address: AddressKey,
        customer: ClientKey,
    ) -> Result<RoomKey, Refused> {
        let room = change::open_room(cx, tenant, customer).ok_or(Refused::NoSuchRoom)?;
        self.begin(cx, room, address);
        change::set_status(cx, room, Status::Waiting, Turn::Last);
        log::info!(target: "dragoman::desk", room:% = cx.room_number(room); "a customer is waiting");
        Ok(room)
    }

    /// A room lives from now on: the time nobody could come because the process was down does not count.
    pub(super) fn begin(&mut self, cx: &mut Context<'_>, key: RoomKey, started_from: AddressKey) {
        self.started_from.add(started_from);
        let (idle, absence) = (cx.now + cx.config.room_idle_ms, cx.now + cx.config.customer_absence_ms);
        cx.rooms.edit_timers(key, |room| {
            room.set_timer(RoomTimer::CustomerAbsence, Some(absence));
            room.set_timer(RoomTimer::Idle, Some(idle));
        });
        self.lifecycles.insert(key, Lifecycle { last_active: cx.now, started_from, has_lost_place: false });
    }

    // ---- customers who come and go ----

    /// A customer has a connection: from now on they may come and go. Who was gone for too long is behind all others.
    pub(super) fn customer_is_here(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if cx.rooms.room(key).is_some_and(|room| !room.has_customer_come) {
            cx.record(Record::CustomerCame { room: cx.room_number(key) });
        }
        time_absence(cx, key);
        let lost = self.lifecycles.get_mut(&key).map(|it| std::mem::take(&mut it.has_lost_place));
        if lost == Some(true) && cx.rooms.room(key).is_some_and(|room| room.status == Status::Waiting) {
            set_status(cx, key, Status::Waiting, Turn::Last);
        }
    }

    /// A customer who never came is none; the place of one who is gone is kept no longer, and their chat is.
    pub(super) fn customer_is_missed(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(room) = cx.rooms.room(key) else { return };
        if !room.has_customer_come {
            self.close(cx, key, Reason::Closed);
        } else if let Some(lifecycle) = self.lifecycles.get_mut(&key) {
            lifecycle.has_lost_place = room.status == Status::Waiting && !room.is_customer_here();
        }
    }

    // ---- time ----

    /// Somebody is or was here.
    pub(super) fn note_life(&mut self, now: Millis, key: RoomKey) {
        if let Some(lifecycle) = self.lifecycles.get_mut(&key) {
            lifecycle.last_active = now;
        }
    }

    /// The timer was set when somebody was last known to be here; look whether that is still true.
    pub(super) fn maybe_idle(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(lifecycle) = self.lifecycles.get_mut(&key) else { return };
        if cx.rooms.room(key).is_some_and(|room| !room.readers.is_empty()) {
            lifecycle.last_active = cx.now;
        }
        let at = lifecycle.last_active + cx.config.room_idle_ms;
        if at <= cx.now {
            return self.close(cx, key, Reason::Closed);
        }
        cx.rooms.edit_timers(key, |room| room.set_timer(RoomTimer::Idle, Some(at)));
    }

    // ---- the end ----

    /// A member ends a chat: the customer at once, the agent for now. The reason.
    ///
    /// # Errors
    /// There is no such chat, or it is not theirs to end.
    pub fn end(
        &mut self,
        cx: &mut Context<'_>,
        tenant: Tenant,
        id: RoomId,
        client: ClientKey,
    ) -> Result<&'static str, Refused> {
        match room_to_end(cx, tenant, id, client)? {
            (room, Role::Customer) => {
                self.close(cx, room, Reason::CustomerLeft);
                Ok("customer_left")
            }
            (room, Role::Agent | Role::Guest) => {
                self.agent_ends(cx, room, client);
                Ok("agent_left")
            }
        }
    }

    /// Closes a room: the drain lets go who still reads.
    pub(super) fn close(&mut self, cx: &mut Context<'_>, key: RoomKey, reason: Reason) {
        if change::close_room(cx, key, reason) {
            let (id, reason) = (cx.room_number(key), reason.word());
            log::info!(target: "dragoman::desk", room:% = id, reason = reason; "the chat has ended");
        }
    }

    /// A closed room is gone from memory.
    pub fn room_has_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, room: &Room) {
        let (id, age) = (room.id, room.ended_at().map_or(Millis::ZERO, |at| cx.age(at)));
        self.end_lifecycle(key);
        if self.erased.remove(&id) {
            self.forget_closed(cx, id);
        } else {
            cx.wake(cx.now + (cx.config.tombstone_ms - age), Timer::Tombstone(id));
        }
    }

    fn end_lifecycle(&mut self, key: RoomKey) {
        let Some(lifecycle) = self.lifecycles.remove(&key) else { return };
        self.started_from.remove(lifecycle.started_from);
    }

    /// Forgets a closed room. The token of its customer opens nothing more, and ends.
    pub(super) fn bury(&mut self, cx: &mut Context<'_>, id: RoomId) {
        let customers = cx.rooms.customers_of_closed(id);
        cx.record(Record::RoomForgotten { room: id });
        for customer in customers {
            cx.record(Record::ClientEnded { client: cx.client_number(customer) });
        }
        self.repeats.forget(id);
    }

    fn forget_closed(&mut self, cx: &mut Context<'_>, id: RoomId) {
        cx.rooms.forget_room(id);
        self.repeats.forget(id);
    }

    // ---- forgetting for good ----

    /// Leaves nothing of a chat, open or closed, or of a customer and all their chats.
    pub fn erase(&mut self, cx: &mut Context<'_>, what: &Erased) {
        match *what {
            Erased::Room(id) => self.leave_nothing_of(cx, id),
            Erased::Person(number) => {
                let is_customer = |key: &ClientKey| {
                    cx.rooms.client(*key).is_some_and(|client| client.role == Role::Customer)
                };
                if let Some(customer) = cx.rooms.numbered(number).filter(is_customer) {
                    for id in cx.rooms.rooms_of(customer) {
                        self.leave_nothing_of(cx, id);
                    }
                }
            }
        }
    }

    fn leave_nothing_of(&mut self, cx: &mut Context<'_>, id: RoomId) {
        if let Found::Open(key) = cx.rooms.find(id)
            && self.has(key)
        {
            self.close(cx, key, Reason::Closed);
            self.erased.insert(id);
        }
        self.forget_closed(cx, id);
        // Translations remember what was said.
        cx.translator.evict(usize::MAX);
    }
}

/// Moves a room to another status and lets everybody know.
pub(super) fn set_status(cx: &mut Context<'_>, key: RoomKey, status: Status, turn: Turn) {
    change::set_status(cx, key, status, turn);
    time_status(cx, key, cx.unix_ms);
}

/// What a room waits for in its status, which it has since then: the agent, who is not connected yet, or the end.
pub(super) fn time_status(cx: &mut Context<'_>, key: RoomKey, since_unix_ms: u64) {
    let absent = cx.now + cx.config.agent_absence_ms;
    let closes = cx.now + (cx.config.close_wait_ms - cx.age(since_unix_ms));
    cx.rooms.edit_timers(key, |room| {
        room.set_timer(RoomTimer::AgentAbsence, Some(absent).filter(|_| room.status == Status::Active));
        room.set_timer(RoomTimer::Closing, Some(closes).filter(|_| room.status == Status::Closing));
    });
    time_absence(cx, key);
}

/// Of a customer who has come once, how long the place is kept while they are gone: from now on.
pub(super) fn time_absence(cx: &mut Context<'_>, key: RoomKey) {
    let at = cx.now + cx.config.customer_absence_ms;
    cx.rooms.edit_timers(key, |room| {
        let is_missed = room.status == Status::Waiting && !room.is_customer_here();
        if room.has_customer_come {
            room.set_timer(RoomTimer::CustomerAbsence, Some(at).filter(|_| is_missed));
        }
    });
}
