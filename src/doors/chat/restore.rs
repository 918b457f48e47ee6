//! The past of the chat door: how it does again at the next start what it has written down.
//!
//! Restoring is doing what a record says by the same operations, with two differences: nothing is sent
//! or asked for, because nobody is here yet, and what takes time is timed by the wall clock. A translation that was
//! pending is not recorded; it counts as never asked for.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Care, Chat, Timer};
use crate::conversation::{
    Client, Draft, Found, Role, Room, RoomId, RoomKey, RoomTimer, Source, Speech, Status, TokenHash,
};
use crate::doors::Context;
use crate::tools::limiter::{AddressKey, Window};
use crate::translate::prompt;
use crate::vocabulary::{ClientNumber, Ended, Language, Millis, Reason, Record};

impl Chat {
    /// Whether a record is about something of this door.
    pub(super) fn is_own(&self, cx: &Context<'_>, record: &Record) -> bool {
        let of_a_client = |number| {
            let client = cx.rooms.numbered(number).and_then(|key| cx.rooms.client(key));
            client.is_some_and(|client| client.role != Role::Guest)
        };
        match record {
            Record::ClientCreated { role, .. } => *role != Role::Guest,
            Record::LanguageLearnt { client, .. } | Record::ClientEnded { client } => of_a_client(*client),
            Record::RoomOpened { .. } => true,
            Record::CustomerCame { room }
            | Record::Joined { room, .. }
            | Record::Left { room, .. }
            | Record::StatusChanged { room, .. }
            | Record::MessageAppended { room, .. }
            | Record::TranslationEnded { room, .. }
            | Record::LogBegins { room, .. }
            | Record::TranslationWanted { room, .. }
            | Record::RoomClosed { room, .. } => open(cx, *room).is_some_and(|key| self.has(key)),
            Record::RoomForgotten { room } => {
                matches!(cx.rooms.find(*room), Found::Closed(_))
            }
            Record::ChatErased { .. }
            | Record::CustomerErased { .. }
            | Record::NamedRoomOpened { .. }
            | Record::LogTurned { .. }
            | Record::NameClaimed { .. } => false,
        }
    }

    /// Does again what a record says. One that does not fit what is there changes nothing.
    pub(super) fn do_again(&mut self, cx: &mut Context<'_>, record: Record) {
        let at = match record {
            Record::RoomOpened { at, .. } | Record::StatusChanged { at, .. } => at,
            _ => cx.unix_ms,
        };
        self.restore_record(cx, record);
        self.notice(cx, at);
    }

    fn restore_record(&mut self, cx: &mut Context<'_>, record: Record) {
        match record {
            Record::ClientCreated { token, role, name, language, source, address, .. } => {
                restore_client(cx, token, role, name, language, source, &address);
            }
            Record::LanguageLearnt { client, language, source } => {
                restore_language(cx, client, language, source);
            }
            Record::ClientEnded { client } => {
                if let Some(key) = cx.rooms.numbered(client) {
                    cx.rooms.dismiss(key);
                }
            }
            Record::RoomOpened { room, customer, .. } => self.restore_room(cx, room, customer),
            Record::CustomerCame { room } => {
                if let Some(key) = open(cx, room) {
                    self.expect_customer_no_more(cx, key);
                }
            }
            Record::Joined { room, client, .. } => restore_member(cx, room, client),
            Record::Left { room, client, .. } => restore_leaving(cx, room, client),
            Record::StatusChanged { room, status, queue, at } => {
                self.restore_status(cx, room, status, queue, at);
            }
            Record::MessageAppended { .. } => restore_message(cx, record),
            Record::TranslationEnded { room, id, to, outcome } => {
                restore_settled(cx, room, id, to, outcome);
            }
            Record::LogBegins { room, id } => {
                if let Some(key) = open(cx, room) {
                    cx.rooms.edit(key, |room| room.restore_beginning(id));
                }
            }
            Record::TranslationWanted { room, id, to } => {
                if let Some(key) = open(cx, room) {
                    cx.rooms.edit(key, |room| room.restore_unsettled(id, to));
                }
            }
            Record::ChatErased { .. }
            | Record::CustomerErased { .. }
            | Record::NamedRoomOpened { .. }
            | Record::LogTurned { .. }
            | Record::NameClaimed { .. } => {}
            Record::RoomClosed { room, reason, at } => self.restore_closed(cx, room, reason, at),
            Record::RoomForgotten { room } => self.forget_closed(cx, room),
        }
    }

    fn restore_room(&mut self, cx: &mut Context<'_>, id: RoomId, customer: ClientNumber) {
        let customer = cx.rooms.numbered(customer);
        let Some(customer) = customer.filter(|_| matches!(cx.rooms.find(id), Found::Nothing)) else { return };
        let key = cx.rooms.open_as(id, cx.door);
        let Some(client) = cx.rooms.client_mut(customer) else { return };
        client.rooms.push(key);
        let (language, address) = (client.speech.language(), client.address);
        cx.rooms.edit(key, |room| room.restore_member(customer, Role::Customer, language));
        cx.rooms.queue_last(key);
        self.care_for(cx, key, address);
    }

    /// Cares for a room from now on: the time nobody could come because the process was down does not count.
    pub(super) fn care_for(&mut self, cx: &mut Context<'_>, key: RoomKey, started_from: AddressKey) {
        *self.started_from.entry(started_from).or_default() += 1;
        let (idle, absence) = (cx.now + cx.config.room_idle_ms, cx.now + cx.config.customer_absence_ms);
        cx.rooms.edit_timers(key, |room| {
            room.set_timer(RoomTimer::CustomerAbsence, Some(absence));
            room.set_timer(RoomTimer::Idle, Some(idle));
        });
        self.care.insert(key, Care { last_active: cx.now, started_from });
    }

    fn restore_status(
        &mut self,
        cx: &mut Context<'_>,
        room: RoomId,
        status: Status,
        queue: Option<i64>,
        at: u64,
    ) {
        let Some(key) = open(cx, room).filter(|_| status != Status::Open) else { return };
        self.set_status(cx, key, status);
        if let Some(number) = queue.filter(|_| status == Status::Waiting) {
            cx.rooms.enqueue(key, number);
        }
        let absent = (status == Status::Active).then(|| cx.now + cx.config.agent_absence_ms);
        let closes = (status == Status::Closing).then(|| cx.now + (cx.config.close_wait_ms - age(cx, at)));
        cx.rooms.edit_timers(key, |room| {
            room.set_timer(RoomTimer::AgentAbsence, absent);
            room.set_timer(RoomTimer::Closing, closes);
        });
    }

    fn restore_closed(&mut self, cx: &mut Context<'_>, room: RoomId, reason: Reason, at: u64) {
        let Some(key) = open(cx, room) else { return };
        let Some(room) = cx.close_room(key, reason.word()) else { return };
        self.care_no_more(key);
        let until = cx.now + (cx.config.tombstone_ms - age(cx, at));
        cx.wake(until, Timer::Tombstone(room.id));
    }
}

/// How long ago something was.
fn age(cx: &Context<'_>, at: u64) -> Millis {
    Millis(cx.unix_ms.saturating_sub(at))
}

fn open(cx: &Context<'_>, room: RoomId) -> Option<RoomKey> {
    match cx.rooms.find(room) {
        Found::Open(key) => Some(key),
        Found::Closed(_) | Found::Nothing => None,
    }
}

fn restore_client(
    cx: &mut Context<'_>,
    token: TokenHash,
    role: Role,
    name: Arc<str>,
    language: Option<Language>,
    source: Source,
    address: &str,
) {
    if cx.rooms.numbered(token.number()).is_some() {
        return;
    }
    let address = address.split('/').next().and_then(|address| address.parse::<IpAddr>().ok());
    let key = cx.rooms.admit(Client {
        role,
        name,
        token,
        speech: Speech::restored(language, source),
        rooms: Vec::new(),
        connections: Vec::new(),
        sent: Window::default(),
        deeds: None,
        last_used: cx.now,
        address: AddressKey::from(address.unwrap_or(IpAddr::from([0, 0, 0, 0]))),
    });
    if role == Role::Agent {
        cx.wake(cx.now + cx.config.agent_token_ttl_ms, Timer::Token(key));
    }
}

fn restore_language(cx: &mut Context<'_>, client: ClientNumber, language: Language, source: Source) {
    let Some(key) = cx.rooms.numbered(client) else { return };
    let Some(client) = cx.rooms.client_mut(key) else { return };
    let before = std::mem::replace(&mut client.speech, Speech::restored(Some(language), source));
    let (sure, rooms) = (client.speech.is_sure(), client.rooms.clone());
    let correction = client.speech.corrects(&before, client.role);
    for room in rooms {
        cx.rooms.edit(room, |room| {
            if let Some(correction) = correction {
                room.restore_correction(key, language, correction);
            } else if sure {
                room.relabel(key, language);
            }
            room.restore_language(key, language);
        });
    }
}

fn restore_member(cx: &mut Context<'_>, room: RoomId, client: ClientNumber) {
    let (Some(room), Some(key)) = (open(cx, room), cx.rooms.numbered(client)) else { return };
    let Some(client) = cx.rooms.client_mut(key) else { return };
    client.rooms.push(room);
    let (role, language) = (client.role, client.speech.language());
    cx.rooms.edit(room, |room| room.restore_member(key, role, language));
}

fn restore_leaving(cx: &mut Context<'_>, room: RoomId, client: ClientNumber) {
    let (Some(room), Some(key)) = (open(cx, room), cx.rooms.numbered(client)) else { return };
    cx.rooms.leave(room, key);
}

fn restore_message(cx: &mut Context<'_>, record: Record) {
    let Record::MessageAppended { room, id, writer, reference, text, language, sure, at, .. } = record else {
        return;
    };
    let (Some(room), Some(writer)) = (open(cx, room), cx.rooms.numbered(writer)) else { return };
    let Some(client) = cx.rooms.client_mut(writer) else { return };
    client.speech.has_heard();
    let role = client.role;
    if cx.rooms.edit(room, |room| room.restore_name(id, writer, reference.as_deref())) == Some(true) {
        return;
    }
    let Some(client) = cx.rooms.client(writer) else { return };
    // The record says what was known then; what has become known since holds for it as well.
    let known = client.speech.language().filter(|_| client.speech.is_sure());
    let draft = Draft {
        writer,
        addressee: None,
        role,
        from: Arc::clone(&client.name),
        written_on: None,
        reference: reference.as_deref().map(Into::into),
        has_words: prompt::has_words(&text),
        text,
        language,
        language_is_sure: sure,
        at_unix_ms: at,
        translation: None,
    };
    // Translations can be had again, and what is too much for a room had been read.
    let over = cx.make_space_at_start(draft.bytes());
    let held = cx.rooms.room(room).map_or(0, Room::text_bytes);
    let limit = cx.config.max_room_text_bytes.min((held + draft.bytes()).saturating_sub(over));
    cx.rooms.edit(room, |room| {
        room.restore_message(id, draft, limit);
        if let Some(language) = known {
            room.relabel(writer, language);
        }
    });
}

fn restore_settled(cx: &mut Context<'_>, room: RoomId, id: u64, to: Language, outcome: Ended) {
    let Some(room) = open(cx, room) else { return };
    match &outcome {
        Ended::Done(text) if cx.text_bytes() + text.len() > cx.config.max_text_bytes => {
            cx.rooms.edit(room, |room| room.restore_dropped(id, to));
            return;
        }
        Ended::Written(text) if cx.make_space_at_start(text.len()) > 0 => return,
        _ => {}
    }
    cx.rooms.edit(room, |room| room.restore_settled(id, to, outcome));
}
