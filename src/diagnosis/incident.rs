//! What findings mean to the person on call: which of them are one incident, how loud, in which words.

use std::time::Duration;

use super::lifetime::Thresholds;
use super::rules::{self, rule};
use super::{Policy, expect, shared};
use crate::model::{Finding, Impact, IncidentKey, Scope, Severity, Status, Target, Time};

/// What makes findings the same incident: a certificate at fault wherever it is served,
/// our own side and our resolver whichever target showed it, else the target.
#[must_use]
pub fn incident_key(target: &Target, finding: &Finding) -> IncidentKey {
    // A node that was not reloaded serves its old certificate for all its names.
    let by_certificate = finding.scope == Scope::Certificate || finding.code == rules::FLEET_STALE_NODE.code;
    let certificate = if by_certificate { finding.certificates.first().copied() } else { None };
    // A resolver that does not answer fails every name it is asked for.
    let of_resolver = [rules::DNS_TIMEOUT.code, rules::DNS_REFUSED.code].contains(&finding.code);
    let common = shared::subject(finding);
    let of_target = certificate.is_none() && common.is_none() && finding.scope != Scope::Observer && !of_resolver;
    IncidentKey { code: finding.code, certificate, shared: common, target: of_target.then_some(target.id) }
}

/// How loud a finding is for this target.
#[must_use]
pub fn severity(target: &Target, finding: &Finding, policy: &Policy) -> Severity {
    let policy = policy.of(&target.labels);
    let severity = match finding.impact {
        Impact::Outage => Severity::Page,
        Impact::Partial if finding.status == Status::Critical => Severity::Page,
        Impact::Pending if is_page(target, finding, policy) => Severity::Page,
        Impact::Partial | Impact::Pending => Severity::Ticket,
        Impact::Advice if expect::is_policy(finding) && finding.status == Status::Critical => Severity::Page,
        // Drift and legacy protocols break nobody today, and are work for somebody's office hours.
        Impact::Advice | Impact::Inconclusive if finding.status >= Status::Warning => Severity::Ticket,
        Impact::Advice | Impact::Inconclusive => Severity::Note,
    };
    severity.min(policy.severity_at_most)
}

fn is_page(target: &Target, finding: &Finding, policy: &Policy) -> bool {
    finding
        .validity
        .is_some_and(|(start, end)| finding.last >= Thresholds::of(start, end, policy).page(policy, &target.labels))
}

/// The sentence for an incident: its worst finding's, or one about all it spans when it spans several targets.
#[must_use]
pub fn widened_summary(worst: &Finding, target_count: usize, address_count: usize) -> String {
    if target_count <= 1 {
        return worst.summary.clone();
    }
    let verb = if worst.impact >= Impact::Partial { "fail" } else { "are affected" };
    let spread = if address_count > target_count {
        format!("{target_count} targets ({address_count} addresses) {verb}")
    } else {
        format!("{target_count} targets {verb}")
    };
    format!("{spread}: {}", fact(worst))
}

/// What happened, without a target's name.
fn fact(finding: &Finding) -> String {
    if let Some(fact) = shared::fact(finding) {
        return fact;
    }
    let title = rule(finding.code).map_or(finding.code.0, |rule| rule.title);
    let named = ["intermediate", "certificate", "issuer"]
        .into_iter()
        .find_map(|noun| Some((noun, finding.evidence.value(noun)?)));
    match (named, finding.validity) {
        (Some((noun, name)), Some((_, end))) if finding.last > end => {
            format!("{noun} “{name}” expired {}", moment(end, finding.last))
        }
        (Some((noun, name)), _) if title.contains(noun) => format!("{title}: “{name}”"),
        (Some((noun, name)), _) => format!("{title}: {noun} “{name}”"),
        (None, _) => title.to_owned(),
    }
}

/// `03:00Z` within a day of `now`, else the date.
fn moment(at: Time, now: Time) -> String {
    if now.since(at) < Duration::from_hours(24) { at.strftime("%H:%MZ") } else { at.date() }
}

#[cfg(test)]
#[path = "incident_tests.rs"]
mod tests;
