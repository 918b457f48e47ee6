//! Who is told what: requests by their path, connections and timers by the door they belong to, everything else by the
//! order of the table. It must not know what any door does with it.

use bytes::Bytes;

use super::guard::SHARED_WEBSOCKET;
use super::{
    Alarm, Asker, Caller, Context, Counts, Door, Dropped, MetricsPage, Path, Render, Reply, allow, not_found,
    table,
};
use crate::config::Config;
use crate::conversation::{Renderers, RoomKey, Rooms, change, drain};
use crate::translate::{Outcome, Ticket};
use crate::vocabulary::{ConnId, ExchangeId, JobOutcome, Millis, Record};
use crate::wire::http::{Method, Request};
use crate::wire::websocket;

/// Who answers a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A door, by its place.
    Door(u8),
    /// One of several: the request does not say which.
    Unclear,
    /// A door that is shut.
    Nobody,
    /// [`super::status::health`].
    Health,
    /// [`super::status::metrics`].
    Metrics,
    /// Nobody: `*` asks about the whole server.
    Server,
    /// A page, if there is one of that name.
    Page,
}

pub struct Doors {
    open: Vec<Box<dyn Door>>,
    /// Asked only what would be theirs: a shut door is an answer, too.
    shut: Vec<Box<dyn Door>>,
}

type AnyDoor = Box<dyn Door>;

impl Doors {
    /// Opens these; those of the table that are not among them are shut.
    ///
    /// # Panics
    /// With more than 256 doors.
    pub fn new(open: Vec<AnyDoor>) -> Self {
        assert!(open.len() <= 1 << u8::BITS, "a door is named by a byte");
        let mut shut = table::every();
        shut.retain(|door| open.iter().all(|other| other.name() != door.name()));
        Self { open, shut }
    }

    // ---- requests ----

    /// Finds out who answers a request.
    pub fn route(&self, request: &Request) -> Route {
        match request.path.as_str() {
            SHARED_WEBSOCKET => self.shared_route(request),
            "/health" => Route::Health,
            "/metrics" => Route::Metrics,
            "*" => Route::Server,
            path => match self.place(|door| has_path(door, path)) {
                Some(place) => Route::Door(place),
                None if self.shut.iter().any(|door| has_path(door, path)) => Route::Nobody,
                None if self.shut.iter().any(|door| door.pages().contains(&path)) => Route::Nobody,
                None => Route::Page,
            },
        }
    }

    /// What a request to `/ws` carries says which door it is for. What is no WebSocket is told so by any of them.
    fn shared_route(&self, request: &Request) -> Route {
        if let Some(place) = self.place(|door| door.takes(request)) {
            Route::Door(place)
        } else if self.shut.iter().any(|door| door.takes(request)) {
            Route::Nobody
        } else if websocket::handshake(request).is_ok() {
            Route::Unclear
        } else {
            self.place(|door| has_path(door, SHARED_WEBSOCKET)).map_or(Route::Nobody, Route::Door)
        }
    }

    fn place(&self, is_it: impl Fn(&AnyDoor) -> bool) -> Option<u8> {
        (0..=u8::MAX).zip(&self.open).find(|(_, door)| is_it(door)).map(|(place, _)| place)
    }

    /// A request for one of them.
    pub fn on_request(
        &mut self,
        cx: &mut Context<'_>,
        door: u8,
        caller: &Caller,
        request: &Request,
    ) -> Reply {
        let Some(asked) = self.lend(cx, door) else { return Reply::Respond(not_found()) };
        if request.method == Method::Options
            && let Some(path) = find_path(asked.paths(), &request.path)
        {
            return Reply::Respond(allow(path.allow()));
        }
        let reply = asked.on_request(cx, caller, request);
        // Whoever is forgotten by one door is forgotten by all.
        for what in std::mem::take(&mut cx.forgotten) {
            self.each(cx, |other, cx| {
                if cx.door != door {
                    other.forget(cx, &what);
                }
            });
        }
        self.finish(cx);
        reply
    }

    // ---- connections and timers ----

    /// The WebSocket a door has just agreed to has opened.
    pub fn on_open(&mut self, cx: &mut Context<'_>, door: u8, conn: ConnId) {
        self.step(cx, door, |door, cx| door.on_open(cx, conn));
    }

    pub fn on_text(&mut self, cx: &mut Context<'_>, door: u8, conn: ConnId, text: &str) {
        self.step(cx, door, |door, cx| door.on_text(cx, conn, text));
    }

    pub fn on_binary(&mut self, cx: &mut Context<'_>, door: u8, conn: ConnId, bytes: &[u8]) {
        self.step(cx, door, |door, cx| door.on_binary(cx, conn, bytes));
    }

    /// A connection can take more.
    pub fn on_drained(&mut self, cx: &mut Context<'_>, door: u8, conn: ConnId) {
        cx.rooms.mark_reader(conn);
        self.step(cx, door, |door, cx| door.on_drained(cx, conn));
    }

    pub fn on_close(&mut self, cx: &mut Context<'_>, door: u8, conn: ConnId) {
        self.step(cx, door, |door, cx| door.on_close(cx, conn));
    }

    /// A timer a door set has come.
    pub fn on_timer(&mut self, cx: &mut Context<'_>, door: u8, alarm: Alarm) {
        self.step(cx, door, |door, cx| door.on_timer(cx, alarm));
    }

    /// A timer of a room has come.
    pub fn on_room_timer(&mut self, cx: &mut Context<'_>, room: RoomKey) {
        let Some(door) = cx.rooms.room(room).map(|room| room.door) else { return };
        while let Some(timer) = cx.next_room_timer(room) {
            if let Some(door) = self.lend(cx, door) {
                door.on_room_timer(cx, room, timer);
            }
        }
        self.finish(cx);
    }

    /// One door is told of one thing, and what follows from it follows.
    fn step(&mut self, cx: &mut Context<'_>, door: u8, tell: impl FnOnce(&mut AnyDoor, &mut Context<'_>)) {
        if let Some(door) = self.lend(cx, door) {
            tell(door, cx);
        }
        // What has touched no room is nobody else's business.
        let any = drain(cx, self);
        self.each(cx, |other, cx| {
            if any || cx.door == door {
                other.after_drain(cx);
            }
        });
    }

    /// What follows from a step: first in rooms, then for those who look at them from outside.
    fn finish(&mut self, cx: &mut Context<'_>) {
        drain(cx, self);
        self.each(cx, |door, cx| door.after_drain(cx));
    }

    // ---- slow calls ----

    /// A part of the answer to a call of a door has come.
    pub fn on_piece(&mut self, cx: &mut Context<'_>, door: u8, key: u64, bytes: Bytes) {
        self.step(cx, door, |door, cx| door.on_piece(cx, key, bytes));
    }

    /// A call of a door has ended.
    pub fn on_job(&mut self, cx: &mut Context<'_>, door: u8, key: u64, outcome: JobOutcome) {
        self.step(cx, door, |door, cx| door.on_job(cx, key, outcome));
    }

    /// Nobody waits for an answer of a door any more.
    pub fn on_given_up(&mut self, cx: &mut Context<'_>, door: u8, exchange: ExchangeId) {
        self.step(cx, door, |door, cx| door.on_given_up(cx, exchange));
    }

    /// How long a message of a door's WebSockets may be.
    pub fn message_bytes_max(&self, door: u8, config: &Config) -> usize {
        self.open.get(usize::from(door)).map_or(0, |door| door.message_bytes_max(config))
    }

    /// After how much silence a door's WebSockets are pinged.
    pub fn ping_interval(&self, door: u8, config: &Config) -> Millis {
        self.open.get(usize::from(door)).map_or(config.ping_interval_ms, |door| door.ping_interval(config))
    }

    // ---- everybody ----

    /// A call for the translator has ended, or its time has come: what was asked for may have ended, each for who asked.
    pub fn on_translations(&mut self, cx: &mut Context<'_>) {
        if cx.translator.take_recovered() {
            change::want_failed_again(cx);
            self.each(cx, |door, cx| door.on_recovered(cx));
        }
        if let Some(change) = cx.translator.take_change() {
            self.each(cx, |door, cx| door.on_translator(cx, change));
        }
        loop {
            for (ticket, outcome) in cx.translator.take_ended() {
                self.on_translated(cx, ticket, outcome);
            }
            // What is taken back on the way may end something else.
            self.finish(cx);
            if !cx.translator.has_ended() {
                return;
            }
        }
    }

    fn on_translated(&mut self, cx: &mut Context<'_>, ticket: Ticket, outcome: Outcome) {
        match Asker::of(ticket) {
            Some(Asker::Message(key, id)) => {
                cx.rooms.mark(key);
                change::translated(cx, key, id, ticket.to, outcome);
            }
            Some(asker) => {
                if let Some(door) = self.lend(cx, ticket.group.owner) {
                    door.on_translated(cx, ticket.group.tenant, asker, &outcome);
                }
            }
            None => {}
        }
    }

    /// A step is over: what it has cost rooms that had no part in it.
    pub fn after_step(&mut self, cx: &mut Context<'_>) {
        self.on_dropped(cx, Dropped::Now);
    }

    fn on_dropped(&mut self, cx: &mut Context<'_>, when: Dropped) {
        let dropped = cx.rooms.take_dropped();
        if !dropped.is_empty() {
            self.each(cx, |door, cx| door.on_dropped(cx, &dropped, when));
        }
    }

    /// What had to wait for the store has waited.
    pub fn on_store_up(&mut self, cx: &mut Context<'_>) {
        cx.rooms.stop_holding();
        self.each(cx, |door, cx| door.on_store_up(cx));
        self.finish(cx);
    }

    /// One record of the past, to the door it is about. What is about a door that is shut stays in the store.
    pub fn restore(&mut self, cx: &mut Context<'_>, record: &Record) {
        cx.is_start = true;
        if let Some(owner) = self.place(|door| door.owns(cx, record))
            && let Some(door) = self.lend(cx, owner)
        {
            door.restore(cx, record);
        }
        self.finish(cx);
        self.on_dropped(cx, Dropped::AtStart);
    }

    // ---- what they tell ----

    /// What there is behind all of them.
    pub fn counts(&self) -> Counts {
        self.open.iter().map(|door| door.counts()).fold(Counts::default(), |all, one| Counts {
            chats: all.chats + one.chats,
            addresses: all.addresses + one.addresses,
            repeats: all.repeats + one.repeats,
            aside_bytes: all.aside_bytes + one.aside_bytes,
        })
    }

    /// Their rows of `/metrics`. A shut door has the rows of one that nobody ever came through.
    pub fn metrics(&self, cx: &Context<'_>, page: &mut MetricsPage) {
        for door in self.open.iter().chain(&self.shut) {
            door.metrics(cx, page);
        }
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn check_invariants(&self, rooms: &Rooms, config: &Config) {
        self.open.iter().for_each(|door| door.check_invariants(rooms, config));
        let aside_bytes = self.counts().aside_bytes;
        assert_eq!(aside_bytes, rooms.aside_bytes(), "text about rooms is accounted for");
        for (key, _) in rooms.iter() {
            let doors = self.open.iter().filter(|door| door.has_room(key)).count();
            assert_eq!(doors, 1, "every open room belongs to one door");
        }
    }

    // ---- lending ----

    fn lend(&mut self, cx: &mut Context<'_>, door: u8) -> Option<&mut AnyDoor> {
        cx.door = door;
        self.open.get_mut(usize::from(door))
    }

    fn each(&mut self, cx: &mut Context<'_>, mut tell: impl FnMut(&mut AnyDoor, &mut Context<'_>)) {
        for (place, door) in (0..=u8::MAX).zip(&mut self.open) {
            cx.door = place;
            tell(door, cx);
        }
    }
}

fn has_path(door: &AnyDoor, path: &str) -> bool {
    find_path(door.paths(), path).is_some()
}

fn find_path<'p>(paths: &'p [Path], path: &str) -> Option<&'p Path> {
    paths.iter().find(|own| own.path == path)
}

impl Renderers for Doors {
    fn renderer(&mut self, door: u8) -> Option<&mut dyn Render> {
        self.open.get_mut(usize::from(door)).map(|door| &mut **door as &mut dyn Render)
    }
}
