//! Everybody who makes slow calls: a [`Pool`] for each service that is called by HTTP, a [`Crew`] for the one whose programs
//! run here, and what they have to tell.
//!
//! What a service is, see [`super::services`]; how one of them is called, [`super::pool`]; what a call is,
//! [`super::call`]; how programs are run, [`super::pipelines`].

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::Duration;

use super::call::failed;
use super::pipelines::Crew;
use super::pool::Pool;
use super::services::{PipelineSetup, Setup, Wake};
use crate::vocabulary::{Event, JobFailure, JobId, JobSpec, Service};

/// The threads of all services.
pub(super) struct Workers {
    pools: BTreeMap<Service, Pool>,
    /// `None` where no programs are installed.
    crew: Option<Crew>,
    told: VecDeque<Event<'static>>,
}

impl Workers {
    /// Starts the threads of every service that is there; `wake` is called whenever one has something to tell.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(super) fn start(
        setups: Vec<Setup>,
        programs: Option<PipelineSetup>,
        wake: &Wake,
    ) -> io::Result<Self> {
        let start = |setup: Setup| Ok((setup.service, Pool::start(setup, wake)?));
        let pools = setups.into_iter().map(start).collect::<io::Result<_>>()?;
        let crew = programs.map(|programs| Crew::start(programs, wake)).transpose()?;
        Ok(Self { pools, crew, told: VecDeque::new() })
    }

    /// Takes a job on, which [`Workers::submit`] begins once the records before it are stored. Whether it will be made: one
    /// that will not has ended now. Who asks again at once is told so again in the same turn, so let them pause.
    pub(super) fn admit(&mut self, job: JobId, spec: &JobSpec) -> bool {
        let admitted = match spec {
            JobSpec::Http(call) => self.pools.get_mut(&call.service).map(Pool::admit),
            JobSpec::Pipeline(_) => self.crew.as_mut().map(Crew::admit),
        };
        let refusal = match admitted {
            Some(true) => return true,
            Some(false) => failed(JobFailure::Crowded, "too many jobs wait for this service"),
            None => failed(JobFailure::Refused, "this service is not set up here"),
        };
        self.told.push_back(Event::JobDone { job, outcome: refusal });
        false
    }

    /// Has a job done that was admitted, as soon as a thread of its service is idle, in the order of asking.
    pub(super) fn submit(&mut self, job: JobId, spec: JobSpec) {
        match spec {
            JobSpec::Http(call) => {
                if let Some(pool) = self.pools.get_mut(&call.service) {
                    pool.submit(job, call, &mut self.told);
                }
            }
            JobSpec::Pipeline(call) => {
                if let Some(crew) = &mut self.crew {
                    crew.submit(job, call, &mut self.told);
                }
            }
        }
    }

    /// Interrupts a call, or takes it back before it begins. Nothing happens if it is over.
    pub(super) fn cancel(&mut self, job: JobId) {
        for pool in self.pools.values_mut() {
            pool.cancel(job, &mut self.told);
        }
        if let Some(crew) = &mut self.crew {
            crew.cancel(job, &mut self.told);
        }
    }

    /// Takes in what the threads have to tell.
    pub(super) fn collect(&mut self) {
        for pool in self.pools.values_mut() {
            pool.collect(&mut self.told);
        }
        if let Some(crew) = &mut self.crew {
            crew.collect(&mut self.told);
        }
    }

    /// For how long nobody needs to [look after](Workers::tend) the programs, if ever.
    pub(super) fn rest(&self) -> Option<Duration> {
        self.crew.as_ref().and_then(Crew::rest)
    }

    /// Ends programs that have been of no use for long.
    pub(super) fn tend(&mut self) {
        if self.rest().is_some_and(|rest| rest.is_zero())
            && let Some(crew) = &mut self.crew
        {
            crew.tend();
        }
    }

    /// Whether there is something to tell without a thread saying so.
    pub(super) fn has_results(&self) -> bool {
        !self.told.is_empty()
    }

    /// The next piece or the next end of a job.
    pub(super) fn next_event(&mut self) -> Option<Event<'static>> {
        self.told.pop_front()
    }

    /// Forgets what waits and interrupts what runs; the threads end by themselves, the programs before this returns.
    pub(super) fn stop(&mut self) {
        self.pools.values_mut().for_each(Pool::interrupt);
        self.pools.clear();
        self.crew = None;
    }
}

#[cfg(test)]
mod tests;
