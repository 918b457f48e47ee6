//! After every trace in `tests/traces`, an engine that is told its records alone knows the same: as they
//! were made, and as a store gives them back, which keeps only what matters of them.

#[path = "support/traces.rs"]
mod traces;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::reactor::through_tables;
use dragoman::trace::{self, Core};
use dragoman::vocabulary::{Effect, Event, Millis, Record};
use traces::traces_in;

/// An engine, and what a store was told of it.
struct Stored {
    engine: Engine,
    config: Config,
    records: Vec<Record>,
    /// When it was booted by its own clock, and by the wall.
    booted: (Millis, u64),
    now: Millis,
}

/// A handle on one, for a replay ends with its core.
struct Shared(Rc<RefCell<Stored>>);

impl Core for Shared {
    fn handle(&mut self, now: Millis, event: Event<'_>, out: &mut Vec<Effect>) {
        self.0.borrow_mut().handle(now, event, out);
    }

    fn next_deadline(&self) -> Option<Millis> {
        self.0.borrow().engine.next_deadline()
    }
}

impl Stored {
    fn new(config: Config) -> Self {
        let engine = Engine::new(config.clone());
        Self { engine, config, records: Vec::new(), booted: (Millis(0), 0), now: Millis(0) }
    }

    fn handle(&mut self, now: Millis, event: Event<'_>, out: &mut Vec<Effect>) {
        self.now = now;
        match &event {
            Event::Boot { unix_ms, .. } => self.booted = (now, *unix_ms),
            Event::Restored { record } => self.records.push(record.clone()),
            _ => {}
        }
        let before = out.len();
        self.engine.handle(now, event, out);
        for effect in &out[before..] {
            if let Effect::Store(record) = effect {
                self.records.push(record.clone());
            }
        }
    }

    fn unix_ms(&self) -> u64 {
        self.booted.1 + (self.now - self.booted.0).0
    }

    /// What a store has kept of it.
    fn loaded(&self) -> Vec<Record> {
        let since = self.unix_ms().saturating_sub(self.config.tombstone_ms.0);
        through_tables(&self.records, since).expect("a database in memory")
    }

    /// What another one knows that is told this, at this moment.
    fn told(&self, records: &[Record]) -> String {
        let (mut engine, mut out) = (Engine::new(self.config.clone()), Vec::new());
        engine.handle(self.now, Event::Boot { unix_ms: self.unix_ms(), seed: [7; 32] }, &mut out);
        for record in records {
            engine.handle(self.now, Event::Restored { record: record.clone() }, &mut out);
            engine.check_invariants();
        }
        engine.digest()
    }
}

#[test]
fn what_was_stored_is_what_was_known() {
    let (mut failures, mut with_something) = (String::new(), 0);
    for (path, trace) in traces_in("tests/traces") {
        let mut stored = None;
        let report = trace::replay(&trace, |config| {
            let shared = Rc::new(RefCell::new(Stored::new(config)));
            stored = Some(Rc::clone(&shared));
            Shared(shared)
        });
        assert!(report.first_difference.is_none(), "{}: {report}", path.display());
        let stored = stored.expect("a replay makes an engine");
        let stored = stored.borrow();
        let known = stored.engine.digest();
        with_something += usize::from(!known.is_empty());
        for (how, records) in [("as they were made", &stored.records), ("by the store", &stored.loaded())] {
            if let Some(line) = first_difference(&known, &stored.told(records)) {
                _ = writeln!(failures, "{}, {how}: {line}", path.display());
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(with_something > 50, "{with_something} traces left something to compare");
}

/// The first line in which they differ.
fn first_difference(known: &str, restored: &str) -> Option<String> {
    let (mut known, mut restored) = (known.lines(), restored.lines());
    loop {
        match (known.next(), restored.next()) {
            (None, None) => return None,
            (known, restored) if known == restored => {}
            (known, restored) => return Some(format!("\n  known     {known:?}\n  restored  {restored:?}")),
        }
    }
}
