//! Translating lines without a server: the same translator, engines and checks as in a chat, and nothing else of one. It
//! opens neither the store nor a port.

use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde::Serialize;

use super::clock::{self, Clock, Stopwatch};
use super::error::ServeError;
use super::installed::on_this_machine;
use super::keys::Keys;
use super::services::{Wake, pipelines, setups};
use super::workers::Workers;
use crate::config::Config;
use crate::tools::jobs::Jobs;
use crate::tools::random::Random;
use crate::translate::detect::{self, Verdict};
use crate::translate::{
    Asked, Group, Line, Outcome, Rejection, Scope, Source, Ticket, Translator, Turn, Work,
};
use crate::vocabulary::{Effect, EngineName, Event, Language, Tenant};

/// What `dragoman translate` was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interpretation {
    /// The language of the lines; found out for each if it is not given.
    pub from: Option<Language>,
    pub to: Language,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpreted {
    /// Every line has its answer.
    Done,
    /// The same, and no engine was there from the first line to the last.
    NobodyThere,
}

/// One line of output.
#[derive(Serialize)]
struct Said<'a> {
    /// The translation, or the line itself where there is none.
    text: &'a str,
    engine: Option<EngineName>,
    rough: bool,
    ms: u64,
    /// The check that the answer did not pass.
    rejected: Option<&'static str>,
}

/// Translates each line of `input`, in order, into one line of JSON.
///
/// # Errors
/// The system is short of something, or the output cannot be written.
pub fn interpret(
    config: Config,
    keys: &Keys,
    what: Interpretation,
    input: impl BufRead,
    mut output: impl Write,
) -> Result<Interpreted, ServeError> {
    let mut booth = Booth::open(config, keys)?;
    booth.wait_for_engines();
    let mut somebody_was_there = false;
    let failed = ServeError::system("translate lines");
    let each = || -> io::Result<()> {
        for line in input.lines() {
            let line = line?;
            let watch = Stopwatch::start();
            let outcome = booth.translate(&line, what);
            let ms = watch.elapsed_us().div_ceil(1000);
            somebody_was_there |= booth.translator.outage().is_none() || is_done(&outcome);
            serde_json::to_writer(&mut output, &said(&line, &outcome, ms))?;
            output.write_all(b"\n")?;
            output.flush()?;
        }
        Ok(())
    };
    let written = each();
    booth.workers.stop();
    written.map_err(failed)?;
    Ok(if somebody_was_there { Interpreted::Done } else { Interpreted::NobodyThere })
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done { by: Some(_), .. })
}

fn said<'a>(line: &'a str, outcome: &'a Outcome, ms: u64) -> Said<'a> {
    match outcome {
        Outcome::Done { text, by, .. } => {
            let rough = by.is_some_and(EngineName::is_rough);
            Said { text, engine: *by, rough, ms, rejected: None }
        }
        Outcome::Failed { check, .. } => {
            Said { text: line, engine: None, rough: false, ms, rejected: check.map(Rejection::word) }
        }
    }
}

/// A translator with its workers, and nobody else.
struct Booth {
    config: Config,
    translator: Translator,
    jobs: Jobs<Work>,
    random: Random,
    workers: Workers,
    woken: Receiver<()>,
    clock: Clock,
    effects: Vec<Effect>,
    /// Tells the lines apart.
    asked: u64,
}

impl Booth {
    fn open(config: Config, keys: &Keys) -> Result<Self, ServeError> {
        let config = on_this_machine(config)?;
        let clock = Clock::start();
        let (waker, woken) = mpsc::channel();
        let wake: Wake = Arc::new(move || {
            // Nobody is left to be woken at the end.
            let _ = waker.send(());
        });
        let workers = Workers::start(setups(&config, keys), pipelines(&config), &wake)
            .map_err(ServeError::system("start threads"))?;
        let mut booth = Self {
            translator: Translator::new(&config),
            config,
            jobs: Jobs::default(),
            random: Random::new([0; 32]),
            workers,
            woken,
            clock,
            effects: Vec::new(),
            asked: 0,
        };
        booth.decide(Translator::start);
        Ok(booth)
    }

    /// Until every engine has been looked at, and has loaded what it needs.
    fn wait_for_engines(&mut self) {
        let is_coming = |state: &str| matches!(state, "starting" | "loading");
        while self.translator.standings(self.clock.now(), &self.config).any(|engine| is_coming(engine.state))
        {
            self.wait();
        }
    }

    fn translate(&mut self, line: &str, what: Interpretation) -> Outcome {
        self.asked += 1;
        let group = Group { tenant: Tenant::default(), owner: 0, kind: 0, key: self.asked };
        let ticket = Ticket { group, item: 0, to: what.to };
        let place = Line { door: 0, source: Source::Known(group) };
        let from = what.from.or_else(|| match detect::judge(line, &self.config.languages.0, None) {
            Verdict::Clear(language) => Some(language),
            Verdict::Foreign | Verdict::Unclear => None,
        });
        let text = Arc::from(line);
        // For nobody else: each line is asked for, however often it stands there.
        let ask = |translator: &mut Translator, turn: &mut Turn<'_>| {
            translator.ask(turn, ticket, place, Scope::Private, from, &text)
        };
        match self.decide(ask) {
            Asked::Now(outcome) => outcome,
            Asked::Later => self.wait_for(ticket),
        }
    }

    fn wait_for(&mut self, ticket: Ticket) -> Outcome {
        loop {
            if let Some((_, outcome)) = self.translator.take_ended().into_iter().find(|(it, _)| *it == ticket)
            {
                return outcome;
            }
            self.wait();
        }
    }

    /// Sleeps until a worker has something to tell or the translator has something to do, and lets it.
    fn wait(&mut self) {
        let now = self.clock.now();
        let pause = self.translator.next_deadline().map(|at| Duration::from_millis((at - now).0));
        if !self.workers.has_results() {
            // Whether it was woken or the time has come: both are looked at.
            let _ = self.woken.recv_timeout(pause.unwrap_or(Duration::from_secs(1)));
        }
        while self.woken.try_recv().is_ok() {}
        self.workers.collect();
        while let Some(event) = self.workers.next_event() {
            let Event::JobDone { job, outcome } = event else { continue };
            let Some(work) = self.jobs.end(job) else { continue };
            self.decide(|translator, turn| translator.on_job(turn, work, &outcome));
        }
        if self.translator.next_deadline().is_some_and(|at| at <= self.clock.now()) {
            self.decide(Translator::on_tick);
        }
    }

    /// Has the translator decide something, and does what it says.
    fn decide<T>(&mut self, decide: impl FnOnce(&mut Translator, &mut Turn<'_>) -> T) -> T {
        let mut turn = Turn {
            now: self.clock.now(),
            unix_ms: clock::unix_ms(),
            config: &self.config,
            random: &mut self.random,
            jobs: &mut self.jobs,
            effects: &mut self.effects,
        };
        let decided = decide(&mut self.translator, &mut turn);
        for effect in self.effects.drain(..) {
            match effect {
                Effect::StartJob { job, spec } if self.workers.admit(job, &spec) => {
                    self.workers.submit(job, spec);
                }
                Effect::CancelJob { job } => self.workers.cancel(job),
                _ => {}
            }
        }
        decided
    }
}
