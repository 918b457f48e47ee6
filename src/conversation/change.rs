//! What people and the model do to a room: messages in, languages learnt, translations ended.
//!
//! Each change is stored as a record and marks the room; what follows from it is the business of `drain`. It must not know
//! how a request spells a command, nor what the answer looks like.

use std::sync::Arc;

use super::{
    ClientKey, Context, Earlier, Ended, Message, Role, Room, RoomKey, Source, Speech, Status, TokenHash,
    Young, hear, message_bytes,
};
use crate::config::Config;
use crate::tools::known::known;
use crate::tools::limiter::AddressKey;
use crate::translate::{Outcome, detect, prompt};
use crate::vocabulary::{ConnId, Language, Reason, Record, Tenant};

/// What somebody writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Writing<'a> {
    pub on: Option<ConnId>,
    /// Under which name, if not under the writer's own.
    pub from: Option<&'a Arc<str>>,
    pub addressee: Option<ClientKey>,
    pub text: &'a str,
    /// In which language, if that is known otherwise than of the writer.
    pub language: Option<Language>,
    /// What readers of a language are to be shown of it, by the writer's own hand.
    pub translation: Option<(Language, &'a str)>,
    /// The writer's own name for it.
    pub reference: Option<&'a str>,
}

impl Writing<'_> {
    /// What it will add to the text of its room.
    pub fn bytes(&self) -> usize {
        let translated = self.translation.map_or(0, |(_, text)| text.len());
        message_bytes(self.text, self.reference) + translated
    }
}

/// There is no room for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// In the room: the other side has not read what was written.
    Room,
    Memory,
}

// ---- messages ----

/// Appends to the log what a client writes, if there is room. Returns the id.
///
/// # Errors
/// There is no room for it.
pub fn append(
    cx: &mut Context<'_>,
    key: RoomKey,
    writer: ClientKey,
    writing: &Writing<'_>,
) -> Result<u64, Full> {
    fit(cx, key, writing.bytes())?;
    let label = listen(cx, key, writer, writing);
    let Some(record) = known(message(cx, key, writer, writing, label)) else { return Ok(0) };
    let Some(id) = known(cx.record_message(key, writer, record)) else { return Ok(0) };
    if let Some((to, text)) = writing.translation {
        let (room, outcome) = (cx.room_number(key), Ended::Written(text.into()));
        cx.record(Record::TranslationEnded { room, id, to, outcome });
    }
    let deadline = cx.deadline();
    cx.rooms.edit(key, |room| room.attach(id, writing.on, deadline));
    cx.counters.messages += 1;
    trim(cx, key);
    Ok(id)
}

fn message(
    cx: &Context<'_>,
    key: RoomKey,
    writer: ClientKey,
    writing: &Writing<'_>,
    (language, sure): (Option<Language>, bool),
) -> Option<Record> {
    let (room, client) = (cx.rooms.room(key)?, cx.rooms.client(writer)?);
    Some(Record::MessageAppended {
        room: room.id,
        id: room.log.last_id() + 1,
        writer: client.token.number(),
        role: client.role,
        audience: writing.addressee.map(|addressee| cx.client_number(addressee)).into(),
        // A member is known by one name, a visitor by the one they came under.
        name: writing.from.cloned(),
        reference: writing.reference.map(Into::into),
        text: Arc::from(writing.text),
        language,
        sure,
        at: cx.unix_ms,
    })
}

/// Makes room for a text, first in its room, then in memory.
///
/// # Errors
/// There is none.
pub fn fit(cx: &mut Context<'_>, key: RoomKey, bytes: usize) -> Result<(), Full> {
    let is_open = cx.rooms.room(key).is_some_and(|room| room.status == Status::Open);
    if !is_open && !make_room(cx, key, bytes) {
        return Err(Full::Room);
    }
    if cx.make_space(bytes) {
        return Ok(());
    }
    if is_open {
        // Where memory ends, the past of a room that is open makes room for its present.
        let held = cx.rooms.room(key).map_or(0, Room::text_bytes);
        cut(cx, key, usize::MAX, held / 2);
        if cx.make_space(bytes) {
            return Ok(());
        }
    }
    Err(Full::Memory)
}

/// Makes room within the limit of a room whose members have received the front of its log. Whether there is any.
fn make_room(cx: &mut Context<'_>, key: RoomKey, bytes: usize) -> bool {
    let limit = cx.config.max_room_text_bytes;
    let young = Young::new(cx.unix_ms, cx.config, limit);
    let made = cx.rooms.change(key, |room| {
        let before = room.log.first_id();
        (room.make_room(bytes, limit, young), room.log.first_id() != before)
    });
    let Some((fits, is_shorter)) = known(made) else { return false };
    if is_shorter {
        cx.store_beginning(key);
    }
    fits
}

/// Keeps the log of a room that is open within its limits.
fn trim(cx: &mut Context<'_>, key: RoomKey) {
    if cx.rooms.room(key).is_some_and(|room| room.status == Status::Open) {
        cut(cx, key, cx.config.max_hub_log_messages, cx.config.max_hub_log_bytes);
    }
}

/// Cuts the log of a room that is open, and has stored where it begins: what memory alone decides counts in its bytes, such
/// as which translations are there, so that the next start could not find out.
fn cut(cx: &mut Context<'_>, key: RoomKey, messages: usize, bytes: usize) {
    let first = |cx: &Context<'_>| cx.rooms.room(key).map(|room| room.log.first_id());
    let before = first(cx);
    cx.rooms.trim(key, messages, bytes);
    if first(cx) != before {
        cx.store_beginning(key);
    }
}

// ---- languages ----

/// Listens to what somebody writes. The language that is in, and whether that is more than a guess.
fn listen(
    cx: &mut Context<'_>,
    key: RoomKey,
    writer: ClientKey,
    writing: &Writing<'_>,
) -> (Option<Language>, bool) {
    let Some(client) = known(cx.rooms.client(writer)) else { return (None, false) };
    let is_heard =
        client.role != Role::Guest && writing.language.is_none() && prompt::has_words(writing.text);
    if !is_heard {
        let language = writing.language.or(client.speech.language());
        return (language, writing.language.is_some() || client.speech.is_sure());
    }
    let earlier = || said_before(cx, key, writer);
    let heard = hear(&client.speech, writing.text, &cx.config.languages.0, earlier);
    if let Some(language) = heard.learnt {
        know(cx, writer, language, Source::Detected);
    }
    (heard.language, heard.is_sure)
}

/// What was said lately in a room, the oldest first.
fn said_before<'a>(cx: &'a Context<'_>, key: RoomKey, writer: ClientKey) -> Vec<Earlier<'a>> {
    let Some(room) = known(cx.rooms.room(key)) else { return Vec::new() };
    let skipped = room.log.message_count().saturating_sub(Config::QUOTED_MESSAGES);
    let lines = |message: &'a Message| {
        let is_own = message.writer == writer;
        let translations = message.translated_texts().map(|text| Earlier { is_own: false, text });
        translations.chain([Earlier { is_own, text: &message.text }])
    };
    room.log.messages().skip(skipped).flat_map(lines).collect()
}

/// The model has an opinion on somebody's language, which the text does not speak against.
fn listen_to_model(cx: &mut Context<'_>, writer: ClientKey, language: Language, text: &str) {
    let client = cx.rooms.client(writer).filter(|client| client.role != Role::Guest);
    if let Some(source) = client.and_then(|client| client.speech.hear_model(text)) {
        know(cx, writer, language, source);
    }
}

/// Somebody's language has become known, or was said to be another one: in every room of theirs they read it from now on.
pub fn know(cx: &mut Context<'_>, key: ClientKey, language: Language, source: Source) {
    let Some(client) = known(cx.rooms.client(key)) else { return };
    let (is_new, rooms) = (client.speech.language() != Some(language), client.rooms.clone());
    cx.record(Record::LanguageLearnt { client: cx.client_number(key), language, source });
    let deadline = cx.deadline();
    for room in rooms {
        cx.rooms.edit(room, |room| {
            room.notify_status();
            room.notify_languages();
            room.want_all_of(key, is_new, deadline);
        });
    }
}

// ---- translations ----

/// The translator has an answer for a room.
pub fn translated(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, outcome: Outcome) {
    let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
    let (original, writer) = (Arc::clone(&message.text), message.writer);
    let ended = match outcome {
        Outcome::Failed { again, .. } => Ended::Failed { again },
        Outcome::Done { text, detected, by } => {
            let offered = &cx.config.languages.0;
            let is_in_it = detect::is_already_in(&original, to, detected, offered);
            let is_heard = |language: &Language| match *language == to {
                true => is_in_it,
                false => !detect::speaks_against(&original, *language, offered),
            };
            if let Some(language) = detected.filter(is_heard) {
                listen_to_model(cx, writer, language, &original);
            }
            // What differs is a translation, whatever the model takes the original for, unless the words agree with it.
            if is_in_it || text == original {
                Ended::Same
            } else if fit_translation(cx, key, text.len()) {
                Ended::Done { text, engine: by }
            } else {
                Ended::Failed { again: false }
            }
        }
    };
    end_translation(cx, key, id, to, ended);
    trim(cx, key);
}

fn fit_translation(cx: &mut Context<'_>, key: RoomKey, bytes: usize) -> bool {
    match cx.rooms.room(key).map(|room| room.status) {
        // Nothing of its past goes for a translation.
        Some(Status::Open) => cx.make_space(bytes),
        _ => fit(cx, key, bytes).is_ok(),
    }
}

/// A translation has ended. A stale one changes nothing.
pub(super) fn end_translation(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, outcome: Ended) {
    let Some(room) = cx.rooms.room(key) else { return };
    match room.sees_end(id, to, &outcome) {
        None => {}
        Some(true) => cx.record(Record::TranslationEnded { room: room.id, id, to, outcome }),
        Some(false) => {
            cx.rooms.edit(key, |room| room.fail_again(id, to));
        }
    }
}

/// A reader wants a translation once more that they were shown to have failed; their answer tells them that it is pending,
/// and whoever is told so shall hear its end, also after a restart. Whether there is anything to want.
pub fn retry(cx: &mut Context<'_>, key: RoomKey, conn: ConnId, id: u64) -> bool {
    let Some(room) = cx.rooms.room(key) else { return false };
    let Some(to) = room.retries_into(conn, id) else { return false };
    cx.record(Record::TranslationWanted { room: room.id, id, to });
    cx.rooms.edit(key, |room| room.retry(conn, id, to));
    true
}

/// The service is back: what it failed to do is wanted again.
pub fn want_failed_again(cx: &mut Context<'_>) {
    for key in cx.rooms.keys() {
        let is_any = cx.rooms.quiet(key).is_some_and(|room| {
            room.want_failed_again();
            !room.wants.is_empty()
        });
        if is_any {
            cx.rooms.mark(key);
        }
    }
}

// ---- rooms and members ----

/// Where a room that waits comes to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Before all others: it has waited once already.
    First,
    /// Behind all others.
    Last,
}

/// Opens a room for a customer of a tenant.
pub fn open_room(cx: &mut Context<'_>, tenant: Tenant, customer: ClientKey) -> Option<RoomKey> {
    let room = cx.rooms.new_id(cx.random);
    cx.record_of(tenant, Record::RoomOpened { room, customer: cx.client_number(customer), at: cx.unix_ms });
    cx.counters.rooms += 1;
    cx.rooms.open_room(room)
}

/// Moves a room to another status, and if that is to wait, to its place in the queue.
pub fn set_status(cx: &mut Context<'_>, key: RoomKey, status: Status, turn: Turn) {
    let queue = (status == Status::Waiting).then(|| cx.rooms.next_number(key, turn));
    let room = cx.room_number(key);
    cx.record(Record::StatusChanged { room, status, queue, at: cx.unix_ms });
}

/// A client becomes a member, and will read what is there in their language, by one common deadline.
pub fn join(cx: &mut Context<'_>, key: RoomKey, client: ClientKey) {
    let (room, number) = (cx.room_number(key), cx.client_number(client));
    cx.record(Record::Joined { room, client: number, at: cx.unix_ms });
    let deadline = cx.deadline();
    cx.rooms.edit(key, |room| room.want_for(client, deadline));
}

/// A member leaves. Their connections, which read no more.
pub fn leave(cx: &mut Context<'_>, key: RoomKey, client: ClientKey) -> Vec<ConnId> {
    let conns = cx.rooms.room(key).map_or(Vec::new(), |room| room.conns_of(client));
    let (room, number) = (cx.room_number(key), cx.client_number(client));
    cx.record(Record::Left { room, client: number, at: cx.unix_ms });
    conns
}

/// Closes a room: the drain lets go who still reads. Whether it was open.
pub fn close_room(cx: &mut Context<'_>, key: RoomKey, reason: Reason) -> bool {
    let Some(room) = cx.rooms.room(key).filter(|room| !room.is_ending()).map(|room| room.id) else {
        return false;
    };
    cx.record(Record::RoomClosed { room, reason, at: cx.unix_ms });
    true
}

// ---- clients ----

/// Somebody gets a token.
pub fn admit(
    cx: &mut Context<'_>,
    role: Role,
    name: &str,
    speech: &Speech,
    token: TokenHash,
    address: AddressKey,
) -> Option<ClientKey> {
    cx.record(Record::ClientCreated {
        client: token.number(),
        token,
        role,
        name: Arc::from(name),
        language: speech.language(),
        source: speech.source(),
        address: address.to_string().into(),
        at: cx.unix_ms,
    });
    cx.rooms.numbered(token.number())
}
