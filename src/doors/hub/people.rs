//! Who is who in the hub: names are claimed, proved by a secret, and free again when nobody has used them for long.
//!
//! A userId belongs to whoever came with it first. Who cannot prove it is a person of their own all the same, under a
//! borrowed name, for as long as they are here or anything they said is left. A name is not free while words said under
//! it are in a log: nobody shall answer for them but who said them.

use std::sync::Arc;

use super::protocol::{Arrival, Claim, Offer};
use super::{Hub, Timer};
use crate::config::Config;
use crate::conversation::{Client, ClientKey, Role, Speech, TokenHash, new_token};
use crate::doors::guard::{may_guess, wrong_secret};
use crate::doors::{Caller, Context, Refusal};
use crate::tools::limiter::{AddressKey, Bucket};
use crate::vocabulary::{Millis, Record};
use crate::wire::http::Request;

/// Somebody the hub knows.
pub(super) struct Person {
    /// The userId: theirs if they are verified, only borrowed otherwise.
    pub(super) user: Arc<str>,
    pub(super) verified: bool,
    /// Messages in logs that they wrote or that are for them alone. As long as there are any, they are remembered.
    pub(super) in_logs: usize,
    /// Whether they are in the store.
    pub(super) stored: bool,
    /// Whether the name is theirs for long: they have said something, or come back with its secret.
    pub(super) is_final: bool,
}

impl Person {
    pub(super) fn new(user: Arc<str>, verified: bool) -> Self {
        Self { user, verified, in_logs: 0, stored: false, is_final: false }
    }

    /// How long they are remembered while they are away.
    fn ttl(&self, config: &Config) -> Millis {
        if self.is_final {
            config.hub_claim_ttl_ms
        } else {
            config.hub_claim_ttl_ms.min(Config::HUB_NEW_CLAIM)
        }
    }
}

impl Hub {
    /// Whose name it is: nobody's yet, theirs as they can prove, or somebody else's.
    pub(super) fn claim(
        &self,
        cx: &mut Context<'_>,
        caller: &Caller,
        request: &Request,
        offer: &Offer<'_>,
        user: &str,
    ) -> Result<Claim, Refusal> {
        let in_query = request.query_param("secret");
        let secret = offer.secret.or(in_query.as_deref());
        match (self.claims.get(user), secret) {
            (None, _) => Ok(Claim::New),
            (Some(_), None) => Ok(Claim::Unproven),
            (Some(owner), Some(secret)) => {
                may_guess(cx, caller)?;
                if cx.rooms.who(secret) == Some(*owner) {
                    cx.is_vouched = true;
                    return Ok(Claim::Proven(*owner));
                }
                let what = "the secret is not that of this userId; leave it out to take part unverified";
                Err(wrong_secret(cx, caller, "wrong_secret", what))
            }
        }
    }

    /// The person, and a secret if they are new and the name is theirs from now on.
    pub(super) fn person(&mut self, cx: &mut Context<'_>, arrival: &Arrival) -> (ClientKey, Option<String>) {
        if let Claim::Proven(client) = arrival.claim {
            if let Some(person) = self.people.get_mut(&client) {
                person.is_final = true;
            }
            return (client, None);
        }
        // Of who only borrows a name, nobody will ever know it.
        let secret = new_token(cx.random);
        let client =
            cx.rooms.admit(guest(&arrival.username, TokenHash::of(&secret), arrival.address, cx.now));
        let verified = arrival.claim == Claim::New;
        let user = Arc::clone(&arrival.user);
        self.people.insert(client, Person::new(user, verified));
        if !verified {
            return (client, None);
        }
        self.claims.insert(Arc::clone(&arrival.user), client);
        self.store_person(cx, client);
        let at = cx.now + cx.config.hub_claim_ttl_ms.min(Config::HUB_NEW_CLAIM);
        cx.wake(at, Timer::Claim(client));
        (client, Some(secret))
    }

    /// Writes down who somebody is, once: with a name of their own at once, else with the first thing they say.
    pub(super) fn store_person(&mut self, cx: &mut Context<'_>, client: ClientKey) {
        let Some(person) = self.people.get_mut(&client).filter(|person| !person.stored) else { return };
        person.stored = true;
        let claimed = Record::NameClaimed {
            client: cx.client_number(client),
            user: Arc::clone(&person.user),
            verified: person.verified,
        };
        cx.record_client(client);
        cx.record(claimed);
    }

    /// Who is meant by `to`, here or not. A private message is between two people who are who they say.
    pub(super) fn addressee(&self, writer: ClientKey, to: &str) -> Result<ClientKey, Refusal> {
        if !self.people.get(&writer).is_some_and(|person| person.verified) {
            return Err(Refusal::new(
                403,
                "not_verified",
                "only who has proved their userId with its secret may write private messages",
            ));
        }
        self.claims
            .get(to)
            .copied()
            .ok_or_else(|| Refusal::new(404, "user_not_known", "nobody has proved this userId"))
    }

    /// One message more that somebody wrote, or that is for them alone.
    pub(super) fn count_message(&mut self, client: ClientKey) {
        if let Some(person) = self.people.get_mut(&client) {
            person.in_logs += 1;
        }
    }

    /// One message less that somebody wrote, or that was for them alone.
    pub(super) fn count_dropped(&mut self, client: ClientKey) {
        if let Some(person) = self.people.get_mut(&client) {
            person.in_logs = person.in_logs.saturating_sub(1);
        }
    }

    /// Somebody without a name of their own is forgotten when they are gone and nothing they said is left.
    pub(super) fn forget_stranger(&mut self, cx: &mut Context<'_>, client: ClientKey) {
        let Some(person) = self.people.get(&client) else { return };
        if !person.verified && person.in_logs == 0 && is_gone(cx, client) {
            self.forget_person(cx, client);
        }
    }

    pub(super) fn maybe_end_claim(&mut self, cx: &mut Context<'_>, client: ClientKey) {
        let Some(person) = self.people.get(&client) else { return };
        let in_use = person.in_logs > 0 || !is_gone(cx, client);
        let last_used = cx.rooms.client(client).map_or(Millis::ZERO, |client| client.last_used);
        let at = if in_use { cx.now } else { last_used } + person.ttl(cx.config);
        if at <= cx.now {
            self.forget_person(cx, client);
        } else {
            cx.wake(at, Timer::Claim(client));
        }
    }

    pub(super) fn forget_person(&mut self, cx: &mut Context<'_>, client: ClientKey) {
        let Some(person) = self.people.remove(&client) else { return };
        if person.stored {
            cx.record(Record::ClientEnded { client: cx.client_number(client) });
        }
        if self.claims.get(&person.user) == Some(&client) {
            self.claims.remove(&person.user);
        }
        cx.rooms.dismiss(client);
    }
}

fn is_gone(cx: &Context<'_>, client: ClientKey) -> bool {
    cx.rooms.client(client).is_none_or(|client| client.connections.is_empty())
}

pub(super) fn guest(name: &Arc<str>, token: TokenHash, address: AddressKey, now: Millis) -> Client {
    Client {
        role: Role::Guest,
        name: Arc::clone(name),
        token,
        speech: Speech::unknown(None),
        rooms: Vec::new(),
        connections: Vec::new(),
        sent: Bucket::default(),
        rates: None,
        last_used: now,
        address,
    }
}
