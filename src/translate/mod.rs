//! The translator: decides which engine to ask for what, when, and how often; whether to believe it; and when to stop asking.
//!
//! It decides everything and does nothing: a call is an effect, its end an event, time an argument. It knows texts and
//! languages but neither rooms nor protocols; whoever waits for a translation leaves a [`Ticket`] and finds it again
//! among the [`Translator::take_ended`].
//!
//! * A text asked for twice is asked once (`by_key`), and not at all if it is remembered ([`cache`]).
//! * Tenants take turns, within a tenant doors, addresses and groups (rooms); within a group the order is that of the asking
//!   (`queue`). No tenant joins or finds what was asked for another.
//! * Which engine is asked, and when the next one as well, is in `choice`.
//! * What is called next, and what the end of a call says, is in `calls`.
//! * What a shop calls its things is in [`glossary`]; each text is asked for, judged and remembered with one glossary.
//! * What is one engine's own is in `engine`: its queue, its breaker ([`health`]), its API ([`mod@format`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Config, Glossary};
use crate::tools::arena::{Arena, Key};
use crate::tools::jobs::StartJobs;
use crate::tools::known::known;
use crate::tools::random::Random;
use crate::vocabulary::{Effect, EngineName, JobId, JobSpec, Language, Millis, Tenant};

pub mod apertium;
pub mod cache;
mod calls;
pub mod check;
mod choice;
pub mod deepl;
pub mod detect;
mod engine;
mod flight;
pub mod format;
pub mod glossary;
pub mod health;
mod letters;
pub mod libretranslate;
pub mod ollama;
pub mod openai;
mod outage;
mod pairs;
pub mod prompt;
mod queue;
pub mod retry_after;
mod routes;
mod spare;
mod standing;
mod suspects;
mod ticket;
pub mod verdict;

use cache::{Cache, Cached};
pub use check::Rejection;
pub use engine::EngineStats;
use engine::{Engine, EngineId};
use flight::Flight;
use glossary::Terms;
pub use outage::Outage;
pub use pairs::Pair;
use routes::Routes;
pub use standing::{Change, PassedOver, Speaker, Standing};
pub use ticket::{Group, Line, Scope, Source, Ticket};

/// How a translation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed every check.
    Done {
        text: Arc<str>,
        /// What the model takes the original for, if it was asked and the answer is a language offered here.
        detected: Option<Language>,
        /// Who translated it; nobody had to if there was nothing to translate.
        by: Option<EngineName>,
    },
    /// There is none.
    Failed {
        /// Whether the service was to blame, so that asking again later makes sense.
        again: bool,
        /// The check that the last answer did not pass, if there was one.
        check: Option<Rejection>,
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
    /// The same as wall time, in milliseconds since 1970.
    pub unix_ms: u64,
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
    fn start(&mut self, purpose: Purpose, spec: JobSpec) -> JobId {
        self.jobs.start(Work(purpose), spec, self.effects)
    }
}

type FlightKey = Key<Flight>;

/// What a call of the translator is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work(Purpose);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Translate(FlightKey, EngineId),
    Probe(EngineId),
}

/// What the metrics tell of translations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Answered from memory.
    pub cache_hits: u64,
    /// Joined to a call that was under way.
    pub joined: u64,
    /// Translations given up.
    pub failed: u64,
}

pub struct Translator {
    /// Every engine that some text may go to.
    engines: Vec<Engine>,
    routes: Routes,
    terms: Option<Arc<Terms>>,
    cache: Cache,
    flights: Arena<Flight>,
    by_key: BTreeMap<cache::Key, FlightKey>,
    /// Attempts that wait before they are tried again, by when.
    resting: BTreeMap<(Millis, u64), (FlightKey, EngineId)>,
    /// Flights for which one more engine is asked, by when.
    next_engines: BTreeMap<(Millis, u64), FlightKey>,
    /// Keeps those of one instant apart.
    count: u64,
    /// What agents have been told last.
    told: (Option<Outage>, Option<EngineName>),
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
        let names = config.all_engines();
        let mut translator = Self {
            engines: names.iter().map(|name| Engine::new(*name)).collect(),
            routes: Routes::new(config, &names),
            terms: Terms::of(&config.glossary),
            cache: Cache::new(config.max_cache_bytes, config.cache_ttl_ms),
            flights: Arena::default(),
            by_key: BTreeMap::new(),
            resting: BTreeMap::new(),
            next_engines: BTreeMap::new(),
            count: 0,
            told: (None, None),
            private: 0,
            ended: Vec::new(),
            recovered: false,
            flight_bytes: 0,
            stats: Stats::default(),
        };
        translator.told.1 = translator.engine();
        translator
    }

    /// Looks for every engine, holding nothing up.
    pub fn start(&mut self, turn: &mut Turn<'_>) {
        for id in 0..self.engines.len() {
            self.probe(turn, id);
        }
    }

    /// Takes another glossary. What is under way ends with the one it was asked with, and is remembered for that one alone.
    pub fn take_glossary(&mut self, glossary: &Glossary) {
        self.terms = Terms::of(glossary);
    }

    /// Looks for every engine at once, whenever that would have been its turn.
    pub fn look_for_all(&mut self, turn: &mut Turn<'_>) {
        for id in 0..self.engines.len() {
            if !self.engines[id].health.is_probed() {
                self.probe(turn, id);
            }
        }
    }

    /// The terms of the glossary in a text, as a translation is to call them.
    pub fn terms_of(&self, text: &str, from: Option<Language>, to: Language) -> Vec<String> {
        self.terms.as_ref().map_or_else(Vec::new, |terms| terms.targets(text, (from, to)))
    }

    /// Whether a group may queue one more, wherever that may be.
    pub fn has_place(&self, group: Group, config: &Config) -> bool {
        let most = self.engines.iter().map(|engine| engine.queue.len_of(group)).max();
        most.unwrap_or(0) < config.max_queued_jobs_per_room
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
            return Asked::Now(Outcome::Done { text: Arc::clone(text), detected: None, by: None });
        }
        let (tenant, to, terms) = (ticket.group.tenant, ticket.to, self.terms.as_deref());
        if let Some(text) = terms.and_then(|terms| prompt::settled(text, Some(terms), from, to)) {
            return Asked::Now(Outcome::Done { text: text.into(), detected: None, by: None });
        }
        let (scope, glossary) = (self.number_of(scope), self.terms.as_ref().map_or(0, |terms| terms.hash()));
        let key = cache::Key { tenant, scope, from, to, glossary, text: Arc::clone(text) };
        if let Some(Cached { text, detected, by }) = self.remembered(turn, &key) {
            self.stats.cache_hits += 1;
            return Asked::Now(Outcome::Done { text, detected, by: Some(by) });
        }
        let Some(engine) = self.choose(turn, &key, &[]) else {
            return self.refuse(self.may_be_able((from, ticket.to)));
        };
        if let Some(flight) = self.by_key.get(&key).and_then(|key| self.flights.get_mut(*key)) {
            self.stats.joined += 1;
            flight.waiters.push((ticket, line));
            return Asked::Later;
        }
        if text.chars().count() > prompt::MAX_TRANSLATABLE_CHARS {
            self.stats.failed += 1;
            return Asked::Now(Outcome::Failed { again: false, check: Some(Rejection::TooLong) });
        }
        let is_full = self.engines[engine].queue.len() >= turn.config.max_queued_jobs;
        if is_full && !self.make_place(turn, engine, ticket.group.tenant, line) {
            return self.refuse(true);
        }
        self.look_for_better(turn, (from, ticket.to), engine);
        self.take_off(turn, key, (ticket, line), engine);
        self.pump(turn);
        Asked::Later
    }

    /// Whether an engine that may be asked for a pair can do it, well or not.
    fn may_be_able(&self, pair: Pair) -> bool {
        self.routes.of(pair).iter().map(|id| &self.engines[*id]).any(|engine| engine.format.covers(pair))
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
        Asked::Now(Outcome::Failed { again, check: None })
    }

    /// Gives up what came last to the longest line, if that is longer than this one; whether it was.
    fn make_place(&mut self, turn: &mut Turn<'_>, engine: EngineId, tenant: Tenant, line: Line) -> bool {
        let last = self.engines[engine].queue.last_of_longer_than(tenant, line);
        if let Some(flight) = last {
            self.end_flight(turn, flight, &Outcome::Failed { again: true, check: None });
        }
        last.is_some()
    }

    fn take_off(&mut self, turn: &Turn<'_>, key: cache::Key, waiter: (Ticket, Line), engine: EngineId) {
        self.flight_bytes += key.text.len();
        let deadline = turn.now + turn.config.translate_deadline_ms;
        let flight = self.flights.insert(Flight::new(key.clone(), self.terms.clone(), waiter, deadline));
        self.by_key.insert(key, flight);
        self.begin_attempt(turn, flight, engine);
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
                None => {
                    let _ = known(self.land(turn, key));
                }
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
        if before == (line, heir) {
            return;
        }
        for engine in &mut self.engines {
            if engine.queue.remove(before.0, before.1, key) {
                engine.queue.push_back(line, heir, key);
            }
        }
    }

    /// Takes a flight out of every table, and calls off what is under way for it.
    fn land(&mut self, turn: &mut Turn<'_>, key: FlightKey) -> Option<Flight> {
        let flight = self.flights.remove(key)?;
        self.flight_bytes -= flight.key.text.len();
        self.by_key.remove(&flight.key);
        for attempt in &flight.attempts {
            let engine = &mut self.engines[attempt.engine];
            engine.queue.remove(flight.line, flight.group, key);
            if let Some(job) = attempt.job {
                engine.running -= 1;
                turn.jobs.cancel(job, turn.effects);
            }
        }
        self.resting.retain(|_, (resting, _)| *resting != key);
        if let Some(planned) = flight.next_engine_at {
            self.next_engines.remove(&planned);
        }
        Some(flight)
    }

    /// When [`Translator::on_tick`] has something to do.
    pub fn next_deadline(&self) -> Option<Millis> {
        let rest = self.resting.first_key_value().map(|((at, _), _)| *at);
        let next = self.next_engines.first_key_value().map(|((at, _), _)| *at);
        let of = |engine: &Engine| [engine.health.next_deadline(), engine.pairs.next_end()];
        let engines = self.engines.iter().flat_map(of).flatten();
        [rest, next, self.cache.next_expiry()].into_iter().flatten().chain(engines).min()
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

    /// Translations waiting for a call, once for each engine they wait for.
    pub fn queued(&self) -> usize {
        self.engines.iter().map(|engine| engine.queue.len()).sum::<usize>() + self.resting.len()
    }

    /// Calls under way, probes aside.
    pub fn running(&self) -> usize {
        self.engines.iter().map(|engine| engine.running).sum()
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
        let attempts = || self.flights.iter().flat_map(|(_, flight)| &flight.attempts);
        for (id, engine) in self.engines.iter().enumerate() {
            let running = attempts().filter(|it| it.engine == id && it.job.is_some()).count();
            assert_eq!(running, engine.running, "every call under way belongs to a flight");
            assert!(running <= engine.calls_max(config), "no more calls than workers");
        }
        let grounded = self.queued();
        assert_eq!(
            self.running() + grounded,
            attempts().count(),
            "every attempt is called, queued or resting"
        );
        assert!(
            self.flights.iter().all(|(_, flight)| !flight.attempts.is_empty()),
            "some engine is asked for every flight"
        );
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
