//! What is being translated between the two sides: writers see that their words are on their way, and who waits sees that
//! there is something to wait for. How things stand, never what was said.

use super::super::message::Message;
use super::super::notice::{Notice, Translating};
use super::Room;
use crate::config::Config;

impl Room {
    /// What is on its way between the two sides, if this reader was told something else. To be asked when there is no step
    /// for them: the next one, if there is any, waits for its translation.
    pub(in super::super) fn notice_of_translating(&mut self, reader: usize) -> Option<Notice> {
        let reading = self.readers.get(reader).filter(|reader| reader.updates)?;
        let is_coming = self.log.next(reading.position).is_some();
        let theirs = self.member_as(reading.role.other()).and_then(|other| other.language);
        let is_on_its_way = |message: &&Message| {
            message.writer == reading.client && theirs.is_some_and(|to| message.is_pending_in(to))
        };
        let latest = self.log.messages().rev().take(Config::MAX_TRANSLATING).filter(is_on_its_way);
        let mut own: Vec<u64> = latest.map(|message| message.id).collect();
        own.reverse();
        let now = Translating { own, is_coming };
        let told = &mut self.readers.get_mut(reader)?.noticed.translating;
        let is_news = *told != now;
        *told = now;
        is_news.then_some(Notice::Translating)
    }
}
