//! Work that must not cost anybody else anything: whether there is a worker with nothing to do, and whether one has
//! become wanted since.

use super::{Group, Translator};
use crate::config::Config;

impl Translator {
    /// Whether the service is well (or about to be) and a call more would keep nobody waiting.
    pub fn has_idle_worker(&self, config: &Config) -> bool {
        self.health.accepts() && self.queued() == 0 && self.running < usize::from(config.translate_workers)
    }

    /// Whether anybody waits for a worker beside these groups.
    pub fn keeps_others_waiting(&self, groups: impl Iterator<Item = Group>) -> bool {
        self.queue.len() > groups.map(|group| self.queue.len_of(group)).sum()
    }
}
