//! Whether Ollama is there, has the model, and has it in memory; and the circuit breaker.
//!
//! ```text
//!              version ok, model there        loaded
//!   Starting ─────────────────────────▶ Loading ────▶ Ready ◀─────────┐
//!      │ no answer        │ no model                   │ 5 failures   │ loaded
//!      ▼                  ▼                            ▼              │
//!     Down ◀──────── ModelMissing                     Down ── probe ──┘
//! ```
//!
//! A probe asks three things in order: `/api/version`, `/api/tags`, and a generation without a prompt, which loads the
//! model and has ten minutes for that: hanging up on a load aborts it, so a call with a shorter time-out would abort it
//! for ever. Only failures of the *service* count, never an answer that did not pass a check, or one hostile room would
//! blind the others. A time-out alone proves nothing, nor does one pair of languages that fails (`pairs`); a
//! time-out, or failures at several pairs, start a probe that ends with a real translation: a model may hang although all
//! else is answered.

use super::ollama;
use super::outage::Outage;
use super::pairs::Pair;
use super::verdict::Verdict;
use crate::config::Config;
use crate::vocabulary::{Answer, HttpCall, JobOutcome, Language, Millis};

/// What is known of the service.
pub struct Health {
    state: State,
    /// Why nothing is translated: from the moment on at which that is seen, until it is seen to be over.
    outage: Option<Outage>,
    probe: Option<Probe>,
    failures: u32,
    /// Whether translations hang or fail, although all else may be answered: then a probe ends with a translation.
    needs_trial: bool,
    /// The first two pairs of languages that have failed in a row.
    failing: Vec<Pair>,
    /// Into which language the last translation was that was done.
    last_to: Option<Language>,
    /// Trials that have failed since.
    trials: usize,
    last_success: Millis,
    next_pause: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Starting,
    Loading,
    Ready,
    ModelMissing { retry_at: Millis },
    Down { probe_at: Millis },
}

/// The step of the probe under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Version,
    Tags,
    Preload,
    /// A real translation into this language, though a tiny one.
    Trial(Language),
}

/// What the translator is to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    Nothing,
    /// Make this call, the next step of a probe.
    Probe(HttpCall),
    /// The service is gone: nobody shall wait for it.
    GiveUpWaiting,
    /// The service is back: ask again what failed.
    CatchUp,
}

/// First pause before a service that is down is probed; doubles up to [`Config::PROBE_PAUSE_MAX`].
const FIRST_PAUSE: Millis = Millis::from_secs(5);
/// Pause between two looks for a missing model.
const MODEL_PAUSE: Millis = Millis::from_secs(30);

impl Health {
    /// Nothing is known.
    pub fn new() -> Self {
        Self {
            state: State::Starting,
            outage: None,
            probe: None,
            failures: 0,
            needs_trial: false,
            failing: Vec::new(),
            last_to: None,
            trials: 0,
            last_success: Millis::ZERO,
            next_pause: FIRST_PAUSE,
        }
    }

    /// Whether a translation may be asked for or waited for; otherwise the original goes out at once.
    pub fn accepts(&self) -> bool {
        matches!(self.state, State::Starting | State::Loading | State::Ready)
    }

    /// Whether a call may be made now. A model that was idle for most of its `keep_alive` may have left memory: load it
    /// first, with the time that takes.
    pub fn may_call(&mut self, now: Millis, config: &Config, running: usize) -> bool {
        let idle = now - self.last_success;
        if self.state == State::Ready && running == 0 && idle.0 > config.ollama_keep_alive_ms.0 / 5 * 4 {
            self.state = State::Loading;
        }
        self.state == State::Ready
    }

    /// Whether the model must be loaded and nobody is at it.
    pub fn wants_probe(&self) -> bool {
        self.state == State::Loading && self.probe.is_none()
    }

    /// Whether it is time to look again.
    pub fn probe_is_due(&self, now: Millis) -> bool {
        self.next_probe().is_some_and(|at| at <= now)
    }

    /// When it is time to look again.
    pub fn next_probe(&self) -> Option<Millis> {
        match self.state {
            _ if self.probe.is_some() => None,
            State::ModelMissing { retry_at } => Some(retry_at),
            State::Down { probe_at } => Some(probe_at),
            State::Starting | State::Loading | State::Ready => None,
        }
    }

    /// The first call of a probe.
    pub fn begin_probe(&mut self, config: &Config) -> HttpCall {
        if self.state == State::Loading {
            self.probe = Some(Probe::Preload);
            return ollama::preload(config);
        }
        self.probe = Some(Probe::Version);
        ollama::version()
    }

    /// A call of the probe has ended.
    pub fn on_probe(&mut self, now: Millis, config: &Config, outcome: &JobOutcome) -> Next {
        let Some(step) = self.probe.take() else { return Next::Nothing };
        let JobOutcome::Answered(Answer { status, body, .. }) = outcome else {
            return self.go_down(now, config);
        };
        match (step, status) {
            (Probe::Version, 200) => self.continue_probe(Probe::Tags, ollama::tags()),
            (Probe::Tags, 200) if ollama::has_model(body, &config.ollama_model) => self.found(config),
            (Probe::Tags, 200) | (Probe::Preload, 404) => self.model_missing(now, config),
            (Probe::Preload, 200) if self.needs_trial => {
                let to = self.trial_language(config);
                self.continue_probe(Probe::Trial(to), ollama::trial(config, to))
            }
            (Probe::Preload, 200) => self.loaded(now, config),
            (Probe::Trial(to), _) => self.on_trial(now, config, to, outcome),
            _ => self.go_down(now, config),
        }
    }

    fn on_trial(&mut self, now: Millis, config: &Config, to: Language, outcome: &JobOutcome) -> Next {
        if ollama::works(config, to, outcome) {
            return self.loaded(now, config);
        }
        self.trials += 1;
        self.go_down(now, config)
    }

    /// Into which language a trial is: first the one that was last done, then, if that fails as well, each in turn. One
    /// language that fails for ever shall not speak for the others.
    fn trial_language(&self, config: &Config) -> Language {
        let languages = &config.languages.0;
        let fails = |to: Language| self.failing.iter().any(|(_, failing)| *failing == to);
        let well = languages.iter().copied().filter(|to| !fails(*to));
        let order: Vec<Language> = self.last_to.into_iter().filter(|to| !fails(*to)).chain(well).collect();
        let count = order.len().max(1);
        order.get(self.trials % count).or(languages.first()).copied().unwrap_or(Language::ENGLISH)
    }

    fn continue_probe(&mut self, step: Probe, spec: HttpCall) -> Next {
        self.probe = Some(step);
        Next::Probe(spec)
    }

    fn found(&mut self, config: &Config) -> Next {
        match self.state {
            State::Starting => {
                log::info!(target: "dragoman::translate", url = config.ollama_place(), model = config.ollama_model;
                    "Ollama answers and has the model; loading it");
                self.state = State::Loading;
            }
            // A time-out was suspicious: nobody else shall run into the load.
            State::Ready => self.state = State::Loading,
            State::Loading | State::ModelMissing { .. } | State::Down { .. } => {}
        }
        self.continue_probe(Probe::Preload, ollama::preload(config))
    }

    fn loaded(&mut self, now: Millis, config: &Config) -> Next {
        let was_away = !self.accepts();
        log::info!(target: "dragoman::translate", model = config.ollama_model; "the model is loaded");
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
    }

    fn model_missing(&mut self, now: Millis, config: &Config) -> Next {
        if !matches!(self.state, State::ModelMissing { .. }) {
            log::warn!(target: "dragoman::translate", url = config.ollama_place();
                "Ollama answers but does not have the model; messages go out untranslated until it does. To get it: \
                 ollama pull {}", config.ollama_model);
        }
        self.state = State::ModelMissing { retry_at: now + MODEL_PAUSE };
        self.outage = Some(Outage::ModelMissing);
        Next::GiveUpWaiting
    }

    /// Counts failures of the service in a row.
    fn failed(&mut self, now: Millis, config: &Config) -> Next {
        self.failures += 1;
        if self.failures >= Config::BREAKER_FAILURES && self.state == State::Ready {
            return self.go_down(now, config);
        }
        Next::Nothing
    }

    fn go_down(&mut self, now: Millis, config: &Config) -> Next {
        if !matches!(self.state, State::Down { .. }) {
            let why = if self.needs_trial { "does not translate" } else { "does not answer" };
            log::warn!(target: "dragoman::translate", url = config.ollama_place();
                "Ollama {why}; messages go out untranslated until it does");
        }
        self.state = State::Down { probe_at: now + self.next_pause };
        self.outage = Some(Outage::Down);
        self.next_pause = Millis(self.next_pause.0 * 2).min(Config::PROBE_PAUSE_MAX);
        Next::GiveUpWaiting
    }

    /// Learns from how a translation ended.
    pub(super) fn on_verdict(&mut self, now: Millis, config: &Config, verdict: &Verdict, pair: Pair) -> Next {
        match verdict {
            Verdict::Translated { .. } | Verdict::Rejected(_) => {
                self.last_to = Some(pair.1);
                let was_failing = self.failures > 0;
                self.succeeded(now);
                if was_failing { Next::CatchUp } else { Next::Nothing }
            }
            Verdict::Busy | Verdict::Refused => self.failed(now, config),
            Verdict::Broken => self.doubt(config, pair),
            Verdict::TimedOut => self.suspect(config),
            Verdict::ModelMissing if self.accepts() => self.model_missing(now, config),
            Verdict::ModelMissing
            | Verdict::Cancelled
            | Verdict::AskOtherwise
            | Verdict::Limited { .. }
            | Verdict::Loading
            | Verdict::Quota
            | Verdict::Unauthorized => Next::Nothing,
            Verdict::BadRequest => {
                log::error!(target: "dragoman::translate", model = config.ollama_model;
                    "Ollama takes a translation for a bad request");
                Next::Nothing
            }
        }
    }

    /// Counts what it was there to fail at. One pair of languages may fail alone, for ever; several do so only together with
    /// the service, which a trial shows.
    fn doubt(&mut self, config: &Config, pair: Pair) -> Next {
        self.failures += 1;
        if self.failing.len() < 2 && !self.failing.contains(&pair) {
            self.failing.push(pair);
        }
        if self.failures < Config::BREAKER_FAILURES || self.failing.len() < 2 {
            return Next::Nothing;
        }
        self.suspect(config)
    }

    fn suspect(&mut self, config: &Config) -> Next {
        self.needs_trial = true;
        if self.probe.is_some() || self.state != State::Ready {
            return Next::Nothing;
        }
        Next::Probe(self.begin_probe(config))
    }

    /// Why nothing is translated, if nothing is.
    pub fn outage(&self) -> Option<Outage> {
        self.outage
    }

    /// The state in one word, for `/health`, the metrics and the log.
    pub fn word(&self) -> &'static str {
        match self.state {
            State::Starting => "starting",
            State::Loading => "loading",
            State::Ready => "ready",
            State::ModelMissing { .. } => "model_missing",
            State::Down { .. } => "down",
        }
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}
