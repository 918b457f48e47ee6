//! The third state: the body, by its length or in chunks (RFC 9112, sections 6.2 and 7.1).

use super::fields::FieldScan;
use super::framing::Framing;
use super::refusal::{self, Refusal};
use super::{Limits, MAX_EXTENSION_BYTES, append, is_token_byte, is_value_byte};

/// A body on its way in. The bytes themselves are kept by the caller, in a buffer that is given to each call.
#[derive(Debug)]
pub(super) enum BodyRead {
    /// So many bytes are to come, at least one.
    Length(usize),
    Chunked(Chunked),
}

impl BodyRead {
    /// The body that was announced, if any.
    pub(super) fn new(framing: &Framing) -> Option<Self> {
        match *framing {
            Framing::Nothing => None,
            Framing::Length(bytes) => Some(Self::Length(bytes)),
            Framing::Chunked => Some(Self::Chunked(Chunked::default())),
        }
    }

    /// Takes bytes off `input` and appends those of the body to `body`; whether that was the last of them.
    ///
    /// # Errors
    /// 413 when it grows too large, 400 and 431 when the chunks are malformed.
    pub(super) fn feed(
        &mut self,
        input: &mut &[u8],
        body: &mut Vec<u8>,
        limits: &Limits,
    ) -> Result<bool, Refusal> {
        match self {
            Self::Length(left) => {
                let announced = body.len() + *left;
                *left -= take(input, *left, body, announced);
                Ok(*left == 0)
            }
            Self::Chunked(chunked) => chunked.feed(input, body, limits),
        }
    }
}

/// Moves at most `most` bytes from `input` to `body`, which will never be longer than `limit_bytes`; how many it
/// moved.
fn take(input: &mut &[u8], most: usize, body: &mut Vec<u8>, limit_bytes: usize) -> usize {
    let (part, rest) = input.split_at(most.min(input.len()));
    append(body, part, limit_bytes);
    *input = rest;
    part.len()
}

/// The chunked coding, read byte by byte except for the data.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    at: At,
    /// While the size is read, what its digits mean so far; in the data, how much is left.
    size: u64,
    /// Digits of the size so far.
    digits: u8,
    /// Over all chunks.
    extension_bytes: usize,
    trailers: FieldScan,
}

/// Where in the coding the next byte stands.
#[derive(Clone, Copy, Debug, Default)]
enum At {
    #[default]
    Size,
    /// Whitespace before a semicolon, which recipients have to put up with (RFC 9112, 7.1.1).
    Blank,
    BeforeName,
    Name,
    BehindName,
    BeforeValue,
    Value,
    Quoted,
    /// Behind a backslash.
    Escaped,
    /// Behind the closing quote.
    Unquoted,
    SizeLineFeed,
    Data,
    DataCarriageReturn,
    DataLineFeed,
    Trailers,
}

impl At {
    /// Where the byte behind this one stands, within an extension (RFC 9112, section 7.1.1).
    fn in_extension(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::BeforeName | Self::BeforeValue, b' ' | b'\t') => Some(self),
            (Self::Name | Self::BehindName, b' ' | b'\t') => Some(Self::BehindName),
            (Self::Blank | Self::Value | Self::Unquoted, b' ' | b'\t') => Some(Self::Blank),
            (Self::Blank | Self::Name | Self::BehindName | Self::Value | Self::Unquoted, b';') => {
                Some(Self::BeforeName)
            }
            (Self::Name | Self::BehindName, b'=') => Some(Self::BeforeValue),
            (Self::Name | Self::Value | Self::Unquoted, b'\r') => Some(Self::SizeLineFeed),
            (Self::BeforeValue, b'"') => Some(Self::Quoted),
            (Self::Quoted, b'"') => Some(Self::Unquoted),
            (Self::Quoted, b'\\') => Some(Self::Escaped),
            (Self::Quoted | Self::Escaped, _) if is_value_byte(byte) => Some(Self::Quoted),
            (Self::BeforeName | Self::Name, _) if is_token_byte(byte) => Some(Self::Name),
            (Self::BeforeValue | Self::Value, _) if is_token_byte(byte) => Some(Self::Value),
            _ => None,
        }
    }
}

/// Hexadecimal digits of a chunk size at most: as many as a `u64` holds, so that there is no overflow.
const MAX_SIZE_DIGITS: u8 = 16;

impl Chunked {
    fn feed(&mut self, input: &mut &[u8], body: &mut Vec<u8>, limits: &Limits) -> Result<bool, Refusal> {
        loop {
            match (&self.at, *input) {
                (_, []) => return Ok(false),
                (At::Trailers, bytes) => {
                    let end = self.trailers.feed(bytes, limits)?;
                    *input = &bytes[end.unwrap_or(bytes.len())..];
                    return Ok(end.is_some());
                }
                (At::Data, _) => self.data(input, body, limits),
                (_, [byte, rest @ ..]) => {
                    *input = rest;
                    self.at = self.next(*byte, limits.body_bytes.saturating_sub(body.len()))?;
                }
            }
        }
    }

    fn data(&mut self, input: &mut &[u8], body: &mut Vec<u8>, limits: &Limits) {
        let left = usize::try_from(self.size).unwrap_or(usize::MAX);
        self.size -= take(input, left, body, limits.body_bytes) as u64;
        if self.size == 0 {
            self.at = At::DataCarriageReturn;
        }
    }

    /// Looks at one byte that is not data; `room_bytes` is what the body may still grow by.
    fn next(&mut self, byte: u8, room_bytes: usize) -> Result<At, Refusal> {
        match (&self.at, byte) {
            (At::Size, _) if byte.is_ascii_hexdigit() => self.size_digit(byte),
            (At::Size, _) if self.digits == 0 => Err(refusal::CHUNK),
            (At::Size, b'\r') => Ok(At::SizeLineFeed),
            (At::Size, b' ' | b'\t') => self.extend(At::Blank),
            (At::Size, b';') => self.extend(At::BeforeName),
            (At::SizeLineFeed, b'\n') => self.begin_chunk(room_bytes),
            (At::DataCarriageReturn, b'\r') => Ok(At::DataLineFeed),
            (At::DataLineFeed, b'\n') => Ok(At::Size),
            (at, _) => match at.in_extension(byte) {
                Some(At::SizeLineFeed) => Ok(At::SizeLineFeed),
                Some(next) => self.extend(next),
                None => Err(refusal::CHUNK),
            },
        }
    }

    fn size_digit(&mut self, byte: u8) -> Result<At, Refusal> {
        if self.digits == MAX_SIZE_DIGITS {
            return Err(refusal::CHUNK);
        }
        let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
        self.digits += 1;
        self.size = self.size << 4 | digit;
        Ok(At::Size)
    }

    fn extend(&mut self, at: At) -> Result<At, Refusal> {
        self.extension_bytes += 1;
        if self.extension_bytes > MAX_EXTENSION_BYTES { Err(refusal::EXTENSIONS) } else { Ok(at) }
    }

    fn begin_chunk(&mut self, room_bytes: usize) -> Result<At, Refusal> {
        self.digits = 0;
        if self.size > room_bytes as u64 {
            return Err(refusal::BODY_TOO_LARGE);
        }
        Ok(if self.size == 0 { At::Trailers } else { At::Data })
    }
}
