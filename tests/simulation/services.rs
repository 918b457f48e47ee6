//! The services that translate, all virtual, each with a weather of its own: the calls under way, and what the core may ask.
//!
//! The core is held against what it has decided and been told (the *ledger*), not against what has reached a service: while
//! the disk fails a call may begin later than it was wanted.
//!
//! | of each service | |
//! |---|---|
//! | calls for people under way | no more than it has workers |
//! | it does not take the key, or the quota is used up | nothing is asked for 5, or 10, minutes |
//! | it has said that we ask too often | no text is asked for as long as it said, at least a second, or until it answers |
//! | it is well, has a pair, and has never failed on a text | that text does not end without a translation |
//!
//! It is *well* in the last row if it has answered everything rightly since the process began and has had the time for a
//! probe, or if it has for longer than the longest pause of the breaker; and the text is one that waits in no full queue.

use std::collections::{BTreeMap, BTreeSet};

use dragoman::config::Config;
use dragoman::vocabulary::{EngineName, JobFailure, JobId, JobOutcome, JobSpec, Millis};

use super::coverage::Coverage;
use super::dice::Dice;
use super::invariant::Invariant::{EverythingIsBounded, ProtocolIsKept, StaleNamesTouchNothing};
use super::weather::{BROKEN_INTO, Reply, Sense, Weather, broken, failed};
use super::{apertium, libretranslate, ollama, openai, words};

/// Before a key that was not taken is shown again.
const KEY_PAUSE: Millis = Millis::from_secs(300);
/// Before it is seen whether there is more of what was paid for.
const QUOTA_PAUSE: Millis = Millis::from_secs(600);
/// After this every probe of one that was always well has ended.
const FIRST_LOOK: Millis = Millis::from_secs(6);
/// After this every pause of the breaker is over, and the probe behind it.
const EVERY_PAUSE: Millis = Millis::from_secs(700);
/// Texts under way at Apertium at most.
const APERTIUM_CALLS: usize = 8;

/// A call under way.
struct Job {
    id: JobId,
    due: Millis,
    outcome: JobOutcome,
}

/// What the core knows of a call that it has wanted.
struct Wanted {
    place: usize,
    /// A translation somebody waits for: a trial is part of a probe.
    is_for_people: bool,
    /// What it is of a probe, or for which text into which language.
    label: String,
    /// What will be answered.
    sense: Option<Sense>,
}

/// One service.
pub(crate) struct Service {
    pub(crate) name: EngineName,
    pub(crate) weather: Weather,
    /// Its weather never changes.
    pub(crate) is_steadfast: bool,
    /// Since when it has answered everything rightly.
    fair_since: Millis,
    has_erred: bool,
    /// The core has just taken it for well, and was told nothing else since.
    is_trusted: bool,
    /// Until when it must not be asked, and why.
    away: Option<(Millis, &'static str)>,
    limited: Option<Millis>,
    /// Numbers of texts on which it has failed.
    failed_on: BTreeSet<u32>,
}

/// All services, and all calls.
pub(crate) struct Services {
    pub(crate) all: Vec<Service>,
    model: String,
    workers: usize,
    jobs: Vec<Job>,
    ledger: BTreeMap<JobId, Wanted>,
    /// Calls that have ended or were cancelled: naming them again must change nothing.
    pub(crate) over: Vec<JobId>,
    last: u64,
    /// Whether any answer has ever been anything but a right translation, sooner or later.
    pub(crate) has_erred: bool,
    /// Languages that were named wrongly; the server may believe it.
    pub(crate) lies: Vec<&'static str>,
}

impl Services {
    pub(crate) fn new(config: &Config, dice: &mut Dice) -> Self {
        let all: Vec<Service> = config.all_engines().into_iter().map(Service::new).collect();
        let mut services = Self {
            all,
            model: config.ollama_model.clone(),
            workers: usize::from(config.translate_workers),
            jobs: Vec::new(),
            ledger: BTreeMap::new(),
            over: Vec::new(),
            last: 0,
            has_erred: false,
            lies: Vec::new(),
        };
        if services.all.len() > 1 && dice.percent(60) {
            let place = dice.below(services.all.len());
            services.all[place].is_steadfast = true;
        }
        services
    }

    // ---- what the core decides, and is told ----

    /// The core wants a call made.
    pub(crate) fn wanted(&mut self, now: Millis, id: JobId, spec: &JobSpec, coverage: &mut Coverage) {
        StaleNamesTouchNothing.holds(id.0 > self.last, || format!("the name {id} was given to two jobs"));
        self.last = id.0;
        let name = spec.service().to_string();
        let place = self.all.iter().position(|service| service.name.word() == name);
        let Some(place) = place else { StaleNamesTouchNothing.broken(format!("{name} is not set up")) };
        let label = label(spec).to_owned();
        let is_for_people = label.starts_with("translate ");
        self.all[place].is_asked(now, is_for_people, coverage);
        if is_for_people {
            self.note_text(place, &label, coverage);
        }
        self.ledger.insert(id, Wanted { place, is_for_people, label, sense: None });
        let running = self.ledger.values().filter(|it| it.place == place && it.is_for_people).count();
        let workers =
            if self.all[place].name == EngineName::Apertium { APERTIUM_CALLS } else { self.workers };
        EverythingIsBounded
            .holds(running <= workers, || format!("{running} translations at a time by {name}"));
    }

    /// Whether others were asked before it, or are at it.
    fn note_text(&self, place: usize, label: &str, coverage: &mut Coverage) {
        let others = self.ledger.values().filter(|it| it.place != place && it.is_for_people);
        if others.into_iter().any(|it| same_text(&it.label, label)) {
            coverage.note("engine asked as well");
        }
        let number = words::numbers(label).into_iter().next();
        let failed = |service: &Service| number.is_some_and(|number| service.failed_on.contains(&number));
        if self.all.iter().enumerate().any(|(other, service)| other != place && failed(service)) {
            coverage.note("engine asked after another");
        }
    }

    /// The core does not want it any more.
    pub(crate) fn unwanted(&mut self, id: JobId) {
        let is_known = self.ledger.remove(&id).is_some();
        StaleNamesTouchNothing.holds(is_known, || format!("{id} was cancelled, and is not under way"));
    }

    /// The core is about to be told how a call ended. Whether it still wants to know.
    pub(crate) fn told(&mut self, now: Millis, id: JobId, coverage: &mut Coverage) -> bool {
        let Some(wanted) = self.ledger.remove(&id) else { return false };
        let Wanted { place, is_for_people, label, sense } = wanted;
        let sense = sense.unwrap_or(Sense::Failed);
        let is_probed = self.ledger.values().any(|it| it.place == place && !it.is_for_people);
        let service = &mut self.all[place];
        if is_for_people && sense != Sense::Right {
            service.failed_on.extend(words::numbers(&label));
        }
        // A trial that fails is followed by another; and a probe under way may find that all is well.
        let is_certain =
            if is_for_people { service.is_trusted && !is_probed } else { !label.starts_with("trial ") };
        match sense {
            Sense::Right | Sense::Doubtful => service.limited = None,
            // Enough for a probe, which only wants to know whether somebody is there.
            Sense::Limited(_) if !is_for_people => service.limited = None,
            Sense::Limited(said) => service.limited = Some(now + Millis::from_secs(said.unwrap_or(1))),
            Sense::Unauthorized if is_certain => service.away = Some((now + KEY_PAUSE, "unauthorized")),
            Sense::Quota if is_certain => service.away = Some((now + QUOTA_PAUSE, "quota")),
            Sense::Failed | Sense::Unauthorized | Sense::Quota => {}
        }
        service.is_trusted &= matches!(sense, Sense::Right | Sense::Doubtful | Sense::Limited(_));
        coverage.note(format!("{} {}", service.name.word(), service.weather.word()));
        true
    }

    // ---- the services ----

    /// A call reaches its service.
    pub(crate) fn start(&mut self, now: Millis, id: JobId, spec: &JobSpec, dice: &mut Dice) {
        // It is not wanted any more.
        let Some(place) = self.ledger.get(&id).map(|it| it.place) else { return };
        let (delay, (outcome, sense)) = self.answer(place, spec, dice);
        let timeout = match spec {
            JobSpec::Http(call) => call.timeout,
            JobSpec::Pipeline(call) => call.timeout,
        };
        let is_late = delay >= timeout.0;
        let (outcome, sense) = if is_late { failed(JobFailure::TimedOut) } else { (outcome, sense) };
        let due = now + Millis(delay.min(timeout.0));
        let service = &mut self.all[place];
        service.has_erred |= !matches!(sense, Sense::Right);
        if let Some(wanted) = self.ledger.get_mut(&id) {
            wanted.sense = Some(sense);
        }
        self.jobs.push(Job { id, due, outcome });
    }

    /// Hung up on.
    pub(crate) fn cancel(&mut self, id: JobId) {
        self.jobs.retain(|job| job.id != id);
        self.over.push(id);
    }

    /// The process has died: nobody waits for anything any more, and jobs are counted anew.
    pub(crate) fn hang_up(&mut self, now: Millis) {
        self.jobs.clear();
        self.over.clear();
        self.ledger.clear();
        self.last = 0;
        for service in &mut self.all {
            let Service { name, weather, is_steadfast, .. } = *service;
            let has_erred = weather != Weather::Fair;
            *service = Service { weather, is_steadfast, has_erred, fair_since: now, ..Service::new(name) };
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.ledger.is_empty()
    }

    /// When the next call ends.
    pub(crate) fn next_due(&self) -> Option<Millis> {
        self.jobs.iter().map(|job| job.due).min()
    }

    /// One call that has ended by now; which one of several is chance.
    pub(crate) fn take_due(&mut self, now: Millis, dice: &mut Dice) -> Option<(JobId, JobOutcome)> {
        let due: Vec<usize> = (0..self.jobs.len()).filter(|&index| self.jobs[index].due <= now).collect();
        let job = self.jobs.remove(dice.pick(&due)?);
        self.over.push(job.id);
        Some((job.id, job.outcome))
    }

    fn answer(&mut self, place: usize, spec: &JobSpec, dice: &mut Dice) -> (u64, Reply) {
        let Service { name, weather, .. } = self.all[place];
        self.has_erred |= !matches!(weather, Weather::Fair | Weather::Slow);
        let soon = dice.between(1, if name == EngineName::Apertium { 60 } else { 900 });
        let into = into(label(spec));
        match weather {
            Weather::Refusing => (soon.min(5), failed(JobFailure::Refused)),
            Weather::Silent => (u64::MAX, failed(JobFailure::TimedOut)),
            Weather::Broken => (soon, broken(dice)),
            Weather::OnePairBroken if into == Some(BROKEN_INTO) => (soon, broken(dice)),
            // Its model is slow, not the service itself.
            Weather::Slow if into.is_some() => (dice.between(5_000, 30_000), self.right(name, spec)),
            Weather::Fair | Weather::Slow | Weather::OnePairBroken => (soon, self.right(name, spec)),
            Weather::Garbage => (soon, self.garbage(name, spec, dice)),
            _ => (soon, self.refusal(name, weather, spec, dice)),
        }
    }

    fn right(&self, name: EngineName, spec: &JobSpec) -> Reply {
        match (name, spec) {
            (EngineName::Ollama, JobSpec::Http(call)) => ollama::answer(&self.model, call),
            (EngineName::OpenAi, JobSpec::Http(call)) => openai::answer(call),
            (EngineName::LibreTranslate, JobSpec::Http(call)) => libretranslate::answer(call),
            (EngineName::Apertium, JobSpec::Pipeline(call)) => apertium::answer(call),
            _ => ProtocolIsKept.broken(format!("{} does not speak like that", name.word())),
        }
    }

    fn garbage(&mut self, name: EngineName, spec: &JobSpec, dice: &mut Dice) -> Reply {
        match (name, spec) {
            (EngineName::Ollama, JobSpec::Http(call)) => {
                ollama::garbage(&self.model, call, dice, &mut self.lies)
            }
            (EngineName::OpenAi, JobSpec::Http(call)) => openai::garbage(call, dice),
            (EngineName::LibreTranslate, JobSpec::Http(call)) => libretranslate::garbage(call, dice),
            (EngineName::Apertium, JobSpec::Pipeline(call)) => apertium::garbage(call, dice),
            _ => self.right(name, spec),
        }
    }

    fn refusal(&self, name: EngineName, weather: Weather, spec: &JobSpec, dice: &mut Dice) -> Reply {
        match (name, spec) {
            (EngineName::Ollama, JobSpec::Http(call)) => ollama::refusal(&self.model, weather, call),
            (EngineName::OpenAi, JobSpec::Http(call)) => openai::refusal(weather, call, dice),
            (EngineName::LibreTranslate, JobSpec::Http(call)) => libretranslate::refusal(weather, call, dice),
            (EngineName::Apertium, JobSpec::Pipeline(call)) => apertium::refusal(call),
            _ => self.right(name, spec),
        }
    }

    // ---- the weather ----

    /// One of them fails, or recovers.
    pub(crate) fn change(&mut self, now: Millis, is_calm: bool, dice: &mut Dice) {
        let some: Vec<usize> = (0..self.all.len()).filter(|&place| !self.all[place].is_steadfast).collect();
        let Some(place) = dice.pick(&some) else { return };
        let service = &mut self.all[place];
        let good = service.weather != Weather::Fair && dice.percent(50);
        let weather = dice.pick(service.weathers()).unwrap_or(Weather::Fair);
        service.set(
            now,
            match (good, is_calm) {
                (true, _) => Weather::Fair,
                (false, true) => [Weather::Fair, Weather::Slow][dice.below(2)],
                (false, false) => weather,
            },
        );
    }

    /// All are well again.
    pub(crate) fn mend(&mut self, now: Millis) {
        self.all.iter_mut().for_each(|service| service.set(now, Weather::Fair));
    }

    /// The clock has jumped: what should have been looked at meanwhile was not.
    pub(crate) fn jumped(&mut self, now: Millis) {
        for service in self.all.iter_mut().filter(|service| service.has_erred) {
            service.fair_since = now;
        }
    }

    /// A service that is well and can do this: why then was it not done?
    pub(crate) fn well(
        &self,
        now: Millis,
        text: &str,
        may: impl Fn(EngineName) -> bool,
    ) -> Option<EngineName> {
        let numbers = words::numbers(text);
        let is_well = |service: &&Service| {
            let since = if service.has_erred { EVERY_PAUSE } else { FIRST_LOOK };
            service.weather == Weather::Fair
                && now - service.fair_since >= since
                && !numbers.iter().any(|number| service.failed_on.contains(number))
                && may(service.name)
        };
        self.all.iter().find(is_well).map(|service| service.name)
    }
}

impl Service {
    fn new(name: EngineName) -> Self {
        Self {
            name,
            weather: Weather::Fair,
            is_steadfast: false,
            fair_since: Millis::ZERO,
            has_erred: false,
            is_trusted: false,
            away: None,
            limited: None,
            failed_on: BTreeSet::new(),
        }
    }

    fn weathers(&self) -> &'static [Weather] {
        match self.name {
            EngineName::Ollama => &ollama::WEATHERS,
            EngineName::LibreTranslate => &libretranslate::WEATHERS,
            EngineName::Apertium => &apertium::WEATHERS,
            EngineName::OpenAi | EngineName::DeepL => &openai::WEATHERS,
        }
    }

    fn set(&mut self, now: Millis, weather: Weather) {
        if self.weather != weather {
            self.weather = weather;
            self.fair_since = now;
        }
    }

    fn is_asked(&mut self, now: Millis, is_for_people: bool, coverage: &mut Coverage) {
        let name = self.name.word();
        if let Some((until, why)) = self.away {
            ProtocolIsKept
                .holds(until <= now, || format!("{name} is asked at {now:?}, {why} until {until:?}"));
            coverage.note(format!("engine asked again after {why}"));
            self.away = None;
        }
        if is_for_people {
            let is_allowed = self.limited.is_none_or(|until| until <= now);
            ProtocolIsKept.holds(is_allowed, || format!("{name} is asked, and said: {:?}", self.limited));
            if self.limited.take().is_some() {
                coverage.note("engine asked again after a limit");
            }
            self.is_trusted = true;
        }
    }
}

fn label(spec: &JobSpec) -> &str {
    match spec {
        JobSpec::Http(call) => &call.label,
        JobSpec::Pipeline(call) => &call.label,
    }
}

/// The language into which a call translates, by its label: `translate pt→en "…"`, or `trial en`.
fn into(label: &str) -> Option<&str> {
    let to =
        label.strip_prefix("trial ").or_else(|| Some(label.strip_prefix("translate ")?.split_once('→')?.1));
    to?.split(' ').next()
}

fn same_text(one: &str, other: &str) -> bool {
    let numbers = words::numbers(one);
    into(one) == into(other) && !numbers.is_empty() && numbers == words::numbers(other)
}
