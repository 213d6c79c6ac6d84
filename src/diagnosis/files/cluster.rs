//! Objects of a cluster: whether hosts have a certificate, and whether it is going to be renewed.

use std::collections::HashSet;
use std::time::Duration;

use super::super::expect::covers;
use super::super::lifetime::is_expired;
use super::super::rules;
use super::super::words;
use super::kubectl;
use super::tell::{Desk, warned};
use crate::model::{
    Certificate, ClusterObject, Confidence, Finding, Impact, Issuance, Lack, SecretUse, Status, StoredSecret, Time,
    Untrusted, human_duration,
};

/// How long an issuance, or a renewal that is due, may take without a word.
const PATIENCE: Duration = Duration::from_hours(1);

/// cert-manager waits an hour after a failure, then twice as long each time, up to this (its back-off).
const LONGEST_WAIT: Duration = Duration::from_hours(32);

pub(super) fn look(desk: &Desk<'_>, findings: &mut Vec<Finding>) {
    let Some(object) = desk.file.object() else { return };
    findings.extend(malformed(desk, object));
    let issuing = object.issuance.as_ref().and_then(|issuance| not_issued(desk, object, issuance));
    let is_explained = issuing.is_some() || object.issuance.as_ref().is_some_and(|one| is_waiting(desk, one));
    findings.extend(issuing);
    for one in &object.uses {
        // What is not issued, or not yet, is not there.
        findings.extend(missing(desk, object, one).filter(|_| !is_explained));
        findings.extend(not_covered(desk, object, one).filter(|_| !is_explained));
    }
    findings.extend(object.issuance.as_ref().and_then(|issuance| overdue(desk, object, issuance)));
}

fn malformed(desk: &Desk<'_>, object: &ClusterObject) -> Option<Finding> {
    if object.lacks.is_empty() {
        return None;
    }
    let told: Vec<&str> = object.lacks.iter().map(|lack| lack.words()).collect();
    let told = told.join(" and ");
    let summary = format!("{} is a secret for TLS and {told}", desk.file.name());
    let mut finding = desk.finding(&rules::K8S_SECRET_MALFORMED, summary, vec![("it", told)]);
    finding.next.command = kubectl::on("describe secret", &object.name);
    // With a certificate, it is seen only by whoever wants the key.
    Some(if object.lacks == [Lack::Key] { Finding { impact: Impact::Partial, ..finding } } else { finding })
}

fn missing(desk: &Desk<'_>, object: &ClusterObject, one: &SecretUse) -> Option<Finding> {
    let StoredSecret::Missing { has_neighbours } = one.stored else { return None };
    let summary =
        format!("{} wants secret/{}, which is not there, for {}", desk.file.name(), one.secret, hosts(&one.hosts));
    let mut finding = desk.finding(&rules::K8S_SECRET_MISSING, summary, facts(object, one));
    finding.next.command = kubectl::on("get secret", &one.secret);
    if has_neighbours {
        return Some(finding);
    }
    // Perhaps no secrets of that namespace were asked for.
    Some(warned(Finding { confidence: Confidence::Likely, ..finding }))
}

fn not_covered(desk: &Desk<'_>, object: &ClusterObject, one: &SecretUse) -> Option<Finding> {
    let certificate = one.stored.certificate()?;
    let bare = uncovered(certificate, &one.hosts);
    if bare.is_empty() {
        return None;
    }
    let names = certificate.sans.iter().map(|san| san.text().to_string());
    let (name, listed) = (desk.file.name(), words::list(names, certificate.sans.len()));
    let summary = format!("{name} has secret/{} for {}, whose certificate is not for it", one.secret, hosts(&bare));
    let mut facts = facts(object, one);
    facts.push(("not covered", hosts(&bare)));
    facts.push(("the certificate is for", if listed.is_empty() { "no name at all".to_owned() } else { listed }));
    facts.push(("sha256", certificate.fingerprint.to_string()));
    let mut finding = desk.about(&rules::K8S_HOST_NOT_COVERED, certificate, summary, facts);
    finding.next.command = kubectl::on("describe secret", &one.secret);
    let is_partial = bare.len() < one.hosts.len();
    Some(if is_partial { Finding { impact: Impact::Partial, ..finding } } else { finding })
}

/// Hosts that a certificate is not for.
fn uncovered(certificate: &Certificate, hosts: &[Untrusted]) -> Vec<Untrusted> {
    /// From so many on, names are looked up: both lists can have thousands.
    const MANY: usize = 16;
    let names: HashSet<String> = if hosts.len() < MANY {
        HashSet::new()
    } else {
        certificate.sans.iter().map(|san| san.text().as_str().to_ascii_lowercase()).collect()
    };
    let is_named = |host: &str| {
        let host = host.to_ascii_lowercase();
        let above = host.split_once('.').filter(|(label, _)| *label != "*").map(|(_, above)| format!("*.{above}"));
        names.contains(&host) || above.is_some_and(|above| names.contains(&above))
    };
    // What is not looked up, or not found, is compared; that is the judge.
    let is_for = |host: &&Untrusted| {
        let is_likely = hosts.len() < MANY || is_named(host.as_str());
        is_likely && certificate.sans.iter().any(|san| covers(san, host.as_str()))
    };
    hosts.iter().filter(|host| !is_for(host)).cloned().collect()
}

/// An issuance that fails, or does not come to an end.
fn not_issued(desk: &Desk<'_>, object: &ClusterObject, issuance: &Issuance) -> Option<Finding> {
    let has_failed = issuance.failed_attempts > 0;
    if !has_failed && (issuance.ready != Some(false) || is_waiting(desk, issuance)) {
        return None;
    }
    let attempts = match issuance.failed_attempts {
        0 => "has no certificate from cert-manager".to_owned(),
        1 => "could not be issued at the last attempt".to_owned(),
        attempts => format!("could not be issued {attempts} times in a row"),
    };
    let why = if issuance.message.is_empty() { &issuance.reason } else { &issuance.message };
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    let summary = format!("{} {attempts}{why}", desk.file.name());
    let retry = retry(issuance);
    let mut told = object.uses.first().map(|one| facts(object, one)).unwrap_or_default();
    told.extend([("reason", issuance.reason.to_string()), ("message", issuance.message.to_string())]);
    told.push(("failed attempts", issuance.failed_attempts.to_string()));
    told.extend(issuance.last_failure.map(|time| ("last failure", time.rfc3339())));
    told.extend(retry.map(|time| ("next attempt", time.rfc3339())));
    told.push(("issuer", issuance.issuer.to_string()));
    told.extend(issuance.revision.map(|revision| ("revision", revision.to_string())));
    told.retain(|(_, value)| !value.is_empty());
    let mut finding = desk.finding(&rules::K8S_ISSUANCE_FAILING, summary, told);
    finding.next.command = kubectl::on("describe certificate", &object.name);
    finding.since = issuance.since.or(issuance.last_failure).unwrap_or(desk.now).min(desk.now);
    let served = object.uses.first().map(|one| &one.stored);
    let is_out = match served {
        Some(StoredSecret::Missing { has_neighbours }) => *has_neighbours,
        Some(StoredSecret::There(certificate)) => {
            certificate.as_ref().is_none_or(|certificate| is_expired(certificate, desk.now))
        }
        Some(StoredSecret::Untold) | None => false,
    };
    // As long as the old one is valid, clients see nothing of it.
    Some(if is_out { Finding { impact: Impact::Outage, status: Status::Critical, ..finding } } else { finding })
}

/// Whether it began a moment ago.
fn is_waiting(desk: &Desk<'_>, issuance: &Issuance) -> bool {
    issuance.issuing.is_some_and(|since| desk.now.since(since) < PATIENCE)
}

/// When cert-manager tries again.
fn retry(issuance: &Issuance) -> Option<Time> {
    let failures = u32::try_from(issuance.failed_attempts).unwrap_or(u32::MAX).checked_sub(1)?;
    let wait = PATIENCE.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_WAIT);
    Some(issuance.last_failure? + wait)
}

/// Ready, and the time to renew is over: nobody renews it.
fn overdue(desk: &Desk<'_>, object: &ClusterObject, issuance: &Issuance) -> Option<Finding> {
    let due = issuance.renewal.filter(|due| desk.now.since(*due) > PATIENCE)?;
    if issuance.ready != Some(true) || issuance.failed_attempts > 0 || issuance.issuing.is_some() {
        return None;
    }
    let ago = human_duration(desk.now.since(due));
    let summary =
        format!("{} was to be renewed by cert-manager {ago} ago, and nothing is said to fail", desk.file.name());
    let mut facts = object.uses.first().map(|one| facts(object, one)).unwrap_or_default();
    facts.push(("renewal time", due.rfc3339()));
    facts.push(("issuer", issuance.issuer.to_string()));
    let mut finding = desk.finding(&rules::CERT_RENEWAL_OVERDUE, summary, facts);
    finding.next.command = kubectl::on("describe certificate", &object.name);
    finding.since = due;
    Some(finding)
}

fn facts(object: &ClusterObject, one: &SecretUse) -> Vec<(&'static str, String)> {
    let mut facts = vec![("object", format!("{} {}", object.kind, object.name)), ("secret", one.secret.to_string())];
    facts.push(("hosts", hosts(&one.hosts)));
    facts.extend(one.listener.as_ref().map(|listener| ("listener", listener.to_string())));
    facts
}

fn hosts(hosts: &[Untrusted]) -> String {
    if hosts.is_empty() {
        return "any host".to_owned();
    }
    words::list(hosts.iter().map(ToString::to_string), hosts.len())
}
