//! Customers and agents: what they know, what they have seen, and how they take what the server says.

use std::collections::BTreeSet;
use std::net::IpAddr;

use dragoman::vocabulary::ConnId;
use serde_json::Value;

use super::invariant::Invariant::{MembersOnly, NothingAcknowledgedIsLost, ProtocolIsKept};
use super::line::{Asked, Call, Line};
use super::wire::{self, Heard};
use super::world::World;

/// Somebody.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) is_agent: bool,
    pub(crate) language: &'static str,
    /// What their browser says, if it says anything.
    pub(crate) browser: Option<&'static str>,
    pub(crate) address: IpAddr,
    /// What they were given.
    pub(crate) token: Option<String>,
    /// The start they made, to be made again if no answer comes.
    pub(crate) start: Option<(String, u32, Option<String>)>,
    /// The room they are in, as far as they know.
    pub(crate) room: Option<usize>,
    /// Names given to messages so far.
    pub(crate) references: u32,
}

/// One screen of somebody in one room, over all its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Device {
    pub(crate) person: usize,
    pub(crate) room: usize,
    pub(crate) updates: bool,
    pub(crate) originals: bool,
    /// Its connection, while it has one.
    pub(crate) line: Option<ConnId>,
    /// The highest message it has been sent.
    pub(crate) last: u64,
    /// Messages of which it was told last that their translation is on its way.
    pub(crate) pending: BTreeSet<u64>,
    /// Messages written and not acknowledged yet, to be sent again.
    pub(crate) unacknowledged: Vec<(String, String, u32)>,
    /// It was told that the chat has ended.
    pub(crate) is_over: bool,
}

impl Device {
    /// It is told of a message: what it was told before is over, also where the message itself comes once more, to a new
    /// connection of whoever wrote it.
    fn hear_of(&mut self, id: u64, event: &Value) {
        if event["pending"] == true {
            self.pending.insert(id);
        } else {
            self.pending.remove(&id);
        }
    }
}

/// Everybody.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) all: Vec<Person>,
    pub(crate) devices: Vec<Device>,
}

impl People {
    pub(crate) fn line_gone(&mut self, line: &Line) {
        // Screens of the hub find out by themselves.
        for device in self.devices.iter_mut().filter(|device| device.line == Some(line.conn)) {
            device.line = None;
        }
    }
}

impl World {
    /// Bytes have arrived at a peer.
    pub(crate) fn listen(&mut self, slot: usize, bytes: &[u8]) {
        let Some(line) = self.line(slot) else { return };
        let heard = line.ear.hear(bytes).unwrap_or_else(|what| ProtocolIsKept.broken(what));
        for one in heard {
            match one {
                Heard::Continue | Heard::Pong => {}
                Heard::Response { status, body, .. } => self.answered(slot, status, &body),
                Heard::Event(event) => self.told(slot, &event),
                Heard::Ping(payload) => self.pong(slot, &payload),
                Heard::Close(code) => self.said_goodbye(slot, code),
            }
        }
    }

    fn pong(&mut self, slot: usize, payload: &[u8]) {
        let pong = wire::masked(0x8a, payload, &mut self.dice);
        if let Some(line) = self.line(slot).filter(|line| !line.is_spoilt && !line.has_ended) {
            line.inbox.extend(pong);
        }
    }

    fn said_goodbye(&mut self, slot: usize, code: u16) {
        let Some(device) = self.line(slot).and_then(|line| line.device) else { return };
        // What was refused or is over is not tried again.
        self.people.devices[device].is_over |= matches!(code, 1000 | 4401 | 4403 | 4404 | 4410);
    }

    fn answered(&mut self, slot: usize, status: u16, body: &[u8]) {
        let Some(line) = self.line(slot) else { return };
        let (conn, call) = (line.conn, line.calls.pop_front());
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(Call { person, what }) = call else { return };
        if let Asked::Visit { guest, .. } = what {
            return self.guest_is_answered(conn, guest, status, body["code"].as_str().unwrap_or_default());
        }
        let someone = &mut self.people.all[person];
        match what {
            Asked::Start { .. } | Asked::Profile if status == 200 => {
                someone.token = body["token"].as_str().map(str::to_owned);
                if let Some(id) = body["room_id"].as_str() {
                    someone.room = self.model.rooms.iter().position(|room| room.id == id);
                    self.sits_down(person);
                }
            }
            Asked::Join { room } if status == 200 => {
                // An agent who starts anew in a room starts with nothing.
                someone.room = Some(room);
                self.sits_down(person);
            }
            Asked::End { room } if matches!(status, 200 | 409) && someone.room == Some(room) => {
                someone.room = None;
            }
            Asked::Open { device, .. } if status == 101 => {
                self.people.devices[device].line = Some(conn);
                self.write_again(slot, device);
            }
            Asked::Open { device, .. } => {
                self.people.devices[device].is_over |= matches!(status, 403 | 404 | 410);
                self.people.devices[device].line = None;
            }
            _ => {}
        }
    }

    /// Most people connect as soon as they may.
    fn sits_down(&mut self, person: usize) {
        let room = self.people.all[person].room;
        let has = self.people.devices.iter().any(|it| it.person == person && Some(it.room) == room);
        if !has && self.dice.percent(70) {
            self.new_device(person);
        }
    }

    fn told(&mut self, slot: usize, event: &Value) {
        if let Some(guest) = self.line(slot).and_then(|line| line.guest) {
            return self.guest_is_told(slot, guest, event);
        }
        let Some((conn, Some(index))) = self.line(slot).map(|line| (line.conn, line.device)) else { return };
        match event["type"].as_str() {
            Some("room_joined") => {
                let first_id = event["first_id"].as_u64().unwrap_or(1);
                if let Some(line) = self.line(slot) {
                    line.first_id = first_id;
                }
                // Nothing more is said of what is no longer in memory.
                self.people.devices[index].pending.retain(|id| *id >= first_id);
            }
            Some("message") => self.receive(slot, conn, index, event),
            Some("translation") => self.receive_update(index, event),
            Some("ack") => self.acknowledged(index, event["ref"].as_str()),
            Some("error") => self.acknowledged(index, event["ref"].as_str()),
            Some("chat_ended") => self.chat_is_over(index, event),
            _ => {}
        }
    }

    fn acknowledged(&mut self, device: usize, reference: Option<&str>) {
        let waiting = &mut self.people.devices[device].unacknowledged;
        waiting.retain(|(it, _, _)| Some(it.as_str()) != reference);
    }

    fn chat_is_over(&mut self, index: usize, event: &Value) {
        let Some(device) = self.people.devices.get_mut(index) else { return };
        let person = &mut self.people.all[device.person];
        if event["reason"] != "agent_left" || person.is_agent {
            device.is_over = true;
            if person.room == Some(device.room) {
                person.room = None;
            }
        }
    }

    /// A message has arrived: the next one, and not one that was here before.
    fn receive(&mut self, slot: usize, conn: ConnId, index: usize, event: &Value) {
        let id = event["id"].as_u64().unwrap_or(0);
        let first_id = self.line(slot).map_or(1, |line| line.first_id);
        let device = &self.people.devices[index];
        let last = device.last;
        NothingAcknowledgedIsLost
            .holds(id > last, || format!("{last} was here and {id} comes behind it, at {index}"));
        for skipped in last + 1..id {
            self.check_skipped(conn, index, first_id, skipped);
        }
        let device = &mut self.people.devices[index];
        device.last = id;
        device.hear_of(id, event);
    }

    /// A message that did not come: written on this very connection, or no longer in memory because everybody had been
    /// sent it before.
    fn check_skipped(&mut self, conn: ConnId, index: usize, first_id: u64, skipped: u64) {
        let device = &self.people.devices[index];
        let room = &self.model.rooms[device.room];
        let told = &room.log[usize::try_from(skipped - 1).unwrap_or(0)];
        if told.writer == device.person && told.on == Some(conn) {
            return;
        }
        let sent = self.lines[conn.slot as usize].as_ref().map_or(0, |line| line.sent_before);
        let dropped = skipped < first_id && skipped <= sent;
        NothingAcknowledgedIsLost.holds(dropped, || {
            format!(
                "message {skipped} never came to device {index} in room {}; the log begins at {first_id}",
                device.room
            )
        });
        self.coverage.note("log dropped");
    }

    fn receive_update(&mut self, index: usize, event: &Value) {
        let id = event["id"].as_u64().unwrap_or(0);
        let device = &mut self.people.devices[index];
        let last = device.last;
        let room = &self.model.rooms[device.room];
        let told = usize::try_from(id).ok().and_then(|id| room.log.get(id.checked_sub(1)?));
        let is_own = told.is_some_and(|told| told.writer == device.person);
        ProtocolIsKept.holds(device.updates, || "an update for somebody who does not want any".to_owned());
        NothingAcknowledgedIsLost
            .holds(is_own || id <= last, || format!("an update of {id}, and {last} is the last one here"));
        device.hear_of(id, event);
    }

    /// At the end: everything has come, and everything was answered.
    pub(crate) fn check_all_seen(&mut self) {
        for index in 0..self.people.devices.len() {
            let device = self.people.devices[index].clone();
            let Some(conn) = device.line else { continue };
            let Some(line) = self.line(conn.slot as usize) else { continue };
            if line.conn != conn || !line.takes_texts() || line.is_stalled {
                continue;
            }
            let (first_id, unanswered) = (line.first_id, line.unanswered.len());
            let end = self.model.rooms[device.room].log.len() as u64;
            for missing in device.last + 1..=end {
                self.check_skipped(conn, index, first_id, missing);
            }
            let device = &self.people.devices[index];
            ProtocolIsKept
                .holds(unanswered == 0, || format!("{unanswered} texts of device {index} have no answer"));
            ProtocolIsKept.holds(device.pending.is_empty(), || {
                format!("still pending at device {index}: {:?}", device.pending)
            });
            let room = &self.model.rooms[device.room];
            MembersOnly
                .holds(room.has(device.person), || format!("device {index} sits in a room of strangers"));
            self.coverage.note("device complete");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_that_comes_once_more_is_the_last_word_on_it() {
        let mut device = Device::default();
        device.hear_of(9, &json!({"type": "translation", "id": 9, "pending": true}));
        assert!(device.pending.contains(&9));
        device.hear_of(9, &json!({"type": "message", "id": 9, "own": true, "untranslated": true}));
        assert!(device.pending.is_empty());
        device.hear_of(9, &json!({"type": "translation", "id": 9, "pending": true}));
        assert!(device.pending.contains(&9));
    }
}
