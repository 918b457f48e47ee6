//! The timers of one object: an instant for each kind, and one entry of the wheel for the earliest.
//!
//! Setting and cancelling touch an array; the wheel is touched when the earliest instant is another one, by
//! [`Timers::arm`]. It must not know what a kind means, nor what time it is.

use super::timer::{TimerId, Wheel};
use crate::vocabulary::Millis;

/// Instants by kind, of which there are `N`.
#[derive(Debug)]
pub struct Timers<const N: usize> {
    at: [Millis; N],
    armed: Option<(Millis, TimerId)>,
}

const NEVER: Millis = Millis(u64::MAX);

impl<const N: usize> Default for Timers<N> {
    fn default() -> Self {
        Self { at: [NEVER; N], armed: None }
    }
}

impl<const N: usize> Timers<N> {
    /// Sets the instant of a kind, or none.
    pub fn set(&mut self, kind: usize, at: Option<Millis>) {
        self.at[kind] = at.unwrap_or(NEVER);
    }

    /// The instant of a kind.
    pub fn get(&self, kind: usize) -> Option<Millis> {
        Some(self.at[kind]).filter(|at| *at != NEVER)
    }

    /// Takes a kind whose instant has come, the earliest first. To be called when the wheel has handed out its entry.
    pub fn pop(&mut self, now: Millis) -> Option<usize> {
        self.armed.take_if(|(at, _)| *at <= now);
        let (kind, at) = self.at.iter().enumerate().min_by_key(|(_, at)| **at)?;
        if *at > now {
            return None;
        }
        self.at[kind] = NEVER;
        Some(kind)
    }

    /// Makes the entry of the wheel agree with the earliest instant.
    pub fn arm<T>(&mut self, wheel: &mut Wheel<T>, payload: T) {
        let next = self.at.iter().copied().min().filter(|at| *at != NEVER);
        if self.armed.map(|(at, _)| at) == next {
            return;
        }
        self.disarm(wheel);
        self.armed = next.map(|at| (at, wheel.insert(at, payload)));
    }

    /// Takes the entry out of the wheel, if it is there.
    pub fn disarm<T>(&mut self, wheel: &mut Wheel<T>) {
        if let Some((_, timer)) = self.armed.take() {
            wheel.cancel(timer);
        }
    }

    /// Whether the wheel will come back in time for every instant.
    pub fn is_armed(&self) -> bool {
        let next = self.at.iter().copied().min().unwrap_or(NEVER);
        next == NEVER || self.armed.is_some_and(|(at, _)| at <= next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheel_holds_the_earliest_of_them() {
        let (mut timers, mut wheel) = (Timers::<3>::default(), Wheel::new());
        timers.set(0, Some(Millis(30)));
        timers.set(2, Some(Millis(10)));
        assert!(!timers.is_armed());
        timers.arm(&mut wheel, "room");
        assert_eq!((wheel.len(), wheel.next_deadline()), (1, Some(Millis(10))));
        timers.set(2, None);
        timers.arm(&mut wheel, "room");
        assert_eq!((wheel.len(), wheel.next_deadline()), (1, Some(Millis(30))));
        assert_eq!((timers.get(0), timers.get(1)), (Some(Millis(30)), None));
        timers.set(0, None);
        timers.arm(&mut wheel, "room");
        assert!(wheel.is_empty() && timers.is_armed());
    }

    #[test]
    fn kinds_come_in_the_order_of_their_instants() {
        let mut timers = Timers::<3>::default();
        for (kind, at) in [(0, 20), (1, 10), (2, 30)] {
            timers.set(kind, Some(Millis(at)));
        }
        let come: Vec<usize> = std::iter::from_fn(|| timers.pop(Millis(20))).collect();
        assert_eq!(come, [1, 0]);
        assert_eq!(timers.get(2), Some(Millis(30)));
    }
}
