//! The words of the chat protocol: what clients send, what they are sent. Data only.

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::rooms::RoomId;

mod queue;
mod transcript;

pub(super) use queue::{Queue, RoomEvent, RoomGone, WaitingRoomEvent};
pub(super) use transcript::{Transcript, TranscriptMessage};

/// `POST /start-chat`
#[derive(Deserialize)]
pub(super) struct StartChat {
    pub(super) name: String,
    pub(super) content: String,
    pub(super) language: Option<String>,
}

/// `POST /set-profile`
#[derive(Deserialize)]
pub(super) struct SetProfile {
    pub(super) name: String,
    pub(super) language: String,
}

/// `POST /join-room`, `POST /end-chat`
#[derive(Deserialize)]
pub(super) struct ForRoom {
    pub(super) room_id: String,
}

/// `POST /forget`: one of the two.
#[derive(Deserialize)]
pub(super) struct Forget {
    pub(super) room_id: Option<String>,
    pub(super) token: Option<String>,
}

/// Answer to `POST /forget`.
#[derive(Serialize)]
pub(super) struct Forgotten {
    pub(super) r#type: &'static str,
}

/// What a client sends over its WebSocket.
#[derive(Deserialize)]
pub(super) struct Incoming {
    /// Absent or `message`.
    pub(super) r#type: Option<String>,
    pub(super) content: Option<String>,
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
}

/// As much of it as an error has to repeat.
#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(rename = "ref")]
    pub(super) reference: String,
}

/// Answer to `POST /start-chat`.
#[derive(Serialize)]
pub(super) struct Started<'a> {
    pub(super) token: &'a str,
    pub(super) room_id: RoomId,
}

/// Answer to `POST /set-profile`.
#[derive(Serialize)]
pub(super) struct Profile<'a> {
    pub(super) token: &'a str,
}

/// One line of `GET /rooms`.
#[derive(Serialize)]
pub(super) struct WaitingRoom<'a> {
    pub(super) room_id: RoomId,
    pub(super) customer_name: &'a str,
    pub(super) language: Option<Language>,
}

/// Answer to `POST /join-room`.
#[derive(Serialize)]
pub(super) struct Joined {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
}

/// Answer to `POST /end-chat`, and the last event of a WebSocket.
#[derive(Serialize)]
pub(super) struct Ended {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) reason: &'static str,
}

/// How things stand: the first event of a WebSocket (`room_joined`), and again when they change (`room_status`).
#[derive(Serialize)]
pub(super) struct Standing<'a> {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) role: &'static str,
    pub(super) status: &'static str,
    /// What this reader reads.
    pub(super) language: Option<Language>,
    pub(super) customer_name: Option<&'a str>,
    pub(super) customer_language: Option<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agent_name: Option<&'a str>,
    /// Where the log begins; earlier messages are gone from memory.
    pub(super) first_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closes_in_ms: Option<u64>,
}

/// A message, as one reader is shown it.
#[derive(Serialize)]
pub(super) struct MessageEvent<'a> {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) id: u64,
    pub(super) from: &'a str,
    pub(super) role: &'static str,
    pub(super) content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) translated_content: Option<&'a str>,
    /// Of `content`.
    pub(super) language: Option<Language>,
    /// What it is a translation of, for customers who want to see that too (`originals=1`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original_language: Option<Language>,
    pub(super) at: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) own: bool,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) pending: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) untranslated: bool,
}

/// What became of the translation of a message the reader has.
#[derive(Serialize)]
pub(super) struct TranslationEvent<'a> {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) translated_content: Option<&'a str>,
    /// What it is a translation of, for customers who want to see that too (`originals=1`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original_language: Option<Language>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) untranslated: bool,
}

/// A message is in the log.
#[derive(Serialize)]
pub(super) struct Ack<'a> {
    pub(super) r#type: &'static str,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<&'a str>,
    pub(super) id: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
