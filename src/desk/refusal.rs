//! Why the desk does not do something. Costs whoever asked, loses nothing; a door has the sentence for it.

use crate::conversation::{Context, Full, RoomId};
use crate::translate::Outage;
use crate::vocabulary::Millis;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    // ---- rooms ----
    /// There is no such room of this tenant.
    NoSuchRoom,
    RoomClosed,
    /// They are no member of the room.
    NotAMember,
    /// They have left the room already.
    AlreadyLeft,
    /// The room does not wait for an agent.
    NotWaiting,
    /// They have as many rooms as an agent may have; one of them.
    AlreadyInARoom(Option<RoomId>),

    // ---- people ----
    /// Only an agent may do this.
    NotAnAgent,
    /// Only the agent of the room may do this.
    AgentsOnly,
    /// Only agents choose the language of the agent.
    NotYours,
    /// It is not known yet what the customer reads.
    LanguageUnknown,

    // ---- messages ----
    /// There is no canned reply of that key.
    CannedUnknown,
    /// The message is not in memory.
    MessageUnknown,
    /// The room has no such message yet.
    NotWrittenYet,
    /// Whoever cannot be told of an update cannot ask for one.
    UpdatesNeeded,
    /// No translation of the message has failed for them.
    NothingFailed,
    /// Nothing is translated at the moment.
    NoTranslator(Outage),
    /// What is translated at the moment is not this pair of languages.
    PairFails,

    // ---- limits ----
    /// The other side has not read what was written, and the room takes no more.
    RoomFull,
    /// There is no memory for the text.
    MemoryFull,
    /// There is no room for one more chat or person.
    ServerFull,
    /// Too many open chats were started from the address.
    TooManyRooms,
    /// Too many chats or people were started from the address; how long to wait.
    TooManyStarts(Millis),
    /// They have done this too often; how long to wait.
    TooMany(Millis),
    /// The key of a start that is made again belongs to another one.
    KeyReused,

    /// What is promised now might be forgotten.
    StoreDown,
}

impl From<Full> for Refused {
    fn from(full: Full) -> Self {
        match full {
            Full::Room => Self::RoomFull,
            Full::Memory => Self::MemoryFull,
        }
    }
}

/// Whether a change may be promised.
pub(super) fn must_remember(cx: &Context<'_>) -> Result<(), Refused> {
    if cx.store_is_down { Err(Refused::StoreDown) } else { Ok(()) }
}
