//! Somebody who was shown an original because its translation failed wants it translated after all.

use super::super::message::Shown;
use super::super::reader::Reader;
use super::Room;
use crate::vocabulary::ConnId;

impl Room {
    /// Whether this connection was shown a message as an original that has no translation.
    pub fn may_retry(&self, conn: ConnId, id: u64) -> bool {
        let reader = self.readers.iter().find(|reader| reader.conn == conn);
        reader.is_some_and(|reader| self.reads(reader, id).is_some() && self.lacks_translation(reader, id))
    }

    fn lacks_translation(&self, reader: &Reader, id: u64) -> bool {
        self.log.message(id).is_some_and(|message| {
            message.entry < reader.cursor && reader.shown(message) == Shown::Untranslated
        })
    }

    /// Wants the translation for this connection once more. Nobody waits for it, and whoever was shown the original will
    /// be told how it ends. Returns who is to be told that it is pending again: who asks, and all others who understand
    /// updates, were shown the original and do not know yet.
    pub fn retry(&mut self, conn: ConnId, id: u64) -> Vec<ConnId> {
        let reader = self.readers.iter().find(|reader| reader.conn == conn);
        let language = reader.and_then(|reader| self.reads(reader, id));
        let Some(to) = language.filter(|_| self.may_retry(conn, id)) else { return Vec::new() };
        let concerned = |reader: &&Reader| {
            reader.updates
                && self.reads(reader, id) == Some(to)
                && self.lacks_translation(reader, id)
                && (reader.conn == conn || !reader.is_promised(id))
        };
        let conns: Vec<ConnId> = self.readers.iter().filter(concerned).map(|reader| reader.conn).collect();
        for reader in self.readers.iter_mut().filter(|reader| conns.contains(&reader.conn)) {
            reader.promise(id);
        }
        if self.log.message_mut(id).is_some_and(|message| message.want_once_more(to)) {
            self.wants.push_back((id, to));
            self.note_want(id, to);
        }
        conns
    }
}
