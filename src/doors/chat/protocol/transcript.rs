//! The words of a transcript as JSON. Data only.

use serde::Serialize;

use crate::conversation::RoomId;
use crate::vocabulary::{EngineName, Language};
use crate::wire::date::Timestamp;

/// Answer to `GET /transcript?format=json`.
#[derive(Serialize)]
pub(in super::super) struct Transcript<'a> {
    pub(in super::super) room_id: RoomId,
    pub(in super::super) customer_name: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(in super::super) agent_names: &'a [&'a str],
    /// What whoever asks reads.
    pub(in super::super) language: Option<Language>,
    pub(in super::super) messages: Vec<TranscriptMessage<'a>>,
}

/// A message, as whoever asks reads it, and as it was written.
#[derive(Serialize)]
pub(in super::super) struct TranscriptMessage<'a> {
    pub(in super::super) id: u64,
    pub(in super::super) at: Timestamp,
    pub(in super::super) from: &'a str,
    pub(in super::super) role: &'static str,
    pub(in super::super) content: &'a str,
    /// Of `content`.
    pub(in super::super) language: Option<Language>,
    /// Absent where it is `content`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) original_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) original_language: Option<Language>,
    /// There is no translation, or none yet.
    #[serde(skip_serializing_if = "super::is_false")]
    pub(in super::super) untranslated: bool,
    /// Who translated it, for agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) engine: Option<EngineName>,
    /// The translation can be understood, but is clumsy.
    #[serde(skip_serializing_if = "super::is_false")]
    pub(in super::super) rough: bool,
}
