//! When a service wants to be asked again.

use crate::vocabulary::Millis;

/// The pause that `Retry-After` names, in seconds, at most a minute; `None` if it cannot be read.
pub(super) fn pause(said: &str, _unix_ms: u64) -> Option<Millis> {
    said.trim().parse().ok().map(|seconds: u64| Millis::from_secs(seconds.min(60)))
}
