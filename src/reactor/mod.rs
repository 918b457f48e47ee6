//! The shell: the only room with sockets, threads, files and a clock.
//!
//! It turns what the system says into events and effects into system calls, and decides nothing: everything that can be
//! got wrong about chats is in the core, where a test can reach it. It must not look into bytes, jobs or tokens.
//!
//! ```text
//!   wait ──▶ next_event ──▶ Engine::handle ──▶ stage      (until the turn is over)
//!    ▲                                           │
//!    └───────────────── commit ◀─────────────────┘
//! ```
//!
//! Below is the loop. Read on in `shell` (what is polled, and in which order it becomes events), `sockets` and `socket`
//! (reading, writing, back-pressure, closing), `services`, `keys`, `workers`, `pool`, `call`, `resolver` and `pipelines` (slow
//! calls), `keeper` and `store`
//! (what survives a restart). `clock`, `files`, `listener`, `signals`, `gauges`, `recording` and [`logging`] are each a page.
//!
//! The shell and the core count the same bytes: what was sent to a connection since the core was last told that all of
//! it has left. Above `Config::high_water_bytes` the core sends nothing it can put off, and the shell does not read. So
//! the appetite of a kernel never shows in what the core decides.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::Config;
use crate::engine::Engine;

mod ask;
mod call;
mod clock;
mod error;
mod files;
mod gauges;
mod installed;
mod interpret;
mod keeper;
mod keys;
mod listener;
pub mod logging;
mod outbox;
mod pipelines;
mod pool;
mod recording;
mod resolver;
mod services;
mod shell;
mod signals;
mod socket;
mod sockets;
mod store;
mod workers;

pub use ask::ask_to_forget;
pub use error::ServeError;
pub use files::contents;
pub use interpret::{Interpretation, Interpreted, interpret};
pub use keys::Keys;
use recording::Recording;
use shell::Shell;
use signals::Signals;
pub use store::error::StoreError;
pub use store::export::{ExportError, Wanted, export};
pub use store::forget::forget;
pub use store::through_tables;

/// Bytes read from a socket at a time; the one read buffer of the process. What a turn does not get to, the core holds: so
/// much for each of those who say too much.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// What was asked for on the command line, and what of the environment is for the shell alone.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where to write a trace of the run. The file must not exist.
    pub record: Option<PathBuf>,
    /// What proves to services that we may ask, of which the settings know the hashes.
    pub keys: Keys,
    /// The file of the glossary, to be read again at a SIGHUP.
    pub glossary: Option<PathBuf>,
}

/// Serves until SIGTERM or SIGINT, then lets people go and returns, after 30 s at most. A second signal ends the process
/// at once, with 128 + its number.
///
/// SIGHUP has the glossary read again and every translation engine looked at.
///
/// Says `listening url=http://…/` at level info once it accepts connections; with `PORT=0` that is where to learn the
/// port. Takes over these signals: call it once a process.
///
/// # Errors
/// The port is taken, the file for the trace exists, or the system is short of something.
pub fn serve(config: Config, options: Options) -> Result<(), ServeError> {
    let config = installed::on_this_machine(config)?;
    let signals = Signals::new().map_err(ServeError::system("watch for signals"))?;
    let mut shell = Shell::open(&config, &options.keys, Some(signals))?.with_glossary(options.glossary);
    let mut recording = match options.record {
        None => Recording::off(),
        Some(path) => {
            Recording::create(&path, &config).map_err(|source| ServeError::Record { path, source })?
        }
    };
    let max_text_bytes = config.max_text_bytes;
    let mut engine = Engine::new(config);
    let mut buffer = vec![0; READ_BUFFER_BYTES];
    let mut effects = Vec::new();
    // The first turn restores what was kept before: then it is told where it listens, or that it cannot begin.
    let mut address = Some(shell.address());

    while !shell.is_finished() {
        shell.wait(engine.next_deadline())?;
        let now = shell.now();
        while let Some(event) = shell.next_event(&mut buffer) {
            recording.event(now, &event);
            engine.handle(now, event, &mut effects);
            recording.effects(&effects);
            shell.stage(&mut effects);
        }
        if let Some(address) = address.take() {
            let missing = engine.unrestored_bytes();
            if missing > 0 {
                return Err(ServeError::Memory { given: max_text_bytes, missing });
            }
            log::info!(url:% = url(address); "listening");
        }
        // Before anything leaves: what a peer has seen is in the trace.
        recording.flush();
        shell.commit();
    }
    shell.close();
    log::info!("stopped");
    Ok(())
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}
