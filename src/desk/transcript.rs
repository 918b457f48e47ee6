//! What was said in a chat, for whoever takes part in it: every message that is still in memory, as this member reads it
//! and as it was written.

use super::{Refused, access};
use crate::conversation::{ClientKey, Context, Member, Message, Role, Room, RoomId, Shown};
use crate::vocabulary::{EngineName, Language, Tenant};

pub struct Transcript<'a> {
    pub room: RoomId,
    /// Where the log begins; earlier messages are gone from memory.
    pub first_id: u64,
    pub customer_name: &'a str,
    /// Who answered, in the order of their coming.
    pub agent_names: Vec<&'a str>,
    /// What the reader reads.
    pub language: Option<Language>,
    pub lines: Vec<Line<'a>>,
}

/// A message, and how the reader is shown it.
pub struct Line<'a> {
    pub message: &'a Message,
    shown: Shown,
    /// Who translated it, for agents.
    pub engine: Option<EngineName>,
}

impl Line<'_> {
    /// What it reads like in the reader's language, where that is another one.
    pub fn translation(&self) -> Option<&str> {
        self.shown.translated()
    }

    /// Whether the translation can be understood, but is clumsy.
    pub fn is_rough(&self) -> bool {
        self.shown.is_rough()
    }

    /// Whether there is no translation, or none yet, though there should be one.
    pub fn is_untranslated(&self) -> bool {
        matches!(self.shown, Shown::Untranslated | Shown::Pending)
    }
}

/// What was said in a room, for a member of it.
///
/// # Errors
/// There is no such room, it is closed, or they are no member.
pub fn of<'a>(
    cx: &'a Context<'_>,
    tenant: Tenant,
    id: RoomId,
    client: ClientKey,
) -> Result<Transcript<'a>, Refused> {
    let key = access::room_to_sit_in(cx, tenant, id, client)?;
    let room = cx.rooms.room(key).ok_or(Refused::NoSuchRoom)?;
    let reader = room.member(client).ok_or(Refused::NotAMember)?;
    let name = |role| {
        let client = cx.rooms.client(room.member_as(role)?.client)?;
        Some(&*client.name)
    };
    Ok(Transcript {
        room: room.id,
        first_id: room.log.first_id(),
        customer_name: name(Role::Customer).unwrap_or_default(),
        agent_names: agent_names(room, name(Role::Agent)),
        language: reader.language,
        lines: lines(room, reader),
    })
}

/// Every agent who has written, and the one who is here, in the order of their coming.
fn agent_names<'a>(room: &'a Room, here: Option<&'a str>) -> Vec<&'a str> {
    let written =
        room.log.messages().filter(|message| message.role == Role::Agent).map(|message| &*message.from);
    let mut names: Vec<&str> = Vec::new();
    for name in written.chain(here) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn lines<'a>(room: &'a Room, reader: &Member) -> Vec<Line<'a>> {
    let shown = |message: &Message| match message.writer == reader.client {
        true => Shown::Plain,
        false => message.shown_in(reader.language),
    };
    let line = |message| {
        let shown = shown(message);
        let engine = shown.engine().filter(|_| reader.role == Role::Agent);
        Line { message, shown, engine }
    };
    room.log.messages().map(line).collect()
}
