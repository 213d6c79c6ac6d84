//! What the last probes of an address show together, and none of them alone.

use std::time::Duration;

use super::rules::{self, Rule};
use crate::model::{Finding, Observation, Status};

/// Slow handshakes in a row before they are a finding: one may be a busy moment, theirs or ours.
pub const SLOW_IN_A_ROW: usize = 3;
/// An outage and its end are two turns; who goes through that thrice is flapping.
const TURNS: u8 = 6;
/// A renewal is one change, a renewal taken back two; after three certificates take turns.
const CHANGES: u8 = 3;

/// The last probes of an address, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Its handshakes exceed the latency objective, often enough in a row to say so.
    pub is_slow: bool,
    /// How many probes were counted.
    pub probes: u8,
    /// Those that failed.
    pub failures: u8,
    /// Those of the failures that came after the connection stood.
    pub in_handshake: u8,
    /// How often a success followed a failure, or the reverse.
    pub turns: u8,
    /// How often another certificate was served than before.
    pub changes: u8,
}

impl History {
    /// That of a single probe, slow or not: `longest` is the latency objective of its target.
    #[must_use]
    pub fn of(last: &Observation, longest: Duration) -> Self {
        Self { is_slow: is_slow(last, longest), probes: 1, ..Self::default() }
    }

    /// Whether both lead to the same findings.
    #[must_use]
    pub fn says_the_same_as(self, other: Self) -> bool {
        self.is_slow == other.is_slow
            && self.flapping().map(|rule| rule.code) == other.flapping().map(|rule| rule.code)
            && self.alternates() == other.alternates()
    }

    /// What its turns are called: of the handshakes where the connection always stood.
    pub(super) fn flapping(self) -> Option<&'static Rule> {
        let only_handshakes = self.failures == self.in_handshake;
        let rule = if only_handshakes { &rules::HS_INTERMITTENT } else { &rules::FLEET_FLAPPING };
        (self.turns >= TURNS).then_some(rule)
    }

    pub(super) const fn alternates(self) -> bool {
        self.changes >= CHANGES
    }
}

/// Whether a handshake took longer than the latency objective, [`max_latency`](super::max_latency).
#[must_use]
pub fn is_slow(observation: &Observation, longest: Duration) -> bool {
    observation.is_handshake() && observation.timings.tls.is_some_and(|took| took > longest)
}

/// A finding about the time before: while it stands, an address may be well.
#[must_use]
pub fn is_over_time(finding: &Finding) -> bool {
    let is = |rule: &Rule| finding.code == rule.code;
    // A handshake that fails now is critical.
    is(&rules::FLEET_FLAPPING)
        || is(&rules::FLEET_LB_MIXED)
        || is(&rules::HS_INTERMITTENT) && finding.status < Status::Critical
}
