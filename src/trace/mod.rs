//! Record and replay: a run as text, every event and the effects it caused.
//!
//! The same text is what `--record` writes, what `dragoman replay` runs again, what the tests in `tests/traces` expect and
//! what benchmarks are fed. It must not touch a file or a clock: it is given text, or something to write to.
//!
//! # The lines
//!
//! ```text
//! # A comment; blank lines are comments too.
//! +0    >> config   RATE_LIMIT=2
//! +0    >> boot     unix_ms=1766000000000 seed=00
//! +0    >> accepted 0.1 192.0.2.7
//! +0    >> bytes    0.1 "GET /health HTTP/1.1\r\n…"
//!       << send     0.1 "HTTP/1.1 200 OK\r\n…"
//! +40   >> text     0.2 "{\"content\":\"Preciso de ajuda\"}"
//!       << start    j1 translate pt→en "Preciso de ajuda" POST /api/chat timeout=60000 body=812:0123456789abcdef
//! +900  >> done     j1 200 "{\"message\":…}"
//!       << send     0.3 text "{\"type\":\"message\",…}"
//! ```
//!
//! `+40` is milliseconds since the event line before; without it, none have passed. `config` names what differs from the
//! defaults and comes before any event.
//!
//! | event | says |
//! |---|---|
//! | `boot unix_ms=… seed=…`, `wall unix_ms=…`, `entropy seed=…` | a seed is 64 hexadecimal digits; missing ones are 0 |
//! | `accepted 0.1 192.0.2.7`, `eof 0.1`, `drained 0.1`, `closed 0.1 reset`, `closed 0.1 error` | |
//! | `bytes 0.1 "…"` | bytes, cut as they came |
//! | `text 0.1 "…"`, `ping 0.1 "…"`, `pong 0.1 "…"`, `close 0.1 1000 "…"` | bytes that are one masked frame; a trace keeps what was said, not the mask |
//! | `done j1 200 "…"`, `done j1 refused "…"` | or `lost`, `timed_out`, `too_large`, `crowded`, `cancelled` |
//! | `done j1 200 content-type="…" retry-after="…" "…"` | what a service says beside the body, if it does; also `retry-after-ms`, `request-id` |
//! | `piece j1 "…"` | a part of an answer that comes in pieces, cut as it came |
//! | `restored {"message":{…}}` | a record, in the order in which they were made; see `store` |
//! | `store_down`, `store_up` | |
//! | `gauges writes=… total_us=… p50_us=… p95_us=… p99_us=…` | what the shell has measured |
//! | `reload`, `reload glossary="…"` | engines are looked at again, and this is the glossary from now on, if it can be understood |
//! | `tick`, `shutdown` | |
//!
//! | effect | says |
//! |---|---|
//! | `send 0.1 "…"` | bytes; of more than 8192 the head or the first 256, then `…LENGTH:HASH` |
//! | `send 0.1 "…" page /agent.html gzip LENGTH:HASH` | the head, then one of our pages: its coding, and what it is made from |
//! | `send 0.1 text "…"`, also `ping`, `pong`, `close 1000 "…"` | bytes that are one frame |
//! | `close 0.1 flush`, `close 0.1 abort` | |
//! | `pause 0.1`, `resume 0.1` | nothing is read in between |
//! | `store {"message":{"room":"…","id":3,…}}` | a record as JSON, see [`crate::vocabulary::Record`] |
//! | `start j1 LABEL METHOD PATH timeout=MS body=LENGTH:HASH`, `cancel j1` | HASH is 16 digits of the SHA-256 |
//! | `start … service=NAME credential=NAME answer=pieces accept="…" body=…` | what is not as with Ollama; a credential is named, never shown |
//!
//! Quoted strings are UTF-8 with `\"`, `\\`, `\r`, `\n`, `\t`, `\0` and `\xNN`.
//!
//! # Written by hand
//!
//! Shorthands that recorded traces never use:
//!
//! ```text
//! +0    >> http     0.1 POST /start-chat [Accept-Language: pt] {"name":"Ana"}
//!       << send     0.1 "HTTP/1.1 200 OK\r\n…\r\n\r\n{\"token\":\"…\"}"
//! let ana = 0.1 token
//! +0    >> upgrade  0.2 /ws?token=$ana [Origin: https://shop.example]
//! +0    >> ready
//! +900  >> answer   j4 "Where is my parcel?" detected=pt
//! +0    >> answer   j5 plain "Sure! What would you like me to translate?"
//! +8000 >> wait
//! ```
//!
//! `http` and `upgrade` fill in the head of a request, `[…]` adds or replaces a field of it, and the body goes to the end
//! of the line. `let` takes a field (`a.b` for one inside another) out of the last JSON that has it and was sent to a
//! connection; from then on `$ana` stands for it in event lines. `wait` feeds a tick at each deadline of the core up to
//! its time.
//!
//! `answer` is the `done` of a translation: the answer of Ollama, status 200, around what the model said. That is the JSON
//! it was asked for, with the translation and perhaps a detected language, or `plain` words. `ready` is the end of the three
//! calls `j1` to `j3` with which a core looks for Ollama when it boots: it is there, it has `llama3.2`, and has loaded it.
//!
//! Read [`Recorder`] next for the way out, then [`replay`] for the way back in.

use std::fmt;
use std::ops::Range;

use crate::config::Config;
use crate::vocabulary::{ConnId, Event, Millis};

mod answer;
mod bytewise;
mod frame;
mod page;
mod read;
mod record;
mod replay;
mod request;
mod text;
mod variables;
mod write;

pub use bytewise::replay_bytewise;
pub use record::Recorder;
pub use replay::{Core, Difference, Report, replay, update};

/// A trace that has been read: its events, and the effects it expects of each.
#[derive(Clone, Debug)]
pub struct Trace {
    /// As it was given, so that it can be written again with its comments.
    source: String,
    config: Config,
    steps: Vec<Step>,
    /// Effects of all steps, each step's behind those of the step before.
    effects: Vec<Line>,
}

/// Where a line, or what it says, stands in the text.
#[derive(Clone, Debug)]
struct Line {
    /// From 1.
    number: usize,
    text: Range<usize>,
}

/// A line that does something.
#[derive(Clone, Debug)]
struct Step {
    /// What stands behind the arrow, or the whole line if it has none.
    line: Line,
    at: Millis,
    what: What,
    /// Which of the effects are expected of it.
    effects: Range<usize>,
}

#[derive(Clone, Debug)]
enum What {
    /// One, except for a shorthand that stands for several.
    Events(Vec<read::Owned>),
    Wait,
    Let {
        name: String,
        conn: ConnId,
        field: String,
    },
}

/// A line of a trace that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for ParseError {}

impl Trace {
    /// Reads a trace. Keeps a copy of the text.
    ///
    /// # Errors
    /// The first line that cannot be understood.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        let mut parser = Parser::default();
        let mut start = 0;
        for (index, line) in source.split('\n').enumerate() {
            parser.line(line, start, index + 1).map_err(|what| ParseError { line: index + 1, what })?;
            start += line.len() + 1;
        }
        let Parser { config, steps, effects, .. } = parser;
        let config = config.unwrap_or_else(Config::defaults);
        Ok(Self { source: source.to_owned(), config, steps, effects })
    }

    /// The settings of the run.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The events as they stand, for whoever wants to feed them without looking at the effects. Leaves out `wait`, which
    /// only a core can turn into events, and does not know the variables of `let`: recorded traces have neither.
    pub fn events(&self) -> impl Iterator<Item = (Millis, Event<'_>)> {
        self.steps.iter().flat_map(|step| {
            let events: &[_] = match &step.what {
                What::Events(events) => events,
                What::Wait | What::Let { .. } => &[],
            };
            events.iter().map(|event| (step.at, event.event()))
        })
    }

    fn text(&self, line: &Line) -> &str {
        &self.source[line.text.clone()]
    }
}

#[derive(Default)]
struct Parser {
    config: Option<Config>,
    steps: Vec<Step>,
    effects: Vec<Line>,
    now: Millis,
}

impl Parser {
    /// Reads one line, which starts at a place of the text.
    fn line(&mut self, raw: &str, start: usize, number: usize) -> Result<(), String> {
        let text = raw.trim();
        let start = start + (raw.len() - raw.trim_start().len());
        let line = |part: &str| {
            let skipped = text.len() - part.len();
            Line { number, text: start + skipped..start + text.len() }
        };
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        if let Some(effect) = effect_of(text) {
            if let ("store", record) = text::word(effect) {
                read::not_of_old(record)?;
            }
            return self.effect(line(effect));
        }
        if let Some(assignment) = text.strip_prefix("let ") {
            let what = assignment_of(assignment)?;
            return self.step(line(text), what);
        }
        let event = self.pass_time(text)?;
        let event =
            event.strip_prefix(">>").ok_or("expected a comment, an event (>>), an effect (<<) or let")?;
        let event = event.trim_start();
        match text::word(event) {
            ("config", settings) => self.config(settings),
            ("wait", "") => self.step(line(event), What::Wait),
            _ => self.step(line(event), What::Events(read::events(event)?)),
        }
    }

    /// Reads `+40`, if there is one; returns what follows it.
    fn pass_time<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let Some(behind) = text.strip_prefix('+') else { return Ok(text) };
        let (span, rest) = text::word(behind);
        self.now = self.now + Millis(read::number(span)?);
        Ok(rest)
    }

    fn config(&mut self, settings: &str) -> Result<(), String> {
        if self.config.is_some() || !self.steps.is_empty() {
            return Err("config comes once, before all events".to_owned());
        }
        self.config = Some(read::config(settings)?);
        Ok(())
    }

    fn step(&mut self, line: Line, what: What) -> Result<(), String> {
        let none_yet = self.effects.len()..self.effects.len();
        self.steps.push(Step { line, at: self.now, what, effects: none_yet });
        Ok(())
    }

    fn effect(&mut self, line: Line) -> Result<(), String> {
        match self.steps.last_mut() {
            Some(Step { what: What::Events(_) | What::Wait, effects, .. }) => effects.end += 1,
            _ => return Err("an effect stands behind the event that caused it".to_owned()),
        }
        self.effects.push(line);
        Ok(())
    }
}

/// What an effect line says, if the line is one.
fn effect_of(line: &str) -> Option<&str> {
    line.trim().strip_prefix("<<").map(str::trim_start)
}

/// Reads `ana = 0.1 token`.
fn assignment_of(text: &str) -> Result<What, String> {
    let (name, rest) = text.split_once('=').ok_or("expected let NAME = CONNECTION FIELD")?;
    let name = name.trim();
    if !variables::is_name(name) {
        return Err(format!("{name:?} is no name: it has letters, digits and underscores"));
    }
    let (conn, field) = read::connection(rest)?;
    if field.is_empty() || field.contains(' ') {
        return Err(format!("expected the name of one field, not {field:?}"));
    }
    Ok(What::Let { name: name.to_owned(), conn, field: field.to_owned() })
}

#[cfg(test)]
mod tests;
