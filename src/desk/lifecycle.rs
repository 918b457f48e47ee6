//! The life of a room: from status to status, by word or by time. The drawing is in the module above.

use super::{Desk, Timer, age};
use crate::conversation::{
    ClientKey, Context, Erased, Found, Role, RoomId, RoomKey, RoomTimer, Status, change,
};
use crate::tools::limiter::AddressKey;
use crate::vocabulary::{Millis, Record, Tenant};

/// What the desk must remember of a room and the conversation need not know.
pub(super) struct Lifecycle {
    last_active: Millis,
    started_from: AddressKey,
}

impl Desk {
    // ---- beginning ----

    /// A room for a new customer, in the queue of a tenant.
    pub fn open_room(
        &mut self,
        cx: &mut Context<'_>,
        tenant: Tenant,
        address: AddressKey,
        customer: ClientKey,
    ) -> RoomKey {
        let room = cx.rooms.open(cx.random, cx.door);
        cx.rooms.edit(room, |room| room.tenant = tenant);
        change::join(cx, room, customer, Role::Customer, Millis::ZERO);
        cx.rooms.queue_last(room);
        cx.counters.rooms += 1;
        if let Some(opened) = cx.rooms.room(room) {
            log::info!(target: "dragoman::desk", room:% = opened.id; "a customer is waiting");
        }
        self.begin(cx, room, address);
        let record = Record::RoomOpened {
            room: cx.room_number(room),
            customer: cx.client_number(customer),
            at: cx.unix_ms,
        };
        cx.store(record);
        cx.store_status(room);
        room
    }

    /// A room lives from now on: the time nobody could come because the process was down does not count.
    pub fn begin(&mut self, cx: &mut Context<'_>, key: RoomKey, started_from: AddressKey) {
        *self.started_from.entry(started_from).or_default() += 1;
        let (idle, absence) = (cx.now + cx.config.room_idle_ms, cx.now + cx.config.customer_absence_ms);
        cx.rooms.edit_timers(key, |room| {
            room.set_timer(RoomTimer::CustomerAbsence, Some(absence));
            room.set_timer(RoomTimer::Idle, Some(idle));
        });
        self.lifecycles.insert(key, Lifecycle { last_active: cx.now, started_from });
    }

    // ---- statuses ----

    /// Moves a room to another status and lets everybody know.
    pub fn set_status(&mut self, cx: &mut Context<'_>, key: RoomKey, status: Status) {
        let closes_at = (status == Status::Closing).then(|| cx.now + cx.config.close_wait_ms);
        cx.rooms.edit(key, |room| {
            room.status = status;
            room.owe_status();
            room.set_timer(RoomTimer::AgentAbsence, None);
            room.set_timer(RoomTimer::Closing, closes_at);
        });
        if status != Status::Waiting {
            cx.rooms.dequeue(key);
        }
    }

    /// The customer writes while the room is closing: it waits again, and any agent may join.
    pub(super) fn reopen(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        self.set_status(cx, key, Status::Waiting);
        cx.rooms.queue_last(key);
        cx.store_status(key);
    }

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
            return self.close(cx, key, "closed");
        }
        cx.rooms.edit_timers(key, |room| room.set_timer(RoomTimer::Idle, Some(at)));
    }

    // ---- the end ----

    /// Closes a room: the drain lets go who still reads.
    pub(super) fn close(&mut self, cx: &mut Context<'_>, key: RoomKey, reason: &'static str) {
        let Some(id) = cx.rooms.edit(key, |room| room.end(reason).then_some(room.id)).flatten() else {
            return;
        };
        cx.store(Record::RoomClosed { room: id.number(), reason: reason.into(), at: cx.unix_ms });
        log::info!(target: "dragoman::desk", room:% = id, reason = reason; "the chat has ended");
    }

    /// A closed room is gone from memory.
    pub fn room_has_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, id: RoomId) {
        self.end_lifecycle(key);
        if self.erased.remove(&id) {
            self.forget_closed(cx, id);
        } else {
            cx.wake(cx.now + cx.config.tombstone_ms, Timer::Tombstone(id));
        }
    }

    fn end_lifecycle(&mut self, key: RoomKey) {
        let Some(lifecycle) = self.lifecycles.remove(&key) else { return };
        if let Some(count) = self.started_from.get_mut(&lifecycle.started_from) {
            *count -= 1;
            if *count == 0 {
                self.started_from.remove(&lifecycle.started_from);
            }
        }
    }

    /// What [`Desk::room_has_ended`] does, for a room that has ended before the start, at a time by the clock on the wall.
    pub fn room_had_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, id: RoomId, at: u64) {
        self.end_lifecycle(key);
        let until = cx.now + (cx.config.tombstone_ms - age(cx, at));
        cx.wake(until, Timer::Tombstone(id));
    }

    /// Forgets a closed room, and its customer with it.
    pub(super) fn bury(&mut self, cx: &mut Context<'_>, id: RoomId) {
        cx.store(Record::RoomForgotten { room: id.number() });
        self.forget_closed(cx, id);
    }

    /// Forgets a closed room, and its customer, if they have no other.
    pub fn forget_closed(&mut self, cx: &mut Context<'_>, id: RoomId) {
        for member in cx.rooms.bury(id) {
            let gone = cx
                .rooms
                .client(member)
                .is_some_and(|client| client.role == Role::Customer && client.rooms.is_empty());
            if gone {
                cx.rooms.dismiss(member);
            }
        }
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
            self.close(cx, key, "closed");
            self.erased.insert(id);
        }
        self.forget_closed(cx, id);
        // Translations remember what was said.
        cx.translator.evict(usize::MAX);
    }
}
