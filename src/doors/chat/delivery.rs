//! Messages in, and how a room stands.

use bytes::Bytes;

use super::preview::language_of_customer;
use super::protocol::{Ack, Standing};
use super::{Chat, Seat, canned, validate};
use crate::conversation::{ClientKey, Due, Full, Role, RoomKey, RoomTimer, Status, Writing, change};
use crate::doors::rules::count_message;
use crate::doors::{Context, Denied};
use crate::vocabulary::{ConnId, Language};

/// What somebody says over a WebSocket.
pub(super) enum Said<'a> {
    /// Words of their own, and perhaps what the customer is to read of them.
    Words(&'a str, Option<&'a str>),
    /// A reply that is written already, by its key.
    Canned(&'a str),
}

impl Chat {
    /// A member writes.
    pub(super) fn write(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        conn: ConnId,
        said: &Said<'_>,
        reference: Option<&str>,
    ) -> Result<(), Denied> {
        // What is in the log is not stored yet, perhaps: not even that is acknowledged now.
        cx.must_remember()?;
        let Some(room) = cx.rooms.room(seat.room) else { return Err(super::room_closed(410)) };
        if let Some(id) = reference.and_then(|reference| room.referred(seat.client, reference)) {
            cx.send(conn, &Ack { r#type: "ack", reference, id });
            return Ok(());
        }
        let writing = match *said {
            Said::Canned(key) => canned::writing(cx, seat, conn, key, reference)?,
            Said::Words(content, by_hand) => {
                let text = validate::content(content, cx.config)?;
                let translation = by_hand.map(|text| by_hand_of(cx, seat, text)).transpose()?;
                Writing { on: Some(conn), text, translation, reference, ..Writing::default() }
            }
        };
        count_message(cx, seat.client)?;
        let id = self.append(cx, seat.room, seat.client, &writing)?;
        cx.send(conn, &Ack { r#type: "ack", reference, id });
        Ok(())
    }

    /// Appends to the log, if there is room. Returns the id.
    pub(super) fn append(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        writer: ClientKey,
        writing: &Writing<'_>,
    ) -> Result<u64, Denied> {
        change::fit(cx, key, writing.bytes()).map_err(is_full)?;
        let is_closing = cx.rooms.room(key).is_some_and(|room| room.status == Status::Closing);
        if is_closing && cx.rooms.client(writer).is_some_and(|client| client.role == Role::Customer) {
            self.reopen(cx, key);
        }
        let id = change::append(cx, key, writer, writing).map_err(is_full)?;
        self.note_life(cx.now, key);
        Ok(id)
    }
}

/// The first thing a WebSocket hears. What is not stored yet shall not be told, so it may have to wait.
pub(super) fn greet(cx: &mut Context<'_>, key: RoomKey, conn: ConnId) {
    let Some(room) = cx.rooms.room(key) else { return };
    let Some(index) = room.readers.iter().position(|reader| reader.conn == conn) else { return };
    if cx.store_is_down {
        cx.rooms.edit(key, |room| room.readers[index].dues.add(Due::Greeting));
    } else {
        let frame = standing(cx, key, index, "room_joined");
        cx.outbox.send(conn, frame, cx.effects);
    }
}

/// How things stand.
pub(super) fn standing(cx: &mut Context<'_>, key: RoomKey, index: usize, kind: &'static str) -> Bytes {
    let Some(room) = cx.rooms.room(key) else { return Bytes::new() };
    let Some(reader) = room.readers.get(index) else { return Bytes::new() };
    let name = |role| {
        let now = room.member_as(role).map(|member| member.client);
        // While the room is closing, its agent is who has just left.
        let just_left = room.past_members.last().copied().filter(|_| room.status == Status::Closing);
        let client = cx.rooms.client(now.or(just_left)?)?;
        Some(&*client.name).filter(|_| client.role == role)
    };
    let closes_at = room.timer(RoomTimer::Closing).map(|at| at.max(cx.patient_until));
    cx.outbox.frame(&Standing {
        r#type: kind,
        room_id: room.id,
        role: reader.role.word(),
        status: room.status.word(),
        language: reader.language,
        customer_name: name(Role::Customer),
        customer_language: room.member_as(Role::Customer).and_then(|customer| customer.language),
        agent_name: name(Role::Agent),
        agent_language: room.member_as(Role::Agent).and_then(|agent| agent.language),
        first_id: room.log.first_id(),
        closes_in_ms: closes_at.map(|at| (at - cx.now).0),
    })
}

/// How it is said that there is no room for a text.
fn is_full(full: Full) -> Denied {
    match full {
        Full::Room => Denied::new(
            413,
            "room_full",
            "the other side has not read what was written; the room takes no more until they do",
        ),
        Full::Memory => Denied::new(503, "server_full", "the server has no room for more text at the moment"),
    }
}

/// What the customer is to read instead of what the model would make of it.
fn by_hand_of<'t>(cx: &Context<'_>, seat: Seat, text: &'t str) -> Result<(Language, &'t str), Denied> {
    let to = language_of_customer(cx, seat.room, seat.client)?;
    Ok((to, validate::translated_content(text, cx.config)?))
}
