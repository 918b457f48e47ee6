//! Who waits for a translation. The translator hands a ticket through and understands nothing of it but that a group takes
//! turns and is withdrawn as one.

use crate::tools::limiter::AddressKey;
use crate::vocabulary::{Language, Tenant};

/// What takes turns, such as a room. Its numbers mean something to the asker only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Whose it is: tenants take turns before their groups do.
    pub tenant: Tenant,
    /// Who asks: to them goes what has ended.
    pub owner: u8,
    /// What kind of thing it is to them.
    pub kind: u8,
    /// Which one of that kind.
    pub key: u64,
}

/// Who waits for a translation. `item` means something to the asker only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// What takes turns: a room.
    pub group: Group,
    /// What is to be translated there: a message.
    pub item: u64,
    pub to: Language,
}

/// In which line of its tenant something waits for its turn: doors take turns, and so does whoever asks at one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// At which door it was said.
    pub door: u8,
    pub source: Source,
}

/// Who asks, as far as turns go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Whoever comes from there, in however many rooms.
    Address(AddressKey),
    /// Somebody who has shown a key: each of their groups for itself.
    Known(Group),
}

/// Who may find a translation again, or join one under way: that tells them that somebody has said the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Whoever asks in the name of this door, for the same tenant.
    Door(u8),
    /// Nobody: it is for one person.
    Private,
}
