//! What people see of each other beside the messages: who is here, who types, how far it was read and delivered.
//!
//! The room knows how things stand, here it is put into words. Nothing of it is stored, and while nothing can be stored
//! nothing of it is told.

use super::incoming::count;
use super::protocol::{Presence, Progress, Typing};
use super::{Chat, Seat, Timer};
use crate::config::Config;
use crate::conversation::{News, RoomKey};
use crate::doors::{Context, Denied};

impl Chat {
    // ---- in ----

    /// Somebody types, or no more. Saying so again only moves the time until which they are believed.
    pub(super) fn set_typing(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        is_typing: bool,
    ) -> Result<(), Denied> {
        count(cx, seat.client, cx.config.signals_per_minute, |deeds| &mut deeds.signals)?;
        let until = is_typing.then(|| cx.now + Config::TYPING_SPAN);
        cx.rooms.edit(seat.room, |room| room.set_typing(seat.client, until));
        self.time_typing(cx, seat.room);
        self.advance(cx, seat.room);
        Ok(())
    }

    /// Somebody has read everything up to a message.
    pub(super) fn set_read(&mut self, cx: &mut Context<'_>, seat: Seat, id: u64) -> Result<(), Denied> {
        count(cx, seat.client, cx.config.signals_per_minute, |deeds| &mut deeds.signals)?;
        let last = cx.rooms.room(seat.room).map_or(0, |room| room.log.last_id());
        if id > last {
            return Err(Denied::new(404, "id_unknown", "id must be that of a message of this room"));
        }
        cx.rooms.edit(seat.room, |room| room.set_read(seat.client, id));
        self.advance(cx, seat.room);
        Ok(())
    }

    // ---- time ----

    /// One timer for all who type in a room. It may come too early, never too late.
    fn time_typing(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let next = cx.rooms.room(key).and_then(crate::conversation::Room::next_typing_end);
        let Some(care) = self.care.get_mut(&key) else { return };
        if care.typing_timer.is_none() {
            care.typing_timer = next.map(|at| cx.wake(at, Timer::Typing(key)));
        }
    }

    /// Somebody may have stopped typing without a word.
    pub(super) fn end_typing(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if let Some(care) = self.care.get_mut(&key) {
            care.typing_timer = None;
        }
        let now = cx.now;
        cx.rooms.edit(key, |room| room.expire_typing(now));
        self.time_typing(cx, key);
        self.advance(cx, key);
    }

    // ---- out ----

    /// Tells a reader how things stand.
    pub(super) fn tell_news(&self, cx: &mut Context<'_>, key: RoomKey, index: usize, news: News) {
        let Some(room) = cx.rooms.room(key) else { return };
        let Some(reader) = room.readers.get(index) else { return };
        let (conn, room_id, role) = (reader.conn, room.id, reader.role.other().word());
        let name = |client| cx.rooms.client(client).map_or("", |client| &*client.name);
        let event = match news {
            News::Greeting => return self.tell_standing(cx, key, index, "room_joined"),
            News::Status => return self.tell_standing(cx, key, index, "room_status"),
            News::Presence { client, is_online: online } => crate::doors::json(&Presence {
                r#type: "presence",
                room_id,
                role,
                name: name(client),
                online,
            }),
            News::Typing { client, is_typing } => {
                crate::doors::json(&Typing { r#type: "typing", room_id, role, from: name(client), is_typing })
            }
            News::Read(id) => crate::doors::json(&Progress { r#type: "read", room_id, role, id }),
            News::Delivered(id) => crate::doors::json(&Progress { r#type: "delivered", room_id, role, id }),
        };
        cx.outbox.send(conn, crate::wire::websocket::text_frame(&event), cx.effects);
    }
}
