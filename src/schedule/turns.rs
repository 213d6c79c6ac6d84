//! Whose turn it is: groups in a circle, each with a queue of its own.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

/// A round robin over groups. A group with a thousand members waits its turn like one with one.
#[derive(Debug)]
pub(super) struct Turns<G, T> {
    /// Groups with something queued, except those held.
    circle: VecDeque<G>,
    /// Groups that might not go on when their turn came.
    held: HashSet<G>,
    queues: HashMap<G, VecDeque<T>>,
}

impl<G, T> Default for Turns<G, T> {
    fn default() -> Self {
        Self { circle: VecDeque::new(), held: HashSet::new(), queues: HashMap::new() }
    }
}

impl<G: Copy + Eq + Hash, T: PartialEq> Turns<G, T> {
    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// Joins the group's queue.
    pub(super) fn push(&mut self, group: G, member: T) {
        let queue = self.queues.entry(group).or_default();
        if queue.is_empty() {
            self.circle.push_back(group);
        }
        queue.push_back(member);
    }

    /// Lets a group be next.
    pub(super) fn prefer(&mut self, group: G) {
        if self.queues.contains_key(&group) && !self.held.contains(&group) {
            self.circle.retain(|other| *other != group);
            self.circle.push_front(group);
        }
    }

    /// The next in turn whose group `may` go on.
    pub(super) fn pop(&mut self, may: impl Fn(G) -> bool) -> Option<(G, T)> {
        while let Some(group) = self.circle.pop_front() {
            let Some(queue) = self.queues.get_mut(&group) else { continue };
            if !may(group) {
                self.held.insert(group);
                continue;
            }
            let member = queue.pop_front();
            if queue.is_empty() {
                self.queues.remove(&group);
            } else {
                self.circle.push_back(group);
            }
            if let Some(member) = member {
                return Some((group, member));
            }
        }
        None
    }

    /// A group may go on again.
    pub(super) fn release(&mut self, group: G) {
        if self.held.remove(&group) {
            self.circle.push_back(group);
        }
    }

    /// Leaves the queue.
    pub(super) fn remove(&mut self, group: G, member: &T) {
        let Some(queue) = self.queues.get_mut(&group) else { return };
        queue.retain(|other| other != member);
        if queue.is_empty() {
            self.queues.remove(&group);
            self.held.remove(&group);
            self.circle.retain(|other| *other != group);
        }
    }
}

#[cfg(test)]
impl<G, T> Turns<G, T> {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.queues.values().map(VecDeque::len).sum()
    }
}
