//! What the wheel holds, by whom it concerns.

use crate::vocabulary::ConnId;

/// What the wheel holds, by whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A deadline of a connection may have come.
    Connection(ConnId),
    /// The earliest timer of a room has come; the bits of its key.
    Room(u64),
    /// An [`Alarm`] of a door.
    Door {
        /// Its place in the table.
        door: u8,
        /// See [`Alarm`].
        kind: u8,
        /// See [`Alarm`].
        key: u64,
    },
}

/// What a door waits for, in numbers of its own: each door has an enum that becomes one and comes back from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub kind: u8,
    /// Of which person or connection.
    pub key: u64,
}
