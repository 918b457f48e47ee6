//! The queue of a tenant as people see it: customers their place, agents the lobby.
//!
//! Who stands where is the conversation's business. Here is what was sent of it, and what has changed since.

use super::lobby::Lobby;
use super::places::Places;
use super::words::Words;
use super::{Desk, Seat};
use crate::conversation::{ClientKey, Context, NoticeKind, RoomKey};
use crate::translate::Change;
use crate::vocabulary::{ConnId, Tenant};

pub(super) struct Queue {
    pub(super) places: Places,
    pub(super) lobby: Lobby,
}

impl Queue {
    fn new(tenant: Tenant) -> Self {
        Self { places: Places::new(tenant), lobby: Lobby::new(tenant) }
    }

    /// Whether there is nothing to send, and nothing to ask for.
    fn is_idle(&self) -> bool {
        self.places.is_idle() && self.lobby.is_idle()
    }

    /// A room is dirty. If it waits for the first time, it does so since `unix_ms`.
    fn update(&mut self, cx: &mut Context<'_>, words: &dyn Words, key: RoomKey, unix_ms: u64) {
        let (before, number) = (self.lobby.number_of(key), cx.rooms.queue_number(key));
        if before == number {
            if let Some(number) = number.filter(|_| self.lobby.update(cx, key)) {
                self.places.change(cx, number);
            }
            return;
        }
        if let Some(before) = before {
            self.lobby.remove(cx, key);
            self.places.change(cx, before);
        }
        match number {
            Some(number) => {
                self.lobby.add(cx, key, number, unix_ms);
                self.places.enter(cx, words, key, number);
            }
            None => self.places.leave(cx, key),
        }
    }
}

impl Desk {
    pub(super) fn queue(&mut self, tenant: Tenant) -> &mut Queue {
        self.queues.entry(tenant).or_insert_with(|| Queue::new(tenant))
    }

    // ---- agents who watch ----

    /// An agent comes to the lobby.
    pub fn enter_lobby(&mut self, cx: &mut Context<'_>, tenant: Tenant, conn: ConnId, agent: ClientKey) {
        self.queue(tenant).lobby.enter(cx, conn, agent);
    }

    /// An agent leaves the lobby.
    pub fn leave_lobby(&mut self, cx: &mut Context<'_>, tenant: Tenant, conn: ConnId, agent: ClientKey) {
        self.queue(tenant).lobby.leave(cx, conn, agent);
    }

    /// A connection in the lobby can take more.
    pub fn lobby_drained(&mut self, tenant: Tenant, conn: ConnId) {
        self.queue(tenant).lobby.is_ready(conn);
    }

    /// A connection in a room can take more.
    pub fn seat_drained(&mut self, conn: ConnId, seat: Seat) {
        self.queue(seat.tenant).places.is_drained(conn, seat.room);
    }

    /// WebSockets of agents in lobbies.
    pub fn watchers(&self) -> usize {
        self.queues.values().map(|queue| queue.lobby.watchers()).sum()
    }

    // ---- after a drain ----

    /// Tells who watches and who waits what has changed. After each drain.
    pub fn after_drain(&mut self, cx: &mut Context<'_>) {
        if !cx.rooms.is_any_dirty() && self.queues.values().all(Queue::is_idle) {
            return;
        }
        let words = self.words;
        for queue in self.queues.values_mut() {
            queue.places.send_missed(cx, words);
        }
        self.update_queues(cx, cx.unix_ms);
        self.translate_for_lobbies(cx);
        if !cx.store_is_down {
            for queue in self.queues.values_mut() {
                queue.lobby.send_changes(cx, words);
            }
        }
        for queue in self.queues.values_mut() {
            queue.lobby.send_list_to_ready(cx, words);
        }
    }

    /// Takes note of what has changed. Rooms that wait for the first time do so since `unix_ms`.
    pub(super) fn update_queues(&mut self, cx: &mut Context<'_>, unix_ms: u64) {
        let words = self.words;
        for (key, tenant) in cx.rooms.take_dirty(cx.door) {
            self.queue(tenant).update(cx, words, key, unix_ms);
        }
    }

    /// Gives workers back that readers want, then asks for more while there are some to spare: one thing for each tenant in
    /// turn.
    fn translate_for_lobbies(&mut self, cx: &mut Context<'_>) {
        while cx.keeps_others_waiting(self.queues.values().flat_map(|queue| queue.lobby.askers())) {
            if !self.queues.values_mut().rev().any(|queue| queue.lobby.give_way(cx)) {
                break;
            }
        }
        let mut is_any = true;
        while std::mem::take(&mut is_any) {
            for queue in self.queues.values_mut() {
                if cx.rooms.is_any_behind() || !cx.translator.has_idle_worker(cx.config) {
                    return;
                }
                is_any |= queue.lobby.ask_next(cx);
            }
        }
    }

    /// Nothing is translated from now on, or all is again: everybody hears of it. By whom, agents do.
    pub fn on_translator(&mut self, cx: &mut Context<'_>, change: Change) {
        let is_read = |key: &RoomKey| cx.rooms.room(*key).is_some_and(|room| !room.readers.is_empty());
        let read: Vec<RoomKey> = self.lifecycles.keys().copied().filter(is_read).collect();
        for key in read {
            cx.rooms.edit(key, |room| match change {
                Change::Outage => room.notify_all(NoticeKind::Translator),
                Change::Engine => room.notify_agents(NoticeKind::Translator),
            });
        }
        self.queues.values_mut().for_each(|queue| queue.lobby.outage_has_changed());
    }

    /// The translation service is back.
    pub fn on_recovered(&mut self) {
        self.queues.values_mut().for_each(|queue| queue.lobby.want_failed_again());
    }

    /// What had to wait for the store has waited.
    pub fn on_store_up(&mut self) {
        self.queues.values_mut().for_each(|queue| queue.lobby.all_are_ready());
    }
}
