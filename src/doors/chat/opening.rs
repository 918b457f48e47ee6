//! How a WebSocket opens: whose token it is, and for which room or the lobby.

use super::refusal::refusal_of;
use super::{Attendance, Chat, TENANT, unless_undone, validate};
use crate::conversation::Role;
use crate::desk::{self, Seat};
use crate::doors::guard::bearer;
use crate::doors::{Caller, Context, Refusal, Reply};
use crate::wire::http::Request;
use crate::wire::websocket;

impl Chat {
    pub(super) fn on_handshake(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply {
        let mut response = match websocket::handshake(request) {
            Ok(response) => response,
            Err(refusal) => return Reply::Respond(refusal),
        };
        let offered = offered_token(request);
        if offered.is_some() {
            // The answer selects the protocol, never the token.
            response = response.header("Sec-WebSocket-Protocol", "bearer");
        }
        match self.seat_for(cx, caller, request, offered) {
            Ok(attendance) => {
                self.arriving = Some(attendance);
                Reply::Open(response)
            }
            // A browser script cannot see a refused handshake; one that offers `bearer` is told inside.
            Err(refusal) if offered.is_some() => Reply::OpenAndEnd {
                response,
                event: refusal.event(None),
                code: refusal.close_code(),
                reason: refusal.code,
            },
            Err(refusal) => Reply::Respond(refusal.response()),
        }
    }

    fn seat_for(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
        offered: Option<&str>,
    ) -> Result<Attendance, Refusal> {
        let in_query = request.query_param("token");
        // Who offers `bearer` only to be told why, may bring the token otherwise.
        let token =
            offered.filter(|token| !token.is_empty()).or_else(|| bearer(request)).or(in_query.as_deref());
        let client = self.client_of(cx, caller, token)?;
        let is_agent = cx.rooms.client(client).is_some_and(|client| client.role == Role::Agent);
        let room = match request.query_param("room_id") {
            Some(room_id) => {
                let room = desk::room_to_sit_in(cx, TENANT, validate::room_id(&room_id)?, client);
                Some(room.map_err(|refused| unless_undone(cx, refusal_of(refused)))?)
            }
            None if is_agent && !request.has_query_param("room_id") => None,
            None => return Err(room_id_missing()),
        };
        let open = cx.rooms.client(client).map_or(0, |client| client.connections.len());
        if open >= cx.config.max_connections_per_client {
            return Err(Refusal::new(
                429,
                "too_many_connections",
                "this token has too many connections open",
            ));
        }
        let Some(room) = room else { return Ok(Attendance::Lobby(client)) };
        let wants = |name| request.query_param(name).is_some_and(|value| value == "1");
        let (updates, originals) = (wants("updates"), wants("originals"));
        let after = after(request)?;
        Ok(Attendance::Room(Seat { tenant: TENANT, room, client, after, updates, originals }))
    }
}

/// The second entry of `Sec-WebSocket-Protocol: bearer, TOKEN`.
pub(super) fn offered_token(request: &Request) -> Option<&str> {
    let mut entries =
        request.headers("Sec-WebSocket-Protocol").flat_map(|value| value.split(',')).map(str::trim);
    let is_bearer = entries.next().is_some_and(|first| first.eq_ignore_ascii_case("bearer"));
    is_bearer.then(|| entries.next().unwrap_or_default())
}

fn after(request: &Request) -> Result<u64, Refusal> {
    if !request.has_query_param("after") {
        return Ok(0);
    }
    let given = request.query_param("after").and_then(|text| text.parse().ok());
    given.ok_or_else(|| Refusal::new(400, "after_invalid", "after must be the id of a message, or 0"))
}

pub(super) fn room_id_missing() -> Refusal {
    Refusal::new(400, "room_id_missing", "room_id must name the room")
}
