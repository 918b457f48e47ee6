//! The pure pieces one by one: the HTTP reader, the WebSocket session, the timer wheel, the reader of traces.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dragoman::config::Config;
use dragoman::event::Millis;
use dragoman::timer::Wheel;
use dragoman::wire::http::{Limits, RequestReader};
use dragoman::wire::websocket::{Session, text_frame};

fn http_head(criterion: &mut Criterion) {
    let limits = Limits::from(&Config::defaults());
    let request = b"GET /rooms HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: bench\r\nAccept: */*\r\n\
        Authorization: Bearer 00112233445566778899aabbccddeeff\r\n\r\n";
    let mut reader = RequestReader::new();
    criterion.bench_function("read a request", |bencher| {
        bencher.iter(|| black_box(reader.step(&mut &request[..], &limits)));
    });
}

fn websocket(criterion: &mut Criterion) {
    let mut frame = vec![0x81, 0x80 | 64, 1, 2, 3, 4];
    frame.extend((0..64u8).map(|i| b'x' ^ (1 + i % 4)));
    let mut session = Session::new(64 * 1024);
    let mut output = Vec::new();
    criterion.bench_function("read a text of 64 bytes", |bencher| {
        bencher.iter(|| black_box(session.next(&mut &frame[..], &mut output)));
    });
    criterion.bench_function("write a text of 64 bytes", |bencher| {
        bencher.iter(|| black_box(text_frame(&[b'x'; 64])));
    });
}

/// Insert and cancel, and insert and expire, with so many other timers in the wheel.
fn wheel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timer wheel");
    for others in [1_000u64, 100_000, 1_000_000] {
        let mut wheel = Wheel::new();
        for i in 0..others {
            wheel.insert(Millis(1_000_000 + i * 7919 % 3_600_000), i);
        }
        group.bench_with_input(BenchmarkId::new("insert and cancel", others), &others, |bencher, _| {
            bencher.iter(|| {
                let id = wheel.insert(Millis(54_000), 0);
                black_box(wheel.cancel(id))
            });
        });
        let mut now = 0;
        group.bench_with_input(BenchmarkId::new("insert and expire", others), &others, |bencher, _| {
            bencher.iter(|| {
                // Time stands still at the edge of the others, so that only our own timer expires.
                now = (now + 1).min(900_000);
                wheel.insert(Millis(now), 0);
                black_box(wheel.pop_expired(Millis(now)))
            });
        });
    }
    group.finish();
}

criterion_group!(pieces, http_head, websocket, wheel);
criterion_main!(pieces);
