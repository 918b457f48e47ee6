//! The threads that call one service, and the queue before them.
//!
//! A thread knows one loop: take a call, make it, hand back what came. Who is idle, what waits and what was cancelled is
//! known here, on the thread of the loop, so there is no lock. What the threads tell waits in a channel with an end: a
//! thread that has read much more than the loop has taken in pauses, and so does the service behind it.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

use bytes::Bytes;
use ureq::Agent;

use super::call::{agent_for, call, failed};
use super::services::{Setup, Wake};
use crate::vocabulary::{Event, HttpCall, JobFailure, JobId, JobOutcome};

/// Memory for a worker's stack, in bytes; bodies and buffers are on the heap.
const STACK_BYTES: usize = 256 * 1024;
/// Pieces that a thread may be ahead of the loop; a piece is as large as one read at most.
pub(super) const UNREAD_PIECES: usize = 8;

/// What a worker is asked to do.
struct Order {
    job: JobId,
    call: HttpCall,
    agent: Agent,
}

/// What a worker gives back.
struct Report {
    worker: usize,
    job: JobId,
    what: What,
}

enum What {
    Piece(Bytes),
    Done(JobOutcome),
}

/// One thread, seen from the loop.
struct Worker {
    orders: Sender<Order>,
    /// Shares its connections with the agent of the running call: to shut it down interrupts that call.
    agent: Agent,
    running: Option<Running>,
}

struct Running {
    job: JobId,
    cancelled: bool,
}

/// The threads of one service and what waits for them.
pub(super) struct Pool {
    setup: Arc<Setup>,
    workers: Vec<Worker>,
    /// Jobs that were admitted and have not been submitted yet.
    promised: usize,
    waiting: VecDeque<(JobId, HttpCall)>,
    reports: Receiver<Report>,
}

impl Pool {
    /// Starts the threads; `wake` is called after each report.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(super) fn start(setup: Setup, wake: &Wake) -> io::Result<Self> {
        let setup = Arc::new(setup);
        let (reports_in, reports) = mpsc::sync_channel(setup.threads * UNREAD_PIECES);
        let mut workers = Vec::with_capacity(setup.threads);
        for worker in 0..setup.threads {
            let (orders, orders_out) = mpsc::channel();
            let thread = Thread {
                worker,
                setup: Arc::clone(&setup),
                orders: orders_out,
                reports: reports_in.clone(),
                wake: Arc::clone(wake),
            };
            thread::Builder::new()
                .name(format!("{}-{worker}", setup.service))
                .stack_size(STACK_BYTES)
                .spawn(move || thread.run())?;
            workers.push(Worker { orders, agent: agent_for(&setup), running: None });
        }
        Ok(Self { setup, workers, promised: 0, waiting: VecDeque::new(), reports })
    }

    /// Keeps a place for a job; whether there is one.
    pub(super) fn admit(&mut self) -> bool {
        let has_place = self.promised + self.waiting.len() < self.setup.queued_max;
        self.promised += usize::from(has_place);
        has_place
    }

    /// Has a call made that was admitted.
    pub(super) fn submit(&mut self, job: JobId, call: HttpCall, told: &mut VecDeque<Event<'static>>) {
        self.promised = self.promised.saturating_sub(1);
        self.waiting.push_back((job, call));
        self.assign(told);
    }

    /// Interrupts a call, or takes it back before it begins. Nothing happens if it is not of this pool.
    pub(super) fn cancel(&mut self, job: JobId, told: &mut VecDeque<Event<'static>>) {
        if let Some(place) = self.waiting.iter().position(|(waiting, _)| *waiting == job) {
            self.waiting.remove(place);
            let outcome = failed(JobFailure::Cancelled, "cancelled before it began");
            told.push_back(Event::JobDone { job, outcome });
            return;
        }
        let runs = |worker: &&mut Worker| worker.running.as_ref().is_some_and(|running| running.job == job);
        if let Some(worker) = self.workers.iter_mut().find(runs) {
            worker.interrupt(&self.setup);
        }
    }

    /// Takes in what the threads have reported until now. Wakes coalesce, so it takes as much as the channel holds: what is
    /// reported meanwhile has its own wake.
    pub(super) fn collect(&mut self, told: &mut VecDeque<Event<'static>>) {
        for _ in 0..self.setup.threads * UNREAD_PIECES {
            let Ok(report) = self.reports.try_recv() else { break };
            self.take_in(report, told);
        }
        self.assign(told);
    }

    fn take_in(&mut self, report: Report, told: &mut VecDeque<Event<'static>>) {
        let Report { worker, job, what } = report;
        let Some(worker) = self.workers.get_mut(worker) else { return };
        let cancelled = worker.running.as_ref().is_some_and(|running| running.cancelled);
        told.extend(match what {
            What::Piece(bytes) => (!cancelled).then_some(Event::JobPiece { job, bytes }),
            What::Done(outcome) => {
                worker.running = None;
                // An interrupted call may end in any way, even with what looks like a whole answer.
                let outcome = if cancelled { failed(JobFailure::Cancelled, "interrupted") } else { outcome };
                Some(Event::JobDone { job, outcome })
            }
        });
    }

    /// Interrupts whatever runs.
    pub(super) fn interrupt(&mut self) {
        self.waiting.clear();
        for worker in &mut self.workers {
            worker.interrupt(&self.setup);
        }
    }

    fn assign(&mut self, told: &mut VecDeque<Event<'static>>) {
        while !self.waiting.is_empty() {
            let Some(worker) = self.workers.iter_mut().find(|worker| worker.running.is_none()) else {
                return;
            };
            let Some((job, call)) = self.waiting.pop_front() else { return };
            if let Err(outcome) = worker.begin(job, call) {
                told.push_back(Event::JobDone { job, outcome });
            }
        }
    }
}

impl Worker {
    /// Hands the thread a call.
    fn begin(&mut self, job: JobId, call: HttpCall) -> Result<(), JobOutcome> {
        let order = Order { job, call, agent: self.agent.clone() };
        // The thread is gone only if it panicked, and then so is the process, or the test.
        self.orders.send(order).map_err(|_| failed(JobFailure::Lost, "the worker is gone"))?;
        self.running = Some(Running { job, cancelled: false });
        Ok(())
    }

    /// Interrupts the running call. An agent that was shut down refuses every later call, so the next gets a new one.
    fn interrupt(&mut self, setup: &Setup) {
        if let Some(running) = self.running.as_mut().filter(|running| !running.cancelled) {
            running.cancelled = true;
            std::mem::replace(&mut self.agent, agent_for(setup)).shutdown();
        }
    }
}

struct Thread {
    worker: usize,
    setup: Arc<Setup>,
    orders: Receiver<Order>,
    reports: SyncSender<Report>,
    wake: Wake,
}

impl Thread {
    /// Until nobody can ask or be told any more.
    fn run(self) {
        while let Ok(Order { job, call: what, agent }) = self.orders.recv() {
            let mut on_piece = |bytes| self.report(job, What::Piece(bytes));
            let outcome = call(&agent, &self.setup, &what, &mut on_piece);
            if !self.report(job, What::Done(outcome)) {
                return;
            }
        }
    }

    /// Waits while too much is unread; whether anybody still listens.
    fn report(&self, job: JobId, what: What) -> bool {
        let heard = self.reports.send(Report { worker: self.worker, job, what }).is_ok();
        (self.wake)();
        heard
    }
}
