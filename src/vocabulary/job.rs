//! A slow call: what a worker is to do, and what came of it.

use bytes::Bytes;

use super::Millis;

/// One HTTP call for a worker to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSpec {
    /// What it is, for people who read a trace: `translate pt→en "Preciso de ajuda"`. Holds customers' words: never logged.
    pub label: String,
    /// `POST` with the body, or `GET` without.
    pub method: JobMethod,
    /// Behind the base URL of the service, from the slash on.
    pub path: &'static str,
    /// JSON; empty for `GET`.
    pub body: Bytes,
    /// From the start of the call to the last byte of the answer.
    pub timeout: Millis,
}

/// The two kinds of call we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobMethod {
    /// Without a body.
    Get,
    /// With a JSON body.
    Post,
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// The service answered, whatever it said.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The whole body, at most [`MAX_ANSWER_BYTES`].
        body: Bytes,
    },
    /// There is no answer.
    Failed {
        /// The kind of failure, on which decisions rest.
        why: JobFailure,
        /// For the log; never the words of a customer.
        detail: String,
    },
}

/// Bytes of an answer that a worker reads at most; a longer one is [`JobFailure::TooLarge`].
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Why a job has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFailure {
    /// No connection could be made: nobody listens, or the host is unknown.
    Refused,
    /// The connection broke, or what came was not HTTP.
    Lost,
    /// The time of the job ran out.
    TimedOut,
    /// The answer was longer than [`MAX_ANSWER_BYTES`].
    TooLarge,
    /// Interrupted by [`super::Effect::CancelJob`].
    Cancelled,
}
