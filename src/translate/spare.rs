//! Work that must not cost anybody else anything: whether there is a worker with nothing to do, and whether one has
//! become wanted since.

use super::{Group, Translator};
use crate::config::Config;

impl Translator {
    /// Whether the engine asked first is well (or about to be) and a call more would keep nobody waiting.
    pub fn has_idle_worker(&self, config: &Config) -> bool {
        let mut usual = self.routes.usual().iter().map(|id| &self.engines[*id]);
        let first = usual.find(|engine| engine.health.accepts());
        self.queued() == 0 && first.is_some_and(|engine| engine.is_idle(config))
    }

    /// Whether anybody waits for a worker beside these groups.
    pub fn keeps_others_waiting(&self, groups: impl Iterator<Item = Group>) -> bool {
        let waiting: usize = self.engines.iter().map(|engine| engine.queue.len()).sum();
        let of = |group| self.engines.iter().map(|engine| engine.queue.len_of(group)).sum::<usize>();
        waiting > groups.map(of).sum()
    }
}
