//! The clients' own idea of HTTP and WebSocket: what they write, and small parsers of what they read. Shares no code
//! with the server, so that neither can hide a fault of the other.

use std::collections::VecDeque;

use serde_json::Value;

use super::dice::Dice;

/// One whole thing that came over a connection.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    /// `100 Continue`.
    Continue,
    /// A response; 101 turns the connection into a WebSocket.
    Response {
        status: u16,
        head: String,
        body: Vec<u8>,
    },
    /// A text frame: always one JSON event.
    Event(Value),
    Ping(Vec<u8>),
    Pong,
    /// A close frame; nothing may follow it.
    Close(u16),
}

/// Reads what a server says, however it was cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ear {
    bytes: Vec<u8>,
    /// For each response to come, whether it answers a HEAD and so has no body.
    to_heads: VecDeque<bool>,
    is_websocket: bool,
    is_over: bool,
}

impl Ear {
    /// A request was written; its response is expected behind those of earlier ones.
    pub(crate) fn expect(&mut self, to_head: bool) {
        self.to_heads.push_back(to_head);
    }

    /// Takes bytes, gives whatever is complete now.
    pub(crate) fn hear(&mut self, bytes: &[u8]) -> Result<Vec<Heard>, String> {
        self.bytes.extend_from_slice(bytes);
        let mut heard = Vec::new();
        while !self.bytes.is_empty() {
            if self.is_over {
                return Err("something follows a close frame".to_owned());
            }
            let next = if self.is_websocket {
                frame(&self.bytes)?
            } else {
                response(&self.bytes, self.to_heads.front().copied().unwrap_or(false))?
            };
            let Some((one, length)) = next else { break };
            self.bytes.drain(..length);
            if let Heard::Response { status, .. } = one {
                self.to_heads.pop_front();
                self.is_websocket |= status == 101;
            }
            self.is_over |= matches!(one, Heard::Close(_));
            heard.push(one);
        }
        Ok(heard)
    }

    pub(crate) fn is_websocket(&self) -> bool {
        self.is_websocket
    }

    /// Whether the goodbye was heard.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether everything that came was complete.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.bytes.is_empty()
    }
}

type Parsed = Result<Option<(Heard, usize)>, String>;

fn response(bytes: &[u8], to_head: bool) -> Parsed {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else {
        return Ok(None);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).map_err(|_| "a head that is no text")?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status: u16 = status.ok_or_else(|| format!("no response: {head:?}"))?;
    if status == 100 {
        return Ok(Some((Heard::Continue, end)));
    }
    let length = field(&head, "content-length").map_or(Ok(0), str::parse).map_err(|_| "no length")?;
    let all = if to_head { end } else { end + length };
    let Some(body) = bytes.get(end..all) else { return Ok(None) };
    Ok(Some((Heard::Response { status, head, body: body.to_vec() }, all)))
}

/// A field of a head.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn frame(bytes: &[u8]) -> Parsed {
    let [first, second, ..] = *bytes else { return Ok(None) };
    if second & 0x80 != 0 || first & 0x70 != 0 || first & 0x80 == 0 {
        return Err(format!("a server sends whole, unmasked frames, not {first:#x} {second:#x}"));
    }
    let (length, start) = match second {
        126 if bytes.len() >= 4 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
        127 if bytes.len() >= 10 => {
            let mut long = [0; 8];
            long.copy_from_slice(&bytes[2..10]);
            (usize::try_from(u64::from_be_bytes(long)).map_err(|_| "a frame too long")?, 10)
        }
        126 | 127 => return Ok(None),
        short => (usize::from(short), 2),
    };
    let Some(payload) = bytes.get(start..start + length) else { return Ok(None) };
    let heard = match first & 0x0f {
        1 => Heard::Event(
            serde_json::from_slice(payload).map_err(|error| format!("an event that is no JSON: {error}"))?,
        ),
        8 => Heard::Close(payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))),
        9 => Heard::Ping(payload.to_vec()),
        10 => Heard::Pong,
        other => return Err(format!("a frame of kind {other}")),
    };
    Ok(Some((heard, start + length)))
}

/// One masked frame of a client, with a mask from the dice.
pub(crate) fn masked(first: u8, payload: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | u8::try_from(length).unwrap_or(0)),
        length @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(length).unwrap_or(0).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let mask = dice.next().to_be_bytes();
    frame.extend(&mask[..4]);
    frame.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]));
    frame
}

/// A text message, in one frame or in several with a ping between them.
pub(crate) fn text(payload: &[u8], dice: &mut Dice) -> Vec<u8> {
    if payload.len() < 2 || !dice.percent(15) {
        return masked(0x81, payload, dice);
    }
    let (one, other) = payload.split_at(dice.below(payload.len()));
    let mut frames = masked(0x01, one, dice);
    if dice.percent(50) {
        frames.extend(masked(0x89, b"still there?", dice));
    }
    frames.extend(masked(0x80, other, dice));
    frames
}

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asking {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), ..Self::default() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.with("Authorization", format!("Bearer {token}"))
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self
    }

    /// Its bytes: the body as a whole or in chunks, sometimes after asking whether it may come.
    pub(crate) fn encode(&self, dice: &mut Dice) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\nHost: localhost\r\n", self.method, self.target);
        for (name, value) in &self.fields {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        let has_body = self.method == "POST";
        if has_body && dice.percent(10) {
            out.push_str("Expect: 100-continue\r\n");
        }
        if has_body && dice.percent(20) {
            out.push_str("Transfer-Encoding: chunked\r\n\r\n");
            let mut bytes = out.into_bytes();
            for chunk in self.body.chunks(1 + dice.below(60)) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
            return bytes;
        }
        if has_body {
            out.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        out.push_str("\r\n");
        let mut bytes = out.into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}

/// The handshake of a WebSocket.
pub(crate) fn upgrade(target: String) -> Asking {
    Asking::new("GET", target)
        .with("Upgrade", "websocket")
        .with("Connection", "Upgrade")
        .with("Sec-WebSocket-Version", "13")
        .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
}
