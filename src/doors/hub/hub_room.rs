//! What the hub remembers of a room beside its log: who is in it, and what was encoded for whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::people::Person;
use super::protocol::{Crowd, Gap, RoomStats, Said};
use crate::config::Config;
use crate::conversation::{ClientKey, Message, Reader, Room, Shown, Step};
use crate::doors::json;
use crate::vocabulary::{Language, Millis};
use crate::wire::date;
use crate::wire::websocket::text_frame;

/// One room of the hub.
pub(super) struct HubRoom {
    pub(super) name: Arc<str>,
    /// Who is here, and on how many connections each.
    pub(super) members: BTreeMap<ClientKey, usize>,
    /// Most members there ever were at a time.
    peak: usize,
    minute: Minute,
    /// Messages appended since the store was last told that nothing is left of the log there was.
    since_turn: usize,
    frames: Frames,
    /// Who came to a crowd and left it, not told yet.
    pub(super) turnover: Turnover,
}

impl HubRoom {
    pub(super) fn new(name: Arc<str>) -> Self {
        Self {
            name,
            members: BTreeMap::new(),
            peak: 0,
            minute: Minute::default(),
            since_turn: 0,
            frames: Frames::default(),
            turnover: Turnover::default(),
        }
    }

    /// Whether somebody would be one member too many. Whoever is one already may have lost their connection unnoticed.
    pub(super) fn is_full_for(&self, client: Option<ClientKey>, config: &Config) -> bool {
        let is_member = client.is_some_and(|client| self.members.contains_key(&client));
        !is_member && self.members.len() >= config.max_hub_members
    }

    /// Somebody opens a connection; whether it is their first here.
    pub(super) fn enter(&mut self, client: ClientKey) -> bool {
        let count = self.members.entry(client).or_default();
        *count += 1;
        let is_first = *count == 1;
        self.peak = self.peak.max(self.members.len());
        is_first
    }

    /// Somebody closes a connection; whether it was their last here.
    pub(super) fn exit(&mut self, client: ClientKey) -> bool {
        let Some(count) = self.members.get_mut(&client) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            self.members.remove(&client);
        }
        if self.members.is_empty() {
            self.frames = Frames::default();
        }
        is_last
    }

    /// Counts a message; whether the log has turned over since this was last said: whatever stood in it has left it, and its
    /// name (`ref`) is forgotten as well.
    pub(super) fn note_message(&mut self, now: Millis, log_messages: usize) -> bool {
        self.minute.count(now);
        self.since_turn += 1;
        let has_turned = self.since_turn >= log_messages + Config::MAX_DROPPED_NAMES;
        if has_turned {
            self.since_turn = 0;
        }
        has_turned
    }

    /// Forgets what was encoded: it is to be shown no more.
    pub(super) fn forget_frames(&mut self) {
        self.frames = Frames::default();
    }

    pub(super) fn stats<'a>(&'a self, room: &Room, now: Millis) -> RoomStats<'a> {
        RoomStats {
            room: &self.name,
            members: self.members.len(),
            members_max: self.peak,
            messages: room.log.last_id(),
            messages_last_minute: self.minute.sum(now),
            log_messages: room.log.message_count(),
            log_bytes: room.text_bytes(),
        }
    }

    /// Whether a message was written just now, on the connection at a place, to somebody who is away.
    fn waits_for_addressee(&self, room: &Room, place: usize, id: u64) -> bool {
        let (Some(message), Some(reader)) = (room.log.message(id), room.readers.get(place)) else {
            return false;
        };
        let is_away = |addressee| !self.members.contains_key(&addressee);
        message.written_on == Some(reader.conn) && message.addressee.is_some_and(is_away)
    }

    /// What the reader at a place is sent of a step. Visitors take no updates, and who comes and goes is told otherwise.
    pub(super) fn render(
        &mut self,
        room: &Room,
        place: usize,
        step: &Step,
        people: &BTreeMap<ClientKey, Person>,
    ) -> Bytes {
        match step {
            Step::Message(id, shown) => {
                let waits = self.waits_for_addressee(room, place, *id);
                self.frames.of(room, place, *id, shown, people, waits).unwrap_or_default()
            }
            Step::Gap { from, to } => {
                text_frame(&json(&Gap { r#type: "system", code: "gap", from: *from, to: *to }))
            }
            Step::Update(..) | Step::Notice(_) | Step::Ended(_) => Bytes::new(),
        }
    }
}

/// Messages encoded lately: many readers share one frame.
#[derive(Default)]
struct Frames {
    /// The one asked for last, which the next reader wants as well.
    last: Option<(FrameKey, Bytes)>,
    recent: BTreeMap<FrameKey, Bytes>,
}

type FrameKey = (u64, Form);

/// In how many ways a message is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    AsWritten,
    Untranslated,
    In(Language),
}

impl Frames {
    /// The frame one reader gets of a message. Only who wrote it finds their own name for it, in a frame of their own.
    fn of(
        &mut self,
        room: &Room,
        place: usize,
        id: u64,
        shown: &Shown,
        people: &BTreeMap<ClientKey, Person>,
        waits: bool,
    ) -> Option<Bytes> {
        let (reader, message) = (room.readers.get(place)?, room.log.message(id)?);
        let reference = message.reference.as_deref().filter(|_| message.writer == reader.client);
        if reference.is_some() || waits {
            return encode(reader, message, shown, reference, people, waits);
        }
        let key = (id, form(reader, shown));
        if let Some((_, frame)) = self.last.as_ref().filter(|(last, _)| *last == key) {
            return Some(frame.clone());
        }
        let frame = match self.recent.get(&key) {
            Some(frame) => frame.clone(),
            None => {
                let frame = encode(reader, message, shown, None, people, false)?;
                self.recent.insert(key, frame.clone());
                if self.recent.len() > Config::MAX_HUB_FRAMES {
                    self.recent.pop_first();
                }
                frame
            }
        };
        self.last = Some((key, frame.clone()));
        Some(frame)
    }
}

fn form(reader: &Reader, shown: &Shown) -> Form {
    match (shown, reader.language) {
        (Shown::Translated { .. }, Some(language)) => Form::In(language),
        (Shown::Untranslated, Some(_)) => Form::Untranslated,
        _ => Form::AsWritten,
    }
}

fn encode(
    reader: &Reader,
    message: &Message,
    shown: &Shown,
    reference: Option<&str>,
    people: &BTreeMap<ClientKey, Person>,
    waits: bool,
) -> Option<Bytes> {
    let writer = people.get(&message.writer)?;
    let (content, original, language) = match shown {
        Shown::Translated { text, .. } => (&**text, Some(&*message.text), reader.language),
        _ => (&*message.text, None, message.language),
    };
    let to = message.addressee.and_then(|addressee| people.get(&addressee));
    Some(text_frame(&json(&Said {
        r#type: "chat",
        user_id: &writer.user,
        username: &message.from,
        verified: writer.verified,
        to: to.map(|person| &*person.user),
        delivered: !waits,
        content,
        original,
        language,
        untranslated: *shown == Shown::Untranslated && reader.language.is_some(),
        rough: shown.is_rough(),
        timestamp: &date::rfc3339(message.at_unix_ms),
        id: message.id,
        reference,
    })))
}

/// How many came and left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Turnover {
    joined: u64,
    left: u64,
}

impl Turnover {
    pub(super) fn of(came: bool) -> Self {
        Self { joined: u64::from(came), left: u64::from(!came) }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.joined += other.joined;
        self.left += other.left;
    }

    /// What there is to tell, if there is anything.
    pub(super) fn take(&mut self) -> Option<Self> {
        let taken = std::mem::take(self);
        (taken != Self::default()).then_some(taken)
    }

    pub(super) fn event(self, members: usize) -> Crowd {
        Crowd { r#type: "system", code: "members", joined: self.joined, left: self.left, members }
    }
}

/// Messages of the last minute, by the second.
struct Minute {
    counts: [u32; 60],
    /// The second counted last.
    second: u64,
}

impl Default for Minute {
    fn default() -> Self {
        Self { counts: [0; 60], second: 0 }
    }
}

impl Minute {
    fn count(&mut self, now: Millis) {
        let second = now.0 / 1000;
        if second - self.second >= 60 {
            self.counts = [0; 60];
        } else {
            for passed in self.second + 1..=second {
                self.counts[place(passed)] = 0;
            }
        }
        self.second = second;
        self.counts[place(second)] += 1;
    }

    fn sum(&self, now: Millis) -> u64 {
        let second = now.0 / 1000;
        let oldest = (second + 1).saturating_sub(60);
        let from = (self.second + 1).saturating_sub(60).max(oldest);
        (from..=self.second).map(|second| u64::from(self.counts[place(second)])).sum()
    }
}

fn place(second: u64) -> usize {
    usize::try_from(second % 60).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_forgets_by_the_second() {
        let mut minute = Minute::default();
        let at = Millis::from_secs;
        for second in [0, 0, 30, 59] {
            minute.count(at(second));
        }
        assert_eq!(minute.sum(at(59)), 4);
        assert_eq!(minute.sum(at(60)), 2);
        assert_eq!(minute.sum(at(89)), 2);
        assert_eq!(minute.sum(at(90)), 1);
        minute.count(at(100));
        assert_eq!(minute.sum(at(100)), 2);
        assert_eq!(minute.sum(at(1000)), 0);
        minute.count(at(5000));
        assert_eq!(minute.sum(at(5000)), 1);
    }
}
