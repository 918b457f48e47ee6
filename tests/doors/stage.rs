//! An engine, and the little of HTTP and WebSocket that is needed to come to its doors. Its books are checked after every
//! event.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use dragoman::config::Config;
use dragoman::doors::Door;
use dragoman::engine::Engine;
use dragoman::vocabulary::{Answer, ConnId, Effect, Event, JobId, JobOutcome, Millis};
use serde_json::json;

/// See the module.
pub(crate) struct Stage {
    pub(crate) engine: Engine,
    now: Millis,
    next_slot: u32,
    /// Jobs that were started.
    jobs: Vec<JobId>,
    /// Of the last response.
    pub(crate) head: String,
    /// Where the WebSocket of somebody is who reads another language.
    pub(crate) foreigner: Option<String>,
}

/// A configuration without limits that would get in the way; the echo is on.
pub(crate) fn config(settings: &[(&str, &str)]) -> Config {
    let usual =
        [("ECHO", "1"), ("RATE_LIMIT", "0"), ("STARTS_PER_ADDRESS", "0"), ("HIGH_WATER_BYTES", "4096")];
    let all: Vec<_> = settings.iter().chain(&usual).copied().collect();
    let look_up = |name: &str| all.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
    Config::read(look_up).expect("a valid configuration")
}

impl Stage {
    pub(crate) fn with_doors(config: Config, doors: Vec<Box<dyn Door>>) -> Self {
        let engine = Engine::with_doors(config, doors);
        let mut stage = Self {
            engine,
            now: Millis::ZERO,
            next_slot: 0,
            jobs: Vec::new(),
            head: String::new(),
            foreigner: None,
        };
        stage.handle(Event::Boot { unix_ms: 1_766_000_000_000, seed: [7; 32] });
        stage
    }

    pub(crate) fn handle(&mut self, event: Event<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.engine.handle(self.now, event, &mut effects);
        self.engine.check_invariants();
        self.jobs.extend(effects.iter().filter_map(|effect| match effect {
            Effect::StartJob { job, .. } => Some(*job),
            _ => None,
        }));
        effects
    }

    /// Time passes, up to every deadline on the way.
    pub(crate) fn pass(&mut self, span: Millis) -> Vec<Effect> {
        let until = self.now + span;
        let mut effects = Vec::new();
        while let Some(at) = self.engine.next_deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            effects.extend(self.handle(Event::Tick));
        }
        self.now = until;
        effects
    }

    pub(crate) fn connect(&mut self) -> ConnId {
        let conn = ConnId { slot: self.next_slot, generation: 1 };
        self.next_slot += 1;
        self.accept(conn);
        conn
    }

    pub(crate) fn accept(&mut self, conn: ConnId) -> Vec<Effect> {
        self.handle(Event::Accepted { conn, peer: IpAddr::V4(Ipv4Addr::LOCALHOST) })
    }

    /// A request on a connection of its own; status and body.
    pub(crate) fn request(&mut self, request: &str) -> (u16, String) {
        let conn = self.connect();
        let answer = sent(&self.handle(Event::Bytes { conn, bytes: request.as_bytes() }), conn);
        self.handle(Event::Eof { conn });
        let answer = String::from_utf8(answer).expect("an answer in UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        self.head = format!("{head}\r\n");
        (head[9..12].parse().expect("a status"), body.to_owned())
    }

    /// Opens a WebSocket.
    pub(crate) fn open(&mut self, target: &str) -> ConnId {
        let conn = self.connect();
        self.upgrade(conn, target);
        conn
    }

    pub(crate) fn upgrade(&mut self, conn: ConnId, target: &str) {
        let answer = sent(&self.handle(Event::Bytes { conn, bytes: handshake(target).as_bytes() }), conn);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 101 "), "{target}: {answer}");
    }

    /// Sends a frame of this first byte.
    pub(crate) fn frame(&mut self, conn: ConnId, first: u8, payload: &[u8]) -> Vec<Effect> {
        self.handle(Event::Bytes { conn, bytes: &frame(first, payload) })
    }

    /// Sends a text; the texts that come back.
    pub(crate) fn text(&mut self, conn: ConnId, text: &str) -> Vec<String> {
        texts(&self.frame(conn, 0x81, text.as_bytes()), conn)
    }

    /// A customer starts a chat: where their WebSocket is.
    pub(crate) fn start_chat(&mut self) -> String {
        let body = r#"{"name":"Ana","content":"Onde fica o pacote?","language":"pt"}"#;
        let answer = self.post("/start-chat", "", body);
        format!("/ws?token={}&room_id={}", text_of(&answer, "token"), text_of(&answer, "room_id"))
    }

    /// An agent who reads English joins a chat: where their WebSocket is.
    pub(crate) fn join_chat(&mut self, chat: &str) -> String {
        let (_, room) = chat.split_once("room_id=").expect("the target of a chat");
        let agent = self.post("/set-profile", "", r#"{"name":"Bo","language":"en"}"#);
        let token = text_of(&agent, "token");
        self.post("/join-room", token, &format!(r#"{{"room_id":"{room}"}}"#));
        format!("/ws?token={token}&room_id={room}")
    }

    fn post(&mut self, path: &str, token: &str, body: &str) -> serde_json::Value {
        let length = body.len();
        let (status, body) = self.request(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ));
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Ends every job with an answer of Ollama's that says this; all that is done for it.
    pub(crate) fn answer_jobs(&mut self, translation: &str) -> Vec<Effect> {
        let response = json!({ "translation": translation }).to_string();
        let body = json!({
            "response": response, "done": true, "done_reason": "stop",
            "version": "0.9.0", "models": [{ "name": "llama3.2:latest" }]
        });
        let body = Bytes::from(body.to_string());
        let mut effects = Vec::new();
        while !self.jobs.is_empty() {
            let job = self.jobs.remove(0);
            let outcome = JobOutcome::Answered(Answer::new(200, body.clone()));
            effects.extend(self.handle(Event::JobDone { job, outcome }));
        }
        effects
    }
}

/// A request to open a WebSocket.
pub(crate) fn handshake(target: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// A frame as a client sends it, masked with zeros.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(length @ 0..126) => frame.push(0x80 | length.to_be_bytes()[1]),
        Ok(length) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The bytes a connection was sent.
pub(crate) fn sent(effects: &[Effect], to: ConnId) -> Vec<u8> {
    let bytes = effects.iter().filter_map(|effect| match effect {
        Effect::Send { conn, bytes } if *conn == to => Some(bytes.to_vec()),
        _ => None,
    });
    bytes.flatten().collect()
}

/// The short texts a WebSocket was sent.
pub(crate) fn texts(effects: &[Effect], to: ConnId) -> Vec<String> {
    let mut bytes = &*sent(effects, to);
    let mut texts = Vec::new();
    while let [first, length, rest @ ..] = bytes {
        let (payload, behind) = rest.split_at(usize::from(*length));
        if *first == 0x81 {
            texts.push(String::from_utf8_lossy(payload).into_owned());
        }
        bytes = behind;
    }
    texts
}

/// Whether a connection is closed.
pub(crate) fn closes(effects: &[Effect], whose: ConnId) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Close { conn, .. } if *conn == whose))
}

/// Whether anything is done to a connection.
pub(crate) fn touches(effects: &[Effect], whose: ConnId) -> bool {
    closes(effects, whose) || !sent(effects, whose).is_empty()
}

fn text_of<'j>(json: &'j serde_json::Value, field: &str) -> &'j str {
    json[field].as_str().expect("a text")
}
