//! Trust in depth: every path there is, and who finds one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Certificate, Fingerprint, Time, Untrusted};

/// Paths from the leaf to anchors, as served and as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathReport {
    /// What it is about: the chain as sent, leaf first.
    pub sent: Vec<Fingerprint>,
    /// Every path found, of all stores: those as served first, and of them those that are accepted. Why a store
    /// refuses all is in [`crate::model::TrustReport::stores`].
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
    /// Our verifier accepts it now.
    pub valid: bool,
    /// Its words where it does not.
    pub refusal: Option<Untrusted>,
}

impl PathReport {
    /// The certificates that were not sent and would complete a path that is accepted, nearest to the leaf first;
    /// empty where a path as served is accepted, or none at all.
    #[must_use]
    pub fn missing(&self) -> Vec<&Arc<Certificate>> {
        let Some(best) = self.paths.iter().find(|path| path.valid) else { return Vec::new() };
        let found = |used: &Fingerprint| self.found.iter().find(|found| found.fingerprint == *used);
        best.path.iter().filter_map(found).collect()
    }
}

/// What one class of client makes of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientVerdict {
    /// Which class.
    pub client: ClientClass,
    /// Whether it accepts.
    pub accepts: bool,
    /// Why, or why not, to follow its name: `needs “R11”, which is not sent`.
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
