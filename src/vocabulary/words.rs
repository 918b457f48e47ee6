//! The fixed words of the conversation: roles, statuses, why a room was closed, and how a language came to be known.

/// An enum whose variants are words: the same ones in the protocols, in records and in the store.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// The word for it.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// What a word stands for.
            pub fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// As what somebody takes part.
    Role {
        Customer = "customer",
        Agent = "agent",
        /// One of many in a room that is open to visitors.
        Guest = "guest",
    }
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
}

words! {
    /// Where a room is in its life: `waiting → active → closing`, then gone. A closing room may go back to waiting.
    Status {
        /// For an agent to join.
        Waiting = "waiting",
        /// An agent is in it.
        Active = "active",
        /// The agent has ended it; the customer may still write.
        Closing = "closing",
        /// To visitors; it waits for nobody.
        Open = "open",
    }
}

words! {
    /// Why a room was closed.
    Reason {
        /// The customer has ended the chat.
        CustomerLeft = "customer_left",
        /// It was over, or nobody came.
        Closed = "closed",
        /// The last visitor has been gone for long enough.
        Idle = "idle",
    }
}

words! {
    /// How a language came to be known; a later one in this list overrules an earlier one.
    #[derive(Default)]
    Source {
        /// It is not known.
        #[default]
        Unknown = "unknown",
        /// The browser said so.
        Browser = "browser",
        /// The model said so of a message long enough.
        Model = "model",
        /// Detected here, reliably.
        Detected = "detected",
        /// They said so themselves.
        Chosen = "chosen",
        /// Another person said so, who sees what they write.
        Corrected = "corrected",
    }
}
words! {
    /// What translates, in the order in which one is preferred to the next where nothing else is said.
    EngineName {
        Ollama = "ollama",
        /// Any server with the API of OpenAI.
        OpenAi = "openai",
        LibreTranslate = "libretranslate",
        DeepL = "deepl",
        /// Programs that translate by rules, on this machine.
        Apertium = "apertium",
    }
}

impl EngineName {
    /// All there are, in order.
    pub const ALL: [Self; 5] =
        [Self::Ollama, Self::OpenAi, Self::LibreTranslate, Self::DeepL, Self::Apertium];

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ollama => "Ollama",
            Self::OpenAi => "the server at OPENAI_URL",
            Self::LibreTranslate => "LibreTranslate",
            Self::DeepL => "DeepL",
            Self::Apertium => "Apertium",
        }
    }

    /// Whether it is a model that tries any pair of languages it is asked for.
    pub fn tries_all_pairs(self) -> bool {
        matches!(self, Self::Ollama | Self::OpenAi)
    }

    /// Whether what it writes can be understood, but is clumsy.
    pub fn is_rough(self) -> bool {
        self == Self::Apertium
    }
}
