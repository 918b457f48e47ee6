//! A start made twice is one chat: whoever did not hear the answer asks again under the same key.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Refused;
use crate::conversation::RoomId;
use crate::tools::limiter::AddressKey;
use crate::vocabulary::{Bytes32, Record};

/// A name that a caller gives to a start.
#[derive(Clone, Debug)]
pub struct StartName<'n> {
    name: &'n str,
    key: Bytes32,
}

impl<'n> StartName<'n> {
    /// Bytes of a name that nobody meets by chance.
    const LONG_ENOUGH: usize = 16;

    /// A short name is easily met by chance or guessed, so it counts only together with the address it came from: nobody
    /// shall be handed a stranger's token.
    pub fn new(name: &'n str, address: AddressKey) -> Self {
        let mut hash = Sha256::new();
        hash.update(name.as_bytes());
        if name.len() < Self::LONG_ENOUGH {
            hash.update(format!(" {address:?}"));
        }
        Self { name, key: Bytes32(hash.finalize().into()) }
    }

    /// Whether nobody meets it by chance.
    pub(super) fn is_long(&self) -> bool {
        self.name.len() >= Self::LONG_ENOUGH
    }

    /// The token of whoever started: not even the store has it, and who brings the name gets it again.
    pub fn token(&self, salt: Bytes32) -> String {
        let mut hash = Sha256::new();
        hash.update(salt.0);
        hash.update(self.name.as_bytes());
        hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The record of a start under this name.
    pub(super) fn record(&self, room: RoomId, body: Bytes32, salt: Bytes32) -> Record {
        Record::StartNamed { room, key: self.key, body, salt }
    }
}

/// What answers the same start made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Of what was asked: the hash.
    body: Bytes32,
    /// What the token of the customer is made of, with the name.
    pub salt: Bytes32,
    /// Where they wait.
    pub room: RoomId,
}

/// Starts that may be made again, as long as their rooms are remembered.
#[derive(Default)]
pub struct Repeats {
    by_key: BTreeMap<Bytes32, Repeat>,
    of_room: BTreeMap<RoomId, Bytes32>,
}

impl Repeats {
    /// The first start of this name, if there was one.
    ///
    /// # Errors
    /// Something else was asked for under it.
    pub fn find(&self, name: &StartName<'_>, body: Bytes32) -> Result<Option<Repeat>, Refused> {
        let repeat = self.by_key.get(&name.key).copied();
        if repeat.is_some_and(|repeat| repeat.body != body) { Err(Refused::KeyReused) } else { Ok(repeat) }
    }

    /// Remembers a start that was named.
    pub(super) fn keep(&mut self, record: &Record) {
        if let Record::StartNamed { room, key, body, salt } = *record {
            self.of_room.insert(room, key);
            self.by_key.insert(key, Repeat { body, salt, room });
        }
    }

    pub(super) fn forget(&mut self, room: RoomId) {
        if let Some(key) = self.of_room.remove(&room) {
            self.by_key.remove(&key);
        }
    }

    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub(super) fn check_invariants(&self) {
        assert_eq!(self.by_key.len(), self.of_room.len(), "repeats go with their rooms");
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn name(text: &str, last: u8) -> StartName<'_> {
        StartName::new(text, AddressKey::from(IpAddr::from([10, 0, 0, last])))
    }

    #[test]
    fn a_short_name_counts_with_its_address_only() {
        assert_ne!(name("1", 1).key, name("1", 2).key);
        assert_eq!(name("0123456789abcdef", 1).key, name("0123456789abcdef", 2).key);
    }

    #[test]
    fn a_start_is_found_again_until_its_room_is_forgotten() {
        let (mut repeats, room) = (Repeats::default(), RoomId::from_number(7));
        let (body, salt) = (Bytes32([1; 32]), Bytes32([2; 32]));
        let a = name("a", 1);
        repeats.keep(&a.record(room, body, salt));
        assert_eq!(repeats.find(&a, body), Ok(Some(Repeat { body, salt, room })));
        assert_eq!(repeats.find(&a, salt), Err(Refused::KeyReused));
        assert_eq!(repeats.find(&name("b", 1), body), Ok(None));
        repeats.forget(room);
        repeats.check_invariants();
        assert_eq!((repeats.find(&a, body), repeats.len()), (Ok(None), 0));
    }

    #[test]
    fn the_token_follows_from_the_name_and_the_salt_alone() {
        let salt = Bytes32([2; 32]);
        assert_eq!(name("a", 1).token(salt), name("a", 2).token(salt));
        assert_ne!(name("a", 1).token(salt), name("b", 1).token(salt));
        assert_ne!(name("a", 1).token(salt), name("a", 1).token(Bytes32([3; 32])));
        assert_eq!(name("a", 1).token(salt).len(), 32);
    }
}
