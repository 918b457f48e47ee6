//! Whether an engine is there and can translate; and its circuit breaker.
//!
//! ```text
//!              there, as wanted               loaded
//!   Starting ─────────────────────▶ Loading ────────▶ Ready ◀───────────┐
//!      │ no answer, no model, no key   ▲                 │ 5 failures,   │ well
//!      ▼                               │ it loads        ▼ refused       │
//!     Away ────────────────────────────┴─── probe ── Away ── probe ──────┘
//! ```
//!
//! What a probe asks is the business of the [`Format`]. Only failures of the *service* count, never an answer that did not
//! pass a check, or one hostile room would blind the others. A time-out alone proves nothing, nor does one pair of languages
//! that fails (`pairs`); a time-out, or failures at several pairs, start a probe that ends with a real translation: a model
//! may hang although all else is answered. Being asked to wait (429) is no failure.

use super::format::{Format, Probed};
use super::outage::Outage;
use super::pairs::Pair;
use super::prompt::{Ask, Mode, Question};
use super::verdict::Verdict;
use crate::config::Config;
use crate::vocabulary::{EngineName, JobOutcome, JobSpec, Language, Millis};

/// What is known of an engine.
pub struct Health {
    name: EngineName,
    state: State,
    /// Why it does not translate: from the moment on at which that is seen, until it is seen to be over.
    outage: Option<Outage>,
    probe: Option<Probe>,
    failures: u32,
    /// Whether translations hang or fail, although all else may be answered: then a probe ends with a translation.
    needs_trial: bool,
    /// The first two pairs of languages that have failed in a row.
    failing: Vec<Pair>,
    /// The last pair that was done.
    last: Option<Pair>,
    /// Trials that have failed since.
    trials: usize,
    last_success: Millis,
    next_pause: Millis,
    /// Until when it wants not to be asked.
    limited: Option<Millis>,
    /// How often in a row it has said so.
    limits: u32,
    /// Models it has instead of the one that is wanted.
    served: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Starting,
    /// Until a probe says that it is done; looked at then, unless the probe itself waits for that.
    Loading {
        look_at: Option<Millis>,
    },
    Ready,
    /// Not to be asked before it has been looked at.
    Away {
        since: Millis,
        look_at: Millis,
    },
}

/// What is asked by the probe under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    /// What the format wants to know.
    Look,
    /// A real translation of this pair, though a tiny one.
    Trial(Pair),
}

/// What the translator is to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    Nothing,
    /// Make this call, the next step of a probe.
    Probe(JobSpec),
    /// The engine is gone: nobody shall wait for it.
    GiveUpWaiting,
    /// The engine is back: ask again what failed.
    CatchUp,
}

/// First pause before an engine that is down is probed; doubles up to [`Config::PROBE_PAUSE_MAX`].
const FIRST_PAUSE: Millis = Millis::from_secs(5);
/// Pause between two looks for a missing model.
const MODEL_PAUSE: Millis = Millis::from_secs(30);
/// Pause before a key that was not taken is shown again.
const KEY_PAUSE: Millis = Millis::from_secs(300);
/// Pause between two looks at an engine that loads its model by itself.
const LOADING_PAUSE: Millis = Millis::from_secs(1);
/// Pause after a 429 that names none; doubles twice.
const LIMIT_PAUSE: Millis = Millis::from_secs(1);

impl Health {
    /// Nothing is known.
    pub fn new(name: EngineName) -> Self {
        Self {
            name,
            state: State::Starting,
            outage: None,
            probe: None,
            failures: 0,
            needs_trial: false,
            failing: Vec::new(),
            last: None,
            trials: 0,
            last_success: Millis::ZERO,
            next_pause: FIRST_PAUSE,
            limited: None,
            limits: 0,
            served: Vec::new(),
        }
    }

    /// Whether a translation may be asked for or waited for.
    pub fn accepts(&self) -> bool {
        !matches!(self.state, State::Away { .. })
    }

    /// Whether one may be waited for that must be asked for by a certain time.
    pub fn accepts_by(&self, now: Millis, deadline: Millis) -> bool {
        self.accepts() && (self.is_allowed(now) || self.limited.is_some_and(|until| until <= deadline))
    }

    /// Whether one can be had at once.
    pub fn is_well(&self, now: Millis) -> bool {
        self.state == State::Ready && self.is_allowed(now)
    }

    fn is_allowed(&self, now: Millis) -> bool {
        self.limited.is_none_or(|until| until <= now)
    }

    /// Whether a call may be made now. A model that was idle for most of the time it is kept may have left memory: it is
    /// loaded first, with the time that takes.
    pub fn may_call(&mut self, now: Millis, keeps_model: Option<Millis>, running: usize) -> bool {
        let idle = now - self.last_success;
        if self.state == State::Ready
            && running == 0
            && keeps_model.is_some_and(|keeps| idle.0 > keeps.0 / 5 * 4)
        {
            self.state = State::Loading { look_at: None };
        }
        self.is_well(now)
    }

    /// Whether a model must be loaded and nobody is at it.
    pub fn wants_probe(&self, now: Millis) -> bool {
        let State::Loading { look_at } = self.state else { return false };
        self.probe.is_none() && look_at.is_none_or(|at| at <= now)
    }

    /// Whether it is time to look again.
    pub fn probe_is_due(&self, now: Millis) -> bool {
        self.probe.is_none() && self.look_at().is_some_and(|at| at <= now)
    }

    /// When there is something to do.
    pub fn next_deadline(&self) -> Option<Millis> {
        let look = self.look_at().filter(|_| self.probe.is_none());
        [look, self.limited].into_iter().flatten().min()
    }

    fn look_at(&self) -> Option<Millis> {
        match self.state {
            State::Loading { look_at } => look_at,
            State::Away { look_at, .. } => Some(look_at),
            State::Starting | State::Ready => None,
        }
    }

    /// Whether it has been away for so long that somebody who wants it may have it looked for before its time.
    pub fn may_look_early(&self, now: Millis) -> bool {
        let State::Away { since, .. } = self.state else { return false };
        self.probe.is_none() && self.outage == Some(Outage::Down) && now - since >= FIRST_PAUSE
    }

    /// Whether it is being looked at.
    pub fn is_probed(&self) -> bool {
        self.probe.is_some()
    }

    /// The first call of a probe.
    pub fn begin_probe(&mut self, format: &mut dyn Format, config: &Config) -> JobSpec {
        self.probe = Some(Probe::Look);
        format.begin_probe(config, self.state == State::Loading { look_at: None })
    }

    /// A call of the probe has ended.
    pub fn on_probe(
        &mut self,
        now: Millis,
        config: &Config,
        format: &mut dyn Format,
        outcome: &JobOutcome,
    ) -> Next {
        let probed = match self.probe.take() {
            None => return Next::Nothing,
            Some(Probe::Trial(pair)) => return self.on_trial(now, config, format, pair, outcome),
            Some(Probe::Look) => format.on_probe(config, outcome),
        };
        match probed {
            Probed::Next(call) => self.continue_probe(Probe::Look, call),
            Probed::Load(call) => {
                self.found(config, format);
                self.continue_probe(Probe::Look, call)
            }
            Probed::Well => match self.trial_pair(config, format).filter(|_| self.needs_trial) {
                Some(pair) => {
                    let call = trial(config, format, pair);
                    self.continue_probe(Probe::Trial(pair), call)
                }
                None => self.loaded(now, config, format),
            },
            Probed::Loading => self.loads_by_itself(now),
            Probed::ModelMissing(served) => self.model_missing(now, config, served),
            Probed::Unauthorized => self.unauthorized(now),
            Probed::Quota => self.quota(now, format.quota_pause()),
            Probed::Down => self.go_down(now, config),
        }
    }

    fn on_trial(
        &mut self,
        now: Millis,
        config: &Config,
        format: &mut dyn Format,
        pair: Pair,
        outcome: &JobOutcome,
    ) -> Next {
        // Whatever the answer is worth. Where too many ask, somebody is at work.
        let works = matches!(
            format.judge(config, &trial_ask(config, format, pair), outcome),
            Verdict::Translated { .. } | Verdict::Rejected(_) | Verdict::Busy | Verdict::Limited { .. }
        );
        if works {
            return self.loaded(now, config, format);
        }
        self.trials += 1;
        self.go_down(now, config)
    }

    /// Which pair is tried: first into the language that was last done, then, if that fails as well, into each in turn. One
    /// language that fails for ever shall not speak for the others. `None` where the engine can do none of them.
    fn trial_pair(&self, config: &Config, format: &dyn Format) -> Option<Pair> {
        let languages = &config.languages.0;
        let fails = |to: Language| self.failing.iter().any(|(_, failing)| *failing == to);
        let well = languages.iter().copied().filter(|to| !fails(*to));
        let order = self.last.map(|(_, to)| to).into_iter().filter(|to| !fails(*to)).chain(well);
        let order: Vec<Pair> = order.filter_map(|to| pair_into(to, format)).collect();
        let any = || languages.iter().find_map(|to| pair_into(*to, format)).or(self.last);
        order.get(self.trials % order.len().max(1)).copied().or_else(any)
    }

    fn continue_probe(&mut self, step: Probe, spec: JobSpec) -> Next {
        self.probe = Some(step);
        Next::Probe(spec)
    }

    fn found(&mut self, config: &Config, format: &dyn Format) {
        match self.state {
            State::Starting => {
                log::info!(target: "dragoman::translate", url = config.place_of(self.name),
                    model = format.model(config).unwrap_or_default();
                    "{} answers and has the model; loading it", self.name.title());
                self.state = State::Loading { look_at: None };
            }
            // Somebody only wanted to have it looked at.
            State::Ready if !self.needs_trial => {}
            // A time-out was suspicious: nobody else shall run into the load.
            State::Ready | State::Loading { .. } => self.state = State::Loading { look_at: None },
            State::Away { .. } => {}
        }
    }

    fn loaded(&mut self, now: Millis, config: &Config, format: &dyn Format) -> Next {
        let was_away = !self.accepts();
        let (engine, (direct, reached)) = (self.name.word(), format.pairs(config));
        match format.model(config) {
            Some(model) => log::info!(target: "dragoman::translate", engine, model; "the model is loaded"),
            None => log::info!(target: "dragoman::translate", engine, direct, reached; "ready to translate"),
        }
        self.state = State::Ready;
        self.outage = None;
        self.succeeded(now);
        self.next_pause = FIRST_PAUSE;
        if was_away { Next::CatchUp } else { Next::Nothing }
    }

    fn succeeded(&mut self, now: Millis) {
        self.last_success = now;
        self.failures = 0;
        self.needs_trial = false;
        self.trials = 0;
        self.failing.clear();
        (self.limited, self.limits) = (None, 0);
    }

    fn loads_by_itself(&mut self, now: Millis) -> Next {
        self.state = State::Loading { look_at: Some(now + LOADING_PAUSE) };
        Next::Nothing
    }

    fn model_missing(&mut self, now: Millis, config: &Config, served: Vec<String>) -> Next {
        if self.outage != Some(Outage::ModelMissing) {
            let place = config.place_of(self.name);
            match self.name {
                EngineName::Ollama => log::warn!(target: "dragoman::translate", url = place;
                    "Ollama answers but does not have the model; it translates nothing until it does. To get it: \
                     ollama pull {}", config.ollama_model),
                _ => log::warn!(target: "dragoman::translate", url = place;
                    "{} does not have the model that is wanted, or several and none is named; it translates nothing \
                     until that is mended. It has: {}", self.name.title(), served.join(", ")),
            }
        }
        self.served = served;
        self.go_away(now, MODEL_PAUSE, Outage::ModelMissing)
    }

    fn unauthorized(&mut self, now: Millis) -> Next {
        if self.outage != Some(Outage::Unauthorized) {
            log::warn!(target: "dragoman::translate", engine = self.name.word();
                "{} does not take the key; it translates nothing until it does", self.name.title());
        }
        self.go_away(now, KEY_PAUSE, Outage::Unauthorized)
    }

    fn quota(&mut self, now: Millis, pause: Millis) -> Next {
        if self.outage != Some(Outage::Quota) {
            log::warn!(target: "dragoman::translate", engine = self.name.word();
                "{} says that the quota is used up; it translates nothing until there is more", self.name.title());
        }
        self.go_away(now, pause, Outage::Quota)
    }

    fn go_down(&mut self, now: Millis, config: &Config) -> Next {
        if self.outage != Some(Outage::Down) {
            let why = if self.needs_trial { "does not translate" } else { "does not answer" };
            log::warn!(target: "dragoman::translate", url = config.place_of(self.name);
                "{} {why}; it is asked for nothing until it does", self.name.title());
        }
        let pause = self.next_pause;
        self.next_pause = Millis(pause.0 * 2).min(Config::PROBE_PAUSE_MAX);
        self.go_away(now, pause, Outage::Down)
    }

    fn go_away(&mut self, now: Millis, pause: Millis, why: Outage) -> Next {
        self.state = State::Away { since: now, look_at: now + pause };
        self.outage = Some(why);
        Next::GiveUpWaiting
    }

    /// It wants not to be asked for a while: as long as it says, else longer each time.
    pub fn limit(&mut self, now: Millis, said: Option<Millis>) {
        let pause = said.unwrap_or(Millis(LIMIT_PAUSE.0 << self.limits.min(2)));
        self.limited = Some(now + pause);
        self.limits += 1;
    }

    /// Time has passed. Whether it may be asked again that wanted not to be.
    pub fn on_tick(&mut self, now: Millis) -> bool {
        self.limited.take_if(|until| *until <= now).is_some()
    }

    /// Learns from how a translation ended.
    pub(super) fn on_verdict(
        &mut self,
        now: Millis,
        config: &Config,
        format: &mut dyn Format,
        verdict: &Verdict,
        pair: Pair,
    ) -> Next {
        match verdict {
            Verdict::Translated { .. } | Verdict::Rejected(_) => {
                self.last = Some(pair);
                let was_failing = self.failures > 0;
                self.succeeded(now);
                if was_failing { Next::CatchUp } else { Next::Nothing }
            }
            Verdict::Busy => self.failed(now, config),
            Verdict::Broken => self.doubt(config, format, pair),
            Verdict::TimedOut => self.suspect(config, format),
            // What was under way when it went says nothing new.
            Verdict::Refused | Verdict::ModelMissing | Verdict::Unauthorized | Verdict::Quota
                if !self.accepts() =>
            {
                Next::Nothing
            }
            Verdict::Refused => self.go_down(now, config),
            Verdict::ModelMissing => self.model_missing(now, config, Vec::new()),
            Verdict::Unauthorized => self.unauthorized(now),
            Verdict::Quota => self.quota(now, format.quota_pause()),
            Verdict::Loading if self.probe.is_none() => self.loads_by_itself(now),
            Verdict::Loading | Verdict::Limited { .. } | Verdict::AskOtherwise | Verdict::Cancelled => {
                Next::Nothing
            }
            Verdict::BadRequest => {
                log::error!(target: "dragoman::translate", engine = self.name.word(),
                    model = format.model(config).unwrap_or_default();
                    "{} takes a translation for a bad request", self.name.title());
                Next::Nothing
            }
        }
    }

    /// Counts failures of the service in a row.
    fn failed(&mut self, now: Millis, config: &Config) -> Next {
        self.failures += 1;
        if self.failures >= Config::BREAKER_FAILURES && self.state == State::Ready {
            return self.go_down(now, config);
        }
        Next::Nothing
    }

    /// Counts what it was there to fail at. One pair of languages may fail alone, for ever; several do so only together with
    /// the service, which a trial shows.
    fn doubt(&mut self, config: &Config, format: &mut dyn Format, pair: Pair) -> Next {
        self.failures += 1;
        if self.failing.len() < 2 && !self.failing.contains(&pair) {
            self.failing.push(pair);
        }
        if self.failures < Config::BREAKER_FAILURES || self.failing.len() < 2 {
            return Next::Nothing;
        }
        self.suspect(config, format)
    }

    fn suspect(&mut self, config: &Config, format: &mut dyn Format) -> Next {
        self.needs_trial = true;
        if self.probe.is_some() || self.state != State::Ready {
            return Next::Nothing;
        }
        Next::Probe(self.begin_probe(format, config))
    }

    /// Why it does not translate, if it does not.
    pub fn outage(&self) -> Option<Outage> {
        self.outage
    }

    /// Why nobody, or not everybody, gets a translation of it at the moment, for people.
    pub fn why(&self, now: Millis) -> Option<String> {
        match self.outage {
            Some(Outage::Down) if self.needs_trial => Some("does not translate".to_owned()),
            Some(Outage::Down) => Some("does not answer".to_owned()),
            Some(Outage::ModelMissing) if self.served.is_empty() => {
                Some("does not have the model".to_owned())
            }
            Some(Outage::ModelMissing) => Some(format!("name one of its models: {}", self.served.join(", "))),
            Some(Outage::Unauthorized) => Some("does not take the key".to_owned()),
            Some(Outage::Quota) => Some("the quota is used up".to_owned()),
            None if !self.is_allowed(now) => Some("asks us to wait".to_owned()),
            None => None,
        }
    }

    /// The state in one word, for `/health`, the metrics and the log.
    pub fn word(&self) -> &'static str {
        match self.state {
            State::Starting => "starting",
            State::Loading { .. } => "loading",
            State::Ready => "ready",
            State::Away { .. } => self.outage.map_or("down", Outage::word),
        }
    }

    /// Every word there is for a state.
    pub const WORDS: [&'static str; 7] =
        ["starting", "loading", "ready", "model_missing", "unauthorized", "quota", "down"];
}

/// A pair into a language that a tiny text can be tried with, if the engine has one.
fn pair_into(to: Language, format: &dyn Format) -> Option<Pair> {
    let from = if to == Language::ENGLISH { None } else { Some(Language::ENGLISH) };
    let others = ["pt", "es"].map(Language::parse);
    let sources = std::iter::once(from).chain(others);
    sources.map(|from| (from, to)).find(|(from, to)| *from != Some(*to) && format.covers((*from, *to)))
}

fn trial_ask(config: &Config, format: &dyn Format, (from, to): Pair) -> Question {
    let text = match from.map(Language::code) {
        Some("en") => "Good morning!",
        Some("es") => "¡Buenos días!",
        _ => "Bom dia!",
    };
    let mode = format.modes(config).first().copied().unwrap_or(Mode::Plain);
    Ask { text: text.into(), from, to, mode }.into()
}

fn trial(config: &Config, format: &dyn Format, pair: Pair) -> JobSpec {
    let ask = trial_ask(config, format, pair);
    format.translate(config, &ask).labelled(format!("trial {}", pair.1))
}
