//! What the end of a call means, whichever engine was asked: the one list of verdicts, on which queue, breaker and retries
//! rest.

use super::check::{Believed, Rejection};
use crate::vocabulary::{JobFailure, Language};

/// What the end of a translating job means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A translation that passed every check. Not a failure.
    Translated {
        /// To be delivered: never empty, still untrusted (escape it).
        text: String,
        /// What the engine says the source is, if it was asked and named a language on offer.
        detected: Option<Language>,
    },
    /// The service works; this answer is not to be believed. Not a failure of the service, or one hostile room would
    /// blind the others. Worth one attempt in the next mode.
    Rejected(Rejection),
    /// Too many ask at the moment. A failure of the service like every 5xx; ask again a little later.
    Busy,
    /// 429: we ask more than we may. Not a failure of the service; ask again when it says, if it does: the value of
    /// `Retry-After` as it came (RFC 9110, section 10.2.3), or seconds.
    Limited { retry_after: Option<String> },
    /// What was paid for is used up. Nothing is asked before it is looked at again.
    Quota,
    /// The key is missing, wrong or banned. Nothing is asked before it is looked at again.
    Unauthorized,
    /// The service is there and loads its model: not well, but not down either.
    Loading,
    /// The server does not understand how it was asked, and the format has learned a way it may understand: the same text at
    /// once again. A format says so a bounded number of times in a run. Not a failure.
    AskOtherwise,
    /// 5xx, a broken connection, a cut or endless body, something else than the service. A failure of the service; worth one
    /// more call.
    Broken,
    /// No answer in the time of the job. A failure of the service if a probe fails too: a slow text is not a dead server.
    TimedOut,
    /// Nobody listens. A failure of the service.
    Refused,
    /// The model is not installed (or was removed). Not counted; looked for until it is there.
    ModelMissing,
    /// Another 4xx: the service does not like how we ask, which is our mistake or the configuration's, and asking again does
    /// not help. Not a failure of the service.
    BadRequest,
    /// Interrupted by ourselves. Not a failure.
    Cancelled,
}

impl Verdict {
    /// Of an answer that has been checked.
    pub fn of_belief(belief: Result<Believed, Rejection>) -> Self {
        match belief {
            Ok(Believed { text, detected }) => Self::Translated { text, detected },
            Err(rejection) => Self::Rejected(rejection),
        }
    }

    /// Of a call without an answer.
    pub fn of_failure(why: JobFailure) -> Self {
        match why {
            JobFailure::Refused => Self::Refused,
            JobFailure::Lost | JobFailure::TooLarge => Self::Broken,
            JobFailure::TimedOut => Self::TimedOut,
            JobFailure::Crowded => Self::Busy,
            JobFailure::Cancelled => Self::Cancelled,
        }
    }
}
