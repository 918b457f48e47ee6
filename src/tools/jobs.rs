//! Which jobs run, and who gets their answers: numbers each job and keeps its owner until it ends.
//!
//! The table is generic like the wheel: what an owner is, is the business of those who start jobs. Somebody who starts
//! them needs to know neither the numbers nor the other owners, only [`StartJobs`] for its own kind of key.

use std::collections::BTreeMap;

use crate::vocabulary::{Effect, JobId, JobSpec};

/// The jobs under way, each with its owner.
pub struct Jobs<Owner> {
    last: u64,
    owners: BTreeMap<JobId, Owner>,
}

/// What somebody is lent who starts jobs and finds its own key again with their answers.
pub trait StartJobs<Key> {
    /// Starts a job; its answer comes with the key.
    fn start(&mut self, key: Key, spec: JobSpec, out: &mut Vec<Effect>) -> JobId;
    /// Interrupts a job; nobody hears of it again. Nothing happens if it is over.
    fn cancel(&mut self, job: JobId, out: &mut Vec<Effect>);
}

impl<Owner> Default for Jobs<Owner> {
    fn default() -> Self {
        Self { last: 0, owners: BTreeMap::new() }
    }
}

impl<Owner> Jobs<Owner> {
    /// Whose job it is; nobody's if it is over.
    pub fn owner(&self, job: JobId) -> Option<&Owner> {
        self.owners.get(&job)
    }

    /// A job is over: whose it was, once.
    pub fn end(&mut self, job: JobId) -> Option<Owner> {
        self.owners.remove(&job)
    }

    pub fn len(&self) -> usize {
        self.owners.len()
    }

    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }
}

impl<Key, Owner: From<Key>> StartJobs<Key> for Jobs<Owner> {
    fn start(&mut self, key: Key, spec: JobSpec, out: &mut Vec<Effect>) -> JobId {
        self.last += 1;
        let job = JobId(self.last);
        self.owners.insert(job, Owner::from(key));
        out.push(Effect::StartJob { job, spec });
        job
    }

    fn cancel(&mut self, job: JobId, out: &mut Vec<Effect>) {
        if self.owners.remove(&job).is_some() {
            out.push(Effect::CancelJob { job });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{HttpCall, Millis, Service};

    fn spec() -> JobSpec {
        JobSpec::Http(HttpCall::get("test".to_owned(), Service::OLLAMA, "/", Millis(1)))
    }

    #[test]
    fn a_job_is_numbered_once_and_has_its_owner_until_it_ends() {
        let (mut jobs, mut out) = (Jobs::<&str>::default(), Vec::new());
        let (one, two) = (jobs.start("one", spec(), &mut out), jobs.start("two", spec(), &mut out));
        assert_eq!((one, two, jobs.len()), (JobId(1), JobId(2), 2));
        assert_eq!(jobs.owner(one), Some(&"one"));
        assert_eq!((jobs.end(one), jobs.end(one), jobs.owner(one)), (Some("one"), None, None));
        out.clear();
        StartJobs::<&str>::cancel(&mut jobs, one, &mut out);
        assert!(out.is_empty(), "what is over is not cancelled");
        StartJobs::<&str>::cancel(&mut jobs, two, &mut out);
        assert_eq!(out, [Effect::CancelJob { job: two }]);
        assert_eq!((jobs.end(two), jobs.is_empty()), (None, true));
        assert_eq!(jobs.start("three", spec(), &mut out), JobId(3), "no number is given twice");
    }
}
