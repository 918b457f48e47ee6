//! A chat between two people who speak the same language, for measuring the engine without the world.

use std::net::{IpAddr, Ipv4Addr};

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::event::{ConnId, Effect, Event, Millis};

/// An engine, and the WebSockets of the rooms in it.
pub(crate) struct Desk {
    engine: Engine,
    now: Millis,
    effects: Vec<Effect>,
    next_slot: u32,
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
            | "MAX_CONNECTIONS"
            | "MAX_ROOMS"
            | "MAX_TOKENS" => Some("1000000".to_owned()),
            _ => None,
        };
        let config = Config::read(unlimited).expect("a valid configuration");
        let mut desk =
            Self { engine: Engine::new(config), now: Millis::ZERO, effects: Vec::new(), next_slot: 0 };
        desk.handle(Event::Boot { unix_ms: 1_766_000_000_000, seed: [7; 32] });
        desk
    }

    /// One event; what was sent stays in `effects` until the next.
    pub(crate) fn handle(&mut self, event: Event<'_>) -> &[Effect] {
        self.effects.clear();
        self.engine.handle(self.now, event, &mut self.effects);
        &self.effects
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

    fn sit(&mut self, token: &str, room: &str) -> ConnId {
        self.open_socket(&format!("/ws?token={token}&room_id={room}"))
    }

    fn open_socket(&mut self, target: &str) -> ConnId {
        let conn = self.connect();
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.handle(Event::Bytes { conn, bytes: request.as_bytes() });
        conn
    }

    /// A customer who waits.
    pub(crate) fn customer(&mut self) -> ConnId {
        let (token, room) = self.start();
        self.sit(&token, &room)
    }

    /// An agent who watches who waits.
    pub(crate) fn watcher(&mut self, language: &str) -> ConnId {
        let profile = format!(r#"{{"name":"Bob","language":"{language}"}}"#);
        let agent = self.call("/set-profile", "", &profile, "token");
        self.open_socket(&format!("/ws?token={agent}"))
    }

    /// A chat; the token of its customer, and the room.
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
        let field = |name: &str| json[name].as_str().expect("a token and a room").to_owned();
        (field("token"), field("room_id"))
    }

    /// A customer and an agent who both speak English, in a room.
    pub(crate) fn pair(&mut self) -> Pair {
        let (token, room) = self.start();
        let agent = self.call("/set-profile", "", r#"{"name":"Bob","language":"en"}"#, "token");
        self.call("/join-room", &agent, &format!(r#"{{"room_id":"{room}"}}"#), "room_id");
        let pair = Pair { customer: self.sit(&token, &room), agent: self.sit(&agent, &room) };
        self.drain(pair);
        pair
    }

    /// What was sent to both has left.
    pub(crate) fn drain(&mut self, pair: Pair) {
        self.handle(Event::Drained { conn: pair.customer });
        self.handle(Event::Drained { conn: pair.agent });
    }
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
