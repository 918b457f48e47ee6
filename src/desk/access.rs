//! Who may do what in which room. A room of another tenant is none.

use super::Refused;
use crate::conversation::{ClientKey, Context, Found, Role, RoomId, RoomKey};
use crate::vocabulary::Tenant;

/// What a public name stands for among the rooms of a tenant.
fn find<'r>(cx: &'r Context<'_>, tenant: Tenant, id: RoomId) -> Found<'r> {
    match cx.rooms.find(id) {
        Found::Open(key) if cx.rooms.tenant_of(key) == tenant => Found::Open(key),
        Found::Closed(tombstone) if tombstone.tenant == tenant => Found::Closed(tombstone),
        Found::Open(_) | Found::Closed(_) | Found::Nothing => Found::Nothing,
    }
}

/// An open room.
///
/// # Errors
/// There is none, or it is closed.
pub(super) fn open_room(cx: &Context<'_>, tenant: Tenant, id: RoomId) -> Result<RoomKey, Refused> {
    match find(cx, tenant, id) {
        Found::Open(key) => Ok(key),
        Found::Closed(_) => Err(Refused::RoomClosed),
        Found::Nothing => Err(Refused::NoSuchRoom),
    }
}

/// A room that somebody may read and write.
///
/// # Errors
/// There is none, it is closed, or they are no member.
pub fn room_to_sit_in(
    cx: &Context<'_>,
    tenant: Tenant,
    id: RoomId,
    client: ClientKey,
) -> Result<RoomKey, Refused> {
    match find(cx, tenant, id) {
        Found::Open(key) if cx.rooms.room(key).is_some_and(|room| room.member(client).is_some()) => Ok(key),
        Found::Closed(tombstone) if tombstone.members.contains(&client) => Err(Refused::RoomClosed),
        Found::Open(_) | Found::Closed(_) => Err(Refused::NotAMember),
        Found::Nothing => Err(Refused::NoSuchRoom),
    }
}

/// A room that somebody may end, and as what.
pub(super) fn room_to_end(
    cx: &Context<'_>,
    tenant: Tenant,
    id: RoomId,
    client: ClientKey,
) -> Result<(RoomKey, Role), Refused> {
    let key = room_to_sit_in(cx, tenant, id, client);
    let was_member = |key| cx.rooms.room(key).is_some_and(|room| room.was_member(client));
    match (key, cx.rooms.find(id)) {
        (Ok(key), _) => {
            let member = cx.rooms.room(key).and_then(|room| room.member(client));
            member.map(|member| (key, member.role)).ok_or(Refused::NoSuchRoom)
        }
        (Err(Refused::NotAMember), Found::Open(key)) if was_member(key) => Err(Refused::AlreadyLeft),
        (Err(refusal), _) => Err(refusal),
    }
}

/// # Errors
/// They are none.
pub fn must_be_agent(cx: &Context<'_>, client: ClientKey) -> Result<(), Refused> {
    let is_agent = cx.rooms.client(client).is_some_and(|client| client.role == Role::Agent);
    if is_agent { Ok(()) } else { Err(Refused::NotAnAgent) }
}
