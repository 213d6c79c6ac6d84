//! A certificate's facts in the verdict.

use serde::{Serialize, Serializer};

use crate::model::{Certificate, Fingerprint, Time, Untrusted};

/// One certificate of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateFacts {
    /// Subject.
    pub subject: Untrusted,
    /// Issuer.
    pub issuer: Untrusted,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Start of validity.
    #[serde(serialize_with = "rfc3339")]
    pub not_before: Time,
    /// End of validity.
    #[serde(serialize_with = "rfc3339")]
    pub not_after: Time,
    /// Subject alternative names.
    pub sans: Vec<Untrusted>,
    /// The key's kind and size.
    pub key: String,
    /// Signature algorithm.
    pub signature: String,
    /// SHA-256 of the public key.
    pub spki_sha256: Fingerprint,
    /// The issuer in few words, for text.
    #[serde(skip)]
    pub issuer_short: Untrusted,
}

impl CertificateFacts {
    pub(super) fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            serial: certificate.serial.clone(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            sans: certificate.sans.iter().map(|san| san.text().clone()).collect(),
            key: certificate.key.to_string(),
            signature: certificate.signature.name.to_string(),
            spki_sha256: certificate.spki,
            issuer_short: certificate.issuer_short.clone(),
        }
    }
}

/// Whole seconds in UTC.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(super) fn rfc3339<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.rfc3339())
}

/// Milliseconds in UTC.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(super) fn rfc3339_millis<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.rfc3339_millis())
}
