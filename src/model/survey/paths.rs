//! Trust in depth: every path there is, and who finds one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Certificate, Fingerprint, Time, Untrusted};

/// Paths from the leaf to anchors, as served and as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathReport {
    /// Every path found, of all stores, those as served first.
    pub paths: Vec<TrustPath>,
    /// Certificates that were not sent and that paths need: fetched by AIA, or seen elsewhere.
    pub found: Vec<Arc<Certificate>>,
    /// Whether each class of client finds a path.
    pub clients: Vec<ClientVerdict>,
}

/// One path to one store's anchor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustPath {
    /// The store.
    pub store: Arc<str>,
    /// Leaf, intermediates, in path order.
    pub path: Vec<Fingerprint>,
    /// The anchor's subject.
    pub anchor: Untrusted,
    /// All its certificates were sent.
    pub served: bool,
    /// The earliest end among its certificates.
    pub not_after: Time,
    /// Valid now.
    pub valid: bool,
}

/// What one class of client makes of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientVerdict {
    /// Which class.
    pub client: ClientClass,
    /// Whether it accepts.
    pub accepts: bool,
    /// Why, or why not.
    pub why: Untrusted,
}

/// Clients that build paths differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientClass {
    /// Fetches missing issuers (AIA), or knows them already.
    Browser,
    /// `OpenSSL`: curl, Python, Node, nginx as a client.
    OpenSsl,
    /// Go's `crypto/x509`.
    Go,
    /// Java's PKIX.
    Java,
    /// rustls with webpki.
    Rustls,
}

impl ClientClass {
    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::OpenSsl => "OpenSSL",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::Rustls => "rustls",
        }
    }
}
