//! The trace of this run, if one was asked for: opens the file, and stops rather than write a trace with a hole.
//!
//! What a trace looks like is the business of [`crate::trace`]; this is only the file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::config::Config;
use crate::trace::Recorder;
use crate::vocabulary::{Effect, Event, Millis};

/// Writes every event and effect to a file, or nothing at all.
pub(super) struct Recording(Option<Recorder<BufWriter<File>>>);

impl Recording {
    pub(super) fn off() -> Self {
        Self(None)
    }

    /// Creates the file, readable by its owner alone: it will hold people's words, and every token.
    ///
    /// # Errors
    /// The file exists already, or cannot be created.
    pub(super) fn create(path: &Path, config: &Config) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let recorder = Recorder::new(BufWriter::new(file), config)?;
        log::warn!(
            path:% = path.display();
            "recording all that people write, and every token, to a file: keep it to yourself"
        );
        Ok(Self(Some(recorder)))
    }

    /// Notes an event, before it is handled: a trace of a crash ends with its cause.
    pub(super) fn event(&mut self, now: Millis, event: &Event<'_>) {
        self.attempt(|recorder| recorder.event(now, event));
    }

    /// Notes what came of it.
    pub(super) fn effects(&mut self, effects: &[Effect]) {
        self.attempt(|recorder| recorder.effects(effects));
    }

    /// Hands what was noted to the system, so that a crash loses nothing.
    pub(super) fn flush(&mut self) {
        self.attempt(Recorder::flush);
    }

    /// A full disk ends the recording and not the chats.
    fn attempt(&mut self, note: impl FnOnce(&mut Recorder<BufWriter<File>>) -> io::Result<()>) {
        let Some(recorder) = &mut self.0 else { return };
        if let Err(error) = note(recorder) {
            log::error!(error:%; "recording has ended: the file could not be written");
            self.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_trace_is_its_owners_alone_and_never_overwritten() {
        let path = std::env::temp_dir().join(format!("dragoman-recording-{}.trace", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let mut recording = Recording::create(&path, &Config::defaults()).unwrap();
        recording.event(Millis(0), &Event::Tick);
        recording.flush();
        let about = std::fs::metadata(&path).unwrap();
        let again = Recording::create(&path, &Config::defaults());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
        assert!(about.len() > 0);
        assert_eq!(again.err().map(|error| error.kind()), Some(io::ErrorKind::AlreadyExists));
    }
}
