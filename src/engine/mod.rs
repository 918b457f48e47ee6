//! The engine: takes `(now, event)`, yields effects, does nothing.
//!
//! It owns the connections and their deadlines and hands what they say to the doors. [`Engine::handle`] is one
//! match; `connection` draws the phases; how bytes become requests and messages is in `dispatch`.
//!
//! It must not know what a message means (that is [`crate::doors`]) nor what a socket is (that is the shell).

use crate::config::Config;
use crate::conversation::{RoomKey, Rooms};
use crate::doors::{Alarm, Context, Counters, Door, Doors, Limits, Outbox, Timer, table as doors_table};
use crate::tools::limiter::AddressKey;
use crate::tools::random::Random;
use crate::tools::timer::Wheel;
use crate::translate::Translator;
use crate::vocabulary::{Closing, ConnId, Effect, Event, Millis};
use crate::wire::http::{self, Response};
use crate::wire::pages::Pages;
use crate::wire::websocket::{self, close};

mod connection;
mod dispatch;
mod table;

use connection::{Connection, Phase};
use table::Table;

/// The whole server, minus the world.
pub struct Engine {
    config: Config,
    http_limits: http::Limits,
    pages: Pages,
    connections: Table,
    doors: Doors,
    rooms: Rooms,
    translator: Translator,
    wheel: Wheel<Timer>,
    random: Random,
    limits: Limits,
    counters: Counters,
    outbox: Outbox,
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
            http_limits: http::Limits::from(&config),
            pages: Pages::new(),
            connections: Table::default(),
            doors: Doors::new(doors),
            rooms: Rooms::default(),
            translator: Translator::new(&config),
            wheel: Wheel::new(),
            random: Random::new([0; 32]),
            limits: Limits::new(&config),
            counters: Counters::default(),
            outbox: Outbox::new(config.high_water_bytes),
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
            Event::Entropy { seed } => self.random.stir(seed),
            Event::Accepted { conn, peer } => self.accepted(now, conn, peer, out),
            Event::Bytes { conn, bytes } => self.on_bytes(now, conn, bytes, out),
            Event::Eof { conn } => self.on_eof(now, conn, out),
            Event::Drained { conn } => self.on_drained(now, conn, out),
            Event::Closed { conn, .. } => self.forget(now, conn, out),
            Event::JobDone { job, outcome } => {
                let mut cx = self.context(now, out).1;
                let (translator, mut turn) = cx.translate();
                if translator.on_job(&mut turn, job, &outcome) {
                    self.deliver_settled(now, out);
                }
            }
            Event::Restored { record } => {
                let (doors, mut cx) = self.context(now, out);
                doors.restore(&mut cx, record);
            }
            Event::StoreDown => self.store_is_down = true,
            Event::StoreUp => {
                self.store_is_down = false;
                self.patient_until = now + Context::PATIENCE;
                let (doors, mut cx) = self.context(now, out);
                doors.on_store_up(&mut cx);
            }
            Event::Gauges(gauges) => self.counters.gauges = gauges,
            Event::Tick => self.on_tick(now, out),
            Event::Shutdown => self.shut_down(now, out),
        }
        self.end_step(now, out);
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
            wheel: &mut self.wheel,
            random: &mut self.random,
            limits: &mut self.limits,
            counters: &mut self.counters,
            outbox: &mut self.outbox,
            effects: out,
            store_is_down: self.store_is_down,
            patient_until: self.patient_until,
            door: 0,
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

    // ---- connections ----

    fn accepted(&mut self, now: Millis, conn: ConnId, peer: std::net::IpAddr, out: &mut Vec<Effect>) {
        self.counters.connections += 1;
        // The shell gives a slot away only when its last tenant is gone; should it not have said so, now it has.
        if let Some(last_tenant) = self.connections.occupant(conn.slot) {
            self.forget(now, last_tenant, out);
        }
        self.connections.insert(Connection::new(conn, peer, now));
        self.outbox.open(conn);
        let trusted = self.config.trusted_proxies.0.iter().any(|network| network.contains(peer));
        let limit = self.config.max_connections_per_address;
        let fits = trusted || self.connections.count(conn, AddressKey::from(peer), limit);
        if self.stopping {
            self.turn_away(now, conn, 503, "stopping", "the server is stopping", out);
        } else if self.connections.len() > self.config.max_connections {
            self.turn_away(now, conn, 503, "server_full", "the server has too many connections", out);
        } else if !fits {
            self.turn_away(
                now,
                conn,
                429,
                "too_many_connections",
                "your address has too many connections",
                out,
            );
        } else {
            self.set_deadline(conn, now + self.config.head_timeout_ms);
        }
    }

    /// Answers before anything was asked, and closes.
    fn turn_away(
        &mut self,
        now: Millis,
        conn: ConnId,
        status: u16,
        code: &'static str,
        message: &'static str,
        out: &mut Vec<Effect>,
    ) {
        let response = Response::error(status, code, message);
        self.respond(now, conn, &response, false, false, out);
        self.close(now, conn, Closing::Flush, out);
    }

    /// Closes a connection that is still there.
    fn close(&mut self, now: Millis, conn: ConnId, how: Closing, out: &mut Vec<Effect>) {
        if self.connections.get_mut(conn).is_some() {
            self.forget(now, conn, out);
            out.push(Effect::Close { conn, how });
        }
    }

    /// A connection is gone: whoever spoke through it is told.
    fn forget(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = self.connections.remove(conn) else { return };
        if let Some((_, timer)) = connection.timer {
            self.wheel.cancel(timer);
        }
        self.outbox.forget(conn);
        if let Phase::WebSocket(_, door) = connection.phase {
            let (doors, mut cx) = self.context(now, out);
            doors.on_close(&mut cx, door, conn);
        }
    }

    /// What follows from one step, of which an event may have several: rooms that had no part in it may have paid for it,
    /// and what a door has said goodbye to is closed.
    fn end_step(&mut self, now: Millis, out: &mut Vec<Effect>) {
        let (doors, mut cx) = self.context(now, out);
        doors.look_back(&mut cx);
        while let Some(conn) = self.outbox.take_ended() {
            self.close(now, conn, Closing::Flush, out);
        }
    }

    // ---- time ----

    /// Sets when an HTTP connection is out of time. The wheel is only touched if the timer would come too late.
    fn set_deadline(&mut self, conn: ConnId, at: Millis) {
        let Some(connection) = self.connections.get_mut(conn) else { return };
        connection.deadline = at;
        self.arm(conn, at);
    }

    /// Makes sure that the timer of a connection comes no later than `at`.
    fn arm(&mut self, conn: ConnId, at: Millis) {
        let Some(connection) = self.connections.get_mut(conn) else { return };
        match connection.timer {
            Some((armed, _)) if armed <= at => return,
            Some((_, timer)) => {
                self.wheel.cancel(timer);
            }
            None => {}
        }
        connection.timer = Some((at, self.wheel.insert(at, Timer::Connection(conn))));
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
        self.deliver_settled(now, out);
    }

    fn connection_timer(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = self.connections.get_mut(conn) else { return };
        connection.timer = None;
        match connection.phase {
            Phase::WebSocket(..) => self.check_pulse(now, conn, out),
            Phase::Http(_) if connection.deadline > now => {
                let at = connection.deadline;
                self.arm(conn, at);
            }
            Phase::Http(_) => self.time_out(now, conn, out),
        }
    }

    /// Pings a silent WebSocket, gives up one that stays silent.
    fn check_pulse(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let (ping, gone) = (self.config.ping_interval_ms, self.config.pong_timeout_ms);
        let Some(connection) = self.connections.get_mut(conn) else { return };
        let silence = now - connection.last_heard;
        if silence >= gone {
            log::debug!(target: "dragoman::engine", conn:% = conn; "gone without a word");
            return self.close(now, conn, Closing::Abort, out);
        }
        let at = if silence >= ping { connection.last_heard + gone } else { connection.last_heard + ping };
        let due = silence >= ping && !std::mem::replace(&mut connection.pinged, true);
        self.arm(conn, at);
        if due {
            self.outbox.send(conn, websocket::ping_frame(), out);
        }
    }

    /// An HTTP connection has had its time: a request half sent is answered, silence is not.
    fn time_out(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = self.connections.get_mut(conn) else { return };
        let Phase::Http(reader) = &connection.phase else { return };
        if reader.progress() != http::Progress::Idle && !self.outbox.is_full(conn) {
            let response = Response::error(408, "timeout", "the request did not arrive in time");
            self.respond(now, conn, &response, false, false, out);
        }
        self.close(now, conn, Closing::Flush, out);
    }

    // ---- the translator ----

    /// Tells the doors that tickets may have settled.
    fn deliver_settled(&mut self, now: Millis, out: &mut Vec<Effect>) {
        let (doors, mut cx) = self.context(now, out);
        doors.on_job(&mut cx);
        // What is remembered now may be more than fits beside the texts of the rooms.
        cx.make_space(0);
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
                Phase::Http(reader) if reader.progress() == http::Progress::Idle => {
                    self.close(now, conn, Closing::Flush, out);
                }
                // It closes with its answer.
                Phase::Http(_) => {}
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
            jobs: self.translator.jobs(),
            addresses: self.connections.addresses() + behind.addresses + self.limits.addresses(),
            repeats: behind.repeats,
            entries: self.rooms.iter().map(|(_, room)| room.log.len()).sum(),
        }
    }

    /// Asserts what can be asserted from inside; the simulation calls it after every event.
    ///
    /// # Panics
    /// If something is not as it must be.
    pub fn check_invariants(&self) {
        self.connections.check_invariants();
        assert_eq!(self.connections.len(), self.outbox.connections(), "the outbox counts every connection");
        self.rooms.check_invariants();
        self.doors.check_invariants(&self.rooms, &self.config);
        self.translator.check_invariants(&self.config);
        let text = self.rooms.text_bytes() + self.translator.text_bytes();
        assert!(text <= self.config.max_text_bytes, "all text is bounded");
        assert!(self.rooms.clients() <= self.config.max_tokens, "tokens are bounded");
    }
}

/// See [`Engine::census`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// TCP connections.
    pub connections: usize,
    /// Open rooms.
    pub rooms: usize,
    /// Closed rooms that are remembered.
    pub tombstones: usize,
    /// Valid tokens.
    pub clients: usize,
    /// Timers in the wheel.
    pub timers: usize,
    /// Text in memory, the cache included.
    pub text_bytes: usize,
    /// Translations asked for.
    pub translations: usize,
    /// Calls to the service whose end is awaited, probes among them.
    pub jobs: usize,
    /// Addresses of which something is remembered: connections, rooms, deeds.
    pub addresses: usize,
    /// Starts that may be made again.
    pub repeats: usize,
    /// Entries of all logs.
    pub entries: usize,
}
