//! What a room gives up when memory ends: first translations, which can be had again, then the oldest messages. Nothing
//! that somebody has not received.
//!
//! The store keeps what is dropped here; whoever comes later is told where the log begins.

use super::super::message::Message;
use super::super::{ClientKey, Role};
use super::{Member, Room, Status};
use crate::config::Config;

/// No more of what is young is safe than one part in so many of what may be held in all.
const YOUNG_SHARE: usize = 4;

/// What was said a moment ago: it may be on its way to a connection that broke, which is noticed only later.
#[derive(Clone, Copy, Debug)]
pub struct Young {
    /// Said after this, in milliseconds of Unix time.
    pub(in super::super) since_unix_ms: u64,
    /// And not after this: the clock may have been set back.
    pub(in super::super) until_unix_ms: u64,
    /// No more of it is safe in each room than these bytes, those said last.
    pub(in super::super) bytes: usize,
}

impl Young {
    /// Now, by Unix time, where `limit` bytes of text may be held.
    pub fn new(unix_ms: u64, config: &Config, limit: usize) -> Self {
        Self {
            since_unix_ms: unix_ms.saturating_sub(config.pong_timeout_ms.0),
            until_unix_ms: unix_ms,
            bytes: config.high_water_bytes.min(limit / YOUNG_SHARE),
        }
    }
}

impl Young {
    /// Whether this was a moment ago, in milliseconds of Unix time.
    pub(in super::super) fn was(&self, at_unix_ms: u64) -> bool {
        self.since_unix_ms < at_unix_ms && at_unix_ms <= self.until_unix_ms
    }
}

impl Room {
    /// Gives up what everybody has until `bytes` more fit below `limit`: translations, which can be had again, before
    /// messages from the front. Whether they fit now.
    pub fn make_room(&mut self, bytes: usize, limit: usize, young: Young) -> bool {
        if self.text_bytes + bytes > limit {
            self.drop_translations();
        }
        while self.text_bytes + bytes > limit {
            if self.drop_read(young).is_none() {
                return false;
            }
        }
        true
    }

    /// Drops what everybody has from the front until at least `bytes` are given back; `kept` bytes of what was said last
    /// stay whatever happens. Those who wrote the dropped messages or whom alone they were for are added to `concerned`,
    /// once for each, where people are counted by what they said: in a room that is open to visitors. Returns the bytes
    /// given back.
    pub fn give_up(
        &mut self,
        bytes: usize,
        kept: usize,
        young: Young,
        concerned: &mut Vec<ClientKey>,
    ) -> usize {
        let before = self.text_bytes;
        while self.bytes_behind_first().is_some_and(|left| left >= kept)
            && let Some((writer, addressee)) = self.drop_read(young)
        {
            if self.status == Status::Open {
                concerned.push(writer);
                concerned.extend(addressee);
            }
            if before - self.text_bytes >= bytes {
                break;
            }
        }
        before - self.text_bytes
    }

    /// The text behind the first message. The names of what was dropped are no words that anybody could read.
    pub(in super::super) fn bytes_behind_first(&self) -> Option<usize> {
        let first = self.log.message(self.log.first_id())?;
        Some(self.text_bytes - self.name_bytes - first.bytes())
    }

    /// When the first message was said, in milliseconds of Unix time.
    pub(in super::super) fn first_said(&self) -> Option<u64> {
        self.log.message(self.log.first_id()).map(|first| first.at_unix_ms)
    }

    fn is_young(&self, first: &Message, young: Young) -> bool {
        young.was(first.at_unix_ms) && self.text_bytes - self.name_bytes <= young.bytes
    }

    /// Drops the first message, if everybody has had it and whatever became of it. Who wrote it, and for whom.
    fn drop_read(&mut self, young: Young) -> Option<(ClientKey, Option<ClientKey>)> {
        let first = self.log.message(self.log.first_id())?;
        let may_go = !self.is_young(first, young) && self.everybody_has(first);
        if may_go { self.drop_front() } else { None }
    }

    /// Whoever was told that a translation is pending shall hear what became of it; visitors are told nothing twice, and
    /// count while they are here. While there is no agent, the next one still has to read the rest.
    fn everybody_has(&self, message: &Message) -> bool {
        if self.status == Status::Open {
            return self.readers.iter().all(|reader| reader.has(message));
        }
        let next_agent = self.member_as(Role::Agent).is_none().then_some(self.agents_got_to);
        next_agent.is_none_or(|got_to| message.last_revision() <= got_to)
            && self.members.iter().all(|member| self.member_has(member, message))
    }

    /// What was sent to a connection that broke may never have arrived: only `after` proves it.
    fn member_has(&self, member: &Member, message: &Message) -> bool {
        let mut readers = self.readers.iter().filter(|reader| reader.client == member.client).peekable();
        match readers.peek() {
            Some(_) => readers.all(|reader| reader.has(message)),
            None => message.last_revision() <= member.got_to,
        }
    }

    /// Drops the first message. Who wrote it, and for whom.
    pub(super) fn drop_front(&mut self) -> Option<(ClientKey, Option<ClientKey>)> {
        let message = self.log.drop_front()?;
        self.text_bytes -= message.bytes();
        if let Some(reference) = message.reference {
            self.keep_name(message.writer, reference);
        }
        let first_id = self.log.first_id();
        for reader in self.readers.iter_mut().filter(|reader| !reader.ahead.is_empty()) {
            reader.ahead.retain(|ahead| ahead.id >= first_id);
        }
        Some((message.writer, message.addressee))
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

    /// The revision every member is known to be past, and some agent, even if there is none now. Visitors count while
    /// they are here.
    fn everybody_past(&self) -> u64 {
        if self.status == Status::Open {
            return self.readers.iter().map(|reader| reader.position).min().unwrap_or(self.log.revision());
        }
        let next_agent = self.member_as(Role::Agent).is_none().then_some(self.agents_got_to);
        self.members.iter().map(|member| self.past(member)).chain(next_agent).min().unwrap_or(0)
    }

    /// The revision a member is known to be past.
    pub(super) fn past(&self, member: &Member) -> u64 {
        let readers = self.readers.iter().filter(|reader| reader.client == member.client);
        readers.map(|reader| reader.position).min().unwrap_or(member.got_to)
    }

    /// Drops the texts of translations that everybody has read. Returns the bytes given back.
    ///
    /// Goes on where it ended last time, so that a full room does not look at its whole log for every message.
    pub fn drop_translations(&mut self) -> usize {
        let (past, mut freed) = (self.everybody_past(), 0);
        let readers = &self.readers;
        let is_awaited =
            |message: &Message, to| readers.iter().any(|reader| reader.updates && reader.awaits(message, to));
        for id in self.dropped_to.max(self.log.first_id())..=self.log.last_id() {
            let Some(message) = self.log.message_mut(id).filter(|message| message.revision <= past) else {
                break;
            };
            freed += message.drop_translations(is_awaited);
            if message.has_droppable() {
                break;
            }
            self.dropped_to = id + 1;
        }
        self.text_bytes -= freed;
        freed
    }
}
