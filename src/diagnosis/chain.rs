//! Why the chain as sent leads to no trusted root.

use std::sync::Arc;

use super::command::{self, Show};
use super::evidence::Shown;
use super::fault::{Fault, Group, Writer};
use super::lifetime::is_expired;
use super::rules::{self, Rule};
use super::words;
use crate::model::{
    Certificate, Finding, Fingerprint, Handshake, PathRefusal, PathResult, Scope, Status, StoreVerdict, TrustReport,
    Untrusted,
};

/// Most certificates of a chain whose order is checked; a sane one has four.
const CHECKED: usize = 16;

pub(super) fn look<'a>(shown: &Shown<'a>, leaf: &'a Certificate, faults: &mut Vec<Fault<'a>>) {
    let Some(trust) = shown.handshake.trust.as_deref() else { return };
    if is_out_of_order(&shown.handshake.chain) {
        faults.push(Fault::shown(&rules::CHAIN_WRONG_ORDER, shown, leaf, tell_wrong_order));
    }
    if trust.stores.is_empty() || trust.has_path() {
        return;
    }
    let Some(refusal) = Refusal::nearest_to_acceptance(trust) else { return };
    if let Some(fault) = read(shown, leaf, trust, &refusal) {
        faults.push(fault);
    }
}

/// The refusal that came furthest, over all stores.
#[derive(Clone, Copy, Debug)]
struct Refusal<'a> {
    reason: PathRefusal,
    detail: &'a Untrusted,
    only_time: bool,
    completed_by: Option<Fingerprint>,
}

impl<'a> Refusal<'a> {
    fn nearest_to_acceptance(trust: &'a TrustReport) -> Option<Self> {
        let refusals = trust.stores.iter().filter_map(|verdict| match &verdict.result {
            PathResult::Refused { reason, detail, valid_at_another_time, completed_by } => {
                Some(Self { reason: *reason, detail, only_time: *valid_at_another_time, completed_by: *completed_by })
            }
            PathResult::Trusted { .. } => None,
        });
        refusals.min_by_key(|refusal| {
            (!refusal.only_time, refusal.completed_by.is_none(), refusal.reason == PathRefusal::UnknownIssuer)
        })
    }
}

fn read<'a>(shown: &Shown<'a>, leaf: &'a Certificate, trust: &TrustReport, refusal: &Refusal<'_>) -> Option<Fault<'a>> {
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
        PathRefusal::UnknownIssuer => Some(unknown_issuer(shown, leaf, refusal)),
        // Even at another time no path is accepted: the dates hide that the issuer is unknown.
        PathRefusal::Expired | PathRefusal::NotYetValid => Some(unknown_issuer(shown, leaf, refusal).likely()),
        PathRefusal::CaConstraint if leaf.is_ca == Some(true) => about_leaf(&rules::CERT_CA_AS_LEAF, tell_rejected),
        PathRefusal::CaConstraint => about_leaf(&rules::CHAIN_NOT_A_CA, tell_rejected),
        PathRefusal::ExtendedKeyUsage => about_leaf(&rules::CERT_EKU_MISSING, tell_rejected),
        PathRefusal::NameConstraint => about_leaf(&rules::CHAIN_NAME_CONSTRAINT, tell_rejected),
        PathRefusal::PathLength => about_leaf(&rules::CHAIN_PATH_LENGTH, tell_rejected),
        PathRefusal::BadSignature
        | PathRefusal::Malformed
        | PathRefusal::Other
        | PathRefusal::UnsupportedAlgorithm
        | PathRefusal::UnsupportedExtension => about_leaf(&rules::CHAIN_REJECTED, tell_rejected),
    }
}

/// The issuers that were sent lead up to `top`, whose own issuer no store has.
fn unknown_issuer<'a>(shown: &Shown<'a>, leaf: &'a Certificate, refusal: &Refusal<'_>) -> Fault<'a> {
    let top = shown.path().last().unwrap_or(leaf);
    let leaf_alone = top.fingerprint == leaf.fingerprint;
    if refusal.completed_by.is_some() {
        Fault::shown(&rules::CHAIN_MISSING_INTERMEDIATE, shown, top, tell_missing_intermediate)
    } else if leaf_alone {
        // A root that issues leaves itself looks the same from here, but is rare.
        Fault::shown(&rules::CHAIN_MISSING_INTERMEDIATE, shown, top, tell_missing_intermediate).likely()
    } else if top.self_signed {
        Fault::shown(&rules::CHAIN_UNTRUSTED_ROOT, shown, top, tell_untrusted_root)
    } else {
        Fault::shown(&rules::CHAIN_UNTRUSTED_ROOT, shown, top, tell_untrusted_root).likely()
    }
}

/// Whether a certificate stands after its own issuer, and no issuer of it follows.
fn is_out_of_order(chain: &[Arc<Certificate>]) -> bool {
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

fn tell_missing_intermediate(group: &Group<'_, '_>) -> Finding {
    let missing = completed_by(group.first.observation.handshake.as_deref());
    let Some(top) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let sends = words::verb(group.count(), "does not send", "do not send");
    let summary = format!("{} {sends} the intermediate “{}”", group.who(), top.issuer_short);
    let mut facts = vec![
        ("intermediate", top.issuer_short.to_string()),
        ("name", top.issuer.to_string()),
        ("needed by", top.display_name().to_string()),
    ];
    if let Some(missing) = missing {
        facts.push(("completed by", missing.to_string()));
    }
    facts.extend(top.issuer_urls.first().map(|url| ("available at", url.to_string())));
    let mut finding = tell(group, summary, facts);
    if let Some(missing) = missing {
        finding.certificates = vec![missing];
    }
    let private = if missing.is_some() { "" } else { "; if it is a private root, trust it with --ca-file" };
    finding.next.text = format!(
        "Append the intermediate “{}” to the certificate file that the server sends{private}.",
        top.issuer_short
    );
    finding
}

fn completed_by(handshake: Option<&Handshake>) -> Option<Fingerprint> {
    let trust = handshake?.trust.as_deref()?;
    Refusal::nearest_to_acceptance(trust)?.completed_by
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
    let trust = group.first.observation.handshake.as_deref().and_then(|handshake| handshake.trust.as_deref());
    trust.and_then(Refusal::nearest_to_acceptance).map_or_else(String::new, |refusal| refusal.detail.to_string())
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

/// What findings about a chain share: each store's words, and the command that shows the chain.
fn tell(group: &Group<'_, '_>, summary: String, mut facts: Vec<(&'static str, String)>) -> Finding {
    let handshake = group.first.observation.handshake.as_deref();
    if let Some(trust) = handshake.and_then(|handshake| handshake.trust.as_deref()) {
        facts.push(("trust stores", words::list(trust.stores.iter().map(answer), trust.stores.len())));
    }
    facts.push(("certificates sent", group.first.observation.chain().len().to_string()));
    let mut finding = group.finding(Scope::Certificate, summary, facts);
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Chain));
    finding
}

fn answer(verdict: &StoreVerdict) -> String {
    let store = Untrusted::new(&verdict.store);
    match &verdict.result {
        PathResult::Refused { detail, .. } => format!("{store}: {detail}"),
        PathResult::Trusted { anchor, .. } => format!("{store}: trusted through {anchor}"),
    }
}
