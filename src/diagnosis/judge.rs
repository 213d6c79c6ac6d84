//! The one entrance: all evidence about a target in, its findings out.

use std::net::SocketAddr;
use std::sync::Arc;

use super::Policy;
use crate::model::{Finding, Observation, Resolution, Target, Time};

/// Everything known about one target.
#[derive(Clone, Copy, Debug)]
pub struct TargetEvidence<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its last look-up.
    pub resolution: Option<&'a Resolution>,
    /// Its addresses, in resolver order.
    pub addresses: &'a [AddressEvidence<'a>],
}

/// Everything known about one address.
#[derive(Clone, Copy, Debug)]
pub struct AddressEvidence<'a> {
    /// The address.
    pub address: SocketAddr,
    /// The last probe.
    pub last: Option<&'a Arc<Observation>>,
    /// The last probe that showed a certificate.
    pub last_seen: Option<&'a Arc<Observation>>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// Findings, the cause first, consequences after their cause.
    pub findings: Vec<Finding>,
    /// When time alone will change this judgement.
    pub review_at: Option<Time>,
}

/// Judges one target at one moment.
#[must_use]
pub fn judge(evidence: &TargetEvidence<'_>, policy: &Policy, now: Time) -> Judgement {
    let _ = (evidence, policy, now);
    Judgement::default()
}
