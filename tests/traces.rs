//! Every trace in `tests/traces`, held against the engine: it does what the trace says, however the bytes were cut, and
//! does the same again, and its books are right all the while. `UPDATE_TRACES=1 cargo test --test traces` writes what it
//! does now; review that with `git diff`.

#[path = "support/traces.rs"]
mod traces;

use std::path::{Path, PathBuf};

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::trace::{self, Core, Trace};
use dragoman::vocabulary::{Effect, Event, Millis};
use traces::traces_in;

/// The engine, asked after every event whether its own books are right: a trace then tests much more than its effects.
struct Checked(Engine);

impl Checked {
    fn new(config: Config) -> Self {
        Self(Engine::new(config))
    }
}

impl Core for Checked {
    fn handle(&mut self, now: Millis, event: Event<'_>, out: &mut Vec<Effect>) {
        self.0.handle(now, event, out);
        self.0.check_invariants();
    }

    fn next_deadline(&self) -> Option<Millis> {
        self.0.next_deadline()
    }
}

#[test]
fn every_trace_holds() {
    for_each_trace(|path, trace| {
        if updating() {
            let text = trace::update(trace, Checked::new).map_err(|difference| difference.to_string())?;
            // The other tests read the same files meanwhile, so none must ever be half written.
            let new = path.with_extension("new");
            return std::fs::write(&new, text)
                .and_then(|()| std::fs::rename(&new, path))
                .map_err(|error| error.to_string());
        }
        no_difference(&trace::replay(trace, Checked::new))
    });
}

#[test]
fn no_trace_depends_on_how_the_bytes_were_cut() {
    for_each_trace(|_, trace| no_difference(&trace::replay_bytewise(trace, Engine::new)));
}

#[test]
fn every_trace_has_the_same_effects_twice() {
    for_each_trace(|_, trace| {
        let run = || trace::update(trace, Engine::new).map_err(|difference| difference.to_string());
        let (one, other) = (run()?, run()?);
        let differing = one.lines().zip(other.lines()).find(|(one, other)| one != other);
        match differing {
            Some((one, other)) => Err(format!("  once   {one}\n  then   {other}")),
            None if one != other => Err("one run had more effects than the other".to_owned()),
            None => Ok(()),
        }
    });
}

fn no_difference(report: &trace::Report) -> Result<(), String> {
    if report.first_difference.is_none() { Ok(()) } else { Err(report.to_string()) }
}

/// Runs a check over all traces, and fails with what it says about every one that does not pass.
fn for_each_trace(check: impl Fn(&Path, &Trace) -> Result<(), String>) {
    let traces = traces_in("tests/traces");
    let failure = |(path, trace): &(PathBuf, Trace)| {
        let what = caught(|| check(path, trace)).err()?;
        Some(format!("{}: {what}", path.display()))
    };
    let failures: Vec<_> = traces.iter().filter_map(failure).collect();
    let (failed, all) = (failures.len(), traces.len());
    assert!(failures.is_empty(), "{failed} of {all} traces fail:\n\n{}\n", failures.join("\n\n"));
}

/// Turns a panic into a failure like any other, so that it says which trace it is about.
fn caught(check: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check));
    result.unwrap_or_else(|_| Err("a panic; what it says stands above".to_owned()))
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests asks for it in the environment")]
fn updating() -> bool {
    std::env::var("UPDATE_TRACES").is_ok_and(|value| value == "1")
}
