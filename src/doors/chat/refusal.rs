//! The sentences of the desk's refusals.

use super::validate::no_such_room;
use crate::desk::Refused;
use crate::doors::{Refusal, store_down};
use crate::translate::Outage;
use crate::vocabulary::Millis;

/// How this door says what the desk refuses, over a WebSocket or when one opens.
pub(super) fn refusal_of(refused: Refused) -> Refusal {
    match refused {
        Refused::NoSuchRoom => no_such_room(),
        Refused::RoomClosed => Refusal::new(410, "room_closed", "room is closed"),
        Refused::NotAMember => Refusal::new(403, "not_a_member", "you are not a member of this room"),
        Refused::AlreadyLeft => Refusal::new(409, "already_left", "you have left this room already"),
        Refused::NotWaiting => Refusal::new(409, "room_not_waiting", "the room is not waiting for an agent"),
        Refused::AlreadyInARoom(room_id) => {
            let what = "you are in as many chats as an agent may have; end one of them first";
            Refusal { room_id, ..Refusal::new(409, "already_in_a_room", what) }
        }
        Refused::NotAnAgent => Refusal::new(403, "not_an_agent", "only agents may do this"),
        Refused::AgentsOnly => Refusal::new(403, "agents_only", "only agents may do this"),
        Refused::NotYours => Refusal::new(403, "not_yours", "only agents choose the language of the agent"),
        Refused::LanguageUnknown => {
            let what = "the language of the customer is not known yet; choose one first";
            Refusal::new(409, "language_unknown", what)
        }
        Refused::CannedUnknown | Refused::MessageUnknown | Refused::NotWrittenYet => not_there(refused),
        Refused::UpdatesNeeded => {
            Refusal::new(400, "updates_needed", "connect with updates=1 to be told what becomes of it")
        }
        Refused::NothingFailed => {
            Refusal::new(409, "nothing_failed", "no translation of this message has failed for you")
        }
        Refused::NoTranslator(_) | Refused::PairFails => not_translated(refused),
        Refused::KeyReused => Refusal::new(
            400,
            "idempotency_key_reused",
            "this Idempotency-Key belongs to another chat; take a new one",
        ),
        Refused::RoomFull
        | Refused::MemoryFull
        | Refused::ServerFull
        | Refused::TooManyRooms
        | Refused::TooManyStarts(_)
        | Refused::TooMany(_) => beyond_a_limit(refused),
        Refused::StoreDown => store_down(),
    }
}

/// The same in the answer to a request: a room that is closed stands against what is asked.
pub(super) fn refusal_of_call(refused: Refused) -> Refusal {
    match refused {
        Refused::RoomClosed => Refusal { status: 409, ..refusal_of(refused) },
        refused => refusal_of(refused),
    }
}

fn not_translated(refused: Refused) -> Refusal {
    let (code, why) = match refused {
        Refused::NoTranslator(Outage::Down) => ("translator_down", "the translation service does not answer"),
        Refused::NoTranslator(Outage::Unauthorized) => {
            ("translator_unauthorized", "the translation service does not take the key")
        }
        Refused::NoTranslator(Outage::Quota) => {
            ("translator_quota", "the quota of the translation service is used up")
        }
        Refused::NoTranslator(Outage::ModelMissing) => {
            ("model_missing", "the translation service does not have its model")
        }
        _ => ("pair_fails", "the translation service fails at these two languages"),
    };
    Refusal::new(503, code, format!("{why} at the moment; what failed is translated when it can be"))
}

fn not_there(refused: Refused) -> Refusal {
    match refused {
        Refused::CannedUnknown => Refusal::new(404, "canned_unknown", "there is no canned reply of that key"),
        Refused::MessageUnknown => {
            Refusal::new(404, "message_unknown", "id must be that of a message that is in memory")
        }
        _ => Refusal::new(404, "id_unknown", "id must be that of a message of this room"),
    }
}

fn beyond_a_limit(refused: Refused) -> Refusal {
    match refused {
        Refused::RoomFull => Refusal::new(
            413,
            "room_full",
            "the other side has not read what was written; the room takes no more until they do",
        ),
        Refused::MemoryFull => {
            Refusal::new(503, "server_full", "the server has no room for more text at the moment")
        }
        Refused::TooManyRooms => {
            Refusal::new(429, "too_many_rooms", "too many open chats were started from this address")
        }
        Refused::TooManyStarts(wait) => {
            let what = "too many chats or profiles were started from this address";
            Refusal::for_now(429, "too_many_starts", what, wait)
        }
        Refused::TooMany(wait) => {
            let what = "too many of these in a minute; please wait a moment";
            Refusal::for_now(429, "rate_limited", what, wait)
        }
        _ => {
            let what = "the server has no room for more at the moment";
            Refusal::for_now(503, "server_full", what, Millis::from_secs(30))
        }
    }
}
