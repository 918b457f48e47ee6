//! What names things: connections, jobs, tenants, rooms, and the hash of a token that names a client.

use std::fmt;

use sha2::{Digest, Sha256};

/// One TCP connection: a slot of the table, and which of its tenants in turn is meant.
///
/// Slots are reused at once; the generation makes a stale id harmless. Written `slot.generation`, as in `3.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    /// Index in the table of connections, the same in core and shell.
    pub slot: u32,
    /// Counts the tenants of the slot, from 1.
    pub generation: u32,
}

impl ConnId {
    /// Both halves in one number, for those who only hand the id through.
    pub fn to_bits(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    /// The id [`ConnId::to_bits`] came from.
    #[expect(clippy::cast_possible_truncation, reason = "takes the two halves apart")]
    pub fn from_bits(bits: u64) -> Self {
        Self { slot: bits as u32, generation: (bits >> 32) as u32 }
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

/// One request and its response on a connection. Never reused: an answer to one that is over goes nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId {
    /// On which connection.
    pub conn: ConnId,
    /// Counts the requests of the connection, from 1.
    pub number: u64,
}

/// One slow call done by a worker thread. Never reused. Written `j7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "j{}", self.0)
    }
}

/// Whose clients and rooms these are: a shop among several on one server. Without further words there is one, the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenant(u32);

impl Tenant {
    /// The tenant of a number; 0 is the default.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// The public name of a room: 64 random bits, written as 16 hexadecimal digits. Not a secret, but not to be guessed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomId(u64);

impl RoomId {
    /// The id as records know it.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The id a record speaks of.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits { u64::from_str_radix(text, 16).ok().map(Self) } else { None }
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for RoomId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Every message carries one, and the formatting of numbers takes ten times as long as this.
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let digits: [u8; 16] = std::array::from_fn(|place| HEX[(self.0 >> (60 - 4 * place) & 0xf) as usize]);
        serializer.serialize_str(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

/// A token as we keep it. Tokens are looked up by this hash, so the time a look-up takes says nothing about a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The whole hash, as records know it.
    pub fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The hash a record speaks of.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The number of the client in records: the first 64 bits, which are as unique as random ones.
    pub fn number(self) -> u64 {
        self.0.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// The smallest hash whose client has this number.
    pub fn first_of(number: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Self(bytes)
    }

    /// Of what a client brings.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}
