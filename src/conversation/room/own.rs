//! What an agent is told of their own words: what the customer reads of them, where there is a translation.
//!
//! Only connections that understand updates are told, and no cursor waits for it: their own message comes as soon as it
//! is there, and what became of it as an update. Customers read what they wrote, and nothing else of it.

use std::collections::BTreeSet;

use super::super::message::{Message, Shown};
use super::super::reader::{Owed, Reader, Step};
use super::super::{ClientKey, Role};
use super::Room;
use crate::vocabulary::Language;

impl Room {
    /// In which language a reader wants this message, or, if it is their own, the customer does.
    pub(super) fn reads(&self, reader: &Reader, id: u64) -> Option<Language> {
        self.log.message(id).and_then(|message| reader.reads(message))
    }

    /// Into which language the words of this role are translated, if they are to hear of it.
    pub(super) fn language_of_own(&self, role: Role) -> Option<Language> {
        let customer = self.member_as(Role::Customer).filter(|_| role == Role::Agent);
        customer.and_then(|customer| customer.language)
    }

    /// If it is the customer who reads another language from now on: their own words will come to the agents in it.
    pub(super) fn owe_writers(&mut self, client: ClientKey, language: Language) {
        if self.member_as(Role::Customer).is_none_or(|customer| customer.client != client) {
            return;
        }
        for reader in self.readers.iter_mut().filter(|reader| reader.updates && reader.role == Role::Agent) {
            let known: BTreeSet<u64> = reader.owed.iter().map(|owed| owed.id).collect();
            let messages = self.log.messages().filter(|message| {
                message.writer == reader.client
                    && message.entry < reader.cursor
                    && !known.contains(&message.id)
            });
            let owed: Vec<Owed> = messages
                .map(|message| {
                    let shown = at_once(reader.shown(message));
                    // They may have asked for it once more, and wait to be told how that ends.
                    let waits = shown == Shown::Untranslated
                        && reader.was_promised(&self.log, message, reader.own_to);
                    Owed { id: message.id, shown: if waits { Shown::Pending } else { shown } }
                })
                .collect();
            reader.owed.extend(owed);
            reader.own_to = Some(language);
        }
    }
}

impl Reader {
    /// The language in which this reader is shown a message; if it is their own, in which it is told how it is shown.
    pub(in super::super) fn reads(&self, message: &Message) -> Option<Language> {
        if message.writer == self.client { self.own_to } else { self.language }
    }

    pub(in super::super) fn shown_of_own(&self, message: &Message) -> Shown {
        self.own_to.map_or(Shown::Plain, |to| message.shown_to_writer(to))
    }

    /// Their own message: whoever has written it on this connection has it already, and is told what became of it.
    pub(in super::super) fn look_at_own(&mut self, message: &Message) -> Option<Step> {
        let (id, shown) = (message.id, self.shown_of_own(message));
        let is_open = matches!(shown, Shown::Pending | Shown::Untranslated);
        let shown = at_once(shown);
        if is_open {
            self.owed.push(Owed { id, shown: shown.clone() });
        }
        // Visitors have no acknowledgement but the message itself.
        if message.written_on != Some(self.conn) || self.visited.is_some() {
            return Some(Step::Message(id, shown));
        }
        (shown != Shown::Plain).then_some(Step::Update(id, shown))
    }
}

/// What can be said of it now: nobody waits for a translation of their own words, nor is promised one.
fn at_once(shown: Shown) -> Shown {
    if shown == Shown::Pending { Shown::Plain } else { shown }
}
