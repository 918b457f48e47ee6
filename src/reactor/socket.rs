//! One accepted socket: how far it has been read and written, and how it ends.
//!
//! ```text
//!   Open ── core says Flush ──▶ Flushing ── all has left ──▶ Draining ──▶ dropped
//!    ├───── core says Abort ──▶ Dead ───────────────────────────────────▶ dropped
//!    └───── it breaks ────────▶ Failed ── core is told ─────────────────▶ dropped
//! ```
//!
//! Decides nothing about chats and emits no events: [`super::sockets`] owns the table, asks each socket in turn and
//! tells the core. Must not read the clock; the time of the turn is an argument.

use std::io::{self, ErrorKind, Read as _};
use std::net::Shutdown;

use bytes::Bytes;
use mio::net::TcpStream;

use super::outbox::Outbox;
use crate::vocabulary::{CloseReason, ConnId, Millis};

/// How long a peer is listened to after everything has left, so that no reset overtakes the answer.
const DRAIN_SPAN: Millis = Millis::from_secs(2);
/// Bytes of a peer that are thrown away in that time.
const DRAIN_BYTES: usize = 256 * 1024;
/// How long output may leave without progress after the core has closed the connection.
const FLUSH_STALL: Millis = Millis::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The core knows it.
    Open,
    /// It broke, and the core has yet to be told.
    Failed(CloseReason),
    /// The core has forgotten it; output is still leaving.
    Flushing {
        /// Dropped then, unless something leaves before.
        until: Millis,
    },
    /// The core has forgotten it and everything has left; what the peer still says is thrown away.
    Draining {
        /// Dropped then.
        until: Millis,
        /// Bytes that may still be thrown away.
        left_bytes: usize,
    },
    /// To be dropped at the end of the turn.
    Dead,
}

/// What one read has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// So many bytes, at least one, at the front of the buffer.
    Bytes(usize),
    /// The peer will send no more.
    Eof,
    /// It broke.
    Failed(CloseReason),
}

/// A socket and what we know about it.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) conn: ConnId,
    pub(super) phase: Phase,
    /// On the list of sockets to be read.
    pub(super) listed: bool,
    /// On the list of sockets to be written at the end of the turn.
    pub(super) dirty: bool,
    /// The core wants nothing from it for now.
    pub(super) paused: bool,
    /// The core has enough from it until its turn has come again.
    pub(super) yielded: bool,
    /// Some of the output of this turn is what somebody else has said.
    pub(super) delivers: bool,
    stream: TcpStream,
    outbox: Outbox,
    /// Bytes sent to it since the core was last told that everything has left. The core counts the same.
    unacknowledged_bytes: usize,
    /// Nothing leaves before what it speaks of is stored: bytes of output then.
    held_bytes: Option<usize>,
    /// The kernel may have something for us; it tells once only, so this stands until a read comes up short.
    readable: bool,
    /// The kernel has seen the end of the peer's output: a short read is not the last one.
    read_closed: bool,
    /// The end of the peer's output has been read.
    eof: bool,
    /// The kernel takes output, as far as we know.
    writable: bool,
}

impl Socket {
    /// A socket just accepted. The kernel takes output at once; what there is to read, the first poll tells.
    pub(super) fn new(conn: ConnId, stream: TcpStream) -> Self {
        Self {
            conn,
            phase: Phase::Open,
            listed: false,
            dirty: false,
            paused: false,
            yielded: false,
            delivers: false,
            stream,
            outbox: Outbox::default(),
            unacknowledged_bytes: 0,
            held_bytes: None,
            readable: false,
            read_closed: false,
            eof: false,
            writable: true,
        }
    }

    /// Takes note of what the poll says.
    pub(super) fn note(&mut self, event: &mio::event::Event) {
        self.read_closed |= event.is_read_closed();
        self.readable |= !self.eof && (event.is_readable() || event.is_read_closed() || event.is_error());
        self.writable |= event.is_writable();
        // Once the end was read, a read gives zero for ever and hides a later reset, and who is paused is not read at all:
        // ask for the error itself.
        let broke = (self.eof || self.paused) && (event.is_error() || event.is_write_closed());
        if broke && self.phase == Phase::Open {
            let error = self.stream.take_error().ok().flatten();
            self.phase = error.map_or(Phase::Open, |error| Phase::Failed(reason(&error)));
        }
    }

    /// Whether there is something to do for it when sockets are read. Above the high-water mark it has to wait: who
    /// does not read what we answer shall not make us answer more.
    pub(super) fn wants_turn(&self, high_water_bytes: usize) -> bool {
        match self.phase {
            Phase::Open => {
                let waits = self.paused || self.yielded;
                self.readable && !waits && self.unacknowledged_bytes < high_water_bytes
            }
            Phase::Failed(_) => true,
            Phase::Draining { .. } => self.readable,
            Phase::Flushing { .. } | Phase::Dead => false,
        }
    }

    /// Reads once; none if there is nothing for now. A read that does not fill the buffer has emptied the kernel's
    /// (epoll(7), question 9), which saves the second call; unless the end is already known to follow.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Option<Read> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => {
                    self.readable = false;
                    self.eof = true;
                    return Some(Read::Eof);
                }
                Ok(bytes) => {
                    self.readable = bytes == buffer.len() || self.read_closed;
                    return Some(Read::Bytes(bytes));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    return None;
                }
                Err(error) => return Some(Read::Failed(reason(&error))),
            }
        }
    }

    /// Reads once and throws it away; whether to go on with that.
    pub(super) fn discard(&mut self, buffer: &mut [u8]) -> bool {
        let bytes = match self.read(buffer) {
            Some(Read::Bytes(bytes)) => bytes,
            None => 0,
            Some(Read::Eof | Read::Failed(_)) => return false,
        };
        let Phase::Draining { left_bytes, .. } = &mut self.phase else { return false };
        *left_bytes = left_bytes.saturating_sub(bytes);
        *left_bytes > 0
    }

    /// Appends output; it leaves at the end of the turn.
    pub(super) fn send(&mut self, bytes: Bytes) {
        self.unacknowledged_bytes += bytes.len();
        if let Some(held) = &mut self.held_bytes {
            *held += bytes.len();
        }
        self.outbox.push(bytes);
        if self.held_bytes.is_some() {
            self.outbox.keep();
        }
    }

    /// Holds back what waits, and what follows it.
    pub(super) fn hold(&mut self) {
        self.held_bytes = Some(self.outbox.bytes());
        self.outbox.keep();
    }

    /// Bytes that are held back; none if nothing is.
    pub(super) fn held_bytes(&self) -> Option<usize> {
        self.held_bytes
    }

    /// Lets go what was held back; whether anything was.
    pub(super) fn release(&mut self, now: Millis) -> bool {
        if let Phase::Flushing { until } = &mut self.phase {
            *until = now + FLUSH_STALL;
        }
        self.held_bytes.take().is_some()
    }

    /// Whether output waits for the kernel.
    pub(super) fn has_output(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// The core lets go of it, softly.
    pub(super) fn close_after_flush(&mut self, now: Millis) {
        self.phase = Phase::Flushing { until: now + FLUSH_STALL };
    }

    /// Writes what waits, moves on to the next phase where that was all, and gives back the error of a broken one.
    ///
    /// # Errors
    /// The kind of the error; the phase is for the caller to change.
    pub(super) fn flush(&mut self, now: Millis) -> Result<(), CloseReason> {
        let written = self.write().map_err(|error| reason(&error))?;
        if let Phase::Flushing { until } = &mut self.phase {
            if written > 0 {
                *until = now + FLUSH_STALL;
            }
            if self.outbox.is_empty() {
                self.finish(now);
            }
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<usize> {
        if !self.writable {
            return Ok(0);
        }
        let written = self.outbox.write_to(&mut self.stream)?;
        self.writable = self.outbox.is_empty();
        Ok(written)
    }

    /// Everything has left: say that nothing follows, and wait for the peer to have read it, unless it has gone first.
    fn finish(&mut self, now: Millis) {
        let said = self.stream.shutdown(Shutdown::Write).is_ok();
        self.phase = if said && !self.eof {
            Phase::Draining { until: now + DRAIN_SPAN, left_bytes: DRAIN_BYTES }
        } else {
            Phase::Dead
        };
    }

    /// When to drop a socket the core has forgotten.
    pub(super) fn drop_at(&self) -> Option<Millis> {
        match self.phase {
            Phase::Flushing { until } | Phase::Draining { until, .. } => Some(until),
            Phase::Open | Phase::Failed(_) | Phase::Dead => None,
        }
    }

    /// Marks it broken; what has not left never will.
    pub(super) fn fail(&mut self, why: CloseReason) {
        self.phase = Phase::Failed(why);
        self.held_bytes = None;
        self.outbox.clear();
    }

    /// Whether the core should hear that everything has left: it has, and was at least half of the high-water mark.
    pub(super) fn is_drained(&self, high_water_bytes: usize) -> bool {
        self.phase == Phase::Open
            && self.outbox.is_empty()
            && self.unacknowledged_bytes >= high_water_bytes / 2
    }

    /// The core is told so now. It starts to count afresh at the same moment.
    pub(super) fn acknowledge(&mut self) {
        self.unacknowledged_bytes = 0;
    }
}

/// The kind of an error, as the core wants to know it.
fn reason(error: &io::Error) -> CloseReason {
    match error.kind() {
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::TimedOut
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable => CloseReason::Reset,
        _ => CloseReason::Error,
    }
}
