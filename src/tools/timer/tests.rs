use std::collections::BTreeMap;

use super::*;

/// Marsaglia's xorshift: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Of any magnitude alike: a millisecond is as likely as a year.
    fn span(&mut self, max_bits: u64) -> u64 {
        let bits = self.below(max_bits + 1);
        self.next() & ((1 << bits) - 1)
    }
}

/// What the wheel should do, done naively.
#[derive(Default)]
struct Model {
    timers: BTreeMap<(u64, u64), ()>,
    inserted: u64,
}

impl Model {
    fn pop(&mut self, now: u64) -> Option<(Millis, u64)> {
        let (&(at, number), ()) = self.timers.first_key_value()?;
        if at > now {
            return None;
        }
        self.timers.remove(&(at, number));
        Some((Millis(at), number))
    }
}

/// A wheel and its model, driven alike.
#[derive(Default)]
struct Pair {
    wheel: Wheel<u64>,
    model: Model,
    ids: Vec<(TimerId, u64, u64)>,
    now: u64,
}

impl Pair {
    fn insert(&mut self, at: u64) {
        let number = self.model.inserted;
        self.model.inserted += 1;
        self.model.timers.insert((at, number), ());
        self.ids.push((self.wheel.insert(Millis(at), number), at, number));
    }

    fn cancel(&mut self, random: &mut Random) {
        if self.ids.is_empty() {
            return;
        }
        let pick = usize::try_from(random.below(self.ids.len() as u64)).unwrap();
        // Half of them stay known, so that stale ids are tried too.
        let (id, at, number) = if random.below(2) == 0 { self.ids[pick] } else { self.ids.swap_remove(pick) };
        let expected = self.model.timers.remove(&(at, number)).map(|()| number);
        assert_eq!(self.wheel.cancel(id), expected);
    }

    fn advance(&mut self, span: u64, random: &mut Random) {
        self.now = self.now.saturating_add(span);
        loop {
            let found = self.wheel.pop_expired(Millis(self.now));
            assert_eq!(found, self.model.pop(self.now));
            let Some((at, _)) = found else { break };
            // A handler may set the next timer, from its deadline or from now; the former may be late already.
            match random.below(8) {
                0 => self.insert(at.0.saturating_add(random.span(12))),
                1 => self.insert(self.now.saturating_add(random.span(30))),
                2 => self.insert(at.0.saturating_sub(random.span(12))),
                _ => {}
            }
        }
        self.check_deadline(true);
    }

    fn check_deadline(&self, expired: bool) {
        let exact = self.model.timers.keys().next().map(|&(at, _)| Millis(at));
        let told = self.wheel.next_deadline();
        assert_eq!(told.is_some(), exact.is_some());
        assert!(told <= exact, "never late: {told:?}, {exact:?}");
        assert!(!expired || told.is_none_or(|told| told.0 > self.now), "{told:?} is not after {}", self.now);
        assert_eq!(self.wheel.len(), self.model.timers.len());
        assert_eq!(self.wheel.is_empty(), self.model.timers.is_empty());
    }
}

fn run(seed: u64, steps: u32, max_bits: u64) {
    let mut random = Random(seed);
    let mut pair = Pair::default();
    for _ in 0..steps {
        match random.below(10) {
            0..=4 => {
                let span = random.span(max_bits);
                let at = pair.now.saturating_add(span);
                pair.insert(at);
            }
            5 => {
                let span = random.span(12);
                let at = pair.now.saturating_sub(span);
                pair.insert(at);
            }
            6..=7 => pair.cancel(&mut random),
            _ => {
                let span = random.span(max_bits.min(40));
                pair.advance(span, &mut random);
            }
        }
        pair.check_deadline(false);
    }
    for _ in 0..70 {
        pair.advance(1 << 58, &mut random);
    }
    pair.advance(u64::MAX, &mut random);
}

#[test]
fn does_what_the_model_does() {
    for seed in 1..=60_u64 {
        run(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), 2_000, 8 + seed % 30);
    }
}

#[test]
fn does_what_the_model_does_at_the_end_of_time() {
    for seed in 1..=20_u64 {
        run(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), 500, 63);
    }
}

/// The same timers, in the order in which they end, with the time advanced by `step`.
fn order(step: u64) -> Vec<(Millis, u32)> {
    let mut random = Random(7);
    let mut wheel = Wheel::new();
    for number in 0..500 {
        wheel.insert(Millis(random.below(20_000)), number);
    }
    let mut ended = Vec::new();
    let mut now = 0;
    while now < 20_000 {
        now += step;
        while let Some(timer) = wheel.pop_expired(Millis(now)) {
            ended.push(timer);
        }
    }
    ended
}

#[test]
fn the_order_does_not_depend_on_the_steps() {
    let one_by_one = order(1);
    assert_eq!(one_by_one.len(), 500);
    assert!(one_by_one.is_sorted());
    for step in [2, 63, 64, 65, 4096, 20_000, 1 << 40] {
        assert_eq!(order(step), one_by_one, "in steps of {step}");
    }
}

#[test]
fn equal_deadlines_keep_their_order_through_every_level_and_round() {
    let at = (3 << 36) + 12_345;
    let mut wheel = Wheel::new();
    let mut now = 0;
    for number in 0..200 {
        wheel.insert(Millis(at), number);
        now += at / 200;
        assert_eq!(wheel.pop_expired(Millis(now)), None);
    }
    for number in 0..200 {
        assert_eq!(wheel.pop_expired(Millis(at)), Some((Millis(at), number)));
    }
    assert!(wheel.is_empty());
}

#[test]
fn the_deadline_is_exact_without_cancellations() {
    let mut random = Random(3);
    let mut wheel = Wheel::new();
    let mut exact: Vec<u64> = (0..1000).map(|_| random.span(40)).collect();
    for &at in &exact {
        wheel.insert(Millis(at), ());
    }
    exact.sort_unstable();
    for at in exact {
        assert_eq!(wheel.next_deadline(), Some(Millis(at)));
        assert_eq!(wheel.pop_expired(Millis(at)), Some((Millis(at), ())));
    }
}

#[test]
fn a_stale_id_touches_nothing() {
    let mut wheel = Wheel::new();
    let first = wheel.insert(Millis(5), "first");
    assert_eq!(wheel.cancel(first), Some("first"));
    let second = wheel.insert(Millis(5), "second");
    assert_eq!(wheel.cancel(first), None);
    assert_eq!(wheel.pop_expired(Millis(5)), Some((Millis(5), "second")));
    assert_eq!(wheel.cancel(second), None);
}

#[test]
fn a_late_timer_ends_at_once_and_in_order() {
    let mut wheel = Wheel::new();
    assert_eq!(wheel.pop_expired(Millis(1000)), None);
    for at in [700, 1000, 300, 1001, 700] {
        wheel.insert(Millis(at), at);
    }
    assert_eq!(wheel.next_deadline(), Some(Millis(300)));
    let ended: Vec<u64> = std::iter::from_fn(|| wheel.pop_expired(Millis(1000))).map(|(_, at)| at).collect();
    assert_eq!(ended, [300, 700, 700, 1000]);
    assert_eq!(wheel.next_deadline(), Some(Millis(1001)));
}

#[test]
fn a_million_timers() {
    let mut random = Random(11);
    let mut wheel = Wheel::new();
    for round in 0..3_u64 {
        let base = round << 33;
        let ids: Vec<_> =
            (0..1_000_000_u64).map(|number| wheel.insert(Millis(base + random.span(32)), number)).collect();
        assert_eq!(wheel.len(), 1_000_000);
        for id in ids.iter().step_by(2) {
            assert!(wheel.cancel(*id).is_some());
        }
        let mut last = Millis::ZERO;
        let mut ended = 0;
        while let Some((at, _)) = wheel.pop_expired(Millis(base + (1 << 32))) {
            assert!(at >= last);
            last = at;
            ended += 1;
        }
        assert_eq!((ended, wheel.len()), (500_000, 0));
    }
    assert_eq!(wheel.nodes.len(), 1_000_000, "nodes are used again");
}
