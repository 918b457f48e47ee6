//! The chat door: a customer asks, an agent answers, each in their own language.
//!
//! ```text
//!  POST /start-chat   GET /rooms        first message          agent ends            five minutes
//!  ───────────────▶  waiting ─ join ─▶ active ──────────────▶ closing ────────────▶ closed (a tombstone for a while)
//!                       ▲  ▲              │  agent gone          │ customer writes
//!                       │  └──────────────┘                      │
//!                       └────────────────────────────────────────┘        customer ends: closed at once, from anywhere
//! ```
//!
//! * REST calls are in `rest`, a WebSocket's opening in `opening`;
//! * `incoming` reads what clients send over it;
//! * `signals` tells who is here, who types, and how far it was read;
//! * `delivery` appends messages and says how a room stands;
//! * `choice` is a person who chooses a language;
//! * `preview` shows an agent what the customer would read; `retry` asks once more for what has failed;
//! * `canned` has replies that are written already;
//! * `telling` says how a step of the log reads to whom;
//! * `life` moves rooms from status to status, by word or by time;
//! * `lobby` shows agents who waits, `waiting` tells customers their place in the queue;
//! * `transcript` writes a chat down for those who take part in it;
//! * `restore` does again at the next start what was written down.
//!
//! # The protocol
//!
//! Over a WebSocket, every event is one JSON object; whoever meets a `type` or a field they do not know ignores it.
//! `GET /ws?token=…&room_id=…` opens a seat in a room, for its members. What is said there is listed in `protocol`; beside
//! that:
//!
//! | to a seat | with | when |
//! |---|---|---|
//! | `queue` | `room_id`, `place` | the room waits: right after `room_joined`, and, at most every two seconds, when the place has changed; 1 is next |
//! | `message`, `translation` | `original_content`, `original_language` too | a customer with `originals=1` in the query is shown a translation |
//!
//! An agent who names no room comes to the lobby, and is told who waits:
//!
//! | to the lobby | with | when |
//! |---|---|---|
//! | `rooms` | `rooms`, next first, `rooms_per_agent` | first of all, and again when the reader had lost track; replaces everything. Of a long list the rest follows as `room_added` |
//! | `room_added` | `room` | one more waits |
//! | `room_changed` | `room` | its customer came, went, wrote or is understood, or their words were translated |
//! | `room_removed` | `room_id` | it waits no more |
//! | `error` | `code` is `lobby_is_read_only` | something was said there |
//!
//! A `room` of the lobby has `room_id`, `customer_name`, `language` or null, `number` (ascending: who is served next),
//! `waiting_since`, `waiting_ms` (when it was sent), `last_words` of the customer (200 characters of them at most),
//! `last_words_translated`? (into the agent's language) and `online`.
//!
//! `GET /transcript?room_id=…&format=text|json` gives a member the messages in memory, in their language and as they were
//! written.
//!
//! The door knows rooms and JSON; it must not know sockets, and how Ollama is asked is the translator's business.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::config::{Config, Service};
use crate::conversation::{ClientKey, Found, Role, Room, RoomId, RoomKey, RoomTimer, Rooms};
use crate::doors::guard::{bearer, wrong_secret};
use crate::doors::{
    Alarm, Asker, Called, Caller, Context, Counts, Denied, Door, Erased, MetricsPage, Path, Render, Reply,
    Step, not_found,
};
use crate::tools::limiter::AddressKey;
use crate::tools::seats::Seats;
use crate::translate::Outcome;
use crate::vocabulary::{ConnId, Millis, Reason, Record};
use crate::wire::http::{Method, Request, Response};

use lobby::Lobby;
use opening::offered_token;
use preview::Preview;
use timer::Timer;
use waiting::Places;

mod canned;
mod choice;
mod delivery;
mod incoming;
mod life;
mod lobby;
mod opening;
mod preview;
mod protocol;
mod rest;
mod restore;
mod retry;
mod signals;
mod telling;
mod timer;
mod transcript;
mod validate;
mod waiting;

const PATHS: [Path; 9] = [
    Path::post("/start-chat"),
    Path::post("/set-profile"),
    Path::get("/rooms"),
    Path::get("/canned-replies"),
    Path::post("/join-room"),
    Path::post("/end-chat"),
    Path::get("/transcript"),
    Path::post("/forget"),
    Path::websocket("/ws"),
];

/// What a WebSocket of this door stands for.
#[derive(Clone, Copy, Debug)]
enum Attendance {
    /// Somebody sits in a room.
    Room(Seat),
    /// An agent watches who waits.
    Lobby(ClientKey),
}

/// A seat in a room.
#[derive(Clone, Copy, Debug)]
struct Seat {
    room: RoomKey,
    client: ClientKey,
    after: u64,
    updates: bool,
    originals: bool,
}

/// What the door must remember of a room and the conversation need not know.
struct Care {
    last_active: Millis,
    started_from: AddressKey,
}

/// The answer to a start, for the same start made again.
struct Repeat {
    body: [u8; 32],
    token: String,
    room: RoomId,
}

/// A key for [`Repeat`], hashed.
type RepeatKey = [u8; 32];

/// See the module.
#[derive(Default)]
pub struct Chat {
    care: BTreeMap<RoomKey, Care>,
    started_from: BTreeMap<AddressKey, usize>,
    repeats: BTreeMap<RepeatKey, Repeat>,
    repeat_of: BTreeMap<RoomId, RepeatKey>,
    /// Closed rooms that leave no tombstone.
    erased: BTreeSet<RoomId>,
    lobby: Lobby,
    places: Places,
    seats: Seats<Attendance>,
    /// Who was let in by the request before and opens now.
    arriving: Option<Attendance>,
    /// Drafts that are being translated for the agents who write them.
    previews: BTreeMap<ConnId, Preview>,
    /// How many there have been.
    previewed: u64,
}

impl Render for Chat {
    fn render(&mut self, cx: &mut Context<'_>, room: RoomKey, place: usize, step: &Step) -> Bytes {
        match step {
            Step::Notice(news) => signals::render(cx, room, place, *news),
            step => telling::render(cx, room, place, step),
        }
    }

    fn on_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, room: &Room) {
        self.room_has_ended(cx, key, room);
    }
}

impl Door for Chat {
    fn name(&self) -> &'static str {
        "chat"
    }

    fn is_on(&self, config: &Config) -> bool {
        config.serves(Service::Chat)
    }

    fn paths(&self) -> &'static [Path] {
        &PATHS
    }

    fn pages(&self) -> &'static [&'static str] {
        &["/customer.html", "/agent.html"]
    }

    /// A token, or a wish to be told why not. Who comes under a `userId` is no client of this door, whatever they bring.
    fn takes(&self, request: &Request) -> bool {
        let brings_token =
            request.has_query_param("token") || bearer(request).is_some() || offered_token(request).is_some();
        brings_token && !request.has_query_param("userId")
    }

    fn has_room(&self, room: RoomKey) -> bool {
        self.has(room)
    }

    fn on_request(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply {
        self.reply(cx, caller, request)
    }

    fn on_open(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        let Some(attendance) = self.arriving.take() else { return };
        self.seats.insert(conn, attendance);
        match attendance {
            Attendance::Room(seat) => self.take_seat(cx, conn, seat),
            Attendance::Lobby(agent) => self.enter_lobby(cx, conn, agent),
        }
    }

    fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) {
        match self.seats.get(conn).copied() {
            Some(Attendance::Room(seat)) => self.receive(cx, conn, seat, text),
            Some(Attendance::Lobby(_)) => incoming::refuse_in_lobby(cx, conn, text),
            None => {}
        }
    }

    fn on_drained(&mut self, _cx: &mut Context<'_>, conn: ConnId) {
        match self.seats.get(conn) {
            Some(Attendance::Room(seat)) => self.places.is_drained(conn, seat.room),
            Some(Attendance::Lobby(_)) => self.lobby.is_ready(conn),
            None => {}
        }
    }

    fn on_close(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        match self.seats.remove(conn) {
            Some(Attendance::Room(seat)) => self.leave_seat(cx, conn, seat),
            Some(Attendance::Lobby(agent)) => self.leave_lobby(cx, conn, agent),
            None => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_>, alarm: Alarm) {
        if let Some(timer) = Timer::of(alarm) {
            self.on_time(cx, timer);
        }
    }

    fn on_room_timer(&mut self, cx: &mut Context<'_>, room: RoomKey, timer: RoomTimer) {
        match timer {
            RoomTimer::Closing | RoomTimer::CustomerAbsence => self.close_room(cx, room, Reason::Closed),
            RoomTimer::AgentAbsence => self.agent_is_lost(cx, room),
            RoomTimer::Idle => self.maybe_idle(cx, room),
            RoomTimer::Deadline | RoomTimer::Typing | RoomTimer::Crowd => {}
        }
    }

    fn on_recovered(&mut self, _cx: &mut Context<'_>) {
        self.lobby.want_failed_again();
    }

    fn on_translated(&mut self, cx: &mut Context<'_>, asker: Asker, outcome: &Outcome) {
        match asker {
            Asker::Preview(conn, number) => self.preview_ended(cx, conn, number, outcome),
            Asker::Lobby(number) => self.settle_for_lobby(cx, number, outcome),
            Asker::Message(..) => {}
        }
    }

    fn after_drain(&mut self, cx: &mut Context<'_>) {
        self.tell_missed_places(cx);
        self.look_around(cx);
        self.lobby.go_on_with_ready(cx);
    }

    fn on_store_up(&mut self, _cx: &mut Context<'_>) {
        self.lobby.all_are_ready();
    }

    fn owns(&self, cx: &Context<'_>, record: &Record) -> bool {
        self.is_own(cx, record)
    }

    fn restore(&mut self, cx: &mut Context<'_>, record: &Record) {
        self.do_again(cx, record);
    }

    fn forget(&mut self, cx: &mut Context<'_>, what: &Erased) {
        self.erase(cx, what);
    }

    fn counts(&self) -> Counts {
        Counts { chats: self.care.len(), addresses: self.started_from.len(), repeats: self.repeats.len() }
    }

    fn metrics(&self, cx: &Context<'_>, page: &mut MetricsPage) {
        let (page, watchers) = (&mut page.conversations, self.lobby.watchers() as u64);
        page.gauge("dragoman_lobby_watchers", "WebSockets of agents in the lobby.", watchers);
        let events = cx.counters.lobby_events;
        page.counter("dragoman_lobby_events_total", "Events sent to agents in the lobby.", events);
    }

    fn check_invariants(&self, rooms: &Rooms, config: &Config) {
        self.check(rooms, config);
    }
}

impl Chat {
    fn reply(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply {
        let Some(path) = PATHS.iter().find(|own| own.path == request.path) else {
            return Reply::Respond(not_found());
        };
        if path.called == Called::ByHandshake {
            return self.on_handshake(cx, caller, request);
        }
        if !path.is_called_with(request.method) {
            let what = "this path is called with another method";
            let response = Response::error(405, "method_not_allowed", what);
            return Reply::Respond(response.header("Allow", path.allow()));
        }
        Reply::Respond(self.on_call(cx, caller, request).unwrap_or_else(|denied| denied.response()))
    }

    fn on_call(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Denied> {
        if request.method == Method::Post {
            cx.must_remember()?;
        }
        match request.path.as_str() {
            "/start-chat" => self.start_chat(cx, caller, request),
            "/set-profile" => self.set_profile(cx, caller, request),
            "/rooms" => self.list_rooms(cx, caller, request),
            "/canned-replies" => self.list_canned(cx, caller, request),
            "/join-room" => self.join_room(cx, caller, request),
            "/transcript" => self.transcript(cx, caller, request),
            "/forget" => self.forget_for_good(cx, caller, request),
            _ => self.end_chat(cx, caller, request),
        }
    }

    // ---- who is it ----

    /// The client whose token this is.
    fn client_of(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        token: Option<&str>,
    ) -> Result<ClientKey, Denied> {
        let client = token.and_then(|token| cx.rooms.who(token));
        let Some(key) = client else {
            let what = "the token is missing or not known (any more)";
            let denied = wrong_secret(cx, caller, "unknown_token", what);
            return Err(unless_undone(cx, denied));
        };
        let now = cx.now;
        let Some(client) = cx.rooms.client_mut(key) else { return Err(validate::no_such_room()) };
        client.last_used = now;
        if client.role == Role::Agent {
            agents_may_call(cx, caller)?;
        }
        Ok(key)
    }

    /// An open room.
    fn open_room(&self, cx: &Context<'_>, id: RoomId) -> Result<RoomKey, Denied> {
        match cx.rooms.find(id) {
            Found::Open(key) => Ok(key),
            Found::Closed(_) => Err(room_closed(409)),
            Found::Nothing => Err(validate::no_such_room()),
        }
    }

    fn has(&self, room: RoomKey) -> bool {
        self.care.contains_key(&room)
    }

    fn check(&self, rooms: &Rooms, config: &Config) {
        assert!(self.care.len() <= config.max_rooms, "rooms are bounded");
        assert!(self.care.keys().all(|key| rooms.room(*key).is_some()), "only open rooms are cared for");
        let counted = self.started_from.values().sum::<usize>();
        assert_eq!(counted, self.care.len(), "rooms are counted by address");
        assert_eq!(self.repeats.len(), self.repeat_of.len(), "repeats go with their rooms");
        let reads =
            |conn: &ConnId| rooms.iter().any(|(_, room)| room.readers.iter().any(|it| it.conn == *conn));
        assert!(self.previews.keys().all(reads), "whoever has a draft is connected");
        assert!(self.erased.is_empty(), "what is to be erased is gone");
        let own = rooms.iter().filter(|(key, _)| self.has(*key));
        let readers: usize = own.map(|(_, room)| room.readers.len()).sum();
        assert_eq!(self.seats.len(), readers + self.lobby.watchers(), "whoever is seated reads or watches");
        self.lobby.check_invariants(rooms);
    }
}

/// A refusal that would be taken for the last word must not rest on what is not stored: it might be undone.
fn unless_undone(cx: &Context<'_>, denied: Denied) -> Denied {
    cx.must_remember().err().unwrap_or(denied)
}

/// Without a key, whoever comes through a proxy may be anybody.
fn agents_may_call(cx: &Context<'_>, caller: &Caller) -> Result<(), Denied> {
    if caller.forwarded && cx.config.agent_key.is_none() {
        return Err(Denied::new(
            403,
            "agents_need_a_key",
            "requests through a proxy may not do what agents do unless AGENT_KEY is set",
        ));
    }
    Ok(())
}

fn not_a_member() -> Denied {
    Denied::new(403, "not_a_member", "you are not a member of this room")
}

fn room_closed(status: u16) -> Denied {
    Denied::new(status, "room_closed", "room is closed")
}
