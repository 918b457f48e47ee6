//! A person chooses a language: their own, or an agent the customer's.
//!
//! The choice wins over whatever was detected, for good. It also says something of what was written before, and what was
//! translated from another language is translated anew: an agent who corrects the customer's language sees what they
//! write, and is believed; who chooses their own may only want to read another one, so the model is asked to look for
//! itself. What an agent wrote under an earlier choice was in that language and stays as it is; a customer who chooses
//! again may have chosen wrongly before, so what they wrote stays only where the text itself speaks for it.

use super::refusal::must_remember;
use super::signals::count;
use super::{Desk, Refusal, Seat};
use crate::conversation::{Asker, ClientKey, Context, Correction, Role, RoomKey, Speech, change};
use crate::vocabulary::{Language, Record};

/// Whose language a member means: of whoever has a role in the room, or their own.
///
/// # Errors
/// It is not theirs to choose.
pub fn whose(cx: &Context<'_>, seat: Seat, role: Option<Role>) -> Result<ClientKey, Refusal> {
    let room = cx.rooms.room(seat.room).ok_or(Refusal::NotYours)?;
    let own = room.member(seat.client).map(|member| member.role).ok_or(Refusal::NotYours)?;
    let meant = room.member_as(role.unwrap_or(own)).map(|member| member.client);
    let may_choose = |client: &ClientKey| own != Role::Customer || *client == seat.client;
    meant.filter(may_choose).ok_or(Refusal::NotYours)
}

impl Desk {
    /// A member chooses a language for [`whose`] it is.
    ///
    /// # Errors
    /// Nothing can be stored, or they choose too often.
    pub fn choose_language(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        client: ClientKey,
        language: Language,
    ) -> Result<(), Refusal> {
        must_remember(cx)?;
        count(cx, seat.client, cx.config.language_changes_per_minute, |deeds| &mut deeds.choices)?;
        let speech =
            if client == seat.client { Speech::chosen(language) } else { Speech::corrected(language) };
        choose_for(cx, client, language, speech);
        self.queue(seat.tenant).lobby.reads(cx, client, language);
        Ok(())
    }
}

/// In every room of theirs.
fn choose_for(cx: &mut Context<'_>, key: ClientKey, language: Language, speech: Speech) {
    let Some(client) = cx.rooms.client_mut(key) else { return };
    let is_news = (client.speech.language(), client.speech.source()) != (Some(language), speech.source());
    let (correction, source) = (speech.corrects(&client.speech, client.role), speech.source().word().into());
    client.speech = speech;
    let rooms = client.rooms.clone();
    if is_news {
        cx.store(Record::LanguageLearnt { client: cx.client_number(key), language, source });
    }
    for room in rooms {
        if let Some(correction) = correction.filter(|_| is_news) {
            correct(cx, room, key, language, correction);
        }
        change::read_in(cx, room, key, language);
    }
}

/// What they wrote so far was in this language, whatever it was taken for: translations that were misled are made anew.
fn correct(
    cx: &mut Context<'_>,
    key: RoomKey,
    client: ClientKey,
    language: Language,
    correction: Correction,
) {
    let deadline = cx.now + cx.config.translate_deadline_ms;
    let called_off = cx.rooms.edit(key, |room| room.correct_language(client, language, correction, deadline));
    for (id, to) in called_off.unwrap_or_default() {
        cx.take_back(cx.rooms.tenant_of(key), Asker::Message(key, id), to);
    }
}
