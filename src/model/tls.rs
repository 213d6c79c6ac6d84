//! Code points of the IANA TLS registries, as seen on the wire, with their names.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! code_point {
    ($(#[$doc:meta])* $name:ident, $width:ty, $hex:literal, { $($value:literal => $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $width);

        impl $name {
            /// The registered name, when it is a known one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => f.pad(&format!($hex, self.0)),
                }
            }
        }
    };
}

code_point! {
    /// A protocol version.
    TlsVersion, u16, "0x{:04X}", {
        0x0002 => "SSLv2", 0x0300 => "SSLv3", 0x0301 => "TLSv1.0", 0x0302 => "TLSv1.1",
        0x0303 => "TLSv1.2", 0x0304 => "TLSv1.3",
    }
}

code_point! {
    /// A cipher suite.
    CipherSuite, u16, "0x{:04X}", {
        0x1301 => "TLS_AES_128_GCM_SHA256", 0x1302 => "TLS_AES_256_GCM_SHA384",
        0x1303 => "TLS_CHACHA20_POLY1305_SHA256", 0x1304 => "TLS_AES_128_CCM_SHA256",
        0xC02B => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xC02C => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        0xC02F => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xC030 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        0xCCA8 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        0xCCA9 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    }
}

code_point! {
    /// A key-exchange group.
    NamedGroup, u16, "0x{:04X}", {
        0x0017 => "secp256r1", 0x0018 => "secp384r1", 0x0019 => "secp521r1", 0x001D => "x25519", 0x001E => "x448",
        0x0100 => "ffdhe2048", 0x0101 => "ffdhe3072", 0x0102 => "ffdhe4096",
        0x0200 => "MLKEM512", 0x0201 => "MLKEM768", 0x0202 => "MLKEM1024",
        0x11EB => "SecP256r1MLKEM768", 0x11EC => "X25519MLKEM768", 0x11ED => "SecP384r1MLKEM1024",
    }
}

code_point! {
    /// A signature scheme of `CertificateVerify` or `ServerKeyExchange`.
    SignatureScheme, u16, "0x{:04X}", {
        0x0201 => "rsa_pkcs1_sha1", 0x0203 => "ecdsa_sha1", 0x0401 => "rsa_pkcs1_sha256", 0x0501 => "rsa_pkcs1_sha384",
        0x0601 => "rsa_pkcs1_sha512", 0x0403 => "ecdsa_secp256r1_sha256", 0x0503 => "ecdsa_secp384r1_sha384",
        0x0603 => "ecdsa_secp521r1_sha512", 0x0804 => "rsa_pss_rsae_sha256", 0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512", 0x0807 => "ed25519", 0x0808 => "ed448",
    }
}

impl NamedGroup {
    /// Whether it resists a quantum computer (a hybrid or pure ML-KEM).
    #[must_use]
    pub const fn is_post_quantum(self) -> bool {
        matches!(self.0, 0x0200..=0x0202 | 0x11EB..=0x11ED)
    }
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// The endpoint.
    Server,
    /// This program.
    Us,
}

/// An alert that ended or accompanied a connection (RFC 9846 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Alert {
    /// `AlertDescription`, as on the wire.
    pub number: u8,
    /// Who sent it.
    pub from: Peer,
}

impl Alert {
    /// The registered name, `alert_93` for an unknown number.
    #[must_use]
    pub fn name(self) -> String {
        alert_name(self.number).map_or_else(|| format!("alert_{}", self.number), str::to_owned)
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.number)
    }
}

const fn alert_name(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        117 => "general_error",
        120 => "no_application_protocol",
        121 => "ech_required",
        _ => return None,
    })
}
