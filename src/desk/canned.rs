//! Replies that are written already, some of them in several languages by hand.
//!
//! What somebody has translated by hand is never asked of the model: neither when an agent sends it by its key, nor when
//! they write the very same words.

use super::{Refused, Seat};
use crate::conversation::{Context, Role, Writing};
use crate::vocabulary::ConnId;

/// A reply as a message of this agent: in their language if it is written in it, and for the customer as it is written
/// in theirs.
///
/// # Errors
/// They are no agent here; there is no reply of that name.
pub fn writing<'a>(
    cx: &Context<'a>,
    seat: Seat,
    on: ConnId,
    key: &str,
    reference: Option<&'a str>,
) -> Result<Writing<'a>, Refused> {
    let room = cx.rooms.room(seat.room);
    let agent = room.and_then(|room| room.member(seat.client)).filter(|member| member.role == Role::Agent);
    let agent = agent.ok_or(Refused::AgentsOnly)?;
    let reply = cx.config.replies_of(seat.tenant).get(key).ok_or(Refused::CannedUnknown)?;
    let own = agent.language.and_then(|language| Some((language, reply.text_in(language)?)));
    let (language, text) = own.unwrap_or((reply.language, &reply.content));
    let read = room.and_then(|room| room.member_as(Role::Customer)).and_then(|customer| customer.language);
    let translation = read.filter(|to| *to != language).and_then(|to| Some((to, reply.text_in(to)?)));
    Ok(Writing { on: Some(on), text, language: Some(language), translation, reference, ..Writing::default() })
}
