//! The file itself: created for its owner alone, locked against a second server, and watched while it is in use.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// A file of a store, held against every other server until it is dropped.
///
/// The lock is on a file beside it: whoever only reads, as `dragoman export` or the `sqlite3` shell, is not kept out.
#[derive(Debug)]
pub(super) struct Held {
    /// Where the store is, links followed.
    pub(super) path: PathBuf,
    _lock: File,
}

impl Held {
    /// Creates the file if there is none, and locks it.
    ///
    /// # Errors
    /// It cannot be created, or another server has it.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        create(path).map_err(|source| StoreError::File { path: path.into(), source })?;
        Self::lock(path)
    }

    /// Locks a file that exists.
    ///
    /// # Errors
    /// It is not there, or a server has it.
    pub(super) fn lock(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.into(), source };
        // One file under two names must have one lock.
        let path = path.canonicalize().map_err(failed)?;
        let lock = owners_alone().create(true).open(beside(&path, ".lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Taken { path }),
            Err(TryLockError::Error(source)) => Err(StoreError::File { path, source }),
        }
    }
}

fn owners_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

/// SQLite gives the files it puts beside a database the permissions of that, so it is enough to see to this one.
fn create(path: &Path) -> io::Result<()> {
    match owners_alone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => restrict(path),
        created => created.map(|_| ()),
    }
}

/// A file that was made by hand may be open to others.
fn restrict(path: &Path) -> io::Result<()> {
    let permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    log::warn!(path:% = path.display(); "others could read the store; now its owner alone can");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

/// The name of a file beside the database.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Which files are open, so that it shows when their names mean others. SQLite writes happily into deleted ones.
///
/// Asks about names only. To open and close a database a second time would drop the locks SQLite has on it.
#[derive(Debug)]
pub(super) struct Watch(Vec<(PathBuf, (u64, u64))>);

impl Watch {
    /// Remembers the files of a database that is open.
    ///
    /// # Errors
    /// They cannot be asked about.
    pub(super) fn begin(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.into(), source };
        let identified = |path: PathBuf| identity(&path).map(|identity| (path, identity));
        let database = identified(path.to_owned()).map_err(failed)?;
        let log = identified(beside(path, "-wal")).map_err(failed)?;
        Ok(Self(vec![database, log]))
    }

    /// Whether every name still means the file that is open.
    pub(super) fn is_whole(&self) -> bool {
        self.0.iter().all(|(path, before)| identity(path).is_ok_and(|now| now == *before))
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|about| (about.dev(), about.ino()))
}
