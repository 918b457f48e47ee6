//! Between head and body: is the head one we may act on, and what follows it (RFC 9112, sections 3.2 and 6).

use super::fields::Fields;
use super::line::is_host;
use super::refusal::{self, Refusal};
use super::{Limits, Method, Version, is_token_byte};

/// What follows a head.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// The next request.
    Nothing,
    /// So many bytes, at least one and at most [`Limits::body_bytes`].
    Length(usize),
    Chunked,
}

/// Decides what follows.
///
/// # Errors
/// 400 where two readers of the same bytes could disagree about the end of the body; 411, 413 and 501 as RFC 9110 says.
pub(super) fn framing(
    method: Method,
    version: Version,
    fields: &Fields,
    limits: &Limits,
) -> Result<Framing, Refusal> {
    let length = content_length(fields)?;
    if is_chunked(version, fields)? {
        // Both at once are a well-known way to smuggle a request past a proxy (RFC 9112, 6.1).
        return if length.is_none() { Ok(Framing::Chunked) } else { Err(refusal::CONTENT_LENGTH) };
    }
    match length {
        None if matches!(method, Method::Post | Method::Put | Method::Patch) => Err(refusal::LENGTH_REQUIRED),
        None | Some(0) => Ok(Framing::Nothing),
        Some(bytes) => match usize::try_from(bytes) {
            Ok(bytes) if bytes <= limits.body_bytes => Ok(Framing::Length(bytes)),
            _ => Err(refusal::BODY_TOO_LARGE),
        },
    }
}

/// RFC 9110, 8.6. The RFC lets equal duplicates pass; nothing honest sends them.
fn content_length(fields: &Fields) -> Result<Option<u64>, Refusal> {
    let mut values = fields.values("content-length");
    let Some(value) = values.next() else { return Ok(None) };
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let number = str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    match number {
        Some(bytes) if digits && values.next().is_none() => Ok(Some(bytes)),
        _ => Err(refusal::CONTENT_LENGTH),
    }
}

/// RFC 9112, 6.1. An unknown coding is 501; `chunked` before another coding, itself included, is 400.
fn is_chunked(version: Version, fields: &Fields) -> Result<bool, Refusal> {
    if fields.values("transfer-encoding").next().is_none() {
        return Ok(false);
    }
    let codings: Vec<&[u8]> = fields.members("transfer-encoding").collect();
    if version == Version::Http10 || !codings.iter().all(|coding| is_coding(coding)) {
        return Err(refusal::TRANSFER_ENCODING);
    }
    let is_chunked = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"chunked");
    match codings.as_slice() {
        [only] if is_chunked(only) => Ok(true),
        [before @ .., _] if !before.iter().any(is_chunked) => Err(refusal::TRANSFER_CODING),
        _ => Err(refusal::TRANSFER_ENCODING),
    }
}

/// A token; behind a semicolon there may be parameters, but `chunked` has none (RFC 9112, 7.1).
fn is_coding(member: &[u8]) -> bool {
    let end = member.iter().position(|&byte| byte == b';');
    let name = super::trim(&member[..end.unwrap_or(member.len())]);
    let is_token = !name.is_empty() && name.iter().copied().all(is_token_byte);
    is_token && !(end.is_some() && name.eq_ignore_ascii_case(b"chunked"))
}

/// Checks `Host` (RFC 9112, 3.2): exactly one and valid; HTTP/1.0 may leave it out.
///
/// # Errors
/// 400.
pub(super) fn check_host(version: Version, fields: &Fields) -> Result<(), Refusal> {
    let mut values = fields.values("host");
    match (values.next(), values.next()) {
        (None, _) if version == Version::Http10 => Ok(()),
        (Some(value), None) if is_host(value) => Ok(()),
        _ => Err(refusal::HOST),
    }
}

/// Whether the client waits for a go-ahead before it sends the body (RFC 9110, 10.1.1). HTTP/1.0 does not know it.
///
/// # Errors
/// 417 for any other expectation.
pub(super) fn expects_continue(version: Version, fields: &Fields) -> Result<bool, Refusal> {
    if fields.members("expect").any(|member| !member.eq_ignore_ascii_case(b"100-continue")) {
        return Err(refusal::EXPECTATION);
    }
    Ok(version == Version::Http11 && fields.values("expect").next().is_some())
}

/// Whether the connection stays open behind this request (RFC 9112, 9.3).
pub(super) fn keeps_alive(version: Version, fields: &Fields) -> bool {
    let asked = version == Version::Http11 || fields.has_token("connection", "keep-alive");
    asked && !fields.has_token("connection", "close")
}
