//! Turns: tenants take turns, and so do the groups of a tenant. Who asks much delays themselves only.

use std::collections::{BTreeMap, VecDeque};

use super::Group;
use crate::vocabulary::Tenant;

/// What waits, by tenant and group.
pub(super) struct Queue<T> {
    lines: BTreeMap<Tenant, Lines<T>>,
    /// Every tenant with a line stands here once.
    turns: VecDeque<Tenant>,
    len: usize,
}

/// What waits of one tenant.
struct Lines<T> {
    lines: BTreeMap<Group, VecDeque<T>>,
    /// Every group with a line stands here once.
    turns: VecDeque<Group>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { lines: BTreeMap::new(), turns: VecDeque::new(), len: 0 }
    }
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self { lines: BTreeMap::new(), turns: VecDeque::new() }
    }
}

impl<T: Copy + PartialEq> Queue<T> {
    pub(super) fn push_back(&mut self, group: Group, item: T) {
        self.line(group).push_back(item);
    }

    /// Before what the group asked later; the group still waits for its turn.
    pub(super) fn push_front(&mut self, group: Group, item: T) {
        self.line(group).push_front(item);
    }

    fn line(&mut self, group: Group) -> &mut VecDeque<T> {
        self.len += 1;
        let turns = &mut self.turns;
        let of_tenant = self.lines.entry(group.tenant).or_insert_with(|| {
            turns.push_back(group.tenant);
            Lines::default()
        });
        of_tenant.line(group)
    }

    /// The next of the group whose turn it is, of the tenant whose turn it is.
    pub(super) fn pop(&mut self) -> Option<T> {
        let tenant = self.turns.pop_front()?;
        let of_tenant = self.lines.get_mut(&tenant)?;
        let item = of_tenant.pop();
        if of_tenant.lines.is_empty() {
            self.lines.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        self.len -= usize::from(item.is_some());
        item
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, group: Group, item: T) -> bool {
        let Some(of_tenant) = self.lines.get_mut(&group.tenant) else { return false };
        let removed = of_tenant.remove(group, item);
        self.len -= removed;
        if of_tenant.lines.is_empty() {
            self.lines.remove(&group.tenant);
            self.turns.retain(|other| *other != group.tenant);
        }
        removed > 0
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn len_of(&self, group: Group) -> usize {
        let of_tenant = self.lines.get(&group.tenant);
        of_tenant.and_then(|it| it.lines.get(&group)).map_or(0, VecDeque::len)
    }
}

impl<T: Copy + PartialEq> Lines<T> {
    fn line(&mut self, group: Group) -> &mut VecDeque<T> {
        let turns = &mut self.turns;
        self.lines.entry(group).or_insert_with(|| {
            turns.push_back(group);
            VecDeque::new()
        })
    }

    fn pop(&mut self) -> Option<T> {
        let group = self.turns.pop_front()?;
        let line = self.lines.get_mut(&group)?;
        let item = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&group);
        } else {
            self.turns.push_back(group);
        }
        item
    }

    /// How many of it were there.
    fn remove(&mut self, group: Group, item: T) -> usize {
        let Some(line) = self.lines.get_mut(&group) else { return 0 };
        let before = line.len();
        line.retain(|other| *other != item);
        let removed = before - line.len();
        if line.is_empty() {
            self.lines.remove(&group);
            self.turns.retain(|other| *other != group);
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn group(tenant: u32, key: u64) -> Group {
        Group { tenant: Tenant::from_number(tenant), owner: 0, kind: 0, key }
    }

    fn drain(queue: &mut Queue<char>) -> String {
        let order = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!((queue.len(), queue.lines.len()), (0, 0));
        order
    }

    #[test]
    fn groups_take_turns_and_keep_their_order() {
        let mut queue = Queue::default();
        for (key, item) in [(1, 'a'), (1, 'b'), (1, 'c'), (2, 'x'), (3, 'y')] {
            queue.push_back(group(0, key), item);
        }
        queue.push_front(group(0, 2), 'w');
        queue.remove(group(0, 1), 'b');
        assert_eq!(drain(&mut queue), "awycx");
    }

    #[test]
    fn a_tenant_with_many_groups_has_one_turn_at_a_time() {
        let mut queue = Queue::default();
        for (tenant, key, item) in [(0, 1, 'a'), (0, 2, 'b'), (0, 3, 'c'), (1, 1, 'X'), (1, 1, 'Y')] {
            queue.push_back(group(tenant, key), item);
        }
        assert_eq!((queue.len_of(group(0, 1)), queue.len_of(group(1, 1))), (1, 2));
        assert_eq!(drain(&mut queue), "aXbYc");
    }

    #[test]
    fn who_takes_everything_back_has_no_turn() {
        let mut queue = Queue::default();
        for (tenant, item) in [(0, 'a'), (1, 'X'), (0, 'b')] {
            queue.push_back(group(tenant, 1), item);
        }
        assert!(!queue.remove(group(0, 1), 'X'), "another tenant's");
        assert!(queue.remove(group(1, 1), 'X'));
        assert_eq!(drain(&mut queue), "ab");
    }
}
