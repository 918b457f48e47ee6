//! Apertium: the rules and dictionaries of this machine, as an engine. No model and no server: a pipeline of programs for
//! each pair of languages that is installed, which the shell keeps running.
//!
//! Which pairs there are is learned from the names of the pipelines (`codes`), and what none of them does, several do one
//! after the other (`routes`). What they read and write is a format of its own ([`stream`]). Here the calls are made and
//! their ends are judged; programs, pipes and memory are the shell's business.
//!
//! Rules cannot say which language a text is in, so a text of an unknown one is not for them.

use bytes::Bytes;

use super::check::{self, Rejection};
use super::format::{Format, Probed};
use super::pairs::Pair;
use super::prompt::{Mode, Question};
use super::verdict::Verdict;
use crate::config::Config;
use crate::vocabulary::{Answer, JobOutcome, JobSpec, Language, Millis, PipelineCall, PipelineWork, Service};

mod codes;
mod routes;
pub mod stream;

use routes::Routes;
use stream::Stream;

/// Characters of a text at most.
const MAX_CHARS: usize = 4000;
/// Hundredths of the words of an answer that may be unknown.
const UNKNOWN_MAX: usize = 40;
/// Texts under way at a time. They take milliseconds, and the shell translates as many of them at a time as there are
/// processors.
const CALLS_MAX: usize = 8;
/// To look into a directory.
const LIST_TIMEOUT: Millis = Millis::from_secs(5);
/// For each pair that a text goes through: for the answer, and for the programs to start.
const PAIR_TIMEOUT: Millis = Millis::from_secs(8);

/// What is known of the pairs that are installed.
#[derive(Debug, Default)]
pub struct Apertium {
    routes: Routes,
}

impl Format for Apertium {
    fn covers(&self, pair: Pair) -> bool {
        self.chain(pair).is_some()
    }

    fn modes(&self, _: &Config) -> &'static [Mode] {
        &[Mode::Marked]
    }

    fn translate(&self, _: &Config, ask: &Question) -> JobSpec {
        let chain = self.chain((ask.from, ask.to)).unwrap_or_default().to_vec();
        // One that is too long is rejected without having been asked.
        let text =
            if is_too_long(ask) { String::new() } else { Stream::of_masked(&ask.masked()).sent().to_owned() };
        let from = ask.from.map_or("?", Language::code);
        let label = format!("translate {from}→{} {:?}", ask.to, &*ask.text);
        let timeout = Millis(PAIR_TIMEOUT.0 * chain.len() as u64);
        call(label, PipelineWork::Run { chain, text }, timeout)
    }

    fn judge(&mut self, config: &Config, ask: &Question, outcome: &JobOutcome) -> Verdict {
        let body = match outcome {
            _ if is_too_long(ask) => return Verdict::Rejected(Rejection::TooLong),
            JobOutcome::Answered(Answer { status: 200, body, .. }) => body,
            JobOutcome::Answered(_) => return Verdict::Broken,
            JobOutcome::Failed { why, .. } => return Verdict::of_failure(*why),
        };
        match std::str::from_utf8(body) {
            Ok(answer) => judge_answer(ask, &config.languages.0, answer),
            Err(_) => Verdict::Rejected(Rejection::Garbled),
        }
    }

    fn calls_max(&self, _: &Config) -> usize {
        CALLS_MAX
    }

    fn begin_probe(&mut self, _: &Config, _reloads: bool) -> JobSpec {
        call("list".to_owned(), PipelineWork::List, LIST_TIMEOUT)
    }

    fn on_probe(&mut self, config: &Config, outcome: &JobOutcome) -> Probed {
        let body = match outcome {
            JobOutcome::Answered(Answer { status: 200, body, .. }) => body.clone(),
            _ => Bytes::new(),
        };
        let names = String::from_utf8_lossy(&body);
        self.routes = Routes::of(names.lines(), usize::from(config.apertium_hops));
        if self.routes.is_empty() { Probed::Down } else { Probed::Well }
    }

    fn pairs(&self, config: &Config) -> (usize, usize) {
        let offered = &config.languages.0;
        let pairs = || offered.iter().flat_map(|from| offered.iter().map(move |to| (*from, *to)));
        let count = |is: &dyn Fn((Language, Language)) -> bool| pairs().filter(|pair| is(*pair)).count();
        (count(&|pair| self.routes.is_direct(pair)), count(&|pair| self.routes.chain(pair).is_some()))
    }
}

impl Apertium {
    fn chain(&self, (from, to): Pair) -> Option<&[String]> {
        self.routes.chain((from?, to))
    }
}

fn call(label: String, work: PipelineWork, timeout: Millis) -> JobSpec {
    JobSpec::Pipeline(PipelineCall { label, service: Service::APERTIUM, work, timeout })
}

fn is_too_long(ask: &Question) -> bool {
    ask.text.chars().nth(MAX_CHARS).is_some()
}

fn judge_answer(ask: &Question, offered: &[Language], answer: &str) -> Verdict {
    let read = match Stream::of_masked(&ask.masked()).read(answer, ask.to) {
        Ok(read) => read,
        Err(rejection) => return Verdict::Rejected(rejection),
    };
    match check::believe_answer(ask, offered, &read.text) {
        // A name may stay as it is, though no dictionary has it.
        Ok(believed) if believed.text == *ask.text || 100 * read.unknown <= UNKNOWN_MAX * read.words => {
            Verdict::Translated { text: believed.text, detected: None }
        }
        Err(Rejection::Echo) => Verdict::Rejected(Rejection::Echo),
        Ok(_) => Verdict::Rejected(Rejection::UnknownWords),
        Err(_) if 100 * read.unknown > UNKNOWN_MAX * read.words => Verdict::Rejected(Rejection::UnknownWords),
        Err(rejection) => Verdict::Rejected(rejection),
    }
}

#[cfg(test)]
mod tests;
