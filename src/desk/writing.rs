//! Members write. A customer who writes while the room is closing opens it again.

use super::lifecycle::set_status;
use super::{Desk, Refused, Seat};
use crate::conversation::{ClientKey, Context, Role, RoomKey, Status, Turn, Writing, change};

impl Desk {
    /// Appends to the log, if there is room. Returns the id.
    ///
    /// # Errors
    /// There is none.
    pub fn append(
        &mut self,
        cx: &mut Context<'_>,
        key: RoomKey,
        writer: ClientKey,
        writing: &Writing<'_>,
    ) -> Result<u64, Refused> {
        change::fit(cx, key, writing.bytes())?;
        let is_closing = cx.rooms.room(key).is_some_and(|room| room.status == Status::Closing);
        if is_closing && cx.rooms.client(writer).is_some_and(|client| client.role == Role::Customer) {
            // It waits again, and any agent may join.
            set_status(cx, key, Status::Waiting, Turn::Last);
        }
        let id = change::append(cx, key, writer, writing)?;
        self.note_life(cx.now, key);
        Ok(id)
    }
}

/// The message somebody has written under this name already. What is in the log is not stored yet, perhaps: not even that
/// is acknowledged then.
///
/// # Errors
/// Nothing can be stored, or the room is closed.
pub fn written_before(cx: &Context<'_>, seat: Seat, reference: Option<&str>) -> Result<Option<u64>, Refused> {
    super::refusal::must_remember(cx)?;
    let room = cx.rooms.room(seat.room).ok_or(Refused::RoomClosed)?;
    Ok(reference.and_then(|reference| room.referred(seat.client, reference)))
}
