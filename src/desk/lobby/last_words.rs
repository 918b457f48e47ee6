//! The last words of waiting customers in the languages of the agents who watch.
//!
//! They are asked for when nobody else wants a worker and given back as soon as somebody does, so that no reader in a
//! room ever waits for them. They are asked for as a whole, though only the beginning is shown: whoever joins the room
//! finds the translation remembered. Nothing here is promised: what the service failed at is left out until it has come
//! back, what it will never do (and what is to blame for its failure, perhaps) for good, and so is what does not fit
//! into memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Lobby, beginning};
use crate::config::Config;
use crate::conversation::{Asker, Context, RoomKey, Rooms, Shown};
use crate::translate::{Asked, Outcome, detect};
use crate::vocabulary::{Language, Tenant};

pub(super) struct LastWords {
    tenant: Tenant,
    /// How many watchers read each language.
    languages: BTreeMap<Language, usize>,
    /// What to ask for, who is served next first. Some of it may be out of date.
    wants: BTreeSet<(i64, RoomKey, Language)>,
    /// Rooms from this number on may want more than stands there.
    more_from: Option<i64>,
    /// What is being translated, by the number of its asker.
    asks: BTreeMap<u32, Ask>,
    asked: u32,
    known: BTreeMap<RoomKey, Vec<Known>>,
    bytes: usize,
}

/// What that takes beside its text, for the accounts of memory.
const KNOWN_OVERHEAD_BYTES: usize = 48;

/// What is known of a room's last words in a language.
struct Known {
    to: Language,
    /// `None`: they are the same in it, or asking once more is in vain.
    text: Option<Box<str>>,
}

impl Known {
    fn bytes(&self) -> usize {
        KNOWN_OVERHEAD_BYTES + self.text.as_deref().map_or(0, str::len)
    }
}

#[derive(Clone, Copy)]
struct Ask {
    key: RoomKey,
    id: u64,
    to: Language,
}

impl LastWords {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            languages: BTreeMap::new(),
            wants: BTreeSet::new(),
            more_from: None,
            asks: BTreeMap::new(),
            asked: 0,
            known: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// Whether there is nothing to ask for, and nothing was asked for.
    pub(super) fn is_idle(&self) -> bool {
        self.wants.is_empty() && self.more_from.is_none() && self.asks.is_empty()
    }

    /// What they take in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// One more watcher reads this language.
    pub(super) fn is_wanted_in(&mut self, language: Option<Language>) {
        let Some(language) = language else { return };
        let readers = self.languages.entry(language).or_default();
        *readers += 1;
        if *readers == 1 {
            self.want_all();
        }
    }

    /// One watcher less reads this language.
    pub(super) fn is_wanted_no_more_in(&mut self, cx: &mut Context<'_>, language: Option<Language>) {
        let Some(language) = language else { return };
        let Some(readers) = self.languages.get_mut(&language) else { return };
        *readers -= 1;
        if *readers > 0 {
            return;
        }
        self.languages.remove(&language);
        self.wants.retain(|(_, _, to)| *to != language);
        self.withdraw(cx, |ask| ask.to == language);
        self.known.retain(|_, known| {
            known.retain(|known| known.to != language);
            !known.is_empty()
        });
        self.set_bytes(cx, self.known.values().map(|known| bytes(known)).sum());
    }

    /// Every room may want something.
    pub(super) fn want_all(&mut self) {
        self.more_from = Some(i64::MIN);
    }

    /// A room has new words.
    pub(super) fn want(&mut self, number: i64, key: RoomKey) {
        for to in self.languages.keys() {
            self.wants.insert((number, key, *to));
        }
        while self.wants.len() > Config::MAX_LOBBY_WANTS {
            let put_off = self.wants.pop_last().map_or(number, |(number, _, _)| number);
            self.more_from = Some(self.more_from.map_or(put_off, |from| from.min(put_off)));
        }
    }

    /// A room waits no more, or its last words are others now.
    pub(super) fn forget(&mut self, cx: &mut Context<'_>, key: RoomKey) {
        self.withdraw(cx, |ask| ask.key == key);
        if let Some(known) = self.known.remove(&key) {
            self.set_bytes(cx, self.bytes - bytes(&known));
        }
    }

    /// The last words of a room in a language, as far as they are told.
    pub(super) fn of(&self, key: RoomKey, language: Option<Language>) -> Option<&str> {
        self.find(key, language?)?.text.as_deref()
    }

    fn find(&self, key: RoomKey, to: Language) -> Option<&Known> {
        self.known.get(&key)?.iter().find(|known| known.to == to)
    }

    fn withdraw(&mut self, cx: &mut Context<'_>, which: impl Fn(&Ask) -> bool) {
        let withdrawn: Vec<(u32, Ask)> = self.asks.extract_if(.., |_, ask| which(ask)).collect();
        for (number, ask) in withdrawn {
            cx.take_back(self.tenant, Asker::Lobby(number), ask.to);
        }
    }

    /// Remembers what has become known, if there is room. Whether there was.
    fn keep(&mut self, cx: &mut Context<'_>, key: RoomKey, known: Known) -> bool {
        let (bytes, limit) = (known.bytes(), cx.config.max_text_bytes / Config::LOBBY_TEXT_SHARE);
        if self.bytes + bytes > limit || !cx.make_space(bytes) {
            return false;
        }
        self.known.entry(key).or_default().push(known);
        self.set_bytes(cx, self.bytes + bytes);
        true
    }

    fn set_bytes(&mut self, cx: &mut Context<'_>, bytes: usize) {
        cx.rooms.set_aside(self.bytes, bytes);
        self.bytes = bytes;
    }

    fn next_number(&mut self) -> u32 {
        self.asked = self.asked.wrapping_add(1);
        self.asked
    }

    pub(super) fn check_invariants(&self, rooms: &Rooms) {
        assert!(self.wants.len() <= Config::MAX_LOBBY_WANTS, "what the lobby wants is bounded");
        let held: usize = self.known.values().map(|known| bytes(known)).sum();
        assert_eq!(held, self.bytes, "the words of the lobby are accounted for");
        assert!(
            self.known.keys().all(|key| rooms.queue_number(*key).is_some()),
            "only waiting rooms have words"
        );
    }
}

fn bytes(known: &[Known]) -> usize {
    known.iter().map(Known::bytes).sum()
}

impl Lobby {
    /// Who of it has asked for something.
    pub(in super::super) fn askers(&self) -> impl Iterator<Item = (Tenant, Asker)> {
        self.last_words.asks.keys().map(|number| (self.tenant, Asker::Lobby(*number)))
    }

    /// Gives the worker of its last question back. Whether it had one.
    pub(in super::super) fn give_way(&mut self, cx: &mut Context<'_>) -> bool {
        let Some((number, ask)) = self.last_words.asks.pop_last() else { return false };
        cx.take_back(self.tenant, Asker::Lobby(number), ask.to);
        if let Some(listed) = self.rooms.get(&ask.key) {
            self.last_words.want(listed.number, ask.key);
        }
        true
    }

    /// Asks for the next words it wants in a language. Whether it wanted any.
    pub(in super::super) fn ask_next(&mut self, cx: &mut Context<'_>) -> bool {
        let want = self.next_want(cx);
        if let Some((key, to)) = want {
            self.ask_for_words(cx, key, to);
        }
        want.is_some()
    }

    /// What to ask for next, where that is still wanted.
    fn next_want(&mut self, cx: &Context<'_>) -> Option<(RoomKey, Language)> {
        let (words, rooms) = (&mut self.last_words, &self.rooms);
        loop {
            let Some((number, key, to)) = words.wants.pop_first() else {
                let from = words.more_from.take()?;
                for (number, key) in cx.rooms.waiting_from(self.tenant, from) {
                    words.want(number, key);
                    if words.more_from.is_some() {
                        break;
                    }
                }
                continue;
            };
            let is_listed = rooms.get(&key).is_some_and(|listed| listed.number == number);
            let is_asked = words.asks.values().any(|ask| (ask.key, ask.to) == (key, to));
            if is_listed && !is_asked && words.find(key, to).is_none() {
                return Some((key, to));
            }
        }
    }

    fn ask_for_words(&mut self, cx: &mut Context<'_>, key: RoomKey, to: Language) {
        let Some(id) = self.rooms.get(&key).map(|listed| listed.summary.words) else { return };
        let Some(message) = cx.rooms.room(key).and_then(|room| room.log.message(id)) else { return };
        if message.is_plain_in(to) {
            return;
        }
        if let Shown::Translated { text, .. } = message.shown_in(Some(to)) {
            return self.learn_words(cx, Ask { key, id, to }, Some(&text));
        }
        let (text, from) = (Arc::clone(&message.text), message.language.filter(|_| message.language_is_sure));
        if !cx.make_space(text.len()) {
            return;
        }
        let number = self.last_words.next_number();
        match cx.ask(self.tenant, Asker::Lobby(number), to, from, &text) {
            Asked::Later => {
                self.last_words.asks.insert(number, Ask { key, id, to });
            }
            Asked::Now(outcome) => self.take_words(cx, Ask { key, id, to }, &outcome),
        }
    }

    /// A translation for the lobby has ended.
    pub(in super::super) fn on_translated(&mut self, cx: &mut Context<'_>, number: u32, outcome: &Outcome) {
        if let Some(ask) = self.last_words.asks.remove(&number) {
            self.take_words(cx, ask, outcome);
        }
    }

    fn take_words(&mut self, cx: &mut Context<'_>, ask: Ask, outcome: &Outcome) {
        match outcome {
            Outcome::Failed { again: true, .. } => {}
            Outcome::Failed { again: false, .. } => self.learn_words(cx, ask, None),
            Outcome::Done { text, detected, .. } => {
                let message = cx.rooms.room(ask.key).and_then(|room| room.log.message(ask.id));
                let offered = &cx.config.languages.0;
                let differs = message.is_some_and(|message| {
                    message.text != *text && !detect::is_already_in(&message.text, ask.to, *detected, offered)
                });
                self.learn_words(cx, ask, Some(&**text).filter(|_| differs));
            }
        }
    }

    fn learn_words(&mut self, cx: &mut Context<'_>, ask: Ask, text: Option<&str>) {
        let Some(listed) = self.rooms.get_mut(&ask.key).filter(|listed| listed.summary.words == ask.id)
        else {
            return;
        };
        let known = Known { to: ask.to, text: text.map(|text| beginning(text).into()) };
        if self.last_words.keep(cx, ask.key, known) && text.is_some() {
            listed.unsent.in_languages.push(ask.to);
            self.changed.insert(ask.key);
        }
    }
}
