//! Values by connection: found by slot in a `Vec`, and only if the generation is the same.
//!
//! For what is kept of each WebSocket and looked up with every message. It must not know what the values mean.

use crate::vocabulary::ConnId;

/// One value for each of some connections.
pub struct ConnMap<T> {
    slots: Vec<Option<(ConnId, T)>>,
    len: usize,
}

impl<T> Default for ConnMap<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), len: 0 }
    }
}

impl<T> ConnMap<T> {
    /// Keeps a value for a connection; whoever had the slot before it is gone.
    pub fn insert(&mut self, conn: ConnId, value: T) {
        let slot = conn.slot as usize;
        if self.slots.len() <= slot {
            self.slots.resize_with(slot + 1, || None);
        }
        if self.slots[slot].replace((conn, value)).is_none() {
            self.len += 1;
        }
    }

    /// The value of a connection.
    pub fn get(&self, conn: ConnId) -> Option<&T> {
        let (of, value) = self.slots.get(conn.slot as usize)?.as_ref()?;
        (*of == conn).then_some(value)
    }

    /// The value of a connection.
    pub fn get_mut(&mut self, conn: ConnId) -> Option<&mut T> {
        let (of, value) = self.slots.get_mut(conn.slot as usize)?.as_mut()?;
        (*of == conn).then_some(value)
    }

    /// Takes the value of a connection away.
    pub fn remove(&mut self, conn: ConnId) -> Option<T> {
        self.get(conn)?;
        self.len -= 1;
        self.slots[conn.slot as usize].take().map(|(_, value)| value)
    }

    /// All values, in the order of their slots.
    pub fn iter(&self) -> impl Iterator<Item = (ConnId, &T)> {
        self.slots.iter().flatten().map(|(conn, value)| (*conn, value))
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn conn(slot: u32, generation: u32) -> ConnId {
        ConnId { slot, generation }
    }

    #[test]
    fn a_stale_connection_finds_nothing_though_its_slot_is_taken_again() {
        let mut map = ConnMap::default();
        map.insert(conn(3, 1), "first");
        assert_eq!(map.remove(conn(3, 1)), Some("first"));
        map.insert(conn(3, 2), "second");
        assert_eq!(map.get(conn(3, 1)), None);
        assert_eq!(map.get_mut(conn(3, 1)), None);
        assert_eq!((map.remove(conn(3, 1)), map.remove(conn(9, 1))), (None, None));
        assert_eq!((map.get(conn(3, 2)), map.len()), (Some(&"second"), 1));
    }

    #[test]
    fn a_holder_takes_the_place_of_the_last_and_all_stand_by_slot() {
        let mut map = ConnMap::default();
        for (at, value) in [(conn(2, 1), 'c'), (conn(0, 4), 'a'), (conn(2, 2), 'd'), (conn(1, 1), 'b')] {
            map.insert(at, value);
        }
        let all: Vec<_> = map.iter().map(|(conn, value)| (conn.generation, *value)).collect();
        assert_eq!((all, map.len()), (vec![(4, 'a'), (1, 'b'), (2, 'd')], 3));
        assert!(!map.is_empty());
    }
}
