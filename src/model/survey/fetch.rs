//! What was fetched from elsewhere, as evidence.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Untrusted;

/// One fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// What for.
    pub kind: FetchKind,
    /// From where; after redirects the last one.
    pub url: Untrusted,
    /// The address connected to; `None` when it came to no connection, or from a cache.
    pub address: Option<SocketAddr>,
    /// Redirects followed.
    pub redirects: u8,
    /// How long it took; zero from a cache.
    pub took: Duration,
    /// How it ended.
    pub result: FetchResult,
}

/// What a fetch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchKind {
    /// An issuer's certificate (AIA `caIssuers`).
    Aia,
    /// A certificate revocation list.
    Crl,
    /// An OCSP response.
    Ocsp,
}

impl FetchKind {
    /// Its name in options and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aia => "aia",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
        }
    }
}

/// How a fetch ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchResult {
    /// It was kept from an earlier one.
    Cached,
    /// It failed: a status, a timeout, too large.
    Failed(Untrusted),
    /// This many bytes came.
    Received(u64),
    /// A rule of ours forbids it: a private address, a scheme other than http.
    Refused(Untrusted),
}
