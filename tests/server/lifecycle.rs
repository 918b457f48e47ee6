//! How a process begins and ends: arguments, settings, signals, recordings.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::desk::{agent, customer};
use crate::support::http::{self, Http};
use crate::support::ollama::{Ollama, READY};
use crate::support::process::{Server, TempFile, run};
use crate::support::websocket::{BINARY, FIN, TEXT, WebSocket, frame};

fn stdout_of(arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(arguments, &[]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn help_and_version_are_told_and_nonsense_is_refused() {
    let (code, help) = stdout_of(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(help.contains("dragoman replay FILE") && help.contains("MAX_TEXT_BYTES"), "{help}");
    let version = format!("dragoman {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(stdout_of(&["--version"]), (Some(0), version));
    let refused = run(&["--port", "80"], &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--help"));
}

#[test]
fn every_wrong_setting_is_named_at_once() {
    let wrong = [("PORT", "eighty"), ("CLOSE_WAIT", "5"), ("RATE_LIMIT", "-1"), ("LANGUAGES", "en,klingon")];
    let refused = run(&[], &wrong);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    for (name, _) in wrong {
        assert!(said.contains(name), "{name} is not named in {said}");
    }
    let file = TempFile::new("canned.json");
    for (content, what) in [
        (None, "cannot be read"),
        (Some("\n"), "is empty"),
        (Some("[{\n\"key\":1"), "line 2"),
        (Some("[{\"key\":\"a\",\"title\":\"A\",\"language\":\"en\",\"content\":\" \"}]"), "reply 1"),
    ] {
        if let Some(content) = content {
            fs::write(file.path(), content).unwrap();
        }
        let refused = run(&[], &[("CANNED_REPLIES", file.as_str()), ("PORT", "eighty")]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains("CANNED_REPLIES") && said.contains(what) && said.contains("PORT"), "{said}");
    }
    let refused = run(&[], &[("HOST", "0.0.0.0")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("AGENT_KEY"));
}

#[test]
fn a_taken_port_is_told_with_what_to_do() {
    let server = Server::start(&[]);
    let refused = run(&[], &[("PORT", &server.address().port().to_string())]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("is taken by another program"));
}

#[test]
fn a_first_signal_sends_everybody_home_and_ends_with_zero() {
    for signal in ["TERM", "INT"] {
        let server = Server::start(&[]);
        let mut joana = customer(server.address(), "pt", "Bom dia");
        let mut sam = agent(server.address(), "en", &joana.room);
        let mut idle = Http::connect(server.address());
        idle.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(idle.response().status, 200);
        server.signal(signal);
        assert_eq!(joana.socket.close_code(), Some(1001));
        assert_eq!(sam.socket.close_code(), Some(1001));
        assert!(idle.has_ended(), "an idle connection just closes");
        assert!(TcpStream::connect(server.address()).is_err(), "nobody new gets in");
        let ended = server.end();
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        assert!(ended.log.contains("stopped"), "{}", ended.log);
    }
}

#[test]
fn an_answer_under_way_leaves_before_the_end() {
    let mut server = Server::start(&[("ECHO", "1")]);
    let mut caller = Http::connect(server.address());
    caller.send(b"GET /health HTTP/1.1\r\nHost: local");
    // More than the kernel holds, so that most of it has yet to leave when the signal comes.
    let payload = vec![7; 12 * 1024 * 1024];
    let mut echo = WebSocket::open(server.address(), "/echo");
    echo.send(&frame(FIN | BINARY, &payload));
    assert!(echo.http.fill().unwrap());

    server.signal("TERM");
    server.hear("asked to stop");
    caller.send(b"host\r\n\r\n");
    let answer = caller.response();
    assert_eq!((answer.status, answer.header("Connection")), (200, Some("close")));
    assert!(caller.has_ended());
    assert!(echo.frame().payload == payload, "all of it comes");
    assert_eq!(echo.close_code(), Some(1001));
    drop(echo);
    assert_eq!(server.end().code, Some(0));
}

#[test]
fn a_second_signal_ends_at_once() {
    for (first, second, code) in [("TERM", "TERM", 143), ("INT", "INT", 130), ("TERM", "INT", 130)] {
        let mut server = Server::start(&[]);
        let mut waiting = Http::connect(server.address());
        waiting.send(b"GET /health HTTP/1.1\r\n");
        server.until("the head has begun", |server| server.metric("dragoman_connections") == 2);
        server.signal(first);
        server.hear("asked to stop");
        server.signal(second);
        assert_eq!(server.end().code, Some(code), "{first}, then {second}");
    }
}

/// A conversation with everything in it that a trace has to get right, recorded.
fn record(file: &TempFile) {
    let (pt, en) = ("Bom dia, o meu pedido ainda não chegou.", "Good morning, my order has not arrived yet.");
    let ollama = Ollama::start(&[(pt, en)]);
    // When the trace is replayed the file is gone: what stood in it is in the trace.
    let canned = TempFile::new("replies.json");
    let hello = json!([{"key": "hi", "title": "Hi", "language": "en", "content": "Hello \"you\"\n",
        "translations": {"pt": "Olá \"você\"\n"}}]);
    fs::write(canned.path(), serde_json::to_string_pretty(&hello).unwrap()).unwrap();
    let replies = ("CANNED_REPLIES", canned.as_str());
    let variables = [("OLLAMA_URL", &*ollama.url()), ("AGENT_KEY", ""), ("ECHO", "1"), replies];
    let mut server = Server::start_with(&["--record", file.as_str()], &variables);
    server.hear(READY);
    let mut joana = customer(server.address(), "pt", pt);
    let mut sam = agent(server.address(), "en", &joana.room);
    assert_eq!(sam.socket.event_of("message")["translated_content"], en);
    sam.socket.send(&frame(FIN | TEXT, br#"{"type":"canned","key":"hi"}"#));
    joana.socket.event_of("message");
    assert_eq!(joana.socket.event_of("message")["content"], "Olá \"você\"\n");
    let mut wrong = Http::connect(server.address());
    wrong.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    assert_eq!(wrong.response().status, 400);
    Http::connect(server.address()).reset();
    let mut echo = WebSocket::open(server.address(), "/echo");
    let payload = vec![1; 300 * 1024];
    echo.send(&frame(FIN | BINARY, &payload));
    assert!(echo.frame().payload == payload);
    http::post(server.address(), "/end-chat", Some(&joana.token), &json!({ "room_id": joana.room }));
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn a_recording_replays_without_a_difference_and_a_tampered_one_does_not() {
    let file = TempFile::new("run.trace");
    record(&file);
    assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let replayed = run(&["replay", file.as_str()], &[]);
    let said = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert_eq!(replayed.status.code(), Some(0), "{said}");
    assert!(said.ends_with("no difference\n"), "{said}");

    let text = fs::read_to_string(file.path()).unwrap();
    let tampered = TempFile::new("tampered.trace");
    fs::write(tampered.path(), text.replacen("HTTP/1.1 400 Bad Request", "HTTP/1.1 200 OK", 1)).unwrap();
    let replayed = run(&["replay", tampered.as_str()], &[]);
    let said = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert_eq!(replayed.status.code(), Some(1), "{said}");
    assert!(said.contains("400 Bad Request"), "it shows the difference: {said}");
}

#[test]
fn a_recording_never_overwrites_a_file() {
    let file = TempFile::new("precious.trace");
    fs::write(file.path(), "precious").unwrap();
    let refused = run(&["--record", file.as_str()], &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("exists already"));
    assert_eq!(fs::read_to_string(file.path()).unwrap(), "precious");
}

#[test]
fn what_is_no_trace_is_refused() {
    let file = TempFile::new("garbage.trace");
    for garbage in [&b">> what is this"[..], b"\xff\xfe", b"+0 >> config\n+0 >> boot\n"] {
        fs::write(file.path(), garbage).unwrap();
        assert_eq!(run(&["replay", file.as_str()], &[]).status.code(), Some(2), "{garbage:?}");
    }
    fs::write(file.path(), "+0 >> tick\n      << store    came room=0000000000000007\n").unwrap();
    let refused = run(&["replay", file.as_str()], &[]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(
        said.contains("garbage.trace: line 2: recorded by dragoman 0.1, ") && said.lines().count() == 1,
        "{said}"
    );
    assert_eq!(run(&["replay", "/there/is/no/such.trace"], &[]).status.code(), Some(2));
    assert_eq!(run(&["replay"], &[]).status.code(), Some(2));
}
