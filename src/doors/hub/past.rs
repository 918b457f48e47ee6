//! The past of the hub: what it writes down of people, how it does again what records say, and how it forgets somebody
//! for good.

use std::sync::Arc;

use super::hub_room::HubRoom;
use super::people::Person;
use super::{Hub, Timer};
use crate::config::Config;
use crate::conversation::{ClientKey, Role, Room, RoomId, RoomKey, RoomTimer, Rooms, message_bytes};
use crate::doors::Context;
use crate::vocabulary::{ClientNumber, Record};
use crate::wire::websocket::close;

impl Hub {
    /// Whether a record is about something of this door.
    pub(super) fn is_own(&self, cx: &Context<'_>, record: &Record) -> bool {
        match record {
            Record::ClientCreated { role, .. } => *role == Role::Guest,
            Record::NamedRoomOpened { .. } | Record::NameClaimed { .. } | Record::LogTurned { .. } => true,
            Record::ClientEnded { client } => {
                cx.rooms.numbered(*client).is_some_and(|client| self.people.contains_key(&client))
            }
            Record::MessageAppended { room, .. }
            | Record::TranslationEnded { room, .. }
            | Record::TranslationWanted { room, .. }
            | Record::LogBegins { room, .. }
            | Record::RoomClosed { room, .. } => self.open(cx, *room).is_some(),
            _ => false,
        }
    }

    fn open(&self, cx: &Context<'_>, room: RoomId) -> Option<RoomKey> {
        cx.rooms.open_room(room).filter(|key| self.has(*key))
    }

    /// Applies a record of an earlier process.
    pub(super) fn do_again(&mut self, cx: &mut Context<'_>, record: &Record) {
        match record {
            Record::ClientEnded { client } => return self.forget_restored(cx, *client),
            Record::NamedRoomOpened { name, .. } if self.names.contains_key(name) => return,
            Record::MessageAppended { .. } if !self.make_space_for(cx, record) => return,
            _ => {}
        }
        cx.apply(record);
        self.attach(cx, record);
    }

    /// What this door keeps beside what records say.
    fn attach(&mut self, cx: &mut Context<'_>, record: &Record) {
        match record {
            Record::ClientCreated { client, .. } => self.attach_person(cx, *client),
            Record::NameClaimed { client, user, verified } => {
                self.attach_claim(cx, *client, Arc::clone(user), *verified);
            }
            Record::NamedRoomOpened { room, name, .. } => {
                if let Some(key) = cx.rooms.open_room(*room) {
                    self.add_hub_room(key, Arc::clone(name));
                    self.close_later(cx, key, cx.now + cx.config.hub_room_idle_ms);
                }
            }
            Record::MessageAppended { room, id, .. } => {
                let Some(key) = self.open(cx, *room) else { return };
                let message = cx.rooms.room(key).and_then(|room| room.log.message(*id));
                let concerned = message.map(|message| [Some(message.writer), message.addressee]);
                for client in concerned.into_iter().flatten().flatten() {
                    self.count_message(client);
                }
            }
            Record::TranslationEnded { room, id, to, outcome } => {
                let Some(key) = self.open(cx, *room) else { return };
                if outcome.bytes() > 0 && cx.text_bytes() > cx.config.max_text_bytes {
                    cx.rooms.edit(key, |room| room.drop_ended(*id, *to));
                }
            }
            _ => {}
        }
    }

    // ---- forgetting for good ----

    /// Takes back all that somebody said, and frees their name. Others keep the numbers of what they have read.
    pub(super) fn erase_person(&mut self, cx: &mut Context<'_>, client: ClientNumber) {
        let Some(client) = cx.rooms.numbered(client).filter(|client| self.people.contains_key(client)) else {
            return;
        };
        // They go as who they were.
        for conn in cx.rooms.client(client).map_or(Vec::new(), |client| client.connections.clone()) {
            cx.end(conn, close::NORMAL, "forgotten");
            self.leave(cx, conn);
        }
        let Some(person) = self.people.get_mut(&client) else { return };
        if self.claims.get(&person.user) == Some(&client) {
            self.claims.remove(&person.user);
        }
        (person.user, person.verified) = (Arc::from(""), false);
        for (key, hub_room) in &mut self.hub_rooms {
            cx.rooms.edit(*key, |room| room.unsay(client));
            hub_room.forget_frames();
        }
        // Translations remember what was said.
        cx.translator.evict(usize::MAX);
        self.forget_stranger(cx, client);
    }

    /// Closes a room, and leaves nothing of it.
    pub(super) fn erase_room(&mut self, cx: &mut Context<'_>, room: RoomId) {
        let Some(key) = self.open(cx, room) else { return };
        let readers =
            cx.rooms.room(key).map_or(Vec::new(), |room| room.readers.iter().map(|one| one.conn).collect());
        for conn in readers {
            cx.end(conn, close::NORMAL, "forgotten");
            self.leave(cx, conn);
        }
        self.close_hub_room(cx, key);
        cx.translator.evict(usize::MAX);
    }

    fn attach_person(&mut self, cx: &mut Context<'_>, number: ClientNumber) {
        let Some(client) = cx.rooms.numbered(number) else { return };
        if self.people.contains_key(&client) {
            return;
        }
        // Who they are is told by the record behind this one.
        let nobody = Person { stored: true, ..Person::new(Arc::from(""), false) };
        self.people.insert(client, nobody);
        let at = cx.now + cx.config.hub_claim_ttl_ms.min(Config::HUB_NEW_CLAIM);
        cx.wake(at, Timer::Claim(client));
    }

    fn attach_claim(&mut self, cx: &Context<'_>, client: ClientNumber, user: Arc<str>, verified: bool) {
        let Some(client) = cx.rooms.numbered(client) else { return };
        let Some(person) = self.people.get_mut(&client) else { return };
        let is_theirs = verified && !self.claims.contains_key(&user);
        person.user = Arc::clone(&user);
        (person.verified, person.is_final) = (is_theirs, is_theirs);
        if is_theirs {
            self.claims.insert(user, client);
        }
    }

    fn forget_restored(&mut self, cx: &mut Context<'_>, number: ClientNumber) {
        let Some(client) = cx.rooms.numbered(number) else { return };
        // What they said had left its log by then, and so had all that stood before it.
        let said = |room: &Room| {
            let theirs =
                room.log.messages().rev().find(|it| it.writer == client || it.addressee == Some(client));
            theirs.map(|message| usize::try_from(room.log.last_id() - message.id).unwrap_or(usize::MAX))
        };
        let has_said = self.people.get(&client).is_some_and(|person| person.in_logs > 0);
        for key in self.hub_rooms.keys().filter(|_| has_said) {
            if let Some(behind) = cx.rooms.room(*key).and_then(said) {
                cx.rooms.trim(*key, behind, usize::MAX);
            }
        }
        self.forget_person(cx, client);
    }

    /// Whether a text fits: translations can be had again, then the past of its own room goes, then that of
    /// others.
    fn make_space_for_the_past(&mut self, cx: &mut Context<'_>, key: RoomKey, bytes: usize) -> bool {
        let over = |cx: &Context<'_>| (cx.text_bytes() + bytes).saturating_sub(cx.config.max_text_bytes);
        if over(cx) > 0 {
            cx.rooms.forget_translations();
        }
        if over(cx) > 0 {
            let held = cx.rooms.room(key).map_or(0, Room::text_bytes);
            cx.rooms.trim(key, cx.config.max_hub_log_messages, held.saturating_sub(over(cx)));
        }
        cx.give_up_the_past(bytes)
    }

    /// Makes space for a message, if it stands in the log. Whether it may be told: without space, all that stood before it
    /// is gone as well, since a log has no holes.
    fn make_space_for(&mut self, cx: &mut Context<'_>, record: &Record) -> bool {
        let Record::MessageAppended { room, id, text, reference, .. } = record else { return true };
        let Some(key) = self.open(cx, *room) else { return false };
        let Some((first, last)) = cx.rooms.room(key).map(|room| (room.log.first_id(), room.log.last_id()))
        else {
            return false;
        };
        if *id < first {
            return true;
        }
        let bytes = message_bytes(text, reference.as_deref());
        let fits = self.make_space_for_the_past(cx, key, bytes);
        if !fits {
            // Its number is taken all the same.
            cx.apply(&Record::LogBegins { room: *room, id: id + 1 });
        } else if last + 1 != *id {
            cx.rooms.trim(key, 0, usize::MAX);
        }
        fits
    }
}

pub(super) fn check_invariants(hub: &Hub, rooms: &Rooms, config: &Config) {
    assert!(hub.hub_rooms.len() <= config.max_hub_rooms, "rooms of the hub are bounded");
    assert!(hub.people.len() <= config.max_hub_users, "people of the hub are bounded");
    assert_eq!(hub.hub_rooms.len(), hub.names.len(), "every room has one name");
    assert!(
        hub.names
            .iter()
            .all(|(name, key)| hub.hub_rooms.get(key).is_some_and(|hub_room| hub_room.name == *name))
    );
    let mut in_logs = std::collections::BTreeMap::<ClientKey, usize>::new();
    for (key, hub_room) in &hub.hub_rooms {
        check_hub_room(hub, rooms, *key, hub_room);
        for message in rooms.room(*key).iter().flat_map(|room| room.log.messages()) {
            for client in [Some(message.writer), message.addressee].into_iter().flatten() {
                *in_logs.entry(client).or_default() += 1;
            }
        }
    }
    for (client, person) in &hub.people {
        let counted = in_logs.remove(client).unwrap_or(0);
        assert_eq!(counted, person.in_logs, "what somebody said is counted");
        let claimed = hub.claims.get(&person.user) == Some(client);
        assert!(
            !person.verified || claimed || rooms.client(*client).is_none(),
            "who is verified has claimed it"
        );
    }
    let readers: usize = hub.hub_rooms.keys().filter_map(|key| Some(rooms.room(*key)?.readers.len())).sum();
    assert_eq!(readers, hub.visitors.len(), "whoever visits reads");
    assert!(in_logs.is_empty(), "whoever said something is known");
    assert!(hub.claims.values().all(|client| hub.people.contains_key(client)), "whoever claims is known");
}

fn check_hub_room(hub: &Hub, rooms: &Rooms, key: RoomKey, hub_room: &HubRoom) {
    let Some(room) = rooms.room(key) else { panic!("a room of the hub is open") };
    let here = hub.visitors.iter().filter(|(_, visitor)| visitor.room == key).count();
    assert_eq!(room.readers.len(), here, "readers and visitors are the same");
    assert_eq!(hub_room.members.values().sum::<usize>(), here, "connections are counted by person");
    let is_timed = room.timer(RoomTimer::Idle).is_some();
    assert_eq!(hub_room.members.is_empty(), is_timed, "an empty room waits for its end");
    for reader in &room.readers {
        let visitor = hub.visitors.get(reader.conn);
        assert!(visitor.is_some_and(|one| one.client == reader.client), "readers are visitors");
    }
}
