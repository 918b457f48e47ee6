//! The statuses of a room, and their words.

/// Where a room is in its life: `waiting → active → closing`, then gone. A closing room may go back to waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// For an agent to join.
    Waiting,
    /// An agent is in it.
    Active,
    /// The agent has ended it; the customer may still write.
    Closing,
    /// To visitors; it waits for nobody.
    Open,
}

impl Status {
    /// The status of a word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Active, Self::Closing].into_iter().find(|status| status.word() == word)
    }

    /// The word of the protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Active => "active",
            Self::Closing => "closing",
            Self::Open => "open",
        }
    }
}
