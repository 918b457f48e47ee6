//! The records that must survive a restart, in one SQLite file that a person can query with the `sqlite3` shell.
//!
//! Every turn of the loop is one transaction. `normal` leaves it with the operating system, which is as good as any
//! disk when only this process dies; `full` waits for the disk. What is in the file is in clear, except for tokens, of
//! which only hashes are kept; it is readable by its owner alone.
//!
//! | file | says |
//! |---|---|
//! | `schema` | the tables and views, their versions and the steps between them |
//! | `write` | a record as a change of the tables |
//! | `types` | what stands in a column |
//! | `load` | the tables as records, in the order in which they were made |
//! | `forget` | deleting for good: what is too old, or what somebody wants gone |
//! | `export` | transcripts as JSON Lines, beside a running server |
//! | `checkpoint` | the thread that waits for the disk in place of the loop |
//! | `file` | permissions, the lock against a second server, the watch over the name |
//!
//! Nothing here knows sockets or the loop; [`super::keeper`] decides when to store, and what to do when that fails.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::config::{Config, StoreSync};
use crate::vocabulary::{Millis, Record};

mod checkpoint;
pub(super) mod error;
pub(super) mod export;
mod file;
pub(super) mod forget;
mod load;
mod schema;
mod types;
mod write;

use checkpoint::Checkpoints;
use error::StoreError;
use file::{Held, Watch};

/// How long a writer from outside, such as a `sqlite3` shell, is waited for: the whole server stands still meanwhile.
const BUSY_WAIT: Duration = Duration::from_millis(50);
/// Bytes the write-ahead log is cut down to when it has grown.
const LOG_BYTES: i64 = 16 * 1024 * 1024;
/// Pages of the log at which the loop empties it after all: the thread that should do it does not keep up.
const LOG_PAGES_MAX: i64 = 16 * 1024;
/// Memory for pages of the file, in KiB; negative is how SQLite knows that it is not a count.
const CACHE_KIB: i64 = -8 * 1024;
/// Bytes of a page of a file we create. A turn with one message writes one page to the log, whatever it changes of it, so
/// half of SQLite's usual size costs half as much; with another half less, long texts would be spread over several.
const PAGE_BYTES: i64 = 2048;
/// Statements kept ready: one for each kind of record, and those of a transaction.
const STATEMENTS: usize = 32;

/// What `STORE` is set to if nothing is to be kept.
const NOTHING: &str = ":memory:";

/// An open store; no other server has it.
#[derive(Debug)]
pub(super) struct Store {
    // In this order they are closed, see `Watch`.
    connection: Connection,
    checkpoints: Checkpoints,
    watch: Watch,
    /// How many of the records that are tried again are kept already.
    kept: usize,
    /// The place of the next record in the order of all.
    next_place: i64,
    /// Whether the write-ahead log may hold what was deleted for its age, now or before a crash.
    log_holds_deleted: bool,
    /// When the last happened that was kept at the start, in milliseconds of Unix time.
    pub(super) newest: Option<u64>,
    /// Last, so that the file is closed before another server may have it.
    held: Held,
}

impl Store {
    /// Opens the file, creating it if need be, and gives the records in it that are still alive, in the order in which they
    /// were made. No store at all if the config wants none.
    ///
    /// Rooms that were closed before `tombstones_since` are not told; of younger ones all but what was said. Their customers'
    /// tokens end if the clock `is_believed` beside the newest thing that is kept.
    ///
    /// # Errors
    /// Another server has the file; it is none of ours, newer than this program, damaged, or cannot be written.
    pub(super) fn open(
        config: &Config,
        tombstones_since: u64,
        is_believed: impl Fn(Option<u64>) -> bool,
    ) -> Result<Option<(Self, Vec<Record>)>, StoreError> {
        if config.store == NOTHING {
            return Ok(None);
        }
        let held = Held::take(Path::new(&config.store))?;
        let mut connection = open_for_writing(&held.path, config.store_sync)?;
        let failed = |error| StoreError::database(&held.path, error);
        let newest = load::newest(&connection).map_err(failed)?;
        if is_believed(newest) {
            forget::end_forgotten(&mut connection, tombstones_since).map_err(failed)?;
        }
        let checkpoints = Checkpoints::start(&held.path, synchronous(config.store_sync))?;
        connection
            .pragma_update(None, "wal_autocheckpoint", LOG_PAGES_MAX)
            .map_err(|error| StoreError::database(&held.path, error))?;
        let (records, next_place) = load::alive(&connection, tombstones_since)
            .map_err(|error| StoreError::database(&held.path, error))?;
        let watch = Watch::begin(&held.path)?;
        let store = Self {
            connection,
            checkpoints,
            watch,
            kept: 0,
            next_place,
            log_holds_deleted: true,
            newest,
            held,
        };
        Ok(Some((store, records)))
    }

    /// Keeps these records.
    ///
    /// # Errors
    /// Not all are kept. The same records must be tried again, others perhaps behind them.
    pub(super) fn commit(&mut self, now: Millis, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        self.check_place(now)?;
        while let Some(rest) = records.get(self.kept..).filter(|rest| !rest.is_empty()) {
            let written = write_some(&mut self.connection, rest, &mut self.next_place);
            if written.is_err() {
                // On a full disk an emptied log is room to write in.
                self.checkpoints.ask();
            }
            let count = written.map_err(|error| StoreError::database(&self.held.path, error))?;
            self.kept += count;
            self.checkpoints.note(count);
        }
        self.kept = 0;
        Ok(())
    }

    /// Whether the name of the store still means the file that is open.
    fn check_place(&mut self, now: Millis) -> Result<(), StoreError> {
        if self.watch.is_whole(now) {
            return Ok(());
        }
        Err(StoreError::Replaced { path: self.held.path.clone() })
    }

    /// Deletes some of what was closed before this moment; when there is no more, what was deleted leaves the log as well.
    ///
    /// # Errors
    /// Nothing was deleted, or the log is as it was.
    pub(super) fn delete_old(&mut self, now: Millis, closed_before: u64) -> Result<Left, StoreError> {
        self.check_place(now)?;
        let failed = |error| StoreError::database(&self.held.path, error);
        if forget::delete_old(&mut self.connection, closed_before).map_err(failed)? {
            self.log_holds_deleted = true;
            // Most of it moves on the other thread.
            self.checkpoints.ask();
            return Ok(Left::Chats);
        }
        if self.log_holds_deleted {
            self.log_holds_deleted = !forget::empty_log(&self.connection).map_err(failed)?;
        }
        Ok(if self.log_holds_deleted { Left::Log } else { Left::Nothing })
    }
}

#[cfg(test)]
impl Store {
    /// Chats in the file.
    pub(super) fn chats(&self) -> usize {
        let count = self.connection.query_row("SELECT count(*) FROM rooms", [], |row| row.get(0));
        count.map_or(0, |count: i64| usize::try_from(count).unwrap_or(0))
    }
}

/// What may still be there of what was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// More chats.
    Chats,
    /// What is deleted stands in the write-ahead log, which somebody reads.
    Log,
    Nothing,
}

/// What a store gives back of these records, in memory: for tests of what is restored.
///
/// # Errors
/// Those of SQLite.
pub fn through_tables(
    records: &[Record],
    tombstones_since: u64,
) -> Result<Vec<Record>, Box<dyn std::error::Error>> {
    let mut connection = Connection::open_in_memory()?;
    schema::migrate(&mut connection, Path::new(NOTHING))?;
    let (mut rest, mut place) = (records, 1);
    while !rest.is_empty() {
        let count = write_some(&mut connection, rest, &mut place)?;
        rest = &rest[count..];
    }
    forget::end_forgotten(&mut connection, tombstones_since)?;
    Ok(load::alive(&connection, tombstones_since)?.0)
}

/// Writes the first of these records: one transaction up to the next that deletes for good, or that one alone, for the file
/// cannot be written anew inside of a transaction. How many that were.
fn write_some(
    connection: &mut Connection,
    records: &[Record],
    next_place: &mut i64,
) -> rusqlite::Result<usize> {
    let count = records.iter().position(is_erasure).unwrap_or(records.len());
    if count == 0 {
        forget::erase(connection, &records[0])?;
        return Ok(1);
    }
    write::transaction(connection, &records[..count], *next_place)?;
    *next_place += i64::try_from(count).unwrap_or(0);
    Ok(count)
}

fn is_erasure(record: &Record) -> bool {
    matches!(record, Record::ChatErased { .. } | Record::CustomerErased { .. })
}

fn open_for_writing(path: &Path, sync: StoreSync) -> Result<Connection, StoreError> {
    let failed = |error| StoreError::database(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    // Asked before anything is changed: a file of another program stays as it is.
    schema::version(&connection, path)?;
    prepare(&connection, sync).map_err(failed)?;
    schema::migrate(&mut connection, path)?;
    // Tells at the start, not at the first message, whether anything can be written; and creates the log.
    connection.execute_batch("BEGIN IMMEDIATE; PRAGMA user_version; COMMIT").map_err(failed)?;
    Ok(connection)
}

fn prepare(connection: &Connection, sync: StoreSync) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Says nothing to a file that has its pages already.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", synchronous(sync))?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    // Else sorting and the like would leave people's words in a directory that is not ours.
    connection.pragma_update(None, "temp_store", "memory")
}

fn synchronous(sync: StoreSync) -> &'static str {
    match sync {
        StoreSync::Normal => "normal",
        StoreSync::Full => "full",
    }
}

#[cfg(test)]
mod tests;
