//! Floods: many connections of one address say something cheap without end, while a few people of other addresses chat.
//!
//! Bounded in time and count. The flood comes from a process of its own that yields to whoever measures, so that what is
//! seen is how the server shares its core. A person writes every few milliseconds, whether or not the last text has come;
//! a text counts from the moment at which it was due. Beside that stands how long the server was on a processor meanwhile:
//! what it did before it came to that text, whatever else the machine does.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::people::{Caller, Kind};
use super::process::{Process, found};
use super::talk::{Heard, Tongue, hear, say};

/// What is said without end.
pub(crate) const KINDS: [&str; 4] = ["pings", "fragments", "json", "rooms"];

/// Connections of the flood.
const FLOODERS: usize = 250;
/// Chats of two beside it.
const CHATS: usize = 5;
/// Chats that wait, and are listed.
const WAITING: usize = 100;
/// Between two texts of one writer.
const PAUSE: Duration = Duration::from_millis(10);
/// How long the others are measured without the flood, and with it.
const SPAN: Duration = Duration::from_secs(4);
/// Nobody floods for longer, or says more than this.
const FLOOD_SPAN: Duration = Duration::from_secs(30);
const FLOOD_BYTES: u64 = 8 << 30;
/// What is handed to the kernel at a time.
const BURST_BYTES: usize = 64 * 1024;
/// From the end of the flood until memory is looked at again.
const REST: Duration = Duration::from_secs(2);

/// Prints what one flood does to the others.
pub(crate) fn run(kind: &str) {
    assert!(KINDS.contains(&kind), "what is {kind}? one of {KINDS:?}");
    let server = Process::dragoman_with(&[("MAX_HUB_ROOMS", "1000")]);
    for number in 0..WAITING {
        let body =
            json!({ "name": format!("Ana {number}"), "content": "Where is my parcel?", "language": "en" });
        Caller::connect(server.address(), number).post("/start-chat", "", &body);
    }
    let chats: Vec<_> =
        (0..CHATS).map(|number| Kind::Chat("Eva").room(server.address(), OTHERS + number)).collect();
    let before = server.resident_kib();
    let calm = measure(&chats, &server);
    let mut flood = Flood::start(kind, server.address());
    let flooded = measure(&chats, &server);
    flood.stop();
    thread::sleep(REST);
    println!("{kind}: {FLOODERS} connections of one address, {} others", 2 * CHATS);
    println!("  without  {calm}");
    println!("  with     {flooded}");
    let mib = |kib: u64| kib as f64 / 1024.0;
    let after = server.resident_kib();
    println!(
        "  memory   {:.1} MiB before, {:.1} at most, {:.1} after",
        mib(before),
        mib(flooded.most_kib),
        mib(after)
    );
}

/// The others have an address of their own.
const OTHERS: usize = 50_000;

/// What the others saw.
struct Seen {
    latencies: Vec<Duration>,
    /// Of these, on the server's processor.
    busy: Vec<Duration>,
    most_kib: u64,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, sorted) in [("", &self.latencies), ("; on its processor ", &self.busy)] {
            let at = |thousandth: usize| {
                let place = (sorted.len() - 1) * thousandth / 1000;
                sorted[place].as_secs_f64() * 1e3
            };
            write!(f, "{name}p50 {:.2} ms, p99 {:.2} ms, worst {:.2} ms", at(500), at(990), at(1000))?;
        }
        Ok(())
    }
}

/// Lets everybody write for a while.
fn measure(chats: &[[TcpStream; 2]], server: &Process) -> Seen {
    let until = Instant::now() + SPAN;
    thread::scope(|scope| {
        let talks: Vec<_> = chats
            .iter()
            .enumerate()
            .map(|(number, [customer, agent])| {
                scope.spawn(move || talk([customer, agent], server, number, until))
            })
            .collect();
        let mut most_kib = 0;
        while Instant::now() < until {
            most_kib = most_kib.max(server.resident_kib());
            thread::sleep(Duration::from_millis(20));
        }
        let texts: Vec<_> = talks.into_iter().flat_map(|talk| talk.join().unwrap()).collect();
        let (mut latencies, mut busy): (Vec<_>, Vec<_>) = texts.into_iter().unzip();
        latencies.sort_unstable();
        busy.sort_unstable();
        Seen { latencies, busy, most_kib }
    })
}

/// Both write by turns, at times fixed before; how long each text took to the other, and how long of that the server was on a
/// processor.
fn talk(
    [customer, agent]: [&TcpStream; 2],
    server: &Process,
    number: usize,
    until: Instant,
) -> Vec<(Duration, Duration)> {
    let mut due = Instant::now() + PAUSE * u32::try_from(number).unwrap() / u32::try_from(CHATS).unwrap();
    let mut latencies = Vec::new();
    let mut lines = [(customer, Vec::new()), (agent, Vec::new())];
    // Who is far behind by then has said enough.
    while due < until && Instant::now() < until {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        lines.rotate_left(1);
        let [(reader, ahead), (writer, _)] = &mut lines;
        let mut text = Vec::new();
        say(Tongue::Chat, number, latencies.len() as u64, &mut text);
        let cpu = server.cpu();
        writer.write_all(&text).unwrap();
        until_text(reader, ahead);
        latencies.push((due.elapsed(), server.cpu() - cpu));
        due += PAUSE;
    }
    latencies
}

fn until_text(mut stream: &TcpStream, ahead: &mut Vec<u8>) {
    let mut buffer = [0; 4096];
    loop {
        while let Some((bytes, heard)) = hear(Tongue::Chat, ahead) {
            ahead.drain(..bytes);
            if matches!(heard, Heard::Text(_)) {
                return;
            }
        }
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the server has closed the connection of somebody who does nothing wrong");
        ahead.extend_from_slice(&buffer[..count]);
    }
}

/// The process that floods.
struct Flood(Child);

impl Flood {
    /// Returns when everybody of it is connected.
    fn start(kind: &str, server: SocketAddr) -> Self {
        let own = std::env::current_exe().unwrap();
        let mut command = found("nice").map_or_else(
            || Command::new(&own),
            |nice| {
                let mut command = Command::new(nice);
                command.args(["-n", "19"]).arg(&own);
                command
            },
        );
        command.args(["--flooder", kind, &server.to_string()]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = [0];
        child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
        Self(child)
    }

    fn stop(&mut self) {
        assert!(self.0.try_wait().unwrap().is_none(), "the flood ended too early");
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Connects, says so, and floods until it is killed, or has done so for long enough.
pub(crate) fn flood(kind: &str, server: SocketAddr) {
    let burst = burst(kind);
    let mut lines: Vec<_> = (0..FLOODERS).map(|number| (connect(kind, server, number), 0)).collect();
    println!("ready");
    let (until, mut said, mut sink) = (Instant::now() + FLOOD_SPAN, 0, vec![0; 64 * 1024]);
    while Instant::now() < until && said < FLOOD_BYTES {
        let before = said;
        for (stream, at) in &mut lines {
            while matches!(stream.read(&mut sink), Ok(count) if count == sink.len()) {}
            match stream.write(&burst[*at..]) {
                Ok(count) => {
                    said += count as u64;
                    *at = (*at + count) % burst.len();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("the server has broken a connection of the flood: {error}"),
            }
        }
        if said == before {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A connection that may say the things of this flood.
fn connect(kind: &str, server: SocketAddr, number: usize) -> TcpStream {
    let mut caller = Caller::connect(server, 0);
    match kind {
        "rooms" => {}
        "json" => {
            let path = format!("/ws?userId=flood{number}&username=Flood&room=flood{number}");
            caller.upgrade(&path).unwrap();
        }
        _ => caller.upgrade("/echo").unwrap(),
    }
    let mut stream = caller.into_stream();
    if kind == "fragments" {
        // The message that never ends has to begin.
        stream.write_all(&[0x01, 0x80, 1, 2, 3, 4]).unwrap();
    }
    stream.set_nonblocking(true).unwrap();
    stream
}

/// The same thing, again and again.
fn burst(kind: &str) -> Vec<u8> {
    let one: &[u8] = match kind {
        "pings" => &[0x89, 0x80, 1, 2, 3, 4],
        "fragments" => &[0x00, 0x80, 1, 2, 3, 4],
        "json" => &[0x81, 0x81, 1, 2, 3, 4, b'x'],
        _ => b"GET /rooms HTTP/1.1\r\nHost: localhost\r\n\r\n",
    };
    one.repeat(BURST_BYTES / one.len())
}
