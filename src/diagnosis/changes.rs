//! What changed lately, and how far a renewed certificate has got.

use std::net::SocketAddr;
use std::time::Duration;

use super::command::{self, Show};
use super::evidence::{AddressEvidence, Case};
use super::expiry::Review;
use super::fault::{Fault, Group};
use super::rules;
use super::words;
use crate::model::{
    Certificate, Changed, Changes, Confidence, Evidence, Finding, Next, Scope, Status, Time, human_duration,
};

/// For how long a change is worth a mention: what broke within the hour may have broken by it.
const RECENT: Duration = Duration::from_hours(1);
/// How long a roll-out may take before addresses that were left out are a fault: three times what is aimed for.
pub(super) const ROLL_OUT: Duration = Duration::from_mins(15);

/// Notes what an address changed within the hour.
pub(super) fn look<'a>(
    case: &Case<'a>,
    evidence: &AddressEvidence<'a>,
    faults: &mut Vec<Fault<'a>>,
    review: &mut Review,
) {
    let Some((changes, observation)) = evidence.changes.zip(evidence.last_seen) else { return };
    let is_recent = |at: Option<Time>| at.is_some_and(|at| case.now < at + RECENT);
    let Some(last) = changes.last().filter(|last| is_recent(Some(*last))) else { return };
    review.note(last + RECENT);
    let leaf = changes.leaf.as_ref().filter(|change| is_recent(Some(change.at)));
    let variant = u16::from(is_recent(changes.version.as_ref().map(|change| change.at))) << 1
        | u16::from(is_recent(changes.cipher.as_ref().map(|change| change.at)));
    faults.push(Fault {
        about: leaf.map(|change| &*change.after),
        variant,
        ..Fault::probed(&rules::CHANGE_RECENT, evidence, observation, tell)
    });
}

/// A change in words: what, before, after.
#[must_use]
pub fn change_words(changes: &Changes) -> Vec<(&'static str, String, String)> {
    let mut words = Vec::new();
    if let Some(Changed { before, after, .. }) = &changes.leaf {
        words.push(("certificate", brief(before), brief(after)));
        if before.issuer != after.issuer {
            words.push(("issuer", before.issuer_short.to_string(), after.issuer_short.to_string()));
        }
        if before.spki != after.spki {
            let key = |of: &Certificate| format!("{} {}", of.key, of.spki.short());
            words.push(("key", key(before), key(after)));
        }
    }
    if let Some(Changed { before, after, .. }) = &changes.version {
        words.push(("version", before.to_string(), after.to_string()));
    }
    if let Some(Changed { before, after, .. }) = &changes.cipher {
        words.push(("suite", before.to_string(), after.to_string()));
    }
    words
}

/// `…1f21 until 2026-12-01`.
fn brief(certificate: &Certificate) -> String {
    format!("{} until {}", words::serial(certificate), certificate.not_after.date())
}

fn tell(group: &Group<'_, '_>) -> Finding {
    let (case, address) = (group.case, group.first.address);
    let changes = case.address(address).and_then(|evidence| evidence.changes);
    let recent = changes.map(|changes| within(changes, case.now)).unwrap_or_default();
    let words = change_words(&recent);
    let told = words.iter().map(|(what, before, after)| format!("{what} {before} → {after}"));
    let told = told.collect::<Vec<_>>().join(", ");
    let at = recent.last().unwrap_or(case.now);
    let summary = format!("{} changed at {}: {told}", group.who(), at.strftime("%H:%M:%SZ"));
    let mut facts = vec![("changed", at.rfc3339())];
    facts.extend(words.into_iter().map(|(what, before, after)| (what, format!("{before} → {after}"))));
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.since = at;
    finding.next.command = Some(command::handshake(case, address, Show::Dates));
    finding
}

/// What of it is recent.
fn within(changes: &Changes, now: Time) -> Changes {
    Changes {
        leaf: changes.leaf.clone().filter(|change| now < change.at + RECENT),
        version: changes.version.clone().filter(|change| now < change.at + RECENT),
        cipher: changes.cipher.clone().filter(|change| now < change.at + RECENT),
    }
}

/// When an address was first seen to serve this certificate, having served another one before.
pub(super) fn began(evidence: &AddressEvidence<'_>, leaf: &Certificate) -> Option<Time> {
    let change = evidence.changes?.leaf.as_ref()?;
    (change.after.fingerprint == leaf.fingerprint).then_some(change.at)
}

/// Adds that a renewed certificate has reached every address, with the time it took.
pub(super) fn look_at_roll_out(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Some(finding) = converged(case) else { return };
    for change in findings.iter_mut().filter(|change| change.code == rules::CHANGE_RECENT.code) {
        change.caused_by = change.caused_by.or(Some(finding.code));
    }
    findings.push(finding);
}

fn converged(case: &Case<'_>) -> Option<Finding> {
    let [first, _, ..] = case.addresses else { return None };
    let leaf = first.shown()?.leaf()?;
    let mut began_at: Vec<Time> = Vec::new();
    for evidence in case.addresses {
        let shown = evidence.shown()?.leaf()?;
        if shown.fingerprint != leaf.fingerprint {
            return None;
        }
        began_at.extend(began(evidence, leaf));
    }
    // One alone says nothing of the way from the first to the last.
    let (begun, done) = (*began_at.iter().min()?, *began_at.iter().max()?);
    if began_at.len() < 2 || case.now >= done + RECENT {
        return None;
    }
    let mut addresses: Vec<SocketAddr> = case.addresses.iter().map(|evidence| evidence.address).collect();
    addresses.sort_unstable();
    let since_issue = human_duration(done.since(leaf.not_before));
    let took = human_duration(done.since(begun));
    let mut facts = words::identity("certificate", leaf);
    facts.push(("first served", begun.rfc3339()));
    facts.push(("served by all", done.rfc3339()));
    facts.push(("roll-out took", took.clone()));
    facts.push(("from issuance to all", since_issue.clone()));
    Some(Finding {
        code: rules::DEPLOY_CONVERGED.code,
        impact: rules::DEPLOY_CONVERGED.impact,
        status: Status::Ok,
        confidence: Confidence::Certain,
        scope: Scope::Target,
        certificates: vec![leaf.fingerprint],
        summary: format!(
            "{} serve the new certificate {} since {}: the roll-out took {took}, {since_issue} after issuance",
            words::who(case, addresses.len()),
            words::serial(leaf),
            done.strftime("%H:%M:%SZ")
        ),
        evidence: Evidence(facts),
        next: Next {
            text: rules::DEPLOY_CONVERGED.next.to_owned(),
            command: addresses.first().map(|address| command::handshake(case, *address, Show::Dates)),
        },
        addresses,
        caused_by: None,
        validity: None,
        since: begun,
        last: done,
    })
}

#[cfg(test)]
#[path = "changes_tests.rs"]
pub(super) mod tests;
