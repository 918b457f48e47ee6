//! Why nothing is translated, for people who would wonder; and which pairs of languages are not.

use super::Translator;
use super::pairs::Pair;

/// Why nothing is translated at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The service does not answer, or does not translate.
    Down,
    /// It answers and does not have the model.
    ModelMissing,
}

impl Outage {
    /// As `/health` calls the state.
    pub fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::ModelMissing => "model_missing",
        }
    }
}

impl Translator {
    /// Why nothing is translated, if nothing is; from the moment on at which that is known until it is over for certain.
    pub fn outage(&self) -> Option<Outage> {
        self.health.outage()
    }

    /// Whether that has changed since the last call.
    pub fn take_outage_change(&mut self) -> bool {
        let outage = self.outage();
        std::mem::replace(&mut self.told_outage, outage) != outage
    }

    /// Pairs of languages that fail alone and are set aside for a while, in order.
    pub fn pairs_set_aside(&self) -> impl Iterator<Item = Pair> {
        self.pairs.set_aside()
    }

    /// Whether a pair is.
    pub fn is_set_aside(&self, pair: Pair) -> bool {
        self.pairs.is_set_aside(pair)
    }
}
