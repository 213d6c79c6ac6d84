//! What the name service said about a target.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{TargetId, Time, Untrusted};

/// One look-up of a target's addresses, both families.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Whose name it is.
    pub target: TargetId,
    /// When it was asked.
    pub at: Time,
    /// How long the answer took; zero for literals and pinned addresses.
    pub took: Duration,
    /// Addresses with the port to dial left to the target; empty with a failure.
    pub addresses: Vec<ResolvedAddress>,
    /// Time the answer may be kept: the smallest TTL in it, or the negative TTL.
    pub ttl: Duration,
    /// Why there are no addresses. An answer for one family suffices for none.
    pub failure: Option<DnsFailure>,
    /// The server asked, or `hosts file`, `literal`, `--resolve`.
    pub source: Untrusted,
}

/// An address and the record it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ResolvedAddress {
    /// A or AAAA data.
    pub ip: IpAddr,
    /// The record's TTL.
    pub ttl: Duration,
}

/// Why a name has no addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsFailure {
    /// The name exists, with no address of the wanted families.
    NoAddress,
    /// NXDOMAIN.
    NxDomain,
    /// The server refused to answer (RCODE 5).
    Refused,
    /// SERVFAIL, or another error code, with the server's explanation (RFC 8914) where given.
    ServFail {
        /// RCODE and extended error.
        detail: Untrusted,
    },
    /// No answer in time.
    TimedOut,
    /// The resolver could not be reached at all.
    Unreachable {
        /// The system's words.
        detail: Untrusted,
    },
}

impl DnsFailure {
    /// In a few words, for a place without room for a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NoAddress => "no address".to_owned(),
            Self::NxDomain => "NXDOMAIN".to_owned(),
            Self::Refused => "the name server refuses".to_owned(),
            Self::ServFail { detail } if detail.is_empty() => "SERVFAIL".to_owned(),
            Self::TimedOut => "no answer from the name server".to_owned(),
            Self::ServFail { detail } | Self::Unreachable { detail } => detail.to_string(),
        }
    }
}
