//! How a chain fared against each trust store.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Fingerprint, Time, Untrusted};

/// Everything verification found, one fault at a time, for one chain at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustReport {
    /// When it was judged.
    pub at: Time,
    /// One verdict per configured store, in configuration order.
    pub stores: Vec<StoreVerdict>,
    /// Whether the leaf covers the verified name (RFC 9525).
    pub name_matches: bool,
    /// The peer proved possession of the leaf's key (`CertificateVerify`, `ServerKeyExchange`).
    pub signature_valid: bool,
}

impl TrustReport {
    /// Whether any store accepts the path, the name matches and the key was proved.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.has_path() && self.name_matches && self.signature_valid
    }

    /// Whether any store accepts the path.
    #[must_use]
    pub fn has_path(&self) -> bool {
        self.stores.iter().any(|verdict| matches!(verdict.result, PathResult::Trusted { .. }))
    }
}

/// One trust store's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreVerdict {
    /// `system`, `mozilla`, `lab`, or the given file's path.
    pub store: Arc<str>,
    /// Path or refusal.
    pub result: PathResult,
}

/// Whether a path to an anchor was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathResult {
    /// It was not.
    Refused {
        /// The first reason the verifier gave for the path as sent, now.
        reason: PathRefusal,
        /// The verifier's own words.
        detail: Untrusted,
        /// A path exists when time is set to a moment at which the leaf was valid:
        /// only validity periods stand in the way.
        valid_at_another_time: bool,
        /// A certificate that was not sent (seen elsewhere) and would complete the path.
        completed_by: Option<Fingerprint>,
    },
    /// It was.
    Trusted {
        /// Leaf, intermediates used, in path order.
        path: Vec<Fingerprint>,
        /// The anchor's subject.
        anchor: Untrusted,
    },
}

/// Why no path was accepted (RFC 5280 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathRefusal {
    /// A signature does not verify.
    BadSignature,
    /// A leaf is a CA, or an issuer is not.
    CaConstraint,
    /// A certificate on every path has expired.
    Expired,
    /// The leaf may not be used for server authentication.
    ExtendedKeyUsage,
    /// A certificate cannot be decoded by a strict parser.
    Malformed,
    /// A name constraint forbids the leaf's names.
    NameConstraint,
    /// A certificate on every path is not valid yet.
    NotYetValid,
    /// Another reason; see the detail.
    Other,
    /// The path is longer than a CA permits.
    PathLength,
    /// No path reaches an anchor.
    UnknownIssuer,
    /// A signature algorithm or key the verifier does not accept.
    UnsupportedAlgorithm,
    /// A critical extension is unknown.
    UnsupportedExtension,
}

impl PathRefusal {
    /// The reason in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::BadSignature => "a signature does not verify",
            Self::CaConstraint => "a certificate is used as what it is not (CA or leaf)",
            Self::Expired => "a certificate on every path has expired",
            Self::ExtendedKeyUsage => "the leaf may not be used for servers",
            Self::Malformed => "a certificate cannot be decoded",
            Self::NameConstraint => "a name constraint forbids the name",
            Self::NotYetValid => "a certificate on every path is not valid yet",
            Self::Other => "refused",
            Self::PathLength => "the path is longer than a CA permits",
            Self::UnknownIssuer => "no path to a trusted root",
            Self::UnsupportedAlgorithm => "an algorithm is not accepted",
            Self::UnsupportedExtension => "a critical extension is unknown",
        }
    }
}
