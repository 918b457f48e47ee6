//! One pipeline, whether it runs or not: a text goes in, its answer comes out, and what goes wrong ends all of its programs.
//!
//! A text ends with a NUL, and so does its answer. Each begins with a number in brackets, which the programs pass on, so that
//! no answer is ever taken for that to another text. A pipeline that was disturbed in the middle of a text is never used
//! again; a new one is started after a pause that grows, until it has failed too often to be tried.

use std::io;
use std::sync::Once;
use std::time::{Duration, Instant};

use super::group::{Group, is_interrupted};
use super::modes;
use super::now;
use crate::reactor::services::PipelineSetup;
use crate::vocabulary::JobFailure;

/// The pause after the first end; each further one is four times as long.
const PAUSE_FACTOR: u32 = 4;
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Ends in a row after which it is not started any more.
pub(super) const ENDS_MAX: u32 = 5;
/// A pause that a text waits for.
const PAUSE_BORNE: Duration = Duration::from_secs(1);
/// Texts between two looks at the memory.
const MEASURE_EVERY: u32 = 256;

/// Root is warned once.
static WARNED: Once = Once::new();

/// One of those that are installed, by its name.
pub(super) struct Pipeline {
    name: String,
    group: Option<Group>,
    /// Texts it has answered since it was started.
    texts: u32,
    /// Ends since the last answer.
    ends: u32,
    pause_until: Option<Instant>,
    used_at: Instant,
    memory_bytes: usize,
    /// The number of the last text.
    number: u64,
}

/// Why a text has no answer. The words never hold any of the text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) why: JobFailure,
    pub(super) detail: String,
}

impl Fault {
    fn new(why: JobFailure, detail: impl Into<String>) -> Self {
        Self { why, detail: detail.into() }
    }

    fn lost(error: &io::Error) -> Self {
        let ended = matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe);
        Self::new(JobFailure::Lost, if ended { "a program ended".to_owned() } else { error.to_string() })
    }
}

impl Pipeline {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            group: None,
            texts: 0,
            ends: 0,
            pause_until: None,
            used_at: now(),
            memory_bytes: 0,
            number: 0,
        }
    }

    pub(super) fn runs(&self) -> bool {
        self.group.is_some()
    }

    /// Whether there is anything to remember of it.
    pub(super) fn is_blank(&self) -> bool {
        self.group.is_none() && self.ends == 0
    }

    /// As it was measured last.
    pub(super) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    pub(super) fn used_at(&self) -> Instant {
        self.used_at
    }

    /// It may be started again, whatever has been.
    pub(super) fn forgive(&mut self) {
        (self.ends, self.pause_until) = (0, None);
    }

    /// Ends its programs.
    pub(super) fn end(&mut self) {
        self.group = None;
        (self.texts, self.memory_bytes) = (0, 0);
    }

    /// The answer to a text, which holds no NUL, before a time. Who hangs up at the other end of `stop` interrupts it.
    ///
    /// # Errors
    /// It gave none, or cannot be used at the moment.
    pub(super) fn answer(
        &mut self,
        setup: &PipelineSetup,
        text: &str,
        until: Instant,
        stop: &io::PipeReader,
    ) -> Result<String, Fault> {
        if self.group.as_ref().is_some_and(|group| !group.is_quiet()) {
            self.fail(setup, "it ended or spoke between two texts");
        }
        if self.texts >= setup.texts_max {
            self.end();
        }
        if self.group.is_none() {
            self.start(setup, stop)?;
        }
        let result = self.exchange(setup, text, until, stop);
        self.used_at = now();
        match &result {
            Ok(_) => {
                self.texts += 1;
                (self.ends, self.pause_until) = (0, None);
                if self.texts % MEASURE_EVERY == 1 {
                    self.memory_bytes = self.group.as_ref().map_or(0, Group::memory_bytes);
                }
            }
            Err(fault) if fault.why == JobFailure::Cancelled => self.end(),
            Err(fault) => self.fail(setup, &fault.detail),
        }
        result
    }

    /// Something went wrong: ends what is left, and waits before it starts anew.
    fn fail(&mut self, setup: &PipelineSetup, why: &str) {
        self.end();
        let pause = setup.pause.saturating_mul(PAUSE_FACTOR.saturating_pow(self.ends)).min(PAUSE_MAX);
        self.ends += 1;
        self.pause_until = Some(now() + pause);
        log::warn!(pipeline = self.name.as_str(), why, ends = self.ends; "a pipeline was ended");
    }

    fn start(&mut self, setup: &PipelineSetup, stop: &io::PipeReader) -> Result<(), Fault> {
        if self.ends >= ENDS_MAX {
            return Err(Fault::new(JobFailure::Lost, format!("{} has ended too often", self.name)));
        }
        let left = self.pause_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now()));
        if left > PAUSE_BORNE {
            return Err(Fault::new(JobFailure::Lost, format!("{} has just ended", self.name)));
        }
        if !left.is_zero() && is_interrupted(stop, left) {
            return Err(Fault::new(JobFailure::Cancelled, "interrupted"));
        }
        if rustix::process::geteuid().is_root() {
            WARNED.call_once(
                || log::warn!(service:% = setup.service; "its programs run as root, as this server does"),
            );
        }
        let started = modes::programs(setup, &self.name)
            .map_err(|flaw| flaw.to_string())
            .and_then(|programs| Group::start(&programs, &setup.path()).map_err(|error| error.to_string()));
        match started {
            Ok(group) => {
                log::debug!(pipeline = self.name.as_str(); "a pipeline was started");
                self.group = Some(group);
                Ok(())
            }
            Err(why) => {
                self.fail(setup, &why);
                Err(Fault::new(JobFailure::Lost, format!("{} cannot be started: {why}", self.name)))
            }
        }
    }

    fn exchange(
        &mut self,
        setup: &PipelineSetup,
        text: &str,
        until: Instant,
        stop: &io::PipeReader,
    ) -> Result<String, Fault> {
        let Some(group) = &mut self.group else {
            return Err(Fault::new(JobFailure::Lost, "it does not run"));
        };
        let first = if self.texts == 0 { setup.start_time } else { Duration::ZERO };
        let until = until.min(now() + setup.answer_time + first);
        self.number += 1;
        let number = format!("[={}]", self.number);
        let sent = [number.as_bytes(), text.as_bytes(), b"\0"].concat();
        let (mut left, mut answer) = (&sent[..], Vec::new());
        while !answer.contains(&0) {
            let time = until.saturating_duration_since(now());
            let ready = group.wait(stop, !left.is_empty(), time).map_err(|error| Fault::lost(&error))?;
            if ready.interrupted {
                return Err(Fault::new(JobFailure::Cancelled, "interrupted"));
            }
            if ready.writable {
                let taken = group.write(left).map_err(|error| Fault::lost(&error))?;
                left = &left[taken..];
            }
            if ready.readable {
                group.read(&mut answer).map_err(|error| Fault::lost(&error))?;
            }
            if answer.len() > setup.answer_bytes_max {
                return Err(Fault::new(JobFailure::TooLarge, "the answer has no end"));
            }
            if time.is_zero() {
                return Err(Fault::new(JobFailure::TimedOut, "no answer in time"));
            }
        }
        let whole = answer.strip_suffix(b"\0").filter(|whole| left.is_empty() && !whole.contains(&0));
        let whole = whole.and_then(|whole| whole.strip_prefix(number.as_bytes()));
        let text = whole.and_then(|whole| String::from_utf8(whole.to_vec()).ok());
        text.ok_or_else(|| Fault::new(JobFailure::Lost, "an answer to something else"))
    }

    #[cfg(test)]
    pub(super) fn measure(&self) -> usize {
        self.group.as_ref().map_or(0, Group::memory_bytes)
    }

    #[cfg(test)]
    pub(super) fn ids(&self) -> Vec<u32> {
        self.group.as_ref().map_or_else(Vec::new, Group::ids)
    }
}
