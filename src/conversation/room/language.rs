//! Somebody reads or writes in another language from now on, or did so all along.
//!
//! Each reading that differs from what its readers were shown gets a new place among the changes. Those for whom nothing
//! differs remember what they were shown, and are not told again.

use super::super::message::{Message, Shown};
use super::super::{ClientKey, Correction, Role};
use super::Room;
use crate::tools::known::known;
use crate::vocabulary::{Language, Millis};

impl Room {
    /// A member reads another language from now on; those who understand updates get the old messages in it too.
    pub(in super::super) fn set_language(&mut self, client: ClientKey, language: Language) {
        let Some(member) = self.members.iter_mut().find(|member| member.client == client) else { return };
        let before = member.language.replace(language);
        if before == Some(language) {
            return;
        }
        let is_customer = member.role == Role::Customer;
        let ids: Vec<u64> = self
            .log
            .messages()
            .filter(|message| message.writer != client)
            .map(|message| message.id)
            .collect();
        let shown: Vec<_> = ids.iter().map(|id| self.take_shown(*id)).collect();
        for reader in &mut self.readers {
            if reader.client == client {
                reader.language = Some(language);
            } else if is_customer && reader.role == Role::Agent && reader.updates {
                // Their own words come to them in it.
                reader.own_to = Some(language);
            }
        }
        for (id, shown) in ids.into_iter().zip(shown) {
            let verdict = |to| self.log.message(id).and_then(|message| message.verdict(to));
            let now = verdict(Some(language));
            if now.is_some() && now != verdict(before) {
                self.log.stamp(id, language);
            }
            self.remember_shown(id, shown);
        }
        before.into_iter().for_each(|before| self.unwant(before));
    }

    /// Wants what a member is to read in their language, and what others are to read of theirs, where either may be another
    /// one now. What was there and has lost its text is wanted again only where the language `is_new`.
    pub(in super::super) fn want_all_of(&mut self, client: ClientKey, is_new: bool, deadline: Millis) {
        let reads = self.member(client).and_then(|member| member.language);
        let languages = self.languages_of_others(client);
        let mut wanted = Vec::new();
        for message in self.log.messages() {
            let is_own = message.writer == client;
            let (to, also_dropped) =
                if is_own { (&languages[..], false) } else { (reads.as_slice(), is_new) };
            let is_wanted = |to: &&Language| also_dropped || message.has_nothing_in(**to);
            wanted.extend(to.iter().filter(is_wanted).map(|to| (message.id, *to)));
        }
        for (id, to) in wanted {
            self.want(id, to, deadline);
        }
    }

    /// What this client wrote while their language was a guess was written in this one.
    pub(in super::super) fn relabel(&mut self, client: ClientKey, language: Language) {
        for id in self.messages_of(client, Message::is_guessed) {
            self.change_label(id, |message| message.relabel(language));
        }
    }

    /// What this client wrote so far, and was taken for what they `held`, was (likely) written in this language. What was
    /// asked for and was misled is called off.
    pub(in super::super) fn correct_language(
        &mut self,
        client: ClientKey,
        held: Option<Language>,
        language: Language,
        correction: Correction,
    ) {
        for id in self.messages_of(client, |message| message.was_taken_for(held)) {
            let mut called_off = None;
            self.change_label(id, |message| called_off = message.correct(language, correction));
            let Some(called_off) = called_off else { continue };
            self.wants.retain(|want| !called_off.iter().any(|to| *want == (id, *to)));
            self.deadlines.retain(|(_, of, to)| *of != id || !called_off.contains(to));
            self.called_off.extend(called_off.into_iter().map(|to| (id, to)));
        }
    }

    /// A message is in another language than it was taken to be in, or surely is in that one.
    fn change_label(&mut self, id: u64, change: impl FnOnce(&mut Message)) {
        let Some(writer) = known(self.log.message(id).map(|message| message.writer)) else { return };
        let languages = self.languages_of_others(writer);
        let shown = self.take_shown(id);
        let Some(message) = known(self.log.message_mut(id)) else { return };
        let before: Vec<_> = languages.iter().map(|to| message.verdict(Some(*to))).collect();
        let bytes = message.bytes();
        change(message);
        self.text_bytes = self.text_bytes - bytes + message.bytes();
        for (to, before) in languages.into_iter().zip(before) {
            let now = self.log.message(id).and_then(|message| message.verdict(Some(to)));
            if now.is_some() && now != before {
                self.log.stamp(id, to);
            }
        }
        self.remember_shown(id, shown);
    }

    fn messages_of(&self, client: ClientKey, which: impl Fn(&Message) -> bool) -> Vec<u64> {
        let theirs = self.log.messages().filter(|message| message.writer == client && which(message));
        theirs.map(|message| message.id).collect()
    }

    /// What members other than this one read, each once.
    pub(super) fn languages_of_others(&self, client: ClientKey) -> Vec<Language> {
        let mut languages = Vec::new();
        for to in self.members.iter().filter(|member| member.client != client).filter_map(|it| it.language) {
            if !languages.contains(&to) {
                languages.push(to);
            }
        }
        languages
    }

    /// What each reader was shown of a message, as far as that is known.
    fn take_shown(&mut self, id: u64) -> Vec<Option<Shown>> {
        let Some(message) = known(self.log.message(id)) else { return Vec::new() };
        self.readers
            .iter_mut()
            .map(|reader| {
                let shown = reader.was_shown(message);
                reader.take_ahead(id);
                shown
            })
            .collect()
    }

    /// Lets readers whose reading of a message changes behind their position remember what they were shown.
    fn remember_shown(&mut self, id: u64, shown: Vec<Option<Shown>>) {
        let Some(message) = known(self.log.message(id)) else { return };
        for (reader, shown) in self.readers.iter_mut().zip(shown) {
            reader.remember(message, shown);
        }
    }

    /// Into which language the words of this role are translated, if they are to hear of it.
    pub(super) fn language_of_own(&self, role: Role) -> Option<Language> {
        let customer = self.member_as(Role::Customer).filter(|_| role == Role::Agent);
        customer.and_then(|customer| customer.language)
    }
}
