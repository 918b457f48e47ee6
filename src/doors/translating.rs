//! What doors do alike about translations: asking for what a room wants, and one timer for its next deadline.

use std::sync::Arc;

use super::{Alarm, Asker, Context};
use crate::conversation::{Room, RoomKey, Settled};
use crate::tools::timer::TimerId;
use crate::translate::{Asked, Outcome};
use crate::vocabulary::{Language, Millis};

/// The timer of a room's next deadline, if there is one.
pub(super) type Deadline = Option<(Millis, TimerId)>;

/// Asks for what a room wants, as far as it may queue; what somebody has written `by_hand` is not asked for, and what has
/// ended at once goes to `settle`. Whether something that nobody waits for was put off, because the queue is kept for
/// what people write meanwhile.
pub(super) fn feed(
    cx: &mut Context<'_>,
    key: RoomKey,
    by_hand: impl Fn(&mut Context<'_>, u64, Language) -> Option<Arc<str>>,
    mut settle: impl FnMut(&mut Context<'_>, u64, Language, Outcome),
) -> bool {
    while cx.has_place(key) {
        if !has_place_to_spare(cx) && cx.rooms.room(key).is_some_and(Room::wants_at_leisure) {
            return true;
        }
        let Some((id, to)) = cx.rooms.edit(key, |room| room.wants.pop_front()).flatten() else { break };
        let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { continue };
        if message.is_plain_in(to) {
            // Its language has become known since it was wanted.
            keep_settled(cx, key, id, to, Settled::Same);
            continue;
        }
        if let Some(text) = by_hand(cx, id, to) {
            keep_settled(cx, key, id, to, Settled::Written(text));
            continue;
        }
        let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { continue };
        let from = message.language.filter(|_| message.language_is_sure);
        let text = Arc::clone(&message.text);
        let asked = if cx.make_space(text.len()) {
            cx.ask(Asker::Message(key, id), to, from, &text)
        } else {
            Asked::Now(Outcome::Failed { again: true })
        };
        if let Asked::Now(outcome) = asked {
            settle(cx, id, to, outcome);
        }
    }
    false
}

/// Whether the queue has a place for what nobody waits for: half of it is kept for what people write meanwhile. What is
/// put off is asked for later; what finds the queue full is not.
pub(super) fn has_place_to_spare(cx: &Context<'_>) -> bool {
    cx.translator.queued() < cx.config.max_queued_jobs.div_ceil(2)
}

/// A translation has ended: in the log, and in the store.
pub(super) fn keep_settled(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, settled: Settled) {
    if cx.rooms.edit(key, |room| room.settle(id, to, settled.clone())) == Some(true) {
        cx.store_settled(key, id, to, settled);
    }
}

/// One timer for the deadline that comes first.
pub(super) fn time_deadline(
    cx: &mut Context<'_>,
    key: RoomKey,
    deadline: &mut Deadline,
    alarm: impl Into<Alarm>,
) {
    let next = cx.rooms.room(key).and_then(Room::next_deadline);
    if deadline.map(|(at, _)| at) == next {
        return;
    }
    if let Some((_, timer)) = deadline.take() {
        cx.cancel(timer);
    }
    *deadline = next.map(|at| (at, cx.wake(at, alarm)));
}
