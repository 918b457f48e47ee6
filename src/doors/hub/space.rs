//! How the logs of the hub stay within their limits: the front of a log goes, whoever has not had it. Who said what is
//! gone is forgotten, if nothing else keeps them.

use super::{Hub, protocol};
use crate::conversation::{ClientKey, MESSAGE_OVERHEAD_BYTES, Room, RoomKey};
use crate::doors::{Context, Denied};

impl Hub {
    /// Makes room for a text.
    ///
    /// # Errors
    /// 503 if nothing can go for it.
    pub(super) fn must_fit(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        bytes: usize,
    ) -> Result<(), Denied> {
        let bytes = bytes + MESSAGE_OVERHEAD_BYTES;
        if cx.make_space(bytes) {
            return Ok(());
        }
        // Where memory ends, the past of this room makes room for its present.
        let held = cx.rooms.room(key).map_or(0, Room::text_bytes);
        self.trim(cx, key, held / 2);
        cx.store_beginning(key);
        if cx.make_space(bytes) {
            Ok(())
        } else {
            Err(protocol::full("the server has no room for more text"))
        }
    }

    /// Keeps the log of a room within its limits.
    pub(super) fn trim(&mut self, cx: &mut Context<'_>, key: RoomKey, bytes: usize) {
        self.trim_to(cx, key, cx.config.max_hub_log_messages, bytes);
    }

    pub(super) fn trim_to(&mut self, cx: &mut Context<'_>, key: RoomKey, messages: usize, bytes: usize) {
        for client in self.drop_front(cx, key, messages, bytes) {
            self.forget_stranger(cx, client);
        }
    }

    /// The same, but forgets nobody: gives whom it concerns.
    pub(super) fn drop_front(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        messages: usize,
        bytes: usize,
    ) -> Vec<ClientKey> {
        let concerned = cx.rooms.edit(key, |room| room.trim(messages, bytes)).unwrap_or_default();
        concerned.iter().for_each(|client| self.count_dropped(*client));
        concerned
    }

    /// One message less that somebody wrote, or that was for them alone.
    pub(super) fn count_dropped(&mut self, client: ClientKey) {
        if let Some(person) = self.people.get_mut(&client) {
            person.in_logs = person.in_logs.saturating_sub(1);
        }
    }
}
