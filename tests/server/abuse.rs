//! A stranger takes all there is: each thing stops at its named limit with the right answer, the others go on being
//! served meanwhile, and afterwards everything is given back.
//!
//! Latencies are printed (`--nocapture`) and never judged: they belong to the machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::desk::{Member, agent, customer, seat, word};
use crate::support::http::{self, Http, Response, get, request};
use crate::support::ollama::{Ollama, READY};
use crate::support::process::Server;
use crate::support::websocket::{BINARY, FIN, WebSocket, frame};

const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const OTHER_STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

const PT: &str = "Bom dia, o meu pedido ainda não chegou a casa.";
const EN: &str = "Good morning, my order has not arrived home yet.";

/// A call from another address.
fn call(source: IpAddr, server: SocketAddr, path: &str, token: Option<&str>, body: &Value) -> Response {
    let mut http = Http::connect_from(source, server);
    http.send(request("POST", path, token, Some(body)));
    http.response()
}

fn start(source: IpAddr, server: SocketAddr, content: &str) -> Response {
    let body = json!({ "name": "Mallory", "content": content, "language": "pt" });
    call(source, server, "/start-chat", None, &body)
}

fn set_profile(source: IpAddr, server: SocketAddr) -> Response {
    call(source, server, "/set-profile", None, &json!({ "name": "Mallory", "language": "en" }))
}

/// A room of the stranger, with both its members in it.
fn room_of_the_stranger(server: SocketAddr, content: &str) -> (Member, Member) {
    let started = start(STRANGER, server, content);
    let (token, room) = (word(&started, "token"), word(&started, "room_id"));
    let socket = WebSocket::open_from(STRANGER, server, &seat(&token, &room));
    let writer = Member { token, room: room.clone(), socket };
    let token = word(&set_profile(STRANGER, server), "token");
    call(STRANGER, server, "/join-room", Some(&token), &json!({ "room_id": room }));
    let socket = WebSocket::open_from(STRANGER, server, &seat(&token, &room));
    (writer, Member { token, room, socket })
}

/// The refusal that must come: its status and its word.
fn assert_refused(response: &Response, status: u16, code: &str) {
    assert_eq!((response.status, &*response.code()), (status, code), "{response:?}");
}

/// Does something while another is served all the time by the same server, and prints how fast.
fn beside_another<T>(server: SocketAddr, meanwhile: &str, abuse: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let visits = scope.spawn(|| visit(server, &over));
        // Even a failure has to end the visits, or nobody would hear of it.
        let done = panic::catch_unwind(AssertUnwindSafe(abuse));
        over.store(true, Ordering::Relaxed);
        report(meanwhile, visits.join().unwrap());
        done.unwrap_or_else(|failure| panic::resume_unwind(failure))
    })
}

/// Asks again and again until it is over; how long each answer took.
fn visit(server: SocketAddr, over: &AtomicBool) -> Vec<Duration> {
    let mut http = Http::connect(server);
    let mut took = Vec::new();
    while took.is_empty() || !over.load(Ordering::Relaxed) {
        let from = Instant::now();
        http.send(request("GET", "/health", None, None));
        assert_eq!(http.response().status, 200);
        took.push(from.elapsed());
    }
    took
}

fn report(meanwhile: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let [median, most, worst] = [50, 99, 100].map(|share| took[(took.len() - 1) * share / 100]);
    println!("{meanwhile}: {} visits, median {median:?}, 99 % {most:?}, worst {worst:?}", took.len());
}

#[test]
fn one_address_cannot_take_all_connections() {
    let server = Server::start(&[("HEAD_TIMEOUT", "600s")]);
    get(server.address(), "/health");
    let descriptors = server.descriptors();
    beside_another(server.address(), "all connections of one address taken", || {
        let mut held: Vec<_> = (0..256).map(|_| Http::connect_from(STRANGER, server.address())).collect();
        for _ in 0..50 {
            let mut refused = Http::connect_from(STRANGER, server.address());
            assert_refused(&refused.response(), 429, "too_many_connections");
            assert!(refused.has_ended());
        }
        held[0].send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(held[0].response().status, 200, "those that are in stay in");
    });
    server.until_alone();
    server.until("descriptors are given back", |server| server.descriptors() <= descriptors + 1);
    let mut again = Http::connect_from(STRANGER, server.address());
    again.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(again.response().status, 200);
}

#[test]
fn when_all_connections_are_taken_those_who_are_in_stay_in() {
    let full = [("MAX_CONNECTIONS", "40"), ("HEAD_TIMEOUT", "600s"), ("RESERVED_PERCENT", "0")];
    let server = Server::start(&full);
    let mut joana = customer(server.address(), "pt", PT);
    let mut sam = agent(server.address(), "en", &joana.room);
    server.until("their calls are over", |server| server.metric("dragoman_connections") == 3);
    let held: Vec<_> = (0..38)
        .map(|i| Http::connect_from(if i % 2 == 0 { STRANGER } else { OTHER_STRANGER }, server.address()))
        .collect();
    let mut late = Http::connect(server.address());
    assert_refused(&late.response(), 503, "server_full");
    joana.socket.write("Está aí?", "r1");
    joana.socket.event_of("ack");
    sam.socket.event_of("message");
    assert_eq!(sam.socket.event_of("message")["content"], "Está aí?");
    drop(held);
    // Nobody can ask the server how many are left while it is full; it will say when it no longer is.
    server.until("there is room again", |server| get(server.address(), "/health").status == 200);
}

/// As many as there may be, and more, from two addresses that say nothing.
#[test]
fn strangers_who_take_all_connections_leave_a_place_for_others() {
    let server = Server::start(&[("MAX_CONNECTIONS", "40"), ("HEAD_TIMEOUT", "600s")]);
    let joana = customer(server.address(), "pt", PT);
    let held: Vec<_> = (0..80)
        .map(|i| Http::connect_from(if i % 2 == 0 { STRANGER } else { OTHER_STRANGER }, server.address()))
        .collect();
    server.until("all have come", |server| server.metric("dragoman_connections") >= 36);
    let mut sam = agent(server.address(), "en", &joana.room);
    sam.socket.event_of("message");
    sam.socket.write("Good morning.", "r1");
    sam.socket.event_of("ack");
    assert_eq!(get(server.address(), "/health").status, 200);
    drop(held);
}

#[test]
fn one_address_cannot_open_all_rooms() {
    let server = Server::start(&[("STARTS_PER_ADDRESS", "0")]);
    for index in 0..64 {
        assert_eq!(start(STRANGER, server.address(), "Olá").status, 200, "room {index}");
    }
    assert_refused(&start(STRANGER, server.address(), "Olá"), 429, "too_many_rooms");
    let joana = customer(server.address(), "pt", PT);
    agent(server.address(), "en", &joana.room).socket.event_of("message");
}

#[test]
fn one_address_cannot_start_without_end_nor_guess_tokens() {
    let server = Server::start(&[]);
    for index in 0..30 {
        let answer = if index % 2 == 0 {
            start(STRANGER, server.address(), "Olá")
        } else {
            set_profile(STRANGER, server.address())
        };
        assert_eq!(answer.status, 200, "start {index}");
    }
    for refused in [start(STRANGER, server.address(), "Olá"), set_profile(STRANGER, server.address())] {
        assert_refused(&refused, 429, "too_many_starts");
        let wait: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    let guess =
        |source| call(source, server.address(), "/end-chat", Some("guess"), &json!({ "room_id": "x" }));
    for _ in 0..20 {
        assert_refused(&guess(STRANGER), 401, "unknown_token");
    }
    assert_refused(&guess(STRANGER), 429, "too_many_failures");
    assert_refused(&guess(IpAddr::V4(Ipv4Addr::LOCALHOST)), 401, "unknown_token");
    customer(server.address(), "pt", PT);
}

#[test]
fn when_all_tokens_are_taken_those_who_have_one_go_on() {
    let server = Server::start(&[("MAX_TOKENS", "20"), ("STARTS_PER_ADDRESS", "0")]);
    let mut joana = customer(server.address(), "pt", PT);
    let mut sam = agent(server.address(), "en", &joana.room);
    for _ in 0..18 {
        assert_eq!(set_profile(STRANGER, server.address()).status, 200);
    }
    for refused in [set_profile(STRANGER, server.address()), start(STRANGER, server.address(), "Olá")] {
        assert_refused(&refused, 503, "server_full");
        assert!(refused.header("Retry-After").is_some());
    }
    joana.socket.write("Está aí?", "r1");
    joana.socket.event_of("ack");
    sam.socket.event_of("message");
    assert_eq!(sam.socket.event_of("message")["content"], "Está aí?");
    let health = get(server.address(), "/health").json();
    assert_eq!((&health["clients"], &health["rooms"]), (&json!(2), &json!(1)));
}

#[test]
fn one_client_has_so_many_sockets_and_so_many_messages() {
    let server = Server::start(&[]);
    let mut joana = customer(server.address(), "pt", PT);
    let path = seat(&joana.token, &joana.room);
    let more: Vec<_> = (0..19).map(|_| WebSocket::open(server.address(), &path)).collect();
    let refused = WebSocket::over(Http::connect(server.address()), &path).err().unwrap();
    assert_refused(&refused, 429, "too_many_connections");
    // All at once: before the last of them one more might be allowed again, but not forty.
    for index in 0..60 {
        joana.socket.write(&format!("{index}"), &format!("r{index}"));
    }
    let mut acknowledged = 0;
    let refused = loop {
        let event = joana.socket.event();
        acknowledged += usize::from(event["type"] == "ack");
        if event["type"] == "error" {
            break event;
        }
    };
    assert!(acknowledged >= 20, "{acknowledged} before {refused}");
    assert_eq!(
        (&refused["code"], &refused["ref"]),
        (&json!("rate_limited"), &json!(format!("r{acknowledged}")))
    );
    assert!(refused["retry_after_ms"].as_u64().is_some_and(|wait| wait <= 60_000), "{refused}");
    drop(more);
}

/// Nobody has read what stands in a room that waits, so nothing of it is dropped to make room for more.
#[test]
fn a_waiting_room_takes_so_much_text_and_loses_none_of_it() {
    let server = Server::start(&[("MAX_ROOM_TEXT_BYTES", "32KiB"), ("RATE_LIMIT", "0")]);
    let started = start(STRANGER, server.address(), "Olá");
    let (token, room) = (word(&started, "token"), word(&started, "room_id"));
    let mut flood = WebSocket::open_from(STRANGER, server.address(), &seat(&token, &room));
    let text = "x".repeat(3000);
    let mut acknowledged = 1;
    let refused = loop {
        assert!(acknowledged < 100, "the room takes everything");
        flood.write(&text, &format!("r{acknowledged}"));
        let mut answers = std::iter::from_fn(|| Some(flood.event()));
        let answer = answers.find(|event| event["type"] == "ack" || event["type"] == "error").unwrap();
        if answer["type"] == "error" {
            break answer;
        }
        acknowledged += 1;
    };
    assert_eq!(refused["code"], "room_full");
    assert!(server.metric("dragoman_text_bytes") <= 32 * 1024);

    let mut joana = customer(server.address(), "pt", PT);
    joana.socket.write(&text, "r1");
    joana.socket.event_of("ack");
    let mut sam = agent(server.address(), "pt", &room);
    for id in 1..=acknowledged {
        assert_eq!(sam.socket.event_of("message")["id"], id, "an agent reads all of it");
    }
}

#[test]
fn one_address_can_fill_the_queue_of_translations_and_others_have_their_turn_all_the_same() {
    let ollama = Ollama::start(&[(PT, EN)]);
    ollama.stall_on("encravado");
    let variables =
        [("OLLAMA_URL", &*ollama.url()), ("MAX_QUEUED_JOBS", "8"), ("TRANSLATE_DEADLINE", "600s")];
    let mut server = Server::start(&variables);
    server.hear(READY);
    let mut rooms = Vec::new();
    for room in 0..4 {
        let (mut writer, reader) =
            room_of_the_stranger(server.address(), &format!("O meu pedido {room} está encravado."));
        for index in 0..5 {
            let text = format!("O pedido {index} da sala {room} está encravado.");
            writer.socket.write(&text, &format!("r{index}"));
            writer.socket.event_of("ack");
        }
        rooms.push((writer, reader));
    }
    ollama.until_asked(2);
    assert_eq!(server.metric("dragoman_translations_running"), 2);
    assert_eq!(server.metric("dragoman_translations_queued"), 8);

    // Somebody else takes a place of the longest line, and has their turn before the rest of it.
    let joana = customer(server.address(), "pt", PT);
    let mut sam = agent(server.address(), "en", &joana.room);
    server.until("hers is asked for", |server| server.metric("dragoman_translations_queued") == 8);
    ollama.release();
    assert_eq!(sam.socket.event_of("message")["translated_content"], EN);
    server.until("the slots are given back", |server| server.metric("dragoman_translations_running") == 0);
    let joana = customer(server.address(), "pt", PT);
    let heard = agent(server.address(), "en", &joana.room).socket.event_of("message");
    assert_eq!(heard["translated_content"], EN);
}

#[test]
fn slow_translations_of_one_address_let_the_others_have_their_turn() {
    let ollama = Ollama::start(&[(PT, EN)]);
    ollama.stall_on("encravado");
    let variables =
        [("OLLAMA_URL", &*ollama.url()), ("JOB_TIMEOUT", "400ms"), ("TRANSLATE_DEADLINE", "600s")];
    let mut server = Server::start(&variables);
    server.hear(READY);
    let mut rooms = Vec::new();
    for room in 0..3 {
        let (mut writer, reader) =
            room_of_the_stranger(server.address(), &format!("O meu pedido {room} está encravado."));
        for index in 0..5 {
            writer.socket.write(&format!("O pedido {index} da sala {room} está encravado."), "r");
        }
        rooms.push((writer, reader));
    }
    ollama.until_asked(2);
    let from = Instant::now();
    let joana = customer(server.address(), "pt", PT);
    let heard = agent(server.address(), "en", &joana.room).socket.event_of("message");
    assert_eq!(heard["translated_content"], EN);
    println!("a translation behind a stranger's slow ones took {:?}", from.elapsed());
}

/// Everything at once, from one address; what is refused is refused.
fn storm(server: SocketAddr) {
    let silent: Vec<_> = (0..150).map(|_| Http::connect_from(STRANGER, server)).collect();
    let mut sockets = Vec::new();
    for _ in 0..40 {
        let started = start(STRANGER, server, &"Olá, quero saber tudo. ".repeat(100));
        if started.status == 200 {
            let path = seat(&word(&started, "token"), &word(&started, "room_id"));
            // The room may be gone already, so short do they live here.
            sockets.extend(WebSocket::over(Http::connect_from(STRANGER, server), &path));
        }
        set_profile(STRANGER, server);
        call(STRANGER, server, "/end-chat", Some("guess"), &json!({ "room_id": "x" }));
    }
    for socket in &mut sockets {
        let text = json!({ "content": "x".repeat(3000) }).to_string();
        for _ in 0..10 {
            socket.send(&frame(FIN | 1, text.as_bytes()));
        }
    }
    let mut echo = WebSocket::open_from(STRANGER, server, "/echo");
    echo.send(&frame(FIN | BINARY, &vec![0; 2 * 1024 * 1024]));
    echo.http.reset();
    let mut pile = Http::connect_from(STRANGER, server);
    pile.send(request("GET", "/customer.html", None, None).repeat(500));
    pile.reset();
    drop(silent);
}

#[test]
fn after_the_storm_everything_is_given_back() {
    let short = ["CUSTOMER_ABSENCE", "ROOM_IDLE", "TOMBSTONE", "AGENT_TOKEN_TTL"].map(|name| (name, "500ms"));
    let free =
        [("STARTS_PER_ADDRESS", "0"), ("FAILURES_PER_ADDRESS", "0"), ("RATE_LIMIT", "0"), ("ECHO", "1")];
    let server = Server::start(&[&short[..], &free].concat());
    let is_empty = |server: &Server| {
        server.metric("dragoman_connections") == 1
            && server.metric("dragoman_tokens") == 0
            && server.metric("dragoman_text_bytes") == 0
    };
    // The first storm is what the allocator and the tables grow to.
    storm(server.address());
    server.until("all is forgotten", is_empty);
    let (memory, descriptors) = (server.resident_kib(), server.descriptors());
    for _ in 0..4 {
        beside_another(server.address(), "in the storm", || storm(server.address()));
        server.until("all is forgotten", is_empty);
        println!("{} KiB before, {} KiB after the storm", memory, server.resident_kib());
    }
    // An allocator keeps some; what four storms wrote and sent is many times as much.
    let after = server.resident_kib();
    assert!(after < memory + 4096, "{memory} KiB before, {after} KiB after");
    server.until("descriptors are given back", |server| server.descriptors() <= descriptors + 1);
    assert_eq!(http::get(server.address(), "/health").json()["rooms"], 0);
}
