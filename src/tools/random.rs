//! Randomness for tokens, ids and jitter: one ChaCha generator, seeded by events, so a replay draws the same numbers.
//!
//! ChaCha and not a small mixing function, because tokens are secrets: one seen token must not foretell the next.

use chacha20::ChaCha12Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use crate::vocabulary::Millis;

/// The generator of the process.
pub struct Random(ChaCha12Rng);

impl Random {
    /// Starts from the seed of `Event::Boot`.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// Mixes in the seed of `Event::Entropy`: who knew the state before does not know it after.
    pub fn mix_in(&mut self, seed: [u8; 32]) {
        let mut mixed = Sha256::new();
        mixed.update(self.bytes::<32>());
        mixed.update(seed);
        self.0 = ChaCha12Rng::from_seed(mixed.finalize().into());
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A span from half of `span` to the whole: keeps many who failed together from trying again together.
    pub fn jitter(&mut self, span: Millis) -> Millis {
        let half = span.0 / 2;
        Millis(half + self.next_u64() % (span.0 - half + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_mixing_changes_it() {
        let mut one = Random::new([7; 32]);
        let mut other = Random::new([7; 32]);
        assert_eq!(one.bytes::<16>(), other.bytes::<16>());
        other.mix_in([1; 32]);
        assert_ne!(one.bytes::<16>(), other.bytes::<16>());
    }

    #[test]
    fn jitter_stays_between_half_and_whole() {
        let mut random = Random::new([0; 32]);
        for span in [0, 1, 2, 250, 1000] {
            for _ in 0..100 {
                let drawn = random.jitter(Millis(span)).0;
                assert!((span / 2..=span).contains(&drawn), "{drawn} of {span}");
            }
        }
    }
}
