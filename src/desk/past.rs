//! The past of a desk: the records of an earlier process are applied by the code that applied them then, and here
//! is attached what they do not say. What takes time is timed by the wall clock.

use super::Desk;
use super::admission::expect_token;
use super::lifecycle::{time_absence, time_status};
use crate::conversation::{Context, Found, Role, Room, message_bytes};
use crate::vocabulary::{Ended, Record};

impl Desk {
    /// Whether a record is about something of its own.
    pub fn owns(&self, cx: &Context<'_>, record: &Record) -> bool {
        let of_a_client = |number| {
            let client = cx.rooms.numbered(number).and_then(|key| cx.rooms.client(key));
            client.is_some_and(|client| client.role != Role::Guest)
        };
        match record {
            Record::ClientCreated { role, .. } => *role != Role::Guest,
            Record::LanguageLearnt { client, .. } | Record::ClientEnded { client } => of_a_client(*client),
            Record::RoomOpened { .. } => true,
            Record::CustomerCame { room }
            | Record::StartNamed { room, .. }
            | Record::Joined { room, .. }
            | Record::Left { room, .. }
            | Record::StatusChanged { room, .. }
            | Record::MessageAppended { room, .. }
            | Record::TranslationEnded { room, .. }
            | Record::LogBegins { room, .. }
            | Record::TranslationWanted { room, .. }
            | Record::RoomClosed { room, .. } => cx.rooms.open_room(*room).is_some_and(|key| self.has(key)),
            Record::RoomForgotten { room } | Record::ChatErased { room } => {
                matches!(cx.rooms.find(*room), Found::Closed(_))
            }
            Record::CustomerErased { client } => cx.rooms.numbered(*client).is_some(),
            Record::NamedRoomOpened { .. } | Record::LogTurned { .. } | Record::NameClaimed { .. } => false,
        }
    }

    /// Applies a record of an earlier process.
    pub fn restore(&mut self, cx: &mut Context<'_>, record: &Record) {
        let at = match record {
            Record::RoomOpened { at, .. } | Record::StatusChanged { at, .. } => *at,
            _ => cx.unix_ms,
        };
        if !make_space(cx, record) {
            return;
        }
        cx.apply(record);
        drop_what_is_too_much(cx, record);
        self.attach(cx, record);
        self.update_queues(cx, at);
    }

    /// What the desk keeps beside what records say.
    fn attach(&mut self, cx: &mut Context<'_>, record: &Record) {
        match record {
            Record::ClientCreated { role: Role::Agent, client, .. } => {
                if let Some(agent) = cx.rooms.numbered(*client) {
                    expect_token(cx, agent);
                }
            }
            Record::RoomOpened { room, customer, .. } => {
                let customer = cx.rooms.numbered(*customer).and_then(|customer| cx.rooms.client(customer));
                let address = customer.map(|customer| customer.address);
                if let Some((key, address)) = cx.rooms.open_room(*room).zip(address) {
                    self.begin(cx, key, address);
                }
            }
            Record::CustomerCame { room } => {
                if let Some(key) = cx.rooms.open_room(*room) {
                    time_absence(cx, key);
                }
            }
            Record::StatusChanged { room, at, .. } => {
                if let Some(key) = cx.rooms.open_room(*room) {
                    time_status(cx, key, *at);
                }
            }
            Record::StartNamed { .. } => self.repeats.keep(record),
            Record::RoomForgotten { room } => self.repeats.forget(*room),
            _ => {}
        }
    }
}

/// Makes space for what a record says: translations can be had again. Whether there is any; what stands in the log of a chat
/// may not have been received, and nothing of it is dropped.
fn make_space(cx: &mut Context<'_>, record: &Record) -> bool {
    match record {
        Record::MessageAppended { room, id, text, reference, .. } => {
            let Some(key) = cx.rooms.open_room(*room) else { return false };
            let bytes = message_bytes(text, reference.as_deref());
            let is_before_log = |room: &Room| *id < room.log.first_id();
            if cx.rooms.room(key).is_some_and(is_before_log) {
                return true;
            }
            let held = cx.rooms.room(key).map_or(0, Room::text_bytes);
            if held + bytes > cx.config.max_room_text_bytes {
                cx.rooms.edit(key, Room::forget_translations);
            }
            cx.make_space_at_start(bytes)
        }
        Record::TranslationEnded { outcome: Ended::Written(text), .. } => cx.make_space_at_start(text.len()),
        _ => true,
    }
}

/// A translation can be had again.
fn drop_what_is_too_much(cx: &mut Context<'_>, record: &Record) {
    if let Record::TranslationEnded { room, id, to, outcome: Ended::Done { .. } } = record
        && cx.text_bytes() > cx.config.max_text_bytes
        && let Some(key) = cx.rooms.open_room(*room)
    {
        cx.rooms.edit(key, |room| room.drop_ended(*id, *to));
    }
}
