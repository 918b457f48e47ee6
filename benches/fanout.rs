//! The hub without sockets: one message to many readers, and a thousand people who come at once. Per delivery and per join,
//! the figures should not depend on how many there are.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::vocabulary::{ConnId, Effect, Event, Millis};

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A room of the hub, and everybody in it.
struct Hall {
    engine: Engine,
    now: Millis,
    effects: Vec<Effect>,
    people: Vec<ConnId>,
}

impl Hall {
    fn open() -> Self {
        let settings = |name: &str| match name {
            "RATE_LIMIT" | "STARTS_PER_ADDRESS" => Some("0".to_owned()),
            "MAX_HUB_USERS"
            | "MAX_HUB_MEMBERS"
            | "MAX_TOKENS"
            | "MAX_CONNECTIONS"
            | "MAX_CONNECTIONS_PER_ADDRESS" => Some("1000000".to_owned()),
            // Nobody drains: what is measured is the sending.
            "HIGH_WATER_BYTES" => Some("1024GiB".to_owned()),
            _ => None,
        };
        let mut engine = Engine::new(Config::read(settings).expect("the settings are valid"));
        let mut effects = Vec::new();
        engine.handle(Millis::ZERO, Event::Boot { unix_ms: 1_766_000_000_000, seed: [7; 32] }, &mut effects);
        Self { engine, now: Millis::ZERO, effects: Vec::new(), people: Vec::new() }
    }

    fn with(people: u32) -> Self {
        let mut hall = Self::open();
        (0..people).for_each(|_| hall.join());
        hall
    }

    fn handle(&mut self, event: Event<'_>) -> usize {
        self.effects.clear();
        self.engine.handle(self.now, event, &mut self.effects);
        self.effects.len()
    }

    fn join(&mut self) {
        let slot = u32::try_from(self.people.len()).expect("not so many");
        let conn = ConnId { slot, generation: 1 };
        self.handle(Event::Accepted { conn, peer: IpAddr::V4(Ipv4Addr::LOCALHOST) });
        let request = format!(
            "GET /ws?userId=u{slot}&username=Somebody&history=0 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.handle(Event::Bytes { conn, bytes: request.as_bytes() });
        self.people.push(conn);
    }

    /// Somebody says something; how many are sent it.
    fn say(&mut self, frame: &[u8]) -> usize {
        let conn = self.people[0];
        // A millisecond later: in one, a connection may say no more than a few dozen things.
        self.now = self.now + Millis(1);
        self.handle(Event::Bytes { conn, bytes: frame })
    }
}

/// 64 bytes of text in a masked frame.
fn frame() -> Vec<u8> {
    let text = format!("{{\"content\":\"{}\"}}", "0123456789abcdef".repeat(4));
    let length = u8::try_from(text.len()).expect("short");
    let mut frame = vec![0x81, 0x80 | length];
    frame.extend(MASK);
    frame.extend(text.bytes().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn fan_out(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan-out");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    let frame = frame();
    for readers in [1, 100, 1_000, 10_000] {
        let mut hall = Hall::with(readers);
        group.throughput(Throughput::Elements(readers.into()));
        group.bench_with_input(BenchmarkId::from_parameter(readers), &readers, |bencher, &readers| {
            bencher.iter(|| {
                let sent = hall.say(&frame);
                assert!(sent > readers as usize, "everybody hears it");
                black_box(sent)
            });
        });
    }
    group.finish();
}

fn joins(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a thousand joins");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).throughput(Throughput::Elements(1_000));
    for before in [0, 10_000] {
        group.bench_with_input(BenchmarkId::new("into a room of", before), &before, |bencher, &before| {
            let prepare = || Hall::with(before);
            bencher.iter_batched_ref(
                prepare,
                |hall| (0..1_000).for_each(|_| hall.join()),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, fan_out, joins);
criterion_main!(benches);
