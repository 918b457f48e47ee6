//! The hub: rooms that anybody may walk into, in which everybody reads their own language.
//!
//! ```text
//!  GET /ws?userId=…&username=…        {"type":"chat","content":…}
//!  ───────────────────────────▶ visit ───────────────────────────▶ the log of the room ──▶ every visitor's cursor
//!                                │ first connection: join              │ settled, or too late     (theirs by language,
//!                                │ last one closed: leave              ▼                           encoded once)
//!                                ▼                                translations
//!                              a name is whose first connection claimed it; the secret it was given proves it
//! ```
//!
//! A userId is a claim. Who does not bring its secret is another person of the same name: shown as not verified, and of
//! no private message either the writer or the reader. Everything that is said goes through the log of a room
//! ([`crate::conversation`]); who comes and goes does not, and is told in numbers where many are.
//!
//! `protocol` has the words and their rules, `people` whose a name is, `presence` how coming and going is told, `hall` what
//! the door remembers of a room, `past` what it remembers over a restart, `space` what it
//! gives up when there is too much of it, `stats` what it tells of itself. It must not know sockets, and how Ollama is asked is the translator's business.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::{Config, Service};
use crate::conversation::{ClientKey, Draft, Ended, Opening, Role, Room, RoomKey, Rooms};
use crate::doors::translating::{self, has_place_to_spare, keep_settled};
use crate::doors::{
    Alarm, Asker, Caller, Context, Denied, Door, Dropped, Erased, MetricsPage, Path, Reply, read_with_get,
    rules,
};
use crate::tools::seats::Seats;
use crate::translate::{Outcome, detect, prompt};
use crate::vocabulary::{ConnId, Language, Millis, Reason, Record};
use crate::wire::http::{Method, Request};
use crate::wire::websocket;

mod hall;
mod past;
mod people;
mod presence;
mod protocol;
mod space;
mod stats;
mod timer;

use hall::{Hall, Turnover};
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
    /// Their place among the readers of the room.
    place: usize,
    /// Who came and left while they could take no more.
    missed: Turnover,
}

/// See the module.
#[derive(Default)]
pub struct Hub {
    halls: BTreeMap<RoomKey, Hall>,
    names: BTreeMap<Arc<str>, RoomKey>,
    people: BTreeMap<ClientKey, Person>,
    claims: BTreeMap<Arc<str>, ClientKey>,
    visitors: Seats<Visitor>,
    /// Who was let in by the request before and opens now.
    arriving: Option<Arrival>,
    /// Rooms that want translations nobody waits for, and leave the queue to those who wait.
    behind: BTreeSet<RoomKey>,
    /// The store was down: no room and no name is given up before then.
    patient_until: Millis,
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
        Reply::Respond(gate.map_or_else(|denied| denied.response(), |()| self.stats(cx)))
    }

    fn on_open(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        if let Some(arrival) = self.arriving.take() {
            self.arrive(cx, conn, arrival);
        }
    }

    fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) {
        let reference = protocol::reference_of(text, cx.config);
        if let Err(denied) = self.hear(cx, conn, text) {
            cx.counters.errors += 1;
            let frame = websocket::text_frame(&denied.event(reference.as_deref()));
            cx.outbox.send(conn, frame, cx.effects);
        }
    }

    fn on_drained(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        let Some(visitor) = self.visitors.get_mut(conn) else { return };
        let (room, place) = (visitor.room, visitor.place);
        if let Some(missed) = visitor.missed.take() {
            let members = self.halls.get(&room).map_or(0, |hall| hall.members.len());
            cx.send(conn, &missed.event(members));
        }
        self.advance_one(cx, room, place);
    }

    fn on_close(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        self.leave(cx, conn);
    }

    fn on_recovered(&mut self, cx: &mut Context<'_>) {
        let keys: Vec<RoomKey> = self.halls.keys().copied().collect();
        for key in keys {
            cx.rooms.edit(key, Room::want_failed_again);
            self.feed(cx, key);
        }
    }

    fn on_settled(&mut self, cx: &mut Context<'_>, settled: Vec<(Asker, Language, Outcome)>) {
        let mut concerned = BTreeSet::new();
        for (asker, to, outcome) in settled {
            let Asker::Message(key, id) = asker else { continue };
            settle(cx, key, id, to, outcome);
            concerned.insert(key);
        }
        for key in concerned {
            self.trim(cx, key, cx.config.max_hub_log_bytes);
            self.feed(cx, key);
            self.advance(cx, key);
        }
    }

    fn on_idle_translator(&mut self, cx: &mut Context<'_>) {
        while has_place_to_spare(cx)
            && let Some(key) = self.behind.pop_first()
        {
            self.feed(cx, key);
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_>, alarm: Alarm) {
        let Some(timer) = Timer::of(alarm) else { return };
        let not_before = cx.not_before(self.patient_until);
        let is_too_soon = cx.now < not_before;
        match timer {
            Timer::Crowd(key) => self.tell_crowd(cx, key),
            Timer::Deadline(key) => self.free_readers(cx, key),
            Timer::Idle(key) if is_too_soon => self.close_later(cx, key, not_before),
            Timer::Idle(key) => self.close_hall(cx, key),
            Timer::Claim(_) if is_too_soon => {
                cx.wake(not_before, timer);
            }
            Timer::Claim(client) => self.maybe_end_claim(cx, client),
        }
    }

    fn on_store_up(&mut self, cx: &mut Context<'_>) {
        self.patient_until = cx.now + Context::PATIENCE;
        let keys: Vec<RoomKey> = self.halls.keys().copied().collect();
        for key in keys {
            self.advance(cx, key);
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

    fn restore(&mut self, cx: &mut Context<'_>, record: Record) {
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
            Err(denied) if offer.chosen.is_some() => Reply::OpenAndEnd {
                response,
                event: denied.event(None),
                code: denied.close_code(),
                reason: denied.code,
            },
            Err(denied) => Reply::Respond(denied.response()),
        }
    }

    /// Whether somebody may come in, and as whom.
    fn let_in(
        &self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
        offer: &Offer<'_>,
    ) -> Result<Arrival, Denied> {
        protocol::may_come(cx, caller, request, offer)?;
        let mut arrival = Arrival::read(request, caller, cx.config)?;
        arrival.claim = self.claim(cx, caller, request, offer, &arrival.user)?;
        let client = match arrival.claim {
            Claim::Proven(client) => Some(client),
            Claim::New | Claim::Unproven => None,
        };
        let open = client.and_then(|client| cx.rooms.client(client)).map_or(0, |one| one.connections.len());
        if open >= cx.config.max_connections_per_client {
            return Err(Denied::new(
                429,
                "too_many_connections",
                "this userId has too many connections open",
            ));
        }
        let hall = self.names.get(&arrival.room).and_then(|room| self.halls.get(room));
        if hall.is_some_and(|hall| hall.members.len() >= cx.config.max_hub_members) {
            return Err(protocol::full("the room is full"));
        }
        if hall.is_none() && self.halls.len() >= cx.config.max_hub_rooms {
            return Err(protocol::full("there are too many rooms"));
        }
        let is_full =
            self.people.len() >= cx.config.max_hub_users || cx.rooms.clients() >= cx.config.max_tokens;
        if client.is_none() && is_full {
            return Err(protocol::full("the hub knows too many people"));
        }
        if client.is_none() || hall.is_none() {
            cx.must_remember()?;
            protocol::count_start(cx, caller)?;
        }
        Ok(arrival)
    }

    fn arrive(&mut self, cx: &mut Context<'_>, conn: ConnId, arrival: Arrival) {
        let (client, secret) = self.person(cx, &arrival);
        let room = self.hall(cx, &arrival.room);
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
        let place = cx.rooms.edit(room, |room| room.open(opening, deadline)).flatten().unwrap_or(0);
        let (username, language) = (arrival.username, arrival.language);
        let missed = Turnover::default();
        let visitor = Visitor { room, client, username: Arc::clone(&username), language, place, missed };
        self.visitors.insert(conn, visitor);
        let Some(hall) = self.halls.get_mut(&room) else { return };
        let is_first = hall.enter(cx, client);
        self.welcome(cx, conn, secret.as_deref());
        if is_first {
            self.announce(cx, room, true, client, &username);
        }
        self.feed(cx, room);
        self.advance_one(cx, room, place);
    }

    /// The room of a name, opened if there is none.
    fn hall(&mut self, cx: &mut Context<'_>, name: &Arc<str>) -> RoomKey {
        if let Some(key) = self.names.get(name) {
            return *key;
        }
        let key = cx.rooms.open(cx.random);
        self.care_for(cx, key, Arc::clone(name));
        cx.counters.rooms += 1;
        let room = cx.room_number(key);
        cx.store(Record::NamedRoomOpened { room, name: Arc::clone(name), at: cx.unix_ms });
        key
    }

    fn care_for(&mut self, cx: &mut Context<'_>, key: RoomKey, name: Arc<str>) {
        cx.rooms.edit(key, Room::open_to_visitors);
        self.halls.insert(key, Hall::new(Arc::clone(&name)));
        self.names.insert(name, key);
    }

    // ---- going ----

    fn leave(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        let Some(Visitor { room, client, username, place, .. }) = self.visitors.remove(conn) else { return };
        let departure = cx.rooms.edit(room, |room| room.close_reader(place));
        if let Some(moved) = departure.and_then(|departure| departure.moved)
            && let Some(visitor) = self.visitors.get_mut(moved)
        {
            visitor.place = place;
        }
        if let Some(language) = departure.and_then(|departure| departure.unread) {
            cx.withdraw(room, language);
            self.feed(cx, room);
        }
        cx.rooms.disconnect(client, conn);
        let now = cx.now;
        if let Some(client) = cx.rooms.client_mut(client) {
            client.last_used = now;
        }
        let is_last = self.halls.get_mut(&room).is_some_and(|hall| hall.exit(client));
        if is_last {
            self.announce(cx, room, false, client, &username);
            self.empty(cx, room);
        }
        self.forget_stranger(cx, client);
    }

    /// A room that nobody is in and nothing was said in is gone at once, another one after a while.
    fn empty(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if self.halls.get(&key).is_none_or(|hall| !hall.members.is_empty()) {
            return;
        }
        if cx.rooms.room(key).is_none_or(|room| room.log.last_id() == 0) {
            return self.close_hall(cx, key);
        }
        let at = cx.now + cx.config.hub_room_idle_ms;
        self.close_later(cx, key, at);
    }

    /// An empty room is closed then, unless somebody comes.
    pub(super) fn close_later(&mut self, cx: &mut Context<'_>, key: RoomKey, at: Millis) {
        if let Some(hall) = self.halls.get_mut(&key) {
            hall.idle = Some(cx.wake(at, Timer::Idle(key)));
        }
    }

    fn close_hall(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        self.trim_to(cx, key, 0, usize::MAX);
        let Some(room) = cx.rooms.close(key, "idle") else { return };
        cx.rooms.bury(room.id);
        cx.store(Record::RoomClosed { room: room.id, reason: Reason::Idle, at: cx.unix_ms });
        cx.store(Record::RoomForgotten { room: room.id });
        self.behind.remove(&key);
        if let Some(hall) = self.halls.remove(&key) {
            self.names.remove(&hall.name);
            hall.stop(cx);
        }
    }

    // ---- what is said ----

    fn hear(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) -> Result<(), Denied> {
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
        let addressee = incoming.to.map(|to| self.addressee(key, client, &to)).transpose()?;
        rules::count_message(cx, client)?;
        self.must_fit(cx, key, incoming.content.len() + 2 * reference.map_or(0, str::len))?;
        let detected = || detect::detect(&incoming.content, &cx.config.languages.0);
        let language = language.or_else(detected);
        let draft = Draft {
            writer: client,
            addressee,
            role: Role::Guest,
            from: username,
            written_on: Some(conn),
            reference: reference.map(Into::into),
            text: Arc::from(incoming.content.as_str()),
            language,
            language_is_sure: language.is_some(),
            has_words: prompt::has_words(&incoming.content),
            at_unix_ms: cx.unix_ms,
            translation: None,
        };
        self.append(cx, key, draft);
        Ok(())
    }

    fn append(&mut self, cx: &mut Context<'_>, key: RoomKey, draft: Draft) {
        let deadline = cx.now + cx.config.translate_deadline_ms;
        self.store_person(cx, draft.writer);
        if let Some(person) = self.people.get_mut(&draft.writer) {
            person.settled = true;
        }
        for client in [Some(draft.writer), draft.addressee].into_iter().flatten() {
            if let Some(person) = self.people.get_mut(&client) {
                person.in_logs += 1;
            }
        }
        let Some(id) = cx.rooms.edit(key, |room| room.append(draft, deadline)) else { return };
        cx.store_message(key, id);
        cx.counters.messages += 1;
        if let Some(hall) = self.halls.get_mut(&key)
            && hall.note_message(cx.now, cx.config.max_hub_log_messages)
        {
            let room = cx.room_number(key);
            cx.store(Record::LogTurned { room });
        }
        self.trim(cx, key, cx.config.max_hub_log_bytes);
        self.feed(cx, key);
        self.advance(cx, key);
    }

    // ---- translations and cursors ----

    fn feed(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let mut any = false;
        let is_behind = translating::feed(
            cx,
            key,
            |_, _, _| None,
            |cx, id, to, outcome| {
                any = true;
                settle(cx, key, id, to, outcome);
            },
        );
        if is_behind {
            self.behind.insert(key);
        }
        self.time_deadline(cx, key);
        if any {
            self.advance(cx, key);
        }
    }

    fn time_deadline(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(hall) = self.halls.get_mut(&key) else { return };
        translating::time_deadline(cx, key, &mut hall.deadline, Timer::Deadline(key));
    }

    /// Readers have waited long enough.
    fn free_readers(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if let Some(hall) = self.halls.get_mut(&key) {
            hall.deadline = None;
        }
        let (now, room) = (cx.now, cx.room_number(key));
        for (id, to) in cx.rooms.edit(key, |room| room.expire_deadlines(now)).unwrap_or_default() {
            cx.store(Record::TranslationWanted { room, id, to });
        }
        self.time_deadline(cx, key);
        self.advance(cx, key);
    }

    /// Advances every cursor of a room as far as it goes.
    fn advance(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let readers = cx.rooms.room(key).map_or(0, |room| room.readers.len());
        let Some(hall) = self.halls.get_mut(&key) else { return };
        for place in 0..readers {
            hall.advance(cx, key, place, &self.people);
        }
    }

    /// Advances one of them: coming and draining cost nobody else anything.
    fn advance_one(&mut self, cx: &mut Context<'_>, key: RoomKey, place: usize) {
        if let Some(hall) = self.halls.get_mut(&key) {
            hall.advance(cx, key, place, &self.people);
        }
    }

    fn has(&self, room: RoomKey) -> bool {
        self.halls.contains_key(&room)
    }
}

/// A translation has ended.
fn settle(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, outcome: Outcome) {
    let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
    let settled = match outcome {
        Outcome::Failed { again } => Ended::Failed { again },
        Outcome::Done { text, detected } if detected == Some(to) || text == message.text => Ended::Same,
        Outcome::Done { text, .. } if cx.make_space(text.len()) => Ended::Done(text),
        Outcome::Done { .. } => Ended::Failed { again: false },
    };
    keep_settled(cx, key, id, to, settled);
}
