//! What people do, drawn from the table in the head comment of the simulation.

use std::net::{IpAddr, Ipv4Addr};

use super::line::{Asked, Call};
use super::people::Person;
use super::wire::Asking;
use super::words;
use super::world::World;
use dragoman::vocabulary::{Event, Millis};

/// The key of the desk, where there is one.
pub(crate) const KEY: &str = "the-key-of-the-desk";

type Action = (usize, &'static str, fn(&mut World));

/// Weight, name, deed.
pub(crate) const TABLE: [Action; 47] = [
    (40, "a customer comes", World::customer_comes),
    (10, "a start is made again with its key", World::starts_again),
    (40, "an agent comes, or sets a profile anew", World::agent_comes),
    (20, "an agent asks who waits", World::agent_looks),
    (90, "an agent joins a room, perhaps one too many", World::agent_joins),
    (30, "an agent comes to watch who waits", World::agent_watches),
    (5, "somebody speaks in the lobby", World::speaks_in_the_lobby),
    (20, "somebody asks for a transcript", World::asks_for_a_transcript),
    (140, "a device connects, or comes back with after", World::device_opens),
    (15, "a second device of somebody", World::second_device),
    (240, "somebody writes", World::somebody_writes),
    (40, "somebody writes a burst", World::somebody_bursts),
    (25, "a message is sent again under its name", World::says_again),
    (100, "somebody types", World::somebody_types),
    (60, "somebody reads", World::somebody_reads),
    (15, "somebody chooses a language", World::somebody_chooses),
    (30, "an agent looks at a draft", World::somebody_previews),
    (40, "somebody asks for a translation again", World::somebody_retries),
    (40, "an agent translates by hand", World::somebody_translates),
    (25, "an agent sends what is written already", World::somebody_sends_canned),
    (12, "a customer ends", World::customer_ends),
    (25, "an agent ends", World::agent_ends),
    (50, "a connection breaks", World::connection_breaks),
    (12, "a peer says goodbye", World::peer_says_goodbye),
    (12, "a peer writes no more", World::peer_half_closes),
    (10, "a device is gone without a word", World::device_vanishes),
    (30, "a reader stalls", World::reader_stalls),
    (50, "a reader goes on", World::reader_goes_on),
    (25, "a request that is none", World::bad_request),
    (40, "a call with a mistake", World::mistaken_call),
    (25, "a frame that is none", World::bad_frame),
    (20, "a text that is no message", World::bad_text),
    (70, "somebody comes to the hub, or comes back", World::guest_comes),
    (110, "somebody writes in the hub", World::guest_writes),
    (8, "somebody breaks a rule of the hub", World::guest_errs),
    (40, "somebody tries what is not theirs", World::intrudes),
    (25, "stale names", World::stale_names),
    (30, "a page, the health, the metrics", World::looks_around),
    (200, "a moment passes", World::a_moment),
    (80, "seconds pass", World::some_seconds),
    (30, "minutes pass", World::some_minutes),
    (3, "hours pass", World::some_hours),
    (8, "the clock jumps", World::clock_jumps),
    (60, "a service that translates fails, or recovers", World::weather_changes),
    (12, "the disk fails", World::disk_fails),
    (4, "the process dies and is started again", World::crashes),
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
        self.disk_may_recover();
        if self.dice.percent(85) {
            self.pump();
        }
    }

    // ---- helpers ----

    pub(crate) fn somebody(&mut self, is: impl Fn(&Person) -> bool) -> Option<usize> {
        let some: Vec<usize> =
            (0..self.people.all.len()).filter(|&index| is(&self.people.all[index])).collect();
        self.dice.pick(&some)
    }

    pub(crate) fn some_line(&mut self, is: impl Fn(&super::line::Line) -> bool) -> Option<usize> {
        let slots = self.lines.iter().enumerate();
        let some: Vec<usize> =
            slots.filter(|(_, line)| line.as_ref().is_some_and(&is)).map(|(slot, _)| slot).collect();
        self.dice.pick(&some)
    }

    pub(crate) fn address(&mut self) -> IpAddr {
        let last = u8::try_from(self.dice.below(ADDRESSES.into())).unwrap_or(0);
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1 + last))
    }

    /// A line for a request of this person: one they have, or a new one.
    pub(crate) fn request_line(&mut self, person: usize) -> usize {
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

    pub(crate) fn a_number(&mut self) -> u32 {
        self.numbers += 1;
        100_000 + self.numbers
    }

    /// A few sentences; the first has the number by which the text is known.
    pub(crate) fn a_text(&mut self, language: &str) -> (String, u32) {
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
        self.services.change(self.now, self.is_calm, &mut self.dice);
    }

    fn crashes(&mut self) {
        if !self.is_calm && !self.stopping {
            self.crash();
        }
    }

    fn outer_world(&mut self) {
        let unix_ms = 1_766_000_000_000 + self.dice.between(0, 100_000_000);
        self.handle(Event::Wall { unix_ms });
        let seed = self.dice.seed();
        self.handle(Event::Entropy { seed });
    }
}
