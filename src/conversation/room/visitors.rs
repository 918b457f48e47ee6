//! Visitors: people who read a room that is open, without being members of it.
//!
//! Nobody waits for a visitor. What they read is wanted as long as one of them reads it; the front of the log goes when
//! there is no more space in it, whether they have had it or not, and who has not is told which messages those were. So many
//! visitors cost what each of them is sent, and nothing per member: coming and going touches one of them.

use super::super::ClientKey;
use super::super::message::Message;
use super::{Room, Status};
use crate::tools::known::known;
use crate::vocabulary::Language;

impl Room {
    /// Opens the room to visitors, instead of waiting for an agent.
    pub fn open_to_visitors(&mut self) {
        self.status = Status::Open;
    }

    /// One reader less of a language.
    pub(super) fn reads_no_more(&mut self, language: Language) {
        let Some(count) = known(self.visitors.get_mut(&language)) else { return };
        *count -= 1;
        if *count == 0 {
            self.visitors.remove(&language);
            self.unwant(language);
        }
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

    /// Takes back what somebody said, and what was said to them: the numbers stay, the words are gone.
    pub fn unsay(&mut self, client: ClientKey) {
        let is_theirs = |message: &Message| message.writer == client || message.addressee == Some(client);
        let mut freed = 0;
        for message in self.log.messages_mut().filter(|message| is_theirs(message)) {
            let id = message.id;
            self.called_off.extend(message.pending().map(|to| (id, to)));
            freed += message.unsay();
        }
        self.text_bytes -= freed;
        let is_left = |id: u64| !self.log.message(id).is_some_and(is_theirs);
        self.wants.retain(|(id, _)| is_left(*id));
        self.deadlines.retain(|(_, id, _)| is_left(*id));
    }

    pub(super) fn check_visitors(&self) {
        let reading = self.readers.iter().filter(|reader| reader.visited.is_some());
        let with_language = reading.filter(|reader| reader.language.is_some()).count();
        assert_eq!(self.visitors.values().sum::<usize>(), with_language, "visitors are counted by language");
    }
}

#[cfg(test)]
mod tests;
