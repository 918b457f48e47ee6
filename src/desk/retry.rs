//! A reader asks for a translation that has failed once more.

use super::refusal::must_remember;
use super::signals::count;
use super::{Refused, Seat};
use crate::conversation::{Context, change};
use crate::vocabulary::ConnId;

/// Whoever was shown the original is told that the translation is pending, and later what has become of it. Whether it is
/// pending from now on.
///
/// # Errors
/// There is nothing to ask for, nobody to ask, or they ask too often.
pub fn retry(cx: &mut Context<'_>, seat: Seat, conn: ConnId, id: u64) -> Result<bool, Refused> {
    if !seat.updates {
        return Err(Refused::UpdatesNeeded);
    }
    let room = cx.rooms.room(seat.room);
    if room.is_none_or(|room| room.log.message(id).is_none()) {
        return Err(Refused::MessageUnknown);
    }
    let pair = room.and_then(|room| room.retried(conn, id)).ok_or(Refused::NothingFailed)?;
    // That it is pending is not told where that it had failed may be forgotten.
    must_remember(cx)?;
    // Nobody is told that it is pending where it cannot be: it follows by itself when it can.
    if let Some(outage) = cx.translator.outage() {
        return Err(Refused::NoTranslator(outage));
    }
    if cx.translator.is_set_aside(pair) {
        return Err(Refused::PairFails);
    }
    count(cx, seat.client, cx.config.retries_per_minute, |rates| &mut rates.retries)?;
    Ok(change::retry(cx, seat.room, conn, id))
}
