//! The conversation model: rooms with a log, clients with a token, readers with a position.
//!
//! Every front door speaks its own protocol on this one model. It knows nothing of HTTP, JSON, sockets or the
//! translation service; time is an argument, and nothing is sent from here. Read `room` for the one rule everything
//! follows from, and `doors::chat` for a door that uses it.

use crate::tools::conn_map::ConnMap;
use crate::tools::random::Random;
use crate::vocabulary::{ClientNumber, ConnId, Millis, Tenant};
use std::collections::BTreeMap;

mod apply;
mod asker;
pub mod change;
mod client;
mod context;
mod digest;
mod drain;
mod hearing;
mod log;
mod marks;
mod message;
mod notice;
mod queue;
mod reader;
mod room;
mod space;
mod storing;
mod timers;
mod translation;

use crate::tools::arena::{Arena, Key};
pub use crate::vocabulary::{Ended, Role, RoomId, Source, Status, TokenHash};
pub use apply::Stage;
pub use asker::Asker;
pub use change::{Full, Turn, Writing};
pub use client::{Client, Correction, RateWindows, Speech};
pub use context::{Context, Counters, Erased, Limits, Owner};
pub use drain::{Render, Renderers, drain};
pub use hearing::{Earlier, Heard, hear};
pub use log::Log;
pub use marks::Mark;
use marks::Marks;
pub use message::{Draft, MESSAGE_OVERHEAD_BYTES, Message, Shown, message_bytes};
pub use notice::{Notice, NoticeKind, Notices, Translating};
use queue::Queue;
pub use reader::{Opening, Reader, Step};
pub use room::{Member, Room, Young};
use space::Space;
pub use timers::RoomTimer;

/// Names a room while it is open.
pub type RoomKey = Key<Room>;
/// Names a client while its token is valid.
pub type ClientKey = Key<Client>;

/// Draws a new token: 128 random bits, 32 hexadecimal digits, fit for a URL and for a sub-protocol.
pub fn new_token(random: &mut Random) -> String {
    random.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is left of a closed room.
#[derive(Debug)]
pub struct Tombstone {
    pub tenant: Tenant,
    /// Who was in it at any time.
    pub members: Vec<ClientKey>,
    /// The word of the protocol for why it ended.
    pub reason: &'static str,
}

enum Place {
    Open(RoomKey),
    Closed(Tombstone),
}

/// What a public name of a room stands for.
pub enum Found<'a> {
    Open(RoomKey),
    /// One that was closed lately.
    Closed(&'a Tombstone),
    /// Nothing we know.
    Nothing,
}

/// All rooms and all clients.
#[derive(Default)]
pub struct Rooms {
    rooms: Arena<Room>,
    places: BTreeMap<RoomId, Place>,
    clients: Arena<Client>,
    tokens: BTreeMap<TokenHash, ClientKey>,
    queue: Queue,
    text_bytes: usize,
    /// Bytes of text that doors keep about rooms.
    aside_bytes: usize,
    connected_clients: usize,
    space: Space,
    marks: Marks,
    /// In which room a connection reads, and where it stands among the readers.
    reading: ConnMap<(RoomKey, usize)>,
}

impl Rooms {
    // ---- rooms ----

    /// A public name that no room has.
    pub fn new_id(&self, random: &mut Random) -> RoomId {
        let mut id = RoomId::from_number(random.next_u64());
        while self.places.contains_key(&id) {
            id = RoomId::from_number(random.next_u64());
        }
        id
    }

    /// Opens an empty room under a name that is free.
    pub fn open_as(&mut self, id: RoomId, door: u8) -> RoomKey {
        let key = self.rooms.insert(Room::new(id, door));
        self.places.insert(id, Place::Open(key));
        key
    }

    pub fn room(&self, key: RoomKey) -> Option<&Room> {
        self.rooms.get(key)
    }

    /// Whose room it is; the default's, if it is gone.
    pub fn tenant_of(&self, key: RoomKey) -> Tenant {
        self.rooms.get(key).map_or_else(Tenant::default, |room| room.tenant)
    }

    /// The room, for what its readers need not hear of and what does not change its text.
    pub(super) fn quiet(&mut self, key: RoomKey) -> Option<&mut Room> {
        self.rooms.get_mut(key)
    }

    /// The readers of a room have advanced: it may have something to give up.
    pub(super) fn have_advanced(&mut self, key: RoomKey) {
        if let Some(room) = self.rooms.get(key) {
            self.space.mark_changed(key, room);
        }
    }

    /// Does something to a room: the account of all text stays right, and its readers will be looked after.
    pub fn edit<R>(&mut self, key: RoomKey, edit: impl FnOnce(&mut Room) -> R) -> Option<R> {
        let result = self.change(key, edit)?;
        self.marks.mark(key);
        Some(result)
    }

    /// The same for what its readers need not hear of.
    pub(super) fn change<R>(&mut self, key: RoomKey, edit: impl FnOnce(&mut Room) -> R) -> Option<R> {
        let room = self.rooms.get_mut(key)?;
        let (before, waited) = (room.text_bytes(), room.status == Status::Waiting);
        let result = edit(room);
        if waited || room.status == Status::Waiting {
            self.queue.mark_dirty(room.door, room.tenant, key);
        }
        self.text_bytes = self.text_bytes - before + room.text_bytes();
        self.space.mark_changed(key, room);
        Some(result)
    }

    /// What a public name stands for.
    pub fn find(&self, id: RoomId) -> Found<'_> {
        match self.places.get(&id) {
            Some(Place::Open(key)) => Found::Open(*key),
            Some(Place::Closed(tombstone)) => Found::Closed(tombstone),
            None => Found::Nothing,
        }
    }

    /// Takes a room away and leaves a tombstone. Its members are in no room by that.
    pub fn close(&mut self, key: RoomKey, reason: &'static str) -> Option<Room> {
        self.dequeue(key);
        self.space.forget(key);
        self.marks.forget(key);
        let room = self.rooms.remove(key)?;
        for reader in &room.readers {
            self.reading.remove(reader.conn);
        }
        self.text_bytes -= room.text_bytes();
        let mut members: Vec<ClientKey> = room.members.iter().map(|member| member.client).collect();
        for client in &members {
            if let Some(client) = self.clients.get_mut(*client) {
                client.rooms.retain(|room| *room != key);
            }
        }
        members.extend(&room.past_members);
        self.places.insert(room.id, Place::Closed(Tombstone { tenant: room.tenant, members, reason }));
        Some(room)
    }

    /// Forgets a closed room.
    pub fn bury(&mut self, id: RoomId) {
        if matches!(self.places.get(&id), Some(Place::Closed(_))) {
            self.places.remove(&id);
        }
    }

    /// The customers of a closed room who are in no other: with it they have nothing left.
    pub fn customers_of_closed(&self, id: RoomId) -> Vec<ClientKey> {
        let Some(Place::Closed(tombstone)) = self.places.get(&id) else { return Vec::new() };
        let is_alone = |client: &Client| client.role == Role::Customer && client.rooms.is_empty();
        let members = tombstone.members.iter().copied();
        members.filter(|member| self.client(*member).is_some_and(is_alone)).collect()
    }

    /// The rooms of a client, open and closed ones.
    pub fn rooms_of(&self, client: ClientKey) -> Vec<RoomId> {
        let is_theirs = |place: &Place| match place {
            Place::Open(key) => self.rooms.get(*key).is_some_and(|room| room.member(client).is_some()),
            Place::Closed(tombstone) => tombstone.members.contains(&client),
        };
        self.places.iter().filter(|(_, place)| is_theirs(place)).map(|(id, _)| *id).collect()
    }

    /// The keys of all open rooms.
    pub fn keys(&self) -> Vec<RoomKey> {
        self.rooms.iter().map(|(key, _)| key).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = (RoomKey, &Room)> {
        self.rooms.iter()
    }

    /// How many rooms are open.
    pub fn len(&self) -> usize {
        self.rooms.len()
    }

    /// Whether no room is open.
    pub fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }

    /// How many closed rooms are remembered.
    pub fn tombstones(&self) -> usize {
        self.places.len() - self.rooms.len()
    }

    /// Bytes of text in all rooms, and about them.
    pub fn text_bytes(&self) -> usize {
        self.text_bytes + self.aside_bytes
    }

    /// Notes how many bytes of text a door keeps about rooms beside what is in them, where it kept `before`.
    pub fn set_aside(&mut self, before: usize, bytes: usize) {
        self.aside_bytes = self.aside_bytes - before + bytes;
    }

    /// Bytes of text that doors keep about rooms.
    pub fn aside_bytes(&self) -> usize {
        self.aside_bytes
    }

    // ---- readers ----

    /// A connection begins to read. Where others are told who is here, they are marked as well.
    pub fn open_reader(&mut self, key: RoomKey, opening: Opening, deadline: Millis) {
        let Some(place) = self.change(key, |room| room.open(opening, deadline)).flatten() else { return };
        self.reading.insert(opening.conn, (key, place));
        self.note_presence(key);
        self.mark_coming(key, opening.conn);
    }

    /// A connection reads no more.
    pub fn close_reader(&mut self, conn: ConnId) {
        let Some((key, place)) = self.reading.remove(conn) else { return };
        if let Some(moved) = self.change(key, |room| room.close_reader(place)).flatten() {
            self.reading.insert(moved, (key, place));
        }
        self.note_presence(key);
        self.mark_coming(key, conn);
    }

    /// Lets a member go, who reads no more.
    pub(super) fn leave(&mut self, key: RoomKey, client: ClientKey) {
        for conn in self.rooms.get(key).map_or(Vec::new(), |room| room.conns_of(client)) {
            self.reading.remove(conn);
        }
        self.edit(key, |room| room.leave(client));
        for (place, reader) in self.rooms.get(key).iter().flat_map(|room| &room.readers).enumerate() {
            self.reading.insert(reader.conn, (key, place));
        }
        if let Some(client) = self.clients.get_mut(client) {
            client.rooms.retain(|room| *room != key);
        }
    }

    /// Where a connection stands among the readers of a room.
    pub fn place_of(&self, key: RoomKey, conn: ConnId) -> Option<usize> {
        self.reading.get(conn).filter(|(room, _)| *room == key).map(|(_, place)| *place)
    }

    // ---- clients ----

    /// Takes a client in under its token.
    pub fn admit(&mut self, client: Client) -> ClientKey {
        let token = client.token;
        let key = self.clients.insert(client);
        self.tokens.insert(token, key);
        key
    }

    /// Who brings this token.
    pub fn who(&self, token: &str) -> Option<ClientKey> {
        self.tokens.get(&TokenHash::of(token)).copied()
    }

    /// The client a record speaks of.
    pub fn numbered(&self, number: ClientNumber) -> Option<ClientKey> {
        let (token, key) = self.tokens.range(TokenHash::first_of(number)..).next()?;
        (token.number() == number).then_some(*key)
    }

    pub fn client(&self, key: ClientKey) -> Option<&Client> {
        self.clients.get(key)
    }

    pub fn client_mut(&mut self, key: ClientKey) -> Option<&mut Client> {
        self.clients.get_mut(key)
    }

    /// Ends a token. The client must be in no room.
    pub fn dismiss(&mut self, key: ClientKey) -> Option<Client> {
        let client = self.clients.remove(key)?;
        self.tokens.remove(&client.token);
        self.connected_clients -= usize::from(!client.connections.is_empty());
        Some(client)
    }

    /// Notes an open WebSocket of a client.
    pub fn connect(&mut self, key: ClientKey, conn: ConnId) {
        if let Some(client) = self.clients.get_mut(key) {
            self.connected_clients += usize::from(client.connections.is_empty());
            client.connections.push(conn);
        }
    }

    /// Notes that a WebSocket of a client is gone, who was here until now.
    pub fn disconnect(&mut self, key: ClientKey, conn: ConnId, now: Millis) {
        if let Some(client) = self.clients.get_mut(key) {
            client.last_used = now;
            let before = client.connections.len();
            client.connections.retain(|other| *other != conn);
            self.connected_clients -= usize::from(before > 0 && client.connections.is_empty());
        }
    }

    /// How many tokens are valid.
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// How many clients have a WebSocket open.
    pub fn connected_clients(&self) -> usize {
        self.connected_clients
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn check_invariants(&self) {
        let mut bytes = 0;
        for (key, room) in self.rooms.iter() {
            room.check_invariants();
            bytes += room.text_bytes();
            assert!(
                matches!(self.places.get(&room.id), Some(Place::Open(place)) if *place == key),
                "a room is found"
            );
            assert_eq!(
                room.status == Status::Waiting,
                self.queue_number(key).is_some(),
                "waiting rooms queue"
            );
            let is_here = room.status == Status::Waiting && room.is_customer_here();
            assert_eq!(is_here, self.is_counted(key), "who is here is counted, and nobody else");
            for member in &room.members {
                let client = self.clients.get(member.client);
                assert!(client.is_some_and(|client| client.rooms.contains(&key)), "members know their rooms");
            }
        }
        assert_eq!(bytes, self.text_bytes, "all text is accounted for");
        self.queue.check_invariants();
        assert_eq!(self.tokens.len(), self.clients.len(), "every client has one token");
        let mut connected = 0;
        for (key, client) in self.clients.iter() {
            connected += usize::from(!client.connections.is_empty());
            for room in &client.rooms {
                let member = self.rooms.get(*room).is_some_and(|room| room.member(key).is_some());
                assert!(member, "rooms know their members");
            }
        }
        assert_eq!(connected, self.connected_clients, "the count of connected clients is true");
        self.check_readers();
    }

    fn check_readers(&self) {
        let mut readers = 0;
        for (key, room) in self.rooms.iter() {
            for (place, reader) in room.readers.iter().enumerate() {
                assert_eq!(self.place_of(key, reader.conn), Some(place), "readers are found");
            }
            readers += room.readers.len();
            assert!(room.timers.is_armed(), "the wheel comes back in time");
        }
        assert_eq!(readers, self.reading.len(), "who reads nothing has no place");
        assert!(self.marks.is_drained(), "what follows has followed");
    }
}
