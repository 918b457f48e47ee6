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
/// There is nothing to ask for, or they ask too often.
pub fn retry(cx: &mut Context<'_>, seat: Seat, conn: ConnId, id: u64) -> Result<bool, Refused> {
    if !seat.updates {
        return Err(Refused::UpdatesNeeded);
    }
    let room = cx.rooms.room(seat.room);
    if room.is_none_or(|room| room.log.message(id).is_none()) {
        return Err(Refused::MessageUnknown);
    }
    if !room.is_some_and(|room| room.may_retry(conn, id)) {
        return Err(Refused::NothingFailed);
    }
    // That it is pending is not told where that it had failed may be forgotten.
    must_remember(cx)?;
    count(cx, seat.client, cx.config.retries_per_minute, |rates| &mut rates.retries)?;
    Ok(change::retry(cx, seat.room, conn, id))
}
