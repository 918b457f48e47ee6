//! The words of the lobby and of the queue. Data only.

use serde::Serialize;

use crate::conversation::RoomId;
use crate::vocabulary::Language;

/// A waiting room, as agents in the lobby see it.
#[derive(Serialize)]
pub(in super::super) struct WaitingRoomEvent<'a> {
    pub(in super::super) room_id: RoomId,
    pub(in super::super) customer_name: &'a str,
    pub(in super::super) language: Option<Language>,
    /// Who has the smallest is to be served next.
    pub(in super::super) number: i64,
    pub(in super::super) waiting_since: &'a str,
    /// At the moment of sending, for clients whose clock is wrong.
    pub(in super::super) waiting_ms: u64,
    /// What the customer wrote last, or the beginning of it.
    pub(in super::super) last_words: &'a str,
    /// The same in the language of the agent, as soon as it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) last_words_translated: Option<&'a str>,
    /// Whether the customer has a connection.
    pub(in super::super) online: bool,
}

/// A room waits no more (`room_removed`).
#[derive(Serialize)]
pub(in super::super) struct RoomGone {
    pub(in super::super) r#type: &'static str,
    pub(in super::super) room_id: RoomId,
}

/// How far a customer has come in the queue.
#[derive(Serialize)]
pub(in super::super) struct Queue {
    pub(in super::super) r#type: &'static str,
    pub(in super::super) room_id: RoomId,
    /// 1 for who is served next.
    pub(in super::super) place: usize,
}
