//! What the owner of a target says it is to be like.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Certificate, Fingerprint, TlsVersion};

/// What a target is expected to be like; what is not said is not expected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Expectations {
    /// No older version is accepted.
    pub min_version: Option<TlsVersion>,
    /// One of these protocols is selected.
    pub alpn: Vec<Arc<str>>,
    /// Stands in the leaf's issuer, in capitals or not.
    pub issuer: Option<Arc<str>>,
    /// The leaf is for these names, too.
    pub names: Vec<Arc<str>>,
    /// Browsers are told to insist on HTTPS.
    pub hsts: Option<bool>,
    /// Clients without a certificate are refused; if not, none is asked for.
    pub mtls: Option<bool>,
    /// Keys of which at least one is in the chain: the one in use first, then its backups.
    pub pins: Vec<Pin>,
    /// The longest that the TLS phase takes.
    pub max_latency: Option<Duration>,
}

/// A public key by the SHA-256 of its `SubjectPublicKeyInfo` (RFC 7469 section 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pin(pub Fingerprint);

impl Pin {
    /// Whether that certificate is for the pinned key.
    #[must_use]
    pub fn is_of(self, certificate: &Certificate) -> bool {
        self.0 == certificate.spki
    }
}

/// `sha256/` and 44 characters of base64.
impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256/{}", STANDARD.encode(self.0.0))
    }
}

impl FromStr for Pin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digest = text.strip_prefix("sha256/").and_then(|digest| STANDARD.decode(digest).ok());
        let bytes = digest.and_then(|digest| <[u8; 32]>::try_from(digest).ok());
        bytes.map(|bytes| Self(Fingerprint(bytes))).ok_or_else(|| {
            format!("'{text}' is no pin; write sha256/ and the SHA-256 of the public key in base64, 44 characters")
        })
    }
}

impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_written_as_they_are_read() {
        let pin = Pin(Fingerprint::of(b"key"));
        assert_eq!(pin.to_string().parse(), Ok(pin));
        let short = format!("sha256/{}", STANDARD.encode([0; 31]));
        for wrong in
            ["", "sha256/", "sha1/AAAA", "sha256/*", short.as_str(), "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564="]
        {
            assert!(wrong.parse::<Pin>().unwrap_err().contains("is no pin"), "{wrong}");
        }
    }
}
