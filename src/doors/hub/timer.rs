//! What the hub waits for, beside what its rooms wait for.

use crate::conversation::ClientKey;
use crate::doors::Alarm;

/// What this door waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// A name may have been unused for too long.
    Claim(ClientKey),
}

impl Timer {
    /// What an alarm stands for.
    pub(super) fn of(Alarm { kind, key }: Alarm) -> Option<Self> {
        (kind == 0).then(|| Self::Claim(ClientKey::from_bits(key)))
    }
}

impl From<Timer> for Alarm {
    fn from(Timer::Claim(client): Timer) -> Self {
        Self { kind: 0, key: client.to_bits() }
    }
}
