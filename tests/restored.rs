//! After every trace in `tests/traces`, an engine that is told its records alone knows the same.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::trace::{self, Core, Trace};
use dragoman::vocabulary::{Effect, Event, Millis, Record};

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

    /// What another one knows that is told the same, at this moment.
    fn restored(&self) -> String {
        let (mut engine, mut out) = (Engine::new(self.config.clone()), Vec::new());
        let unix_ms = self.booted.1 + (self.now - self.booted.0).0;
        engine.handle(self.now, Event::Boot { unix_ms, seed: [7; 32] }, &mut out);
        for record in &self.records {
            engine.handle(self.now, Event::Restored { record: record.clone() }, &mut out);
            engine.check_invariants();
        }
        engine.digest()
    }
}

#[test]
fn what_was_stored_is_what_was_known() {
    let mut failures = String::new();
    for path in traces(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces")) {
        let text = std::fs::read_to_string(&path).expect("traces can be read");
        let trace = Trace::parse(&text).expect("traces can be understood");
        let mut stored = None;
        trace::replay(&trace, |config| {
            let shared = Rc::new(RefCell::new(Stored::new(config)));
            stored = Some(Rc::clone(&shared));
            Shared(shared)
        });
        let stored = stored.expect("a replay makes an engine");
        let (known, restored) = (stored.borrow().engine.digest(), stored.borrow().restored());
        if let Some(line) = first_difference(&known, &restored) {
            _ = writeln!(failures, "{}: {line}", path.display());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// A line that only one of them has.
fn first_difference(known: &str, restored: &str) -> Option<String> {
    let lost = known.lines().find(|line| !restored.lines().any(|other| other == *line));
    let made = || restored.lines().find(|line| !known.lines().any(|other| other == *line));
    lost.map(|line| format!("lost {line}")).or_else(|| made().map(|line| format!("made {line}")))
}

fn traces(directory: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).expect("there are traces").flatten() {
        let path = entry.path();
        if path.is_dir() {
            paths.extend(traces(&path));
        } else if path.extension().is_some_and(|extension| extension == "trace") {
            paths.push(path);
        }
    }
    paths.sort();
    paths
}
