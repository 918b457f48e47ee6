//! A small WebSocket client that can break every rule: it sends the frames it is given, masked with a fixed mask.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};

use super::http::{Http, Response};

pub(crate) const FIN: u8 = 0x80;
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// One open WebSocket.
pub(crate) struct WebSocket {
    pub(crate) http: Http,
}

/// One frame of the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// With the bits for FIN and the reserved ones.
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

/// A masked frame: the first byte as given, the length in its shortest form.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..126), _) => bytes.push(0x80 | short),
        (_, Ok(medium)) => {
            bytes.push(0x80 | 126);
            bytes.extend(medium.to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// A close frame with a code.
pub(crate) fn close(code: u16) -> Vec<u8> {
    frame(FIN | CLOSE, &code.to_be_bytes())
}

/// The request that opens one.
pub(crate) fn handshake(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

impl WebSocket {
    pub(crate) fn open(server: SocketAddr, path: &str) -> Self {
        Self::over(Http::connect(server), path).unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    pub(crate) fn open_from(source: IpAddr, server: SocketAddr, path: &str) -> Self {
        let http = Http::connect_from(source, server);
        Self::over(http, path).unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    /// Opens it on a connection; else the refusal.
    pub(crate) fn over(mut http: Http, path: &str) -> Result<Self, Response> {
        http.send(handshake(path, ""));
        let response = http.response();
        if response.status == 101 { Ok(Self { http }) } else { Err(response) }
    }

    /// Bytes, as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.http.send(bytes);
    }

    /// A chat message.
    pub(crate) fn write(&mut self, content: &str, reference: &str) {
        let text = json!({ "content": content, "ref": reference }).to_string();
        self.send(&frame(FIN | TEXT, text.as_bytes()));
    }

    pub(crate) fn frame(&mut self) -> Frame {
        let head = self.http.take(2);
        assert_eq!(head[1] & 0x80, 0, "a server masks nothing");
        let length = match head[1] {
            126 => u64::from(u16::from_be_bytes(self.array())),
            127 => u64::from_be_bytes(self.array()),
            short => u64::from(short),
        };
        Frame { first: head[0], payload: self.http.take(usize::try_from(length).unwrap()) }
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.http.take(N).try_into().unwrap()
    }

    /// The next event.
    pub(crate) fn event(&mut self) -> Value {
        let frame = self.frame();
        assert_eq!(frame.first, FIN | TEXT, "an event: {frame:?}");
        serde_json::from_slice(&frame.payload).unwrap()
    }

    /// The next event of this type; others are passed over.
    pub(crate) fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event();
            if event["type"] == kind {
                return event;
            }
            assert_ne!(event["type"], "error", "{event}");
        }
    }

    /// The code of the close frame; what comes before it is passed over.
    pub(crate) fn close_code(&mut self) -> Option<u16> {
        loop {
            let frame = self.frame();
            if frame.first == FIN | CLOSE {
                return frame.payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]));
            }
        }
    }
}
