//! What people do beside writing: they type, and have read. And how often they may do it.

use super::{Refused, Seat};
use crate::config::Config;
use crate::conversation::{ClientKey, Context, RateWindows};
use crate::tools::limiter::Window;

/// Somebody types, or no more. Saying so again only moves the time until which they are believed.
///
/// # Errors
/// They say so too often.
pub fn set_typing(cx: &mut Context<'_>, seat: Seat, is_typing: bool) -> Result<(), Refused> {
    count(cx, seat.client, cx.config.signals_per_minute, |rates| &mut rates.signals)?;
    let until = is_typing.then(|| cx.now + Config::TYPING_SPAN);
    cx.rooms.edit(seat.room, |room| room.set_typing(seat.client, until));
    Ok(())
}

/// Somebody has read everything up to a message.
///
/// # Errors
/// They say so too often, or there is no such message yet.
pub fn set_read(cx: &mut Context<'_>, seat: Seat, id: u64) -> Result<(), Refused> {
    count(cx, seat.client, cx.config.signals_per_minute, |rates| &mut rates.signals)?;
    let last = cx.rooms.room(seat.room).map_or(0, |room| room.log.last_id());
    if id > last {
        return Err(Refused::NotWrittenYet);
    }
    cx.rooms.edit(seat.room, |room| room.set_read(seat.client, id));
    Ok(())
}

/// Counts an action that is no message against whoever took it.
pub(super) fn count(
    cx: &mut Context<'_>,
    client: ClientKey,
    limit: u32,
    kind: impl FnOnce(&mut RateWindows) -> &mut Window,
) -> Result<(), Refused> {
    let now = cx.now;
    let Some(client) = cx.rooms.client_mut(client) else { return Err(Refused::NoSuchRoom) };
    client.last_used = now;
    let window = kind(client.rates.get_or_insert_default());
    window.check(now, limit, Config::RATE_WINDOW).map_err(Refused::TooMany)
}
