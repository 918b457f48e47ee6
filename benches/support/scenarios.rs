//! What the engine and its pieces are measured at: each scenario is one deed, repeated as often as somebody likes.
//!
//! The criterion benches time them, the guard counts their instructions and allocations. A deed leaves things as it found
//! them, as far as it can, so that the thousandth costs what the tenth does.

use std::hint::black_box;
use std::sync::Arc;

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::tools::jobs::Jobs;
use dragoman::tools::random::Random;
use dragoman::tools::timer::Wheel;
use dragoman::trace::{self, Trace};
use dragoman::translate::cache::{Cache, Cached, Key};
use dragoman::translate::{Asked, Group, Line, Scope, Source, Ticket, Translator, Turn, Work};
use dragoman::vocabulary::{Effect, EngineName, Event, Language, Millis, Tenant};
use dragoman::wire::http::{Limits, RequestReader};
use dragoman::wire::websocket::{Session, text_frame};

use super::{Desk, masked};

/// One deed.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Times the guard has it done: enough to drown what a single one happens to hit.
    pub(crate) times: u32,
    /// Makes everything ready; what it returns does the deed once.
    pub(crate) prepare: fn() -> Box<dyn FnMut()>,
}

/// The engine, from the bytes of an event to its effects.
pub(crate) const ENGINE: [Scenario; 17] = [
    Scenario { name: "message: append and deliver", times: 2048, prepare: || message(0, 1) },
    Scenario { name: "message: its translation is remembered", times: 2048, prepare: remembered },
    Scenario { name: "message: among 1000 rooms", times: 2048, prepare: || message(999, 1) },
    Scenario { name: "message: to 100 connections", times: 64, prepare: || message(0, 100) },
    Scenario { name: "message: to 1000 connections", times: 4, prepare: || message(0, 1000) },
    Scenario { name: "room: start, join, two WebSockets", times: 20, prepare: open_a_room },
    Scenario { name: "room: read 1000 messages", times: 4, prepare: history },
    Scenario { name: "lobby: a change, 1000 wait, 50 watch", times: 8, prepare: || lobby(1000) },
    Scenario { name: "lobby: a change, 10 wait, 50 watch", times: 8, prepare: || lobby(10) },
    Scenario { name: "hub: 1000 join, are told, drain", times: 2, prepare: || hub_room(1000) },
    Scenario { name: "hub: 10000 join, are told, drain", times: 1, prepare: || hub_room(10_000) },
    Scenario { name: "list: 1000 waiting rooms", times: 4, prepare: waiting_list },
    Scenario { name: "page: GET /", times: 500, prepare: page },
    Scenario { name: "echo: 64 bytes", times: 2048, prepare: echo },
    Scenario { name: "replay: a chat of 1000 messages", times: 4, prepare: replay_chat },
    Scenario { name: "replay: the largest trace", times: 4, prepare: replay },
    Scenario { name: "replay: reading the largest trace", times: 4, prepare: read_trace },
];

/// The pure pieces.
pub(crate) const PIECES: [Scenario; 7] = [
    Scenario { name: "http: a request", times: 1000, prepare: request },
    Scenario { name: "websocket: 64 bytes in", times: 2000, prepare: text_in },
    Scenario { name: "websocket: 64 bytes out", times: 2000, prepare: text_out },
    Scenario { name: "cache: a hit among 10000", times: 1000, prepare: cache_hit },
    Scenario { name: "flight: join one and leave", times: 1000, prepare: join_flight },
    Scenario { name: "wheel: insert and cancel", times: 2000, prepare: || insert_and_cancel(100_000) },
    Scenario { name: "wheel: insert and expire", times: 2000, prepare: || insert_and_expire(100_000) },
];

/// Sixty-four bytes of text between quotes and keys.
pub(crate) const TEXT: &str =
    r#"{"content":"The quick brown fox jumps over the lazy dog, and then she rests."}"#;
/// Windows that are another so many times over, and must not cost more than that.
pub(crate) const FLAT: [(&str, u32, &str); 2] = [
    ("hub: 10000 join, are told, drain", 10, "hub: 1000 join, are told, drain"),
    ("lobby: a change, 1000 wait, 50 watch", 1, "lobby: a change, 10 wait, 50 watch"),
];

/// Messages until the log of a room is as long as it gets.
const LOG_FILLED: usize = 600;

/// A customer writes, an agent reads on so many connections, in one of many rooms.
fn message(other_rooms: usize, connections: usize) -> Box<dyn FnMut()> {
    let mut desk = Desk::open();
    for _ in 0..other_rooms {
        desk.pair();
    }
    let seats = desk.room(connections);
    let frame = masked(TEXT);
    let mut written = 0u32;
    let mut deed = move || {
        black_box(desk.write(seats.customer, &frame).len());
        // As seldom as the shell says so, which is after half a high-water mark.
        written += 1;
        if written.is_multiple_of(64) {
            desk.drain_all(&seats);
        }
    };
    for _ in 0..(LOG_FILLED / connections).max(1) {
        deed();
    }
    Box::new(deed)
}

/// The same words as before, for an agent who reads another language: no job is started.
fn remembered() -> Box<dyn FnMut()> {
    let mut desk = Desk::open();
    let seats = desk.room_read_in("pt", 1);
    let frame = masked(TEXT);
    desk.write(seats.customer, &frame);
    desk.answer_all("A rápida raposa castanha salta por cima do cão preguiçoso, e depois descansa.");
    desk.drain_all(&seats);
    let mut written = 0u32;
    let mut deed = move || {
        let effects = desk.write(seats.customer, &frame);
        let told = effects.iter().filter(|effect| matches!(effect, Effect::Send { .. })).count();
        assert_eq!(told, 2, "an acknowledgement, and the message with its translation at once");
        written += 1;
        if written.is_multiple_of(64) {
            desk.drain_all(&seats);
        }
    };
    for _ in 0..LOG_FILLED {
        deed();
    }
    Box::new(deed)
}

fn open_a_room() -> Box<dyn FnMut()> {
    let mut desk = Desk::open();
    Box::new(move || {
        black_box(desk.pair().agent);
    })
}

/// An agent connects once more, to a room with a long log, and goes.
fn history() -> Box<dyn FnMut()> {
    let mut desk = Desk::open();
    let seats = desk.room(1);
    for _ in 0..1000 {
        desk.handle(Event::Bytes { conn: seats.customer, bytes: &masked(TEXT) });
        desk.drain_all(&seats);
    }
    Box::new(move || desk.read_all(&seats, 1000))
}

/// A customer who waits writes, and fifty agents hear of it in two languages: what that costs must not depend on how many
/// others wait.
fn lobby(waiting: usize) -> Box<dyn FnMut()> {
    let mut desk = Desk::open_with("8GiB", "8GiB");
    let customers: Vec<_> = (0..waiting).map(|_| desk.customer()).collect();
    let watchers: Vec<_> = (0..50).map(|index| desk.watcher(["en", "pt"][index % 2])).collect();
    let frame = masked(TEXT);
    let mut written = 0;
    Box::new(move || {
        let conn = customers[written % customers.len()];
        written += 1;
        let told = desk.write(conn, &frame).len();
        assert!(told > 50, "everybody hears of it");
        desk.handle(Event::Drained { conn });
        for conn in &watchers {
            desk.handle(Event::Drained { conn: *conn });
        }
    })
}

/// So many come into one room of the hub, one of them writes, all are told that, and how many have come, and go.
fn hub_room(readers: usize) -> Box<dyn FnMut()> {
    let mut desk = Desk::open();
    let (frame, mut came) = (masked(TEXT), 0);
    Box::new(move || {
        let mut come = || {
            came += 1;
            desk.upgrade(&format!("/ws?userId=u{came}&username=Ana&language=en"))
        };
        let conns: Vec<_> = (0..readers).map(|_| come()).collect();
        let drain = |desk: &mut Desk| {
            for conn in &conns {
                desk.handle(Event::Drained { conn: *conn });
            }
        };
        drain(&mut desk);
        let told = desk.handle(Event::Bytes { conn: conns[0], bytes: &frame });
        let told = told.iter().filter(|effect| matches!(effect, Effect::Send { .. })).count();
        assert_eq!(told, readers, "everybody is told");
        drain(&mut desk);
        desk.pass(Config::HUB_CROWD_SPAN);
        assert!(desk.handle(Event::Tick).len() >= readers, "everybody is told how many have come");
        drain(&mut desk);
        for conn in &conns {
            desk.handle(Event::Eof { conn: *conn });
        }
    })
}

fn waiting_list() -> Box<dyn FnMut()> {
    let mut desk = Desk::open();
    for _ in 0..1000 {
        desk.customer();
    }
    desk.repeat("GET /rooms HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

fn page() -> Box<dyn FnMut()> {
    Desk::open().repeat("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

fn echo() -> Box<dyn FnMut()> {
    let mut desk = Desk::open();
    let conn = desk.upgrade("/echo");
    let frame = masked(&TEXT[12..76]);
    let mut written = 0u32;
    Box::new(move || {
        black_box(desk.write(conn, &frame).len());
        written += 1;
        if written.is_multiple_of(64) {
            desk.handle(Event::Drained { conn });
        }
    })
}

/// The largest trace of the tests.
fn largest_trace() -> String {
    include_str!("../../tests/traces/chat/all-text-in-memory.trace").to_owned()
}

/// A chat of so many messages, with everything that came of them.
pub(crate) fn long_trace(messages: usize) -> String {
    let mut source = String::from(
        r#"
+0 >> config RATE_LIMIT=0
+0 >> boot unix_ms=1766000000000 seed=07
+0 >> ready
+0 >> accepted 0.1 192.0.2.7
+0 >> http 0.1 POST /start-chat {"name":"Ana","content":"Hello","language":"en"}
let ana = 0.1 token
let room = 0.1 room_id
+0 >> http 0.1 POST /set-profile {"name":"Tom","language":"en"}
let tom = 0.1 token
+0 >> http 0.1 POST /join-room [Authorization: Bearer $tom] {"room_id":"$room"}
+0 >> accepted 1.1 192.0.2.7
+0 >> upgrade 1.1 /ws?token=$ana&room_id=$room
+0 >> accepted 2.1 192.0.2.8
+0 >> upgrade 2.1 /ws?token=$tom&room_id=$room
"#,
    );
    for number in 1..=messages {
        source.push_str(&format!("+7 >> text {}.1 {TEXT:?}\n", 1 + number % 2));
        if number.is_multiple_of(64) {
            source.push_str("+0 >> drained 1.1\n+0 >> drained 2.1\n");
        }
    }
    let trace = Trace::parse(&source).expect("a trace");
    trace::update(&trace, Engine::new).expect("a run")
}

fn replay_chat() -> Box<dyn FnMut()> {
    let trace = Trace::parse(&long_trace(1000)).expect("a trace");
    Box::new(move || {
        assert_eq!(black_box(trace::replay(&trace, Engine::new)).first_difference, None);
    })
}

fn replay() -> Box<dyn FnMut()> {
    let trace = Trace::parse(&largest_trace()).expect("a trace");
    Box::new(move || {
        black_box(trace::replay(&trace, Engine::new).events);
    })
}

fn read_trace() -> Box<dyn FnMut()> {
    let text = largest_trace();
    Box::new(move || {
        black_box(Trace::parse(&text).is_ok());
    })
}

fn request() -> Box<dyn FnMut()> {
    let limits = Limits::from(&Config::defaults());
    let request = b"GET /rooms HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: bench\r\nAccept: */*\r\n\
        Authorization: Bearer 00112233445566778899aabbccddeeff\r\n\r\n";
    let mut reader = RequestReader::new();
    Box::new(move || {
        black_box(reader.step(&mut &request[..], &limits));
    })
}

fn text_in() -> Box<dyn FnMut()> {
    let frame = masked(&TEXT[12..76]);
    let (mut session, mut output) = (Session::new(64 * 1024), Vec::new());
    Box::new(move || {
        black_box(session.next(&mut &frame[..], &mut output));
    })
}

fn text_out() -> Box<dyn FnMut()> {
    Box::new(|| {
        black_box(text_frame(black_box(&[b'x'; 64])));
    })
}

/// So many texts of a usual length are remembered.
fn cache_hit() -> Box<dyn FnMut()> {
    let tenant = Tenant::default();
    let (from, to) = (Language::parse("pt"), Language::parse("en").expect("English"));
    let key = |number: u32| Key {
        tenant,
        scope: 0,
        from,
        to,
        glossary: 0,
        text: format!("Onde está a encomenda {number}?").into(),
    };
    let mut cache = Cache::new(64 * 1024 * 1024, Millis::from_secs(600));
    for number in 0..10_000 {
        cache.put(
            Millis::ZERO,
            key(number),
            Cached { text: "Where is the parcel?".into(), detected: None, by: EngineName::Ollama },
        );
    }
    let wanted = key(5000);
    Box::new(move || {
        assert!(black_box(cache.get(Millis(1), &wanted)).is_some(), "it is remembered");
    })
}

/// The same text is on its way for somebody else.
fn join_flight() -> Box<dyn FnMut()> {
    let config = Config::defaults();
    let (mut random, mut jobs, mut effects) = (Random::new([7; 32]), Jobs::<Work>::default(), Vec::new());
    let mut translator = Translator::new(&config);
    let (from, to) = (Language::parse("pt"), Language::parse("en").expect("English"));
    let text: Arc<str> = "Onde está o meu pacote?".into();
    let mut ask = move |key: u64, leaves: bool| {
        effects.clear();
        let group = Group { tenant: Tenant::default(), owner: 0, kind: 0, key };
        let mut turn = Turn {
            unix_ms: 0,
            now: Millis(1),
            config: &config,
            random: &mut random,
            jobs: &mut jobs,
            effects: &mut effects,
        };
        let line = Line { door: 0, source: Source::Known(group) };
        let asked =
            translator.ask(&mut turn, Ticket { group, item: 1, to }, line, Scope::Door(0), from, &text);
        assert_eq!(asked, Asked::Later, "it is on its way");
        if leaves {
            translator.withdraw(&mut turn, group, to);
        }
    };
    ask(1, false);
    Box::new(move || ask(2, true))
}

/// So many timers over the next hour, behind the first thousand seconds.
fn wheel(others: u64) -> Wheel<u64> {
    let mut wheel = Wheel::new();
    for i in 0..others {
        wheel.insert(Millis(1_000_000 + i * 7919 % 3_600_000), i);
    }
    wheel
}

/// With so many others in the wheel.
pub(crate) fn insert_and_cancel(others: u64) -> Box<dyn FnMut()> {
    let mut wheel = wheel(others);
    Box::new(move || {
        let id = wheel.insert(Millis(54_000), 0);
        black_box(wheel.cancel(id));
    })
}

/// With so many others in the wheel.
pub(crate) fn insert_and_expire(others: u64) -> Box<dyn FnMut()> {
    let (mut wheel, mut now) = (wheel(others), 0);
    Box::new(move || {
        // Time stands still at the edge of the others, so that only our own timer expires.
        now = (now + 1).min(900_000);
        wheel.insert(Millis(now), 0);
        black_box(wheel.pop_expired(Millis(now)));
    })
}
