//! Which translations somebody waits for, until they are asked for, and which nobody waits for any more.

use super::super::ClientKey;
use super::super::message::{Message, Wanted};
use super::Room;
use crate::tools::known::known;
use crate::vocabulary::{Language, Millis};

impl Room {
    /// Wants a message in a language. Whether that is new.
    pub(super) fn want(&mut self, id: u64, to: Language, deadline: Millis) -> bool {
        let Some(message) = known(self.log.message_mut(id)) else { return false };
        let wanted = message.want(to);
        if wanted == Wanted::Already {
            return false;
        }
        self.wants.push_back((id, to));
        self.deadlines.push_back((deadline, id, to));
        if wanted == Wanted::Anew {
            self.wanted_anew.push((id, to));
        }
        true
    }

    /// Stops wanting a language, if nobody reads it any more.
    pub(super) fn unwant(&mut self, language: Language) {
        let by_visitors = self.visitors.contains_key(&language);
        if by_visitors || self.members.iter().any(|member| member.language == Some(language)) {
            return;
        }
        self.wants.retain(|(_, to)| *to != language);
        self.deadlines.retain(|(_, _, to)| *to != language);
        let mut any = false;
        for message in self.log.messages_mut() {
            any |= message.unwant(language);
        }
        if any {
            self.unread.push(language);
        }
    }

    /// Takes what nobody waits for any more: languages, and single translations.
    pub(in super::super) fn take_unwanted(&mut self) -> (Vec<Language>, Vec<(u64, Language)>) {
        (std::mem::take(&mut self.unread), std::mem::take(&mut self.called_off))
    }

    /// In which languages visitors read a message: whom alone it is for, or all of them.
    pub(super) fn languages_of_visitors(
        &self,
        writer: ClientKey,
        addressee: Option<ClientKey>,
    ) -> Vec<Language> {
        let Some(addressee) = addressee else { return self.visitors.keys().copied().collect() };
        // Their own words are for nobody to translate.
        let theirs = self.readers.iter().filter(|reader| reader.client == addressee && addressee != writer);
        theirs.filter_map(|reader| reader.language).collect()
    }

    /// Wants what somebody is to be shown in a language, as far as it changes behind a revision or has not ended.
    pub(super) fn want_from(
        &mut self,
        revision: u64,
        client: ClientKey,
        language: Option<Language>,
        deadline: Millis,
    ) {
        let Some(language) = language else { return };
        let ahead = |message: &&Message| {
            message.writer != client
                && message.is_for(client)
                && message.revision.max(message.revision_in(language)) > revision
        };
        let ids: Vec<u64> = self.log.messages().filter(ahead).map(|message| message.id).collect();
        for id in ids {
            self.want(id, language, deadline);
        }
    }

    /// Wants what a reader is told of later: everything it may read that has not ended, also what it has, since it may
    /// have been told that it is pending; and what has lost its text before it was told.
    pub(super) fn want_for_updates(&mut self, reader: usize, deadline: Millis) {
        let Some(reader) = known(self.readers.get(reader)) else { return };
        let is_wanted = |message: &Message| {
            let to = reader.reads(message).filter(|_| message.is_for(reader.client))?;
            let is_ahead = message.revision_in(to) > reader.position;
            (is_ahead || !message.has_ended_in(to)).then_some((message.id, to))
        };
        let wanted: Vec<(u64, Language)> = self.log.messages().filter_map(is_wanted).collect();
        for (id, to) in wanted {
            self.want(id, to, deadline);
        }
    }

    /// Wants once more whatever the service failed to translate.
    pub fn want_failed_again(&mut self) {
        let wants = &mut self.wants;
        for message in self.log.messages_mut() {
            let id = message.id;
            wants.extend(message.try_again().map(|to| (id, to)));
        }
    }

    /// Whether nobody waits for what is to be asked for next: it has been given up, or has failed, once before.
    pub fn wants_at_leisure(&self) -> bool {
        let next = self.wants.front().and_then(|(id, to)| Some((self.log.message(*id)?, *to)));
        next.is_some_and(|(message, to)| message.is_given_up_in(to))
    }

    /// Takes what was translated before, was dropped for want of memory, and is wanted once more. The store has it still:
    /// after a restart whoever was told that it is pending would wait for ever.
    pub fn take_wanted_anew(&mut self) -> Vec<(u64, Language)> {
        let mut anew = std::mem::take(&mut self.wanted_anew);
        anew.retain(|(id, to)| self.log.message(*id).is_some_and(|message| message.is_pending_in(*to)));
        anew
    }
}
