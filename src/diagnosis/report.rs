//! From findings one by one to a report: how wide each is, what explains what, and in which order they are read.

use std::cmp::Reverse;
use std::net::SocketAddr;

use super::evidence::Case;
use super::rules::{self, RULES, Rule};
use crate::model::{Finding, Impact, Scope, Status};

/// Which fault explains which, where both are on the same addresses.
const EXPLAINS: [(&Rule, &Rule); 58] = [
    (&rules::CFG_LEGACY_ONLY, &rules::EXPECT_VERSION),
    (&rules::CFG_SSL2, &rules::EXPECT_VERSION),
    (&rules::CFG_SSL3, &rules::EXPECT_VERSION),
    (&rules::CFG_LEGACY_PROTOCOL, &rules::EXPECT_VERSION),
    (&rules::CFG_H2_MISSING, &rules::HS_ALPN_MISMATCH),
    (&rules::MTLS_NOT_ENFORCED, &rules::MTLS_OPTIONAL),
    (&rules::CFG_LEGACY_ONLY, &rules::HS_PROTOCOL_VERSION),
    // The right certificate is not served: all that is wrong with the one in its place comes of that.
    (&rules::CERT_DEFAULT_OR_FAKE, &rules::CERT_NAME_MISMATCH),
    (&rules::CERT_NO_SAN, &rules::CERT_NAME_MISMATCH),
    (&rules::CERT_DEFAULT_OR_FAKE, &rules::CERT_NO_SAN),
    (&rules::CERT_DEFAULT_OR_FAKE, &rules::CERT_SELF_SIGNED),
    (&rules::CERT_DEFAULT_OR_FAKE, &rules::CERT_CA_AS_LEAF),
    (&rules::CERT_DEFAULT_OR_FAKE, &rules::CERT_EXPIRED),
    (&rules::CERT_DEFAULT_OR_FAKE, &rules::CHAIN_UNTRUSTED_ROOT),
    (&rules::CERT_DEFAULT_OR_FAKE, &rules::CHAIN_MISSING_INTERMEDIATE),
    (&rules::CERT_DEFAULT_OR_FAKE, &rules::CHAIN_REJECTED),
    (&rules::CERT_STAGING_CA, &rules::CHAIN_UNTRUSTED_ROOT),
    (&rules::CERT_STAGING_CA, &rules::CHAIN_MISSING_INTERMEDIATE),
    (&rules::CERT_STAGING_CA, &rules::CHAIN_WRONG_INTERMEDIATE),
    (&rules::CERT_STAGING_CA, &rules::CHAIN_REJECTED),
    // What a verifier objects to, where the certificate shows it.
    (&rules::CERT_V1, &rules::CERT_NO_SAN),
    (&rules::CERT_V1, &rules::CHAIN_REJECTED),
    (&rules::CERT_V1, &rules::CHAIN_NOT_A_CA),
    (&rules::CERT_VALIDITY_MALFORMED, &rules::CERT_EXPIRED),
    (&rules::CERT_VALIDITY_MALFORMED, &rules::CERT_NOT_YET_VALID),
    (&rules::CERT_VALIDITY_MALFORMED, &rules::CHAIN_INTERMEDIATE_EXPIRED),
    (&rules::CERT_VALIDITY_MALFORMED, &rules::CHAIN_REJECTED),
    (&rules::CERT_BAD_SERIAL, &rules::CHAIN_REJECTED),
    (&rules::CERT_WEAK_EXPONENT, &rules::CHAIN_REJECTED),
    (&rules::CERT_OVERSIZED_KEY, &rules::CHAIN_REJECTED),
    (&rules::CERT_UNUSUAL_CURVE, &rules::CHAIN_REJECTED),
    (&rules::CERT_HUGE, &rules::CHAIN_TOO_LONG),
    (&rules::CERT_V1, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_BAD_SERIAL, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_OVERSIZED_KEY, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_UNUSUAL_CURVE, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CHAIN_INTERMEDIATE_EXPIRED, &rules::CHAIN_UNTRUSTED_ROOT),
    (&rules::CHAIN_INTERMEDIATE_EXPIRED, &rules::CHAIN_MISSING_INTERMEDIATE),
    (&rules::CHAIN_INTERMEDIATE_EXPIRED, &rules::CHAIN_REJECTED),
    (&rules::CERT_WEAK_KEY, &rules::CHAIN_REJECTED),
    (&rules::CERT_WEAK_SIGNATURE, &rules::CHAIN_REJECTED),
    (&rules::CERT_MALFORMED, &rules::CHAIN_MISSING_INTERMEDIATE),
    (&rules::CERT_MALFORMED, &rules::CHAIN_UNTRUSTED_ROOT),
    (&rules::CERT_MALFORMED, &rules::CHAIN_REJECTED),
    (&rules::CHAIN_MISSING_INTERMEDIATE, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CHAIN_WRONG_INTERMEDIATE, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CHAIN_INTERMEDIATE_EXPIRED, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CHAIN_REJECTED, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CHAIN_NOT_A_CA, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CHAIN_TOO_LONG, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CHAIN_CROSS_SIGN_EXPIRED, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CHAIN_WRONG_ORDER, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_WEAK_KEY, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_WEAK_SIGNATURE, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_CA_AS_LEAF, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_EKU_MISSING, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_NAME_MISMATCH, &rules::CHAIN_CLIENT_IMPACT),
    (&rules::CERT_VALIDITY_TOO_LONG, &rules::CHAIN_CLIENT_IMPACT),
];

/// What may follow from anything that is wrong, and explains nothing itself.
const SYMPTOMS: [&Rule; 1] = [&rules::TLS_SLOW];

/// Narrows outages that spare some addresses. Where every address is broken, each in its own way, all stay outages.
pub(super) fn narrow(case: &Case<'_>, findings: &mut [Finding]) {
    let names = |finding: &Finding, address: &SocketAddr| finding.addresses.binary_search(address).is_ok();
    let broken = |address: &SocketAddr| {
        findings.iter().any(|finding| finding.impact == Impact::Outage && names(finding, address))
    };
    let untold = |address: &SocketAddr| {
        findings.iter().any(|finding| finding.impact == Impact::Inconclusive && names(finding, address))
    };
    let mut all = case.addresses.iter().map(|evidence| evidence.address);
    if all.all(|address| broken(&address) || untold(&address)) {
        return;
    }
    let narrowed = |finding: &&mut Finding| finding.impact == Impact::Outage && is_per_address(finding);
    findings.iter_mut().filter(narrowed).for_each(|finding| finding.impact = Impact::Partial);
}

fn is_per_address(finding: &Finding) -> bool {
    matches!(finding.scope, Scope::Address | Scope::Certificate)
}

/// Puts consequences under their cause; a cause is at least as bad as what it leads to.
pub(super) fn explain(findings: &mut [Finding]) {
    for (cause, effect) in EXPLAINS {
        for at in 0..findings.len() {
            let explains = |other: &Finding| {
                let covers = |address: &SocketAddr| other.addresses.binary_search(address).is_ok();
                other.code == cause.code && findings[at].addresses.iter().all(covers)
            };
            let unexplained = findings[at].code == effect.code && findings[at].caused_by.is_none();
            let Some(by) = unexplained.then(|| findings.iter().position(explains)).flatten() else { continue };
            let (impact, status) = (findings[at].impact, findings[at].status);
            findings[at].caused_by = Some(cause.code);
            findings[by].impact = findings[by].impact.max(impact);
            findings[by].status = findings[by].status.max(status);
        }
    }
}

/// The worst cause first, each followed by its consequences.
pub(super) fn order(mut findings: Vec<Finding>) -> Vec<Finding> {
    let place = |finding: &Finding| RULES.iter().position(|rule| rule.code == finding.code);
    findings.sort_by(|a, b| {
        let rank = |finding: &Finding| (Reverse(finding.impact), Reverse(finding.status), place(finding));
        let rest = |finding: &Finding| (finding.addresses.clone(), finding.certificates.clone());
        rank(a).cmp(&rank(b)).then_with(|| rest(a).cmp(&rest(b))).then_with(|| a.summary.cmp(&b.summary))
    });
    let mut ordered = Vec::with_capacity(findings.len());
    symptoms_last(&mut findings);
    while let Some(at) = findings.iter().position(|finding| is_root(finding, &findings)) {
        let root = findings.remove(at);
        take_with_consequences(root, &mut findings, &mut ordered);
    }
    ordered.append(&mut findings);
    ordered
}

/// A symptom tells nobody what to do: it stands behind everything else that is wrong, even where that is inconclusive.
fn symptoms_last(findings: &mut [Finding]) {
    let is_symptom = |finding: &Finding| SYMPTOMS.iter().any(|rule| rule.code == finding.code);
    let is_wrong = |finding: &Finding| finding.status > Status::Ok && !is_symptom(finding);
    let Some(last) = findings.iter().rposition(is_wrong) else { return };
    // Stable: only symptoms before the last thing that is wrong move.
    findings[..=last].sort_by_key(is_symptom);
}

fn is_root(finding: &Finding, findings: &[Finding]) -> bool {
    finding.caused_by.is_none_or(|cause| findings.iter().all(|other| other.code != cause))
}

fn take_with_consequences(cause: Finding, rest: &mut Vec<Finding>, ordered: &mut Vec<Finding>) {
    let shares = |finding: &Finding| finding.addresses.iter().any(|address| cause.addresses.contains(address));
    let is_effect = |finding: &Finding| finding.caused_by == Some(cause.code) && shares(finding);
    let mut effects = Vec::new();
    while let Some(at) = rest.iter().position(is_effect) {
        effects.push(rest.remove(at));
    }
    ordered.push(cause);
    for effect in effects {
        take_with_consequences(effect, rest, ordered);
    }
}
