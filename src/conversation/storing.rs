//! The one place where a record is stored: it is applied, and goes to the store.

use std::sync::Arc;

use super::{ClientKey, Context, RoomKey, Stage};
use crate::tools::known::known;
use crate::vocabulary::{ClientNumber, Effect, Millis, Record, RoomId, Tenant};

impl Context<'_> {
    /// Applies a record, and has it stored; at the start, it is stored already.
    pub fn record(&mut self, record: Record) {
        self.apply(&record);
        self.store(record);
    }

    /// Applies a record that is stored already.
    pub fn apply(&mut self, record: &Record) {
        self.apply_of(Tenant::default(), record);
    }

    fn apply_of(&mut self, tenant: Tenant, record: &Record) {
        self.rooms.apply(Stage { now: self.now, door: self.door, tenant }, record);
    }

    /// The same as [`Context::record`] for what begins with a tenant.
    pub(super) fn record_of(&mut self, tenant: Tenant, record: Record) {
        self.apply_of(tenant, &record);
        self.store(record);
    }

    /// The same for a message of a room and a writer who are at hand. Its number in the log.
    pub(super) fn record_message(&mut self, key: RoomKey, writer: ClientKey, record: Record) -> Option<u64> {
        let id = self.rooms.apply_message(key, writer, &record);
        self.store(record);
        id
    }

    /// Has a client stored who was admitted before it was known that they are to be remembered.
    pub fn record_client(&mut self, key: ClientKey) {
        let Some(client) = known(self.rooms.client(key)) else { return };
        self.record(Record::ClientCreated {
            client: client.token.number(),
            token: client.token,
            role: client.role,
            name: Arc::clone(&client.name),
            language: client.speech.language(),
            source: client.speech.source(),
            address: client.address.to_string().into(),
            at: self.unix_ms,
        });
    }

    fn store(&mut self, record: Record) {
        if !self.is_start {
            self.effects.push(Effect::Store(record));
        }
    }

    /// How records name a room.
    pub fn room_number(&self, key: RoomKey) -> RoomId {
        self.rooms.room(key).map_or(RoomId::from_number(0), |room| room.id)
    }

    /// How records name a client.
    pub fn client_number(&self, key: ClientKey) -> ClientNumber {
        self.rooms.client(key).map_or(ClientNumber::from_number(0), |client| client.token.number())
    }

    /// The front of a log is dropped: at the next start nobody could tell.
    pub(super) fn store_beginning(&mut self, key: RoomKey) {
        let Some(room) = known(self.rooms.room(key)) else { return };
        self.store(Record::LogBegins { room: room.id, id: room.log.first_id() });
    }

    /// Until when readers wait for what is wanted now.
    pub(super) fn deadline(&self) -> Millis {
        self.now + self.config.translate_deadline_ms
    }

    /// How long ago something was, by the wall clock.
    pub fn age(&self, at_unix_ms: u64) -> Millis {
        Millis(self.unix_ms.saturating_sub(at_unix_ms))
    }
}
