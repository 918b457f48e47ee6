//! In place of the store, in a build without one: chats live in memory, and whoever wants them kept is told to have
//! another build. Says no more than it must: the words are those of the store.

use std::convert::Infallible;

use crate::config::Config;
use crate::vocabulary::{Millis, Record};

use error::StoreError;

/// What nobody can have.
#[derive(Debug)]
pub(super) struct Store(Infallible);

impl Store {
    /// No store, if the config wants none.
    ///
    /// # Errors
    /// The config wants one.
    pub(super) fn open(config: &Config, _: u64) -> Result<Option<(Self, Vec<Record>)>, StoreError> {
        if config.store == ":memory:" { Ok(None) } else { Err(StoreError::Absent) }
    }

    pub(super) fn commit(&mut self, _: Millis, _: &[Record]) -> Result<(), StoreError> {
        match self.0 {}
    }

    pub(super) fn delete_old(&mut self, _: Millis, _: u64) -> Result<bool, StoreError> {
        match self.0 {}
    }
}

pub(super) mod error {
    //! Why there is no store.

    use std::fmt;
    use std::path::PathBuf;

    /// Why a store cannot be used.
    #[derive(Debug)]
    pub enum StoreError {
        /// This program was built without one.
        Absent,
        /// A server has it, which it never has here.
        Busy {
            /// Which.
            path: PathBuf,
        },
    }

    impl fmt::Display for StoreError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(
                "this program was built without a store: set STORE=:memory: to keep nothing, or build it with its \
                 default features",
            )
        }
    }

    impl std::error::Error for StoreError {}
}

pub(super) mod export {
    //! No transcripts.

    use std::io::{self, Write};
    use std::path::Path;

    use super::error::StoreError;

    /// Which chats to write.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Wanted {
        /// One, by its id.
        Room(String),
        /// All since a moment.
        Since(String),
    }

    /// Why there is no transcript.
    #[derive(Debug)]
    pub enum ExportError {
        /// There is no store.
        Store(StoreError),
        /// What was asked for makes no sense, which is not looked at here.
        Misused(String),
        /// The reader has gone.
        Output(io::Error),
    }

    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub fn export(_: &Path, _: &Wanted, _: &mut dyn Write) -> Result<usize, ExportError> {
        Err(ExportError::Store(StoreError::Absent))
    }
}

pub(super) mod forget {
    //! Nothing to forget.

    use std::path::Path;

    use super::error::StoreError;

    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub fn forget(_: &Path, _: &str) -> Result<usize, StoreError> {
        Err(StoreError::Absent)
    }
}
