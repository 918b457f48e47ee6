//! HTTP/1.1 as it arrives on a socket: honest requests cut and piled up in every way, dishonest ones, slow ones, and
//! those that end in the middle.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::support::http::{Http, get};
use crate::support::process::Server;
use crate::support::websocket::{BINARY, FIN, WebSocket, frame};

const HEALTH: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The answer to the last request is what tells that the server still knows where requests begin.
const LAST: &str = "GET /hub.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[test]
fn many_requests_in_one_write_are_answered_in_order() {
    let server = Server::start(&[]);
    let mut http = Http::connect(server.address());
    let paths = ["/health", "/", "/nothing-here", "/agent.html", "/metrics"];
    let requests: String =
        paths.iter().map(|path| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).collect();
    http.send(requests.repeat(100) + LAST);
    for _ in 0..100 {
        assert_eq!(paths.map(|_| http.response().status), [200, 200, 404, 200, 200]);
    }
    assert_eq!(http.response().header("Content-Type"), Some("text/html; charset=utf-8"));
    assert!(http.has_ended());
}

#[test]
fn requests_may_come_one_byte_at_a_time() {
    let server = Server::start(&[]);
    let mut http = Http::connect(server.address());
    for byte in [HEALTH, LAST].concat().bytes() {
        http.send([byte]);
    }
    assert_eq!(http.response().status, 200);
    assert_eq!(http.response().status, 200);
    assert!(http.has_ended());
}

/// The body is what a start of a chat without content is refused for, so it has been read.
#[test]
fn bodies_may_be_chunked_with_extensions_and_trailers() {
    let server = Server::start(&[]);
    let head = "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    for chunks in [
        "d\r\n{\"name\":\"Jo\"}\r\n0\r\n\r\n",
        "00D;a=b;c=\"d e\"\r\n{\"name\":\"Jo\"}\r\n0;last\r\n\r\n",
        "1\r\n{\r\nc\r\n\"name\":\"Jo\"}\r\n000\r\nX-Checksum: 7\r\nX-More: 8\r\n\r\n",
        "d \t;a\r\n{\"name\":\"Jo\"}\r\n0\r\n\r\n",
    ] {
        let mut http = Http::connect(server.address());
        http.send([head, chunks, LAST].concat());
        let refused = http.response();
        assert_eq!(refused.status, 400, "{chunks:?}");
        assert!(refused.text().contains("missing field `content`"), "{chunks:?}: {refused:?}");
        assert_eq!(http.response().status, 200, "what follows {chunks:?} is a request again");
        assert!(http.has_ended());
    }
}

#[test]
fn a_client_that_waits_for_a_go_ahead_gets_it() {
    let server = Server::start(&[]);
    let mut http = Http::connect(server.address());
    http.send(
        "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
    );
    assert_eq!(http.response().status, 100);
    http.send("{}");
    assert_eq!(http.response().status, 400);
    http.send(["HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n", LAST].concat());
    assert!(http.response_to_head().header("Content-Length").is_some_and(|length| length != "0"));
    assert_eq!(http.response().status, 200, "the answer to HEAD had no body");
}

/// What two readers of the same bytes could understand differently, and what is plainly wrong. Each is refused with one
/// answer, and the request hidden behind it is never seen.
const REFUSED: &[(&str, &str, u16)] = &[
    (
        "CL.TE",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
        400,
    ),
    (
        "TE.CL",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "TE.TE",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
        400,
    ),
    ("TE twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400),
    ("TE unknown", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
    ("TE with tab", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n", 400),
    ("TE in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
    (
        "one length twice",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        400,
    ),
    ("lengths in a list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400),
    ("+3", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400),
    ("0x3", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", 400),
    ("-1", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    ("2^64", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", 400),
    ("too long", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413),
    ("no length", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", 411),
    ("obs-fold", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
    ("a folded first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    ("bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
    ("bare LF in the fields", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
    ("bare CR", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400),
    ("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
    ("NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n", 400),
    ("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("space before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400),
    ("no colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400),
    ("no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
    ("no host", "GET / HTTP/1.1\r\n\r\n", 400),
    ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    ("user information", "GET http://user@localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("another scheme", "GET ftp://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("no slash", "GET health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a fragment", "GET /#top HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a star", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("no ASCII", "GET /é HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501),
    ("an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ("a small method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("HTTP/0.9", "GET /\r\n", 400),
    ("HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
    ("TLS", "\x16\x03\x01\x02\0\x01\0\x01\x7f\x03\x03", 400),
    ("an expectation", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: gold\r\n\r\n", 417),
    (
        "an odd chunk size",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
        400,
    ),
    (
        "a chunk too short",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        400,
    ),
    (
        "a bare LF in a chunk",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
        400,
    ),
    (
        "a huge chunk",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na",
        413,
    ),
];

/// Sends something that must be refused, with a request hidden behind it; gives the status, if all is as it must be.
fn refusal_of(server: SocketAddr, request: &str) -> Result<u16, String> {
    let mut http = Http::connect(server);
    http.send([request, "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"].concat());
    let refusal = http.try_response(false).ok_or("no answer")?;
    if refusal.header("Connection") != Some("close") {
        return Err(format!("does not say that it closes: {refusal:?}"));
    }
    let rest = http.rest();
    if rest.is_empty() { Ok(refusal.status) } else { Err(String::from_utf8_lossy(&rest).into_owned()) }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let server = Server::start(&[]);
    let wrong: Vec<_> = REFUSED
        .iter()
        .map(|&(what, request, status)| (what, status, refusal_of(server.address(), request)))
        .filter(|(_, status, found)| found != &Ok(*status))
        .collect();
    println!("{} shapes, {} wrong", REFUSED.len(), wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    server.until_alone();
}

#[test]
fn heads_and_targets_have_their_limits() {
    let server = Server::start(&[]);
    let fields = |count: usize| -> String { (0..count).map(|i| format!("X-{i}: y\r\n")).collect() };
    for (what, request, status) in [
        ("64 fields", format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", fields(63)), 200),
        ("65 fields", format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", fields(64)), 431),
        ("a long field", format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(16 * 1024)), 431),
        ("a long target", format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "y".repeat(8 * 1024)), 414),
    ] {
        let mut http = Http::connect(server.address());
        http.send(request);
        assert_eq!(http.response().status, status, "{what}");
    }
}

#[test]
fn odd_but_valid_requests_are_answered() {
    let server = Server::start(&[]);
    for (request, status) in [
        ("GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        ("GET HTTP://LOCALHOST:80/health HTTP/1.1\r\nHost: ignored.example\r\n\r\n", 200),
        ("GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        ("GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 421),
        ("GET /health HTTP/1.1\r\nhOST:localhost\r\nX:\r\n\r\n", 200),
        ("\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        ("GET /health?x=%00&y HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        ("GET /%68ealth HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("GET /../health HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("GET //health HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("GET /health HTTP/1.7\r\nHost: localhost\r\n\r\n", 200),
        ("GET /health HTTP/1.0\r\n\r\n", 200),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 200),
        ("DELETE /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        ("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    ] {
        let mut http = Http::connect(server.address());
        http.send([request, LAST].concat());
        assert_eq!(http.response().status, status, "{request:?}");
        if !request.contains("HTTP/1.0") {
            assert_eq!(http.response().status, 200, "what follows {request:?}");
        }
        assert!(http.has_ended());
    }
}

/// Sends a byte whenever nothing has come for a moment: a head or a body that grows for ever.
fn trickle(http: &mut Http, byte: u8) {
    http.stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    loop {
        match http.fill() {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                // It may have been closed just now, which the next read will tell.
                let _ = http.stream.write_all(&[byte]);
            }
            read => return assert!(read.unwrap(), "closed without an answer"),
        }
    }
}

#[test]
fn slow_heads_and_slow_bodies_have_their_time() {
    let server =
        Server::start(&[("HEAD_TIMEOUT", "200ms"), ("BODY_TIMEOUT", "300ms"), ("IDLE_TIMEOUT", "100ms")]);
    let mut silent = Http::connect(server.address());
    assert!(silent.has_ended(), "who says nothing hears nothing");
    let mut idle = Http::connect(server.address());
    idle.send(HEALTH);
    assert_eq!(idle.response().status, 200);
    assert!(idle.has_ended(), "nor does who has nothing more to ask");
    for (begun, byte) in [
        ("GET /health HTTP/1.1\r\nX-Slow: ", b'x'),
        ("POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n", b' '),
        ("POST /start-chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n270f\r\n", b' '),
    ] {
        let mut http = Http::connect(server.address());
        http.send(begun);
        trickle(&mut http, byte);
        let late = http.response();
        assert_eq!((late.status, late.header("Connection")), (408, Some("close")), "{begun:?}");
    }
    server.until_alone();
}

/// Writes on and on, and tells when the server takes no more.
fn write_until_stuck(http: &Http, bytes: Vec<u8>) -> mpsc::Receiver<()> {
    let mut stream = http.stream.try_clone().unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let (stuck, is_stuck) = mpsc::channel();
    thread::spawn(move || {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            match stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                // Whether anybody still wants to know does not matter.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    let _ = stuck.send(());
                }
                Err(error) => panic!("{error}"),
            }
        }
    });
    is_stuck
}

#[test]
fn who_asks_for_much_and_reads_late_loses_nothing() {
    const REQUESTS: usize = 4_000;
    let server = Server::start(&[]);
    let page = get(server.address(), "/customer.html").body;
    let before = server.resident_kib();
    let mut http = Http::connect(server.address());
    // Long ones: all of them must be more than the kernel holds on both sides.
    let request =
        format!("GET /customer.html HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "y".repeat(5000));
    let is_stuck = write_until_stuck(&http, request.repeat(REQUESTS).into_bytes());
    is_stuck.recv().unwrap();
    let grown = server.resident_kib().saturating_sub(before);
    println!("a reader that does not read costs {grown} KiB");
    assert!(grown < 4096, "{grown} KiB for one slow reader");
    for _ in 0..REQUESTS {
        assert!(http.response().body == page);
    }
    http.finish();
    assert!(http.has_ended());
}

#[test]
fn an_echo_that_is_read_late_is_complete() {
    const MESSAGES: usize = 4000;
    let server = Server::start(&[("ECHO", "1")]);
    let before = server.resident_kib();
    let mut socket = WebSocket::open(server.address(), "/echo");
    let message = |index: usize| [&index.to_be_bytes()[..], &[b'*'; 5000]].concat();
    let bytes = (0..MESSAGES).flat_map(|index| frame(FIN | BINARY, &message(index))).collect();
    write_until_stuck(&socket.http, bytes).recv().unwrap();
    let grown = server.resident_kib().saturating_sub(before);
    println!("an echo that is not read costs {grown} KiB");
    assert!(grown < 4096, "{grown} KiB for one slow reader");
    for index in 0..MESSAGES {
        assert!(socket.frame().payload == message(index), "message {index}");
    }
}

#[test]
fn who_has_finished_speaking_still_gets_every_answer() {
    let server = Server::start(&[]);
    let mut http = Http::connect(server.address());
    http.send(HEALTH.repeat(50));
    http.finish();
    for _ in 0..50 {
        assert_eq!(http.response().header("Connection"), Some("keep-alive"));
    }
    assert!(http.has_ended());
    let mut half = Http::connect(server.address());
    half.send("GET /health HTT");
    half.finish();
    assert!(half.rest().is_empty(), "half a request is none");
    server.until_alone();
}

#[test]
fn a_refusal_reaches_a_client_that_is_still_sending() {
    let server = Server::start(&[]);
    let mut http = Http::connect(server.address());
    http.send("POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n");
    http.send(vec![b' '; 200_000]);
    let refusal = http.response();
    assert_eq!((refusal.status, &*refusal.code()), (413, "body_too_large"));
    assert!(http.has_ended(), "no reset eats the answer");
}

#[test]
fn resets_in_the_middle_leave_nothing_behind() {
    let server = Server::start(&[("ECHO", "1")]);
    let descriptors = server.descriptors();
    for round in 0..250 {
        let mut http = Http::connect(server.address());
        match round % 5 {
            0 => {}
            1 => http.send("GET /hea"),
            2 => http.send("POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{"),
            3 => http.send(HEALTH.repeat(20)),
            _ => {
                let mut socket = WebSocket::over(http, "/echo").unwrap();
                socket.send(&frame(FIN | BINARY, &[0; 70_000])[..60_000]);
                http = socket.http;
            }
        }
        http.reset();
    }
    server.until_alone();
    server.until("descriptors are given back", |server| server.descriptors() <= descriptors + 1);
}

#[test]
fn a_thousand_quick_visits_leave_a_healthy_server() {
    let server = Server::start(&[]);
    for round in 0..1000 {
        let mut http = Http::connect(server.address());
        if round % 3 == 0 {
            http.send(HEALTH);
            assert_eq!(http.response().status, 200);
        }
        if round % 2 == 0 { http.reset() } else { drop(http) }
    }
    server.until_alone();
    assert_eq!(server.metric("dragoman_connections"), 1);
    let health = get(server.address(), "/health").json();
    assert_eq!(
        (&health["status"], &health["clients"], &health["rooms"]),
        (&"ok".into(), &0.into(), &0.into())
    );
}

/// How many connections we may hold beside those of the other tests: a thousand, or what the system allows.
fn a_thousand_or_so() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let allowed = line.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX);
    1000.min(allowed / 2)
}

#[test]
fn a_thousand_connections_that_say_nothing() {
    let count = a_thousand_or_so();
    let server = Server::start(&[("MAX_CONNECTIONS_PER_ADDRESS", "2000")]);
    get(server.address(), "/health");
    let (memory, descriptors) = (server.resident_kib(), server.descriptors());
    let silent: Vec<_> = (0..count).map(|_| Http::connect(server.address())).collect();
    let all = count as u64 + 1;
    server.until("all are in", |server| server.metric("dragoman_connections") == all);
    assert_eq!(get(server.address(), "/health").status, 200);
    let grown = server.resident_kib().saturating_sub(memory);
    println!("{count} silent connections cost {grown} KiB, {} bytes each", grown * 1024 / count as u64);
    assert!(grown < 8192, "{grown} KiB");
    drop(silent);
    server.until_alone();
    server.until("descriptors are given back", |server| server.descriptors() <= descriptors + 1);
}
