//! One text on its way into one language, and each attempt of an engine at it: what has been asked, and what is left to ask.

use std::sync::Arc;

use super::check::Rejection;
use super::engine::EngineId;
use super::glossary::Terms;
use super::prompt::{self, Ask, Mode, Question};
use super::{Group, Line, Ticket, cache};
use crate::vocabulary::{JobId, Language, Millis};

/// One text on its way into one language.
pub(super) struct Flight {
    pub(super) key: cache::Key,
    /// Who waits, and in which line they would.
    pub(super) waiters: Vec<(Ticket, Line)>,
    /// Where it stands: where who asked first does.
    pub(super) line: Line,
    pub(super) group: Group,
    /// A long text goes in parts, one call each.
    parts: Vec<Arc<str>>,
    /// The glossary as it was when this was asked for.
    terms: Option<Arc<Terms>>,
    /// Of engines that are asked at this moment, one each. There is always one, between two events.
    pub(super) attempts: Vec<Attempt>,
    /// Engines that have been asked, those of the attempts included.
    pub(super) tried: Vec<EngineId>,
    /// Whether one that has failed is worth asking again when it is well.
    pub(super) again: bool,
    /// The check that the last answer did not pass.
    pub(super) check: Option<Rejection>,
    /// Who asked first gets the original then.
    pub(super) deadline: Millis,
    /// When one more engine is asked as well; the number keeps those of one instant apart.
    pub(super) next_engine_at: Option<(Millis, u64)>,
}

/// What one engine has been asked of a text, and has said.
pub(super) struct Attempt {
    pub(super) engine: EngineId,
    /// Ways of asking that are left; the first is the one of now.
    modes: &'static [Mode],
    pub(super) busy_answers: u32,
    pub(super) broken_answers: u32,
    translated: Vec<String>,
    /// What may be believed of the next part, though a term of the glossary is missing.
    held: Option<(String, Option<Language>)>,
    pub(super) detected: Option<Language>,
    pub(super) job: Option<JobId>,
}

impl Flight {
    /// Everything is still to be asked.
    pub(super) fn new(
        key: cache::Key,
        terms: Option<Arc<Terms>>,
        (ticket, line): (Ticket, Line),
        deadline: Millis,
    ) -> Self {
        let parts = match prompt::split(&key.text).as_slice() {
            [_] => vec![Arc::clone(&key.text)],
            pieces => pieces.iter().copied().map(Arc::from).collect(),
        };
        Self {
            key,
            waiters: vec![(ticket, line)],
            line,
            group: ticket.group,
            parts,
            terms,
            attempts: Vec::with_capacity(1),
            tried: Vec::with_capacity(1),
            again: false,
            check: None,
            deadline,
            next_engine_at: None,
        }
    }

    /// An engine is asked, which has not been before.
    pub(super) fn begin(&mut self, engine: EngineId, modes: &'static [Mode]) {
        let mut attempt = Attempt {
            engine,
            modes,
            busy_answers: 0,
            broken_answers: 0,
            translated: Vec::new(),
            held: None,
            detected: None,
            job: None,
        };
        attempt.skip_settled(&self.parts, |part| self.settled(part));
        self.attempts.push(attempt);
        self.tried.push(engine);
    }

    /// The attempt of an engine at it.
    pub(super) fn attempt(&mut self, engine: EngineId) -> Option<&mut Attempt> {
        self.attempts.iter_mut().find(|attempt| attempt.engine == engine)
    }

    /// What that engine is to be asked next: the first part that is not translated.
    pub(super) fn ask(&self, engine: EngineId) -> Option<Question> {
        let attempt = self.attempts.iter().find(|attempt| attempt.engine == engine)?;
        let text = Arc::clone(self.parts.get(attempt.translated.len())?);
        let ask = Ask { text, from: self.key.from, to: self.key.to, mode: *attempt.modes.first()? };
        Some(Question { ask, terms: self.terms.clone() })
    }

    /// What a part is if no engine is needed for it.
    fn settled(&self, part: &str) -> Option<String> {
        prompt::settled(part, self.terms.as_deref(), self.key.from, self.key.to)
    }

    /// An engine has nothing more to say: the whole text, if what is held of the last part completes it.
    pub(super) fn complete_with_held(&mut self, engine: EngineId) -> Option<(Arc<str>, Option<Language>)> {
        let (text, detected) = self.attempt(engine)?.held.take()?;
        self.part_done(engine, text, detected)
    }

    /// An engine has translated a part. The whole text, if that was the last.
    pub(super) fn part_done(
        &mut self,
        engine: EngineId,
        text: String,
        detected: Option<Language>,
    ) -> Option<(Arc<str>, Option<Language>)> {
        let Self { attempts, parts, terms, key, .. } = self;
        let attempt = attempts.iter_mut().find(|attempt| attempt.engine == engine)?;
        attempt.detected = attempt.detected.or(detected);
        attempt.held = None;
        attempt.translated.push(text);
        let is_whole =
            !attempt.skip_settled(parts, |part| prompt::settled(part, terms.as_deref(), key.from, key.to));
        is_whole.then(|| (Arc::from(attempt.translated.concat()), attempt.detected))
    }
}

impl Attempt {
    /// Takes over parts that need no engine. Whether any part is left to ask for.
    fn skip_settled(&mut self, parts: &[Arc<str>], settled: impl Fn(&str) -> Option<String>) -> bool {
        while let Some(part) = parts.get(self.translated.len()) {
            match settled(part) {
                Some(text) => self.translated.push(text),
                None => return true,
            }
        }
        false
    }

    /// This may be believed, but a term is missing: it is held if there is another way of asking, which is taken next.
    pub(super) fn hold(&mut self, text: &str, detected: Option<Language>) -> bool {
        let is_held = self.held.is_none() && self.ask_otherwise();
        if is_held {
            self.held = Some((text.to_owned(), detected));
        }
        is_held
    }

    /// What is held of the next part.
    pub(super) fn take_held(&mut self) -> Option<(String, Option<Language>)> {
        self.held.take()
    }

    /// The same question would get the same answer: whether there is another way of asking, which is taken next.
    pub(super) fn ask_otherwise(&mut self) -> bool {
        match self.modes {
            [_, rest @ ..] if !rest.is_empty() => {
                self.modes = rest;
                true
            }
            // Kept for the parts that are left.
            _ => false,
        }
    }
}
