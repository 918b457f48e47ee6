//! One conversation: members, a log, and the readers who follow it with their cursors.
//!
//! Nobody is sent a message; each reader advances through the changes of the log, strictly by revision
//! ([`Room::next_step`]). Pending delivery, history, resuming, several devices, order and back-pressure all follow from
//! that one rule.
//!
//! A room knows nothing of protocols, sockets or time-outs; whoever calls it decides when.

use std::collections::{BTreeMap, VecDeque};

use super::due::{Due, Dues, Told};
use super::log::Log;
use super::message::{Draft, Message};
use super::reader::{Opening, Reader, Step};
use super::{ClientKey, Role, RoomId};
use crate::config::Config;
use crate::tools::known::known;
use crate::vocabulary::{ConnId, Ended, Language, Millis};

mod language;
mod memory;
mod past;
mod retry;
mod sides;
mod visitors;

use super::Status;
use super::timers::RoomTimers;
use sides::Side;
pub use visitors::Departure;

/// Somebody who takes part, connected or not.
#[derive(Debug)]
pub struct Member {
    /// Who.
    pub client: ClientKey,
    /// As what.
    pub role: Role,
    /// What they read.
    pub language: Option<Language>,
    /// As far as they are known to have read. Only coming back with `after` proves it: what was sent to a connection that
    /// broke may never have arrived.
    got_to: u64,
}

/// One conversation.
#[derive(Debug)]
pub struct Room {
    /// Its public name.
    pub id: RoomId,
    /// Whose it is: the place of a door in the table.
    pub door: u8,
    /// Where it is in its life.
    pub status: Status,
    /// Messages and what became of their translations.
    pub log: Log,
    /// Who takes part now.
    pub members: Vec<Member>,
    /// Who took part and has left; they may learn how it ended, and nothing else.
    pub past_members: Vec<ClientKey>,
    /// Connections that follow the log.
    pub readers: Vec<Reader>,
    /// Translations wanted and not asked for yet, oldest first.
    pub wants: VecDeque<(u64, Language)>,
    /// What is wanted since lately and was translated before.
    wanted_anew: Vec<(u64, Language)>,
    /// When readers stop waiting for a translation, soonest first.
    deadlines: VecDeque<(Millis, u64, Language)>,
    /// Which message a client gave which name.
    references: BTreeMap<(ClientKey, Box<str>), u64>,
    /// The names of messages dropped lately, oldest first. Their writers may not have heard yet that they are in the log.
    dropped_names: VecDeque<(ClientKey, Box<str>)>,
    /// Bytes of them.
    name_bytes: usize,
    /// As far as any agent has read that has left. While there is none, the next one still has to read the rest.
    agents_got_to: u64,
    /// What the customer's side and the agents' side may know of each other, by role.
    sides: [Side; 3],
    /// Bytes of text held, overhead included.
    text_bytes: usize,
    /// No message before this one has translations that could be dropped.
    dropped_to: u64,
    /// What visitors read, and how many of them each.
    visitors: BTreeMap<Language, usize>,
    /// What it waits for.
    pub(super) timers: RoomTimers,
    /// Why it ends, from the moment on at which that is decided; the drain takes it away.
    pub(super) ending: Option<&'static str>,
    /// It waits for its turn to ask for what nobody waits for.
    pub(super) is_behind: bool,
}

impl Room {
    /// An empty room.
    pub fn new(id: RoomId, door: u8) -> Self {
        Self {
            id,
            door,
            status: Status::Waiting,
            log: Log::default(),
            members: Vec::new(),
            past_members: Vec::new(),
            readers: Vec::new(),
            wants: VecDeque::new(),
            wanted_anew: Vec::new(),
            deadlines: VecDeque::new(),
            references: BTreeMap::new(),
            dropped_names: VecDeque::new(),
            name_bytes: 0,
            agents_got_to: 0,
            sides: Default::default(),
            text_bytes: 0,
            dropped_to: 0,
            visitors: BTreeMap::new(),
            timers: RoomTimers::default(),
            ending: None,
            is_behind: false,
        }
    }

    // ---- looking ----

    /// The member, if this client is one.
    pub fn member(&self, client: ClientKey) -> Option<&Member> {
        self.members.iter().find(|member| member.client == client)
    }

    /// The first member of this role.
    pub fn member_as(&self, role: Role) -> Option<&Member> {
        self.members.iter().find(|member| member.role == role)
    }

    /// Whether the client was here before and has left.
    pub fn was_member(&self, client: ClientKey) -> bool {
        self.past_members.contains(&client)
    }

    /// Whether any connection of the client follows the room.
    pub fn is_present(&self, client: ClientKey) -> bool {
        self.readers.iter().any(|reader| reader.client == client)
    }

    /// The message this client gave this name.
    pub fn referred(&self, client: ClientKey, reference: &str) -> Option<u64> {
        // The key of the map owns its text; look-ups are rare enough for one small copy.
        self.references.get(&(client, reference.into())).copied()
    }

    /// Bytes of text held, overhead included.
    pub fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// When the first reader stops waiting.
    pub fn next_deadline(&self) -> Option<Millis> {
        self.deadlines.front().map(|(at, _, _)| *at)
    }

    /// Lets it end: who still reads will be told why, and nobody waits for anything. Whether that is new.
    pub fn end(&mut self, reason: &'static str) -> bool {
        self.ending.replace(reason).is_none()
    }

    // ---- members and readers ----

    /// Takes somebody in and wants what is here in their language, by one common deadline.
    pub fn join(&mut self, client: ClientKey, role: Role, language: Option<Language>, deadline: Millis) {
        self.past_members.retain(|past| *past != client);
        room_for_two(&mut self.members);
        self.members.push(Member { client, role, language, got_to: 0 });
        self.want_from(0, client, language, deadline);
    }

    /// Lets somebody go; what only they waited for is no longer wanted. Returns their connections and their language,
    /// if that is wanted by nobody now.
    pub fn leave(&mut self, client: ClientKey) -> (Vec<ConnId>, Option<Language>) {
        let Some(index) = self.members.iter().position(|member| member.client == client) else {
            return (Vec::new(), None);
        };
        let past = self.past(&self.members[index]);
        let Member { role, language, .. } = self.members.remove(index);
        if role == Role::Agent {
            self.agents_got_to = self.agents_got_to.max(past);
        }
        if self.past_members.len() == Config::MAX_PAST_MEMBERS {
            self.past_members.remove(0);
        }
        self.past_members.push(client);
        self.stop_typing(client, role);
        self.owe_others(role, Due::Presence);
        let conns =
            self.readers.extract_if(.., |reader| reader.client == client).map(|reader| reader.conn).collect();
        (conns, language.filter(|language| self.unwant(*language)))
    }

    /// Stops wanting a language that no member reads. Whether that changed anything.
    fn unwant(&mut self, language: Language) -> bool {
        let by_visitors = self.visitors.contains_key(&language);
        if by_visitors || self.members.iter().any(|member| member.language == Some(language)) {
            return false;
        }
        self.wants.retain(|(_, to)| *to != language);
        self.deadlines.retain(|(_, _, to)| *to != language);
        let mut any = false;
        for message in self.log.messages_mut() {
            any |= message.unwant(language);
        }
        any
    }

    /// A connection begins to read: that of a member, or in a room that is open to visitors anybody's. Its place among the
    /// readers, which is its own until [`Room::close_reader`] says otherwise; `None` for a stranger.
    pub fn open(&mut self, opening: Opening, deadline: Millis) -> Option<usize> {
        let position = self.log.revision_of(opening.after);
        let (role, language) = self.let_in(&opening, position)?;
        let own_to = self.language_of_own(role).filter(|_| opening.updates);
        let is_visitor = self.status == Status::Open;
        room_for_two(&mut self.readers);
        self.readers.push(Reader {
            conn: opening.conn,
            client: opening.client,
            role,
            language,
            own_to,
            position,
            opened_at: position,
            updates: opening.updates,
            takes_pending: opening.takes_pending,
            originals: opening.originals,
            ahead: Vec::new(),
            dues: if is_visitor { Dues::default() } else { Dues::of_the_other_side() },
            told: Told::default(),
            visited: is_visitor.then(|| opening.after.min(self.log.last_id())),
        });
        let place = self.readers.len() - 1;
        // Dropped translations are wanted again by who still has to read them.
        self.want_from(position, opening.client, language, deadline);
        if opening.updates {
            self.want_for_updates(place, deadline);
        }
        Some(place)
    }

    /// As what somebody reads, and in which language.
    fn let_in(&mut self, opening: &Opening, position: u64) -> Option<(Role, Option<Language>)> {
        if self.status == Status::Open {
            if let Some(language) = opening.language {
                *self.visitors.entry(language).or_default() += 1;
            }
            return Some((Role::Guest, opening.language));
        }
        let member = self.members.iter_mut().find(|member| member.client == opening.client)?;
        member.got_to = member.got_to.max(position);
        let (role, language) = (member.role, member.language);
        if !self.is_present(opening.client) {
            self.owe_others(role, Due::Presence);
        }
        self.note_had(role, opening.after);
        Some((role, language))
    }

    /// The reader at a place reads no more; the last of the readers takes it.
    pub fn close_reader(&mut self, place: usize) -> Departure {
        if place >= self.readers.len() {
            return Departure { moved: None, unread: None };
        }
        let Reader { client, role, language, .. } = self.readers.swap_remove(place);
        let moved = self.readers.get(place).map(|reader| reader.conn);
        if self.status == Status::Open {
            return Departure { moved, unread: language.filter(|language| self.reads_no_more(*language)) };
        }
        if !self.is_present(client) {
            self.stop_typing(client, role);
            self.owe_others(role, Due::Presence);
        }
        Departure { moved, unread: None }
    }

    // ---- messages and translations ----

    /// Appends a message and wants it in the languages of those who may read it. Returns its id.
    pub fn append(&mut self, draft: Draft, deadline: Millis) -> u64 {
        self.text_bytes += draft.bytes();
        let (writer, addressee, reference) = (draft.writer, draft.addressee, draft.reference.clone());
        self.stop_typing(writer, draft.role);
        let id = self.log.append(draft);
        if let Some(reference) = reference {
            self.references.insert((writer, reference), id);
        }
        // By place: a list of one language would be memory for each message.
        for place in 0..self.members.len() {
            let Member { client, language, .. } = self.members[place];
            if let Some(language) = language.filter(|_| addressee.is_none() && client != writer) {
                self.want(id, language, deadline);
            }
        }
        for language in self.languages_of_visitors(writer, addressee) {
            self.want(id, language, deadline);
        }
        id
    }

    /// In which languages visitors read a message: whom alone it is for, or all of them.
    fn languages_of_visitors(&self, writer: ClientKey, addressee: Option<ClientKey>) -> Vec<Language> {
        let Some(addressee) = addressee else { return self.visitors.keys().copied().collect() };
        // Their own words are for nobody to translate.
        let theirs = self.readers.iter().filter(|reader| reader.client == addressee && addressee != writer);
        theirs.filter_map(|reader| reader.language).collect()
    }

    /// Wants what somebody is to be shown in a language, as far as it changes behind a revision or has not ended.
    fn want_from(&mut self, revision: u64, client: ClientKey, language: Option<Language>, deadline: Millis) {
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
    fn want_for_updates(&mut self, reader: usize, deadline: Millis) {
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

    /// A translation has ended. Stale ones change nothing; whether readers see a change. That it failed once more is none,
    /// or a service that comes and goes would make the log grow for ever.
    pub fn settle(&mut self, id: u64, to: Language, ended: Ended) -> bool {
        let bytes = ended.bytes();
        let is_change = self.log.message_mut(id).and_then(|message| message.end(to, ended));
        if is_change.is_some() {
            self.text_bytes += bytes;
            self.dropped_to = self.dropped_to.min(id);
        }
        if is_change == Some(true) {
            self.log.stamp(id, to);
        }
        is_change == Some(true)
    }

    /// Frees the readers whose deadline has come. Returns what they will get untranslated.
    pub fn expire_deadlines(&mut self, now: Millis) -> Vec<(u64, Language)> {
        let mut freed = Vec::new();
        while let Some((_, id, to)) = self.deadlines.pop_front_if(|(at, _, _)| *at <= now) {
            if let Some(message) = self.log.message_mut(id).filter(|message| message.is_pending_in(to)) {
                message.give_up_waiting(to);
                freed.push((id, to));
            }
        }
        freed
    }

    /// Frees every reader from waiting: the room ends.
    pub fn release(&mut self) {
        for message in self.log.messages_mut() {
            message.release();
        }
    }

    // ---- advancing ----

    /// What this reader is to be sent next, if it is ready; steps over it.
    pub fn next_step(&mut self, reader: usize) -> Option<Step> {
        let reader = self.readers.get_mut(reader)?;
        if let Some(gap) = reader.missed(self.log.first_id()) {
            return Some(gap);
        }
        loop {
            let change = self.log.next(reader.position)?;
            let message = self.log.message(change.id)?;
            let step = match change.to {
                None => {
                    let step = reader.look_at(message)?;
                    if message.role != reader.role {
                        self.sides[reader.role as usize].has_got(change.id);
                    }
                    if let Some(had) = &mut reader.visited {
                        *had = change.id;
                    }
                    reader.position = change.revision;
                    step
                }
                Some(to) => {
                    reader.position = change.revision;
                    reader.update(message, to)
                }
            };
            if step.is_some() {
                return step;
            }
        }
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn check_invariants(&self) {
        let names: usize = self.dropped_names.iter().map(|(_, name)| 2 * name.len()).sum();
        assert_eq!(names, self.name_bytes, "the names of dropped messages are accounted for");
        let bytes = names + self.log.messages().map(Message::bytes).sum::<usize>();
        assert_eq!(bytes, self.text_bytes, "the text of the room is accounted for");
        for reader in &self.readers {
            assert!(reader.position <= self.log.revision(), "no reader is beyond the log");
            let visits = reader.visited.is_some();
            assert!(visits || self.member(reader.client).is_some(), "every reader is a member or visits");
        }
        self.check_visitors();
        for (id, to) in &self.wants {
            let wanted = self.log.message(*id).is_none_or(|message| message.is_pending_in(*to));
            assert!(wanted, "what waits to be asked for is pending");
        }
        for message in self.log.messages() {
            for member in self.members.iter().filter(|member| member.client != message.writer) {
                if let Some(reader) = self.readers.iter().find(|reader| reader.client == member.client) {
                    assert_eq!(reader.language, member.language, "readers read what their member reads");
                }
            }
        }
        self.check_sides();
        self.log.check_invariants();
        assert!(self.deadlines.iter().is_sorted_by_key(|(at, _, _)| *at), "deadlines stand in order");
    }
}

/// Memory for as many as most chats have; the first step of a vector would be four.
fn room_for_two<T>(these: &mut Vec<T>) {
    if these.capacity() == 0 {
        these.reserve_exact(2);
    }
}

#[cfg(test)]
mod tests;
