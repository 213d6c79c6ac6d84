//! What hand-built hellos show of a server's choices.

use serde::{Deserialize, Serialize};

use crate::model::{CipherSuite, NamedGroup, SignatureScheme, TlsVersion, Untrusted};

/// What a server is willing to negotiate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Negotiation {
    /// One answer for each version asked for, oldest first.
    pub versions: Vec<VersionAnswer>,
    /// Accepted suites of each accepted version, oldest first.
    pub suites: Vec<VersionSuites>,
    /// Groups of TLS 1.3, in the order the server picks them from a full offer.
    pub groups: Vec<NamedGroup>,
    /// Groups of ECDHE suites below TLS 1.3, likewise.
    pub legacy_groups: Vec<NamedGroup>,
    /// The finite-field group of DHE suites below TLS 1.3.
    pub dh: Option<DhParameters>,
    /// Schemes in which the server proves possession of its keys, in the order it picks them.
    pub signature_schemes: Vec<SignatureScheme>,
    /// Extensions and old faults.
    pub features: Features,
    /// How unusual hellos fare.
    pub tolerance: Tolerance,
    /// Signed certificate timestamps delivered in the TLS extension (RFC 6962 section 3.3.1).
    pub tls_scts: Option<u16>,
}

/// One version's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionAnswer {
    /// Which was asked for, alone.
    pub version: TlsVersion,
    /// What came.
    pub answer: Answer,
}

/// Whether something that was offered was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was.
    Accepted,
    /// It was not; how the server said so: `alert protocol_version (70)`, `closed`.
    Refused(Untrusted),
    /// Not known, for this reason.
    Unknown(Untrusted),
}

impl Answer {
    /// Whether it was accepted; `None` when that is not known.
    #[must_use]
    pub const fn is_accepted(&self) -> Option<bool> {
        match self {
            Self::Accepted => Some(true),
            Self::Refused(_) => Some(false),
            Self::Unknown(_) => None,
        }
    }
}

/// The suites of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSuites {
    /// Under this version.
    pub version: TlsVersion,
    /// In the server's order where it has one, else in ours.
    pub suites: Vec<CipherSuite>,
    /// Whose order decides.
    pub order: Order,
    /// All of them; false when the survey had to stop before.
    pub complete: bool,
}

/// Whose order of suites decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The client's.
    Client,
    /// The server's.
    Server,
    /// Not known: a single suite, or not asked.
    Unknown,
}

/// The finite-field Diffie-Hellman group of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhParameters {
    /// Size of the prime.
    pub bits: u32,
    /// A well-known prime by name: `ffdhe2048`, `RFC 3526 MODP 2048`, `Apache 1024`.
    pub known_as: Option<String>,
}

/// Extensions and old faults; `None` where not asked or not applicable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// TLS compression is accepted (CRIME).
    pub compression: Option<bool>,
    /// `TLS_FALLBACK_SCSV` is honoured (RFC 7507).
    pub fallback_scsv: Option<bool>,
    /// Extended master secret (RFC 7627).
    pub extended_master_secret: Option<bool>,
    /// Encrypt-then-MAC (RFC 7366).
    pub encrypt_then_mac: Option<bool>,
    /// Secure renegotiation is indicated (RFC 5746).
    pub secure_renegotiation: Option<bool>,
    /// A staple was sent below TLS 1.3.
    pub status_request: Option<bool>,
    /// A session ticket was promised below TLS 1.3 (RFC 5077).
    pub session_ticket: Option<bool>,
}

/// How unusual but correct hellos fare.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Reserved values in every list (GREASE, RFC 8701).
    pub grease: Option<Answer>,
    /// A hello of more than 512 bytes, as post-quantum key shares make it.
    pub long_hello: Option<Answer>,
    /// A hello that also offers TLS 1.3.
    pub tls13: Option<Answer>,
}
