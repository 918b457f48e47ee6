//! What the desk has to say, as values; a door puts them into the words of its protocol.
//!
//! What many are to hear is put into words once for each audience, and shared.

use bytes::Bytes;

use crate::conversation::{Context, RoomId, RoomKey};
use crate::tools::outbox::Outbox;
use crate::translate::Speaker;
use crate::vocabulary::{EngineName, Language, Millis};

/// How a door says what the desk has to say beside the steps of a room. What is empty is not sent.
pub trait Words: Sync {
    /// The first thing a reader hears: how the room stands. The reader by its place.
    fn greeting(&self, cx: &mut Context<'_>, room: RoomKey, reader: usize) -> Bytes;

    /// The agent has left, to whom it concerns.
    fn agent_left(&self, outbox: &mut Outbox, room: RoomId) -> Bytes;

    /// A customer's place in the queue; 1 is next.
    fn place(&self, outbox: &mut Outbox, room: RoomId, place: usize) -> Bytes;

    /// What the customer would read of a draft; `None` if nothing but the original.
    fn previewed(
        &self,
        outbox: &mut Outbox,
        reference: Option<&str>,
        translated: Option<DraftReading<'_>>,
    ) -> Bytes;

    /// A waiting room as it stands in an event of the lobby.
    fn row(&self, room: &WaitingRoom<'_>) -> Vec<u8>;

    /// An event of the lobby.
    fn lobby(&self, event: &LobbyEvent<'_>) -> Bytes;
}

/// What agents hear of who waits. Rooms are rows that [`Words::row`] made.
#[derive(Clone, Copy, Debug)]
pub enum LobbyEvent<'a> {
    /// Everybody who waits, or the first of them, in place of whatever was told before.
    List {
        /// The next to be served first.
        rows: &'a [Vec<u8>],
        /// How many rooms an agent may have.
        rooms_per_agent: usize,
    },
    Added(&'a [u8]),
    /// It looks different now.
    Changed(&'a [u8]),
    Removed(RoomId),
    /// Who translates, if anybody does.
    Translator(&'a Speaker<'a>),
}

/// What a draft reads like to the customer.
#[derive(Clone, Copy, Debug)]
pub struct DraftReading<'a> {
    pub text: &'a str,
    pub to: Language,
    /// Who translated it; nobody where nobody had to, or it was written by hand.
    pub engine: Option<EngineName>,
    /// The terms of the glossary as they stand in it.
    pub terms: &'a [String],
}

/// A waiting room, as agents see it before they join.
#[derive(Clone, Copy, Debug)]
pub struct WaitingRoom<'a> {
    pub room: RoomId,
    pub customer_name: &'a str,
    /// What they speak, as far as it is known.
    pub language: Option<Language>,
    /// Who has the smallest is to be served next.
    pub number: i64,
    /// Milliseconds since 1970.
    pub since_unix_ms: u64,
    /// For how long, by the clock of the process.
    pub waited: Millis,
    /// What the customer wrote last, or the beginning of it.
    pub last_words: &'a str,
    /// The same in the language of who listens, as soon as it is there.
    pub last_words_translated: Option<&'a str>,
    /// Whether the customer has a connection.
    pub is_online: bool,
}
