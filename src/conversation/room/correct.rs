//! A person has said in which language a member writes, after it was taken for another: what was written before is
//! labelled anew, and what was translated from the wrong language is wanted again.

use super::super::message::Shown;
use super::super::reader::Reader;
use super::super::{ClientKey, Correction};
use super::Room;
use crate::vocabulary::{Language, Millis};

impl Room {
    /// What this client wrote so far was (likely) written in this language. Returns what was asked for and is not wanted any more
    /// as it was asked: the tickets are stale.
    pub fn correct_language(
        &mut self,
        client: ClientKey,
        language: Language,
        correction: Correction,
        deadline: Millis,
    ) -> Vec<(u64, Language)> {
        let mut read: Vec<Language> = Vec::new();
        for to in self.members.iter().filter(|member| member.client != client).filter_map(|it| it.language) {
            if !read.contains(&to) {
                read.push(to);
            }
        }
        let mut stale = Vec::new();
        for id in self.messages_of(client) {
            let before: Vec<Shown> = self.readers.iter().map(|reader| self.shown_to(reader, id)).collect();
            let Some(called_off) = self.relabel_message(id, language, correction) else { continue };
            self.wants.retain(|want| !called_off.iter().any(|to| *want == (id, *to)));
            self.deadlines.retain(|(_, of, to)| *of != id || !called_off.contains(to));
            stale.extend(called_off.into_iter().map(|to| (id, to)));
            self.owe_better(id, &before);
            for to in &read {
                if !self.want(id, *to, deadline) && !self.is_pending(id, *to) {
                    self.log.append_settled(id, *to);
                }
            }
        }
        self.bound_log();
        stale
    }

    /// The same, before anybody is here.
    pub fn restore_correction(&mut self, client: ClientKey, language: Language, correction: Correction) {
        for id in self.messages_of(client) {
            self.relabel_message(id, language, correction);
        }
    }

    fn shown_to(&self, reader: &Reader, id: u64) -> Shown {
        self.log.message(id).map_or(Shown::Plain, |message| reader.shown(message))
    }

    fn messages_of(&self, client: ClientKey) -> Vec<u64> {
        self.log.messages().filter(|message| message.writer == client).map(|message| message.id).collect()
    }

    /// Returns into which languages it was being translated in vain; `None` if nothing has changed.
    fn relabel_message(
        &mut self,
        id: u64,
        language: Language,
        correction: Correction,
    ) -> Option<Vec<Language>> {
        let message = self.log.message_mut(id)?;
        let before = message.bytes();
        let called_off = message.correct(language, correction);
        self.text_bytes = self.text_bytes - before + message.bytes();
        called_off
    }

    /// Readers who have it will get it again, if it then looks different from before.
    fn owe_better(&mut self, id: u64, before: &[Shown]) {
        let Some(entry) = self.log.message(id).map(|message| message.entry) else { return };
        for (reader, shown) in self.readers.iter_mut().zip(before) {
            if reader.cursor > entry {
                reader.owe(id, shown.clone());
            }
        }
    }
}
