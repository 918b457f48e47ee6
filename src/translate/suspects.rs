//! Texts that an engine has failed on. One over which it breaks down whenever it is asked is to blame itself: without this
//! memory, every recovery would ask it again, for ever, and a few of them would open the breaker each time.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

use super::cache::Key;

/// How often the service may fail over one text before that is believed to be the reason.
const FAILURES_MAX: u32 = 3;
/// Texts remembered; the oldest goes first.
const SUSPECTS_MAX: usize = 256;

/// Hashes, so that no text is held for it.
type Fingerprint = [u8; 32];

#[derive(Debug, Default)]
pub(super) struct Suspects {
    counts: VecDeque<(Fingerprint, u32)>,
}

/// What a failure says of a text.
pub(super) struct Suspicion {
    /// It is the first over this text.
    pub(super) is_new: bool,
    /// The text is still worth asking for when the service is well.
    pub(super) may_be_asked_again: bool,
}

impl Suspects {
    /// The service has failed over it once more.
    pub(super) fn failed(&mut self, key: &Key) -> Suspicion {
        let fingerprint = fingerprint(key);
        let known = self.counts.iter().position(|(other, _)| *other == fingerprint);
        let before = known.and_then(|place| self.counts.remove(place)).map_or(0, |(_, count)| count);
        if self.counts.len() == SUSPECTS_MAX {
            self.counts.pop_front();
        }
        let count = before.saturating_add(1);
        self.counts.push_back((fingerprint, count));
        Suspicion { is_new: count == 1, may_be_asked_again: count < FAILURES_MAX }
    }

    /// Whether it has failed over it, and has not answered since.
    pub(super) fn contains(&self, key: &Key) -> bool {
        !self.counts.is_empty() && {
            let fingerprint = fingerprint(key);
            self.counts.iter().any(|(other, _)| *other == fingerprint)
        }
    }

    /// It was answered: whatever failed was not its fault.
    pub(super) fn clear(&mut self, key: &Key) {
        if !self.counts.is_empty() {
            let fingerprint = fingerprint(key);
            self.counts.retain(|(other, _)| *other != fingerprint);
        }
    }
}

fn fingerprint(key: &Key) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(key.tenant.number().to_be_bytes());
    for code in [key.from.map_or("", |from| from.code()), key.to.code()] {
        hash.update(code);
        hash.update([0]);
    }
    hash.update(key.glossary.to_be_bytes());
    hash.update(key.text.as_bytes());
    hash.finalize().into()
}
