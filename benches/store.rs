//! What keeping costs: the release binary on real sockets, without a store, with `normal`, and with `full`.
//!
//! A customer writes, an agent reads. *One a turn*: the next message is written when the one before is acknowledged.
//! *Sixteen a turn*: sixteen leave in one packet, the next ones when all are acknowledged. Then what a restart takes, and
//! what a message takes in the file. `cargo bench --bench store`; a directory as its argument is where the file will be.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a bench is a shell of its own: it has threads, files and a clock, and what cannot go on shall panic"
)]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use support::desk::{agent, customer, seat, word};
use support::http::{self, Http, request};
use support::process::Server;
use support::websocket::{FIN, TEXT, WebSocket, frame};

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/support/mod.rs"]
mod support;

/// Sixty-four bytes, as people write them.
const CONTENT: &str = "The quick brown fox jumps over the lazy dog, and then she rests.";
/// Measurements of each kind; the median counts.
const REPETITIONS: usize = 5;
/// One measurement ends after so many messages, or after this time.
const MESSAGES: usize = 20_000;
const SPAN: Duration = Duration::from_secs(3);
/// Messages before it begins.
const WARM_UP: usize = 500;
/// For the restart.
const ROOMS: usize = 5000;
const MESSAGES_PER_ROOM: usize = 20;

/// The ways to keep, as `STORE_SYNC` has them; none is no store at all.
const WAYS: [Option<&str>; 3] = [None, Some("normal"), Some("full")];

/// One measurement.
#[derive(Clone, Copy)]
struct Sample {
    per_second: f64,
    p50: Duration,
    p99: Duration,
    cpu_us: f64,
}

fn main() {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let directory = named.map_or_else(std::env::temp_dir, PathBuf::from);
    let file = directory.join(format!("dragoman-bench-{}.db", std::process::id()));
    println!("store    a turn  messages/s  ack p50    ack p99    CPU/message  more than off");
    for in_flight in [1, 16] {
        throughput(&file, in_flight);
    }
    restart(&file);
}

fn server(file: &Path, way: Option<&str>) -> Server {
    let store = way.map_or(":memory:", |_| file.to_str().unwrap());
    Server::start(&[
        ("STORE", store),
        ("STORE_SYNC", way.unwrap_or("normal")),
        ("RATE_LIMIT", "0"),
        ("STARTS_PER_ADDRESS", "0"),
        ("MAX_ROOMS_PER_ADDRESS", "100000"),
    ])
}

fn remove(file: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(format!("{}{suffix}", file.display()));
    }
}

// ---- messages ----

fn throughput(file: &Path, in_flight: usize) {
    let mut samples = [const { Vec::new() }; WAYS.len()];
    // By turns, so that what else the machine does hits all alike.
    for _ in 0..REPETITIONS {
        for (way, samples) in WAYS.into_iter().zip(&mut samples) {
            samples.push(measure(file, way, in_flight));
            remove(file);
        }
    }
    let medians = samples.map(|samples| median(&samples));
    for (way, sample) in WAYS.into_iter().zip(&medians) {
        println!(
            "{:<8} {in_flight:>6} {:>11.0} {:>7} µs {:>7} µs {:>9.1} µs {:>11.1} µs",
            way.unwrap_or("off"),
            sample.per_second,
            sample.p50.as_micros(),
            sample.p99.as_micros(),
            sample.cpu_us,
            sample.cpu_us - medians[0].cpu_us
        );
    }
}

fn median(samples: &[Sample]) -> Sample {
    let middle = |of: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Sample {
        per_second: middle(|sample| sample.per_second),
        p50: Duration::from_secs_f64(middle(|sample| sample.p50.as_secs_f64())),
        p99: Duration::from_secs_f64(middle(|sample| sample.p99.as_secs_f64())),
        cpu_us: middle(|sample| sample.cpu_us),
    }
}

fn measure(file: &Path, way: Option<&str>, in_flight: usize) -> Sample {
    let server = server(file, way);
    let mut writer = customer(server.address(), "en", CONTENT);
    let mut reader = agent(server.address(), "en", &writer.room);
    // It reads until the end; what it has read is in no measurement.
    thread::spawn(move || {
        while reader.socket.http.fill().unwrap_or(false) {
            reader.socket.http.ahead.clear();
        }
    });
    writer.socket.event_of("message");
    let mut written = 0;
    let mut burst = |latencies: &mut Vec<Duration>| {
        write_burst(&mut writer.socket, written, in_flight, latencies);
        written += in_flight;
    };
    let mut latencies = Vec::new();
    while latencies.len() < WARM_UP {
        burst(&mut latencies);
    }
    latencies.clear();
    let (cpu, from) = (cpu_of(&server), Instant::now());
    while latencies.len() < MESSAGES && from.elapsed() < SPAN {
        burst(&mut latencies);
    }
    let (took, cpu) = (from.elapsed(), cpu_of(&server) - cpu);
    let count = latencies.len();
    latencies.sort_unstable();
    Sample {
        per_second: count as f64 / took.as_secs_f64(),
        p50: latencies[count / 2],
        p99: latencies[count * 99 / 100],
        cpu_us: cpu.as_secs_f64() * 1e6 / count as f64,
    }
}

/// Writes so many messages at once and waits for all their acknowledgements.
fn write_burst(socket: &mut WebSocket, first: usize, count: usize, latencies: &mut Vec<Duration>) {
    let bytes: Vec<u8> = (first..first + count).flat_map(message).collect();
    let from = Instant::now();
    socket.send(&bytes);
    let mut acknowledged = 0;
    while acknowledged < count {
        let frame = socket.frame();
        if frame.payload.starts_with(br#"{"type":"ack""#) {
            latencies.push(from.elapsed());
            acknowledged += 1;
        }
        assert!(!frame.payload.starts_with(br#"{"type":"error""#), "{frame:?}");
    }
}

fn message(number: usize) -> Vec<u8> {
    let text = json!({ "content": CONTENT, "ref": number.to_string() }).to_string();
    frame(FIN | TEXT, text.as_bytes())
}

/// Time all its threads have been on a processor.
fn cpu_of(server: &Server) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
    let nanoseconds = tasks.map(|task| {
        let text = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        text.split(' ').next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(nanoseconds.sum())
}

// ---- restart ----

fn restart(file: &Path) {
    let server = self::server(file, Some("normal"));
    let empty = size(file);
    converse(server.address());
    println!(
        "\n{} messages in {ROOMS} rooms: {} MiB of memory",
        ROOMS * MESSAGES_PER_ROOM,
        server.resident_kib() / 1024
    );
    assert_eq!(server.stop().code, Some(0));
    let bytes = size(file) - empty;
    println!("file: {} bytes a message, texts of {} bytes and rooms included", bytes / all(), CONTENT.len());
    let mut times: Vec<_> = (0..REPETITIONS).map(|_| restart_once(file)).collect();
    times.sort_unstable();
    println!("restart: {} ms until the first answer", times[REPETITIONS / 2].as_millis());
    remove(file);
}

fn all() -> u64 {
    (ROOMS * MESSAGES_PER_ROOM) as u64
}

fn size(file: &Path) -> u64 {
    fs::metadata(file).unwrap().len()
}

/// Fills the rooms.
fn converse(server: SocketAddr) {
    let mut caller = Http::connect(server);
    for _ in 0..ROOMS {
        let call = json!({ "name": "Joana", "content": CONTENT, "language": "en" });
        caller.send(request("POST", "/start-chat", None, Some(&call)));
        let started = caller.response();
        let path = seat(&word(&started, "token"), &word(&started, "room_id"));
        let mut socket = WebSocket::open(server, &path);
        write_burst(&mut socket, 0, MESSAGES_PER_ROOM - 1, &mut Vec::new());
    }
}

/// From the start of the process to an answer that knows all rooms. It is killed afterwards, as it may be in life.
fn restart_once(file: &Path) -> Duration {
    let from = Instant::now();
    let server = self::server(file, Some("normal"));
    let health = http::get(server.address(), "/health").json();
    let took = from.elapsed();
    assert_eq!(health["rooms"], ROOMS);
    took
}
