//! Which engines may be asked for a pair of languages, and in which order: as it was configured, whatever the engines can do.

use super::engine::EngineId;
use super::pairs::Pair;
use crate::config::{Config, PairRule};
use crate::vocabulary::EngineName;

/// Places of engines in the list of all.
pub(super) struct Routes {
    usual: Vec<EngineId>,
    rules: Vec<(PairRule, Vec<EngineId>)>,
}

impl Routes {
    /// As configured; `all` are the engines by their places.
    pub(super) fn new(config: &Config, all: &[EngineName]) -> Self {
        let places = |names: &[EngineName]| {
            let place = |name: &EngineName| all.iter().position(|it| it == name);
            names.iter().filter_map(place).collect()
        };
        let rules = config.engine_pairs.0.iter();
        Self {
            usual: places(&config.engines()),
            rules: rules.map(|rule| (rule.clone(), places(&rule.engines))).collect(),
        }
    }

    /// For a pair, in order of preference: those of the first rule that fits, else the usual ones.
    pub(super) fn of(&self, (from, to): Pair) -> &[EngineId] {
        let rule = self.rules.iter().find(|(rule, _)| rule.is_for(from, to));
        rule.map_or(&self.usual, |(_, engines)| engines)
    }

    /// Where no rule says otherwise.
    pub(super) fn usual(&self) -> &[EngineId] {
        &self.usual
    }
}
