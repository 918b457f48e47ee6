//! Why a store cannot be used, as a sentence that says what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a store could not be opened, read or changed.
#[derive(Debug)]
pub enum StoreError {
    /// The file cannot be created, or not be asked about.
    File {
        path: PathBuf,
        source: io::Error,
    },
    Taken {
        path: PathBuf,
    },
    /// A server has it, and it was to be changed behind that one's back.
    Busy {
        path: PathBuf,
    },
    /// What was deleted cannot be overwritten while another program reads.
    Watched {
        path: PathBuf,
    },
    /// A database, but not ours.
    Foreign {
        path: PathBuf,
    },
    /// Written by a later version of this program.
    Newer {
        path: PathBuf,
        /// The version of its schema.
        version: i64,
        /// The newest one we know.
        known: usize,
    },
    /// What `STORE` names is not the file that is open.
    Replaced {
        path: PathBuf,
    },
    /// Nothing is there under this name or token.
    NotFound {
        /// What was looked for, in words.
        what: String,
    },
    /// SQLite refused.
    Database {
        path: PathBuf,
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// SQLite refused something about this file.
    pub(super) fn database(path: &Path, source: rusqlite::Error) -> Self {
        Self::Database { path: path.into(), source }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, source } => {
                write!(
                    f,
                    "cannot use {} as the store: {source}; set STORE to a file you may write",
                    path.display()
                )
            }
            Self::Taken { path } => write!(
                f,
                "{} is in use by another running Dragoman; stop that one, or set STORE to another file",
                path.display()
            ),
            Self::Busy { path } => write!(
                f,
                "{} is in use by a running Dragoman; set AGENT_KEY (and HOST and PORT) as it has them to have it do this, \
                 or stop it for a moment",
                path.display()
            ),
            Self::Watched { path } => write!(
                f,
                "deleted, but traces are left in {}-wal while another program reads it; end that program, which \
                 removes them, or start and stop the server",
                path.display()
            ),
            Self::Foreign { path } => {
                write!(f, "{} is a database of another program; set STORE to another file", path.display())
            }
            Self::Newer { path, version, known } => write!(
                f,
                "{} was written by a newer Dragoman (schema {version}, this one knows up to {known}); run that \
                 version, or set STORE to another file",
                path.display()
            ),
            Self::Replaced { path } => write!(
                f,
                "{} was deleted or replaced while it was in use; put the original file back, or restart the server \
                 to go on with what is there now",
                path.display()
            ),
            Self::NotFound { what } => f.write_str(what),
            Self::Database { path, source } => write_database(f, path, source),
        }
    }
}

fn write_database(f: &mut fmt::Formatter<'_>, path: &Path, source: &rusqlite::Error) -> fmt::Result {
    let path = path.display();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            write!(f, "{path} is not a database; set STORE to another file, or move this one away")
        }
        Some(ErrorCode::DatabaseCorrupt) => write!(
            f,
            "{path} is damaged ({source}); restore it from a backup, or try `sqlite3 {path} .recover`"
        ),
        Some(ErrorCode::DiskFull) => write!(f, "the disk of {path} is full; make room on it"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            write!(
                f,
                "{path} cannot be written ({source}); it and its directory must belong to the server's user"
            )
        }
        Some(ErrorCode::CannotOpen) => {
            write!(f, "{path} cannot be opened ({source}); is it there, and yours to read?")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            write!(f, "{path} is locked by another program; end what writes to it")
        }
        // The system does not say to SQLite which of the two it is.
        Some(ErrorCode::SystemIoFailure) => {
            write!(f, "{path} cannot be written ({source}); its disk fails, or it may not grow (`ulimit -f`)")
        }
        _ => write!(f, "{path} cannot be used: {source}"),
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            Self::Database { source, .. } => Some(source),
            _ => None,
        }
    }
}
