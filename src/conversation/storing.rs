//! What is written down as it happens: the records of what must survive a restart.

use std::sync::Arc;

use super::{ClientKey, Context, Role, RoomKey};
use crate::tools::known::known;
use crate::vocabulary::{Effect, Ended, Language, Record};

impl Context<'_> {
    /// Keeps a fact.
    pub fn store(&mut self, record: Record) {
        self.effects.push(Effect::Store(record));
    }

    /// How records name a room.
    pub fn room_number(&self, key: RoomKey) -> u64 {
        self.rooms.room(key).map_or(0, |room| room.id.number())
    }

    /// How records name a client.
    pub fn client_number(&self, key: ClientKey) -> u64 {
        self.rooms.client(key).map_or(0, |client| client.token.number())
    }

    pub(crate) fn store_client(&mut self, key: ClientKey) {
        let Some(client) = known(self.rooms.client(key)) else { return };
        let record = Record::ClientCreated {
            client: client.token.number(),
            token: client.token.bytes(),
            role: client.role.word().into(),
            name: Arc::clone(&client.name),
            language: client.speech.language(),
            source: client.speech.source().word().into(),
            address: client.address.to_string().into(),
            at: self.unix_ms,
        };
        self.store(record);
    }

    pub(crate) fn store_status(&mut self, key: RoomKey) {
        let Some(room) = known(self.rooms.room(key)) else { return };
        let record = Record::StatusChanged {
            room: room.id.number(),
            status: room.status.word().into(),
            queue: self.rooms.queue_number(key),
            at: self.unix_ms,
        };
        self.store(record);
    }

    pub(crate) fn store_message(&mut self, key: RoomKey, id: u64) {
        let Some(room) = known(self.rooms.room(key)) else { return };
        let Some(message) = known(room.log.message(id)) else { return };
        // A member is known by one name, a visitor by the one they came under.
        let name = (message.role == Role::Guest).then(|| Arc::clone(&message.from));
        let record = Record::MessageAppended {
            room: room.id.number(),
            id,
            writer: self.client_number(message.writer),
            addressee: message.addressee.map(|addressee| self.client_number(addressee)),
            name,
            reference: message.reference.as_deref().map(Arc::from),
            text: Arc::clone(&message.text),
            language: message.language,
            sure: message.language_is_sure,
            at: message.at_unix_ms,
        };
        self.store(record);
    }

    /// The front of a log is dropped: at the next start nobody could tell that it had been received.
    pub(crate) fn store_beginning(&mut self, key: RoomKey) {
        let Some(room) = known(self.rooms.room(key)) else { return };
        self.store(Record::LogBegins { room: room.id.number(), id: room.log.first_id() });
    }

    pub(crate) fn store_ended(&mut self, key: RoomKey, id: u64, to: Language, outcome: Ended) {
        self.store(Record::TranslationSettled { room: self.room_number(key), id, to, outcome });
    }
}
