//! The engine alone, without sockets: what a message costs from its bytes to the bytes of its deliveries.

mod support;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use dragoman::event::{Event, Millis};
use std::hint::black_box;
use support::{Desk, masked};

/// Sixty-four bytes of text between quotes and keys.
const TEXT: &str = r#"{"content":"The quick brown fox jumps over the lazy dog, then it rests."}"#;

/// A customer writes, the agent reads; the log of the room is dropped at its limit as it grows.
fn append_and_deliver(criterion: &mut Criterion) {
    let mut desk = Desk::open();
    let pair = desk.pair();
    let frame = masked(TEXT);
    let mut written = 0u32;
    criterion.bench_function("append and deliver one message", |bencher| {
        bencher.iter(|| {
            let effects = desk.handle(Event::Bytes { conn: pair.customer, bytes: &frame }).len();
            written += 1;
            if written.is_multiple_of(128) {
                desk.drain(pair);
                desk.pass(Millis(1));
            }
            black_box(effects)
        });
    });
}

/// The same in ten thousand rooms: what a message costs must not depend on the others.
fn many_rooms(criterion: &mut Criterion) {
    let mut desk = Desk::open();
    let pairs: Vec<_> = (0..10_000).map(|_| desk.pair()).collect();
    let frame = masked(TEXT);
    let mut next = 0;
    criterion.bench_function("append and deliver in one of 10000 rooms", |bencher| {
        bencher.iter(|| {
            let pair = pairs[next % pairs.len()];
            next += 1;
            let effects = desk.handle(Event::Bytes { conn: pair.customer, bytes: &frame }).len();
            if next.is_multiple_of(64) {
                desk.drain(pair);
            }
            black_box(effects)
        });
    });
}

fn open_a_room(criterion: &mut Criterion) {
    criterion.bench_function("start a chat, join it, two WebSockets", |bencher| {
        bencher.iter_batched_ref(Desk::open, |desk| black_box(desk.pair().agent), BatchSize::SmallInput);
    });
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
        let frame = masked(TEXT);
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

criterion_group!(engine, append_and_deliver, many_rooms, open_a_room, lobby_change);
criterion_main!(engine);
