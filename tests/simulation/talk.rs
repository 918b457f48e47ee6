//! Coming, writing and going: what honest people do.

use serde_json::json;

use super::actions::KEY;
use super::line::{Asked, Line, Said};
use super::model::NAMES;
use super::people::{Device, Person};
use super::wire::{self, Asking};
use super::words;
use super::world::World;

impl World {
    // ---- coming ----

    pub(crate) fn newcomer(&mut self, is_agent: bool) -> usize {
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

    pub(crate) fn customer_comes(&mut self) {
        let person = self.newcomer(false);
        let language = self.people.all[person].language;
        let (mut text, number) = self.a_text(language);
        if self.dice.percent(20) {
            text = words::sentence(words::SHORT, language, number);
        }
        let key = self.dice.percent(50).then(|| format!("a-key-that-is-long-enough-{number}"));
        self.people.all[person].start = Some((text, number, key));
        self.start(person);
    }

    pub(crate) fn start(&mut self, person: usize) {
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

    pub(crate) fn starts_again(&mut self) {
        let has_key = |it: &Person| it.start.as_ref().is_some_and(|(_, _, key)| key.is_some());
        if let Some(person) = self.somebody(has_key) {
            self.start(person);
        }
    }

    pub(crate) fn agent_comes(&mut self) {
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

    pub(crate) fn agent_looks(&mut self) {
        let Some(person) = self.somebody(|it| it.is_agent && it.token.is_some()) else { return };
        let asking = Asking::new("GET", "/rooms").bearer(&self.token(person));
        self.ask(person, &asking, Asked::Rooms);
    }

    pub(crate) fn agent_joins(&mut self) {
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

    pub(crate) fn device_opens(&mut self) {
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

    pub(crate) fn second_device(&mut self) {
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
            originals: self.dice.percent(30),
            ..Device::default()
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
        if device.originals {
            target += "&originals=1";
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

    pub(crate) fn a_writer(&mut self) -> Option<(usize, usize)> {
        let slot = self.some_line(Line::takes_texts)?;
        let device = self.line(slot)?.device?;
        Some((slot, device))
    }

    pub(crate) fn somebody_writes(&mut self) {
        if let Some((slot, device)) = self.a_writer() {
            self.writes(slot, device);
        }
    }

    pub(crate) fn writes(&mut self, slot: usize, device: usize) {
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

    pub(crate) fn say(&mut self, slot: usize, text: String, number: u32, reference: Option<String>) {
        let mut body = json!({"content": text});
        if let Some(reference) = &reference {
            body["ref"] = json!(reference);
        }
        let said = Said { reference, text, number, is_bad: false };
        self.say_json(slot, body.to_string().as_bytes(), said);
    }

    pub(crate) fn say_json(&mut self, slot: usize, json: &[u8], said: Said) {
        let frames = wire::text(json, &mut self.dice);
        if let Some(line) = self.line(slot) {
            line.inbox.extend(frames);
            line.unanswered.push_back(said);
        }
    }

    pub(crate) fn somebody_bursts(&mut self) {
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

    pub(crate) fn says_again(&mut self) {
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
        // In another room it is a message of its own, and what is written already may be in a language that is not theirs.
        let (here, room) = (self.people.devices[device].room, self.people.all[person].room);
        let spoken = words::language_of(&text).filter(|spoken| *spoken != self.people.all[person].language);
        if room != Some(here) && spoken.is_some() {
            return self.write_again(slot, device);
        }
        self.say(slot, text, number, Some(reference));
    }

    /// A message of theirs that is in the log.
    pub(crate) fn sent_before(&mut self, person: usize) -> Option<(String, String, u32)> {
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

    pub(crate) fn customer_ends(&mut self) {
        self.ends(false);
    }

    pub(crate) fn agent_ends(&mut self) {
        self.ends(true);
    }

    pub(crate) fn ends(&mut self, is_agent: bool) {
        let person = self.somebody(|it| it.is_agent == is_agent && it.room.is_some() && it.token.is_some());
        let Some((person, Some(room))) = person.map(|it| (it, self.people.all[it].room)) else { return };
        let body = json!({"room_id": self.room_id(room)});
        let asking = Asking::new("POST", "/end-chat").json(&body).bearer(&self.token(person));
        self.ask(person, &asking, Asked::End { room });
    }
}
