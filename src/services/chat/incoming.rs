//! What comes over a WebSocket: which of the client's texts is for whom, and how one is refused.

use super::protocol::{Incoming, Named};
use super::{Chat, Seat, rest, validate};
use crate::config::Config;
use crate::event::ConnId;
use crate::services::{Context, Denied};

impl Chat {
    /// A text came over a WebSocket.
    pub(super) fn receive(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat, text: &str) {
        let incoming: Incoming = match rest::object(text.as_bytes()) {
            Ok(incoming) => incoming,
            Err(what) => {
                let what = format!("the text is not the JSON expected here: {what}");
                let reference = reference_of(text, cx.config);
                return refuse(cx, conn, &Denied::new(400, "bad_json", what), reference.as_deref());
            }
        };
        let reference = match validate::reference(incoming.reference, cx.config) {
            Ok(reference) => reference,
            Err(denied) => return refuse(cx, conn, &denied, None),
        };
        let kind = incoming.r#type.as_deref().unwrap_or("message");
        let result = match (kind, &incoming.content) {
            ("message", Some(content)) => self.write(cx, seat, conn, content, reference.as_deref()),
            ("message", None) => {
                Err(Denied::new(400, "content_missing", "content must be the text of the message"))
            }
            _ => Err(Denied::new(400, "unknown_type", "type must be message, or absent")),
        };
        if let Err(denied) = result {
            refuse(cx, conn, &denied, reference.as_deref());
        }
    }
}

/// Whoever watches who waits has nothing to say there.
pub(super) fn refuse_in_lobby(cx: &mut Context<'_>, conn: ConnId, text: &str) {
    let denied = Denied::new(403, "lobby_is_read_only", "the lobby is read only; join a room to write there");
    let reference = reference_of(text, cx.config);
    refuse(cx, conn, &denied, reference.as_deref());
}

/// The ref of a text in which something else is wrong, if it has a valid one.
fn reference_of(text: &str, config: &Config) -> Option<String> {
    let named: Named = rest::object(text.as_bytes()).ok()?;
    validate::reference(Some(named.reference), config).ok()?
}

fn refuse(cx: &mut Context<'_>, conn: ConnId, denied: &Denied, reference: Option<&str>) {
    cx.counters.errors += 1;
    let frame = crate::wire::websocket::text_frame(&denied.event(reference));
    cx.outbox.send(conn, frame, cx.effects);
}
