//! Front doors: each turns its own protocol into room operations and back.
//!
//! A door is a [`FrontDoor`]: it is told what happened on its connections and answers through a [`Context`] that lends
//! it the rooms, the translator, the limits, timers, randomness and a way out. It never sees a socket or a clock. To
//! add one: a file here, a route in [`route`], a seat in [`Seat`], a timer in [`Timer`], a field in [`Doors`], a folder of
//! traces.
//!
//! Read [`chat`] next, or [`hub`], which is shorter.

use serde::Serialize;

use crate::config::{Config, Service};
use crate::conversation::Rooms;
use crate::tools::jobs::Jobs;
use crate::tools::limiter::{AddressKey, Limiter};
use crate::tools::random::Random;
use crate::tools::timer::Wheel;
use crate::translate::{Outcome, Ticket, Translator, Turn, Work};
use crate::vocabulary::{ConnId, Effect, Gauges, Millis};
use crate::wire;
use crate::wire::http::{Request, Response};

pub mod chat;
pub mod denied;

pub mod guard;
pub mod hub;
pub mod status;
mod table;
mod translating;

pub use crate::tools::outbox::Outbox;
pub use denied::Denied;
pub use guard::Caller;
pub use table::Doors;

/// One protocol on the conversation model.
pub trait FrontDoor {
    /// What a WebSocket of this door stands for.
    type Seat;
    /// What this door waits for.
    type Timer;

    /// A request came to one of its paths.
    fn on_request(&mut self, cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Reply;
    /// A WebSocket it agreed to has opened.
    fn on_open(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: &Self::Seat);
    /// A text message came.
    fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: &Self::Seat, text: &str);
    /// A connection can take more.
    fn on_drained(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: &Self::Seat);
    /// A WebSocket is gone.
    fn on_close(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: &Self::Seat);
    /// The translation service is back: what it failed to do may be asked again.
    fn on_recovered(&mut self, cx: &mut Context<'_>);
    /// Translations it asked for have ended.
    fn on_settled(&mut self, cx: &mut Context<'_>, settled: Vec<(Ticket, Outcome)>);
    /// There may be places in the queue for translations nobody waits for.
    fn on_idle_translator(&mut self, cx: &mut Context<'_>);
    /// A timer it set has come.
    fn on_timer(&mut self, cx: &mut Context<'_>, timer: Self::Timer);
    /// What had to wait for the store has waited.
    fn on_store_up(&mut self, cx: &mut Context<'_>);
}

/// Who gets the answer to a job, and by which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The translator: a translation, or a probe of its service.
    Translator(Work),
}

impl From<Work> for Owner {
    fn from(work: Work) -> Self {
        Self::Translator(work)
    }
}

/// What a door is lent for one event.
pub struct Context<'a> {
    /// Now, since boot.
    pub now: Millis,
    /// Now, milliseconds since 1970.
    pub unix_ms: u64,
    /// The choices of whoever runs the server.
    pub config: &'a Config,
    /// The conversations.
    pub rooms: &'a mut Rooms,
    /// The translator.
    pub translator: &'a mut Translator,
    /// The slow calls under way.
    pub jobs: &'a mut Jobs<Owner>,
    /// The timers of the process.
    pub wheel: &'a mut Wheel<Timer>,
    /// The generator of the process.
    pub random: &'a mut Random,
    /// Limits per address.
    pub limits: &'a mut Limits,
    /// Counts for the metrics.
    pub counters: &'a mut Counters,
    /// What was sent to whom.
    pub outbox: &'a mut Outbox,
    /// What is to be done.
    pub effects: &'a mut Vec<Effect>,
    /// Whether what is promised now might be forgotten.
    pub store_is_down: bool,
}

impl Context<'_> {
    /// For how long after the store was down nothing ends by itself. Nobody could write meanwhile: whoever has tried shall
    /// have the time to try again, which our pages do within half a minute.
    pub const PATIENCE: Millis = Millis::from_secs(30);

    /// When time alone may take back again what somebody was told: not while that cannot be stored, nor before a door's
    /// patience has ended.
    pub fn not_before(&self, patient_until: Millis) -> Millis {
        if self.store_is_down { self.now + Self::PATIENCE } else { patient_until }
    }

    /// Sends a JSON event to a WebSocket.
    pub fn send(&mut self, conn: ConnId, event: &impl Serialize) {
        self.outbox.send_event(conn, event, self.effects);
    }

    /// Says goodbye to a WebSocket; nothing more is sent to it.
    pub fn end(&mut self, conn: ConnId, code: u16, reason: &'static str) {
        self.outbox.end(conn, code, reason, self.effects);
    }

    /// The translator, and what it needs for a decision.
    pub fn translate(&mut self) -> (&mut Translator, Turn<'_>) {
        let turn = Turn {
            now: self.now,
            config: self.config,
            random: self.random,
            jobs: self.jobs,
            effects: self.effects,
        };
        (self.translator, turn)
    }

    /// Makes sure that `bytes` more text fit into memory, at the cost of what can be had again, and then of messages
    /// that everybody has received. Whether they do.
    pub fn make_space(&mut self, bytes: usize) -> bool {
        let limit = self.config.max_text_bytes;
        let over = |cx: &Self| (cx.text_bytes() + bytes).saturating_sub(limit);
        if over(self) > 0 {
            self.translator.evict(over(self));
        }
        if over(self) > 0 {
            self.rooms.evict_translations(over(self));
        }
        if over(self) > 0 {
            for key in self.rooms.drop_read(over(self), limit) {
                self.store_beginning(key);
            }
        }
        over(self) == 0
    }

    /// The same at the start, for what was kept before: forgets what can be had again, then what had been read. By how
    /// many bytes it is still too much.
    pub fn make_space_at_start(&mut self, bytes: usize) -> usize {
        let over = |cx: &Self| (cx.text_bytes() + bytes).saturating_sub(cx.config.max_text_bytes);
        if over(self) > 0 {
            self.rooms.forget_translations();
        }
        if over(self) > 0 {
            // Where nobody is, that is all that was said to visitors, and nothing else.
            self.rooms.drop_read(over(self), self.config.max_text_bytes);
        }
        let left = over(self);
        self.rooms.forget_read(left);
        over(self)
    }

    /// Whether a change may be promised.
    ///
    /// # Errors
    /// 503 while nothing can be stored.
    pub fn must_remember(&self) -> Result<(), Denied> {
        if self.store_is_down {
            let wait = Millis::from_secs(5);
            return Err(Denied::for_now(
                503,
                "store_down",
                "the server cannot store anything at the moment",
                wait,
            ));
        }
        Ok(())
    }

    /// All text in memory.
    pub fn text_bytes(&self) -> usize {
        self.rooms.text_bytes() + self.translator.text_bytes()
    }
}

/// What most events fit into without growing.
const EVENT_BYTES: usize = 384;

/// An event as JSON. Our own events always have one: their keys are strings and their numbers finite.
pub fn json(event: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(EVENT_BYTES);
    match wire::json::write(&mut bytes, event) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

/// Limits per address.
pub struct Limits {
    /// Chats started and profiles set.
    pub starts: Limiter<AddressKey>,
    /// Wrong keys and tokens.
    pub failures: Limiter<AddressKey>,
}

impl Limits {
    /// Nobody has done anything yet.
    pub fn new(config: &Config) -> Self {
        Self { starts: Limiter::new(config.max_addresses), failures: Limiter::new(config.max_addresses) }
    }

    /// Forgets addresses that have done nothing lately.
    pub fn purge(&mut self, now: Millis) {
        self.starts.purge(now, Config::RATE_WINDOW);
        self.failures.purge(now, Config::RATE_WINDOW);
    }

    /// Addresses of which deeds are remembered, once per kind of deed.
    pub fn addresses(&self) -> usize {
        self.starts.len() + self.failures.len()
    }
}

/// Counts for the metrics: since the start, where nothing else is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    /// Connections accepted.
    pub connections: u64,
    /// HTTP requests answered, by the first digit of the status.
    pub responses: [u64; 6],
    /// WebSockets opened.
    pub websockets: u64,
    /// Rooms opened.
    pub rooms: u64,
    /// Messages appended.
    pub messages: u64,
    /// Messages and updates sent to readers.
    pub deliveries: u64,
    /// Texts refused with an error event.
    pub errors: u64,
    /// What the shell has measured.
    pub gauges: Gauges,
    /// WebSockets in the lobby now.
    pub watchers: u64,
    /// Events sent to them.
    pub lobby_events: u64,
}

/// What a door says to a request.
pub enum Reply {
    /// This.
    Respond(Response),
    /// Become a WebSocket of this door.
    Open(Response, Seat),
    /// Become a WebSocket, to be told in a way a browser script can see why not.
    OpenAndEnd {
        /// The handshake.
        response: Response,
        /// The one event.
        event: Vec<u8>,
        /// The close code.
        code: u16,
        /// The reason beside it.
        reason: &'static str,
    },
}

/// What a WebSocket stands for, by door.
#[derive(Clone, Copy, Debug)]
pub enum Seat {
    /// A seat in a conversation, or in its lobby.
    Chat(chat::Attendance),
    /// A visit to a room of the hub.
    Hub(hub::Seat),
    /// None: everything comes back as it was.
    Echo,
}

/// What the wheel holds, by whom it concerns.
#[derive(Clone, Copy, Debug)]
pub enum Timer {
    /// A deadline of a connection may have come.
    Connection(ConnId),
    /// Something the chat door waits for.
    Chat(chat::Timer),
    /// Something the hub waits for.
    Hub(hub::Timer),
}

/// Who answers a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The chat door.
    Chat,
    /// The hub.
    Hub,
    /// Either: the request does not say which.
    Unclear,
    /// A door that is off.
    Nobody,
    /// [`status::health`].
    Health,
    /// [`status::metrics`].
    Metrics,
    /// The echo of conformance suites.
    Echo,
    /// Nobody: `*` asks about the whole server.
    Server,
    /// A page, if there is one of that name.
    Page,
}

/// Finds out who answers a request.
pub fn route(request: &Request, config: &Config) -> Route {
    match request.path.as_str() {
        "/ws" => websocket_route(request, config),
        path if chat::PATHS.contains(&path) => open(Service::Chat, config),
        path if hub::PATHS.contains(&path) => open(Service::Hub, config),
        // Their pages are of no use without them.
        "/customer.html" | "/agent.html" if !config.serves(Service::Chat) => Route::Nobody,
        "/hub.html" if !config.serves(Service::Hub) => Route::Nobody,
        "/health" => Route::Health,
        "/metrics" => Route::Metrics,
        "/echo" if config.echo => Route::Echo,
        "*" => Route::Server,
        _ => Route::Page,
    }
}

fn open(service: Service, config: &Config) -> Route {
    match service {
        _ if !config.serves(service) => Route::Nobody,
        Service::Chat => Route::Chat,
        Service::Hub => Route::Hub,
    }
}

/// A `userId` means the hub, a token the chat. What is no WebSocket is told so by either door.
fn websocket_route(request: &Request, config: &Config) -> Route {
    let asks = wire::websocket::handshake(request).is_ok();
    if request.has_query_param("userId") {
        open(Service::Hub, config)
    } else if chat::brings_token(request) {
        open(Service::Chat, config)
    } else if asks {
        Route::Unclear
    } else {
        open(if config.serves(Service::Chat) { Service::Chat } else { Service::Hub }, config)
    }
}

/// The answer to `OPTIONS`: what may be done here (RFC 9110, section 9.3.7).
pub fn allow(methods: &'static str) -> Response {
    Response::new(204).header("Allow", methods)
}
