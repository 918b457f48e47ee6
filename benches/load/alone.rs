//! The engine alone, without sockets: what a message takes of time and memory from the bytes that were read to the bytes
//! that are to be written, how fast a trace runs again, and what a timer takes however many there are.
//!
//! The fastest of many batches counts: it is the one that nothing else got in the way of. The criterion benches have the
//! same windows with their spread.

use std::time::{Duration, Instant};

use dragoman::engine::Engine;
use dragoman::trace::{self, Trace};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use super::support::scenarios::{ENGINE, insert_and_cancel, insert_and_expire, long_trace};

#[global_allocator]
static COUNTING: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const BATCHES: usize = 40;
const BATCH: u32 = 5000;
/// Messages after which the log of a room is at its limit and no longer grows.
const FILLED: u32 = 20_000;

/// Messages of the chat that runs again.
const REPLAYED: usize = 50_000;

/// Prints the rows.
pub(crate) fn table() {
    println!("\n{:<58} {:>9} {:>12}", "the engine alone", "goal", "measured");
    messages();
    replays();
    timers();
}

fn line(title: &str, goal: Option<f64>, measured: f64) {
    let goal = goal.map_or_else(String::new, |goal| format!("{goal:.0}"));
    println!("  {title:<56} {goal:>9} {measured:>12.*}", usize::from(measured < 10.0) * 2);
}

fn messages() {
    let mut plain = prepared("message: append and deliver");
    let mut remembered = prepared("message: its translation is remembered");
    repeat(&mut plain, FILLED);
    line("a message appended and delivered, ns", Some(500.0), fastest(&mut plain, BATCH));
    line("the same with a translation that is remembered, ns", None, fastest(&mut remembered, BATCH));
    let region = Region::new(COUNTING);
    repeat(&mut plain, BATCH);
    let change = region.change();
    let each = |count: usize| count as f64 / f64::from(BATCH);
    line("allocations for it", None, each(change.allocations + change.reallocations));
    line("bytes of them", None, each(change.bytes_allocated));
}

fn prepared(name: &str) -> Box<dyn FnMut()> {
    let scenario = ENGINE.iter().find(|scenario| scenario.name == name);
    (scenario.expect("a scenario of this name").prepare)()
}

fn replays() {
    let text = long_trace(REPLAYED);
    let trace = Trace::parse(&text).expect("a trace");
    let report = trace::replay(&trace, Engine::new);
    assert!(report.first_difference.is_none(), "{report}");
    let events = report.events as f64;
    let a_second = |nanoseconds: f64| events / nanoseconds * 1e9;
    let run = fastest(&mut || drop(trace::replay(&trace, Engine::new)), 1);
    let read = fastest(&mut || drop(Trace::parse(&text)), 1);
    line("replaying a chat, events a second", Some(1e6), a_second(run));
    line("the same, reading it included", Some(2e5), a_second(run + read));
}

fn timers() {
    for timers in [1000, 100_000, 1_000_000] {
        let (mut cancel, mut expire) = (insert_and_cancel(timers), insert_and_expire(timers));
        line(
            &format!("a timer among {timers}: inserted and cancelled, ns"),
            None,
            fastest(&mut cancel, BATCH),
        );
        line(&format!("a timer among {timers}: inserted and expired, ns"), None, fastest(&mut expire, BATCH));
    }
}

fn repeat(deed: &mut impl FnMut(), times: u32) {
    for _ in 0..times {
        deed();
    }
}

/// Nanoseconds the deed takes in the fastest of all batches.
fn fastest(deed: &mut impl FnMut(), batch: u32) -> f64 {
    let batches = (0..BATCHES).map(|_| {
        let from = Instant::now();
        repeat(deed, batch);
        from.elapsed()
    });
    let fastest = batches.min().unwrap_or(Duration::ZERO);
    fastest.as_secs_f64() * 1e9 / f64::from(batch)
}
