//! One target under watch: its addresses, and when its name is looked up again.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::slot::{Slot, State};
use super::wait;
use crate::model::{Host, Resolution, Target};

/// A target that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) target: Arc<Target>,
    /// In resolver order, without doubles.
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) lookup: Slot,
}

impl Watched {
    /// A target whose name was never looked up.
    pub(super) const fn new(target: Arc<Target>, now: Duration) -> Self {
        Self { target, addresses: Vec::new(), lookup: Slot::new(now) }
    }

    /// Time between two probes of one address.
    pub(super) fn interval(&self) -> Duration {
        self.target.interval.max(wait::SHORTEST)
    }

    /// Notes how a look-up ended; answers when the next is due, if ever.
    pub(super) fn looked_up(&mut self, resolution: &Resolution, jitter: f64, now: Duration) -> Option<Duration> {
        let (interval, is_answered) = (self.interval(), is_answered(resolution));
        let is_over = is_answered && self.is_fixed();
        let lookup = &mut self.lookup;
        lookup.failures = if is_answered { 0 } else { lookup.failures.saturating_add(1) };
        lookup.rounds = lookup.rounds.wrapping_add(1);
        let wait =
            if is_answered { wait::kept(resolution.ttl) } else { wait::after_failures(lookup.failures, interval) };
        // Later only: before its time is up an answer would come from the same cache.
        let unit = 0.5 + 0.5 * wait::unit(&self.target.id, lookup.rounds);
        let due = (!is_over).then(|| now + wait::jittered(wait, jitter, unit));
        lookup.state = due.map_or(State::Resting, State::Waiting);
        due
    }

    /// The addresses an answer leads to; pinned ones bring their own ports. `None` where it leads to none: a failing
    /// resolver keeps the last good set.
    pub(super) fn addresses_of(&self, resolution: &Resolution) -> Option<Vec<SocketAddr>> {
        if !is_answered(resolution) {
            return None;
        }
        let (_, port) = self.target.destination();
        let found = || resolution.addresses.iter().map(|address| SocketAddr::new(address.ip, port)).collect();
        let mut fresh = if self.target.pinned.is_empty() { found() } else { self.target.pinned.clone() };
        let mut seen = HashSet::new();
        fresh.retain(|address| seen.insert(*address));
        Some(fresh)
    }

    /// Whether the addresses are given, so that no answer can change them.
    fn is_fixed(&self) -> bool {
        !self.target.pinned.is_empty() || matches!(self.target.destination(), (Host::Ip(_), _))
    }
}

fn is_answered(resolution: &Resolution) -> bool {
    resolution.failure.is_none() && !resolution.addresses.is_empty()
}
