//! Messages in, translations asked for, cursors advanced.

use std::sync::Arc;

use super::protocol::{Ack, MessageEvent, Standing, TranslationEvent};
use super::{Chat, Seat, Timer, validate};
use crate::config::Config;
use crate::event::ConnId;
use crate::language::Language;
use crate::record::Record;
use crate::rooms::{
    ClientKey, Draft, MESSAGE_OVERHEAD_BYTES, Message, Reader, Role, Room, RoomKey, Settled, Shown, Status,
    Step,
};
use crate::services::translating::{self, has_place_to_spare, keep_settled};
use crate::services::{Context, Denied, Timer as AnyTimer};
use crate::translate::{Outcome, Ticket, prompt};
use crate::wire::date;

impl Chat {
    // ---- in ----

    /// A member writes.
    pub(super) fn write(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        conn: ConnId,
        content: &str,
        reference: Option<&str>,
    ) -> Result<(), Denied> {
        // What is in the log is not stored yet, perhaps: not even that is acknowledged now.
        cx.must_remember()?;
        let Some(room) = cx.rooms.room(seat.room) else { return Err(super::room_closed(410)) };
        if let Some(id) = reference.and_then(|reference| room.referred(seat.client, reference)) {
            cx.send(conn, &Ack { r#type: "ack", reference, id });
            return Ok(());
        }
        let content = validate::content(content, cx.config)?;
        count_message(cx, seat.client)?;
        let id = self.append(cx, seat.room, seat.client, Some(conn), content, reference)?;
        cx.send(conn, &Ack { r#type: "ack", reference, id });
        self.feed(cx, seat.room);
        self.advance(cx, seat.room);
        Ok(())
    }

    /// Appends to the log, if there is room. Returns the id.
    pub(super) fn append(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        writer: ClientKey,
        written_on: Option<ConnId>,
        content: &str,
        reference: Option<&str>,
    ) -> Result<u64, Denied> {
        self.must_fit(cx, key, content.len() + 2 * reference.map_or(0, str::len) + MESSAGE_OVERHEAD_BYTES)?;
        self.listen(cx, key, writer, content);
        let Some(client) = cx.rooms.client(writer) else { return Err(validate::no_such_room()) };
        let draft = Draft {
            writer,
            addressee: None,
            role: client.role,
            from: Arc::clone(&client.name),
            written_on,
            reference: reference.map(Into::into),
            text: Arc::from(content),
            language: client.speech.language(),
            language_is_sure: client.speech.is_sure(),
            has_words: prompt::has_words(content),
            at_unix_ms: cx.unix_ms,
        };
        let deadline = cx.now + cx.config.translate_deadline_ms;
        let reopens = client.role == Role::Customer
            && cx.rooms.room(key).is_some_and(|room| room.status == Status::Closing);
        if reopens {
            self.reopen(cx, key);
        }
        let id =
            cx.rooms.edit(key, |room| room.append(draft, deadline)).ok_or_else(validate::no_such_room)?;
        cx.store_message(key, id);
        self.note_life(cx.now, key);
        cx.counters.messages += 1;
        Ok(id)
    }

    /// Makes room for a text, first in its room, then in memory.
    fn must_fit(&mut self, cx: &mut Context<'_>, key: RoomKey, bytes: usize) -> Result<(), Denied> {
        let limit = cx.config.max_room_text_bytes;
        if cx.rooms.edit(key, |room| room.make_room(bytes, limit)) != Some(true) {
            return Err(Denied::new(
                413,
                "room_full",
                "the other side has not read what was written; the room takes no more until they do",
            ));
        }
        if !cx.make_space(bytes) {
            return Err(Denied::new(
                503,
                "server_full",
                "the server has no room for more text at the moment",
            ));
        }
        Ok(())
    }

    // ---- languages ----

    /// Listens to what somebody writes, until their language is sure.
    fn listen(&mut self, cx: &mut Context<'_>, key: RoomKey, writer: ClientKey, content: &str) {
        if !cx.rooms.client(writer).is_some_and(|client| client.speech.is_listening()) {
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
            self.apply_language(cx, key, writer, language);
        }
    }

    /// Somebody's language has become known: what they wrote was in it, and they read it from now on.
    fn apply_language(&mut self, cx: &mut Context<'_>, key: RoomKey, client: ClientKey, language: Language) {
        let deadline = cx.now + cx.config.translate_deadline_ms;
        let sure = cx.rooms.client(client).is_some_and(|client| client.speech.is_sure());
        let source = cx.rooms.client(client).map_or("unknown", |client| client.speech.source().word());
        cx.store(Record::LanguageLearnt {
            client: cx.client_number(client),
            language,
            source: source.into(),
        });
        let unread = cx.rooms.edit(key, |room| {
            if sure {
                room.relabel(client, language);
            }
            for reader in &mut room.readers {
                reader.status_due = true;
            }
            room.set_language(client, language, deadline)
        });
        self.watcher_reads(cx, client, language);
        if let Some(unread) = unread.flatten() {
            let (translator, mut turn) = cx.translate();
            translator.withdraw(&mut turn, key.to_bits(), unread);
        }
    }

    // ---- translations ----

    /// Asks for what the room wants, as far as it may queue.
    pub(super) fn feed(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if translating::feed(cx, key, |cx, id, to, outcome| self.settle(cx, key, id, to, outcome)) {
            self.behind.insert(key);
        }
        self.time_deadline(cx, key);
    }

    /// One timer for the deadline that comes first.
    fn time_deadline(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(care) = self.care.get_mut(&key) else { return };
        translating::time_deadline(cx, key, &mut care.deadline, AnyTimer::Chat(Timer::Deadline(key)));
    }

    /// Readers have waited long enough.
    pub(super) fn free_readers(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if let Some(care) = self.care.get_mut(&key) {
            care.deadline = None;
        }
        let now = cx.now;
        let freed = cx.rooms.edit(key, |room| room.expire_deadlines(now)).unwrap_or_default();
        let room = cx.room_number(key);
        for (id, to) in freed {
            cx.store(Record::DeliveredUntranslated { room, id, to });
        }
        self.time_deadline(cx, key);
        self.advance(cx, key);
    }

    /// A translation has ended.
    fn settle(&mut self, cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, outcome: Outcome) {
        let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
        let (original, writer) = (Arc::clone(&message.text), message.writer);
        let settled = match outcome {
            Outcome::Failed { again } => Settled::Failed { again },
            Outcome::Done { text, detected } => {
                if let Some(language) = detected {
                    self.listen_to_model(cx, key, writer, language, &original);
                }
                if detected == Some(to) || text == original {
                    Settled::Same
                } else if self.must_fit(cx, key, text.len()).is_ok() {
                    Settled::Done(text)
                } else {
                    Settled::Failed { again: false }
                }
            }
        };
        keep_settled(cx, key, id, to, settled);
    }

    /// The model has an opinion on somebody's language.
    fn listen_to_model(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        writer: ClientKey,
        language: Language,
        text: &str,
    ) {
        let learnt = cx.rooms.client_mut(writer).and_then(|client| client.speech.hear_model(language, text));
        if let Some(language) = learnt {
            self.apply_language(cx, key, writer, language);
        }
    }

    /// Hands out what the translator has settled, and what follows from that.
    pub(super) fn deliver_settled(&mut self, cx: &mut Context<'_>, settled: Vec<(Ticket, Outcome)>) {
        let mut concerned = Vec::new();
        for (ticket, outcome) in settled {
            if self.settle_for_lobby(cx, &ticket, &outcome) {
                continue;
            }
            let key = RoomKey::from_bits(ticket.group);
            self.settle(cx, key, ticket.item, ticket.to, outcome);
            if !concerned.contains(&key) {
                concerned.push(key);
            }
        }
        for key in concerned {
            self.feed(cx, key);
            self.advance(cx, key);
        }
    }

    /// Asks for what rooms have put off, as long as there are places to spare.
    pub(super) fn catch_up(&mut self, cx: &mut Context<'_>) {
        while has_place_to_spare(cx)
            && let Some(key) = self.behind.pop_first()
        {
            self.feed(cx, key);
            self.advance(cx, key);
        }
    }

    /// Ollama is back: what it failed to translate is wanted again.
    pub(super) fn want_failed_again(&mut self, cx: &mut Context<'_>) {
        let keys: Vec<RoomKey> = self.care.keys().copied().collect();
        for key in keys {
            cx.rooms.edit(key, Room::want_failed_again);
            self.feed(cx, key);
            self.advance(cx, key);
        }
    }

    // ---- out ----

    /// Advances every cursor of a room as far as it goes.
    pub(super) fn advance(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let readers = cx.rooms.room(key).map_or(0, |room| room.readers.len());
        for index in 0..readers {
            self.advance_reader(cx, key, index, false);
        }
    }

    /// Advances every cursor of every room: what had to wait for the store has waited.
    pub(super) fn advance_all(&mut self, cx: &mut Context<'_>) {
        let keys: Vec<RoomKey> = self.care.keys().copied().collect();
        for key in keys {
            self.advance(cx, key);
        }
    }

    /// The same, but nobody waits and no mark holds: the room ends.
    pub(super) fn deliver_rest(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let readers = cx.rooms.room(key).map_or(0, |room| room.readers.len());
        for index in 0..readers {
            self.advance_reader(cx, key, index, true);
        }
    }

    fn advance_reader(&mut self, cx: &mut Context<'_>, key: RoomKey, index: usize, to_the_end: bool) {
        loop {
            let Some(room) = cx.rooms.room_mut(key) else { return };
            let Some(reader) = room.readers.get_mut(index) else { return };
            let conn = reader.conn;
            // What is not stored yet is shown to nobody.
            if (cx.outbox.is_full(conn) || cx.store_is_down) && !to_the_end {
                return;
            }
            if let Some(kind) = standing_due(reader) {
                self.tell_standing(cx, key, index, kind);
                continue;
            }
            let Some(step) = room.next_step(index) else { return };
            cx.counters.deliveries += 1;
            send_step(cx, key, index, &step);
        }
    }

    /// The first thing a WebSocket hears. What is not stored yet shall not be told, so it may have to wait.
    pub(super) fn greet(&self, cx: &mut Context<'_>, key: RoomKey, conn: ConnId) {
        let Some(room) = cx.rooms.room_mut(key) else { return };
        let Some(index) = room.readers.iter().position(|reader| reader.conn == conn) else { return };
        if cx.store_is_down {
            room.readers[index].greeting_due = true;
        } else {
            self.tell_standing(cx, key, index, "room_joined");
        }
    }

    fn tell_standing(&self, cx: &mut Context<'_>, key: RoomKey, index: usize, kind: &'static str) {
        let Some(room) = cx.rooms.room(key) else { return };
        let Some(reader) = room.readers.get(index) else { return };
        let name = |role| {
            let now = room.member_as(role).map(|member| member.client);
            // While the room is closing, its agent is who has just left.
            let just_left = room.past_members.last().copied().filter(|_| room.status == Status::Closing);
            let client = cx.rooms.client(now.or(just_left)?)?;
            Some(&*client.name).filter(|_| client.role == role)
        };
        let closes_at = self.care.get(&key).and_then(|care| care.closes_at);
        let closes_at = closes_at.map(|at| at.max(self.patient_until));
        let frame = crate::wire::websocket::text_frame(&crate::services::json(&Standing {
            r#type: kind,
            room_id: room.id,
            role: reader.role.word(),
            status: room.status.word(),
            language: reader.language,
            customer_name: name(Role::Customer),
            customer_language: room.member_as(Role::Customer).and_then(|customer| customer.language),
            agent_name: name(Role::Agent),
            first_id: room.log.first_id(),
            closes_in_ms: closes_at.map(|at| (at - cx.now).0),
        }));
        cx.outbox.send(reader.conn, frame, cx.effects);
    }
}

/// How a reader is to be told how things stand, if they are: a greeting says it as well.
fn standing_due(reader: &mut Reader) -> Option<&'static str> {
    let (greeting, status) =
        (std::mem::take(&mut reader.greeting_due), std::mem::take(&mut reader.status_due));
    match (greeting, status) {
        (true, _) => Some("room_joined"),
        (false, true) => Some("room_status"),
        (false, false) => None,
    }
}

/// Counts a message against its writer.
fn count_message(cx: &mut Context<'_>, writer: ClientKey) -> Result<(), Denied> {
    let (now, limit) = (cx.now, cx.config.rate_limit_messages);
    let Some(client) = cx.rooms.client_mut(writer) else { return Err(validate::no_such_room()) };
    client.last_used = now;
    client
        .sent
        .check(now, limit, Config::RATE_WINDOW)
        .map_err(|wait| Denied::for_now(429, "rate_limited", "too many messages; please wait a moment", wait))
}

/// Writes one step the way this reader is to see it.
fn send_step(cx: &mut Context<'_>, key: RoomKey, index: usize, step: &Step) {
    let Some(room) = cx.rooms.room(key) else { return };
    let Some(reader) = room.readers.get(index) else { return };
    let event = match step {
        Step::Message(id, shown) => {
            room.log.message(*id).map(|message| message_event(room, reader, message, shown))
        }
        Step::Update(id, shown) => {
            room.log.message(*id).map(|message| update_event(room, reader, message, shown))
        }
        // Only visitors meet one, and a chat has none.
        Step::Gap { .. } => None,
    };
    if let Some(event) = event {
        cx.outbox.send(reader.conn, crate::wire::websocket::text_frame(&event), cx.effects);
    }
}

fn message_event(room: &Room, reader: &Reader, message: &Message, shown: &Shown) -> Vec<u8> {
    let own = message.writer == reader.client;
    let translated = match shown {
        Shown::Translated(text) => Some(&**text),
        Shown::Plain | Shown::Untranslated | Shown::Pending => None,
    };
    // The agent sees both texts, the customer their own language only.
    let (content, translated_content, language) = match (reader.role, translated) {
        (Role::Customer, Some(text)) => (text, None, reader.language),
        (_, translated) => (&*message.text, translated, message.language),
    };
    let original = original(reader, message, shown);
    crate::services::json(&MessageEvent {
        r#type: "message",
        room_id: room.id,
        id: message.id,
        from: &message.from,
        role: message.role.word(),
        content,
        translated_content,
        language,
        original_content: original.map(|message| &*message.text),
        original_language: original.and_then(|message| message.language),
        at: &date::rfc3339(message.at_unix_ms),
        own,
        reference: message.reference.as_deref().filter(|_| own),
        pending: *shown == Shown::Pending,
        untranslated: *shown == Shown::Untranslated,
    })
}

/// The message itself, for a customer who is shown a translation of it and wants to see what was written, too.
fn original<'a>(reader: &Reader, message: &'a Message, shown: &Shown) -> Option<&'a Message> {
    let translated = matches!(shown, Shown::Translated(_));
    (reader.originals && reader.role == Role::Customer && translated).then_some(message)
}

fn update_event(room: &Room, reader: &Reader, message: &Message, shown: &Shown) -> Vec<u8> {
    let translated_content = match shown {
        Shown::Translated(text) => Some(&**text),
        // What a customer is shown is always in this field; an agent has the original already.
        Shown::Plain if reader.role == Role::Customer => Some(&*message.text),
        Shown::Plain | Shown::Untranslated | Shown::Pending => None,
    };
    let original = original(reader, message, shown);
    crate::services::json(&TranslationEvent {
        r#type: "translation",
        room_id: room.id,
        id: message.id,
        translated_content,
        original_content: original.map(|message| &*message.text),
        original_language: original.and_then(|message| message.language),
        untranslated: *shown == Shown::Untranslated,
    })
}
