//! The shadow model: plain lists of what was said where, and who may know it. It overhears what the engine says at the
//! moment it says it, and holds every word of it against the lists.

use std::collections::{BTreeMap, BTreeSet};

use dragoman::vocabulary::{ConnId, Millis, RoomId};
use serde_json::Value;

use super::invariant::Invariant::{MembersOnly, NothingAcknowledgedIsLost, ProtocolIsKept};
use super::line::{Asked, Call, Said};
use super::together::room_id;
use super::wire::{Heard, field};
use super::words;
use super::world::World;

/// So many of the last messages of a room are known by their names whatever happens.
pub(crate) const NAMES: u64 = 64;

/// A message, as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) writer: usize,
    pub(crate) text: String,
    pub(crate) at: Millis,
    /// The connection it came on.
    pub(crate) on: Option<ConnId>,
}

/// A room, as far as its members can know.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub(crate) id: String,
    pub(crate) customer: usize,
    pub(crate) agent: Option<usize>,
    pub(crate) log: Vec<Told>,
    pub(crate) is_closed: bool,
    /// Who gave which message which name.
    references: BTreeMap<(usize, String), u64>,
    /// The last message that was sent (or acknowledged) to whom.
    pub(crate) sent: BTreeMap<usize, u64>,
    /// The last message any agent was sent.
    pub(crate) sent_to_agents: u64,
    status: &'static str,
    /// Which agent was told to leave, and by which event.
    left: Option<(usize, u64)>,
}

/// Everything that was said.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) rooms: Vec<Room>,
    /// In which room a number was said; in several by who started twice.
    numbers: BTreeSet<(u32, usize)>,
    /// The last answer to who waits.
    pub(crate) listed: Option<Value>,
    /// The first answers to starts with a key, and when they were given.
    keys: BTreeMap<String, (String, String, Millis)>,
}

impl Room {
    /// Whether somebody is in it now.
    pub(crate) fn has(&self, person: usize) -> bool {
        self.customer == person || self.agent == Some(person)
    }

    /// How records name it.
    pub(crate) fn named(&self) -> RoomId {
        room_id(&self.id)
    }

    /// The names somebody gave to messages, and which.
    pub(crate) fn names_of(&self, person: usize) -> Vec<(String, u64)> {
        let named = self.references.iter().filter(|((it, _), _)| *it == person);
        named.map(|((_, name), id)| (name.clone(), *id)).collect()
    }
}

impl Model {
    /// Every text shown holds words of this room only.
    pub(crate) fn check_words(&self, room: usize, text: &str) {
        for number in words::numbers(text) {
            MembersOnly.holds(self.numbers.contains(&(number, room)), || {
                format!("{number} was never said in room {room} and is shown there: {text:?}")
            });
        }
    }
}

impl World {
    /// The engine has said something; the peer will hear it later, or never.
    pub(crate) fn overhear(&mut self, slot: usize, bytes: &[u8]) {
        let Some(line) = self.line(slot) else { return };
        let heard = line.tap.hear(bytes);
        let is_whole = line.tap.is_at_rest();
        let heard = heard.unwrap_or_else(|what| ProtocolIsKept.broken(what));
        ProtocolIsKept.holds(is_whole, || "half a frame or response was sent".to_owned());
        for one in heard {
            match one {
                Heard::Response { status, body, head } => self.overhear_response(slot, status, &head, &body),
                Heard::Event(event) => self.overhear_event(slot, &event),
                Heard::Close(code) => self.coverage.note(format!("close {code}")),
                Heard::Ping(_) => self.coverage.note("frame ping"),
                Heard::Pong => self.coverage.note("frame pong"),
                Heard::Continue => self.coverage.note("http 100"),
            }
        }
    }

    // ---- responses ----

    fn overhear_response(&mut self, slot: usize, status: u16, head: &str, body: &[u8]) {
        let Some(line) = self.line(slot) else { return };
        let call = line.tap_calls.pop_front();
        let bytes = body;
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if status >= 400 {
            let code = body["code"].as_str().unwrap_or("-");
            self.coverage.note(format!("http {status} {code}"));
            return self.check_refusal(status, head, code, call.as_ref());
        }
        self.coverage.note(format!("http {status}"));
        if let Some(state) = body["translator"]["state"].as_str() {
            self.coverage.note(format!("translator {state}"));
        }
        if let Some(etag) = field(head, "etag") {
            self.etag = Some(etag.to_owned());
        }
        let Some(call) = call else { ProtocolIsKept.broken("an answer to a question nobody asked") };
        match call.what.clone() {
            Asked::Start { text, number, key } => self.chat_started(&call, &body, text, number, key),
            Asked::Join { room } => self.agent_joined(&call, room),
            Asked::End { room } => self.chat_ended(&call, room, &body),
            Asked::Open { .. } | Asked::Watch | Asked::Visit { .. } => {
                if let Some(line) = self.line(slot) {
                    line.tap_seat = Some(call);
                }
            }
            // A browser's WebSocket is opened to be told no; anything else must not be a success.
            Asked::Forbidden { what } => {
                MembersOnly.holds(status == 101, || format!("{what}: {status} {body}"));
            }
            Asked::Rooms => self.model.listed = Some(body),
            Asked::Transcript { room } => self.overhear_transcript(call.person, room, bytes),
            Asked::Profile | Asked::Glance | Asked::Other => {}
        }
    }

    fn check_refusal(&mut self, status: u16, head: &str, code: &str, call: Option<&Call>) {
        if status == 401 {
            ProtocolIsKept
                .holds(head.contains("WWW-Authenticate"), || "401 without WWW-Authenticate".to_owned());
        }
        // Whoever writes proper requests is not told that they are none: no byte was lost or moved.
        let is_proper = call.is_some_and(|call| !matches!(call.what, Asked::Other));
        ProtocolIsKept
            .holds(!(is_proper && code.starts_with("bad_")), || format!("{call:?} was taken for {code}"));
        let room = call.and_then(|call| match call.what {
            Asked::Open { room, .. }
            | Asked::Join { room }
            | Asked::End { room }
            | Asked::Transcript { room } => Some(room),
            _ => None,
        });
        if let Some(room) = room.filter(|_| code == "room_closed") {
            self.found_closed(room);
        }
        // A member of an open room is let in, whatever the others do.
        if let Some(Call { person, what: Asked::Open { room, .. } }) = call {
            let is_member =
                self.model.rooms.get(*room).is_some_and(|room| room.customer == *person && !room.is_closed);
            MembersOnly
                .holds(!(is_member && code == "not_a_member"), || format!("{person} is a member of {room}"));
        }
    }

    /// A room has ended while nobody was there to be told.
    fn found_closed(&mut self, index: usize) {
        if self.model.rooms[index].is_closed {
            return;
        }
        let sits = |call: &Call| matches!(call.what, Asked::Open { room, .. } if room == index);
        let somebody = self
            .lines
            .iter()
            .flatten()
            .any(|line| line.closing.is_none() && line.tap_seat.as_ref().is_some_and(sits));
        ProtocolIsKept.holds(!somebody, || format!("room {index} has ended, and nobody there was told"));
        let room = &mut self.model.rooms[index];
        self.coverage.note(format!("status {} closed closed", room.status));
        room.is_closed = true;
        room.status = "closed";
    }

    fn chat_started(&mut self, call: &Call, body: &Value, text: String, number: u32, key: Option<String>) {
        let token = body["token"].as_str().unwrap_or_default().to_owned();
        let id = body["room_id"].as_str().unwrap_or_default().to_owned();
        if let Some(key) = key {
            let given = (token.clone(), id.clone(), self.now);
            let first = self.model.keys.entry(key).or_insert_with(|| given.clone());
            let same = (&first.0, &first.1) == (&token, &id);
            // A room that is forgotten takes its start along, which cannot be sooner than this.
            let forgotten = self.now - first.2 >= self.config.tombstone_ms;
            ProtocolIsKept.holds(same || forgotten, || "a start made again has another answer".to_owned());
            if !same {
                *first = given;
            }
        }
        if self.model.rooms.iter().any(|room| room.id == id) {
            return;
        }
        let on = None;
        let first = Told { writer: call.person, text, at: self.now, on };
        self.model.numbers.insert((number, self.model.rooms.len()));
        self.model.rooms.push(Room {
            id,
            customer: call.person,
            agent: None,
            log: vec![first],
            is_closed: false,
            references: BTreeMap::new(),
            sent: BTreeMap::new(),
            sent_to_agents: 0,
            status: "waiting",
            left: None,
        });
        self.coverage.note("status new waiting");
    }

    fn agent_joined(&mut self, call: &Call, index: usize) {
        let is_agent = self.people.all[call.person].is_agent;
        MembersOnly.holds(is_agent, || "a customer has joined a room".to_owned());
        let room = &mut self.model.rooms[index];
        MembersOnly.holds(!room.is_closed, || "a closed room was joined".to_owned());
        room.agent = Some(call.person);
        // Whoever reads in the room was told before.
        if room.status != "active" {
            self.coverage.note(format!("status {} active", room.status));
        }
        room.status = "active";
    }

    fn chat_ended(&mut self, call: &Call, index: usize, body: &Value) {
        let event = self.events;
        let room = &mut self.model.rooms[index];
        let was_in = room.has(call.person) || room.left == Some((call.person, event));
        MembersOnly.holds(was_in, || format!("{} has ended room {index}, of strangers", call.person));
        let reason = body["reason"].as_str().unwrap_or_default();
        if room.customer == call.person {
            if !room.is_closed {
                self.coverage.note(format!("status {} closed {reason}", room.status));
            }
            room.is_closed = true;
            room.status = "closed";
        } else {
            if room.status != "closing" {
                self.coverage.note(format!("status {} closing", room.status));
            }
            room.agent = None;
            room.status = "closing";
        }
    }

    // ---- events ----

    fn overhear_event(&mut self, slot: usize, event: &Value) {
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        let seat = self.line(slot).and_then(|line| line.tap_seat.clone());
        if let Some(Call { what: Asked::Visit { guest, secret, at }, .. }) = seat {
            return self.overhear_hub(slot, guest, (secret.as_deref(), at), event);
        }
        if kind == "error" {
            return self.overhear_error(slot, event);
        }
        if let Some(Call { person, what: Asked::Watch }) =
            self.line(slot).and_then(|line| line.tap_seat.clone())
        {
            return self.overhear_lobby(slot, person, event);
        }
        let Some(Call { person, what: Asked::Open { room, .. } }) =
            self.line(slot).and_then(|line| line.tap_seat.clone())
        else {
            MembersOnly.broken(format!("somebody without a seat was sent {event}"))
        };
        if kind == "preview" {
            return self.overhear_preview(slot, person, event);
        }
        if kind == "ack" {
            return self.overhear_ack(slot, person, room, event);
        }
        let id = event["room_id"].as_str().unwrap_or_default();
        MembersOnly.holds(self.model.rooms[room].id == id, || format!("a word of another room: {event}"));
        if kind == "chat_ended" {
            return self.overhear_end(person, room, event);
        }
        let is_member = self.model.rooms[room].has(person);
        MembersOnly.holds(is_member, || format!("{person} is no member of room {room} and was sent {event}"));
        match kind.as_str() {
            "room_joined" | "room_status" => self.overhear_standing(slot, person, room, event),
            "language" => self.overhear_change_of_language(slot, person, event),
            "message" => self.overhear_message(slot, person, room, event),
            "translation" => self.overhear_update(slot, person, room, event),
            "queue" => self.overhear_place(slot, person, room, event),
            "translator" => self.overhear_translator(self.people.all[person].is_agent, event),
            "translating" => self.overhear_translating(person, room, event),
            "presence" | "typing" | "read" | "delivered" => {
                self.overhear_other_side(slot, person, room, event);
            }
            _ => ProtocolIsKept.broken(format!("an event nobody knows: {event}")),
        }
    }

    fn overhear_error(&mut self, slot: usize, event: &Value) {
        let code = event["code"].as_str().unwrap_or("-").to_owned();
        self.coverage.note(format!("event {code}"));
        if self.overhear_refusal(event) {
            return;
        }
        let Some(line) = self.line(slot) else { return };
        let Some(seat) = line.tap_seat.clone() else { return };
        let Some(said) = line.unanswered.pop_front() else {
            // A handshake that is refused inside.
            if let Some(line) = self.line(slot) {
                line.tap_seat = None;
            }
            return;
        };
        ProtocolIsKept.holds(said.is_bad || code != "bad_json", || format!("{said:?} was not understood"));
        let same = said.is_bad || event["ref"].as_str() == said.reference.as_deref();
        ProtocolIsKept.holds(same, || format!("an error for another message than {said:?}: {event}"));
        let Asked::Open { room, .. } = seat.what else { return };
        let known =
            said.reference.clone().and_then(|it| self.model.rooms[room].references.get(&(seat.person, it)));
        NothingAcknowledgedIsLost.holds(known.is_none() || code == "store_down", || {
            // What is in the log may not be stored yet, so then not even that is acknowledged.
            format!("{said:?} is in the log already and was refused: {event}")
        });
    }

    fn overhear_ack(&mut self, slot: usize, person: usize, index: usize, event: &Value) {
        let now = self.now;
        let Some(line) = self.line(slot) else { return };
        let conn = line.conn;
        let Some(said) = line.unanswered.pop_front() else {
            ProtocolIsKept.broken(format!("an acknowledgement of nothing: {event}"))
        };
        let same = event["ref"].as_str() == said.reference.as_deref() && !said.is_bad;
        ProtocolIsKept.holds(same, || format!("not the acknowledgement of {said:?}: {event}"));
        let id = event["id"].as_u64().unwrap_or(0);
        let Said { reference, mut text, number, .. } = said;
        let room = &mut self.model.rooms[index];
        MembersOnly.holds(room.has(person), || format!("{person} has written into room {index}"));
        ProtocolIsKept.holds(!room.is_closed, || format!("room {index} is closed and was written into"));
        let named = reference.map(|reference| (person, reference));
        let known = named.as_ref().and_then(|named| room.references.get(named)).copied();
        // Names are remembered longer than messages, but not for ever.
        if let Some(first) = known.filter(|first| *first == id || first + NAMES > room.log.len() as u64) {
            NothingAcknowledgedIsLost
                .holds(first == id, || format!("{named:?} was message {first} and is {id} now"));
            return self.coverage.note("ack again");
        }
        let next = room.log.len() as u64 + 1;
        NothingAcknowledgedIsLost
            .holds(id == next, || format!("message {next} of room {index} was called {id}"));
        let stored = self.together.text(&room.id, id).cloned().unwrap_or_default();
        if text.is_empty() {
            // What is written already has no number of its own.
            text.clone_from(&stored);
            self.coverage.note("ack canned");
        }
        NothingAcknowledgedIsLost.holds(text == stored, || format!("{stored:?} was stored for {text:?}"));
        room.log.push(Told { writer: person, text, at: now, on: Some(conn) });
        if let Some(named) = named {
            room.references.insert(named, id);
        }
        room.sent.insert(person, id.max(room.sent.get(&person).copied().unwrap_or(0)));
        if room.customer != person {
            room.sent_to_agents = id.max(room.sent_to_agents);
        }
        self.model.numbers.insert((number, index));
        self.coverage.note("ack");
    }

    fn overhear_end(&mut self, person: usize, index: usize, event: &Value) {
        let reason = event["reason"].as_str().unwrap_or_default();
        self.coverage.note(format!("ended {reason}"));
        let number = self.events;
        let room = &mut self.model.rooms[index];
        let before = room.status;
        match reason {
            "agent_left" if room.customer == person => {
                if before != "closing" {
                    self.coverage.note(format!("status {before} closing"));
                }
                room.status = "closing";
            }
            "agent_left" => {
                room.agent = room.agent.filter(|agent| *agent != person);
                room.left = Some((person, number));
            }
            _ => {
                room.is_closed = true;
                room.status = "closed";
                if before != "closed" {
                    self.coverage.note(format!("status {before} closed {reason}"));
                }
            }
        }
    }

    fn overhear_standing(&mut self, slot: usize, person: usize, index: usize, event: &Value) {
        let status = match event["status"].as_str() {
            Some("waiting") => "waiting",
            Some("active") => "active",
            Some("closing") => "closing",
            _ => ProtocolIsKept.broken(format!("a status nobody knows: {event}")),
        };
        let room = &mut self.model.rooms[index];
        MembersOnly.holds(room.customer == person || status == "active", || {
            format!("agent {person} is in room {index}, which is {status}")
        });
        NothingAcknowledgedIsLost
            .holds(!room.is_closed, || format!("room {index} had ended, and this was undone: {event}"));
        if room.status != status {
            self.coverage.note(format!("status {} {status}", room.status));
        }
        room.status = status;
        self.standings.insert(index, status);
        let own = room.sent.get(&person).copied().unwrap_or(0);
        let sent = if room.customer == person { own } else { room.sent_to_agents };
        let language = event["language"].as_str().map(str::to_owned);
        let now = self.now;
        if let Some(line) = self.line(slot) {
            if line.language != language || event["type"] == "room_joined" {
                line.reads_since = now;
            }
            line.language = language;
            line.customer_language = event["customer_language"].as_str().map(str::to_owned);
            if event["type"] == "room_joined" {
                line.sent_before = sent;
            }
        }
    }

    /// It says what the status before it has said, and what was.
    fn overhear_change_of_language(&mut self, slot: usize, person: usize, event: &Value) {
        let (language, whose) = (event["language"].as_str(), event["whose"].as_str());
        let own = if self.people.all[person].is_agent { "agent" } else { "customer" };
        self.disturbed = self.now;
        let is_change = language.is_some() && event["from"].as_str() != language;
        let by_whom = matches!(event["by"].as_str(), Some("person" | "detected"));
        ProtocolIsKept.holds(is_change && by_whom && matches!(whose, Some("agent" | "customer")), || {
            format!("no change of a language: {event}")
        });
        self.coverage.note(format!("language {} {}", whose.unwrap_or("-"), event["by"]));
        let Some(line) = self.line(slot) else { return };
        let standing = [(own, line.language.clone()), ("customer", line.customer_language.clone())];
        let said =
            standing.iter().find(|(role, _)| Some(*role) == whose).map(|(_, language)| language.as_deref());
        ProtocolIsKept.holds(said.is_none_or(|said| said == language), || {
            format!("the status before said otherwise than {event}")
        });
    }

    fn overhear_message(&mut self, slot: usize, person: usize, index: usize, event: &Value) {
        let id = event["id"].as_u64().unwrap_or(0);
        let is_agent = self.people.all[person].is_agent;
        let room = &mut self.model.rooms[index];
        let told = usize::try_from(id).ok().and_then(|id| room.log.get(id.checked_sub(1)?)).cloned();
        let Some(told) = told else {
            NothingAcknowledgedIsLost
                .broken(format!("nobody has written message {id} of room {index}: {event}"))
        };
        let sent = room.sent.entry(person).or_default();
        *sent = id.max(*sent);
        if is_agent {
            room.sent_to_agents = id.max(room.sent_to_agents);
        }
        let is_own = told.writer == person;
        ProtocolIsKept
            .holds(event["own"].as_bool().unwrap_or(false) == is_own, || format!("whose is it? {event}"));
        let on_this_line = self.line(slot).is_some_and(|line| told.on == Some(line.conn));
        NothingAcknowledgedIsLost.holds(!on_this_line, || format!("acknowledged and sent as well: {event}"));
        self.check_shown(slot, person, index, id, event, false);
        self.check_original(slot, person, index, id, event);
    }

    fn overhear_update(&mut self, slot: usize, person: usize, index: usize, event: &Value) {
        let id = event["id"].as_u64().unwrap_or(0);
        let sent = self.model.rooms[index].sent.get(&person).copied().unwrap_or(0);
        NothingAcknowledgedIsLost.holds(id <= sent, || format!("an update of a message never sent: {event}"));
        self.check_shown(slot, person, index, id, event, true);
        self.check_original(slot, person, index, id, event);
    }
}
