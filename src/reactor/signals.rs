//! SIGTERM and SIGINT: the first asks for an end, a second of either brings it about. SIGXFSZ is kept from ending anything.
//!
//! The first is read in the loop, like everything else. The second ends the process from within the handler, with
//! 128 + its number as exit code: a loop that hangs must not be able to swallow it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mio::{Interest, Registry, Token};
use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook_mio::v1_0::Signals as Source;

/// The signals that end the server.
pub(super) struct Signals(Source);

impl Signals {
    /// Takes the signals over from their default action. Once a process.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn new() -> io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            // In this order: the first signal finds the flag down and raises it.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked))?;
            flag::register(signal, Arc::clone(&asked))?;
        }
        // A file that may not grow is a full disk, and no reason to die: the write that was too much fails instead.
        flag::register(SIGXFSZ, Arc::default())?;
        Ok(Self(Source::new([SIGTERM, SIGINT])?))
    }

    /// Adds them to the poll.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.0, token, Interest::READABLE)
    }

    /// The name of a signal that came since this was last asked.
    pub(super) fn came(&mut self) -> Option<&'static str> {
        self.0.pending().last().map(|signal| if signal == SIGINT { "SIGINT" } else { "SIGTERM" })
    }
}
