//! Why the chain as sent leads to no trusted root.

use std::sync::Arc;

use super::evidence::{AddressEvidence, Shown};
use super::fault::{Fault, Group, Writer};
use super::lifetime::is_expired;
use super::missing;
use super::refusal::{Refusal, tell, trust_of};
use super::rules::{self, Rule};
use super::words;
use crate::model::{Certificate, Finding, PathRefusal, Status, TrustReport};

/// Most certificates of a chain whose order is checked; a sane one has four.
const CHECKED: usize = 16;

pub(super) fn look<'a>(
    evidence: &AddressEvidence<'a>,
    shown: &Shown<'a>,
    leaf: &'a Certificate,
    faults: &mut Vec<Fault<'a>>,
) {
    let Some(trust) = shown.handshake.trust.as_deref() else { return };
    if is_out_of_order(&shown.handshake.chain) {
        faults.push(Fault::shown(&rules::CHAIN_WRONG_ORDER, shown, leaf, tell_wrong_order));
    }
    if trust.stores.is_empty() || trust.has_path() {
        return;
    }
    let Some(refusal) = Refusal::nearest_to_acceptance(trust) else { return };
    if let Some(fault) = read((evidence, shown), leaf, trust, &refusal) {
        faults.push(fault);
    }
}

fn read<'a>(
    (evidence, shown): (&AddressEvidence<'a>, &Shown<'a>),
    leaf: &'a Certificate,
    trust: &TrustReport,
    refusal: &Refusal<'_>,
) -> Option<Fault<'a>> {
    let about_leaf = |rule: &'static Rule, write: Writer| Some(Fault::shown(rule, shown, leaf, write));
    let in_time = matches!(refusal.reason, PathRefusal::Expired | PathRefusal::NotYetValid);
    if in_time && refusal.only_time {
        // The dates say it themselves, unless none of those sent was out of date when the verifier looked.
        let explained =
            shown.path().any(|certificate| is_expired(certificate, trust.at) || trust.at < certificate.not_before);
        return if explained { None } else { about_leaf(&rules::CHAIN_REJECTED, tell_rejected) };
    }
    if leaf.self_signed {
        return about_leaf(&rules::CERT_SELF_SIGNED, tell_self_signed);
    }
    match refusal.reason {
        PathRefusal::UnknownIssuer => Some(unknown_issuer(evidence, shown, leaf, refusal)),
        // Even at another time no path is accepted: the dates hide that the issuer is unknown.
        PathRefusal::Expired | PathRefusal::NotYetValid => {
            Some(unknown_issuer(evidence, shown, leaf, refusal).likely())
        }
        PathRefusal::CaConstraint if leaf.is_ca == Some(true) => about_leaf(&rules::CERT_CA_AS_LEAF, tell_rejected),
        PathRefusal::CaConstraint => about_leaf(&rules::CHAIN_NOT_A_CA, tell_rejected),
        PathRefusal::ExtendedKeyUsage => about_leaf(&rules::CERT_EKU_MISSING, tell_rejected),
        PathRefusal::NameConstraint => about_leaf(&rules::CHAIN_NAME_CONSTRAINT, tell_rejected),
        PathRefusal::PathLength => about_leaf(&rules::CHAIN_PATH_LENGTH, tell_rejected),
        PathRefusal::BadSignature => {
            missing::look_at_namesake(evidence, shown).or_else(|| about_leaf(&rules::CHAIN_REJECTED, tell_rejected))
        }
        PathRefusal::Malformed
        | PathRefusal::Other
        | PathRefusal::UnsupportedAlgorithm
        | PathRefusal::UnsupportedExtension => about_leaf(&rules::CHAIN_REJECTED, tell_rejected),
    }
}

/// The issuers that were sent lead up to `top`, whose own issuer no store has.
fn unknown_issuer<'a>(
    evidence: &AddressEvidence<'a>,
    shown: &Shown<'a>,
    leaf: &'a Certificate,
    refusal: &Refusal<'_>,
) -> Fault<'a> {
    let top = shown.path().last().unwrap_or(leaf);
    missing::look(evidence, shown, top, refusal).unwrap_or_else(|| {
        let fault = Fault::shown(&rules::CHAIN_UNTRUSTED_ROOT, shown, top, tell_untrusted_root);
        if top.self_signed { fault } else { fault.likely() }
    })
}

/// Whether a certificate stands after its own issuer, and no issuer of it follows.
pub(super) fn is_out_of_order(chain: &[Arc<Certificate>]) -> bool {
    if chain.len() < 3 {
        return false;
    }
    let chain = &chain[..chain.len().min(CHECKED)];
    chain.iter().enumerate().skip(2).any(|(at, certificate)| {
        let (before, after) = (&chain[1..at], &chain[at + 1..]);
        let issued_by = |others: &[Arc<Certificate>]| others.iter().any(|other| certificate.is_named_issuer(other));
        let repeated = before.iter().any(|other| other.fingerprint == certificate.fingerprint);
        !certificate.self_signed && !repeated && issued_by(before) && !issued_by(after)
    })
}

fn tell_untrusted_root(group: &Group<'_, '_>) -> Finding {
    let Some(top) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let root = if top.self_signed { top.display_name() } else { &top.issuer_short };
    let summary = format!("{} leads to “{root}”, which no trust store knows", group.certificate());
    let facts = vec![
        ("issuer", root.to_string()),
        ("highest sent", top.display_name().to_string()),
        ("sha256", top.fingerprint.to_string()),
    ];
    tell(group, summary, facts)
}

fn tell_self_signed(group: &Group<'_, '_>) -> Finding {
    let Some(leaf) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let summary =
        format!("{} is self-signed (“{}”) and not in a trust store", group.certificate(), leaf.display_name());
    tell(group, summary, words::identity("certificate", leaf))
}

fn tell_rejected(group: &Group<'_, '_>) -> Finding {
    let Some(leaf) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let summary = format!("{}: {}, says the verifier: {}", group.certificate(), group.first.rule.title, detail(group));
    tell(group, summary, words::identity("certificate", leaf))
}

fn detail(group: &Group<'_, '_>) -> String {
    trust_of(group)
        .and_then(Refusal::nearest_to_acceptance)
        .map_or_else(String::new, |refusal| refusal.detail.to_string())
}

fn tell_wrong_order(group: &Group<'_, '_>) -> Finding {
    let chain = group.first.observation.chain();
    let names = chain.iter().map(|certificate| format!("“{}”", certificate.display_name()));
    let order = words::list(names, chain.len());
    let sends = words::verb(group.count(), "sends", "send");
    let summary = format!("{} {sends} the chain in the wrong order: {order}", group.who());
    let mut finding = tell(group, summary, vec![("order", order)]);
    finding.status = Status::Warning;
    finding
}
