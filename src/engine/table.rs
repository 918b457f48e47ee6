//! Connections by slot. The shell chooses the slots; a name with another generation finds nothing.

use super::connection::Connection;
use crate::config::Config;
use crate::tools::limiter::AddressKey;
use crate::tools::shares::{Share, Shares};
use crate::vocabulary::ConnId;

/// All connections, and how many there are of each address.
#[derive(Default)]
pub(super) struct Table {
    slots: Vec<Option<Box<Connection>>>,
    per_address: Shares,
    /// Those of them for whom no token speaks.
    strangers: Shares,
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
            self.per_address.remove(address);
            if !connection.is_vouched {
                self.strangers.remove(address);
            }
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
        self.per_address.addresses()
    }

    /// Whether what is left is kept for those for whom a token speaks, and for addresses that have little.
    pub(super) fn is_scarce(&self, config: &Config) -> bool {
        self.len > config.for_strangers(config.max_connections)
    }

    /// Counts a connection under an address. Whether there may be one more.
    pub(super) fn count(&mut self, conn: ConnId, address: AddressKey, config: &Config) -> bool {
        let all =
            Share { per_address: config.max_connections_per_address, site_addresses: config.site_addresses };
        // It is among them already.
        let before = self.len.saturating_sub(1);
        let strangers = Share::while_taken(config, all.per_address, before, config.max_connections);
        let Some(connection) = self.get_mut(conn) else { return false };
        let is_vouched = connection.is_vouched;
        let fits = is_vouched || self.strangers.has_place(address, strangers);
        if !fits || !self.per_address.has_place(address, all) {
            return false;
        }
        self.per_address.add(address);
        if !is_vouched {
            self.strangers.add(address);
        }
        if let Some(connection) = self.get_mut(conn) {
            connection.counted = Some(address);
        }
        true
    }

    /// A token speaks for whoever is connected here.
    pub(super) fn vouch(&mut self, conn: ConnId) {
        let Some(connection) = self.get_mut(conn).filter(|connection| !connection.is_vouched) else { return };
        connection.is_vouched = true;
        if let Some(address) = connection.counted {
            self.strangers.remove(address);
        }
    }

    pub(super) fn check_invariants(&self) {
        let timed = |connection: &Connection| !connection.is_waiting() || connection.timer.is_some();
        assert!(self.slots.iter().flatten().all(|it| timed(it)), "who waits for an answer has a deadline");
        let there = self.slots.iter().flatten().count();
        assert_eq!(there, self.len, "the count of connections is true");
        let counted = self.slots.iter().flatten().filter(|connection| connection.counted.is_some()).count();
        assert_eq!(self.per_address.total(), counted, "connections are counted by address");
        let is_stranger = |it: &Connection| it.counted.is_some() && !it.is_vouched;
        let strangers = self.slots.iter().flatten().filter(|it| is_stranger(it)).count();
        assert_eq!(self.strangers.total(), strangers, "and so are those for whom no token speaks");
    }
}
