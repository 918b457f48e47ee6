//! The vocabulary: what can happen, what is to be done, and the names of things. Data only; nothing here decides.
//!
//! Everything else in the crate may import this room; it imports nothing of the crate. Events, effects and jobs are the
//! seam between the core and the shell; records are what survives a restart.

mod effect;
mod event;
mod ids;
mod job;
mod language;
mod millis;
mod record;
mod words;

pub use effect::{Closing, Effect};
pub use event::{CloseReason, Event, Gauges};
pub use ids::{Bytes32, ClientNumber, ConnId, ExchangeId, JobId, RoomId, Tenant, TokenHash};
pub use job::{
    Answer, AnswerField, AnswerMode, Credential, HttpCall, JobFailure, JobMethod, JobOutcome, JobSpec,
    MAX_ANSWER_BYTES, PipelineCall, PipelineWork, RequestField, Service,
};
pub use language::{Language, Script};
pub use millis::Millis;
pub use record::{Audience, Ended, Record};
pub use words::{EngineName, Reason, Role, Source, Status};
