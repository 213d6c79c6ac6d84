//! DNS records that speak about a name's certificates and protocols.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::Untrusted;

/// What DNS says besides addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsRecords {
    /// Who may issue (RFC 8659), of the closest name that says so.
    pub caa: RecordAnswer<CaaRecord>,
    /// Which certificates or keys to expect (RFC 6698).
    pub tlsa: RecordAnswer<TlsaRecord>,
    /// Service parameters (RFC 9460).
    pub https: RecordAnswer<ServiceRecord>,
}

/// An answer about one record type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAnswer<T> {
    /// The name that was asked for, or the one above it that has the records.
    pub owner: Untrusted,
    /// Records, none when there are none.
    pub records: Vec<T>,
    /// The resolver vouches for the answer (DNSSEC, `AD` bit).
    pub authenticated: bool,
    /// Why it is not known.
    pub failure: Option<Untrusted>,
}

/// One CAA property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaaRecord {
    /// Issuers must understand it.
    pub critical: bool,
    /// `issue`, `issuewild`, `iodef`.
    pub tag: Untrusted,
    /// `letsencrypt.org`; empty forbids everyone.
    pub value: Untrusted,
}

/// One TLSA association.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsaRecord {
    /// 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE.
    pub usage: u8,
    /// 0 certificate, 1 public key.
    pub selector: u8,
    /// 0 exact, 1 SHA-256, 2 SHA-512.
    pub matching: u8,
    /// In hexadecimal.
    pub data: String,
    /// Whether it agrees with the served chain; `None` when that cannot be told.
    pub matches: Option<bool>,
}

/// One HTTPS or SVCB record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecord {
    /// 0 for an alias.
    pub priority: u16,
    /// `.` for the owner itself.
    pub target: Untrusted,
    /// Protocols.
    pub alpn: Vec<Untrusted>,
    /// Another port.
    pub port: Option<u16>,
    /// Encrypted hello is configured.
    pub ech: bool,
    /// Address hints.
    pub hints: Vec<IpAddr>,
}
