//! The sentences of the desk's refusals.

use super::validate::no_such_room;
use crate::desk::Refusal;
use crate::doors::{Denied, store_down};
use crate::vocabulary::Millis;

/// How this door says what the desk refuses, over a WebSocket or when one opens.
pub(super) fn denied(refusal: Refusal) -> Denied {
    match refusal {
        Refusal::NoSuchRoom => no_such_room(),
        Refusal::RoomClosed => Denied::new(410, "room_closed", "room is closed"),
        Refusal::NotAMember => Denied::new(403, "not_a_member", "you are not a member of this room"),
        Refusal::AlreadyLeft => Denied::new(409, "already_left", "you have left this room already"),
        Refusal::NotWaiting => Denied::new(409, "room_not_waiting", "the room is not waiting for an agent"),
        Refusal::AlreadyInARoom(room_id) => {
            let what = "you are in a room already; end that chat first";
            Denied { room_id, ..Denied::new(409, "already_in_a_room", what) }
        }
        Refusal::NotAnAgent => Denied::new(403, "not_an_agent", "only agents may do this"),
        Refusal::AgentsOnly => Denied::new(403, "agents_only", "only agents may do this"),
        Refusal::NotYours => Denied::new(403, "not_yours", "only agents choose the language of the agent"),
        Refusal::LanguageUnknown => {
            let what = "the language of the customer is not known yet; choose one first";
            Denied::new(409, "language_unknown", what)
        }
        Refusal::CannedUnknown | Refusal::MessageUnknown | Refusal::NotWrittenYet => not_there(refusal),
        Refusal::UpdatesNeeded => {
            Denied::new(400, "updates_needed", "connect with updates=1 to be told what becomes of it")
        }
        Refusal::NothingFailed => {
            Denied::new(409, "nothing_failed", "no translation of this message has failed for you")
        }
        Refusal::KeyReused => Denied::new(
            400,
            "idempotency_key_reused",
            "this Idempotency-Key belongs to another chat; take a new one",
        ),
        Refusal::RoomFull
        | Refusal::MemoryFull
        | Refusal::ServerFull
        | Refusal::TooManyRooms
        | Refusal::TooManyStarts(_)
        | Refusal::TooMany(_) => beyond_a_limit(refusal),
        Refusal::StoreDown => store_down(),
    }
}

/// The same in the answer to a request: a room that is closed stands against what is asked.
pub(super) fn denied_call(refusal: Refusal) -> Denied {
    match refusal {
        Refusal::RoomClosed => Denied { status: 409, ..denied(refusal) },
        refusal => denied(refusal),
    }
}

fn not_there(refusal: Refusal) -> Denied {
    match refusal {
        Refusal::CannedUnknown => Denied::new(404, "canned_unknown", "there is no canned reply of that key"),
        Refusal::MessageUnknown => {
            Denied::new(404, "message_unknown", "id must be that of a message that is in memory")
        }
        _ => Denied::new(404, "id_unknown", "id must be that of a message of this room"),
    }
}

fn beyond_a_limit(refusal: Refusal) -> Denied {
    match refusal {
        Refusal::RoomFull => Denied::new(
            413,
            "room_full",
            "the other side has not read what was written; the room takes no more until they do",
        ),
        Refusal::MemoryFull => {
            Denied::new(503, "server_full", "the server has no room for more text at the moment")
        }
        Refusal::TooManyRooms => {
            Denied::new(429, "too_many_rooms", "too many open chats were started from this address")
        }
        Refusal::TooManyStarts(wait) => {
            let what = "too many chats or profiles were started from this address";
            Denied::for_now(429, "too_many_starts", what, wait)
        }
        Refusal::TooMany(wait) => {
            let what = "too many of these in a minute; please wait a moment";
            Denied::for_now(429, "rate_limited", what, wait)
        }
        _ => {
            let what = "the server has no room for more at the moment";
            Denied::for_now(503, "server_full", what, Millis::from_secs(30))
        }
    }
}
