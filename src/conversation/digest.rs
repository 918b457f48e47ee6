//! What must survive a restart, in words: the same before and after it.
//!
//! For tests: whoever applies the stored records to nothing must come to the same. Left out is what need not survive, such
//! as who is connected and what is under way, and what memory alone decides, such as texts that were dropped.

use std::fmt::Write as _;

use super::message::Message;
use super::{Client, ClientKey, Place, Role, Room, Rooms};

impl Rooms {
    /// Rooms, what was said in them, and who has a token; a line for each.
    pub fn digest(&self) -> String {
        let mut out = String::new();
        for (id, place) in &self.places {
            match place {
                Place::Open(key) => self.digest_room(&mut out, *key),
                Place::Closed(tombstone) => {
                    let members = self.names(tombstone.members.iter().copied());
                    _ = writeln!(out, "closed {id} {} {members}", tombstone.reason);
                }
            }
        }
        // What a visitor leaves is the business of the door they came through.
        let others = self.tokens.values().filter_map(|key| self.client(*key));
        others.filter(|client| client.role != Role::Guest).for_each(|client| digest_client(&mut out, client));
        out
    }

    fn digest_room(&self, out: &mut String, key: super::RoomKey) {
        let Some(room) = self.room(key) else { return };
        let turn = self.turn(key);
        let members = self.names(room.members.iter().map(|member| member.client));
        let past = self.names(room.past_members.iter().copied());
        let (id, status, came) = (room.id, room.status, room.has_customer_come);
        _ = writeln!(out, "room {id} {status:?} turn={turn:?} came={came} members={members} past={past}");
        for message in room.log.messages() {
            self.digest_message(out, room, message);
        }
    }

    fn digest_message(&self, out: &mut String, room: &Room, message: &Message) {
        let Message { id, role, from, text, language, language_is_sure, at_unix_ms, .. } = message;
        let writer = self.names([message.writer]);
        let addressee = self.names(message.addressee);
        let is_named = message.reference.as_ref().map(|name| (name, room.referred(message.writer, name)));
        _ = writeln!(
            out,
            "  message {id} {writer} {role:?} {from:?} to={addressee} {text:?} {language:?} sure={language_is_sure} \
             at={at_unix_ms} name={is_named:?} {}",
            message.endings()
        );
    }

    /// The numbers of clients by which records know them.
    fn names(&self, clients: impl IntoIterator<Item = ClientKey>) -> String {
        let number =
            |key| self.client(key).map_or("?".to_owned(), |client| client.token.number().to_string());
        let mut names: Vec<String> = clients.into_iter().map(number).collect();
        names.sort_unstable();
        names.join(",")
    }
}

fn digest_client(out: &mut String, client: &Client) {
    let Client { role, name, token, speech, .. } = client;
    let (language, source) = (speech.language(), speech.source());
    _ = writeln!(out, "client {} {role:?} {name:?} {language:?} {source:?}", token.number());
}
