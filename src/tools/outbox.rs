//! What was sent to whom, and how much of it cannot have left yet.
//!
//! The core counts its own bytes instead of asking the kernel, so that the kernel's appetite never leaks into a
//! decision. The shell keeps the same count and tells `Drained` by it.

use bytes::{Bytes, BytesMut};
use serde::Serialize;

use crate::tools::conn_map::ConnMap;
use crate::vocabulary::{ConnId, Effect};
use crate::wire::{json, websocket};

/// The code of a goodbye when all is well (RFC 6455, section 7.4.1).
pub const NORMAL_CLOSURE: u16 = websocket::close::NORMAL;

/// Counts by slot.
pub struct Outbox {
    levels: ConnMap<Level>,
    high_water: usize,
    ended: Vec<ConnId>,
    frames: Frames,
}

#[derive(Default)]
struct Level {
    /// Bytes sent since the last `Drained`.
    sent: usize,
    /// Nothing follows a goodbye.
    ended: bool,
}

impl Outbox {
    /// Nobody is connected. Connections that were sent `high_water` bytes that have not left have to wait.
    pub fn new(high_water: usize) -> Self {
        Self { levels: ConnMap::default(), high_water, ended: Vec::new(), frames: Frames::default() }
    }

    /// Begins to count for a connection.
    pub fn open(&mut self, conn: ConnId) {
        self.levels.insert(conn, Level::default());
    }

    pub fn forget(&mut self, conn: ConnId) {
        self.levels.remove(conn);
    }

    /// Sends bytes; to a connection that is gone or was said goodbye to, nothing.
    pub fn send(&mut self, conn: ConnId, bytes: Bytes, effects: &mut Vec<Effect>) {
        if bytes.is_empty() {
            return;
        }
        if let Some(level) = self.levels.get_mut(conn).filter(|level| !level.ended) {
            level.sent += bytes.len();
            effects.push(Effect::Send { conn, bytes });
        }
    }

    /// Sends a JSON event to a WebSocket.
    pub fn send_event(&mut self, conn: ConnId, event: &impl Serialize, effects: &mut Vec<Effect>) {
        let frame = self.frame(event);
        self.send(conn, frame, effects);
    }

    /// Sends a text to a WebSocket.
    pub fn send_text(&mut self, conn: ConnId, text: &str, effects: &mut Vec<Effect>) {
        let frame = self.frames.text(text.as_bytes());
        self.send(conn, frame, effects);
    }

    /// A JSON event in a frame, for one WebSocket or many. Our own events always have one: their keys are strings and
    /// their numbers finite.
    pub fn frame(&mut self, event: &impl Serialize) -> Bytes {
        self.frames.event(event)
    }

    /// Says goodbye to a WebSocket: its close frame is the last thing it gets.
    pub fn end(&mut self, conn: ConnId, code: u16, reason: &'static str, effects: &mut Vec<Effect>) {
        self.send(conn, websocket::close_frame(code, reason), effects);
        if let Some(level) = self.levels.get_mut(conn).filter(|level| !level.ended) {
            level.ended = true;
            self.ended.push(conn);
        }
    }

    /// The next connection that was said goodbye to, for the engine to close.
    pub fn take_ended(&mut self) -> Option<ConnId> {
        self.ended.pop()
    }

    /// All that was sent has left.
    pub fn drained(&mut self, conn: ConnId) {
        if let Some(level) = self.levels.get_mut(conn) {
            level.sent = 0;
        }
    }

    /// Whether the connection has to wait until something has left.
    pub fn is_full(&self, conn: ConnId) -> bool {
        self.levels.get(conn).is_none_or(|level| level.ended || level.sent >= self.high_water)
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.levels.len()
    }
}

/// Where events are written and framed. Many frames share one piece of memory, which is used again when all of them have
/// left: most live as long as a turn of the loop, and to ask for memory for each would be a fourth of what it costs.
/// Whoever keeps one for longer does well to copy it.
#[derive(Default)]
struct Frames {
    /// The event before it is framed; empty in between.
    draft: Vec<u8>,
    memory: BytesMut,
}

impl Frames {
    /// Bytes that share a fate.
    const MEMORY_BYTES: usize = 16 * 1024;

    fn event(&mut self, event: &impl Serialize) -> Bytes {
        let mut draft = std::mem::take(&mut self.draft);
        let written = json::write(&mut draft, event);
        debug_assert!(written.is_ok(), "an event has what the writer does not write");
        let frame = self.text(&draft);
        if draft.capacity() <= Self::MEMORY_BYTES {
            draft.clear();
            self.draft = draft;
        }
        frame
    }

    fn text(&mut self, text: &[u8]) -> Bytes {
        // A long one is rare, and has memory of its own.
        if text.len() > Self::MEMORY_BYTES / 4 {
            return websocket::text_frame(text);
        }
        if self.memory.capacity() < text.len() + websocket::HEADER_BYTES_MAX {
            self.memory.reserve(Self::MEMORY_BYTES);
        }
        websocket::put_text_frame(text, &mut self.memory);
        self.memory.split().freeze()
    }
}
