//! The REST calls of the chat door.

use sha2::{Digest, Sha256};

use super::protocol::{
    CannedList, ChatEnded, ForRoom, Forget, Forgotten, Joined, Profile, SetProfile, StartChat, Started,
    WaitingRoom,
};
use super::refusal::refusal_of_call as refusal_of;
use super::{Chat, TENANT, validate, wrong_secret};
use crate::config::Config;
use crate::conversation::{ClientKey, Role, Room, Speech, TokenHash, Writing, new_token};
use crate::desk::{self, Refused, StartName};
use crate::doors::guard::{agents_may_call, bearer, may_guess};
use crate::doors::parse::body;
use crate::doors::{Caller, Context, Erased, Refusal, rules};
use crate::translate::detect;
use crate::vocabulary::{Bytes32, ClientNumber, Language};
use crate::wire::http::{Request, Response};

impl Chat {
    /// `POST /start-chat`
    pub(super) fn start_chat(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
        let (name_of_start, hash) =
            (name_of_start(caller, request)?, Bytes32(Sha256::digest(&request.body).into()));
        if let Some(name) = &name_of_start
            && let Some(repeat) = self.desk.repeats.find(name, hash).map_err(refusal_of)?
        {
            let token = name.token(repeat.salt);
            return Ok(Response::new(200).json(&Started { token: &token, room_id: repeat.room }));
        }
        let call: StartChat = body(request)?;
        let name = validate::name(&call.name, cx.config)?;
        let content = validate::content(&call.content, cx.config)?;
        let chosen = call.language.as_deref().map(|code| rules::language(code, cx.config)).transpose()?;
        self.desk.may_start(cx, caller.address, content.len()).map_err(refusal_of)?;

        let speech = speech(chosen, call.page_language.as_deref(), request, cx.config);
        let named = name_of_start.map(|name| (name, Bytes32(cx.random.bytes())));
        let token = match &named {
            Some((name, salt)) => name.token(*salt),
            None => new_token(cx.random),
        };
        let client =
            self.desk.admit_customer(cx, caller.address, name, &speech, &token).map_err(refusal_of)?;
        let room = self.desk.open_room(cx, TENANT, caller.address, client).map_err(refusal_of)?;
        let writing = Writing { text: content, ..Writing::default() };
        self.desk.append(cx, room, client, &writing).map_err(refusal_of)?;
        let Some(room) = cx.rooms.room(room).map(|room| room.id) else {
            return Err(refusal_of(Refused::NoSuchRoom));
        };
        if let Some((name, salt)) = named {
            self.desk.name_start(cx, &name, room, hash, salt);
        }
        Ok(Response::new(200).json(&Started { token: &token, room_id: room }))
    }

    /// `POST /set-profile`
    pub(super) fn set_profile(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
        check_key(cx, caller, request)?;
        let call: SetProfile = body(request)?;
        let name = validate::name(&call.name, cx.config)?;
        let language = rules::language(&call.language, cx.config)?;
        let speech = Speech::chosen(language);
        let token = desk::admit_agent(cx, caller.address, name, &speech).map_err(refusal_of)?;
        Ok(Response::new(200).json(&Profile { token: &token }))
    }

    /// `GET /rooms`
    pub(super) fn list_rooms(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
        agents_may_call(cx, caller)?;
        if cx.config.agent_key.is_some() || bearer(request).is_some() {
            self.agent_of(cx, caller, request)?;
        }
        // Who is gone is not the next.
        let (here, gone): (Vec<&Room>, Vec<&Room>) =
            cx.rooms.waiting(TENANT).partition(|room| room.is_customer_here());
        let rooms: Vec<WaitingRoom<'_>> = here
            .into_iter()
            .chain(gone)
            .filter_map(|room| {
                let customer = cx.rooms.client(room.member_as(Role::Customer)?.client)?;
                let language = customer.speech.language();
                Some(WaitingRoom { room_id: room.id, customer_name: &customer.name, language })
            })
            .collect();
        Ok(Response::new(200).json(&rooms).header("Cache-Control", "no-store"))
    }

    /// `GET /canned-replies`
    pub(super) fn list_canned(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
        self.agent_of(cx, caller, request)?;
        let list = CannedList { replies: cx.config.replies_of(TENANT).all() };
        Ok(Response::new(200).json(&list).header("Cache-Control", "no-store"))
    }

    /// `POST /join-room`
    pub(super) fn join_room(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
        let agent = self.agent_of(cx, caller, request)?;
        let call: ForRoom = body(request)?;
        let room_id = validate::room_id(&call.room_id)?;
        self.desk.join(cx, TENANT, room_id, agent).map_err(refusal_of)?;
        Ok(Response::new(200).json(&Joined { r#type: "room_joined", room_id }))
    }

    /// `POST /end-chat`
    pub(super) fn end_chat(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
        let client = self.client_of(cx, caller, bearer(request))?;
        let call: ForRoom = body(request)?;
        let room_id = validate::room_id(&call.room_id)?;
        let reason = self.desk.end(cx, TENANT, room_id, client).map_err(refusal_of)?;
        Ok(Response::new(200).json(&ChatEnded { r#type: "chat_ended", room_id, reason }))
    }

    /// `POST /forget`: deletes a chat, or a customer with all their chats, for good. For whoever has the key of the desk.
    pub(super) fn forget_for_good(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<Response, Refusal> {
        if cx.config.agent_key.is_none() {
            return Err(Refusal::new(
                403,
                "needs_a_key",
                "this needs AGENT_KEY; or stop the server for a moment",
            ));
        }
        check_key(cx, caller, request)?;
        let call: Forget = body(request)?;
        let what = match (call.room_id, call.token) {
            (Some(room), None) => Erased::Room(validate::room_id(&room)?),
            (None, Some(token)) => Erased::Person(may_be_forgotten(cx, &token)?),
            _ => return Err(Refusal::new(400, "bad_json", "give either room_id or token")),
        };
        self.desk.erase(cx, &what);
        cx.forget_everywhere(what);
        Ok(Response::new(200).json(&Forgotten { r#type: "forgotten" }))
    }

    /// The agent whose token this is.
    fn agent_of(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<ClientKey, Refusal> {
        let client = self.client_of(cx, caller, bearer(request))?;
        desk::must_be_agent(cx, client).map_err(refusal_of)?;
        Ok(client)
    }
}

/// A name for this start, if the client gave one.
fn name_of_start<'r>(caller: &Caller, request: &'r Request) -> Result<Option<StartName<'r>>, Refusal> {
    if !request.has_field("Idempotency-Key") {
        return Ok(None);
    }
    // One that is no text is as bad as none.
    let key = validate::idempotency_key(request.header("Idempotency-Key").unwrap_or_default())?;
    Ok(Some(StartName::new(key, caller.address)))
}

/// What is known of the customer's language before they are heard: as they chose, else what their page or their browser says,
/// if that is offered.
fn speech(chosen: Option<Language>, page: Option<&str>, request: &Request, config: &Config) -> Speech {
    if let Some(language) = chosen {
        return Speech::chosen(language);
    }
    let page = page.and_then(Language::parse).filter(|language| config.offers(*language));
    let browser = || detect::from_accept_language(request.header("Accept-Language")?, &config.languages.0);
    Speech::unknown(page.or_else(browser))
}

/// Checks the key of the desk. Who has guessed too often is not even compared.
fn check_key(cx: &mut Context<'_>, caller: &Caller, request: &Request) -> Result<(), Refusal> {
    agents_may_call(cx, caller)?;
    let Some(key) = &cx.config.agent_key else { return Ok(()) };
    may_guess(cx, caller)?;
    if bearer(request).is_some_and(|given| key.is(given)) {
        cx.is_vouched = true;
        return Ok(());
    }
    Err(wrong_secret(cx, caller, "wrong_key", "agents must bring the key of the desk as Bearer"))
}

/// Whose token it is, or was. An agent's words are part of other people's chats.
fn may_be_forgotten(cx: &Context<'_>, token: &str) -> Result<ClientNumber, Refusal> {
    let client = cx.rooms.who(token).and_then(|client| cx.rooms.client(client));
    if client.is_some_and(|client| client.role == Role::Agent) {
        return Err(Refusal::new(400, "not_a_customer", "this is an agent's token; give that of a customer"));
    }
    Ok(TokenHash::of(token).number())
}
