//! The engine alone, without sockets: what an event costs from its bytes to the bytes that are to be written.
//!
//! One bench for each of [`support::scenarios::ENGINE`]. Flat is what they should be: with many other rooms, with a long
//! log, per reader of a fan-out. `cargo bench --bench guard` counts their instructions instead.

mod support;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dragoman::vocabulary::Event;
use std::hint::black_box;
use support::{Desk, masked};

fn engine(criterion: &mut Criterion) {
    for scenario in support::scenarios::ENGINE {
        let mut deed = (scenario.prepare)();
        criterion.bench_function(scenario.name, |bencher| bencher.iter(&mut deed));
    }
}

/// A customer who waits writes, and fifty agents in the lobby hear of it in two languages: what that costs must not depend
/// on how many others wait.
fn lobby_change(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lobby change, 50 agents watch");
    for waiting in [10, 1_000, 10_000] {
        let mut desk = Desk::open_with("8GiB", "8GiB");
        let customers: Vec<_> = (0..waiting).map(|_| desk.customer()).collect();
        let watchers: Vec<_> = (0..50).map(|index| desk.watcher(["en", "pt"][index % 2])).collect();
        while watchers.iter().any(|conn| !desk.handle(Event::Drained { conn: *conn }).is_empty()) {}
        let frame = masked(support::scenarios::TEXT);
        let mut written = 0;
        group.bench_with_input(BenchmarkId::from_parameter(waiting), &waiting, |bencher, _| {
            bencher.iter(|| {
                let conn = customers[written % customers.len()];
                written += 1;
                let effects = desk.handle(Event::Bytes { conn, bytes: &frame }).len();
                assert!(effects > 50, "everybody hears of it");
                if (written / customers.len()).is_multiple_of(64) {
                    desk.handle(Event::Drained { conn });
                }
                if written.is_multiple_of(64) {
                    for conn in &watchers {
                        desk.handle(Event::Drained { conn: *conn });
                    }
                }
                black_box(effects)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, engine, lobby_change);
criterion_main!(benches);
