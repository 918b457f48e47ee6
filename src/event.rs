//! The vocabulary between the core and the shell: what can happen ([`Event`]) and what the core wants done ([`Effect`]).
//!
//! Data only: nothing here decides, and nothing here touches a socket, a clock or a thread. Everything else in the crate
//! may import this module; it imports only [`crate::record`]. Read `engine` next to see events become effects, and `reactor`
//! to see effects become system calls.

use std::fmt;
use std::net::IpAddr;
use std::ops::{Add, Sub};

use bytes::Bytes;

use crate::record::Record;

/// Milliseconds: an instant since boot, or a span between two.
///
/// Not a `std::time::Instant`, because a trace must be able to write it and a test must be able to make it up.
/// Arithmetic saturates: a clock that jumps costs accuracy, never a panic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// No time at all; the instant of boot.
    pub const ZERO: Self = Self(0);

    /// A span of whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}

impl Add for Millis {
    type Output = Self;

    fn add(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub for Millis {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

/// One TCP connection: a slot of the table, and which of its tenants in turn is meant.
///
/// Slots are reused at once; the generation makes a stale id harmless. Written `slot.generation`, as in `3.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    /// Index in the table of connections, the same in core and shell.
    pub slot: u32,
    /// Counts the tenants of the slot, from 1.
    pub generation: u32,
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

/// One slow call done by a worker thread. Never reused. Written `j7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "j{}", self.0)
    }
}

/// One thing that happened outside the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The process has started. With [`Event::Wall`] and [`Event::Entropy`] the only source of wall time and randomness.
    Boot {
        /// Wall time at [`Millis::ZERO`]: milliseconds since 1970-01-01T00:00:00Z.
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
    /// A peer has connected.
    Accepted {
        /// The name of the connection from now on.
        conn: ConnId,
        /// Where it comes from, as the kernel says.
        peer: IpAddr,
    },
    /// Bytes came, cut anywhere.
    Bytes {
        /// From whom.
        conn: ConnId,
        /// Never empty. Borrowed from the one read buffer of the process.
        bytes: &'a [u8],
    },
    /// The peer will send no more, but may still read (half-close).
    Eof {
        /// Whose end.
        conn: ConnId,
    },
    /// All that was sent to the connection has left for the kernel. Told once at least half a high-water mark of bytes
    /// was sent since it was told last; see `Config::high_water_bytes`.
    Drained {
        /// Whose output.
        conn: ConnId,
    },
    /// The connection is gone and nothing can be sent to it any more. Not told for connections the core has closed.
    Closed {
        /// Which one.
        conn: ConnId,
        /// Why, for the log and the metrics; no decision depends on it.
        reason: CloseReason,
    },
    /// A worker has finished a job.
    JobDone {
        /// The job of an earlier [`Effect::StartJob`].
        job: JobId,
        /// What came of it.
        outcome: JobOutcome,
    },
    /// One fact from before the start, in the order in which they came true. Told right after [`Event::Boot`].
    Restored {
        /// What an earlier run stored.
        record: Record,
    },
    /// What the core wants stored cannot be stored: nothing may be promised until [`Event::StoreUp`].
    StoreDown,
    /// Facts are stored again, all that had to wait among them.
    StoreUp,
    /// What the shell has measured since it was told last; for people who look, no decision depends on it.
    Gauges(Gauges),
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

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// The service answered, whatever it said.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The whole body, at most [`MAX_ANSWER_BYTES`].
        body: Bytes,
    },
    /// There is no answer.
    Failed {
        /// The kind of failure, on which decisions rest.
        why: JobFailure,
        /// For the log; never the words of a customer.
        detail: String,
    },
}

/// Bytes of an answer that a worker reads at most; a longer one is [`JobFailure::TooLarge`].
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Why a job has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFailure {
    /// No connection could be made: nobody listens, or the host is unknown.
    Refused,
    /// The connection broke, or what came was not HTTP.
    Lost,
    /// The time of the job ran out.
    TimedOut,
    /// The answer was longer than [`MAX_ANSWER_BYTES`].
    TooLarge,
    /// Interrupted by [`Effect::CancelJob`].
    Cancelled,
}

/// One HTTP call for a worker to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSpec {
    /// What it is, for people who read a trace: `translate pt→en "Preciso de ajuda"`. Holds customers' words: never logged.
    pub label: String,
    /// `POST` with the body, or `GET` without.
    pub method: JobMethod,
    /// Behind the base URL of the service, from the slash on.
    pub path: &'static str,
    /// JSON; empty for `GET`.
    pub body: Bytes,
    /// From the start of the call to the last byte of the answer.
    pub timeout: Millis,
}

/// The two kinds of call we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobMethod {
    /// Without a body.
    Get,
    /// With a JSON body.
    Post,
}

/// One thing the core wants done. Effects of one event are done in order; bytes leave at the end of the loop's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write to a connection, behind everything sent to it before.
    Send {
        /// To whom.
        conn: ConnId,
        /// Shared, not copied, when many get the same.
        bytes: Bytes,
    },
    /// End a connection. The core has forgotten it already; no event will name it again.
    Close {
        /// Which one.
        conn: ConnId,
        /// With or without the output that has not left yet.
        how: Closing,
    },
    /// Have a worker make a call.
    StartJob {
        /// The name its end will carry.
        job: JobId,
        /// The call.
        spec: JobSpec,
    },
    /// Keep a fact. Those of one turn are stored together, before any byte of that turn leaves.
    Store(Record),
    /// Nobody waits for this job any more: interrupt it. Its [`Event::JobDone`] may still come and is ignored.
    CancelJob {
        /// Of an earlier [`Effect::StartJob`].
        job: JobId,
    },
}

/// How to end a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Let what was sent leave, say that nothing follows, and read on for a moment so that a reset does not eat the answer.
    Flush,
    /// At once; what has not left is dropped.
    Abort,
}
