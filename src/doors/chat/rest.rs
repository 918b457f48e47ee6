//! The REST calls of the chat door.

use sha2::{Digest, Sha256};

use super::protocol::{
    ChatEnded, ForRoom, Forget, Forgotten, Joined, Profile, SetProfile, StartChat, Started, WaitingRoom,
};
use super::restore::expect_token;
use super::{Chat, Repeat, RepeatKey, agents_may_call, not_a_member, room_closed, validate, wrong_secret};
use crate::config::Config;
use crate::conversation::{
    ClientKey, Found, MESSAGE_OVERHEAD_BYTES, Role, RoomKey, Speech, Status, TokenHash, Writing, change,
    new_token,
};
use crate::doors::guard::{bearer, may_guess};
use crate::doors::parse::body;
use crate::doors::{Caller, Context, Denied, Erased, rules};
use crate::translate::detect;
use crate::vocabulary::{Language, Millis, Reason};
use crate::wire::http::{Request, Response};

impl Chat {
    /// `POST /start-chat`
    pub(super) fn start_chat(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Denied> {
        let repeat_key = repeat_key(caller, request)?;
        let fingerprint: [u8; 32] = Sha256::digest(&request.body).into();
        if let Some(answer) = self.answer_again(repeat_key, fingerprint)? {
            return Ok(answer);
        }
        let call: StartChat = body(request)?;
        let name = validate::name(&call.name, cx.config)?;
        let content = validate::content(&call.content, cx.config)?;
        let chosen = call.language.as_deref().map(|code| rules::language(code, cx.config)).transpose()?;
        self.may_start(cx, caller, content.len())?;

        let speech = speech(chosen, request, cx.config);
        let token = new_token(cx.random);
        let client = admit(cx, caller, Role::Customer, name, &speech, &token)?;
        let room = self.open_waiting_room(cx, caller, client).ok_or_else(validate::no_such_room)?;
        self.append(cx, room, client, &Writing { text: content, ..Writing::default() })?;
        let Some(room_id) = cx.rooms.room(room).map(|room| room.id) else {
            return Err(validate::no_such_room());
        };
        let answer = Response::new(200).json(&Started { token: &token, room_id });
        if let Some(key) = repeat_key {
            self.repeats.insert(key, Repeat { body: fingerprint, token, room: room_id });
            self.repeat_of.insert(room_id, key);
        }
        Ok(answer)
    }

    /// The first answer, if this start was made before.
    fn answer_again(&self, key: Option<RepeatKey>, body: [u8; 32]) -> Result<Option<Response>, Denied> {
        let Some(repeat) = key.and_then(|key| self.repeats.get(&key)) else { return Ok(None) };
        if repeat.body != body {
            return Err(Denied::new(
                400,
                "idempotency_key_reused",
                "this Idempotency-Key belongs to another chat; take a new one",
            ));
        }
        Ok(Some(Response::new(200).json(&Started { token: &repeat.token, room_id: repeat.room })))
    }

    /// Whether there is room for one more chat.
    fn may_start(&self, cx: &mut Context<'_>, caller: &Caller, bytes: usize) -> Result<(), Denied> {
        let open = self.started_from.get(&caller.address).copied().unwrap_or(0);
        if open >= cx.config.max_rooms_per_address {
            return Err(Denied::new(
                429,
                "too_many_rooms",
                "too many open chats were started from this address",
            ));
        }
        if self.care.len() >= cx.config.max_rooms || cx.rooms.clients() >= cx.config.max_tokens {
            return Err(full());
        }
        let needed = bytes + MESSAGE_OVERHEAD_BYTES;
        if needed > cx.config.max_room_text_bytes || !cx.make_space(needed) {
            return Err(full());
        }
        count_start(cx, caller)
    }

    /// `POST /set-profile`
    pub(super) fn set_profile(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Denied> {
        check_key(cx, caller, request)?;
        let call: SetProfile = body(request)?;
        let name = validate::name(&call.name, cx.config)?;
        let language = rules::language(&call.language, cx.config)?;
        if cx.rooms.clients() >= cx.config.max_tokens {
            return Err(full());
        }
        count_start(cx, caller)?;
        let token = new_token(cx.random);
        let agent = admit(cx, caller, Role::Agent, name, &Speech::chosen(language), &token)?;
        expect_token(cx, agent);
        Ok(Response::new(200).json(&Profile { token: &token }))
    }

    /// `GET /rooms`
    pub(super) fn list_rooms(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Denied> {
        agents_may_call(cx, caller)?;
        if cx.config.agent_key.is_some() || bearer(request).is_some() {
            let client = self.client_of(cx, caller, bearer(request))?;
            must_be_agent(cx, client)?;
        }
        let rooms: Vec<WaitingRoom<'_>> = cx
            .rooms
            .waiting()
            .filter_map(|room| {
                let customer = cx.rooms.client(room.member_as(Role::Customer)?.client)?;
                let language = customer.speech.language();
                Some(WaitingRoom { room_id: room.id, customer_name: &customer.name, language })
            })
            .collect();
        Ok(Response::new(200).json(&rooms).header("Cache-Control", "no-store"))
    }

    /// `POST /join-room`
    pub(super) fn join_room(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Denied> {
        let agent = self.client_of(cx, caller, bearer(request))?;
        must_be_agent(cx, agent)?;
        let call: ForRoom = body(request)?;
        let room_id = validate::room_id(&call.room_id)?;
        let room = self.open_room(cx, room_id)?;
        must_be_free(cx, agent)?;
        if cx.rooms.room(room).map(|room| room.status) != Some(Status::Waiting) {
            return Err(Denied::new(409, "room_not_waiting", "the room is not waiting for an agent"));
        }
        self.agent_joins(cx, room, agent);
        Ok(Response::new(200).json(&Joined { r#type: "room_joined", room_id }))
    }

    /// `POST /end-chat`
    pub(super) fn end_chat(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Denied> {
        let client = self.client_of(cx, caller, bearer(request))?;
        let call: ForRoom = body(request)?;
        let room_id = validate::room_id(&call.room_id)?;
        let (room, role) = self.room_to_end(cx, room_id, client)?;
        let reason = match role {
            Role::Customer => {
                self.close_room(cx, room, Reason::CustomerLeft);
                "customer_left"
            }
            Role::Agent | Role::Guest => {
                self.agent_ends(cx, room, client);
                "agent_left"
            }
        };
        Ok(Response::new(200).json(&ChatEnded { r#type: "chat_ended", room_id, reason }))
    }

    /// `POST /forget`: deletes a chat, or a customer with all their chats, for good. For whoever has the key of the desk.
    pub(super) fn forget_for_good(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Denied> {
        if cx.config.agent_key.is_none() {
            return Err(Denied::new(
                403,
                "needs_a_key",
                "this needs AGENT_KEY; or stop the server for a moment",
            ));
        }
        check_key(cx, caller, request)?;
        let call: Forget = body(request)?;
        let what = match (call.room_id, call.token) {
            (Some(room), None) => Erased::Room(validate::room_id(&room)?),
            (None, Some(token)) => Erased::Person(TokenHash::of(&token).number()),
            _ => return Err(Denied::new(400, "bad_json", "give either room_id or token")),
        };
        self.erase(cx, &what);
        cx.forget_everywhere(what);
        Ok(Response::new(200).json(&Forgotten { r#type: "forgotten" }))
    }

    fn room_to_end(
        &self,
        cx: &Context<'_>,
        id: crate::conversation::RoomId,
        client: ClientKey,
    ) -> Result<(RoomKey, Role), Denied> {
        match cx.rooms.find(id) {
            Found::Nothing => Err(validate::no_such_room()),
            Found::Closed(tombstone) if tombstone.members.contains(&client) => Err(room_closed(409)),
            Found::Closed(_) => Err(not_a_member()),
            Found::Open(key) => match cx.rooms.room(key) {
                Some(room) => match room.member(client) {
                    Some(member) => Ok((key, member.role)),
                    None if room.was_member(client) => {
                        Err(Denied::new(409, "already_left", "you have left this room already"))
                    }
                    None => Err(not_a_member()),
                },
                None => Err(validate::no_such_room()),
            },
        }
    }
}

fn admit(
    cx: &mut Context<'_>,
    caller: &Caller,
    role: Role,
    name: &str,
    speech: &Speech,
    token: &str,
) -> Result<ClientKey, Denied> {
    let admitted = change::admit(cx, role, name, speech, TokenHash::of(token), caller.address);
    admitted.ok_or_else(full)
}

/// A name for this start, if the client gave one. A short key is easily met by chance or guessed, so it counts only
/// together with the address it came from: nobody shall be handed a stranger's token.
fn repeat_key(caller: &Caller, request: &Request) -> Result<Option<RepeatKey>, Denied> {
    const LONG_ENOUGH: usize = 16;
    if !request.has_field("Idempotency-Key") {
        return Ok(None);
    }
    // One that is no text is as bad as none.
    let key = validate::idempotency_key(request.header("Idempotency-Key").unwrap_or_default())?;
    let mut hash = Sha256::new();
    hash.update(key.as_bytes());
    if key.len() < LONG_ENOUGH {
        hash.update(format!(" {:?}", caller.address));
    }
    Ok(Some(hash.finalize().into()))
}

/// What is known of the customer's language before they are heard.
fn speech(chosen: Option<Language>, request: &Request, config: &Config) -> Speech {
    match chosen {
        Some(language) => Speech::chosen(language),
        None => {
            let browser = request.header("Accept-Language");
            Speech::unknown(
                browser.and_then(|header| detect::from_accept_language(header, &config.languages.0)),
            )
        }
    }
}

fn count_start(cx: &mut Context<'_>, caller: &Caller) -> Result<(), Denied> {
    let limit = cx.config.starts_per_address;
    cx.limits.starts.check(cx.now, caller.address, limit, Config::RATE_WINDOW).map_err(|wait| {
        Denied::for_now(
            429,
            "too_many_starts",
            "too many chats or profiles were started from this address",
            wait,
        )
    })
}

/// Checks the key of the desk. Who has guessed too often is not even compared.
fn check_key(cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Result<(), Denied> {
    agents_may_call(cx, caller)?;
    let Some(key) = &cx.config.agent_key else { return Ok(()) };
    may_guess(cx, caller)?;
    if bearer(request).is_some_and(|given| key.is(given)) {
        return Ok(());
    }
    Err(wrong_secret(cx, caller, "wrong_key", "agents must bring the key of the desk as Bearer"))
}

pub(super) fn must_be_agent(cx: &Context<'_>, client: ClientKey) -> Result<(), Denied> {
    if cx.rooms.client(client).is_some_and(|client| client.role == Role::Agent) {
        return Ok(());
    }
    Err(Denied::new(403, "not_an_agent", "only agents may do this"))
}

/// An agent whose join was answered into the void learns here where they are.
fn must_be_free(cx: &Context<'_>, agent: ClientKey) -> Result<(), Denied> {
    let Some(client) =
        cx.rooms.client(agent).filter(|client| client.rooms.len() >= cx.config.rooms_per_agent)
    else {
        return Ok(());
    };
    let room_id = client.rooms.last().and_then(|room| cx.rooms.room(*room)).map(|room| room.id);
    Err(Denied {
        room_id,
        ..Denied::new(409, "already_in_a_room", "you are in a room already; end that chat first")
    })
}

fn full() -> Denied {
    Denied::for_now(
        503,
        "server_full",
        "the server has no room for more at the moment",
        Millis::from_secs(30),
    )
}
