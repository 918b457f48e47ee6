//! What people and the model do to a room: messages in, languages learnt, translations ended.
//!
//! Each change is stored as a record and marks the room; what follows from it is the business of `drain`. It must not know
//! how a request spells a command, nor what the answer looks like.

use std::sync::Arc;

use super::{ClientKey, Context, Draft, Ended, MESSAGE_OVERHEAD_BYTES, Role, Room, RoomKey};
use crate::tools::known::known;
use crate::translate::{Outcome, prompt};
use crate::vocabulary::{ConnId, Language, Millis, Record, Status};

/// What somebody writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Writing<'a> {
    /// On which connection.
    pub on: Option<ConnId>,
    /// Under which name, if not under the writer's own.
    pub from: Option<&'a Arc<str>>,
    /// For whom alone.
    pub addressee: Option<ClientKey>,
    /// As they wrote it.
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
        self.text.len() + translated + 2 * self.reference.map_or(0, str::len) + MESSAGE_OVERHEAD_BYTES
    }
}

/// There is no room for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// In the room: the other side has not read what was written.
    Room,
    /// In memory.
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
    listen(cx, key, writer, writing.text);
    let Some(draft) = known(draft(cx, writer, writing)) else { return Ok(0) };
    let deadline = cx.now + cx.config.translate_deadline_ms;
    let Some(id) = known(cx.rooms.edit(key, |room| room.append(draft, deadline))) else { return Ok(0) };
    cx.store_message(key, id);
    if let Some((to, text)) = writing.translation {
        cx.store_ended(key, id, to, Ended::Written(text.into()));
    }
    cx.counters.messages += 1;
    trim(cx, key);
    Ok(id)
}

fn draft(cx: &Context<'_>, writer: ClientKey, writing: &Writing<'_>) -> Option<Draft> {
    let client = cx.rooms.client(writer)?;
    Some(Draft {
        writer,
        addressee: writing.addressee,
        role: client.role,
        from: Arc::clone(writing.from.unwrap_or(&client.name)),
        written_on: writing.on,
        reference: writing.reference.map(Into::into),
        text: Arc::from(writing.text),
        language: writing.language.or(client.speech.language()),
        language_is_sure: writing.language.is_some() || client.speech.is_sure(),
        has_words: prompt::has_words(writing.text),
        at_unix_ms: cx.unix_ms,
        translation: writing.translation.map(|(to, text)| (to, Arc::from(text))),
    })
}

/// Makes room for a text, first in its room, then in memory.
///
/// # Errors
/// There is none.
pub fn fit(cx: &mut Context<'_>, key: RoomKey, bytes: usize) -> Result<(), Full> {
    let is_open = cx.rooms.room(key).is_some_and(|room| room.status == Status::Open);
    let limit = cx.config.max_room_text_bytes;
    if !is_open && cx.rooms.change(key, |room| room.make_room(bytes, limit)) != Some(true) {
        return Err(Full::Room);
    }
    if cx.make_space(bytes) {
        return Ok(());
    }
    if is_open {
        // Where memory ends, the past of a room that is open makes room for its present.
        let held = cx.rooms.room(key).map_or(0, Room::text_bytes);
        cx.rooms.trim(key, usize::MAX, held / 2);
        cx.store_beginning(key);
        if cx.make_space(bytes) {
            return Ok(());
        }
    }
    Err(Full::Memory)
}

/// Keeps the log of a room that is open within its limits.
fn trim(cx: &mut Context<'_>, key: RoomKey) {
    if cx.rooms.room(key).is_some_and(|room| room.status == Status::Open) {
        cx.rooms.trim(key, cx.config.max_hub_log_messages, cx.config.max_hub_log_bytes);
    }
}

// ---- languages ----

/// Listens to what somebody writes, until their language is sure.
fn listen(cx: &mut Context<'_>, key: RoomKey, writer: ClientKey, content: &str) {
    let is_listening = cx
        .rooms
        .client(writer)
        .is_some_and(|client| client.role != Role::Guest && client.speech.is_listening());
    if !is_listening {
        return;
    }
    let earlier: Vec<Arc<str>> = cx.rooms.room(key).map_or(Vec::new(), |room| {
        let own = room.log.messages().filter(|message| message.writer == writer);
        own.map(|message| Arc::clone(&message.text)).collect()
    });
    let offered = &cx.config.languages.0;
    let learnt =
        cx.rooms.client_mut(writer).and_then(|client| client.speech.hear(&earlier, content, offered));
    if let Some(language) = learnt {
        learn(cx, key, writer, language);
    }
}

/// Somebody's language has become known: what they wrote was in it, and they read it from now on.
fn learn(cx: &mut Context<'_>, key: RoomKey, client: ClientKey, language: Language) {
    let Some(known) = known(cx.rooms.client(client)) else { return };
    let (source, is_sure) = (known.speech.source().word(), known.speech.is_sure());
    cx.store(Record::LanguageLearnt { client: cx.client_number(client), language, source: source.into() });
    if is_sure {
        cx.rooms.edit(key, |room| room.relabel(client, language));
    }
    read_in(cx, key, client, language);
}

/// Somebody reads another language in a room from now on. That it is theirs is stored already.
pub fn read_in(cx: &mut Context<'_>, key: RoomKey, client: ClientKey, language: Language) {
    let deadline = cx.now + cx.config.translate_deadline_ms;
    let unread = cx.rooms.edit(key, |room| {
        room.owe_status();
        room.set_language(client, language, deadline)
    });
    if let Some(unread) = unread.flatten() {
        cx.withdraw(key, unread);
    }
}

// ---- translations ----

/// The translator has an answer for a room.
pub fn translated(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, outcome: Outcome) {
    let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
    let (original, writer) = (Arc::clone(&message.text), message.writer);
    let ended = match outcome {
        Outcome::Failed { again } => Ended::Failed { again },
        Outcome::Done { text, detected } => {
            if let Some(language) = detected {
                listen_to_model(cx, key, writer, language, &original);
            }
            if detected == Some(to) || text == original {
                Ended::Same
            } else if fit_translation(cx, key, text.len()) {
                Ended::Done(text)
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

/// The model has an opinion on somebody's language.
fn listen_to_model(cx: &mut Context<'_>, key: RoomKey, writer: ClientKey, language: Language, text: &str) {
    let client = cx.rooms.client_mut(writer).filter(|client| client.role != Role::Guest);
    if let Some(language) = client.and_then(|client| client.speech.hear_model(language, text)) {
        learn(cx, key, writer, language);
    }
}

/// A translation has ended: in the log, and in the store.
pub(super) fn end_translation(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, ended: Ended) {
    if cx.rooms.edit(key, |room| room.settle(id, to, ended.clone())) == Some(true) {
        cx.store_ended(key, id, to, ended);
    }
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

// ---- members ----

/// Somebody becomes a member, and will read what is there in their language, by one common deadline.
pub fn join(cx: &mut Context<'_>, key: RoomKey, client: ClientKey, role: Role, deadline: Millis) {
    let language = cx.rooms.client(client).and_then(|client| client.speech.language());
    cx.rooms.edit(key, |room| room.join(client, role, language, deadline));
    if let Some(client) = cx.rooms.client_mut(client) {
        client.rooms.push(key);
    }
}
