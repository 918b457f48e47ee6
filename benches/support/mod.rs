//! A chat between two people who speak the same language, for measuring the engine without the world.

#![allow(dead_code, reason = "each bench uses its part")]

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::vocabulary::{Answer, ConnId, Effect, Event, JobId, JobOutcome, Millis};
use serde_json::json;

pub(crate) mod scenarios;

/// More jobs than a scenario starts.
const JOBS: u64 = 16;

/// An engine, and the WebSockets of the rooms in it.
pub(crate) struct Desk {
    engine: Engine,
    now: Millis,
    effects: Vec<Effect>,
    next_slot: u32,
    /// How often somebody has said something, for [`WRITTEN_PER_MILLI`].
    written: u32,
}

/// What is said in a millisecond: less than one connection may say in it.
const WRITTEN_PER_MILLI: u32 = 16;

/// A room in which the agent has several WebSockets.
pub(crate) struct ConnMap {
    /// The customer's.
    pub(crate) customer: ConnId,
    /// The agent's.
    pub(crate) agent: Vec<ConnId>,
    /// The path of one more of the agent's.
    agent_path: String,
}

/// The two WebSockets of a room.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    /// The customer's.
    pub(crate) customer: ConnId,
    /// The agent's.
    pub(crate) agent: ConnId,
}

impl Desk {
    /// An engine without limits that would get in the way, and without a translator to wait for.
    pub(crate) fn open() -> Self {
        Self::open_with("64MiB", "512KiB")
    }

    /// The same, with so much text in all, and in one room.
    pub(crate) fn open_with(text_bytes: &str, room_text_bytes: &str) -> Self {
        let unlimited = |name: &str| match name {
            "RATE_LIMIT" | "STARTS_PER_ADDRESS" => Some("0".to_owned()),
            "MAX_TEXT_BYTES" => Some(text_bytes.to_owned()),
            "MAX_ROOM_TEXT_BYTES" => Some(room_text_bytes.to_owned()),
            "MAX_ROOMS_PER_ADDRESS"
            | "MAX_CONNECTIONS_PER_ADDRESS"
            | "MAX_CONNECTIONS_PER_CLIENT"
            | "MAX_CONNECTIONS"
            | "MAX_ROOMS"
            | "MAX_HUB_MEMBERS"
            | "MAX_HUB_USERS"
            | "MAX_TOKENS" => Some("1000000".to_owned()),
            "ECHO" => Some("1".to_owned()),
            _ => None,
        };
        let config = Config::read(unlimited).expect("a valid configuration");
        let mut desk = Self {
            engine: Engine::new(config),
            now: Millis::ZERO,
            effects: Vec::new(),
            next_slot: 0,
            written: 0,
        };
        desk.handle(Event::Boot { unix_ms: 1_766_000_000_000, seed: [7; 32] });
        desk
    }

    /// One event; what was sent stays in `effects` until the next.
    pub(crate) fn handle(&mut self, event: Event<'_>) -> &[Effect] {
        self.effects.clear();
        self.engine.handle(self.now, event, &mut self.effects);
        &self.effects
    }

    /// Somebody says something.
    pub(crate) fn write(&mut self, conn: ConnId, frame: &[u8]) -> &[Effect] {
        self.written += 1;
        if self.written.is_multiple_of(WRITTEN_PER_MILLI) {
            self.pass(Millis(1));
        }
        self.handle(Event::Bytes { conn, bytes: frame })
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, span: Millis) {
        self.now = self.now + span;
    }

    fn connect(&mut self) -> ConnId {
        let conn = ConnId { slot: self.next_slot, generation: 1 };
        self.next_slot += 1;
        self.handle(Event::Accepted { conn, peer: IpAddr::V4(Ipv4Addr::LOCALHOST) });
        conn
    }

    /// Makes a call and returns a string field of the answer.
    fn call(&mut self, path: &str, token: &str, body: &str, field: &str) -> String {
        let conn = self.connect();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer: Vec<u8> = sent(self.handle(Event::Bytes { conn, bytes: request.as_bytes() }));
        self.handle(Event::Eof { conn });
        let text = String::from_utf8(answer).expect("an answer in UTF-8");
        let json = text.split("\r\n\r\n").nth(1).expect("a body");
        let json: serde_json::Value = serde_json::from_str(json).expect("a body in JSON");
        json[field].as_str().expect("a string").to_owned()
    }

    /// Opens a WebSocket.
    pub(crate) fn upgrade(&mut self, path: &str) -> ConnId {
        let conn = self.connect();
        self.send_upgrade(conn, path);
        conn
    }

    /// How much was sent at once.
    fn send_upgrade(&mut self, conn: ConnId, path: &str) -> usize {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.handle(Event::Bytes { conn, bytes: request.as_bytes() }).len()
    }

    /// A customer who speaks English starts a chat: the path of their WebSocket, and the room.
    fn start(&mut self) -> (String, String) {
        let start = r#"{"name":"Ana","content":"Hello","language":"en"}"#;
        let conn = self.connect();
        let request = format!(
            "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{start}",
            start.len()
        );
        let answer = String::from_utf8(sent(self.handle(Event::Bytes { conn, bytes: request.as_bytes() })));
        self.handle(Event::Eof { conn });
        let answer = answer.expect("an answer in UTF-8");
        let json: serde_json::Value =
            serde_json::from_str(answer.split("\r\n\r\n").nth(1).expect("a body")).expect("a body in JSON");
        let (token, room) =
            (json["token"].as_str().expect("a token"), json["room_id"].as_str().expect("a room"));
        (seat(token, room), room.to_owned())
    }

    /// A customer who waits.
    pub(crate) fn customer(&mut self) -> ConnId {
        let (path, _) = self.start();
        let conn = self.upgrade(&path);
        self.handle(Event::Drained { conn });
        conn
    }

    /// An agent who watches who waits, and has read it.
    pub(crate) fn watcher(&mut self, language: &str) -> ConnId {
        let profile = format!(r#"{{"name":"Bob","language":"{language}"}}"#);
        let agent = self.call("/set-profile", "", &profile, "token");
        let conn = self.upgrade(&format!("/ws?token={agent}"));
        while !self.handle(Event::Drained { conn }).is_empty() {}
        conn
    }

    /// A customer and an agent who both speak English, in a room; the agent has so many WebSockets.
    pub(crate) fn room(&mut self, connections: usize) -> ConnMap {
        self.room_read_in("en", connections)
    }

    /// The same, with an agent who may need translations.
    pub(crate) fn room_read_in(&mut self, language: &str, connections: usize) -> ConnMap {
        let (customer, room) = self.start();
        let profile = format!(r#"{{"name":"Bob","language":"{language}"}}"#);
        let agent = self.call("/set-profile", "", &profile, "token");
        self.call("/join-room", &agent, &format!(r#"{{"room_id":"{room}"}}"#), "room_id");
        let customer = self.upgrade(&customer);
        let agent_path = seat(&agent, &room);
        let agent = (0..connections).map(|_| self.upgrade(&agent_path)).collect();
        let seats = ConnMap { customer, agent, agent_path };
        self.drain_all(&seats);
        seats
    }

    /// A customer and an agent, each with one WebSocket.
    pub(crate) fn pair(&mut self) -> Pair {
        let seats = self.room(1);
        Pair { customer: seats.customer, agent: seats.agent[0] }
    }

    /// The agent connects once more, is sent `messages` at least, and goes.
    pub(crate) fn read_all(&mut self, seats: &ConnMap, messages: usize) {
        let conn = self.connect();
        let mut read = self.send_upgrade(conn, &seats.agent_path);
        while read < messages {
            read += self.handle(Event::Drained { conn }).len();
        }
        self.handle(Event::Eof { conn });
    }

    /// Makes a request again and again, on one connection.
    pub(crate) fn repeat(mut self, request: &'static str) -> Box<dyn FnMut()> {
        let conn = self.connect();
        Box::new(move || {
            let answered = self.handle(Event::Bytes { conn, bytes: request.as_bytes() }).len();
            assert_eq!(answered, 1, "one answer to one request");
            self.handle(Event::Drained { conn });
        })
    }

    /// What was sent to all has left.
    pub(crate) fn drain_all(&mut self, seats: &ConnMap) {
        self.handle(Event::Drained { conn: seats.customer });
        for conn in &seats.agent {
            self.handle(Event::Drained { conn: *conn });
        }
    }

    /// The model says this, whatever it is asked, and whoever asked has it.
    pub(crate) fn answer_all(&mut self, translation: &str) {
        let response = json!({ "translation": translation }).to_string();
        let body = json!({
            "response": response, "done": true, "done_reason": "stop",
            "version": "0.9.0", "models": [{ "name": "llama3.2:latest" }]
        });
        let body = Bytes::from(body.to_string());
        // Those before the last one are of the time before anybody asked.
        for job in 1..=JOBS {
            let outcome = JobOutcome::Answered(Answer::new(200, body.clone()));
            self.handle(Event::JobDone { job: JobId(job), outcome });
        }
    }

    /// What was sent to both has left.
    pub(crate) fn drain(&mut self, pair: Pair) {
        self.handle(Event::Drained { conn: pair.customer });
        self.handle(Event::Drained { conn: pair.agent });
    }
}

fn seat(token: &str, room: &str) -> String {
    format!("/ws?token={token}&room_id={room}")
}

fn sent(effects: &[Effect]) -> Vec<u8> {
    let bytes = effects.iter().filter_map(|effect| match effect {
        Effect::Send { bytes, .. } => Some(bytes.to_vec()),
        _ => None,
    });
    bytes.flatten().collect()
}

/// A text frame as a client sends it, masked with zeros.
pub(crate) fn masked(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length < 126).expect("a short text");
    [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat()
}
