//! One translation engine, with everything that is its own: its format, queue, breaker, and what it has failed at. One that
//! hangs stops no other.
//!
//! Not to be taken for [`crate::engine`], the state machine of the server.

use super::FlightKey;
use super::apertium::Apertium;
use super::cache::Key;
use super::deepl::DeepL;
use super::format::Format;
use super::health::Health;
use super::libretranslate::LibreTranslate;
use super::ollama::Ollama;
use super::openai::OpenAi;
use super::pairs::{Pair, Pairs};
use super::queue::Queue;
use super::suspects::Suspects;
use crate::config::Config;
use crate::vocabulary::{EngineName, Millis};

/// The place of an engine among those that some text may go to.
pub(super) type EngineId = usize;

/// What the metrics tell of one engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineStats {
    /// Calls made, probes aside.
    pub calls: u64,
    /// Translations that passed every check.
    pub done: u64,
    /// Answers that did not pass a check.
    pub rejected: u64,
    /// Texts it has not translated, for whatever reason.
    pub failed: u64,
    /// Answers that were believed although a term of the glossary was missing.
    pub glossary_missed: u64,
}

pub(super) struct Engine {
    pub(super) name: EngineName,
    pub(super) format: Box<dyn Format>,
    pub(super) health: Health,
    pub(super) queue: Queue<FlightKey>,
    /// Calls under way, probes aside.
    pub(super) running: usize,
    /// What it fails at alone.
    pub(super) pairs: Pairs,
    /// Texts over which it broke down.
    pub(super) suspects: Suspects,
    /// Texts for which none of its answers was believed.
    pub(super) unbelieved: Suspects,
    pub(super) stats: EngineStats,
}

impl Engine {
    /// One of which nothing is known.
    pub(super) fn new(name: EngineName) -> Self {
        Self {
            name,
            format: format_of(name),
            health: Health::new(name),
            queue: Queue::default(),
            running: 0,
            pairs: Pairs::default(),
            suspects: Suspects::default(),
            unbelieved: Suspects::default(),
            stats: EngineStats::default(),
        }
    }

    /// Whether it can be asked for this pair now, or soon enough.
    pub(super) fn takes(&self, now: Millis, config: &Config, pair: Pair) -> bool {
        self.format.covers(pair)
            && self.health.accepts_by(now, now + config.translate_deadline_ms)
            && !self.pairs.is_set_aside(pair)
    }

    /// Whether it has failed on this very text, however that is.
    pub(super) fn has_failed_on(&self, key: &Key) -> bool {
        self.suspects.contains(key) || self.unbelieved.contains(key)
    }

    /// Whether a call more would keep nobody waiting.
    pub(super) fn is_idle(&self, config: &Config) -> bool {
        self.health.accepts() && self.queue.len() == 0 && self.running < self.calls_max(config)
    }

    /// Calls made at a time.
    pub(super) fn calls_max(&self, config: &Config) -> usize {
        self.format.calls_max(config)
    }
}

fn format_of(name: EngineName) -> Box<dyn Format> {
    match name {
        EngineName::Ollama => Box::new(Ollama::default()),
        EngineName::Apertium => Box::new(Apertium::default()),
        EngineName::OpenAi => Box::new(OpenAi::default()),
        EngineName::LibreTranslate => Box::new(LibreTranslate::default()),
        EngineName::DeepL => Box::new(DeepL),
    }
}
