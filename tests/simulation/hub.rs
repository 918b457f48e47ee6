//! Visitors of the hub: a few names that everybody wants, rooms with a short log, readers of several languages, and
//! people who come as somebody else. What the engine says is judged as it says it; what arrives is kept by each screen,
//! and at the end held against what was stored: nothing lost that is not told as a gap, nothing twice, nothing passed,
//! no private word at a third, and nobody verified who has not brought the secret.

use std::collections::{BTreeMap, BTreeSet};

use dragoman::vocabulary::{ClientNumber, Record};
use dragoman::vocabulary::{ConnId, Millis};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::invariant::Invariant::{
    MembersOnly, NothingAcknowledgedIsLost, OwnLanguageOrMarked, ProtocolIsKept,
};
use super::line::{Asked, Call};
use super::wire;
use super::words;
use super::world::World;

const USERS: [&str; 3] = ["ana", "bo", "cy"];
const ROOMS: [&str; 3] = ["lobby", "lobby", "garden"];

/// One screen, over all its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guest {
    user: &'static str,
    room: &'static str,
    language: Option<&'static str>,
    /// What proves the name, if they have it.
    secret: Option<String>,
    line: Option<ConnId>,
    is_dead: bool,
    /// The log they read, where they began, and what they have of it.
    log: String,
    base: u64,
    last: u64,
    seen: BTreeMap<u64, (String, bool)>,
    gaps: Vec<(u64, u64)>,
    /// Whether they were told so by the welcome of this connection.
    verified: bool,
    /// Written, and neither heard again nor refused: name, text, for whom.
    unheard: Vec<(String, String, Option<&'static str>)>,
    /// What they were told is in the log: which log, name, number, text.
    confirmed: Vec<(String, String, u64, String)>,
    names: u32,
}

/// A name, as somebody was told it is theirs.
#[derive(Clone, Debug)]
struct Claim {
    secret: String,
    /// They have said something, or come back.
    is_settled: bool,
    used: Millis,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    pub(crate) guests: Vec<Guest>,
    claims: BTreeMap<&'static str, Claim>,
}

impl Hub {
    pub(crate) fn line_gone(&mut self, line: &super::line::Line) {
        for guest in self.guests.iter_mut().filter(|guest| guest.line == Some(line.conn)) {
            guest.line = None;
        }
    }
}

/// Time after which a name may be somebody else's.
const NEW_CLAIM: Millis = Millis::from_secs(600);

impl World {
    // ---- what they do ----

    pub(crate) fn guest_comes(&mut self) {
        let lost: Vec<usize> = (0..self.hub.guests.len()).filter(|&guest| self.may_visit(guest)).collect();
        if let Some(guest) = self.dice.pick(&lost).filter(|_| self.dice.percent(60)) {
            return self.visit(guest);
        }
        let user = self.dice.pick(&USERS).unwrap_or("ana");
        let known = self.hub.guests.iter().find(|it| it.user == user && it.secret.is_some() && !it.is_dead);
        let secret = match self.dice.below(20) {
            0 => Some("not-the-secret".to_owned()),
            1..=13 => known.and_then(|it| it.secret.clone()),
            _ => None,
        };
        let language = self.dice.pick(&words::LANGUAGES).filter(|_| self.dice.percent(70));
        let room = self.dice.pick(&ROOMS).unwrap_or("lobby");
        self.hub.guests.push(Guest { user, room, language, secret, ..Guest::default() });
        self.visit(self.hub.guests.len() - 1);
    }

    fn may_visit(&self, index: usize) -> bool {
        let guest = &self.hub.guests[index];
        let is_coming = self.lines.iter().flatten().any(|line| line.guest == Some(index));
        guest.line.is_none() && !guest.is_dead && !is_coming
    }

    fn visit(&mut self, index: usize) {
        let guest = self.hub.guests[index].clone();
        let mut target = format!("/ws?userId={}&username=N{index}&room={}", guest.user, guest.room);
        if let Some(language) = guest.language {
            target += &format!("&language={language}");
        }
        match self.dice.below(4) {
            _ if !guest.log.is_empty() => target += &format!("&after={}", guest.last),
            0 => target += "&after=0",
            1 => target += "&history=2",
            _ => {}
        }
        let asking = match &guest.secret {
            Some(secret) if self.dice.percent(50) => wire::upgrade(format!("{target}&secret={secret}")),
            Some(secret) => wire::upgrade(target).with("Sec-WebSocket-Protocol", format!("bearer, {secret}")),
            None => wire::upgrade(target),
        };
        let address = self.address();
        let slot = self.connect(address);
        let bytes = asking.encode(&mut self.dice);
        let what = Asked::Visit { guest: index, secret: guest.secret, at: self.now };
        if let Some(line) = self.line(slot) {
            line.guest = Some(index);
            line.ask(&bytes, Call { person: usize::MAX, what }, false);
        }
    }

    pub(crate) fn guest_writes(&mut self) {
        let speaks = |line: &super::line::Line| line.guest.is_some() && line.is_open_websocket();
        let Some(slot) = self.some_line(speaks) else { return };
        let Some(index) = self.line(slot).and_then(|line| line.guest) else { return };
        let (text, _) = self.a_text(self.hub.guests[index].language.unwrap_or("en"));
        let text: String = text.chars().take(300).collect();
        let to = self.dice.pick(&USERS).filter(|_| self.dice.percent(25));
        let guest = &mut self.hub.guests[index];
        guest.names += 1;
        let name = format!("g{index}-{}", guest.names);
        guest.unheard.push((name.clone(), text.clone(), to));
        self.guest_says(slot, &name, &text, to);
    }

    fn guest_says(&mut self, slot: usize, name: &str, text: &str, to: Option<&str>) {
        let mut body = json!({"type": "chat", "content": text, "ref": name});
        if let Some(to) = to {
            body["to"] = json!(to);
        }
        let frames = wire::text(body.to_string().as_bytes(), &mut self.dice);
        if let Some(line) = self.line(slot) {
            line.inbox.extend(frames);
        }
    }

    /// A rule is broken, and told.
    pub(crate) fn guest_errs(&mut self) {
        let speaks = |line: &super::line::Line| line.guest.is_some() && line.is_open_websocket();
        let Some(slot) = self.some_line(speaks) else { return };
        let long = format!("{{\"content\":\"{}\"}}", "x".repeat(1001));
        let huge = format!("{{\"content\":\"{}\"}}", "x".repeat(8200));
        let wrong = ["{}", "{\"content\":\" \"}", "[]", "{\"type\":\"join\"}", &long, &huge];
        let text = wrong[self.dice.below(wrong.len())].to_owned();
        let frames = wire::text(text.as_bytes(), &mut self.dice);
        if let Some(line) = self.line(slot) {
            line.inbox.extend(frames);
        }
    }

    // ---- what the engine says ----

    pub(crate) fn overhear_hub(
        &mut self,
        slot: usize,
        index: usize,
        brought: (Option<&str>, Millis),
        event: &Value,
    ) {
        let kind = event["type"].as_str().unwrap_or_default();
        let code = event["code"].as_str().unwrap_or_default();
        self.coverage.note(format!("hub {kind} {code}").trim_end().to_owned());
        match (kind, code) {
            ("system", "welcome") => self.overhear_welcome(slot, index, brought, event),
            ("chat", _) => self.overhear_said(slot, index, event),
            ("system", "known" | "gap" | "members") | ("join" | "leave" | "error", _) => {}
            _ => ProtocolIsKept.broken(format!("an event nobody knows: {event}")),
        }
    }

    fn overhear_welcome(
        &mut self,
        slot: usize,
        index: usize,
        (secret, knocked): (Option<&str>, Millis),
        event: &Value,
    ) {
        let user = self.hub.guests[index].user;
        let verified = event["verified"] == true;
        let fresh = event["secret"].as_str().map(str::to_owned);
        if let Some(line) = self.line(slot) {
            line.is_verified = verified;
        }
        // What is told may have happened before: it waited for the disk.
        let now = self.now;
        let claim = self.hub.claims.get(user).cloned();
        match fresh {
            Some(secret) => {
                MembersOnly.holds(verified, || format!("a secret for a borrowed name: {event}"));
                let ttl = |claim: &Claim| {
                    if claim.is_settled { self.config.hub_claim_ttl_ms } else { NEW_CLAIM }
                };
                let is_free = claim.as_ref().is_none_or(|claim| now - claim.used >= ttl(claim));
                MembersOnly.holds(is_free, || format!("{user} is {claim:?} and was given away: {event}"));
                self.hub.claims.insert(user, Claim { secret, is_settled: false, used: knocked });
            }
            None if verified => {
                let is_owner = claim.as_ref().is_some_and(|claim| Some(claim.secret.as_str()) == secret);
                MembersOnly.holds(is_owner, || format!("{secret:?} proved {user}, which is {claim:?}"));
                self.hub.claims.entry(user).and_modify(|claim| {
                    (claim.is_settled, claim.used) = (true, knocked.max(claim.used));
                });
                self.coverage.note("hub proved");
            }
            None => self.coverage.note("hub unproved"),
        }
    }

    fn overhear_said(&mut self, slot: usize, index: usize, event: &Value) {
        let guest = self.hub.guests[index].clone();
        let verified = self.line(slot).is_some_and(|line| line.is_verified);
        let writer = event["userId"].as_str().unwrap_or_default();
        if let Some(to) = event["to"].as_str() {
            let is_theirs = verified && (writer == guest.user || to == guest.user);
            MembersOnly.holds(is_theirs, || format!("{} read a private word: {event}", guest.user));
            self.coverage.note("hub private");
        }
        if event["verified"] == Value::Null
            && let Some(claim) =
                USERS.iter().find(|user| **user == writer).and_then(|user| self.hub.claims.get_mut(*user))
        {
            claim.is_settled = true;
        }
        let content = event["content"].as_str().unwrap_or_default();
        if let (Some(original), Some(language)) = (event["original"].as_str(), guest.language) {
            let speaker = words::speaker(original, language, content);
            let is_theirs = speaker.is_some() || words::language_of(original).is_none_or(|it| it == language);
            OwnLanguageOrMarked.holds(is_theirs, || format!("not what they read: {event}"));
            self.check_speaker(speaker, false, event);
            self.coverage.note("hub translated");
        }
        if event["untranslated"] == true {
            OwnLanguageOrMarked.holds(guest.language.is_some(), || format!("nobody wanted it: {event}"));
            self.coverage.note("hub untranslated");
        }
    }

    // ---- what arrives ----

    pub(crate) fn guest_is_answered(&mut self, conn: ConnId, index: usize, status: u16, code: &str) {
        let guest = &mut self.hub.guests[index];
        guest.line = (status == 101).then_some(conn);
        guest.is_dead |= code == "wrong_secret";
    }

    pub(crate) fn guest_is_told(&mut self, slot: usize, index: usize, event: &Value) {
        match (event["type"].as_str(), event["code"].as_str()) {
            (Some("system"), Some("welcome")) => self.guest_is_welcome(slot, index, event),
            (Some("system"), Some("gap")) => {
                let (from, to) = (number(event, "from"), number(event, "to"));
                let guest = &mut self.hub.guests[index];
                ProtocolIsKept.holds(from > guest.last && to >= from, || {
                    format!("{} has {} and a gap: {event}", guest.user, guest.last)
                });
                guest.gaps.push((from, to));
                guest.base = guest.base.min(from - 1);
                guest.last = to;
            }
            (Some("system"), Some("known")) => {
                let (name, id) = (text(event, "ref"), number(event, "id"));
                self.guest_is_confirmed(index, &name, id);
            }
            (Some("error"), code) => {
                let guest = &mut self.hub.guests[index];
                guest.is_dead |= matches!(code, Some("wrong_secret"));
                let name = text(event, "ref");
                guest.unheard.retain(|(it, _, _)| *it != name);
            }
            (Some("chat"), _) => self.guest_reads(index, event),
            _ => {}
        }
    }

    fn guest_is_welcome(&mut self, slot: usize, index: usize, event: &Value) {
        let (log, first, last) = (text(event, "log"), number(event, "firstId"), number(event, "lastId"));
        let guest = &mut self.hub.guests[index];
        if let Some(secret) = event["secret"].as_str() {
            // Somebody else by the same name, as far as the hub knows: what was on its way is not said again.
            guest.secret = Some(secret.to_owned());
            guest.unheard.clear();
            // What they read as who they were is not theirs to read any more.
            guest.seen.retain(|_, (_, is_private)| !*is_private);
        }
        guest.verified = event["verified"] == true;
        if guest.log != log {
            let had = if guest.log.is_empty() { 0 } else { guest.last };
            guest.unheard.clear();
            guest.log = log;
            (guest.seen, guest.gaps) = (BTreeMap::new(), Vec::new());
            // What they asked for decides where they begin; whoever asked for nothing begins where the first one is.
            guest.last = if had > last { first - 1 } else { had };
            guest.base = u64::MAX;
        }
        if guest.verified {
            for (name, text, to) in guest.unheard.clone() {
                self.guest_says(slot, &name, &text, to);
            }
        } else {
            guest.unheard.clear();
        }
    }

    fn guest_reads(&mut self, index: usize, event: &Value) {
        let id = number(event, "id");
        let original =
            event["original"].as_str().or(event["content"].as_str()).unwrap_or_default().to_owned();
        let is_private = event["to"].is_string();
        let name = text(event, "ref");
        let guest = &mut self.hub.guests[index];
        let (last, user) = (guest.last, guest.user);
        NothingAcknowledgedIsLost
            .holds(id > last, || format!("{last} was here and {id} comes behind it, at {user}"));
        guest.base = guest.base.min(id - 1);
        guest.last = id;
        guest.seen.insert(id, (original, is_private));
        if !name.is_empty() {
            self.guest_is_confirmed(index, &name, id);
        }
    }

    fn guest_is_confirmed(&mut self, index: usize, name: &str, id: u64) {
        let guest = &mut self.hub.guests[index];
        let Some(place) = guest.unheard.iter().position(|(it, _, _)| it == name) else { return };
        let (name, text, _) = guest.unheard.remove(place);
        guest.confirmed.push((guest.log.clone(), name, id, text));
    }

    // ---- at the end ----

    pub(crate) fn guests_come_back(&mut self) {
        for index in 0..self.hub.guests.len() {
            if self.may_visit(index) {
                self.visit(index);
            }
        }
    }

    /// Every screen against what was stored.
    pub(crate) fn check_guests(&mut self) {
        let logs = self.stored_logs();
        for index in 0..self.hub.guests.len() {
            let guest = self.hub.guests[index].clone();
            let empty = BTreeMap::new();
            let log = logs.get(&guest.log).unwrap_or(&empty);
            let client = guest.secret.as_deref().map(client_of);
            for (id, (text, is_private)) in &guest.seen {
                let Some(stored) = log.get(id) else {
                    NothingAcknowledgedIsLost.broken(format!("{id} of {} is not stored", guest.log))
                };
                NothingAcknowledgedIsLost
                    .holds(stored.text == *text, || format!("{text:?} was shown for {stored:?}"));
                let is_theirs = stored.is_for(client) || stored.addressee.is_none();
                MembersOnly.holds(is_theirs, || format!("{guest:?} was shown {stored:?}"));
                ProtocolIsKept.holds(stored.addressee.is_some() == *is_private, || format!("{stored:?}"));
            }
            self.check_confirmed(&guest, &logs);
            let conn = guest.line.map(|conn| conn.slot as usize);
            let reads = |slot: usize| {
                self.lines[slot].as_ref().is_some_and(|line| !line.is_stalled && line.is_open_websocket())
            };
            if conn.is_some_and(reads) && guest.base != u64::MAX {
                self.check_complete(&guest, log, client);
            }
        }
    }

    fn check_confirmed(&mut self, guest: &Guest, logs: &BTreeMap<String, BTreeMap<u64, Stored>>) {
        for (log, name, id, text) in &guest.confirmed {
            let stored = logs.get(log).and_then(|log| log.get(id));
            let same = stored.is_some_and(|it| it.name.as_ref() == Some(name) && it.text == *text);
            NothingAcknowledgedIsLost
                .holds(same, || format!("{name} {text:?} is {id}, and stored {stored:?}"));
            // A room that was forgotten in between has forgotten the name, too.
            let times = logs.get(log).into_iter().flat_map(BTreeMap::values);
            let times = times.filter(|it| it.name.as_ref() == Some(name));
            let times = times.count();
            NothingAcknowledgedIsLost
                .holds(times == 1, || format!("{name} {text:?} is stored {times} times"));
            self.coverage.note("hub confirmed");
        }
    }

    fn check_complete(&mut self, guest: &Guest, log: &BTreeMap<u64, Stored>, client: Option<ClientNumber>) {
        let end = log.keys().next_back().copied().unwrap_or(0);
        for id in guest.base + 1..=end {
            let is_told = guest.gaps.iter().any(|(from, to)| (*from..=*to).contains(&id));
            let stored = log.get(&id);
            let is_others = stored.is_some_and(|it| it.addressee.is_some() && !it.is_for(client));
            let was_private = is_others || stored.is_some_and(|it| it.addressee.is_some() && !guest.verified);
            NothingAcknowledgedIsLost.holds(guest.seen.contains_key(&id) || is_told || was_private, || {
                format!("{id} never came to {guest:?}: {stored:?}")
            });
        }
        self.coverage.note("hub complete");
    }

    /// What is stored of every room of the hub.
    fn stored_logs(&self) -> BTreeMap<String, BTreeMap<u64, Stored>> {
        let mut logs: BTreeMap<String, BTreeMap<u64, Stored>> = BTreeMap::new();
        let mut named = BTreeSet::new();
        for record in &self.disk.records {
            match record {
                Record::NamedRoomOpened { room, .. } => {
                    named.insert(*room);
                }
                Record::MessageAppended { room, id, writer, audience, reference, text, .. }
                    if named.contains(room) =>
                {
                    let stored = Stored {
                        writer: *writer,
                        addressee: audience.one(),
                        name: reference.as_deref().map(str::to_owned),
                        text: text.to_string(),
                    };
                    let before = logs.entry(room.to_string()).or_default().insert(*id, stored);
                    NothingAcknowledgedIsLost.holds(before.is_none(), || format!("{id} is stored twice"));
                }
                _ => {}
            }
        }
        logs
    }
}

/// A message, as it was stored.
#[derive(Clone, Debug)]
struct Stored {
    writer: ClientNumber,
    addressee: Option<ClientNumber>,
    name: Option<String>,
    text: String,
}

impl Stored {
    fn is_for(&self, client: Option<ClientNumber>) -> bool {
        client.is_some() && (Some(self.writer) == client || self.addressee == client)
    }
}

/// How records name whoever has this secret.
fn client_of(secret: &str) -> ClientNumber {
    let hash = Sha256::digest(secret.as_bytes());
    ClientNumber::from_number(hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn number(event: &Value, name: &str) -> u64 {
    event[name].as_u64().unwrap_or(0)
}

fn text(event: &Value, name: &str) -> String {
    event[name].as_str().unwrap_or_default().to_owned()
}
