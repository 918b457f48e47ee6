//! What people see of each other beside the messages, in words: who is here, who types, how far it was read and delivered.
//!
//! The room knows how things stand. Nothing of it is stored, and while nothing can be stored nothing of it is told.

use bytes::Bytes;

use super::protocol::{Presence, Progress, Typing};
use super::wording::how_it_stands;
use crate::conversation::{Notice, RoomKey};
use crate::doors::Context;

/// How things stand, for a reader.
pub(super) fn render(cx: &mut Context<'_>, key: RoomKey, place: usize, notice: Notice) -> Bytes {
    let Some(room) = cx.rooms.room(key) else { return Bytes::new() };
    let Some(reader) = room.readers.get(place) else { return Bytes::new() };
    let (room_id, role) = (room.id, reader.role.other().word());
    let name = |client| cx.rooms.client(client).map_or("", |client| &*client.name);
    match notice {
        Notice::Greeting => how_it_stands(cx, key, place, "room_joined"),
        Notice::Status => how_it_stands(cx, key, place, "room_status"),
        Notice::Presence { client, is_online: online } => {
            let name = name(client);
            cx.outbox.frame(&Presence { r#type: "presence", room_id, role, name, online })
        }
        Notice::Typing { client, is_typing } => {
            let from = name(client);
            cx.outbox.frame(&Typing { r#type: "typing", room_id, role, from, is_typing })
        }
        Notice::Read(id) => cx.outbox.frame(&Progress { r#type: "read", room_id, role, id }),
        Notice::Delivered(id) => cx.outbox.frame(&Progress { r#type: "delivered", room_id, role, id }),
    }
}
