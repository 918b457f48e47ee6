//! What must survive a restart: what has happened, not snapshots of what is.
//!
//! The core emits a [`Record`] for every change that a person could miss afterwards; the shell writes those of a turn in
//! one transaction before any byte of that turn leaves. At the next start they come back, in order, as the past of
//! `Event::Boot`, and the engine does again what they say.
//!
//! Data only. Rooms and clients are named by numbers that outlive the process. A trace has a record as the JSON that is
//! derived here, `{"left":{"room":"…","client":"…","at":…}}`; the store has it as a change of its tables.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Bytes32, ClientNumber, EngineName, Language, Reason, Role, RoomId, Source, Status, TokenHash};

/// One thing that has happened. Times are wall time, milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Record {
    #[serde(rename = "client")]
    ClientCreated {
        client: ClientNumber,
        /// SHA-256 of the token; the token itself is nowhere.
        token: TokenHash,
        /// As what they take part.
        role: Role,
        /// As they call themselves.
        name: Arc<str>,
        /// What is known of their language.
        #[serde(skip_serializing_if = "Option::is_none")]
        language: Option<Language>,
        #[serde(default, skip_serializing_if = "is_default")]
        source: Source,
        /// Where they came from, for the limits per address.
        address: Arc<str>,
        at: u64,
    },
    /// Somebody's language has become known, or is known better.
    #[serde(rename = "language")]
    LanguageLearnt { client: ClientNumber, language: Language, source: Source },
    /// A token is valid no more.
    #[serde(rename = "revoked")]
    ClientEnded { client: ClientNumber },
    /// A conversation began. Its customer is its first member.
    #[serde(rename = "opened")]
    RoomOpened { room: RoomId, customer: ClientNumber, at: u64 },
    /// The start of a conversation was named by whoever made it, so that it can be made again.
    #[serde(rename = "start")]
    StartNamed {
        room: RoomId,
        /// The hash of the name.
        key: Bytes32,
        /// The hash of what was asked.
        body: Bytes32,
        /// With this and the name the token of the customer is made.
        salt: Bytes32,
    },
    /// The customer has connected for the first time.
    #[serde(rename = "came")]
    CustomerCame { room: RoomId },
    /// An agent has become a member.
    #[serde(rename = "joined")]
    Joined { room: RoomId, client: ClientNumber, at: u64 },
    /// An agent is a member no more.
    #[serde(rename = "left")]
    Left { room: RoomId, client: ClientNumber, at: u64 },
    /// A room has another status.
    #[serde(rename = "status")]
    StatusChanged {
        room: RoomId,
        /// Not `open`: a room with a name has no other.
        status: Status,
        /// Its number in the queue, if it waits.
        #[serde(skip_serializing_if = "Option::is_none")]
        queue: Option<i64>,
        at: u64,
    },
    /// A message is in the log.
    #[serde(rename = "message")]
    MessageAppended {
        room: RoomId,
        id: u64,
        writer: ClientNumber,
        /// As what they wrote it.
        role: Role,
        /// For whom it is.
        #[serde(default, skip_serializing_if = "is_default")]
        audience: Audience,
        /// Under which name, if that is not the one name of its writer.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<Arc<str>>,
        /// The writer's own name for it.
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<Arc<str>>,
        text: Arc<str>,
        /// In which language, as far as it was known then.
        #[serde(skip_serializing_if = "Option::is_none")]
        language: Option<Language>,
        /// Whether that was more than a guess.
        #[serde(default, skip_serializing_if = "is_default")]
        sure: bool,
        at: u64,
    },
    /// A translation ended, and stands in the log behind what was there then.
    #[serde(rename = "translation")]
    TranslationEnded { room: RoomId, id: u64, to: Language, outcome: Ended },
    /// A translation is not there, whatever became of it before: somebody was told that it is pending, or got the original
    /// in its place, or may have.
    #[serde(rename = "wanted")]
    TranslationWanted {
        room: RoomId,
        id: u64,
        /// To readers of which language.
        to: Language,
    },
    /// A conversation is over.
    #[serde(rename = "closed")]
    RoomClosed { room: RoomId, reason: Reason, at: u64 },
    /// A chat is to be deleted for good, wherever it is: somebody asked for that.
    #[serde(rename = "chat_erased")]
    ChatErased { room: RoomId },
    /// Every chat of a customer is to be deleted for good, and the customer with them.
    #[serde(rename = "person_erased")]
    CustomerErased { client: ClientNumber },
    /// A room was opened under a name, to whoever comes.
    #[serde(rename = "named")]
    NamedRoomOpened { room: RoomId, name: Arc<str>, at: u64 },
    /// So many messages were appended that what is older than the last such record is not in the log of a named room any
    /// more, nor known by its name (`ref`).
    #[serde(rename = "turned")]
    LogTurned { room: RoomId },
    /// The log of a room was cut: what stands before this message is in memory no more, and is not at the next start.
    #[serde(rename = "begins")]
    LogBegins {
        room: RoomId,
        /// With which message.
        id: u64,
    },
    /// A client goes by a public name.
    #[serde(rename = "claimed")]
    NameClaimed {
        client: ClientNumber,
        user: Arc<str>,
        /// Whether it is theirs; somebody else's otherwise, who had it first.
        verified: bool,
    },
    /// A closed room is remembered no longer.
    #[serde(rename = "forgotten")]
    RoomForgotten { room: RoomId },
}

/// Whether a field says no more than its absence would.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// For whom a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Whoever may read the room.
    #[default]
    Everybody,
    /// One person, and whoever wrote it.
    One(ClientNumber),
}

impl Audience {
    /// The one person it is for.
    pub fn one(self) -> Option<ClientNumber> {
        match self {
            Self::Everybody => None,
            Self::One(client) => Some(client),
        }
    }
}

impl From<Option<ClientNumber>> for Audience {
    fn from(addressee: Option<ClientNumber>) -> Self {
        addressee.map_or(Self::Everybody, Self::One)
    }
}

impl Record {
    pub fn text_bytes(&self) -> usize {
        let of = |text: &Option<Arc<str>>| text.as_deref().map_or(0, str::len);
        match self {
            Self::MessageAppended { text, name, reference, .. } => text.len() + of(name) + of(reference),
            Self::TranslationEnded { outcome, .. } => outcome.bytes(),
            Self::ClientCreated { name, address, .. } => name.len() + address.len(),
            Self::NamedRoomOpened { name, .. } => name.len(),
            Self::NameClaimed { user, .. } => user.len(),
            _ => 0,
        }
    }
}

/// How a translation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// There it is.
    Done {
        text: Arc<str>,
        /// Who translated it; not known of what an earlier version has stored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        engine: Option<EngineName>,
    },
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
    pub fn bytes(&self) -> usize {
        match self {
            Self::Done { text, .. } | Self::Written(text) => text.len(),
            Self::Same | Self::Failed { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId::from_number(0x5e0c_0ffe_e000_0001);
    const CLIENT: ClientNumber = ClientNumber::from_number(u64::MAX);
    const AT: u64 = 1_766_000_000_000;

    fn message(audience: Audience, reference: Option<&str>, language: Option<Language>) -> Record {
        Record::MessageAppended {
            room: ROOM,
            id: 3,
            writer: CLIENT,
            role: Role::Customer,
            audience,
            name: reference.map(|_| "B \"b\"".into()),
            reference: reference.map(Into::into),
            text: "Olá, 世界\r\n\"=\" \u{202e}\0".into(),
            language,
            sure: language.is_some(),
            at: AT,
        }
    }

    fn created(language: Option<Language>, source: Source) -> Record {
        let token = TokenHash::from_bytes(std::array::from_fn(|place| u8::try_from(place * 7).unwrap()));
        let (name, address) = ("Ana".into(), "2001:db8::/64".into());
        Record::ClientCreated {
            client: CLIENT,
            token,
            role: Role::Agent,
            name,
            language,
            source,
            address,
            at: AT,
        }
    }

    /// One of every kind, and every way in which they differ.
    fn records() -> Vec<Record> {
        let (room, client, to, at) = (ROOM, CLIENT, Language::ENGLISH, AT);
        let ended = |outcome| Record::TranslationEnded { room, id: 3, to, outcome };
        vec![
            created(Some(to), Source::Detected),
            created(None, Source::Unknown),
            Record::LanguageLearnt { client, language: to, source: Source::Corrected },
            Record::ClientEnded { client },
            Record::RoomOpened { room, customer: client, at },
            Record::StartNamed {
                room,
                key: Bytes32([1; 32]),
                body: Bytes32([2; 32]),
                salt: Bytes32([3; 32]),
            },
            Record::CustomerCame { room },
            Record::Joined { room, client, at },
            Record::Left { room, client, at },
            Record::StatusChanged { room, status: Status::Waiting, queue: Some(-3), at },
            Record::StatusChanged { room, status: Status::Closing, queue: None, at },
            message(Audience::One(client), Some("id=\"3\" x"), Some(to)),
            message(Audience::Everybody, None, None),
            ended(Ended::Done { text: "Hello".into(), engine: None }),
            ended(Ended::Written("Olá".into())),
            ended(Ended::Same),
            ended(Ended::Failed { again: true }),
            Record::TranslationWanted { room, id: 3, to },
            Record::RoomClosed { room, reason: Reason::CustomerLeft, at },
            Record::ChatErased { room },
            Record::CustomerErased { client },
            Record::NamedRoomOpened { room, name: "lobby".into(), at },
            Record::LogTurned { room },
            Record::LogBegins { room, id: 12 },
            Record::NameClaimed { client, user: "bob".into(), verified: false },
            Record::RoomForgotten { room },
        ]
    }

    #[test]
    fn every_record_comes_back_the_same() {
        for record in records() {
            let json = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record, "{json}");
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let json = |record: &Record| serde_json::to_string(record).unwrap();
        assert_eq!(
            json(&message(Audience::Everybody, None, None)),
            r#"{"message":{"room":"5e0c0ffee0000001","id":3,"writer":"ffffffffffffffff","role":"customer","text":"Olá, 世界\r\n\"=\" \u202e\u0000","at":1766000000000}}"#
                .replace("\\u202e", "\u{202e}")
        );
        assert!(json(&message(Audience::One(CLIENT), Some("m-7"), Some(Language::ENGLISH))).contains(
            r#""role":"customer","audience":{"one":"ffffffffffffffff"},"name":"B \"b\"","ref":"m-7","text""#
        ));
        assert_eq!(
            json(&created(None, Source::Unknown)),
            r#"{"client":{"client":"ffffffffffffffff","token":"00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9","role":"agent","name":"Ana","address":"2001:db8::/64","at":1766000000000}}"#
        );
        let translation =
            Record::TranslationEnded { room: ROOM, id: 3, to: Language::ENGLISH, outcome: Ended::Same };
        assert_eq!(
            json(&translation),
            r#"{"translation":{"room":"5e0c0ffee0000001","id":3,"to":"en","outcome":"same"}}"#
        );
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let good = r#"{"closed":{"room":"5e0c0ffee0000001","reason":"closed","at":5}}"#;
        assert!(serde_json::from_str::<Record>(good).is_ok());
        for (from, to) in [
            ("{\"closed\"", "{\"shut\""),
            ("5e0c0ffee0000001", "7"),
            ("5e0c0ffee0000001", "5E0C0FFEE0000001"),
            ("\"reason\":\"closed\"", "\"reason\":\"bored\""),
            ("\"reason\":\"closed\",", ""),
            ("\"at\"", "\"by\":5,\"at\""),
            ("\"at\":5", "\"at\":-5"),
        ] {
            let wrong = good.replacen(from, to, 1);
            assert_ne!(wrong, good);
            assert!(serde_json::from_str::<Record>(&wrong).is_err(), "{wrong}");
        }
        let client = serde_json::to_string(&created(None, Source::Unknown)).unwrap();
        assert!(
            serde_json::from_str::<Record>(&client.replacen("\"0007", "\"07", 1)).is_err(),
            "a short hash"
        );
        let unknown = r#"{"language":{"client":"ffffffffffffffff","language":"klingon","source":"chosen"}}"#;
        assert!(serde_json::from_str::<Record>(unknown).is_err());
    }
}
