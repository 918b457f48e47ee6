//! The only writer of what survives a restart: a record becomes state, live and at the start alike.
//!
//! A command is decided, becomes a record, and the record is applied here; what does not survive is attached behind it by
//! whoever decided ([`super::change`]): the connection a message came on, what is wanted and until when, who types, timers,
//! calls. At the start the records that were stored are applied in their order, and nothing is attached but timers.
//!
//! A record that does not fit what is there changes nothing. It must not decide, and it must not know what a record was
//! made from.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Client, ClientKey, Draft, Found, Role, Room, RoomKey, Rooms, Speech};
use crate::tools::limiter::{AddressKey, Bucket};
use crate::translate::prompt;
use crate::vocabulary::{ClientNumber, Language, Millis, Record, RoomId, Source, Status, Tenant};

/// What a record does not say.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// Now, since boot.
    pub now: Millis,
    /// Whose rooms are opened: the place of a door in the table.
    pub door: u8,
    /// Of which tenant of that door.
    pub tenant: Tenant,
}

impl Rooms {
    /// Applies a record.
    pub fn apply(&mut self, stage: Stage, record: &Record) {
        match record {
            Record::ClientCreated { .. } => self.apply_client(stage, record),
            Record::LanguageLearnt { client, language, source } => {
                self.apply_language(*client, *language, *source);
            }
            Record::ClientEnded { client } => {
                if let Some(key) = self.numbered(*client) {
                    self.dismiss(key);
                }
            }
            Record::RoomOpened { room, customer, .. } => self.apply_opened(stage, *room, *customer),
            Record::NamedRoomOpened { room, .. } => self.apply_named(stage, *room),
            Record::CustomerCame { room } => self.apply_in(*room, |room| room.has_customer_come = true),
            Record::Joined { room, client, .. } => self.apply_joined(*room, *client),
            Record::Left { room, client, .. } => {
                if let (Some(room), Some(client)) = (self.open_room(*room), self.numbered(*client)) {
                    self.leave(room, client);
                }
            }
            Record::StatusChanged { room, status, queue, .. } => self.apply_status(*room, *status, *queue),
            Record::MessageAppended { room, writer, .. } => {
                if let (Some(room), Some(writer)) = (self.open_room(*room), self.numbered(*writer)) {
                    self.apply_message(room, writer, record);
                }
            }
            Record::TranslationEnded { room, id, to, outcome } => {
                self.apply_in(*room, |room| room.apply_ended(*id, *to, outcome.clone()));
            }
            Record::TranslationWanted { room, id, to } => {
                self.apply_in(*room, |room| room.apply_wanted(*id, *to));
            }
            Record::LogBegins { room, id } => self.apply_beginning(*room, *id),
            Record::RoomClosed { room, reason, at } => {
                self.apply_in(*room, |room| room.end(*reason, *at));
            }
            Record::RoomForgotten { room } => self.bury(*room),
            Record::ChatErased { room } => self.forget_room(*room),
            Record::CustomerErased { client } => self.forget_customer(*client),
            // About what a door keeps beside its rooms.
            Record::NameClaimed { .. } | Record::LogTurned { .. } | Record::StartNamed { .. } => {}
        }
    }

    /// The room of a name, if it is open.
    pub fn open_room(&self, id: RoomId) -> Option<RoomKey> {
        match self.find(id) {
            Found::Open(key) => Some(key),
            Found::Closed(_) | Found::Nothing => None,
        }
    }

    fn apply_in(&mut self, room: RoomId, change: impl FnOnce(&mut Room)) {
        if let Some(key) = self.open_room(room) {
            self.edit(key, change);
        }
    }

    // ---- clients ----

    fn apply_client(&mut self, stage: Stage, record: &Record) {
        let Record::ClientCreated { token, role, name, language, source, address, .. } = record else {
            return;
        };
        if self.numbered(token.number()).is_some() {
            return;
        }
        let address = address.split('/').next().and_then(|address| address.parse::<IpAddr>().ok());
        self.admit(Client {
            role: *role,
            name: Arc::clone(name),
            token: *token,
            speech: Speech::restored(*language, *source),
            rooms: Vec::with_capacity(1),
            connections: Vec::with_capacity(1),
            sent: Bucket::default(),
            rates: None,
            last_used: stage.now,
            address: AddressKey::from(address.unwrap_or(IpAddr::from([0, 0, 0, 0]))),
        });
    }

    /// Somebody reads this language from now on, and what they wrote was in it as far as that is said.
    fn apply_language(&mut self, client: ClientNumber, language: Language, source: Source) {
        let Some(key) = self.numbered(client) else { return };
        let Some(client) = self.client_mut(key) else { return };
        let before = client.speech.know(language, source);
        let (is_sure, rooms) = (client.speech.is_sure(), client.rooms.clone());
        let correction = client.speech.corrects(&before, client.role);
        for room in rooms {
            self.edit(room, |room| {
                if let Some(correction) = correction {
                    room.correct_language(key, before.language(), language, correction);
                } else if is_sure {
                    room.relabel(key, language);
                }
                room.set_language(key, language);
            });
        }
    }

    // ---- rooms ----

    fn apply_opened(&mut self, stage: Stage, id: RoomId, customer: ClientNumber) {
        let customer = self.numbered(customer).filter(|_| matches!(self.find(id), Found::Nothing));
        let Some(customer) = customer else { return };
        let key = self.open_as(id, stage.door);
        self.edit(key, |room| room.tenant = stage.tenant);
        self.add_member(key, customer);
        self.queue_last(key);
    }

    fn apply_named(&mut self, stage: Stage, id: RoomId) {
        if matches!(self.find(id), Found::Nothing) {
            let key = self.open_as(id, stage.door);
            self.edit(key, Room::open_to_visitors);
        }
    }

    fn apply_joined(&mut self, room: RoomId, client: ClientNumber) {
        if let (Some(room), Some(client)) = (self.open_room(room), self.numbered(client)) {
            self.add_member(room, client);
        }
    }

    fn add_member(&mut self, room: RoomKey, key: ClientKey) {
        let Some(client) = self.client_mut(key) else { return };
        client.rooms.push(room);
        let (role, language) = (client.role, client.speech.language());
        self.edit(room, |room| room.join(key, role, language));
    }

    fn apply_status(&mut self, room: RoomId, status: Status, queue: Option<i64>) {
        let Some(key) = self.open_room(room).filter(|_| status != Status::Open) else { return };
        self.edit(key, |room| {
            room.status = status;
            room.notify_status();
        });
        match (status, queue) {
            (Status::Waiting, Some(number)) => self.enqueue(key, number),
            (Status::Waiting, None) => {}
            _ => self.dequeue(key),
        }
    }

    /// Every closed room of theirs, and themselves.
    fn forget_customer(&mut self, client: ClientNumber) {
        let is_customer =
            |key: &ClientKey| self.client(*key).is_some_and(|client| client.role == Role::Customer);
        let Some(customer) = self.numbered(client).filter(is_customer) else { return };
        for room in self.rooms_of(customer) {
            self.forget_room(room);
        }
    }

    /// Forgets a closed room, and its customer with it.
    pub fn forget_room(&mut self, room: RoomId) {
        let customers = self.customers_of_closed(room);
        self.bury(room);
        for customer in customers {
            self.dismiss(customer);
        }
    }

    // ---- what was said ----

    /// A message of a writer who is known. Its number, if it is in the log.
    pub(super) fn apply_message(&mut self, key: RoomKey, writer: ClientKey, record: &Record) -> Option<u64> {
        let Record::MessageAppended { id, role, audience, name, reference, text, language, sure, at, .. } =
            record
        else {
            return None;
        };
        let client = self.client(writer)?;
        let from = name.as_ref().unwrap_or(&client.name).clone();
        // Whom it was for may be forgotten; it is still nobody else's.
        let addressee = audience.one().map(|addressee| self.numbered(addressee).unwrap_or(writer));
        if self.edit(key, |room| room.keep_name_before_log(*id, writer, reference.as_deref()))? {
            return None;
        }
        let draft = Draft {
            writer,
            addressee,
            role: *role,
            from,
            reference: reference.as_deref().map(Into::into),
            text: Arc::clone(text),
            language: *language,
            language_is_sure: *sure,
            has_words: prompt::has_words(text),
            at_unix_ms: *at,
        };
        self.edit(key, |room| room.append(*id, draft));
        Some(*id)
    }

    fn apply_beginning(&mut self, room: RoomId, id: u64) {
        let Some(key) = self.open_room(room) else { return };
        let concerned = self.edit(key, |room| room.begin_at(id)).unwrap_or_default();
        self.note_dropped(concerned);
    }
}
