//! The words of the hub: what visitors bring and send, what they are sent, and the rules for it. Every rule has its own
//! sentence.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::conversation::{ClientKey, Log, RoomId};
use crate::doors::guard::{bearer, may_guess, wrong_secret};
use crate::doors::rules::{self, NameField};
use crate::doors::{Caller, Context, Refusal, parse};
use crate::tools::limiter::AddressKey;
use crate::vocabulary::{Gauges, Language, Millis};
use crate::wire::http::Request;

// ---- coming ----

/// What stands in `Sec-WebSocket-Protocol`, where a browser can put secrets that belong into no URL: `bearer, SECRET`,
/// `key, KEY`, or one behind the other.
#[derive(Default)]
pub(super) struct Offer<'r> {
    /// The first of the two words, for the answer.
    pub(super) chosen: Option<&'static str>,
    pub(super) secret: Option<&'r str>,
    key: Option<&'r str>,
}

impl<'r> Offer<'r> {
    pub(super) fn of(request: &'r Request) -> Self {
        let mut offer = Self::default();
        let mut entries =
            request.headers("Sec-WebSocket-Protocol").flat_map(|value| value.split(',')).map(str::trim);
        while let Some(word) = entries.next() {
            let (word, value) = match word {
                "bearer" => ("bearer", &mut offer.secret),
                "key" => ("key", &mut offer.key),
                _ => continue,
            };
            *value = entries.next().filter(|value| !value.is_empty());
            offer.chosen = offer.chosen.or(Some(word));
        }
        offer
    }
}

/// Somebody who may come in.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) user: Arc<str>,
    pub(super) username: Arc<str>,
    pub(super) room: Arc<str>,
    pub(super) language: Option<Language>,
    pub(super) start: Start,
    /// Whether they want to know who is here: `people=1`.
    pub(super) wants_people: bool,
    pub(super) claim: Claim,
    pub(super) address: AddressKey,
}

/// Whose a userId is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// Nobody's before.
    New,
    /// Theirs, as they have shown.
    Proven(ClientKey),
    /// Somebody else's, for all we know.
    Unproven,
}

/// Where somebody begins to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Behind a message they have.
    After(u64),
    /// So many messages before the end.
    History(u64),
}

impl Start {
    /// The last message they have or do not want. A number this log has never had is from another log: all of this one
    /// is new then.
    pub(super) fn after(self, log: &Log) -> u64 {
        let before_first = log.first_id() - 1;
        match self {
            Self::After(id) if id > log.last_id() => before_first,
            Self::After(id) => id,
            Self::History(count) => log.last_id().saturating_sub(count).max(before_first),
        }
    }
}

impl Arrival {
    /// What the query of a request says.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub(super) fn read(request: &Request, caller: &Caller, config: &Config) -> Result<Self, Refusal> {
        let user = request.query_param("userId").unwrap_or_default();
        if !is_id(&user) {
            return Err(Refusal::new(400, "user_id_invalid", format!("userId must have {ID_RULE}")));
        }
        let username = request.query_param("username").unwrap_or_default();
        let room = request.query_param("room").unwrap_or_else(|| "lobby".to_owned());
        if !is_id(&room) {
            return Err(Refusal::new(400, "room_invalid", format!("room must have {ID_RULE}")));
        }
        let language = request.query_param("language").filter(|code| !code.is_empty());
        Ok(Self {
            user: user.into(),
            username: rules::name(&USERNAME, &username, config)?.into(),
            room: room.into(),
            language: language.map(|code| rules::language(&code, config)).transpose()?,
            start: start(request)?,
            wants_people: request.query_param("people").as_deref() == Some("1"),
            claim: Claim::Unproven,
            address: caller.address,
        })
    }
}

const USERNAME: NameField = NameField {
    word: "username",
    missing: "username_missing",
    too_long: "username_too_long",
    invalid: "username_invalid",
};

/// Letters that look like others could disguise who somebody is, so there are only these.
const ID_RULE: &str = "from 1 to 64 characters: letters and digits of ASCII, and . _ @ + : -";

fn is_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._@+:-".contains(&byte);
    (1..=Config::MAX_HUB_ID_CHARS).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn start(request: &Request) -> Result<Start, Refusal> {
    let number = |name| {
        let given = request.has_query_param(name).then(|| request.query_param(name));
        given.map(|text| text.and_then(|text| text.parse::<u64>().ok()))
    };
    match (number("after"), number("history")) {
        (Some(Some(id)), _) => Ok(Start::After(id)),
        (Some(None), _) => Err(Refusal::new(400, "after_invalid", "after must be the id of a message, or 0")),
        (None, Some(Some(count))) => Ok(Start::History(count)),
        (None, Some(None)) => {
            Err(Refusal::new(400, "history_invalid", "history must be a number of messages"))
        }
        (None, None) => Ok(Start::History(Config::HUB_HISTORY)),
    }
}

/// Whether somebody may come to the hub at all. Loopback is open; so is all of it with `HUB_PUBLIC`; with a key it is for
/// those who have it.
pub(super) fn may_come(
    cx: &mut Context<'_>,
    caller: &Caller,
    request: &Request,
    offer: &Offer<'_>,
) -> Result<(), Refusal> {
    let Some(key) = &cx.config.hub_key else {
        if cx.config.hub_public || !caller.forwarded {
            return Ok(());
        }
        let what = "requests through a proxy may not come to the hub unless HUB_KEY or HUB_PUBLIC is set";
        return Err(Refusal::new(403, "hub_needs_a_key", what));
    };
    may_guess(cx, caller)?;
    let in_query = request.query_param("key");
    let given = offer.key.or_else(|| bearer(request)).or(in_query.as_deref());
    if given.is_some_and(|given| key.is(given)) {
        cx.is_vouched = true;
        return Ok(());
    }
    Err(wrong_secret(
        cx,
        caller,
        "wrong_key",
        "the hub needs its key, as Bearer, as sub-protocol key, or as key=",
    ))
}

/// Counts a new person or a new room against the address it comes from.
pub(super) fn count_start(cx: &mut Context<'_>, caller: &Caller) -> Result<(), Refusal> {
    cx.count_start(caller.address).map_err(|wait| {
        let what = "too many new people or rooms come from this address";
        Refusal::for_now(429, "too_many_starts", what, wait)
    })
}

/// There is no more of something.
pub(super) fn full(what: &'static str) -> Refusal {
    Refusal::for_now(503, "server_full", what, Millis::from_secs(30))
}

// ---- what visitors send ----

/// A message to the room, or to one person in it.
pub(super) struct Incoming {
    pub(super) content: String,
    pub(super) to: Option<String>,
    pub(super) reference: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    r#type: Option<String>,
    content: Option<String>,
    to: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

/// As much of it as an error has to repeat.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "ref")]
    reference: String,
}

impl Incoming {
    /// Reads a text.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub(super) fn read(text: &str, config: &Config) -> Result<Self, Refusal> {
        if text.len() > config.max_hub_frame_bytes {
            let most = config.max_hub_frame_bytes;
            return Err(Refusal::new(413, "frame_too_large", format!("a frame has at most {most} bytes")));
        }
        let raw: Raw = parse::text(text)?;
        if raw.r#type.as_deref().is_some_and(|kind| kind != "chat") {
            return Err(Refusal::new(400, "unknown_type", "type must be chat, or absent"));
        }
        rules::reference(raw.reference.as_deref(), config)?;
        let content = raw.content.unwrap_or_default();
        content_rules(&content, config)?;
        Ok(Self { content, to: raw.to, reference: raw.reference })
    }
}

fn content_rules(content: &str, config: &Config) -> Result<(), Refusal> {
    if rules::is_blank(content) {
        return Err(Refusal::new(400, "content_missing", "content must be the text of the message"));
    }
    rules::words("content", content, config.max_hub_content_chars).map(drop)
}

/// The ref of a text in which something else is wrong, if it has a valid one.
pub(super) fn reference_of(text: &str, config: &Config) -> Option<String> {
    if text.len() > config.max_hub_frame_bytes {
        return None;
    }
    let named: Named = parse::text(text).ok()?;
    rules::reference(Some(&named.reference), config).ok()?;
    Some(named.reference)
}

// ---- what visitors are sent ----

/// The first event of a WebSocket.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Welcome<'a> {
    pub(super) r#type: &'static str,
    pub(super) code: &'static str,
    pub(super) room: &'a str,
    pub(super) user_id: &'a str,
    pub(super) username: &'a str,
    /// Whether the userId is theirs.
    pub(super) verified: bool,
    /// What proves it next time. Said once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<Language>,
    pub(super) members: usize,
    /// Another one than last time: the numbers of messages began anew.
    pub(super) log: RoomId,
    /// Where the log begins; earlier messages are gone.
    pub(super) first_id: u64,
    pub(super) last_id: u64,
    /// With `people=1`, who is here, by their names; not where they are so many that coming and going is told in numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) people: Option<Vec<Here<'a>>>,
}

/// Somebody who is in a room.
#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub(super) struct Here<'a> {
    pub(super) username: &'a str,
    pub(super) user_id: &'a str,
    #[serde(skip_serializing_if = "is_true")]
    pub(super) verified: bool,
}

/// A message, as one reader is shown it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Said<'a> {
    pub(super) r#type: &'static str,
    pub(super) user_id: &'a str,
    pub(super) username: &'a str,
    /// Said only if it is false.
    #[serde(skip_serializing_if = "is_true")]
    pub(super) verified: bool,
    /// Whom alone it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<&'a str>,
    /// Said only if it is false: whom it is for is away, and finds it in the log.
    #[serde(skip_serializing_if = "is_true")]
    pub(super) delivered: bool,
    pub(super) content: &'a str,
    /// As it was written, if `content` is a translation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original: Option<&'a str>,
    /// Of `content`, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<Language>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) untranslated: bool,
    /// The translation can be understood, but is clumsy.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) rough: bool,
    pub(super) timestamp: &'a str,
    pub(super) id: u64,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<&'a str>,
}

/// Somebody's first connection to a room has opened, or their last one closed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Presence<'a> {
    pub(super) r#type: &'static str,
    pub(super) user_id: &'a str,
    pub(super) username: &'a str,
    #[serde(skip_serializing_if = "is_true")]
    pub(super) verified: bool,
    pub(super) members: usize,
    pub(super) timestamp: &'a str,
}

/// The same of many, or for a reader who could take no more meanwhile.
#[derive(Serialize)]
pub(super) struct Crowd {
    pub(super) r#type: &'static str,
    pub(super) code: &'static str,
    pub(super) joined: u64,
    pub(super) left: u64,
    pub(super) members: usize,
}

/// What a reader will never get: the log has lost it.
#[derive(Serialize)]
pub(super) struct Gap {
    pub(super) r#type: &'static str,
    pub(super) code: &'static str,
    pub(super) from: u64,
    pub(super) to: u64,
}

/// A message of this name is in the log already.
#[derive(Serialize)]
pub(super) struct Known<'a> {
    pub(super) r#type: &'static str,
    pub(super) code: &'static str,
    #[serde(rename = "ref")]
    pub(super) reference: &'a str,
    pub(super) id: u64,
}

/// `GET /hub/stats`
#[derive(Serialize)]
pub(super) struct Stats<'a> {
    pub(super) rooms: Vec<RoomStats<'a>>,
    /// Whom the hub knows, here or not.
    pub(super) people: usize,
    pub(super) delivery: Delivery,
}

/// One room in it.
#[derive(Serialize)]
pub(super) struct RoomStats<'a> {
    pub(super) room: &'a str,
    pub(super) members: usize,
    pub(super) members_max: usize,
    pub(super) messages: u64,
    pub(super) messages_last_minute: u64,
    pub(super) log_messages: usize,
    pub(super) log_bytes: usize,
}

/// From the event that caused something to be sent to the write that carried it.
#[derive(Serialize)]
pub(super) struct Delivery {
    writes: u64,
    p50_us: u64,
    p95_us: u64,
    p99_us: u64,
}

impl From<Gauges> for Delivery {
    fn from(gauges: Gauges) -> Self {
        let Gauges { writes, p50_us, p95_us, p99_us, .. } = gauges;
        Self { writes, p50_us, p95_us, p99_us }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
