//! The lobby: agents see who waits, as it changes.
//!
//! A watcher is a WebSocket of an agent without a room. It is sent the waiting rooms once (`rooms`, with how many an
//! agent may have), then what changes: `room_added`, `room_changed`, `room_removed`. After each drain the door looks
//! around ([`Chat::look_around`]): rooms that were touched are compared with what was told of them, and a
//! difference is encoded once for each language that watchers read, and shared. So a change costs the same however many
//! rooms wait, and a watcher holds no memory but its place in the list.
//!
//! That place is how a long list stays in bounds: rooms are told in the order of the queue, half a high-water mark at a
//! time, and of rooms a watcher has not come to it is told nothing. One that is above its mark when something changes
//! has lost track: when it has drained, it begins again with a new `rooms`.
//!
//! What is not stored yet is told to nobody: while the store is down, changes are noted and wait. `words` has what the
//! customers wrote last in the languages of the watchers. This module must not know messages other than the last, nor
//! anything of rooms that do not wait.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::Chat;
use super::protocol::{RoomEvent, RoomGone, WaitingRoomEvent};
use crate::conversation::{ClientKey, Role, RoomId, RoomKey, Rooms};
use crate::doors::{Context, json};
use crate::vocabulary::{ConnId, Language, Millis};
use crate::wire::date;
use crate::wire::websocket::text_frame;

mod words;
use words::Words;

/// Characters of the last words that are told.
const WORDS_CHARS: usize = 200;

/// See the module.
#[derive(Default)]
pub(super) struct Lobby {
    /// Every waiting room.
    rooms: BTreeMap<RoomKey, Listed>,
    /// Rooms of which there is something to tell.
    changed: BTreeSet<RoomKey>,
    /// Rooms that were told and wait no more, with their numbers.
    gone: Vec<(RoomId, i64)>,
    watchers: Vec<Watcher>,
    /// Watchers who have come, or have drained.
    ready: Vec<ConnId>,
    words: Words,
}

/// A waiting room.
struct Listed {
    id: RoomId,
    number: i64,
    wait: Wait,
    look: Look,
    /// Whether it was told that it waits.
    is_told: bool,
    news: News,
}

/// How long a room has waited. The wall clock may be set meanwhile, and a restart does not end it.
struct Wait {
    since_unix_ms: u64,
    /// Of this process.
    noted_at: Millis,
    /// Before that.
    before: Millis,
}

/// What may change about a room while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    language: Option<Language>,
    /// Which message is the customer's last; 0 if it is no longer in memory.
    words: u64,
    /// The language of those words, if it is more than a guess.
    words_in: Option<Language>,
    online: bool,
}

/// What is to be told of a room.
#[derive(Default)]
struct News {
    to_all: bool,
    /// Its last words have come in these languages.
    in_languages: Vec<Language>,
}

/// A WebSocket in the lobby.
struct Watcher {
    conn: ConnId,
    agent: ClientKey,
    language: Option<Language>,
    /// Rooms up to this number were told; all rooms, if it is the greatest there is. `None`: begin again.
    told_to: Option<i64>,
}

/// One event in the languages it was needed in so far.
#[derive(Default)]
struct Frames(Vec<(Option<Language>, Bytes)>);

impl Frames {
    fn get(&mut self, language: Option<Language>, encode: impl FnOnce() -> Vec<u8>) -> Bytes {
        if let Some((_, frame)) = self.0.iter().find(|(other, _)| *other == language) {
            return frame.clone();
        }
        let frame = text_frame(&encode());
        self.0.push((language, frame.clone()));
        frame
    }
}

impl Wait {
    fn since(cx: &Context<'_>, unix_ms: u64) -> Self {
        let before = Millis(cx.unix_ms.saturating_sub(unix_ms));
        Self { since_unix_ms: unix_ms, noted_at: cx.now, before }
    }

    fn span(&self, now: Millis) -> Millis {
        self.before + (now - self.noted_at)
    }
}

impl Chat {
    // ---- coming and going ----

    pub(super) fn enter_lobby(&mut self, cx: &mut Context<'_>, conn: ConnId, agent: ClientKey) {
        cx.rooms.connect(agent, conn);
        let language = cx.rooms.client(agent).and_then(|client| client.speech.language());
        self.lobby.watchers.push(Watcher { conn, agent, language, told_to: None });
        self.lobby.words.is_wanted_in(language);
        self.lobby.ready.push(conn);
    }

    pub(super) fn leave_lobby(&mut self, cx: &mut Context<'_>, conn: ConnId, agent: ClientKey) {
        cx.rooms.disconnect(agent, conn);
        let now = cx.now;
        if let Some(client) = cx.rooms.client_mut(agent) {
            client.last_used = now;
        }
        let mut gone = self.lobby.watchers.extract_if(.., |watcher| watcher.conn == conn);
        let language = gone.next().and_then(|watcher| watcher.language);
        drop(gone);
        self.lobby.words.is_wanted_no_more_in(cx, language);
    }

    /// Somebody reads another language from now on; who watches begins again in it.
    pub(super) fn watcher_reads(&mut self, cx: &mut Context<'_>, agent: ClientKey, language: Language) {
        for index in 0..self.lobby.watchers.len() {
            let watcher = &mut self.lobby.watchers[index];
            if watcher.agent != agent || watcher.language == Some(language) {
                continue;
            }
            let (conn, before) = (watcher.conn, watcher.language.replace(language));
            watcher.told_to = None;
            self.lobby.words.is_wanted_in(Some(language));
            self.lobby.words.is_wanted_no_more_in(cx, before);
            self.lobby.ready.push(conn);
        }
    }

    // ---- looking around ----

    /// Tells who watches and who waits what has changed.
    pub(super) fn look_around(&mut self, cx: &mut Context<'_>) {
        self.notice(cx, cx.unix_ms);
        self.translate_for_lobby(cx);
        if !cx.store_is_down {
            self.lobby.tell(cx);
        }
    }

    /// Takes note of what has changed. Rooms that wait for the first time do so since `unix_ms`.
    pub(super) fn notice(&mut self, cx: &mut Context<'_>, unix_ms: u64) {
        for key in cx.rooms.take_touched() {
            let number = cx.rooms.queue_number(key);
            let before = self.lobby.rooms.get(&key).map(|listed| listed.number);
            if before == number {
                self.lobby.look_again(cx, key);
                continue;
            }
            if let Some(before) = before {
                self.lobby.remove(cx, key);
                self.leave_queue(cx, key, before);
            }
            if let Some(number) = number {
                self.lobby.add(cx, key, number, Wait::since(cx, unix_ms));
                self.enter_queue(cx, key, number);
            }
        }
    }
}

impl Lobby {
    // ---- noting ----

    fn add(&mut self, cx: &Context<'_>, key: RoomKey, number: i64, wait: Wait) {
        let (Some(room), Some(look)) = (cx.rooms.room(key), look(cx, key)) else { return };
        let listed = Listed { id: room.id, number, wait, look, is_told: false, news: News::default() };
        self.rooms.insert(key, listed);
        self.changed.insert(key);
        self.words.want(number, key);
    }

    fn remove(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(listed) = self.rooms.remove(&key) else { return };
        self.changed.remove(&key);
        self.words.forget(cx, key);
        // Without anybody there is nobody who was told, and at most every room was told once.
        if listed.is_told && !self.watchers.is_empty() {
            self.gone.push((listed.id, listed.number));
        }
    }

    fn look_again(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let (Some(listed), Some(look)) = (self.rooms.get_mut(&key), look(cx, key)) else { return };
        if listed.look == look {
            return;
        }
        let before = std::mem::replace(&mut listed.look, look);
        listed.news.to_all = true;
        self.changed.insert(key);
        if (before.words, before.words_in) != (look.words, look.words_in) {
            self.words.forget(cx, key);
            self.words.want(listed.number, key);
        }
    }

    // ---- telling ----

    /// Tells what has been noted to everybody who can take it.
    fn tell(&mut self, cx: &mut Context<'_>) {
        for (room_id, number) in std::mem::take(&mut self.gone) {
            let gone = RoomGone { r#type: "room_removed", room_id };
            let frame = text_frame(&json(&gone));
            for watcher in &mut self.watchers {
                if watcher.may_hear(cx, number) {
                    watcher.send(cx, frame.clone());
                }
            }
        }
        for key in std::mem::take(&mut self.changed) {
            let Some(listed) = self.rooms.get_mut(&key) else { continue };
            let was_told = std::mem::replace(&mut listed.is_told, true);
            let news = std::mem::take(&mut listed.news);
            if !was_told || news.to_all {
                let kind = if was_told { "room_changed" } else { "room_added" };
                self.tell_room(cx, key, kind, |_| true);
            } else {
                let concerns =
                    |watcher: &Watcher| watcher.language.is_some_and(|it| news.in_languages.contains(&it));
                self.tell_room(cx, key, "room_changed", concerns);
            }
        }
    }

    fn tell_room(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        kind: &'static str,
        concerns: impl Fn(&Watcher) -> bool,
    ) {
        let Some(listed) = self.rooms.get(&key) else { return };
        let (mut frames, words) = (Frames::default(), &self.words);
        for watcher in self.watchers.iter_mut().filter(|watcher| concerns(watcher)) {
            let language = watcher.language;
            if watcher.may_hear(cx, listed.number) {
                let write = |room: WaitingRoomEvent<'_>| json(&RoomEvent { r#type: kind, room });
                let event = frames.get(language, || listed.show(cx, key, words.of(key, language), write));
                watcher.send(cx, event);
            }
        }
    }

    // ---- the list ----

    /// A watcher has drained.
    pub(super) fn is_ready(&mut self, conn: ConnId) {
        self.ready.push(conn);
    }

    /// What had to wait for the store has waited.
    pub(super) fn all_are_ready(&mut self) {
        self.ready = self.watchers.iter().map(|watcher| watcher.conn).collect();
    }

    /// Tells watchers who have come or have drained more of the list, or the list anew if they have lost track.
    pub(super) fn go_on_with_ready(&mut self, cx: &mut Context<'_>) {
        for conn in std::mem::take(&mut self.ready) {
            if let Some(index) = self.watchers.iter().position(|watcher| watcher.conn == conn) {
                self.go_on_with(cx, index);
            }
        }
    }

    fn go_on_with(&mut self, cx: &mut Context<'_>, index: usize) {
        let watcher = &mut self.watchers[index];
        if cx.store_is_down || cx.outbox.is_full(watcher.conn) || watcher.told_to == Some(i64::MAX) {
            return;
        }
        // Of so much it is told when it has left; the other half is for what changes meanwhile.
        let budget = cx.config.high_water_bytes.div_ceil(2);
        let from = watcher.told_to.map_or(i64::MIN, |number| number.saturating_add(1));
        let (mut rooms, mut bytes, mut told_to) = (Vec::new(), 0, i64::MAX);
        for (number, key) in cx.rooms.waiting_from(from) {
            let Some(listed) = self.rooms.get(&key) else { continue };
            let words = self.words.of(key, watcher.language);
            rooms.push(listed.show(cx, key, words, |room| json(&room)));
            bytes += rooms.last().map_or(0, Vec::len);
            if bytes >= budget {
                told_to = number;
                break;
            }
        }
        if watcher.told_to.replace(told_to).is_none() {
            let places = format!("],\"rooms_per_agent\":{}}}", cx.config.rooms_per_agent);
            let list = [b"{\"type\":\"rooms\",\"rooms\":[", &*rooms.join(&b','), places.as_bytes()].concat();
            watcher.send(cx, text_frame(&list));
        } else {
            for room in rooms {
                let event = [b"{\"type\":\"room_added\",\"room\":", &*room, b"}"].concat();
                watcher.send(cx, text_frame(&event));
            }
        }
    }

    /// WebSockets in it.
    pub(super) fn watchers(&self) -> usize {
        self.watchers.len()
    }

    /// Asks once more for all the words that could not be translated.
    pub(super) fn want_failed_again(&mut self) {
        self.words.want_all();
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    pub(super) fn check_invariants(&self, rooms: &Rooms) {
        let waiting: Vec<_> = rooms.waiting_from(i64::MIN).collect();
        assert_eq!(self.rooms.len(), waiting.len(), "every waiting room is listed, and no other");
        for (number, key) in waiting {
            let listed = self.rooms.get(&key);
            assert!(
                listed.is_some_and(|listed| listed.number == number),
                "rooms are listed by their numbers"
            );
        }
        assert!(
            self.changed.iter().all(|key| self.rooms.contains_key(key)),
            "there is news of waiting rooms only"
        );
        let untold = self.rooms.iter().filter(|(_, listed)| !listed.is_told);
        assert!(untold.into_iter().all(|(key, _)| self.changed.contains(key)), "no room stays untold");
        self.words.check_invariants(rooms);
    }
}

impl Watcher {
    /// Whether it is to be told of a change to the room of this number. Above its mark it loses track.
    fn may_hear(&mut self, cx: &Context<'_>, number: i64) -> bool {
        let has_come_to_it = self.told_to.is_some_and(|told_to| number <= told_to);
        if has_come_to_it && cx.outbox.is_full(self.conn) {
            self.told_to = None;
            return false;
        }
        has_come_to_it
    }

    fn send(&self, cx: &mut Context<'_>, frame: Bytes) {
        cx.counters.lobby_events += 1;
        cx.outbox.send(self.conn, frame, cx.effects);
    }
}

impl Listed {
    /// Lends what is told of it, with its last words in the language of who listens.
    fn show(
        &self,
        cx: &Context<'_>,
        key: RoomKey,
        translated: Option<&str>,
        write: impl FnOnce(WaitingRoomEvent<'_>) -> Vec<u8>,
    ) -> Vec<u8> {
        let room = cx.rooms.room(key);
        let customer = room.and_then(|room| cx.rooms.client(room.member_as(Role::Customer)?.client));
        let words = room.and_then(|room| room.log.message(self.look.words));
        write(WaitingRoomEvent {
            room_id: self.id,
            customer_name: customer.map_or("", |customer| &customer.name),
            language: self.look.language,
            number: self.number,
            waiting_since: &date::rfc3339(self.wait.since_unix_ms),
            waiting_ms: self.wait.span(cx.now).0,
            last_words: words.map_or("", |message| beginning(&message.text)),
            last_words_translated: translated,
            online: self.look.online,
        })
    }
}

fn look(cx: &Context<'_>, key: RoomKey) -> Option<Look> {
    let room = cx.rooms.room(key)?;
    let customer = room.member_as(Role::Customer)?.client;
    let words = room.log.messages().rev().find(|message| message.role == Role::Customer);
    Some(Look {
        language: cx.rooms.client(customer)?.speech.language(),
        words: words.map_or(0, |message| message.id),
        words_in: words.and_then(|message| message.language.filter(|_| message.language_is_sure)),
        online: room.is_present(customer),
    })
}

/// As much of the words as is told.
fn beginning(text: &str) -> &str {
    text.char_indices().nth(WORDS_CHARS).map_or(text, |(end, _)| &text[..end])
}
