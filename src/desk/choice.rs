//! A person chooses a language: their own, or an agent the customer's.
//!
//! The choice wins over whatever was detected, for good. It also says something of what was written before, and what was
//! translated from another language is translated anew: an agent who corrects the customer's language sees what they
//! write, and is believed; who chooses their own may only want to read another one, so the model is asked to look for
//! itself. What an agent wrote under an earlier choice was in that language and stays as it is; a customer who chooses
//! again may have chosen wrongly before, so what they wrote stays only where the text itself speaks for it.

use super::refusal::must_remember;
use super::signals::count;
use super::{Desk, Refused, Seat};
use crate::conversation::{ClientKey, Context, Role, Room, Source, change};
use crate::vocabulary::Language;

/// Whose language a member means: of whoever has a role in the room, or their own.
///
/// # Errors
/// It is not theirs to choose.
pub fn whose(cx: &Context<'_>, seat: Seat, role: Option<Role>) -> Result<ClientKey, Refused> {
    let room = cx.rooms.room(seat.room).ok_or(Refused::NotYours)?;
    let own = room.member(seat.client).map(|member| member.role).ok_or(Refused::NotYours)?;
    let meant = room.member_as(role.unwrap_or(own)).map(|member| member.client);
    let may_choose = |client: &ClientKey| own != Role::Customer || *client == seat.client;
    meant.filter(may_choose).ok_or(Refused::NotYours)
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
    ) -> Result<(), Refused> {
        must_remember(cx)?;
        count(cx, seat.client, cx.config.language_changes_per_minute, |rates| &mut rates.choices)?;
        let source = if client == seat.client { Source::Chosen } else { Source::Corrected };
        choose_for(cx, client, language, source);
        self.queue(seat.tenant).lobby.reads(cx, client, language);
        Ok(())
    }
}

/// In every room of theirs, where everybody is told; what was misled is translated anew.
fn choose_for(cx: &mut Context<'_>, key: ClientKey, language: Language, source: Source) {
    let Some(client) = cx.rooms.client(key) else { return };
    if (client.speech.language(), client.speech.source()) == (Some(language), source) {
        for room in client.rooms.clone() {
            cx.rooms.edit(room, Room::notify_status);
        }
    } else {
        change::know(cx, key, language, source);
    }
}
