//! The threads that make slow calls, and the queue before them.
//!
//! A thread knows one loop: take a call, make it, hand back what came. Who is idle, what waits and what was cancelled is
//! known here, on the thread of the loop, so there is no lock. The threads are one more than the translations that run
//! at a time: a probe or the loading of the model never waits behind them. What a call is, see [`super::call`].

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use ureq::Agent;

use super::call::{agent, call, failed};
use crate::vocabulary::{JobFailure, JobId, JobOutcome, JobSpec};

/// Memory for a worker's stack, in bytes; bodies and buffers are on the heap.
const STACK_BYTES: usize = 256 * 1024;

/// How a thread says that it is done; called on that thread.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// What a worker is asked to do.
struct Call {
    job: JobId,
    spec: JobSpec,
    agent: Agent,
}

/// What a worker gives back.
struct Done {
    worker: usize,
    job: JobId,
    outcome: JobOutcome,
}

/// One thread, seen from the loop.
struct Worker {
    calls: Sender<Call>,
    /// Shares its connections with the agent of the running call: to shut it down interrupts that call.
    agent: Agent,
    running: Option<Running>,
}

struct Running {
    job: JobId,
    cancelled: bool,
}

/// The threads and what waits for them.
pub(super) struct Workers {
    workers: Vec<Worker>,
    waiting: VecDeque<(JobId, JobSpec)>,
    results: Receiver<Done>,
    done: VecDeque<(JobId, JobOutcome)>,
}

impl Workers {
    /// Starts so many threads that call `base_url`; `wake` is called after each result.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(super) fn start(count: usize, base_url: &str, wake: &Wake) -> io::Result<Self> {
        let base_url: Arc<str> = base_url.trim_end_matches('/').into();
        let (results_in, results) = mpsc::channel();
        let mut workers = Vec::with_capacity(count);
        for worker in 0..count {
            let (calls, calls_out) = mpsc::channel();
            let thread = Thread {
                worker,
                base_url: Arc::clone(&base_url),
                calls: calls_out,
                results: results_in.clone(),
                wake: Arc::clone(wake),
            };
            thread::Builder::new()
                .name(format!("dragoman-call-{worker}"))
                .stack_size(STACK_BYTES)
                .spawn(move || thread.run())?;
            workers.push(Worker { calls, agent: agent(), running: None });
        }
        Ok(Self { workers, waiting: VecDeque::new(), results, done: VecDeque::new() })
    }

    /// Has a call made as soon as a thread is idle, in the order of asking.
    pub(super) fn submit(&mut self, job: JobId, spec: JobSpec) {
        self.waiting.push_back((job, spec));
        self.assign();
    }

    /// Interrupts a call, or takes it back before it begins. Nothing happens if it is over.
    pub(super) fn cancel(&mut self, job: JobId) {
        if let Some(place) = self.waiting.iter().position(|(waiting, _)| *waiting == job) {
            self.waiting.remove(place);
            self.done.push_back((job, failed(JobFailure::Cancelled, "cancelled before it began")));
            return;
        }
        let runs = |worker: &&mut Worker| worker.running.as_ref().is_some_and(|running| running.job == job);
        if let Some(worker) = self.workers.iter_mut().find(runs) {
            worker.interrupt();
        }
    }

    /// Takes in what the threads have handed back. Wakes coalesce, so it takes everything; that is bounded, since no
    /// thread has more than one call.
    pub(super) fn collect(&mut self) {
        while let Ok(Done { worker, job, outcome }) = self.results.try_recv() {
            let running = self.workers.get_mut(worker).and_then(|worker| worker.running.take());
            let cancelled = running.is_some_and(|running| running.cancelled);
            // An interrupted call may end in any way, even with what looks like a whole answer.
            let outcome = if cancelled { failed(JobFailure::Cancelled, "interrupted") } else { outcome };
            self.done.push_back((job, outcome));
        }
        self.assign();
    }

    /// The next job that is over.
    pub(super) fn next_done(&mut self) -> Option<(JobId, JobOutcome)> {
        self.done.pop_front()
    }

    /// Forgets what waits and interrupts what runs; the threads end by themselves.
    pub(super) fn stop(&mut self) {
        self.waiting.clear();
        for worker in &mut self.workers {
            worker.interrupt();
        }
        self.workers.clear();
    }

    fn assign(&mut self) {
        while !self.waiting.is_empty() {
            let Some(worker) = self.workers.iter_mut().find(|worker| worker.running.is_none()) else {
                return;
            };
            let Some((job, spec)) = self.waiting.pop_front() else { return };
            if let Err(outcome) = worker.begin(job, spec) {
                self.done.push_back((job, outcome));
            }
        }
    }
}

impl Worker {
    /// Hands the thread a call.
    fn begin(&mut self, job: JobId, spec: JobSpec) -> Result<(), JobOutcome> {
        let call = Call { job, spec, agent: self.agent.clone() };
        // The thread is gone only if it panicked, and then so is the process, or the test.
        self.calls.send(call).map_err(|_| failed(JobFailure::Lost, "the worker is gone"))?;
        self.running = Some(Running { job, cancelled: false });
        Ok(())
    }

    /// Interrupts the running call. An agent that was shut down refuses every later call, so the next gets a new one.
    fn interrupt(&mut self) {
        if let Some(running) = self.running.as_mut().filter(|running| !running.cancelled) {
            running.cancelled = true;
            std::mem::replace(&mut self.agent, agent()).shutdown();
        }
    }
}

/// What a thread knows.
struct Thread {
    worker: usize,
    base_url: Arc<str>,
    calls: Receiver<Call>,
    results: Sender<Done>,
    wake: Wake,
}

impl Thread {
    /// Until nobody can ask any more.
    fn run(self) {
        while let Ok(Call { job, spec, agent }) = self.calls.recv() {
            let JobSpec::Http(spec) = spec;
            let outcome = call(&agent, &self.base_url, &spec);
            if self.results.send(Done { worker: self.worker, job, outcome }).is_err() {
                return;
            }
            (self.wake)();
        }
    }
}

#[cfg(test)]
mod tests;
