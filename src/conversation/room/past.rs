//! What a room was when the process ended, put together again from what was stored. Nothing is wanted and nobody is
//! told: people come back by themselves.

use std::sync::Arc;

use super::super::message::{Draft, Message, Settled};
use super::super::{ClientKey, Role};
use super::{Member, Room};
use crate::vocabulary::{Language, Millis};

impl Room {
    /// Somebody was a member.
    pub fn restore_member(&mut self, client: ClientKey, role: Role, language: Option<Language>) {
        self.past_members.retain(|past| *past != client);
        self.members.push(Member { client, role, language, got_to: 0 });
    }

    /// A member read this language.
    pub fn restore_language(&mut self, client: ClientKey, language: Language) {
        if let Some(member) = self.members.iter_mut().find(|member| member.client == client) {
            member.language = Some(language);
        }
    }

    /// A message was in the log. What no longer fits below `limit` had been read by everybody, or the room would have
    /// refused what came behind it.
    pub fn restore_message(&mut self, draft: Draft, limit: usize) {
        let bytes = draft.bytes();
        while self.text_bytes + bytes > limit && self.drop_front(u64::MAX).is_some() {}
        self.text_bytes += bytes;
        let (writer, reference) = (draft.writer, draft.reference.clone());
        let id = self.log.append(draft);
        if let Some(message) = self.log.message_mut(id) {
            message.is_of_the_past = true;
        }
        if let Some(reference) = reference {
            self.references.insert((writer, reference), id);
        }
    }

    /// The log begins with this message: what stands before it had been received. Those who wrote that or whom alone it was
    /// for, once for each.
    pub fn restore_beginning(&mut self, id: u64) -> Vec<ClientKey> {
        let mut concerned = Vec::new();
        while self.log.first_id() < id
            && let Some((writer, addressee)) = self.drop_front(u64::MAX)
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
        while before - self.text_bytes < bytes && self.drop_front(u64::MAX).is_some() {}
        before - self.text_bytes
    }

    /// Forgets every translation that is done; who comes back asks again.
    pub fn forget_translations(&mut self) {
        let freed: usize = self.log.messages_mut().map(Message::evict_translations).sum();
        self.text_bytes -= freed;
    }

    /// Wants what may have been pending when the process ended: somebody who has come back may have been told so, and
    /// waits for an update. What had ended then is known and not asked for again.
    pub(super) fn want_what_was_pending(&mut self, deadline: Millis) {
        let Some(reader) = self.readers.last() else { return };
        let of_the_past = self.log.messages().filter(|message| message.is_of_the_past);
        let wanted: Vec<(u64, Language)> =
            of_the_past.filter_map(|message| Some((message.id, reader.reads(message)?))).collect();
        for (id, language) in wanted {
            if !self.want(id, language, deadline)
                && !self.will_come_to_its_end(id, language)
                && self.owes_an_end(id, language)
            {
                self.log.append_settled(id, language);
            }
        }
    }

    /// Whether the reader who has just come has the failure of a past translation ahead of them.
    fn will_come_to_its_end(&self, id: u64, language: Language) -> bool {
        let has_failed = self.log.message(id).is_some_and(|message| message.has_past_failure(language));
        has_failed && self.readers.last().is_some_and(|reader| self.log.settles_from(reader.cursor, id))
    }

    /// Whether a message was asked for while its language was a guess, and turned out to be in the reader's; or had
    /// failed, and may have been asked for once more. Tells once.
    fn owes_an_end(&mut self, id: u64, language: Language) -> bool {
        let Some(message) = self.log.message_mut(id) else { return false };
        if message.is_plain_in(language) {
            return std::mem::take(&mut message.was_relabelled);
        }
        message.take_past_failure(language)
    }

    /// A translation had ended, or was written with the message and is no entry of its own. One that was pending is not stored and counts as never asked for.
    pub fn restore_settled(&mut self, id: u64, to: Language, settled: Settled) {
        let Some(message) = self.log.message_mut(id) else { return };
        // What is known of it from before: it had failed, and was asked for once more.
        let before = message.bytes();
        message.forget(to);
        if let Settled::Written(text) = &settled {
            message.write_translation(to, Arc::clone(text));
        } else {
            message.want(to);
        }
        self.text_bytes = self.text_bytes - before + message.bytes();
        let has_failed = matches!(settled, Settled::Failed { .. });
        self.settle(id, to, settled);
        if let Some(message) = self.log.message_mut(id).filter(|_| has_failed) {
            message.note_past_failure(to);
        }
    }
}
