//! Many events at once.

use std::hint::black_box;
use std::sync::Arc;

use super::snapshot::AddressRow;
use super::state::State;
use crate::model::{Event, Observation};

/// Events looked at ahead of being taken in: what they touch fits the nearest cache.
const AHEAD: usize = 32;

impl State {
    /// Takes in what happened, in this order.
    ///
    /// In a large fleet most of the time goes into waiting for memory: the rows of two probes lie far apart. So those of
    /// several are fetched first, and are waited for together rather than one after the other.
    pub fn apply_all(&mut self, events: impl IntoIterator<Item = Event>) {
        let mut events = events.into_iter();
        let mut next = Vec::with_capacity(AHEAD);
        loop {
            next.extend(events.by_ref().take(AHEAD));
            if next.is_empty() {
                return;
            }
            self.fetch(&next);
            next.drain(..).for_each(|event| self.apply(event));
        }
    }

    /// Step by step over all of them: what is read in one step depends on nothing else in it, and so is waited for at once.
    fn fetch(&self, events: &[Event]) {
        let observed = || events.iter().filter_map(observation);
        let mut read = 0;
        let mut firsts = [u32::MAX; AHEAD];
        for (first, observation) in firsts.iter_mut().zip(observed()) {
            let target = self.target(observation.key.target);
            *first = target.map_or(u32::MAX, |target| target.first);
            read ^= observation.handshake.as_ref().map_or(0, |handshake| handshake.received);
        }
        for first in firsts {
            read ^= self.address(first).map_or(0, |state| u64::from(state.row.attempts));
        }
        let mut slots = [None; AHEAD];
        for (slot, observation) in slots.iter_mut().zip(observed()) {
            *slot = self.slot(observation.key);
        }
        let rows = slots.into_iter().flatten().filter_map(|slot| self.address(slot));
        black_box(rows.map(|state| touch(&state.row)).fold(read, u64::wrapping_add));
    }
}

fn observation(event: &Event) -> Option<&Arc<Observation>> {
    match event {
        Event::Observed(observation) => Some(observation),
        _ => None,
    }
}

/// Reads a little of everything that a probe is compared with.
fn touch(row: &AddressRow) -> u64 {
    let mut read = u64::from(row.attempts) + row.trend.points().len() as u64 + u64::from(row.tls.first());
    if let Some(last) = &row.last {
        read = read.wrapping_add(u64::from(last.timings.total.subsec_nanos()));
        if let Some(handshake) = &last.handshake {
            read = read.wrapping_add(handshake.received);
            read = read.wrapping_add(handshake.chain.first().map_or(0, |leaf| u64::from(leaf.fingerprint.0[0])));
        }
    }
    read
}
