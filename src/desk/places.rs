//! Places in the queue: a waiting customer learns how many are served first. Who is gone is not counted.
//!
//! A place is sent right after the greeting, and again when it has changed, to all at once and at most every
//! [`PAUSE`]: who is served moves everybody behind them. A connection above its high-water mark hears the latest place
//! when it has drained.

use std::collections::{BTreeMap, BTreeSet};

use super::{Timer, Words};
use crate::conversation::{Context, Role, RoomKey};
use crate::vocabulary::{ConnId, Millis, Tenant};

/// Between two moments at which changed places are sent.
const PAUSE: Millis = Millis::from_secs(2);

/// What customers know of their places.
pub(super) struct Places {
    tenant: Tenant,
    /// The place a connection was sent last, while its room waits.
    sent: BTreeMap<ConnId, usize>,
    /// Connections that were above their mark when there was a place to tell.
    missed: BTreeSet<ConnId>,
    /// Connections of waiting rooms that can take more again.
    drained: Vec<(ConnId, RoomKey)>,
    /// Whether [`Timer::Places`] is set: some place has changed since all were sent.
    is_timed: bool,
}

impl Places {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self { tenant, sent: BTreeMap::new(), missed: BTreeSet::new(), drained: Vec::new(), is_timed: false }
    }

    /// A connection is gone, or its room waits no more.
    pub(super) fn forget(&mut self, conn: ConnId) {
        self.sent.remove(&conn);
        self.missed.remove(&conn);
    }

    /// Whether nobody has drained who has missed their place.
    pub(super) fn is_idle(&self) -> bool {
        self.drained.is_empty()
    }

    /// A connection can take more.
    pub(super) fn is_drained(&mut self, conn: ConnId, room: RoomKey) {
        if self.missed.contains(&conn) {
            self.drained.push((conn, room));
        }
    }

    /// A room waits from now on; if its customer is here, they learn where.
    pub(super) fn enter(&mut self, cx: &mut Context<'_>, words: &dyn Words, key: RoomKey, number: i64) {
        self.change(cx, number.saturating_add(1));
        for conn in customers_conns(cx, key) {
            self.send(cx, words, key, conn);
        }
    }

    /// A room waits no more.
    pub(super) fn leave(&mut self, cx: &Context<'_>, key: RoomKey) {
        for conn in customers_conns(cx, key) {
            self.forget(conn);
        }
    }

    /// Everybody from a number on has another place now; if anybody was sent theirs, it is time to send them soon.
    pub(super) fn change(&mut self, cx: &mut Context<'_>, from: i64) {
        let concerns = !self.sent.is_empty() && cx.rooms.waiting_from(self.tenant, from).next().is_some();
        if concerns && !self.is_timed {
            self.is_timed = true;
            cx.wake(cx.now + PAUSE, Timer::Places(self.tenant));
        }
    }

    /// Tells one connection of a waiting customer their place, unless they know it.
    pub(super) fn send(&mut self, cx: &mut Context<'_>, words: &dyn Words, key: RoomKey, conn: ConnId) {
        if let Some(place) = cx.rooms.place(key) {
            self.send_place(cx, words, key, conn, place);
        }
    }

    /// Connections that have drained hear what they have missed.
    pub(super) fn send_missed(&mut self, cx: &mut Context<'_>, words: &dyn Words) {
        for (conn, key) in std::mem::take(&mut self.drained) {
            if self.missed.remove(&conn) {
                self.send(cx, words, key, conn);
            }
        }
    }

    /// Tells everybody whose place has changed.
    pub(super) fn send_all(&mut self, cx: &mut Context<'_>, words: &dyn Words) {
        self.is_timed = false;
        let waiting: Vec<RoomKey> =
            cx.rooms.waiting_from(self.tenant, i64::MIN).map(|(_, key)| key).collect();
        let mut place = 0;
        for key in waiting {
            let conns = customers_conns(cx, key);
            place += usize::from(!conns.is_empty());
            for conn in conns {
                self.send_place(cx, words, key, conn, place);
            }
        }
    }

    fn send_place(
        &mut self,
        cx: &mut Context<'_>,
        words: &dyn Words,
        key: RoomKey,
        conn: ConnId,
        place: usize,
    ) {
        let Some(room) = cx.rooms.room(key).map(|room| room.id) else { return };
        if self.is_new_to(conn, place, cx.outbox.is_full(conn)) {
            let bytes = words.place(cx.outbox, room, place);
            cx.outbox.send(conn, bytes, cx.effects);
        }
    }

    /// Whether a connection is to be sent its place now: it can take it, and does not know it.
    fn is_new_to(&mut self, conn: ConnId, place: usize, is_full: bool) -> bool {
        if is_full {
            self.missed.insert(conn);
            return false;
        }
        self.sent.insert(conn, place) != Some(place)
    }
}

fn customers_conns(cx: &Context<'_>, key: RoomKey) -> Vec<ConnId> {
    let readers = cx.rooms.room(key).into_iter().flat_map(|room| &room.readers);
    readers.filter(|reader| reader.role == Role::Customer).map(|reader| reader.conn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONN: ConnId = ConnId { slot: 1, generation: 1 };

    #[test]
    fn a_place_is_sent_once_and_again_when_it_has_changed() {
        let mut places = Places::new(Tenant::default());
        let new = [2, 2, 1, 1, 2].map(|place| places.is_new_to(CONN, place, false));
        assert_eq!(new, [true, false, true, false, true]);
        places.forget(CONN);
        assert!(places.is_new_to(CONN, 2, false), "who comes back knows nothing");
    }

    #[test]
    fn who_could_take_nothing_has_missed_it_until_they_drain() {
        let (mut places, room) = (Places::new(Tenant::default()), RoomKey::from_bits(7));
        places.is_drained(CONN, room);
        assert_eq!(places.drained, [], "nothing was missed");
        assert!(places.is_new_to(CONN, 3, false) && !places.is_new_to(CONN, 2, true));
        places.is_drained(CONN, room);
        assert_eq!(places.drained, [(CONN, room)]);
        assert!(places.is_new_to(CONN, 2, false), "what was not sent is not known");
        places.forget(CONN);
        assert!(places.missed.is_empty() && places.sent.is_empty());
    }
}
