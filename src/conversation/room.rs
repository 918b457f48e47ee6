//! One conversation: members, a log, and the readers who follow it, each at a position.
//!
//! Nobody is sent a message; each reader advances through the changes of the log, strictly by revision
//! ([`Room::next_step`]). Pending delivery, history, resuming, several devices, order and back-pressure all follow from
//! that one rule.
//!
//! A room knows nothing of protocols, sockets or time-outs; whoever calls it decides when.

use std::collections::{BTreeMap, VecDeque};

use super::log::Log;
use super::message::{Draft, Message};
use super::notice::{NoticeKind, Noticed, Notices};
use super::reader::{Opening, Reader, Step};
use super::{ClientKey, Role, RoomId};
use crate::config::Config;
use crate::vocabulary::{ConnId, Ended, Language, Millis, Reason, Tenant};

mod ended;
mod language;
mod memory;
mod past;
mod retry;
mod sides;
mod translating;
mod visitors;
mod wants;

use super::Status;
use super::timers::RoomTimers;
pub use memory::Young;
use sides::Side;

/// Somebody who takes part, connected or not.
#[derive(Debug)]
pub struct Member {
    pub client: ClientKey,
    pub role: Role,
    pub language: Option<Language>,
    /// As far as they are known to have read. Only coming back with `after` proves it: what was sent to a connection that
    /// broke may never have arrived.
    got_to: u64,
}

/// Why and when it was decided that a room ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) reason: Reason,
    pub(super) at_unix_ms: u64,
}

#[derive(Debug)]
pub struct Room {
    pub id: RoomId,
    /// Whose it is: the place of a door in the table.
    pub door: u8,
    /// Of which tenant of that door.
    pub tenant: Tenant,
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
    pub(super) timers: RoomTimers,
    /// Why it ends, from the moment on at which that is decided; the drain takes it away.
    pub(super) ending: Option<Ending>,
    /// The customer has connected at least once.
    pub has_customer_come: bool,
    /// Calls to be taken back: what was asked for is not wanted any more as it was asked.
    called_off: Vec<(u64, Language)>,
    /// Languages that were wanted and are read by nobody any more.
    unread: Vec<Language>,
    /// It waits for its turn to ask for what nobody waits for.
    pub(super) is_behind: bool,
}

impl Room {
    pub fn new(id: RoomId, door: u8) -> Self {
        Self {
            id,
            door,
            tenant: Tenant::default(),
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
            has_customer_come: false,
            called_off: Vec::new(),
            unread: Vec::new(),
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

    /// Whether its customer has a connection to it. One that is open to visitors has no customer, and perhaps ten thousand
    /// readers.
    pub fn is_customer_here(&self) -> bool {
        self.status != Status::Open && self.readers.iter().any(|reader| reader.role == Role::Customer)
    }

    /// The connections of a client that follow it.
    pub(super) fn conns_of(&self, client: ClientKey) -> Vec<ConnId> {
        self.readers.iter().filter(|reader| reader.client == client).map(|reader| reader.conn).collect()
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

    /// Lets it end: who still reads will be told why, and nobody waits for anything.
    pub(super) fn end(&mut self, reason: Reason, at_unix_ms: u64) {
        self.ending.get_or_insert(Ending { reason, at_unix_ms });
    }

    /// Whether it ends with this step.
    pub fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// When its end was decided, milliseconds since 1970.
    pub fn ended_at(&self) -> Option<u64> {
        self.ending.map(|ending| ending.at_unix_ms)
    }

    // ---- members and readers ----

    /// Takes somebody in.
    pub(super) fn join(&mut self, client: ClientKey, role: Role, language: Option<Language>) {
        self.past_members.retain(|past| *past != client);
        room_for_two(&mut self.members);
        self.members.push(Member { client, role, language, got_to: 0 });
    }

    /// Wants what is here in the language of a member, by one common deadline.
    pub(super) fn want_for(&mut self, client: ClientKey, deadline: Millis) {
        let language = self.member(client).and_then(|member| member.language);
        self.want_from(0, client, language, deadline);
    }

    /// Lets somebody go, and their connections; what only they waited for is no longer wanted.
    pub(super) fn leave(&mut self, client: ClientKey) {
        let Some(index) = self.members.iter().position(|member| member.client == client) else { return };
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
        self.notify_others(role, NoticeKind::Presence);
        self.readers.retain(|reader| reader.client != client);
        if let Some(language) = language {
            self.unwant(language);
        }
    }

    /// A connection begins to read: that of a member, or in a room that is open to visitors anybody's. Its place among the
    /// readers, which is its own until [`Room::close_reader`] says otherwise; `None` for a stranger.
    pub(super) fn open(&mut self, opening: Opening, deadline: Millis) -> Option<usize> {
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
            notices: if is_visitor { Notices::default() } else { Notices::of_the_other_side() },
            noticed: Noticed { languages: self.languages(), ..Noticed::default() },
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
            self.notify_others(role, NoticeKind::Presence);
        }
        self.note_had(role, opening.after);
        Some((role, language))
    }

    /// The reader at a place reads no more; the last of the readers takes it. Who that is.
    pub(super) fn close_reader(&mut self, place: usize) -> Option<ConnId> {
        if place >= self.readers.len() {
            return None;
        }
        let Reader { client, role, language, .. } = self.readers.swap_remove(place);
        if self.status == Status::Open {
            language.into_iter().for_each(|language| self.reads_no_more(language));
        } else if !self.is_present(client) {
            self.stop_typing(client, role);
            self.notify_others(role, NoticeKind::Presence);
        }
        self.readers.get(place).map(|reader| reader.conn)
    }

    // ---- messages and translations ----

    /// Appends a message. A log has no holes: what stands before one is gone.
    pub(super) fn append(&mut self, id: u64, draft: Draft) {
        if id != self.log.last_id() + 1 {
            while self.drop_front().is_some() {}
            self.log.begin_at(id);
        }
        self.text_bytes += draft.bytes();
        let (writer, reference) = (draft.writer, draft.reference.clone());
        let id = self.log.append(draft);
        if let Some(reference) = reference {
            self.references.insert((writer, reference), id);
        }
    }

    /// Wants a message in the languages of those who may read it. Whoever has written it types no more, and knows it on
    /// the connection it came on.
    pub(super) fn attach(&mut self, id: u64, on: Option<ConnId>, deadline: Millis) {
        let Some(message) = self.log.message_mut(id) else { return };
        message.written_on = on;
        let (writer, role, addressee) = (message.writer, message.role, message.addressee);
        self.stop_typing(writer, role);
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
    }

    /// Whether readers would see that a pending translation ends so; `None` if it is not pending.
    pub(super) fn sees_end(&self, id: u64, to: Language, ended: &Ended) -> Option<bool> {
        self.log.message(id)?.sees_end(to, ended)
    }

    /// A pending translation has failed once more, which nobody is told: a service that comes and goes would make the log
    /// grow for ever.
    pub(super) fn fail_again(&mut self, id: u64, to: Language) {
        if let Some(message) = self.log.message_mut(id) {
            message.fail_again(to);
        }
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
                    let step = reader.message(message)?;
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
        for reader in &self.readers {
            if let Some(member) = self.member(reader.client) {
                assert_eq!(reader.language, member.language, "readers read what their member reads");
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
