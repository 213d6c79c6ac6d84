//! Failures folded together by cause.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::snapshot::ErrorGroup;
use crate::model::{AddressKey, Code, Finding, TargetId, Time};

/// The groups, one per code.
#[derive(Debug, Default)]
pub(super) struct Errors {
    groups: HashMap<Code, Group>,
    dirty: bool,
}

#[derive(Debug)]
struct Group {
    /// What is published; its lists and counts are brought up to date when that happens.
    shown: Arc<ErrorGroup>,
    addresses: HashSet<AddressKey>,
    /// Targets hit, with how many of their addresses were: none when the name itself was.
    targets: HashMap<TargetId, usize>,
}

impl Errors {
    /// A probe of `key`, or a look-up when there is none, ended with this finding.
    pub(super) fn count(&mut self, finding: &Finding, target: TargetId, key: Option<AddressKey>, at: Time) {
        self.dirty = true;
        let group = self.groups.entry(finding.code).or_insert_with(|| Group::new(finding, at));
        let hits = group.targets.entry(target).or_default();
        if let Some(key) = key
            && group.addresses.insert(key)
        {
            *hits += 1;
        }
        let shown = Arc::make_mut(&mut group.shown);
        shown.count += 1;
        shown.status = shown.status.max(finding.status);
        shown.first = shown.first.min(at);
        if at >= shown.last {
            shown.last = at;
            shown.summary.clone_from(&finding.summary);
        }
        if let Some(key) = key {
            shown.addresses.retain(|other| *other != key);
            shown.addresses.insert(0, key);
            shown.addresses.truncate(ErrorGroup::LISTED);
        }
    }

    /// An address is no longer watched.
    pub(super) fn forget_address(&mut self, key: AddressKey) {
        for group in self.groups.values_mut() {
            if !group.addresses.remove(&key) {
                continue;
            }
            self.dirty = true;
            Arc::make_mut(&mut group.shown).addresses.retain(|other| *other != key);
            if let Entry::Occupied(mut hits) = group.targets.entry(key.target) {
                *hits.get_mut() -= 1;
                if *hits.get() == 0 {
                    hits.remove();
                }
            }
        }
        self.drop_deserted();
    }

    /// A target is no longer watched.
    pub(super) fn forget_target(&mut self, target: TargetId) {
        for group in self.groups.values_mut() {
            self.dirty |= group.targets.remove(&target).is_some();
        }
        self.drop_deserted();
    }

    fn drop_deserted(&mut self) {
        self.groups.retain(|_, group| !group.targets.is_empty());
    }

    /// Drops groups that had nothing new for `age`.
    pub(super) fn expire(&mut self, now: Time, age: Duration) {
        let before = self.groups.len();
        self.groups.retain(|_, group| now.since(group.shown.last) < age);
        self.dirty |= self.groups.len() != before;
    }

    pub(super) const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The groups, latest first.
    pub(super) fn publish(&mut self) -> Arc<[Arc<ErrorGroup>]> {
        self.dirty = false;
        let mut groups: Vec<Arc<ErrorGroup>> = self.groups.values_mut().map(Group::publish).collect();
        groups.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.code.cmp(&b.code)));
        groups.into()
    }
}

impl Group {
    fn new(finding: &Finding, at: Time) -> Self {
        let shown = ErrorGroup {
            code: finding.code,
            status: finding.status,
            count: 0,
            first: at,
            last: at,
            addresses: Vec::new(),
            target_count: 0,
            address_count: 0,
            summary: finding.summary.clone(),
        };
        Self { shown: Arc::new(shown), addresses: HashSet::new(), targets: HashMap::new() }
    }

    fn publish(&mut self) -> Arc<ErrorGroup> {
        let counts = (self.targets.len(), self.addresses.len());
        if counts != (self.shown.target_count, self.shown.address_count) {
            let shown = Arc::make_mut(&mut self.shown);
            (shown.target_count, shown.address_count) = counts;
        }
        Arc::clone(&self.shown)
    }
}
