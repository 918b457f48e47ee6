//! Places in the queue: a waiting customer learns how many are served first.
//!
//! A place is told right after `room_joined`, and again when it has changed, to all at once and at most every
//! [`PAUSE`]: who is served moves everybody behind them. A connection above its high-water mark hears the latest place
//! when it has drained.

use std::collections::{BTreeMap, BTreeSet};

use super::protocol::Queue;
use super::{Chat, Timer};
use crate::conversation::{Role, RoomKey};
use crate::doors::Context;
use crate::vocabulary::{ConnId, Millis};

/// Between two moments at which changed places are told.
const PAUSE: Millis = Millis::from_secs(2);

/// What customers know of their places.
#[derive(Default)]
pub(super) struct Places {
    /// The place a connection was told last, while its room waits.
    told: BTreeMap<ConnId, usize>,
    /// Connections that were above their mark when there was a place to tell.
    missed: BTreeSet<ConnId>,
    /// Connections of waiting rooms that can take more again.
    drained: Vec<(ConnId, RoomKey)>,
    /// Whether `Timer::Places` is set: some place has changed since all were told.
    is_timed: bool,
}

impl Places {
    /// A connection is gone, or its room waits no more.
    pub(super) fn forget(&mut self, conn: ConnId) {
        self.told.remove(&conn);
        self.missed.remove(&conn);
    }

    /// A connection can take more.
    pub(super) fn is_drained(&mut self, conn: ConnId, room: RoomKey) {
        if self.missed.contains(&conn) {
            self.drained.push((conn, room));
        }
    }
}

impl Chat {
    /// A room waits from now on; if its customer is here, they learn where.
    pub(super) fn enter_queue(&mut self, cx: &mut Context<'_>, key: RoomKey, number: i64) {
        self.places_change(cx, number.saturating_add(1));
        for conn in customers_conns(cx, key) {
            self.tell_place(cx, key, conn);
        }
    }

    /// A room that had this number waits no more.
    pub(super) fn leave_queue(&mut self, cx: &mut Context<'_>, key: RoomKey, number: i64) {
        self.places_change(cx, number);
        for conn in customers_conns(cx, key) {
            self.places.forget(conn);
        }
    }

    /// Everybody from a number on has another place now; if anybody was told theirs, it is time to tell them soon.
    fn places_change(&mut self, cx: &mut Context<'_>, from: i64) {
        let concerns = !self.places.told.is_empty() && cx.rooms.waiting_from(from).next().is_some();
        if concerns && !self.places.is_timed {
            self.places.is_timed = true;
            cx.wake(cx.now + PAUSE, Timer::Places);
        }
    }

    /// Tells one connection of a waiting customer their place, unless they know it.
    pub(super) fn tell_place(&mut self, cx: &mut Context<'_>, key: RoomKey, conn: ConnId) {
        if let Some(place) = cx.rooms.place(key) {
            self.tell(cx, key, conn, place);
        }
    }

    /// Connections that have drained hear what they have missed.
    pub(super) fn tell_missed_places(&mut self, cx: &mut Context<'_>) {
        for (conn, key) in std::mem::take(&mut self.places.drained) {
            if self.places.missed.remove(&conn) {
                self.tell_place(cx, key, conn);
            }
        }
    }

    /// Tells everybody whose place has changed.
    pub(super) fn tell_places(&mut self, cx: &mut Context<'_>) {
        self.places.is_timed = false;
        let waiting: Vec<RoomKey> = cx.rooms.waiting_from(i64::MIN).map(|(_, key)| key).collect();
        for (key, place) in waiting.into_iter().zip(1..) {
            for conn in customers_conns(cx, key) {
                self.tell(cx, key, conn, place);
            }
        }
    }

    fn tell(&mut self, cx: &mut Context<'_>, key: RoomKey, conn: ConnId, place: usize) {
        let Some(room_id) = cx.rooms.room(key).map(|room| room.id) else { return };
        if cx.outbox.is_full(conn) {
            self.places.missed.insert(conn);
        } else if self.places.told.insert(conn, place) != Some(place) {
            cx.send(conn, &Queue { r#type: "queue", room_id, place });
        }
    }
}

fn customers_conns(cx: &Context<'_>, key: RoomKey) -> Vec<ConnId> {
    let readers = cx.rooms.room(key).into_iter().flat_map(|room| &room.readers);
    readers.filter(|reader| reader.role == Role::Customer).map(|reader| reader.conn).collect()
}
