//! One connection, from its first byte to its last: first HTTP, perhaps a WebSocket later.
//!
//! ```text
//!   Http ── request for a WebSocket, agreed ──▶ WebSocket(door)
//!    │ ▲ └── request, answered later ──▶ Waiting ──▶ Http
//!    └─┘ request, response, as long as both sides keep the connection
//! ```

use std::net::IpAddr;

use super::Engine;
use super::later::Waiting;
use super::turn::Share;
use crate::doors::Timer;
use crate::tools::known::known;
use crate::tools::limiter::AddressKey;
use crate::tools::timer::TimerId;
use crate::vocabulary::{Closing, ConnId, Effect, Millis};
use crate::wire::http::{RequestReader, Response};
use crate::wire::websocket::Session;

/// What the engine knows of a connection.
pub(super) struct Connection {
    pub(super) id: ConnId,
    pub(super) peer: IpAddr,
    /// Under which address it is counted, if it is: a proxy's own connections are not.
    pub(super) counted: Option<AddressKey>,
    /// A request on it has brought a token or a key.
    pub(super) is_vouched: bool,
    /// It has come when most others had: without a token it is answered once, and gone.
    pub(super) is_in_reserve: bool,
    pub(super) phase: Phase,
    /// Bytes that came and wait until what was sent has left, an answer has come, or others have had their turn. Bounded by
    /// [`HELD_BYTES`].
    pub(super) held: Vec<u8>,
    /// The peer sends no more.
    pub(super) ended: bool,
    /// When the timer comes, and what it does then is decided by the phase.
    pub(super) timer: Option<(Millis, TimerId)>,
    /// When the connection, or the answer it waits for, is out of time, if it is HTTP.
    pub(super) deadline: Millis,
    /// Requests so far; behind the first one, a head has its time from its first byte on.
    pub(super) exchanges: u64,
    /// When there was the last sign of life.
    pub(super) last_heard: Millis,
    /// A ping was sent since.
    pub(super) pinged: bool,
    pub(super) share: Share,
}

/// What is spoken on it.
pub(super) enum Phase {
    Http(RequestReader),
    /// For the answer to a request.
    Waiting(Box<Waiting>),
    /// Of the door in this place of the table.
    WebSocket(Session, u8),
}

/// Bytes that may wait at a connection above its mark, without its answer, or before its turn. The shell stops reading
/// there, so only what one read had brought already can come.
pub(super) const HELD_BYTES: usize = 256 * 1024;

impl Connection {
    /// Whether it waits for an answer.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Waiting(_))
    }

    /// Whether it may stay: what is left when most is taken is for those for whom a token speaks.
    pub(super) fn may_stay(&self) -> bool {
        self.is_vouched || !self.is_in_reserve
    }

    pub(super) fn new(id: ConnId, peer: IpAddr, now: Millis) -> Self {
        Self {
            id,
            peer,
            counted: None,
            is_vouched: false,
            is_in_reserve: false,
            phase: Phase::Http(RequestReader::new()),
            held: Vec::new(),
            ended: false,
            timer: None,
            deadline: now,
            exchanges: 0,
            last_heard: now,
            pinged: false,
            share: Share::default(),
        }
    }
}

impl Engine {
    // ---- coming and going ----

    pub(super) fn accepted(&mut self, now: Millis, conn: ConnId, peer: IpAddr, out: &mut Vec<Effect>) {
        self.counters.connections += 1;
        // The shell gives a slot away only when the connection before is gone; should it not have said so, now it has.
        if let Some(last_tenant) = self.connections.occupant(conn.slot) {
            self.forget(now, last_tenant, out);
        }
        self.connections.insert(Connection::new(conn, peer, now));
        self.outbox.open(conn);
        let is_scarce = self.connections.is_scarce(&self.config);
        if let Some(connection) = known(self.connections.get_mut(conn)) {
            connection.is_in_reserve = is_scarce;
        }
        let fits =
            self.config.trusts(peer) || self.connections.count(conn, AddressKey::from(peer), &self.config);
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
    pub(super) fn close(&mut self, now: Millis, conn: ConnId, how: Closing, out: &mut Vec<Effect>) {
        if self.connections.get_mut(conn).is_some() {
            self.forget(now, conn, out);
            out.push(Effect::Close { conn, how });
        }
    }

    /// A connection is gone: whoever spoke through it is told.
    pub(super) fn forget(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = self.connections.remove(conn) else { return };
        if let Some((_, timer)) = connection.timer {
            self.wheel.cancel(timer);
        }
        self.outbox.forget(conn);
        let (doors, mut cx) = self.context(now, out);
        match connection.phase {
            Phase::Http(_) => {}
            Phase::Waiting(waiting) => {
                let (door, exchange) = waiting.owner();
                doors.on_given_up(&mut cx, door, exchange);
            }
            Phase::WebSocket(_, door) => doors.on_close(&mut cx, door, conn),
        }
    }

    // ---- bytes ----

    pub(super) fn on_bytes(&mut self, now: Millis, conn: ConnId, bytes: &[u8], out: &mut Vec<Effect>) {
        let Some(connection) = self.connections.get_mut(conn) else { return };
        connection.last_heard = now;
        connection.pinged = false;
        if connection.held.is_empty() {
            return self.consume(now, conn, bytes, out);
        }
        if connection.held.len() + bytes.len() > HELD_BYTES {
            return self.close(now, conn, Closing::Abort, out);
        }
        connection.held.extend_from_slice(bytes);
        self.consume_held(now, conn, out);
    }

    pub(super) fn consume_held(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = self.connections.get_mut(conn).filter(|it| !it.is_waiting()) else { return };
        let held = std::mem::take(&mut connection.held);
        self.consume(now, conn, &held, out);
    }

    /// Uses up bytes as long as the connection takes what comes of them; holds the rest.
    fn consume(&mut self, now: Millis, conn: ConnId, mut bytes: &[u8], out: &mut Vec<Effect>) {
        loop {
            let full = self.outbox.is_full(conn);
            let Some(connection) = self.connections.get_mut(conn) else { return };
            let waits = full || connection.is_waiting();
            if !waits && !bytes.is_empty() && connection.share.is_used_up(now) {
                connection.share.yield_turn(conn, out);
            }
            if waits || connection.share.has_yielded() {
                if bytes.len() > HELD_BYTES {
                    return self.close(now, conn, Closing::Abort, out);
                }
                connection.held.extend_from_slice(bytes);
                return;
            }
            let onward = match connection.phase {
                Phase::Http(_) | Phase::Waiting(_) => self.http_step(now, conn, &mut bytes, out),
                Phase::WebSocket(..) => self.websocket_step(now, conn, &mut bytes, out),
            };
            if onward == Onward::Wait {
                return;
            }
            self.end_step(now, out);
        }
    }

    pub(super) fn on_eof(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = self.connections.get_mut(conn) else { return };
        connection.ended = true;
        self.close_if_done(now, conn, out);
    }

    /// Closes a connection that will send no more once all that came before is answered.
    pub(super) fn close_if_done(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let full = self.outbox.is_full(conn);
        let Some(connection) = self.connections.get_mut(conn) else { return };
        if connection.ended && connection.held.is_empty() && !full && !connection.is_waiting() {
            self.close(now, conn, Closing::Flush, out);
        }
    }

    pub(super) fn on_drained(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        self.outbox.drained(conn);
        let Some(connection) = self.connections.get_mut(conn) else { return };
        connection.share.renew();
        connection.last_heard = now;
        connection.pinged = false;
        if let Phase::WebSocket(_, door) = connection.phase {
            let (doors, mut cx) = self.context(now, out);
            doors.on_drained(&mut cx, door, conn);
            self.end_step(now, out);
        }
        self.catch_up(now, conn, out);
        self.close_if_done(now, conn, out);
    }

    // ---- time ----

    /// Sets when an HTTP connection is out of time. The wheel is only touched if the timer would come too late.
    pub(super) fn set_deadline(&mut self, conn: ConnId, at: Millis) {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        connection.deadline = at;
        self.arm(conn, at);
    }

    /// Makes sure that the timer of a connection comes no later than `at`.
    pub(super) fn arm(&mut self, conn: ConnId, at: Millis) {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        match connection.timer {
            Some((armed, _)) if armed <= at => return,
            Some((_, timer)) => {
                self.wheel.cancel(timer);
            }
            None => {}
        }
        connection.timer = Some((at, self.wheel.insert(at, Timer::Connection(conn))));
    }

    /// Sets the timer of a connection anew: what it waited for before is over.
    pub(super) fn rearm(&mut self, conn: ConnId, at: Millis) {
        let timer = self.connections.get_mut(conn).and_then(|connection| connection.timer.take());
        if let Some((_, timer)) = timer {
            self.wheel.cancel(timer);
        }
        self.arm(conn, at);
    }

    pub(super) fn connection_timer(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = known(self.connections.get_mut(conn)) else { return };
        connection.timer = None;
        match connection.phase {
            Phase::WebSocket(..) => self.check_pulse(now, conn, out),
            Phase::Http(_) | Phase::Waiting(_) if connection.deadline > now => {
                let at = connection.deadline;
                self.arm(conn, at);
            }
            Phase::Http(_) => self.time_out(now, conn, out),
            Phase::Waiting(_) => self.answer_overdue(now, conn, out),
        }
    }
}

/// Whether a connection goes on after a step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Onward {
    /// Something came of the bytes; there may be more in them.
    Go,
    /// Nothing comes of them until there are more.
    Wait,
}
