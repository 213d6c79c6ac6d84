//! One chain against one store: a path, or the exact reason why there is none.
//!
//! The verifier gives one reason at a time, so the question is asked again with
//! one circumstance changed: the time, or the certificates at hand.

use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

use super::candidates;
use crate::model::{
    Certificate, Fingerprint, KeyAlgorithm, PathRefusal, PathResult, Time, Untrusted, distinguished_name,
};

/// What a verdict rests on.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    /// As sent, leaf first; never empty.
    pub(super) chain: &'a [Arc<Certificate>],
    /// Certificates seen elsewhere that might complete a path.
    pub(super) elsewhere: &'a [Arc<Certificate>],
    /// The moment to judge.
    pub(super) now: Time,
}

/// Looks for a path from the chain's leaf to one of `anchors`.
pub(super) fn judge(evidence: Evidence<'_>, anchors: &[TrustAnchor<'_>]) -> PathResult {
    let error = match evidence.find(anchors, evidence.now, false) {
        Ok(found) => return PathResult::Trusted { path: found.path, anchor: found.anchor },
        Err(error) => error,
    };
    let reason = evidence.reason(&error);
    let mut valid_at_another_time = false;
    let mut completed_by = None;
    if is_about_time(&error) {
        valid_at_another_time = evidence.other_times().any(|time| evidence.find(anchors, time, false).is_ok());
    }
    if !evidence.elsewhere.is_empty()
        && (reason == PathRefusal::UnknownIssuer || is_about_time(&error))
        && !valid_at_another_time
    {
        let mut times = std::iter::once(evidence.now).chain(evidence.other_times());
        completed_by = times.find_map(|time| evidence.find(anchors, time, true).ok()?.unsent(evidence.chain));
    }
    PathResult::Refused { reason, detail: Untrusted::new(&detail(&error, reason)), valid_at_another_time, completed_by }
}

/// A path to an anchor.
struct Found {
    path: Vec<Fingerprint>,
    anchor: Untrusted,
}

impl Found {
    fn unsent(&self, chain: &[Arc<Certificate>]) -> Option<Fingerprint> {
        self.path.iter().copied().find(|used| chain.iter().all(|sent| sent.fingerprint != *used))
    }
}

impl Evidence<'_> {
    fn find(self, anchors: &[TrustAnchor<'_>], time: Time, completed: bool) -> Result<Found, Error> {
        let Some((leaf, rest)) = self.chain.split_first() else { return Err(Error::UnknownIssuer) };
        let leaf_der = CertificateDer::from(&leaf.der[..]);
        let elsewhere = if completed { self.elsewhere } else { &[] };
        let intermediates: Vec<CertificateDer<'_>> = candidates::of(leaf, rest.iter().chain(elsewhere), time)
            .into_iter()
            .map(|certificate| CertificateDer::from(&certificate.der[..]))
            .collect();
        let leaf_certificate = EndEntityCert::try_from(&leaf_der)?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(time.secs()).unwrap_or(0)));
        let usage = KeyUsage::server_auth();
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let path = match leaf_certificate.verify_for_usage(algorithms, anchors, &intermediates, time, usage, None, None)
        {
            // Not as an authority but as itself: what `openssl req -x509` makes, given as a root.
            Err(Error::CaUsedAsEndEntity) if leaf.self_signed && is_anchor(&leaf_der, anchors) => {
                return Ok(Found { path: vec![leaf.fingerprint], anchor: leaf.subject.clone() });
            }
            path => path?,
        };
        let issuers = path.intermediate_certificates().map(|issuer| Fingerprint::of(&issuer.der()));
        let subject = rustls::DistinguishedName::in_sequence(&path.anchor().subject);
        Ok(Found {
            path: std::iter::once(leaf.fingerprint).chain(issuers).collect(),
            anchor: distinguished_name(subject.as_ref()),
        })
    }

    /// Moments at which the leaf was or will be valid: while all that was sent is, and the ends of its own life.
    fn other_times(self) -> impl Iterator<Item = Time> {
        let together = self.chain.iter().map(|certificate| certificate.not_before).max();
        let leaf = self.chain.first();
        let within = move |time: &Time| leaf.is_some_and(|leaf| (leaf.not_before..=leaf.not_after).contains(time));
        let ends = leaf.map(|leaf| [leaf.not_after, leaf.not_before]);
        together.into_iter().filter(within).chain(ends.into_iter().flatten())
    }

    fn reason(self, error: &Error) -> PathRefusal {
        let reason = refusal(error);
        if reason != PathRefusal::BadSignature {
            return reason;
        }
        // The verifier calls a signature bad when it will not use the issuer's key at all.
        if self.chain.iter().skip(1).any(|issuer| is_small_rsa(issuer)) {
            return PathRefusal::UnsupportedAlgorithm;
        }
        // A self-signed certificate whose name an anchor has too is not signed badly, it is another one.
        if self.chain.iter().any(|certificate| certificate.self_signed) {
            return PathRefusal::UnknownIssuer;
        }
        reason
    }
}

fn is_anchor(der: &CertificateDer<'_>, anchors: &[TrustAnchor<'_>]) -> bool {
    webpki::anchor_from_trusted_cert(der).is_ok_and(|own| {
        let is_same = |anchor: &&TrustAnchor<'_>| {
            anchor.subject == own.subject && anchor.subject_public_key_info == own.subject_public_key_info
        };
        anchors.iter().any(|anchor| is_same(&anchor))
    })
}

fn is_small_rsa(certificate: &Certificate) -> bool {
    certificate.key.algorithm == KeyAlgorithm::Rsa && certificate.key.bits < 2048
}

const fn is_about_time(error: &Error) -> bool {
    matches!(error, Error::CertExpired { .. } | Error::CertNotValidYet { .. })
}

/// The verifier's reason in our words.
fn refusal(error: &Error) -> PathRefusal {
    match error {
        Error::CertExpired { .. } => PathRefusal::Expired,
        Error::CertNotValidYet { .. } => PathRefusal::NotYetValid,
        Error::UnknownIssuer => PathRefusal::UnknownIssuer,
        Error::InvalidSignatureForPublicKey | Error::SignatureAlgorithmMismatch => PathRefusal::BadSignature,
        Error::CaUsedAsEndEntity | Error::EndEntityUsedAsCa => PathRefusal::CaConstraint,
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => PathRefusal::ExtendedKeyUsage,
        Error::NameConstraintViolation => PathRefusal::NameConstraint,
        Error::PathLenConstraintViolated | Error::MaximumPathDepthExceeded => PathRefusal::PathLength,
        Error::UnsupportedCriticalExtension => PathRefusal::UnsupportedExtension,
        Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            PathRefusal::UnsupportedAlgorithm
        }
        Error::BadDer
        | Error::BadDerTime
        | Error::ExtensionValueInvalid
        | Error::InvalidCertValidity
        | Error::InvalidNetworkMaskConstraint
        | Error::InvalidSerialNumber
        | Error::MalformedDnsIdentifier
        | Error::MalformedExtensions
        | Error::MalformedNameConstraint
        | Error::TrailingData(_) => PathRefusal::Malformed,
        _ => PathRefusal::Other,
    }
}

/// The reason with what the verifier knows besides: dates that people can read, what exactly is not supported.
fn detail(error: &Error, reason: PathRefusal) -> String {
    let date = |time: &UnixTime| Time::from_secs(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
    match error {
        Error::CertExpired { not_after, .. } => format!("certificate expired on {}", date(not_after)),
        Error::CertNotValidYet { not_before, .. } => format!("certificate is not valid before {}", date(not_before)),
        // The library's words are its insides.
        Error::RequiredEkuNotFoundContext(_) => "extended key usage does not permit server authentication".to_owned(),
        Error::UnsupportedSignatureAlgorithmContext(_) => "unsupported signature algorithm".to_owned(),
        Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            "unsupported combination of signature algorithm and key".to_owned()
        }
        other if matches!(reason, PathRefusal::Malformed | PathRefusal::Other) => other.to_string(),
        _ => reason.words().to_owned(),
    }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
