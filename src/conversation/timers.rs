//! What a room waits for: a table of instants by kind.

use super::Room;
use crate::tools::timers::Timers;
use crate::vocabulary::Millis;

/// What a room waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomTimer {
    /// A reader has waited long enough for a translation.
    Deadline,
    /// Somebody may have stopped typing.
    Typing,
    /// Those who came to a crowd and left it are to be told as numbers.
    Crowd,
    /// The customer has not written again.
    Closing,
    /// The agent has not come back.
    AgentAbsence,
    /// The customer has never come.
    CustomerAbsence,
    /// Nobody has been here or written.
    Idle,
}

/// How many kinds there are.
pub(super) const KINDS: usize = 7;

impl RoomTimer {
    const ALL: [Self; KINDS] = [
        Self::Deadline,
        Self::Typing,
        Self::Crowd,
        Self::Closing,
        Self::AgentAbsence,
        Self::CustomerAbsence,
        Self::Idle,
    ];

    /// Whether it takes back what somebody may have been told. That waits until it can be stored, and a moment longer:
    /// nobody could write meanwhile.
    fn waits_for_store(self) -> bool {
        match self {
            Self::Closing | Self::AgentAbsence | Self::CustomerAbsence | Self::Idle => true,
            // Readers get the original once they get anything at all.
            Self::Deadline | Self::Typing | Self::Crowd => false,
        }
    }
}

/// See [`Timers`].
pub(super) type RoomTimers = Timers<KINDS>;

impl Room {
    /// Sets what it waits for, or that it does not.
    pub fn set_timer(&mut self, timer: RoomTimer, at: Option<Millis>) {
        self.timers.set(timer as usize, at);
    }

    /// When something comes that it waits for.
    pub fn timer(&self, timer: RoomTimer) -> Option<Millis> {
        self.timers.get(timer as usize)
    }

    /// Takes what has come, the earliest first. What would take back what people were told is put off until `not_before`.
    pub(super) fn next_timer(&mut self, now: Millis, not_before: Millis) -> Option<RoomTimer> {
        loop {
            let timer = *RoomTimer::ALL.get(self.timers.pop(now)?)?;
            if timer.waits_for_store() && now < not_before {
                self.set_timer(timer, Some(not_before));
                continue;
            }
            return Some(timer);
        }
    }

    /// The timers of what is not set by anybody, but follows from the state.
    pub(super) fn time_what_expires(&mut self) {
        let (deadline, typing) = (self.next_deadline(), self.next_typing_end());
        self.set_timer(RoomTimer::Deadline, deadline);
        self.set_timer(RoomTimer::Typing, typing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_at_its_place() {
        assert!(RoomTimer::ALL.iter().enumerate().all(|(place, kind)| *kind as usize == place));
    }
}
