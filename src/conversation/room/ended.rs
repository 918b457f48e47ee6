//! What is known of the translations of a message: they have ended, are not there yet, or had ended and were dropped.

use super::Room;
use crate::vocabulary::{Ended, Language};

impl Room {
    /// A translation has ended.
    pub(in super::super) fn apply_ended(&mut self, id: u64, to: Language, ended: Ended) {
        self.set_translation(id, to, Some(ended));
        if self.log.message(id).is_some() {
            self.log.stamp(id, to);
            self.dropped_to = self.dropped_to.min(id);
        }
    }

    /// A translation is not there, whatever is known of it from before. One that is under way is not there yet.
    pub(in super::super) fn apply_wanted(&mut self, id: u64, to: Language) {
        if !self.log.message(id).is_some_and(|message| message.is_pending_in(to)) {
            self.set_translation(id, to, None);
        }
    }

    fn set_translation(&mut self, id: u64, to: Language, ended: Option<Ended>) {
        let Some(message) = self.log.message_mut(id) else { return };
        let before = message.bytes();
        message.set(to, ended);
        self.text_bytes = self.text_bytes - before + message.bytes();
    }

    /// There was a translation, and there is no memory for it.
    pub fn drop_ended(&mut self, id: u64, to: Language) {
        if let Some(message) = self.log.message_mut(id) {
            let before = message.bytes();
            message.drop_translation(to);
            self.text_bytes = self.text_bytes - before + message.bytes();
        }
    }
}
