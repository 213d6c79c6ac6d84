//! What readers see: one immutable picture of the whole state.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use super::buckets::Digest;
use super::figures::{Aggregates, Quantiles};
use super::groups::GroupCounts;
use super::objectives::Budget;
use super::rows::Rows;
use super::trend::Trend;
use crate::diagnosis::Observer;
use crate::model::{
    AddressKey, Certificate, Changes, Code, Finding, Fingerprint, Incident, Observation, Resolution, SchedulerState,
    SourceState, Status, StoredFile, Survey, Target, TargetId, Time,
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
    /// Incidents, first what calls for somebody, worst first; then what is acknowledged, then what is silenced.
    pub incidents: Arc<[Arc<Incident>]>,
    /// How many there are in all; [`Snapshot::incidents`] is bounded.
    pub incident_count: usize,
    /// How many of them call for somebody.
    pub calling: usize,
    /// Incidents that are over, newest first, bounded.
    pub resolved: Arc<[Arc<Incident>]>,
    /// How objectives fare, in the order of the configuration.
    pub budgets: Arc<[Budget]>,
    /// Counts and quantiles over the fleet.
    pub aggregates: Arc<Aggregates>,
    /// How handshakes fare by label and by target, labels first.
    pub groups: Arc<[GroupCounts]>,
    /// Errors grouped by cause, latest first.
    pub errors: Arc<[Arc<ErrorGroup>]>,
    /// The newest log entries, newest first, bounded.
    pub log: Arc<[Arc<LogEntry>]>,
    /// What the fleet shows of our own side.
    pub observer: Arc<Observer>,
    /// How the sources of targets stand.
    pub sources: Arc<[SourceState]>,
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
        self.addresses.get(self.slot(key)? as usize)
    }

    /// The slot of an address in [`Snapshot::addresses`].
    #[must_use]
    pub fn slot(&self, key: AddressKey) -> Option<u32> {
        let (_, slot) = self.target(key.target)?.addresses.iter().find(|(other, _)| *other == key)?;
        Some(*slot)
    }

    /// The rows of a target's addresses, in resolver order.
    pub fn addresses_of(&self, id: TargetId) -> impl Iterator<Item = &Arc<AddressRow>> {
        let slots = self.target(id).map_or(&[][..], |row| &row.addresses);
        slots.iter().filter_map(|(_, slot)| self.addresses.get(*slot as usize))
    }

    /// When a target was last probed, on any of its addresses.
    #[must_use]
    pub fn last_probed(&self, id: TargetId) -> Option<Time> {
        self.addresses_of(id).filter_map(|row| Some(row.last.as_ref()?.at)).max()
    }

    /// When a finding of that target was last borne out: the last probe of an address either led to its findings
    /// or confirmed them, as the last look-up did with those about the name. No row changes for it.
    #[must_use]
    pub fn last_confirmed(&self, id: TargetId, finding: &Finding) -> Time {
        let looked_up = || self.target(id)?.resolution.as_ref().map(|resolution| resolution.at);
        let named: HashSet<&SocketAddr> = finding.addresses.iter().collect();
        let probed = self.addresses_of(id).filter(|row| named.contains(&row.key.address));
        let last = probed.filter_map(|row| Some(row.last.as_ref()?.at)).max();
        let last = if named.is_empty() { looked_up() } else { last };
        last.map_or(finding.last, |last| last.max(finding.last))
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
    /// Its certificate file as last read, where it names one.
    pub file: Option<Arc<StoredFile>>,
    /// Its current addresses, in resolver order, with their slots in [`Snapshot::addresses`].
    pub addresses: Arc<[(AddressKey, u32)]>,
    /// Findings, the cause first, as last judged. Shared with nothing; empty for the healthy.
    pub findings: Arc<[Arc<Finding>]>,
    /// Worst status; `Unknown` until every address was seen once.
    pub status: Status,
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
    /// The last survey; kept when later probes fail.
    pub survey: Option<Arc<Survey>>,
    /// What it was seen to change.
    pub changes: Option<Arc<Changes>>,
    /// Worst finding that names this address.
    pub finding: Option<Arc<Finding>>,
    /// Worst status over the findings that name this address.
    pub status: Status,
    /// The last probes, oldest first.
    pub trend: Trend,
    /// The TLS phase of all its probes.
    pub tls: Digest,
    /// Attempts and successes since it was first seen.
    pub attempts: u32,
    /// Of these, completed handshakes.
    pub successes: u32,
    /// A probe is under way since.
    pub probing_since: Option<Time>,
    /// A survey is under way since.
    pub surveying_since: Option<Time>,
}

impl AddressRow {
    /// Quantiles of the TLS phase. Worked out by those who ask: few rows are on screen, and all are published.
    #[must_use]
    pub fn quantiles(&self) -> Quantiles {
        self.tls.quantiles(u64::from(self.successes))
    }
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
    /// Events about targets or addresses that are not (or no longer) watched.
    pub ignored: u64,
    /// Log entries that fell out of the ring.
    pub log: u64,
}
