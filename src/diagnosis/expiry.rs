//! Validity periods: over, not begun, or ending with renewal overdue.

use super::command::{self, Show};
use super::evidence::{Case, Shown};
use super::fault::{Fault, Group};
use super::lifetime::{Thresholds, end, is_expired, renewal_point};
use super::policy::Policy;
use super::rules::{self, Rule};
use super::words::{self, coarse};
use crate::model::{
    Certificate, Finding, Fingerprint, PathRefusal, PathResult, Scope, Status, Time, TrustReport, human_duration,
};

/// The earliest moment still to come at which time alone changes a judgement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Review {
    now: Time,
    pub(super) at: Option<Time>,
}

impl Review {
    pub(super) const fn new(now: Time) -> Self {
        Self { now, at: None }
    }

    /// At `moment`; as soon as may be when that has passed.
    pub(super) fn note_or_soon(&mut self, moment: Time) {
        self.note(moment.max(self.now + std::time::Duration::from_secs(1)));
    }

    pub(super) fn note(&mut self, moment: Time) {
        if moment > self.now && self.at.is_none_or(|at| moment < at) {
            self.at = Some(moment);
        }
    }
}

/// The server's own certificate.
pub(super) fn look_at_leaf<'a>(
    case: &Case<'a>,
    shown: &Shown<'a>,
    leaf: &'a Certificate,
    faults: &mut Vec<Fault<'a>>,
    review: &mut Review,
) {
    let thresholds = Thresholds::of(leaf.not_before, leaf.not_after, case.policy);
    let moments = [thresholds.overdue, thresholds.warning, thresholds.critical];
    for moment in moments {
        review.note(moment);
    }
    review.note(thresholds.page(case.policy, &case.target.labels));
    review.note(leaf.not_before);
    review.note(end(leaf.not_after));
    if let Some(rule) = standing(leaf, &thresholds, case.now) {
        faults.push(Fault::shown(rule, shown, leaf, tell_leaf));
    }
}

/// What its dates alone make of a certificate, wherever it is.
pub(super) fn standing(certificate: &Certificate, thresholds: &Thresholds, now: Time) -> Option<&'static Rule> {
    if is_expired(certificate, now) {
        Some(&rules::CERT_EXPIRED)
    } else if now < certificate.not_before {
        Some(&rules::CERT_NOT_YET_VALID)
    } else if now >= thresholds.warning || now >= thresholds.critical {
        Some(&rules::CERT_EXPIRING)
    } else if now >= thresholds.overdue {
        Some(&rules::CERT_RENEWAL_OVERDUE)
    } else {
        None
    }
}

/// The intermediates on the path that clients take; one that expires beside a valid path hurts nobody.
pub(super) fn look_at_intermediates<'a>(
    case: &Case<'a>,
    shown: &Shown<'a>,
    leaf: &'a Certificate,
    faults: &mut Vec<Fault<'a>>,
    review: &mut Review,
) {
    let Some(trust) = shown.handshake.trust.as_deref() else { return };
    for certificate in shown.path() {
        let ends_the_path = certificate.self_signed || certificate.fingerprint == leaf.fingerprint;
        if ends_the_path || can_be_avoided(trust, certificate.fingerprint) {
            continue;
        }
        let thresholds = Thresholds::of(certificate.not_before, certificate.not_after, case.policy);
        let moments = [thresholds.warning, thresholds.critical, end(certificate.not_after)];
        for moment in moments {
            review.note(moment);
        }
        if is_expired(certificate, case.now) {
            let fault = Fault::shown(&rules::CHAIN_INTERMEDIATE_EXPIRED, shown, certificate, tell_intermediate_expired);
            let proved = is_refused_for_time(trust) && !is_expired(leaf, trust.at);
            faults.push(if proved { fault } else { fault.likely() });
        } else if case.now >= thresholds.warning {
            faults.push(Fault::shown(
                &rules::CHAIN_INTERMEDIATE_EXPIRING,
                shown,
                certificate,
                tell_intermediate_expiring,
            ));
        }
    }
}

/// Whether some store accepts a path without that certificate.
pub(super) fn can_be_avoided(trust: &TrustReport, fingerprint: Fingerprint) -> bool {
    trust.stores.iter().any(|verdict| match &verdict.result {
        PathResult::Trusted { path, .. } => !path.contains(&fingerprint),
        PathResult::Refused { .. } => false,
    })
}

fn is_refused_for_time(trust: &TrustReport) -> bool {
    trust.stores.iter().any(|verdict| {
        matches!(verdict.result, PathResult::Refused { reason: PathRefusal::Expired, valid_at_another_time: true, .. })
    })
}

fn tell_leaf(group: &Group<'_, '_>) -> Finding {
    tell(group, "certificate", |leaf, now| sentence(group.first.rule, &group.certificate(), leaf, now))
}

/// What a [`standing`] is in words, about a certificate that goes by `who`.
pub(super) fn sentence(rule: &Rule, who: &str, certificate: &Certificate, now: Time) -> String {
    let left = certificate.not_after.since(now);
    let due = || coarse(now.since(renewal_point(certificate)));
    let lifetime = || words::lifetime(certificate.lifetime());
    match rule.code.0 {
        "cert.expired" => format!("{who} expired {} ago", human_duration(now.since(certificate.not_after))),
        "cert.not_yet_valid" => {
            format!("{who} is not valid yet: it begins in {}", human_duration(certificate.not_before.since(now)))
        }
        "cert.expiring" => {
            let (left, lifetime, due) = (human_duration(left), lifetime(), due());
            format!("{who} expires in {left} (valid {lifetime}, renewal was due {due} ago)")
        }
        _ => format!("{who} was due for renewal {} ago (valid {}, {} left)", due(), lifetime(), coarse(left)),
    }
}

fn tell_intermediate_expired(group: &Group<'_, '_>) -> Finding {
    tell(group, "intermediate", |intermediate, now| {
        format!(
            "intermediate “{}” of {} expired {} ago",
            intermediate.display_name(),
            group.who(),
            human_duration(now.since(intermediate.not_after))
        )
    })
}

fn tell_intermediate_expiring(group: &Group<'_, '_>) -> Finding {
    tell(group, "intermediate", |intermediate, now| {
        format!(
            "intermediate “{}” of {} expires in {}",
            intermediate.display_name(),
            group.who(),
            human_duration(intermediate.not_after.since(now))
        )
    })
}

/// What all findings about a validity share: they hold now, however old the observation is.
fn tell(group: &Group<'_, '_>, part: &'static str, sentence: impl Fn(&Certificate, Time) -> String) -> Finding {
    let (case, now) = (group.case, group.case.now);
    let Some(certificate) = group.first.about else {
        return group.finding(Scope::Certificate, group.certificate(), Vec::new());
    };
    let facts = dates(part, certificate);
    let mut finding = group.finding(Scope::Certificate, sentence(certificate, now), facts);
    stand(&mut finding, certificate, case.policy, now);
    let show = if part == "intermediate" { Show::Chain } else { Show::Dates };
    finding.next.command = Some(command::handshake(case, group.first.address, show));
    finding
}

/// The facts of a finding about a validity.
pub(super) fn dates(part: &'static str, certificate: &Certificate) -> Vec<(&'static str, String)> {
    let mut facts = words::identity(part, certificate);
    facts.push(("lifetime", words::lifetime(certificate.lifetime())));
    facts.push(("renewal point", renewal_point(certificate).rfc3339()));
    facts
}

/// Since when a finding about a validity holds, and how bad it is: it holds now, however old the observation is.
pub(super) fn stand(finding: &mut Finding, certificate: &Certificate, policy: &Policy, now: Time) {
    let thresholds = Thresholds::of(certificate.not_before, certificate.not_after, policy);
    finding.validity = Some((certificate.not_before, certificate.not_after));
    finding.last = now;
    match finding.code.0 {
        "cert.expired" | "chain.intermediate_expired" => finding.since = certificate.not_after,
        "cert.expiring" | "chain.intermediate_expiring" => {
            finding.since = thresholds.warning;
            finding.status = if now >= thresholds.critical { Status::Critical } else { Status::Warning };
        }
        "cert.renewal_overdue" => finding.since = thresholds.overdue,
        _ => {}
    }
}
