//! What is fuzzed. Each target takes any bytes and panics if something is not as it must be; the fuzzers call them, and
//! an ordinary test calls them with the corpus.
#![allow(dead_code, reason = "each fuzzer calls one of them")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use dragoman::config::{Config, Glossary, Value as _};
use dragoman::engine::Engine;
use dragoman::trace::{self, Trace};
use dragoman::translate::glossary::Terms;
use dragoman::translate::ollama;
use dragoman::translate::prompt::{Ask, Mode, Question};
use dragoman::translate::verdict::Verdict;
use dragoman::vocabulary::{Answer, ConnId, Effect, Event, JobOutcome, Language, Millis};
use dragoman::wire::http::{Limits, RequestReader, Step};
use dragoman::wire::websocket::{Found, Session};

/// The pieces of some bytes, of sizes that depend on them.
fn pieces(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut pieces, mut rest, mut chance) = (Vec::new(), bytes, 1_u32);
    while !rest.is_empty() {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223 + u32::from(rest[0]));
        let size = if chance >> 30 == 0 { 1 } else { 1 + (chance >> 8) as usize % 40 };
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// The reader of requests: whole or cut, the steps are the same, and memory is bounded by its limits.
pub(crate) fn http(data: &[u8]) {
    let limits = Limits { head_bytes: 512, head_fields: 8, body_bytes: 256 };
    let read = |pieces: &[&[u8]]| {
        let (mut reader, mut steps) = (RequestReader::new(), Vec::new());
        for mut piece in pieces.iter().copied() {
            loop {
                let step = reader.step(&mut piece, &limits);
                match step {
                    Step::NeedMore => break,
                    step => steps.push(step),
                }
            }
            assert!(piece.is_empty(), "everything is taken");
        }
        (steps, reader.progress())
    };
    let whole = read(&[data]);
    assert_eq!(read(&pieces(data)), whole, "cuts change nothing");
    for request in whole.0 {
        if let Step::Request(request) = request {
            assert!(request.body.len() <= limits.body_bytes, "bodies are bounded");
        }
    }
}

/// A WebSocket: whole or cut, the same is found and answered.
pub(crate) fn websocket(data: &[u8]) {
    let read = |pieces: &[&[u8]]| {
        let (mut session, mut found, mut output) = (Session::new(300), Vec::new(), Vec::new());
        for mut piece in pieces.iter().copied() {
            loop {
                match session.next(&mut piece, &mut output) {
                    Found::NeedMore => break,
                    Found::Closed => return (found, output, true),
                    other => found.push(other),
                }
            }
        }
        (found, output, false)
    };
    let whole = read(&[data]);
    assert_eq!(read(&pieces(data)), whole, "cuts change nothing");
    for found in whole.0 {
        let length = match found {
            Found::Text(text) => text.len(),
            Found::Binary(bytes) => bytes.len(),
            _ => 0,
        };
        assert!(length <= 300, "messages are bounded");
    }
}

/// The JSON of the doors, through the engine. Parts between zeros; the first byte of each says which door it is for.
pub(crate) fn doors(data: &[u8]) {
    let config = [("RATE_LIMIT", "0"), ("STARTS_PER_ADDRESS", "0"), ("MAX_ROOM_TEXT_BYTES", "4KiB")];
    let lookup = |name: &str| config.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
    let mut visit = Visit {
        engine: Engine::new(Config::read(lookup).expect("valid")),
        now: Millis::ZERO,
        sent: Vec::new(),
    };
    visit.handle(Event::Boot { unix_ms: 1_766_000_000_000, seed: [7; 32] });
    for slot in 0..3 {
        let conn = ConnId { slot, generation: 1 };
        visit.handle(Event::Accepted { conn, peer: IpAddr::V4(Ipv4Addr::LOCALHOST) });
    }
    visit.post("/start-chat", "", br#"{"name":"Ana","content":"Onde fica o pacote 4711 que comprei?"}"#);
    let (token, room) = (visit.field("token"), visit.field("room_id"));
    visit.post("/set-profile", "", br#"{"name":"Bob","language":"en"}"#);
    let agent = visit.field("token");
    for (slot, token) in [(1, &token), (2, &agent)] {
        if slot == 2 {
            visit.post("/join-room", &agent, format!("{{\"room_id\":\"{room}\"}}").as_bytes());
        }
        visit.upgrade(slot, &format!("/ws?room_id={room}&updates=1&token={token}"));
    }
    for part in data.split(|byte| *byte == 0) {
        let Some((door, body)) = part.split_first() else { continue };
        match door % 8 {
            0 => visit.post("/start-chat", "", body),
            1 => visit.post("/set-profile", "", body),
            2 => visit.post("/join-room", &agent, body),
            3 => visit.post("/end-chat", &token, body),
            4 | 5 => visit.text(u32::from(door % 8) - 3, body),
            6 => visit.answer(body),
            _ => visit.pass(Millis(u64::from(*door) * 100)),
        }
    }
}

/// An engine with somebody at its doors.
struct Visit {
    engine: Engine,
    now: Millis,
    /// What was sent last to the connection of the requests.
    sent: Vec<u8>,
}

impl Visit {
    fn handle(&mut self, event: Event<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.engine.handle(self.now, event, &mut effects);
        self.engine.check_invariants();
        for effect in &effects {
            match effect {
                Effect::Send { conn, bytes } if conn.slot == 0 => self.sent = bytes.to_vec(),
                // Whoever was refused for good comes again.
                Effect::Close { conn, .. } if conn.slot == 0 => self.sent.clear(),
                _ => {}
            }
        }
        effects
    }

    fn bytes(&mut self, slot: u32, bytes: &[u8]) {
        let conn = ConnId { slot, generation: 1 };
        self.handle(Event::Bytes { conn, bytes });
        self.handle(Event::Drained { conn });
        self.handle(Event::Turn { conn });
    }

    fn post(&mut self, path: &str, token: &str, body: &[u8]) {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n"
        );
        self.bytes(0, &[head.as_bytes(), body].concat());
    }

    fn upgrade(&mut self, slot: u32, target: &str) {
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.bytes(slot, head.as_bytes());
    }

    fn text(&mut self, slot: u32, text: &[u8]) {
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        let text = &text[..usize::from(length)];
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text);
        self.bytes(slot, &frame);
    }

    /// Every call under way is answered with this; calls have the names 1, 2, 3 …
    fn answer(&mut self, body: &[u8]) {
        let body = Bytes::copy_from_slice(body);
        for job in 1..8 {
            let outcome = JobOutcome::Answered(Answer::new(200, body.clone()));
            self.handle(Event::JobDone { job: dragoman::vocabulary::JobId(job), outcome });
        }
    }

    fn pass(&mut self, span: Millis) {
        self.now = self.now + span;
        self.handle(Event::Tick);
    }

    fn field(&self, name: &str) -> String {
        let text = String::from_utf8_lossy(&self.sent);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        json[name].as_str().unwrap_or_default().to_owned()
    }
}

/// Short terms, which many texts have.
fn glossary() -> Glossary {
    let terms = r#"[{"keep":"a"},{"en":"the","pt":"o","de":"der","th":"ก"},{"keep":"12"},{"zh":"的","ja":"の","ar":"ال"}]"#;
    Glossary::parse(terms).expect("it is right")
}

/// The check of an answer: two choices, the text, a zero, the answer. What is believed can be delivered.
pub(crate) fn judge(data: &[u8]) {
    let [choice, languages, rest @ ..] = data else { return };
    let Some(at) = rest.iter().position(|byte| *byte == 0) else { return };
    let (Ok(text), answer) = (std::str::from_utf8(&rest[..at]), &rest[at + 1..]) else { return };
    let offered =
        ["en", "pt", "de", "ru", "ja", "zh", "ar", "th"].map(|code| Language::parse(code).expect("known"));
    let mode = if choice & 1 == 0 { Mode::Json } else { Mode::Plain };
    let from = (choice & 2 == 0).then(|| offered[usize::from(languages & 7)]);
    let to = offered[usize::from(languages >> 3 & 7)];
    let ask = Ask { text: Arc::from(text), from, to, mode };
    let terms = if choice & 8 == 0 { None } else { Terms::of(&glossary()) };
    let ask = Question { ask, terms };
    let body = if choice & 4 == 0 {
        Bytes::copy_from_slice(answer)
    } else {
        let said = String::from_utf8_lossy(answer);
        Bytes::from(serde_json::json!({"response": said, "done": true, "done_reason": "stop"}).to_string())
    };
    let outcome = JobOutcome::Answered(Answer::new(200, body));
    let verdict = ollama::judge(&ask, &offered, &outcome);
    assert_eq!(ollama::judge(&ask, &offered, &outcome), verdict, "the same answer is judged the same");
    if let Verdict::Translated { text: believed, detected } = verdict {
        assert!(!believed.trim().is_empty() || text.trim().is_empty(), "nothing is no translation");
        assert!(
            !believed.contains('\u{fffd}') || text.contains('\u{fffd}'),
            "broken characters are not delivered"
        );
        assert!(detected.is_none() || from.is_none(), "who was not asked has no opinion");
        assert!(detected.is_none_or(|it| offered.contains(&it)), "only languages on offer are named");
        let (length, all) = (text.chars().count(), believed.chars().count());
        assert!(all <= 9 * length + 1000, "{length} characters became {all}");
    }
}

/// Trace files: whatever stands in one, reading and replaying it ends without a panic.
pub(crate) fn trace(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A trace may wait for years, tick by tick; that is slow, not wrong.
    let is_long = |word: &str| word.starts_with('+') && word.len() > 9;
    if text.split_whitespace().any(is_long) || text.len() > 20_000 {
        return;
    }
    let Ok(trace) = Trace::parse(text) else { return };
    let report = trace::replay(&trace, Engine::new);
    let _ = report.to_string();
    if let Ok(updated) = trace::update(&trace, Engine::new) {
        let again = Trace::parse(&updated).expect("what was written can be read");
        let report = trace::replay(&again, Engine::new);
        assert!(report.first_difference.is_none(), "what was written holds: {report}");
    }
}
