//! Somebody who writes as fast as acknowledgements come, remembers everything they were told, and holds the server to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write as _;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::support::desk::{seat, word};
use crate::support::http;
use crate::support::websocket::{FIN, TEXT, WebSocket, frame};

/// A message as somebody was shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) text: String,
    /// The reader wrote it; then this is what they called it. The first message of a room has no name.
    pub(crate) own: bool,
    pub(crate) reference: Option<String>,
}

/// One side of a chat, across all ends of the server.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) token: String,
    pub(crate) room: String,
    socket: Option<WebSocket>,
    /// What they write next is called after this.
    written: usize,
    /// Written and not acknowledged, oldest first.
    open: VecDeque<String>,
    /// What was acknowledged, by its name.
    acknowledged: BTreeMap<String, u64>,
    /// What they were shown, by its id.
    heard: BTreeMap<u64, Heard>,
    /// The last message of this connection, or what it began behind.
    position: u64,
    /// Everything up to here is known: it was shown, or was theirs and acknowledged.
    highest: u64,
    /// What is known beyond that.
    beyond: BTreeSet<u64>,
    /// Messages that were stored although their acknowledgement never came.
    pub(crate) recovered: usize,
}

impl Person {
    /// A customer starts a chat.
    pub(crate) fn customer(server: SocketAddr, language: &str, content: &str) -> Self {
        let call = json!({ "name": "Joana", "content": content, "language": language });
        let started = http::post(server, "/start-chat", None, &call);
        Self::new("customer", word(&started, "token"), word(&started, "room_id"))
    }

    /// An agent joins that room.
    pub(crate) fn agent(server: SocketAddr, language: &str, room: &str) -> Self {
        let profile =
            http::post(server, "/set-profile", None, &json!({ "name": "Sam", "language": language }));
        let token = word(&profile, "token");
        let joined = http::post(server, "/join-room", Some(&token), &json!({ "room_id": room }));
        assert_eq!(joined.status, 200, "{joined:?}");
        Self::new("agent", token, room.to_owned())
    }

    pub(crate) fn new(name: &'static str, token: String, room: String) -> Self {
        Self {
            name,
            token,
            room,
            socket: None,
            written: 0,
            open: VecDeque::new(),
            acknowledged: BTreeMap::new(),
            heard: BTreeMap::new(),
            position: 0,
            highest: 0,
            beyond: BTreeSet::new(),
            recovered: 0,
        }
    }

    // ---- coming and going ----

    /// Connects behind the last message they have, and writes again what was never acknowledged.
    pub(crate) fn connect(&mut self, server: SocketAddr) {
        self.position = self.highest;
        let path = format!("{}&after={}", seat(&self.token, &self.room), self.position);
        let mut socket = WebSocket::open(server, &path);
        assert_eq!(socket.event()["type"], "room_joined");
        self.socket = Some(socket);
        for reference in self.open.clone() {
            self.send(&reference);
        }
    }

    /// The connection is of no use any more.
    pub(crate) fn hang_up(&mut self) {
        self.socket = None;
    }

    fn know(&mut self, id: u64) {
        self.beyond.insert(id);
        while self.beyond.remove(&(self.highest + 1)) {
            self.highest += 1;
        }
        // Known before, and told again.
        self.beyond.retain(|id| *id > self.highest);
    }

    // ---- talking ----

    /// How much is under way.
    pub(crate) fn under_way(&self) -> usize {
        self.open.len()
    }

    /// How much was acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Under which id a message of theirs stands.
    pub(crate) fn id_of(&self, reference: &str) -> u64 {
        self.acknowledged[reference]
    }

    /// Writes the next message.
    pub(crate) fn write(&mut self) -> String {
        self.written += 1;
        let reference = format!("{}-{}", self.name, self.written);
        self.open.push_back(reference.clone());
        self.send(&reference);
        reference
    }

    /// Sends a message of this name; its text follows from the name. A connection that has ended is found out by reading.
    fn send(&mut self, reference: &str) {
        let content = text_of(reference);
        let text = json!({ "content": content, "ref": reference }).to_string();
        if let Some(socket) = &mut self.socket {
            let _ = socket.http.stream.write_all(&frame(FIN | TEXT, text.as_bytes()));
        }
    }

    /// Takes one event; none if the connection has ended, at whatever point.
    pub(crate) fn listen(&mut self) -> Option<Value> {
        let event = next_event(self.socket.as_mut()?)?;
        match event["type"].as_str().unwrap() {
            "ack" => self.note_ack(&event),
            "message" => self.note_message(&event),
            _ => {}
        }
        Some(event)
    }

    /// Listens until all that was written is acknowledged.
    pub(crate) fn settle(&mut self) {
        while !self.open.is_empty() {
            let event = self.listen().expect("the connection holds");
            assert_ne!(event["type"], "error", "{event}");
        }
    }

    /// Listens until a message of this id has come, or was theirs.
    pub(crate) fn listen_up_to(&mut self, id: u64) {
        while self.highest < id {
            let event = self.listen().expect("the connection holds");
            assert_ne!(event["type"], "error", "{event}");
        }
    }

    /// Listens until an event of one of these types has come.
    pub(crate) fn listen_for(&mut self, kinds: &[&str]) -> Value {
        loop {
            let event = self.listen().expect("the connection holds");
            if kinds.iter().any(|kind| event["type"] == *kind) {
                return event;
            }
        }
    }

    /// Listens to what has come already, and waits for nothing.
    pub(crate) fn take_what_is_there(&mut self) {
        let http = &mut self.socket.as_mut().unwrap().http;
        http.stream.set_nonblocking(true).unwrap();
        while http.fill().is_ok_and(|more| more) {}
        http.stream.set_nonblocking(false).unwrap();
        while self.socket.as_ref().is_some_and(|socket| has_frame(&socket.http.ahead)) {
            self.listen();
        }
    }

    fn note_ack(&mut self, event: &Value) {
        let (reference, id) = (event["ref"].as_str().unwrap().to_owned(), event["id"].as_u64().unwrap());
        self.open.retain(|open| *open != reference);
        let before = self.acknowledged.insert(reference, id);
        assert!(before.is_none_or(|before| before == id), "acknowledged as {before:?} before: {event}");
        self.know(id);
    }

    fn note_message(&mut self, event: &Value) {
        let id = event["id"].as_u64().unwrap();
        assert!(id > self.position, "{} has {} already: {event}", self.name, self.position);
        self.position = id;
        let heard = heard(event);
        let before = self.heard.insert(id, heard.clone());
        assert!(before.is_none(), "twice: {event}");
        // Stored, but the acknowledgement was lost with the server.
        if let Some(reference) = heard.reference.filter(|_| heard.own) {
            let before = self.acknowledged.insert(reference, id);
            assert!(before.is_none_or(|before| before == id), "acknowledged as {before:?} before: {event}");
            self.recovered += usize::from(before.is_none());
        }
        self.know(id);
    }

    // ---- holding to account ----

    /// Reads the whole room anew, which must be of this length, and compares with all that is remembered.
    pub(crate) fn audit(&self, server: SocketAddr, length: u64) {
        let history = self.history(server, length);
        for (id, before) in &self.heard {
            assert_eq!(history.get(id), Some(before), "{} was shown this as {id}", self.name);
        }
        let mut own: Vec<_> =
            history.iter().filter_map(|(id, heard)| Some((heard.reference.clone()?, *id))).collect();
        own.retain(|(reference, _)| reference.starts_with(self.name));
        let expected: Vec<_> = (1..=self.written).map(|number| format!("{}-{number}", self.name)).collect();
        let names: Vec<_> = own.iter().map(|(reference, _)| reference.clone()).collect();
        assert_eq!(names, expected, "all that {} wrote, once and in order", self.name);
        assert_eq!(own.into_iter().collect::<BTreeMap<_, _>>(), self.acknowledged, "under the ids told");
        for heard in history.values() {
            assert!(heard.reference.as_ref().is_none_or(|name| heard.text == text_of(name)), "{heard:?}");
        }
    }

    /// All messages of the room.
    fn history(&self, server: SocketAddr, length: u64) -> BTreeMap<u64, Heard> {
        let mut socket = WebSocket::open(server, &seat(&self.token, &self.room));
        let mut history = BTreeMap::new();
        for expected in 1..=length {
            let event = socket.event_of("message");
            assert_eq!(event["id"], expected, "no gap and none twice: {event}");
            history.insert(expected, heard(&event));
        }
        history
    }
}

/// What a message of this name says.
pub(crate) fn text_of(reference: &str) -> String {
    format!("This is what I wanted to tell you, and I call it {reference}.")
}

fn heard(event: &Value) -> Heard {
    Heard {
        text: event["content"].as_str().unwrap().to_owned(),
        own: event["own"] == true,
        reference: event["ref"].as_str().map(str::to_owned),
    }
}

/// The next event of a server that may be killed at any byte.
fn next_event(socket: &mut WebSocket) -> Option<Value> {
    loop {
        if has_frame(&socket.http.ahead) {
            let frame = socket.frame();
            return (frame.first == FIN | TEXT).then(|| serde_json::from_slice(&frame.payload).unwrap());
        }
        if !socket.http.fill().unwrap_or(false) {
            return None;
        }
    }
}

fn has_frame(bytes: &[u8]) -> bool {
    frame_length(bytes).is_some_and(|length| bytes.len() >= length)
}

/// Bytes of the frame that begins here, if its head is whole.
fn frame_length(bytes: &[u8]) -> Option<usize> {
    match *bytes.get(1)? {
        126 => Some(4 + usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => Some(10 + usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => Some(2 + usize::from(short)),
    }
}
