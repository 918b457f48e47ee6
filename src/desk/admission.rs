//! People come: customers who start a chat, agents who show a profile. And their tokens end.

use std::sync::Arc;

use super::{Desk, Refusal, Timer};
use crate::config::Config;
use crate::conversation::{
    Client, ClientKey, Context, MESSAGE_OVERHEAD_BYTES, Role, Speech, TokenHash, new_token,
};
use crate::tools::limiter::{AddressKey, Window};
use crate::vocabulary::Record;

impl Desk {
    /// Whether there is room for one more chat, whose first message has so many bytes; counts it.
    ///
    /// # Errors
    /// Too many were started from this address, or there is no room at all.
    pub fn may_start(&self, cx: &mut Context<'_>, address: AddressKey, bytes: usize) -> Result<(), Refusal> {
        let open = self.started_from.get(&address).copied().unwrap_or(0);
        if open >= cx.config.max_rooms_per_address {
            return Err(Refusal::TooManyRooms);
        }
        if self.chats() >= cx.config.max_rooms || cx.rooms.clients() >= cx.config.max_tokens {
            return Err(Refusal::ServerFull);
        }
        let needed = bytes + MESSAGE_OVERHEAD_BYTES;
        if needed > cx.config.max_room_text_bytes || !cx.make_space(needed) {
            return Err(Refusal::ServerFull);
        }
        count_start(cx, address)
    }

    /// Takes a customer in who may start a chat. Their token.
    pub fn admit_customer(
        &mut self,
        cx: &mut Context<'_>,
        address: AddressKey,
        name: &str,
        speech: Speech,
    ) -> (ClientKey, String) {
        admit(cx, address, Role::Customer, name, speech)
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
    speech: Speech,
) -> Result<String, Refusal> {
    if cx.rooms.clients() >= cx.config.max_tokens {
        return Err(Refusal::ServerFull);
    }
    count_start(cx, address)?;
    let (client, token) = admit(cx, address, Role::Agent, name, speech);
    cx.wake(cx.now + cx.config.agent_token_ttl_ms, Timer::Token(client));
    Ok(token)
}

fn admit(
    cx: &mut Context<'_>,
    address: AddressKey,
    role: Role,
    name: &str,
    speech: Speech,
) -> (ClientKey, String) {
    let token = new_token(cx.random);
    let client = cx.rooms.admit(Client {
        role,
        name: Arc::from(name),
        token: TokenHash::of(&token),
        speech,
        rooms: Vec::with_capacity(1),
        connections: Vec::with_capacity(1),
        sent: Window::default(),
        deeds: None,
        last_used: cx.now,
        address,
    });
    cx.store_client(client);
    (client, token)
}

/// Counts a chat or a profile against the address it came from.
///
/// # Errors
/// There were too many.
pub fn count_start(cx: &mut Context<'_>, address: AddressKey) -> Result<(), Refusal> {
    let limit = cx.config.starts_per_address;
    cx.limits.starts.check(cx.now, address, limit, Config::RATE_WINDOW).map_err(Refusal::TooManyStarts)
}

/// Ends a token that was not used for long enough.
pub(super) fn maybe_end_token(cx: &mut Context<'_>, key: ClientKey) {
    let Some(client) = cx.rooms.client(key) else { return };
    let in_use = !client.connections.is_empty() || !client.rooms.is_empty();
    let unused_since = if in_use { cx.now } else { client.last_used };
    let at = unused_since + cx.config.agent_token_ttl_ms;
    if at <= cx.now {
        cx.store(Record::ClientEnded { client: cx.client_number(key) });
        cx.rooms.dismiss(key);
    } else {
        cx.wake(at, Timer::Token(key));
    }
}
