//! The timer wheel: who wants to be woken when, for any number of timers at a constant price each.
//!
//! It must not know what time it is, nor what a timer is for: `now` is an argument and the payload is a type
//! parameter. So a trace can drive it through a day in a microsecond. Read [`crate::tools::limiter`] next, another
//! module in which time is an argument.
//!
//! # Geometry
//!
//! Six levels of 64 slots. A slot of level 0 is one millisecond wide; a slot of any other level is as wide as the whole
//! level below it.
//!
//! | level | a slot is | the level reaches |
//! |------:|----------:|------------------:|
//! |     0 |      1 ms |             64 ms |
//! |     1 |     64 ms |             4.1 s |
//! |     2 |     4.1 s |           4.4 min |
//! |     3 |   4.4 min |             4.7 h |
//! |     4 |     4.7 h |            12.4 d |
//! |     5 |    12.4 d |         2.2 years |
//!
//! Written in base 64, a deadline and the time the wheel has reached agree in their leading digits; the first digit in
//! which they differ is the level, and that digit of the deadline is the slot. When the wheel reaches the first
//! millisecond of a slot above level 0, the timers in it *cascade*: they are dealt out to lower levels, in order. What
//! lies beyond the top level is clamped into it, so its slots may hold timers of several rounds; those of a later round
//! are dealt into the same slot again when an earlier one is due.
//!
//! The level and slot depend on the deadline and on the reached time alone, so timers with the same deadline are always
//! in the same list, in the order of their insertion. Hence timers end in order of deadline, then of insertion, however
//! the time was stepped.
//!
//! # Memory
//!
//! All timers are nodes of one `Vec`, doubly linked by index; a freed node is used again. Once the `Vec` has grown to
//! the most timers there ever were at once, nothing is allocated.

use crate::vocabulary::Millis;

const LEVELS: u32 = 6;
const SLOTS: u32 = 64;
const DIGIT_BITS: u32 = 6;
const DIGIT_MASK: u64 = 63;
const TOP: u32 = LEVELS - 1;
/// The list behind those of the slots: timers that were late already when they were inserted, sorted by deadline.
const LATE: u32 = LEVELS * SLOTS;
const LISTS: usize = LATE as usize + 1;
/// No node: the end of a list.
const NIL: u32 = u32::MAX;

/// One timer: a node, and which of its tenants in turn is meant. A stale id cancels nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    node: u32,
    generation: u32,
}

/// Timers with payloads `T`, ended in order of deadline, then of insertion.
#[derive(Debug)]
pub struct Wheel<T> {
    /// The time reached: every timer before it has been handed out, those in [`LATE`] aside.
    elapsed: u64,
    /// Per level, a bit for each slot that is not empty.
    occupied: [u64; LEVELS as usize],
    lists: Box<[List; LISTS]>,
    nodes: Vec<Node<T>>,
    /// First of the nodes without a timer, linked by `next`.
    free: u32,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct List {
    head: u32,
    tail: u32,
    /// No timer of the list is earlier. Exact until one is cancelled: then it may be too early, never too late.
    earliest: u64,
}

const EMPTY: List = List { head: NIL, tail: NIL, earliest: u64::MAX };

#[derive(Debug)]
struct Node<T> {
    at: u64,
    prev: u32,
    next: u32,
    generation: u32,
    list: u32,
    payload: Option<T>,
}

impl<T> Default for Wheel<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Wheel<T> {
    /// No timers, and no time has passed.
    pub fn new() -> Self {
        Self {
            elapsed: 0,
            occupied: [0; LEVELS as usize],
            lists: Box::new([EMPTY; LISTS]),
            nodes: Vec::new(),
            free: NIL,
            len: 0,
        }
    }

    /// Timers that have neither ended nor been cancelled.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no timer.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a timer that ends at `at`, or at the next [`Wheel::pop_expired`] if that time has passed.
    ///
    /// O(1); for a time that has passed, O(timers that are late by less and still there).
    ///
    /// # Panics
    /// With 2³² − 1 timers at once, for which no memory suffices.
    pub fn insert(&mut self, at: Millis, payload: T) -> TimerId {
        let node = self.allocate(at.0, payload);
        self.place(node);
        self.len += 1;
        TimerId { node, generation: self.nodes[node as usize].generation }
    }

    /// Takes a timer away and returns its payload, or `None` if it has ended or been cancelled before. O(1).
    pub fn cancel(&mut self, id: TimerId) -> Option<T> {
        let node = self.nodes.get(id.node as usize)?;
        if node.generation != id.generation {
            return None;
        }
        let payload = self.take(id.node);
        debug_assert!(payload.is_some(), "the generation changes when the payload leaves");
        payload
    }

    /// When [`Wheel::pop_expired`] should be called next: at the earliest deadline.
    ///
    /// Never later than that; earlier only after the timer that was earliest in its slot was cancelled. Once
    /// `pop_expired(now)` has returned `None`, it is later than `now`. O(levels).
    pub fn next_deadline(&self) -> Option<Millis> {
        let list = if self.list(LATE).head == NIL { self.first()?.1 } else { LATE };
        Some(Millis(self.list(list).earliest))
    }

    /// Takes the first timer with a deadline of `now` or before, with its deadline. Call it until it returns `None`;
    /// timers may be inserted and cancelled in between.
    ///
    /// O(1) but for cascades, of which a timer sees at most five.
    pub fn pop_expired(&mut self, now: Millis) -> Option<(Millis, T)> {
        let late = self.list(LATE).head;
        if late != NIL {
            return self.take_if_due(late, now.0);
        }
        while let Some((level, list)) = self.first() {
            let shift = DIGIT_BITS * level;
            let start = self.list(list).earliest >> shift << shift;
            if start > now.0 {
                break;
            }
            self.elapsed = self.elapsed.max(start);
            if level == 0 {
                return self.take_if_due(self.list(list).head, now.0);
            }
            self.cascade(list);
        }
        self.elapsed = self.elapsed.max(now.0);
        None
    }

    fn take_if_due(&mut self, node: u32, now: u64) -> Option<(Millis, T)> {
        let at = self.nodes[node as usize].at;
        if at > now {
            return None;
        }
        self.take(node).map(|payload| (Millis(at), payload))
    }

    /// The level and list with the earliest timer, or with the earliest bound at least.
    fn first(&self) -> Option<(u32, u32)> {
        // Levels lie one behind the other in time, and so do the slots of each but the top one.
        let level = (0..LEVELS).find(|&level| self.occupied[level as usize] != 0)?;
        let slots = self.occupied[level as usize];
        if level < TOP {
            return Some((level, level * SLOTS + slots.trailing_zeros()));
        }
        // There, a slot may hold timers of a later round. Looking into all 64 is affordable for a wheel that has nothing
        // to do for days; and it spares dealing those of later rounds out again in every round.
        let lists = (0..SLOTS).filter(|slot| slots & (1 << slot) != 0).map(|slot| TOP * SLOTS + slot);
        lists.min_by_key(|&list| self.list(list).earliest).map(|list| (TOP, list))
    }

    fn list(&self, list: u32) -> &List {
        &self.lists[list as usize]
    }

    fn list_mut(&mut self, list: u32) -> &mut List {
        &mut self.lists[list as usize]
    }

    /// Deals the timers of a slot out again, after the time has reached it.
    fn cascade(&mut self, list: u32) {
        let mut node = self.list(list).head;
        self.clear(list);
        while node != NIL {
            let next = self.nodes[node as usize].next;
            self.place(node);
            node = next;
        }
    }

    /// Links a node into the list that its deadline and the reached time demand.
    fn place(&mut self, node: u32) {
        let at = self.nodes[node as usize].at;
        if at < self.elapsed {
            let mut before = self.list(LATE).tail;
            while before != NIL && self.nodes[before as usize].at > at {
                before = self.nodes[before as usize].prev;
            }
            self.link(node, LATE, before);
            return;
        }
        let differing = (at ^ self.elapsed) | 1;
        let level = (differing.ilog2() / DIGIT_BITS).min(TOP);
        let slot = ((at >> (DIGIT_BITS * level)) & DIGIT_MASK) as u32;
        self.occupied[level as usize] |= 1 << slot;
        let list = level * SLOTS + slot;
        self.link(node, list, self.list(list).tail);
    }

    /// Puts a node behind another one of the list, or first with `NIL`.
    fn link(&mut self, node: u32, list: u32, before: u32) {
        let after = match before {
            NIL => std::mem::replace(&mut self.list_mut(list).head, node),
            before => std::mem::replace(&mut self.nodes[before as usize].next, node),
        };
        match after {
            NIL => self.list_mut(list).tail = node,
            after => self.nodes[after as usize].prev = node,
        }
        let entry = &mut self.nodes[node as usize];
        (entry.prev, entry.next, entry.list) = (before, after, list);
        let at = entry.at;
        let earliest = &mut self.list_mut(list).earliest;
        *earliest = at.min(*earliest);
    }

    /// Unlinks a node, frees it and returns its payload.
    fn take(&mut self, node: u32) -> Option<T> {
        let entry = &mut self.nodes[node as usize];
        let payload = entry.payload.take();
        let (prev, next, list) = (entry.prev, entry.next, entry.list);
        entry.generation = entry.generation.saturating_add(1);
        // A node whose generations are used up rests for ever: an id given out again would not be stale any more.
        if entry.generation < u32::MAX {
            entry.next = self.free;
            self.free = node;
        }
        self.unlink(prev, next, list);
        self.len -= 1;
        payload
    }

    /// Closes the gap a node leaves in its list.
    fn unlink(&mut self, prev: u32, next: u32, list: u32) {
        match prev {
            NIL => self.list_mut(list).head = next,
            prev => self.nodes[prev as usize].next = next,
        }
        match next {
            NIL => self.list_mut(list).tail = prev,
            next => self.nodes[next as usize].prev = prev,
        }
        if self.list(list).head == NIL {
            self.clear(list);
        } else if list == LATE && prev == NIL {
            // This list is sorted, so its bound stays exact.
            self.list_mut(LATE).earliest = self.nodes[next as usize].at;
        }
    }

    fn clear(&mut self, list: u32) {
        *self.list_mut(list) = EMPTY;
        if list != LATE {
            self.occupied[(list / SLOTS) as usize] &= !(1 << (list % SLOTS));
        }
    }

    #[expect(clippy::expect_used, reason = "so many nodes would fill 128 GiB")]
    fn allocate(&mut self, at: u64, payload: T) -> u32 {
        if self.free != NIL {
            let node = self.free;
            let entry = &mut self.nodes[node as usize];
            self.free = entry.next;
            (entry.at, entry.payload) = (at, Some(payload));
            return node;
        }
        let node = u32::try_from(self.nodes.len())
            .ok()
            .filter(|&node| node != NIL)
            .expect("fewer than 2^32 - 1 timers");
        self.nodes.push(Node { at, prev: NIL, next: NIL, generation: 1, list: 0, payload: Some(payload) });
        node
    }
}

#[cfg(test)]
mod tests;
