//! What is wrong with a certificate beside its dates: names, keys, signatures.

use super::command::{self, Show};
use super::evidence::Shown;
use super::fault::{Fault, Group};
use super::rules;
use super::words;
use crate::model::{Certificate, Finding, Impact, KeyAlgorithm, KeyInfo, San, Scope, Status, Untrusted};

/// Most names compared with the wanted one: a certificate can carry thousands.
const COMPARED: usize = 100;

/// Names shown as nearest.
const NEAREST: usize = 3;

pub(super) fn look<'a>(shown: &Shown<'a>, faults: &mut Vec<Fault<'a>>) {
    if !shown.handshake.malformed.is_empty() {
        faults.push(Fault {
            rule: &rules::CERT_MALFORMED,
            address: shown.address,
            observation: shown.observation,
            survey: None,
            about: None,
            variant: 0,
            confidence: shown.confidence,
            write: tell_malformed,
        });
    }
    for certificate in shown.path() {
        if is_weak(&certificate.key) {
            faults.push(Fault::shown(&rules::CERT_WEAK_KEY, shown, certificate, tell_weak_key));
        }
        if is_weakly_signed(certificate) {
            faults.push(Fault::shown(&rules::CERT_WEAK_SIGNATURE, shown, certificate, tell_weak_signature));
        }
    }
    let (Some(leaf), Some(trust)) = (shown.leaf(), shown.handshake.trust.as_deref()) else { return };
    if !trust.name_matches {
        faults.push(Fault::shown(&rules::CERT_NAME_MISMATCH, shown, leaf, tell_name_mismatch));
    }
    // Verifiers word a key that is too small as a signature that does not verify.
    if !trust.signature_valid && !is_weak(&leaf.key) && shown.observation.is_handshake() {
        let fault = Fault::shown(&rules::HS_KEY_NOT_PROVED, shown, leaf, tell_key_not_proved);
        faults.push(if is_usual(&leaf.key) { fault } else { fault.likely() });
    }
}

/// A root's signature proves nothing and nobody checks it.
pub(super) fn is_weakly_signed(certificate: &Certificate) -> bool {
    certificate.signature.weak && !certificate.self_signed
}

pub(super) fn is_weak(key: &KeyInfo) -> bool {
    match key.algorithm {
        KeyAlgorithm::Dsa => true,
        KeyAlgorithm::Rsa => (1..2048).contains(&key.bits),
        KeyAlgorithm::Ecdsa(_) => (1..224).contains(&key.bits),
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 | KeyAlgorithm::Other(_) => false,
    }
}

/// Whether every verifier can check signatures of this key.
fn is_usual(key: &KeyInfo) -> bool {
    match &key.algorithm {
        KeyAlgorithm::Rsa | KeyAlgorithm::Ed25519 => true,
        KeyAlgorithm::Ecdsa(curve) => matches!(&**curve, "P-256" | "P-384"),
        KeyAlgorithm::Dsa | KeyAlgorithm::Ed448 | KeyAlgorithm::Other(_) => false,
    }
}

fn tell_malformed(group: &Group<'_, '_>) -> Finding {
    let handshake = group.first.observation.handshake.as_ref();
    let malformed = handshake.map_or(&[][..], |handshake| &handshake.malformed);
    let first = malformed.first().map_or(0, |(position, _)| *position);
    let what = if first == 0 { "its own certificate".to_owned() } else { format!("certificate {first} of the chain") };
    let reason = malformed.first().map_or_else(String::new, |(_, reason)| reason.to_string());
    let summary = format!("{} sent {what} in a form that cannot be read: {reason}", group.who());
    let errors = malformed.iter().map(|(position, reason)| format!("{position}: {reason}"));
    let facts = vec![("errors by position", words::list(errors, malformed.len()))];
    let mut finding = group.finding(Scope::Address, summary, facts);
    let unused =
        handshake.and_then(|handshake| handshake.trust.as_deref()).is_some_and(crate::model::TrustReport::has_path);
    if first > 0 && unused {
        finding.impact = Impact::Advice;
        finding.status = Status::Warning;
    }
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Chain));
    finding
}

fn tell_weak_key(group: &Group<'_, '_>) -> Finding {
    let finding = tell(group, Show::Chain, |certificate| weak_key(&part_of(group, certificate), certificate));
    Finding { status: Status::Warning, ..finding }
}

fn tell_weak_signature(group: &Group<'_, '_>) -> Finding {
    let finding = tell(group, Show::Chain, |certificate| weak_signature(&part_of(group, certificate), certificate));
    Finding { status: Status::Warning, ..finding }
}

/// A key that [`is_weak`], in words, of a certificate that goes by `who`.
pub(super) fn weak_key(who: &str, certificate: &Certificate) -> String {
    let key = &certificate.key;
    let floor = match key.algorithm {
        KeyAlgorithm::Rsa => "below the 2048 bits current clients want",
        KeyAlgorithm::Ecdsa(_) => "below the 224 bits current clients want",
        _ => "which current clients no longer accept",
    };
    format!("{who} has a weak key: {key}, {floor}")
}

/// The same of a weak signature.
pub(super) fn weak_signature(who: &str, certificate: &Certificate) -> String {
    let name = Untrusted::new(&certificate.signature.name);
    format!("{who} is signed with {name}, which current clients refuse")
}

/// `certificate of shop.example:443`, or the intermediate by name.
pub(super) fn part_of(group: &Group<'_, '_>, certificate: &Certificate) -> String {
    if is_leaf(group, certificate) {
        group.certificate()
    } else {
        format!("intermediate “{}” of {}", certificate.display_name(), group.who())
    }
}

pub(super) fn is_leaf(group: &Group<'_, '_>, certificate: &Certificate) -> bool {
    group.first.observation.chain().first().is_some_and(|leaf| leaf.fingerprint == certificate.fingerprint)
}

fn tell_key_not_proved(group: &Group<'_, '_>) -> Finding {
    tell(group, Show::Handshake, |_| {
        format!("{} signed the handshake with a key that does not fit the certificate", group.who())
    })
}

fn tell_name_mismatch(group: &Group<'_, '_>) -> Finding {
    let wanted = Untrusted::new(&group.case.target.verified_name());
    let mut finding = tell(group, Show::Names, |leaf| {
        let nearest = nearest(leaf, wanted.as_str());
        let names = nearest.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", ");
        let certificate = group.certificate();
        match leaf.sans.len() {
            0 => format!("{certificate} names no host at all, so not “{wanted}”"),
            count if count > nearest.len() => {
                let more = count - nearest.len();
                let plural = if more == 1 { "" } else { "s" };
                format!("{certificate} is for {names} and {more} more name{plural}, not for “{wanted}”")
            }
            _ => format!("{certificate} is for {names}, not for “{wanted}”"),
        }
    });
    if let Some(leaf) = group.first.about {
        finding.evidence.0.insert(0, ("wanted", wanted.to_string()));
        let names = leaf.sans.iter().map(|san| san.text().to_string());
        finding.evidence.0.insert(1, ("names", words::list(names, leaf.sans.len())));
        // An address in the wrong place: the names themselves are right.
        let is_misplaced = wanted.as_str().parse().is_ok_and(|address| leaf.misplaces(address));
        finding.caused_by = is_misplaced.then_some(rules::CERT_IP_AS_DNS.code);
    }
    finding
}

/// The certificate's names that are least unlike the wanted one.
fn nearest<'a>(leaf: &'a Certificate, wanted: &str) -> Vec<&'a str> {
    let names = leaf.sans.iter().filter(|san| !matches!(san, San::Other(_))).map(|san| san.text().as_str());
    let mut names: Vec<_> = names
        .take(COMPARED)
        .map(|name| {
            // Host names end at 253 characters; the rest of a hostile one is not worth the time.
            let short = &name[..name.floor_char_boundary(253)];
            (strsim::levenshtein(&short.to_ascii_lowercase(), wanted), name)
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().take(NEAREST).map(|(_, name)| name).collect()
}

/// A finding about a certificate: its identity, key and signature, and the command that shows it.
pub(super) fn tell(group: &Group<'_, '_>, show: Show, sentence: impl Fn(&Certificate) -> String) -> Finding {
    let Some(certificate) = group.first.about else {
        return group.finding(Scope::Certificate, group.certificate(), Vec::new());
    };
    let part = if is_leaf(group, certificate) { "certificate" } else { "intermediate" };
    let mut facts = words::identity(part, certificate);
    facts.push(("key", certificate.key.to_string()));
    facts.push(("signature", Untrusted::new(&certificate.signature.name).to_string()));
    let mut finding = group.finding(Scope::Certificate, sentence(certificate), facts);
    finding.next.command = Some(command::handshake(group.case, group.first.address, show));
    finding
}
