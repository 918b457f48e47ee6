//! The lobby: agents see who waits, as it changes.
//!
//! A watcher is a WebSocket of an agent without a room. It is sent the waiting rooms of its tenant once (a list, with how
//! many an agent may have), then what changes: a room added, changed, removed. After each drain
//! ([`super::Desk::after_drain`]) dirty rooms are compared with what was sent of them, and a difference is put into words
//! once for each language that watchers read, and shared. So a change costs the same however many rooms wait, and a
//! watcher holds no memory but its place in the list.
//!
//! That place is how a long list stays in bounds: rooms are sent in the order of the queue, half a high-water mark at a
//! time, and of rooms a watcher has not come to it is sent nothing. One that is above its mark when something changes
//! has lost track: when it has drained, it begins again with a new list.
//!
//! What is not stored yet is sent to nobody: while the store is down, changes are noted and wait. `last_words` has what
//! the customers wrote last in the languages of the watchers. This module must not know messages other than the last, nor
//! anything of rooms that do not wait.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::words::{LobbyEvent, WaitingRoom, Words};
use crate::conversation::{ClientKey, Context, Role, RoomId, RoomKey, Rooms};
use crate::vocabulary::{ConnId, Language, Millis, Tenant};

mod last_words;
use last_words::LastWords;

/// Characters of the last words that are sent.
const WORDS_CHARS: usize = 200;

pub(super) struct Lobby {
    tenant: Tenant,
    rooms: BTreeMap<RoomKey, Listed>,
    /// Rooms of which there is something to tell.
    changed: BTreeSet<RoomKey>,
    /// Rooms that were sent and wait no more, with their numbers.
    gone: Vec<(RoomId, i64)>,
    watchers: Vec<Watcher>,
    /// Watchers who have come, or have drained.
    ready: Vec<ConnId>,
    /// Whether it is to be told that something or nothing is translated from now on.
    has_outage_changed: bool,
    last_words: LastWords,
}

struct Listed {
    id: RoomId,
    number: i64,
    wait: Wait,
    summary: Summary,
    /// Whether it was sent that it waits.
    is_sent: bool,
    unsent: Unsent,
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
struct Summary {
    language: Option<Language>,
    /// Which message is the customer's last; 0 if it is no longer in memory.
    words: u64,
    /// The language of those words, if it is more than a guess.
    words_in: Option<Language>,
    online: bool,
}

/// What is different about a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Its last words, or what they are in: what they read like in other languages is not known any more.
    Words,
    Other,
}

/// What is to be sent of a room.
#[derive(Default)]
struct Unsent {
    to_all: bool,
    /// Its last words have come in these languages.
    in_languages: Vec<Language>,
}

/// A WebSocket in the lobby.
struct Watcher {
    conn: ConnId,
    agent: ClientKey,
    language: Option<Language>,
    /// Rooms up to this number were sent; all rooms, if it is the greatest there is. `None`: begin again.
    sent_to: Option<i64>,
    /// Whether it was sent that nothing is translated.
    knows_outage: bool,
}

/// One event in the languages it was needed in so far.
#[derive(Default)]
struct Events(Vec<(Option<Language>, Bytes)>);

impl Events {
    fn get(&mut self, language: Option<Language>, make: impl FnOnce() -> Bytes) -> Bytes {
        if let Some((_, event)) = self.0.iter().find(|(other, _)| *other == language) {
            return event.clone();
        }
        let event = make();
        self.0.push((language, event.clone()));
        event
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

impl Lobby {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            rooms: BTreeMap::new(),
            changed: BTreeSet::new(),
            gone: Vec::new(),
            watchers: Vec::new(),
            ready: Vec::new(),
            has_outage_changed: false,
            last_words: LastWords::new(tenant),
        }
    }

    // ---- coming and going ----

    pub(super) fn enter(&mut self, cx: &mut Context<'_>, conn: ConnId, agent: ClientKey) {
        cx.rooms.connect(agent, conn);
        let language = cx.rooms.client(agent).and_then(|client| client.speech.language());
        self.watchers.push(Watcher { conn, agent, language, sent_to: None, knows_outage: false });
        self.last_words.is_wanted_in(language);
        self.ready.push(conn);
    }

    pub(super) fn leave(&mut self, cx: &mut Context<'_>, conn: ConnId, agent: ClientKey) {
        cx.rooms.disconnect(agent, conn, cx.now);
        let mut gone = self.watchers.extract_if(.., |watcher| watcher.conn == conn);
        let language = gone.next().and_then(|watcher| watcher.language);
        drop(gone);
        self.last_words.is_wanted_no_more_in(cx, language);
    }

    /// Somebody reads another language from now on; who watches begins again in it.
    pub(super) fn reads(&mut self, cx: &mut Context<'_>, agent: ClientKey, language: Language) {
        for index in 0..self.watchers.len() {
            let watcher = &mut self.watchers[index];
            if watcher.agent != agent || watcher.language == Some(language) {
                continue;
            }
            let (conn, before) = (watcher.conn, watcher.language.replace(language));
            watcher.sent_to = None;
            self.last_words.is_wanted_in(Some(language));
            self.last_words.is_wanted_no_more_in(cx, before);
            self.ready.push(conn);
        }
    }

    // ---- noting ----

    /// The number of a room that is listed.
    pub(super) fn number_of(&self, key: RoomKey) -> Option<i64> {
        self.rooms.get(&key).map(|listed| listed.number)
    }

    /// A room waits, and has done so since `unix_ms`.
    pub(super) fn add(&mut self, cx: &Context<'_>, key: RoomKey, number: i64, unix_ms: u64) {
        let wait = Wait::since(cx, unix_ms);
        let (Some(room), Some(summary)) = (cx.rooms.room(key), summary_of(cx, key)) else { return };
        let listed = Listed { id: room.id, number, wait, summary, is_sent: false, unsent: Unsent::default() };
        self.rooms.insert(key, listed);
        self.changed.insert(key);
        self.last_words.want(number, key);
    }

    /// A room waits no more.
    pub(super) fn remove(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(listed) = self.rooms.remove(&key) else { return };
        self.changed.remove(&key);
        self.last_words.forget(cx, key);
        // Without anybody there is nobody who knows of it, and at most every room was sent once.
        if listed.is_sent && !self.watchers.is_empty() {
            self.gone.push((listed.id, listed.number));
        }
    }

    /// A room may have another summary. Whether its customer has come or gone.
    pub(super) fn update(&mut self, cx: &mut Context<'_>, key: RoomKey) -> bool {
        let (Some(listed), Some(summary)) = (self.rooms.get_mut(&key), summary_of(cx, key)) else {
            return false;
        };
        let was_online = listed.summary.online;
        let Some(change) = listed.update(summary) else { return false };
        self.changed.insert(key);
        if change == Change::Words {
            self.last_words.forget(cx, key);
            self.last_words.want(listed.number, key);
        }
        was_online != summary.online
    }

    // ---- sending ----

    /// Something or nothing is translated from now on.
    pub(super) fn outage_has_changed(&mut self) {
        self.has_outage_changed = true;
    }

    /// Tells what has been noted to everybody who can take it.
    pub(super) fn send_changes(&mut self, cx: &mut Context<'_>, words: &dyn Words) {
        if std::mem::take(&mut self.has_outage_changed) {
            for watcher in self.watchers.iter_mut().filter(|watcher| watcher.sent_to.is_some()) {
                if watcher.may_hear(cx, i64::MIN) {
                    watcher.send_outage(cx, words);
                }
            }
        }
        for (room, number) in std::mem::take(&mut self.gone) {
            let event = words.lobby(&LobbyEvent::Removed(room));
            for watcher in &mut self.watchers {
                if watcher.may_hear(cx, number) {
                    watcher.send(cx, event.clone());
                }
            }
        }
        for key in std::mem::take(&mut self.changed) {
            let Some(listed) = self.rooms.get_mut(&key) else { continue };
            let was_sent = std::mem::replace(&mut listed.is_sent, true);
            let unsent = std::mem::take(&mut listed.unsent);
            let is_for_all = !was_sent || unsent.to_all;
            let concerns = |watcher: &Watcher| {
                is_for_all || watcher.language.is_some_and(|it| unsent.in_languages.contains(&it))
            };
            self.send_room(cx, words, key, was_sent, concerns);
        }
    }

    fn send_room(
        &mut self,
        cx: &mut Context<'_>,
        words: &dyn Words,
        key: RoomKey,
        was_sent: bool,
        concerns: impl Fn(&Watcher) -> bool,
    ) {
        let Some(listed) = self.rooms.get(&key) else { return };
        let (mut events, last_words) = (Events::default(), &self.last_words);
        for watcher in self.watchers.iter_mut().filter(|watcher| concerns(watcher)) {
            let language = watcher.language;
            if watcher.may_hear(cx, listed.number) {
                let event = events.get(language, || {
                    let row = words.row(&listed.show(cx, key, last_words.of(key, language)));
                    words.lobby(&if was_sent { LobbyEvent::Changed(&row) } else { LobbyEvent::Added(&row) })
                });
                watcher.send(cx, event);
            }
        }
    }

    // ---- the list ----

    /// A watcher has drained. One that was sent the whole list is sent changes alone.
    pub(super) fn is_ready(&mut self, conn: ConnId) {
        let watcher = self.watchers.iter().find(|watcher| watcher.conn == conn);
        if watcher.is_some_and(|watcher| watcher.sent_to != Some(i64::MAX)) {
            self.ready.push(conn);
        }
    }

    /// Whether there is nothing to send, and nothing to ask for.
    pub(super) fn is_idle(&self) -> bool {
        let is_told = self.changed.is_empty() && self.gone.is_empty() && !self.has_outage_changed;
        is_told && self.ready.is_empty() && self.last_words.is_idle()
    }

    /// What had to wait for the store has waited.
    pub(super) fn all_are_ready(&mut self) {
        self.ready = self.watchers.iter().map(|watcher| watcher.conn).collect();
    }

    /// Tells watchers who have come or have drained more of the list, or the list anew if they have lost track.
    pub(super) fn send_list_to_ready(&mut self, cx: &mut Context<'_>, words: &dyn Words) {
        // Its memory is used again: somebody drains all the time.
        let mut ready = std::mem::take(&mut self.ready);
        for conn in ready.drain(..) {
            if let Some(index) = self.watchers.iter().position(|watcher| watcher.conn == conn) {
                self.send_list(cx, words, index);
            }
        }
        self.ready = ready;
    }

    fn send_list(&mut self, cx: &mut Context<'_>, words: &dyn Words, index: usize) {
        let watcher = &mut self.watchers[index];
        if cx.store_is_down || cx.outbox.is_full(watcher.conn) || watcher.sent_to == Some(i64::MAX) {
            return;
        }
        // So much is sent when it has left; the other half is for what changes meanwhile.
        let budget = cx.config.high_water_bytes.div_ceil(2);
        let from = watcher.sent_to.map_or(i64::MIN, |number| number.saturating_add(1));
        let (mut rows, mut bytes, mut sent_to) = (Vec::new(), 0, i64::MAX);
        for (number, key) in cx.rooms.waiting_from(self.tenant, from) {
            let Some(listed) = self.rooms.get(&key) else { continue };
            let row = words.row(&listed.show(cx, key, self.last_words.of(key, watcher.language)));
            bytes += row.len();
            rows.push(row);
            if bytes >= budget {
                sent_to = number;
                break;
            }
        }
        if watcher.sent_to.replace(sent_to).is_none() {
            let rooms_per_agent = cx.config.rooms_per_agent;
            watcher.send(cx, words.lobby(&LobbyEvent::List { rows: &rows, rooms_per_agent }));
            if watcher.knows_outage || cx.translator.is_notable() {
                watcher.send_outage(cx, words);
            }
        } else {
            for row in rows {
                watcher.send(cx, words.lobby(&LobbyEvent::Added(&row)));
            }
        }
    }

    /// WebSockets in it.
    pub(super) fn watchers(&self) -> usize {
        self.watchers.len()
    }

    /// Asks once more for all the words that could not be translated.
    pub(super) fn want_failed_again(&mut self) {
        self.last_words.want_all();
    }

    /// Bytes of text it keeps about rooms.
    pub(super) fn aside_bytes(&self) -> usize {
        self.last_words.bytes()
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    pub(super) fn check_invariants(&self, rooms: &Rooms) {
        let waiting: Vec<_> = rooms.waiting_from(self.tenant, i64::MIN).collect();
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
            "only waiting rooms have changed"
        );
        let unsent = self.rooms.iter().filter(|(_, listed)| !listed.is_sent);
        assert!(unsent.into_iter().all(|(key, _)| self.changed.contains(key)), "no room stays unsent");
        self.last_words.check_invariants(rooms);
    }
}

impl Watcher {
    /// Whether it is to be sent a change to the room of this number. Above its mark it loses track.
    fn may_hear(&mut self, cx: &Context<'_>, number: i64) -> bool {
        let has_come_to_it = self.sent_to.is_some_and(|sent_to| number <= sent_to);
        if has_come_to_it && cx.outbox.is_full(self.conn) {
            self.sent_to = None;
            return false;
        }
        has_come_to_it
    }

    fn send_outage(&mut self, cx: &mut Context<'_>, words: &dyn Words) {
        self.knows_outage = cx.translator.is_notable();
        let frame = words.lobby(&LobbyEvent::Translator(&cx.translator.speaker(cx.now, cx.config)));
        self.send(cx, frame);
    }

    fn send(&self, cx: &mut Context<'_>, frame: Bytes) {
        cx.counters.lobby_events += 1;
        cx.outbox.send(self.conn, frame, cx.effects);
    }
}

impl Listed {
    /// Takes its summary of now. What has changed, if anything; everybody is to hear of it.
    fn update(&mut self, summary: Summary) -> Option<Change> {
        if self.summary == summary {
            return None;
        }
        let before = std::mem::replace(&mut self.summary, summary);
        self.unsent.to_all = true;
        let are_same_words = (before.words, before.words_in) == (summary.words, summary.words_in);
        Some(if are_same_words { Change::Other } else { Change::Words })
    }

    /// What is sent of it, with its last words in the language of who listens.
    fn show<'a>(&'a self, cx: &'a Context<'_>, key: RoomKey, translated: Option<&'a str>) -> WaitingRoom<'a> {
        let room = cx.rooms.room(key);
        let customer = room.and_then(|room| cx.rooms.client(room.member_as(Role::Customer)?.client));
        let words = room.and_then(|room| room.log.message(self.summary.words));
        WaitingRoom {
            room: self.id,
            customer_name: customer.map_or("", |customer| &customer.name),
            language: self.summary.language,
            number: self.number,
            since_unix_ms: self.wait.since_unix_ms,
            waited: self.wait.span(cx.now),
            last_words: words.map_or("", |message| beginning(&message.text)),
            last_words_translated: translated,
            is_online: self.summary.online,
        }
    }
}

fn summary_of(cx: &Context<'_>, key: RoomKey) -> Option<Summary> {
    let room = cx.rooms.room(key)?;
    let customer = room.member_as(Role::Customer)?.client;
    let words = room.log.messages().rev().find(|message| message.role == Role::Customer);
    Some(Summary {
        language: cx.rooms.client(customer)?.speech.language(),
        words: words.map_or(0, |message| message.id),
        words_in: words.and_then(|message| message.language.filter(|_| message.language_is_sure)),
        online: room.is_customer_here(),
    })
}

/// As much of the words as is sent.
fn beginning(text: &str) -> &str {
    text.char_indices().nth(WORDS_CHARS).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: Summary = Summary { language: None, words: 1, words_in: None, online: false };

    fn listed() -> Listed {
        let wait = Wait { since_unix_ms: 5_000, noted_at: Millis(100), before: Millis(30) };
        let (id, unsent) = (RoomId::from_number(1), Unsent::default());
        Listed { id, number: 3, wait, summary: SUMMARY, is_sent: true, unsent }
    }

    #[test]
    fn the_same_summary_is_no_change() {
        let mut listed = listed();
        assert_eq!(listed.update(SUMMARY), None);
        assert!(!listed.unsent.to_all);
    }

    #[test]
    fn words_are_translated_anew_when_they_or_their_language_are_others() {
        let portuguese = Language::parse("pt");
        for (summary, change) in [
            (Summary { online: true, ..SUMMARY }, Change::Other),
            (Summary { language: portuguese, ..SUMMARY }, Change::Other),
            (Summary { words_in: portuguese, ..SUMMARY }, Change::Words),
            (Summary { words: 2, ..SUMMARY }, Change::Words),
            (Summary { words: 0, online: true, ..SUMMARY }, Change::Words),
        ] {
            let mut listed = listed();
            assert_eq!(listed.update(summary), Some(change), "{summary:?}");
            assert!(listed.unsent.to_all && listed.summary == summary);
        }
    }

    #[test]
    fn what_was_waited_before_counts_and_the_clock_on_the_wall_does_not() {
        assert_eq!(listed().wait.span(Millis(150)), Millis(80));
    }

    #[test]
    fn words_are_cut_between_characters() {
        let long = "é".repeat(WORDS_CHARS + 1);
        assert_eq!(beginning(&long).chars().count(), WORDS_CHARS);
        assert_eq!(beginning("short"), "short");
    }
}
