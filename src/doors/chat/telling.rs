//! A step of the log, as one reader is told it: who sees the original, who the translation, and who both.

use bytes::Bytes;

use super::protocol::{ChatEnded, MessageEvent, TranslationEvent};
use crate::conversation::{Message, Reader, Role, Room, RoomKey, Shown, Step};
use crate::doors::{Context, Outbox};
use crate::vocabulary::EngineName;
use crate::wire::date;

/// Puts one step of the log into words the way this reader is to see it.
pub(super) fn render(cx: &mut Context<'_>, key: RoomKey, place: usize, step: &Step) -> Bytes {
    let Some(room) = cx.rooms.room(key) else { return Bytes::new() };
    let Some(reader) = room.readers.get(place) else { return Bytes::new() };
    let event = match step {
        Step::Message(id, shown) => {
            room.log.message(*id).map(|message| message_event(cx.outbox, room, reader, message, shown))
        }
        Step::Update(id, shown) => {
            room.log.message(*id).map(|message| update_event(cx.outbox, room, reader, message, shown))
        }
        Step::Ended(reason) => {
            Some(cx.outbox.frame(&ChatEnded { r#type: "chat_ended", room_id: room.id, reason }))
        }
        // Only visitors meet one, and a chat has none.
        Step::Gap { .. } | Step::Notice(_) => None,
    };
    event.unwrap_or_default()
}

fn message_event(
    outbox: &mut Outbox,
    room: &Room,
    reader: &Reader,
    message: &Message,
    shown: &Shown,
) -> Bytes {
    let own = message.writer == reader.client;
    let translated = shown.translated();
    // The agent sees both texts, the customer their own language only.
    let (content, translated_content, language) = match (reader.role, translated) {
        (Role::Customer, Some(text)) => (text, None, reader.language),
        (_, translated) => (&*message.text, translated, message.language),
    };
    let original = original(reader, message, shown);
    outbox.frame(&MessageEvent {
        r#type: "message",
        room_id: room.id,
        id: message.id,
        from: &message.from,
        role: message.role.word(),
        content,
        translated_content,
        language,
        original_content: original.map(|message| &*message.text),
        original_language: original.and_then(|message| message.language),
        at: &date::rfc3339(message.at_unix_ms),
        own,
        reference: message.reference.as_deref().filter(|_| own),
        pending: *shown == Shown::Pending,
        untranslated: *shown == Shown::Untranslated,
        engine: engine(reader, shown),
        rough: shown.is_rough(),
    })
}

/// Who translated it, for agents.
fn engine(reader: &Reader, shown: &Shown) -> Option<EngineName> {
    shown.engine().filter(|_| reader.role == Role::Agent)
}

/// The message itself, for a customer who is shown a translation of it and wants to see what was written, too.
fn original<'a>(reader: &Reader, message: &'a Message, shown: &Shown) -> Option<&'a Message> {
    let is_translated = shown.translated().is_some();
    (reader.originals && reader.role == Role::Customer && is_translated).then_some(message)
}

fn update_event(
    outbox: &mut Outbox,
    room: &Room,
    reader: &Reader,
    message: &Message,
    shown: &Shown,
) -> Bytes {
    let translated_content = match shown {
        // What a customer is shown is always in this field; an agent has the original already.
        Shown::Plain if reader.role == Role::Customer => Some(&*message.text),
        shown => shown.translated(),
    };
    let original = original(reader, message, shown);
    outbox.frame(&TranslationEvent {
        r#type: "translation",
        room_id: room.id,
        id: message.id,
        translated_content,
        language: message.language.filter(|_| message.was_relabelled() && reader.role == Role::Agent),
        reference: None,
        pending: *shown == Shown::Pending,
        original_content: original.map(|message| &*message.text),
        original_language: original.and_then(|message| message.language),
        untranslated: *shown == Shown::Untranslated,
        engine: engine(reader, shown),
        rough: shown.is_rough(),
    })
}
