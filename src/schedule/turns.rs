//! Whose turn it is: targets in a circle, each with a queue of its own.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;

use crate::model::{AddressKey, TargetId};

/// A round robin over targets. A target with a thousand addresses waits its turn like one with one.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Targets with something queued, except those held.
    circle: VecDeque<TargetId>,
    /// Targets that had their share when their turn came.
    held: HashSet<TargetId>,
    queues: HashMap<TargetId, VecDeque<SocketAddr>>,
}

impl Turns {
    /// Joins the target's queue.
    pub(super) fn push(&mut self, key: AddressKey) {
        let queue = self.queues.entry(key.target).or_default();
        if queue.is_empty() {
            self.circle.push_back(key.target);
        }
        queue.push_back(key.address);
    }

    /// Lets a target be next.
    pub(super) fn prefer(&mut self, target: TargetId) {
        if self.queues.contains_key(&target) && !self.held.contains(&target) {
            self.circle.retain(|other| *other != target);
            self.circle.push_front(target);
        }
    }

    /// The next in turn whose target `may` go on.
    pub(super) fn pop(&mut self, may: impl Fn(TargetId) -> bool) -> Option<AddressKey> {
        while let Some(target) = self.circle.pop_front() {
            let Some(queue) = self.queues.get_mut(&target) else { continue };
            if !may(target) {
                self.held.insert(target);
                continue;
            }
            let address = queue.pop_front();
            if queue.is_empty() {
                self.queues.remove(&target);
            } else {
                self.circle.push_back(target);
            }
            if let Some(address) = address {
                return Some(AddressKey { target, address });
            }
        }
        None
    }

    /// A target has room again.
    pub(super) fn release(&mut self, target: TargetId) {
        if self.held.remove(&target) {
            self.circle.push_back(target);
        }
    }

    /// Leaves the queue.
    pub(super) fn remove(&mut self, key: AddressKey) {
        let Some(queue) = self.queues.get_mut(&key.target) else { return };
        queue.retain(|address| *address != key.address);
        if queue.is_empty() {
            self.queues.remove(&key.target);
            self.held.remove(&key.target);
            self.circle.retain(|target| *target != key.target);
        }
    }
}
