//! What readers see: one immutable picture of the whole state.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::rows::Rows;
use crate::model::{
    AddressKey, Certificate, Code, Finding, Fingerprint, Incident, Observation, Resolution, SchedulerState, Status,
    Target, TargetId, Time,
};

/// The state at one moment. Rows are shared between snapshots; unchanged ones are the same `Arc`.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Grows with every published change; views key their derived indexes by it.
    pub generation: u64,
    /// When it was published.
    pub at: Time,
    /// Targets; a target's slot is its id.
    pub targets: Rows<TargetRow>,
    /// Addresses, in no useful order; slots of removed ones are used again.
    pub addresses: Rows<AddressRow>,
    /// Distinct certificates, intermediates included.
    pub certificates: Rows<CertificateRow>,
    /// Slots in [`Snapshot::certificates`].
    pub certificate_slots: Arc<HashMap<Fingerprint, u32>>,
    /// Open incidents, worst first.
    pub incidents: Arc<[Arc<Incident>]>,
    /// Counts and quantiles over the fleet.
    pub aggregates: Arc<Aggregates>,
    /// Errors grouped by cause, latest first.
    pub errors: Arc<[Arc<ErrorGroup>]>,
    /// The newest log entries, newest first, bounded.
    pub log: Arc<[Arc<LogEntry>]>,
    /// What the scheduler is doing.
    pub scheduler: SchedulerState,
    /// What was not kept.
    pub drops: Drops,
}

impl Snapshot {
    /// The row of a target.
    #[must_use]
    pub fn target(&self, id: TargetId) -> Option<&Arc<TargetRow>> {
        self.targets.get(id.0 as usize)
    }

    /// The row of an address.
    #[must_use]
    pub fn address(&self, key: AddressKey) -> Option<&Arc<AddressRow>> {
        let (_, slot) = self.target(key.target)?.addresses.iter().find(|(other, _)| *other == key)?;
        self.addresses.get(*slot as usize)
    }

    /// The rows of a target's addresses, in resolver order.
    pub fn addresses_of(&self, id: TargetId) -> impl Iterator<Item = &Arc<AddressRow>> {
        let slots = self.target(id).map_or(&[][..], |row| &row.addresses);
        slots.iter().filter_map(|(_, slot)| self.addresses.get(*slot as usize))
    }

    /// The row of a certificate.
    #[must_use]
    pub fn certificate(&self, fingerprint: &Fingerprint) -> Option<&Arc<CertificateRow>> {
        self.certificates.get(*self.certificate_slots.get(fingerprint)? as usize)
    }
}

/// One target's state.
#[derive(Clone, Debug)]
pub struct TargetRow {
    /// The target.
    pub target: Arc<Target>,
    /// Its last look-up.
    pub resolution: Option<Arc<Resolution>>,
    /// Its current addresses, in resolver order, with their slots in [`Snapshot::addresses`].
    pub addresses: Arc<[(AddressKey, u32)]>,
    /// Findings, the cause first. Shared with nothing; empty for the healthy.
    pub findings: Arc<[Arc<Finding>]>,
    /// Worst status; `Unknown` until every address was seen once.
    pub status: Status,
    /// When it was last probed, on any address.
    pub last: Option<Time>,
}

/// One address's state.
#[derive(Clone, Debug)]
pub struct AddressRow {
    /// Its identity.
    pub key: AddressKey,
    /// The target it belongs to.
    pub target: Arc<Target>,
    /// The last probe, whatever its outcome.
    pub last: Option<Arc<Observation>>,
    /// The last probe that showed a certificate; kept when later ones fail.
    pub last_seen: Option<Arc<Observation>>,
    /// Worst finding that names this address.
    pub finding: Option<Arc<Finding>>,
    /// Worst status over the findings that name this address.
    pub status: Status,
    /// The last probes, oldest first.
    pub trend: Trend,
    /// Quantiles of the TLS phase over all its probes.
    pub tls: Quantiles,
    /// Attempts and successes since it was first seen.
    pub attempts: u32,
    /// Of these, completed handshakes.
    pub successes: u32,
    /// A probe is under way since.
    pub probing_since: Option<Time>,
}

/// One certificate and where it is served.
#[derive(Clone, Debug)]
pub struct CertificateRow {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Addresses that serve it as leaf, at most [`CertificateRow::LISTED`].
    pub served_by: Vec<AddressKey>,
    /// How many addresses serve it as leaf.
    pub leaf_count: usize,
    /// How many addresses send it anywhere in their chain.
    pub chain_count: usize,
    /// The label group it is shown under (most common among its servers).
    pub group: Arc<str>,
    /// Worst status over the findings that name it.
    pub status: Status,
}

impl CertificateRow {
    /// Most addresses listed by key for one certificate.
    pub const LISTED: usize = 64;
}

/// Whether and how fast the last probes answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trend(pub [TrendPoint; Trend::LEN], pub u8);

/// One probe in a trend, in two bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrendPoint(pub u16);

impl Trend {
    /// Probes remembered per address.
    pub const LEN: usize = 30;

    /// The points, oldest first.
    #[must_use]
    pub fn points(&self) -> &[TrendPoint] {
        &self.0[..usize::from(self.1)]
    }

    /// Forgets the oldest when full and adds one.
    pub fn push(&mut self, point: TrendPoint) {
        if usize::from(self.1) == Self::LEN {
            self.0.copy_within(1.., 0);
            self.0[Self::LEN - 1] = point;
        } else {
            self.0[usize::from(self.1)] = point;
            self.1 += 1;
        }
    }
}

impl TrendPoint {
    const FAILED: u16 = u16::MAX;

    /// A probe that failed.
    #[must_use]
    pub const fn failed() -> Self {
        Self(Self::FAILED)
    }

    /// A handshake that took `total`; resolution 1 ms, saturating below 65.5 s.
    #[must_use]
    pub fn took(total: Duration) -> Self {
        Self(u16::try_from(total.as_millis()).unwrap_or(Self::FAILED - 1).min(Self::FAILED - 1))
    }

    /// How long it took, `None` for a failure.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        (self.0 != Self::FAILED).then(|| Duration::from_millis(u64::from(self.0)))
    }
}

/// Quantiles of a duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// How many values.
    pub count: u64,
    /// Median.
    pub p50: Duration,
    /// 95th percentile.
    pub p95: Duration,
    /// 99th percentile.
    pub p99: Duration,
}

/// Counts over the fleet, kept up to date event by event.
#[derive(Clone, Debug, Default)]
pub struct Aggregates {
    /// Targets by worst status: ok, unknown, warning, critical.
    pub targets_by_status: [usize; 4],
    /// Addresses by worst status: ok, unknown, warning, critical.
    pub addresses_by_status: [usize; 4],
    /// Addresses by code of their worst finding; healthy ones are absent.
    pub outcomes: Distribution,
    /// Addresses by negotiated version.
    pub versions: Distribution,
    /// Addresses by negotiated suite.
    pub ciphers: Distribution,
    /// Addresses by group.
    pub groups: Distribution,
    /// Addresses by ALPN, `none` included.
    pub alpn: Distribution,
    /// Leaf certificates by key type.
    pub keys: Distribution,
    /// Leaf certificates by signature algorithm.
    pub signatures: Distribution,
    /// Leaf certificates by issuer.
    pub issuers: Distribution,
    /// Earliest end of validity among served leaves.
    pub nearest_expiry: Option<(Time, Fingerprint)>,
    /// Handshake successes and attempts in sliding windows.
    pub windows: [WindowCounts; 5],
    /// DNS phase.
    pub dns: Quantiles,
    /// TCP phase.
    pub tcp: Quantiles,
    /// TLS phase.
    pub tls: Quantiles,
    /// 95th percentile of the TLS phase per minute over the last half hour, oldest first.
    pub tls_p95_trend: Vec<Duration>,
    /// Probes ended per second over the last ten seconds.
    pub rate: f64,
}

/// Names with counts, most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// The entries.
    pub counts: Vec<Count>,
    /// Sum of all counts.
    pub total: usize,
}

/// One entry of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What is counted, safe to show.
    pub name: Arc<str>,
    /// How many.
    pub count: usize,
    /// How many an hour ago; `None` before an hour has passed.
    pub hour_ago: Option<usize>,
}

/// A sliding window of the success rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Five minutes.
    M5,
    /// Thirty minutes.
    M30,
    /// One hour.
    H1,
    /// Six hours.
    H6,
    /// A day.
    H24,
}

/// Attempts and successes within a window; faults of our own side are in neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowCounts {
    /// Probes that ended.
    pub attempts: u64,
    /// Of these, completed handshakes.
    pub successes: u64,
}

/// How near an end of validity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpiryBucket {
    /// Over.
    Expired,
    /// Within 24 hours.
    Day1,
    /// Within 48 hours.
    Day2,
    /// Within 7 days.
    Day7,
    /// Within 14 days.
    Day14,
    /// Within 30 days.
    Day30,
    /// Within 90 days.
    Day90,
    /// Later.
    More,
}

/// Failures of one kind, folded together.
#[derive(Clone, Debug)]
pub struct ErrorGroup {
    /// The cause.
    pub code: Code,
    /// Worst status seen in it.
    pub status: Status,
    /// How often.
    pub count: u64,
    /// First occurrence.
    pub first: Time,
    /// Latest occurrence.
    pub last: Time,
    /// Whom it hit, at most [`ErrorGroup::LISTED`], latest first.
    pub addresses: Vec<AddressKey>,
    /// How many distinct targets it hit.
    pub target_count: usize,
    /// How many distinct addresses it hit.
    pub address_count: usize,
    /// The latest sentence.
    pub summary: String,
}

impl ErrorGroup {
    /// Most addresses listed in one group.
    pub const LISTED: usize = 16;
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Number in order of arrival; never reused.
    pub number: u64,
    /// When.
    pub at: Time,
    /// Weight.
    pub status: Status,
    /// The code, for findings; changes and scheduler messages have none.
    pub code: Option<Code>,
    /// About which target.
    pub target: Option<TargetId>,
    /// About which address.
    pub key: Option<AddressKey>,
    /// The sentence.
    pub text: String,
}

/// What was not kept, to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// Events lost before they reached the store.
    pub events: u64,
    /// Log entries that fell out of the ring.
    pub log: u64,
}
