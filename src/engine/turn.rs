//! A share of a turn: how much of what a connection says is dealt with before others are, so that who says much delays
//! themselves only.
//!
//! ```text
//!   bytes ──▶ consume ── more than the share ──▶ Effect::Yield, the rest is held ── Event::Turn ──▶ consume
//! ```
//!
//! What counts is frames, requests and their answers, not reads: how bytes were cut does not show. A share is new with every millisecond,
//! with every turn that was waited for, and when all that was sent has left. The line of those who wait is the shell's.

use bytes::Bytes;

use super::Engine;
use crate::config::Config;
use crate::vocabulary::{ConnId, Effect, Millis};

/// What one connection has used of its share.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// Of which millisecond.
    of: Millis,
    /// In frames.
    used: u32,
    stage: Stage,
    /// The answer to the last ping of a turn that was waited for.
    pong: Bytes,
}

/// How a connection stands that says much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// It says no more than its share.
    #[default]
    Free,
    /// It has yielded: nothing of it is dealt with before its turn.
    Yielded,
    /// Its turn is now.
    Served,
    /// It has more to say than a turn takes, and waits for something else meanwhile, such as that its answers leave.
    Behind,
}

impl Share {
    /// Counts something that was dealt with.
    pub(super) fn use_up(&mut self, now: Millis, frames: u32) {
        if self.of != now {
            (self.of, self.used) = (now, 0);
        }
        self.used = self.used.saturating_add(frames);
    }

    /// Counts an answer: a long one costs as much as many frames.
    pub(super) fn use_up_bytes(&mut self, now: Millis, bytes: usize) {
        let frames = bytes / Config::FRAME_BYTES;
        self.use_up(now, u32::try_from(frames).unwrap_or(u32::MAX));
    }

    /// Whether what comes is more than its share allows. The last thing that began within it may exceed it.
    pub(super) fn is_used_up(&self, now: Millis) -> bool {
        self.of == now && self.used >= Config::TURN_FRAMES && !self.has_yielded()
    }

    /// All that was sent to the connection has left: another share.
    pub(super) fn renew(&mut self) {
        if self.stage == Stage::Free {
            self.used = 0;
        }
    }

    pub(super) fn yield_turn(&mut self, conn: ConnId, out: &mut Vec<Effect>) {
        self.stage = Stage::Yielded;
        out.push(Effect::Yield { conn });
    }

    /// Whether what comes has to wait for a turn.
    pub(super) fn has_yielded(&self) -> bool {
        self.stage == Stage::Yielded
    }

    /// Keeps the answer to a ping if another may follow in the same turn (RFC 6455, 5.5.3); else gives it back.
    pub(super) fn keep_pong(&mut self, pong: Bytes) -> Bytes {
        if self.stage != Stage::Served {
            return pong;
        }
        self.pong = pong;
        Bytes::new()
    }
}

impl Engine {
    /// It is the turn of a connection that has yielded.
    pub(super) fn on_turn(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        let Some(connection) = self.connections.get_mut(conn).filter(|it| it.share.has_yielded()) else {
            return;
        };
        connection.share = Share { of: now, stage: Stage::Served, ..Share::default() };
        self.consume_held(now, conn, out);
        let Some(connection) = self.connections.get_mut(conn) else { return };
        let pong = std::mem::take(&mut connection.share.pong);
        if connection.share.stage == Stage::Served {
            connection.share.stage = if connection.held.is_empty() { Stage::Free } else { Stage::Behind };
        }
        self.outbox.send(conn, pong, out);
        self.close_if_done(now, conn, out);
    }

    /// Goes on with what a connection has said and could not be dealt with: at once, or in its turn if that was much.
    pub(super) fn catch_up(&mut self, now: Millis, conn: ConnId, out: &mut Vec<Effect>) {
        match self.connections.get_mut(conn) {
            Some(connection) if connection.share.stage == Stage::Behind => {
                connection.share.yield_turn(conn, out);
            }
            _ => self.consume_held(now, conn, out),
        }
    }
}
