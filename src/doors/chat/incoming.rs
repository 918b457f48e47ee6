//! What comes over a WebSocket: which of the client's texts is for whom, and how one is refused.

use super::protocol::{Ack, Incoming, IsTyping, Named, OfKey, OfMessage, SetLanguage, TranslationEvent};
use super::refusal::refusal_of;
use super::{Chat, validate};
use crate::config::Config;
use crate::conversation::{Role, Writing};
use crate::desk::{Seat, canned, choice, preview, retry, signals, writing};
use crate::doors::parse::text as expected;
use crate::doors::rules::{self, count_message};
use crate::doors::{Context, Refusal};
use crate::vocabulary::{ConnId, Language};

/// What somebody says over a WebSocket.
enum Said<'a> {
    /// Words of their own, and perhaps what the customer is to read of them.
    Words(&'a str, Option<&'a str>),
    /// A reply that is written already, by its key.
    Canned(&'a str),
}

impl Chat {
    /// A text came over a WebSocket.
    pub(super) fn receive(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat, text: &str) {
        let incoming: Incoming<'_> = match expected(text) {
            Ok(incoming) => incoming,
            Err(refusal) => {
                let reference = reference_of(text, cx.config);
                return cx.refuse(conn, &refusal, reference.as_deref());
            }
        };
        let reference = match rules::reference(incoming.reference.as_deref(), cx.config) {
            Ok(reference) => reference,
            Err(refusal) => return cx.refuse(conn, &refusal, None),
        };
        let kind = incoming.r#type.as_deref().unwrap_or("message");
        let result = match (kind, &incoming.content) {
            ("message", Some(content)) => {
                let said = Said::Words(content, incoming.translated_content.as_deref());
                self.write(cx, seat, conn, &said, reference)
            }
            ("message" | "preview", None) => {
                Err(Refusal::new(400, "content_missing", "content must be the text of the message"))
            }
            ("preview", Some(content)) => self.preview(cx, seat, conn, content, reference),
            ("typing", _) => expected(text)
                .and_then(|it: IsTyping| signals::set_typing(cx, seat, it.is_typing).map_err(refusal_of)),
            ("read", _) => expected(text)
                .and_then(|it: OfMessage| signals::set_read(cx, seat, it.id).map_err(refusal_of)),
            ("retry", _) => {
                expected(text).and_then(|it: OfMessage| try_again(cx, seat, conn, it.id, reference))
            }
            ("canned", _) => expected(text)
                .and_then(|it: OfKey| self.write(cx, seat, conn, &Said::Canned(&it.key), reference)),
            ("set_language", _) => {
                expected(text).and_then(|it: SetLanguage| self.set_language(cx, seat, &it))
            }
            _ => Err(Refusal::new(400, "unknown_type", "type must be one known here, as message, or absent")),
        };
        if let Err(refusal) = result {
            cx.refuse(conn, &refusal, reference);
        }
    }

    /// A member writes.
    fn write(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        conn: ConnId,
        said: &Said<'_>,
        reference: Option<&str>,
    ) -> Result<(), Refusal> {
        let id = match writing::written_before(cx, seat, reference).map_err(refusal_of)? {
            Some(id) => id,
            None => {
                let writing = match *said {
                    Said::Canned(key) => {
                        canned::writing(cx, seat, conn, key, reference).map_err(refusal_of)?
                    }
                    Said::Words(content, by_hand) => {
                        let text = validate::content(content, cx.config)?;
                        let translation = by_hand.map(|text| by_hand_of(cx, seat, text)).transpose()?;
                        Writing { on: Some(conn), text, translation, reference, ..Writing::default() }
                    }
                };
                count_message(cx, seat.client)?;
                self.desk.append(cx, seat.room, seat.client, &writing).map_err(refusal_of)?
            }
        };
        cx.send(conn, &Ack { r#type: "ack", reference, id });
        Ok(())
    }

    /// An agent asks what the customer would read.
    fn preview(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        conn: ConnId,
        content: &str,
        reference: Option<&str>,
    ) -> Result<(), Refusal> {
        let to = preview::language_of_customer(cx, seat.room, seat.client).map_err(refusal_of)?;
        let content = validate::content(content, cx.config)?;
        self.desk.preview(cx, seat, conn, to, content, reference).map_err(refusal_of)
    }

    /// A member chooses a language.
    fn set_language(&mut self, cx: &mut Context<'_>, seat: Seat, call: &SetLanguage) -> Result<(), Refusal> {
        let role = call.whose.as_deref().map(whose).transpose()?;
        let client = choice::whose(cx, seat, role).map_err(refusal_of)?;
        let language = language(&call.language, cx.config)?;
        self.desk.choose_language(cx, seat, client, language).map_err(refusal_of)
    }
}

/// A reader asks for a translation once more.
fn try_again(
    cx: &mut Context<'_>,
    seat: Seat,
    conn: ConnId,
    id: u64,
    reference: Option<&str>,
) -> Result<(), Refusal> {
    let is_pending = retry::retry(cx, seat, conn, id).map_err(refusal_of)?;
    let Some(room) = cx.rooms.room(seat.room).filter(|_| is_pending) else { return Ok(()) };
    let pending = TranslationEvent {
        r#type: "translation",
        room_id: room.id,
        id,
        translated_content: None,
        original_content: None,
        original_language: None,
        language: None,
        reference,
        pending: true,
        untranslated: false,
        engine: None,
        rough: false,
    };
    cx.send(conn, &pending);
    Ok(())
}

/// What the customer is to read instead of what the model would make of it.
fn by_hand_of<'t>(cx: &Context<'_>, seat: Seat, text: &'t str) -> Result<(Language, &'t str), Refusal> {
    let to = preview::language_of_customer(cx, seat.room, seat.client).map_err(refusal_of)?;
    Ok((to, validate::translated_content(text, cx.config)?))
}

/// Whose language is meant.
fn whose(word: &str) -> Result<Role, Refusal> {
    let role = [Role::Customer, Role::Agent].into_iter().find(|role| role.word() == word);
    role.ok_or_else(|| Refusal::new(400, "whose_invalid", "whose must be customer or agent, or absent"))
}

fn language(code: &str, config: &Config) -> Result<Language, Refusal> {
    if Language::parse(code).is_none() {
        let what = "language must be the code of a language, such as en";
        return Err(Refusal::new(400, "language_invalid", what));
    }
    rules::language(code, config)
}

/// Whoever watches who waits has nothing to say there.
pub(super) fn refuse_in_lobby(cx: &mut Context<'_>, conn: ConnId, text: &str) {
    let refusal =
        Refusal::new(403, "lobby_is_read_only", "the lobby is read only; join a room to write there");
    let reference = reference_of(text, cx.config);
    cx.refuse(conn, &refusal, reference.as_deref());
}

/// The ref of a text in which something else is wrong, if it has a valid one.
fn reference_of(text: &str, config: &Config) -> Option<String> {
    let named: Named = expected(text).ok()?;
    rules::reference(Some(&named.reference), config).ok()?;
    Some(named.reference)
}
