//! Findings with one root cause, across the fleet.

use std::sync::Arc;

use serde::Serialize;

use super::{Code, Fingerprint, Impact, Status, TargetId, Time};

/// What makes two findings the same incident: the cause, and the certificate or else the target it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct IncidentKey {
    /// The cause.
    pub code: Code,
    /// The certificate at fault, when one is: the same certificate on many targets is one incident.
    pub certificate: Option<Fingerprint>,
    /// Else what those that fail have in common.
    pub shared: Option<Arc<str>>,
    /// Else the target.
    pub target: Option<TargetId>,
}

/// How loud an incident is. Ordered from quiet to loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// For working hours.
    Ticket,
    /// For now.
    Page,
}

/// Something that is wrong, why, since when and how wide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its identity.
    pub key: IncidentKey,
    /// How loud.
    pub severity: Severity,
    /// Worst impact among its findings.
    pub impact: Impact,
    /// Worst status among its findings.
    pub status: Status,
    /// The sentence that matters, from its worst finding (widened when several targets share it).
    pub summary: String,
    /// What to do.
    pub next: String,
    /// Affected targets, at most [`Incident::LISTED`], worst first.
    pub targets: Vec<TargetId>,
    /// How many targets in all.
    pub target_count: usize,
    /// How many addresses in all.
    pub address_count: usize,
    /// First seen.
    pub since: Time,
    /// Last confirmed.
    pub last: Time,
}

impl Incident {
    /// Most targets listed by id in one incident.
    pub const LISTED: usize = 32;
}
