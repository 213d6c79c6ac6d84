//! Served leaf certificates by group and by end of validity.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::rows::Matches;
use crate::model::{Certificate, Fingerprint, Time};
use crate::store::{CertificateRow, Snapshot};
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

impl Expiry {
    /// Gathers the leaves.
    #[must_use]
    pub(crate) fn of(snapshot: &Snapshot, matches: &Matches, filtered: bool) -> Self {
        let rows = if filtered { served_by(snapshot, matches) } else { all_leaves(snapshot) };
        let mut by_group: HashMap<&Arc<str>, Vec<Arc<Certificate>>> = HashMap::new();
        for row in rows {
            by_group.entry(&row.group).or_default().push(Arc::clone(&row.certificate));
        }
        let mut groups: Vec<Group> =
            by_group.into_iter().map(|(name, certificates)| Group { name: Arc::clone(name), certificates }).collect();
        for group in &mut groups {
            group.certificates.sort_unstable_by_key(order);
        }
        groups.sort_by_cached_key(|group| (group.certificates.first().map(order), Arc::clone(&group.name)));
        let mut all: Vec<_> = groups.iter().flat_map(|group| group.certificates.iter().cloned()).collect();
        all.sort_unstable_by_key(order);
        let largest = groups.iter().map(|group| group.certificates.len()).max().unwrap_or(0);
        let longest_name = groups.iter().map(|group| width(&group.name)).max().unwrap_or(0);
        Self { groups, all, largest, longest_name }
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

fn all_leaves(snapshot: &Snapshot) -> Vec<&Arc<CertificateRow>> {
    snapshot.certificates.iter().filter(|row| row.leaf_count > 0).collect()
}

fn served_by<'a>(snapshot: &'a Snapshot, matches: &Matches) -> Vec<&'a Arc<CertificateRow>> {
    let mut seen: HashMap<Fingerprint, &Arc<CertificateRow>> = HashMap::new();
    for row in matches.address_rows(snapshot) {
        let Some(leaf) = row.last_seen.as_ref().and_then(|seen| seen.chain().first()) else { continue };
        if seen.contains_key(&leaf.fingerprint) {
            continue;
        }
        if let Some(row) = snapshot.certificate(&leaf.fingerprint) {
            seen.insert(leaf.fingerprint, row);
        }
    }
    seen.into_values().collect()
}

/// Time left, then identity, so that equal ends keep their places.
fn order(certificate: &Arc<Certificate>) -> (Time, Fingerprint) {
    (certificate.not_after, certificate.fingerprint)
}

const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}
