//! What the desk has to say, in the words of this door.

use bytes::Bytes;

use super::protocol::{ChatEnded, Previewed, Queue, RoomGone, RoomStatus, TranslatorIs, WaitingRoomEvent};
use crate::conversation::{Role, RoomId, RoomKey};
use crate::desk::{DraftReading, LobbyEvent, WaitingRoom, Words, room_status};
use crate::doors::{Context, Outbox, json};
use crate::vocabulary::EngineName;
use crate::wire::date;
use crate::wire::websocket::text_frame;

pub(super) struct Wording;

impl Words for Wording {
    fn greeting(&self, cx: &mut Context<'_>, room: RoomKey, reader: usize) -> Bytes {
        how_it_stands(cx, room, reader, "room_joined")
    }

    fn agent_left(&self, outbox: &mut Outbox, room_id: RoomId) -> Bytes {
        outbox.frame(&ChatEnded { r#type: "chat_ended", room_id, reason: "agent_left" })
    }

    fn place(&self, outbox: &mut Outbox, room_id: RoomId, place: usize) -> Bytes {
        outbox.frame(&Queue { r#type: "queue", room_id, place })
    }

    fn previewed(
        &self,
        outbox: &mut Outbox,
        reference: Option<&str>,
        translated: Option<DraftReading<'_>>,
    ) -> Bytes {
        outbox.frame(&Previewed {
            r#type: "preview",
            reference,
            translated_content: translated.map(|draft| draft.text),
            language: translated.map(|draft| draft.to),
            untranslated: translated.is_none(),
            engine: translated.and_then(|draft| draft.engine),
            rough: translated.and_then(|draft| draft.engine).is_some_and(EngineName::is_rough),
            terms: translated.map_or(&[], |draft| draft.terms),
        })
    }

    fn row(&self, room: &WaitingRoom<'_>) -> Vec<u8> {
        json(&WaitingRoomEvent {
            room_id: room.room,
            customer_name: room.customer_name,
            language: room.language,
            number: room.number,
            waiting_since: &date::rfc3339(room.since_unix_ms),
            waiting_ms: room.waited.0,
            last_words: room.last_words,
            last_words_translated: room.last_words_translated,
            online: room.is_online,
        })
    }

    fn lobby(&self, event: &LobbyEvent<'_>) -> Bytes {
        match *event {
            LobbyEvent::List { rows, rooms_per_agent } => {
                let places = format!("],\"rooms_per_agent\":{rooms_per_agent}}}");
                let list = [b"{\"type\":\"rooms\",\"rooms\":[", &*rows.join(&b','), places.as_bytes()];
                text_frame(&list.concat())
            }
            LobbyEvent::Added(row) => of_room("room_added", row),
            LobbyEvent::Changed(row) => of_room("room_changed", row),
            LobbyEvent::Translator(speaker) => text_frame(&json(&TranslatorIs::of(None, speaker))),
            LobbyEvent::Removed(room_id) => text_frame(&json(&RoomGone { r#type: "room_removed", room_id })),
        }
    }
}

/// A room waits from now on (`room_added`), or looks different now (`room_changed`).
fn of_room(kind: &str, row: &[u8]) -> Bytes {
    let opening = format!("{{\"type\":\"{kind}\",\"room\":");
    text_frame(&[opening.as_bytes(), row, b"}"].concat())
}

/// Whether anything is translated, for somebody in a room; by whom, for agents.
pub(super) fn translator_is(cx: &mut Context<'_>, room_id: RoomId, role: Role) -> Bytes {
    let speaker = cx.translator.speaker(cx.now, cx.config);
    let speaker = match role {
        Role::Agent => speaker,
        Role::Customer | Role::Guest => speaker.without_names(),
    };
    cx.outbox.frame(&TranslatorIs::of(Some(room_id), &speaker))
}

/// How things stand.
pub(super) fn how_it_stands(cx: &mut Context<'_>, room: RoomKey, reader: usize, kind: &'static str) -> Bytes {
    let stands = room_status::of(cx.rooms, (cx.now, cx.patient_until), room, reader);
    let Some(room_status) = stands else { return Bytes::new() };
    cx.outbox.frame(&RoomStatus {
        r#type: kind,
        room_id: room_status.room,
        role: room_status.role.word(),
        status: room_status.status.word(),
        language: room_status.language,
        customer_name: room_status.customer_name,
        customer_language: room_status.customer_language,
        agent_name: room_status.agent_name,
        agent_language: room_status.agent_language,
        first_id: room_status.first_id,
        closes_in_ms: room_status.closes_in.map(|span| span.0),
    })
}
