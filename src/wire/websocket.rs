//! WebSocket over memory (RFC 6455).
//!
//! [`Session`] reads: it is fed bytes cut anywhere, answers pings and closes by itself, and says what came. Frames that
//! we send are built by [`text_frame`] and its sisters, so that one encoded frame can go to many. The opening handshake
//! is [`handshake`]. Nothing here knows what a message means.

use bytes::{BufMut, Bytes, BytesMut};
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::http::{Method, Request, Response, Version};

mod lengths;
mod session;

pub use session::{Found, Session};

/// Close codes of RFC 6455, section 7.4.1, and our own from the private range.
pub mod close {
    pub const NORMAL: u16 = 1000;
    pub const GOING_AWAY: u16 = 1001;
    /// Binary where text is spoken.
    pub const UNSUPPORTED: u16 = 1003;
    /// A rule of the server was broken.
    pub const POLICY: u16 = 1008;
    pub const UNAUTHORIZED: u16 = 4401;
    /// Not a member, or not allowed from there.
    pub const FORBIDDEN: u16 = 4403;
    /// There is no such room.
    pub const NOT_FOUND: u16 = 4404;
    pub const GONE: u16 = 4410;
    /// Too many connections, or too many attempts.
    pub const TOO_MANY: u16 = 4429;
}

/// A text message in one frame.
pub fn text_frame(text: &[u8]) -> Bytes {
    frame(OpCode::Data(Data::Text), text)
}

/// The same, appended to what is there already.
pub fn put_text_frame(text: &[u8], out: &mut impl BufMut) {
    put_frame(OpCode::Data(Data::Text), text, out);
}

/// A binary message in one frame.
pub fn binary_frame(payload: &[u8]) -> Bytes {
    frame(OpCode::Data(Data::Binary), payload)
}

/// A ping without a payload.
pub fn ping_frame() -> Bytes {
    frame(OpCode::Control(Control::Ping), &[])
}

/// Bytes before the payload of a frame of ours, at most.
pub const HEADER_BYTES_MAX: usize = 10;

fn frame(opcode: OpCode, payload: &[u8]) -> Bytes {
    // Exactly as large as it gets: what is larger needs a second allocation to be shared.
    let header = match payload.len() {
        0..126 => 2,
        126..0x1_0000 => 4,
        _ => HEADER_BYTES_MAX,
    };
    let mut frame = BytesMut::with_capacity(header + payload.len());
    put_frame(opcode, payload, &mut frame);
    frame.freeze()
}

/// A whole frame, not masked, the last and only one of its message (section 5.2); the length in its shortest form.
fn put_frame(opcode: OpCode, payload: &[u8], out: &mut impl BufMut) {
    out.put_u8(0x80 | u8::from(opcode));
    let length = payload.len() as u64;
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..126), _) => out.put_u8(short),
        (_, Ok(medium)) => {
            out.put_u8(126);
            out.put_u16(medium);
        }
        _ => {
            out.put_u8(127);
            out.put_u64(length);
        }
    }
    out.put_slice(payload);
}

/// A close frame; the reason has at most 123 bytes (RFC 6455, section 5.5).
pub fn close_frame(code: u16, reason: &'static str) -> Bytes {
    frame(OpCode::Control(Control::Close), &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// Whether a request wants to become a WebSocket; if so, the response that makes it one, else the refusal.
///
/// # Errors
/// 405, 426 or 400 with what is wrong (RFC 6455, section 4.2).
pub fn handshake(request: &Request) -> Result<Response, Response> {
    if request.method != Method::Get {
        return Err(Response::error(405, "method_not_allowed", "a WebSocket is opened with GET")
            .header("Allow", "GET, OPTIONS"));
    }
    let asks = request.has_token("Connection", "upgrade") && request.has_token("Upgrade", "websocket");
    if !asks || request.version != Version::Http11 {
        return Err(upgrade_required("this is a WebSocket; open it with one"));
    }
    if request.header("Sec-WebSocket-Version").map(str::trim) != Some("13") {
        return Err(upgrade_required("the WebSocket version must be 13"));
    }
    // RFC 6455, section 11.3.1: it must not come twice.
    let key = request.only_header("Sec-WebSocket-Key").map(str::trim).filter(|key| is_key(key));
    let Some(key) = key else {
        let what = "there must be one Sec-WebSocket-Key, 16 bytes in base64";
        return Err(Response::error(400, "bad_handshake", what));
    };
    Ok(Response::new(101)
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Accept", derive_accept_key(key.as_bytes())))
}

fn upgrade_required(message: &'static str) -> Response {
    Response::error(426, "upgrade_required", message)
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Version", "13")
}

/// 16 bytes in base64: 22 characters and two signs of padding.
fn is_key(key: &str) -> bool {
    key.len() == 24
        && key.ends_with("==")
        && key.bytes().take(22).all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        assert!(payload.len() < 126);
        let mut frame = vec![first, 0x80 | u8::try_from(payload.len()).unwrap(), 1, 2, 3, 4];
        frame.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ (1 + u8::try_from(i % 4).unwrap())));
        frame
    }

    /// Everything found in `bytes`, fed in pieces of `size`, and everything answered.
    fn feed(bytes: &[u8], size: usize) -> (Vec<Found>, Vec<u8>) {
        let (mut session, mut found, mut output) = (Session::new(1000), Vec::new(), Vec::new());
        for mut piece in bytes.chunks(size) {
            loop {
                match session.next(&mut piece, &mut output) {
                    Found::NeedMore => break,
                    Found::Closed => {
                        found.push(Found::Closed);
                        return (found, output);
                    }
                    other => found.push(other),
                }
            }
        }
        (found, output)
    }

    #[test]
    fn messages_pings_and_goodbye_come_out_the_same_however_they_were_cut() {
        let mut bytes = masked(0x81, "Olá".as_bytes());
        bytes.extend(masked(0x89, b"are you there"));
        bytes.extend(masked(0x89, b"again"));
        bytes.extend(masked(0x01, b"in "));
        bytes.extend(masked(0x80, b"two"));
        bytes.extend(masked(0x88, &[0x03, 0xe8]));
        let whole = feed(&bytes, bytes.len());
        assert_eq!(whole.0[0], Found::Text("Olá".into()));
        assert_eq!(whole.0[1..4], [Found::Ping, Found::Ping, Found::Part]);
        assert_eq!(whole.0[4], Found::Text("in two".into()));
        assert_eq!(whole.0.last(), Some(&Found::Closed));
        let pongs = whole.1.windows(2).filter(|pair| pair[0] == 0x8a).count();
        assert_eq!(pongs, 2, "every ping has its pong");
        assert!(whole.1.ends_with(&[0x88, 2, 0x03, 0xe8]));
        for size in 1..bytes.len() {
            assert_eq!(feed(&bytes, size), whole, "in pieces of {size}");
        }
    }

    #[test]
    fn nothing_behind_a_frame_is_touched() {
        let mut session = Session::new(1000);
        let frames = [masked(0x01, b""), masked(0x00, b""), masked(0x89, b"?"), masked(0x80, b"x")];
        let (bytes, mut output) = (frames.concat(), Vec::new());
        let mut input = &bytes[..];
        let mut lengths = Vec::new();
        while !input.is_empty() {
            assert_ne!(session.next(&mut input, &mut output), Found::NeedMore);
            lengths.push(input.len());
        }
        assert_eq!(lengths, [20, 14, 7, 0], "one frame each time, those that are part of a message too");
    }

    #[test]
    fn every_fault_has_its_close_code() {
        for (bytes, code) in [
            (vec![0x81, 0x01, b'x'], 1002u16),                      // not masked
            (masked(0x83, b"x"), 1002),                             // reserved opcode
            (masked(0xc1, b"x"), 1002),                             // reserved bit
            (masked(0x81, &[0xff]), 1007),                          // not UTF-8
            (vec![0x81, 0xfe, 0x10, 0x00, 0, 0, 0, 0], 1009),       // longer than allowed
            (vec![0x81, 0xfe, 0, 125], 1002),                       // a length in more bytes than it needs
            (vec![0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 1002), // likewise
        ] {
            let (found, output) = feed(&bytes, 1);
            assert_eq!(found, [Found::Closed]);
            assert_eq!(output, [&[0x88, 2], &code.to_be_bytes()[..]].concat(), "{bytes:?}");
        }
    }

    #[test]
    fn what_came_before_a_fault_is_found() {
        let mut bytes = masked(0x81, b"well said");
        bytes.extend([0x81, 0xfe, 0, 1, 0, 0, 0, 0, b'x']);
        for size in 1..=bytes.len() {
            let (found, output) = feed(&bytes, size);
            assert_eq!(found, [Found::Text("well said".into()), Found::Closed], "in pieces of {size}");
            assert_eq!(output, [0x88, 2, 0x03, 0xea]);
        }
    }

    #[test]
    fn frames_are_what_the_standard_says() {
        assert_eq!(&text_frame(b"hi")[..], [0x81, 2, b'h', b'i']);
        assert_eq!(&text_frame(&[b'x'; 126])[..4], [0x81, 126, 0, 126]);
        assert_eq!(&ping_frame()[..], [0x89, 0]);
        assert_eq!(&close_frame(1001, "bye")[..], [0x88, 5, 0x03, 0xe9, b'b', b'y', b'e']);
    }

    #[test]
    fn keys_are_sixteen_bytes() {
        assert!(is_key("dGhlIHNhbXBsZSBub25jZQ=="));
        for key in ["", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ??", "dGhlIHNhbXBsZSBub25jZTEy"] {
            assert!(!is_key(key), "{key}");
        }
    }
}
