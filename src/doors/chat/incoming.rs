//! What comes over a WebSocket: which of the client's texts is for whom, and how one is refused.

use super::delivery::Said;
use super::protocol::{Incoming, IsTyping, Named, OfKey, OfMessage, SetLanguage};
use super::{Chat, Seat, validate};
use crate::config::Config;
use crate::conversation::{ClientKey, Deeds};
use crate::doors::parse::text as expected;
use crate::doors::{Context, Denied, rules};
use crate::tools::limiter::Window;
use crate::vocabulary::ConnId;

impl Chat {
    /// A text came over a WebSocket.
    pub(super) fn receive(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat, text: &str) {
        let incoming: Incoming<'_> = match expected(text) {
            Ok(incoming) => incoming,
            Err(denied) => {
                let reference = reference_of(text, cx.config);
                return refuse(cx, conn, &denied, reference.as_deref());
            }
        };
        let reference = match rules::reference(incoming.reference.as_deref(), cx.config) {
            Ok(reference) => reference,
            Err(denied) => return refuse(cx, conn, &denied, None),
        };
        let kind = incoming.r#type.as_deref().unwrap_or("message");
        let result = match (kind, &incoming.content) {
            ("message", Some(content)) => {
                let said = Said::Words(content, incoming.translated_content.as_deref());
                self.write(cx, seat, conn, &said, reference)
            }
            ("message" | "preview", None) => {
                Err(Denied::new(400, "content_missing", "content must be the text of the message"))
            }
            ("preview", Some(content)) => self.preview(cx, seat, conn, content, reference),
            ("typing", _) => expected(text).and_then(|it: IsTyping| self.set_typing(cx, seat, it.is_typing)),
            ("read", _) => expected(text).and_then(|it: OfMessage| self.set_read(cx, seat, it.id)),
            ("retry", _) => {
                expected(text).and_then(|it: OfMessage| self.retry(cx, seat, conn, it.id, reference))
            }
            ("canned", _) => expected(text)
                .and_then(|it: OfKey| self.write(cx, seat, conn, &Said::Canned(&it.key), reference)),
            ("set_language", _) => {
                expected(text).and_then(|it: SetLanguage| self.set_language(cx, seat, &it))
            }
            _ => Err(Denied::new(400, "unknown_type", "type must be one known here, as message, or absent")),
        };
        if let Err(denied) = result {
            refuse(cx, conn, &denied, reference);
        }
    }
}

/// Whoever watches who waits has nothing to say there.
pub(super) fn refuse_in_lobby(cx: &mut Context<'_>, conn: ConnId, text: &str) {
    let denied = Denied::new(403, "lobby_is_read_only", "the lobby is read only; join a room to write there");
    let reference = reference_of(text, cx.config);
    refuse(cx, conn, &denied, reference.as_deref());
}

/// Counts a deed that is no message against whoever did it.
pub(super) fn count(
    cx: &mut Context<'_>,
    client: ClientKey,
    limit: u32,
    kind: impl FnOnce(&mut Deeds) -> &mut Window,
) -> Result<(), Denied> {
    let now = cx.now;
    let Some(client) = cx.rooms.client_mut(client) else { return Err(validate::no_such_room()) };
    client.last_used = now;
    kind(client.deeds.get_or_insert_default()).check(now, limit, Config::RATE_WINDOW).map_err(|wait| {
        Denied::for_now(429, "rate_limited", "too many of these in a minute; please wait a moment", wait)
    })
}

/// The ref of a text in which something else is wrong, if it has a valid one.
fn reference_of(text: &str, config: &Config) -> Option<String> {
    let named: Named = expected(text).ok()?;
    rules::reference(Some(&named.reference), config).ok()?;
    Some(named.reference)
}

fn refuse(cx: &mut Context<'_>, conn: ConnId, denied: &Denied, reference: Option<&str>) {
    cx.counters.errors += 1;
    let frame = crate::wire::websocket::text_frame(&denied.event(reference));
    cx.outbox.send(conn, frame, cx.effects);
}
