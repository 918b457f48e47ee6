//! Agents who watch who waits. What the engine tells them is applied to a plain list at the moment it is told; at the
//! end the list is held against who waits, and every word in it against what customers of these rooms have written.

use std::collections::BTreeMap;

use dragoman::vocabulary::Millis;
use serde_json::{Value, json};

use super::invariant::Invariant::{MembersOnly, OwnLanguageOrMarked, ProtocolIsKept};
use super::line::{Asked, Call, Said};
use super::wire::{self, Asking};
use super::words;
use super::world::World;

/// Characters of somebody's last words that a watcher is shown.
const WORDS_CHARS: usize = 200;

/// The longest time until a place that has changed is told.
const PLACES_PAUSE: Millis = Millis::from_secs(2);

/// A lobby as one watcher was told it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lobby {
    /// By the id of the room; `None` until the first list has come.
    rooms: Option<BTreeMap<String, Value>>,
    /// Told, and not held against what was written yet: the model may hear of a room later in the same event.
    unchecked: Vec<Value>,
}

impl World {
    // ---- what agents do ----

    pub(crate) fn agent_watches(&mut self) {
        if let Some(person) = self.somebody(|it| it.is_agent && it.token.is_some()) {
            self.watch(person);
        }
    }

    pub(crate) fn watch(&mut self, person: usize) {
        let token = self.token(person);
        let asking = match self.dice.below(3) {
            0 => wire::upgrade(format!("/ws?token={token}")),
            1 => wire::upgrade("/ws".to_owned()).bearer(&token),
            _ => wire::upgrade("/ws".to_owned()).with("Sec-WebSocket-Protocol", format!("bearer, {token}")),
        };
        self.ask(person, &asking, Asked::Watch);
    }

    /// Nobody listens there.
    pub(crate) fn speaks_in_the_lobby(&mut self) {
        let is_lobby = |line: &super::line::Line| line.is_watched() && !line.has_ended && !line.is_spoilt;
        let Some(slot) = self.some_line(is_lobby) else { return };
        let number = self.a_number();
        let reference = Some(format!("lobby-{number}"));
        let body = json!({"content": format!("Hello {number}?"), "ref": reference});
        let said = Said { reference, text: String::new(), number, is_bad: false };
        self.say_json(slot, body.to_string().as_bytes(), said);
    }

    // ---- what they are told ----

    pub(crate) fn overhear_lobby(&mut self, slot: usize, person: usize, event: &Value) {
        MembersOnly.holds(self.people.all[person].is_agent, || format!("a customer watches: {event}"));
        let forgets = self.disk.is_known_to_fail();
        ProtocolIsKept.holds(!forgets, || format!("this may never have been: {event}"));
        let kind = event["type"].as_str().unwrap_or_default();
        self.coverage.note(format!("lobby {kind}"));
        let Some(line) = self.line(slot) else { return };
        let lobby = &mut line.lobby;
        if kind == "rooms" {
            let rooms = event["rooms"].as_array().cloned().unwrap_or_default();
            let again = lobby.rooms.is_some();
            lobby.unchecked.extend(rooms.iter().cloned());
            lobby.rooms = Some(rooms.into_iter().map(|room| (id_of(&room), room)).collect());
            if again {
                self.coverage.note("lobby rooms again");
            }
            return;
        }
        let Some(rooms) = &mut lobby.rooms else {
            ProtocolIsKept.broken(format!("a change before there was a list: {event}"))
        };
        if kind == "translator" {
            return self.overhear_translator(true, event);
        }
        if kind == "room_removed" {
            let was = rooms.remove(event["room_id"].as_str().unwrap_or_default());
            return ProtocolIsKept.holds(was.is_some(), || format!("was not in the list: {event}"));
        }
        let room = event["room"].clone();
        lobby.unchecked.push(room.clone());
        let before = rooms.insert(id_of(&room), room);
        let fits = match kind {
            "room_added" => before.is_none(),
            "room_changed" => before.is_some_and(|before| before["number"] == event["room"]["number"]),
            _ => false,
        };
        ProtocolIsKept.holds(fits, || format!("does not fit what was told before: {event}"));
    }

    /// The event is over: what was told of waiting rooms is what their customers wrote.
    pub(crate) fn check_lobbies(&mut self) {
        for slot in 0..self.lines.len() {
            let Some(line) = self.line(slot).filter(|line| !line.lobby.unchecked.is_empty()) else {
                continue;
            };
            let unchecked = std::mem::take(&mut line.lobby.unchecked);
            let Some(Call { person, .. }) = line.tap_seat.clone() else { continue };
            for room in unchecked {
                self.check_waiting(slot, person, &room);
            }
        }
    }

    fn check_waiting(&mut self, slot: usize, person: usize, told: &Value) {
        let Some(index) = self.model.rooms.iter().position(|room| room.id == told["room_id"]) else {
            // The answer to its start has not left yet.
            return self.line(slot).into_iter().for_each(|line| line.lobby.unchecked.push(told.clone()));
        };
        let room = &self.model.rooms[index];
        let by_customer = room.log.iter().filter(|message| message.writer == room.customer);
        let last = told["last_words"].as_str().unwrap_or_default();
        let original = by_customer.rev().find(|message| beginning(&message.text) == last);
        MembersOnly.holds(last.is_empty() || original.is_some(), || {
            format!("nobody who waits in room {index} wrote this: {told}")
        });
        if let (Some(translated), Some(original)) = (told["last_words_translated"].as_str(), original) {
            // Who has chosen a language in a chat reads it here, too.
            let own = [self.people.all[person].language];
            let languages = if self.together.has_chosen(person) { &words::LANGUAGES[..] } else { &own[..] };
            let wanted = languages.iter().flat_map(|language| words::all_said(&original.text, language));
            let reads = wanted.into_iter().any(|wanted| translated == beginning(&wanted));
            OwnLanguageOrMarked.holds(reads, || format!("not what {person} reads: {told}"));
            self.coverage.note("lobby words translated");
        }
    }

    // ---- at the end ----

    /// Agents come to look, so that somebody watches at the end.
    pub(crate) fn agents_look_at_the_end(&mut self) {
        for person in 0..self.people.all.len() {
            if self.people.all[person].is_agent
                && self.people.all[person].token.is_some()
                && self.dice.percent(30)
            {
                self.watch(person);
            }
        }
    }

    /// Everything was told and has arrived: every list is that of who waits, word for word.
    pub(crate) fn check_lists(&mut self) {
        let watched: Vec<usize> = (0..self.lines.len())
            .filter(|&slot| self.line(slot).is_some_and(|line| line.is_watched() && !line.is_stalled))
            .collect();
        for slot in watched {
            let Some(person) =
                self.line(slot).and_then(|line| line.tap_seat.as_ref()).map(|call| call.person)
            else {
                continue;
            };
            let Some(listed) = self.who_waits(person) else { continue };
            let Some(rooms) = self.line(slot).and_then(|line| line.lobby.rooms.clone()) else {
                ProtocolIsKept.broken(format!("{person} never was told who waits"))
            };
            self.check_list(&listed, rooms.into_values().collect());
            self.check_places(person, listed);
        }
    }

    /// What an agent is told who asks.
    fn who_waits(&mut self, agent: usize) -> Option<Value> {
        self.model.listed = None;
        let asking = Asking::new("GET", "/rooms").bearer(&self.token(agent));
        self.ask(agent, &asking, Asked::Rooms);
        self.pump();
        self.model.listed.take()
    }

    fn check_list(&mut self, listed: &Value, mut rooms: Vec<Value>) {
        // Who is gone is not served next.
        rooms.sort_by_key(|room| (room["online"] == false, room["number"].as_i64()));
        let told: Vec<Value> = rooms
            .iter()
            .map(|room| json!({"room_id": room["room_id"], "customer_name": room["customer_name"], "language": room["language"]}))
            .collect();
        ProtocolIsKept.holds(&json!(told) == listed, || format!("{listed} wait, and told were {told:?}"));
        for told in &rooms {
            let Some(index) = self.model.rooms.iter().position(|room| room.id == told["room_id"]) else {
                ProtocolIsKept.broken(format!("nobody has started {told}"))
            };
            let room = &self.model.rooms[index];
            let sits = |call: &Call| {
                call.person == room.customer && matches!(call.what, Asked::Open { room, .. } if room == index)
            };
            let lines = self.lines.iter().flatten().filter(|line| line.closing.is_none());
            let online = lines.filter_map(|line| line.tap_seat.as_ref()).any(sits);
            ProtocolIsKept
                .holds(told["online"] == online, || format!("the customer is online: {online}; {told}"));
            let last = room.log.iter().rev().find(|message| message.writer == room.customer);
            let is_last = last.is_some_and(|last| told["last_words"] == beginning(&last.text));
            let is_gone =
                told["last_words"] == "" && room.log.last().is_some_and(|last| last.writer != room.customer);
            ProtocolIsKept.holds(is_last || is_gone, || format!("{last:?} was said last, not {told}"));
            let waited = Millis(told["waiting_ms"].as_u64().unwrap_or(u64::MAX));
            ProtocolIsKept.holds(waited <= self.now, || format!("longer than there is a server: {told}"));
        }
        self.coverage.note(if rooms.is_empty() { "lobby empty" } else { "lobby complete" });
    }

    // ---- places ----

    pub(crate) fn overhear_place(&mut self, slot: usize, person: usize, index: usize, event: &Value) {
        let place = usize::try_from(event["place"].as_u64().unwrap_or(0)).unwrap_or(0);
        let fits = self.model.rooms[index].customer == person && place >= 1;
        ProtocolIsKept.holds(fits, || format!("no place of {person} in the queue: {event}"));
        let Some(line) = self.line(slot) else { return };
        let before = std::mem::replace(&mut line.place, place);
        self.coverage.note(if before == 0 { "queue place" } else { "queue place changed" });
    }

    /// Whoever waits knows where, or is told it in a moment: a room may have ended just now.
    fn check_places(&mut self, agent: usize, mut listed: Value) {
        while let Some(wrong) = self.wrong_place(&listed) {
            self.pass(PLACES_PAUSE);
            let Some(now) = self.who_waits(agent) else { return };
            let is_told = now != listed || self.wrong_place(&now).is_none();
            ProtocolIsKept.holds(is_told, || wrong);
            listed = now;
        }
    }

    /// Who was told another place than they have.
    fn wrong_place(&self, listed: &Value) -> Option<String> {
        let waiting = listed.as_array().into_iter().flatten();
        for (room, place) in waiting.zip(1..) {
            for line in self.lines.iter().flatten().filter(|line| line.closing.is_none() && !line.is_stalled)
            {
                let Some(Call { person, what: Asked::Open { room: index, .. } }) = line.tap_seat else {
                    continue;
                };
                let here = &self.model.rooms[index];
                if here.id == room["room_id"] && here.customer == person && line.place != place {
                    return Some(format!("{person} waits at {place} and was told {}", line.place));
                }
            }
        }
        None
    }
}

fn id_of(room: &Value) -> String {
    room["room_id"].as_str().unwrap_or_default().to_owned()
}

fn beginning(text: &str) -> String {
    text.chars().take(WORDS_CHARS).collect()
}
