//! The way out: a run written down while it happens.

use std::fmt::Write as _;
use std::io;

use super::write;
use crate::config::Config;
use crate::vocabulary::{Effect, Event, Millis};

/// Writes a trace, line by line. Buffers nothing beyond a call: give it a buffered writer, and [`Recorder::flush`] it.
///
/// What it writes holds people's words and every token of the run; whoever opens the file makes it readable by its owner
/// alone.
#[derive(Debug)]
pub struct Recorder<W> {
    out: W,
    /// When the last event happened.
    last: Millis,
    /// Used again for every line.
    line: String,
}

impl<W: io::Write> Recorder<W> {
    /// Begins a trace with a warning and the settings; secrets among them are hashed.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(out: W, config: &Config) -> io::Result<Self> {
        let mut recorder = Self { out, last: Millis::ZERO, line: String::new() };
        recorder.line.push_str(
            "# A run of Dragoman; `dragoman replay FILE` runs it again.\n\
             # PRIVATE: it holds what people wrote and every token of the run.\n\
             +0    >> ",
        );
        write::config(&mut recorder.line, config);
        recorder.end_line()?;
        Ok(recorder)
    }

    /// Writes an event, before it is handled.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn event(&mut self, now: Millis, event: &Event<'_>) -> io::Result<()> {
        let _ = write!(self.line, "+{:<4} >> ", (now - self.last).0);
        self.last = now;
        write::event(&mut self.line, event);
        self.end_line()
    }

    /// Writes the effects of the last event.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn effects(&mut self, effects: &[Effect]) -> io::Result<()> {
        for effect in effects {
            self.line.push_str("      << ");
            write::effect(&mut self.line, effect);
            self.end_line()?;
        }
        Ok(())
    }

    /// Flushes the writer.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    pub fn into_inner(self) -> W {
        self.out
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push('\n');
        let written = self.out.write_all(self.line.as_bytes());
        self.line.clear();
        written
    }
}
