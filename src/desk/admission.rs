//! People come: customers who start a chat, agents who show a profile. And their tokens end.

use super::{Desk, Refused, StartName, Timer};
use crate::conversation::{
    ClientKey, Context, MESSAGE_OVERHEAD_BYTES, Role, Speech, TokenHash, change, new_token,
};
use crate::tools::limiter::AddressKey;
use crate::tools::shares::Share;
use crate::vocabulary::{Bytes32, Record, RoomId};

impl Desk {
    /// Whether there is room for one more chat, whose first message has so many bytes; counts it.
    ///
    /// # Errors
    /// Too many were started from this address, or there is no room at all.
    pub fn may_start(&self, cx: &mut Context<'_>, address: AddressKey, bytes: usize) -> Result<(), Refused> {
        let config = cx.config;
        let per_address = config.max_rooms_per_address;
        let share = Share::while_taken(config, per_address, self.chats(), config.max_rooms);
        if !self.started_from.has_place(address, share) {
            return Err(Refused::TooManyRooms);
        }
        // Whoever waits is of no use without an agent: the last tokens are theirs.
        let tokens = config.for_strangers(config.max_tokens);
        if self.chats() >= config.max_rooms || cx.rooms.clients() >= tokens {
            return Err(Refused::ServerFull);
        }
        let needed = bytes + MESSAGE_OVERHEAD_BYTES;
        if needed > cx.config.max_room_text_bytes || !cx.make_space(needed) {
            return Err(Refused::ServerFull);
        }
        count_start(cx, address)
    }

    /// Takes a customer in who may start a chat, by their token.
    ///
    /// # Errors
    /// There is no room.
    pub fn admit_customer(
        &mut self,
        cx: &mut Context<'_>,
        address: AddressKey,
        name: &str,
        speech: &Speech,
        token: &str,
    ) -> Result<ClientKey, Refused> {
        admit(cx, address, Role::Customer, name, speech, token)
    }

    /// Remembers that a start was named: made again under this name it is the same. A name that can be guessed is not
    /// stored, for with it and the file anybody could make the token.
    pub fn name_start(
        &mut self,
        cx: &mut Context<'_>,
        name: &StartName<'_>,
        room: RoomId,
        body: Bytes32,
        salt: Bytes32,
    ) {
        let record = name.record(room, body, salt);
        self.repeats.keep(&record);
        if name.is_long() {
            cx.record(record);
        }
    }
}

/// Takes an agent in. Their token, which ends when it was not used for long enough.
///
/// # Errors
/// There is no room, or too many came from this address.
pub fn admit_agent(
    cx: &mut Context<'_>,
    address: AddressKey,
    name: &str,
    speech: &Speech,
) -> Result<String, Refused> {
    if cx.rooms.clients() >= cx.config.max_tokens {
        return Err(Refused::ServerFull);
    }
    count_start(cx, address)?;
    let token = new_token(cx.random);
    let agent = admit(cx, address, Role::Agent, name, speech, &token)?;
    expect_token(cx, agent);
    Ok(token)
}

fn admit(
    cx: &mut Context<'_>,
    address: AddressKey,
    role: Role,
    name: &str,
    speech: &Speech,
    token: &str,
) -> Result<ClientKey, Refused> {
    change::admit(cx, role, name, speech, TokenHash::of(token), address).ok_or(Refused::ServerFull)
}

/// A token may be unused for so long.
pub(super) fn expect_token(cx: &mut Context<'_>, agent: ClientKey) {
    cx.wake(cx.now + cx.config.agent_token_ttl_ms, Timer::Token(agent));
}

/// Counts a chat or a profile against the address it came from.
fn count_start(cx: &mut Context<'_>, address: AddressKey) -> Result<(), Refused> {
    cx.count_start(address).map_err(Refused::TooManyStarts)
}

/// Ends a token that was not used for long enough.
pub(super) fn maybe_end_token(cx: &mut Context<'_>, key: ClientKey) {
    let Some(client) = cx.rooms.client(key) else { return };
    let in_use = !client.connections.is_empty() || !client.rooms.is_empty();
    let unused_since = if in_use { cx.now } else { client.last_used };
    let at = unused_since + cx.config.agent_token_ttl_ms;
    if at <= cx.now {
        cx.record(Record::ClientEnded { client: cx.client_number(key) });
    } else {
        cx.wake(at, Timer::Token(key));
    }
}
