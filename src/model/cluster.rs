//! What a cluster's manifests say about TLS beside the certificates that are in them.

use std::fmt;
use std::sync::Arc;

use super::{Certificate, Time, Untrusted};

/// The name of an object, unique among those of its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// Its namespace.
    pub namespace: Untrusted,
    /// Its own name.
    pub name: Untrusted,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// An object that leads to certificates, or should hold one and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterObject {
    /// `Ingress`.
    pub kind: &'static str,
    /// What it is called.
    pub name: ObjectName,
    /// Hosts, and the secrets whose certificates they are served with.
    pub uses: Vec<SecretUse>,
    /// What cert-manager says of its own Certificate.
    pub issuance: Option<Issuance>,
    /// What a Secret of the type for TLS lacks.
    pub lacks: Vec<Lack>,
}

/// Hosts that are served with the certificate of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUse {
    /// Names and addresses, wildcards included.
    pub hosts: Vec<Untrusted>,
    /// The listener of a Gateway.
    pub listener: Option<Untrusted>,
    /// The secret.
    pub secret: ObjectName,
    /// Whether it is among what was read.
    pub stored: StoredSecret,
}

/// A secret that something names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredSecret {
    /// It cannot be told: what was read has no secrets where it would be.
    Untold,
    /// It is not among the secrets that were read.
    Missing {
        /// Whether others of its namespace are.
        has_neighbours: bool,
    },
    /// It is there, with the certificate that is served.
    There(Option<Arc<Certificate>>),
}

impl StoredSecret {
    /// The certificate that is served.
    #[must_use]
    pub fn certificate(&self) -> Option<&Arc<Certificate>> {
        match self {
            Self::There(certificate) => certificate.as_ref(),
            Self::Untold | Self::Missing { .. } => None,
        }
    }
}

/// The state of an issuance by cert-manager, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuance {
    /// Whether the certificate is as it was asked for; none where it does not say.
    pub ready: Option<bool>,
    /// Why it is so: one word.
    pub reason: Untrusted,
    /// The same in a sentence.
    pub message: Untrusted,
    /// Since when it is so.
    pub since: Option<Time>,
    /// Since when it is being issued, where it is.
    pub issuing: Option<Time>,
    /// Attempts that failed, one after the other.
    pub failed_attempts: u64,
    /// The last of them.
    pub last_failure: Option<Time>,
    /// When it is to be renewed.
    pub renewal: Option<Time>,
    /// How many times it was issued.
    pub revision: Option<u64>,
    /// By whom.
    pub issuer: Untrusted,
}

/// A value that a Secret of the type `kubernetes.io/tls` has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// There is no certificate, or an empty one.
    Certificate,
    /// What stands in its place is no base64.
    Base64,
    /// What stands in its place is no PEM.
    Pem,
    /// There is no private key, or an empty one.
    Key,
}

impl Lack {
    /// As it is said of the secret.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Certificate => "has no tls.crt",
            Self::Base64 => "has a tls.crt that is not base64",
            Self::Pem => "has a tls.crt without a certificate in PEM",
            Self::Key => "has no tls.key",
        }
    }
}
