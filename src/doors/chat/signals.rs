//! What people see of each other beside the messages: who is here, who types, how far it was read and delivered.
//!
//! The room knows how things stand, here it is put into words. Nothing of it is stored, and while nothing can be stored
//! nothing of it is told.

use bytes::Bytes;

use super::delivery::standing;
use super::incoming::count;
use super::protocol::{Presence, Progress, Typing};
use super::{Chat, Seat};
use crate::config::Config;
use crate::conversation::{News, RoomKey};
use crate::doors::{Context, Denied};

impl Chat {
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
        Ok(())
    }
}

/// How things stand, for a reader.
pub(super) fn render(cx: &mut Context<'_>, key: RoomKey, place: usize, news: News) -> Bytes {
    let Some(room) = cx.rooms.room(key) else { return Bytes::new() };
    let Some(reader) = room.readers.get(place) else { return Bytes::new() };
    let (room_id, role) = (room.id, reader.role.other().word());
    let name = |client| cx.rooms.client(client).map_or("", |client| &*client.name);
    match news {
        News::Greeting => standing(cx, key, place, "room_joined"),
        News::Status => standing(cx, key, place, "room_status"),
        News::Presence { client, is_online: online } => {
            let name = name(client);
            cx.outbox.frame(&Presence { r#type: "presence", room_id, role, name, online })
        }
        News::Typing { client, is_typing } => {
            let from = name(client);
            cx.outbox.frame(&Typing { r#type: "typing", room_id, role, from, is_typing })
        }
        News::Read(id) => cx.outbox.frame(&Progress { r#type: "read", room_id, role, id }),
        News::Delivered(id) => cx.outbox.frame(&Progress { r#type: "delivered", room_id, role, id }),
    }
}
