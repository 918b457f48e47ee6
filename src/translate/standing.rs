//! Which engine speaks, and why no better one does, or none at all: for people who would wonder.

use serde::Serialize;

use super::Translator;
use super::engine::{Engine, EngineStats};
use super::outage::Outage;
use super::pairs::Pair;
use crate::config::Config;
use crate::vocabulary::{EngineName, Millis};

/// What there is to tell of the translator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Whether anything is translated: everybody wants to know.
    Outage,
    /// Who translates: agents want to know.
    Engine,
}

/// How an engine stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub name: EngineName,
    /// One of [`super::health::Health::WORDS`].
    pub state: &'static str,
    /// Why it does not translate, or not everything, if so.
    pub why: Option<String>,
    pub model: Option<String>,
    /// Pairs of the languages offered that it does by itself, and all that it can do.
    pub pairs: (usize, usize),
    /// Translations waiting for a call.
    pub queued: usize,
    /// Calls under way.
    pub running: usize,
    pub stats: EngineStats,
}

/// What agents are told of who translates, and whether anybody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker<'a> {
    /// `ready`, or why nothing is translated.
    pub state: &'static str,
    /// Who is asked first at the moment.
    pub engine: Option<EngineName>,
    pub model: Option<&'a str>,
    /// Who would be preferred, and why it is not.
    pub better: Vec<PassedOver>,
}

impl Speaker<'_> {
    /// Whether anything is translated, and nothing of how.
    pub fn without_names(self) -> Self {
        Self { state: self.state, engine: None, model: None, better: Vec::new() }
    }
}

/// An engine that is not asked, though it stands before the one that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    pub engine: EngineName,
    /// One of [`super::health::Health::WORDS`].
    pub state: &'static str,
    /// A few words for people.
    pub why: String,
}

impl Translator {
    /// Whether agents have to be told who translates: nobody does, or not the one that should.
    pub fn is_notable(&self) -> bool {
        let first = self.routes.usual().first().map(|id| self.engines[*id].name);
        self.outage().is_some() || self.engine() != first
    }

    /// Who translates, for agents.
    pub fn speaker<'a>(&'a self, now: Millis, config: &'a Config) -> Speaker<'a> {
        Speaker {
            state: self.outage().map_or("ready", Outage::word),
            engine: self.engine(),
            model: self.speaking().and_then(|engine| engine.format.model(config)),
            better: self.passed_over(now).collect(),
        }
    }

    /// Why nothing is translated, if nothing is; from the moment on at which that is known until it is over for certain.
    pub fn outage(&self) -> Option<Outage> {
        let mut usual = self.routes.usual().iter().map(|id| self.engines[*id].health.outage());
        let first = usual.next()??;
        usual.all(|outage| outage.is_some()).then_some(first)
    }

    /// What has changed since the last call.
    pub fn take_change(&mut self) -> Option<Change> {
        let now = (self.outage(), self.engine());
        let before = std::mem::replace(&mut self.told, now);
        match before.0 == now.0 {
            false => Some(Change::Outage),
            true => (before.1 != now.1).then_some(Change::Engine),
        }
    }

    /// The engine that is asked first at the moment; none if there is none at all.
    pub fn engine(&self) -> Option<EngineName> {
        self.speaking().map(|engine| engine.name)
    }

    /// The state of the engine that is asked first, in one word.
    pub fn state(&self) -> Option<&'static str> {
        self.speaking().map(|engine| engine.health.word())
    }

    /// The model of the engine that is asked first, if it has one.
    pub fn model<'a>(&'a self, config: &'a Config) -> Option<&'a str> {
        self.speaking().and_then(|engine| engine.format.model(config))
    }

    /// The first that does translate, else the first that may, else the first.
    fn speaking(&self) -> Option<&Engine> {
        let usual = || self.routes.usual().iter().map(|id| &self.engines[*id]);
        let speaks = usual().find(|engine| engine.health.word() == "ready");
        speaks.or_else(|| usual().find(|engine| engine.health.accepts())).or_else(|| usual().next())
    }

    /// Engines that would be preferred to the one that is asked first, each with why it is not.
    fn passed_over(&self, now: Millis) -> impl Iterator<Item = PassedOver> {
        let speaker = self.engine();
        let usual = self.routes.usual().iter().map(|id| &self.engines[*id]);
        let better = usual.take_while(move |engine| Some(engine.name) != speaker);
        better.map(move |engine| {
            let why = engine.health.why(now).unwrap_or_else(|| engine.health.word().to_owned());
            PassedOver { engine: engine.name, state: engine.health.word(), why }
        })
    }

    /// How every engine stands, in order of preference.
    pub fn standings<'a>(&'a self, now: Millis, config: &'a Config) -> impl Iterator<Item = Standing> + 'a {
        self.engines.iter().map(move |engine| Standing {
            name: engine.name,
            state: engine.health.word(),
            why: engine.health.why(now),
            model: engine.format.model(config).map(str::to_owned),
            pairs: engine.format.pairs(config),
            queued: engine.queue.len(),
            running: engine.running,
            stats: engine.stats,
        })
    }

    /// Pairs of languages that the engine asked first for them fails at alone and has set aside for a while, in order.
    pub fn pairs_set_aside(&self) -> impl Iterator<Item = Pair> {
        let mut pairs: Vec<Pair> = self.engines.iter().flat_map(|engine| engine.pairs.set_aside()).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs.into_iter().filter(|pair| self.is_set_aside(*pair))
    }

    /// Whether every engine that can do a pair has set it aside.
    pub fn is_set_aside(&self, pair: Pair) -> bool {
        let mut able = self.routes.of(pair).iter().map(|id| &self.engines[*id]);
        let mut able = able.by_ref().filter(|engine| engine.format.covers(pair)).peekable();
        able.peek().is_some() && able.all(|engine| engine.pairs.is_set_aside(pair))
    }
}
