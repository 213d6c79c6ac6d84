//! What was fetched from elsewhere, as evidence.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Proxy, Untrusted};

/// One fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// What for.
    pub kind: FetchKind,
    /// From where; after redirects the last one.
    pub url: Untrusted,
    /// The address connected to; `None` when it came to no connection, from a cache, or through a proxy that looks
    /// names up itself.
    pub address: Option<SocketAddr>,
    /// The proxy it went through.
    #[serde(default)]
    pub proxy: Option<Arc<Proxy>>,
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

/// What may be fetched from elsewhere: `all`, `none`, or kinds with commas between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FetchPolicy {
    aia: bool,
    crl: bool,
    ocsp: bool,
}

/// A word that is no [`FetchPolicy`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is nothing that can be fetched; write all, none, or some of aia, crl, ocsp, as in crl,ocsp")]
pub struct UnknownFetch(Untrusted);

impl FetchPolicy {
    /// Everything.
    pub const ALL: Self = Self { aia: true, crl: true, ocsp: true };
    /// Nothing: what the server itself sends has to do.
    pub const NONE: Self = Self { aia: false, crl: false, ocsp: false };

    const KINDS: [FetchKind; 3] = [FetchKind::Aia, FetchKind::Crl, FetchKind::Ocsp];

    /// Whether this kind may be fetched.
    #[must_use]
    pub const fn allows(self, kind: FetchKind) -> bool {
        match kind {
            FetchKind::Aia => self.aia,
            FetchKind::Crl => self.crl,
            FetchKind::Ocsp => self.ocsp,
        }
    }
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromStr for FetchPolicy {
    type Err = UnknownFetch;

    fn from_str(text: &str) -> Result<Self, UnknownFetch> {
        match text.trim() {
            "all" => return Ok(Self::ALL),
            "none" => return Ok(Self::NONE),
            _ => (),
        }
        text.split(',').map(str::trim).try_fold(Self::NONE, |policy, word| match word {
            "aia" => Ok(Self { aia: true, ..policy }),
            "crl" => Ok(Self { crl: true, ..policy }),
            "ocsp" => Ok(Self { ocsp: true, ..policy }),
            other => Err(UnknownFetch(Untrusted::new(other))),
        })
    }
}

impl fmt::Display for FetchPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.pad("all"),
            Self::NONE => f.pad("none"),
            some => {
                let kinds = Self::KINDS.into_iter().filter(|kind| some.allows(*kind)).map(FetchKind::name);
                f.pad(&kinds.collect::<Vec<_>>().join(","))
            }
        }
    }
}

impl TryFrom<String> for FetchPolicy {
    type Error = UnknownFetch;

    fn try_from(text: String) -> Result<Self, UnknownFetch> {
        text.parse()
    }
}

impl From<FetchPolicy> for String {
    fn from(policy: FetchPolicy) -> Self {
        policy.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_it_is_written() {
        for text in ["all", "none", "aia", "crl", "ocsp", "aia,ocsp"] {
            assert_eq!(text.parse::<FetchPolicy>().unwrap().to_string(), text);
        }
        assert_eq!("ocsp, crl,aia".parse(), Ok(FetchPolicy::ALL));
        for text in ["", "everything", "aia,", "all,aia"] {
            let error = text.parse::<FetchPolicy>().unwrap_err().to_string();
            assert!(error.contains("write all, none"), "{error}");
        }
    }
}
