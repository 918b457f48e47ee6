//! What people do beside writing: they type, read, choose languages, look at drafts, ask again, and send what somebody
//! has translated by hand. And what they may be told of each other.
//!
//! The texts of this kind are named `s-…`: they have no acknowledgement, so an answer to them is none to a message.

use std::collections::{BTreeMap, BTreeSet};

use dragoman::vocabulary::{Ended, Language, Record, RoomId};
use serde_json::{Value, json};

use super::invariant::Invariant::{MembersOnly, OwnLanguageOrMarked, ProtocolIsKept};
use super::line::{Asked, Call, Line, Said};
use super::words;
use super::world::World;

/// Replies that are written already: one in three languages, one that a model has to translate.
pub(crate) const CANNED: &str = r#"[
    {"key": "hi", "title": "Greeting", "language": "en", "content": "Good day from the desk.",
     "translations": {"pt": "Bom dia da loja.", "de": "Guten Tag vom Tresen."}},
    {"key": "thanks", "title": "Thanks", "language": "en", "content": "Thank you 999999!"}
]"#;

/// What one line was told of the other side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    typist: Option<String>,
    presence: Option<(String, bool)>,
    read: u64,
    delivered: u64,
}

/// What people have said beside messages, and what is known by hand.
#[derive(Debug, Default)]
pub(crate) struct Together {
    /// Texts as they were stored, by room and number.
    texts: BTreeMap<(RoomId, u64), String>,
    /// The languages they were taken for, where that was more than a guess.
    languages: BTreeMap<(RoomId, u64), Language>,
    /// Translations by hand, by room, number and language.
    by_hand: BTreeMap<(RoomId, u64, String), String>,
    /// Who has ever typed, by room and role.
    typed: BTreeSet<(usize, &'static str)>,
    /// How far somebody says they have read, by room and role.
    read: BTreeMap<(usize, &'static str), u64>,
    /// Languages that were chosen for people, rightly or wrongly.
    chosen: BTreeSet<usize>,
    /// Drafts, by their names.
    drafts: BTreeMap<String, String>,
    names: u32,
}

/// How records name a room.
pub(crate) fn room_id(id: &str) -> RoomId {
    RoomId::parse(id).unwrap_or(RoomId::from_number(0))
}

fn role(is_agent: bool) -> &'static str {
    if is_agent { "agent" } else { "customer" }
}

impl Together {
    /// The engine wants something stored.
    pub(crate) fn note(&mut self, record: &Record) {
        match record {
            Record::MessageAppended { room, id, text, language, sure, .. } => {
                // A number that was lost with its process may be given again.
                self.by_hand.retain(|(it, number, _), _| (it, number) != (room, id));
                self.texts.insert((*room, *id), text.to_string());
                self.languages.remove(&(*room, *id));
                self.languages.extend(language.filter(|_| *sure).map(|language| ((*room, *id), language)));
            }
            Record::TranslationEnded { room, id, to, outcome: Ended::Written(text) } => {
                self.by_hand.insert((*room, *id, to.to_string()), text.to_string());
            }
            _ => {}
        }
    }

    /// The process has died: what it wanted stored and was not never was.
    pub(crate) fn forget_unstored(&mut self, stored: &[Record]) {
        self.texts.clear();
        self.by_hand.clear();
        stored.iter().for_each(|record| self.note(record));
    }

    pub(crate) fn text(&self, room: &str, id: u64) -> Option<&String> {
        self.texts.get(&(room_id(room), id))
    }

    /// A message, and the language it was taken for.
    pub(crate) fn written(&self, room: RoomId, id: u64) -> (String, Option<Language>) {
        let text = self.texts.get(&(room, id)).cloned().unwrap_or_default();
        (text, self.languages.get(&(room, id)).copied())
    }

    pub(crate) fn by_hand(&self, room: &str, id: u64, language: &str) -> Option<&String> {
        self.by_hand.get(&(room_id(room), id, language.to_owned()))
    }

    /// Whether somebody's language may have been named wrongly by a person.
    pub(crate) fn has_chosen(&self, person: usize) -> bool {
        self.chosen.contains(&person)
    }
}

// ---- doing ----

impl World {
    /// Sends what has no acknowledgement.
    fn signal(&mut self, slot: usize, kind: &str, mut body: Value) -> String {
        self.together.names += 1;
        let name = format!("s-{kind}-{}", self.together.names);
        body["type"] = json!(kind);
        body["ref"] = json!(name);
        let frames = super::wire::text(body.to_string().as_bytes(), &mut self.dice);
        if let Some(line) = self.line(slot) {
            line.inbox.extend(frames);
        }
        name
    }

    fn seat_of(&self, device: usize) -> (usize, usize, bool) {
        let device = &self.people.devices[device];
        (device.person, device.room, self.people.all[device.person].is_agent)
    }

    pub(crate) fn somebody_types(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        let (_, room, is_agent) = self.seat_of(device);
        let is_typing = self.dice.percent(75);
        if is_typing {
            self.together.typed.insert((room, role(is_agent)));
        }
        self.signal(slot, "typing", json!({"is_typing": is_typing}));
    }

    pub(crate) fn somebody_reads(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        let (_, room, is_agent) = self.seat_of(device);
        let last = self.people.devices[device].last;
        let id = if self.dice.percent(70) { last } else { self.dice.between(0, last) };
        let read = self.together.read.entry((room, role(is_agent))).or_default();
        *read = id.max(*read);
        self.signal(slot, "read", json!({"id": id}));
    }

    pub(crate) fn somebody_chooses(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        let (person, room, is_agent) = self.seat_of(device);
        let whose = match self.dice.below(3) {
            0 => None,
            1 => Some("customer"),
            _ => Some("agent"),
        };
        let customer = self.model.rooms[room].customer;
        let whom = if whose == Some("customer") || !is_agent { customer } else { person };
        let own = self.people.all[whom].language;
        let language =
            if self.dice.percent(65) { own } else { self.dice.pick(&words::LANGUAGES).unwrap_or(own) };
        let mut body = json!({"language": language});
        if let Some(whose) = whose {
            body["whose"] = json!(whose);
        }
        self.together.chosen.insert(whom);
        self.signal(slot, "set_language", body);
    }

    pub(crate) fn somebody_previews(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        let (person, _, is_agent) = self.seat_of(device);
        if !is_agent && self.dice.percent(80) {
            return;
        }
        let (text, _) = self.a_text(self.people.all[person].language);
        for _ in 0..self.dice.between(1, 2) {
            let name = self.signal(slot, "preview", json!({"content": text}));
            self.together.drafts.insert(name, text.clone());
        }
    }

    pub(crate) fn somebody_retries(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        let last = self.people.devices[device].last;
        let id = if self.dice.percent(95) { self.dice.between(1, last.max(1)) } else { last + 1_000 };
        self.signal(slot, "retry", json!({"id": id}));
    }

    /// A message with a translation by hand.
    pub(crate) fn somebody_translates(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        let (person, _, is_agent) = self.seat_of(device);
        if !is_agent && self.dice.percent(80) {
            return;
        }
        let (text, number) = self.a_text(self.people.all[person].language);
        let reference = self.a_reference(person);
        let by_hand = format!("{number} by \"hand\"\n\t— nobody's words but mine");
        let body = json!({"content": text, "translated_content": by_hand, "ref": reference});
        let said = Said { reference: Some(reference), text, number, is_bad: false };
        self.say_json(slot, body.to_string().as_bytes(), said);
    }

    pub(crate) fn somebody_sends_canned(&mut self) {
        let Some((slot, device)) = self.a_writer() else { return };
        let (person, _, is_agent) = self.seat_of(device);
        if !is_agent && self.dice.percent(80) {
            return;
        }
        let key = self.dice.pick(&["hi", "hi", "thanks", "thanks", "nothing"]).unwrap_or("hi");
        let reference = self.a_reference(person);
        let body = json!({"type": "canned", "key": key, "ref": reference});
        let said = Said { reference: Some(reference), text: String::new(), number: 999_999, is_bad: false };
        self.say_json(slot, body.to_string().as_bytes(), said);
    }

    fn a_reference(&mut self, person: usize) -> String {
        self.people.all[person].references += 1;
        format!("ref-{}", self.people.all[person].references)
    }
}

// ---- overhearing ----

impl World {
    /// An error for something that is no message. Whether it is one.
    pub(crate) fn overhear_refusal(&mut self, event: &Value) -> bool {
        let Some(name) = event["ref"].as_str().filter(|name| name.starts_with("s-")) else { return false };
        let code = event["code"].as_str().unwrap_or("-");
        let kind = name.split('-').nth(1).unwrap_or_default();
        let expected: &[&str] = match kind {
            "typing" | "read" => &[],
            "set_language" => &["not_yours", "store_down"],
            "preview" => &["agents_only", "language_unknown"],
            "retry" => &[
                "updates_needed",
                "message_unknown",
                "nothing_failed",
                "store_down",
                "translator_down",
                "translator_unauthorized",
                "translator_quota",
                "model_missing",
                "pair_fails",
            ],
            _ => ProtocolIsKept.broken(format!("who asked for {event}?")),
        };
        let fine = code == "rate_limited" || expected.contains(&code);
        ProtocolIsKept.holds(fine, || format!("{kind} was refused: {event}"));
        true
    }

    /// Everybody is told whether anything is translated.
    pub(crate) fn overhear_translator(&mut self, is_agent: bool, event: &Value) {
        let state = event["state"].as_str().unwrap_or("-");
        let is_known = ["ready", "down", "model_missing", "unauthorized", "quota"].contains(&state);
        ProtocolIsKept.holds(is_known, || format!("a state nobody knows: {event}"));
        let has_names = ["engine", "model", "better"].iter().any(|name| !event[*name].is_null());
        ProtocolIsKept
            .holds(is_agent || !has_names, || format!("customers are told who translates: {event}"));
        if event["better"].is_array() {
            self.coverage.note("told of a better engine");
        }
        self.coverage.note(format!("translator {state}"));
    }

    /// Writers are told what is on its way of their own, and customers that there is something for them.
    pub(crate) fn overhear_translating(&mut self, person: usize, room: usize, event: &Value) {
        let log = &self.model.rooms[room].log;
        let own: Vec<usize> = event["own"].as_array().into_iter().flatten().filter_map(index_of).collect();
        let is_own = own.iter().all(|id| log.get(*id).is_some_and(|message| message.writer == person));
        ProtocolIsKept.holds(is_own, || format!("{person} did not write that: {event}"));
        let is_coming = event["coming"] == true;
        let has_to_wait = !self.people.all[person].is_agent;
        ProtocolIsKept.holds(has_to_wait || !is_coming, || format!("an agent waits for nothing: {event}"));
        self.coverage.note(if is_coming { "told coming" } else { "told translating" });
    }

    /// Something is told of the other side.
    pub(crate) fn overhear_other_side(&mut self, slot: usize, person: usize, room: usize, event: &Value) {
        let is_agent = self.people.all[person].is_agent;
        let other = role(!is_agent);
        ProtocolIsKept
            .holds(event["role"] == other, || format!("{person} is told of their own side: {event}"));
        let end = self.model.rooms[room].log.len() as u64;
        let device = self.line(slot).and_then(|line| match line.tap_seat {
            Some(Call { what: Asked::Open { device, .. }, .. }) => Some(device),
            _ => None,
        });
        let updates = device.is_some_and(|device| self.people.devices[device].updates);
        let mut told = self.line(slot).map(|line| line.told.clone()).unwrap_or_default();
        let id = event["id"].as_u64().unwrap_or(0);
        match event["type"].as_str() {
            Some("presence") => self.check_presence(&mut told, event),
            Some("typing") => self.check_typing(&mut told, room, other, event),
            Some("read") => {
                let claimed = self.together.read.get(&(room, other)).copied().unwrap_or(0);
                let fine = told.read < id && id <= claimed.min(end);
                ProtocolIsKept.holds(fine, || format!("{claimed} of {end} was read, {told:?}: {event}"));
                told.read = id;
                self.coverage.note("told read");
            }
            _ => {
                let known = &self.model.rooms[room];
                let customer = known.sent.get(&known.customer).copied().unwrap_or(0);
                let sent = if is_agent { customer } else { known.sent_to_agents };
                let fine = updates && told.delivered < id && id <= sent.min(end);
                ProtocolIsKept.holds(fine, || format!("{sent} of {end} was delivered, {told:?}: {event}"));
                let writer =
                    usize::try_from(id - 1).ok().and_then(|it| known.log.get(it)).map(|it| it.writer);
                let own = writer.is_some_and(|writer| self.people.all[writer].is_agent == is_agent);
                ProtocolIsKept.holds(own, || format!("they have it because they wrote it: {event}"));
                told.delivered = id;
                self.coverage.note("told delivered");
            }
        }
        if let Some(line) = self.line(slot) {
            line.told = told;
        }
    }

    fn check_presence(&mut self, told: &mut Told, event: &Value) {
        let name = event["name"].as_str().unwrap_or_default().to_owned();
        let now = Some((name, event["online"] == true));
        ProtocolIsKept.holds(told.presence != now, || format!("that is not news: {event}"));
        told.presence = now;
        self.coverage.note(format!("told presence {}", event["online"]));
    }

    fn check_typing(&mut self, told: &mut Told, room: usize, other: &'static str, event: &Value) {
        let from = event["from"].as_str().unwrap_or_default();
        let is_typing = event["is_typing"] == true;
        let is_news = (told.typist.as_deref() == Some(from)) != is_typing;
        ProtocolIsKept.holds(is_news, || format!("that is not news after {told:?}: {event}"));
        let has = self.together.typed.contains(&(room, other));
        ProtocolIsKept.holds(has, || format!("nobody has ever typed: {event}"));
        told.typist = is_typing.then(|| from.to_owned());
        self.coverage.note(format!("told typing {is_typing}"));
    }

    /// What became of a draft: for whoever wrote it, and in the words of the model or of somebody's hand.
    pub(crate) fn overhear_preview(&mut self, slot: usize, person: usize, event: &Value) {
        MembersOnly.holds(self.people.all[person].is_agent, || format!("a customer sees drafts: {event}"));
        let name = event["ref"].as_str().unwrap_or_default();
        let draft = self.together.drafts.remove(name).unwrap_or_default();
        ProtocolIsKept.holds(!draft.is_empty(), || format!("nobody asked for this draft: {event}"));
        let line = self.line(slot).map(|line| line.conn);
        ProtocolIsKept.holds(line.is_some(), || format!("nobody is there for {event}"));
        let (text, language) = (event["translated_content"].as_str(), event["language"].as_str());
        if event["untranslated"] == true {
            ProtocolIsKept.holds(text.is_none(), || format!("translated or not? {event}"));
            return self.coverage.note("preview untranslated");
        }
        let speaker = language.zip(text).and_then(|(language, text)| words::speaker(&draft, language, text));
        let fine = text == Some(&draft) || speaker.is_some();
        OwnLanguageOrMarked.holds(fine, || format!("{event} is no translation of {draft:?}"));
        if text != Some(&draft) {
            self.check_speaker(speaker, true, event);
        }
        self.coverage.note(if text == Some(&draft) { "preview plain" } else { "preview translated" });
    }

    /// Where somebody has translated a message by hand, those very words are shown. Whether somebody has.
    pub(crate) fn check_by_hand(
        &mut self,
        room: usize,
        id: u64,
        language: Option<&str>,
        shown: Option<&str>,
        event: &Value,
    ) -> bool {
        let known = &self.model.rooms[room];
        let by_hand = language.and_then(|language| self.together.by_hand(&known.id, id, language));
        let Some(by_hand) = by_hand else { return false };
        let is_marked = event["pending"] == true || event["untranslated"] == true;
        OwnLanguageOrMarked
            .holds(shown == Some(by_hand) && !is_marked, || format!("not {by_hand:?}, by hand: {event}"));
        self.check_speaker(None, false, event);
        self.coverage.note("shown by hand");
        true
    }

    /// At the end nobody types, and whoever is here is known to be.
    pub(crate) fn check_other_sides(&self) {
        for line in self.lines.iter().flatten().filter(|line| line.takes_texts() && !line.is_stalled) {
            let Some(Call { person, what: Asked::Open { room, .. } }) = &line.tap_seat else { continue };
            let told = &line.told;
            ProtocolIsKept.holds(told.typist.is_none(), || format!("somebody types for ever: {told:?}"));
            let known = &self.model.rooms[*room];
            let other = if known.customer == *person { known.agent } else { Some(known.customer) };
            let sits = |line: &&Line| {
                line.closing.is_none()
                    && matches!(&line.tap_seat, Some(Call { person, what: Asked::Open { room: it, .. } })
                        if Some(*person) == other && it == room)
            };
            let is_here = self.lines.iter().flatten().any(|line| sits(&line));
            let is_told = told.presence.as_ref().is_some_and(|(_, online)| *online);
            ProtocolIsKept.holds(is_here == is_told, || {
                format!("{other:?} is here: {is_here}; {person} knows {told:?}")
            });
        }
    }
}

/// The place in the log of a message that has this id.
fn index_of(id: &Value) -> Option<usize> {
    usize::try_from(id.as_u64()?.checked_sub(1)?).ok()
}
