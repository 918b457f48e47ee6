//! How long it takes until what somebody has said leaves for others: measured here, because the core has no clock, and
//! told to it as data.
//!
//! From the beginning of a turn, when the bytes that caused it are read, to the write. So it is a little more than true
//! for what came late in a turn, and says nothing of readers who are behind: what waits for them is in the log. The clock
//! is read once for every few sockets.

use super::clock::Stopwatch;
use crate::vocabulary::{Gauges, Millis};

/// Pause between two reports.
const REPORT_PAUSE: Millis = Millis::from_secs(5);
/// Writes for which one reading of the clock is enough: some tens of microseconds.
const WRITES_PER_LOOK: u64 = 8;
/// Parts into which each doubling of the time is divided; the error is at most an eighth.
const PARTS: usize = 8;
/// Doublings: up to two minutes, where the last part takes what is longer.
const DOUBLINGS: usize = 28;

/// Writes since the last report, and in all.
#[derive(Debug)]
pub(super) struct Meter {
    turn: Stopwatch,
    /// Writes of this turn since the clock was read last.
    unseen: u64,
    counts: Vec<u32>,
    since_report: u64,
    writes: u64,
    total_us: u64,
    report_from: Millis,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            turn: Stopwatch::start(),
            unseen: 0,
            counts: vec![0; PARTS * DOUBLINGS],
            since_report: 0,
            writes: 0,
            total_us: 0,
            // Whoever looks right after the first words shall not be told that they took no time.
            report_from: Millis::ZERO,
        }
    }

    pub(super) fn begin_turn(&mut self) {
        self.turn = Stopwatch::start();
    }

    /// Something that somebody else has caused was written to a socket.
    pub(super) fn note(&mut self) {
        self.unseen += 1;
        if self.unseen == WRITES_PER_LOOK {
            self.measure();
        }
    }

    pub(super) fn end_turn(&mut self) {
        if self.unseen > 0 {
            self.measure();
        }
    }

    fn measure(&mut self) {
        let us = self.turn.elapsed_us();
        let writes = std::mem::take(&mut self.unseen);
        self.counts[part(us)] += u32::try_from(writes).unwrap_or(u32::MAX);
        self.since_report += writes;
        self.writes += writes;
        self.total_us = self.total_us.saturating_add(us.saturating_mul(writes));
    }

    /// When there is something to report.
    pub(super) fn next_deadline(&self) -> Option<Millis> {
        (self.since_report > 0).then_some(self.report_from)
    }

    /// What was measured since the last report, if it is time for one.
    pub(super) fn report(&mut self, now: Millis) -> Option<Gauges> {
        if self.since_report == 0 || now < self.report_from {
            return None;
        }
        let gauges = Gauges {
            writes: self.writes,
            total_us: self.total_us,
            p50_us: self.quantile(50),
            p95_us: self.quantile(95),
            p99_us: self.quantile(99),
        };
        self.counts.fill(0);
        self.since_report = 0;
        self.report_from = now + REPORT_PAUSE;
        Some(gauges)
    }

    /// What so many of a hundred needed at most.
    fn quantile(&self, percent: u64) -> u64 {
        let wanted = (self.since_report * percent).div_ceil(100);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted {
                return upper_end(index);
            }
        }
        0
    }
}

/// Which part a time falls into: those below [`PARTS`] microseconds have one of their own each.
fn part(us: u64) -> usize {
    let small = usize::try_from(us).unwrap_or(usize::MAX);
    if small < PARTS {
        return small;
    }
    let doubling = us.ilog2() as usize - PARTS.ilog2() as usize;
    let within = small >> doubling; // from PARTS to twice that
    (PARTS * doubling + within).min(PARTS * DOUBLINGS - 1)
}

/// The longest time of a part.
fn upper_end(part: usize) -> u64 {
    if part < PARTS {
        return part as u64;
    }
    let doubling = part / PARTS - 1;
    (((part - PARTS * doubling) as u64 + 1) << doubling) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_in_its_part_and_the_parts_are_narrow() {
        let mut last = 0;
        for us in (0..5000).chain([1 << 20, 3 << 22, 100_000_000]) {
            let place = part(us);
            assert!(place >= last, "{us}");
            last = place;
            let end = upper_end(place);
            assert!(end >= us && end <= us + us / 8, "{us} is in the part up to {end}");
        }
        assert_eq!(part(u64::MAX), PARTS * DOUBLINGS - 1);
    }

    #[test]
    fn quantiles_are_of_the_writes_since_the_last_report() {
        let mut meter = Meter::new();
        assert_eq!(meter.report(Millis(60_000)), None);
        for start in [Millis::ZERO, REPORT_PAUSE] {
            meter.counts[part(5)] = 95;
            meter.counts[part(4000)] = 5;
            meter.since_report = 100;
            assert_eq!(meter.next_deadline(), Some(start), "the first is told at once");
            let gauges = meter.report(start).unwrap();
            assert_eq!((gauges.p50_us, gauges.p95_us, gauges.p99_us), (5, 5, 4095));
            assert_eq!(meter.report(Millis(60_000)), None);
            assert_eq!(meter.next_deadline(), None);
        }
        meter.since_report = 1;
        assert_eq!(meter.report(REPORT_PAUSE + Millis(4999)), None);
    }
}
