//! The life of a room: from status to status, by word or by time.

use super::delivery::greet;
use super::protocol::ChatEnded;
use super::restore::time_status;
use super::{Chat, Seat, Timer};
use crate::conversation::{
    ClientKey, Found, Opening, Role, Room, RoomId, RoomKey, RoomTimer, Status, Turn, change,
};
use crate::doors::{Caller, Context, Erased};
use crate::vocabulary::{ConnId, Millis, Reason, Record};
use crate::wire::websocket::close;

impl Chat {
    // ---- beginning ----

    /// A room for a new customer, in the queue, and cared for.
    pub(super) fn open_waiting_room(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        customer: ClientKey,
    ) -> Option<RoomKey> {
        let room = change::open_room(cx, customer)?;
        self.care_for(cx, room, caller.address);
        change::set_status(cx, room, Status::Waiting, Turn::Last);
        log::info!(target: "dragoman::chat", room:% = cx.room_number(room); "a customer is waiting");
        Some(room)
    }

    // ---- agents ----

    pub(super) fn agent_joins(&mut self, cx: &mut Context<'_>, key: RoomKey, agent: ClientKey) {
        change::join(cx, key, agent);
        set_status(cx, key, Status::Active, Turn::Last);
        if let Some(room) = cx.rooms.room(key) {
            log::info!(target: "dragoman::chat", room:% = room.id; "an agent has joined");
        }
    }

    pub(super) fn agent_ends(&mut self, cx: &mut Context<'_>, key: RoomKey, agent: ClientKey) {
        self.agent_leaves(cx, key, agent);
        set_status(cx, key, Status::Closing, Turn::Last);
        if let Some(room) = cx.rooms.room(key) {
            log::info!(target: "dragoman::chat", room:% = room.id; "the agent has ended the chat");
        }
        tell_ended(cx, key, "agent_left");
    }

    /// The agent was gone for too long: the customer waits again, before everybody else.
    pub(super) fn agent_is_lost(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(agent) = cx.rooms.room(key).and_then(|room| room.member_as(Role::Agent)) else { return };
        let agent = agent.client;
        if let Some(room) = cx.rooms.room(key) {
            log::info!(target: "dragoman::chat", room:% = room.id; "the agent is gone; the customer waits again");
        }
        self.agent_leaves(cx, key, agent);
        set_status(cx, key, Status::Waiting, Turn::First);
    }

    fn agent_leaves(&mut self, cx: &mut Context<'_>, key: RoomKey, agent: ClientKey) {
        let Some(room_id) = cx.rooms.room(key).map(|room| room.id) else { return };
        for conn in change::leave(cx, key, agent) {
            cx.send(conn, &ChatEnded { r#type: "chat_ended", room_id, reason: "agent_left" });
            cx.end(conn, close::NORMAL, "agent_left");
        }
    }

    // ---- the customer ----

    /// The customer writes while the room is closing: it waits again, and any agent may join.
    pub(super) fn reopen(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        set_status(cx, key, Status::Waiting, Turn::Last);
    }

    // ---- the end ----

    /// Closes a room: the drain lets go who still reads.
    pub(super) fn close_room(&mut self, cx: &mut Context<'_>, key: RoomKey, reason: Reason) {
        if change::close_room(cx, key, reason) {
            let (id, reason) = (cx.room_number(key), reason.word());
            log::info!(target: "dragoman::chat", room:% = id, reason = reason; "the chat has ended");
        }
    }

    /// A closed room is gone from memory.
    pub(super) fn room_has_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, room: &Room) {
        let (id, age) = (room.id, room.ended_at().map_or(Millis::ZERO, |at| cx.age(at)));
        self.care_no_more(key);
        if self.erased.remove(&id) {
            self.forget_closed(cx, id);
        } else {
            cx.wake(cx.now + (cx.config.tombstone_ms - age), Timer::Tombstone(id));
        }
    }

    pub(super) fn care_no_more(&mut self, key: RoomKey) {
        let Some(care) = self.care.remove(&key) else { return };
        if let Some(count) = self.started_from.get_mut(&care.started_from) {
            *count -= 1;
            if *count == 0 {
                self.started_from.remove(&care.started_from);
            }
        }
    }

    /// Forgets a closed room, and its customer with it.
    fn bury(&mut self, cx: &mut Context<'_>, id: RoomId) {
        cx.record(Record::RoomForgotten { room: id });
        self.forget_start(id);
    }

    fn forget_closed(&mut self, cx: &mut Context<'_>, id: RoomId) {
        cx.rooms.forget_room(id);
        self.forget_start(id);
    }

    /// A start is not made again any more.
    pub(super) fn forget_start(&mut self, id: RoomId) {
        if let Some(key) = self.repeat_of.remove(&id) {
            self.repeats.remove(&key);
        }
    }

    // ---- forgetting for good ----

    /// Leaves nothing of a chat, open or closed, or of a customer and all their chats.
    pub(super) fn erase(&mut self, cx: &mut Context<'_>, what: &Erased) {
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
            self.close_room(cx, key, Reason::Closed);
            self.erased.insert(id);
        }
        self.forget_closed(cx, id);
        // Translations remember what was said.
        cx.translator.evict(usize::MAX);
    }

    // ---- coming and going ----

    pub(super) fn take_seat(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat) {
        let Some(role) = cx.rooms.client(seat.client).map(|client| client.role) else { return };
        cx.rooms.connect(seat.client, conn);
        let opening = Opening {
            conn,
            client: seat.client,
            language: None,
            after: seat.after,
            updates: seat.updates,
            takes_pending: seat.updates && role == Role::Agent,
            originals: seat.originals,
        };
        let deadline = cx.now + cx.config.translate_deadline_ms;
        cx.rooms.open_reader(seat.room, opening, deadline);
        self.note_life(cx.now, seat.room);
        match role {
            Role::Agent => {
                cx.rooms.edit_timers(seat.room, |room| room.set_timer(RoomTimer::AgentAbsence, None));
            }
            Role::Customer => self.customer_is_here(cx, seat.room),
            Role::Guest => {}
        }
        greet(cx, seat.room, conn);
        self.tell_place(cx, seat.room, conn);
    }

    /// From now on they may come and go.
    fn customer_is_here(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if cx.rooms.room(key).is_some_and(|room| !room.has_customer_come) {
            cx.record(Record::CustomerCame { room: cx.room_number(key) });
            cx.rooms.edit_timers(key, |room| room.set_timer(RoomTimer::CustomerAbsence, None));
        }
    }

    pub(super) fn leave_seat(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat) {
        self.drop_preview(cx, conn);
        cx.rooms.disconnect(seat.client, conn);
        let now = cx.now;
        if let Some(client) = cx.rooms.client_mut(seat.client) {
            client.last_used = now;
        }
        cx.rooms.close_reader(conn);
        self.places.forget(conn);
        self.note_life(cx.now, seat.room);
        let agent_gone = cx.rooms.room(seat.room).is_some_and(|room| {
            let agent = room.member_as(Role::Agent).is_some_and(|agent| agent.client == seat.client);
            agent && !room.is_present(seat.client)
        });
        if agent_gone {
            expect_agent(cx, seat.room);
        }
    }

    /// Somebody is or was here.
    pub(super) fn note_life(&mut self, now: Millis, key: RoomKey) {
        if let Some(care) = self.care.get_mut(&key) {
            care.last_active = now;
        }
    }

    // ---- time ----

    pub(super) fn on_time(&mut self, cx: &mut Context<'_>, timer: Timer) {
        let not_before = cx.not_before();
        if cx.now < not_before && timer.changes_what_was_told() {
            cx.wake(not_before, timer);
            return;
        }
        match timer {
            Timer::Preview(conn) => self.preview_is_late(cx, conn),
            Timer::Tombstone(id) => self.bury(cx, id),
            Timer::Places => self.tell_places(cx),
            Timer::Token(client) => self.maybe_end_token(cx, client),
        }
    }

    /// The timer was set when somebody was last known to be here; look whether that is still true.
    pub(super) fn maybe_idle(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(care) = self.care.get_mut(&key) else { return };
        if cx.rooms.room(key).is_some_and(|room| !room.readers.is_empty()) {
            care.last_active = cx.now;
        }
        let at = care.last_active + cx.config.room_idle_ms;
        if at <= cx.now {
            return self.close_room(cx, key, Reason::Closed);
        }
        cx.rooms.edit_timers(key, |room| room.set_timer(RoomTimer::Idle, Some(at)));
    }

    fn maybe_end_token(&mut self, cx: &mut Context<'_>, key: ClientKey) {
        let Some(client) = cx.rooms.client(key) else { return };
        let in_use = !client.connections.is_empty() || !client.rooms.is_empty();
        let unused_since = if in_use { cx.now } else { client.last_used };
        let at = unused_since + cx.config.agent_token_ttl_ms;
        if at <= cx.now {
            cx.record(Record::ClientEnded { client: cx.client_number(key) });
        } else {
            cx.wake(at, Timer::Token(key));
        }
    }
}

/// Moves a room to another status and lets everybody know.
fn set_status(cx: &mut Context<'_>, key: RoomKey, status: Status, turn: Turn) {
    change::set_status(cx, key, status, turn);
    time_status(cx, key, cx.unix_ms);
}

/// The agent is not connected: not for too long, please.
fn expect_agent(cx: &mut Context<'_>, key: RoomKey) {
    let at = cx.now + cx.config.agent_absence_ms;
    cx.rooms.edit_timers(key, |room| room.set_timer(RoomTimer::AgentAbsence, Some(at)));
}

fn tell_ended(cx: &mut Context<'_>, key: RoomKey, reason: &'static str) {
    let Some(room) = cx.rooms.room(key) else { return };
    let conns: Vec<ConnId> = room.readers.iter().map(|reader| reader.conn).collect();
    let event = ChatEnded { r#type: "chat_ended", room_id: room.id, reason };
    for conn in conns {
        cx.send(conn, &event);
    }
}
