//! What targets have in common, and what it explains.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::rules;
use crate::model::{Code, Finding, Fingerprint, Time, Untrusted};

/// Something that targets share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Shared {
    /// An address, whatever the port.
    Address(IpAddr),
    /// The key of the leaf.
    Key(Fingerprint),
    /// The intermediate that signed the leaf.
    Intermediate(Untrusted, Fingerprint),
    /// The OCSP responder that the leaf names.
    Responder(Untrusted),
    /// The authority that issued the leaf.
    Issuer(Untrusted),
    /// The hour in which the leaf ends, by its begin.
    Expiry(Time),
    /// The proxy on the way.
    Proxy(Untrusted),
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "address {address}"),
            Self::Key(key) => write!(f, "key {}", key.short()),
            Self::Intermediate(name, _) => write!(f, "intermediate “{name}”"),
            Self::Responder(url) => write!(f, "responder {url}"),
            Self::Issuer(name) => write!(f, "issuer “{name}”"),
            Self::Expiry(hour) => write!(f, "hour of expiry {}", hour.strftime("%Y-%m-%d %Hh")),
            Self::Proxy(proxy) => write!(f, "proxy {proxy}"),
        }
    }
}

/// A fault that whoever shares something has, and nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonCause {
    pub(super) shared: Shared,
    pub(super) code: Code,
}

/// Under which the evidence has what is shared.
pub(super) const SHARED: &str = "shared by all that fail";

/// What a finding of a common cause is about: what makes it one incident.
pub(super) fn subject(finding: &Finding) -> Option<Arc<str>> {
    let is_common = finding.code == rules::FLEET_COMMON_CAUSE.code;
    finding.evidence.value(SHARED).filter(|_| is_common).map(Arc::from)
}

/// `all share the address 10.0.0.5: connection timed out`.
pub(super) fn fact(finding: &Finding) -> Option<String> {
    let shared = subject(finding)?;
    let fault = finding.evidence.value("fault")?;
    let title = rules::RULES.iter().find(|rule| rule.code.0 == fault).map_or(fault, |rule| rule.title);
    Some(format!("all share the {shared}: {title}"))
}
