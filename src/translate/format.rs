//! What every translation engine can be asked: which calls it understands, and what their ends mean. One file for each
//! engine beside this one.
//!
//! A format knows one API and nothing of rooms, queues, breakers or other engines. It may remember what a server has shown
//! it (which pairs it has, which fields it does not take), so it is a value with a state; it sees neither clock nor socket.

use super::pairs::Pair;
use super::prompt::{Mode, Question};
use super::verdict::Verdict;
use crate::config::Config;
use crate::vocabulary::{JobOutcome, JobSpec, Millis};

/// The API of one engine.
pub trait Format {
    /// Whether it translates this pair, as far as is known. With an unknown source: whether it finds out by itself.
    fn covers(&self, pair: Pair) -> bool;

    /// The ways of asking, in the order in which they are tried; the next after an answer that was not believed. Never
    /// empty.
    fn modes(&self, config: &Config) -> &'static [Mode];

    /// The call that translates. The translator has checked that the pair is covered.
    fn translate(&self, config: &Config, ask: &Question) -> JobSpec;

    /// What the end of that call means.
    fn judge(&mut self, config: &Config, ask: &Question, outcome: &JobOutcome) -> Verdict;

    /// The first call of a probe. A probe that `reloads` knows that the service is there, and brings its model back into
    /// memory.
    fn begin_probe(&mut self, config: &Config, reloads: bool) -> JobSpec;

    /// What the end of a call of the probe says. One probe runs at a time.
    fn on_probe(&mut self, config: &Config, outcome: &JobOutcome) -> Probed;

    /// After how long without a call the model may have left memory; `None` where there is no such thing.
    fn keeps_model(&self, _config: &Config) -> Option<Millis> {
        None
    }

    /// The model that translates, if there is one and it is known.
    fn model<'a>(&'a self, _config: &'a Config) -> Option<&'a str> {
        None
    }

    /// Calls that may be under way at a time.
    fn calls_max(&self, config: &Config) -> usize {
        usize::from(config.translate_workers)
    }

    /// How long nothing is asked when what was paid for is used up.
    fn quota_pause(&self) -> Millis {
        Millis::from_secs(600)
    }

    /// How many pairs of the languages offered it can translate, for people: those it does itself, and all.
    fn pairs(&self, config: &Config) -> (usize, usize);
}

/// What a step of a probe says of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    /// Make this call next.
    Next(JobSpec),
    /// It is there and has what it needs; this call loads it, which takes its time.
    Load(JobSpec),
    /// All is well.
    Well,
    /// It loads its model by itself; look again soon.
    Loading,
    /// It is there without the model that is wanted, or with several and none is named: some that it has.
    ModelMissing(Vec<String>),
    /// It does not take the key.
    Unauthorized,
    /// What was paid for is used up.
    Quota,
    /// It does not answer, or not as it should.
    Down,
}
