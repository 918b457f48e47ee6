//! The reading half of a WebSocket: bytes cut anywhere to messages, by tungstenite's `WebSocketContext` driven over
//! memory instead of a socket (RFC 6455, section 5).
//!
//! Pings and goodbyes are answered here; what is wrong ends the session with the close code that says so.

use std::io::{self, Read, Write};

use bytes::Bytes;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message, Utf8Bytes};

/// Bytes tungstenite reads at a time, and keeps per connection. Small, because it zero-fills and never shrinks them, and
/// ten thousand connections on which nobody speaks shall fit beside a model; large enough for most messages in one read.
const READ_BUFFER_BYTES: usize = 256;

/// One WebSocket of a server.
pub struct Session(Box<WebSocketContext>);

/// What a [`Session`] has found in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing more: all bytes are taken.
    NeedMore,
    /// A whole text message.
    Text(Utf8Bytes),
    /// A whole binary message.
    Binary(Bytes),
    /// A ping or pong: a sign of life.
    Control,
    /// The end: the peer has said goodbye or broken the protocol, and the answer to that is in the output.
    Closed,
}

impl Session {
    /// Right after the handshake. A longer message ends the session with 1009.
    pub fn new(max_message_bytes: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(usize::MAX)
            .max_message_size(Some(max_message_bytes))
            .max_frame_size(Some(max_message_bytes));
        Self(Box::new(WebSocketContext::new(Role::Server, Some(config))))
    }

    /// Takes bytes off `input` until something is found. What has to be answered at once is appended to `output`.
    pub fn next(&mut self, input: &mut &[u8], output: &mut Vec<u8>) -> Found {
        let mut pipe = Pipe { input, output };
        match self.0.read(&mut pipe) {
            Ok(Message::Text(text)) => Found::Text(text),
            Ok(Message::Binary(bytes)) => Found::Binary(bytes),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Found::Control,
            Ok(Message::Close(_)) => {
                // The reply is queued inside and leaves with a flush.
                let _ = self.0.flush(&mut pipe);
                Found::Closed
            }
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Found::NeedMore,
            Err(error) => {
                self.give_up(&mut pipe, &error);
                Found::Closed
            }
        }
    }

    /// Says what was wrong; tungstenite leaves that to us.
    fn give_up(&mut self, pipe: &mut Pipe<'_, '_>, error: &Error) {
        let code = match error {
            Error::Utf8(_) => CloseCode::Invalid,
            Error::Capacity(_) => CloseCode::Size,
            Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_) => return,
            _ => CloseCode::Protocol,
        };
        let _ = self.0.close(pipe, Some(CloseFrame { code, reason: Utf8Bytes::from_static("") }));
        let _ = self.0.flush(pipe);
    }
}

/// Memory in the place of a socket: blocks when the input is used up, never on output.
struct Pipe<'a, 'b> {
    input: &'a mut &'b [u8],
    output: &'a mut Vec<u8>,
}

impl Read for Pipe<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // `Ok(0)` would mean the end of the stream.
        if self.input.is_empty() { Err(io::ErrorKind::WouldBlock.into()) } else { self.input.read(buffer) }
    }
}

impl Write for Pipe<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
