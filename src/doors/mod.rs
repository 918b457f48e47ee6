//! The doors: each turns its own protocol into room operations and back.
//!
//! A door is a [`Door`]: it is told what happened on its connections and answers through a [`Context`] that lends it the
//! rooms, the translator, the limits, timers, randomness and a way out. It never sees a socket or a clock, and it knows
//! no other door. To add one: a folder here, a row in [`table`], a folder of traces.
//!
//! `dispatch` says who is told what; `rules` and `parse` are what doors do alike. Read [`echo`] next, the smallest, then
//! [`hub`], then [`chat`].

use bytes::Bytes;
use serde::Serialize;

use crate::config::Config;
use crate::conversation::{ClientKey, RoomKey, RoomTimer, Rooms};
use crate::translate::{Change, Outcome};
use crate::vocabulary::{ConnId, ExchangeId, JobOutcome, Millis, Record, Tenant};
use crate::wire;
use crate::wire::http::{Method, Request, Response};
use crate::wire::websocket::close;

pub mod chat;
mod dispatch;
pub mod echo;
pub mod guard;
pub mod hub;
pub mod parse;
pub mod refusal;
pub mod rules;
pub mod status;
pub mod table;

pub use crate::conversation::{Asker, Context, Counters, Erased, Limits, Owner, Render, Step};
pub use crate::tools::alarm::{Alarm, Timer};
pub use crate::tools::outbox::Outbox;
pub use dispatch::{Doors, Route};
pub use guard::Caller;
pub use refusal::Refusal;
pub use status::MetricsPage;

/// One protocol on the conversation model. Everything but its name and its requests has an answer for those who do not
/// care.
#[expect(unused_variables, reason = "an answer for those who do not care")]
pub trait Door: Render {
    // ---- what is its own ----

    /// What it is called; no other door is.
    fn name(&self) -> &'static str;

    /// Whether whoever runs the server wants it.
    fn is_on(&self, config: &Config) -> bool {
        true
    }

    /// Its paths. `/ws` may be shared: see [`Door::takes`].
    fn paths(&self) -> &'static [Path];

    /// Pages that are of no use without it.
    fn pages(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a request to `/ws` is meant for it, by what it carries. No two doors may take the same.
    fn takes(&self, request: &Request) -> bool {
        false
    }

    /// How long a message of its WebSockets may be.
    fn message_bytes_max(&self, config: &Config) -> usize {
        config.max_ws_message_bytes
    }

    /// After how much silence its WebSockets are pinged.
    fn ping_interval(&self, config: &Config) -> Millis {
        config.ping_interval_ms
    }

    /// Whether a room is one of its own: belonging to this door and no other.
    fn has_room(&self, room: RoomKey) -> bool {
        false
    }

    // ---- what happens ----

    /// A request came to one of its paths. To `OPTIONS` there is an answer already.
    fn on_request(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply;

    /// The WebSocket it has just agreed to has opened.
    fn on_open(&mut self, cx: &mut Context<'_>, conn: ConnId) {}

    fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, text: &str) {}

    fn on_binary(&mut self, cx: &mut Context<'_>, conn: ConnId, bytes: &[u8]) {
        cx.end(conn, close::UNSUPPORTED, "only text is spoken here");
    }

    /// A connection can take more.
    fn on_drained(&mut self, cx: &mut Context<'_>, conn: ConnId) {}

    fn on_close(&mut self, cx: &mut Context<'_>, conn: ConnId) {}

    /// A timer it set has come.
    fn on_timer(&mut self, cx: &mut Context<'_>, alarm: Alarm) {}

    /// A timer of one of its rooms has come. What is overdue in the room itself follows without it.
    fn on_room_timer(&mut self, cx: &mut Context<'_>, room: RoomKey, timer: RoomTimer) {}

    /// A part of the answer to a call it has started, if it asked for pieces: what one read has brought, cut anywhere.
    fn on_piece(&mut self, cx: &mut Context<'_>, key: u64, bytes: Bytes) {}

    /// A call it has started has ended.
    fn on_job(&mut self, cx: &mut Context<'_>, key: u64, outcome: JobOutcome) {}

    /// Nobody waits for an answer it has promised any more: time is up, or the connection is gone. What it does about it is
    /// its own choice: a call goes on unless it cancels it.
    fn on_given_up(&mut self, cx: &mut Context<'_>, exchange: ExchangeId) {}

    /// The translation service is back: what it failed to do may be asked again.
    fn on_recovered(&mut self, cx: &mut Context<'_>) {}

    /// Nothing is translated from now on, for another reason than before, or all is again; or it is by another engine.
    fn on_translator(&mut self, cx: &mut Context<'_>, change: Change) {}

    /// A translation it asked for has ended that is none of a message.
    fn on_translated(&mut self, cx: &mut Context<'_>, tenant: Tenant, asker: Asker, outcome: &Outcome) {}

    /// Rooms have been drained: time for those who look at them from outside.
    fn after_drain(&mut self, cx: &mut Context<'_>) {}

    /// What had to wait for the store has waited.
    fn on_store_up(&mut self, cx: &mut Context<'_>) {}

    /// Memory has ended: messages were dropped that these people wrote, or that were for them alone; one of them each.
    fn on_dropped(&mut self, cx: &mut Context<'_>, concerned: &[ClientKey], when: Dropped) {}

    // ---- the past ----

    /// Whether a record is about something of its own.
    fn owns(&self, cx: &Context<'_>, record: &Record) -> bool {
        false
    }

    /// Does again what a record of its own says. One that does not fit what is there changes nothing.
    fn restore(&mut self, cx: &mut Context<'_>, record: &Record) {}

    /// Leaves nothing of a room or a person, if they are its own. That they are erased is stored already.
    fn forget(&mut self, cx: &mut Context<'_>, what: &Erased) {}

    // ---- what it tells of itself ----

    /// What it adds to `/health` and to the census.
    fn counts(&self) -> Counts {
        Counts::default()
    }

    /// Its rows of `/metrics`.
    fn metrics(&self, cx: &Context<'_>, page: &mut MetricsPage) {}

    /// Panics if something is not as it must be; for tests and the simulation.
    fn check_invariants(&self, rooms: &Rooms, config: &Config) {}
}

/// A path of a door, and how it is called.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// As it stands in the request.
    pub path: &'static str,
    /// How it is called.
    pub called: Called,
}

/// How a path is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// With GET, to read something.
    ByGet,
    /// With POST, to do something.
    ByPost,
    /// To open a WebSocket.
    ByHandshake,
}

impl Path {
    /// Read with GET.
    pub const fn get(path: &'static str) -> Self {
        Self { path, called: Called::ByGet }
    }

    /// Called with POST.
    pub const fn post(path: &'static str) -> Self {
        Self { path, called: Called::ByPost }
    }

    /// Opens a WebSocket.
    pub const fn websocket(path: &'static str) -> Self {
        Self { path, called: Called::ByHandshake }
    }

    /// Everything it answers to, for `Allow` (RFC 9110, section 9.3.7).
    pub fn allow(&self) -> &'static str {
        match self.called {
            Called::ByGet => "GET, HEAD, OPTIONS",
            Called::ByPost => "POST, OPTIONS",
            Called::ByHandshake => "GET, OPTIONS",
        }
    }

    /// Whether it is called with this method. A handshake says itself what is wrong with it.
    pub fn is_called_with(&self, method: Method) -> bool {
        match self.called {
            Called::ByGet => matches!(method, Method::Get | Method::Head),
            Called::ByPost => method == Method::Post,
            Called::ByHandshake => true,
        }
    }
}

/// What a door says to a request.
pub enum Reply {
    Respond(Response),
    /// Wait: [`Context::answer`] brings the answer, else this span the end of the wait.
    Later {
        /// How long whoever asks may wait before they are told 504.
        within: Millis,
    },
    /// Become a WebSocket of this door: [`Door::on_open`] is what it hears next.
    Open(Response),
    /// Become a WebSocket, to be told in a way a browser script can see why not.
    OpenAndEnd {
        response: Response,
        event: Vec<u8>,
        code: u16,
        /// The reason beside it.
        reason: &'static str,
    },
}

/// When memory has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// While records are restored: who is concerned may say more in what is still to come.
    AtStart,
    /// While people talk.
    Now,
}

/// What there is behind a door.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Open chats, for `/health`.
    pub chats: usize,
    /// Addresses of which something is remembered.
    pub addresses: usize,
    /// Starts that may be made again.
    pub repeats: usize,
    /// Bytes of text it keeps about rooms, beside what is in them.
    pub aside_bytes: usize,
}

/// The answer to `OPTIONS`: what may be done here (RFC 9110, section 9.3.7).
pub fn allow(methods: &'static str) -> Response {
    Response::new(204).header("Allow", methods)
}

/// The answer where there is nothing, or nothing any more.
pub fn not_found() -> Response {
    Response::error(404, "not_found", "there is nothing at this path")
}

/// The answer to another method than GET or HEAD, where something is read.
pub fn read_with_get() -> Response {
    Response::error(405, "method_not_allowed", "this path is read with GET")
        .header("Allow", "GET, HEAD, OPTIONS")
}

/// What most events fit into without growing.
const EVENT_BYTES: usize = 384;

/// An event as JSON. Our own events always have one: their keys are strings and their numbers finite.
pub fn json(event: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(EVENT_BYTES);
    let written = wire::json::write(&mut bytes, event);
    debug_assert!(written.is_ok(), "an event has what the writer does not write");
    bytes
}

impl Context<'_> {
    /// Sends a JSON event to a WebSocket.
    pub fn send(&mut self, conn: ConnId, event: &impl Serialize) {
        self.outbox.send_event(conn, event, self.effects);
    }

    /// Tells a WebSocket why its text is not accepted.
    pub fn refuse(&mut self, conn: ConnId, refusal: &Refusal, reference: Option<&str>) {
        self.counters.errors += 1;
        let frame = wire::websocket::text_frame(&refusal.event(reference));
        self.outbox.send(conn, frame, self.effects);
    }

    /// Answers a request to which this door has said [`Reply::Later`]. If nobody waits for that any more, nothing
    /// happens.
    pub fn answer(&mut self, exchange: ExchangeId, response: Response) {
        self.answers.push(exchange, response);
    }

    /// Whether a change may be promised.
    ///
    /// # Errors
    /// 503 while nothing can be stored.
    pub fn must_remember(&self) -> Result<(), Refusal> {
        if self.store_is_down { Err(store_down()) } else { Ok(()) }
    }
}

/// The refusal while nothing can be stored.
pub fn store_down() -> Refusal {
    let what = "the server cannot store anything at the moment";
    Refusal::for_now(503, "store_down", what, Millis::from_secs(5))
}
