//! Everything the panes list, filtered and in order.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::counts::Counts;
use super::expiry::{Age, Expiry, Group, Leaves};
use super::known::Known;
use super::order::{Order, RowRef};
use super::rows::{Listing, Matches};
use crate::diagnosis::Policy;
use crate::model::{Code, Time};
use crate::store::{ErrorGroup, LogEntry, Snapshot};
use crate::ui::filter::{Filter, is_problem};

/// What the panes list. Row references are places in the snapshot it was built from; later snapshots of the same
/// run keep places, so rows may be drawn from a newer one until the next rebuild.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    /// Rows of the handshake table.
    pub(crate) rows: Vec<RowRef>,
    /// What passes the filter.
    pub(crate) matches: Matches,
    /// Served leaves.
    pub(crate) expiry: Expiry,
    /// Bars.
    pub(crate) counts: Counts,
    /// Error groups, those of the latest minute first, and of a minute the worst.
    pub(crate) errors: Vec<Arc<ErrorGroup>>,
    /// Log entries, newest first.
    pub(crate) log: Vec<Arc<LogEntry>>,
    /// All rows in order, of which [`Self::rows`] are a part.
    listing: Listing,
    /// All leaves in order, of which [`Self::expiry`] is a part.
    leaves: Leaves,
    known: Known,
}

impl Derived {
    /// Builds all of it anew, from newer data or in another order.
    pub(crate) fn rebuild(
        &mut self,
        snapshot: &Snapshot,
        filter: &Filter,
        order: Order,
        (policy, now): (&Policy, Time),
    ) {
        self.listing = Listing::of(snapshot, order);
        self.leaves = Leaves::of(snapshot, policy, now);
        self.narrow(snapshot, filter, now);
    }

    /// Lets all served leaves be as old as they are at `now`.
    pub(crate) fn age(&mut self, snapshot: &Snapshot, policy: &Policy, now: Time) {
        self.leaves.age(snapshot, policy, now);
    }

    /// The ages of a group's certificates, the worst of each `merged` neighbours.
    pub(crate) fn worst_ages(&self, group: &Group, merged: usize) -> impl Iterator<Item = Age> {
        self.leaves.worst_ages(group, merged)
    }

    /// Lets another filter decide what passes of what was there at the last rebuild. Sorts nothing and follows few
    /// pointers: it is done at every keystroke. The snapshot may be newer: what it has more comes with the next rebuild.
    pub(crate) fn narrow(&mut self, snapshot: &Snapshot, filter: &Filter, now: Time) {
        self.known.update(snapshot);
        let matches = Matches::of(snapshot, &self.listing, &mut self.known, filter, now);
        // What the first letter lets pass is often all there is, and that the store has counted.
        let filtered = filter.is_active() && !matches.is_all(snapshot);
        self.counts = if filtered {
            Counts::filtered(snapshot, &matches, self.known.profiles())
        } else {
            Counts::from(snapshot.aggregates.as_ref())
        };
        let codes = if filtered { self.codes_without_address(snapshot, &matches) } else { BTreeSet::new() };
        let errors = snapshot.errors.iter().filter(|group| {
            !filtered
                || codes.contains(&group.code)
                || group.addresses.iter().any(|key| matches.has_key(snapshot, *key))
        });
        self.errors = errors.cloned().collect();
        // By minutes: what fails all the time would change places at every probe.
        self.errors.sort_by_key(|group| (Reverse(group.last.secs().div_euclid(60)), Reverse(group.status), group.code));
        let filtered_log = filtered || filter.only_problems;
        let log =
            snapshot.log.iter().filter(|entry| !filtered_log || concerns_entry(snapshot, &matches, entry, filter));
        self.log = log.cloned().collect();
        self.rows = self.listing.rows(&matches);
        self.expiry = Expiry::of(&self.leaves, |slot| !filtered || matches.has_leaf(slot));
        self.matches = matches;
    }

    /// What is wrong with visible targets that have no address to show: names that do not resolve.
    fn codes_without_address(&self, snapshot: &Snapshot, matches: &Matches) -> BTreeSet<Code> {
        let bare = self.listing.bare(matches).filter_map(|id| snapshot.target(id));
        bare.flat_map(|row| row.findings.iter().map(|finding| finding.code)).collect()
    }
}

fn concerns_entry(snapshot: &Snapshot, matches: &Matches, entry: &LogEntry, filter: &Filter) -> bool {
    if filter.only_problems && !is_problem(entry.status, entry.code.is_some()) {
        return false;
    }
    match (entry.key, entry.target) {
        (Some(key), _) => matches.has_key(snapshot, key),
        (None, Some(target)) => matches.has_target(target),
        (None, None) => false,
    }
}
