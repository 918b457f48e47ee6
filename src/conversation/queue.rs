//! Who waits, and who is served next: one queue for each tenant, in the order of numbers that never change.
//!
//! A room keeps its number while its customer is gone; who is gone is not counted before others.

use std::collections::{BTreeMap, BTreeSet};

use super::{Room, RoomKey, Rooms, Turn};
use crate::vocabulary::Tenant;

#[derive(Default)]
pub(super) struct Queue {
    /// Waiting rooms in the order in which they are served.
    waiting: BTreeMap<Tenant, BTreeSet<(i64, RoomKey)>>,
    /// Those of them whose customer has a connection.
    here: BTreeMap<Tenant, BTreeSet<(i64, RoomKey)>>,
    places: BTreeMap<RoomKey, (Tenant, i64)>,
    /// Waiting rooms that were edited, and rooms that came into the queue or left it, since the last drain: by door.
    dirty: BTreeSet<(u8, RoomKey, Tenant)>,
}

impl Queue {
    pub(super) fn mark_dirty(&mut self, door: u8, tenant: Tenant, key: RoomKey) {
        self.dirty.insert((door, key, tenant));
    }

    fn insert(&mut self, tenant: Tenant, key: RoomKey, number: i64) {
        self.waiting.entry(tenant).or_default().insert((number, key));
        self.places.insert(key, (tenant, number));
    }

    /// Whether the customer of a room is here, if it waits.
    fn note_presence(&mut self, key: RoomKey, is_here: bool) {
        let Some((tenant, number)) = self.places.get(&key).copied() else { return };
        if is_here {
            self.here.entry(tenant).or_default().insert((number, key));
        } else {
            take(&mut self.here, tenant, (number, key));
        }
    }

    /// Whether it was there.
    fn remove(&mut self, key: RoomKey) -> bool {
        let Some((tenant, number)) = self.places.remove(&key) else { return false };
        take(&mut self.waiting, tenant, (number, key));
        take(&mut self.here, tenant, (number, key));
        true
    }

    /// The number with which a room comes to stand before or behind all others of its tenant.
    fn next_number(&self, tenant: Tenant, key: RoomKey, turn: Turn) -> i64 {
        let Some(waiting) = self.waiting.get(&tenant) else { return 0 };
        let is_other = |(_, room): &&(i64, RoomKey)| *room != key;
        match turn {
            Turn::First => waiting.iter().find(is_other).map_or(0, |(number, _)| number - 1),
            Turn::Last => waiting.iter().rev().find(is_other).map_or(0, |(number, _)| number + 1),
        }
    }

    fn place(&self, key: RoomKey) -> Option<usize> {
        let (tenant, number) = self.places.get(&key)?;
        let Some(here) = self.here.get(tenant) else { return Some(1) };
        let turn = (*number, key);
        Some(if here.last() == Some(&turn) { here.len() } else { here.range(..turn).count() + 1 })
    }

    fn from(&self, tenant: Tenant, number: i64) -> impl Iterator<Item = (i64, RoomKey)> {
        let waiting = self.waiting.get(&tenant).into_iter();
        waiting.flat_map(move |waiting| waiting.range((number, RoomKey::from_bits(0))..)).copied()
    }

    pub(super) fn check_invariants(&self) {
        let waiting: usize = self.waiting.values().map(BTreeSet::len).sum();
        assert_eq!(waiting, self.places.len(), "the queue is one queue");
        let mut queues = self.waiting.values().chain(self.here.values());
        assert!(queues.all(|waiting| !waiting.is_empty()), "a queue without rooms is none");
        for (tenant, here) in &self.here {
            let waiting = self.waiting.get(tenant);
            assert!(waiting.is_some_and(|waiting| here.is_subset(waiting)), "who is here to be served waits");
        }
    }
}

/// Takes a turn out of a tenant's queue; one without any is none.
fn take(queues: &mut BTreeMap<Tenant, BTreeSet<(i64, RoomKey)>>, tenant: Tenant, turn: (i64, RoomKey)) {
    if let Some(queue) = queues.get_mut(&tenant) {
        queue.remove(&turn);
        if queue.is_empty() {
            queues.remove(&tenant);
        }
    }
}

impl Rooms {
    /// Puts a room behind all of its tenant that wait.
    pub(super) fn queue_last(&mut self, key: RoomKey) {
        let number = self.next_number(key, Turn::Last);
        self.enqueue(key, number);
    }

    /// The number with which a room comes to stand before or behind all others of its tenant that wait.
    pub(super) fn next_number(&self, key: RoomKey, turn: Turn) -> i64 {
        self.queue.next_number(self.tenant_of(key), key, turn)
    }

    /// The number of a room in the queue, if it waits.
    pub fn queue_number(&self, key: RoomKey) -> Option<i64> {
        self.queue.places.get(&key).map(|(_, number)| *number)
    }

    /// Puts a room where it was in the queue.
    pub fn enqueue(&mut self, key: RoomKey, number: i64) {
        self.dequeue(key);
        if let Some(room) = self.rooms.get(key) {
            self.queue.insert(room.tenant, key, number);
            self.queue.note_presence(key, room.is_customer_here());
            self.queue.mark_dirty(room.door, room.tenant, key);
        }
    }

    /// Takes a room out of the queue, if it is in it.
    pub fn dequeue(&mut self, key: RoomKey) {
        if let Some(room) = self.rooms.get(key)
            && self.queue.remove(key)
        {
            self.queue.mark_dirty(room.door, room.tenant, key);
        }
    }

    /// Takes note of whether the customer of a room is here now.
    pub(super) fn note_presence(&mut self, key: RoomKey) {
        let is_here = self.rooms.get(key).is_some_and(Room::is_customer_here);
        self.queue.note_presence(key, is_here);
    }

    /// Whether the customer of a room that waits is here.
    pub(super) fn is_counted(&self, key: RoomKey) -> bool {
        let turn = self.queue.places.get(&key);
        turn.is_some_and(|(tenant, number)| {
            self.queue.here.get(tenant).is_some_and(|here| here.contains(&(*number, key)))
        })
    }

    /// Which place in the order of its tenant a room has, whoever is here: 1 for the first.
    pub(super) fn turn(&self, key: RoomKey) -> Option<usize> {
        let (tenant, number) = self.queue.places.get(&key)?;
        self.queue.waiting.get(tenant).map(|waiting| waiting.range(..=(*number, key)).count())
    }

    /// How many of its tenant whose customers are here are served up to this room, itself counted: 1 for the next. Counts
    /// them one by one.
    pub fn place(&self, key: RoomKey) -> Option<usize> {
        self.queue.place(key)
    }

    /// Waiting rooms of a tenant with their numbers, from a number on.
    pub fn waiting_from(&self, tenant: Tenant, number: i64) -> impl Iterator<Item = (i64, RoomKey)> {
        self.queue.from(tenant, number)
    }

    /// Waiting rooms of a tenant, the one to serve next first.
    pub fn waiting(&self, tenant: Tenant) -> impl Iterator<Item = &Room> {
        self.waiting_from(tenant, i64::MIN).filter_map(|(_, key)| self.rooms.get(key))
    }

    /// Whether [`Rooms::take_dirty`] has anything for some door.
    pub fn is_any_dirty(&self) -> bool {
        !self.queue.dirty.is_empty()
    }

    /// Rooms of a door that may look different to who watches the queue: waiting ones that were edited, and those that came
    /// into it or left it, since this was asked last. Each with its tenant, which is all that is left of some.
    pub fn take_dirty(&mut self, door: u8) -> Vec<(RoomKey, Tenant)> {
        let of_door = self.queue.dirty.extract_if(.., |(other, ..)| *other == door);
        of_door.map(|(_, key, tenant)| (key, tenant)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::RoomId;

    const OTHER: Tenant = Tenant::from_number(1);

    /// Rooms of a door, in the order in which they came.
    fn queue(rooms: &mut Rooms, tenants: &[Tenant]) -> Vec<RoomKey> {
        let open = |number| rooms.open_as(RoomId::from_number(number), 0);
        let keys: Vec<RoomKey> = (1..=tenants.len() as u64).map(open).collect();
        for (key, tenant) in keys.iter().zip(tenants) {
            rooms.edit(*key, |room| room.tenant = *tenant);
            rooms.take_dirty(0);
            rooms.queue_last(*key);
        }
        keys
    }

    fn order(rooms: &Rooms, tenant: Tenant) -> Vec<RoomKey> {
        rooms.queue.check_invariants();
        rooms.waiting_from(tenant, i64::MIN).map(|(_, key)| key).collect()
    }

    #[test]
    fn who_has_waited_once_is_served_before_all_others() {
        let mut rooms = Rooms::default();
        let [a, b, c] = queue(&mut rooms, &[Tenant::default(); 3])[..] else { panic!("three") };
        rooms.dequeue(a);
        let first = rooms.next_number(c, Turn::First);
        rooms.enqueue(c, first);
        rooms.queue_last(a);
        assert_eq!(order(&rooms, Tenant::default()), [c, b, a]);
        assert_eq!([a, b, c].map(|key| rooms.turn(key)), [Some(3), Some(2), Some(1)]);
        rooms.close(b, "closed");
        assert_eq!([a, b, c].map(|key| rooms.turn(key)), [Some(2), None, Some(1)]);
    }

    #[test]
    fn who_is_gone_keeps_their_turn_and_is_not_counted() {
        let mut rooms = Rooms::default();
        let [a, b, c] = queue(&mut rooms, &[Tenant::default(); 3])[..] else { panic!("three") };
        let places = |rooms: &Rooms| [a, b, c].map(|key| rooms.place(key).unwrap());
        assert_eq!(places(&rooms), [1, 1, 1], "nobody is here");
        rooms.queue.note_presence(a, true);
        rooms.queue.note_presence(c, true);
        assert_eq!(places(&rooms), [1, 2, 2], "b is gone");
        rooms.queue.note_presence(b, true);
        assert_eq!(places(&rooms), [1, 2, 3]);
        rooms.queue.note_presence(a, false);
        assert_eq!((places(&rooms), order(&rooms, Tenant::default())), ([1, 1, 2], vec![a, b, c]));
        rooms.dequeue(b);
        assert_eq!([a, c].map(|key| rooms.place(key)), [Some(1); 2]);
        rooms.queue.check_invariants();
    }

    #[test]
    fn nobody_stands_in_the_queue_of_another_tenant() {
        let mut rooms = Rooms::default();
        let keys = queue(&mut rooms, &[Tenant::default(), OTHER, Tenant::default(), OTHER]);
        assert_eq!(order(&rooms, Tenant::default()), [keys[0], keys[2]]);
        assert_eq!(order(&rooms, OTHER), [keys[1], keys[3]]);
        let numbers: Vec<_> = keys.iter().map(|key| rooms.queue_number(*key)).collect();
        assert_eq!(numbers, [0, 0, 1, 1].map(Some), "no number tells of others");
        assert_eq!((rooms.turn(keys[3]), rooms.waiting(OTHER).count()), (Some(2), 2));
        assert_eq!(order(&rooms, Tenant::from_number(2)), []);
    }

    #[test]
    fn a_room_that_is_gone_was_marked_and_only_its_door_hears_of_it() {
        let mut rooms = Rooms::default();
        let key = queue(&mut rooms, &[OTHER])[0];
        assert_eq!(rooms.take_dirty(1), []);
        assert_eq!(rooms.take_dirty(0), [(key, OTHER)]);
        rooms.close(key, "closed");
        assert_eq!(rooms.take_dirty(0), [(key, OTHER)]);
        assert_eq!(rooms.take_dirty(0), []);
    }
}
