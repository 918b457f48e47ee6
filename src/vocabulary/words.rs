//! The fixed words of the conversation: roles, statuses, and how a language came to be known.

/// As what somebody takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Who asks.
    Customer,
    /// Who answers.
    Agent,
    /// One of many in a room that is open to visitors.
    Guest,
}

impl Role {
    /// Whoever they talk to.
    pub fn other(self) -> Self {
        match self {
            Self::Customer => Self::Agent,
            Self::Agent => Self::Customer,
            Self::Guest => Self::Guest,
        }
    }

    /// The word of the protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::Guest => "guest",
        }
    }
}

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

/// How a language came to be known; a later one in this list overrules an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It is not known.
    Unknown,
    /// The browser said so.
    Browser,
    /// The model said so of a message long enough.
    Model,
    /// Detected here, reliably.
    Detected,
    /// They said so themselves.
    Chosen,
    /// Another person said so, who sees what they write.
    Corrected,
}

impl Source {
    const WORDS: [(Self, &'static str); 6] = [
        (Self::Unknown, "unknown"),
        (Self::Browser, "browser"),
        (Self::Model, "model"),
        (Self::Detected, "detected"),
        (Self::Chosen, "chosen"),
        (Self::Corrected, "corrected"),
    ];

    /// The word of records.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(source, _)| *source == self).map_or("unknown", |(_, word)| word)
    }

    /// What a record says.
    pub fn of(word: &str) -> Self {
        Self::WORDS.iter().find(|(_, known)| *known == word).map_or(Self::Unknown, |(source, _)| *source)
    }
}
