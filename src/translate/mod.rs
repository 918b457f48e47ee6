//! The translator: decides what to ask the model, when, and how often; whether to believe it; and when to stop asking.
//!
//! It decides everything and does nothing: a call is an effect, its end an event, time an argument. It knows texts and
//! languages but neither rooms nor protocols; whoever waits for a translation leaves a [`Ticket`] and finds it again
//! among the [`Translator::take_ended`].
//!
//! * A text asked for twice is asked once (`by_key`), and not at all if it is remembered ([`cache`]).
//! * Tenants take turns, within a tenant doors, addresses and groups (rooms); within a group the order is that of the asking
//!   (`queue`). No tenant joins or finds what was asked for another.
//! * What is called next, and what the end of a call says, is in `calls`.
//! * Whether the service is there, loading, or down is the business of [`health`].

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Config;
use crate::tools::arena::{Arena, Key};
use crate::tools::jobs::StartJobs;
use crate::tools::known::known;
use crate::tools::random::Random;
use crate::vocabulary::{Effect, HttpCall, JobId, JobSpec, Language, Millis, Tenant};

pub mod apertium;
pub mod cache;
mod calls;
pub mod check;
pub mod detect;
mod flight;
pub mod format;
pub mod health;
mod letters;
pub mod ollama;
mod outage;
mod pairs;
pub mod prompt;
mod queue;
mod spare;
mod suspects;
mod ticket;
pub mod verdict;

use cache::{Cache, Cached};
use flight::Flight;
use health::Health;
pub use outage::Outage;
pub use pairs::Pair;
use pairs::Pairs;
use prompt::Mode;
use queue::Queue;
use suspects::Suspects;
pub use ticket::{Group, Line, Scope, Source, Ticket};

/// How a translation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed every check.
    Done {
        text: Arc<str>,
        /// What the model takes the original for, if it was asked and the answer is a language offered here.
        detected: Option<Language>,
    },
    /// There is none.
    Failed {
        /// Whether the service was to blame, so that asking again later makes sense.
        again: bool,
    },
}

/// The answer to [`Translator::ask`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// No need to wait.
    Now(Outcome),
    /// The ticket will be among the ended.
    Later,
}

/// What every decision needs, lent for one event.
pub struct Turn<'a> {
    pub now: Millis,
    /// The choices of whoever runs the server.
    pub config: &'a Config,
    /// For jitter.
    pub random: &'a mut Random,
    /// Starts calls, and brings back what each was for with its answer.
    pub jobs: &'a mut dyn StartJobs<Work>,
    /// What is to be done.
    pub effects: &'a mut Vec<Effect>,
}

impl Turn<'_> {
    fn start(&mut self, purpose: Purpose, call: HttpCall) -> JobId {
        self.jobs.start(Work(purpose), JobSpec::Http(call), self.effects)
    }
}

type FlightKey = Key<Flight>;

/// What a call of the translator is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work(Purpose);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Translate(FlightKey),
    Probe,
}

/// What the metrics tell of translations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Answered from memory.
    pub cache_hits: u64,
    /// Joined to a call that was under way.
    pub joined: u64,
    /// Calls made, probes aside.
    pub calls: u64,
    /// Translations that passed every check.
    pub done: u64,
    /// Answers that did not pass a check.
    pub rejected: u64,
    /// Translations given up.
    pub failed: u64,
}

pub struct Translator {
    cache: Cache,
    flights: Arena<Flight>,
    by_key: BTreeMap<cache::Key, FlightKey>,
    queue: Queue<FlightKey>,
    /// Flights that wait before they are tried again, by when; the number keeps those of one instant apart.
    resting: BTreeMap<(Millis, u64), FlightKey>,
    running: usize,
    /// Counts the rests there have been.
    rests: u64,
    health: Health,
    told_outage: Option<Outage>,
    suspects: Suspects,
    pairs: Pairs,
    /// How much was asked for that is private.
    private: u64,
    ended: Vec<(Ticket, Outcome)>,
    recovered: bool,
    flight_bytes: usize,
    stats: Stats,
}

impl Translator {
    /// Nothing asked, nothing known. Call [`Translator::start`] next.
    pub fn new(config: &Config) -> Self {
        Self {
            cache: Cache::new(config.max_cache_bytes, config.cache_ttl_ms),
            flights: Arena::default(),
            by_key: BTreeMap::new(),
            queue: Queue::default(),
            resting: BTreeMap::new(),
            running: 0,
            rests: 0,
            health: Health::new(),
            told_outage: None,
            suspects: Suspects::default(),
            pairs: Pairs::default(),
            private: 0,
            ended: Vec::new(),
            recovered: false,
            flight_bytes: 0,
            stats: Stats::default(),
        }
    }

    /// Looks for the service and warms the model, holding nothing up.
    pub fn start(&mut self, turn: &mut Turn<'_>) {
        self.probe(turn);
    }

    /// Whether a group may queue one more.
    pub fn has_place(&self, group: Group, config: &Config) -> bool {
        self.queue.len_of(group) < config.max_queued_jobs_per_room
    }

    /// Asks for a translation of `text` into the language of the ticket, in a scope; `from` is `None` if unknown or unsure. When
    /// no more can wait, the longest line gives way to a shorter one.
    pub fn ask(
        &mut self,
        turn: &mut Turn<'_>,
        ticket: Ticket,
        line: Line,
        scope: Scope,
        from: Option<Language>,
        text: &Arc<str>,
    ) -> Asked {
        if !prompt::has_words(text) {
            return Asked::Now(Outcome::Done { text: Arc::clone(text), detected: None });
        }
        let scope = self.number_of(scope);
        let key =
            cache::Key { tenant: ticket.group.tenant, scope, from, to: ticket.to, text: Arc::clone(text) };
        if let Some(Cached { text, detected }) = self.cache.get(turn.now, &key).cloned() {
            self.stats.cache_hits += 1;
            return Asked::Now(Outcome::Done { text, detected });
        }
        if !self.health.accepts() || self.pairs.is_set_aside((from, ticket.to)) {
            return self.refuse(true);
        }
        if let Some(flight) = self.by_key.get(&key).and_then(|key| self.flights.get_mut(*key)) {
            self.stats.joined += 1;
            flight.waiters.push((ticket, line));
            return Asked::Later;
        }
        if text.chars().count() > prompt::MAX_TRANSLATABLE_CHARS {
            return self.refuse(false);
        }
        if self.queue.len() >= turn.config.max_queued_jobs && !self.make_place(ticket.group.tenant, line) {
            return self.refuse(true);
        }
        self.take_off(key, (ticket, line), Mode::first_for(&turn.config.ollama_model));
        self.pump(turn);
        Asked::Later
    }

    /// A number for each door, and one for each thing that is private.
    fn number_of(&mut self, scope: Scope) -> u64 {
        match scope {
            Scope::Door(door) => u64::from(door),
            Scope::Private => {
                self.private += 1;
                u64::from(u8::MAX) + self.private
            }
        }
    }

    fn refuse(&mut self, again: bool) -> Asked {
        self.stats.failed += 1;
        Asked::Now(Outcome::Failed { again })
    }

    /// Gives up what came last to the longest line, if that is longer than this one; whether it was.
    fn make_place(&mut self, tenant: Tenant, line: Line) -> bool {
        let last = self.queue.last_of_longer_than(tenant, line);
        if let Some(flight) = last {
            self.end_flight(flight, &Outcome::Failed { again: true });
        }
        last.is_some()
    }

    fn take_off(&mut self, key: cache::Key, (ticket, line): (Ticket, Line), mode: Mode) {
        self.flight_bytes += key.text.len();
        let flight = Flight::new(key.clone(), ticket, line, mode);
        let flight = self.flights.insert(flight);
        self.by_key.insert(key, flight);
        self.queue.push_back(line, ticket.group, flight);
    }

    /// Nobody of this group waits for this language any more: what nobody else waits for is taken back.
    pub fn withdraw(&mut self, turn: &mut Turn<'_>, group: Group, to: Language) {
        self.withdraw_all(turn, |waiter| waiter.group == group && waiter.to == to);
    }

    /// Whoever gave this ticket does not wait any more.
    pub fn take_back(&mut self, turn: &mut Turn<'_>, ticket: Ticket) {
        self.withdraw_all(turn, |waiter| *waiter == ticket);
    }

    fn withdraw_all(&mut self, turn: &mut Turn<'_>, is_gone: impl Fn(&Ticket) -> bool) {
        let waits =
            |(_, flight): &(FlightKey, &Flight)| flight.waiters.iter().any(|(ticket, _)| is_gone(ticket));
        let concerned: Vec<FlightKey> = self.flights.iter().filter(waits).map(|(key, _)| key).collect();
        for key in concerned {
            let Some(flight) = known(self.flights.get_mut(key)) else { continue };
            flight.waiters.retain(|(ticket, _)| !is_gone(ticket));
            match flight.waiters.first() {
                None => self.call_off(turn, key),
                Some(&(heir, line)) => self.move_to(key, line, heir.group),
            }
        }
        self.pump(turn);
    }

    /// The group whose turn it was waits no more: the flight stands in the line of one that does.
    fn move_to(&mut self, key: FlightKey, line: Line, heir: Group) {
        let Some(flight) = known(self.flights.get_mut(key)) else { return };
        let before = (flight.line, flight.group);
        (flight.line, flight.group) = (line, heir);
        if before != (line, heir) && self.queue.remove(before.0, before.1, key) {
            self.queue.push_back(line, heir, key);
        }
    }

    fn call_off(&mut self, turn: &mut Turn<'_>, key: FlightKey) {
        let Some(flight) = known(self.land(key)) else { return };
        if let Some(job) = flight.job {
            self.running -= 1;
            turn.jobs.cancel(job, turn.effects);
        }
    }

    /// Takes a flight out of every table.
    fn land(&mut self, key: FlightKey) -> Option<Flight> {
        let flight = self.flights.remove(key)?;
        self.flight_bytes -= flight.key.text.len();
        self.by_key.remove(&flight.key);
        self.queue.remove(flight.line, flight.group, key);
        self.resting.retain(|_, resting| *resting != key);
        Some(flight)
    }

    /// When [`Translator::on_tick`] has something to do.
    pub fn next_deadline(&self) -> Option<Millis> {
        let rest = self.resting.first_key_value().map(|((at, _), _)| *at);
        [rest, self.health.next_probe(), self.cache.next_expiry(), self.pairs.next_end()]
            .into_iter()
            .flatten()
            .min()
    }

    /// What has ended since the last call, in order.
    pub fn take_ended(&mut self) -> Vec<(Ticket, Outcome)> {
        std::mem::take(&mut self.ended)
    }

    /// Whether anything has ended since [`Translator::take_ended`].
    pub fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Whether the service has come back since the last call, so that what failed may be asked again.
    pub fn take_recovered(&mut self) -> bool {
        std::mem::take(&mut self.recovered)
    }

    /// Bytes of text held: what is remembered and what is under way.
    pub fn text_bytes(&self) -> usize {
        self.cache.bytes() + self.flight_bytes
    }

    /// Forgets translations until `bytes` are given back or nothing is remembered.
    pub fn evict(&mut self, bytes: usize) {
        self.cache.evict(bytes);
    }

    /// The state of the service, in one word.
    pub fn state(&self) -> &'static str {
        self.health.word()
    }

    /// Translations waiting for a call.
    pub fn queued(&self) -> usize {
        self.queue.len() + self.resting.len()
    }

    /// Calls under way, probes aside.
    pub fn running(&self) -> usize {
        self.running
    }

    /// Bytes of the cache alone.
    pub fn cache_bytes(&self) -> usize {
        self.cache.bytes()
    }

    /// Counts since the start.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Panics if something is not as it must be; for tests and the simulation.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn check_invariants(&self, config: &Config) {
        assert_eq!(self.flights.len(), self.by_key.len(), "one flight per text and pair");
        let running = self.flights.iter().filter(|(_, flight)| flight.job.is_some()).count();
        assert_eq!(running, self.running, "every call under way belongs to a flight");
        assert!(self.running <= usize::from(config.translate_workers), "no more calls than workers");
        let grounded = self.queued();
        assert_eq!(running + grounded, self.flights.len(), "every flight is called, queued or resting");
        assert!(
            self.flights.iter().all(|(_, flight)| !flight.waiters.is_empty()),
            "somebody waits for every flight"
        );
        let bytes: usize = self.flights.iter().map(|(_, flight)| flight.key.text.len()).sum();
        assert_eq!(bytes, self.flight_bytes, "text under way is accounted for");
        assert!(self.cache.bytes() <= config.max_cache_bytes, "the cache is bounded");
    }
}

#[cfg(test)]
mod tests;
