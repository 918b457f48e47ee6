//! What this door waits for.

use crate::conversation::{ClientKey, RoomId, RoomKey};
use crate::doors::Alarm;
use crate::vocabulary::ConnId;

/// What this door waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The customer has not written again.
    Closing(RoomKey),
    /// The agent has not come back.
    AgentAbsence(RoomKey),
    /// The customer has never come.
    CustomerAbsence(RoomKey),
    /// Nobody has been here or written.
    Idle(RoomKey),
    /// A reader has waited long enough for a translation.
    Deadline(RoomKey),
    /// An agent has waited long enough for the translation of a draft.
    Preview(ConnId),
    /// Somebody may have stopped typing.
    Typing(RoomKey),
    /// A closed room may be forgotten.
    Tombstone(RoomId),
    /// A token may have been unused for too long.
    Token(ClientKey),
    /// Places in the queue have changed a while ago.
    Places,
}

impl Timer {
    /// Whether it takes back what somebody may have been told. That is done when it can be stored.
    pub(super) fn changes_what_was_told(self) -> bool {
        match self {
            Self::Closing(_)
            | Self::AgentAbsence(_)
            | Self::CustomerAbsence(_)
            | Self::Idle(_)
            | Self::Tombstone(_)
            | Self::Token(_) => true,
            // Readers get the original once they get anything at all.
            Self::Deadline(_) | Self::Places | Self::Preview(_) | Self::Typing(_) => false,
        }
    }

    /// What an alarm stands for.
    pub(super) fn of(Alarm { kind, key }: Alarm) -> Option<Self> {
        let room = RoomKey::from_bits(key);
        Some(match kind {
            0 => Self::Closing(room),
            1 => Self::AgentAbsence(room),
            2 => Self::CustomerAbsence(room),
            3 => Self::Idle(room),
            4 => Self::Deadline(room),
            5 => Self::Preview(ConnId::from_bits(key)),
            6 => Self::Typing(room),
            7 => Self::Tombstone(RoomId::from_number(key)),
            8 => Self::Token(ClientKey::from_bits(key)),
            9 => Self::Places,
            _ => return None,
        })
    }
}

impl From<Timer> for Alarm {
    fn from(timer: Timer) -> Self {
        let (kind, key) = match timer {
            Timer::Closing(room) => (0, room.to_bits()),
            Timer::AgentAbsence(room) => (1, room.to_bits()),
            Timer::CustomerAbsence(room) => (2, room.to_bits()),
            Timer::Idle(room) => (3, room.to_bits()),
            Timer::Deadline(room) => (4, room.to_bits()),
            Timer::Preview(conn) => (5, conn.to_bits()),
            Timer::Typing(room) => (6, room.to_bits()),
            Timer::Tombstone(room) => (7, room.number()),
            Timer::Token(client) => (8, client.to_bits()),
            Timer::Places => (9, 0),
        };
        Self { kind, key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timer_comes_back_as_it_was_set() {
        let bits = 3 << 32 | 7;
        let kinds = (0..=u8::MAX).filter_map(|kind| Timer::of(Alarm { kind, key: bits }));
        let timers: Vec<Timer> = kinds.collect();
        assert_eq!(timers.len(), 10, "one of each");
        for timer in timers {
            assert_eq!(Timer::of(timer.into()), Some(timer));
        }
        let alarm = Alarm::from(Timer::Preview(ConnId { slot: u32::MAX, generation: 1 }));
        assert_eq!(Timer::of(alarm), Some(Timer::Preview(ConnId { slot: u32::MAX, generation: 1 })));
    }
}
