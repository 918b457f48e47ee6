//! Single WebSocket frames (RFC 6455, section 5.2), so that a trace can show what was said instead of how it was wrapped.
//!
//! Not the WebSocket of the server: no state, no fragments, no errors. Whatever is not exactly one ordinary frame is left
//! as it is, and [`super::write`] shows its bytes.

use std::borrow::Cow;

/// The mask of every frame a trace makes; which one it is makes no difference to what was said.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const CONTROL_BYTES_MAX: usize = 125;

/// One frame that says all it has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// A text message of one frame.
    Text(Cow<'a, [u8]>),
    /// The sender is about to go; with the code and the reason.
    Close(u16, Cow<'a, [u8]>),
    /// With its payload.
    Ping(Cow<'a, [u8]>),
    /// With its payload.
    Pong(Cow<'a, [u8]>),
}

impl<'a> Frame<'a> {
    /// The verb of the frame in a trace, and the payload behind the code.
    pub(super) fn parts(&self) -> (&'static str, &[u8]) {
        match self {
            Self::Text(payload) => ("text", payload),
            Self::Close(_, reason) => ("close", reason),
            Self::Ping(payload) => ("ping", payload),
            Self::Pong(payload) => ("pong", payload),
        }
    }

    /// Reads bytes of the server that are exactly one frame.
    pub(super) fn of_server(bytes: &'a [u8]) -> Option<Self> {
        let Raw { opcode, mask, payload } = split(bytes)?;
        if mask.is_some() { None } else { Self::new(opcode, Cow::Borrowed(payload)) }
    }

    /// Reads bytes of a client that are exactly one frame. Its mask is lost.
    pub(super) fn of_client(bytes: &'a [u8]) -> Option<Self> {
        let Raw { opcode, mask, payload } = split(bytes)?;
        let mut payload = payload.to_vec();
        apply(mask?, &mut payload);
        Self::new(opcode, Cow::Owned(payload))
    }

    fn new(opcode: u8, payload: Cow<'a, [u8]>) -> Option<Self> {
        // Text that is not UTF-8 would be no text; and asking for it makes it all but impossible to take the middle of
        // an upload for a frame and to replay it with another mask.
        match opcode {
            1 if std::str::from_utf8(&payload).is_ok() => Some(Self::Text(payload)),
            8 if payload.len() >= 2 && std::str::from_utf8(&payload[2..]).is_ok() => {
                Some(Self::Close(u16::from_be_bytes([payload[0], payload[1]]), payload[2..].to_vec().into()))
            }
            9 => Some(Self::Ping(payload)),
            10 => Some(Self::Pong(payload)),
            _ => None,
        }
    }

    /// The bytes a client sends for it.
    ///
    /// # Errors
    /// The payload of a control frame is longer than 125 bytes, so there are none.
    pub(super) fn masked(&self) -> Result<Vec<u8>, String> {
        let (opcode, code) = match self {
            Self::Text(_) => (1, None),
            Self::Close(code, _) => (8, Some(code.to_be_bytes())),
            Self::Ping(_) => (9, None),
            Self::Pong(_) => (10, None),
        };
        let (verb, payload) = self.parts();
        let length = payload.len() + code.map_or(0, |code| code.len());
        if opcode >= 8 && length > CONTROL_BYTES_MAX {
            return Err(format!("a {verb} may carry {CONTROL_BYTES_MAX} bytes, not {length}"));
        }
        let mut bytes = Vec::with_capacity(length + 14);
        bytes.push(FIN | opcode);
        push_length(&mut bytes, length);
        bytes.extend(MASK);
        let start = bytes.len();
        bytes.extend(code.into_iter().flatten());
        bytes.extend(payload);
        apply(MASK, &mut bytes[start..]);
        Ok(bytes)
    }
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => bytes.push(MASKED | short),
        (_, Ok(medium)) => {
            bytes.push(MASKED | 126);
            bytes.extend(medium.to_be_bytes());
        }
        _ => {
            bytes.push(MASKED | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
}

fn apply(mask: [u8; 4], payload: &mut [u8]) {
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

/// The parts of a frame, still masked.
struct Raw<'a> {
    opcode: u8,
    mask: Option<[u8; 4]>,
    payload: &'a [u8],
}

/// Splits bytes that are exactly one final frame with its length written as short as can be.
fn split(bytes: &[u8]) -> Option<Raw<'_>> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let opcode = first ^ FIN;
    if opcode > 10 {
        return None;
    }
    let (length, rest) = match second & !MASKED {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u64::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*length), rest)
        }
        short => (u64::from(short), rest),
    };
    let shortest = match length {
        0..=125 => second & !MASKED < 126,
        126..=0xffff => second & !MASKED == 126,
        _ => true,
    };
    let (mask, payload) = if second & MASKED == 0 {
        (None, rest)
    } else {
        let (mask, payload) = rest.split_first_chunk()?;
        (Some(*mask), payload)
    };
    let fits = payload.len() as u64 == length && (opcode < 8 || payload.len() <= CONTROL_BYTES_MAX);
    (shortest && fits).then_some(Raw { opcode, mask, payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_a_client_comes_back_the_same() {
        for length in [0, 1, 5, 125, 126, 127, 65_535, 65_536, 70_000] {
            let frame = Frame::Text(vec![b'a'; length].into());
            let bytes = frame.masked().unwrap();
            assert_eq!(Frame::of_client(&bytes), Some(frame), "of {length} bytes");
            assert_eq!(Frame::of_server(&bytes), None);
            assert_eq!(Frame::of_client(&bytes[..bytes.len() - 1]), None, "a frame cut off");
            assert_eq!(Frame::of_client(&[&bytes[..], b"x"].concat()), None, "more than a frame");
        }
        for frame in [
            Frame::Close(1000, b"bye"[..].into()),
            Frame::Ping(b"\xff"[..].into()),
            Frame::Pong(b""[..].into()),
        ] {
            assert_eq!(Frame::of_client(&frame.masked().unwrap()), Some(frame));
        }
    }

    #[test]
    fn a_frame_of_the_server_is_understood() {
        assert_eq!(Frame::of_server(b"\x81\x02hi"), Some(Frame::Text(b"hi"[..].into())));
        assert_eq!(Frame::of_server(b"\x88\x05\x03\xe8bye"), Some(Frame::Close(1000, b"bye"[..].into())));
        assert_eq!(Frame::of_server(b"\x89\x00"), Some(Frame::Ping(b""[..].into())));
    }

    #[test]
    fn what_is_no_ordinary_frame_is_left_alone() {
        let strange: [&[u8]; 10] = [
            b"",
            b"\x81",
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"\x01\x02hi",         // not final
            b"\xc1\x02hi",         // a reserved bit
            b"\x82\x02hi",         // binary
            b"\x81\x7e\x00\x02hi", // longer than need be
            b"\x81\x02\xff\xff",   // not UTF-8
            b"\x88\x00",           // a close without a code
            b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xffhi",
        ];
        for bytes in strange {
            assert_eq!(Frame::of_server(bytes), None, "{bytes:?}");
        }
        let long = [&b"\x89\x7e\x00\x7e"[..], &[0; 126]].concat();
        assert_eq!(Frame::of_server(&long), None, "a control frame too long");
        assert!(Frame::Ping(vec![0; 126].into()).masked().is_err());
    }
}
