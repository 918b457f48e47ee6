//! Connections by slot. The shell chooses the slots; a name with another generation finds nothing.

use std::collections::BTreeMap;

use super::connection::Connection;
use crate::tools::limiter::AddressKey;
use crate::vocabulary::ConnId;

/// All connections, and how many there are of each address.
#[derive(Default)]
pub(super) struct Table {
    slots: Vec<Option<Box<Connection>>>,
    per_address: BTreeMap<AddressKey, usize>,
    len: usize,
}

impl Table {
    pub(super) fn insert(&mut self, connection: Connection) {
        let slot = connection.id.slot as usize;
        if self.slots.len() <= slot {
            self.slots.resize_with(slot + 1, || None);
        }
        if self.slots[slot].replace(Box::new(connection)).is_none() {
            self.len += 1;
        }
    }

    /// Who holds a slot.
    pub(super) fn occupant(&self, slot: u32) -> Option<ConnId> {
        self.slots.get(slot as usize)?.as_ref().map(|connection| connection.id)
    }

    pub(super) fn get_mut(&mut self, conn: ConnId) -> Option<&mut Connection> {
        self.slots.get_mut(conn.slot as usize)?.as_deref_mut().filter(|connection| connection.id == conn)
    }

    pub(super) fn remove(&mut self, conn: ConnId) -> Option<Connection> {
        self.get_mut(conn)?;
        let connection = self.slots[conn.slot as usize].take()?;
        self.len -= 1;
        if let Some(address) = connection.counted {
            self.uncount(address);
        }
        Some(*connection)
    }

    /// Every connection, by slot.
    pub(super) fn ids(&self) -> Vec<ConnId> {
        self.slots.iter().flatten().map(|connection| connection.id).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many addresses have a connection.
    pub(super) fn addresses(&self) -> usize {
        self.per_address.len()
    }

    /// Counts a connection under an address. Whether there may be one more.
    pub(super) fn count(&mut self, conn: ConnId, address: AddressKey, limit: usize) -> bool {
        if self.per_address.get(&address).copied().unwrap_or(0) >= limit {
            return false;
        }
        *self.per_address.entry(address).or_default() += 1;
        if let Some(connection) = self.get_mut(conn) {
            connection.counted = Some(address);
        }
        true
    }

    fn uncount(&mut self, address: AddressKey) {
        if let Some(count) = self.per_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.per_address.remove(&address);
            }
        }
    }

    pub(super) fn check_invariants(&self) {
        let timed = |connection: &Connection| !connection.is_waiting() || connection.timer.is_some();
        assert!(self.slots.iter().flatten().all(|it| timed(it)), "who waits for an answer has a deadline");
        let there = self.slots.iter().flatten().count();
        assert_eq!(there, self.len, "the count of connections is true");
        let counted = self.slots.iter().flatten().filter(|connection| connection.counted.is_some()).count();
        assert_eq!(self.per_address.values().sum::<usize>(), counted, "connections are counted by address");
    }
}
