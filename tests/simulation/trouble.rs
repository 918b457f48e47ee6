//! What goes wrong: lines that break or stall, mistakes, malice, stale names.

use dragoman::vocabulary::{CloseReason, Event};

use super::dice::Dice;
use super::line::{Asked, Call, Said};
use super::rude;
use super::wire;
use super::world::World;

impl World {
    // ---- lines ----

    pub(crate) fn connection_breaks(&mut self) {
        if let Some(slot) = self.some_line(|_| true) {
            self.reset(slot);
        }
    }

    pub(crate) fn peer_says_goodbye(&mut self) {
        let Some((slot, _)) = self.a_writer() else { return };
        let payload: &[u8] = if self.dice.percent(50) { &[0x03, 0xe8] } else { b"" };
        self.spoil(slot, |dice| wire::masked(0x88, payload, dice));
    }

    pub(crate) fn peer_half_closes(&mut self) {
        if let Some(slot) = self.some_line(|line| !line.has_ended)
            && let Some(line) = self.line(slot)
        {
            line.has_ended = true;
        }
    }

    /// The server learns of it by silence alone.
    pub(crate) fn device_vanishes(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        if let Some(line) = self.line(slot) {
            line.device = None;
            line.is_spoilt = true;
            line.inbox.clear();
            line.is_stalled = true;
        }
        self.people.devices[device].line = None;
    }

    pub(crate) fn reader_stalls(&mut self) {
        if let Some(slot) = self.some_line(|line| !line.is_stalled)
            && let Some(line) = self.line(slot)
        {
            line.is_stalled = true;
        }
    }

    pub(crate) fn reader_goes_on(&mut self) {
        if let Some(slot) =
            self.some_line(|line| line.is_stalled && (line.device.is_some() || !line.is_spoilt))
            && let now = self.now
            && let Some(line) = self.line(slot)
        {
            line.is_stalled = false;
            line.reads_since = now;
        }
    }

    // ---- mistakes and malice ----

    /// Sends bytes after which nothing can be expected of this line.
    pub(crate) fn spoil(&mut self, slot: usize, bytes: impl FnOnce(&mut Dice) -> Vec<u8>) {
        let bytes = bytes(&mut self.dice);
        if let Some(line) = self.line(slot) {
            line.inbox.extend(bytes);
            line.is_spoilt = true;
        }
    }

    pub(crate) fn bad_request(&mut self) {
        let Some(person) = self.somebody(|_| true) else { return };
        let slot = self.request_line(person);
        let bytes = rude::request(&mut self.dice);
        if let Some(line) = self.line(slot) {
            line.ask(&bytes, Call { person, what: Asked::Other }, bytes.starts_with(b"HEAD"));
            line.is_spoilt = true;
        }
    }

    pub(crate) fn mistaken_call(&mut self) {
        let Some(person) = self.somebody(|_| true) else { return };
        let (token, limits) = (self.token(person), self.config.clone());
        let room = self.people.all[person].room.filter(|_| self.dice.percent(10));
        let asking = match room {
            Some(room) => {
                wire::upgrade(format!("/ws?room_id={}&after=all", self.room_id(room))).bearer(&token)
            }
            None => rude::call(&mut self.dice, &token, &limits),
        };
        // An agent who names no room comes to the lobby.
        let is_upgrade = asking.fields.iter().any(|(name, _)| *name == "Sec-WebSocket-Key");
        let watches = self.people.all[person].is_agent && is_upgrade && asking.target == "/ws";
        self.ask(person, &asking, if watches { Asked::Watch } else { Asked::Other });
    }

    pub(crate) fn bad_frame(&mut self) {
        let Some((slot, _)) = self.a_writer() else { return };
        let limit = self.config.max_ws_message_bytes;
        self.spoil(slot, |dice| rude::frame(dice, limit));
    }

    pub(crate) fn bad_text(&mut self) {
        let Some((slot, _)) = self.a_writer() else { return };
        let text = rude::text(&mut self.dice, &self.config);
        let said = Said { reference: None, text: String::new(), number: 0, is_bad: true };
        self.say_json(slot, text.as_bytes(), said);
    }

    /// Whether a request of somebody has not been read yet that is such.
    pub(crate) fn is_under_way(&self, person: usize, is: impl Fn(&Asked) -> bool) -> bool {
        let calls = self.lines.iter().flatten().flat_map(|line| &line.tap_calls);
        let mut asked = calls.map(|call| (call.person, &call.what)).chain(self.disk.asked_in_vain());
        asked.any(|(who, what)| who == person && is(what))
    }

    /// With a token that is unknown or of somebody else, into a room that is not theirs.
    pub(crate) fn intrudes(&mut self) {
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
        let (asking, what) =
            rude::intrusion(&mut self.dice, &token, &room_id, self.people.all[person].is_agent);
        self.ask(person, &asking, Asked::Forbidden { what });
    }

    pub(crate) fn stale_names(&mut self) {
        let Some(conn) = self.dice.pick(&self.gone.clone()) else { return };
        let reason = CloseReason::Reset;
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
        if let Some(job) = self.dice.pick(&self.services.over.clone()) {
            let done = self.handle(Event::JobPiece { job, bytes: "late".into() });
            self.check_stale("a piece of an answer to a job that is over", done.effects);
            let outcome = rude::late_answer();
            let done = self.handle(Event::JobDone { job, outcome });
            self.check_stale("an answer to a job that is over", done.effects);
        }
    }

    pub(crate) fn looks_around(&mut self) {
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
}
