//! The calls themselves: which is made next, what its end says of the text and of the engine, and when it is made again.

use std::sync::Arc;

use super::cache::Cached;
use super::engine::EngineId;
use super::flight::{Attempt, Flight};
use super::health::Next;
use super::pairs::Pair;
use super::retry_after::retry_after;
use super::verdict::Verdict;
use super::{FlightKey, Outcome, Purpose, Translator, Turn, Work};
use crate::tools::known::known;
use crate::translate::check::Rejection;
use crate::vocabulary::{JobOutcome, Language, Millis};

/// Pause before a failed call is made again; doubles each time.
const RETRY_PAUSE: Millis = Millis(250);
/// How often a busy service is asked again.
const BUSY_RETRIES: u32 = 3;
/// How often a broken answer is asked for again.
const BROKEN_RETRIES: u32 = 1;

impl Translator {
    /// Starts calls wherever an engine is well and may be called once more.
    pub(super) fn pump(&mut self, turn: &mut Turn<'_>) {
        self.ask_beside_unwell(turn);
        for id in 0..self.engines.len() {
            self.pump_one(turn, id);
        }
    }

    fn pump_one(&mut self, turn: &mut Turn<'_>, id: EngineId) {
        loop {
            let engine = &mut self.engines[id];
            if engine.running >= engine.calls_max(turn.config) || engine.queue.len() == 0 {
                return;
            }
            let keeps_model = engine.format.keeps_model(turn.config);
            if !engine.health.may_call(turn.now, keeps_model, engine.running) {
                if engine.health.wants_probe(turn.now) {
                    self.probe(turn, id);
                }
                return;
            }
            let Some(key) = engine.queue.pop() else { return };
            self.call(turn, key, id);
        }
    }

    fn call(&mut self, turn: &mut Turn<'_>, key: FlightKey, id: EngineId) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        let Some(ask) = known(flight.ask(id)) else { return };
        let Some(attempt) = known(flight.attempt(id)) else { return };
        let engine = &mut self.engines[id];
        let spec = engine.format.translate(turn.config, &ask);
        attempt.job = Some(turn.start(Purpose::Translate(key, id), spec));
        engine.running += 1;
        engine.stats.calls += 1;
    }

    pub(super) fn probe(&mut self, turn: &mut Turn<'_>, id: EngineId) {
        let engine = &mut self.engines[id];
        let spec = engine.health.begin_probe(engine.format.as_mut(), turn.config);
        turn.start(Purpose::Probe(id), spec);
    }

    /// One of its calls has ended.
    pub fn on_job(&mut self, turn: &mut Turn<'_>, work: Work, outcome: &JobOutcome) {
        match work.0 {
            Purpose::Probe(id) => {
                let engine = &mut self.engines[id];
                let next = engine.health.on_probe(turn.now, turn.config, engine.format.as_mut(), outcome);
                if next == Next::CatchUp {
                    engine.pairs.clear();
                }
                self.follow(turn, id, next);
            }
            Purpose::Translate(key, id) => {
                self.engines[id].running -= 1;
                self.on_translated(turn, key, id, outcome);
            }
        }
        self.pump(turn);
    }

    /// Does what the state of an engine asks for.
    fn follow(&mut self, turn: &mut Turn<'_>, id: EngineId, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Probe(spec) => {
                turn.start(Purpose::Probe(id), spec);
            }
            Next::GiveUpWaiting => self.give_up(turn, id, |_| true),
            Next::CatchUp => self.recovered = true,
        }
    }

    fn on_translated(&mut self, turn: &mut Turn<'_>, key: FlightKey, id: EngineId, outcome: &JobOutcome) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        let Some(ask) = known(flight.ask(id)) else { return };
        if let Some(attempt) = known(flight.attempt(id)) {
            attempt.job = None;
        }
        let pair = (flight.key.from, flight.key.to);
        let engine = &mut self.engines[id];
        let verdict = engine.format.judge(turn.config, &ask, outcome);
        let next = engine.health.on_verdict(turn.now, turn.config, engine.format.as_mut(), &verdict, pair);
        if matches!(verdict, Verdict::Translated { .. }) {
            self.recovered |= engine.pairs.succeeded(pair);
        }
        match verdict {
            Verdict::Translated { text, detected } if ask.lacks_a_term(&text) => {
                self.term_missed(turn, key, id, text, detected);
            }
            verdict => self.on_verdict(turn, (key, id), verdict, outcome),
        }
        self.follow(turn, id, next);
    }

    /// What a verdict means for the text.
    fn on_verdict(
        &mut self,
        turn: &mut Turn<'_>,
        (key, id): (FlightKey, EngineId),
        verdict: Verdict,
        outcome: &JobOutcome,
    ) {
        match verdict {
            Verdict::Translated { text, detected } => self.part_done(turn, key, id, text, detected),
            Verdict::Rejected(rejection) => {
                let engine = self.engines[id].name.word();
                log::info!(target: "dragoman::translate", engine, check:% = rejection;
                    "an answer did not pass a check");
                self.rejected(turn, key, id, rejection);
            }
            Verdict::Busy => {
                if !self.rest(turn, key, id, BUSY_RETRIES, |attempt| &mut attempt.busy_answers) {
                    self.fail_attempt(turn, key, id, true);
                }
            }
            Verdict::Broken => {
                if !self.rest(turn, key, id, BROKEN_RETRIES, |attempt| &mut attempt.broken_answers) {
                    self.broken(turn, key, id, outcome);
                }
            }
            // A text that ran out of time may have met a service that hung: worth asking when that is back, not before.
            Verdict::TimedOut => {
                self.blame(turn, key, id);
            }
            Verdict::Limited { retry_after } => self.limited(turn, key, id, retry_after.as_deref()),
            Verdict::Loading => self.wait_or_go_on(turn, key, id),
            Verdict::AskOtherwise => self.queue_first(key, id),
            Verdict::Refused | Verdict::ModelMissing | Verdict::Quota | Verdict::Unauthorized => {
                self.fail_attempt(turn, key, id, true);
            }
            Verdict::BadRequest | Verdict::Cancelled => self.fail_attempt(turn, key, id, false),
        }
    }

    /// One text alone is no reason to set others aside.
    fn broken(&mut self, turn: &mut Turn<'_>, key: FlightKey, id: EngineId, outcome: &JobOutcome) {
        let Some(flight) = known(self.flights.get(key)) else { return };
        let pair = (flight.key.from, flight.key.to);
        if self.blame(turn, key, id) {
            self.pair_failed(turn, id, pair, outcome);
        }
    }

    /// One that fails alone is set aside alone: who waits for it is told by another engine or gets the original, and so does
    /// who asks meanwhile.
    fn pair_failed(&mut self, turn: &mut Turn<'_>, id: EngineId, pair: Pair, outcome: &JobOutcome) {
        let engine = &mut self.engines[id];
        let Some(pause) = engine.pairs.failed(turn.now, pair) else { return };
        let (from, to, why) = (pair.0.map_or("?", Language::code), pair.1, outcome.summary());
        log::warn!(target: "dragoman::translate", pause_ms = pause.0;
            "{} fails to translate {from}→{to} ({why}); these two are set aside for a while, others go on",
            engine.name.title());
        self.give_up(turn, id, |flight| (flight.key.from, flight.key.to) == pair);
    }

    /// An answer that may be believed lacks a term: it is asked for the other way, and if that is no better, it will do.
    pub(super) fn term_missed(
        &mut self,
        turn: &mut Turn<'_>,
        key: FlightKey,
        id: EngineId,
        text: String,
        detected: Option<Language>,
    ) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        let Some(attempt) = known(flight.attempt(id)) else { return };
        if attempt.hold(&text, detected) {
            return self.queue_first(key, id);
        }
        let (text, detected) = attempt.take_held().unwrap_or((text, detected));
        self.count_missed(id);
        self.part_done(turn, key, id, text, detected);
    }

    pub(super) fn count_missed(&mut self, id: EngineId) {
        let engine = &mut self.engines[id];
        engine.stats.glossary_missed += 1;
        log::info!(target: "dragoman::translate", engine = engine.name.word();
            "an answer was taken although it lacks a term of the glossary");
    }

    fn part_done(
        &mut self,
        turn: &mut Turn<'_>,
        key: FlightKey,
        id: EngineId,
        text: String,
        detected: Option<Language>,
    ) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        match flight.part_done(id, text, detected) {
            Some((text, detected)) => self.done(turn, key, id, text, detected),
            None => self.queue_first(key, id),
        }
    }

    /// The first believable answer is the one.
    pub(super) fn done(
        &mut self,
        turn: &mut Turn<'_>,
        key: FlightKey,
        id: EngineId,
        text: Arc<str>,
        detected: Option<Language>,
    ) {
        let Some(flight) = known(self.flights.get(key)) else { return };
        let engine = &mut self.engines[id];
        engine.stats.done += 1;
        engine.suspects.clear(&flight.key);
        engine.unbelieved.clear(&flight.key);
        let by = engine.name;
        if flight.key.scope <= u64::from(u8::MAX) {
            let cached = Cached { text: Arc::clone(&text), detected, by };
            self.cache.put(turn.now, flight.key.clone(), cached);
        }
        self.end_flight(turn, key, &Outcome::Done { text, detected, by: Some(by) });
    }

    /// Before what the room asked for later.
    fn queue_first(&mut self, key: FlightKey, id: EngineId) {
        if let Some(flight) = known(self.flights.get(key)) {
            self.engines[id].queue.push_front(flight.line, flight.group, key);
        }
    }

    /// Asks the other way, if there is one and the text itself is not to blame.
    fn rejected(&mut self, turn: &mut Turn<'_>, key: FlightKey, id: EngineId, rejection: Rejection) {
        self.engines[id].stats.rejected += 1;
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        flight.check = Some(rejection);
        let Some(attempt) = known(flight.attempt(id)) else { return };
        let is_of_text = matches!(rejection, Rejection::TooLong | Rejection::UnknownSource);
        if !is_of_text && attempt.ask_otherwise() {
            return self.queue_first(key, id);
        }
        if let Some((text, detected)) = attempt.take_held() {
            self.count_missed(id);
            return self.part_done(turn, key, id, text, detected);
        }
        self.engines[id].unbelieved.failed(&flight.key);
        self.fail_attempt(turn, key, id, false);
    }

    /// The text or the service is to blame: nobody can tell until it has happened a few times. Whether it is the first time
    /// for this text.
    fn blame(&mut self, turn: &mut Turn<'_>, key: FlightKey, id: EngineId) -> bool {
        let Some(flight) = known(self.flights.get(key)) else { return false };
        let suspicion = self.engines[id].suspects.failed(&flight.key);
        self.fail_attempt(turn, key, id, suspicion.may_be_asked_again);
        suspicion.is_new
    }

    /// We ask more than we may: nobody asks before it is allowed again.
    fn limited(&mut self, turn: &mut Turn<'_>, key: FlightKey, id: EngineId, said: Option<&str>) {
        let said = said.and_then(|said| retry_after(said, turn.unix_ms));
        self.engines[id].health.limit(turn.now, said);
        self.wait_or_go_on(turn, key, id);
    }

    /// The engine cannot do it just now: another one does, or it waits if that is worth it.
    fn wait_or_go_on(&mut self, turn: &mut Turn<'_>, key: FlightKey, id: EngineId) {
        let Some(flight) = known(self.flights.get(key)) else { return };
        let is_in_time = self.engines[id].health.accepts_by(turn.now, flight.deadline);
        if is_in_time && self.choose(turn, &flight.key, &flight.tried).is_none() {
            self.queue_first(key, id);
        } else {
            self.fail_attempt(turn, key, id, true);
        }
    }

    /// Lets a call rest before it is made again; whether it may be.
    fn rest(
        &mut self,
        turn: &mut Turn<'_>,
        key: FlightKey,
        id: EngineId,
        retries: u32,
        count: impl Fn(&mut Attempt) -> &mut u32,
    ) -> bool {
        let Some(flight) = known(self.flights.get_mut(key)) else { return false };
        let Some(attempt) = known(flight.attempt(id)) else { return false };
        let tried = count(attempt);
        if *tried == retries || !self.engines[id].health.accepts() {
            return false;
        }
        let pause = turn.random.jitter(Millis(RETRY_PAUSE.0 << *tried));
        *tried += 1;
        self.count += 1;
        self.resting.insert((turn.now + pause, self.count), (key, id));
        true
    }

    /// A flight is over, and so is whatever is still asked for it.
    pub(super) fn end_flight(&mut self, turn: &mut Turn<'_>, key: FlightKey, outcome: &Outcome) {
        self.stats.failed += u64::from(matches!(outcome, Outcome::Failed { .. }));
        let Some(flight) = known(self.land(turn, key)) else { return };
        self.ended.extend(flight.waiters.into_iter().map(|(ticket, _)| (ticket, outcome.clone())));
    }

    /// Whoever waits for calls of some kind that an engine has not begun waits for it no more: they will not be made.
    fn give_up(&mut self, turn: &mut Turn<'_>, id: EngineId, is_it: impl Fn(&Flight) -> bool) {
        let waits = |(_, flight): &(FlightKey, &Flight)| {
            let mut attempts = flight.attempts.iter();
            attempts.any(|attempt| attempt.engine == id && attempt.job.is_none()) && is_it(flight)
        };
        let waiting: Vec<FlightKey> = self.flights.iter().filter(waits).map(|(key, _)| key).collect();
        for key in waiting {
            self.fail_attempt(turn, key, id, true);
        }
    }

    /// Time has passed.
    pub fn on_tick(&mut self, turn: &mut Turn<'_>) {
        self.cache.expire(turn.now);
        while let Some(entry) = self.resting.first_entry().filter(|entry| entry.key().0 <= turn.now) {
            let (key, id) = entry.remove();
            self.queue_first(key, id);
        }
        self.ask_next_engines(turn);
        for id in 0..self.engines.len() {
            if self.engines[id].health.probe_is_due(turn.now) {
                self.probe(turn, id);
            }
            let engine = &mut self.engines[id];
            self.recovered |= engine.health.on_tick(turn.now) | engine.pairs.end(turn.now);
        }
        self.pump(turn);
    }
}
