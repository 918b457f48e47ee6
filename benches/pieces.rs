//! The pure pieces one by one: the HTTP reader, the WebSocket session, the timer wheel however full it is, the
//! translator's cache, and our JSON beside that of `serde_json`.

mod support;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dragoman::vocabulary::{Language, RoomId};
use dragoman::wire::json;
use serde::Serialize;
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

/// As many fields as the event with which an agent is told a message.
#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    room_id: RoomId,
    id: u64,
    from: &'a str,
    role: &'static str,
    content: &'a str,
    translated_content: Option<&'a str>,
    language: Option<Language>,
    original_content: Option<&'a str>,
    at: &'a str,
    own: bool,
}

fn json(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("json: a message");
    let words = "The quick brown fox jumps over the lazy dog, and then she rests. ";
    for bytes in [64, 1024] {
        let content = &words.repeat(bytes / 64 + 1)[..bytes];
        let message = Message {
            r#type: "message",
            room_id: RoomId::from_number(0x5e0c_0ffe_e000_0001),
            id: 4711,
            from: "Ana",
            role: "customer",
            content,
            translated_content: None,
            language: Language::parse("pt"),
            original_content: None,
            at: "2026-01-31T12:00:00.000Z",
            own: false,
        };
        let mut out = Vec::with_capacity(4096);
        group.bench_function(BenchmarkId::new("ours", bytes), |bencher| {
            bencher.iter(|| {
                out.clear();
                json::write(&mut out, black_box(&message)).expect("has all it needs");
            });
        });
        group.bench_function(BenchmarkId::new("serde_json", bytes), |bencher| {
            bencher.iter(|| {
                out.clear();
                serde_json::to_writer(&mut out, black_box(&message)).expect("has all it needs");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, pieces, wheel, json);
criterion_main!(benches);
