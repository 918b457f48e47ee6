//! Somebody who was shown an original because its translation failed wants it translated after all.

use super::super::message::Shown;
use super::super::reader::{Ahead, Reader};
use super::Room;
use crate::translate::Pair;
use crate::vocabulary::{ConnId, Language};

impl Room {
    /// From what, as far as it is known, into what a message is to be translated that this connection was shown as an
    /// original that has no translation.
    pub fn retried(&self, conn: ConnId, id: u64) -> Option<Pair> {
        let (message, to) = (self.log.message(id)?, self.retries_into(conn, id)?);
        Some((message.language.filter(|_| message.language_is_sure), to))
    }

    pub(in super::super) fn retries_into(&self, conn: ConnId, id: u64) -> Option<Language> {
        let reader = self.readers.iter().find(|reader| reader.conn == conn)?;
        let message = self.log.message(id)?;
        let is_bare = message.revision <= reader.position && reader.shown(message) == Shown::Untranslated;
        reader.reads(message).filter(|_| is_bare)
    }

    /// Wants a translation once more; whether it has to be asked for, or is on its way. Nobody waits for it. Who asks is
    /// told so by the answer; others see the change.
    pub(in super::super) fn retry(&mut self, conn: ConnId, id: u64, to: Language) {
        if self.log.message_mut(id).is_some_and(|message| message.retry(to)) {
            self.wants.push_back((id, to));
        }
        self.log.stamp(id, to);
        if let Some(reader) = self.readers.iter_mut().find(|reader| reader.conn == conn) {
            tell_by_answer(reader, id);
        }
    }
}

fn tell_by_answer(reader: &mut Reader, id: u64) {
    reader.take_ahead(id);
    reader.ahead.push(Ahead { id, shown: Shown::Pending });
}
