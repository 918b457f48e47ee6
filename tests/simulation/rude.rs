//! Mistakes and malice, written out: requests that are none, calls with something wrong, frames that are none.

use dragoman::config::Config;
use dragoman::vocabulary::{Answer, JobOutcome};
use serde_json::json;

use super::dice::Dice;
use super::wire::{self, Asking};

/// Heads that must be refused, one for every reason; the last ones are cut off and must time out.
const HEADS: [&str; 27] = [
    "\x16\x03\x01 hello",
    "\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n",
    "GET / HTTP/1.1\nHost: localhost\n\n",
    "GET /\r\n\r\n",
    "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: local\x01host\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n 2\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: miracles\r\n\r\n{}",
    "BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nX",
    "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{\"name\":",
    "GET / HT",
    "",
];

/// A request that is none.
pub(crate) fn request(dice: &mut Dice) -> Vec<u8> {
    let head = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    match dice.below(HEADS.len() + 4) {
        0 => format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(9_000)).into_bytes(),
        1 => format!("{head}X: {}\r\n\r\n", "x".repeat(17_000)).into_bytes(),
        2 => format!("{head}{}\r\n", "X: y\r\n".repeat(70)).into_bytes(),
        3 => (0..dice.between(1, 60)).flat_map(|_| dice.next().to_le_bytes()).collect(),
        other => HEADS[other - 4].as_bytes().to_vec(),
    }
}

/// A call with something wrong.
pub(crate) fn call(dice: &mut Dice, token: &str, limits: &Config) -> Asking {
    let post = |path: &str| Asking::new("POST", path);
    let start =
        |name: &str, content: &str| post("/start-chat").json(&json!({"name": name, "content": content}));
    let profile = json!({"name": "Eve", "language": "en"});
    match dice.below(29) {
        0 => Asking { body: b"{\"name\":".to_vec(), ..post("/start-chat") },
        1 => start("", "x"),
        2 => start(&"x".repeat(limits.max_name_chars + 1), "x"),
        3 => start("Eve\u{202e}", "x"),
        4 => start("Eve", " \n"),
        5 => start("Eve", &"x".repeat(limits.max_content_chars + 1)),
        6 => start("Eve", "bell \u{7}"),
        7 => post("/start-chat").json(&json!({"name": "Eve", "content": "x", "language": "klingon"})),
        8 => start("Eve", "x").with("Idempotency-Key", "k".repeat(200)),
        // Two starts under one key differ, sooner or later.
        9 | 10 | 26 | 27 => start("Eve", ["once", "twice"][dice.below(2)])
            .with("Idempotency-Key", "one-key-for-different-starts"),
        11 => post("/set-profile").json(&profile).bearer("not-the-key"),
        12 => post("/set-profile").json(&profile).with("X-Forwarded-For", "203.0.113.9"),
        13 => post("/join-room").json(&json!({"room_id": "0123456789abcdef"})).bearer(token),
        14 => post("/end-chat").json(&json!({"room_id": "nowhere"})).bearer(token),
        15 => Asking::new("GET", "/start-chat"),
        16 => Asking::new("GET", "/nothing-here"),
        17 => Asking::new("GET", "/rooms").with("Origin", "https://evil.example"),
        18 => Asking::new("GET", "http://evil.example/rooms"),
        19 => Asking::new("GET", "/ws"),
        20 => Asking::new("GET", "/ws")
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Version", "13"),
        21 => wire::upgrade("/ws".to_owned()).bearer(token),
        22 => wire::upgrade("/ws".to_owned()).with("Sec-WebSocket-Protocol", format!("bearer, {token}")),
        23 => wire::upgrade(format!("/ws?room_id=0123456789abcdef&token={token}")),
        24 => wire::upgrade("/ws?room_id=0123456789abcdef".to_owned())
            .with("Sec-WebSocket-Protocol", format!("bearer, {token}")),
        25 => Asking::new("DELETE", "/health"),
        _ => Asking::new("GET", "/rooms").bearer(token),
    }
}

/// An attempt at somebody else's room, and what it is.
pub(crate) fn intrusion(dice: &mut Dice, token: &str, room_id: &str, is_agent: bool) -> (Asking, String) {
    let target = format!("/ws?room_id={room_id}");
    let asking = match dice.below(6) {
        0 => wire::upgrade(format!("{target}&token={token}")),
        5 => Asking::new("GET", format!("/transcript?room_id={room_id}")).bearer(token),
        3 if !is_agent => Asking::new("POST", "/join-room").json(&json!({"room_id": room_id})).bearer(token),
        1 => wire::upgrade(target).with("Sec-WebSocket-Protocol", format!("bearer, {token}")),
        2 => wire::upgrade(format!("{target}&after=0&updates=1")).bearer(token),
        _ => Asking::new("POST", "/end-chat").json(&json!({"room_id": room_id})).bearer(token),
    };
    let what = format!("{} {} by a stranger", asking.method, asking.target);
    (asking, what)
}

/// A frame that is none, or must not come here.
pub(crate) fn frame(dice: &mut Dice, limit: usize) -> Vec<u8> {
    match dice.below(10) {
        0 => vec![0x81, 0x02, b'h', b'i'],
        8 => (0..dice.between(30, 300)).flat_map(|_| wire::masked(0x89, b"there?", dice)).collect(),
        1 => wire::masked(0x82, b"binary", dice),
        2 => wire::masked(0x83, b"reserved", dice),
        3 => wire::masked(0xc1, b"compressed?", dice),
        4 => wire::masked(0x81, &[0xff, 0xfe], dice),
        5 => wire::masked(0x81, &vec![b'x'; limit + 1], dice),
        6 => wire::masked(0x80, b"goes on from nothing", dice),
        7 => wire::masked(0x81, b"{\"content\":\"half", dice)[..9].to_vec(),
        _ => (0..dice.between(1, 30)).flat_map(|_| dice.next().to_le_bytes()).collect(),
    }
}

/// A text that is no message.
pub(crate) fn text(dice: &mut Dice, limits: &Config) -> String {
    match dice.below(10) {
        0 => String::new(),
        1 => "{\"content\":".to_owned(),
        2 => "[]".to_owned(),
        3 => json!({"content": 5}).to_string(),
        4 => json!({"type": "dance", "content": "x"}).to_string(),
        5 => json!({"ref": "without content"}).to_string(),
        6 => json!({"content": " \t "}).to_string(),
        7 => json!({"content": "x".repeat(limits.max_content_chars + 1)}).to_string(),
        8 => json!({"content": "bell \u{7}"}).to_string(),
        _ => json!({"content": "x", "ref": ""}).to_string(),
    }
}

/// The answer to a question that nobody asks any more.
pub(crate) fn late_answer() -> JobOutcome {
    let body = json!({"response": "{\"translation\":\"Too late.\"}", "done": true, "done_reason": "stop"});
    JobOutcome::Answered(Answer::new(200, body.to_string()))
}

/// A look at what everybody may see.
pub(crate) fn glance(dice: &mut Dice, etag: Option<&str>) -> Asking {
    match dice.below(9) {
        0..3 => Asking::new("GET", "/health"),
        3 => Asking::new("GET", "/metrics"),
        4 => Asking::new("HEAD", "/customer.html"),
        5 => Asking::new("GET", "/").with("If-None-Match", etag.unwrap_or("\"none\"")),
        6 => Asking::new("OPTIONS", "/rooms")
            .with("Access-Control-Request-Method", "GET")
            .with("Origin", "http://localhost"),
        7 => Asking::new("HEAD", "/health"),
        _ => Asking::new("GET", "/"),
    }
}
