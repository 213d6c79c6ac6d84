//! Validity, keys and signatures of certificates in files, by the policy that served ones are judged by.

use std::collections::HashSet;

use super::super::certificate::{is_weak, is_weakly_signed, weak_key, weak_signature};
use super::super::expiry;
use super::super::lifetime::{Thresholds, is_expired};
use super::super::rules::{self, Rule};
use super::super::words;
use super::shelves::is_leaf;
use super::tell::{Desk, quiet, warned};
use crate::model::{Certificate, Finding, Held, Impact, human_duration};

pub(super) fn look(desk: &Desk<'_>, findings: &mut Vec<Finding>) {
    let mut seen = HashSet::new();
    for certificate in desk.file.certificates().filter(|certificate| seen.insert(certificate.fingerprint)) {
        let dated = if is_leaf(certificate) { leaf(desk, certificate) } else { authority(desk, certificate) };
        findings.extend(dated);
        findings.extend(strength(desk, certificate));
    }
    findings.extend(desk.file.parts().iter().filter_map(|part| stale_list(desk, &part.held)));
}

fn standing(desk: &Desk<'_>, certificate: &Certificate) -> Option<&'static Rule> {
    let thresholds = Thresholds::of(certificate.not_before, certificate.not_after, desk.policy);
    expiry::standing(certificate, &thresholds, desk.now)
}

fn leaf(desk: &Desk<'_>, certificate: &Certificate) -> Option<Finding> {
    let rule = standing(desk, certificate)?;
    let mut finding = dated(desk, rule, certificate);
    // A predecessor that is kept: nobody has to renew it.
    if let Some((at, successor)) = desk.shelves.successor(certificate, desk.now) {
        finding.impact = Impact::Advice;
        finding.evidence.0.push(("successor", successor.serial.clone()));
        finding.evidence.0.push(("successor in", desk.paths(&[at])));
        finding.next.text = String::from("Nothing, if whatever uses this certificate has its successor by now.");
        finding = quiet(finding);
    }
    Some(finding)
}

/// An authority's certificate matters to the leaf that it has signed in the same file; elsewhere it is one of many.
fn authority(desk: &Desk<'_>, certificate: &Certificate) -> Option<Finding> {
    let over = is_expired(certificate, desk.now);
    let rule = standing(desk, certificate).filter(|rule| over || rule.code == rules::CERT_EXPIRING.code)?;
    let signs = desk.file.certificates().any(|other| is_leaf(other) && other.is_named_issuer(certificate));
    if signs && !certificate.self_signed {
        return Some(intermediate(desk, certificate, over));
    }
    let finding = Finding { impact: Impact::Advice, ..dated(desk, rule, certificate) };
    let is_alone = desk.file.certificates().nth(1).is_none();
    Some(if is_alone { warned(finding) } else { quiet(finding) })
}

fn intermediate(desk: &Desk<'_>, certificate: &Certificate, over: bool) -> Finding {
    let who = format!("intermediate “{}” in {}", certificate.display_name(), desk.file.name());
    let (rule, summary) = if over {
        let ago = human_duration(desk.now.since(certificate.not_after));
        (&rules::CHAIN_INTERMEDIATE_EXPIRED, format!("{who} expired {ago} ago"))
    } else {
        let left = human_duration(certificate.not_after.since(desk.now));
        (&rules::CHAIN_INTERMEDIATE_EXPIRING, format!("{who} expires in {left}"))
    };
    let mut finding = desk.about(rule, certificate, summary, expiry::dates("intermediate", certificate));
    expiry::stand(&mut finding, certificate, desk.policy, desk.now);
    finding
}

fn dated(desk: &Desk<'_>, rule: &'static Rule, certificate: &Certificate) -> Finding {
    let summary = expiry::sentence(rule, &desk.certificate(certificate), certificate, desk.now);
    let mut finding = desk.about(rule, certificate, summary, expiry::dates("certificate", certificate));
    expiry::stand(&mut finding, certificate, desk.policy, desk.now);
    finding.next.command = desk.dates_command();
    finding
}

fn strength(desk: &Desk<'_>, certificate: &Certificate) -> impl Iterator<Item = Finding> {
    let who = desk.certificate(certificate);
    let facts = || {
        let mut facts = words::identity("certificate", certificate);
        facts.push(("key", certificate.key.to_string()));
        facts.push(("signature", crate::model::Untrusted::new(&certificate.signature.name).to_string()));
        facts
    };
    let key = is_weak(&certificate.key).then(|| (&rules::CERT_WEAK_KEY, weak_key(&who, certificate)));
    let signature =
        is_weakly_signed(certificate).then(|| (&rules::CERT_WEAK_SIGNATURE, weak_signature(&who, certificate)));
    let told = key.into_iter().chain(signature).map(|(rule, summary)| {
        let finding = Finding { impact: Impact::Advice, ..desk.about(rule, certificate, summary, facts()) };
        // What nobody uses any more needs no better key; roots are trusted for themselves.
        if is_leaf(certificate) && !is_expired(certificate, desk.now) { warned(finding) } else { quiet(finding) }
    });
    told.collect::<Vec<_>>().into_iter()
}

fn stale_list(desk: &Desk<'_>, held: &Held) -> Option<Finding> {
    let Held::RevocationList { issuer, next_update: Some(due) } = held else { return None };
    if *due >= desk.now {
        return None;
    }
    let ago = human_duration(desk.now.since(*due));
    let summary = format!("the revocation list of “{issuer}” in {} is out of date since {ago}", desk.file.name());
    let facts = vec![("issuer", issuer.to_string()), ("next update", due.rfc3339())];
    let finding = desk.finding(&rules::REVOCATION_CRL_STALE, summary, facts);
    Some(Finding { since: *due, ..warned(finding) })
}
