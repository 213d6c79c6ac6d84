//! Certificates as read, once, from their DER.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Time, Untrusted};

/// SHA-256 over DER: a certificate's identity, or a public key's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// SHA-256 of `der`.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }

    /// The first eight hexadecimal digits, for narrow places.
    #[must_use]
    pub fn short(&self) -> String {
        let [a, b, c, d, ..] = self.0;
        format!("{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hex = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(serde::de::Error::custom("a fingerprint has 64 hexadecimal digits"));
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&hex[at..at + 2], 16).map_err(serde::de::Error::custom)?;
        }
        Ok(Self(bytes))
    }
}

/// Certificates in the order the server sent them, leaf first; duplicates and included roots kept.
pub type Chain = Arc<[Arc<Certificate>]>;

/// What an X.509 certificate says (RFC 5280), parsed once and shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 of the DER.
    pub fingerprint: Fingerprint,
    /// The bytes as received.
    #[serde(with = "der_as_base64")]
    pub der: Arc<[u8]>,
    /// X.509 version, 3 for every useful one.
    pub version: u8,
    /// Subject in RFC 4514 order of appearance.
    pub subject: Untrusted,
    /// The subject's last common name, if any.
    pub common_name: Option<Untrusted>,
    /// Issuer.
    pub issuer: Untrusted,
    /// The issuer's common name, else its organisation, else the whole name: for narrow places.
    pub issuer_short: Untrusted,
    /// SHA-256 of the subject's DER: two names are the same only if this is.
    pub subject_id: Fingerprint,
    /// SHA-256 of the issuer's DER.
    pub issuer_id: Fingerprint,
    /// Serial number, lower-case hexadecimal without separators.
    pub serial: String,
    /// Start of validity.
    pub not_before: Time,
    /// End of validity (inclusive, RFC 5280 section 4.1.2.5).
    pub not_after: Time,
    /// Subject alternative names, in order.
    pub sans: Vec<San>,
    /// The public key.
    pub key: KeyInfo,
    /// SHA-256 of the `SubjectPublicKeyInfo`: what pins and key sharing go by.
    pub spki: Fingerprint,
    /// How the issuer signed.
    pub signature: SignatureInfo,
    /// Basic constraints say CA; `None` without that extension.
    pub is_ca: Option<bool>,
    /// Basic constraints path length.
    pub path_len: Option<u32>,
    /// Extended key usages by name, or OID in dotted form.
    pub extended_key_usage: Vec<String>,
    /// Key identifiers in hexadecimal: subject's and authority's.
    pub subject_key_id: Option<String>,
    /// Authority key identifier.
    pub authority_key_id: Option<String>,
    /// OCSP responders (AIA).
    pub ocsp_urls: Vec<Untrusted>,
    /// Where the issuer's certificate can be had (AIA).
    pub issuer_urls: Vec<Untrusted>,
    /// CRL distribution points.
    pub crl_urls: Vec<Untrusted>,
    /// TLS feature `status_request` (RFC 7633).
    pub must_staple: bool,
    /// Signed certificate timestamps embedded in the certificate.
    pub embedded_scts: u16,
    /// Subject and issuer are equal and its own key verifies its signature.
    pub self_signed: bool,
}

impl Certificate {
    /// From start to end of validity; zero when they are the wrong way round.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.not_after.since(self.not_before)
    }

    /// The name people know it by: common name, else first SAN, else subject.
    #[must_use]
    pub fn display_name(&self) -> &Untrusted {
        let first_san = || self.sans.first().map(San::text);
        self.common_name.as_ref().or_else(first_san).unwrap_or(&self.subject)
    }

    /// Addresses that stand among the DNS names, where no client looks for them (RFC 9525 section 6.5).
    pub fn addresses_as_names(&self) -> impl Iterator<Item = IpAddr> {
        self.sans.iter().filter_map(|san| match san {
            San::Dns(name) => name.as_str().parse().ok(),
            San::Ip(_) | San::Other(_) => None,
        })
    }

    /// Whether the address is one of its DNS names and none of its addresses.
    #[must_use]
    pub fn misplaces(&self, address: IpAddr) -> bool {
        let is_it = |san: &San| matches!(san, San::Ip(ip) if ip.as_str().parse() == Ok(address));
        self.addresses_as_names().any(|other| other == address) && !self.sans.iter().any(is_it)
    }

    /// Whether `issuer` could have issued this by name (and key identifier, where both have one).
    #[must_use]
    pub fn is_named_issuer(&self, issuer: &Self) -> bool {
        self.issuer_id == issuer.subject_id
            && match (&self.authority_key_id, &issuer.subject_key_id) {
                (Some(authority), Some(subject)) => authority == subject,
                _ => true,
            }
    }
}

/// A subject alternative name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum San {
    /// `dNSName`.
    Dns(Untrusted),
    /// `iPAddress`, printed.
    Ip(Untrusted),
    /// Anything else, with its kind: `email:ops@example.com`.
    Other(Untrusted),
}

impl San {
    /// The name's text.
    #[must_use]
    pub fn text(&self) -> &Untrusted {
        match self {
            Self::Dns(text) | Self::Ip(text) | Self::Other(text) => text,
        }
    }
}

/// A public key's kind and size.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyInfo {
    /// The algorithm.
    pub algorithm: KeyAlgorithm,
    /// Size in bits: modulus, prime or field; 0 when unknown.
    pub bits: u32,
    /// Public exponent of an RSA key, where it fits 64 bits.
    pub exponent: Option<u64>,
}

/// Kinds of public keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAlgorithm {
    /// DSA.
    Dsa,
    /// ECDSA over the named curve (`P-256`, or an OID).
    Ecdsa(Arc<str>),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// RSA, PKCS#1 or PSS key.
    Rsa,
    /// Another, by OID.
    Other(Arc<str>),
}

impl fmt::Display for KeyInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.algorithm {
            KeyAlgorithm::Dsa => format!("DSA {}", self.bits),
            KeyAlgorithm::Ecdsa(curve) => format!("ECDSA {curve}"),
            KeyAlgorithm::Ed25519 => "Ed25519".to_owned(),
            KeyAlgorithm::Ed448 => "Ed448".to_owned(),
            KeyAlgorithm::Rsa => format!("RSA {}", self.bits),
            KeyAlgorithm::Other(oid) => oid.to_string(),
        };
        f.pad(&text)
    }
}

/// A certificate's signature algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SignatureInfo {
    /// Its usual name, `ecdsa-with-SHA256`, or the OID.
    pub name: Arc<str>,
    /// Built on MD2, MD4, MD5 or SHA-1.
    pub weak: bool,
}

/// Bytes that are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("not a certificate: {reason}")]
pub struct MalformedCertificate {
    /// What the parser found.
    pub reason: Untrusted,
}

mod der_as_base64 {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(der: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(der))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        use base64::Engine as _;
        let text = String::deserialize(deserializer)?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(bytes.into())
    }
}
