//! A slab whose keys carry a generation, so that a stale one finds nothing.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use slab::Slab;

/// Names one value of an [`Arena`] for ever: never valid again once the value is gone.
pub struct Key<T> {
    slot: u32,
    generation: u32,
    kind: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// Both halves in one number, for those who only hand the key through.
    pub fn to_bits(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    /// The key [`Key::to_bits`] came from.
    #[expect(clippy::cast_possible_truncation, reason = "takes the two halves apart")]
    pub fn from_bits(bits: u64) -> Self {
        Self { slot: bits as u32, generation: (bits >> 32) as u32, kind: PhantomData }
    }
}

// Derived impls would ask the same of `T`.
impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl<T> Eq for Key<T> {}

impl<T> PartialOrd for Key<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Key<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_bits().cmp(&other.to_bits())
    }
}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

/// Values by [`Key`]. Slots are reused; generations count up over the whole arena.
pub struct Arena<T> {
    slab: Slab<(u32, T)>,
    next_generation: u32,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { slab: Slab::new(), next_generation: 1 }
    }
}

impl<T> Arena<T> {
    /// Puts a value in and names it.
    ///
    /// # Panics
    /// With more than 2³² values at once, which the limits of `config` rule out.
    #[expect(clippy::expect_used, reason = "limits of config rule it out")]
    pub fn insert(&mut self, value: T) -> Key<T> {
        let generation = self.next_generation;
        self.next_generation = self.next_generation.wrapping_add(1);
        let slot = u32::try_from(self.slab.insert((generation, value))).expect("fewer than 2^32 values");
        Key { slot, generation, kind: PhantomData }
    }

    /// The value, if the key is not stale.
    pub fn get(&self, key: Key<T>) -> Option<&T> {
        self.slab
            .get(key.slot as usize)
            .filter(|(generation, _)| *generation == key.generation)
            .map(|(_, value)| value)
    }

    /// The value, if the key is not stale.
    pub fn get_mut(&mut self, key: Key<T>) -> Option<&mut T> {
        self.slab
            .get_mut(key.slot as usize)
            .filter(|(generation, _)| *generation == key.generation)
            .map(|(_, value)| value)
    }

    /// Takes the value out, if the key is not stale.
    pub fn remove(&mut self, key: Key<T>) -> Option<T> {
        self.get(key)?;
        Some(self.slab.remove(key.slot as usize).1)
    }

    /// All values, in the order of their slots.
    pub fn iter(&self) -> impl Iterator<Item = (Key<T>, &T)> {
        #[expect(clippy::cast_possible_truncation, reason = "slots fit, see insert")]
        self.slab.iter().map(|(slot, (generation, value))| {
            (Key { slot: slot as u32, generation: *generation, kind: PhantomData }, value)
        })
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slab.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_key_finds_nothing_though_its_slot_is_taken_again() {
        let mut arena = Arena::default();
        let first = arena.insert("first");
        assert_eq!(arena.remove(first), Some("first"));
        let second = arena.insert("second");
        assert_eq!(arena.get(first), None);
        assert_eq!(arena.remove(first), None);
        assert_eq!(arena.get(second), Some(&"second"));
        assert_eq!(Key::from_bits(second.to_bits()), second);
    }
}
