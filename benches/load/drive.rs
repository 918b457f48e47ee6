//! The load: connections of one server, driven from one thread, with so many texts in flight on each lane.
//!
//! A lane is who writes and who reads. A text has arrived when every reader has it and, where the protocol acknowledges,
//! the writer knows; then the next one is written. Texts carry their lane and number: one that is missing, doubled,
//! overtaken or damaged ends the bench with a panic.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::process::Process;
use super::talk::{Heard, Tongue, hear, say};

/// Nothing has come for so long: it was lost.
const PATIENCE: Duration = Duration::from_secs(20);
/// Before a measurement begins.
const WARM_UP: Duration = Duration::from_millis(80);

/// One connection.
struct Line {
    stream: mio::net::TcpStream,
    tongue: Tongue,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// On the list of connections to be written.
    dirty: bool,
    /// The lane it writes on.
    writes: Option<usize>,
    /// The lane it reads, and the number of the next text on it.
    reads: Option<usize>,
    next: u64,
}

/// Texts from one writer.
struct Lane {
    writer: usize,
    /// Arrivals that make a text complete.
    arrivals: usize,
    /// How many are kept in flight.
    depth: usize,
    /// The number of the next text.
    next: u64,
    /// In flight, oldest first: when it was written, and arrivals still missing.
    flying: VecDeque<(Instant, usize)>,
    /// Acknowledgements that have come for texts in flight; they come in order.
    acknowledged: usize,
    touched: bool,
}

/// What a span of load has cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Texts that arrived everywhere.
    pub(crate) messages: u64,
    /// Arrivals at readers.
    pub(crate) deliveries: u64,
    /// Time the server was on a processor.
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// All connections to one server.
pub(crate) struct Drive {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    lines: Vec<Line>,
    lanes: Vec<Lane>,
    dirty: Vec<usize>,
    touched: Vec<usize>,
    /// Arrivals and whole texts since the beginning.
    deliveries: u64,
    messages: u64,
    latencies_us: Vec<u32>,
}

impl Drive {
    /// Nobody is connected.
    pub(crate) fn new() -> Self {
        Self {
            poll: Poll::new().unwrap(),
            events: Events::with_capacity(1024),
            buffer: vec![0; 256 * 1024],
            lines: Vec::new(),
            lanes: Vec::new(),
            dirty: Vec::new(),
            touched: Vec::new(),
            deliveries: 0,
            messages: 0,
            latencies_us: Vec::new(),
        }
    }

    /// Takes in a connection on which the greeting is over.
    pub(crate) fn add(&mut self, stream: TcpStream, tongue: Tongue) -> usize {
        stream.set_nonblocking(true).unwrap();
        let mut stream = mio::net::TcpStream::from_std(stream);
        let place = self.lines.len();
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(place), interest).unwrap();
        let (incoming, outgoing) = (Vec::new(), Vec::new());
        let (writes, reads) = (None, None);
        self.lines.push(Line { stream, tongue, incoming, outgoing, dirty: false, writes, reads, next: 0 });
        place
    }

    /// Has one connection write and others read, `depth` texts at a time.
    pub(crate) fn lane(&mut self, writer: usize, readers: &[usize], is_acknowledged: bool, depth: usize) {
        let lane = self.lanes.len();
        self.lines[writer].writes = Some(lane);
        for reader in readers {
            self.lines[*reader].reads = Some(lane);
        }
        let arrivals = readers.len() + usize::from(is_acknowledged);
        let flying = VecDeque::new();
        self.lanes.push(Lane { writer, arrivals, depth, next: 0, flying, acknowledged: 0, touched: false });
    }

    /// Puts load on the server for a while, measures, and waits until everything has arrived.
    pub(crate) fn run(&mut self, server: &Process, span: Duration) -> Sample {
        let from = Instant::now();
        for lane in 0..self.lanes.len() {
            self.top_up(lane, from);
        }
        self.flush();
        self.until(from + WARM_UP);
        self.latencies_us = Vec::new();
        let before = self.deliveries;
        let (from, cpu) = (Instant::now(), server.cpu());
        self.until(from + span);
        let (wall, cpu) = (from.elapsed(), server.cpu() - cpu);
        let (messages, deliveries) = (self.latencies_us.len(), self.deliveries - before);
        assert!(messages > 0, "not a single text has arrived");
        self.latencies_us.sort_unstable();
        let latency = |part: usize| self.latencies_us[(messages - 1) * part / 100];
        let [p50, p99] = [50, 99].map(|part| Duration::from_micros(u64::from(latency(part))));
        self.land();
        Sample { messages: messages as u64, deliveries, cpu, wall, p50, p99 }
    }

    /// Has every writer say what may be in flight, once, and waits until it has arrived.
    pub(crate) fn speak_once(&mut self) {
        for lane in 0..self.lanes.len() {
            self.top_up(lane, Instant::now());
        }
        self.flush();
        self.land();
    }

    /// Texts that have arrived everywhere since the beginning.
    pub(crate) fn messages_ever(&self) -> u64 {
        self.messages
    }

    /// Arrivals since the beginning.
    pub(crate) fn deliveries_ever(&self) -> u64 {
        self.deliveries
    }

    fn until(&mut self, end: Instant) {
        while self.turn(true) < end {}
    }

    /// Writes no more until everything has arrived.
    fn land(&mut self) {
        while self.lanes.iter().any(|lane| !lane.flying.is_empty()) {
            self.turn(false);
        }
    }

    /// Waits, reads, writes what may be written next.
    fn turn(&mut self, writes_on: bool) -> Instant {
        if let Err(error) = self.poll.poll(&mut self.events, Some(PATIENCE)) {
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
            return Instant::now();
        }
        let now = Instant::now();
        let ready: Vec<_> = self
            .events
            .iter()
            .map(|event| (event.token().0, event.is_readable(), event.is_writable()))
            .collect();
        assert!(!ready.is_empty(), "something was lost: nothing has come for {PATIENCE:?}");
        for (place, readable, writable) in ready {
            if readable {
                self.read(place, now);
            }
            if writable && !self.lines[place].outgoing.is_empty() {
                self.touch(place);
            }
        }
        for lane in std::mem::take(&mut self.touched) {
            self.lanes[lane].touched = false;
            if writes_on {
                self.top_up(lane, now);
            }
        }
        self.flush();
        now
    }

    fn read(&mut self, place: usize, now: Instant) {
        loop {
            let line = &mut self.lines[place];
            match line.stream.read(&mut self.buffer) {
                Ok(0) => panic!("the server has closed a connection"),
                Ok(count) => {
                    line.incoming.extend_from_slice(&self.buffer[..count]);
                    self.take(place, now);
                    if count < self.buffer.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("the server has broken a connection: {error}"),
            }
        }
    }

    /// Understands what a connection was told.
    fn take(&mut self, place: usize, now: Instant) {
        let mut used = 0;
        let incoming = std::mem::take(&mut self.lines[place].incoming);
        while let Some((count, heard)) = hear(self.lines[place].tongue, &incoming[used..]) {
            used += count;
            match heard {
                Heard::Text(numbers) => self.arrive(place, numbers, now),
                Heard::Ack => self.acknowledge(place, now),
                Heard::Other => {}
            }
        }
        let line = &mut self.lines[place];
        line.incoming = incoming;
        line.incoming.drain(..used);
    }

    fn arrive(&mut self, place: usize, numbers: Option<(usize, u64)>, now: Instant) {
        let line = &mut self.lines[place];
        let lane = line.reads.unwrap();
        if let Some(numbers) = numbers {
            assert_eq!(numbers, (lane, line.next), "lost, doubled or overtaken (lane, number)");
        }
        let number = line.next;
        line.next += 1;
        self.deliveries += 1;
        let first = self.lanes[lane].next - self.lanes[lane].flying.len() as u64;
        let place = number.checked_sub(first).expect("never said, or heard twice");
        self.complete(lane, usize::try_from(place).unwrap(), now);
    }

    fn acknowledge(&mut self, place: usize, now: Instant) {
        let lane = self.lines[place].writes.unwrap();
        let place = self.lanes[lane].acknowledged;
        self.lanes[lane].acknowledged += 1;
        self.complete(lane, place, now);
    }

    /// One arrival less is missing.
    fn complete(&mut self, lane: usize, place: usize, now: Instant) {
        let state = &mut self.lanes[lane];
        let (_, missing) = state.flying.get_mut(place).expect("never said, or heard twice");
        *missing -= 1;
        while let Some((said, 0)) = state.flying.front() {
            let latency = u32::try_from((now - *said).as_micros()).unwrap_or(u32::MAX);
            self.latencies_us.push(latency);
            self.messages += 1;
            state.flying.pop_front();
            state.acknowledged = state.acknowledged.saturating_sub(1);
        }
        if !state.touched {
            state.touched = true;
            self.touched.push(lane);
        }
    }

    /// Says the next texts of a lane, as many as may be in flight.
    fn top_up(&mut self, lane: usize, now: Instant) {
        let state = &mut self.lanes[lane];
        let writer = state.writer;
        while state.flying.len() < state.depth {
            let line = &mut self.lines[writer];
            say(line.tongue, lane, state.next, &mut line.outgoing);
            state.next += 1;
            state.flying.push_back((now, state.arrivals));
        }
        self.touch(writer);
    }

    fn touch(&mut self, place: usize) {
        let line = &mut self.lines[place];
        if !line.dirty {
            line.dirty = true;
            self.dirty.push(place);
        }
    }

    fn flush(&mut self) {
        for place in self.dirty.drain(..) {
            let line = &mut self.lines[place];
            line.dirty = false;
            if line.outgoing.is_empty() {
                continue;
            }
            match line.stream.write(&line.outgoing) {
                Ok(count) => drop(line.outgoing.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("the server has broken a connection: {error}"),
            }
        }
    }
}
