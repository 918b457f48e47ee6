//! What a reader is shown of a message, held against what they may see; and the limits that can be seen from outside.

use dragoman::vocabulary::{Ended, EngineName, Language, Millis, Record};
use serde_json::Value;

use super::invariant::Invariant::{
    EverythingIsBounded, OwnLanguageOrMarked, ProtocolIsKept, StaleNamesTouchNothing,
};
use super::line::Asked;
use super::model::Told;
use super::world::World;
use super::{apertium, libretranslate, words};

/// A tick comes so much later than it was wanted.
const TICK_LATE_MAX: Millis = Millis(40);

impl World {
    /// What is shown of a message is in the language of its reader, or marked.
    pub(crate) fn check_shown(
        &mut self,
        slot: usize,
        person: usize,
        index: usize,
        id: u64,
        event: &Value,
        is_update: bool,
    ) {
        let told = self.model.rooms[index].log[usize::try_from(id - 1).unwrap_or(0)].clone();
        let original = told.text.as_str();
        let is_agent = self.people.all[person].is_agent;
        let is_reader = told.writer != person;
        // Agents with updates are told of their own words what the customer reads of them.
        let hears_of_own = !is_reader && is_agent && self.takes_updates(slot);
        let line = self.line(slot);
        let language = line.and_then(|line| match hears_of_own {
            true => line.customer_language.clone(),
            false => line.language.clone(),
        });
        let (content, translated) = (event["content"].as_str(), event["translated_content"].as_str());
        for text in content.into_iter().chain(translated) {
            self.model.check_words(index, text);
        }
        if !is_update && is_reader {
            self.check_wait(slot, &told, event);
        }
        // Where a reader finds the text that is meant for them.
        let shown = if is_agent || is_update { translated } else { content };
        if is_agent && !is_update {
            OwnLanguageOrMarked
                .holds(content == Some(original), || format!("agents see the original: {event}"));
        }
        if !is_agent && !is_update {
            OwnLanguageOrMarked.holds(translated.is_none(), || format!("customers see one text: {event}"));
        }
        if (is_reader || hears_of_own) && self.check_by_hand(index, id, language.as_deref(), shown, event) {
            return;
        }
        let mark = |name: &str| event[name].as_bool().unwrap_or(false);
        let word = if is_update { "update" } else { "message" };
        if mark("pending") {
            OwnLanguageOrMarked
                .holds(is_reader || is_update, || format!("nobody waits for their own: {event}"));
            OwnLanguageOrMarked.holds((is_agent || is_update) && translated.is_none(), || {
                format!("shown before it settled: {event}")
            });
            return self.coverage.note(format!("{word} pending"));
        }
        if mark("untranslated") {
            let bare = shown.is_none() || (!is_agent && !is_update && shown == Some(original));
            OwnLanguageOrMarked.holds(bare, || format!("untranslated, but not the original: {event}"));
            if language.is_some() {
                self.check_patience(index, &told, event);
            }
            return self.coverage.note(format!("{word} untranslated{}", if is_reader { "" } else { " own" }));
        }
        let speaker = language
            .as_deref()
            .zip(shown)
            .and_then(|(language, shown)| words::speaker(original, language, shown));
        self.check_speaker(speaker, is_agent, event);
        if speaker.is_some() {
            return self.coverage.note(format!("{word} translated{}", if is_reader { "" } else { " own" }));
        }
        let is_plain = shown.is_none() || shown == Some(original);
        OwnLanguageOrMarked.holds(is_plain, || format!("{language:?} reads {event}"));
        self.check_plain(person, &told, language.as_deref(), event);
        self.coverage.note(format!("{word} {}", if told.writer == person { "own" } else { "plain" }));
    }

    /// Agents are told who has translated, and everybody where it is rough.
    pub(crate) fn check_speaker(&mut self, speaker: Option<&'static str>, is_agent: bool, event: &Value) {
        let named = event["engine"].as_str();
        let fits = named == speaker.filter(|_| is_agent);
        ProtocolIsKept.holds(fits, || format!("{speaker:?} has translated this: {event}"));
        let is_rough = event["rough"] == true;
        ProtocolIsKept
            .holds(is_rough == (speaker == Some("apertium")), || format!("rough? {speaker:?} {event}"));
        if let Some(speaker) = speaker {
            self.coverage
                .note(format!("shown by {speaker} to {}", if is_agent { "agents" } else { "others" }));
        }
    }

    /// A translation has ended without one: no service that is well could have made it.
    pub(crate) fn check_ended(&mut self, record: &Record) {
        let Record::TranslationEnded { room, id, to, outcome } = record else { return };
        match outcome {
            Ended::Failed { .. } => {}
            Ended::Done { engine, .. } if *engine != self.config.engines().first().copied() => {
                return self.coverage.note("engine stands in");
            }
            _ => return,
        }
        // Where so little may wait or be held, that may be why.
        let is_narrow = self.config.max_queued_jobs < 100
            || self.config.max_room_text_bytes < 64 * 1024
            || self.config.max_text_bytes < 1024 * 1024;
        let (text, language) = self.together.written(*room, *id);
        let spoken = words::language_of(&text);
        // What is taken for another language than it is in is translated from that.
        let is_known = spoken.is_some() && language.map(Language::code) == spoken;
        let may = |name: EngineName| {
            let rules = self.config.engine_pairs.0.iter().filter(|rule| rule.to.is_none_or(|it| it == *to));
            let is_asked = self.config.engines().contains(&name)
                && rules.into_iter().all(|rule| rule.engines.contains(&name));
            let covers = match name {
                EngineName::LibreTranslate => is_known && libretranslate::covers(spoken, to.code()),
                EngineName::Apertium => is_known && apertium::covers(spoken, to.code()),
                _ => spoken.is_some(),
            };
            is_asked && covers && spoken != Some(to.code())
        };
        let well = self.services.well(self.now, &text, may);
        self.coverage.note("engine gave up");
        OwnLanguageOrMarked.holds(is_narrow || well.is_none(), || {
            format!("{well:?} is well, and {text:?} was not translated: {record:?}")
        });
    }

    fn takes_updates(&mut self, slot: usize) -> bool {
        let seat = self.line(slot).and_then(|line| line.tap_seat.as_ref()).map(|call| call.what.clone());
        matches!(seat, Some(Asked::Open { device, .. }) if self.people.devices[device].updates)
    }

    /// An original without a mark is for those who wrote it, or who read its language.
    fn check_plain(&self, person: usize, told: &Told, language: Option<&str>, event: &Value) {
        let writer = &self.people.all[told.writer];
        let spoken = words::language_of(&told.text);
        let is_guessed = language.is_some() && writer.browser.is_some() && language == writer.browser;
        let is_lie = self.services.lies.iter().any(|lie| Some(*lie) == language);
        // A word or two may be the same in both languages, so an echo of it is believed.
        let is_echo = self.services.has_erred && told.text.split_whitespace().count() <= 3;
        let fine = told.writer == person
            || spoken.is_none()
            || spoken == language
            || is_guessed
            || is_lie
            || self.together.has_chosen(told.writer)
            || is_echo;
        OwnLanguageOrMarked.holds(fine, || format!("{language:?} reads an original of {spoken:?}: {event}"));
    }

    /// Whoever reads what comes waits for no message longer than the deadline, and a tick that is late, whatever fails.
    fn check_wait(&mut self, slot: usize, told: &Told, event: &Value) {
        let (now, disturbed) = (self.now, self.disturbed);
        let Some(line) = self.line(slot).filter(|line| !line.is_stalled && !line.is_held) else { return };
        let since = line.reads_since.max(disturbed).max(told.at);
        let longest = self.config.translate_deadline_ms + TICK_LATE_MAX;
        OwnLanguageOrMarked
            .holds(now <= since + longest, || format!("somebody has waited since {since:?} for {event}"));
    }

    /// Where nothing fails, nobody is shown an original before the deadline of its translation, unless the room ends.
    fn check_patience(&mut self, index: usize, told: &Told, event: &Value) {
        let waited = self.now - told.at;
        // Words Ollama does not know, and words it was told to be in another language, come back as they were.
        let is_misled = self.together.has_chosen(told.writer) || words::language_of(&told.text).is_none();
        if self.is_calm
            && !self.services.has_erred
            && !is_misled
            && waited < self.config.translate_deadline_ms
        {
            self.doubts.push((index, format!("after {waited:?} the translation was given up: {event}")));
        }
    }

    /// The event is over, and it is known which rooms have ended with it.
    pub(crate) fn check_doubts(&mut self) {
        for (room, doubt) in std::mem::take(&mut self.doubts) {
            OwnLanguageOrMarked.holds(self.model.rooms[room].is_closed, || doubt);
        }
    }

    /// The limits that can be seen from outside.
    pub(crate) fn check_limits(&self) {
        let census = self.engine.census();
        let limits = [
            ("text", census.text_bytes, self.config.max_text_bytes),
            ("rooms", census.rooms, self.config.max_rooms + self.config.max_hub_rooms),
            ("tokens", census.clients, self.config.max_tokens),
            (
                "addresses",
                census.addresses,
                2 * self.config.max_addresses + census.connections + census.rooms,
            ),
        ];
        for (what, found, limit) in limits {
            EverythingIsBounded.holds(found <= limit, || format!("{found} {what}, and {limit} are allowed"));
        }
    }

    /// A name that is stale or was never given does nothing.
    pub(crate) fn check_stale(&mut self, what: &str, effects: usize) {
        StaleNamesTouchNothing.holds(effects == 0, || format!("{what} had {effects} effects"));
    }
}
