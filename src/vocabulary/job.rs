//! A slow call: what a worker is to do, and what came of it.
//!
//! A job is of a kind: a call by HTTP, or a text for the translating programs of this machine. It names the service it
//! goes to, whose address and limits only the shell knows, and a credential by its name, whose value only the shell knows.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::Millis;

/// What a worker is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobSpec {
    Http(HttpCall),
    Pipeline(PipelineCall),
}

impl JobSpec {
    /// The same under another label.
    pub fn labelled(mut self, text: String) -> Self {
        match &mut self {
            Self::Http(HttpCall { label, .. }) | Self::Pipeline(PipelineCall { label, .. }) => *label = text,
        }
        self
    }

    /// Whom it goes to.
    pub fn service(&self) -> Service {
        match self {
            Self::Http(call) => call.service,
            Self::Pipeline(call) => call.service,
        }
    }
}

/// One piece of work for programs that run beside the server and translate, several in a row for a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineCall {
    /// What it is, for people who read a trace. Holds customers' words: never logged.
    pub label: String,
    pub service: Service,
    pub work: PipelineWork,
    /// From the start of the work to the end of the answer.
    pub timeout: Millis,
}

/// What the programs are to do. What they answer comes as the body of an [`Answer`] with status 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PipelineWork {
    /// Say which pipelines are installed whole: their names, a line each, in order.
    List,
    /// Send a text through pipelines, the answer of one into the next.
    Run {
        /// Their names, such as `spa-eng`.
        chain: Vec<String>,
        /// Holds no NUL, which ends a text.
        text: String,
    },
}

/// One HTTP call for a worker to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// What it is, for people who read a trace: `translate pt→en "Preciso de ajuda"`. Holds customers' words: never logged.
    pub label: String,
    pub service: Service,
    pub method: JobMethod,
    /// Behind the base URL of the service, from the slash on.
    pub path: Cow<'static, str>,
    /// Header fields beside those that every call has.
    pub fields: Vec<(RequestField, String)>,
    /// JSON; empty for `GET`.
    pub body: Bytes,
    /// What proves that we may ask.
    pub credential: Option<Credential>,
    /// From the start of the call to the last byte of the answer.
    pub timeout: Millis,
    /// What becomes of the answer.
    pub answer: AnswerMode,
}

impl HttpCall {
    /// A `GET` without anything special about it.
    pub fn get(label: String, service: Service, path: impl Into<Cow<'static, str>>, timeout: Millis) -> Self {
        Self {
            label,
            service,
            method: JobMethod::Get,
            path: path.into(),
            fields: Vec::new(),
            body: Bytes::new(),
            credential: None,
            timeout,
            answer: AnswerMode::Whole,
        }
    }

    /// A `POST` of JSON without anything special about it.
    pub fn post(
        label: String,
        service: Service,
        path: impl Into<Cow<'static, str>>,
        body: Bytes,
        timeout: Millis,
    ) -> Self {
        Self { method: JobMethod::Post, body, ..Self::get(label, service, path, timeout) }
    }
}

/// Whom a job goes to, by name. The shell knows its base URL, its threads and its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service(&'static str);

impl Service {
    pub const OLLAMA: Self = Self::named("ollama");
    pub const OPENAI: Self = Self::named("openai");
    pub const LIBRETRANSLATE: Self = Self::named("libretranslate");
    pub const DEEPL: Self = Self::named("deepl");
    pub const APERTIUM: Self = Self::named("apertium");

    /// One more service: a constant here, or a test's own.
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The kinds of call we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobMethod {
    Get,
    Post,
}

impl JobMethod {
    /// As HTTP spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Header fields that a call may have. None of them may hold a secret: they are in every trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestField {
    /// Which kinds of answer are understood, such as `text/event-stream`.
    Accept,
    /// Makes a call that is made twice count once.
    IdempotencyKey,
}

impl RequestField {
    /// As HTTP spells it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::IdempotencyKey => "idempotency-key",
        }
    }
}

/// What proves to a service that we may ask.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// The server's own, by its name; the value never enters the core.
    Configured(&'static str),
    /// What a user has brought to be passed on, sent as a bearer token.
    OfUser(Box<str>),
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configured(name) => name,
            Self::OfUser(_) => "of-user",
        })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerMode {
    /// It comes at once, with the end of the job.
    Whole,
    /// What each read brings is an [`super::Event::JobPiece`], cut anywhere; the body at the end is empty. Only of a success
    /// (2xx), so that nobody takes an error for a piece: anything else comes whole.
    Pieces,
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// The service answered, whatever it said.
    Answered(Answer),
    /// There is no answer.
    Failed {
        /// The kind of failure, on which decisions rest.
        why: JobFailure,
        /// For the log; never the words of a customer.
        detail: String,
    },
}

impl JobOutcome {
    /// What it came to, for the log: the status, or why there is no answer. Never the words of a customer.
    pub fn summary(&self) -> String {
        match self {
            Self::Answered(answer) => format!("HTTP {}", answer.status),
            Self::Failed { detail, .. } => detail.clone(),
        }
    }
}

/// What a service has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// What the body is, as the service says; empty if it does not.
    pub content_type: String,
    /// Those fields of the head that somebody reads, each at most once, in the order of [`AnswerField::ALL`].
    pub fields: Vec<(AnswerField, String)>,
    /// The body, within the limit of the service; empty if it came in pieces.
    pub body: Bytes,
}

impl Answer {
    /// One that says nothing but a status and a body.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, content_type: String::new(), fields: Vec::new(), body: body.into() }
    }
}

/// Fields of an answer's head that are passed on, as text: the core reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerField {
    /// When to ask again, in seconds or as a date.
    RetryAfter,
    /// The same in milliseconds, as some providers of models say it.
    RetryAfterMs,
    /// What the service calls this exchange, for whoever must ask its people about it.
    RequestId,
}

impl AnswerField {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::RetryAfter, Self::RetryAfterMs, Self::RequestId];

    /// As HTTP spells it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::RetryAfter => "retry-after",
            Self::RetryAfterMs => "retry-after-ms",
            Self::RequestId => "request-id",
        }
    }
}

/// Bytes of an answer that a worker reads at most, unless its service has a limit of its own; a longer one is
/// [`JobFailure::TooLarge`].
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Why a job has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFailure {
    /// No connection could be made: nobody listens, the host is unknown, or the service is not set up here.
    Refused,
    /// The connection broke, or what came was not HTTP.
    Lost,
    /// The time of the job ran out.
    TimedOut,
    /// The answer was longer than the service may answer.
    TooLarge,
    /// Too many jobs wait for the service; it was not asked.
    Crowded,
    /// Interrupted by [`super::Effect::CancelJob`].
    Cancelled,
}
