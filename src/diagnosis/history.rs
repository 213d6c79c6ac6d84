//! What the last probes of an address show together, and none of them alone.

use super::command::{self, Show};
use super::evidence::AddressEvidence;
use super::fault::{Fault, Group};
use super::policy::Policy;
use super::rules::{self, Rule};
use super::words;
use crate::model::{Confidence, Finding, Observation, Scope, Status};

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
    /// That of a single probe, slow or not.
    #[must_use]
    pub fn of(last: &Observation, policy: &Policy) -> Self {
        Self { is_slow: is_slow(last, policy), probes: 1, ..Self::default() }
    }

    /// Whether both lead to the same findings.
    #[must_use]
    pub fn says_the_same_as(self, other: Self) -> bool {
        self.is_slow == other.is_slow
            && self.flapping().map(|rule| rule.code) == other.flapping().map(|rule| rule.code)
            && self.alternates() == other.alternates()
    }

    /// What its turns are called: of the handshakes where the connection always stood.
    fn flapping(self) -> Option<&'static Rule> {
        let only_handshakes = self.failures == self.in_handshake;
        let rule = if only_handshakes { &rules::HS_INTERMITTENT } else { &rules::FLEET_FLAPPING };
        (self.turns >= TURNS).then_some(rule)
    }

    const fn alternates(self) -> bool {
        self.changes >= CHANGES
    }
}

/// Whether a handshake took longer than the latency objective.
#[must_use]
pub fn is_slow(observation: &Observation, policy: &Policy) -> bool {
    observation.is_handshake() && observation.timings.tls.is_some_and(|took| took > policy.max_latency)
}

pub(super) fn look<'a>(evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let Some(last) = evidence.last else { return };
    let fault = |rule, write| Fault {
        rule,
        address: evidence.address,
        observation: last,
        survey: None,
        about: None,
        variant: OVER_TIME,
        confidence: Confidence::Certain,
        write,
    };
    // A failure that is known to come and go is told by itself.
    let is_told =
        |rule: &Rule| faults.iter().any(|told| told.rule.code == rule.code && told.address == evidence.address);
    let flapping = evidence.history.flapping().filter(|rule| !is_told(rule));
    faults.extend(flapping.map(|rule| fault(rule, tell_flapping)));
    if evidence.history.alternates() {
        faults.push(fault(&rules::FLEET_LB_MIXED, tell_alternating));
    }
}

/// Keeps what many probes show apart from what the last one does.
const OVER_TIME: u16 = u16::MAX;

fn history(group: &Group<'_, '_>) -> History {
    group.case.address(group.first.address).map(|evidence| evidence.history).unwrap_or_default()
}

fn tell_flapping(group: &Group<'_, '_>) -> Finding {
    let History { probes, failures, turns, .. } = history(group);
    let verb = words::verb(group.count(), "comes and goes", "come and go");
    let (what, of) = if group.first.rule.code == rules::HS_INTERMITTENT.code {
        (
            words::verb(group.count(), "completes the handshake at times only", "complete the handshake at times only"),
            "handshakes",
        )
    } else {
        (verb, "probes")
    };
    let summary = format!("{} {what}: {failures} of the last {probes} {of} failed, with {turns} changes", group.who());
    let facts = vec![("failed", format!("{failures} of {probes}")), ("changes", turns.to_string())];
    let mut finding = group.finding(Scope::Address, summary, facts);
    // It serves some of the time.
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Handshake));
    finding
}

fn tell_alternating(group: &Group<'_, '_>) -> Finding {
    let History { probes, changes, .. } = history(group);
    let verb = words::verb(group.count(), "serves", "serve");
    let summary = format!(
        "{} {verb} different certificates by turns: {changes} changes in the last {probes} probes",
        group.who()
    );
    let mut facts =
        group.first.observation.chain().first().map(|leaf| words::identity("certificate", leaf)).unwrap_or_default();
    facts.push(("changes", changes.to_string()));
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Dates));
    finding
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
