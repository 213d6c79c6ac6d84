//! Served leaf certificates by group and by end of validity.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::diagnosis::{Policy, lifetime_position};
use crate::model::{Certificate, Fingerprint, Time};
use crate::store::Snapshot;
use crate::ui::freshness::Freshness;
use crate::ui::widgets::width;

/// Upper ends of the buckets after `expired`; the last bucket is open.
pub(crate) const BUCKET_ENDS: [Duration; 6] =
    [hours(24), hours(48), hours(7 * 24), hours(14 * 24), hours(30 * 24), hours(90 * 24)];

/// Titles of the buckets, `expired` first.
pub(crate) const BUCKET_NAMES: [&str; 8] = ["expired", "≤24h", "≤48h", "≤7d", "≤14d", "≤30d", "≤90d", "more"];

/// The buckets in the filter language.
pub(crate) const BUCKET_TERMS: [&str; 8] = [
    "expires<0h",
    "expires>=0h expires<24h",
    "expires>=24h expires<48h",
    "expires>=48h expires<7d",
    "expires>=7d expires<14d",
    "expires>=14d expires<30d",
    "expires>=30d expires<90d",
    "expires>=90d",
];

/// Certificates shown under one name, least time left first.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The label they share.
    pub(crate) name: Arc<str>,
    /// They.
    pub(crate) certificates: Vec<Arc<Certificate>>,
    /// Where each is among all leaves.
    places: Vec<usize>,
}

impl Group {
    /// How many fall into each bucket at `now`.
    #[must_use]
    pub(crate) fn buckets(&self, now: Time) -> [usize; 8] {
        bucket_counts(self.certificates.len(), now, |end| {
            self.certificates.partition_point(|certificate| certificate.not_after < end)
        })
    }
}

/// All served leaves that pass the filter.
#[derive(Debug, Default)]
pub(crate) struct Expiry {
    /// By group; the group with the nearest end first.
    pub(crate) groups: Vec<Group>,
    /// Across groups, least time left first.
    pub(crate) all: Vec<Arc<Certificate>>,
    /// Certificates in the largest group.
    pub(crate) largest: usize,
    /// Columns of the longest group name, as shown.
    pub(crate) longest_name: u16,
}

/// Where a certificate stands in its life: a step, and in the first of them the quarter of the time until renewal is due.
///
/// Worked out once a second for all that is served rather than in every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Age {
    /// The step.
    pub(crate) freshness: Freshness,
    /// 0 to 3.
    pub(crate) quarter: usize,
}

/// All served leaves, whether they pass the filter or not.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    /// Least time left first.
    all: Vec<ServedLeaf>,
    groups: Vec<Arc<str>>,
}

#[derive(Debug)]
struct ServedLeaf {
    slot: u32,
    /// Place in [`Leaves::groups`].
    group: usize,
    certificate: Arc<Certificate>,
    age: Age,
}

impl Leaves {
    /// Gathers and sorts them.
    #[must_use]
    pub(crate) fn of(snapshot: &Snapshot, policy: &Policy, now: Time) -> Self {
        let mut leaves = Self::default();
        let mut places: HashMap<&Arc<str>, usize> = HashMap::new();
        for (slot, row) in (0..).zip(snapshot.certificates.slots()) {
            let Some(row) = row.filter(|row| row.leaf_count > 0) else { continue };
            let group = *places.entry(&row.group).or_insert_with(|| {
                leaves.groups.push(Arc::clone(&row.group));
                leaves.groups.len() - 1
            });
            let age = Age::of(&row.certificate, snapshot, policy, now);
            leaves.all.push(ServedLeaf { slot, group, certificate: Arc::clone(&row.certificate), age });
        }
        leaves.all.sort_by_cached_key(|leaf| order(&leaf.certificate));
        leaves
    }

    /// Lets them be as old as they are at `now`.
    pub(crate) fn age(&mut self, snapshot: &Snapshot, policy: &Policy, now: Time) {
        for leaf in &mut self.all {
            leaf.age = Age::of(&leaf.certificate, snapshot, policy, now);
        }
    }

    /// The ages of a group's certificates, of each `merged` neighbours the worst; of equally bad ones the first to end.
    pub(crate) fn worst_ages(&self, group: &Group, merged: usize) -> impl Iterator<Item = Age> {
        let age = |place: &usize| Some(self.all.get(*place)?.age);
        let worst = move |places: &[usize]| places.iter().rev().filter_map(age).max_by_key(|age| age.freshness);
        group.places.chunks(merged.max(1)).filter_map(worst)
    }
}

impl Age {
    /// By the thresholds of the target that serves it, of one of them.
    pub(crate) fn of(certificate: &Certificate, snapshot: &Snapshot, policy: &Policy, now: Time) -> Self {
        let server = || snapshot.certificate(&certificate.fingerprint)?.served_by.first();
        let target = || snapshot.target(server()?.target);
        let own = if policy.by_label.is_empty() { None } else { target().map(|row| policy.of(&row.target.labels)) };
        let freshness = Freshness::of(certificate, own.unwrap_or(policy), now);
        let quarter = match lifetime_position(certificate, now) {
            ..0.25 => 0,
            0.25..0.5 => 1,
            0.5..0.75 => 2,
            _ => 3,
        };
        Self { freshness, quarter }
    }
}

impl Expiry {
    /// Sorts nothing: in a part of the whole, everything is in the same order.
    #[must_use]
    pub(crate) fn of(leaves: &Leaves, passes: impl Fn(u32) -> bool) -> Self {
        let mut expiry = Self::default();
        let mut places: Vec<Option<usize>> = vec![None; leaves.groups.len()];
        for (at, leaf) in leaves.all.iter().enumerate().filter(|(_, leaf)| passes(leaf.slot)) {
            expiry.all.push(Arc::clone(&leaf.certificate));
            let (Some(name), Some(place)) = (leaves.groups.get(leaf.group), places.get_mut(leaf.group)) else {
                continue;
            };
            let place = *place.get_or_insert_with(|| {
                expiry.groups.push(Group { name: Arc::clone(name), certificates: Vec::new(), places: Vec::new() });
                expiry.groups.len() - 1
            });
            if let Some(group) = expiry.groups.get_mut(place) {
                group.certificates.push(Arc::clone(&leaf.certificate));
                group.places.push(at);
            }
        }
        expiry.largest = expiry.groups.iter().map(|group| group.certificates.len()).max().unwrap_or(0);
        expiry.longest_name = expiry.groups.iter().map(|group| width(&group.name)).max().unwrap_or(0);
        expiry
    }

    /// Where a certificate is: group and place in it.
    #[must_use]
    pub(crate) fn find(&self, fingerprint: &Fingerprint) -> Option<(usize, usize)> {
        self.groups.iter().enumerate().find_map(|(at, group)| {
            group.certificates.iter().position(|other| other.fingerprint == *fingerprint).map(|place| (at, place))
        })
    }

    /// Certificates that end in `[from, to)`, least time left first.
    #[must_use]
    pub(crate) fn between(&self, from: Time, to: Time) -> &[Arc<Certificate>] {
        let first = self.all.partition_point(|certificate| certificate.not_after < from);
        let last = self.all.partition_point(|certificate| certificate.not_after < to);
        self.all.get(first..last).unwrap_or(&[])
    }

    /// How many fall into each bucket at `now`.
    #[must_use]
    pub(crate) fn buckets(&self, now: Time) -> [usize; 8] {
        bucket_counts(self.all.len(), now, |end| self.all.partition_point(|certificate| certificate.not_after < end))
    }
}

fn bucket_counts(total: usize, now: Time, ended_before: impl Fn(Time) -> usize) -> [usize; 8] {
    let mut counts = [0; 8];
    let mut before = 0;
    let ends = std::iter::once(now).chain(BUCKET_ENDS.into_iter().map(|left| now + left));
    for (count, end) in counts.iter_mut().zip(ends) {
        let until = ended_before(end);
        *count = until - before;
        before = until;
    }
    if let Some(last) = counts.last_mut() {
        *last = total - before;
    }
    counts
}

/// Time left, then identity, so that equal ends keep their places.
fn order(certificate: &Arc<Certificate>) -> (Time, Fingerprint) {
    (certificate.not_after, certificate.fingerprint)
}

const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}
