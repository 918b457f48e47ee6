//! Why an engine does not translate, for people who would wonder.

/// Why nothing is translated at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The service does not answer, or does not translate.
    Down,
    /// It answers and does not have the model.
    ModelMissing,
    /// It does not take the key.
    Unauthorized,
    /// What was paid for is used up.
    Quota,
}

impl Outage {
    /// As `/health` calls the state.
    pub fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::ModelMissing => "model_missing",
            Self::Unauthorized => "unauthorized",
            Self::Quota => "quota",
        }
    }
}
