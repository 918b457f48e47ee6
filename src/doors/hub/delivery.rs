//! Translations asked for, and cursors advanced.

use super::{Hub, Timer};
use crate::conversation::{RoomKey, Settled};
use crate::doors::Context;
use crate::doors::translating::{self, keep_settled};
use crate::translate::Outcome;
use crate::vocabulary::{Language, Record};

impl Hub {
    pub(super) fn feed(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let mut any = false;
        let is_behind = translating::feed(
            cx,
            key,
            |_, _, _| None,
            |cx, id, to, outcome| {
                any = true;
                settle(cx, key, id, to, outcome);
            },
        );
        if is_behind {
            self.behind.insert(key);
        }
        self.time_deadline(cx, key);
        if any {
            self.advance(cx, key);
        }
    }

    pub(super) fn time_deadline(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let Some(hall) = self.halls.get_mut(&key) else { return };
        translating::time_deadline(cx, key, &mut hall.deadline, Timer::Deadline(key));
    }

    /// Readers have waited long enough.
    pub(super) fn free_readers(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        if let Some(hall) = self.halls.get_mut(&key) {
            hall.deadline = None;
        }
        let (now, room) = (cx.now, cx.room_number(key));
        for (id, to) in cx.rooms.edit(key, |room| room.expire_deadlines(now)).unwrap_or_default() {
            cx.store(Record::DeliveredUntranslated { room, id, to });
        }
        self.time_deadline(cx, key);
        self.advance(cx, key);
    }

    /// Advances every cursor of a room as far as it goes.
    pub(super) fn advance(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        let readers = cx.rooms.room(key).map_or(0, |room| room.readers.len());
        let Some(hall) = self.halls.get_mut(&key) else { return };
        for place in 0..readers {
            hall.advance(cx, key, place, &self.people);
        }
    }

    /// Advances one of them: coming and draining cost nobody else anything.
    pub(super) fn advance_one(&mut self, cx: &mut Context<'_>, key: RoomKey, place: usize) {
        if let Some(hall) = self.halls.get_mut(&key) {
            hall.advance(cx, key, place, &self.people);
        }
    }
}

/// A translation has ended.
pub(super) fn settle(cx: &mut Context<'_>, key: RoomKey, id: u64, to: Language, outcome: Outcome) {
    let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
    let settled = match outcome {
        Outcome::Failed { again } => Settled::Failed { again },
        Outcome::Done { text, detected } if detected == Some(to) || text == message.text => Settled::Same,
        Outcome::Done { text, .. } if cx.make_space(text.len()) => Settled::Done(text),
        Outcome::Done { .. } => Settled::Failed { again: false },
    };
    keep_settled(cx, key, id, to, settled);
}
