//! One connection, from its first byte to its last: first HTTP, perhaps a WebSocket later.
//!
//! ```text
//!   Http ── request for a WebSocket, agreed ──▶ WebSocket(door)
//!    │ ▲ └── request, answered later ──▶ Waiting ──▶ Http
//!    └─┘ request, response, as long as both sides keep the connection
//! ```

use std::net::IpAddr;

use super::later::Waiting;
use crate::tools::limiter::AddressKey;
use crate::tools::timer::TimerId;
use crate::vocabulary::{ConnId, Millis};
use crate::wire::http::RequestReader;
use crate::wire::websocket::Session;

/// What the engine knows of a connection.
pub(super) struct Connection {
    pub(super) id: ConnId,
    pub(super) peer: IpAddr,
    /// Under which address it is counted, if it is: a proxy's own connections are not.
    pub(super) counted: Option<AddressKey>,
    pub(super) phase: Phase,
    /// Bytes that came and wait until what was sent has left, or an answer has come. Bounded by [`HELD_BYTES`].
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
}

/// What is spoken on it.
pub(super) enum Phase {
    Http(RequestReader),
    /// For the answer to a request.
    Waiting(Box<Waiting>),
    /// Of the door in this place of the table.
    WebSocket(Session, u8),
}

/// Bytes that may wait at a connection above its mark or without its answer. The shell stops reading there, so only what one read had brought
/// already can come.
pub(super) const HELD_BYTES: usize = 256 * 1024;

impl Connection {
    /// Whether it waits for an answer.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Waiting(_))
    }

    pub(super) fn new(id: ConnId, peer: IpAddr, now: Millis) -> Self {
        Self {
            id,
            peer,
            counted: None,
            phase: Phase::Http(RequestReader::new()),
            held: Vec::new(),
            ended: false,
            timer: None,
            deadline: now,
            exchanges: 0,
            last_heard: now,
            pinged: false,
        }
    }
}
