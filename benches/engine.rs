//! The engine alone, without sockets: what an event costs from its bytes to the bytes that are to be written.
//!
//! One bench for each of [`support::scenarios::ENGINE`]. Flat is what they should be: with many other rooms, with a long
//! log, per reader of a fan-out. `cargo bench --bench guard` counts their instructions instead.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};

fn engine(criterion: &mut Criterion) {
    for scenario in support::scenarios::ENGINE {
        let mut deed = (scenario.prepare)();
        criterion.bench_function(scenario.name, |bencher| bencher.iter(&mut deed));
    }
}

criterion_group!(benches, engine);
criterion_main!(benches);
