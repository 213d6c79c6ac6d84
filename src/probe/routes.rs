//! Every path from a leaf to the anchors of a store: those a verifier accepts, and those it would but for a date or
//! a weakness.
//!
//! The verifier stops at the first path and looks at no certificate out of its time, so the paths are walked here, over
//! names and signatures, and each is put to the verifier alone.

use std::collections::HashMap;
use std::sync::Arc;

use rustls_pki_types::TrustAnchor;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::candidates;
use super::path::{self, Evidence};
use super::stores::{Root, Store};
use crate::model::{Certificate, Fingerprint, PathRefusal, PathResult, Time, Untrusted, distinguished_name};

/// One path to one anchor.
#[derive(Clone, Debug)]
pub(super) struct Route<'a> {
    /// Whose anchor it is.
    pub(super) store: &'a Store,
    /// Leaf first, without the anchor.
    pub(super) certificates: Vec<&'a Arc<Certificate>>,
    /// The anchor's certificate.
    pub(super) root: &'a Root,
    /// The anchor's subject.
    pub(super) anchor: Untrusted,
    /// Why the verifier refuses it now; `None` where it does not.
    pub(super) refusal: Option<(PathRefusal, Untrusted)>,
}

impl Route<'_> {
    /// The earliest end among its certificates.
    pub(super) fn not_after(&self) -> Time {
        self.certificates.iter().map(|certificate| certificate.not_after).min().unwrap_or_default()
    }

    /// Whether all its certificates are among these.
    pub(super) fn is_within(&self, sent: &[Arc<Certificate>]) -> bool {
        let is_sent = |used: &&Arc<Certificate>| sent.iter().any(|sent| sent.fingerprint == used.fingerprint);
        self.certificates.iter().all(is_sent)
    }
}

/// Walks paths; one walker for all stores, as they share certificates and signatures.
pub(super) struct Walker<'a> {
    leaf: &'a Arc<Certificate>,
    candidates: Vec<&'a Arc<Certificate>>,
    now: Time,
    /// Which certificate was signed by which key.
    signed: HashMap<(Fingerprint, Fingerprint), bool>,
    /// Steps that may yet be taken.
    steps: u32,
}

impl<'a> Walker<'a> {
    /// Of one store: cross-signing that anybody meant makes fewer.
    const MOST_ROUTES: usize = 8;
    /// Intermediates on one path.
    const DEPTH: usize = 8;
    /// Certificates tried, over all stores.
    const MOST_STEPS: u32 = 2000;
    /// Signatures checked, over all stores; each takes up to 0.1 ms.
    const MOST_SIGNATURES: usize = 100;

    /// `None` for an empty chain.
    pub(super) fn new(evidence: Evidence<'a>) -> Option<Self> {
        let (leaf, rest) = evidence.chain.split_first()?;
        let others = rest.iter().chain(evidence.elsewhere);
        let candidates = candidates::of(leaf, others, evidence.now);
        Some(Self { leaf, candidates, now: evidence.now, signed: HashMap::new(), steps: Self::MOST_STEPS })
    }

    /// The paths to one store's anchors, shortest first from each certificate.
    pub(super) fn walk(&mut self, store: &'a Store) -> Vec<Route<'a>> {
        let mut routes = Vec::new();
        self.step(store, &mut vec![self.leaf], &mut routes);
        routes
    }

    fn step(&mut self, store: &'a Store, way: &mut Vec<&'a Arc<Certificate>>, routes: &mut Vec<Route<'a>>) {
        let Some(&head) = way.last() else { return };
        for (anchor, root) in store.anchors.iter().zip(&*store.roots) {
            if root.subject_id == head.issuer_id
                && routes.len() < Self::MOST_ROUTES
                && self.is_signed_by_anchor(head, anchor, root)
            {
                routes.push(self.route(store, way, anchor, root));
            }
        }
        if way.len() > Self::DEPTH {
            return;
        }
        for at in 0..self.candidates.len() {
            let issuer = self.candidates[at];
            // The same key under the same name would lead in a circle (RFC 4158 section 5.2).
            let is_new = |used: &&Arc<Certificate>| used.subject_id != issuer.subject_id || used.spki != issuer.spki;
            // A root that was sent leads to itself only: to the same anchor, one certificate later.
            let leads_on = issuer.subject_id == head.issuer_id && !issuer.self_signed && way.iter().all(is_new);
            if !leads_on || routes.len() >= Self::MOST_ROUTES {
                continue;
            }
            let Some(left) = self.steps.checked_sub(1) else { return };
            self.steps = left;
            if self.is_signed_by(head, issuer) {
                way.push(issuer);
                self.step(store, way, routes);
                way.pop();
            }
        }
    }

    fn route(
        &self,
        store: &'a Store,
        way: &[&'a Arc<Certificate>],
        anchor: &TrustAnchor<'_>,
        root: &'a Root,
    ) -> Route<'a> {
        let chain: Vec<Arc<Certificate>> = way.iter().map(|certificate| Arc::clone(certificate)).collect();
        let evidence = Evidence { chain: &chain, elsewhere: &[], now: self.now };
        let refusal = match path::judge(evidence, std::slice::from_ref(anchor)) {
            PathResult::Trusted { .. } => None,
            PathResult::Refused { reason, detail, .. } => Some((reason, detail)),
        };
        let subject = rustls::DistinguishedName::in_sequence(&anchor.subject);
        Route { store, certificates: way.to_vec(), root, anchor: distinguished_name(subject.as_ref()), refusal }
    }

    fn is_signed_by(&mut self, child: &Certificate, issuer: &Certificate) -> bool {
        let may_be = child.is_named_issuer(issuer);
        self.check(child, issuer.spki, may_be, || {
            let (_, issuer) = X509Certificate::from_der(&issuer.der).ok()?;
            is_signed(child, issuer.public_key())
        })
    }

    fn is_signed_by_anchor(&mut self, child: &Certificate, anchor: &TrustAnchor<'_>, root: &Root) -> bool {
        // The anchor keeps the content of the sequence only.
        let spki = rustls::DistinguishedName::in_sequence(&anchor.subject_public_key_info);
        let may_be = match (&child.authority_key_id, &root.key_id) {
            (Some(authority), Some(subject)) => authority == subject,
            _ => true,
        };
        self.check(child, Fingerprint::of(spki.as_ref()), may_be, || {
            let (_, spki) = SubjectPublicKeyInfo::from_der(spki.as_ref()).ok()?;
            is_signed(child, &spki)
        })
    }

    /// Whether the key signed the certificate; where that cannot be told, whether names and key identifiers say so.
    fn check(
        &mut self,
        child: &Certificate,
        key: Fingerprint,
        may_be: bool,
        verify: impl FnOnce() -> Option<bool>,
    ) -> bool {
        if let Some(known) = self.signed.get(&(child.fingerprint, key)) {
            return *known;
        }
        if self.signed.len() >= Self::MOST_SIGNATURES {
            return false;
        }
        let signed = verify().unwrap_or(may_be);
        self.signed.insert((child.fingerprint, key), signed);
        signed
    }
}

/// `None` where the algorithm, or a key of this size, is none that can be checked here.
fn is_signed(child: &Certificate, key: &SubjectPublicKeyInfo<'_>) -> Option<bool> {
    let (_, x509) = X509Certificate::from_der(&child.der).ok()?;
    match x509.verify_signature(Some(key)) {
        Ok(()) => Some(true),
        // Small RSA keys, and salts of unusual length, are refused in the same words as wrong keys.
        Err(X509Error::SignatureVerificationError) if is_checked_strictly(&x509, key) => None,
        Err(X509Error::SignatureVerificationError) => Some(false),
        Err(_) => None,
    }
}

fn is_checked_strictly(child: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> bool {
    const RSA_PSS: &str = "1.2.840.113549.1.1.10";
    let is_small = key.parsed().is_ok_and(|key| match key {
        x509_parser::public_key::PublicKey::RSA(rsa) => rsa.key_size() < 2048,
        _ => false,
    });
    is_small || child.signature_algorithm.algorithm.to_id_string() == RSA_PSS
}

#[cfg(test)]
#[path = "routes_tests.rs"]
mod tests;
