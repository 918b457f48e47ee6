//! What people see of each other beside the messages, in words: who is here, who types, how far it was read and delivered.
//!
//! The room knows how things stand. Nothing of it is stored, and while nothing can be stored nothing of it is told.

use bytes::Bytes;

use super::protocol::{LanguageChanged, Presence, Progress, Typing};
use super::wording::{how_it_stands, translator_is};
use crate::conversation::{ClientKey, Notice, RoomId, RoomKey};
use crate::doors::Context;
use crate::vocabulary::Language;
use crate::wire::websocket::text_frame;

/// How things stand, for a reader.
pub(super) fn render(cx: &mut Context<'_>, key: RoomKey, place: usize, notice: Notice) -> Bytes {
    let Some(room) = cx.rooms.room(key) else { return Bytes::new() };
    let Some(reader) = room.readers.get(place) else { return Bytes::new() };
    let (room_id, role) = (room.id, reader.role.other().word());
    let name = |client| cx.rooms.client(client).map_or("", |client| &*client.name);
    match notice {
        Notice::Greeting => how_it_stands(cx, key, place, "room_joined"),
        Notice::Status => how_it_stands(cx, key, place, "room_status"),
        Notice::Language { client, from } => language_changed(cx, room_id, client, from),
        Notice::Presence { client, is_online: online } => {
            let name = name(client);
            cx.outbox.frame(&Presence { r#type: "presence", room_id, role, name, online })
        }
        Notice::Typing { client, is_typing } => {
            let from = name(client);
            cx.outbox.frame(&Typing { r#type: "typing", room_id, role, from, is_typing })
        }
        Notice::Read(id) => cx.outbox.frame(&Progress { r#type: "read", room_id, role, id }),
        Notice::Translator => translator_is(cx, room_id, reader.role),
        Notice::Translating => {
            let (own, coming) = (&*reader.translating().own, reader.translating().is_coming);
            translating(room_id, own, coming)
        }
        Notice::Delivered(id) => cx.outbox.frame(&Progress { r#type: "delivered", room_id, role, id }),
    }
}

/// Somebody reads another language from now on, as they chose or as they write.
fn language_changed(cx: &mut Context<'_>, room_id: RoomId, client: ClientKey, from: Language) -> Bytes {
    let Some(client) = cx.rooms.client(client) else { return Bytes::new() };
    let Some(language) = client.speech.language() else { return Bytes::new() };
    cx.outbox.frame(&LanguageChanged {
        r#type: "language",
        room_id,
        whose: client.role.word(),
        language,
        from,
        by: if client.speech.is_chosen() { "person" } else { "detected" },
    })
}

/// Which messages of the reader the other side cannot read yet, and whether one for the reader waits for its translation.
fn translating(room_id: RoomId, own: &[u64], coming: bool) -> Bytes {
    let own: Vec<String> = own.iter().map(u64::to_string).collect();
    let own = own.join(",");
    let event =
        format!("{{\"type\":\"translating\",\"room_id\":\"{room_id}\",\"own\":[{own}],\"coming\":{coming}}}");
    text_frame(event.as_bytes())
}
