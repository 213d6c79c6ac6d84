//! Keys that are sound in size and kind, and odd: exponents, sizes and curves that not every client takes.

use super::certificate::{part_of, tell};
use super::command::Show;
use super::evidence::Shown;
use super::fault::{Fault, Group};
use super::rules;
use crate::model::{Certificate, Finding, Impact, KeyAlgorithm, KeyInfo, Status};

/// The smallest that public authorities should certify (Baseline Requirements section 6.1.6).
const USUAL_EXPONENT: u64 = 65_537;
/// Larger ones cost time in every handshake and protect no better than what they sign with.
const USUAL_RSA_BITS: u32 = 4096;
/// Go's `crypto/tls` takes no larger one in a handshake (CVE-2023-29409).
const MOST_RSA_BITS: u32 = 8192;

pub(super) fn look<'a>(shown: &Shown<'a>, leaf: &'a Certificate, faults: &mut Vec<Fault<'a>>) {
    for certificate in shown.path() {
        if is_weak_exponent(&certificate.key) {
            faults.push(Fault::shown(&rules::CERT_WEAK_EXPONENT, shown, certificate, tell_exponent));
        }
        if certificate.key.algorithm == KeyAlgorithm::Rsa
            && certificate.key.bits > USUAL_RSA_BITS
            && !certificate.self_signed
        {
            faults.push(Fault::shown(&rules::CERT_OVERSIZED_KEY, shown, certificate, tell_oversized));
        }
    }
    if unusual_curve(&leaf.key).is_some() {
        faults.push(Fault::shown(&rules::CERT_UNUSUAL_CURVE, shown, leaf, tell_curve));
    }
}

fn is_weak_exponent(key: &KeyInfo) -> bool {
    key.algorithm == KeyAlgorithm::Rsa
        && key.exponent.is_some_and(|exponent| exponent < USUAL_EXPONENT || is_broken(exponent))
}

/// Even ones have no private counterpart, and 1 encrypts nothing.
const fn is_broken(exponent: u64) -> bool {
    exponent < 3 || exponent.is_multiple_of(2)
}

/// The curve, where browsers do not take it. Edwards curves are told by who refuses them (`chain.client_impact`).
fn unusual_curve(key: &KeyInfo) -> Option<&str> {
    match &key.algorithm {
        // Smaller ones are weak.
        KeyAlgorithm::Ecdsa(curve) if key.bits == 0 || key.bits >= 224 => {
            Some(&**curve).filter(|curve| !matches!(*curve, "P-256" | "P-384"))
        }
        _ => None,
    }
}

fn tell_exponent(group: &Group<'_, '_>) -> Finding {
    let exponent = group.first.about.and_then(|certificate| certificate.key.exponent).unwrap_or_default();
    let mut finding = tell(group, Show::Chain, |certificate| {
        let part = part_of(group, certificate);
        let what = if is_broken(exponent) { "protects nothing" } else { "is smaller than the usual 65537" };
        format!("{part} has an RSA key with the public exponent {exponent}, which {what}")
    });
    if is_broken(exponent) {
        (finding.impact, finding.status) = (Impact::Partial, Status::Warning);
    }
    finding
}

fn tell_oversized(group: &Group<'_, '_>) -> Finding {
    let bits = group.first.about.map_or(0, |certificate| certificate.key.bits);
    let mut finding = tell(group, Show::Chain, |certificate| {
        let part = part_of(group, certificate);
        let what = if bits > MOST_RSA_BITS {
            format!("Go takes at most {MOST_RSA_BITS}")
        } else {
            format!("more than the {USUAL_RSA_BITS} that are of use, and slow")
        };
        format!("{part} has an RSA key of {bits} bits: {what}")
    });
    if bits > MOST_RSA_BITS {
        (finding.impact, finding.status) = (Impact::Partial, Status::Warning);
    }
    finding
}

fn tell_curve(group: &Group<'_, '_>) -> Finding {
    let finding = tell(group, Show::Handshake, |leaf| {
        let curve = unusual_curve(&leaf.key).unwrap_or_default();
        let curve = crate::model::Untrusted::new(curve);
        format!("{} has a key on the curve {curve}, which not all browsers take", group.certificate())
    });
    Finding { status: Status::Warning, ..finding }
}
