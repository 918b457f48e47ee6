//! The one drain: whatever an event did to rooms, here is what follows from it.
//!
//! ```text
//!   a door decides ─▶ rooms change, and are marked ─▶ drain:   while a room is marked, in the order of keys
//!                                                                ask      wants go to the translator, as far as they may
//!                                                                expire   what is overdue frees its readers
//!                                                                advance  readers are told notices, messages, updates
//!                                                                time     the entry of the wheel
//!                                                              then rooms whose wants did not fit, in turn
//! ```
//!
//! There are two marks: a *room* (its log, readings or notices changed: all its readers) and a *reader* (opened, drained:
//! that one alone), or a room of ten thousand would be quadratic. Each pass takes something from a list, so it ends. While
//! nothing can be stored nobody is advanced, and the mark waits. A room that ends is drained once more without waiting for
//! anything, and is gone.
//!
//! It must not know protocols: what a reader is told is put into words by the door of the room, as [`Render`].

use std::sync::Arc;

use bytes::Bytes;

use super::{Asker, Context, Ended, Mark, Role, Room, RoomKey, Step, change};
use crate::tools::alarm::Timer;
use crate::tools::known::known;
use crate::tools::outbox::NORMAL_CLOSURE;
use crate::translate::{Asked, Outcome};
use crate::vocabulary::{ConnId, Language, Millis, Record, Status, Tenant};

/// What the conversation asks of the door of a room. One without rooms is never asked.
#[expect(unused_variables, reason = "an answer for those without rooms")]
pub trait Render {
    /// Puts a step into words for the reader at a place; nothing where there is nothing to say.
    fn render(&mut self, cx: &mut Context<'_>, room: RoomKey, place: usize, step: &Step) -> Bytes {
        Bytes::new()
    }

    /// A room has ended, and was taken away.
    fn on_ended(&mut self, cx: &mut Context<'_>, key: RoomKey, room: &Room) {}
}

/// Finds the door of a room.
pub trait Renderers {
    /// By its place in the table.
    fn renderer(&mut self, door: u8) -> Option<&mut dyn Render>;
}

/// Lets everything follow that follows from the step before. Whether that was anything.
pub fn drain(cx: &mut Context<'_>, doors: &mut dyn Renderers) -> bool {
    let mut any = false;
    loop {
        while let Some((key, mark)) = cx.rooms.take_mark() {
            drain_room(cx, doors, key, mark);
            any = true;
        }
        // In turn, so that no room with many wants keeps the others from the queue.
        match cx.rooms.next_behind(has_place_to_spare(cx)) {
            Some(key) => drain_room(cx, doors, key, Mark::default()),
            None => return any,
        }
        any = true;
    }
}

fn drain_room(cx: &mut Context<'_>, doors: &mut dyn Renderers, key: RoomKey, mut mark: Mark) {
    let Some(room) = known(cx.rooms.room(key)) else { return };
    let Some(door) = known(doors.renderer(room.door)) else { return };
    if let Some(ending) = room.ending {
        return end(cx, door, key, ending.reason.word());
    }
    take_back(cx, key);
    ask(cx, key);
    mark.all |= expire(cx, key);
    // Readers advance once, also where what was asked for had an answer at once.
    cx.rooms.add_mark(key, &mut mark);
    if cx.store_is_down {
        cx.rooms.hold(key, &mark);
    } else {
        advance(cx, door, key, &mark);
        cx.rooms.have_advanced(key);
    }
    arm(cx, key);
    if cfg!(debug_assertions)
        && let Some(room) = cx.rooms.room(key)
    {
        room.check_invariants();
    }
}

// ---- asking ----

/// Takes back what nobody waits for any more: its place is free for what somebody does.
fn take_back(cx: &mut Context<'_>, key: RoomKey) {
    let Some(room) = cx.rooms.quiet(key) else { return };
    let (tenant, unwanted) = (room.tenant, room.take_unwanted());
    give_back(cx, tenant, key, unwanted);
}

fn give_back(
    cx: &mut Context<'_>,
    tenant: Tenant,
    key: RoomKey,
    (unread, called_off): (Vec<Language>, Vec<(u64, Language)>),
) {
    for language in unread {
        cx.withdraw(tenant, key, language);
    }
    for (id, to) in called_off {
        cx.take_back(tenant, Asker::Message(key, id), to);
    }
}

/// Asks for what the room wants, as far as it may queue.
fn ask(cx: &mut Context<'_>, key: RoomKey) {
    while let Some((id, to)) = next_want(cx, key) {
        ask_for(cx, key, id, to);
    }
    // The store has the translation still: after a restart whoever was told that it is pending would wait for ever.
    let Some(room) = known(cx.rooms.quiet(key)) else { return };
    let (room, anew) = (room.id, room.take_wanted_anew());
    for (id, to) in anew {
        cx.record(Record::TranslationWanted { room, id, to });
    }
}

/// What is to be asked for next. Half of the queue is kept for what people write meanwhile: what nobody waits for is put
/// off, and asked for when there is a place to spare.
fn next_want(cx: &mut Context<'_>, key: RoomKey) -> Option<(u64, Language)> {
    if !cx.has_place(key) {
        return None;
    }
    let is_tight = !has_place_to_spare(cx);
    let room = cx.rooms.quiet(key)?;
    if is_tight && room.wants_at_leisure() {
        cx.rooms.put_behind(key);
        return None;
    }
    room.wants.pop_front()
}

/// Whether the queue has a place for what nobody waits for.
fn has_place_to_spare(cx: &Context<'_>) -> bool {
    cx.translator.queued() < cx.config.max_queued_jobs.div_ceil(2)
}

fn ask_for(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language) {
    let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
    if message.is_plain_in(to) {
        // Its language has become known since it was wanted.
        return change::end_translation(cx, key, id, to, Ended::Same);
    }
    // What somebody has translated by hand is never asked of the model.
    let written_in = message.language.filter(|_| message.role == Role::Agent);
    let tenant = cx.rooms.tenant_of(key);
    let by_hand =
        written_in.and_then(|from| cx.config.replies_of(tenant).translation_of(&message.text, from, to));
    if let Some(by_hand) = by_hand
        && change::fit(cx, key, by_hand.len()).is_ok()
    {
        return change::end_translation(cx, key, id, to, Ended::Written(by_hand.into()));
    }
    let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
    let from = message.language.filter(|_| message.language_is_sure);
    let text = Arc::clone(&message.text);
    let asked = if cx.make_space(text.len()) {
        cx.ask(tenant, Asker::Message(key, id), to, from, &text)
    } else {
        Asked::Now(Outcome::Failed { again: true, check: None })
    };
    if let Asked::Now(outcome) = asked {
        change::translated(cx, key, id, to, outcome);
    }
}

// ---- expiring ----

/// Readers have waited long enough, and who types has not said so again for long enough. Whether any of it has come.
fn expire(cx: &mut Context<'_>, key: RoomKey) -> bool {
    let now = cx.now;
    let Some(room) = known(cx.rooms.quiet(key)) else { return false };
    let is_overdue = |at: Option<Millis>| at.is_some_and(|at| at <= now);
    if !is_overdue(room.next_deadline()) && !is_overdue(room.next_typing_end()) {
        return false;
    }
    room.expire_typing(now);
    let (room, freed) = (room.id, room.expire_deadlines(now));
    for (id, to) in freed {
        cx.record(Record::TranslationWanted { room, id, to });
    }
    true
}

// ---- advancing ----

fn advance(cx: &mut Context<'_>, door: &mut dyn Render, key: RoomKey, mark: &Mark) {
    if mark.all {
        advance_all(cx, door, key);
    } else {
        for conn in mark.readers() {
            if let Some(place) = cx.rooms.place_of(key, conn) {
                advance_reader(cx, door, key, place, false);
            }
        }
    }
    // When all have advanced, so that one telling is enough.
    if cx.rooms.quiet(key).is_some_and(Room::notify_delivered) {
        advance_all(cx, door, key);
    }
}

fn advance_all(cx: &mut Context<'_>, door: &mut dyn Render, key: RoomKey) {
    let readers = cx.rooms.room(key).map_or(0, |room| room.readers.len());
    for place in 0..readers {
        advance_reader(cx, door, key, place, false);
    }
}

/// Sends one reader what it can take of what is ready for it; in the end, all there is.
fn advance_reader(cx: &mut Context<'_>, door: &mut dyn Render, key: RoomKey, place: usize, is_end: bool) {
    while let Some((conn, step)) = next_step(cx, key, place, is_end) {
        let bytes = door.render(cx, key, place, &step);
        let is_delivery = !matches!(step, Step::Notice(_)) && !bytes.is_empty();
        cx.counters.deliveries += u64::from(is_delivery);
        cx.outbox.send(conn, bytes, cx.effects);
    }
}

fn next_step(cx: &mut Context<'_>, key: RoomKey, place: usize, is_end: bool) -> Option<(ConnId, Step)> {
    let room = cx.rooms.quiet(key)?;
    let conn = room.readers.get(place)?.conn;
    if !is_end && cx.outbox.is_full(conn) {
        return None;
    }
    let step = room.next_notice(place).map(Step::Notice).or_else(|| room.next_step(place));
    let step = step.or_else(|| room.notice_of_translating(place).filter(|_| !is_end).map(Step::Notice));
    Some((conn, step?))
}

// ---- time ----

fn arm(cx: &mut Context<'_>, key: RoomKey) {
    if let Some(room) = cx.rooms.quiet(key) {
        room.time_what_expires();
        room.timers.arm(cx.wheel, Timer::Room(key.to_bits()));
    }
}

// ---- the end ----

/// Who still reads gets the rest of the log as it is, is told why, and is let go.
fn end(cx: &mut Context<'_>, door: &mut dyn Render, key: RoomKey, reason: &'static str) {
    let Some(room) = known(cx.rooms.quiet(key)) else { return };
    room.release();
    let conns: Vec<ConnId> = room.readers.iter().map(|reader| reader.conn).collect();
    for place in 0..conns.len() {
        advance_reader(cx, door, key, place, true);
    }
    // When all have heard how it stood: nobody is told of that behind its end.
    for (place, conn) in conns.iter().enumerate() {
        let bytes = door.render(cx, key, place, &Step::Ended(reason));
        cx.outbox.send(*conn, bytes, cx.effects);
    }
    if cx.rooms.room(key).is_some_and(|room| room.status == Status::Open) {
        cx.rooms.trim(key, 0, usize::MAX);
    }
    let Some(mut room) = known(cx.close_room(key, reason)) else { return };
    give_back(cx, room.tenant, key, room.take_unwanted());
    for conn in conns {
        cx.end(conn, NORMAL_CLOSURE, reason);
    }
    for language in room.members.iter().filter_map(|member| member.language) {
        cx.withdraw(room.tenant, key, language);
    }
    door.on_ended(cx, key, &room);
}
