//! What a room was when the process ended, put together again from what was stored. Nothing is wanted and nobody is
//! told: people come back by themselves.

use super::super::message::{Draft, Message};
use super::super::{ClientKey, Correction, Role};
use super::{Member, Room};
use crate::vocabulary::{Ended, Language, Millis};

impl Room {
    /// Somebody was a member.
    pub fn restore_member(&mut self, client: ClientKey, role: Role, language: Option<Language>) {
        self.past_members.retain(|past| *past != client);
        self.members.push(Member { client, role, language, got_to: 0 });
    }

    /// A member read this language.
    pub fn restore_language(&mut self, client: ClientKey, language: Language) {
        self.set_language(client, language, Millis::ZERO);
        self.want_nothing();
    }

    /// What they had written was in this language.
    pub fn restore_correction(&mut self, client: ClientKey, language: Language, correction: Correction) {
        self.correct_language(client, language, correction, Millis::ZERO);
        self.want_nothing();
    }

    fn want_nothing(&mut self) {
        self.deadlines.clear();
        self.wanted_anew.clear();
        for (id, to) in std::mem::take(&mut self.wants) {
            if let Some(message) = self.log.message_mut(id) {
                message.unwant(to);
            }
        }
    }

    /// A message was in the log. A log has no holes: what stands before one is gone. What no longer fits below `limit` had
    /// been read by everybody, or the room would have refused what came behind it.
    pub fn restore_message(&mut self, id: u64, draft: Draft, limit: usize) {
        if id != self.log.last_id() + 1 {
            while self.drop_front().is_some() {}
            self.log.begin_at(id);
        }
        let bytes = draft.bytes();
        while self.text_bytes + bytes > limit && self.drop_front().is_some() {}
        self.text_bytes += bytes;
        let (writer, reference) = (draft.writer, draft.reference.clone());
        let id = self.log.append(draft);
        if let Some(reference) = reference {
            self.references.insert((writer, reference), id);
        }
    }

    /// The log begins with this message: what stands before it had been received. Those who wrote that or whom alone it was
    /// for, once for each.
    pub fn restore_beginning(&mut self, id: u64) -> Vec<ClientKey> {
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
    pub fn restore_name(&mut self, id: u64, writer: ClientKey, reference: Option<&str>) -> bool {
        let is_dropped = id < self.log.first_id();
        let unknown = |name: &&str| self.referred(writer, name).is_none();
        if let Some(name) = reference.filter(|_| is_dropped).filter(unknown) {
            self.references.insert((writer, name.into()), id);
            self.keep_name(writer, name.into());
        }
        is_dropped
    }

    /// Whether an agent is or was here, and may have read what was said.
    pub fn has_had_an_agent(&self) -> bool {
        self.member_as(Role::Agent).is_some() || !self.past_members.is_empty()
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

    /// A translation had ended, or was written with the message. One that was pending is not stored and counts as never
    /// asked for.
    pub fn restore_settled(&mut self, id: u64, to: Language, ended: Ended) {
        self.restore_reading(id, to, Some(ended));
        if self.log.message(id).is_some() {
            self.log.stamp(id, to);
            self.dropped_to = self.dropped_to.min(id);
        }
    }

    /// A translation was not there when the process ended, whatever is known of it from before.
    pub fn restore_unsettled(&mut self, id: u64, to: Language) {
        self.restore_reading(id, to, None);
    }

    /// There was a translation, and there is no memory for it.
    pub fn restore_dropped(&mut self, id: u64, to: Language) {
        self.restore_settled(id, to, Ended::Same);
        if let Some(message) = self.log.message_mut(id) {
            message.drop_translation(to);
        }
    }

    fn restore_reading(&mut self, id: u64, to: Language, ended: Option<Ended>) {
        let Some(message) = self.log.message_mut(id) else { return };
        let before = message.bytes();
        message.set(to, ended);
        self.text_bytes = self.text_bytes - before + message.bytes();
    }
}
