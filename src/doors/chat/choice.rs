//! A person chooses a language: their own, or an agent the customer's.
//!
//! The choice wins over whatever was detected, for good. It also says something of what was written before, and what was
//! translated from another language is translated anew: an agent who corrects the customer's language sees what they
//! write, and is believed; who chooses their own may only want to read another one, so the model is asked to look for
//! itself. What an agent wrote under an earlier choice was in that language and stays as it is; a customer who chooses
//! again may have chosen wrongly before, so what they wrote stays only where the text itself speaks for it.

use super::incoming::count;
use super::protocol::SetLanguage;
use super::{Chat, Seat};
use crate::conversation::{ClientKey, Correction, Role, RoomKey, Speech, change};
use crate::doors::{Asker, Context, Denied, rules};
use crate::vocabulary::{Language, Record};

impl Chat {
    /// A member chooses a language.
    pub(super) fn set_language(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        call: &SetLanguage,
    ) -> Result<(), Denied> {
        let (own, chooser) = cx.rooms.room(seat.room).map_or((None, None), |room| {
            let own = room.member(seat.client).map(|member| member.role);
            let whose = whose(call.whose.as_deref(), own);
            (own, whose.map(|role| room.member_as(role).map(|member| member.client)))
        });
        let whose = chooser.ok_or_else(whose_invalid)?;
        let (Some(own), Some(client)) = (own, whose) else { return Err(not_yours()) };
        if own == Role::Customer && client != seat.client {
            return Err(not_yours());
        }
        let language = language(&call.language, cx)?;
        cx.must_remember()?;
        count(cx, seat.client, cx.config.language_changes_per_minute, |deeds| &mut deeds.choices)?;
        let speech =
            if client == seat.client { Speech::chosen(language) } else { Speech::corrected(language) };
        self.choose_for(cx, client, language, speech);
        Ok(())
    }

    /// In every room of theirs.
    fn choose_for(&mut self, cx: &mut Context<'_>, key: ClientKey, language: Language, speech: Speech) {
        let Some(client) = cx.rooms.client_mut(key) else { return };
        let is_news = (client.speech.language(), client.speech.source()) != (Some(language), speech.source());
        let (correction, source) = (speech.corrects(&client.speech, client.role), speech.source());
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
        self.watcher_reads(cx, key, language);
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
        cx.take_back(Asker::Message(key, id), to);
    }
}

/// Whose language is meant: the customer's, the agent's, without a word the chooser's own.
fn whose(word: Option<&str>, own: Option<Role>) -> Option<Role> {
    match word {
        None => own,
        Some(word) => [Role::Customer, Role::Agent].into_iter().find(|role| role.word() == word),
    }
}

fn language(code: &str, cx: &Context<'_>) -> Result<Language, Denied> {
    if Language::parse(code).is_none() {
        return Err(Denied::new(
            400,
            "language_invalid",
            "language must be the code of a language, such as en",
        ));
    }
    rules::language(code, cx.config)
}

fn whose_invalid() -> Denied {
    Denied::new(400, "whose_invalid", "whose must be customer or agent, or absent")
}

fn not_yours() -> Denied {
    Denied::new(403, "not_yours", "only agents choose the language of the agent")
}
