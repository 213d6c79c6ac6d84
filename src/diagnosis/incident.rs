//! What findings mean to the person on call: which of them are one incident, how loud, in which words.

use std::time::Duration;

use super::lifetime::Thresholds;
use super::{Policy, rule};
use crate::model::{Finding, Impact, IncidentKey, Scope, Severity, Status, Target, Time};

/// What makes findings the same incident: a certificate at fault wherever it is served,
/// our own side whichever target showed it, else the target.
#[must_use]
pub fn incident_key(target: &Target, finding: &Finding) -> IncidentKey {
    let certificate = match finding.scope {
        Scope::Certificate => finding.certificates.first().copied(),
        Scope::Address | Scope::File | Scope::Observer | Scope::Target => None,
    };
    let of_target = certificate.is_none() && finding.scope != Scope::Observer;
    IncidentKey { code: finding.code, certificate, target: of_target.then_some(target.id) }
}

/// How loud a finding is for this target.
#[must_use]
pub fn severity(target: &Target, finding: &Finding, policy: &Policy) -> Severity {
    match finding.impact {
        Impact::Outage => Severity::Page,
        Impact::Partial if finding.status == Status::Critical => Severity::Page,
        Impact::Partial => Severity::Ticket,
        Impact::Pending if is_page(target, finding, policy) => Severity::Page,
        Impact::Pending => Severity::Ticket,
        Impact::Advice | Impact::Inconclusive => Severity::Note,
    }
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
    let title = rule(finding.code).map_or(finding.code.0, |rule| rule.title);
    let named = ["intermediate", "certificate", "issuer"].into_iter().find_map(|noun| {
        let name = finding.evidence.value(noun)?;
        Some(format!("{noun} “{name}”"))
    });
    match (named, finding.validity) {
        (Some(named), Some((_, end))) if finding.last > end => format!("{named} expired {}", moment(end, finding.last)),
        (Some(named), _) => format!("{title}, {named}"),
        (None, _) => title.to_owned(),
    }
}

/// `03:00Z` within a day of `now`, else the date.
fn moment(at: Time, now: Time) -> String {
    if now.since(at) < Duration::from_secs(86_400) { at.strftime("%H:%MZ") } else { at.date() }
}
