//! What the core wants done.

use bytes::Bytes;

use super::{ConnId, JobId, JobSpec, Record};

/// One thing the core wants done. Effects of one event are done in order; bytes leave at the end of the loop's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write to a connection, behind everything sent to it before.
    Send {
        conn: ConnId,
        /// Shared, not copied, when many get the same.
        bytes: Bytes,
    },
    /// End a connection. The core has forgotten it already; no event will name it again.
    Close {
        conn: ConnId,
        /// With or without the output that has not left yet.
        how: Closing,
    },
    /// Read nothing more from a connection for now: an answer on it has to wait, and what follows waits with it.
    Pause { conn: ConnId },
    /// Read on.
    Resume {
        /// Of an earlier [`Effect::Pause`].
        conn: ConnId,
    },
    /// A connection has said more than its share of a turn and some of it has to wait: read nothing more from it before
    /// [`super::Event::Turn`], which comes behind what others have to say.
    Yield { conn: ConnId },
    /// Have a worker make a call.
    StartJob {
        /// The name its end will carry.
        job: JobId,
        spec: JobSpec,
    },
    /// Keep a record. Those of one turn are stored together, before any byte of that turn leaves.
    Store(Record),
    /// Nobody waits for this job any more: interrupt it. Its [`super::Event::JobDone`] may still come and is ignored.
    CancelJob {
        /// Of an earlier [`Effect::StartJob`].
        job: JobId,
    },
}

/// How to end a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Let what was sent leave, say that nothing follows, and read on for a moment so that a reset does not eat the answer.
    Flush,
    /// At once; what has not left is dropped.
    Abort,
}
