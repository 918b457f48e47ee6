//! All front doors: who is told what.

use super::chat::Chat;
use super::hub::Hub;
use super::{Caller, Context, FrontDoor, Reply, Route, Seat, Timer};
use crate::config::Config;
use crate::conversation::{Role, RoomId, RoomKey, Rooms};
use crate::vocabulary::{ConnId, Effect, Record};
use crate::wire::http::Request;

/// Concrete fields picked by one `match`: a door more is a line more in each.
#[derive(Default)]
pub struct Doors {
    /// Customers and agents.
    pub chat: Chat,
    /// Public rooms.
    pub hub: Hub,
}

impl Doors {
    /// A request for one of them.
    pub fn on_request(
        &mut self,
        cx: &mut Context<'_>,
        route: Route,
        caller: &Caller,
        request: &Request,
    ) -> Reply {
        if route == Route::Hub {
            return self.hub.on_request(cx, caller, request);
        }
        let before = cx.effects.len();
        let reply = self.chat.on_request(cx, caller, request);
        if request.path == "/forget" {
            self.erase_everywhere(cx, before);
        }
        reply
    }

    /// Whoever is forgotten by one door is forgotten by all.
    fn erase_everywhere(&mut self, cx: &mut Context<'_>, before: usize) {
        let erased: Vec<Record> = cx.effects[before..]
            .iter()
            .filter_map(|effect| match effect {
                Effect::Store(record @ (Record::ChatErased { .. } | Record::CustomerErased { .. })) => {
                    Some(record.clone())
                }
                _ => None,
            })
            .collect();
        for record in erased {
            match record {
                Record::ChatErased { room } => self.hub.erase_room(cx, room),
                Record::CustomerErased { client } => self.hub.erase_person(cx, client),
                _ => {}
            }
        }
    }

    /// A WebSocket one of them agreed to has opened.
    pub fn on_open(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat) {
        match seat {
            Seat::Chat(seat) => self.chat.on_open(cx, conn, &seat),
            Seat::Hub(seat) => self.hub.on_open(cx, conn, &seat),
            Seat::Echo => {}
        }
    }

    /// A text message came.
    pub fn on_text(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat, text: &str) {
        match seat {
            Seat::Chat(seat) => self.chat.on_text(cx, conn, &seat, text),
            Seat::Hub(seat) => self.hub.on_text(cx, conn, &seat, text),
            Seat::Echo => {}
        }
    }

    /// A connection can take more.
    pub fn on_drained(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat) {
        match seat {
            Seat::Chat(seat) => self.chat.on_drained(cx, conn, &seat),
            Seat::Hub(seat) => self.hub.on_drained(cx, conn, &seat),
            Seat::Echo => {}
        }
    }

    /// A WebSocket is gone.
    pub fn on_close(&mut self, cx: &mut Context<'_>, conn: ConnId, seat: Seat) {
        match seat {
            Seat::Chat(seat) => self.chat.on_close(cx, conn, &seat),
            Seat::Hub(seat) => self.hub.on_close(cx, conn, &seat),
            Seat::Echo => {}
        }
    }

    /// A timer one of them set has come.
    pub fn on_timer(&mut self, cx: &mut Context<'_>, timer: Timer) {
        match timer {
            Timer::Chat(timer) => self.chat.on_timer(cx, timer),
            Timer::Hub(timer) => self.hub.on_timer(cx, timer),
            Timer::Connection(_) => {}
        }
    }

    /// A call for the translator has ended, or its time has come: tickets may have settled, each of the door whose room
    /// it names.
    pub fn on_job(&mut self, cx: &mut Context<'_>) {
        if cx.translator.take_recovered() {
            self.chat.on_recovered(cx);
            self.hub.on_recovered(cx);
        }
        loop {
            let settled = cx.translator.take_settled();
            if settled.is_empty() {
                break;
            }
            let is_hub = |group| self.hub.has(RoomKey::from_bits(group));
            let (hub, chat) = settled.into_iter().partition(|(ticket, _)| is_hub(ticket.group));
            self.chat.on_settled(cx, chat);
            self.hub.on_settled(cx, hub);
        }
        self.chat.on_idle_translator(cx);
        self.hub.on_idle_translator(cx);
    }

    /// A step is over: what it has cost rooms that had no part in it.
    pub fn look_back(&mut self, cx: &mut Context<'_>) {
        let dropped = cx.rooms.take_dropped();
        if !dropped.is_empty() {
            self.hub.on_dropped(cx, &dropped);
        }
    }

    /// What had to wait for the store has waited.
    pub fn on_store_up(&mut self, cx: &mut Context<'_>) {
        self.chat.on_store_up(cx);
        self.hub.on_store_up(cx);
    }

    /// One fact of the past, to the door it is about.
    pub fn restore(&mut self, cx: &mut Context<'_>, record: Record) {
        let is_hubs = match &record {
            Record::ClientCreated { role, .. } => role == Role::Guest.word(),
            Record::NamedRoomOpened { .. } | Record::NameClaimed { .. } | Record::LogTurned { .. } => true,
            Record::ClientEnded { client } => self.hub.knows(cx.rooms.numbered(*client)),
            Record::MessageAppended { room, .. }
            | Record::TranslationSettled { room, .. }
            | Record::LogBegins { room, .. }
            | Record::RoomClosed { room, .. } => self.hub.has_named(cx, RoomId::from_number(*room)),
            _ => false,
        };
        if is_hubs {
            self.hub.restore(cx, record);
        } else {
            self.chat.restore(cx, record);
        }
        // Whoever said what had to go for it may say more in what is still to come.
        cx.rooms.take_dropped().iter().for_each(|client| self.hub.count_dropped(*client));
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn check_invariants(&self, rooms: &Rooms, config: &Config) {
        self.chat.check_invariants(rooms);
        self.hub.check_invariants(rooms, config);
        for (key, _) in rooms.iter() {
            assert!(self.chat.has(key) != self.hub.has(key), "every open room is cared for by one door");
        }
        assert!(self.chat.rooms() <= config.max_rooms, "rooms are bounded");
    }
}
