//! Words of customers and tokens never appear in the log, whatever the level, the format, and what goes wrong.

use serde_json::{Value, json};

use crate::support::desk::{agent, customer, seat};
use crate::support::http::{self, Http};
use crate::support::ollama::{Fault, Ollama, READY};
use crate::support::process::Server;
use crate::support::websocket::{FIN, TEXT, WebSocket, frame, handshake};

/// A word that stands in everything people say here, and nowhere else.
const WORD: &str = "esmeralda";
/// A secret somebody tries in the wrong place.
const KEY: &str = "the-key-of-another-desk";

const PT: &str = "Bom dia, a pulseira de esmeralda ainda não chegou.";
const EN: &str = "Good morning, the bracelet of esmeralda has not arrived yet.";

/// Drives everything that has words in it, and gives the tokens. Every text is new, or the cache would answer.
fn speak(server: &Server, ollama: &Ollama, faults: &[Fault]) -> Vec<String> {
    let mut secrets = vec![KEY.to_owned()];
    for fault in [None].into_iter().chain(faults.iter().copied().map(Some)) {
        ollama.fail(fault);
        let text = fault.map_or(PT.to_owned(), |fault| format!("{PT} {fault:?}"));
        let mut joana = customer(server.address(), "pt", &text);
        let mut sam = agent(server.address(), "en", &joana.room);
        sam.socket.event_of("message");
        joana.socket.write(&format!("{text} Obrigada."), WORD);
        sam.socket.event_of("message");
        misspeak(server, &mut joana.socket, &joana.token, &joana.room);
        secrets.extend([joana.token, sam.token]);
    }
    secrets
}

/// What goes wrong with words in it.
fn misspeak(server: &Server, socket: &mut WebSocket, token: &str, room: &str) {
    for text in [&*format!("{{\"content\":\"{WORD}"), WORD, &*json!({ "type": WORD }).to_string()] {
        socket.send(&frame(FIN | TEXT, text.as_bytes()));
        while socket.event()["type"] != "error" {}
    }
    socket.send(&frame(FIN | TEXT, &[WORD.as_bytes(), b"\xff"].concat()));
    assert_eq!(socket.close_code(), Some(1007));
    for request in [
        format!("GET /{WORD} HTTP/1.1\r\nHost: localhost\r\nX: {WORD}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {WORD}\r\nAuthorization: Bearer {token}\r\n\r\n"),
        format!("POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{WORD}"),
        format!("{WORD} / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{WORD} : {token}\r\n\r\n"),
        handshake(&seat(token, WORD), ""),
        handshake(&format!("/ws?room_id={room}"), &format!("Sec-WebSocket-Protocol: bearer, {WORD}\r\n")),
        handshake(&seat(token, room), &format!("Origin: https://{WORD}.example\r\n")),
    ] {
        let mut http = Http::connect(server.address());
        http.send(&request);
        assert!(http.response().status != 200, "{request}");
    }
    assert_eq!(
        http::post(server.address(), "/join-room", Some(KEY), &json!({ "room_id": WORD })).status,
        401
    );
    let wrong = json!({ "name": WORD, "content": WORD, "language": WORD });
    assert_eq!(http::post(server.address(), "/start-chat", None, &wrong).status, 400);
}

fn log_of_a_run(format: &str, faults: &[Fault]) -> (String, Vec<String>) {
    let ollama = Ollama::start(&[(PT, EN)]);
    let url = ollama.url();
    let variables = [
        ("OLLAMA_URL", &*url),
        ("LOG", "trace"),
        ("LOG_FORMAT", format),
        ("TRANSLATE_DEADLINE", "100ms"),
        ("JOB_TIMEOUT", "300ms"),
        ("RATE_LIMIT", "0"),
        ("FAILURES_PER_ADDRESS", "0"),
    ];
    let mut server = Server::start(&variables);
    server.hear(READY);
    let secrets = speak(&server, &ollama, faults);
    (server.stop().log, secrets)
}

fn assert_discreet(log: &str, secrets: &[String]) {
    for secret in secrets.iter().map(String::as_str).chain([WORD, PT, EN]) {
        let told = log.lines().find(|line| line.contains(secret));
        assert_eq!(told, None, "{secret:?} is in the log");
    }
}

#[test]
fn words_and_tokens_never_appear_in_the_log() {
    let (log, secrets) = log_of_a_run(
        "text",
        &[Fault::Chatty, Fault::NotDone, Fault::Empty, Fault::Stall, Fault::Close, Fault::Status(404)],
    );
    assert!(log.contains("did not pass a check"), "it does log what goes wrong: {log}");
    assert_discreet(&log, &secrets);
}

#[test]
fn nor_in_its_json_of_which_every_line_parses() {
    let (log, secrets) = log_of_a_run("json", &[Fault::Status(503), Fault::Garbage, Fault::Status(500)]);
    assert!(log.contains("WARN"), "it does log what goes wrong: {log}");
    assert_discreet(&log, &secrets);
    for line in log.lines() {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for key in ["time", "level", "target", "message"] {
            assert!(object[key].is_string(), "no {key} in {line}");
        }
    }
}
