//! A simulation that tries to break the server: virtual clients, virtual services that translate, a virtual kernel, a virtual
//! clock.
//!
//! One seed makes one run. Clients speak real HTTP and WebSocket bytes, cut anywhere, to the engine; a shadow model of
//! plain lists overhears what the engine says and knows what every client must have seen. Every few events, and at the
//! end, the engine checks itself; at the end of every run everybody has seen the log of their room, and nothing is left behind.
//!
//! | weight | what happens |
//! |-------:|--------------|
//! |    240 | somebody writes (and 40 a burst, 25 the same message again) |
//! |    200 | a moment passes (and 80 seconds, 30 minutes, 3 hours; 8 the clock jumps) |
//! |     30 | an agent comes to the lobby to watch who waits (and 5 somebody speaks there)
//! |     20 | somebody asks for the transcript of their chat |
//! |    100 | somebody types (and 60 reads, 15 chooses a language) |
//! |     40 | an agent translates by hand (and 30 looks at a draft, 25 sends a canned reply), 40 somebody asks again |
//! |    140 | a device connects, or comes back with `after` (and 15 a second one of somebody) |
//! |     90 | an agent joins a room, perhaps one too many, perhaps twice (and 40 one comes, 20 one asks who waits) |
//! |    110 | somebody writes in the hub, to all or to one (and 70 a visitor comes, perhaps under a name of others, or comes back; 8 a rule is broken) |
//! |     40 | a customer comes (and 10 a start made again with its key) |
//! |     50 | a connection breaks, at any byte (and 12 a goodbye, 12 a half-close, 10 silence for ever) |
//! |     50 | a stalled reader goes on (and 30 one stalls) |
//! |     40 | somebody tries what is not theirs: a room of others, a token nobody has |
//! |     60 | one of the engines fails in one of its ways, or recovers, whatever the others do |
//! |     30 | a page, the health, the metrics |
//! |     25 | an agent ends (and 12 a customer) |
//! |     40 | a call with a mistake |
//! |     25 | each: a request that is none, a frame that is none, stale names (and 20 a text that is no message) |
//! |     12 | the disk fails; life goes on until it recovers, or the process dies |
//! |      4 | the process dies between two events, and is started again from what was stored |
//! |      6 | the wall clock is set, fresh entropy comes |
//!
//! One run in ten is shut down in the middle. One in six is calm: nothing outside fails, so that patience can be checked.
//!
//! `cargo test` runs a fixed set of seeds, the gate more. `SEEDS=100000 STEPS=300 cargo test --release --test simulation` runs more,
//! `FIRST_SEED=7 SEEDS=1` one of them. A failure prints its seed and writes the run as a trace for `dragoman replay`.

#[path = "simulation/actions.rs"]
mod actions;
#[path = "simulation/apertium.rs"]
mod apertium;
#[path = "simulation/coverage.rs"]
mod coverage;
#[path = "simulation/dice.rs"]
mod dice;
#[path = "simulation/disk.rs"]
mod disk;
#[path = "simulation/hub.rs"]
mod hub;
#[path = "simulation/invariant.rs"]
mod invariant;
#[path = "simulation/libretranslate.rs"]
mod libretranslate;
#[path = "simulation/line.rs"]
mod line;
#[path = "simulation/lobby.rs"]
mod lobby;
#[path = "simulation/model.rs"]
mod model;
#[path = "simulation/ollama.rs"]
mod ollama;
#[path = "simulation/openai.rs"]
mod openai;
#[path = "simulation/people.rs"]
mod people;
#[path = "simulation/rude.rs"]
mod rude;
#[path = "simulation/run.rs"]
mod run;
#[path = "simulation/services.rs"]
mod services;
#[path = "simulation/shown.rs"]
mod shown;
#[path = "simulation/talk.rs"]
mod talk;
#[path = "simulation/together.rs"]
mod together;
#[path = "simulation/transcripts.rs"]
mod transcripts;
#[path = "simulation/trouble.rs"]
mod trouble;
#[path = "simulation/weather.rs"]
mod weather;
#[path = "simulation/wire.rs"]
mod wire;
#[path = "simulation/words.rs"]
mod words;
#[path = "simulation/world.rs"]
mod world;

use std::path::PathBuf;
use std::time::Instant;

use coverage::Coverage;
use dragoman::engine::Engine;
use dragoman::trace::{self, Trace};
use invariant::Invariant;

/// Runs of `cargo test`: so many that all which must happen does.
const SEEDS: u64 = 300;
/// Things that happen in each.
const STEPS: usize = 200;
/// Runs are dealt out to so many threads.
const THREADS: u64 = 2;

#[test]
fn every_seed_holds_and_everything_happens() {
    let (first, seeds, steps) = (asked("FIRST_SEED", 0), asked("SEEDS", SEEDS), asked("STEPS", STEPS as u64));
    let steps = usize::try_from(steps).expect("not that many");
    #[expect(clippy::disallowed_methods, reason = "how fast it was is said to people and decides nothing")]
    let begun = Instant::now();
    let parts: Vec<_> = std::thread::scope(|scope| {
        let part = |thread: u64| {
            move || some_seeds((first..first + seeds).filter(|seed| seed % THREADS == thread), steps)
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(part(thread))).collect();
        threads.into_iter().map(|thread| thread.join().expect("failures are collected")).collect()
    });
    let (mut coverage, mut events, mut failures) = (Coverage::default(), 0, Vec::new());
    for (seen, count, failed) in parts {
        coverage.add(&seen);
        events += count;
        failures.extend(failed);
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{seeds} seeds, {events} events in {seconds:.1} s: {:.0} events a second",
        events as f64 / seconds
    );
    if asked("SHOW", 0) == 1 {
        coverage.0.iter().for_each(|(what, count)| println!("{count:>9}  {what}"));
    }
    assert!(failures.is_empty(), "{} of {seeds} seeds broke:\n{}", failures.len(), failures.join("\n"));
    let missing = coverage.missing();
    assert!(seeds < SEEDS || missing.is_empty(), "never happened: {missing:#?}");
}

/// Coverage, events, and what broke.
fn some_seeds(seeds: impl Iterator<Item = u64>, steps: usize) -> (Coverage, u64, Vec<String>) {
    let (mut coverage, mut events, mut failures) = (Coverage::default(), 0, Vec::new());
    for seed in seeds {
        match run::run(seed, steps, false) {
            Ok(held) => {
                coverage.add(&held.coverage);
                events += held.events;
            }
            Err(_) if failures.len() >= 10 => failures.push(format!("seed {seed}")),
            Err(_) => failures.push(shown(seed, steps)),
        }
    }
    (coverage, events, failures)
}

/// Runs a seed that breaks once more, and writes it down.
fn shown(seed: u64, steps: usize) -> String {
    let Err((what, trace)) = run::run(seed, steps, true) else {
        return format!("seed {seed} broke once and not again: invariant 1");
    };
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("seed-{seed}.trace"));
    std::fs::write(&path, trace).expect("the directory of the tests can be written");
    format!("seed {seed}: {what}\n    dragoman replay {}", path.display())
}

#[test]
fn the_same_seed_has_the_same_effects() {
    for seed in 0..20 {
        let once = run::run(seed, STEPS, false).map(|held| held.digest);
        let again = run::run(seed, STEPS, false).map(|held| held.digest);
        let same = once.is_ok() && once.as_ref().ok() == again.as_ref().ok();
        Invariant::SameEventsSameEffects.holds(same, || format!("seed {seed} differs from itself"));
    }
}

#[test]
fn the_trace_of_a_seed_replays_however_it_is_cut() {
    for seed in 20..40 {
        let held = run::run(seed, STEPS, true).unwrap_or_else(|(what, _)| panic!("seed {seed}: {what}"));
        let text = String::from_utf8(held.trace.unwrap_or_default()).expect("traces are text");
        let trace = Trace::parse(&text).expect("what was recorded can be read");
        let whole = trace::replay(&trace, Engine::new);
        Invariant::SameEventsSameEffects
            .holds(whole.first_difference.is_none(), || format!("seed {seed}: {whole}"));
        let cut = trace::replay_bytewise(&trace, Engine::new);
        Invariant::CutsChangeNothing.holds(cut.first_difference.is_none(), || format!("seed {seed}: {cut}"));
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests asks for it in the environment")]
fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
