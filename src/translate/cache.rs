//! Translations remembered: a canned reply is translated once, not once per customer.
//!
//! Bounded in bytes and in time. Only what passed the checks is put here, never a failure.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::vocabulary::{EngineName, Language, Millis, Tenant};

/// What an entry costs besides its two texts: three copies of the key, the value, two counters of each `Arc`, and the
/// unused room of three B-tree nodes, which are half to fully filled.
pub const ENTRY_OVERHEAD_BYTES: usize = 320;

/// What was translated. `from: None` is a key of its own: its answer also says which language it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Whose text it is: what was translated for one tenant is not known to another.
    pub tenant: Tenant,
    /// Who may find it: a door by its number, else a number of its own.
    pub scope: u64,
    /// The language of the text, as known when asked.
    pub from: Option<Language>,
    pub to: Language,
    pub text: Arc<str>,
    /// By its hash, the glossary with which it was asked; 0 without one. Last, since texts tell most keys apart.
    pub glossary: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    pub text: Arc<str>,
    /// The language the model named, if it was asked.
    pub detected: Option<Language>,
    /// Who translated it.
    pub by: EngineName,
}

#[derive(Debug)]
struct Entry {
    cached: Cached,
    /// Place in `by_use`.
    used: u64,
    /// Place in `by_expiry`: when it expires, and the use at which it was put.
    expiry: (Millis, u64),
}

/// The memory. The least recently used goes first when room is needed; using an entry does not prolong its life.
#[derive(Debug)]
pub struct Cache {
    entries: BTreeMap<Key, Entry>,
    by_use: BTreeMap<u64, Key>,
    by_expiry: BTreeMap<(Millis, u64), Key>,
    uses: u64,
    bytes: usize,
    max_bytes: usize,
    ttl: Millis,
}

impl Cache {
    /// An empty cache of at most `max_bytes` (heap, overhead included), whose entries live for `ttl`.
    pub fn new(max_bytes: usize, ttl: Millis) -> Self {
        let (entries, by_use, by_expiry) = Default::default();
        Self { entries, by_use, by_expiry, uses: 0, bytes: 0, max_bytes, ttl }
    }

    /// What is remembered of the key at `now`.
    pub fn get(&mut self, now: Millis, key: &Key) -> Option<&Cached> {
        let entry = self.entries.get_mut(key).filter(|entry| entry.expiry.0 > now)?;
        self.uses += 1;
        if let Some(key) = self.by_use.remove(&entry.used) {
            self.by_use.insert(self.uses, key);
        }
        entry.used = self.uses;
        Some(&entry.cached)
    }

    /// Remembers a translation, in place of an older one of the same key. One larger than the whole cache is not stored.
    pub fn put(&mut self, now: Millis, key: Key, cached: Cached) {
        self.remove(&key);
        let cost = cost(&key, &cached);
        if cost > self.max_bytes {
            return;
        }
        self.evict((self.bytes + cost).saturating_sub(self.max_bytes));
        self.uses += 1;
        let entry = Entry { cached, used: self.uses, expiry: (now + self.ttl, self.uses) };
        self.by_use.insert(entry.used, key.clone());
        self.by_expiry.insert(entry.expiry, key.clone());
        self.entries.insert(key, entry);
        self.bytes += cost;
    }

    /// Bytes of heap in use, overhead included.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Entries, expired ones included until [`Cache::expire`].
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets the least recently used until `want_bytes` are freed or nothing is left. Returns the bytes freed.
    pub fn evict(&mut self, want_bytes: usize) -> usize {
        let mut freed = 0;
        while freed < want_bytes {
            let Some(key) = self.by_use.first_key_value().map(|(_, key)| key.clone()) else { break };
            freed += self.remove(&key);
        }
        freed
    }

    /// Forgets what has expired at `now`.
    pub fn expire(&mut self, now: Millis) {
        while let Some((&(expires, _), key)) = self.by_expiry.first_key_value() {
            if expires > now {
                break;
            }
            let key = key.clone();
            self.remove(&key);
        }
    }

    /// When the next entry expires.
    pub fn next_expiry(&self) -> Option<Millis> {
        self.by_expiry.first_key_value().map(|(&(expires, _), _)| expires)
    }

    /// Returns the bytes freed.
    fn remove(&mut self, key: &Key) -> usize {
        let Some((key, entry)) = self.entries.remove_entry(key) else { return 0 };
        self.by_use.remove(&entry.used);
        self.by_expiry.remove(&entry.expiry);
        let cost = cost(&key, &entry.cached);
        self.bytes -= cost;
        cost
    }
}

fn cost(key: &Key, cached: &Cached) -> usize {
    key.text.len() + cached.text.len() + ENTRY_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests;
