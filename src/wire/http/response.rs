//! A response, and its bytes (RFC 9112, section 4).

use std::borrow::Cow;

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;

use super::{is_token_byte, is_value_byte};
use crate::wire::date::imf_fixdate;
use crate::wire::digits::{DIGITS_MAX, decimal};

/// A response to be written. A builder: each step takes it and gives it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    status: u16,
    fields: Vec<(&'static str, Cow<'static, str>)>,
    constant: &'static [(&'static str, &'static str)],
    content_type: Option<&'static str>,
    body: Bytes,
    close: bool,
}

/// Bytes of a usual head, so that the buffer is allocated once.
const HEAD_BYTES: usize = 512;

impl Response {
    /// A response with this status, 100 to 599, and an empty body.
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            fields: Vec::new(),
            constant: &[],
            content_type: None,
            body: Bytes::new(),
            close: false,
        }
    }

    /// Adds a field. Not for `Date`, `Content-Type`, `Content-Length`, `Transfer-Encoding` and, except with 101,
    /// `Connection`: those are written by [`Response::encode`].
    ///
    /// A value cannot split the response: control characters in it become blanks.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        debug_assert!(name.bytes().all(is_token_byte), "{name:?} is no field name");
        self.fields.push((name, value.into()));
        self
    }

    /// Writes these behind all other fields; as [`Response::header`], at the cost of none.
    #[must_use]
    pub const fn constant_headers(mut self, fields: &'static [(&'static str, &'static str)]) -> Self {
        self.constant = fields;
        self
    }

    /// The body is this value as JSON.
    ///
    /// A value that JSON cannot express (a map with keys that are no text) makes it an empty 500.
    #[must_use]
    pub fn json(self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(text) => self.body("application/json", text),
            Err(_) => Self { status: 500, content_type: None, body: Bytes::new(), ..self },
        }
    }

    /// A refusal: its body is `{"type":"error","code","message"}`, the same as an error event of a WebSocket.
    pub fn error(status: u16, code: &'static str, message: &'static str) -> Self {
        #[derive(Serialize)]
        struct Body {
            r#type: &'static str,
            code: &'static str,
            message: &'static str,
        }
        Self::new(status).json(&Body { r#type: "error", code, message })
    }

    /// The body is this.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.content_type = Some(content_type);
        self.body = body.into();
        self
    }

    /// The connection closes behind it.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.close = true;
        self
    }

    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether [`Response::close`] was asked for.
    pub const fn closes(&self) -> bool {
        self.close
    }

    /// Its bytes on the wire.
    ///
    /// The response to a `HEAD` tells the length of the body it does not have. `Connection` says `keep-alive`, which
    /// HTTP/1.0 needs to hear and HTTP/1.1 does not mind, if `keep_alive` (that of the request) holds and
    /// [`Response::close`] was not asked for; else `close`. `unix_ms` is wall time, in milliseconds since
    /// 1970-01-01T00:00:00Z, for `Date`.
    pub fn encode(&self, request_is_head: bool, keep_alive: bool, unix_ms: u64) -> Bytes {
        let interim = self.status < 200;
        let has_body = !interim && !matches!(self.status, 204 | 304);
        let mut out = BytesMut::with_capacity(HEAD_BYTES + self.body.len());
        put(&mut out, &["HTTP/1.1 "]);
        out.put_slice(decimal(self.status.into(), &mut [0; DIGITS_MAX]));
        put(&mut out, &[" ", reason(self.status), "\r\n"]);
        if !interim {
            put_field(&mut out, "Date", &imf_fixdate(unix_ms));
        }
        for (name, value) in &self.fields {
            put_field(&mut out, name, value);
        }
        for (name, value) in self.constant {
            put_field(&mut out, name, value);
        }
        if has_body {
            self.put_content_fields(&mut out);
        }
        if !interim {
            put_field(&mut out, "Connection", if keep_alive && !self.close { "keep-alive" } else { "close" });
        }
        put(&mut out, &["\r\n"]);
        if has_body && !request_is_head {
            out.put_slice(&self.body);
        }
        out.freeze()
    }

    /// 1xx, 204 and 304 have neither (RFC 9110, 8.6).
    fn put_content_fields(&self, out: &mut BytesMut) {
        if let Some(content_type) = self.content_type {
            put_field(out, "Content-Type", content_type);
        }
        put(out, &["Content-Length: "]);
        out.put_slice(decimal(self.body.len() as u64, &mut [0; DIGITS_MAX]));
        put(out, &["\r\n"]);
    }
}

fn put(out: &mut BytesMut, words: &[&str]) {
    for word in words {
        out.put_slice(word.as_bytes());
    }
}

/// The only place that writes a field with a value from elsewhere: no line end can come from it.
fn put_field(out: &mut BytesMut, name: &'static str, value: &str) {
    put(out, &[name, ": "]);
    // All of it is looked at, whatever is found: without a branch the compiler makes vectors of the bytes.
    if value.bytes().fold(true, |all, byte| all & is_value_byte(byte)) {
        out.put_slice(value.as_bytes());
    } else {
        out.extend(value.bytes().map(|byte| if is_value_byte(byte) { byte } else { b' ' }));
    }
    put(out, &["\r\n"]);
}

/// What a status is called (RFC 9110, section 15, and RFC 6585). For people; empty for those we do not use.
const fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIX_MS: u64 = 784_111_777_000;

    fn encode(response: &Response, request_is_head: bool, keep_alive: bool) -> String {
        String::from_utf8(response.encode(request_is_head, keep_alive, UNIX_MS).to_vec()).unwrap()
    }

    #[test]
    fn a_response_is_a_head_and_a_body() {
        let response = Response::new(200).header("X-Request", "7").json(&serde_json::json!({ "a": "é" }));
        assert_eq!(
            encode(&response, false, true),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Request: 7\r\n\
             Content-Type: application/json\r\nContent-Length: 10\r\nConnection: keep-alive\r\n\r\n{\"a\":\"é\"}"
        );
    }

    #[test]
    fn the_answer_to_head_tells_the_length_and_has_no_body() {
        let response = Response::new(200).body("text/plain", "hello");
        let text = encode(&response, true, true);
        assert!(text.contains("Content-Length: 5\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    }

    #[test]
    fn some_statuses_have_no_body_and_no_length() {
        for status in [101, 204, 304] {
            let text = encode(&Response::new(status).body("text/plain", "hello"), false, true);
            assert!(!text.contains("Content-") && text.ends_with("\r\n\r\n"), "{text}");
        }
        assert!(encode(&Response::new(404), false, true).contains("Content-Length: 0\r\n"));
    }

    #[test]
    fn an_upgrade_has_its_own_connection_field() {
        let response = Response::new(101).header("Connection", "Upgrade").header("Upgrade", "websocket");
        assert_eq!(
            encode(&response, false, true),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        );
    }

    #[test]
    fn closing_is_announced() {
        let open = Response::new(200);
        assert!(encode(&open, false, true).contains("Connection: keep-alive\r\n"));
        assert!(encode(&open, false, false).contains("Connection: close\r\n"));
        let closing = open.close();
        assert!(closing.closes());
        assert!(encode(&closing, false, true).contains("Connection: close\r\n"));
    }

    #[test]
    fn a_value_cannot_split_the_response() {
        let response = Response::new(200).header("Location", "/\r\nSet-Cookie: a=b\r\n\r\n<html>\0\x7fé");
        let text = encode(&response, false, true);
        assert!(
            text.contains("\r\nLocation: /  Set-Cookie: a=b    <html>  é\r\nContent-Length: 0\r\n"),
            "{text}"
        );
    }

    #[test]
    fn what_json_cannot_say_is_an_empty_500() {
        let unsayable = std::collections::BTreeMap::from([((1, 2), 3)]);
        let response = Response::new(200).json(&unsayable);
        assert_eq!(response.status(), 500);
        assert!(encode(&response, false, true).contains("Content-Length: 0\r\n"));
    }
}
