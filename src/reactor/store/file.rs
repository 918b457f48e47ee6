//! The file itself: created for its owner alone, locked against a second server, and watched while it is in use.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use crate::vocabulary::Millis;

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

/// How long a file that was moved away by its name may go on being written to.
const LOOK_PAUSE: Millis = Millis(1000);

/// The files that are open, so that it shows when their names mean others. SQLite writes happily into deleted ones.
///
/// To ask a file how many names it has is cheap, and done every time: one that was deleted or replaced has lost one. What
/// its name means is looked up when that number has changed, and once a second besides: a file that was only moved has
/// as many names as before, and loses nothing meanwhile.
#[derive(Debug)]
pub(super) struct Watch {
    files: [Watched; 2],
    next_look: Millis,
}

#[derive(Debug)]
struct Watched {
    path: PathBuf,
    /// To be closed after the database: the first of its descriptors that is closed takes SQLite's locks with it.
    file: File,
    /// Names it had when it was last looked for.
    links: u64,
}

impl Watch {
    /// Takes hold of the files of a database that is open.
    ///
    /// # Errors
    /// They cannot be asked about.
    pub(super) fn begin(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.into(), source };
        let database = Watched::open(path.to_owned()).map_err(failed)?;
        let log = Watched::open(beside(path, "-wal")).map_err(failed)?;
        Ok(Self { files: [database, log], next_look: Millis::ZERO })
    }

    /// Whether every name still means the file that is open.
    pub(super) fn is_whole(&mut self, now: Millis) -> bool {
        if now < self.next_look && self.files.iter().all(Watched::has_its_names) {
            return true;
        }
        let is_whole = self.files.iter_mut().all(Watched::is_found);
        // After a look in vain every attempt looks again.
        self.next_look = if is_whole { now + LOOK_PAUSE } else { Millis::ZERO };
        is_whole
    }
}

impl Watched {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = File::open(&path)?;
        let links = file.metadata()?.nlink();
        Ok(Self { path, file, links })
    }

    fn has_its_names(&self) -> bool {
        self.file.metadata().is_ok_and(|about| about.nlink() == self.links)
    }

    /// Looks its name up.
    fn is_found(&mut self) -> bool {
        let (Ok(open), Ok(named)) = (self.file.metadata(), fs::metadata(&self.path)) else { return false };
        let is_the_same = (open.dev(), open.ino()) == (named.dev(), named.ino());
        if is_the_same {
            self.links = open.nlink();
        }
        is_the_same
    }
}
