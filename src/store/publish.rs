//! From the state to a snapshot that readers may keep.

use std::sync::Arc;

use super::snapshot::Snapshot;
use super::state::{Changed, State};
use crate::model::Time;

/// Most changed rows for which the snapshot before is kept; beyond, it would hold too much that is gone.
const MOST_SPARED: usize = 16_384;

impl State {
    /// The state as of `at`. Rows that did not change are shared with the snapshot before;
    /// when nothing changed at all, it is the snapshot before.
    pub fn snapshot(&mut self, at: Time) -> Arc<Snapshot> {
        if !self.dirty.any && self.published.generation > 0 {
            return Arc::clone(&self.published);
        }
        self.now = self.now.max(at);
        self.counters.advance(self.now, &self.certificates);
        let mut next = self.copy();
        next.generation += 1;
        next.at = at;
        let changed = self.publish_rows(&mut next);
        if self.incidents.is_dirty() {
            next.incidents = self.incidents.publish(self.limits.incidents_shown);
            next.incident_count = self.incidents.len();
            next.calling = self.incidents.calling();
            next.resolved = self.incidents.resolved();
        }
        if self.errors.is_dirty() {
            next.errors = self.errors.publish();
        }
        if self.log.is_dirty() {
            next.log = self.log.publish(self.limits.log_shown);
        }
        next.aggregates = Arc::new(self.counters.aggregates(self.now, &self.certificates));
        next.budgets = self.objectives.budgets();
        next.groups = self.groups.publish();
        next.observer = Arc::clone(&self.observer);
        next.sources = Arc::clone(&self.sources);
        next.scheduler = self.scheduler;
        next.drops = self.drops();
        self.dirty.any = false;
        let before = std::mem::replace(&mut self.published, Arc::new(next));
        let few = changed.targets.len() + changed.addresses.len() <= MOST_SPARED;
        self.spare = few.then_some((before, changed));
        Arc::clone(&self.published)
    }

    /// The last snapshot once more. Where no reader holds the one before it any longer, that one is brought up to
    /// date: the few rows that differ are cheaper than a copy of all the chunks they lie in.
    fn copy(&mut self) -> Snapshot {
        let last = &self.published;
        let Some((before, changed)) = self.spare.take() else { return Snapshot::clone(last) };
        let Ok(Snapshot { mut targets, mut addresses, .. }) = Arc::try_unwrap(before) else {
            return Snapshot::clone(last);
        };
        for id in changed.targets {
            let slot = id.0 as usize;
            targets.set(slot, last.targets.get(slot).cloned());
        }
        for slot in changed.addresses {
            let slot = slot as usize;
            addresses.set(slot, last.addresses.get(slot).cloned());
        }
        Snapshot {
            targets,
            addresses,
            generation: last.generation,
            at: last.at,
            certificates: last.certificates.clone(),
            certificate_slots: Arc::clone(&last.certificate_slots),
            incidents: Arc::clone(&last.incidents),
            incident_count: last.incident_count,
            calling: last.calling,
            resolved: Arc::clone(&last.resolved),
            budgets: Arc::clone(&last.budgets),
            aggregates: Arc::clone(&last.aggregates),
            groups: Arc::clone(&last.groups),
            errors: Arc::clone(&last.errors),
            log: Arc::clone(&last.log),
            observer: Arc::clone(&last.observer),
            sources: Arc::clone(&last.sources),
            scheduler: last.scheduler,
            drops: last.drops,
        }
    }

    fn publish_rows(&mut self, next: &mut Snapshot) -> Changed {
        let mut changed = std::mem::take(&mut self.dirty.rows);
        // In order of memory: the rows of a page are found together.
        changed.targets.sort_unstable();
        changed.addresses.sort_unstable();
        for id in &changed.targets {
            let state = self.targets.get_mut(id.0 as usize).and_then(Option::as_mut);
            let row = state.map(|state| {
                state.dirty = false;
                Arc::clone(&state.row)
            });
            next.targets.set(id.0 as usize, row);
        }
        for slot in &changed.addresses {
            let slot = *slot;
            let state = self.addresses.get_mut(slot as usize).and_then(Option::as_mut);
            let row = state.map(|state| {
                state.dirty = false;
                Arc::clone(&state.row)
            });
            next.addresses.set(slot as usize, row);
        }
        let addresses = &self.addresses;
        let key_of = |slot: u32| Some(addresses.get(slot as usize)?.as_ref()?.row.key);
        next.certificate_slots = self.certificates.publish(&mut next.certificates, key_of);
        changed
    }
}
