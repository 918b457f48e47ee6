//! The engine: takes `(now, event)`, yields effects, does nothing.
//!
//! It owns the connections and their deadlines and hands what they say to the doors. [`Engine::handle`] is one
//! match; `connection` draws the phases; how bytes become requests is in `http`, how they become messages in `websocket`;
//! answers that come later than their requests are in `later`, slow calls in `jobs`; how much of one connection is dealt
//! with before others are is in `turn`.
//!
//! It must not know what a message means (that is [`crate::doors`]) nor what a socket is (that is the shell).

use std::collections::VecDeque;

use crate::config::{Config, Glossary, Value as _};
use crate::conversation::{RoomKey, Rooms};
use crate::doors::{
    Alarm, Context, Counters, Door, Doors, Limits, Outbox, Owner, Timer, table as doors_table,
};
use crate::tools::answers::Answers;
use crate::tools::jobs::Jobs;
use crate::tools::random::Random;
use crate::tools::timer::Wheel;
use crate::translate::Translator;
use crate::vocabulary::{Closing, ConnId, Effect, Event, Millis};
use crate::wire::http::{Limits as HttpLimits, Progress};
use crate::wire::pages::Pages;
use crate::wire::websocket::close;

mod connection;
mod http;
mod jobs;
mod later;
mod table;
mod turn;
mod websocket;

use connection::Phase;
use table::Table;

/// The whole server, minus the world.
pub struct Engine {
    config: Config,
    http_limits: HttpLimits,
    pages: Pages,
    connections: Table,
    doors: Doors,
    rooms: Rooms,
    translator: Translator,
    jobs: Jobs<Owner>,
    wheel: Wheel<Timer>,
    random: Random,
    limits: Limits,
    counters: Counters,
    outbox: Outbox,
    /// What doors have answered to earlier requests, until the end of the step.
    answers: Answers,
    /// Connections that have their answer, until the end of the event.
    resumed: VecDeque<ConnId>,
    /// Wall time minus time since boot, in milliseconds.
    unix_offset_ms: u64,
    /// What is promised now might be forgotten: changes are refused.
    store_is_down: bool,
    /// See [`Context::patient_until`].
    patient_until: Millis,
    stopping: bool,
}

impl Engine {
    /// Before boot: no randomness yet, and nothing asked of anybody. The doors are those of the table that are on.
    pub fn new(config: Config) -> Self {
        let doors = doors_table::all(&config);
        Self::with_doors(config, doors)
    }

    /// The same with these doors and no others.
    pub fn with_doors(config: Config, doors: Vec<Box<dyn Door>>) -> Self {
        Self {
            http_limits: HttpLimits::from(&config),
            pages: Pages::new(),
            connections: Table::default(),
            doors: Doors::new(doors),
            rooms: Rooms::default(),
            translator: Translator::new(&config),
            jobs: Jobs::default(),
            wheel: Wheel::new(),
            random: Random::new([0; 32]),
            limits: Limits::new(&config),
            counters: Counters::default(),
            outbox: Outbox::new(config.high_water_bytes),
            answers: Answers::default(),
            resumed: VecDeque::new(),
            unix_offset_ms: 0,
            store_is_down: false,
            patient_until: Millis::ZERO,
            stopping: false,
            config,
        }
    }

    /// One thing happened. Total: whatever it is, the answer is effects.
    pub fn handle(&mut self, now: Millis, event: Event<'_>, out: &mut Vec<Effect>) {
        match event {
            Event::Boot { unix_ms, seed } => self.boot(now, unix_ms, seed, out),
            Event::Wall { unix_ms } => self.unix_offset_ms = unix_ms.saturating_sub(now.0),
            Event::Entropy { seed } => self.random.mix_in(seed),
            Event::Accepted { conn, peer } => self.accepted(now, conn, peer, out),
            Event::Bytes { conn, bytes } => self.on_bytes(now, conn, bytes, out),
            Event::Eof { conn } => self.on_eof(now, conn, out),
            Event::Drained { conn } => self.on_drained(now, conn, out),
            Event::Turn { conn } => self.on_turn(now, conn, out),
            Event::Closed { conn, .. } => self.forget(now, conn, out),
            Event::JobPiece { job, bytes } => self.on_piece(now, job, bytes, out),
            Event::JobDone { job, outcome } => self.on_job_done(now, job, outcome, out),
            Event::Restored { record } => {
                let (doors, mut cx) = self.context(now, out);
                doors.restore(&mut cx, &record);
            }
            Event::StoreDown => self.store_is_down = true,
            Event::StoreUp => {
                self.store_is_down = false;
                self.patient_until = now + Context::PATIENCE;
                let (doors, mut cx) = self.context(now, out);
                doors.on_store_up(&mut cx);
            }
            Event::Gauges(gauges) => self.counters.gauges = gauges,
            Event::Reload { glossary } => self.reload(now, glossary.as_deref(), out),
            Event::Tick => self.on_tick(now, out),
            Event::Shutdown => self.shut_down(now, out),
        }
        self.end_step(now, out);
        self.go_on(now, out);
    }

    /// When [`Event::Tick`] has something to do; after a tick at `t`, later than `t`.
    pub fn next_deadline(&self) -> Option<Millis> {
        [self.wheel.next_deadline(), self.translator.next_deadline()].into_iter().flatten().min()
    }

    /// The doors, and everything else they are lent.
    fn context<'a>(&'a mut self, now: Millis, out: &'a mut Vec<Effect>) -> (&'a mut Doors, Context<'a>) {
        let cx = Context {
            now,
            unix_ms: self.unix_offset_ms.saturating_add(now.0),
            config: &self.config,
            rooms: &mut self.rooms,
            translator: &mut self.translator,
            jobs: &mut self.jobs,
            wheel: &mut self.wheel,
            random: &mut self.random,
            limits: &mut self.limits,
            counters: &mut self.counters,
            outbox: &mut self.outbox,
            answers: &mut self.answers,
            effects: out,
            store_is_down: self.store_is_down,
            patient_until: self.patient_until,
            is_start: false,
            door: 0,
            is_vouched: false,
            forgotten: Vec::new(),
        };
        (&mut self.doors, cx)
    }

    fn boot(&mut self, now: Millis, unix_ms: u64, seed: [u8; 32], out: &mut Vec<Effect>) {
        self.unix_offset_ms = unix_ms.saturating_sub(now.0);
        self.random = Random::new(seed);
        let mut cx = self.context(now, out).1;
        let (translator, mut turn) = cx.translate();
        translator.start(&mut turn);
    }

    /// A glossary that cannot be understood leaves the one there is.
    fn reload(&mut self, now: Millis, glossary: Option<&str>, out: &mut Vec<Effect>) {
        match glossary.map(|text| Glossary::parse(text.trim())) {
            None => {}
            Some(Ok(glossary)) => {
                log::info!(entries = glossary.all().len(); "the glossary was read again");
                self.translator.take_glossary(&glossary);
                self.config.glossary = glossary;
            }
            Some(Err(what)) => log::error!("GLOSSARY {what}; the one from before stays in force"),
        }
        let mut cx = self.context(now, out).1;
        let (translator, mut turn) = cx.translate();
        translator.look_for_all(&mut turn);
    }

    /// What follows from one step, of which an event may have several: rooms that had no part in it may have paid for it,
    /// what doors have answered leaves, and what a door has said goodbye to is closed.
    fn end_step(&mut self, now: Millis, out: &mut Vec<Effect>) {
        loop {
            if self.rooms.has_dropped() {
                let (doors, mut cx) = self.context(now, out);
                doors.after_step(&mut cx);
            } else if self.translator.has_ended() {
                // What was asked for has taken the place of something else.
                self.deliver_translations(now, out);
            } else if let Some((exchange, response)) = self.answers.pop() {
                self.answer_later(now, exchange, response, out);
            } else if let Some(conn) = self.outbox.take_ended() {
                self.close(now, conn, Closing::Flush, out);
            } else {
                return;
            }
        }
    }

    fn on_tick(&mut self, now: Millis, out: &mut Vec<Effect>) {
        while let Some((_, timer)) = self.wheel.pop_expired(now) {
            match timer {
                Timer::Connection(conn) => self.connection_timer(now, conn, out),
                Timer::Room(bits) => {
                    let (doors, mut cx) = self.context(now, out);
                    doors.on_room_timer(&mut cx, RoomKey::from_bits(bits));
                }
                Timer::Door { door, kind, key } => {
                    let (doors, mut cx) = self.context(now, out);
                    doors.on_timer(&mut cx, door, Alarm { kind, key });
                }
            }
        }
        // Not worth a timer of its own: until some tick comes, the limit of the tables holds.
        self.limits.purge(now);
        let mut cx = self.context(now, out).1;
        let (translator, mut turn) = cx.translate();
        translator.on_tick(&mut turn);
        self.deliver_translations(now, out);
    }

    // ---- the end ----

    /// WebSockets are told; answers under way leave; idle connections close.
    fn shut_down(&mut self, now: Millis, out: &mut Vec<Effect>) {
        self.stopping = true;
        for conn in self.connections.ids() {
            let Some(connection) = self.connections.get_mut(conn) else { continue };
            match &connection.phase {
                Phase::WebSocket(..) => {
                    self.outbox.end(conn, close::GOING_AWAY, "the server is stopping", out);
                }
                Phase::Http(reader) if reader.progress() == Progress::Idle => {
                    self.close(now, conn, Closing::Flush, out);
                }
                // It closes with its answer.
                Phase::Http(_) | Phase::Waiting(_) => {}
            }
        }
    }

    /// How many of each thing there are, for tests: all zero when everybody has left and time has passed.
    pub fn census(&self) -> Census {
        let behind = self.doors.counts();
        Census {
            connections: self.connections.len(),
            rooms: self.rooms.len(),
            tombstones: self.rooms.tombstones(),
            clients: self.rooms.clients(),
            timers: self.wheel.len(),
            text_bytes: self.rooms.text_bytes() + self.translator.text_bytes(),
            translations: self.translator.queued() + self.translator.running(),
            jobs: self.jobs.len(),
            addresses: self.connections.addresses() + behind.addresses + self.limits.addresses(),
            repeats: behind.repeats,
            changes: self.rooms.iter().map(|(_, room)| room.log.len()).sum(),
        }
    }

    /// Bytes of text that were restored and did not fit: whoever gives it less memory than before would lose them, and is to
    /// be told instead.
    pub fn unrestored_bytes(&self) -> usize {
        self.counters.unrestored_bytes
    }

    /// What must be the same after a restart, in words, for tests.
    pub fn digest(&self) -> String {
        self.rooms.digest()
    }

    /// Asserts what can be asserted from inside: traces and the simulation ask for it. A debug build does so for every room
    /// that it drains.
    ///
    /// # Panics
    /// If something is not as it must be.
    pub fn check_invariants(&self) {
        self.connections.check_invariants();
        assert_eq!(self.connections.len(), self.outbox.connections(), "the outbox counts every connection");
        self.rooms.check_invariants();
        self.doors.check_invariants(&self.rooms, &self.config);
        self.translator.check_invariants(&self.config);
        assert!(self.translator.running() <= self.jobs.len(), "every call under way has its owner");
        let text = self.rooms.text_bytes() + self.translator.text_bytes();
        assert!(text <= self.config.max_text_bytes, "all text is bounded");
        assert!(self.rooms.clients() <= self.config.max_tokens, "tokens are bounded");
    }
}

/// See [`Engine::census`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    pub connections: usize,
    pub rooms: usize,
    /// Closed rooms that are remembered.
    pub tombstones: usize,
    pub clients: usize,
    pub timers: usize,
    /// Text in memory, the cache included.
    pub text_bytes: usize,
    /// Translations asked for.
    pub translations: usize,
    /// Calls to the service whose end is awaited, probes among them.
    pub jobs: usize,
    /// Addresses of which something is counted: connections, rooms, actions.
    pub addresses: usize,
    /// Starts that may be made again.
    pub repeats: usize,
    /// Changes that all logs keep.
    pub changes: usize,
}
