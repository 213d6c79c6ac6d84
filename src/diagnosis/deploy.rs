//! The certificate on disk against the one that is served: renewed and not reloaded, or not there at all.

use std::net::SocketAddr;

use super::changes::ROLL_OUT;
use super::command::{self, Show};
use super::evidence::Case;
use super::expiry::Review;
use super::fault::status_of;
use super::lifetime::is_expired;
use super::rules::{self, Rule};
use super::words;
use crate::model::{
    Certificate, Confidence, Evidence, Finding, Fingerprint, Impact, Next, Scope, StoredContent, StoredFile, Time,
    Untrusted, human_duration,
};

/// Compares the target's certificate file with what each address serves.
pub(super) fn look(case: &Case<'_>, findings: &mut Vec<Finding>, review: &mut Review) {
    let Some(file) = case.file else { return };
    match &file.content {
        StoredContent::Unreadable(reason) => findings.push(broken(case, file, reason)),
        StoredContent::Leaf(stored) => compare(case, file, stored, findings, review),
    }
}

fn compare(case: &Case<'_>, file: &StoredFile, stored: &Certificate, findings: &mut Vec<Finding>, review: &mut Review) {
    let behind: Vec<(SocketAddr, &Certificate)> = case
        .addresses
        .iter()
        .filter_map(|evidence| Some((evidence.address, evidence.shown()?.leaf()?)))
        .filter(|(_, served)| is_behind(served, stored))
        .collect();
    let Some((_, oldest)) = behind.iter().min_by_key(|(_, served)| served.not_after) else { return };
    let until = changed(file) + ROLL_OUT;
    let serves = behind.iter().all(|(_, served)| !is_expired(served, case.now));
    let rule = if case.now < until && serves {
        review.note(until);
        &rules::DEPLOY_CONVERGING
    } else {
        &rules::DEPLOY_NOT_RELOADED
    };
    let mut addresses: Vec<SocketAddr> = behind.iter().map(|(address, _)| *address).collect();
    addresses.sort_unstable();
    let worst = explain(rule, &addresses, findings);
    // What the addresses show among each other is the same fact, with less of its cause.
    findings.retain(|finding| finding.code != rules::DEPLOY_CONVERGING.code);
    findings.push(tell(case, rule, file, stored, oldest, addresses, worst));
}

/// Whether the file has a successor of what is served. An older file than what is served has its reason elsewhere.
fn is_behind(served: &Certificate, stored: &Certificate) -> bool {
    served.fingerprint != stored.fingerprint && stored.not_before >= served.not_before
}

/// When the file came to have this content, as far as is known.
fn changed(file: &StoredFile) -> Time {
    file.modified.unwrap_or(file.at)
}

/// Makes it the cause of what is wrong with the old certificate on these addresses; the worst impact among that.
fn explain(rule: &Rule, addresses: &[SocketAddr], findings: &mut [Finding]) -> Option<Impact> {
    let is_effect = |finding: &Finding| {
        let old = finding.scope == Scope::Certificate || finding.code == rules::FLEET_STALE_NODE.code;
        old && !finding.addresses.is_empty() && finding.addresses.iter().all(|address| addresses.contains(address))
    };
    let effects = findings.iter_mut().filter(|finding| finding.caused_by.is_none() && is_effect(finding));
    let caused = effects.map(|finding| {
        finding.caused_by = Some(rule.code);
        finding.impact
    });
    caused.max()
}

fn tell(
    case: &Case<'_>,
    rule: &'static Rule,
    file: &StoredFile,
    stored: &Certificate,
    served: &Certificate,
    addresses: Vec<SocketAddr>,
    worst: Option<Impact>,
) -> Finding {
    let impact = worst.map_or(rule.impact, |worst| worst.max(rule.impact));
    let path = path(file);
    let count = addresses.len();
    let verb = words::verb(count, "serves", "serve");
    let end = if is_expired(served, case.now) {
        format!("which expired {} ago", human_duration(case.now.since(served.not_after)))
    } else {
        format!("which ends in {}", human_duration(served.not_after.since(case.now)))
    };
    let since = changed(file);
    let summary = format!(
        "{} still {verb} the certificate {}, {end}; {path} has its successor {} since {}",
        words::who(case, count),
        words::serial(served),
        words::serial(stored),
        since.strftime("%m-%d %H:%MZ"),
    );
    let mut facts = vec![("file", path.clone()), ("file changed", since.rfc3339())];
    facts.push(("on disk (serial)", stored.serial.clone()));
    facts.push(("on disk (sha256)", stored.fingerprint.to_string()));
    facts.push(("on disk until", stored.not_after.rfc3339()));
    facts.push(("served (serial)", served.serial.clone()));
    facts.push(("served (sha256)", served.fingerprint.to_string()));
    facts.push(("served until", served.not_after.rfc3339()));
    facts.push(("served by", words::addresses(&addresses)));
    Finding {
        code: rule.code,
        impact,
        status: status_of(impact),
        confidence: Confidence::Certain,
        scope: Scope::Target,
        certificates: certificates(&[served.fingerprint, stored.fingerprint]),
        summary,
        evidence: Evidence(facts),
        next: Next {
            text: format!("{} Behind: {}.", rule.next, words::addresses(&addresses)),
            command: addresses.first().map(|address| command::handshake(case, *address, Show::Dates)),
        },
        addresses,
        caused_by: None,
        validity: (rule.impact > Impact::Advice).then_some((served.not_before, served.not_after)),
        since,
        last: file.at.max(since),
    }
}

fn certificates(of: &[Fingerprint]) -> Vec<Fingerprint> {
    let mut all = of.to_vec();
    all.sort_unstable();
    all
}

fn broken(case: &Case<'_>, file: &StoredFile, reason: &Untrusted) -> Finding {
    let rule = &rules::FILE_BROKEN_REFERENCE;
    let path = path(file);
    Finding {
        code: rule.code,
        impact: rule.impact,
        status: crate::model::Status::Warning,
        confidence: Confidence::Certain,
        scope: Scope::File,
        addresses: Vec::new(),
        certificates: Vec::new(),
        summary: format!("the certificate file of {} cannot be read: {path}: {reason}", words::target(case)),
        evidence: Evidence(vec![("file", path.clone()), ("reason", reason.to_string())]),
        next: Next { text: rule.next.to_owned(), command: Some(format!("ls -lL {}", command::quoted(&path))) },
        caused_by: None,
        validity: None,
        since: file.at,
        last: file.at,
    }
}

fn path(file: &StoredFile) -> String {
    Untrusted::new(&file.path.to_string_lossy()).to_string()
}

#[cfg(test)]
#[path = "deploy_tests.rs"]
pub(super) mod tests;
