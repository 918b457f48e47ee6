//! Visitors: people who read a room that is open, without being members of it.
//!
//! Nobody waits for a visitor. What they read is wanted as long as one of them reads it; the front of the log goes when
//! there is no more space in it, whether they have had it or not, and who has not is told which messages those were. So many
//! visitors cost what each of them is sent, and nothing per member: coming and going touches one of them.

use super::super::due::{Dues, Told};
use super::super::message::{Draft, Message};
use super::super::reader::Reader;
use super::super::{ClientKey, Role};
use super::{Room, Status};
use crate::vocabulary::{ConnId, Language, Millis};

/// How a visitor begins to read.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// Which connection.
    pub conn: ConnId,
    /// Whose.
    pub client: ClientKey,
    /// What they read; without one, everything as it was written.
    pub language: Option<Language>,
    /// The last message they have, or do not want.
    pub after: u64,
}

/// What follows from a visitor's going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Who stands in their place among the readers now, if somebody does.
    pub moved: Option<ConnId>,
    /// A language that was wanted and is read by nobody any more.
    pub unread: Option<Language>,
}

impl Room {
    /// Opens the room to visitors, instead of waiting for an agent.
    pub fn open_to_visitors(&mut self) {
        self.status = Status::Open;
    }

    /// Somebody begins to read. Their place among the readers, which is theirs until [`Room::depart`] says otherwise.
    pub fn visit(&mut self, visit: Visit, deadline: Millis) -> usize {
        let Visit { conn, client, language, after } = visit;
        let position = self.log.revision_of(after);
        if let Some(language) = language {
            *self.visitors.entry(language).or_default() += 1;
            self.want_from(position, client, Some(language), deadline);
        }
        self.readers.push(Reader {
            conn,
            client,
            role: Role::Guest,
            language,
            position,
            opened_at: position,
            updates: false,
            takes_pending: false,
            ahead: Vec::new(),
            dues: Dues::default(),
            told: Told::default(),
            originals: false,
            own_to: None,
            visited: Some(after.min(self.log.last_id())),
        });
        self.readers.len() - 1
    }

    /// The visitor at a place goes; the last of the readers takes it.
    pub fn depart(&mut self, place: usize) -> Departure {
        if place >= self.readers.len() {
            return Departure { moved: None, unread: None };
        }
        let reader = self.readers.swap_remove(place);
        let moved = self.readers.get(place).map(|reader| reader.conn);
        let unread = reader.language.filter(|language| self.reads_no_more(*language));
        Departure { moved, unread }
    }

    /// One reader less of a language. Whether it was the last one, and translations were wanted.
    fn reads_no_more(&mut self, language: Language) -> bool {
        let Some(count) = self.visitors.get_mut(&language) else { return false };
        *count -= 1;
        if *count > 0 {
            return false;
        }
        self.visitors.remove(&language);
        self.unwant(language)
    }

    /// Appends a message and wants it in the languages of those who may read it. Returns its id.
    pub fn say(&mut self, draft: Draft, deadline: Millis) -> u64 {
        let (writer, addressee) = (draft.writer, draft.addressee);
        let id = self.append(draft, deadline);
        let languages: Vec<Language> = match addressee {
            None => self.visitors.keys().copied().collect(),
            // Their own words are for nobody to translate.
            Some(addressee) => self
                .readers
                .iter()
                .filter(|reader| reader.client == addressee && addressee != writer)
                .filter_map(|reader| reader.language)
                .collect(),
        };
        for language in languages {
            self.want(id, language, deadline);
        }
        id
    }

    /// Drops messages from the front until there are at most so many and so many bytes, whoever has not had them. Those
    /// who wrote them or whom alone they were for, once for each. For rooms whose readers take no updates.
    pub fn trim(&mut self, messages: usize, bytes: usize) -> Vec<ClientKey> {
        let mut concerned = Vec::new();
        while self.log.message_count() > messages || self.text_bytes > bytes {
            let Some((writer, addressee)) = self.drop_front() else { break };
            concerned.push(writer);
            concerned.extend(addressee);
        }
        concerned
    }

    /// A message was in the log. What stands before the first one is gone.
    pub fn restore_said(&mut self, id: u64, draft: Draft) {
        if id != self.log.last_id() + 1 {
            while self.drop_front().is_some() {}
            self.log.begin_at(id);
        }
        self.restore_message(draft, usize::MAX);
    }

    /// Takes back what somebody said, and what was said to them: the numbers stay, the words are gone.
    pub fn unsay(&mut self, client: ClientKey) {
        let theirs = |message: &&mut Message| message.writer == client || message.addressee == Some(client);
        let freed: usize = self.log.messages_mut().filter(theirs).map(Message::unsay).sum();
        self.text_bytes -= freed;
    }

    pub(super) fn check_visitors(&self) {
        let reading = self.readers.iter().filter(|reader| reader.visited.is_some());
        let with_language = reading.filter(|reader| reader.language.is_some()).count();
        assert_eq!(self.visitors.values().sum::<usize>(), with_language, "visitors are counted by language");
    }
}

#[cfg(test)]
mod tests;
