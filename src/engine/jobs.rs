//! What comes back from the workers, each answer to its owner.
//!
//! The numbers and owners are in [`crate::tools::jobs`]; what an answer means, the owner knows. A job that is over, was
//! cancelled or never was touches nothing.

use bytes::Bytes;

use super::Engine;
use crate::doors::Owner;
use crate::vocabulary::{Effect, JobId, JobOutcome, Millis};

impl Engine {
    /// A part of an answer has come.
    pub(super) fn on_piece(&mut self, now: Millis, job: JobId, bytes: Bytes, out: &mut Vec<Effect>) {
        match self.jobs.owner(job).copied() {
            Some(Owner::Door { door, key }) => {
                let (doors, mut cx) = self.context(now, out);
                doors.on_piece(&mut cx, door, key, bytes);
            }
            // The translator asks for whole answers only.
            Some(Owner::Translator(_)) | None => {}
        }
    }

    pub(super) fn on_job_done(
        &mut self,
        now: Millis,
        job: JobId,
        outcome: JobOutcome,
        out: &mut Vec<Effect>,
    ) {
        match self.jobs.end(job) {
            Some(Owner::Door { door, key }) => {
                let (doors, mut cx) = self.context(now, out);
                doors.on_job(&mut cx, door, key, outcome);
            }
            Some(Owner::Translator(work)) => {
                let mut cx = self.context(now, out).1;
                let (translator, mut turn) = cx.translate();
                translator.on_job(&mut turn, work, &outcome);
                self.deliver_translations(now, out);
            }
            None => {}
        }
    }

    /// Tells the doors which translations have ended.
    pub(super) fn deliver_translations(&mut self, now: Millis, out: &mut Vec<Effect>) {
        let (doors, mut cx) = self.context(now, out);
        doors.on_translations(&mut cx);
        // What is remembered now may be more than fits beside the texts of the rooms.
        cx.make_space(0);
    }
}
