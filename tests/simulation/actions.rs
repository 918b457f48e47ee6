//! What people do, drawn from the table in the head comment of the simulation.

use std::net::{IpAddr, Ipv4Addr};

use dragoman::event::{Event, Millis};
use serde_json::json;

use super::line::{Asked, Call, Said};
use super::model::NAMES;
use super::ollama::{WEATHERS, Weather};
use super::people::{Device, Person};
use super::rude;
use super::wire::{self, Asking};
use super::words;
use super::world::World;

/// The key of the desk, where there is one.
pub(crate) const KEY: &str = "the-key-of-the-desk";

type Action = (usize, &'static str, fn(&mut World));

/// Weight, name, deed.
pub(crate) const TABLE: [Action; 32] = [
    (40, "a customer comes", World::customer_comes),
    (10, "a start is made again with its key", World::starts_again),
    (40, "an agent comes, or sets a profile anew", World::agent_comes),
    (20, "an agent asks who waits", World::agent_looks),
    (90, "an agent joins a room, perhaps one too many", World::agent_joins),
    (140, "a device connects, or comes back with after", World::device_opens),
    (15, "a second device of somebody", World::second_device),
    (240, "somebody writes", World::somebody_writes),
    (40, "somebody writes a burst", World::somebody_bursts),
    (25, "a message is sent again under its name", World::says_again),
    (12, "a customer ends", World::customer_ends),
    (25, "an agent ends", World::agent_ends),
    (50, "a connection breaks", World::connection_breaks),
    (12, "a peer says goodbye", World::peer_says_goodbye),
    (12, "a peer writes no more", World::peer_half_closes),
    (10, "a device is gone without a word", World::device_vanishes),
    (30, "a reader stalls", World::reader_stalls),
    (50, "a reader goes on", World::reader_goes_on),
    (25, "a request that is none", World::bad_request),
    (25, "a call with a mistake", World::mistaken_call),
    (25, "a frame that is none", World::bad_frame),
    (20, "a text that is no message", World::bad_text),
    (40, "somebody tries what is not theirs", World::intrudes),
    (25, "stale names", World::stale_names),
    (30, "a page, the health, the metrics", World::looks_around),
    (200, "a moment passes", World::a_moment),
    (80, "seconds pass", World::some_seconds),
    (30, "minutes pass", World::some_minutes),
    (3, "hours pass", World::some_hours),
    (8, "the clock jumps", World::clock_jumps),
    (35, "Ollama fails, or recovers", World::weather_changes),
    (6, "the wall clock is set, entropy comes", World::outer_world),
];

const ADDRESSES: u8 = 4;

impl World {
    /// One thing happens, and what follows from it; or not all of it yet.
    pub(crate) fn act(&mut self) {
        let index = self.dice.weighted(TABLE.iter().map(|(weight, _, _)| *weight));
        let (_, name, deed) = TABLE[index];
        self.coverage.note(format!("action {name}"));
        deed(self);
        if self.dice.percent(85) {
            self.pump();
        }
    }

    // ---- helpers ----

    fn somebody(&mut self, is: impl Fn(&Person) -> bool) -> Option<usize> {
        let some: Vec<usize> =
            (0..self.people.all.len()).filter(|&index| is(&self.people.all[index])).collect();
        self.dice.pick(&some)
    }

    fn some_line(&mut self, is: impl Fn(&super::line::Line) -> bool) -> Option<usize> {
        let slots = self.lines.iter().enumerate();
        let some: Vec<usize> =
            slots.filter(|(_, line)| line.as_ref().is_some_and(&is)).map(|(slot, _)| slot).collect();
        self.dice.pick(&some)
    }

    fn address(&mut self) -> IpAddr {
        let last = u8::try_from(self.dice.below(ADDRESSES.into())).unwrap_or(0);
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1 + last))
    }

    /// A line for a request of this person: one they have, or a new one.
    fn request_line(&mut self, person: usize) -> usize {
        let old = self.some_line(|line| line.owner == Some(person) && line.takes_requests());
        if let Some(slot) = old.filter(|_| self.dice.percent(75)) {
            return slot;
        }
        let address = self.people.all[person].address;
        let slot = self.connect(address);
        if let Some(line) = self.line(slot) {
            line.owner = Some(person);
        }
        slot
    }

    /// Somebody makes a request.
    pub(crate) fn ask(&mut self, person: usize, asking: &Asking, what: Asked) -> usize {
        let slot = self.request_line(person);
        let bytes = asking.encode(&mut self.dice);
        if let Some(line) = self.line(slot) {
            line.ask(&bytes, Call { person, what }, asking.method == "HEAD");
        }
        slot
    }

    pub(crate) fn token(&self, person: usize) -> String {
        self.people.all[person].token.clone().unwrap_or_default()
    }

    pub(crate) fn room_id(&self, room: usize) -> String {
        self.model.rooms.get(room).map_or_else(|| "0000000000000000".to_owned(), |room| room.id.clone())
    }

    fn a_number(&mut self) -> u32 {
        self.numbers += 1;
        100_000 + self.numbers
    }

    /// A few sentences; the first has the number by which the text is known.
    fn a_text(&mut self, language: &str) -> (String, u32) {
        let number = self.a_number();
        let kind = self.dice.below(words::KINDS);
        let mut text = words::sentence(kind, language, number);
        match self.dice.below(12) {
            0 => text = format!("{number} 👍"),
            1 => (1..3)
                .for_each(|more| text += &format!(" {}", words::sentence(kind + more, language, number))),
            2 => (1..12)
                .for_each(|more| text += &format!("\n{}", words::sentence(kind + more, language, number))),
            _ => {}
        }
        (text, number)
    }

    // ---- coming ----

    fn newcomer(&mut self, is_agent: bool) -> usize {
        let language = self.dice.pick(&words::LANGUAGES).unwrap_or("en");
        let browser = match self.dice.below(4) {
            _ if is_agent => None,
            0 => None,
            1 => self.dice.pick(&words::LANGUAGES),
            _ => Some(language),
        };
        let address = self.address();
        self.people.all.push(Person {
            is_agent,
            language,
            browser,
            address,
            token: None,
            start: None,
            room: None,
            references: 0,
        });
        self.people.all.len() - 1
    }

    fn customer_comes(&mut self) {
        let person = self.newcomer(false);
        let language = self.people.all[person].language;
        let (text, number) = self.a_text(language);
        let key = self.dice.percent(50).then(|| format!("a-key-that-is-long-enough-{number}"));
        self.people.all[person].start = Some((text, number, key));
        self.start(person);
    }

    fn start(&mut self, person: usize) {
        let someone = self.people.all[person].clone();
        let Some((text, number, key)) = someone.start else { return };
        if self.is_under_way(person, |it| matches!(it, Asked::Forbidden { .. })) {
            return;
        }
        let mut body = json!({"name": format!("Customer {person}"), "content": text});
        if person.is_multiple_of(5) {
            body["language"] = json!(someone.language);
        }
        let mut asking = Asking::new("POST", "/start-chat").json(&body);
        if let Some(browser) = someone.browser {
            asking = asking.with("Accept-Language", format!("{browser}, *;q=0.1"));
        }
        if let Some(key) = &key {
            asking = asking.with("Idempotency-Key", key.clone());
        }
        self.ask(person, &asking, Asked::Start { text, number, key });
    }

    fn starts_again(&mut self) {
        let has_key = |it: &Person| it.start.as_ref().is_some_and(|(_, _, key)| key.is_some());
        if let Some(person) = self.somebody(has_key) {
            self.start(person);
        }
    }

    fn agent_comes(&mut self) {
        let old = self.somebody(|it| it.is_agent && it.room.is_none());
        let person = match old.filter(|_| self.dice.percent(30)) {
            Some(person) => person,
            None => self.newcomer(true),
        };
        // Screens of an earlier profile are of somebody else now.
        if self.people.devices.iter().any(|device| device.person == person) {
            return;
        }
        let body = json!({"name": format!("Agent {person}"), "language": self.people.all[person].language});
        let asking = Asking::new("POST", "/set-profile").json(&body).bearer(KEY);
        self.ask(person, &asking, Asked::Profile);
    }

    fn agent_looks(&mut self) {
        let Some(person) = self.somebody(|it| it.is_agent && it.token.is_some()) else { return };
        let asking = Asking::new("GET", "/rooms").bearer(&self.token(person));
        self.ask(person, &asking, Asked::Rooms);
    }

    fn agent_joins(&mut self) {
        let is_free = self.dice.percent(90);
        let person = self.somebody(|it| it.is_agent && it.token.is_some() && (it.room.is_none() || !is_free));
        let rooms: Vec<usize> = (0..self.model.rooms.len()).rev().take(6).collect();
        let waits =
            |room: &&usize| self.model.rooms[**room].agent.is_none() && !self.model.rooms[**room].is_closed;
        let waiting: Vec<usize> = rooms.iter().filter(waits).copied().collect();
        let some = if self.dice.percent(70) { &waiting } else { &rooms };
        let (Some(person), Some(room)) = (person, self.dice.pick(some)) else { return };
        if self.is_under_way(person, |it| matches!(it, Asked::Forbidden { .. })) {
            return;
        }
        let body = json!({"room_id": self.room_id(room)});
        let asking = Asking::new("POST", "/join-room").json(&body).bearer(&self.token(person));
        self.ask(person, &asking, Asked::Join { room });
        // Twice, or two agents at once.
        if self.dice.percent(10) {
            self.ask(person, &asking, Asked::Join { room });
        }
    }

    fn device_opens(&mut self) {
        let lost: Vec<usize> =
            (0..self.people.devices.len()).filter(|&device| self.may_open(device)).collect();
        if let Some(device) = self.dice.pick(&lost).filter(|_| self.dice.percent(60)) {
            return self.open(device);
        }
        let person = self.somebody(|it| it.token.is_some() && it.room.is_some());
        if let Some(person) = person {
            let has = |device: &Device| {
                device.person == person && Some(device.room) == self.people.all[person].room
            };
            if !self.people.devices.iter().any(has) {
                self.new_device(person);
            }
        }
    }

    fn second_device(&mut self) {
        if let Some(person) = self.somebody(|it| it.token.is_some() && it.room.is_some()) {
            self.new_device(person);
        }
    }

    pub(crate) fn new_device(&mut self, person: usize) {
        let Some(room) = self.people.all[person].room else { return };
        self.people.devices.push(Device {
            person,
            room,
            updates: self.dice.percent(50),
            line: None,
            last: 0,
            pending: std::collections::BTreeSet::new(),
            unacknowledged: Vec::new(),
            is_over: false,
        });
        self.open(self.people.devices.len() - 1);
    }

    /// Whether a device has no connection and may have one.
    pub(crate) fn may_open(&self, index: usize) -> bool {
        let device = &self.people.devices[index];
        let is_opening = self.lines.iter().flatten().any(|line| line.device == Some(index));
        device.line.is_none() && !device.is_over && !is_opening
    }

    /// A device connects, and wants what comes behind the last message it has.
    pub(crate) fn open(&mut self, index: usize) {
        let device = self.people.devices[index].clone();
        let (token, id) = (self.token(device.person), self.room_id(device.room));
        let mut target = format!("/ws?room_id={id}");
        if device.last > 0 || self.dice.percent(20) {
            target += &format!("&after={}", device.last);
        }
        if device.updates {
            target += "&updates=1";
        }
        let asking = match self.dice.below(3) {
            0 => wire::upgrade(format!("{target}&token={token}")),
            1 => wire::upgrade(target).bearer(&token),
            _ => wire::upgrade(target).with("Sec-WebSocket-Protocol", format!("bearer, {token}")),
        };
        let slot = self.ask(device.person, &asking, Asked::Open { device: index, room: device.room });
        if let Some(line) = self.line(slot) {
            line.device = Some(index);
        }
    }

    // ---- writing ----

    fn a_writer(&mut self) -> Option<(usize, usize)> {
        let slot = self.some_line(super::line::Line::takes_texts)?;
        let device = self.line(slot)?.device?;
        Some((slot, device))
    }

    fn somebody_writes(&mut self) {
        if let Some((slot, device)) = self.a_writer() {
            self.writes(slot, device);
        }
    }

    fn writes(&mut self, slot: usize, device: usize) {
        let person = self.people.devices[device].person;
        let (text, number) = self.a_text(self.people.all[person].language);
        let reference = self.dice.percent(80).then(|| {
            self.people.all[person].references += 1;
            format!("ref-{}", self.people.all[person].references)
        });
        if let Some(reference) = &reference {
            self.people.devices[device].unacknowledged.push((reference.clone(), text.clone(), number));
        }
        self.say(slot, text, number, reference);
    }

    fn say(&mut self, slot: usize, text: String, number: u32, reference: Option<String>) {
        let mut body = json!({"content": text});
        if let Some(reference) = &reference {
            body["ref"] = json!(reference);
        }
        let said = Said { reference, text, number, is_bad: false };
        self.say_json(slot, body.to_string().as_bytes(), said);
    }

    fn say_json(&mut self, slot: usize, json: &[u8], said: Said) {
        let frames = wire::text(json, &mut self.dice);
        if let Some(line) = self.line(slot) {
            line.inbox.extend(frames);
            line.unanswered.push_back(said);
        }
    }

    fn somebody_bursts(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        for _ in 0..self.dice.between(3, 14) {
            self.writes(slot, device);
        }
    }

    /// What has no answer yet is said again, under the same name.
    pub(crate) fn write_again(&mut self, slot: usize, device: usize) {
        for (reference, text, number) in self.people.devices[device].unacknowledged.clone() {
            self.say(slot, text, number, Some(reference));
        }
    }

    fn says_again(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        let person = self.people.devices[device].person;
        if self.people.all[person].references == 0 {
            return self.write_again(slot, device);
        }
        // One that may have been acknowledged long ago; the text does not count then.
        let old =
            self.people.devices[device].unacknowledged.is_empty() && self.people.all[person].room.is_some();
        let Some((reference, text, number)) = self.sent_before(person).filter(|_| old) else {
            return self.write_again(slot, device);
        };
        self.say(slot, text, number, Some(reference));
    }

    /// A message of theirs that is in the log.
    fn sent_before(&mut self, person: usize) -> Option<(String, String, u32)> {
        let room = self.people.all[person].room?;
        let mut names = self.model.rooms[room].names_of(person);
        let end = self.model.rooms[room].log.len() as u64;
        names.retain(|(_, id)| id + NAMES > end);
        let (reference, id) = names.get(self.dice.below(names.len()))?.clone();
        let text = self.model.rooms[room].log[usize::try_from(id - 1).ok()?].text.clone();
        let number = words::numbers(&text).first().copied()?;
        Some((reference, text, number))
    }

    // ---- ending ----

    fn customer_ends(&mut self) {
        self.ends(false);
    }

    fn agent_ends(&mut self) {
        self.ends(true);
    }

    fn ends(&mut self, is_agent: bool) {
        let person = self.somebody(|it| it.is_agent == is_agent && it.room.is_some() && it.token.is_some());
        let Some((person, Some(room))) = person.map(|it| (it, self.people.all[it].room)) else { return };
        let body = json!({"room_id": self.room_id(room)});
        let asking = Asking::new("POST", "/end-chat").json(&body).bearer(&self.token(person));
        self.ask(person, &asking, Asked::End { room });
    }

    fn connection_breaks(&mut self) {
        if let Some(slot) = self.some_line(|_| true) {
            self.reset(slot);
        }
    }

    fn peer_says_goodbye(&mut self) {
        let Some((slot, _)) = self.a_writer() else { return };
        let payload: &[u8] = if self.dice.percent(50) { &[0x03, 0xe8] } else { b"" };
        self.spoil(slot, |dice| wire::masked(0x88, payload, dice));
    }

    fn peer_half_closes(&mut self) {
        if let Some(slot) = self.some_line(|line| !line.has_ended)
            && let Some(line) = self.line(slot)
        {
            line.has_ended = true;
        }
    }

    /// The server learns of it by silence alone.
    fn device_vanishes(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        if let Some(line) = self.line(slot) {
            line.device = None;
            line.is_spoilt = true;
            line.inbox.clear();
            line.is_stalled = true;
        }
        self.people.devices[device].line = None;
    }

    fn reader_stalls(&mut self) {
        if let Some(slot) = self.some_line(|line| !line.is_stalled)
            && let Some(line) = self.line(slot)
        {
            line.is_stalled = true;
        }
    }

    fn reader_goes_on(&mut self) {
        if let Some(slot) =
            self.some_line(|line| line.is_stalled && (line.device.is_some() || !line.is_spoilt))
            && let Some(line) = self.line(slot)
        {
            line.is_stalled = false;
        }
    }

    // ---- mistakes and malice ----

    /// Sends bytes after which nothing can be expected of this line.
    fn spoil(&mut self, slot: usize, bytes: impl FnOnce(&mut super::dice::Dice) -> Vec<u8>) {
        let bytes = bytes(&mut self.dice);
        if let Some(line) = self.line(slot) {
            line.inbox.extend(bytes);
            line.is_spoilt = true;
        }
    }

    fn bad_request(&mut self) {
        let Some(person) = self.somebody(|_| true) else { return };
        let slot = self.request_line(person);
        let bytes = rude::request(&mut self.dice);
        if let Some(line) = self.line(slot) {
            line.ask(&bytes, Call { person, what: Asked::Other }, bytes.starts_with(b"HEAD"));
            line.is_spoilt = true;
        }
    }

    fn mistaken_call(&mut self) {
        let Some(person) = self.somebody(|_| true) else { return };
        let (token, limits) = (self.token(person), self.config.clone());
        let room = self.people.all[person].room.filter(|_| self.dice.percent(10));
        let asking = match room {
            Some(room) => {
                wire::upgrade(format!("/ws?room_id={}&after=all", self.room_id(room))).bearer(&token)
            }
            None => rude::call(&mut self.dice, &token, &limits),
        };
        self.ask(person, &asking, Asked::Other);
    }

    fn bad_frame(&mut self) {
        let Some((slot, _)) = self.a_writer() else { return };
        let limit = self.config.max_ws_message_bytes;
        self.spoil(slot, |dice| rude::frame(dice, limit));
    }

    fn bad_text(&mut self) {
        let Some((slot, _)) = self.a_writer() else { return };
        let text = rude::text(&mut self.dice, &self.config);
        let said = Said { reference: None, text: String::new(), number: 0, is_bad: true };
        self.say_json(slot, text.as_bytes(), said);
    }

    /// Whether a request of somebody has not been read yet that is such.
    fn is_under_way(&self, person: usize, is: impl Fn(&Asked) -> bool) -> bool {
        let mut calls = self.lines.iter().flatten().flat_map(|line| &line.tap_calls);
        calls.any(|call| call.person == person && is(&call.what))
    }

    /// With a token that is unknown or of somebody else, into a room that is not theirs.
    fn intrudes(&mut self) {
        let Some(person) = self.somebody(|_| true) else { return };
        let rooms = self.model.rooms.len();
        let room = self.dice.below(rooms + 1);
        // Nobody shall be a stranger now and a member when the request is read.
        let joins = self.is_under_way(person, |it| matches!(it, Asked::Join { .. } | Asked::Start { .. }));
        if joins || self.model.rooms.get(room).is_some_and(|room| room.has(person)) {
            return;
        }
        let unknown = "00112233445566778899aabbccddeeff".to_owned();
        let token = if self.dice.percent(60) { self.token(person) } else { unknown };
        let room_id = self.room_id(room);
        let (asking, what) = rude::intrusion(&mut self.dice, &token, &room_id);
        self.ask(person, &asking, Asked::Forbidden { what });
    }

    fn stale_names(&mut self) {
        let Some(conn) = self.dice.pick(&self.gone.clone()) else { return };
        let reason = dragoman::event::CloseReason::Reset;
        for event in [
            Event::Bytes { conn, bytes: b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" },
            Event::Drained { conn },
            Event::Eof { conn },
            Event::Closed { conn, reason },
        ] {
            let what = format!("{event:?}");
            let done = self.handle(event);
            self.check_stale(&what, done.effects);
        }
        if let Some(job) = self.dice.pick(&self.ollama.over.clone()) {
            let outcome = rude::late_answer();
            let done = self.handle(Event::JobDone { job, outcome });
            self.check_stale("an answer to a job that is over", done.effects);
        }
    }

    fn looks_around(&mut self) {
        let Some(person) = self.somebody(|_| true) else { return };
        let slot = self.request_line(person);
        // Without waiting for the answers, so that some must wait until others have left.
        for _ in 0..self.dice.between(1, 6) {
            let asking = rude::glance(&mut self.dice, self.etag.as_deref());
            let bytes = asking.encode(&mut self.dice);
            if let Some(line) = self.line(slot) {
                line.ask(&bytes, Call { person, what: Asked::Glance }, asking.method == "HEAD");
            }
        }
    }

    // ---- time and the world ----

    fn a_moment(&mut self) {
        let span = self.dice.between(0, 1_500);
        self.pass(Millis(span));
    }

    fn some_seconds(&mut self) {
        let span = self.dice.between(1_000, 20_000);
        self.pass(Millis(span));
    }

    fn some_minutes(&mut self) {
        let span = self.dice.between(30_000, 400_000);
        self.pass(Millis(span));
    }

    fn some_hours(&mut self) {
        let span = self.dice.between(1_800_000, 50_000_000);
        self.pass(Millis(span));
    }

    fn clock_jumps(&mut self) {
        let span = self.dice.between(1, 600_000);
        self.jump(Millis(span));
    }

    fn weather_changes(&mut self) {
        let good = self.ollama.weather != Weather::Fair && self.dice.percent(50);
        let weather = self.dice.pick(&WEATHERS).unwrap_or(Weather::Fair);
        self.ollama.weather = match (good, self.is_calm) {
            (true, _) => Weather::Fair,
            (false, true) => [Weather::Fair, Weather::Slow][self.dice.below(2)],
            (false, false) => weather,
        };
    }

    fn outer_world(&mut self) {
        let unix_ms = 1_766_000_000_000 + self.dice.between(0, 100_000_000);
        self.handle(Event::Wall { unix_ms });
        let seed = self.dice.seed();
        self.handle(Event::Entropy { seed });
    }
}
