//! The table of sockets: their names, and whose turn it is to be read, written or dropped.
//!
//! Fair: each socket with something to read is read once a turn, and goes to the back of the list. Bounded: a turn reads
//! no more sockets than were on the list when it began. Those whose peers say more than their share wait in a line of
//! their own, of which a turn serves a few: a flood delays itself. Knows nothing of HTTP, chats or jobs. [`super::socket`] is what
//! happens to one of them, [`super::shell`] who asks.

use std::collections::{BTreeSet, VecDeque};
use std::io;

use bytes::Bytes;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use slab::Slab;

use super::gauges::Meter;
use super::socket::{Phase, Read, Socket};
use crate::vocabulary::{CloseReason, Closing, ConnId, Event, Gauges, Millis};

/// Tokens below are for what is not a connection.
pub(super) const FIRST_TOKEN: usize = 8;

/// Sockets of those that have yielded whose turn it is again in one turn of the loop: what many together may take of the
/// time of all others.
const TURNS_MAX: usize = 8;

/// Bytes of answers after which a turn reads nobody else: they leave first. What is said to many does not count, for it is
/// shared, and costs less the more of it leaves together.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of output held back until records are stored, all sockets together. What is shared counts each time.
const HELD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Every socket, those the core has forgotten included.
#[derive(Debug)]
pub(super) struct Sockets {
    high_water_bytes: usize,
    table: Slab<Socket>,
    /// Tenants each slot has had.
    generations: Vec<u32>,
    /// Slots to be read, in turn. The poll is edge-triggered: what is not read stays here, nobody reminds us.
    ready: VecDeque<usize>,
    /// How many of them this turn still reads.
    reads_left: usize,
    /// Slots whose peers have said more than their share; the core has the rest of it.
    yielded: VecDeque<usize>,
    /// How many of them this turn still serves.
    turns_left: usize,
    /// Bytes of answers this turn may still have.
    answer_bytes_left: usize,
    /// Slots to be written or dropped at the end of the turn.
    dirty: Vec<usize>,
    /// Slots whose output has left; the core may have to be told.
    drained: VecDeque<usize>,
    /// Slots whose output is held back.
    held: Vec<usize>,
    /// When to drop which slot that the core has forgotten.
    lingering: BTreeSet<(Millis, usize)>,
    meter: Meter,
}

impl Sockets {
    /// An empty table. Above the mark, counted per connection, a socket has to wait; see `Config::high_water_bytes`.
    pub(super) fn new(high_water_bytes: usize) -> Self {
        Self {
            high_water_bytes,
            table: Slab::new(),
            generations: Vec::new(),
            ready: VecDeque::new(),
            reads_left: 0,
            yielded: VecDeque::new(),
            turns_left: 0,
            answer_bytes_left: 0,
            dirty: Vec::new(),
            drained: VecDeque::new(),
            held: Vec::new(),
            lingering: BTreeSet::new(),
            meter: Meter::new(),
        }
    }

    /// Sockets that are open, lingering ones included.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Whether the next turn has something to do without the poll saying so.
    pub(super) fn has_work(&self) -> bool {
        !self.ready.is_empty() || !self.drained.is_empty() || !self.yielded.is_empty()
    }

    /// When the next lingering socket is to be dropped, or there is something to report.
    pub(super) fn next_deadline(&self) -> Option<Millis> {
        let lingering = self.lingering.first().map(|(at, _)| *at);
        lingering.into_iter().chain(self.meter.next_deadline()).min()
    }

    /// How long deliveries have taken lately, if it is time to say so.
    pub(super) fn report(&mut self, now: Millis) -> Option<Gauges> {
        self.meter.report(now)
    }

    /// What is sent to a connection in this turn delivers what somebody else has said: how long that takes counts.
    pub(super) fn measure(&mut self, conn: ConnId) {
        if let Some((_, socket)) = self.find(conn) {
            socket.delivers = true;
        }
    }

    /// So many bytes answer what was read in this turn.
    pub(super) fn count_answer(&mut self, bytes: usize) {
        self.answer_bytes_left = self.answer_bytes_left.saturating_sub(bytes);
    }

    /// Takes in a new connection and names it.
    ///
    /// # Errors
    /// The poll does not want it; it is dropped.
    pub(super) fn insert(&mut self, mut stream: TcpStream, registry: &Registry) -> io::Result<ConnId> {
        let entry = self.table.vacant_entry();
        let slot = entry.key();
        registry.register(&mut stream, Token(FIRST_TOKEN + slot), Interest::READABLE | Interest::WRITABLE)?;
        if slot == self.generations.len() {
            self.generations.push(0);
        }
        // Wraps after four billion tenants of one slot; no id lives that long.
        self.generations[slot] = self.generations[slot].wrapping_add(1);
        let conn =
            ConnId { slot: u32::try_from(slot).unwrap_or(u32::MAX), generation: self.generations[slot] };
        entry.insert(Socket::new(conn, stream));
        Ok(conn)
    }

    /// Takes note of what the poll says about one of them.
    pub(super) fn note(&mut self, event: &mio::event::Event) {
        let Some(slot) = event.token().0.checked_sub(FIRST_TOKEN) else { return };
        let Some(socket) = self.table.get_mut(slot) else { return };
        socket.note(event);
        if event.is_writable() && socket.has_output() {
            self.mark_dirty(slot);
        }
        self.mark_ready(slot);
    }

    /// Begins a turn: drops whoever has lingered long enough, and fixes how many are read.
    pub(super) fn begin_turn(&mut self, now: Millis) {
        while let Some((at, slot)) = self.lingering.first().copied() {
            if at > now {
                break;
            }
            log::debug!("dropped a lingering connection");
            self.remove(slot);
        }
        self.reads_left = self.ready.len();
        self.turns_left = self.yielded.len().min(TURNS_MAX);
        self.answer_bytes_left = ANSWER_BYTES_MAX;
        self.meter.begin_turn();
    }

    /// The next thing that happened to a connection, until the turn is over.
    pub(super) fn next_event<'b>(&mut self, buffer: &'b mut [u8]) -> Option<Event<'b>> {
        if let Some(conn) = self.next_drained() {
            return Some(Event::Drained { conn });
        }
        if self.answer_bytes_left == 0 {
            return None;
        }
        let Some((conn, read)) = self.next_read(buffer) else {
            return self.next_turn().map(|conn| Event::Turn { conn });
        };
        Some(match read {
            Read::Bytes(count) => Event::Bytes { conn, bytes: &buffer[..count] },
            Read::Eof => Event::Eof { conn },
            Read::Failed(reason) => Event::Closed { conn, reason },
        })
    }

    /// The next of those that have yielded. What it has to say the core knows: it is not read before.
    fn next_turn(&mut self) -> Option<ConnId> {
        while self.turns_left > 0 {
            self.turns_left -= 1;
            let slot = self.yielded.pop_front()?;
            let Some(socket) = self.table.get_mut(slot) else { continue };
            if std::mem::take(&mut socket.yielded) && socket.phase == Phase::Open {
                let conn = socket.conn;
                self.mark_ready(slot);
                return Some(conn);
            }
        }
        None
    }

    fn next_drained(&mut self) -> Option<ConnId> {
        while let Some(slot) = self.drained.pop_front() {
            let Some(socket) = self.table.get_mut(slot) else { continue };
            // Asked again: more may have been sent since.
            if socket.is_drained(self.high_water_bytes) {
                socket.acknowledge();
                let conn = socket.conn;
                self.mark_ready(slot);
                return Some(conn);
            }
        }
        None
    }

    /// Reads the sockets on the list until one has something to tell.
    fn next_read(&mut self, buffer: &mut [u8]) -> Option<(ConnId, Read)> {
        while self.reads_left > 0 {
            self.reads_left -= 1;
            let slot = self.ready.pop_front()?;
            if let Some(told) = self.read(slot, buffer) {
                return Some(told);
            }
        }
        None
    }

    fn read(&mut self, slot: usize, buffer: &mut [u8]) -> Option<(ConnId, Read)> {
        let socket = self.table.get_mut(slot)?;
        socket.listed = false;
        if !socket.wants_turn(self.high_water_bytes) {
            return None;
        }
        let conn = socket.conn;
        let read = match socket.phase {
            Phase::Failed(why) => Read::Failed(why),
            Phase::Draining { .. } => {
                if socket.discard(buffer) {
                    self.mark_ready(slot);
                } else {
                    self.remove(slot);
                }
                return None;
            }
            _ => socket.read(buffer)?,
        };
        match read {
            Read::Failed(_) => self.remove(slot),
            Read::Bytes(_) | Read::Eof => self.mark_ready(slot),
        }
        Some((conn, read))
    }

    /// Output for a connection; a stale name is ignored. It leaves when the turn is committed.
    pub(super) fn send(&mut self, conn: ConnId, bytes: Bytes) {
        let Some((slot, socket)) = self.find(conn) else { return };
        if socket.phase == Phase::Open {
            socket.send(bytes);
            self.mark_dirty(slot);
        }
    }

    /// Nothing more is read from a connection until [`Sockets::resume`]; a stale name is ignored.
    pub(super) fn pause(&mut self, conn: ConnId) {
        if let Some((_, socket)) = self.find(conn) {
            socket.paused = true;
        }
    }

    /// Reads on; a stale name is ignored.
    pub(super) fn resume(&mut self, conn: ConnId) {
        if let Some((slot, socket)) = self.find(conn) {
            socket.paused = false;
            self.mark_ready(slot);
        }
    }

    /// Nothing more is read from a connection until its turn has come again; a stale name is ignored.
    pub(super) fn yield_turn(&mut self, conn: ConnId) {
        if let Some((slot, socket)) = self.find(conn)
            && !std::mem::replace(&mut socket.yielded, true)
        {
            self.yielded.push_back(slot);
        }
    }

    /// The core has let go of a connection; a stale name is ignored. No event will name it from here on.
    pub(super) fn close(&mut self, conn: ConnId, how: Closing, now: Millis) {
        let Some((slot, socket)) = self.find(conn) else { return };
        match (how, socket.phase) {
            (Closing::Flush, Phase::Open) => socket.close_after_flush(now),
            _ => socket.phase = Phase::Dead,
        }
        self.mark_dirty(slot);
    }

    /// Ends a turn: writes what was sent, one call per socket if the kernel has room, then drops what is to be dropped.
    pub(super) fn commit(&mut self, now: Millis) {
        if !self.held.is_empty() {
            self.drop_held();
        }
        let mut dirty = std::mem::take(&mut self.dirty);
        for slot in dirty.drain(..) {
            let delivers =
                self.table.get_mut(slot).is_some_and(|socket| std::mem::take(&mut socket.delivers));
            self.commit_one(slot, now);
            if delivers {
                self.meter.note();
            }
        }
        self.meter.end_turn();
        self.dirty = dirty;
    }

    /// Holds back what was sent in this turn, until [`Sockets::release`]; it speaks of what is not stored. Who is owed more
    /// than can be held is dropped, and the core told: unanswered, they will ask again.
    pub(super) fn hold(&mut self, now: Millis) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for slot in dirty.drain(..) {
            let Some(socket) = self.table.get_mut(slot) else { continue };
            socket.dirty = false;
            // What the core forgot in an earlier turn owes nothing to this one.
            let is_older = socket.drop_at().is_some_and(|at| self.lingering.contains(&(at, slot)));
            if is_older || socket.phase == Phase::Dead {
                self.commit_one(slot, now);
            } else if socket.held_bytes().is_none() {
                socket.hold();
                self.held.push(slot);
            }
        }
        self.dirty = dirty;
    }

    /// Drops those held back last, until what is left can be held.
    fn drop_held(&mut self) {
        let bytes_of = |slot: &usize| self.table.get(*slot).and_then(Socket::held_bytes).unwrap_or(0);
        let mut bytes: usize = self.held.iter().map(bytes_of).sum();
        while bytes > HELD_BYTES_MAX {
            let Some(slot) = self.held.pop() else { return };
            let Some(socket) = self.table.get_mut(slot) else { continue };
            let Some(held) = socket.held_bytes() else { continue };
            bytes -= held;
            match socket.phase {
                Phase::Open => socket.fail(CloseReason::Error),
                // It has broken already, and the core has yet to be told: nobody else will tell it.
                Phase::Failed(why) => socket.fail(why),
                Phase::Flushing { .. } | Phase::Draining { .. } | Phase::Dead => {
                    self.remove(slot);
                    continue;
                }
            }
            self.mark_ready(slot);
        }
    }

    /// Lets go what was held back; it leaves when the turn is committed.
    pub(super) fn release(&mut self, now: Millis) {
        for slot in std::mem::take(&mut self.held) {
            if self.table.get_mut(slot).is_some_and(|socket| socket.release(now)) {
                self.mark_dirty(slot);
            }
        }
    }

    fn commit_one(&mut self, slot: usize, now: Millis) {
        let Some(socket) = self.table.get_mut(slot) else { return };
        socket.dirty = false;
        if socket.held_bytes().is_some() && socket.phase != Phase::Dead {
            return;
        }
        let had_deadline = socket.drop_at();
        let written = match socket.phase {
            Phase::Open | Phase::Flushing { .. } => socket.flush(now),
            _ => Ok(()),
        };
        match (written, socket.phase) {
            (Err(why), Phase::Open) => socket.fail(why),
            (Err(_), _) => socket.phase = Phase::Dead,
            (Ok(()), _) => {}
        }
        if let Some(at) = had_deadline {
            self.lingering.remove(&(at, slot));
        }
        self.place(slot);
    }

    /// Puts a socket that was written where its phase belongs.
    fn place(&mut self, slot: usize) {
        let Some(socket) = self.table.get(slot) else { return };
        if socket.phase == Phase::Dead {
            self.remove(slot);
            return;
        }
        if let Some(at) = socket.drop_at() {
            self.lingering.insert((at, slot));
        }
        if socket.is_drained(self.high_water_bytes) {
            self.drained.push_back(slot);
        }
        self.mark_ready(slot);
    }

    /// The socket the core means; none if the name is stale or the core has let go of it already.
    fn find(&mut self, conn: ConnId) -> Option<(usize, &mut Socket)> {
        let slot = conn.slot as usize;
        let socket = self.table.get_mut(slot)?;
        let known = socket.conn == conn && matches!(socket.phase, Phase::Open | Phase::Failed(_));
        known.then_some((slot, socket))
    }

    fn mark_ready(&mut self, slot: usize) {
        let Some(socket) = self.table.get_mut(slot) else { return };
        if !socket.listed && socket.wants_turn(self.high_water_bytes) {
            socket.listed = true;
            self.ready.push_back(slot);
        }
    }

    fn mark_dirty(&mut self, slot: usize) {
        let Some(socket) = self.table.get_mut(slot) else { return };
        if !socket.dirty {
            socket.dirty = true;
            self.dirty.push(slot);
        }
    }

    /// Drops a socket, which closes it and takes it out of the poll. Lists may still hold its slot: whoever takes it
    /// from a list asks the connection what it wants.
    fn remove(&mut self, slot: usize) {
        if let Some(at) = self.table.try_remove(slot).and_then(|socket| socket.drop_at()) {
            self.lingering.remove(&(at, slot));
        }
    }
}

#[cfg(test)]
mod tests;
