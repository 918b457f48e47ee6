//! One refusal, for all the ways it can be said: an HTTP response, an error event, a close code.

use std::borrow::Cow;

use serde::Serialize;

use super::json;
use crate::conversation::RoomId;
use crate::vocabulary::Millis;
use crate::wire::http::Response;
use crate::wire::websocket::close;

/// Why something is not done. Costs the sender, loses nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    /// The machine's word.
    pub code: &'static str,
    /// The sentence for people.
    pub message: Cow<'static, str>,
    /// When to try again.
    pub retry_after: Option<Millis>,
    /// The room it is about, where that helps to go on.
    pub room_id: Option<RoomId>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    code: &'a str,
    message: &'a str,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<RoomId>,
}

impl Refusal {
    /// For good.
    pub fn new(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), retry_after: None, room_id: None }
    }

    pub fn for_now(status: u16, code: &'static str, message: &'static str, retry_after: Millis) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(status, code, message) }
    }

    /// As an event, with the name the client gave its message.
    pub fn event(&self, reference: Option<&str>) -> Vec<u8> {
        json(&Body {
            r#type: "error",
            code: self.code,
            message: &self.message,
            reference,
            retry_after_ms: self.retry_after.map(|span| span.0),
            room_id: self.room_id,
        })
    }

    /// As a response; its body is the same event.
    pub fn response(&self) -> Response {
        let mut response = Response::new(self.status).body("application/json", self.event(None));
        if self.status == 401 {
            response = response.header("WWW-Authenticate", "Bearer"); // RFC 9110, section 15.5.2
        }
        match self.retry_after {
            // In whole seconds, rounded up (RFC 9110, section 10.2.3).
            Some(span) => response.header("Retry-After", span.0.div_ceil(1000).to_string()),
            None => response,
        }
    }

    /// As a close code, for a WebSocket that was opened only to be told.
    pub fn close_code(&self) -> u16 {
        match self.status {
            401 => close::UNAUTHORIZED,
            403 => close::FORBIDDEN,
            404 => close::NOT_FOUND,
            410 => close::GONE,
            429 => close::TOO_MANY,
            _ => close::POLICY,
        }
    }
}
