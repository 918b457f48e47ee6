//! An agent looks at what the customer would read, before anything is sent.
//!
//! A draft is nobody's message: it is in no log and no store, and only the agent's connection hears of it. While it is
//! being translated the translator has its text, and counts it; what it remembers of it is forgotten with everything else
//! it remembers. There is one draft per connection, and a newer one takes its place.

use std::sync::Arc;

use super::incoming::count;
use super::protocol::Previewed;
use super::{Chat, Seat, Timer, validate};
use crate::conversation::{ClientKey, Role, RoomKey};
use crate::doors::{Asker, Context, Denied};
use crate::tools::timer::TimerId;
use crate::translate::{Asked, Outcome, prompt};
use crate::vocabulary::{ConnId, Language, Tenant};

/// A draft whose translation is on its way.
pub(super) struct Preview {
    /// Tells it from the drafts before it.
    number: u64,
    /// The agent's own name for it.
    reference: Option<String>,
    to: Language,
    /// Until when the agent waits.
    timer: TimerId,
}

impl Chat {
    /// An agent asks what the customer would read.
    pub(super) fn preview(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        conn: ConnId,
        content: &str,
        reference: Option<&str>,
    ) -> Result<(), Denied> {
        let to = language_of_customer(cx, seat.room, seat.client)?;
        let content = validate::content(content, cx.config)?;
        count(cx, seat.client, cx.config.previews_per_minute, |deeds| &mut deeds.previews)?;
        self.drop_preview(cx, conn);
        let from = cx.rooms.client(seat.client).and_then(|client| client.speech.language());
        if from == Some(to) || !prompt::has_words(content) {
            tell(cx, conn, reference, Some((content, to)));
            return Ok(());
        }
        let by_hand = from.and_then(|from| cx.config.canned_replies.translation_of(content, from, to));
        if by_hand.is_some() {
            tell(cx, conn, reference, by_hand.map(|text| (text, to)));
            return Ok(());
        }
        self.previewed += 1;
        let asked = if cx.make_space(content.len()) {
            cx.ask(Tenant::default(), Asker::Preview(conn, self.previewed), to, from, &Arc::from(content))
        } else {
            Asked::Now(Outcome::Failed { again: true })
        };
        match asked {
            Asked::Now(outcome) => tell_outcome(cx, conn, reference, to, &outcome),
            Asked::Later => {
                let at = cx.now + cx.config.translate_deadline_ms;
                let timer = cx.wake(at, Timer::Preview(conn));
                let reference = reference.map(str::to_owned);
                let preview = Preview { number: self.previewed, reference, to, timer };
                self.previews.insert(conn, preview);
            }
        }
        Ok(())
    }

    /// The translation of a draft has ended.
    pub(super) fn preview_ended(
        &mut self,
        cx: &mut Context<'_>,
        conn: ConnId,
        number: u64,
        outcome: &Outcome,
    ) {
        if self.previews.get(&conn).is_none_or(|preview| preview.number != number) {
            return;
        }
        if let Some(preview) = self.previews.remove(&conn) {
            cx.cancel(preview.timer);
            tell_outcome(cx, conn, preview.reference.as_deref(), preview.to, outcome);
        }
    }

    /// The agent has waited long enough.
    pub(super) fn preview_is_late(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        if let Some(preview) = self.drop_preview(cx, conn) {
            tell(cx, conn, preview.reference.as_deref(), None);
        }
    }

    /// Nobody wants to know any more.
    pub(super) fn drop_preview(&mut self, cx: &mut Context<'_>, conn: ConnId) -> Option<Preview> {
        let preview = self.previews.remove(&conn)?;
        cx.cancel(preview.timer);
        cx.take_back(Tenant::default(), Asker::Preview(conn, preview.number), preview.to);
        Some(preview)
    }
}

/// Into which language a text of this agent would be translated for the customer.
///
/// # Errors
/// They are no agent here; nobody knows yet what the customer reads.
pub(super) fn language_of_customer(
    cx: &Context<'_>,
    key: RoomKey,
    client: ClientKey,
) -> Result<Language, Denied> {
    let room = cx.rooms.room(key);
    let role = room.and_then(|room| room.member(client)).map(|member| member.role);
    if role != Some(Role::Agent) {
        return Err(Denied::new(403, "agents_only", "only agents may do this"));
    }
    let customer = room.and_then(|room| room.member_as(Role::Customer));
    customer.and_then(|customer| customer.language).ok_or_else(|| {
        Denied::new(
            409,
            "language_unknown",
            "the language of the customer is not known yet; choose one first",
        )
    })
}

fn tell_outcome(
    cx: &mut Context<'_>,
    conn: ConnId,
    reference: Option<&str>,
    to: Language,
    outcome: &Outcome,
) {
    let translated = match outcome {
        Outcome::Done { text, .. } => Some((&**text, to)),
        Outcome::Failed { .. } => None,
    };
    tell(cx, conn, reference, translated);
}

fn tell(cx: &mut Context<'_>, conn: ConnId, reference: Option<&str>, translated: Option<(&str, Language)>) {
    cx.send(
        conn,
        &Previewed {
            r#type: "preview",
            reference,
            translated_content: translated.map(|(text, _)| text),
            language: translated.map(|(_, language)| language),
            untranslated: translated.is_none(),
        },
    );
}
