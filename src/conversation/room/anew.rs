//! What was translated before, was forgotten for want of memory, and is wanted once more.
//!
//! The store has the translation still. After a restart it would pass for one that everybody has been told of, and whoever
//! was told that it is pending would wait for ever: so it is written down that it is not there.

use super::{Room, Status};
use crate::vocabulary::Language;

impl Room {
    /// A translation is wanted that was not.
    pub(super) fn note_want(&mut self, id: u64, to: Language) {
        // Visitors are promised nothing.
        let promises = self.status != Status::Open;
        if promises && self.log.message(id).is_some_and(|message| message.was_evicted) {
            self.wanted_anew.push((id, to));
        }
    }

    /// Takes what is wanted anew and has not ended.
    pub fn take_wanted_anew(&mut self) -> Vec<(u64, Language)> {
        let mut anew = std::mem::take(&mut self.wanted_anew);
        anew.retain(|(id, to)| self.is_pending(*id, *to));
        anew
    }

    /// A translation was not there when the process ended, whatever is known of it from before.
    pub fn restore_unsettled(&mut self, id: u64, to: Language) {
        let Some(message) = self.log.message_mut(id) else { return };
        let before = message.bytes();
        message.forget(to);
        self.text_bytes = self.text_bytes - before + message.bytes();
    }

    /// There was a translation, and there is no memory for it.
    pub fn restore_evicted(&mut self, id: u64) {
        if let Some(message) = self.log.message_mut(id) {
            message.was_evicted = true;
        }
    }
}
