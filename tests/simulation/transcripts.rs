//! Transcripts, and originals beside translations: what is written down of a chat is what was said in it, for those who
//! were there.

use serde_json::Value;

use super::invariant::Invariant::{MembersOnly, OwnLanguageOrMarked, ProtocolIsKept};
use super::line::Asked;
use super::wire::Asking;
use super::words;
use super::world::World;

impl World {
    pub(crate) fn asks_for_a_transcript(&mut self) {
        let person = self.somebody(|it| it.token.is_some() && it.room.is_some());
        let Some((person, Some(room))) = person.map(|it| (it, self.people.all[it].room)) else { return };
        let format = ["&format=json", "&format=json", "&format=text", ""][self.dice.below(4)];
        let target = format!("/transcript?room_id={}{format}", self.room_id(room));
        let asking = Asking::new("GET", target).bearer(&self.token(person));
        self.ask(person, &asking, Asked::Transcript { room });
    }

    pub(crate) fn overhear_transcript(&mut self, person: usize, index: usize, body: &[u8]) {
        MembersOnly.holds(self.model.rooms[index].has(person), || {
            format!("{person} is no member of room {index} and was given its transcript")
        });
        let text = String::from_utf8_lossy(body).into_owned();
        // Its name may have digits in it as well.
        self.model.check_words(index, &text.replace(&self.room_id(index), ""));
        let Ok(transcript) = serde_json::from_slice::<Value>(body) else {
            return self.check_margin(index, &text);
        };
        let language = transcript["language"].as_str().map(str::to_owned);
        for message in transcript["messages"].as_array().cloned().unwrap_or_default() {
            self.check_written(person, index, language.as_deref(), &message);
        }
        self.coverage.note("transcript json");
    }

    fn check_written(&mut self, person: usize, index: usize, language: Option<&str>, message: &Value) {
        let id = message["id"].as_u64().unwrap_or(0);
        let told =
            usize::try_from(id).ok().and_then(|id| self.model.rooms[index].log.get(id.checked_sub(1)?));
        let Some(told) = told.cloned() else {
            ProtocolIsKept.broken(format!("nobody has written {message} in room {index}"))
        };
        let content = message["content"].as_str().unwrap_or_default();
        let Some(original) = message["original_content"].as_str() else {
            return OwnLanguageOrMarked
                .holds(content == told.text, || format!("{:?} was written, not {message}", told.text));
        };
        let room = &self.model.rooms[index].id;
        let by_hand = language.and_then(|language| self.together.by_hand(room, id, language)).cloned();
        let speaker = language.and_then(|language| words::speaker(&told.text, language, content));
        let is_right = by_hand.as_deref().map_or(speaker.is_some(), |by_hand| by_hand == content);
        let fits = told.writer != person && original == told.text && is_right;
        OwnLanguageOrMarked.holds(fits, || format!("{person} reads {message}, by hand {by_hand:?}"));
        let is_agent = self.people.all[person].is_agent;
        self.check_speaker(speaker.filter(|_| by_hand.is_none()), is_agent, message);
        self.coverage.note("transcript translated");
    }

    /// At the margin of the text stands nothing but its title and the heads of messages.
    fn check_margin(&mut self, index: usize, text: &str) {
        let messages = self.model.rooms[index].log.len();
        let at_margin =
            text.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with(' ')).count();
        ProtocolIsKept
            .holds(at_margin <= messages + 1, || format!("{messages} messages, and more heads: {text}"));
        self.coverage.note("transcript text");
    }

    /// The original beside a translation: for customers who asked for it, wherever they are shown a translation.
    pub(crate) fn check_original(
        &mut self,
        slot: usize,
        person: usize,
        index: usize,
        id: u64,
        event: &Value,
    ) {
        let told = self.model.rooms[index].log[usize::try_from(id - 1).unwrap_or(0)].clone();
        let seat = self.line(slot).and_then(|line| line.tap_seat.as_ref()).map(|call| call.what.clone());
        let wants = matches!(seat, Some(Asked::Open { device, .. }) if self.people.devices[device].originals);
        let is_update = event["type"] == "translation";
        let shown = event[if is_update { "translated_content" } else { "content" }].as_str();
        let is_translated = shown.is_some_and(|shown| shown != told.text);
        let due = wants && !self.people.all[person].is_agent && is_translated;
        let original = event["original_content"].as_str();
        OwnLanguageOrMarked.holds(original == due.then_some(&*told.text), || {
            format!("{person} wants originals: {wants}; {event}")
        });
        if due {
            self.coverage.note("original shown");
        }
    }
}
