//! The world around the engine: clock, shell and kernel, all virtual. It follows the same rules as the real shell: when
//! a connection may be read, when `Drained` is told, what `Close` means.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::reactor::through_tables;
use dragoman::trace::Recorder;
use dragoman::vocabulary::{CloseReason, Closing, ConnId, Effect, Event, JobSpec, Millis, Record};

use super::coverage::Coverage;
use super::dice::Dice;
use super::disk::Disk;
use super::hub::Hub;
use super::invariant::Invariant;
use super::line::Line;
use super::model::Model;
use super::people::People;
use super::services::Services;
use super::together::Together;

/// After so many events the engine checks itself, beside every room when it is drained: after each of them that was a third
/// of the time.
const CHECK_EVERY: u64 = 16;

/// One run.
pub(crate) struct World {
    pub(crate) now: Millis,
    pub(crate) config: Config,
    pub(crate) engine: Engine,
    pub(crate) dice: Dice,
    pub(crate) lines: Vec<Option<Line>>,
    generations: Vec<u32>,
    pub(crate) services: Services,
    /// What has been stored, in order.
    pub(crate) disk: Disk,
    pub(crate) model: Model,
    pub(crate) people: People,
    pub(crate) together: Together,
    pub(crate) hub: Hub,
    pub(crate) coverage: Coverage,
    pub(crate) recorder: Option<Recorder<Vec<u8>>>,
    /// Events handled.
    pub(crate) events: u64,
    /// A hash of every effect, in order.
    digest: DefaultHasher,
    /// The process was asked to finish.
    pub(crate) stopping: bool,
    /// Nothing of the outside fails in this run.
    pub(crate) is_calm: bool,
    /// Names of connections that are gone.
    pub(crate) gone: Vec<ConnId>,
    /// When something happened last after which people may have to wait longer: the clock or the process stood still, the
    /// disk failed, somebody reads or has written another language than was thought.
    pub(crate) disturbed: Millis,
    /// What an event may only have done if it has ended the room.
    pub(crate) doubts: Vec<(usize, String)>,
    /// Which status of which room was told last in an event.
    pub(crate) standings: BTreeMap<usize, &'static str>,
    /// Numbers said so far.
    pub(crate) numbers: u32,
    /// The version of a page.
    pub(crate) etag: Option<String>,
}

/// What an event did, for those that must do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) effects: usize,
}

impl World {
    pub(crate) fn new(seed: u64, config: Config, is_calm: bool, is_recorded: bool) -> Self {
        let recorder =
            is_recorded.then(|| Recorder::new(Vec::new(), &config).expect("memory takes everything"));
        let mut dice = Dice::new(seed);
        Self {
            now: Millis::ZERO,
            engine: Engine::new(config.clone()),
            services: Services::new(&config, &mut dice),
            dice,
            lines: Vec::new(),
            generations: Vec::new(),
            disk: Disk::default(),
            model: Model::default(),
            people: People::default(),
            together: Together::default(),
            hub: Hub::default(),
            coverage: Coverage::default(),
            recorder,
            events: 0,
            digest: DefaultHasher::new(),
            stopping: false,
            is_calm,
            gone: Vec::new(),
            disturbed: Millis::ZERO,
            doubts: Vec::new(),
            standings: BTreeMap::new(),
            numbers: 0,
            etag: None,
            config,
        }
    }

    /// The hash of all effects so far.
    pub(crate) fn digest(&self) -> u64 {
        self.digest.finish()
    }

    // ---- events and effects ----

    /// Has the engine handle one event, does what it wants done, and looks whether all is as it must be.
    pub(crate) fn handle(&mut self, event: Event<'_>) -> Done {
        let is_tick = matches!(event, Event::Tick);
        if let Some(recorder) = &mut self.recorder {
            recorder.event(self.now, &event).expect("memory takes everything");
        }
        let mut effects = Vec::new();
        self.engine.handle(self.now, event, &mut effects);
        if let Some(recorder) = &mut self.recorder {
            recorder.effects(&effects).expect("memory takes everything");
        }
        self.events += 1;
        // A run that is written down is one to be understood: it ends where it first goes wrong.
        if self.recorder.is_some() || self.events.is_multiple_of(CHECK_EVERY) {
            self.engine.check_invariants();
        }
        if is_tick {
            let next = self.engine.next_deadline();
            let later = next.is_none_or(|next| next > self.now);
            Invariant::EverythingIsBounded
                .holds(later, || format!("after a tick at {:?} the next deadline is {next:?}", self.now));
            self.check_nothing_ends(&effects);
        }
        let done = Done { effects: effects.len() };
        for effect in &effects {
            self.note(effect);
        }
        let went_down = self.commit(effects);
        self.check_doubts();
        self.check_standings();
        self.check_lobbies();
        if went_down {
            self.handle(Event::StoreDown);
        }
        done
    }

    fn note(&mut self, effect: &Effect) {
        match effect {
            Effect::Send { conn, bytes } => (0u8, conn, &bytes[..]).hash(&mut self.digest),
            Effect::Close { conn, how } => (1u8, conn, *how == Closing::Flush).hash(&mut self.digest),
            Effect::Pause { conn } => (5u8, conn).hash(&mut self.digest),
            Effect::Resume { conn } => (6u8, conn).hash(&mut self.digest),
            Effect::Yield { conn } => (7u8, conn).hash(&mut self.digest),
            Effect::StartJob { job, spec } => {
                self.services.wanted(self.now, *job, spec, &mut self.coverage);
                match spec {
                    JobSpec::Http(call) => (2u8, job, &call.body[..]).hash(&mut self.digest),
                    JobSpec::Pipeline(call) => (8u8, job, &call.label).hash(&mut self.digest),
                }
            }
            Effect::CancelJob { job } => {
                self.services.unwanted(*job);
                (3u8, job).hash(&mut self.digest);
            }
            Effect::Store(record) => {
                self.check_ended(record);
                self.together.note(record);
                if matches!(record, Record::LogBegins { .. }) {
                    self.coverage.note("log begins later");
                }
                (4u8, format!("{record:?}")).hash(&mut self.digest);
            }
        }
    }

    pub(crate) fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Send { conn, bytes } => {
                self.known(conn, "was sent to").send(&bytes);
                self.overhear(conn.slot as usize, &bytes);
            }
            Effect::Close { conn, how } => {
                let line = self.known(conn, "was closed");
                line.closing = Some(how);
                if how == Closing::Abort || (line.out.is_empty() && !line.is_held) {
                    self.hang_up(conn.slot as usize);
                }
            }
            // No door of today lets an answer wait.
            Effect::Pause { .. } | Effect::Resume { .. } => {}
            Effect::Yield { conn } => {
                self.known(conn, "has yielded").has_yielded = true;
                self.coverage.note("yielded");
            }
            Effect::StartJob { job, spec } => self.services.start(self.now, job, &spec, &mut self.dice),
            Effect::Store(record) => self.disk.records.push(record),
            Effect::CancelJob { job } => self.services.cancel(job),
        }
    }

    /// The process dies between two events and is started again: only what was stored is left. Peers find their
    /// connections reset; what had reached them they have.
    pub(crate) fn crash(&mut self) {
        for slot in 0..self.lines.len() {
            self.hang_up(slot);
        }
        self.check_stored();
        let known = self.disk.is_whole().then(|| self.engine.digest());
        self.engine.check_invariants();
        let past = self.disk.crash();
        self.together.forget_unstored(&past);
        self.services.hang_up(self.now);
        self.disturbed = self.now;
        self.engine = Engine::new(self.config.clone());
        if self.recorder.is_some() {
            // A trace is one run of one process: that of the last one is the one that tells what went wrong.
            self.recorder = Some(Recorder::new(Vec::new(), &self.config).expect("memory takes everything"));
        }
        let unix_ms = 1_766_000_000_000 + self.now.0;
        let seed = self.dice.seed();
        self.handle(Event::Boot { unix_ms, seed });
        // As they were made, or as a store gives them back, which keeps only what matters of them. A closed room whose time is
        // over is known until a tick says so, which may have to wait for the disk: it is told as well.
        let past = if self.dice.percent(50) {
            through_tables(&past, 0).expect("a database in memory")
        } else {
            past
        };
        for record in past {
            self.handle(Event::Restored { record });
        }
        let fits = self.engine.unrestored_bytes() == 0;
        Invariant::NothingAcknowledgedIsLost.holds(fits, || "what did fit does not fit again".to_owned());
        if let Some(known) = known {
            self.check_restored(&known);
        }
    }

    /// What was known is known again, and nothing else.
    fn check_restored(&self, known: &str) {
        let restored = self.engine.digest();
        let (known, restored) = (known.lines(), restored.lines());
        let differs = known.clone().zip(restored.clone()).find(|(before, after)| before != after);
        let same = differs.is_none() && known.count() == restored.count();
        Invariant::NothingAcknowledgedIsLost.holds(same, || format!("after a restart: {differs:?}"));
    }

    /// A connection the engine still has.
    pub(crate) fn known(&mut self, conn: ConnId, what: &str) -> &mut Line {
        let line = self.lines.get_mut(conn.slot as usize).and_then(Option::as_mut);
        match line.filter(|line| line.conn == conn && line.closing.is_none()) {
            Some(line) => line,
            None => Invariant::StaleNamesTouchNothing.broken(format!("{conn} {what}, and is gone")),
        }
    }

    // ---- lines ----

    /// A peer connects. The slot is chosen as a slab does: the one freed last.
    pub(crate) fn connect(&mut self, peer: IpAddr) -> usize {
        let slot = match self.lines.iter().rposition(Option::is_none) {
            Some(slot) => slot,
            None => {
                self.lines.push(None);
                self.generations.push(0);
                self.lines.len() - 1
            }
        };
        self.generations[slot] += 1;
        let conn =
            ConnId { slot: u32::try_from(slot).expect("few lines"), generation: self.generations[slot] };
        self.lines[slot] = Some(Line::new(conn));
        self.handle(Event::Accepted { conn, peer });
        slot
    }

    pub(crate) fn line(&mut self, slot: usize) -> Option<&mut Line> {
        self.lines.get_mut(slot).and_then(Option::as_mut)
    }

    /// Takes a line down on both sides; the engine knows it already, or is told by the caller.
    pub(crate) fn hang_up(&mut self, slot: usize) {
        let Some(line) = self.lines.get_mut(slot).and_then(Option::take) else { return };
        self.gone.push(line.conn);
        self.people.line_gone(&line);
        self.hub.line_gone(&line);
        self.disk.keep_ghost(&line);
    }

    /// The peer's side breaks: what has not arrived never will.
    pub(crate) fn reset(&mut self, slot: usize) {
        let Some(line) = self.line(slot) else { return };
        let (conn, known) = (line.conn, line.closing.is_none());
        self.hang_up(slot);
        if known {
            let reason = if self.dice.percent(80) { CloseReason::Reset } else { CloseReason::Error };
            self.handle(Event::Closed { conn, reason });
        }
    }

    // ---- the kernel ----

    /// Moves bytes both ways until nothing moves any more, in an order and in pieces that are up to chance.
    pub(crate) fn pump(&mut self) {
        for round in 0.. {
            let mut moved = false;
            let start = self.dice.below(self.lines.len());
            for index in 0..self.lines.len() {
                let slot = (start + index) % self.lines.len().max(1);
                moved |= self.deliver(slot);
                moved |= self.read(slot);
            }
            if !moved {
                return;
            }
            Invariant::EverythingIsBounded.holds(round < 100_000, || "bytes go round for ever".to_owned());
        }
    }

    /// The kernel takes some of what was sent, and the peer hears it.
    fn deliver(&mut self, slot: usize) -> bool {
        let Some(line) = self.lines.get_mut(slot).and_then(Option::as_mut) else { return false };
        if line.is_held {
            return false;
        }
        if line.is_stalled || (line.out.is_empty() && line.closing.is_none()) {
            return self.drained(slot);
        }
        let some = cut(&mut self.dice, line.out.len());
        let bytes: Vec<u8> = line.out.drain(..some).collect();
        self.listen(slot, &bytes);
        self.drained(slot);
        let over = self.line(slot).is_some_and(|line| line.out.is_empty() && line.closing.is_some());
        if over {
            self.hang_up(slot);
        }
        true
    }

    /// Told once all has left and at least half a high-water mark was sent since it was last told.
    fn drained(&mut self, slot: usize) -> bool {
        let half = self.config.high_water_bytes / 2;
        let Some(line) = self.lines.get_mut(slot).and_then(Option::as_mut) else { return false };
        if line.closing.is_some() || !line.out.is_empty() || line.unacknowledged < half || line.is_stalled {
            return false;
        }
        line.unacknowledged = 0;
        let conn = line.conn;
        self.handle(Event::Drained { conn });
        true
    }

    /// The engine reads some of what the peer has written, unless it has been sent too much that has not left.
    fn read(&mut self, slot: usize) -> bool {
        let high_water = self.config.high_water_bytes;
        let Some(line) = self.lines.get_mut(slot).and_then(Option::as_mut) else { return false };
        if line.closing.is_some() {
            // Read on for a moment and thrown away, so that a reset does not eat the answer.
            line.inbox.clear();
            return false;
        }
        let conn = line.conn;
        if std::mem::take(&mut line.has_yielded) {
            self.handle(Event::Turn { conn });
            return true;
        }
        if line.unacknowledged >= high_water {
            return false;
        }
        if line.inbox.is_empty() {
            if line.has_ended && !std::mem::replace(&mut line.end_was_told, true) {
                self.handle(Event::Eof { conn });
                return true;
            }
            return false;
        }
        let some = cut(&mut self.dice, line.inbox.len());
        let bytes: Vec<u8> = line.inbox.drain(..some).collect();
        self.handle(Event::Bytes { conn, bytes: &bytes });
        true
    }

    // ---- the clock ----

    /// Lets time pass; ticks come when they are due, or a little late, and answers of services when they are ready.
    pub(crate) fn pass(&mut self, span: Millis) {
        let until = self.now + span;
        loop {
            let deadline = self.engine.next_deadline();
            let next = [deadline, self.services.next_due()].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            let late = if self.dice.percent(20) { Millis(self.dice.between(0, 40)) } else { Millis::ZERO };
            self.now = self.now.max((next + late).min(until));
            if deadline.is_some_and(|deadline| deadline <= self.now) {
                self.handle(Event::Tick);
            }
            self.answer_jobs();
            self.pump();
        }
        self.now = until;
    }

    fn answer_jobs(&mut self) {
        while let Some((job, outcome)) = self.services.take_due(self.now, &mut self.dice) {
            let is_wanted = self.services.told(self.now, job, &mut self.coverage);
            let done = self.handle(Event::JobDone { job, outcome });
            if !is_wanted {
                // Nobody could be told to end it before it had.
                self.coverage.note("answered although cancelled");
                self.check_stale("an answer to a job that was cancelled", done.effects);
            }
        }
    }

    /// The clock jumps: nothing happens for a while, then everything at once.
    pub(crate) fn jump(&mut self, span: Millis) {
        self.now = self.now + span;
        self.services.jumped(self.now);
        self.disturbed = self.now;
        self.handle(Event::Tick);
        self.answer_jobs();
        self.pump();
    }
}

/// How many of so many bytes go in one piece: mostly all, sometimes a few, sometimes one.
fn cut(dice: &mut Dice, bytes: usize) -> usize {
    match dice.below(10) {
        0 => 1.min(bytes),
        1 | 2 => 1 + dice.below(bytes.min(40)),
        3 => 1 + dice.below(bytes),
        _ => bytes,
    }
    .min(bytes)
}
