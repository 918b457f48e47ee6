//! What names things: connections, jobs, tenants, rooms, and the hash of a token that names a client.

use std::fmt;

use serde::de::Error as _;
use sha2::{Digest, Sha256};

/// One TCP connection: a slot of the table, and which of its holders in turn is meant.
///
/// Slots are reused at once; the generation makes a stale id harmless. Written `slot.generation`, as in `3.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    /// Index in the table of connections, the same in core and shell.
    pub slot: u32,
    /// Counts the holders of the slot, from 1.
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

    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A name of 64 bits that outlives the process, written as 16 hexadecimal digits.
macro_rules! hex_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The bits, as the store has them.
            pub const fn number(self) -> u64 {
                self.0
            }

            /// The name with these bits.
            pub const fn from_number(number: u64) -> Self {
                Self(number)
            }

            /// Reads what [`fmt::Display`] writes.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                if digits { u64::from_str_radix(text, 16).ok().map(Self) } else { None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                // Every message carries one, and the formatting of numbers takes ten times as long as this.
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let digits: [u8; 16] =
                    std::array::from_fn(|place| HEX[(self.0 >> (60 - 4 * place) & 0xf) as usize]);
                serializer.serialize_str(std::str::from_utf8(&digits).unwrap_or_default())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text)
                    .ok_or_else(|| D::Error::custom(format!("expected 16 hexadecimal digits, not {text:?}")))
            }
        }
    };
}

hex_name! {
    /// The public name of a room: 64 random bits. Not a secret, but not to be guessed.
    RoomId
}

hex_name! {
    /// The name of a client in records: the first 64 bits of the token's hash, which are as unique as random ones.
    ClientNumber
}

/// A token as we keep it. Tokens are looked up by this hash, so the time a look-up takes says nothing about a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The whole hash, as the store has it.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The number of the client in records.
    pub fn number(self) -> ClientNumber {
        ClientNumber(self.0.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The smallest hash whose client has this number.
    pub fn first_of(number: ClientNumber) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.0.to_be_bytes());
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

impl serde::Serialize for TokenHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Bytes32(self.0).serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for TokenHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Bytes32::deserialize(deserializer).map(|bytes| Self(bytes.0))
    }
}

/// A hash, or as many random bytes: in records as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes32(pub [u8; 32]);

impl fmt::Debug for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bytes32(…)")
    }
}

impl serde::Serialize for Bytes32 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&digits)
    }
}

impl<'de> serde::Deserialize<'de> for Bytes32 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            let pair = digits.get(2 * place..2 * place + 2).filter(|_| digits.len() == 64);
            let read = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *byte = read.ok_or_else(|| D::Error::custom("expected the 64 hexadecimal digits of a hash"))?;
        }
        Ok(Self(bytes))
    }
}
