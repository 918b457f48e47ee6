//! The calls themselves: which is made next, what its end says of the text and of the service, and when it is made again.

use std::sync::Arc;

use super::cache::Cached;
use super::flight::Flight;
use super::health::Next;
use super::ollama;
use super::pairs::Pair;
use super::verdict::Verdict;
use super::{FlightKey, Outcome, Purpose, Translator, Turn, Work};
use crate::tools::known::known;
use crate::vocabulary::{JobOutcome, Language, Millis};

/// Pause before a failed call is made again; doubles each time.
const RETRY_PAUSE: Millis = Millis(250);
/// How often a busy service is asked again.
const BUSY_RETRIES: u32 = 3;
/// How often a broken answer is asked for again.
const BROKEN_RETRIES: u32 = 1;

impl Translator {
    /// Starts calls while the service is well and a worker is free.
    pub(super) fn pump(&mut self, turn: &mut Turn<'_>) {
        while self.running < usize::from(turn.config.translate_workers) && self.queue.len() > 0 {
            if !self.health.may_call(turn.now, turn.config, self.running) {
                if self.health.wants_probe() {
                    self.probe(turn);
                }
                return;
            }
            let Some(key) = self.queue.pop() else { return };
            self.call(turn, key);
        }
    }

    fn call(&mut self, turn: &mut Turn<'_>, key: FlightKey) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        let Some(ask) = known(flight.ask()) else { return };
        flight.job = Some(turn.start(Purpose::Translate(key), ollama::translate(turn.config, &ask)));
        self.running += 1;
        self.stats.calls += 1;
    }

    pub(super) fn probe(&mut self, turn: &mut Turn<'_>) {
        let call = self.health.begin_probe(turn.config);
        turn.start(Purpose::Probe, call);
    }

    /// One of its calls has ended.
    pub fn on_job(&mut self, turn: &mut Turn<'_>, work: Work, outcome: &JobOutcome) {
        match work.0 {
            Purpose::Probe => {
                let next = self.health.on_probe(turn.now, turn.config, outcome);
                if next == Next::CatchUp {
                    self.pairs.clear();
                }
                self.follow(turn, next);
            }
            Purpose::Translate(key) => {
                self.running -= 1;
                self.on_translated(turn, key, outcome);
            }
        }
        self.pump(turn);
    }

    /// Does what the state of the service asks for.
    fn follow(&mut self, turn: &mut Turn<'_>, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Probe(call) => {
                turn.start(Purpose::Probe, call);
            }
            Next::GiveUpWaiting => self.give_up(|_| true),
            Next::CatchUp => self.recovered = true,
        }
    }

    fn on_translated(&mut self, turn: &mut Turn<'_>, key: FlightKey, outcome: &JobOutcome) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        flight.job = None;
        let pair = (flight.key.from, flight.key.to);
        let Some(ask) = known(flight.ask()) else { return };
        let verdict = ollama::judge(&ask, &turn.config.languages.0, outcome);
        let next = self.health.on_verdict(turn.now, turn.config, &verdict, pair);
        if matches!(verdict, Verdict::Translated { .. }) {
            self.recovered |= self.pairs.succeeded(pair);
        }
        match verdict {
            Verdict::Translated { text, detected } => self.part_done(turn, key, text, detected),
            Verdict::Rejected(rejection) => {
                log::info!(target: "dragoman::translate", check:% = rejection; "an answer did not pass a check");
                self.rejected(key);
            }
            Verdict::Busy | Verdict::Loading | Verdict::Limited { .. } => {
                if !self.rest(turn, key, BUSY_RETRIES, |flight| &mut flight.busy_answers) {
                    self.finish(turn, key, &Outcome::Failed { again: true });
                }
            }
            Verdict::Broken => {
                if !self.rest(turn, key, BROKEN_RETRIES, |flight| &mut flight.broken_answers) {
                    // One text alone is no reason to set others aside.
                    if self.blame(turn, key) {
                        self.pair_failed(turn, pair, outcome);
                    }
                }
            }
            // A text that ran out of time may have met a service that hung: worth asking when that is back, not before.
            Verdict::TimedOut => {
                self.blame(turn, key);
            }
            Verdict::AskOtherwise => self.queue.push_front(flight.line, flight.group, key),
            Verdict::Refused | Verdict::ModelMissing | Verdict::Quota | Verdict::Unauthorized => {
                self.finish(turn, key, &Outcome::Failed { again: true });
            }
            Verdict::BadRequest | Verdict::Cancelled => {
                self.finish(turn, key, &Outcome::Failed { again: false });
            }
        }
        self.follow(turn, next);
    }

    /// One that fails alone is set aside alone: who waits for it gets the original, and so does who asks meanwhile.
    fn pair_failed(&mut self, turn: &Turn<'_>, pair: Pair, outcome: &JobOutcome) {
        let Some(pause) = self.pairs.failed(turn.now, pair) else { return };
        let (from, to, why) = (pair.0.map_or("?", Language::code), pair.1, outcome.summary());
        log::warn!(target: "dragoman::translate", pause_ms = pause.0;
            "Ollama fails to translate {from}→{to} ({why}); these two are set aside for a while, others go on");
        self.give_up(|flight| (flight.key.from, flight.key.to) == pair);
    }

    fn part_done(&mut self, turn: &mut Turn<'_>, key: FlightKey, text: String, detected: Option<Language>) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        flight.detected = flight.detected.or(detected);
        flight.translated.push(text);
        if flight.skip_bare_parts() {
            self.queue.push_front(flight.line, flight.group, key);
            return;
        }
        let text = Arc::from(flight.translated.concat());
        let detected = flight.detected;
        self.finish(turn, key, &Outcome::Done { text, detected });
    }

    /// The same question would get the same answer: ask the other way, once.
    fn rejected(&mut self, key: FlightKey) {
        self.stats.rejected += 1;
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        if flight.second_mode {
            self.end_flight(key, &Outcome::Failed { again: false });
            return;
        }
        flight.second_mode = true;
        flight.mode = flight.mode.other();
        self.queue.push_front(flight.line, flight.group, key);
    }

    /// The text or the service is to blame: nobody can tell until it has happened a few times. Whether it is the first time
    /// for this text.
    fn blame(&mut self, turn: &Turn<'_>, key: FlightKey) -> bool {
        let Some(flight) = known(self.flights.get(key)) else { return false };
        let suspicion = self.suspects.failed(&flight.key);
        self.finish(turn, key, &Outcome::Failed { again: suspicion.may_be_asked_again });
        suspicion.is_new
    }

    /// Lets a call rest before it is made again; whether it may be.
    fn rest(
        &mut self,
        turn: &mut Turn<'_>,
        key: FlightKey,
        retries: u32,
        count: impl Fn(&mut Flight) -> &mut u32,
    ) -> bool {
        let Some(flight) = known(self.flights.get_mut(key)) else { return false };
        let tried = count(flight);
        if *tried == retries || !self.health.accepts() {
            return false;
        }
        let pause = turn.random.jitter(Millis(RETRY_PAUSE.0 << *tried));
        *tried += 1;
        self.rests += 1;
        self.resting.insert((turn.now + pause, self.rests), key);
        true
    }

    fn finish(&mut self, turn: &Turn<'_>, key: FlightKey, outcome: &Outcome) {
        if let (Outcome::Done { text, detected }, Some(flight)) = (outcome, self.flights.get(key)) {
            self.stats.done += 1;
            self.suspects.clear(&flight.key);
            if flight.key.scope <= u64::from(u8::MAX) {
                let cached = Cached { text: Arc::clone(text), detected: *detected };
                self.cache.put(turn.now, flight.key.clone(), cached);
            }
        }
        self.end_flight(key, outcome);
    }

    pub(super) fn end_flight(&mut self, key: FlightKey, outcome: &Outcome) {
        self.stats.failed += u64::from(matches!(outcome, Outcome::Failed { .. }));
        let Some(flight) = known(self.land(key)) else { return };
        self.ended.extend(flight.waiters.into_iter().map(|(ticket, _)| (ticket, outcome.clone())));
    }

    /// Whoever waits for a call of some kind that is not under way gets the original: it will not be made.
    fn give_up(&mut self, is_it: impl Fn(&Flight) -> bool) {
        let waits = |(_, flight): &(FlightKey, &Flight)| flight.job.is_none() && is_it(flight);
        let waiting: Vec<FlightKey> = self.flights.iter().filter(waits).map(|(key, _)| key).collect();
        for key in waiting {
            self.end_flight(key, &Outcome::Failed { again: true });
        }
    }

    /// Time has passed.
    pub fn on_tick(&mut self, turn: &mut Turn<'_>) {
        self.cache.expire(turn.now);
        while let Some(entry) = self.resting.first_entry().filter(|entry| entry.key().0 <= turn.now) {
            let key = entry.remove();
            if let Some(flight) = self.flights.get(key) {
                self.queue.push_front(flight.line, flight.group, key);
            }
        }
        if self.health.probe_is_due(turn.now) {
            self.probe(turn);
        }
        self.recovered |= self.pairs.end(turn.now);
        self.pump(turn);
    }
}
