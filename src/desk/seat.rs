//! A connection takes a seat in a room, and leaves it.

use super::assignment::expect_agent;
use super::lifecycle::time_absence;
use super::{Desk, Words};
use crate::conversation::{ClientKey, Context, NoticeKind, Opening, Role, RoomKey, RoomTimer};
use crate::vocabulary::{ConnId, Tenant};

/// A seat of a member in a room.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    pub tenant: Tenant,
    pub room: RoomKey,
    pub client: ClientKey,
    /// The last message they have.
    pub after: u64,
    /// Whether they understand that a message they have looks better later.
    pub updates: bool,
    /// Whether they want the original beside a translation.
    pub originals: bool,
}

impl Desk {
    /// A connection begins to follow a room: it is greeted, and told its place in the queue.
    pub fn take_seat(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat) {
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
        let words = self.words;
        greet(cx, words, seat.room, conn);
        let is_told = match role {
            Role::Agent => cx.translator.is_notable(),
            Role::Customer | Role::Guest => cx.translator.outage().is_some(),
        };
        if is_told && let Some(place) = cx.rooms.place_of(seat.room, conn) {
            cx.rooms.edit(seat.room, |room| room.readers[place].notices.add(NoticeKind::Translator));
        }
        self.queue(seat.tenant).places.send(cx, words, seat.room, conn);
    }

    /// A connection follows a room no more.
    pub fn leave_seat(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat) {
        self.drop_preview(cx, conn);
        cx.rooms.disconnect(seat.client, conn, cx.now);
        cx.rooms.close_reader(conn);
        self.queue(seat.tenant).places.forget(conn);
        self.note_life(cx.now, seat.room);
        let agent_gone = cx.rooms.room(seat.room).is_some_and(|room| {
            let agent = room.member_as(Role::Agent).is_some_and(|agent| agent.client == seat.client);
            agent && !room.is_present(seat.client)
        });
        if agent_gone {
            expect_agent(cx, seat.room);
        }
        let is_customer = cx.rooms.client(seat.client).is_some_and(|client| client.role == Role::Customer);
        if is_customer && cx.rooms.room(seat.room).is_some_and(|room| !room.is_customer_here()) {
            time_absence(cx, seat.room);
        }
    }
}

/// The first thing a connection hears. What is not stored yet shall not be told, so it may have to wait.
fn greet(cx: &mut Context<'_>, words: &dyn Words, key: RoomKey, conn: ConnId) {
    let Some(place) = cx.rooms.place_of(key, conn) else { return };
    if cx.store_is_down {
        cx.rooms.edit(key, |room| room.readers[place].notices.add(NoticeKind::Greeting));
    } else {
        let greeting = words.greeting(cx, key, place);
        cx.outbox.send(conn, greeting, cx.effects);
    }
}
