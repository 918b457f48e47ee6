//! The pure pieces one by one: the HTTP reader, the WebSocket session, the timer wheel however full it is, and the
//! translator's cache.

mod support;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use support::scenarios::{PIECES, insert_and_cancel, insert_and_expire};

fn pieces(criterion: &mut Criterion) {
    for scenario in PIECES {
        let mut deed = (scenario.prepare)();
        criterion.bench_function(scenario.name, |bencher| bencher.iter(&mut deed));
    }
}

/// With so many other timers in the wheel.
fn wheel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timer wheel");
    for others in [1_000u64, 100_000, 1_000_000] {
        let (mut cancel, mut expire) = (insert_and_cancel(others), insert_and_expire(others));
        group.bench_with_input(BenchmarkId::new("insert and cancel", others), &(), |bencher, ()| {
            bencher.iter(&mut cancel);
        });
        group.bench_with_input(BenchmarkId::new("insert and expire", others), &(), |bencher, ()| {
            bencher.iter(&mut expire);
        });
    }
    group.finish();
}

criterion_group!(benches, pieces, wheel);
criterion_main!(benches);
