//! Pairs of languages at which the service fails while it does others well: one that fails alone is set aside alone, for a
//! while that doubles.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::vocabulary::{Language, Millis};

/// From which language, as far as it is known, and into which.
pub type Pair = (Option<Language>, Language);

/// Failures in a row after which a pair is set aside.
const FAILURES_MAX: u32 = 3;
/// For how long at first.
const FIRST_PAUSE: Millis = Millis::from_secs(5);

/// What fails at the moment; never more than all pairs of languages.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    failing: BTreeMap<Pair, Failing>,
}

#[derive(Debug)]
struct Failing {
    in_a_row: u32,
    aside: Option<Millis>,
    next_pause: Millis,
}

impl Pairs {
    /// A text of this pair has failed. For how long the pair is set aside from now on, if it is.
    pub(super) fn failed(&mut self, now: Millis, pair: Pair) -> Option<Millis> {
        let failing =
            self.failing.entry(pair).or_insert(Failing { in_a_row: 0, aside: None, next_pause: FIRST_PAUSE });
        failing.in_a_row += 1;
        if failing.in_a_row < FAILURES_MAX || failing.aside.is_some() {
            return None;
        }
        let pause = failing.next_pause;
        failing.aside = Some(now + pause);
        failing.next_pause = Millis(2 * pause.0).min(Config::PROBE_PAUSE_MAX);
        Some(pause)
    }

    /// A text of this pair was translated. Whether the pair had been set aside before.
    pub(super) fn succeeded(&mut self, pair: Pair) -> bool {
        self.failing.remove(&pair).is_some_and(|failing| failing.in_a_row >= FAILURES_MAX)
    }

    pub(super) fn is_set_aside(&self, pair: Pair) -> bool {
        self.failing.get(&pair).is_some_and(|failing| failing.aside.is_some())
    }

    /// Those that are, in order.
    pub(super) fn set_aside(&self) -> impl Iterator<Item = Pair> {
        self.failing.iter().filter(|(_, failing)| failing.aside.is_some()).map(|(pair, _)| *pair)
    }

    /// When the next pair has been set aside for long enough.
    pub(super) fn next_end(&self) -> Option<Millis> {
        self.failing.values().filter_map(|failing| failing.aside).min()
    }

    /// Pairs that have been set aside for long enough are tried again. Whether there are any.
    pub(super) fn end(&mut self, now: Millis) -> bool {
        let mut is_any = false;
        for failing in self.failing.values_mut() {
            if failing.aside.is_some_and(|until| until <= now) {
                failing.aside = None;
                is_any = true;
            }
        }
        is_any
    }

    /// The service was away: nothing that failed was the fault of a pair.
    pub(super) fn clear(&mut self) {
        self.failing.clear();
    }
}

/// How many pairs of these languages are covered.
pub(super) fn count(languages: &[Language], covers: impl Fn(Pair) -> bool) -> usize {
    let pairs = languages.iter().flat_map(|from| languages.iter().map(|to| (*from, *to)));
    pairs.filter(|(from, to)| from != to && covers((Some(*from), *to))).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: Pair = (None, Language::ENGLISH);

    #[test]
    fn a_pair_is_set_aside_for_longer_each_time_until_it_succeeds() {
        let (mut pairs, other) = (Pairs::default(), (Some(Language::ENGLISH), Language::ENGLISH));
        assert_eq!([0, 1, 2].map(|at| pairs.failed(Millis(at), TO)), [None, None, Some(FIRST_PAUSE)]);
        assert!(pairs.is_set_aside(TO) && !pairs.is_set_aside(other));
        assert_eq!(pairs.failed(Millis(3), TO), None, "what was under way");
        assert_eq!(pairs.next_end(), Some(Millis(2) + FIRST_PAUSE));
        assert!(!pairs.end(Millis(100)) && pairs.end(Millis(2) + FIRST_PAUSE) && !pairs.is_set_aside(TO));
        assert_eq!(pairs.failed(Millis(9000), TO), Some(Millis(10_000)), "one more is enough");
        pairs.end(Millis(60_000));
        assert!(pairs.succeeded(TO) && !pairs.succeeded(TO) && pairs.next_end().is_none());
        assert_eq!(pairs.failed(Millis(60_001), TO), None);
    }
}
