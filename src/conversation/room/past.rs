//! Where a log begins, and what a start gives up that has less memory than the process before.

use super::super::ClientKey;
use super::super::message::Message;
use super::Room;

impl Room {
    /// The log begins with this message: what stands before it had been received. Those who wrote that or whom alone it was
    /// for, once for each.
    pub(in super::super) fn begin_at(&mut self, id: u64) -> Vec<ClientKey> {
        let mut concerned = Vec::new();
        while self.log.first_id() < id
            && let Some((writer, addressee)) = self.drop_front()
        {
            concerned.push(writer);
            concerned.extend(addressee);
        }
        self.log.begin_at(id.max(self.log.first_id()));
        concerned
    }

    /// Whether a message stands before the beginning of the log; then only its name is kept.
    pub(in super::super) fn keep_name_before_log(
        &mut self,
        id: u64,
        writer: ClientKey,
        reference: Option<&str>,
    ) -> bool {
        let is_dropped = id < self.log.first_id();
        let unknown = |name: &&str| self.referred(writer, name).is_none();
        if let Some(name) = reference.filter(|_| is_dropped).filter(unknown) {
            self.references.insert((writer, name.into()), id);
            self.keep_name(writer, name.into());
        }
        is_dropped
    }

    /// Drops messages from the front until `bytes` are given back or there are none. Returns the bytes given back.
    pub fn forget_front(&mut self, bytes: usize) -> usize {
        let before = self.text_bytes;
        while before - self.text_bytes < bytes && self.drop_front().is_some() {}
        before - self.text_bytes
    }

    /// Drops the text of every translation that is done; who comes back asks again.
    pub fn forget_translations(&mut self) {
        let all = |message: &mut Message| message.drop_translations(|_, _| false);
        let freed: usize = self.log.messages_mut().map(all).sum();
        self.text_bytes -= freed;
    }
}
