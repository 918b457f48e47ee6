//! Turns: tenants take turns; so do the doors of a tenant, the sources that ask at a door, and the groups of a source. Who
//! asks much, through however many rooms, delays themselves only.
//!
//! ```text
//!   tenant ─▶ door ─▶ source ─▶ group ─▶ what it asked for, in order
//! ```

use std::collections::{BTreeMap, VecDeque};

use super::{Group, Line, Source};
use crate::vocabulary::Tenant;

/// What waits, by where it stands.
pub(super) struct Queue<T> {
    turns: Turns<Tenant, Doors<T>>,
    /// How much waits of each group, in whichever lines.
    of_group: BTreeMap<Group, usize>,
    /// How much waits in each line.
    of_line: BTreeMap<(Tenant, Line), usize>,
    len: usize,
}

type Doors<T> = Turns<u8, Turns<Source, Groups<T>>>;
type Groups<T> = Turns<Group, VecDeque<T>>;

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { turns: Turns::default(), of_group: BTreeMap::new(), of_line: BTreeMap::new(), len: 0 }
    }
}

impl<T: Copy + PartialEq> Queue<T> {
    pub(super) fn push_back(&mut self, line: Line, group: Group, item: T) {
        self.place(line, group).push_back(item);
    }

    /// Before what the group asked later; the group still waits for its turn.
    pub(super) fn push_front(&mut self, line: Line, group: Group, item: T) {
        self.place(line, group).push_front(item);
    }

    fn place(&mut self, line: Line, group: Group) -> &mut VecDeque<T> {
        self.len += 1;
        *self.of_group.entry(group).or_default() += 1;
        *self.of_line.entry((group.tenant, line)).or_default() += 1;
        self.turns.line(group.tenant).line(line.door).line(line.source).line(group)
    }

    /// The next of the group whose turn it is, of those whose turn it is.
    pub(super) fn pop(&mut self) -> Option<T> {
        let (line, group, item) = self.turns.pop(|_, doors| {
            doors.pop(|door, sources| {
                sources.pop(|source, groups| {
                    let line = Line { door, source };
                    groups.pop(|group, items| items.pop_front().map(|item| (line, group, item)))
                })
            })
        })?;
        self.uncount(line, group);
        Some(item)
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, line: Line, group: Group, item: T) -> bool {
        let removed = self.turns.edit(group.tenant, |doors| {
            doors.edit(line.door, |sources| {
                sources.edit(line.source, |groups| groups.edit(group, |items| take_out(items, &item)))
            })
        });
        if removed {
            self.uncount(line, group);
        }
        removed
    }

    fn uncount(&mut self, line: Line, group: Group) {
        self.len -= 1;
        less(&mut self.of_group, &group);
        less(&mut self.of_line, &(group.tenant, line));
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn len_of(&self, group: Group) -> usize {
        self.of_group.get(&group).copied().unwrap_or(0)
    }

    /// What came last to the longest line, if that is longer than this one would be with one more.
    pub(super) fn last_of_longer_than(&self, tenant: Tenant, line: Line) -> Option<T> {
        let own = self.of_line.get(&(tenant, line)).copied().unwrap_or(0);
        let (&(tenant, longest), &len) = self.of_line.iter().max_by_key(|(_, len)| **len)?;
        if len <= own + 1 {
            return None;
        }
        let groups = self.turns.get(tenant)?.get(longest.door)?.get(longest.source)?;
        let longest = groups.lines.values().max_by_key(|items| items.len())?;
        longest.back().copied()
    }
}

fn take_out<T: PartialEq>(items: &mut VecDeque<T>, item: &T) -> bool {
    let place = items.iter().position(|other| other == item);
    place.is_some_and(|place| items.remove(place).is_some())
}

fn less<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Lines that take turns, none of which is empty.
struct Turns<K, L> {
    lines: BTreeMap<K, L>,
    /// Every key with a line stands here once.
    turns: VecDeque<K>,
}

impl<K, L> Default for Turns<K, L> {
    fn default() -> Self {
        Self { lines: BTreeMap::new(), turns: VecDeque::new() }
    }
}

/// What may be empty.
trait Empties {
    fn is_empty(&self) -> bool;
}

impl<T> Empties for VecDeque<T> {
    fn is_empty(&self) -> bool {
        VecDeque::is_empty(self)
    }
}

impl<K, L> Empties for Turns<K, L> {
    fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl<K: Ord + Copy, L: Default + Empties> Turns<K, L> {
    fn get(&self, key: K) -> Option<&L> {
        self.lines.get(&key)
    }

    /// The line of a key, into which something is put.
    fn line(&mut self, key: K) -> &mut L {
        let turns = &mut self.turns;
        self.lines.entry(key).or_insert_with(|| {
            turns.push_back(key);
            L::default()
        })
    }

    /// Takes something from the line whose turn it is.
    fn pop<T>(&mut self, take: impl FnOnce(K, &mut L) -> Option<T>) -> Option<T> {
        let key = self.turns.pop_front()?;
        let line = self.lines.get_mut(&key)?;
        let item = take(key, line);
        if line.is_empty() {
            self.lines.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        item
    }

    /// Takes something out of a line, if there is such a line; whether it did.
    fn edit(&mut self, key: K, take_out: impl FnOnce(&mut L) -> bool) -> bool {
        let Some(line) = self.lines.get_mut(&key) else { return false };
        let taken = take_out(line);
        if line.is_empty() {
            self.lines.remove(&key);
            self.turns.retain(|other| *other != key);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn group(tenant: u32, key: u64) -> Group {
        Group { tenant: Tenant::from_number(tenant), owner: 0, kind: 0, key }
    }

    const LINE: Line = Line { door: 0, source: Source::Known(group(0, 0)) };

    fn at(address: [u8; 4]) -> Line {
        Line { door: 0, source: Source::Address(std::net::IpAddr::from(address).into()) }
    }

    fn drain(queue: &mut Queue<char>) -> String {
        let order = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!((queue.len(), queue.turns.lines.len()), (0, 0));
        assert!(queue.of_group.is_empty() && queue.of_line.is_empty());
        order
    }

    #[test]
    fn groups_take_turns_and_keep_their_order() {
        let mut queue = Queue::default();
        for (key, item) in [(1, 'a'), (1, 'b'), (1, 'c'), (2, 'x'), (3, 'y')] {
            queue.push_back(LINE, group(0, key), item);
        }
        queue.push_front(LINE, group(0, 2), 'w');
        queue.remove(LINE, group(0, 1), 'b');
        assert_eq!(drain(&mut queue), "awycx");
    }

    #[test]
    fn a_tenant_with_many_groups_has_one_turn_at_a_time() {
        let mut queue = Queue::default();
        for (tenant, key, item) in [(0, 1, 'a'), (0, 2, 'b'), (0, 3, 'c'), (1, 1, 'X'), (1, 1, 'Y')] {
            queue.push_back(LINE, group(tenant, key), item);
        }
        assert_eq!((queue.len_of(group(0, 1)), queue.len_of(group(1, 1))), (1, 2));
        assert_eq!(drain(&mut queue), "aXbYc");
    }

    #[test]
    fn who_takes_everything_back_has_no_turn() {
        let mut queue = Queue::default();
        for (tenant, item) in [(0, 'a'), (1, 'X'), (0, 'b')] {
            queue.push_back(LINE, group(tenant, 1), item);
        }
        assert!(!queue.remove(LINE, group(0, 1), 'X'), "another tenant's");
        assert!(queue.remove(LINE, group(1, 1), 'X'));
        assert_eq!(drain(&mut queue), "ab");
    }

    /// However many rooms somebody opens, and at however many doors.
    #[test]
    fn addresses_take_turns_and_so_do_doors() {
        let mut queue = Queue::default();
        let (loud, quiet) = (at([192, 0, 2, 1]), at([192, 0, 2, 2]));
        for (key, item) in [(1, 'a'), (2, 'b'), (3, 'c'), (3, 'd')] {
            queue.push_back(loud, group(0, key), item);
        }
        queue.push_back(quiet, group(0, 3), 'X');
        assert_eq!(queue.len_of(group(0, 3)), 3, "a room may stand in several lines");
        queue.push_back(Line { door: 1, ..loud }, group(0, 9), '1');
        queue.push_back(Line { door: 1, ..loud }, group(0, 9), '2');
        assert_eq!(drain(&mut queue), "a1X2bcd");
    }

    #[test]
    fn the_longest_line_gives_way_to_a_shorter_one_and_to_no_other() {
        let mut queue = Queue::default();
        let (loud, quiet) = (at([192, 0, 2, 1]), at([192, 0, 2, 2]));
        for (key, item) in [(1, 'a'), (2, 'b'), (2, 'c')] {
            queue.push_back(loud, group(0, key), item);
        }
        assert_eq!(queue.last_of_longer_than(Tenant::default(), loud), None);
        assert_eq!(queue.last_of_longer_than(Tenant::default(), quiet), Some('c'));
        queue.push_back(quiet, group(0, 3), 'x');
        assert_eq!(queue.last_of_longer_than(Tenant::default(), quiet), Some('c'));
        queue.push_back(quiet, group(0, 3), 'y');
        assert_eq!(queue.last_of_longer_than(Tenant::default(), quiet), None, "they are as long then");
    }
}
