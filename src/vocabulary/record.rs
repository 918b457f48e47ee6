//! What must survive a restart: facts, not snapshots.
//!
//! The core emits a [`Record`] for every change that a person could miss afterwards; the shell writes those of a turn in
//! one transaction before any byte of that turn leaves. At the next start they come back, in order, as the past of
//! `Event::Boot`, and the engine does again what they say.
//!
//! Data only. Rooms and clients are named by numbers that outlive the process.

use std::sync::Arc;

use super::Language;

/// One fact. Times are wall time, milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Somebody got a token.
    ClientCreated {
        /// Who: the first 64 bits of the token's hash.
        client: u64,
        /// SHA-256 of the token; the token itself is nowhere.
        token: [u8; 32],
        /// `customer` or `agent`.
        role: Word,
        /// As they call themselves.
        name: Arc<str>,
        /// What is known of their language.
        language: Option<Language>,
        /// How it is known.
        source: Word,
        /// Where they came from, for the limits per address.
        address: Arc<str>,
        /// When.
        at: u64,
    },
    /// Somebody's language has become known, or is known better.
    LanguageLearnt {
        /// Whose.
        client: u64,
        /// Which.
        language: Language,
        /// How it is known.
        source: Word,
    },
    /// A token is valid no more.
    ClientEnded {
        /// Whose.
        client: u64,
    },
    /// A conversation began. Its customer is its first member.
    RoomOpened {
        /// Which.
        room: u64,
        /// Whose.
        customer: u64,
        /// When.
        at: u64,
    },
    /// The customer has connected for the first time.
    CustomerCame {
        /// Where.
        room: u64,
    },
    /// An agent has become a member.
    Joined {
        /// Where.
        room: u64,
        /// Who.
        client: u64,
        /// When.
        at: u64,
    },
    /// An agent is a member no more.
    Left {
        /// Where.
        room: u64,
        /// Who.
        client: u64,
        /// When.
        at: u64,
    },
    /// A room has another status.
    StatusChanged {
        /// Which.
        room: u64,
        /// `waiting`, `active` or `closing`.
        status: Word,
        /// Its number in the queue, if it waits.
        queue: Option<i64>,
        /// When.
        at: u64,
    },
    /// A message is in the log.
    MessageAppended {
        /// Where.
        room: u64,
        /// Its number there.
        id: u64,
        /// Whose.
        writer: u64,
        /// For whom alone, if it is not for everybody.
        addressee: Option<u64>,
        /// Under which name, if that is not the one name of its writer.
        name: Option<Arc<str>>,
        /// The writer's own name for it.
        reference: Option<Arc<str>>,
        /// As it was written.
        text: Arc<str>,
        /// In which language, as far as it was known then.
        language: Option<Language>,
        /// Whether that was more than a guess.
        sure: bool,
        /// When.
        at: u64,
    },
    /// A translation ended, and stands in the log behind what was there then.
    TranslationSettled {
        /// Where.
        room: u64,
        /// Of which message.
        id: u64,
        /// Into which language.
        to: Language,
        /// How.
        outcome: Ended,
    },
    /// A translation is not there and nobody waits for it, or it was forgotten and is asked for anew: the original has gone
    /// out, or may have.
    DeliveredUntranslated {
        /// Where.
        room: u64,
        /// Which message.
        id: u64,
        /// To readers of which language.
        to: Language,
    },
    /// A conversation is over.
    RoomClosed {
        /// Which.
        room: u64,
        /// `customer_left` or `closed`.
        reason: Word,
        /// When.
        at: u64,
    },
    /// A chat is to be deleted for good, wherever it is: somebody asked for that.
    ChatErased {
        /// Which.
        room: u64,
    },
    /// Every chat of a customer is to be deleted for good, and the customer with them.
    CustomerErased {
        /// Whose.
        client: u64,
    },
    /// A room was opened under a name, to whoever comes.
    NamedRoomOpened {
        /// Which.
        room: u64,
        /// Its name.
        name: Arc<str>,
        /// When.
        at: u64,
    },
    /// As many messages were appended as the log of a named room may hold: what is older than the last such fact is not in
    /// it any more.
    LogTurned {
        /// Where.
        room: u64,
    },
    /// Memory ended: what stands before this message in the log of a room had been received, and is in memory no more.
    LogBegins {
        /// Where.
        room: u64,
        /// With which message.
        id: u64,
    },
    /// A client goes by a public name.
    NameClaimed {
        /// Who.
        client: u64,
        /// Under which name.
        user: Arc<str>,
        /// Whether it is theirs; somebody else's otherwise, who had it first.
        verified: bool,
    },
    /// A closed room is remembered no longer.
    RoomForgotten {
        /// Which.
        room: u64,
    },
}

/// A word of a fixed vocabulary, such as a role or a status.
pub type Word = std::borrow::Cow<'static, str>;

/// How a translation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There it is.
    Done(Arc<str>),
    /// There it is, by the hand of whoever wrote the message.
    Written(Arc<str>),
    /// The message was in that language already.
    Same,
    /// There is none.
    Failed {
        /// Whether the service was to blame.
        again: bool,
    },
}

impl Ended {
    /// Bytes of text.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Done(text) | Self::Written(text) => text.len(),
            Self::Same | Self::Failed { .. } => 0,
        }
    }
}
