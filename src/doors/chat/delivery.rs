//! Messages in, translations asked for, cursors advanced.

use std::sync::Arc;

use super::preview::language_of_customer;
use super::protocol::{Ack, Standing};
use super::telling::send_step;
use super::{Chat, Seat, Timer, canned, validate};
use crate::conversation::{
    ClientKey, Draft, Due, Ended, MESSAGE_OVERHEAD_BYTES, Role, Room, RoomKey, Status,
};
use crate::doors::rules::count_message;
use crate::doors::translating::{self, has_place_to_spare, keep_settled};
use crate::doors::{Asker, Context, Denied};
use crate::translate::{Outcome, prompt};
use crate::vocabulary::{ConnId, Language, Record, Source};

/// What somebody says over a WebSocket.
pub(super) enum Said<'a> {
    /// Words of their own, and perhaps what the customer is to read of them.
    Words(&'a str, Option<&'a str>),
    /// A reply that is written already, by its key.
    Canned(&'a str),
}

/// What somebody writes.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    /// On which connection.
    pub(super) on: Option<ConnId>,
    /// As they wrote it.
    pub(super) text: &'a str,
    /// In which language, if not in the writer's own.
    pub(super) language: Option<Language>,
    /// What readers of a language are to be shown of it, by the writer's own hand.
    pub(super) translation: Option<(Language, &'a str)>,
    /// The writer's own name for it.
    pub(super) reference: Option<&'a str>,
}

impl Chat {
    // ---- in ----

    /// A member writes.
    pub(super) fn write(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        conn: ConnId,
        said: &Said<'_>,
        reference: Option<&str>,
    ) -> Result<(), Denied> {
        // What is in the log is not stored yet, perhaps: not even that is acknowledged now.
        cx.must_remember()?;
        let Some(room) = cx.rooms.room(seat.room) else { return Err(super::room_closed(410)) };
        if let Some(id) = reference.and_then(|reference| room.referred(seat.client, reference)) {
            cx.send(conn, &Ack { r#type: "ack", reference, id });
            return Ok(());
        }
        let writing = match *said {
            Said::Canned(key) => canned::writing(cx, seat, conn, key, reference)?,
            Said::Words(content, by_hand) => {
                let text = validate::content(content, cx.config)?;
                let translation = by_hand.map(|text| by_hand_of(cx, seat, text)).transpose()?;
                Writing { on: Some(conn), text, language: None, translation, reference }
            }
        };
        count_message(cx, seat.client)?;
        let id = self.append(cx, seat.room, seat.client, writing)?;
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
        writing: Writing<'_>,
    ) -> Result<u64, Denied> {
        let Writing { on, text, language, translation, reference } = writing;
        let translated = translation.map_or(0, |(_, text)| text.len());
        let named = 2 * reference.map_or(0, str::len);
        must_fit(cx, key, text.len() + translated + named + MESSAGE_OVERHEAD_BYTES)?;
        self.listen(cx, key, writer, text);
        let Some(client) = cx.rooms.client(writer) else { return Err(validate::no_such_room()) };
        let draft = Draft {
            writer,
            addressee: None,
            role: client.role,
            from: Arc::clone(&client.name),
            written_on: on,
            reference: reference.map(Into::into),
            text: Arc::from(text),
            language: language.or(client.speech.language()),
            language_is_sure: language.is_some() || client.speech.is_sure(),
            has_words: prompt::has_words(text),
            at_unix_ms: cx.unix_ms,
            translation: translation.map(|(to, text)| (to, Arc::from(text))),
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
        if let Some((to, text)) = translation {
            cx.store_settled(key, id, to, Ended::Written(text.into()));
        }
        self.note_life(cx.now, key);
        cx.counters.messages += 1;
        Ok(id)
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
        let source = cx.rooms.client(client).map_or(Source::Unknown, |client| client.speech.source());
        cx.store(Record::LanguageLearnt { client: cx.client_number(client), language, source });
        if cx.rooms.client(client).is_some_and(|client| client.speech.is_sure()) {
            cx.rooms.edit(key, |room| room.relabel(client, language));
        }
        self.change_language(cx, key, client, language);
    }

    /// The same in one room, when it is written down.
    pub(super) fn change_language(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        client: ClientKey,
        language: Language,
    ) {
        let deadline = cx.now + cx.config.translate_deadline_ms;
        let unread = cx.rooms.edit(key, |room| {
            room.owe_status();
            room.set_language(client, language, deadline)
        });
        self.watcher_reads(cx, client, language);
        if let Some(unread) = unread.flatten() {
            cx.withdraw(key, unread);
        }
    }

    // ---- translations ----

    /// Asks for what the room wants, as far as it may queue.
    pub(super) fn feed(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let by_hand = |cx: &mut Context<'_>, id, to| by_hand(cx, key, id, to);
        let settle = |cx: &mut Context<'_>, id, to, outcome| self.settle(cx, key, id, to, outcome);
        if translating::feed(cx, key, by_hand, settle) {
            self.behind.insert(key);
        }
        let anew = cx.rooms.room_mut(key).map(Room::take_wanted_anew).unwrap_or_default();
        let room = cx.room_number(key);
        for (id, to) in anew {
            cx.store(Record::TranslationWanted { room, id, to });
        }
        self.time_deadline(cx, key);
    }

    /// One timer for the deadline that comes first.
    fn time_deadline(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(care) = self.care.get_mut(&key) else { return };
        translating::time_deadline(cx, key, &mut care.deadline, Timer::Deadline(key));
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
            cx.store(Record::TranslationWanted { room, id, to });
        }
        self.time_deadline(cx, key);
        self.advance(cx, key);
    }

    /// A translation has ended.
    fn settle(&mut self, cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, outcome: Outcome) {
        let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
        let (original, writer) = (Arc::clone(&message.text), message.writer);
        let settled = match outcome {
            Outcome::Failed { again } => Ended::Failed { again },
            Outcome::Done { text, detected } => {
                if let Some(language) = detected {
                    self.listen_to_model(cx, key, writer, language, &original);
                }
                if detected == Some(to) || text == original {
                    Ended::Same
                } else if must_fit(cx, key, text.len()).is_ok() {
                    Ended::Done(text)
                } else {
                    Ended::Failed { again: false }
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
    pub(super) fn deliver_settled(&mut self, cx: &mut Context<'_>, settled: Vec<(Asker, Language, Outcome)>) {
        let mut concerned = Vec::new();
        for (asker, to, outcome) in settled {
            let (key, id) = match asker {
                Asker::Message(key, id) => (key, id),
                Asker::Preview(conn, number) => {
                    self.preview_ended(cx, conn, number, &outcome);
                    continue;
                }
                Asker::Lobby(number) => {
                    self.settle_for_lobby(cx, number, &outcome);
                    continue;
                }
            };
            self.settle(cx, key, id, to, outcome);
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
        if cx.rooms.room_mut(key).is_some_and(Room::owes_delivered) {
            for index in 0..readers {
                self.advance_reader(cx, key, index, false);
            }
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
            if let Some(news) = room.next_news(index) {
                self.tell_news(cx, key, index, news);
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
            room.readers[index].dues.add(Due::Greeting);
        } else {
            self.tell_standing(cx, key, index, "room_joined");
        }
    }

    pub(super) fn tell_standing(&self, cx: &mut Context<'_>, key: RoomKey, index: usize, kind: &'static str) {
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
        let frame = cx.outbox.frame(&Standing {
            r#type: kind,
            room_id: room.id,
            role: reader.role.word(),
            status: room.status.word(),
            language: reader.language,
            customer_name: name(Role::Customer),
            customer_language: room.member_as(Role::Customer).and_then(|customer| customer.language),
            agent_name: name(Role::Agent),
            agent_language: room.member_as(Role::Agent).and_then(|agent| agent.language),
            first_id: room.log.first_id(),
            closes_in_ms: closes_at.map(|at| (at - cx.now).0),
        });
        cx.outbox.send(reader.conn, frame, cx.effects);
    }
}

/// Makes room for a text, first in its room, then in memory.
fn must_fit(cx: &mut Context<'_>, key: RoomKey, bytes: usize) -> Result<(), Denied> {
    let limit = cx.config.max_room_text_bytes;
    if cx.rooms.edit(key, |room| room.make_room(bytes, limit)) != Some(true) {
        return Err(Denied::new(
            413,
            "room_full",
            "the other side has not read what was written; the room takes no more until they do",
        ));
    }
    if !cx.make_space(bytes) {
        return Err(Denied::new(503, "server_full", "the server has no room for more text at the moment"));
    }
    Ok(())
}

/// What somebody has written by hand for these words, if there is room for it.
fn by_hand(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language) -> Option<Arc<str>> {
    let message = cx.rooms.room(key)?.log.message(id)?;
    let text: Arc<str> = canned::by_hand(cx, message, to)?.into();
    must_fit(cx, key, text.len()).is_ok().then_some(text)
}

/// What the customer is to read instead of what the model would make of it.
fn by_hand_of<'t>(cx: &Context<'_>, seat: Seat, text: &'t str) -> Result<(Language, &'t str), Denied> {
    let to = language_of_customer(cx, seat.room, seat.client)?;
    Ok((to, validate::translated_content(text, cx.config)?))
}
