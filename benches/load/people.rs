//! Connecting: plain lines, WebSockets, and chats of two, up to the moment at which the load begins.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use socket2::{Domain, SockRef, Socket, Type};

use super::drive::Drive;
use super::talk::Tongue;

/// How long an answer may take before we take it for lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// Connections from one of our addresses, all of which are loopback: each has ports of its own.
const CONNECTIONS_PER_SOURCE: usize = 5000;

/// One blocking connection, for the part before the load.
pub(crate) struct Caller {
    stream: TcpStream,
    ahead: Vec<u8>,
}

impl Caller {
    /// Connects, the `number`th of its kind.
    pub(crate) fn connect(server: SocketAddr, number: usize) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let last = u8::try_from(1 + number / CONNECTIONS_PER_SOURCE).unwrap();
        socket.set_reuse_address(true).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0)).into()).unwrap();
        socket.connect(&server.into()).unwrap();
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        // No port is left waiting behind it.
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        Self { stream, ahead: Vec::new() }
    }

    fn fill(&mut self) {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the server has closed a connection: {}", String::from_utf8_lossy(&self.ahead));
        self.ahead.extend_from_slice(&buffer[..count]);
    }

    /// A request; the status, and the body if it has a length.
    pub(crate) fn call(&mut self, head: &str, body: &str) -> (u16, Vec<u8>) {
        self.stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
        let end = loop {
            match self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.fill(),
            }
        };
        let head: Vec<u8> = self.ahead.drain(..end).collect();
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        while self.ahead.len() < length {
            self.fill();
        }
        (head[9..12].parse().unwrap(), self.ahead.drain(..length).collect())
    }

    /// A call with JSON, which has to go well.
    pub(crate) fn post(&mut self, path: &str, token: &str, body: &Value) -> Value {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: {}",
            body.len()
        );
        let (status, answer) = self.call(&head, &body);
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Becomes a WebSocket; the status if it may not.
    pub(crate) fn upgrade(&mut self, path: &str) -> Result<(), u16> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        );
        match self.call(&head, "").0 {
            101 => Ok(()),
            status => Err(status),
        }
    }

    /// Waits until it was told this.
    fn until_told(&mut self, what: &str) {
        while !self.ahead.windows(what.len()).any(|part| part == what.as_bytes()) {
            self.fill();
        }
        self.ahead.clear();
    }

    /// The connection, on which nothing is left to read.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream.set_read_timeout(None).unwrap();
        self.stream
    }
}

/// Connections that speak for themselves: each has one lane, to itself.
pub(crate) fn alone(drive: &mut Drive, server: SocketAddr, tongue: Tongue, count: usize, depth: usize) {
    for number in 0..count {
        let mut caller = Caller::connect(server, number);
        if tongue == Tongue::Echo {
            caller.upgrade("/echo").unwrap();
        }
        let line = drive.add(caller.into_stream(), tongue);
        drive.lane(line, &[line], false, depth);
    }
}

/// Who writes in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writers {
    /// The customer.
    One,
    /// Both, without waiting for each other.
    Both,
}

/// Rooms of two on a server.
pub(crate) fn rooms(
    drive: &mut Drive,
    kind: Kind<'_>,
    server: SocketAddr,
    count: usize,
    writers: Writers,
    depth: usize,
) {
    for number in 0..count {
        let [customer, agent] = kind.room(server, number).map(|stream| drive.add(stream, kind.tongue()));
        drive.lane(customer, &[agent], true, depth);
        if writers == Writers::Both {
            drive.lane(agent, &[customer], true, depth);
        }
    }
}

/// How a room of two is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind<'a> {
    /// Two connections, one after the other.
    Raw,
    /// A chat; a name for who writes.
    Chat(&'a str),
    /// `GET /ws?room=N`, as the peers have it.
    Peer,
}

impl Kind<'_> {
    fn tongue(self) -> Tongue {
        if matches!(self, Kind::Raw) { Tongue::Raw } else { Tongue::Chat }
    }

    /// The connections of the `number`th room: its customer's and its agent's.
    pub(crate) fn room(self, server: SocketAddr, number: usize) -> [TcpStream; 2] {
        match self {
            Kind::Raw => [0, 1].map(|_| Caller::connect(server, 2 * number).into_stream()),
            Kind::Chat(name) => chat(server, number, name),
            Kind::Peer => ["customer", "agent"].map(|role| {
                let mut caller = Caller::connect(server, 2 * number);
                caller.upgrade(&format!("/ws?room={number}&role={role}")).unwrap();
                caller.until_told(r#""type":"room_joined""#);
                caller.into_stream()
            }),
        }
    }
}

/// A customer and an agent who both speak English, in a room, both connected.
fn chat(server: SocketAddr, number: usize, name: &str) -> [TcpStream; 2] {
    let mut customer = Caller::connect(server, 2 * number);
    let mut agent = Caller::connect(server, 2 * number);
    let started = customer.post(
        "/start-chat",
        "",
        &json!({ "name": name, "content": "Where is my parcel?", "language": "en" }),
    );
    let profile = agent.post("/set-profile", "", &json!({ "name": "Sam", "language": "en" }));
    let [token, room] = ["token", "room_id"].map(|key| started[key].as_str().unwrap().to_owned());
    let desk = profile["token"].as_str().unwrap();
    agent.post("/join-room", desk, &json!({ "room_id": room }));
    customer.upgrade(&format!("/ws?token={token}&room_id={room}")).unwrap();
    agent.upgrade(&format!("/ws?token={desk}&room_id={room}")).unwrap();
    // The first words are the last thing both are told before the load.
    customer.until_told(r#""type":"message""#);
    agent.until_told(r#""type":"message""#);
    [customer, agent].map(Caller::into_stream)
}

/// A writer and so many readers in one public room.
///
/// # Errors
/// The status with which the server says that it has no hub.
pub(crate) fn hub(drive: &mut Drive, server: SocketAddr, readers: usize, depth: usize) -> Result<(), u16> {
    let mut lines = Vec::new();
    for number in 0..readers {
        let mut caller = Caller::connect(server, number);
        caller.upgrade(&format!("/ws?userId=user{number}&username=User{number}&room=bench{readers}"))?;
        lines.push(drive.add(caller.into_stream(), Tongue::Hub));
    }
    drive.lane(lines[0], &lines, false, depth);
    Ok(())
}
