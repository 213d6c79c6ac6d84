//! Who may connect to an address: a few at a time, the others in order of arrival.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use crate::model::{AddressKey, TargetId};

/// A lane per address that is in use. Places are handed on, so nobody is overtaken.
#[derive(Debug)]
pub(super) struct Lanes {
    width: usize,
    lanes: HashMap<SocketAddr, Lane>,
}

#[derive(Debug, Default)]
struct Lane {
    held: usize,
    /// May contain targets that have gone or no longer wait; they are passed over.
    queue: VecDeque<TargetId>,
}

impl Lanes {
    pub(super) fn new(width: usize) -> Self {
        Self { width, lanes: HashMap::new() }
    }

    /// Takes a place (true), or joins the queue for one.
    pub(super) fn enter(&mut self, key: AddressKey) -> bool {
        let lane = self.lanes.entry(key.address).or_default();
        let free = lane.held < self.width;
        if free {
            lane.held += 1;
        } else {
            lane.queue.push_back(key.target);
        }
        free
    }

    /// Gives a place back; it goes to the first in the queue that still waits.
    pub(super) fn leave(&mut self, address: SocketAddr, waits: impl Fn(AddressKey) -> bool) -> Option<AddressKey> {
        let lane = self.lanes.get_mut(&address)?;
        while let Some(target) = lane.queue.pop_front() {
            let key = AddressKey { target, address };
            if waits(key) {
                return Some(key);
            }
        }
        lane.held -= 1;
        if lane.held == 0 {
            self.lanes.remove(&address);
        }
        None
    }
}
