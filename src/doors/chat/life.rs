//! The life of a room: from status to status, by word or by time.

use super::protocol::ChatEnded;
use super::{Chat, Seat, Timer};
use crate::conversation::{ClientKey, Found, Opening, Role, Room, RoomId, RoomKey, Status};
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
    ) -> RoomKey {
        let room = cx.rooms.open(cx.random);
        let language = cx.rooms.client(customer).and_then(|client| client.speech.language());
        cx.rooms.edit(room, |room| room.join(customer, Role::Customer, language, Millis::ZERO));
        if let Some(client) = cx.rooms.client_mut(customer) {
            client.rooms.push(room);
        }
        cx.rooms.queue_last(room);
        cx.counters.rooms += 1;
        if let Some(opened) = cx.rooms.room(room) {
            log::info!(target: "dragoman::chat", room:% = opened.id; "a customer is waiting");
        }
        self.care_for(cx, room, caller.address);
        let record = Record::RoomOpened {
            room: cx.room_number(room),
            customer: cx.client_number(customer),
            at: cx.unix_ms,
        };
        cx.store(record);
        cx.store_status(room);
        room
    }

    /// Replaces the one timer that decides over the status.
    pub(super) fn set_status_timer(
        &mut self,
        cx: &mut Context<'_>,
        room: RoomKey,
        timer: Option<(Millis, Timer)>,
    ) {
        let Some(care) = self.care.get_mut(&room) else { return };
        if let Some(old) = care.status_timer.take() {
            cx.cancel(old);
        }
        care.status_timer = timer.map(|(at, timer)| cx.wake(at, timer));
    }

    /// Moves a room to another status and lets everybody know.
    pub(super) fn set_status(&mut self, cx: &mut Context<'_>, key: RoomKey, status: Status) {
        cx.rooms.edit(key, |room| {
            room.status = status;
            room.owe_status();
        });
        if status != Status::Waiting {
            cx.rooms.dequeue(key);
        }
        if let Some(care) = self.care.get_mut(&key) {
            care.closes_at = (status == Status::Closing).then(|| cx.now + cx.config.close_wait_ms);
        }
    }

    // ---- agents ----

    pub(super) fn agent_joins(&mut self, cx: &mut Context<'_>, key: RoomKey, agent: ClientKey) {
        let deadline = cx.now + cx.config.translate_deadline_ms;
        let language = cx.rooms.client(agent).and_then(|client| client.speech.language());
        cx.rooms.edit(key, |room| room.join(agent, Role::Agent, language, deadline));
        if let Some(client) = cx.rooms.client_mut(agent) {
            client.rooms.push(key);
        }
        self.set_status(cx, key, Status::Active);
        let (room, client) = (cx.room_number(key), cx.client_number(agent));
        cx.store(Record::Joined { room, client, at: cx.unix_ms });
        cx.store_status(key);
        if let Some(room) = cx.rooms.room(key) {
            log::info!(target: "dragoman::chat", room:% = room.id; "an agent has joined");
        }
        self.expect_agent(cx, key);
        self.feed(cx, key);
        self.advance(cx, key);
    }

    /// The agent is not connected: not for too long, please.
    fn expect_agent(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let at = cx.now + cx.config.agent_absence_ms;
        self.set_status_timer(cx, key, Some((at, Timer::AgentAbsence(key))));
    }

    pub(super) fn agent_ends(&mut self, cx: &mut Context<'_>, key: RoomKey, agent: ClientKey) {
        self.agent_leaves(cx, key, agent);
        self.set_status(cx, key, Status::Closing);
        cx.store_status(key);
        if let Some(room) = cx.rooms.room(key) {
            log::info!(target: "dragoman::chat", room:% = room.id; "the agent has ended the chat");
        }
        let at = cx.now + cx.config.close_wait_ms;
        self.set_status_timer(cx, key, Some((at, Timer::Closing(key))));
        self.tell_ended(cx, key, "agent_left");
        self.advance(cx, key);
    }

    /// The agent was gone for too long: the customer waits again, before everybody else.
    fn agent_is_lost(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(agent) = cx.rooms.room(key).and_then(|room| room.member_as(Role::Agent)) else { return };
        let agent = agent.client;
        if let Some(room) = cx.rooms.room(key) {
            log::info!(target: "dragoman::chat", room:% = room.id; "the agent is gone; the customer waits again");
        }
        self.agent_leaves(cx, key, agent);
        self.set_status(cx, key, Status::Waiting);
        cx.rooms.queue_first(key);
        cx.store_status(key);
        self.set_status_timer(cx, key, None);
        self.advance(cx, key);
    }

    fn agent_leaves(&mut self, cx: &mut Context<'_>, key: RoomKey, agent: ClientKey) {
        let Some(room_id) = cx.rooms.room(key).map(|room| room.id) else { return };
        let Some((conns, unread)) = cx.rooms.edit(key, |room| room.leave(agent)) else { return };
        let client = cx.client_number(agent);
        cx.store(Record::Left { room: room_id, client, at: cx.unix_ms });
        if let Some(client) = cx.rooms.client_mut(agent) {
            client.rooms.retain(|room| *room != key);
        }
        for conn in conns {
            cx.send(conn, &ChatEnded { r#type: "chat_ended", room_id, reason: "agent_left" });
            cx.end(conn, close::NORMAL, "agent_left");
        }
        if let Some(language) = unread {
            cx.withdraw(key, language);
            // Their places in the queue are free for what the customer waits for, and nothing else may come to say so.
            self.feed(cx, key);
        }
    }

    fn tell_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, reason: &'static str) {
        let Some(room) = cx.rooms.room(key) else { return };
        let (room_id, conns) = (room.id, conns(room));
        for conn in conns {
            cx.send(conn, &ChatEnded { r#type: "chat_ended", room_id, reason });
        }
    }

    // ---- the customer ----

    /// The customer writes while the room is closing: it waits again, and any agent may join.
    pub(super) fn reopen(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        self.set_status(cx, key, Status::Waiting);
        cx.rooms.queue_last(key);
        cx.store_status(key);
        self.set_status_timer(cx, key, None);
    }

    // ---- the end ----

    /// Closes a room: who still reads gets the rest of the log as it is, is told why, and is let go.
    pub(super) fn close_room(&mut self, cx: &mut Context<'_>, key: RoomKey, reason: Reason) {
        let word = reason.word();
        cx.rooms.edit(key, Room::release);
        self.deliver_rest(cx, key);
        self.tell_ended(cx, key, word);
        let Some(room) = cx.rooms.close(key, word) else { return };
        cx.store(Record::RoomClosed { room: room.id, reason, at: cx.unix_ms });
        log::info!(target: "dragoman::chat", room:% = room.id, reason = word; "the chat has ended");
        for conn in conns(&room) {
            cx.end(conn, close::NORMAL, word);
        }
        for language in room.members.iter().filter_map(|member| member.language) {
            cx.withdraw(key, language);
        }
        self.care_no_more(cx, key);
        cx.wake(cx.now + cx.config.tombstone_ms, Timer::Tombstone(room.id));
    }

    pub(super) fn care_no_more(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        self.behind.remove(&key);
        let Some(care) = self.care.remove(&key) else { return };
        let deadline = care.deadline.map(|(_, timer)| timer);
        let timers = [care.status_timer, care.customer_timer, care.idle_timer, care.typing_timer, deadline];
        for timer in timers.into_iter().flatten() {
            cx.cancel(timer);
        }
        if let Some(count) = self.started_from.get_mut(&care.started_from) {
            *count -= 1;
            if *count == 0 {
                self.started_from.remove(&care.started_from);
            }
        }
    }

    /// Forgets a closed room, and its customer with it.
    fn bury(&mut self, cx: &mut Context<'_>, id: RoomId) {
        cx.store(Record::RoomForgotten { room: id });
        self.forget_closed(cx, id);
    }

    pub(super) fn forget_closed(&mut self, cx: &mut Context<'_>, id: RoomId) {
        for member in cx.rooms.bury(id) {
            let gone = cx
                .rooms
                .client(member)
                .is_some_and(|client| client.role == Role::Customer && client.rooms.is_empty());
            if gone {
                cx.rooms.dismiss(member);
            }
        }
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
        cx.rooms.edit(seat.room, |room| room.open(opening, deadline));
        self.note_life(cx.now, seat.room);
        match role {
            Role::Agent => self.set_status_timer(cx, seat.room, None),
            Role::Customer => self.customer_is_here(cx, seat.room),
            Role::Guest => {}
        }
        self.greet(cx, seat.room, conn);
        self.tell_place(cx, seat.room, conn);
        self.feed(cx, seat.room);
        self.advance(cx, seat.room);
    }

    /// From now on they may come and go.
    fn customer_is_here(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if self.expect_customer_no_more(cx, key) {
            cx.store(Record::CustomerCame { room: cx.room_number(key) });
        }
    }

    /// Whether the customer had not come before.
    pub(super) fn expect_customer_no_more(&mut self, cx: &mut Context<'_>, key: RoomKey) -> bool {
        let timer = self.care.get_mut(&key).and_then(|care| care.customer_timer.take());
        timer.is_some_and(|timer| cx.cancel(timer))
    }

    pub(super) fn leave_seat(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat) {
        self.drop_preview(cx, conn);
        cx.rooms.disconnect(seat.client, conn);
        let now = cx.now;
        if let Some(client) = cx.rooms.client_mut(seat.client) {
            client.last_used = now;
        }
        cx.rooms.edit(seat.room, |room| {
            let place = room.readers.iter().position(|reader| reader.conn == conn);
            place.map(|place| room.close_reader(place))
        });
        self.places.forget(conn);
        self.note_life(cx.now, seat.room);
        let agent_gone = cx.rooms.room(seat.room).is_some_and(|room| {
            let agent = room.member_as(Role::Agent).is_some_and(|agent| agent.client == seat.client);
            agent && !room.is_present(seat.client)
        });
        if agent_gone {
            self.expect_agent(cx, seat.room);
        }
        self.advance(cx, seat.room);
    }

    /// Somebody is or was here.
    pub(super) fn note_life(&mut self, now: Millis, key: RoomKey) {
        if let Some(care) = self.care.get_mut(&key) {
            care.last_active = now;
        }
    }

    // ---- time ----

    pub(super) fn on_time(&mut self, cx: &mut Context<'_>, timer: Timer) {
        let not_before = cx.not_before(self.patient_until);
        if cx.now < not_before && timer.changes_what_was_told() {
            return self.put_off(cx, timer, not_before);
        }
        match timer {
            Timer::Closing(key) => self.close_room(cx, key, Reason::Closed),
            Timer::AgentAbsence(key) => self.agent_is_lost(cx, key),
            Timer::CustomerAbsence(key) => self.close_room(cx, key, Reason::Closed),
            Timer::Idle(key) => self.maybe_idle(cx, key),
            Timer::Deadline(key) => self.free_readers(cx, key),
            Timer::Preview(conn) => self.preview_is_late(cx, conn),
            Timer::Typing(key) => self.end_typing(cx, key),
            Timer::Tombstone(id) => self.bury(cx, id),
            Timer::Places => self.tell_places(cx),
            Timer::Token(client) => self.maybe_end_token(cx, client),
        }
    }

    /// A timer has come too soon. It gets the place of the old one, so that what calls that off calls this off.
    fn put_off(&mut self, cx: &mut Context<'_>, timer: Timer, at: Millis) {
        let id = cx.wake(at, timer);
        let (Timer::Closing(key) | Timer::AgentAbsence(key) | Timer::CustomerAbsence(key) | Timer::Idle(key)) =
            timer
        else {
            return;
        };
        let Some(care) = self.care.get_mut(&key) else { return };
        *match timer {
            Timer::CustomerAbsence(_) => &mut care.customer_timer,
            Timer::Idle(_) => &mut care.idle_timer,
            _ => &mut care.status_timer,
        } = Some(id);
    }

    /// The timer was set when somebody was last known to be here; look whether that is still true.
    fn maybe_idle(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(care) = self.care.get_mut(&key) else { return };
        if cx.rooms.room(key).is_some_and(|room| !room.readers.is_empty()) {
            care.last_active = cx.now;
        }
        let at = care.last_active + cx.config.room_idle_ms;
        if at <= cx.now {
            care.idle_timer = None;
            self.close_room(cx, key, Reason::Closed);
            return;
        }
        care.idle_timer = Some(cx.wake(at, Timer::Idle(key)));
    }

    fn maybe_end_token(&mut self, cx: &mut Context<'_>, key: ClientKey) {
        let Some(client) = cx.rooms.client(key) else { return };
        let in_use = !client.connections.is_empty() || !client.rooms.is_empty();
        let unused_since = if in_use { cx.now } else { client.last_used };
        let at = unused_since + cx.config.agent_token_ttl_ms;
        if at <= cx.now {
            cx.store(Record::ClientEnded { client: cx.client_number(key) });
            cx.rooms.dismiss(key);
        } else {
            cx.wake(at, Timer::Token(key));
        }
    }
}

fn conns(room: &Room) -> Vec<ConnId> {
    room.readers.iter().map(|reader| reader.conn).collect()
}
