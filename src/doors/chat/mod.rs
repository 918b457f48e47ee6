//! The chat door: a customer asks, an agent answers, each in their own language.
//!
//! * REST calls are in `rest`, a WebSocket's opening in `opening`;
//! * `incoming` reads what clients send over it;
//! * `telling` says how a step of the log reads to whom, `signals` who is here, who types, and how far it was read;
//! * `wording` says what the desk has to say, `refusal` what it refuses;
//! * `transcript` writes a chat down for those who take part in it.
//!
//! What becomes of a chat is decided by the [`crate::desk`]; this door has one tenant.
//!
//! # The protocol
//!
//! Over a WebSocket, every event is one JSON object; whoever meets a `type` or a field they do not know ignores it.
//! `GET /ws?token=…&room_id=…` opens a seat in a room, for its members. What is said there is listed in `protocol`; beside
//! that:
//!
//! | to a seat | with | when |
//! |---|---|---|
//! | `queue` | `room_id`, `place` | the room waits: right after `room_joined`, and, at most every two seconds, when the place has changed; 1 is next. Who is gone is not counted, and keeps their place for `CUSTOMER_ABSENCE` |
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
//! | `translator` | as in a room | behind `rooms` while nothing is translated, or not by the engine that should |
//! | `error` | `code` is `lobby_is_read_only` | something was said there |
//!
//! A `room` of the lobby has `room_id`, `customer_name`, `language` or null, `number` (ascending: who is served next),
//! `waiting_since`, `waiting_ms` (when it was sent), `last_words` of the customer (200 characters of them at most),
//! `last_words_translated`? (into the agent's language) and `online`. The next is the first that is `online`: who is gone
//! stays in the list until the chat is closed, and goes behind all others when they come back too late.
//!
//! `GET /transcript?room_id=…&format=text|json` gives a member the messages in memory, in their language and as they were
//! written.
//!
//! The door reads JSON and writes it; it must not know sockets, nor decide anything about rooms.

use bytes::Bytes;

use crate::config::{Config, Service};
use crate::conversation::{ClientKey, Role, Room, RoomKey, RoomTimer, Rooms};
use crate::desk::{Desk, Seat};
use crate::doors::guard::{agents_may_call, bearer, wrong_secret};
use crate::doors::{
    Alarm, Asker, Called, Caller, Context, Counts, Door, Erased, MetricsPage, Path, Refusal, Render, Reply,
    Step, not_found,
};
use crate::tools::conn_map::ConnMap;
use crate::translate::{Change, Outcome};
use crate::vocabulary::{ConnId, Record, Tenant};
use crate::wire::http::{Method, Request, Response};

use opening::offered_token;
use wording::Wording;

mod incoming;
mod opening;
mod protocol;
mod refusal;
mod rest;
mod signals;
mod telling;
mod transcript;
mod validate;
mod wording;

/// Whose clients and rooms there are behind this door.
const TENANT: Tenant = Tenant::from_number(0);

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

pub struct Chat {
    desk: Desk,
    attending: ConnMap<Attendance>,
    /// Who was let in by the request before and opens now.
    arriving: Option<Attendance>,
}

impl Default for Chat {
    fn default() -> Self {
        Self { desk: Desk::new(&Wording), attending: ConnMap::default(), arriving: None }
    }
}

impl Render for Chat {
    fn render(&mut self, cx: &mut Context<'_>, room: RoomKey, place: usize, step: &Step) -> Bytes {
        match step {
            Step::Notice(notice) => signals::render(cx, room, place, *notice),
            step => telling::render(cx, room, place, step),
        }
    }

    fn on_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, room: &Room) {
        self.desk.room_has_ended(cx, key, room);
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
        self.desk.has(room)
    }

    fn on_request(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply {
        self.reply(cx, caller, request)
    }

    fn on_open(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        let Some(attendance) = self.arriving.take() else { return };
        self.attending.insert(conn, attendance);
        match attendance {
            Attendance::Room(seat) => self.desk.take_seat(cx, conn, seat),
            Attendance::Lobby(agent) => self.desk.enter_lobby(cx, TENANT, conn, agent),
        }
    }

    fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) {
        match self.attending.get(conn).copied() {
            Some(Attendance::Room(seat)) => self.receive(cx, conn, seat, text),
            Some(Attendance::Lobby(_)) => incoming::refuse_in_lobby(cx, conn, text),
            None => {}
        }
    }

    fn on_drained(&mut self, _: &mut Context<'_>, conn: ConnId) {
        match self.attending.get(conn) {
            Some(Attendance::Room(seat)) => self.desk.seat_drained(conn, *seat),
            Some(Attendance::Lobby(_)) => self.desk.lobby_drained(TENANT, conn),
            None => {}
        }
    }

    fn on_close(&mut self, cx: &mut Context<'_>, conn: ConnId) {
        match self.attending.remove(conn) {
            Some(Attendance::Room(seat)) => self.desk.leave_seat(cx, conn, seat),
            Some(Attendance::Lobby(agent)) => self.desk.leave_lobby(cx, TENANT, conn, agent),
            None => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_>, alarm: Alarm) {
        self.desk.on_alarm(cx, alarm);
    }

    fn on_room_timer(&mut self, cx: &mut Context<'_>, room: RoomKey, timer: RoomTimer) {
        self.desk.on_room_timer(cx, room, timer);
    }

    fn on_recovered(&mut self, _cx: &mut Context<'_>) {
        self.desk.on_recovered();
    }

    fn on_translator(&mut self, cx: &mut Context<'_>, change: Change) {
        self.desk.on_translator(cx, change);
    }

    fn on_translated(&mut self, cx: &mut Context<'_>, tenant: Tenant, asker: Asker, outcome: &Outcome) {
        self.desk.on_translated(cx, tenant, asker, outcome);
    }

    fn after_drain(&mut self, cx: &mut Context<'_>) {
        self.desk.after_drain(cx);
    }

    fn on_store_up(&mut self, _cx: &mut Context<'_>) {
        self.desk.on_store_up();
    }

    fn owns(&self, cx: &Context<'_>, record: &Record) -> bool {
        self.desk.owns(cx, record)
    }

    fn restore(&mut self, cx: &mut Context<'_>, record: &Record) {
        self.desk.restore(cx, record);
    }

    fn forget(&mut self, cx: &mut Context<'_>, what: &Erased) {
        self.desk.erase(cx, what);
    }

    fn counts(&self) -> Counts {
        Counts {
            chats: self.desk.chats(),
            addresses: self.desk.addresses(),
            repeats: self.desk.repeats.len(),
            aside_bytes: self.desk.aside_bytes(),
        }
    }

    fn metrics(&self, cx: &Context<'_>, page: &mut MetricsPage) {
        let (page, watchers) = (&mut page.conversations, self.desk.watchers() as u64);
        page.gauge("dragoman_lobby_watchers", "WebSockets of agents in the lobby.", watchers);
        let events = cx.counters.lobby_events;
        page.counter("dragoman_lobby_events_total", "Events sent to agents in the lobby.", events);
    }

    fn check_invariants(&self, rooms: &Rooms, config: &Config) {
        self.desk.check_invariants(rooms, config);
        let own = rooms.iter().filter(|(key, _)| self.desk.has(*key));
        let readers: usize = own.map(|(_, room)| room.readers.len()).sum();
        assert_eq!(
            self.attending.len(),
            readers + self.desk.watchers(),
            "whoever is seated reads or watches"
        );
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
        Reply::Respond(self.on_call(cx, caller, request).unwrap_or_else(|refusal| refusal.response()))
    }

    fn on_call(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
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
    ) -> Result<ClientKey, Refusal> {
        let client = token.and_then(|token| cx.rooms.who(token));
        let Some(key) = client else {
            let what = "the token is missing or not known (any more)";
            let refusal = wrong_secret(cx, caller, "unknown_token", what);
            return Err(unless_undone(cx, refusal));
        };
        let now = cx.now;
        let Some(client) = cx.rooms.client_mut(key) else { return Err(validate::no_such_room()) };
        client.last_used = now;
        if client.role == Role::Agent {
            agents_may_call(cx, caller)?;
        }
        cx.is_vouched = true;
        Ok(key)
    }
}

/// A refusal that would be taken for the last word must not rest on what is not stored: it might be undone.
fn unless_undone(cx: &Context<'_>, refusal: Refusal) -> Refusal {
    cx.must_remember().err().unwrap_or(refusal)
}
