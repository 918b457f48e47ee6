//! Moves what is in the write-ahead log into the database, on a thread of its own.
//!
//! SQLite would do it now and then at the end of a transaction, and wait for the disk twice: tens of milliseconds in
//! which nobody is served. A second connection can do it while the first one goes on writing.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;

/// Records after which it is time. About as many pages of the log.
const RECORDS: usize = 4000;
/// The thread's stack, in bytes.
const STACK_BYTES: usize = 256 * 1024;

/// The thread, seen from the loop.
#[derive(Debug)]
pub(super) struct Checkpoints {
    records: usize,
    /// Room for one request: several are one.
    asks: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread for a database that is open.
    ///
    /// # Errors
    /// It cannot be opened a second time, or there are no more threads.
    pub(super) fn start(path: &Path, synchronous: &str) -> Result<Self, StoreError> {
        let connection = connect(path, synchronous).map_err(|error| StoreError::database(path, error))?;
        let (asks, asked) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("dragoman-store".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || run(&connection, &asked))
            .map_err(|source| StoreError::File { path: path.into(), source })?;
        Ok(Self { records: 0, asks: Some(asks), thread: Some(thread) })
    }

    /// Notes that so many records have been written, and has them moved when there are enough.
    pub(super) fn note(&mut self, records: usize) {
        self.records += records;
        if self.records >= RECORDS {
            self.ask();
        }
    }

    /// Has what there is moved.
    pub(super) fn ask(&mut self) {
        self.records = 0;
        // Asked already and not begun yet: that will do.
        let _ = self.asks.as_ref().map(|asks| asks.try_send(()));
    }
}

impl Drop for Checkpoints {
    /// Waits for the thread: another server may have the file only when nobody writes to it.
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn connect(path: &Path, synchronous: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    Ok(connection)
}

fn run(connection: &Connection, asked: &Receiver<()>) {
    let mut has_failed = false;
    while asked.recv().is_ok() {
        // Not the other kinds, which would make the loop wait.
        let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        // Nothing is lost by that: it stays in the log, and the next attempt moves it.
        if let Err(error) = &moved
            && !has_failed
        {
            log::warn!(error:%; "the write-ahead log of the store could not be emptied");
        }
        has_failed = moved.is_err();
    }
}
