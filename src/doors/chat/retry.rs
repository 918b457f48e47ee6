//! A reader asks for a translation that has failed once more.

use super::incoming::count;
use super::protocol::TranslationEvent;
use super::{Chat, Seat};
use crate::conversation::change;
use crate::doors::{Context, Denied};
use crate::vocabulary::ConnId;

impl Chat {
    /// Whoever was shown the original is told that the translation is pending, and later what has become of it.
    pub(super) fn retry(
        &mut self,
        cx: &mut Context<'_>,
        seat: Seat,
        conn: ConnId,
        id: u64,
        reference: Option<&str>,
    ) -> Result<(), Denied> {
        if !seat.updates {
            return Err(Denied::new(
                400,
                "updates_needed",
                "connect with updates=1 to be told what becomes of it",
            ));
        }
        let room = cx.rooms.room(seat.room);
        if room.is_none_or(|room| room.log.message(id).is_none()) {
            return Err(Denied::new(
                404,
                "message_unknown",
                "id must be that of a message that is in memory",
            ));
        }
        if !room.is_some_and(|room| room.may_retry(conn, id)) {
            return Err(Denied::new(
                409,
                "nothing_failed",
                "no translation of this message has failed for you",
            ));
        }
        // That it is pending is not told where that it had failed may be forgotten.
        cx.must_remember()?;
        count(cx, seat.client, cx.config.retries_per_minute, |deeds| &mut deeds.retries)?;
        change::retry(cx, seat.room, conn, id);
        let room_id = cx.room_number(seat.room);
        let pending = TranslationEvent {
            r#type: "translation",
            room_id,
            id,
            translated_content: None,
            original_content: None,
            original_language: None,
            reference,
            pending: true,
            untranslated: false,
        };
        cx.send(conn, &pending);
        Ok(())
    }
}
