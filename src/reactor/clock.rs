//! Time and randomness: the only place that asks the system for either.
//!
//! The core learns the wall time at boot and adds what the monotonic clock says; a wall clock that was set since shows
//! as a deviation and becomes an event. Looked at only when something happens anyway: an idle server does not wake up
//! to see what time it is.

use std::fs::File;
use std::io::{self, Read as _};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::vocabulary::{Event, Millis};

/// Pause between two looks at the wall clock.
const WALL_PAUSE: Millis = Millis::from_secs(60);
/// Deviation of the wall clock that the core is told.
const WALL_TOLERANCE: u64 = 1000;
/// Pause between two events with fresh randomness.
const ENTROPY_PAUSE: Millis = Millis::from_secs(3600);

/// The clocks since boot.
#[derive(Debug)]
pub(super) struct Clock {
    boot: Instant,
    wall: Wall,
    look_from: Millis,
    entropy_from: Millis,
}

/// Measures a span that is too short for [`Clock::now`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    pub(super) fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "spans for the metrics; no decision depends on them")]
        Self(Instant::now())
    }

    /// Microseconds until now.
    pub(super) fn elapsed_us(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl Clock {
    /// Starts at [`Millis::ZERO`].
    pub(super) fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one clock of the process")]
        let boot = Instant::now();
        let wall = Wall { at: Millis::ZERO, unix_ms: unix_ms() };
        Self { boot, wall, look_from: WALL_PAUSE, entropy_from: ENTROPY_PAUSE }
    }

    /// Milliseconds since boot. Never goes back.
    pub(super) fn now(&self) -> Millis {
        Millis(u64::try_from(self.boot.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// The first event of a run.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub(super) fn boot(&self) -> io::Result<Event<'static>> {
        Ok(Event::Boot { unix_ms: self.wall.unix_ms, seed: random()? })
    }

    /// The wall clock was set: what it says now. At most one a minute.
    pub(super) fn wall(&mut self, now: Millis) -> Option<Event<'static>> {
        if now < self.look_from {
            return None;
        }
        self.look_from = now + WALL_PAUSE;
        let unix_ms = unix_ms();
        if !self.wall.deviates(now, unix_ms) {
            return None;
        }
        self.wall = Wall { at: now, unix_ms };
        log::info!("the wall clock was set");
        Some(Event::Wall { unix_ms })
    }

    /// Fresh randomness, once an hour.
    pub(super) fn entropy(&mut self, now: Millis) -> Option<Event<'static>> {
        if now < self.entropy_from {
            return None;
        }
        self.entropy_from = now + ENTROPY_PAUSE;
        match random() {
            Ok(seed) => Some(Event::Entropy { seed }),
            Err(error) => {
                // The generator goes on with what it has, which is as secret as before.
                log::warn!(error:%; "no fresh randomness");
                None
            }
        }
    }
}

/// What the core believes about the wall clock.
#[derive(Clone, Copy, Debug)]
struct Wall {
    at: Millis,
    unix_ms: u64,
}

impl Wall {
    fn deviates(self, now: Millis, unix_ms: u64) -> bool {
        let expected = self.unix_ms.saturating_add((now - self.at).0);
        expected.abs_diff(unix_ms) > WALL_TOLERANCE
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z; zero before.
pub(super) fn unix_ms() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the one clock of the process")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).map_or(0, |span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

/// From the generator of the operating system.
fn random() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_deviates_when_it_was_set_and_not_when_time_passes() {
        let wall = Wall { at: Millis(1000), unix_ms: 1_700_000_000_000 };
        assert!(!wall.deviates(Millis(61_000), 1_700_000_060_000));
        assert!(!wall.deviates(Millis(61_000), 1_700_000_060_900));
        assert!(wall.deviates(Millis(61_000), 1_700_000_061_001));
        assert!(wall.deviates(Millis(61_000), 1_699_999_999_000));
        assert!(wall.deviates(Millis(61_000), 0));
    }

    #[test]
    fn boot_and_entropy_bring_different_seeds_and_entropy_keeps_its_pause() {
        let mut clock = Clock::start();
        let Event::Boot { seed: boot, .. } = clock.boot().unwrap() else { panic!("not a boot") };
        assert_eq!(clock.entropy(Millis(3_599_999)), None);
        let Some(Event::Entropy { seed }) = clock.entropy(Millis(3_600_000)) else { panic!("no entropy") };
        assert_ne!(seed, boot);
        assert_eq!(clock.entropy(Millis(3_600_001)), None);
    }

    #[test]
    fn the_wall_clock_is_looked_at_once_a_minute() {
        let mut clock = Clock::start();
        clock.wall.unix_ms = 0;
        assert_eq!(clock.wall(Millis(59_999)), None);
        assert!(
            matches!(clock.wall(Millis(60_000)), Some(Event::Wall { unix_ms }) if unix_ms > 1_600_000_000_000)
        );
        assert_eq!(clock.wall(Millis(60_001)), None);
    }
}
