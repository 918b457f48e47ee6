//! The virtual disk, and what the shell does when it fails: a turn that has something to store is held whole until that
//! is stored; what goes to a connection that has something held waits behind it; no call starts meanwhile.
//!
//! It fails for a moment at a time, in which people write, come and look; then it recovers, or the process dies and what
//! was held never was. The model overhears what leaves, so it hears of held answers when they leave, or never.

use dragoman::event::{ConnId, Effect, Event};
use dragoman::record::Record;

use super::world::World;

/// What survives, and what waits to.
#[derive(Default)]
pub(crate) struct Disk {
    /// Stored, in order.
    pub(crate) records: Vec<Record>,
    fails: bool,
    /// The core was told so.
    is_down: bool,
    held: Vec<Effect>,
}

impl Disk {
    /// The process dies: what was held is lost, and the disk works again. Returns what was stored.
    pub(crate) fn crash(&mut self) -> Vec<Record> {
        self.held.clear();
        (self.fails, self.is_down) = (false, false);
        self.records.clone()
    }

    /// Whether what the core does now may be forgotten, and it knows.
    pub(crate) fn is_known_to_fail(&self) -> bool {
        self.fails && self.is_down
    }

    fn holds_for(&self, conn: ConnId) -> bool {
        self.held.iter().any(|held| match held {
            Effect::Send { conn: other, .. } | Effect::Close { conn: other, .. } => *other == conn,
            Effect::StartJob { .. } | Effect::CancelJob { .. } | Effect::Store(_) => false,
        })
    }

    fn must_wait(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Send { conn, .. } | Effect::Close { conn, .. } => self.holds_for(*conn),
            Effect::StartJob { .. } | Effect::CancelJob { .. } => !self.held.is_empty(),
            Effect::Store(_) => true,
        }
    }
}

impl World {
    /// Stores what an event wants stored, then does the rest. Whether the store has just failed.
    pub(crate) fn commit(&mut self, effects: Vec<Effect>) -> bool {
        let stores = effects.iter().any(|effect| matches!(effect, Effect::Store(_)));
        if !self.disk.fails {
            effects.into_iter().for_each(|effect| self.apply(effect));
            return false;
        }
        for effect in effects {
            if stores || self.disk.must_wait(&effect) {
                self.disk.held.push(effect);
            } else {
                self.apply(effect);
            }
        }
        stores && !std::mem::replace(&mut self.disk.is_down, true)
    }

    /// The disk fails, people go on, and it recovers; or the process dies before it does.
    pub(crate) fn disk_fails_for_a_moment(&mut self) {
        if self.is_calm || self.stopping {
            return;
        }
        self.pump();
        self.disk.fails = true;
        for _ in 0..3 {
            match self.dice.below(4) {
                0 => self.somebody_bursts(),
                1 => self.says_again(),
                2 => self.device_opens(),
                _ => self.somebody_writes(),
            }
            self.pump();
        }
        if self.dice.percent(50) {
            self.crash();
        } else {
            self.disk_recovers();
        }
    }

    /// What had to wait is stored, and leaves in order.
    fn disk_recovers(&mut self) {
        self.disk.fails = false;
        for effect in std::mem::take(&mut self.disk.held) {
            self.apply(effect);
        }
        if std::mem::take(&mut self.disk.is_down) {
            self.handle(Event::StoreUp);
        }
        self.pump();
    }
}
