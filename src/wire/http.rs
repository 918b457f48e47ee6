//! HTTP/1.1 as a server speaks it: bytes to [`Request`], [`Response`] to bytes.
//!
//! Strict where leniency lets two parties disagree about where a message ends (RFC 9112, section 11): what is not
//! plainly well-formed is refused and the connection closed. Pure: no socket, no clock, no thread.
//!
//! ```text
//!                        RequestReader
//!   ┌─────────────────────────────────────────────────────┐
//!   │ idle ── line ── fields ──┬── body ──┬── Request     │     idle holds no heap memory;
//!   │  ▲       │        │      │    │     │      │        │     each state looks at a byte once
//!   │  │       │        │      └────┼─────┘      │        │
//!   │  └───────┼────────┼───────────┼────────────┘        │
//!   │          └────────┴─ Refusal ─┘                     │
//!   └─────────────────────────────────────────────────────┘
//! ```
//!
//! Every verdict rests on a prefix of the stream and falls at its last byte, so how the bytes were cut into reads
//! changes nothing. What is absent: content codings, trailers for the application, ranges, multipart, HTTP/2, proxying.

use crate::config::Config;

mod body;
mod fields;
mod framing;
mod line;
mod method;
mod percent;
mod reader;
mod refusal;
mod request;
mod response;

pub use method::{Method, Version};
pub use percent::percent_decode;
pub use reader::{Progress, RequestReader, Step};
pub use refusal::Refusal;
pub use request::Request;
pub use response::Response;

/// What to send when the reader says [`Step::SendContinue`] (RFC 9110, 15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Bytes of a request target at most. RFC 9112, section 3, wants at least 8000 for the whole line. Less than the
/// default limit of the head, so that a long target is told apart from a long head.
pub const MAX_TARGET_BYTES: usize = 8 * 1024;

/// Bytes of a method at most; all methods that are known are much shorter.
pub const MAX_METHOD_BYTES: usize = 32;

/// Empty lines tolerated before a request line: old clients send one behind a body (RFC 9112, 2.2).
pub const MAX_EMPTY_LINES: u8 = 4;

/// Bytes of chunk extensions at most, over all chunks of a body. Nobody uses them honestly.
pub const MAX_EXTENSION_BYTES: usize = 1024;

/// Fields of a head at most, whatever [`Limits::head_fields`] says.
pub const MAX_FIELDS: usize = 128;

/// How large a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes from the first of the request line to the end of the empty line; also those of a trailer section.
    pub head_bytes: usize,
    /// Fields of the head, and again of a trailer section; at most [`MAX_FIELDS`] count.
    pub head_fields: usize,
    /// Bytes of a body, decoded.
    pub body_bytes: usize,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            head_bytes: config.max_head_bytes,
            head_fields: config.max_head_fields,
            body_bytes: config.max_body_bytes,
        }
    }
}

/// Appends `part`, doubling the capacity but never past `limit_bytes`, which what is held must not exceed either.
fn append(buffer: &mut Vec<u8>, part: &[u8], limit_bytes: usize) {
    const FIRST_BYTES: usize = 64;
    let needed = buffer.len() + part.len();
    if needed > buffer.capacity() {
        let doubled = buffer.capacity().saturating_mul(2).max(FIRST_BYTES);
        let capacity = doubled.min(limit_bytes).max(needed);
        buffer.reserve_exact(capacity - buffer.len());
    }
    buffer.extend_from_slice(part);
}

/// Part of a head until the rest of it has come. Holds nothing when all came at once, as it mostly does.
#[derive(Debug, Default)]
struct Gathered(Vec<u8>);

impl Gathered {
    /// Keeps a part for later.
    fn keep(&mut self, part: &[u8], limit_bytes: usize) {
        append(&mut self.0, part, limit_bytes);
    }

    /// Everything, now that the last part has come.
    fn finish<'a>(&'a mut self, part: &'a [u8], limit_bytes: usize) -> &'a [u8] {
        if self.0.is_empty() {
            return part;
        }
        self.keep(part, limit_bytes);
        &self.0
    }
}

/// A character of a token (RFC 9110, 5.6.2): methods, field names and most words are made of them.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A byte of a field value (RFC 9110, 5.5): visible, blank, tab, or above ASCII.
const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

/// Without the blanks and tabs at both ends: the optional whitespace of RFC 9110, 5.6.3, and no other.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests;
