//! The service that translates with programs of this machine: its threads, the texts that wait, and the pipelines they go
//! through.
//!
//! As in [`super::pool`] everything is known here, on the thread of the loop, and there is no lock: a thread gets a text
//! together with the pipelines it needs, and gives them back with the answer. So a pipeline has one text at a time, and one
//! that hangs keeps only those waiting that need it too. What a pipeline is made of is in [`modes`], its programs in
//! [`group`], a text and its answer in [`pipeline`]; what the texts are is not known here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, PipeReader, PipeWriter};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::call::failed;
use super::services::{PipelineSetup, Wake};
use crate::translate::apertium::stream;
use crate::vocabulary::{Answer, Event, JobFailure, JobId, JobOutcome, PipelineCall, PipelineWork};

mod group;
pub(super) mod modes;
mod pipeline;

use pipeline::{Fault, Pipeline};

/// Memory for a thread's stack, in bytes.
const STACK_BYTES: usize = 256 * 1024;

fn now() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "the time-outs of programs; no decision of the core depends on them"
    )]
    Instant::now()
}

type Pipelines = BTreeMap<String, Pipeline>;

/// What a thread is asked to do.
enum Order {
    /// With every pipeline that the call names.
    Call { job: JobId, call: PipelineCall, pipelines: Pipelines, stop: PipeReader },
    /// End these.
    End(Pipelines),
}

/// What a thread gives back.
struct Report {
    worker: usize,
    pipelines: Pipelines,
    done: Option<(JobId, JobOutcome)>,
}

/// One thread, seen from the loop.
struct Worker {
    /// `None` once it is to end.
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    is_busy: bool,
    running: Option<Running>,
}

struct Running {
    job: JobId,
    /// To drop it interrupts the job.
    stop: Option<PipeWriter>,
}

/// The threads, what waits for them, and the pipelines that no thread has.
pub(super) struct Crew {
    setup: Arc<PipelineSetup>,
    workers: Vec<Worker>,
    /// Jobs that were admitted and have not been submitted yet.
    promised: usize,
    waiting: VecDeque<(JobId, PipelineCall)>,
    idle: Pipelines,
    /// Those that a thread has, with the memory they had before.
    away: BTreeMap<String, usize>,
    reports: Receiver<Report>,
}

impl Crew {
    /// Starts the threads; `wake` is called after each report.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(super) fn start(setup: PipelineSetup, wake: &Wake) -> io::Result<Self> {
        let setup = Arc::new(setup);
        let (reports_in, reports) = mpsc::channel();
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
            let thread = thread::Builder::new()
                .name(format!("{}-{worker}", setup.service))
                .stack_size(STACK_BYTES)
                .spawn(move || thread.run())?;
            workers.push(Worker {
                orders: Some(orders),
                thread: Some(thread),
                is_busy: false,
                running: None,
            });
        }
        let (waiting, idle, away) = (VecDeque::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { setup, workers, promised: 0, waiting, idle, away, reports })
    }

    /// Keeps a place for a job; whether there is one.
    pub(super) fn admit(&mut self) -> bool {
        let has_place = self.promised + self.waiting.len() < self.setup.queued_max;
        self.promised += usize::from(has_place);
        has_place
    }

    /// Has a call made that was admitted.
    pub(super) fn submit(&mut self, job: JobId, call: PipelineCall, told: &mut VecDeque<Event<'static>>) {
        self.promised = self.promised.saturating_sub(1);
        self.waiting.push_back((job, call));
        self.assign(told);
    }

    /// Interrupts a call, or takes it back before it begins. Nothing happens if it is not of this service.
    pub(super) fn cancel(&mut self, job: JobId, told: &mut VecDeque<Event<'static>>) {
        if let Some(place) = self.waiting.iter().position(|(waiting, _)| *waiting == job) {
            self.waiting.remove(place);
            let outcome = failed(JobFailure::Cancelled, "cancelled before it began");
            told.push_back(Event::JobDone { job, outcome });
            return;
        }
        for running in self.workers.iter_mut().filter_map(|worker| worker.running.as_mut()) {
            if running.job == job {
                running.stop = None;
            }
        }
    }

    /// Takes in what the threads have reported until now.
    pub(super) fn collect(&mut self, told: &mut VecDeque<Event<'static>>) {
        while let Ok(Report { worker, pipelines, done }) = self.reports.try_recv() {
            self.away.retain(|name, _| !pipelines.contains_key(name));
            self.idle.extend(pipelines.into_iter().filter(|(_, pipeline)| !pipeline.is_blank()));
            let Some(worker) = self.workers.get_mut(worker) else { continue };
            worker.is_busy = false;
            let cancelled = worker.running.take().is_some_and(|running| running.stop.is_none());
            told.extend(done.map(|(job, outcome)| {
                let outcome = if cancelled { failed(JobFailure::Cancelled, "interrupted") } else { outcome };
                Event::JobDone { job, outcome }
            }));
        }
        self.assign(told);
        self.tend();
    }

    /// Begins what can begin: whoever asked first goes first, but none waits for a pipeline that its text does not need.
    fn assign(&mut self, told: &mut VecDeque<Event<'static>>) {
        let mut spoken_for = BTreeSet::new();
        let mut place = 0;
        while let Some((_, call)) = self.waiting.get(place) {
            let Some(worker) = self.workers.iter().position(|worker| !worker.is_busy) else { return };
            let names = names(call);
            if names.iter().any(|name| self.away.contains_key(*name) || spoken_for.contains(*name)) {
                spoken_for.extend(names.into_iter().map(str::to_owned));
                place += 1;
                continue;
            }
            let Some((job, call)) = self.waiting.remove(place) else { return };
            if let Err(outcome) = self.begin(worker, job, call) {
                told.push_back(Event::JobDone { job, outcome });
            }
        }
    }

    fn begin(&mut self, worker: usize, job: JobId, call: PipelineCall) -> Result<(), JobOutcome> {
        let (stop_out, stop) =
            io::pipe().map_err(|error| failed(JobFailure::Lost, &format!("no pipe: {error}")))?;
        if call.work == PipelineWork::List {
            self.idle.values_mut().for_each(Pipeline::forgive);
        }
        let mut pipelines = Pipelines::new();
        for name in names(&call) {
            let name = name.to_owned();
            let pipeline = self.idle.remove(&name).unwrap_or_else(|| Pipeline::new(name.clone()));
            self.away.insert(name.clone(), pipeline.memory_bytes());
            pipelines.insert(name, pipeline);
        }
        self.order(worker, Order::Call { job, call, pipelines, stop: stop_out })?;
        self.workers[worker].running = Some(Running { job, stop: Some(stop) });
        Ok(())
    }

    fn order(&mut self, worker: usize, order: Order) -> Result<(), JobOutcome> {
        let worker = &mut self.workers[worker];
        let sent = worker.orders.as_ref().map(|orders| orders.send(order).is_ok());
        // The thread is gone only if it panicked, and then so is the process, or the test.
        sent.filter(|sent| *sent).ok_or_else(|| failed(JobFailure::Lost, "the thread is gone"))?;
        worker.is_busy = true;
        Ok(())
    }

    /// Ends pipelines that nobody has used for long, and those unused for longest while all together have too much memory. It
    /// takes a thread that has nothing else to do: to end ten programs is no work for the loop.
    pub(super) fn tend(&mut self) {
        let Some(worker) = self.workers.iter().position(|worker| !worker.is_busy) else { return };
        let now = now();
        let is_over = |pipeline: &Pipeline| pipeline.used_at() + self.setup.idle_time <= now;
        let mut ended: BTreeSet<String> =
            self.running().filter(|it| is_over(it.1)).map(|it| it.0.clone()).collect();
        let mut memory: usize = self.away.values().sum();
        memory += self.idle.values().map(Pipeline::memory_bytes).sum::<usize>();
        let mut by_age: Vec<_> = self.running().collect();
        by_age.sort_by_key(|(_, pipeline)| pipeline.used_at());
        for (name, pipeline) in by_age {
            if memory > self.setup.memory_bytes_max || ended.contains(name) {
                memory -= pipeline.memory_bytes();
                ended.insert(name.clone());
            }
        }
        if !ended.is_empty() {
            log::debug!(pipelines:? = ended; "pipelines end that are not needed");
            let pipelines: Pipelines = ended.iter().filter_map(|name| self.idle.remove_entry(name)).collect();
            self.away.extend(pipelines.iter().map(|(name, it)| (name.clone(), it.memory_bytes())));
            // If the thread is gone they end here, dropped.
            let _ = self.order(worker, Order::End(pipelines));
        }
    }

    /// Those that run and that no thread has.
    fn running(&self) -> impl Iterator<Item = (&String, &Pipeline)> {
        self.idle.iter().filter(|(_, pipeline)| pipeline.runs())
    }

    /// For how long there is nothing to [tend](Crew::tend), if there ever is.
    pub(super) fn rest(&self) -> Option<Duration> {
        // One that is busy reports, and then it is tended anyway.
        let is_free = self.workers.iter().any(|worker| !worker.is_busy);
        let oldest = self.running().map(|(_, pipeline)| pipeline.used_at()).min().filter(|_| is_free)?;
        Some((oldest + self.setup.idle_time).saturating_duration_since(now()))
    }

    /// Forgets what waits, interrupts what runs, and ends every program; nothing is left when it returns.
    pub(super) fn stop(&mut self) {
        self.waiting.clear();
        self.idle.clear();
        for worker in &mut self.workers {
            worker.running = None;
            worker.orders = None;
        }
        for thread in self.workers.iter_mut().filter_map(|worker| worker.thread.take()) {
            // It panicked, and so does whoever runs the test.
            let _ = thread.join();
        }
        while let Ok(report) = self.reports.try_recv() {
            drop(report);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The pipelines that a call needs.
fn names(call: &PipelineCall) -> Vec<&str> {
    match &call.work {
        PipelineWork::List => Vec::new(),
        PipelineWork::Run { chain, .. } => chain.iter().map(String::as_str).collect(),
    }
}

struct Thread {
    worker: usize,
    setup: Arc<PipelineSetup>,
    orders: Receiver<Order>,
    reports: Sender<Report>,
    wake: Wake,
}

impl Thread {
    /// Until nobody can ask or be told any more.
    fn run(self) {
        while let Ok(order) = self.orders.recv() {
            let (pipelines, done) = match order {
                Order::Call { job, call, mut pipelines, stop } => {
                    let outcome = self.call(&call, &mut pipelines, &stop);
                    (pipelines, Some((job, outcome)))
                }
                Order::End(mut pipelines) => {
                    pipelines.values_mut().for_each(Pipeline::end);
                    (pipelines, None)
                }
            };
            let heard = self.reports.send(Report { worker: self.worker, pipelines, done }).is_ok();
            (self.wake)();
            if !heard {
                return;
            }
        }
    }

    fn call(&self, call: &PipelineCall, pipelines: &mut Pipelines, stop: &PipeReader) -> JobOutcome {
        let until = now() + Duration::from_millis(call.timeout.0);
        let answer = match &call.work {
            PipelineWork::List => Ok(modes::installed(&self.setup).join("\n")),
            PipelineWork::Run { chain, text } => self.translate(chain, text, until, pipelines, stop),
        };
        match answer {
            Ok(answer) => JobOutcome::Answered(Answer::new(200, answer)),
            Err(fault) => failed(fault.why, &fault.detail),
        }
    }

    fn translate(
        &self,
        chain: &[String],
        text: &str,
        until: Instant,
        pipelines: &mut Pipelines,
        stop: &PipeReader,
    ) -> Result<String, Fault> {
        // A NUL would end the text, and what is behind it would be another.
        let mut text = text.replace('\0', "");
        for (at, name) in chain.iter().enumerate() {
            if text.is_empty() {
                break;
            }
            if at > 0 {
                text = stream::between(&text);
            }
            let pipeline = pipelines.entry(name.clone()).or_insert_with(|| Pipeline::new(name.clone()));
            text = pipeline.answer(&self.setup, &text, until, stop)?;
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
