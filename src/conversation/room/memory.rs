//! What a room gives up when memory ends: first translations, which can be had again, then the oldest messages. Nothing
//! that somebody has not received, and nothing that somebody was promised.
//!
//! The store keeps what is dropped here; whoever comes later is told where the log begins.

use super::super::message::Message;
use super::super::reader::Reader;
use super::super::{ClientKey, Role};
use super::{Member, Room, Status};
use crate::config::Config;

impl Room {
    /// Gives up what everybody has until `bytes` more fit below `limit`: translations, which can be had again, before
    /// messages from the front. Whether they fit now.
    pub fn make_room(&mut self, bytes: usize, limit: usize) -> bool {
        if self.text_bytes + bytes > limit {
            self.evict_translations();
        }
        let past = self.everybody_past();
        while self.text_bytes + bytes > limit {
            if self.drop_read(past).is_none() {
                return false;
            }
        }
        self.bound_log();
        true
    }

    /// Drops what everybody has from the front, at least one message, until no more than `level` bytes of text are left;
    /// keeps `kept` bytes of them whatever happens. Those who wrote the dropped messages or whom alone they were for are
    /// added to `concerned`, once for each, where people are counted by what they said: in a room that is open to
    /// visitors. Returns the bytes given back.
    pub fn drop_read_to(&mut self, level: usize, kept: usize, concerned: &mut Vec<ClientKey>) -> usize {
        let (before, past) = (self.text_bytes, self.everybody_past());
        while let Some(first) = self.log.message(self.log.first_id()).map(Message::bytes) {
            // The names of what was dropped are no words that anybody could read.
            if self.text_bytes - self.name_bytes - first < kept {
                break;
            }
            let Some((writer, addressee)) = self.drop_read(past) else { break };
            if self.status == Status::Open {
                concerned.push(writer);
                concerned.extend(addressee);
            }
            if self.text_bytes <= level {
                break;
            }
        }
        self.bound_log();
        before - self.text_bytes
    }

    /// Drops the first message, if everybody has had it and whatever they were promised of it. Who wrote it, and for whom.
    fn drop_read(&mut self, everybody_past: u64) -> Option<(ClientKey, Option<ClientKey>)> {
        // Whoever was told that a translation is pending shall hear what became of it. Visitors are told nothing twice.
        if self.status != Status::Open && self.is_promised(self.log.first_id()) {
            return None;
        }
        self.drop_front(everybody_past)
    }

    /// Drops the first message, if everybody is past it. Who wrote it, and for whom.
    pub(super) fn drop_front(&mut self, everybody_past: u64) -> Option<(ClientKey, Option<ClientKey>)> {
        let concerned = self.take_front(everybody_past)?;
        let first_id = self.log.first_id();
        for reader in self.readers.iter_mut().filter(|reader| !reader.owed.is_empty()) {
            reader.owed.retain(|owed| owed.id >= first_id);
        }
        Some(concerned)
    }

    /// Takes the first message out of the log, if everybody is past it, and keeps its name. Who wrote it, and for whom.
    pub(super) fn take_front(&mut self, everybody_past: u64) -> Option<(ClientKey, Option<ClientKey>)> {
        let message = self.log.drop_front(everybody_past)?;
        self.text_bytes -= message.bytes();
        if let Some(reference) = message.reference {
            self.keep_name(message.writer, reference);
        }
        Some((message.writer, message.addressee))
    }

    /// Whether a reader was told that a translation of this message is pending, on this connection or on an earlier one,
    /// and has not been told yet what became of it.
    fn is_promised(&self, id: u64) -> bool {
        self.readers.iter().filter(|reader| reader.updates).any(|reader| {
            let owed = reader.is_promised(id);
            let pending = self.reads(reader, id).is_some_and(|to| self.is_pending(id, to));
            let ahead = || self.log.settles_from(reader.cursor, id);
            owed || (id <= reader.had_up_to && (pending || ahead()))
        })
    }

    /// Remembers the name of a dropped message for a while, so that the same message sent again is not appended again.
    pub(super) fn keep_name(&mut self, writer: ClientKey, name: Box<str>) {
        self.count_names(2 * name.len(), 0);
        self.dropped_names.push_back((writer, name));
        if self.dropped_names.len() > Config::MAX_DROPPED_NAMES
            && let Some(oldest) = self.dropped_names.pop_front()
        {
            self.count_names(0, 2 * oldest.1.len());
            self.references.remove(&oldest);
        }
    }

    fn count_names(&mut self, more: usize, less: usize) {
        self.text_bytes = self.text_bytes + more - less;
        self.name_bytes = self.name_bytes + more - less;
    }

    /// The position every member is known to be past, and some agent, even if there is none now. Visitors count while
    /// they are here.
    fn everybody_past(&self) -> u64 {
        if self.status == Status::Open {
            return self.readers.iter().map(|reader| reader.cursor).min().unwrap_or(self.log.end());
        }
        let next_agent = self.member_as(Role::Agent).is_none().then_some(self.agents_got_to);
        self.members.iter().map(|member| self.past(member)).chain(next_agent).min().unwrap_or(0)
    }

    pub(super) fn past(&self, member: &Member) -> u64 {
        let readers = self.readers.iter().filter(|reader| reader.client == member.client);
        readers.map(|reader| reader.cursor).min().unwrap_or(member.got_to)
    }

    /// Forgets translations that everybody has read and nobody is owed. Returns the bytes given back.
    ///
    /// Goes on where it ended last time, so that a full room does not look at its whole log for every message.
    pub fn evict_translations(&mut self) -> usize {
        let (past, mut freed) = (self.everybody_past(), 0);
        for id in self.evicted_to.max(self.log.first_id())..=self.log.last_id() {
            let is_owed = |reader: &Reader| reader.owed.iter().any(|owed| owed.id == id);
            let owed = self.status != Status::Open && self.readers.iter().any(is_owed);
            let Some(message) = self.log.message_mut(id).filter(|message| message.entry < past) else {
                break;
            };
            // What is owed and there waits to be read; what is owed because it failed may stay owed for ever.
            if owed && message.has_evictable() {
                break;
            }
            freed += message.evict_translations();
            self.evicted_to = id + 1;
        }
        self.text_bytes -= freed;
        freed
    }
}
