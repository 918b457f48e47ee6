//! What the hub waits for.

use crate::conversation::{ClientKey, RoomKey};
use crate::doors::Alarm;

/// What this door waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Those who came to a crowd and left it are to be told as numbers.
    Crowd(RoomKey),
    /// A reader has waited long enough for a translation.
    Deadline(RoomKey),
    /// Nobody has been here for long.
    Idle(RoomKey),
    /// A name may have been unused for too long.
    Claim(ClientKey),
}

impl Timer {
    /// What an alarm stands for.
    pub(super) fn of(Alarm { kind, key }: Alarm) -> Option<Self> {
        let room = RoomKey::from_bits(key);
        Some(match kind {
            0 => Self::Crowd(room),
            1 => Self::Deadline(room),
            2 => Self::Idle(room),
            3 => Self::Claim(ClientKey::from_bits(key)),
            _ => return None,
        })
    }
}

impl From<Timer> for Alarm {
    fn from(timer: Timer) -> Self {
        let (kind, key) = match timer {
            Timer::Crowd(room) => (0, room.to_bits()),
            Timer::Deadline(room) => (1, room.to_bits()),
            Timer::Idle(room) => (2, room.to_bits()),
            Timer::Claim(client) => (3, client.to_bits()),
        };
        Self { kind, key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timer_comes_back_as_it_was_set() {
        let kinds = (0..=u8::MAX).filter_map(|kind| Timer::of(Alarm { kind, key: 3 << 32 | 7 }));
        let timers: Vec<Timer> = kinds.collect();
        assert_eq!(timers.len(), 4, "one of each");
        for timer in timers {
            assert_eq!(Timer::of(timer.into()), Some(timer));
        }
    }
}
