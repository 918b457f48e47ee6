//! What a message reads like in another language, and the states that goes through.
//!
//! ```text
//!             somebody wants it          its job ends
//!   (nothing) ────────────────▶ Pending ──────────────▶ Done · Same · Failed
//!                               ▲ ▲ ▲ │                  │           │
//!            deadline: overdue, │ │ │ └──── still so     │           │
//!            readers go on      └─┘ └────────────────────┼───────────┘ tried again: by the service, silently, or for a
//!                                 ▲                      ▼             person, who is told
//!              somebody wants it  └─────────────────── Dropped  for want of memory: done, its text gone
//!
//!   Written, from anywhere and for good: by the hand of whoever wrote the message
//! ```
//!
//! A revision is the place of the last change that readers see among all changes of the room; 0 before the first one. A
//! deadline and the service's own second try are no such change.

use std::sync::Arc;

use crate::vocabulary::{Ended, Language};

/// One message in one other language.
#[derive(Debug)]
pub(super) struct Translation {
    pub(super) to: Language,
    pub(super) state: State,
    /// The deadline has passed: readers get the original, a translation that comes later is an update.
    pub(super) overdue: bool,
    /// It had failed, and readers know: failing once more is no change.
    pub(super) tried_again: bool,
    pub(super) revision: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Ended(Ended),
    Dropped,
}

impl Translation {
    pub(super) fn pending(to: Language) -> Self {
        Self { to, state: State::Pending, overdue: false, tried_again: false, revision: 0 }
    }

    pub(super) fn ended(to: Language, ended: Ended) -> Self {
        Self { state: State::Ended(ended), ..Self::pending(to) }
    }

    pub(super) fn is_pending(&self) -> bool {
        self.state == State::Pending
    }

    /// Whether readers have not heard yet what became of it.
    pub(super) fn is_open(&self) -> bool {
        self.is_pending() && !self.tried_again
    }

    pub(super) fn is_written(&self) -> bool {
        matches!(self.state, State::Ended(Ended::Written(_)))
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Ended(Ended::Done { .. }))
    }

    pub(super) fn text(&self) -> Option<&Arc<str>> {
        match &self.state {
            State::Ended(Ended::Done { text, .. } | Ended::Written(text)) => Some(text),
            State::Ended(Ended::Same | Ended::Failed { .. }) | State::Pending | State::Dropped => None,
        }
    }

    /// What became of it for good, in words.
    pub(super) fn ending(&self) -> Option<String> {
        let to = self.to;
        match &self.state {
            State::Ended(Ended::Written(text)) => Some(format!("{to}:{text:?}")),
            State::Ended(Ended::Done { .. }) | State::Dropped => Some(format!("{to}:done")),
            State::Ended(Ended::Same) => Some(format!("{to}:same")),
            State::Ended(Ended::Failed { .. }) | State::Pending => None,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.text().map_or(0, |text| text.len())
    }

    /// Is wanted once more. It leaves its place among the changes.
    pub(super) fn ask_again(&mut self) {
        (self.state, self.tried_again, self.revision) = (State::Pending, false, 0);
    }
}
