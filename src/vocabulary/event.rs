//! What can happen outside the core.
//!
//! Nothing here touches a socket, a clock or a thread. Read `engine` to see events become effects, and `reactor` to see
//! effects become system calls.

use std::net::IpAddr;

use bytes::Bytes;

use super::{ConnId, JobId, JobOutcome, Record};

/// One thing that happened outside the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The process has started. With [`Event::Wall`] and [`Event::Entropy`] the only source of wall time and randomness.
    Boot {
        /// Wall time at [`super::Millis::ZERO`]: milliseconds since 1970-01-01T00:00:00Z.
        unix_ms: u64,
        /// From the operating system's generator; tokens depend on it.
        seed: [u8; 32],
    },
    /// The wall clock was set while we ran.
    Wall {
        /// Wall time now: milliseconds since 1970-01-01T00:00:00Z.
        unix_ms: u64,
    },
    /// Fresh randomness, about once an hour.
    Entropy {
        /// From the operating system's generator; mixed into the state, so that an old secret foretells nothing.
        seed: [u8; 32],
    },
    Accepted {
        /// The name of the connection from now on.
        conn: ConnId,
        /// Where it comes from, as the kernel says.
        peer: IpAddr,
    },
    /// Bytes came, cut anywhere.
    Bytes {
        conn: ConnId,
        /// Never empty. Borrowed from the one read buffer of the process.
        bytes: &'a [u8],
    },
    /// The peer will send no more, but may still read (half-close).
    Eof { conn: ConnId },
    /// All that was sent to the connection has left for the kernel. Told once at least half a high-water mark of bytes
    /// was sent since it was told last; see `Config::high_water_bytes`.
    Drained { conn: ConnId },
    /// After [`super::Effect::Yield`]: others have had their turn, and now it is the connection's again.
    Turn { conn: ConnId },
    /// The connection is gone and nothing can be sent to it any more. Not told for connections the core has closed.
    Closed {
        conn: ConnId,
        /// Why, for the log and the metrics; no decision depends on it.
        reason: CloseReason,
    },
    /// A part of the answer to a job that is answered in pieces: what one read has brought, cut anywhere.
    JobPiece {
        /// The job of an earlier [`super::Effect::StartJob`].
        job: JobId,
        /// Never empty. All pieces of a job together are within the limit of its service.
        bytes: Bytes,
    },
    /// A worker has finished a job; no piece of it follows.
    JobDone {
        /// The job of an earlier [`super::Effect::StartJob`].
        job: JobId,
        /// What came of it.
        outcome: JobOutcome,
    },
    /// One record from before the start, in the order in which they were made. Told right after [`Event::Boot`].
    Restored {
        /// What an earlier run stored.
        record: Record,
    },
    /// What the core wants stored cannot be stored: nothing may be promised until [`Event::StoreUp`].
    StoreDown,
    /// Records are stored again, all that had to wait among them.
    StoreUp,
    /// What the shell has measured since it was told last; for people who look, no decision depends on it.
    Gauges(Gauges),
    /// Somebody wants what may have changed outside to be looked at again: every translation engine, and the glossary.
    Reload {
        /// What the file of the glossary holds now; `None` if there is none, or it cannot be read.
        glossary: Option<String>,
    },
    /// Time passed; the deadline of `Engine::next_deadline` may have come.
    Tick,
    /// Please finish: no new work, say goodbye.
    Shutdown,
}

/// How long what the core sends takes to leave: from the event that caused it to the write that carried it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Writes since the start.
    pub writes: u64,
    /// Microseconds of all of them together.
    pub total_us: u64,
    /// Microseconds that half of the latest needed at most.
    pub p50_us: u64,
    /// That 95 of a hundred needed at most.
    pub p95_us: u64,
    /// That 99 of a hundred needed at most.
    pub p99_us: u64,
}

/// Why a connection went away by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Reset by the peer, or unreachable.
    Reset,
    /// Any other error of the socket.
    Error,
}
