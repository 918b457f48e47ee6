//! Somebody who was shown an original because its translation failed wants it translated after all.

use super::super::message::Shown;
use super::super::reader::{Ahead, Reader};
use super::Room;
use crate::vocabulary::{ConnId, Language};

impl Room {
    /// Whether this connection was shown a message as an original that has no translation.
    pub fn may_retry(&self, conn: ConnId, id: u64) -> bool {
        self.retries_into(conn, id).is_some()
    }

    fn retries_into(&self, conn: ConnId, id: u64) -> Option<Language> {
        let reader = self.readers.iter().find(|reader| reader.conn == conn)?;
        let message = self.log.message(id)?;
        let is_bare = message.revision <= reader.position && reader.shown(message) == Shown::Untranslated;
        reader.reads(message).filter(|_| is_bare)
    }

    /// Wants the translation for this connection once more, which is told so by its answer; others see the change. Nobody
    /// waits for it. Into which language it is.
    pub fn retry(&mut self, conn: ConnId, id: u64) -> Option<Language> {
        let to = self.retries_into(conn, id)?;
        let is_new = self.log.message_mut(id)?.retry(to);
        if is_new {
            self.wants.push_back((id, to));
        }
        self.log.stamp(id, to);
        if let Some(reader) = self.readers.iter_mut().find(|reader| reader.conn == conn) {
            tell_by_answer(reader, id);
        }
        Some(to)
    }
}

fn tell_by_answer(reader: &mut Reader, id: u64) {
    reader.take_ahead(id);
    reader.ahead.push(Ahead { id, shown: Shown::Pending });
}
