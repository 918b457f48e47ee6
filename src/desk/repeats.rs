//! A start made twice is one chat: whoever did not hear the answer asks again under the same key.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Refused;
use crate::conversation::RoomId;
use crate::tools::limiter::AddressKey;

/// A name for a start, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepeatKey([u8; 32]);

impl RepeatKey {
    /// Bytes of a key that nobody meets by chance.
    const LONG_ENOUGH: usize = 16;

    /// A short key is easily met by chance or guessed, so it counts only together with the address it came from: nobody
    /// shall be handed a stranger's token.
    pub fn new(key: &str, address: AddressKey) -> Self {
        let mut hash = Sha256::new();
        hash.update(key.as_bytes());
        if key.len() < Self::LONG_ENOUGH {
            hash.update(format!(" {address:?}"));
        }
        Self(hash.finalize().into())
    }
}

/// The answer to a start, for the same start made again.
pub struct Repeat {
    /// Of what was asked: the hash.
    pub body: [u8; 32],
    /// What the customer got to prove themselves with.
    pub token: String,
    /// Where they wait.
    pub room: RoomId,
}

/// Starts that may be made again, as long as their rooms are remembered.
#[derive(Default)]
pub struct Repeats {
    by_key: BTreeMap<RepeatKey, Repeat>,
    of_room: BTreeMap<RoomId, RepeatKey>,
}

impl Repeats {
    /// The first answer, if this start was made before.
    ///
    /// # Errors
    /// Something else was asked for under this key.
    pub fn find(&self, key: Option<RepeatKey>, body: [u8; 32]) -> Result<Option<&Repeat>, Refused> {
        let repeat = key.and_then(|key| self.by_key.get(&key));
        if repeat.is_some_and(|repeat| repeat.body != body) { Err(Refused::KeyReused) } else { Ok(repeat) }
    }

    /// A start was answered.
    pub fn keep(&mut self, key: RepeatKey, repeat: Repeat) {
        self.of_room.insert(repeat.room, key);
        self.by_key.insert(key, repeat);
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

    fn key(text: &str, last: u8) -> RepeatKey {
        RepeatKey::new(text, AddressKey::from(IpAddr::from([10, 0, 0, last])))
    }

    #[test]
    fn a_short_key_counts_with_its_address_only() {
        assert_ne!(key("1", 1), key("1", 2));
        assert_eq!(key("0123456789abcdef", 1), key("0123456789abcdef", 2));
    }

    #[test]
    fn a_start_is_found_again_until_its_room_is_forgotten() {
        let (mut repeats, room) = (Repeats::default(), RoomId::from_number(7));
        repeats.keep(key("a", 1), Repeat { body: [1; 32], token: "secret".to_owned(), room });
        let found = repeats.find(Some(key("a", 1)), [1; 32]).map(|it| it.map(|it| it.room));
        assert_eq!(found, Ok(Some(room)));
        assert_eq!(repeats.find(Some(key("a", 1)), [2; 32]).err(), Some(Refused::KeyReused));
        assert!(matches!(repeats.find(Some(key("b", 1)), [1; 32]), Ok(None)));
        assert!(matches!(repeats.find(None, [1; 32]), Ok(None)));
        repeats.forget(room);
        repeats.check_invariants();
        assert!(matches!(repeats.find(Some(key("a", 1)), [1; 32]), Ok(None)) && repeats.is_empty());
    }
}
