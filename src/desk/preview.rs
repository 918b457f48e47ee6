//! An agent looks at what the customer would read, before anything is sent.
//!
//! A draft is nobody's message: it is in no log and no store, and only the agent's connection hears of it. While it is
//! being translated the translator has its text, and counts it; what it remembers of it is forgotten with everything else
//! it remembers. There is one draft per connection, and a newer one takes its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::signals::count;
use super::words::DraftReading;
use super::{Desk, Refused, Seat, Timer};
use crate::conversation::{Asker, ClientKey, Context, Role, RoomKey};
use crate::tools::timer::TimerId;
use crate::translate::detect::{self, Verdict};
use crate::translate::{Asked, Outcome, glossary, prompt};
use crate::vocabulary::{ConnId, Language, Tenant};

/// The drafts that are being translated.
#[derive(Default)]
pub(super) struct Previews {
    by_conn: BTreeMap<ConnId, Preview>,
    /// How many there have been.
    asked: u64,
}

impl Previews {
    pub(super) fn conns(&self) -> impl Iterator<Item = ConnId> {
        self.by_conn.keys().copied()
    }
}

/// A draft whose translation is on its way.
struct Preview {
    tenant: Tenant,
    /// Tells it from the drafts before it.
    number: u64,
    /// The agent's own name for it.
    reference: Option<String>,
    to: Language,
    /// The terms of the glossary it is to have.
    terms: Vec<String>,
    /// Until when the agent waits.
    timer: TimerId,
}

impl Desk {
    /// An agent asks what the customer would read in a language; the answer comes now or later, as
    /// [`super::Words::previewed`].
    ///
    /// # Errors
    /// They have asked too often.
    pub fn preview(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        conn: ConnId,
        to: Language,
        content: &str,
        reference: Option<&str>,
    ) -> Result<(), Refused> {
        count(cx, seat.client, cx.config.previews_per_minute, |rates| &mut rates.previews)?;
        self.drop_preview(cx, conn);
        let held = cx.rooms.client(seat.client).and_then(|client| client.speech.language());
        let from = match detect::judge(content, &cx.config.languages.0, held) {
            Verdict::Clear(language) => Some(language),
            Verdict::Foreign => None,
            Verdict::Unclear => held,
        };
        if from == Some(to) || !prompt::has_words(content) {
            let same = DraftReading { text: content, to, engine: None, terms: &[] };
            self.send_preview(cx, conn, reference, Some(same));
            return Ok(());
        }
        let terms = cx.translator.terms_of(content, from, to);
        let replies = cx.config.replies_of(seat.tenant);
        if let Some(text) = from.and_then(|from| replies.translation_of(content, from, to)) {
            let terms = &glossary::shown(text, &terms);
            let by_hand = DraftReading { text, to, engine: None, terms };
            self.send_preview(cx, conn, reference, Some(by_hand));
            return Ok(());
        }
        self.previews.asked += 1;
        let number = self.previews.asked;
        let asked = if cx.make_space(content.len()) {
            cx.ask(seat.tenant, Asker::Preview(conn, number), to, from, &Arc::from(content))
        } else {
            Asked::Now(Outcome::Failed { again: true, check: None })
        };
        match asked {
            Asked::Now(outcome) => self.send_outcome(cx, conn, reference, (to, &terms), &outcome),
            Asked::Later => {
                let at = cx.now + cx.config.translate_deadline_ms;
                let timer = cx.wake(at, Timer::Preview(conn));
                let reference = reference.map(str::to_owned);
                let preview = Preview { tenant: seat.tenant, number, reference, to, terms, timer };
                self.previews.by_conn.insert(conn, preview);
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
        let previews = &mut self.previews.by_conn;
        if previews.get(&conn).is_none_or(|preview| preview.number != number) {
            return;
        }
        if let Some(preview) = previews.remove(&conn) {
            cx.cancel(preview.timer);
            let Preview { reference, to, terms, .. } = preview;
            self.send_outcome(cx, conn, reference.as_deref(), (to, &terms), outcome);
        }
    }

    /// The agent has waited long enough.
    pub(super) fn preview_is_late(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        if let Some(preview) = self.take_preview(cx, conn) {
            self.send_preview(cx, conn, preview.reference.as_deref(), None);
        }
    }

    /// Nobody wants to know any more.
    pub(super) fn drop_preview(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        self.take_preview(cx, conn);
    }

    fn take_preview(&mut self, cx: &mut Context<'_>, conn: ConnId) -> Option<Preview> {
        let preview = self.previews.by_conn.remove(&conn)?;
        cx.cancel(preview.timer);
        cx.take_back(preview.tenant, Asker::Preview(conn, preview.number), preview.to);
        Some(preview)
    }

    fn send_outcome(
        &self,
        cx: &mut Context<'_>,
        conn: ConnId,
        reference: Option<&str>,
        (to, terms): (Language, &[String]),
        outcome: &Outcome,
    ) {
        match outcome {
            Outcome::Done { text, by, .. } => {
                let terms = &glossary::shown(text, terms);
                let translated = DraftReading { text, to, engine: *by, terms };
                self.send_preview(cx, conn, reference, Some(translated));
            }
            Outcome::Failed { .. } => self.send_preview(cx, conn, reference, None),
        }
    }

    fn send_preview(
        &self,
        cx: &mut Context<'_>,
        conn: ConnId,
        reference: Option<&str>,
        translated: Option<DraftReading<'_>>,
    ) {
        let bytes = self.words.previewed(cx.outbox, reference, translated);
        cx.outbox.send(conn, bytes, cx.effects);
    }
}

/// Into which language a text of this agent would be translated for the customer.
///
/// # Errors
/// They are no agent here; nobody knows yet what the customer reads.
pub fn language_of_customer(cx: &Context<'_>, key: RoomKey, client: ClientKey) -> Result<Language, Refused> {
    let room = cx.rooms.room(key);
    let role = room.and_then(|room| room.member(client)).map(|member| member.role);
    if role != Some(Role::Agent) {
        return Err(Refused::AgentsOnly);
    }
    let customer = room.and_then(|room| room.member_as(Role::Customer));
    customer.and_then(|customer| customer.language).ok_or(Refused::LanguageUnknown)
}
