//! How a service that translates is doing, and what an answer of it is worth to whoever asked.

use bytes::Bytes;
use dragoman::vocabulary::{Answer, AnswerField, JobFailure, JobOutcome};
use serde_json::{Value, json};

use super::dice::Dice;

/// How a service is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Answers rightly, sooner or later.
    Fair,
    /// Right, but later than readers like to wait.
    Slow,
    /// Talks, echoes, stammers, answers in the wrong language, is cut off.
    Garbage,
    /// Broken connections, 5xx, bodies too large.
    Broken,
    /// 5xx into one language, and all is well into the others.
    OnePairBroken,
    /// Too many wait.
    Busy,
    /// We ask too often.
    Limited,
    /// What was paid for is used up.
    Quota,
    /// It does not take the key.
    Unauthorized,
    /// It loads its model by itself.
    Loading,
    /// Nobody listens.
    Refusing,
    /// Listens and says nothing.
    Silent,
    /// What it translates with was removed.
    NoModel,
}

/// The language that [`Weather::OnePairBroken`] is about.
pub(crate) const BROKEN_INTO: &str = "de";

impl Weather {
    /// In one word, for the coverage.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Fair => "fair",
            Self::Slow => "slow",
            Self::Garbage => "garbage",
            Self::Broken => "broken",
            Self::OnePairBroken => "one pair broken",
            Self::Busy => "busy",
            Self::Limited => "limited",
            Self::Quota => "quota",
            Self::Unauthorized => "unauthorized",
            Self::Loading => "loading",
            Self::Refusing => "refusing",
            Self::Silent => "silent",
            Self::NoModel => "no model",
        }
    }
}

/// What an answer says of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sense {
    /// A right answer, to whatever was asked.
    Right,
    /// An answer that may not be believed, or a refusal of this one text.
    Doubtful,
    /// None, or one that says that the service fails.
    Failed,
    /// Not for so many seconds, or for the usual while.
    Limited(Option<u64>),
    Quota,
    Unauthorized,
}

/// What comes back for a call, and what it says.
pub(crate) type Reply = (JobOutcome, Sense);

pub(crate) fn right(body: &Value) -> Reply {
    (answered(200, body), Sense::Right)
}

pub(crate) fn doubtful(status: u16, body: &Value) -> Reply {
    (answered(status, body), Sense::Doubtful)
}

/// 200 and something that is no answer at all.
pub(crate) fn nonsense(body: &'static [u8]) -> Reply {
    (JobOutcome::Answered(Answer::new(200, Bytes::from_static(body))), Sense::Doubtful)
}

pub(crate) fn refused(status: u16, body: &Value, sense: Sense) -> Reply {
    (answered(status, body), sense)
}

/// 429: with a time, or without one.
pub(crate) fn limited(body: &Value, dice: &mut Dice) -> Reply {
    let seconds = dice.pick(&[None, Some(1), Some(3), Some(20)]).flatten();
    let fields = seconds.map(|seconds: u64| (AnswerField::RetryAfter, seconds.to_string()));
    let answer = Answer { fields: fields.into_iter().collect(), ..Answer::new(429, body.to_string()) };
    (JobOutcome::Answered(answer), Sense::Limited(seconds))
}

pub(crate) fn failed(why: JobFailure) -> Reply {
    (JobOutcome::Failed { why, detail: "the virtual service says so".to_owned() }, Sense::Failed)
}

pub(crate) fn broken(dice: &mut Dice) -> Reply {
    match dice.below(4) {
        0 => failed(JobFailure::Lost),
        1 => failed(JobFailure::TooLarge),
        2 => refused(502, &json!("bad gateway"), Sense::Failed),
        _ => refused(500, &json!({"error": "llama runner process has terminated"}), Sense::Failed),
    }
}

fn answered(status: u16, body: &Value) -> JobOutcome {
    JobOutcome::Answered(Answer::new(status, body.to_string()))
}
