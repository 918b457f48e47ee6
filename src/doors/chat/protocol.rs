//! The words of the chat protocol: what clients send, what they are sent. Data only.
//!
//! Everything is a JSON object. Over a WebSocket (`GET /ws?token=…&room_id=…`, or the token as second entry of
//! `Sec-WebSocket-Protocol: bearer, …`) two options can be asked for in the query: `after=ID`, to go on behind a message
//! one has, and `updates=1`, for whoever understands that a message they have looks better later. Clients ignore types
//! they do not know.
//!
//! `POST /start-chat` takes `name`, `content`, and of the customer's language what is known of it: `language`, if they chose
//! it, which holds; `page_language`, that of the page they are on, which like `Accept-Language` is where to begin until
//! what they write says more. A `page_language` that is no code or not offered says nothing.
//!
//! # What clients send
//!
//! Each may carry a `ref` of their own, which the answer repeats, or the error.
//!
//! | `type` | fields | means |
//! |---|---|---|
//! | `message`, or none | `content`, `translated_content`? | A message; answered by `ack`. The same `ref` again is the same message. From an agent, `translated_content` is what the customer reads instead of the model's translation |
//! | `typing` | `is_typing` | They type, or no more. Ends by itself six seconds after the last `true`, with a message, and with the last connection |
//! | `read` | `id` | They have read everything up to this message |
//! | `set_language` | `language`, `whose`? | The language of the `customer` or of the `agent` from now on, without `whose` the sender's own. Agents may choose for both. Answered by `room_status` |
//! | `preview` | `content` | What would the customer read? For agents; one at a time and connection. Answered by `preview` |
//! | `retry` | `id` | Translate this message after all; with `updates=1`. Answered by `translation` |
//! | `canned` | `key` | A reply that is written already, as a message of the agent; answered by `ack` |
//!
//! # What they are sent
//!
//! | `type` | fields | means |
//! |---|---|---|
//! | `room_joined` | as `room_status` | The first event |
//! | `room_status` | `role`, `status`, `language`, `customer_name`, `customer_language`, `agent_name`?, `agent_language`?, `first_id`, `closes_in_ms`? | How things stand, whenever they change: `language` is what this reader reads, `first_id` where the log begins |
//! | `language` | `whose`, `language`, `from`, `by` | The language of the `customer` or the `agent` is another one from now on: a `person` said so, or it was `detected` in what they write. `set_language` undoes it, for good |
//! | `message` | `id`, `from`, `role`, `content`, `translated_content`?, `language`, `at`, `own`?, `ref`?, `pending`?, `untranslated`?, `rough`?, `engine`? | A message. A customer's `content` is in their language; an agent's is the original, beside its translation. `rough`: it was made by rules, to be understood and no more; `engine`, for agents: by whom |
//! | `translation` | `id`, `translated_content`?, `pending`?, `untranslated`?, `rough`?, `engine`?, `language`?, `ref`? | What has become of a message one has; with `updates=1`. With neither text nor mark the original is all there is to read. Agents also hear what the customer reads of their own. It says how things are: behind `after=ID` one may be told again what one knows, and replaces it. `language` is what the message is in, where that was corrected |
//! | `ack` | `id`, `ref`? | The message is in the log |
//! | `presence` | `role`, `name`, `online` | The other side is here, or gone. Also behind `room_joined` |
//! | `typing` | `role`, `from`, `is_typing` | The other side types, or no more |
//! | `read` | `role`, `id` | The other side has read everything up to this message. Also behind `room_joined`. Forgotten when the server is started again |
//! | `delivered` | `role`, `id` | A connection of the other side was sent everything up to this message, one of this side; with `updates=1`. Also behind `room_joined` |
//! | `preview` | `translated_content` and `language`, `rough`?, `engine`?, or `untranslated`; `ref`?, `terms`? | What the customer would read, and which words of it are as the glossary has them; nobody else hears of it |
//! | `translator` | `state`; for agents `engine`, `model`?, `better`? | `down`, `model_missing`, `unauthorized` or `quota`: nothing is translated from now on, and messages arrive as they were written. `ready`: all is again. For agents also whenever another engine is asked first; `better` are those that would be preferred, with `engine`, `state` and `why`. Behind `room_joined` while nothing is translated, or not by the engine that should |
//! | `translating` | `own`, `coming` | Which messages of their own the other side cannot read yet, and whether a message for them waits for its translation; with `updates=1`, whenever it changes |
//! | `chat_ended` | `reason` | `customer_left`, `agent_left` or `closed` |
//! | `error` | `code`, `message`, `ref`?, `retry_after_ms`?, `room_id`? | What was sent is not done |
//!
//! `presence`, `typing`, `read`, `delivered` and `room_status` say how things stand, not what has happened: who is slow is
//! told the latest when there is room for it.

use std::borrow::Cow;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::config::CannedReply;
use crate::conversation::RoomId;
use crate::translate::{PassedOver, Speaker};
use crate::vocabulary::{EngineName, Language};

mod queue;
mod transcript;

pub(super) use queue::{Queue, RoomGone, WaitingRoomEvent};
pub(super) use transcript::{Transcript, TranscriptMessage};

/// `POST /start-chat`
#[derive(Deserialize)]
pub(super) struct StartChat {
    pub(super) name: String,
    pub(super) content: String,
    /// As they chose.
    pub(super) language: Option<String>,
    /// Of the page they are on; counts for more than that of the browser.
    pub(super) page_language: Option<String>,
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
pub(super) struct Incoming<'a> {
    /// Absent or `message`.
    #[serde(borrow)]
    pub(super) r#type: Option<Word<'a>>,
    pub(super) content: Option<Word<'a>>,
    /// What the customer is to read instead of a translation by the model.
    pub(super) translated_content: Option<Word<'a>>,
    #[serde(rename = "ref")]
    pub(super) reference: Option<Word<'a>>,
}

/// A text that stays where it came in, unless something is escaped in it.
#[derive(Deserialize)]
pub(super) struct Word<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Word<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A text of type `typing`.
#[derive(Deserialize)]
pub(super) struct IsTyping {
    pub(super) is_typing: bool,
}

/// A text of type `read` or `retry`.
#[derive(Deserialize)]
pub(super) struct OfMessage {
    pub(super) id: u64,
}

/// A text of type `canned`.
#[derive(Deserialize)]
pub(super) struct OfKey {
    pub(super) key: String,
}

/// A text of type `set_language`.
#[derive(Deserialize)]
pub(super) struct SetLanguage {
    pub(super) language: String,
    /// `customer` or `agent`; absent, the chooser's own.
    pub(super) whose: Option<String>,
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

/// Answer to `GET /canned-replies`.
#[derive(Serialize)]
pub(super) struct CannedList<'a> {
    pub(super) replies: &'a [CannedReply],
}

/// Answer to `POST /join-room`.
#[derive(Serialize)]
pub(super) struct Joined {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
}

/// Answer to `POST /end-chat`, and the last event of a WebSocket.
#[derive(Serialize)]
pub(super) struct ChatEnded {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) reason: &'static str,
}

/// How things stand: the first event of a WebSocket (`room_joined`), and again when they change (`room_status`).
#[derive(Serialize)]
pub(super) struct RoomStatus<'a> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agent_language: Option<Language>,
    /// Where the log begins; earlier messages are gone from memory.
    pub(super) first_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closes_in_ms: Option<u64>,
}

/// Somebody's language is another one from now on.
#[derive(Serialize)]
pub(super) struct LanguageChanged {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) whose: &'static str,
    pub(super) language: Language,
    /// What it was.
    pub(super) from: Language,
    /// `person` or `detected`.
    pub(super) by: &'static str,
}

/// Somebody of the other side has come or gone.
#[derive(Serialize)]
pub(super) struct Presence<'a> {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) role: &'static str,
    pub(super) name: &'a str,
    pub(super) online: bool,
}

/// Somebody of the other side types, or no more.
#[derive(Serialize)]
pub(super) struct Typing<'a> {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) role: &'static str,
    pub(super) from: &'a str,
    pub(super) is_typing: bool,
}

/// Whether anything is translated.
#[derive(Serialize)]
pub(super) struct TranslatorIs<'a> {
    pub(super) r#type: &'static str,
    /// Absent in the lobby.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room_id: Option<RoomId>,
    /// `ready`, or why nothing is translated.
    pub(super) state: &'static str,
    /// Of the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<&'a str>,
    /// Who is asked first at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) engine: Option<EngineName>,
    /// Who would be preferred, each with why it is not.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) better: &'a [PassedOver],
}

impl<'a> TranslatorIs<'a> {
    pub(super) fn of(room_id: Option<RoomId>, speaker: &'a Speaker<'a>) -> Self {
        let Speaker { state, engine, model, ref better } = *speaker;
        Self { r#type: "translator", room_id, state, model, engine, better }
    }
}

/// How far the other side has `read` the log, or was sent it (`delivered`).
#[derive(Serialize)]
pub(super) struct Progress {
    pub(super) r#type: &'static str,
    pub(super) room_id: RoomId,
    pub(super) role: &'static str,
    /// The last of the messages.
    pub(super) id: u64,
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
    /// Who translated it, for agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) engine: Option<EngineName>,
    /// The translation can be understood, but is clumsy.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) rough: bool,
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
    /// What the message is in, where that was corrected since it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<Language>,
    /// Of the text that asked for it once more.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<&'a str>,
    /// It is on its way (again).
    #[serde(skip_serializing_if = "is_false")]
    pub(super) pending: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) untranslated: bool,
    /// Who translated it, for agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) engine: Option<EngineName>,
    /// The translation can be understood, but is clumsy.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) rough: bool,
}

/// What the customer would read of a draft.
#[derive(Serialize)]
pub(super) struct Previewed<'a> {
    pub(super) r#type: &'static str,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) translated_content: Option<&'a str>,
    /// Of `translated_content`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<Language>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) untranslated: bool,
    /// Who translated it, for agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) engine: Option<EngineName>,
    /// The translation can be understood, but is clumsy.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) rough: bool,
    /// The terms of the glossary, as they stand in the translation.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) terms: &'a [String],
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
