//! The first state: the request line (RFC 9112, section 3).

use std::net::Ipv6Addr;

use super::refusal::{self, Refusal};
use super::{Gathered, Limits, MAX_METHOD_BYTES, MAX_TARGET_BYTES, Method, Version, is_token_byte};

/// A request line on its way in.
#[derive(Debug, Default)]
pub(super) struct LineRead {
    phase: Phase,
    method_bytes: usize,
    target_bytes: usize,
    version_bytes: usize,
    gathered: Gathered,
}

/// What the next byte belongs to.
#[derive(Debug, Default)]
enum Phase {
    #[default]
    Method,
    Target,
    Version,
    /// The carriage return has come.
    LineFeed,
}

/// A request line that was understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestLine {
    pub(super) method: Method,
    pub(super) version: Version,
    pub(super) target: Target,
    /// Of the whole line with its end.
    pub(super) bytes: usize,
}

/// A request target, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Of an absolute-form target.
    pub(super) authority: Option<String>,
    pub(super) path: String,
    pub(super) query: Option<String>,
}

const VERSION_BYTES: usize = "HTTP/1.1".len();

impl LineRead {
    /// Takes bytes off `input`; the line once it is complete.
    ///
    /// # Errors
    /// The refusal, at the first byte that makes it certain.
    pub(super) fn feed(
        &mut self,
        input: &mut &[u8],
        limits: &Limits,
    ) -> Result<Option<RequestLine>, Refusal> {
        let all = *input;
        for (index, &byte) in all.iter().enumerate() {
            if self.gathered.0.len() + index >= limits.head_bytes {
                return Err(refusal::HEAD_TOO_LARGE);
            }
            if self.is_last(byte)? {
                let (last, rest) = all.split_at(index + 1);
                *input = rest;
                let (method_bytes, target_bytes) = (self.method_bytes, self.target_bytes);
                let line = self.gathered.finish(last, limits.head_bytes);
                return RequestLine::parse(line, method_bytes, target_bytes).map(Some);
            }
        }
        self.gathered.keep(all, limits.head_bytes);
        *input = &[];
        Ok(None)
    }

    /// Looks at one byte: whether it ends the line.
    fn is_last(&mut self, byte: u8) -> Result<bool, Refusal> {
        match self.phase {
            Phase::Method => self.method_byte(byte)?,
            Phase::Target => self.target_byte(byte)?,
            Phase::Version => self.version_byte(byte)?,
            Phase::LineFeed if byte == b'\n' => return Ok(true),
            Phase::LineFeed => return Err(refusal::LINE_ENDING),
        }
        Ok(false)
    }

    fn method_byte(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b' ' if self.method_bytes > 0 => self.phase = Phase::Target,
            _ if !is_token_byte(byte) => return Err(refusal::REQUEST_LINE),
            _ if self.method_bytes == MAX_METHOD_BYTES => return Err(refusal::METHOD),
            _ => self.method_bytes += 1,
        }
        Ok(())
    }

    fn target_byte(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b' ' if self.target_bytes > 0 => self.phase = Phase::Version,
            b'\n' => return Err(refusal::LINE_ENDING),
            0x80.. => return Err(refusal::TARGET),
            _ if !byte.is_ascii_graphic() => return Err(refusal::REQUEST_LINE),
            _ if self.target_bytes == MAX_TARGET_BYTES => return Err(refusal::TARGET_TOO_LONG),
            _ => self.target_bytes += 1,
        }
        Ok(())
    }

    fn version_byte(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b'\r' if self.version_bytes == VERSION_BYTES => self.phase = Phase::LineFeed,
            b'\n' => return Err(refusal::LINE_ENDING),
            _ if !byte.is_ascii_graphic() => return Err(refusal::REQUEST_LINE),
            _ if self.version_bytes == VERSION_BYTES => return Err(refusal::REQUEST_LINE),
            _ => self.version_bytes += 1,
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.gathered.0.capacity()
    }
}

impl RequestLine {
    /// The scan has checked the shape of `line` and found where its words end.
    fn parse(line: &[u8], method_bytes: usize, target_bytes: usize) -> Result<Self, Refusal> {
        let text = str::from_utf8(line).map_err(|_| refusal::REQUEST_LINE)?;
        let (method, rest) = text.split_at(method_bytes);
        let (target, version) = rest[1..].split_at(target_bytes);
        let version = version_of(version.trim_ascii())?;
        let method = Method::of(method).ok_or(refusal::METHOD)?;
        let target = Target::parse(target, method)
            .ok_or(Refusal { to_head: method == Method::Head, ..refusal::TARGET })?;
        Ok(Self { method, version, target, bytes: line.len() })
    }
}

/// RFC 9112, 2.3, and RFC 9110, 2.5: a minor version we do not know is taken for the last one we do.
fn version_of(text: &str) -> Result<Version, Refusal> {
    match text.as_bytes() {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'] => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9'] => Ok(Version::Http11),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Err(refusal::VERSION),
        _ => Err(refusal::REQUEST_LINE),
    }
}

impl Target {
    /// The forms of RFC 9112, 3.2. There is no authority-form: it belongs to `CONNECT`, which is for proxies.
    fn parse(text: &str, method: Method) -> Option<Self> {
        if text.contains('#') {
            return None; // a fragment never leaves the client
        }
        if text == "*" {
            return (method == Method::Options).then(|| Self::from_path(None, text));
        }
        if text.starts_with('/') {
            return Some(Self::from_path(None, text));
        }
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        is_host(authority.as_bytes()).then(|| Self::from_path(Some(authority.to_owned()), path))
    }

    /// An empty path, which only an absolute-form target can have, is `/` (RFC 9110, 4.2.3).
    fn from_path(authority: Option<String>, text: &str) -> Self {
        let (path, query) =
            text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query.to_owned())));
        let path = if path.is_empty() { "/" } else { path };
        Self { authority, path: path.to_owned(), query }
    }
}

/// Whether this may stand in `Host`: `uri-host [ ":" port ]` of RFC 9110, 7.2.
///
/// An empty host is no host (RFC 9110, 4.2.1). User information is refused (4.2.4), and so is percent-encoding: the
/// grammar has it, but no name in use does.
pub(super) fn is_host(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        (address.parse::<Ipv6Addr>().is_ok(), port)
    } else {
        let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        (!name.is_empty() && name.bytes().all(is_name_byte), port)
    };
    host && is_port(port)
}

/// `reg-name` of RFC 3986, 3.2.2, without percent-encoding; IPv4 addresses are of the same characters.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// Nothing, or a colon and a port; the number itself may be missing (RFC 3986, 3.2.3).
fn is_port(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(':') else { return text.is_empty() };
    digits.is_empty() || digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
}
