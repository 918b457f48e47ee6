//! What one side of a conversation may know of the other: whether they are here, whether they type, how far they have
//! read and were sent the log.
//!
//! None of it is stored or promised, and none of it is a step of the log. Agents come and go, and what was read or
//! delivered stays so: hence it is kept for the side and not for the person.

use super::super::notice::{Languages, Notice, NoticeKind};
use super::super::{ClientKey, Role};
use super::Room;
use crate::tools::known::known;
use crate::vocabulary::Millis;

/// All customers, or all agents, of a room.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Who types, and until when they are believed to without saying so again.
    typist: Option<(ClientKey, Millis)>,
    /// The highest message they say they have read.
    read: u64,
    /// The highest message of the others that was sent to a connection of theirs, with everything before it.
    delivered: u64,
    /// Whether that is more than when it was made known last.
    has_got_more: bool,
}

impl Side {
    /// A message of the other side has been sent, or is known to have arrived.
    pub(super) fn has_got(&mut self, id: u64) {
        self.has_got_more |= self.delivered < id;
        self.delivered = self.delivered.max(id);
    }
}

impl Room {
    // ---- what changes ----

    /// A member types until then, or no more.
    pub fn set_typing(&mut self, client: ClientKey, until: Option<Millis>) {
        let Some(role) = known(self.member(client).map(|member| member.role)) else { return };
        self.set_typist(role, until.map(|until| (client, until)));
    }

    /// Whoever has not said so again for long enough types no more.
    pub fn expire_typing(&mut self, now: Millis) {
        for role in [Role::Customer, Role::Agent] {
            if self.side(role).typist.is_some_and(|(_, until)| until <= now) {
                self.set_typist(role, None);
            }
        }
    }

    /// This member types no more: they have sent it, or are gone.
    pub(super) fn stop_typing(&mut self, client: ClientKey, role: Role) {
        if self.side(role).typist.is_some_and(|(typist, _)| typist == client) {
            self.set_typist(role, None);
        }
    }

    fn set_typist(&mut self, role: Role, typist: Option<(ClientKey, Millis)>) {
        let before = std::mem::replace(&mut self.side_mut(role).typist, typist);
        if before.map(|(client, _)| client) != typist.map(|(client, _)| client) {
            self.notify_others(role, NoticeKind::Typing);
        }
    }

    /// When the first of those who type is no longer believed to.
    pub fn next_typing_end(&self) -> Option<Millis> {
        self.sides.iter().filter_map(|side| side.typist).map(|(_, until)| until).min()
    }

    /// A member says that they have read everything up to a message of the log. What they said before stays true.
    pub fn set_read(&mut self, client: ClientKey, id: u64) {
        let Some(role) = known(self.member(client).map(|member| member.role)) else { return };
        if self.side(role).read < id {
            self.side_mut(role).read = id;
            self.notify_others(role, NoticeKind::Read);
        }
    }

    /// A connection of this side comes back and says which message it has.
    pub(super) fn note_had(&mut self, role: Role, after: u64) {
        let mut messages = self.log.messages().rev();
        let last = messages.find(|message| message.id <= after && message.role != role);
        let last = last.map_or(0, |message| message.id);
        self.sides[role as usize].has_got(last);
    }

    /// Whether somebody who understands updates is still to be told how far the other side was sent the log. To be asked
    /// when all readers have advanced, so that one telling is enough.
    pub fn notify_delivered(&mut self) -> bool {
        let is_more =
            self.sides.iter_mut().fold(false, |any, side| any | std::mem::take(&mut side.has_got_more));
        // Else each step of one reader would cost as much as there are others.
        if !is_more {
            return false;
        }
        let mut any = false;
        for reader in self.readers.iter_mut().filter(|reader| reader.updates) {
            if reader.noticed.delivered < self.sides[reader.role.other() as usize].delivered {
                reader.notices.add(NoticeKind::Delivered);
                any = true;
            }
        }
        any
    }

    /// The readers who are not of this side are to be told something.
    pub(super) fn notify_others(&mut self, role: Role, kind: NoticeKind) {
        for reader in self.readers.iter_mut().filter(|reader| reader.role != role) {
            reader.notices.add(kind);
        }
    }

    /// Every reader is to be told how the room stands.
    pub fn notify_status(&mut self) {
        self.notify_all(NoticeKind::Status);
    }

    /// Every reader is to be told something.
    pub fn notify_all(&mut self, kind: NoticeKind) {
        self.readers.iter_mut().for_each(|reader| reader.notices.add(kind));
    }

    /// The same, but agents only.
    pub fn notify_agents(&mut self, kind: NoticeKind) {
        let agents = self.readers.iter_mut().filter(|reader| reader.role == Role::Agent);
        agents.for_each(|reader| reader.notices.add(kind));
    }

    /// Every reader is to be told whose language is another one now.
    pub fn notify_languages(&mut self) {
        for reader in &mut self.readers {
            reader.notices.add(NoticeKind::Language);
        }
    }

    /// What the members read.
    pub(super) fn languages(&self) -> Languages {
        [Role::Customer, Role::Agent].map(|role| {
            let member = self.member_as(role)?;
            Some((member.client, member.language?))
        })
    }

    pub(super) fn side(&self, role: Role) -> &Side {
        &self.sides[role as usize]
    }

    pub(super) fn side_mut(&mut self, role: Role) -> &mut Side {
        &mut self.sides[role as usize]
    }

    // ---- what is told ----

    /// What this reader is to be told before the next step, if that is news to them.
    pub fn next_notice(&mut self, reader: usize) -> Option<Notice> {
        while let Some(kind) = self.readers.get_mut(reader)?.notices.take() {
            let notice = match kind {
                NoticeKind::Greeting => Some(Notice::Greeting),
                NoticeKind::Status => Some(Notice::Status),
                NoticeKind::Language => self.notice_of_language(reader),
                NoticeKind::Presence => self.notice_of_presence(reader),
                NoticeKind::Typing => self.notice_of_typing(reader),
                NoticeKind::Read => self.notice_of_read(reader),
                NoticeKind::Delivered => self.notice_of_delivered(reader),
                NoticeKind::Translator => Some(Notice::Translator),
            };
            if notice.is_some() {
                return notice;
            }
        }
        None
    }

    /// Of the customer's before the agent's. That a language has become known is no change.
    fn notice_of_language(&mut self, reader: usize) -> Option<Notice> {
        let now = self.languages();
        let reader = self.readers.get_mut(reader)?;
        for (told, now) in reader.noticed.languages.iter_mut().zip(now) {
            let before = std::mem::replace(told, now);
            if let (Some((client, from)), Some((same, language))) = (before, now)
                && (client, from) != (same, language)
                && client == same
            {
                reader.notices.add(NoticeKind::Language);
                return Some(Notice::Language { client, from });
            }
        }
        None
    }

    fn notice_of_presence(&mut self, reader: usize) -> Option<Notice> {
        let other = self.member_as(self.readers.get(reader)?.role.other()).map(|member| member.client);
        let now = other.map(|client| (client, self.is_present(client)));
        let told = &mut self.readers.get_mut(reader)?.noticed.presence;
        // Who has left the room is not here either.
        let (client, is_online) = now.or(told.map(|(client, _)| (client, false)))?;
        let before = told.replace((client, is_online));
        (before != Some((client, is_online))).then_some(Notice::Presence { client, is_online })
    }

    fn notice_of_typing(&mut self, reader: usize) -> Option<Notice> {
        let typist = self.side(self.readers.get(reader)?.role.other()).typist.map(|(client, _)| client);
        let before = std::mem::replace(&mut self.readers.get_mut(reader)?.noticed.typist, typist);
        let client = typist.or(before)?;
        (before != typist).then_some(Notice::Typing { client, is_typing: typist.is_some() })
    }

    fn notice_of_read(&mut self, reader: usize) -> Option<Notice> {
        let read = self.side(self.readers.get(reader)?.role.other()).read;
        let before = std::mem::replace(&mut self.readers.get_mut(reader)?.noticed.read, read);
        (before != read).then_some(Notice::Read(read))
    }

    fn notice_of_delivered(&mut self, reader: usize) -> Option<Notice> {
        let delivered = self.side(self.readers.get(reader)?.role.other()).delivered;
        let reader = self.readers.get_mut(reader).filter(|reader| reader.updates)?;
        let before = std::mem::replace(&mut reader.noticed.delivered, delivered);
        (before != delivered).then_some(Notice::Delivered(delivered))
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    pub(super) fn check_sides(&self) {
        for side in &self.sides {
            assert!(
                side.read.max(side.delivered) <= self.log.last_id(),
                "nobody has got what is not written"
            );
            let typist = side.typist.map(|(client, _)| client);
            assert!(typist.is_none_or(|client| self.is_present(client)), "who types is here");
        }
        for reader in &self.readers {
            let other = self.side(reader.role.other());
            assert!(reader.noticed.read <= other.read, "nobody is told of more than was read");
            assert!(reader.noticed.delivered <= other.delivered, "nobody is told of more than was delivered");
        }
    }
}
