//! Replies that are written already, some of them in several languages by hand.
//!
//! What somebody has translated by hand is never asked of the model: neither when an agent sends it by its key, nor when
//! they write the very same words.

use super::protocol::CannedList;
use super::{Chat, Seat, rest};
use crate::conversation::{Role, Writing};
use crate::doors::guard::bearer;
use crate::doors::{Caller, Context, Denied};
use crate::vocabulary::ConnId;
use crate::wire::http::{Request, Response};

impl Chat {
    /// `GET /canned-replies`
    pub(super) fn list_canned(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Denied> {
        let client = self.client_of(cx, caller, bearer(request))?;
        rest::must_be_agent(cx, client)?;
        let list = CannedList { replies: cx.config.canned_replies.all() };
        Ok(Response::new(200).json(&list).header("Cache-Control", "no-store"))
    }
}

/// A reply as a message of this agent: in their language if it is written in it, and for the customer as it is written
/// in theirs.
///
/// # Errors
/// They are no agent here; there is no reply of that name.
pub(super) fn writing<'a>(
    cx: &Context<'a>,
    seat: Seat,
    on: ConnId,
    key: &str,
    reference: Option<&'a str>,
) -> Result<Writing<'a>, Denied> {
    let room = cx.rooms.room(seat.room);
    let agent = room.and_then(|room| room.member(seat.client)).filter(|member| member.role == Role::Agent);
    let Some(agent) = agent else {
        return Err(Denied::new(403, "agents_only", "only agents may do this"));
    };
    let Some(reply) = cx.config.canned_replies.get(key) else {
        return Err(Denied::new(404, "canned_unknown", "there is no canned reply of that key"));
    };
    let own = agent.language.and_then(|language| Some((language, reply.text_in(language)?)));
    let (language, text) = own.unwrap_or((reply.language, &reply.content));
    let read = room.and_then(|room| room.member_as(Role::Customer)).and_then(|customer| customer.language);
    let translation = read.filter(|to| *to != language).and_then(|to| Some((to, reply.text_in(to)?)));
    Ok(Writing { on: Some(on), text, language: Some(language), translation, reference, ..Writing::default() })
}
