//! The reading half of a WebSocket: bytes cut anywhere to messages (RFC 6455, section 5).
//!
//! A frame that came whole, as it mostly does, is taken from where it lies; only a part of one is kept. So a connection
//! on which nobody speaks holds no buffer, and ten thousand of them fit beside a model.
//!
//! Pings and goodbyes are answered here; what is wrong ends the session with the close code that says so.

use bytes::Bytes;
use tungstenite::protocol::frame::coding::CloseCode;

/// Bits of the first byte of a frame: the last of its message, reserved ones, the operation.
const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
/// Bit of the second byte: a mask follows. What clients send is masked, always (section 5.1).
const MASKED: u8 = 0x80;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Bytes of the payload of a control frame at most (section 5.5).
const CONTROL_BYTES_MAX: usize = 125;

/// One WebSocket of a server. A few words large, and without heap memory between messages.
#[derive(Debug)]
pub struct Session {
    max_message_bytes: usize,
    /// The beginning of a frame whose rest has not come yet, as it came.
    held: Vec<u8>,
    /// The message of which the last frame has not come yet.
    fragments: Option<Box<Fragments>>,
    ended: bool,
}

/// The first part of a message.
#[derive(Debug)]
struct Fragments {
    is_text: bool,
    bytes: Vec<u8>,
    /// How many of them are known to be UTF-8.
    checked: usize,
}

/// What a [`Session`] has found in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing more: all bytes are taken.
    NeedMore,
    /// A whole text message.
    Text(String),
    /// A whole binary message.
    Binary(Bytes),
    /// A ping or pong: a sign of life.
    Control,
    /// The end: the peer has said goodbye or broken the protocol, and the answer to that is in the output.
    Closed,
}

/// What stands before the payload.
#[derive(Clone, Copy)]
struct Header {
    is_last: bool,
    opcode: u8,
    /// Bytes of the header itself.
    bytes: usize,
    payload_bytes: usize,
    mask: [u8; 4],
}

struct Frame {
    header: Header,
    payload: Vec<u8>,
}

impl Session {
    /// Right after the handshake. A longer message ends the session with 1009.
    pub fn new(max_message_bytes: usize) -> Self {
        Self { max_message_bytes, held: Vec::new(), fragments: None, ended: false }
    }

    /// Takes bytes off `input` until something is found. What has to be answered at once is appended to `output`.
    pub fn next(&mut self, input: &mut &[u8], output: &mut Vec<u8>) -> Found {
        while !self.ended {
            let found = match self.take_frame(input) {
                Ok(Some(frame)) => self.on_frame(frame, output),
                Ok(None) => return Found::NeedMore,
                Err(code) => Err(code),
            };
            match found {
                Ok(Some(found)) => return found,
                Ok(None) => {}
                Err(code) => self.end(output, &u16::from(code).to_be_bytes()),
            }
        }
        *input = &[];
        Found::Closed
    }

    fn end(&mut self, output: &mut Vec<u8>, close: &[u8]) {
        self.ended = true;
        self.held = Vec::new();
        self.fragments = None;
        answer(CLOSE, close, output);
    }

    // ---- frames ----

    /// The next whole frame; `None` if the input is used up before that.
    fn take_frame(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, CloseCode> {
        if self.held.is_empty()
            && let Some(header) = self.header(input)?
            && let Some((frame, rest)) = input.split_at_checked(header.all())
        {
            *input = rest;
            return Ok(Some(header.frame(frame[header.bytes..].to_vec())));
        }
        loop {
            let header = self.header(&self.held)?;
            // The length of the header is in the header: it is collected byte by byte.
            let wanted = header.map_or(self.held.len() + 1, |header| header.all());
            let missing = wanted - self.held.len();
            if let Some(header) = header.filter(|_| missing == 0) {
                let mut payload = std::mem::take(&mut self.held);
                payload.drain(..header.bytes);
                return Ok(Some(header.frame(payload)));
            }
            if input.is_empty() {
                return Ok(None);
            }
            let (next, rest) = input.split_at(missing.min(input.len()));
            self.held.extend_from_slice(next);
            *input = rest;
        }
    }

    /// The header at the beginning of these bytes, if it is complete.
    fn header(&self, bytes: &[u8]) -> Result<Option<Header>, CloseCode> {
        let &[first, second, ref behind @ ..] = bytes else { return Ok(None) };
        let opcode = first & OPCODE;
        let is_last = first & FIN != 0;
        let is_control = opcode >= CLOSE;
        let is_expected = match opcode {
            CONTINUATION => self.fragments.is_some(),
            TEXT | BINARY => self.fragments.is_none(),
            CLOSE | PING | PONG => is_last && usize::from(second & !MASKED) <= CONTROL_BYTES_MAX,
            _ => false,
        };
        if first & RESERVED != 0 || second & MASKED == 0 || !is_expected {
            return Err(CloseCode::Protocol);
        }
        let (length, behind) = match second & !MASKED {
            126 => match behind.split_first_chunk() {
                Some((length, behind)) => (u64::from(u16::from_be_bytes(*length)), behind),
                None => return Ok(None),
            },
            127 => match behind.split_first_chunk() {
                Some((length, behind)) => (u64::from_be_bytes(*length), behind),
                None => return Ok(None),
            },
            short => (u64::from(short), behind),
        };
        let before =
            self.fragments.as_ref().filter(|_| !is_control).map_or(0, |fragments| fragments.bytes.len());
        let payload_bytes =
            usize::try_from(length).ok().filter(|length| *length <= self.max_message_bytes - before);
        let payload_bytes = payload_bytes.ok_or(CloseCode::Size)?;
        let Some((mask, behind)) = behind.split_first_chunk() else { return Ok(None) };
        Ok(Some(Header { is_last, opcode, bytes: bytes.len() - behind.len(), payload_bytes, mask: *mask }))
    }

    fn on_frame(&mut self, frame: Frame, output: &mut Vec<u8>) -> Result<Option<Found>, CloseCode> {
        let Frame { header, payload } = frame;
        match header.opcode {
            CLOSE => {
                let close = close_reply(&payload)?;
                self.end(output, close);
                Ok(Some(Found::Closed))
            }
            PING => {
                answer(PONG, &payload, output);
                Ok(Some(Found::Control))
            }
            PONG => Ok(Some(Found::Control)),
            opcode => self.on_data(opcode == TEXT, header.is_last, payload),
        }
    }

    /// Part of a message, or all of it.
    fn on_data(
        &mut self,
        is_text: bool,
        is_last: bool,
        payload: Vec<u8>,
    ) -> Result<Option<Found>, CloseCode> {
        let mut fragments = match self.fragments.take() {
            None if is_last => return message(is_text, payload).map(Some),
            None => Box::new(Fragments { is_text, bytes: payload, checked: 0 }),
            Some(mut fragments) => {
                fragments.bytes.extend_from_slice(&payload);
                fragments
            }
        };
        if is_last {
            return message(fragments.is_text, fragments.bytes).map(Some);
        }
        if fragments.is_text {
            fragments.check()?;
        }
        self.fragments = Some(fragments);
        Ok(None)
    }
}

impl Header {
    fn all(&self) -> usize {
        self.bytes + self.payload_bytes
    }

    fn frame(self, mut payload: Vec<u8>) -> Frame {
        unmask(&mut payload, self.mask);
        Frame { header: self, payload }
    }
}

impl Fragments {
    /// What is not UTF-8 already is refused before more of it comes.
    fn check(&mut self) -> Result<(), CloseCode> {
        match str::from_utf8(&self.bytes[self.checked..]) {
            Ok(text) => self.checked += text.len(),
            // The last character goes on in the next frame.
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(CloseCode::Invalid),
        }
        Ok(())
    }
}

fn message(is_text: bool, payload: Vec<u8>) -> Result<Found, CloseCode> {
    if is_text {
        String::from_utf8(payload).map(Found::Text).map_err(|_| CloseCode::Invalid)
    } else {
        Ok(Found::Binary(payload.into()))
    }
}

/// The payload of the answer to a goodbye: the same, if it is a proper one (section 7.4).
fn close_reply(payload: &[u8]) -> Result<&[u8], CloseCode> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(payload) } else { Err(CloseCode::Protocol) };
    };
    if str::from_utf8(reason).is_err() {
        return Err(CloseCode::Invalid);
    }
    if CloseCode::from(u16::from_be_bytes(*code)).is_allowed() {
        Ok(payload)
    } else {
        Err(CloseCode::Protocol)
    }
}

/// A control frame of ours.
fn answer(opcode: u8, payload: &[u8], output: &mut Vec<u8>) {
    let length = u8::try_from(payload.len()).unwrap_or_default();
    output.extend_from_slice(&[FIN | opcode, length]);
    output.extend_from_slice(payload);
}

/// Section 5.3. In steps without a branch, so that the compiler makes vectors of them.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    const STEP: usize = 16;
    let masks: [u8; STEP] = std::array::from_fn(|place| mask[place % mask.len()]);
    let mut steps = payload.chunks_exact_mut(STEP);
    for step in &mut steps {
        step.iter_mut().zip(&masks).for_each(|(byte, mask)| *byte ^= mask);
    }
    steps.into_remainder().iter_mut().zip(&masks).for_each(|(byte, mask)| *byte ^= mask);
}
