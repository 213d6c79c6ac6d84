//! From the state to a snapshot that readers may keep.

use std::sync::Arc;

use super::snapshot::Snapshot;
use super::state::State;
use crate::model::Time;

impl State {
    /// The state as of `at`. Rows that did not change are shared with the snapshot before;
    /// when nothing changed at all, it is the snapshot before.
    pub fn snapshot(&mut self, at: Time) -> Arc<Snapshot> {
        if !self.dirty.any && self.published.generation > 0 {
            return Arc::clone(&self.published);
        }
        self.now = self.now.max(at);
        self.counters.advance(self.now, &self.certificates);
        let mut next = Snapshot::clone(&self.published);
        next.generation += 1;
        next.at = at;
        self.publish_rows(&mut next);
        if self.incidents.is_dirty() {
            next.incidents = self.incidents.publish(self.limits.incidents_shown);
            next.incident_count = self.incidents.len();
        }
        if self.errors.is_dirty() {
            next.errors = self.errors.publish();
        }
        if self.log.is_dirty() {
            next.log = self.log.publish(self.limits.log_shown);
        }
        next.aggregates = Arc::new(self.counters.aggregates(self.now, &self.certificates));
        next.scheduler = self.scheduler;
        next.drops = self.drops();
        self.dirty.any = false;
        self.published = Arc::new(next);
        Arc::clone(&self.published)
    }

    fn publish_rows(&mut self, next: &mut Snapshot) {
        for id in self.dirty.targets.drain(..) {
            let state = self.targets.get_mut(id.0 as usize).and_then(Option::as_mut);
            let row = state.map(|state| {
                state.dirty = false;
                Arc::clone(&state.row)
            });
            next.targets.set(id.0 as usize, row);
        }
        for slot in self.dirty.addresses.drain(..) {
            let state = self.addresses.get_mut(slot as usize).and_then(Option::as_mut);
            let row = state.map(|state| {
                state.dirty = false;
                let row = Arc::make_mut(&mut state.row);
                row.tls = state.tls.quantiles(u64::from(row.successes));
                Arc::clone(&state.row)
            });
            next.addresses.set(slot as usize, row);
        }
        let addresses = &self.addresses;
        let key_of = |slot: u32| Some(addresses.get(slot as usize)?.as_ref()?.row.key);
        next.certificate_slots = self.certificates.publish(&mut next.certificates, key_of);
    }
}
