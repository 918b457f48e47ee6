//! The hub: rooms that anybody may walk into, in which everybody reads their own language.
//!
//! ```text
//!  GET /ws?userId=…&username=…        {"type":"chat","content":…}
//!  ───────────────────────────▶ visit ───────────────────────────▶ the log of the room ──▶ every visitor's position
//!                                │ first connection: join              │ is_final, or too late     (theirs by language,
//!                                │ last one closed: leave              ▼                           encoded once)
//!                                ▼                                translations
//!                              a name is whose first connection claimed it; the secret it was given proves it
//! ```
//!
//! A userId is a claim. Who does not bring its secret is another person of the same name: shown as not verified, and of
//! no private message either the writer or the reader. Everything that is said goes through the log of a room
//! ([`crate::conversation`]); who comes and goes does not, and is told in numbers where many are.
//!
//! `protocol` has the words and their rules, `people` whose a name is, `presence` how coming and going is told,
//! `hub_room` what the door remembers of a room, `past` what it remembers over a restart, `stats` what it tells of itself. It
//! must not know sockets, and how Ollama is asked is the translator's business.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::config::{Config, Service};
use crate::conversation::{
    ClientKey, Opening, Render, Room, RoomKey, RoomTimer, Rooms, Step, Writing, change,
};
use crate::doors::{
    Alarm, Caller, Context, Door, Dropped, Erased, MetricsPage, Path, Refusal, Reply, read_with_get, rules,
};
use crate::tools::conn_map::ConnMap;
use crate::translate::detect;
use crate::vocabulary::{ConnId, Language, Millis, Reason, Record, RoomId};
use crate::wire::http::{Method, Request};
use crate::wire::websocket;

mod hub_room;
mod past;
mod people;
mod presence;
mod protocol;
mod stats;
mod timer;

use hub_room::{HubRoom, Turnover};
use people::Person;
use protocol::{Arrival, Claim, Incoming, Known, Offer};
use timer::Timer;

const PATHS: [Path; 2] = [Path::get("/hub/stats"), Path::websocket("/ws")];

/// One open WebSocket.
struct Visitor {
    room: RoomKey,
    client: ClientKey,
    /// Under which name they came.
    username: Arc<str>,
    /// What they read, and write.
    language: Option<Language>,
    /// Who came and left while they could take no more.
    missed: Turnover,
}

#[derive(Default)]
pub struct Hub {
    hub_rooms: BTreeMap<RoomKey, HubRoom>,
    names: BTreeMap<Arc<str>, RoomKey>,
    people: BTreeMap<ClientKey, Person>,
    claims: BTreeMap<Arc<str>, ClientKey>,
    visitors: ConnMap<Visitor>,
    /// Who was let in by the request before and opens now.
    arriving: Option<Arrival>,
}

impl Render for Hub {
    fn render(&mut self, cx: &mut Context<'_>, room: RoomKey, place: usize, step: &Step) -> Bytes {
        let hub_room = self.hub_rooms.get_mut(&room).zip(cx.rooms.room(room));
        hub_room.map_or(Bytes::new(), |(hub_room, room)| hub_room.render(room, place, step, &self.people))
    }

    fn on_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, room: &Room) {
        self.hub_room_has_ended(cx, key, room.id);
    }
}

impl Door for Hub {
    fn name(&self) -> &'static str {
        "hub"
    }

    fn is_on(&self, config: &Config) -> bool {
        config.serves(Service::Hub)
    }

    fn paths(&self) -> &'static [Path] {
        &PATHS
    }

    fn pages(&self) -> &'static [&'static str] {
        &["/hub.html"]
    }

    fn takes(&self, request: &Request) -> bool {
        request.has_query_param("userId")
    }

    fn has_room(&self, room: RoomKey) -> bool {
        self.has(room)
    }

    fn on_request(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply {
        if request.path == "/ws" {
            return self.on_handshake(cx, caller, request);
        }
        if !matches!(request.method, Method::Get | Method::Head) {
            return Reply::Respond(read_with_get());
        }
        let gate = protocol::may_come(cx, caller, request, &Offer::default());
        Reply::Respond(gate.map_or_else(|refusal| refusal.response(), |()| self.stats(cx)))
    }

    fn on_open(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        if let Some(arrival) = self.arriving.take() {
            self.arrive(cx, conn, arrival);
        }
    }

    fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) {
        let reference = protocol::reference_of(text, cx.config);
        if let Err(refusal) = self.hear(cx, conn, text) {
            cx.refuse(conn, &refusal, reference.as_deref());
        }
    }

    fn on_drained(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        let Some(visitor) = self.visitors.get_mut(conn) else { return };
        if let Some(missed) = visitor.missed.take() {
            let members = self.hub_rooms.get(&visitor.room).map_or(0, |hub_room| hub_room.members.len());
            cx.send(conn, &missed.event(members));
        }
    }

    fn ping_interval(&self, config: &Config) -> Millis {
        config.hub_ping_interval_ms.min(Millis(config.pong_timeout_ms.0 / 10 * 9)).max(Millis(1))
    }

    fn on_close(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        self.leave(cx, conn);
    }

    fn on_timer(&mut self, cx: &mut Context<'_>, alarm: Alarm) {
        let Some(timer) = Timer::of(alarm) else { return };
        let Timer::Claim(client) = timer;
        let not_before = cx.not_before();
        if cx.now < not_before {
            cx.wake(not_before, timer);
        } else {
            self.maybe_end_claim(cx, client);
        }
    }

    fn on_room_timer(&mut self, cx: &mut Context<'_>, room: RoomKey, timer: RoomTimer) {
        match timer {
            RoomTimer::Crowd => self.send_turnover(cx, room),
            RoomTimer::Idle => self.close_hub_room(cx, room),
            _ => {}
        }
    }

    fn on_dropped(&mut self, cx: &mut Context<'_>, concerned: &[ClientKey], when: Dropped) {
        for client in concerned {
            self.count_dropped(*client);
            if when == Dropped::Now {
                self.forget_stranger(cx, *client);
            }
        }
    }

    fn owns(&self, cx: &Context<'_>, record: &Record) -> bool {
        self.is_own(cx, record)
    }

    fn restore(&mut self, cx: &mut Context<'_>, record: &Record) {
        self.do_again(cx, record);
    }

    fn forget(&mut self, cx: &mut Context<'_>, what: &Erased) {
        match *what {
            Erased::Room(id) => self.erase_room(cx, id),
            Erased::Person(number) => self.erase_person(cx, number),
        }
    }

    fn metrics(&self, _cx: &Context<'_>, page: &mut MetricsPage) {
        self.tell_metrics(&mut page.doors);
    }

    fn check_invariants(&self, rooms: &Rooms, config: &Config) {
        past::check_invariants(self, rooms, config);
    }
}

impl Hub {
    // ---- coming ----

    fn on_handshake(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply {
        let mut response = match websocket::handshake(request) {
            Ok(response) => response,
            Err(refusal) => return Reply::Respond(refusal),
        };
        let offer = Offer::of(request);
        if let Some(chosen) = offer.chosen {
            // The answer selects the protocol, never what it brings.
            response = response.header("Sec-WebSocket-Protocol", chosen);
        }
        match self.let_in(cx, caller, request, &offer) {
            Ok(arrival) => {
                self.arriving = Some(arrival);
                Reply::Open(response)
            }
            // A browser script cannot see a refused handshake; one that offers something is told inside.
            Err(refusal) if offer.chosen.is_some() => Reply::OpenAndEnd {
                response,
                event: refusal.event(None),
                code: refusal.close_code(),
                reason: refusal.code,
            },
            Err(refusal) => Reply::Respond(refusal.response()),
        }
    }

    /// Whether somebody may come in, and as whom.
    fn let_in(
        &self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
        offer: &Offer<'_>,
    ) -> Result<Arrival, Refusal> {
        protocol::may_come(cx, caller, request, offer)?;
        let mut arrival = Arrival::read(request, caller, cx.config)?;
        arrival.claim = self.claim(cx, caller, request, offer, &arrival.user)?;
        let client = match arrival.claim {
            Claim::Proven(client) => Some(client),
            Claim::New | Claim::Unproven => None,
        };
        let open = client.and_then(|client| cx.rooms.client(client)).map_or(0, |one| one.connections.len());
        if open >= cx.config.max_connections_per_client {
            return Err(Refusal::new(
                429,
                "too_many_connections",
                "this userId has too many connections open",
            ));
        }
        let hub_room = self.names.get(&arrival.room).and_then(|room| self.hub_rooms.get(room));
        if hub_room.is_some_and(|hub_room| hub_room.is_full_for(client, cx.config)) {
            return Err(protocol::full("the room is full"));
        }
        let rooms = cx.config.max_hub_rooms;
        let rooms = if cx.is_vouched { rooms } else { cx.config.for_strangers(rooms) };
        if hub_room.is_none() && self.hub_rooms.len() >= rooms {
            return Err(protocol::full("there are too many rooms"));
        }
        let is_full = self.people.len() >= cx.config.max_hub_users
            || cx.rooms.clients() >= cx.config.for_strangers(cx.config.max_tokens);
        if client.is_none() && is_full {
            return Err(protocol::full("the hub knows too many people"));
        }
        if client.is_none() || hub_room.is_none() {
            cx.must_remember()?;
            protocol::count_start(cx, caller)?;
        }
        Ok(arrival)
    }

    fn arrive(&mut self, cx: &mut Context<'_>, conn: ConnId, arrival: Arrival) {
        let (client, secret) = self.person(cx, &arrival);
        let Some(room) = self.hub_room(cx, &arrival.room) else { return };
        let now = cx.now;
        if let Some(client) = cx.rooms.client_mut(client) {
            client.last_used = now;
        }
        cx.rooms.connect(client, conn);
        let after = cx.rooms.room(room).map_or(0, |room| arrival.start.after(&room.log));
        let opening = Opening {
            conn,
            client,
            language: arrival.language,
            after,
            updates: false,
            takes_pending: false,
            originals: false,
        };
        let deadline = cx.now + cx.config.translate_deadline_ms;
        cx.rooms.open_reader(room, opening, deadline);
        let (username, language) = (arrival.username, arrival.language);
        let missed = Turnover::default();
        let visitor = Visitor { room, client, username: Arc::clone(&username), language, missed };
        self.visitors.insert(conn, visitor);
        let Some(hub_room) = self.hub_rooms.get_mut(&room) else { return };
        let is_first = hub_room.enter(client);
        cx.rooms.edit_timers(room, |room| room.set_timer(RoomTimer::Idle, None));
        self.welcome(cx, conn, secret.as_deref(), arrival.wants_people);
        if is_first {
            self.announce(cx, room, true, client, &username);
        }
    }

    /// The room of a name, opened if there is none.
    fn hub_room(&mut self, cx: &mut Context<'_>, name: &Arc<str>) -> Option<RoomKey> {
        if let Some(key) = self.names.get(name) {
            return Some(*key);
        }
        let id = cx.rooms.new_id(cx.random);
        cx.record(Record::NamedRoomOpened { room: id, name: Arc::clone(name), at: cx.unix_ms });
        cx.counters.rooms += 1;
        let key = cx.rooms.open_room(id)?;
        self.add_hub_room(key, Arc::clone(name));
        Some(key)
    }

    fn add_hub_room(&mut self, key: RoomKey, name: Arc<str>) {
        self.hub_rooms.insert(key, HubRoom::new(Arc::clone(&name)));
        self.names.insert(name, key);
    }

    // ---- going ----

    fn leave(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        let Some(Visitor { room, client, username, .. }) = self.visitors.remove(conn) else { return };
        cx.rooms.close_reader(conn);
        cx.rooms.disconnect(client, conn, cx.now);
        let is_last = self.hub_rooms.get_mut(&room).is_some_and(|hub_room| hub_room.exit(client));
        if is_last {
            self.announce(cx, room, false, client, &username);
            self.empty(cx, room);
        }
        self.forget_stranger(cx, client);
    }

    /// A room that nobody is in and nothing was said in is gone at once, another one after a while.
    fn empty(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if self.hub_rooms.get(&key).is_none_or(|hub_room| !hub_room.members.is_empty()) {
            return;
        }
        if cx.rooms.room(key).is_none_or(|room| room.log.last_id() == 0) {
            return self.close_hub_room(cx, key);
        }
        let at = cx.now + cx.config.hub_room_idle_ms;
        self.close_later(cx, key, at);
    }

    /// An empty room is closed then, unless somebody comes.
    pub(super) fn close_later(&mut self, cx: &mut Context<'_>, key: RoomKey, at: Millis) {
        cx.rooms.edit_timers(key, |room| room.set_timer(RoomTimer::Idle, Some(at)));
    }

    fn close_hub_room(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        change::close_room(cx, key, Reason::Idle);
    }

    fn hub_room_has_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, id: RoomId) {
        cx.record(Record::RoomForgotten { room: id });
        if let Some(hub_room) = self.hub_rooms.remove(&key) {
            self.names.remove(&hub_room.name);
        }
    }

    // ---- what is said ----

    fn hear(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) -> Result<(), Refusal> {
        let incoming = Incoming::read(text, cx.config)?;
        // What is in the log is not stored yet, perhaps: not even that is confirmed now.
        cx.must_remember()?;
        let Some(visitor) = self.visitors.get(conn) else { return Ok(()) };
        let (key, client, language) = (visitor.room, visitor.client, visitor.language);
        let username = Arc::clone(&visitor.username);
        let reference = incoming.reference.as_deref();
        let room = cx.rooms.room(key);
        if let Some((reference, id)) =
            reference.zip(room.zip(reference).and_then(|(room, reference)| room.referred(client, reference)))
        {
            cx.send(conn, &Known { r#type: "system", code: "known", reference, id });
            return Ok(());
        }
        // Before it is said whether somebody of that name is known: nobody shall try them all.
        rules::count_message(cx, client)?;
        let addressee = incoming.to.map(|to| self.addressee(client, &to)).transpose()?;
        let language = language.or_else(|| detect::detect(&incoming.content, &cx.config.languages.0));
        let writing = Writing {
            on: Some(conn),
            from: Some(&username),
            addressee,
            text: &incoming.content,
            language,
            translation: None,
            reference,
        };
        self.say(cx, key, client, &writing)
    }

    fn say(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        client: ClientKey,
        writing: &Writing<'_>,
    ) -> Result<(), Refusal> {
        let no_room = |_| protocol::full("the server has no room for more text");
        change::fit(cx, key, writing.bytes()).map_err(no_room)?;
        self.store_person(cx, client);
        change::append(cx, key, client, writing).map_err(no_room)?;
        if let Some(person) = self.people.get_mut(&client) {
            person.is_final = true;
        }
        for client in [Some(client), writing.addressee].into_iter().flatten() {
            self.count_message(client);
        }
        if let Some(hub_room) = self.hub_rooms.get_mut(&key)
            && hub_room.note_message(cx.now, cx.config.max_hub_log_messages)
        {
            let room = cx.room_number(key);
            cx.record(Record::LogTurned { room });
        }
        Ok(())
    }

    fn has(&self, room: RoomKey) -> bool {
        self.hub_rooms.contains_key(&room)
    }
}
