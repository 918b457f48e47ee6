//! The way back in: the events of a trace fed to a core, and its effects held against those the trace expects.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use super::read::{self, Owned};
use super::text::word;
use super::variables::Variables;
use super::{Line, Step, Trace, What, effect_of, write};
use crate::config::Config;
use crate::engine::Engine;
use crate::vocabulary::{Effect, Event, Millis};

/// What can be replayed: the engine, and in tests less than that.
pub trait Core {
    /// Takes one event; pushes the effects it causes.
    fn handle(&mut self, now: Millis, event: Event<'_>, out: &mut Vec<Effect>);

    /// When it wants a tick; after a tick at `t`, later than `t`.
    fn next_deadline(&self) -> Option<Millis>;
}

impl Core for Engine {
    fn handle(&mut self, now: Millis, event: Event<'_>, out: &mut Vec<Effect>) {
        Engine::handle(self, now, event, out);
    }

    fn next_deadline(&self) -> Option<Millis> {
        Engine::next_deadline(self)
    }
}

/// What came of a replay. `Display` says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Events fed, the ticks of each `wait` among them.
    pub events: usize,
    pub effects: usize,
    /// Where the core first did something else than the trace expects. The replay ends there.
    pub first_difference: Option<Difference>,
}

/// One thing a core did otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the trace that does not hold: of an effect, or of the event that should have had none or has too many.
    pub line: usize,
    /// The line of the event that caused it.
    pub event_line: usize,
    pub expected: String,
    pub found: String,
}

const NOTHING: &str = "(no more effects)";

/// Feeds a core the events of a trace and compares its effects, up to the first difference.
pub fn replay<C: Core>(trace: &Trace, make: impl FnOnce(Config) -> C) -> Report {
    let mut run = Run::new(trace, make(trace.config.clone()), Cut::AsItCame);
    let mut line = String::new();
    let ended = run.steps(|step, effects| match compare(trace, step, effects, &mut line) {
        Some(difference) => Err(difference),
        None => Ok(()),
    });
    Report { events: run.events, effects: run.effects, first_difference: ended.err() }
}

/// Feeds a core the events of a trace and returns the trace with its effects instead of those it expected. Comments,
/// blank lines and event lines stay as they are.
///
/// # Errors
/// The trace cannot be run to its end: a `let` finds nothing, or the core does not keep its deadlines.
pub fn update<C: Core>(trace: &Trace, make: impl FnOnce(Config) -> C) -> Result<String, Difference> {
    let mut run = Run::new(trace, make(trace.config.clone()), Cut::AsItCame);
    let mut found: Vec<(usize, String)> = Vec::with_capacity(trace.steps.len());
    run.steps(|step, effects| {
        let mut lines = String::new();
        for effect in effects {
            lines.push_str("      << ");
            write::effect(&mut lines, effect);
            lines.push('\n');
        }
        found.push((step.line.number, lines));
        Ok(())
    })?;
    Ok(with_effects(&trace.source, &found))
}

/// The text without its effect lines, and with the new ones behind their events.
fn with_effects(source: &str, found: &[(usize, String)]) -> String {
    let mut text = String::with_capacity(source.len());
    let mut found = found.iter().peekable();
    for (index, line) in source.lines().enumerate() {
        if effect_of(line).is_none() {
            text.push_str(line);
            text.push('\n');
        }
        if let Some((_, lines)) = found.next_if(|(number, _)| *number == index + 1) {
            text.push_str(lines);
        }
    }
    text
}

/// Whether bytes, those of pieces too, are fed as they came or one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    AsItCame,
    Bytewise,
}

/// A core on its way through a trace.
pub(super) struct Run<'t, C> {
    trace: &'t Trace,
    core: C,
    cut: Cut,
    variables: Variables,
    /// Effects of the step, used again for every one.
    out: Vec<Effect>,
    now: Millis,
    pub(super) events: usize,
    pub(super) effects: usize,
}

impl<'t, C: Core> Run<'t, C> {
    pub(super) fn new(trace: &'t Trace, core: C, cut: Cut) -> Self {
        let named = trace.steps.iter().filter_map(|step| match step.what {
            What::Let { conn, .. } => Some(conn),
            _ => None,
        });
        let variables = Variables::new(named);
        Self { trace, core, cut, variables, out: Vec::new(), now: Millis::ZERO, events: 0, effects: 0 }
    }

    /// Takes every step; shows each, and what came of it, to a visitor who may end the run.
    pub(super) fn steps(
        &mut self,
        mut visit: impl FnMut(&Step, &[Effect]) -> Result<(), Difference>,
    ) -> Result<(), Difference> {
        let trace = self.trace;
        for step in &trace.steps {
            self.out.clear();
            self.step(step).map_err(|what| Difference {
                line: step.line.number,
                event_line: step.line.number,
                expected: trace.text(&step.line).to_owned(),
                found: format!("({what})"),
            })?;
            self.effects += self.out.len();
            self.variables.listen(&self.out);
            visit(step, &self.out)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match &step.what {
            What::Events(events) => {
                self.now = step.at;
                match self.with_variables(&step.line)? {
                    Some(replaced) => self.feed(&replaced),
                    None => self.feed(events),
                }
                Ok(())
            }
            What::Wait => self.wait(step.at),
            What::Let { name, conn, field } => self.variables.assign(name, *conn, field),
        }
    }

    /// The events of a line in which variables had to be replaced.
    fn with_variables(&self, line: &Line) -> Result<Option<Vec<Owned>>, String> {
        match self.variables.replace(self.trace.text(line)) {
            Cow::Borrowed(_) => Ok(None),
            Cow::Owned(text) => read::events(&text).map(Some),
        }
    }

    fn feed(&mut self, events: &[Owned]) {
        for event in events {
            match event {
                Owned::Bytes(conn, bytes) if self.cut == Cut::Bytewise => {
                    for byte in bytes.chunks(1) {
                        self.handle(Event::Bytes { conn: *conn, bytes: byte });
                    }
                }
                Owned::Other(Event::JobPiece { job, bytes }) if self.cut == Cut::Bytewise => {
                    for byte in 0..bytes.len() {
                        let bytes = bytes.slice(byte..=byte);
                        self.handle(Event::JobPiece { job: *job, bytes });
                    }
                }
                _ => self.handle(event.event()),
            }
        }
    }

    fn handle(&mut self, event: Event<'_>) {
        self.events += 1;
        self.core.handle(self.now, event, &mut self.out);
    }

    /// Ticks at every deadline up to a time.
    fn wait(&mut self, until: Millis) -> Result<(), String> {
        while let Some(deadline) = self.core.next_deadline().filter(|&deadline| deadline <= until) {
            self.now = self.now.max(deadline);
            self.handle(Event::Tick);
            // Else the shell would spin, and so would we.
            let next = self.core.next_deadline();
            if next.is_some_and(|next| next <= self.now) {
                return Err(format!("a tick at {} ms left the deadline at or before it", self.now.0));
            }
        }
        self.now = until;
        Ok(())
    }
}

/// Holds the effects of a step against those expected. `line` is memory to use again.
fn compare(trace: &Trace, step: &Step, effects: &[Effect], line: &mut String) -> Option<Difference> {
    let expected = &trace.effects[step.effects.clone()];
    let differs = |at: &Line, expected: &str, found: &str| Difference {
        line: at.number,
        event_line: step.line.number,
        expected: expected.to_owned(),
        found: found.to_owned(),
    };
    for (index, effect) in effects.iter().enumerate() {
        line.clear();
        write::effect(line, effect);
        match expected.get(index) {
            Some(wanted) if same(trace.text(wanted), line) => {}
            Some(wanted) => return Some(differs(wanted, trace.text(wanted), line)),
            None => return Some(differs(expected.last().unwrap_or(&step.line), NOTHING, line)),
        }
    }
    expected.get(effects.len()).map(|missing| differs(missing, trace.text(missing), NOTHING))
}

/// Whether two effect lines say the same; how many blanks stand behind the verb does not matter.
fn same(expected: &str, found: &str) -> bool {
    expected == found || word(expected) == word(found)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.first_difference {
            None => write!(f, "{} events, {} effects, no difference", self.events, self.effects),
            Some(difference) => difference.fmt(f),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if self.event_line != self.line {
            write!(f, ", after the event in line {}", self.event_line)?;
        }
        let (expected, found, column) = excerpts(&self.expected, &self.found);
        write!(f, "\n  expected  {expected}\n  found     {found}\n            {:column$}^", "")
    }
}

/// Characters shown before and behind the first difference: enough to see where one is, and that on one screen.
const BEFORE: usize = 60;
const BEHIND: usize = 100;

/// Both texts around their first difference, and the column at which that is then.
fn excerpts(expected: &str, found: &str) -> (String, String, usize) {
    let common = expected.chars().zip(found.chars()).take_while(|(one, other)| one == other).count();
    let skipped = common.saturating_sub(BEFORE);
    let excerpt = |text: &str| {
        let mut shown = String::new();
        if skipped > 0 {
            shown.push('…');
        }
        let mut rest = text.chars().skip(skipped);
        shown.extend(rest.by_ref().take(common - skipped + BEHIND));
        let left = rest.count();
        if left > 0 {
            let _ = write!(shown, "… ({left} more characters)");
        }
        shown
    };
    (excerpt(expected), excerpt(found), common - skipped + usize::from(skipped > 0))
}

#[cfg(test)]
mod tests;
