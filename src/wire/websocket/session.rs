//! The reading half of a WebSocket: bytes cut anywhere to messages, by tungstenite's `WebSocketContext` driven over
//! memory instead of a socket (RFC 6455, section 5).
//!
//! A frame at a time, so that whoever feeds it may stop after any: it keeps nothing that was not looked at. Pings and
//! goodbyes are answered here; what is wrong ends the session with the close code that says so.

use std::io::{self, Read, Write};

use bytes::Bytes;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message, Utf8Bytes};

use super::lengths::Lengths;

/// Bytes tungstenite reads at a time, and keeps per connection. Small, because it zero-fills and never shrinks them, and
/// ten thousand connections on which nobody speaks shall fit beside a model; large enough for most messages in one read.
const READ_BUFFER_BYTES: usize = 256;

/// One WebSocket of a server.
pub struct Session {
    context: Box<WebSocketContext>,
    lengths: Lengths,
}

/// What a [`Session`] has found in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing more: all bytes are taken.
    NeedMore,
    /// A whole text message.
    Text(Utf8Bytes),
    /// A whole binary message.
    Binary(Bytes),
    /// A part of a message that goes on.
    Part,
    /// A ping; its pong is in the output.
    Ping,
    /// A pong: a sign of life.
    Pong,
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
        let context = Box::new(WebSocketContext::new(Role::Server, Some(config)));
        Self { context, lengths: Lengths::default() }
    }

    /// Takes bytes off `input` up to the end of a frame, no further. What has to be answered at once is appended to `output`.
    pub fn next(&mut self, input: &mut &[u8], output: &mut Vec<u8>) -> Found {
        let mut pipe = Pipe { input, output, lengths: &mut self.lengths, has_ended: false };
        match self.context.read(&mut pipe) {
            Ok(Message::Text(text)) => Found::Text(text),
            Ok(Message::Binary(bytes)) => Found::Binary(bytes),
            Ok(Message::Ping(_)) => {
                // The pong is queued inside and leaves with a flush.
                let _ = self.context.flush(&mut pipe);
                Found::Ping
            }
            Ok(Message::Pong(_) | Message::Frame(_)) => Found::Pong,
            Ok(Message::Close(_)) => {
                // The reply is queued inside and leaves with a flush.
                let _ = self.context.flush(&mut pipe);
                Found::Closed
            }
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                if !pipe.lengths.is_broken() {
                    return if pipe.has_ended { Found::Part } else { Found::NeedMore };
                }
                say_what_is_wrong(&mut self.context, &mut pipe, CloseCode::Protocol);
                Found::Closed
            }
            Err(error) => {
                if let Some(code) = code_of(&error) {
                    say_what_is_wrong(&mut self.context, &mut pipe, code);
                }
                Found::Closed
            }
        }
    }
}

/// The close code for what was wrong, if there is anybody to hear it.
fn code_of(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Utf8(_) => Some(CloseCode::Invalid),
        Error::Capacity(_) => Some(CloseCode::Size),
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_) => None,
        _ => Some(CloseCode::Protocol),
    }
}

/// Says what was wrong; tungstenite leaves that to us.
fn say_what_is_wrong(context: &mut WebSocketContext, pipe: &mut Pipe<'_, '_>, code: CloseCode) {
    let _ = context.close(pipe, Some(CloseFrame { code, reason: Utf8Bytes::from_static("") }));
    let _ = context.flush(pipe);
}

/// Memory in the place of a socket: blocks when the input is used up or a frame has ended, never on output.
struct Pipe<'a, 'b> {
    input: &'a mut &'b [u8],
    output: &'a mut Vec<u8>,
    lengths: &'a mut Lengths,
    /// The frame has ended: what follows is for another call.
    has_ended: bool,
}

impl Read for Pipe<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = if self.has_ended { 0 } else { self.input.len().min(buffer.len()) };
        let (part, _) = self.input.split_at(most);
        match self.lengths.pass(part) {
            // `Ok(0)` would mean the end of the stream.
            0 => Err(io::ErrorKind::WouldBlock.into()),
            bytes => {
                self.has_ended = self.lengths.are_between_frames();
                self.input.read(&mut buffer[..bytes])
            }
        }
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
