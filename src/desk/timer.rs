//! What the desk waits for.

use crate::conversation::{ClientKey, RoomId};
use crate::tools::alarm::Alarm;
use crate::vocabulary::{ConnId, Tenant};

/// What the desk waits for, beside what its rooms wait for. Its kinds are below 16; whatever else a door of a desk waits
/// for has others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// An agent has waited long enough for the translation of a draft.
    Preview(ConnId),
    /// A closed room may be forgotten.
    Tombstone(RoomId),
    /// A token may have been unused for too long.
    Token(ClientKey),
    /// Places in the queue of a tenant have changed a while ago.
    Places(Tenant),
}

impl Timer {
    /// Whether it takes back what somebody may have been told. That is done when it can be stored.
    pub(super) fn changes_what_was_told(self) -> bool {
        matches!(self, Self::Tombstone(_) | Self::Token(_))
    }

    /// What an alarm stands for.
    pub(super) fn of(Alarm { kind, key }: Alarm) -> Option<Self> {
        Some(match kind {
            0 => Self::Preview(ConnId::from_bits(key)),
            1 => Self::Tombstone(RoomId::from_number(key)),
            2 => Self::Token(ClientKey::from_bits(key)),
            3 => Self::Places(Tenant::from_number(u32::try_from(key).ok()?)),
            _ => return None,
        })
    }
}

impl From<Timer> for Alarm {
    fn from(timer: Timer) -> Self {
        let (kind, key) = match timer {
            Timer::Preview(conn) => (0, conn.to_bits()),
            Timer::Tombstone(room) => (1, room.number()),
            Timer::Token(client) => (2, client.to_bits()),
            Timer::Places(tenant) => (3, tenant.number().into()),
        };
        Self { kind, key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timer_comes_back_as_it_was_set() {
        let key = |kind| if kind == 3 { 7 } else { 3 << 32 | 7 };
        let kinds = (0..=u8::MAX).filter_map(|kind| Timer::of(Alarm { kind, key: key(kind) }));
        let timers: Vec<Timer> = kinds.collect();
        assert_eq!(timers.len(), 4, "one of each");
        for timer in timers {
            assert_eq!(Timer::of(timer.into()), Some(timer));
        }
        let alarm = Alarm::from(Timer::Preview(ConnId { slot: u32::MAX, generation: 1 }));
        assert_eq!(Timer::of(alarm), Some(Timer::Preview(ConnId { slot: u32::MAX, generation: 1 })));
    }
}
