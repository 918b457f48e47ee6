//! One text on its way into one language: what has been asked of it, and what is left to ask.

use std::sync::Arc;

use super::ollama::Ask;
use super::prompt::{self, Mode};
use super::{Group, Line, Ticket, cache};
use crate::vocabulary::{JobId, Language};

/// One text on its way into one language.
pub(super) struct Flight {
    pub(super) key: cache::Key,
    /// Who waits, and in which line they would.
    pub(super) waiters: Vec<(Ticket, Line)>,
    /// Where it stands: where who asked first does.
    pub(super) line: Line,
    pub(super) group: Group,
    pub(super) mode: Mode,
    /// The other way of asking has been tried already.
    pub(super) second_mode: bool,
    pub(super) busy_answers: u32,
    pub(super) broken_answers: u32,
    /// A long text goes in parts, one call each.
    pub(super) parts: Vec<Arc<str>>,
    pub(super) translated: Vec<String>,
    pub(super) detected: Option<Language>,
    pub(super) job: Option<JobId>,
}

impl Flight {
    /// Everything is still to be asked, but what has no words.
    pub(super) fn new(key: cache::Key, ticket: Ticket, line: Line, mode: Mode) -> Self {
        let parts = match prompt::split(&key.text).as_slice() {
            [_] => vec![Arc::clone(&key.text)],
            pieces => pieces.iter().copied().map(Arc::from).collect(),
        };
        let mut flight = Self {
            key,
            waiters: vec![(ticket, line)],
            line,
            group: ticket.group,
            mode,
            second_mode: false,
            busy_answers: 0,
            broken_answers: 0,
            parts,
            translated: Vec::new(),
            detected: None,
            job: None,
        };
        flight.skip_bare_parts();
        flight
    }

    /// Takes over parts that have nothing to translate. Whether any part is left to ask for.
    pub(super) fn skip_bare_parts(&mut self) -> bool {
        while let Some(part) = self.parts.get(self.translated.len()) {
            if prompt::has_words(part) {
                return true;
            }
            self.translated.push(part.to_string());
        }
        false
    }

    /// The call to make next: its first part that is not translated.
    pub(super) fn ask(&self) -> Option<Ask> {
        let text = Arc::clone(self.parts.get(self.translated.len())?);
        Some(Ask { text, from: self.key.from, to: self.key.to, mode: self.mode })
    }
}
