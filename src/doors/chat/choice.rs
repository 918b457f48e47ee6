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
use crate::conversation::{ClientKey, Role, Room, Source, change};
use crate::doors::{Context, Denied, rules};
use crate::vocabulary::Language;

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
        let source = if client == seat.client { Source::Chosen } else { Source::Corrected };
        self.choose_for(cx, client, language, source);
        Ok(())
    }

    /// In every room of theirs, where everybody is told; what was misled is translated anew.
    fn choose_for(&mut self, cx: &mut Context<'_>, key: ClientKey, language: Language, source: Source) {
        let Some(client) = cx.rooms.client(key) else { return };
        if (client.speech.language(), client.speech.source()) == (Some(language), source) {
            for room in client.rooms.clone() {
                cx.rooms.edit(room, Room::owe_status);
            }
        } else {
            change::know(cx, key, language, source);
        }
        self.watcher_reads(cx, key, language);
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
