//! When records are stored, and what happens while they cannot be.
//!
//! Records of a turn are stored before anything of that turn leaves. When that fails the core is told, and from then on
//! refuses changes and tells nobody what is not stored; the records wait here, in order, and with them the output of their
//! turn and all jobs. They are tried again after 100 ms, then twice as long each time, up to 5 s.
//!
//! A server whose disk is full goes on talking to everybody it owes nothing. Of the one turn that failed, all output waits,
//! even an answer of `/health`: the shell does not know which of it speaks of what. Whoever asks again on another
//! connection is answered. Later turns hold back nothing: their records are such that nothing is said about them meanwhile.
//!
//! Also deletes chats that are older than `HISTORY_DAYS`, a few at a time, once an hour. A clock that is ahead makes everything
//! old, many are for a moment when a machine starts, and what was deleted does not come back: so nothing is deleted on the
//! first day, and more than the time since what was stored last never counts. `TRUST_CLOCK` is the word of who knows better.

use super::clock::unix_ms;
use super::store::error::StoreError;
use super::store::{Left, Store};
use crate::config::Config;
use crate::vocabulary::{Millis, Record};

/// Pause before the first repetition, and the longest one.
const PAUSE_MIN: Millis = Millis(100);
const PAUSE_MAX: Millis = Millis::from_secs(5);
/// Bytes of records that may wait. The core refuses changes meanwhile, so what comes is the end of what had begun.
const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What a record takes beside its texts.
const RECORD_BYTES: usize = size_of::<Record>();

/// Pause between two searches for old chats, and between two batches when there are some.
const CLEANING_PAUSE: Millis = Millis::from_secs(3600);
const BATCH_PAUSE: Millis = Millis(100);
const LOG_PAUSE: Millis = Millis::from_secs(60);
const DAY_MS: u64 = 24 * 3_600_000;

/// What became of the records of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// They are stored, if there were any.
    Now,
    /// They are stored, and so is all that had to wait.
    Again,
    /// They wait from now on, for the first time: so must all that was said of them.
    Down,
    /// They wait with others, if there were any.
    Waiting,
}

/// The store, and what waits for it.
#[derive(Debug)]
pub(super) struct Keeper {
    /// None if nothing is to be kept.
    store: Option<Store>,
    /// Records that are not stored yet, oldest first.
    records: Vec<Record>,
    /// Bytes of them.
    waiting_bytes: usize,
    down: Option<Down>,
    /// How long closed chats are kept.
    history_ms: u64,
    /// The wall clock is right, says who runs the server.
    trusts_clock: bool,
    clean_at: Millis,
}

/// The last attempt failed.
#[derive(Debug)]
struct Down {
    why: String,
    pause: Millis,
    retry_at: Millis,
}

impl Keeper {
    /// Opens the store; gives the records in it that are still alive.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    pub(super) fn open(config: &Config) -> Result<(Self, Vec<Record>), StoreError> {
        let now = unix_ms();
        let is_believed = |newest| config.trust_clock || is_clock_near(newest, now);
        let opened = Store::open(config, now.saturating_sub(config.tombstone_ms.0), is_believed)?;
        let (store, past) = opened.map_or((None, Vec::new()), |(store, past)| (Some(store), past));
        // What is still remembered is not deleted, however short history is.
        let history_ms = (u64::from(config.history_days) * DAY_MS).max(config.tombstone_ms.0);
        let newest = store.as_ref().and_then(|store| store.newest);
        if !is_believed(newest) {
            log::info!(
                "the clock is more than a day ahead of what was stored last: until the next start, ages are counted from \
                 then. If the clock is right, TRUST_CLOCK=1 says so"
            );
        }
        let keeper = Self {
            store,
            records: Vec::new(),
            waiting_bytes: 0,
            down: None,
            history_ms,
            trusts_clock: config.trust_clock,
            clean_at: Millis::ZERO,
        };
        Ok((keeper, past))
    }

    /// Takes a record; it is stored when the turn is committed.
    pub(super) fn keep(&mut self, record: Record) {
        if self.store.is_some() {
            self.waiting_bytes += RECORD_BYTES + record.text_bytes();
            self.records.push(record);
        }
    }

    /// Whether no more can wait: then nothing new may happen, or memory has no bound.
    pub(super) fn is_full(&self) -> bool {
        self.down.is_some() && self.waiting_bytes > WAITING_BYTES_MAX
    }

    /// When it wants to be asked again.
    pub(super) fn next_deadline(&self) -> Option<Millis> {
        self.store.as_ref()?;
        Some(self.down.as_ref().map_or(self.clean_at, |down| down.retry_at))
    }

    /// Stores the records of this turn, and those that wait.
    pub(super) fn commit(&mut self, now: Millis) -> Kept {
        let Some(store) = &mut self.store else { return Kept::Now };
        if self.down.as_ref().is_some_and(|down| now < down.retry_at) {
            return Kept::Waiting;
        }
        match store.commit(now, &self.records) {
            Ok(()) => {
                self.records.clear();
                self.waiting_bytes = 0;
                let before = self.down.take();
                self.clean(now);
                before.map_or(Kept::Now, |_| {
                    log::info!("the store can be written again; what had to wait is stored");
                    Kept::Again
                })
            }
            Err(error) if self.fail(&error, now) => Kept::Down,
            Err(_) => Kept::Waiting,
        }
    }

    /// Says why, once for each reason, and when to try again. Whether all was well before.
    fn fail(&mut self, error: &StoreError, now: Millis) -> bool {
        let why = error.to_string();
        let before = self.down.take();
        if before.as_ref().is_none_or(|before| before.why != why) {
            log::error!("cannot store: {why}. Until then changes are refused and nothing is acknowledged");
        }
        let pause = before.as_ref().map_or(PAUSE_MIN, |before| Millis(2 * before.pause.0).min(PAUSE_MAX));
        self.down = Some(Down { why, pause, retry_at: now + pause });
        before.is_none()
    }

    /// Deletes a few chats that are too old.
    fn clean(&mut self, now: Millis) {
        let Some(store) = self.store.as_mut().filter(|_| now >= self.clean_at) else { return };
        let at =
            if self.trusts_clock { Some(unix_ms()) } else { careful_clock(store.newest, unix_ms(), now) };
        // Also to empty the log of what was deleted before a crash.
        let left = store.delete_old(now, at.map_or(0, |at| at.saturating_sub(self.history_ms)));
        if let Err(error) = &left {
            log::warn!("cannot delete old chats: {error}");
        }
        let pause = match left {
            Ok(Left::Chats) => BATCH_PAUSE,
            Ok(Left::Log) => LOG_PAUSE,
            Ok(Left::Nothing) | Err(_) => CLEANING_PAUSE,
        };
        self.clean_at = now + pause;
    }

    /// Tries a last time, and says if anything is lost. Nobody was told that it was kept.
    pub(super) fn close(&mut self, now: Millis) {
        let Some(store) = &mut self.store else { return };
        if let Err(error) = store.commit(now, &self.records) {
            log::error!(records = self.records.len(); "stopped with records that were never stored: {error}");
        }
    }
}

/// What time it is at least, after so much time since the start: what the wall clock says, but no later than what has passed
/// since the `newest` thing in the store, of which a day may have been before the start. Nothing is known on the first day:
/// the newest thing may have been written by a clock that was ahead, too.
fn careful_clock(newest: Option<u64>, unix_ms: u64, now: Millis) -> Option<u64> {
    let latest = newest.map_or(unix_ms, |newest| newest + DAY_MS + now.0);
    (now.0 >= DAY_MS).then_some(unix_ms.min(latest))
}

/// Whether the wall clock is near the `newest` thing in the store at a start, or behind it.
fn is_clock_near(newest: Option<u64>, unix_ms: u64) -> bool {
    newest.is_none_or(|newest| unix_ms <= newest + DAY_MS)
}

#[cfg(test)]
mod tests;
