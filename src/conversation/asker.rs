//! Who has asked the translator for something, and how a ticket says it: losslessly, so that a door finds in what has
//! ended what it asked for.

use super::RoomKey;
use crate::translate::{Group, Ticket};
use crate::vocabulary::{ConnId, Language, Tenant};

/// Who waits for a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The readers of a message of a room.
    Message(RoomKey, u64),
    /// An agent who looks at what a customer would read; the number tells one draft of a connection from the next.
    Preview(ConnId, u64),
    /// Agents who look at who waits; each question has a number of its own.
    Lobby(u32),
}

const MESSAGE: u8 = 0;
const PREVIEW: u8 = 1;
const LOBBY: u8 = 2;

impl Asker {
    /// What takes turns with others of its tenant: the messages of a room together, everything else alone and in the name
    /// of a door.
    pub fn group(self, tenant: Tenant, owner: u8) -> Group {
        let (owner, kind, key) = match self {
            Self::Message(room, _) => (0, MESSAGE, room.to_bits()),
            Self::Preview(conn, _) => (owner, PREVIEW, conn.to_bits()),
            Self::Lobby(number) => (owner, LOBBY, number.into()),
        };
        Group { tenant, owner, kind, key }
    }

    /// What the translator is given by a door.
    pub fn ticket(self, tenant: Tenant, owner: u8, to: Language) -> Ticket {
        let item = match self {
            Self::Message(_, item) | Self::Preview(_, item) => item,
            Self::Lobby(_) => 0,
        };
        Ticket { group: self.group(tenant, owner), item, to }
    }

    /// Who gave a ticket.
    pub fn of(ticket: Ticket) -> Option<Self> {
        let Ticket { group: Group { kind, key, .. }, item, .. } = ticket;
        match kind {
            MESSAGE => Some(Self::Message(RoomKey::from_bits(key), item)),
            PREVIEW => Some(Self::Preview(ConnId::from_bits(key), item)),
            LOBBY => u32::try_from(key).ok().map(Self::Lobby),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_says_whose_it_is() {
        let conn = ConnId { slot: 7, generation: 3 };
        let room = RoomKey::from_bits(conn.to_bits());
        let askers = [
            Asker::Message(room, 12),
            Asker::Preview(conn, 12),
            Asker::Preview(ConnId { slot: u32::MAX, generation: u32::MAX }, u64::MAX),
            Asker::Lobby(7),
            Asker::Lobby(u32::MAX),
        ];
        for asker in askers {
            let ticket = asker.ticket(Tenant::default(), 1, Language::ENGLISH);
            let owner = u8::from(!matches!(asker, Asker::Message(..)));
            assert_eq!((Asker::of(ticket), ticket.group.owner), (Some(asker), owner));
        }
        let [message, preview] =
            [Asker::Message(room, 1), Asker::Preview(conn, 1)].map(|it| it.group(Tenant::default(), 0));
        assert_ne!(message, preview, "of the same slot and generation");
        let stranger = Ticket { group: Group { kind: 9, ..message }, item: 0, to: Language::ENGLISH };
        assert_eq!(Asker::of(stranger), None);
    }
}
