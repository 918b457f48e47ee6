//! SIGTERM and SIGINT: the first asks for an end, a second of either brings it about. SIGHUP asks to look again at what may
//! have changed. SIGXFSZ is kept from ending anything.
//!
//! The first to ask for an end is read in the loop, like everything else. The second ends the process from within the handler, with
//! 128 + its number as exit code: a loop that hangs must not be able to swallow it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mio::{Interest, Registry, Token};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook_mio::v1_0::Signals as Source;

/// The signals that the server heeds.
pub(super) struct Signals(Source);

/// What they ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    /// An end; the name of the signal.
    pub(super) end: Option<&'static str>,
    pub(super) reload: bool,
}

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
        Ok(Self(Source::new([SIGTERM, SIGINT, SIGHUP])?))
    }

    /// Adds them to the poll.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.0, token, Interest::READABLE)
    }

    /// What was asked for since this was last asked.
    pub(super) fn came(&mut self) -> Came {
        let mut came = Came::default();
        for signal in self.0.pending() {
            match signal {
                SIGHUP => came.reload = true,
                SIGINT => came.end = Some("SIGINT"),
                _ => came.end = Some("SIGTERM"),
            }
        }
        came
    }
}
