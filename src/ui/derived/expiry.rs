//! Served leaf certificates by group and by end of validity.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Certificate, Fingerprint, Time};
use crate::store::Snapshot;
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
}

impl Leaves {
    /// Gathers and sorts them.
    #[must_use]
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let mut leaves = Self::default();
        let mut places: HashMap<&Arc<str>, usize> = HashMap::new();
        for (slot, row) in (0..).zip(snapshot.certificates.slots()) {
            let Some(row) = row.filter(|row| row.leaf_count > 0) else { continue };
            let group = *places.entry(&row.group).or_insert_with(|| {
                leaves.groups.push(Arc::clone(&row.group));
                leaves.groups.len() - 1
            });
            leaves.all.push(ServedLeaf { slot, group, certificate: Arc::clone(&row.certificate) });
        }
        leaves.all.sort_by_cached_key(|leaf| order(&leaf.certificate));
        leaves
    }
}

impl Expiry {
    /// Sorts nothing: in a part of the whole, everything is in the same order.
    #[must_use]
    pub(crate) fn of(leaves: &Leaves, passes: impl Fn(u32) -> bool) -> Self {
        let mut expiry = Self::default();
        let mut places: Vec<Option<usize>> = vec![None; leaves.groups.len()];
        for leaf in leaves.all.iter().filter(|leaf| passes(leaf.slot)) {
            expiry.all.push(Arc::clone(&leaf.certificate));
            let (Some(name), Some(place)) = (leaves.groups.get(leaf.group), places.get_mut(leaf.group)) else {
                continue;
            };
            let place = *place.get_or_insert_with(|| {
                expiry.groups.push(Group { name: Arc::clone(name), certificates: Vec::new() });
                expiry.groups.len() - 1
            });
            if let Some(group) = expiry.groups.get_mut(place) {
                group.certificates.push(Arc::clone(&leaf.certificate));
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
