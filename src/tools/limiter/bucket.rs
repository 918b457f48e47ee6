//! A bucket of turns: so many at once, and then one more each time that a turn has come back.

use crate::vocabulary::Millis;

/// How fast somebody may do something: `burst` times at once, and `limit` times a `span` for as long as they like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// At least 1; 0 counts as 1.
    pub burst: u32,
    /// 0 is no limit.
    pub limit: u32,
    pub span: Millis,
}

/// How much of its [`Pace`] one subject has used up. Eight bytes, and no heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When all turns are back.
    full_at: Millis,
}

impl Bucket {
    /// Takes a turn at `now`, if there is one. What is refused takes none, so that trying does not lengthen the wait.
    ///
    /// # Errors
    /// How long to wait until there is one, at least 1 ms.
    pub fn take(&mut self, now: Millis, pace: Pace) -> Result<(), Millis> {
        if pace.limit == 0 {
            return Ok(());
        }
        let turn = pace.span.0.div_ceil(pace.limit.into());
        let all = turn.saturating_mul(pace.burst.max(1).into());
        let used = (self.full_at - now).0.saturating_add(turn);
        if used > all {
            return Err(Millis(used - all));
        }
        self.full_at = now + Millis(used);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { burst: 3, limit: 30, span: Millis::from_secs(60) };

    #[test]
    fn a_burst_is_let_through_and_then_one_for_each_turn_that_has_come_back() {
        let mut bucket = Bucket::default();
        let now = Millis(5_000);
        assert_eq!([(); 3].map(|()| bucket.take(now, PACE)), [Ok(()); 3]);
        assert_eq!(bucket.take(now, PACE), Err(Millis(2_000)));
        assert_eq!(bucket.take(Millis(6_999), PACE), Err(Millis(1)), "trying costs nothing");
        assert_eq!(bucket.take(Millis(7_000), PACE), Ok(()));
        assert_eq!(bucket.take(Millis(7_000), PACE), Err(Millis(2_000)));
        assert_eq!([(); 3].map(|()| bucket.take(Millis(60_000), PACE)), [Ok(()); 3], "all are back");
        assert!(bucket.take(Millis(60_000), PACE).is_err(), "and no more than all");
    }

    #[test]
    fn who_keeps_to_the_pace_is_never_refused() {
        let mut bucket = Bucket::default();
        assert!((0..1_000).all(|turn| bucket.take(Millis(turn * 2_000), PACE).is_ok()));
    }

    #[test]
    fn no_interval_has_more_than_a_burst_and_what_came_back_meanwhile() {
        let (mut bucket, mut allowed) = (Bucket::default(), Vec::new());
        let (mut state, mut now) = (9_u64, 0);
        for _ in 0..5_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            now += (state >> 33) % 3_000;
            if bucket.take(Millis(now), PACE).is_ok() {
                allowed.push(now);
            }
        }
        assert!(allowed.len() > 1_000);
        for (index, from) in allowed.iter().enumerate() {
            let in_a_minute = allowed[index..].iter().take_while(|at| **at < from + 60_000).count();
            assert!(in_a_minute <= 33, "{in_a_minute} from {from} on");
        }
    }

    #[test]
    fn without_a_limit_all_are_let_through_and_without_a_burst_one_at_a_time() {
        let mut bucket = Bucket::default();
        assert!((0..100).all(|_| bucket.take(Millis(1), Pace { limit: 0, ..PACE }).is_ok()));
        let one = Pace { burst: 0, ..PACE };
        assert_eq!((bucket.take(Millis(1), one), bucket.take(Millis(1), one)), (Ok(()), Err(Millis(2_000))));
    }
}
