//! Turns: one waiting line per group, one line of groups. A group that asks much delays itself only.

use std::collections::{BTreeMap, VecDeque};

use super::Group;

/// What waits, by group.
pub(super) struct Queue<T> {
    lines: BTreeMap<Group, VecDeque<T>>,
    /// Every group with a line stands here once.
    turns: VecDeque<Group>,
    len: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { lines: BTreeMap::new(), turns: VecDeque::new(), len: 0 }
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
        self.lines.entry(group).or_insert_with(|| {
            turns.push_back(group);
            VecDeque::new()
        })
    }

    /// The next of the group whose turn it is.
    pub(super) fn pop(&mut self) -> Option<T> {
        let group = self.turns.pop_front()?;
        let line = self.lines.get_mut(&group)?;
        let item = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&group);
        } else {
            self.turns.push_back(group);
        }
        self.len -= usize::from(item.is_some());
        item
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, group: Group, item: T) -> bool {
        let Some(line) = self.lines.get_mut(&group) else { return false };
        let before = line.len();
        line.retain(|other| *other != item);
        let removed = before - line.len();
        self.len -= removed;
        if line.is_empty() {
            self.lines.remove(&group);
            self.turns.retain(|other| *other != group);
        }
        removed > 0
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn len_of(&self, group: Group) -> usize {
        self.lines.get(&group).map_or(0, VecDeque::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn group(key: u64) -> Group {
        Group { owner: 0, kind: 0, key }
    }

    #[test]
    fn groups_take_turns_and_keep_their_order() {
        let mut queue = Queue::default();
        for (key, item) in [(1, 'a'), (1, 'b'), (1, 'c'), (2, 'x'), (3, 'y')] {
            queue.push_back(group(key), item);
        }
        queue.push_front(group(2), 'w');
        queue.remove(group(1), 'b');
        let order: String = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, "awycx");
        assert_eq!(queue.len(), 0);
    }
}
