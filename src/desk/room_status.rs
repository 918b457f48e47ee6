//! How a room stands, for one of its readers.

use crate::conversation::{Role, RoomId, RoomKey, RoomTimer, Rooms, Status};
use crate::vocabulary::{Language, Millis};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomStatus<'a> {
    pub room: RoomId,
    /// As what the reader reads.
    pub role: Role,
    /// Where the room is in its life.
    pub status: Status,
    /// What the reader reads.
    pub language: Option<Language>,
    pub customer_name: Option<&'a str>,
    pub customer_language: Option<Language>,
    /// Who answers; while the room is closing, who has answered last.
    pub agent_name: Option<&'a str>,
    pub agent_language: Option<Language>,
    /// Where the log begins; earlier messages are gone from memory.
    pub first_id: u64,
    /// How long the customer has to write again.
    pub closes_in: Option<Millis>,
}

/// How a room stands for the reader at a place, now; it does not close before the patience has ended that follows when
/// nothing could be stored.
pub fn of(
    rooms: &Rooms,
    (now, patient_until): (Millis, Millis),
    key: RoomKey,
    place: usize,
) -> Option<RoomStatus<'_>> {
    let room = rooms.room(key)?;
    let reader = room.readers.get(place)?;
    let name = |role| {
        let here = room.member_as(role).map(|member| member.client);
        // While the room is closing, its agent is who has just left.
        let just_left = room.past_members.last().copied().filter(|_| room.status == Status::Closing);
        let client = rooms.client(here.or(just_left)?)?;
        Some(&*client.name).filter(|_| client.role == role)
    };
    let closes_at = room.timer(RoomTimer::Closing).map(|at| at.max(patient_until));
    Some(RoomStatus {
        room: room.id,
        role: reader.role,
        status: room.status,
        language: reader.language,
        customer_name: name(Role::Customer),
        customer_language: room.member_as(Role::Customer).and_then(|customer| customer.language),
        agent_name: name(Role::Agent),
        agent_language: room.member_as(Role::Agent).and_then(|agent| agent.language),
        first_id: room.log.first_id(),
        closes_in: closes_at.map(|at| at - now),
    })
}
