//! Who of this door has asked the translator for something, as a ticket says it.
//!
//! The translator hands a ticket through and understands nothing of it but that a group takes turns and is withdrawn as
//! one. Every asker that is no room needs groups that no room has: rooms and connections are named by a slot and a
//! generation, and a slot never has the bits kept for that, since two thousand million of either do not fit into memory.

use crate::conversation::RoomKey;
use crate::translate::Ticket;
use crate::vocabulary::ConnId;
use crate::vocabulary::Language;

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// The readers of a message.
    Message(RoomKey, u64),
    /// An agent who looks at what a customer would read; the number tells one draft of a connection from the next.
    Preview(ConnId, u64),
    /// Agents who look at who waits; each question has a number of its own.
    Lobby(u32),
}

/// In the half that is the slot.
const PREVIEW: u64 = 1 << 31;
/// Instead of a slot.
const LOBBY: u64 = u32::MAX as u64;

impl Asker {
    /// What the translator is given.
    pub(super) fn ticket(self, to: Language) -> Ticket {
        let (group, item) = match self {
            Self::Message(room, id) => (room.to_bits(), id),
            Self::Preview(conn, number) => {
                (u64::from(conn.generation) << 32 | u64::from(conn.slot) | PREVIEW, number)
            }
            Self::Lobby(number) => (u64::from(number) << 32 | LOBBY, 0),
        };
        Ticket { group, item, to }
    }

    /// Who gave a ticket.
    #[expect(clippy::cast_possible_truncation, reason = "takes the two halves apart")]
    pub(super) fn of(ticket: Ticket) -> Self {
        if ticket.group & LOBBY == LOBBY {
            return Self::Lobby((ticket.group >> 32) as u32);
        }
        if ticket.group & PREVIEW == 0 {
            return Self::Message(RoomKey::from_bits(ticket.group), ticket.item);
        }
        let (slot, generation) = ((ticket.group & !PREVIEW) as u32, (ticket.group >> 32) as u32);
        Self::Preview(ConnId { slot, generation }, ticket.item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_says_whose_it_is() {
        let conn = ConnId { slot: 7, generation: 3 };
        let room = RoomKey::from_bits(3 << 32 | 7);
        for asker in
            [Asker::Message(room, 12), Asker::Preview(conn, 12), Asker::Preview(conn, 0), Asker::Lobby(7)]
        {
            assert_eq!(Asker::of(asker.ticket(Language::ENGLISH)), asker);
        }
        let groups =
            [Asker::Message(room, 1), Asker::Preview(conn, 1)].map(|it| it.ticket(Language::ENGLISH));
        assert_ne!(groups[0].group, groups[1].group, "of the same slot and generation");
    }
}
