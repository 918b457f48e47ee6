//! The invariants of the design, by name. Whatever finds one broken says which.

use std::fmt;

/// Numbered as in the documentation of the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invariant {
    SameEventsSameEffects = 1,
    CutsChangeNothing = 2,
    EverythingIsBounded = 3,
    NothingAcknowledgedIsLost = 4,
    StaleNamesTouchNothing = 5,
    MembersOnly = 6,
    /// What the issue of languages adds: nobody is shown a text in a language that is neither theirs nor marked.
    OwnLanguageOrMarked = 7,
    /// The protocol is spoken as it is written down.
    ProtocolIsKept = 8,
}

impl Invariant {
    /// Ends the run.
    pub(crate) fn broken(self, what: impl fmt::Display) -> ! {
        panic!("invariant {} ({self:?}) is broken: {what}", self as u8)
    }

    /// Ends the run unless it holds.
    pub(crate) fn holds(self, whether: bool, what: impl FnOnce() -> String) {
        if !whether {
            self.broken(what());
        }
    }
}
