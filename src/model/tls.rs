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
            /// Every one with a name, in ascending order.
            pub const KNOWN: &[Self] = &[$(Self($value)),+];

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
    /// A key-exchange group (IANA "TLS Supported Groups" as of 2026-09-29).
    NamedGroup, u16, "0x{:04X}", {
        0x0001 => "sect163k1", 0x0002 => "sect163r1", 0x0003 => "sect163r2", 0x0004 => "sect193r1",
        0x0005 => "sect193r2", 0x0006 => "sect233k1", 0x0007 => "sect233r1", 0x0008 => "sect239k1",
        0x0009 => "sect283k1", 0x000A => "sect283r1", 0x000B => "sect409k1", 0x000C => "sect409r1",
        0x000D => "sect571k1", 0x000E => "sect571r1", 0x000F => "secp160k1", 0x0010 => "secp160r1",
        0x0011 => "secp160r2", 0x0012 => "secp192k1", 0x0013 => "secp192r1", 0x0014 => "secp224k1",
        0x0015 => "secp224r1", 0x0016 => "secp256k1", 0x0017 => "secp256r1", 0x0018 => "secp384r1",
        0x0019 => "secp521r1", 0x001A => "brainpoolP256r1", 0x001B => "brainpoolP384r1", 0x001C => "brainpoolP512r1",
        0x001D => "x25519", 0x001E => "x448", 0x001F => "brainpoolP256r1tls13", 0x0020 => "brainpoolP384r1tls13",
        0x0021 => "brainpoolP512r1tls13", 0x0022 => "GC256A", 0x0023 => "GC256B", 0x0024 => "GC256C",
        0x0025 => "GC256D", 0x0026 => "GC512A", 0x0027 => "GC512B", 0x0028 => "GC512C", 0x0029 => "curveSM2",
        0x0100 => "ffdhe2048", 0x0101 => "ffdhe3072", 0x0102 => "ffdhe4096", 0x0103 => "ffdhe6144",
        0x0104 => "ffdhe8192", 0x0200 => "MLKEM512", 0x0201 => "MLKEM768", 0x0202 => "MLKEM1024",
        0x11E9 => "SecP256r1MLKEM512", 0x11EA => "MLKEM512X25519", 0x11EB => "SecP256r1MLKEM768",
        0x11EC => "X25519MLKEM768", 0x11ED => "SecP384r1MLKEM1024", 0x11EE => "curveSM2MLKEM768",
        0x6399 => "X25519Kyber768Draft00", 0x639A => "SecP256r1Kyber768Draft00",
        0xFF01 => "arbitrary_explicit_prime_curves", 0xFF02 => "arbitrary_explicit_char2_curves",
    }
}

code_point! {
    /// A signature scheme of `CertificateVerify` or `ServerKeyExchange` (IANA "TLS `SignatureScheme`" as of 2026-09-29,
    /// and the pairs of hash and signature that only TLS 1.2 knows, RFC 5246 section 7.4.1.4.1).
    SignatureScheme, u16, "0x{:04X}", {
        0x0101 => "rsa_md5", 0x0201 => "rsa_pkcs1_sha1", 0x0202 => "dsa_sha1", 0x0203 => "ecdsa_sha1",
        0x0301 => "rsa_sha224", 0x0302 => "dsa_sha224", 0x0303 => "ecdsa_sha224", 0x0401 => "rsa_pkcs1_sha256",
        0x0402 => "dsa_sha256", 0x0403 => "ecdsa_secp256r1_sha256", 0x0420 => "rsa_pkcs1_sha256_legacy",
        0x0501 => "rsa_pkcs1_sha384", 0x0502 => "dsa_sha384", 0x0503 => "ecdsa_secp384r1_sha384",
        0x0520 => "rsa_pkcs1_sha384_legacy", 0x0601 => "rsa_pkcs1_sha512", 0x0602 => "dsa_sha512",
        0x0603 => "ecdsa_secp521r1_sha512", 0x0620 => "rsa_pkcs1_sha512_legacy", 0x0704 => "eccsi_sha256",
        0x0705 => "iso_ibs1", 0x0706 => "iso_ibs2", 0x0707 => "iso_chinese_ibs", 0x0708 => "sm2sig_sm3",
        0x0709 => "gostr34102012_256a", 0x070A => "gostr34102012_256b", 0x070B => "gostr34102012_256c",
        0x070C => "gostr34102012_256d", 0x070D => "gostr34102012_512a", 0x070E => "gostr34102012_512b",
        0x070F => "gostr34102012_512c", 0x0804 => "rsa_pss_rsae_sha256", 0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512", 0x0807 => "ed25519", 0x0808 => "ed448", 0x0809 => "rsa_pss_pss_sha256",
        0x080A => "rsa_pss_pss_sha384", 0x080B => "rsa_pss_pss_sha512", 0x081A => "ecdsa_brainpoolP256r1tls13_sha256",
        0x081B => "ecdsa_brainpoolP384r1tls13_sha384", 0x081C => "ecdsa_brainpoolP512r1tls13_sha512",
        0x0904 => "mldsa44", 0x0905 => "mldsa65", 0x0906 => "mldsa87", 0x0911 => "slhdsa_sha2_128s",
        0x0912 => "slhdsa_sha2_128f", 0x0913 => "slhdsa_sha2_192s", 0x0914 => "slhdsa_sha2_192f",
        0x0915 => "slhdsa_sha2_256s", 0x0916 => "slhdsa_sha2_256f", 0x0917 => "slhdsa_shake_128s",
        0x0918 => "slhdsa_shake_128f", 0x0919 => "slhdsa_shake_192s", 0x091A => "slhdsa_shake_192f",
        0x091B => "slhdsa_shake_256s", 0x091C => "slhdsa_shake_256f",
    }
}

impl TlsVersion {
    /// SSL 2.
    pub const SSL2: Self = Self(0x0002);
    /// SSL 3.
    pub const SSL3: Self = Self(0x0300);
    /// TLS 1.0.
    pub const TLS10: Self = Self(0x0301);
    /// TLS 1.1.
    pub const TLS11: Self = Self(0x0302);
    /// TLS 1.2.
    pub const TLS12: Self = Self(0x0303);
    /// TLS 1.3.
    pub const TLS13: Self = Self(0x0304);
}

impl NamedGroup {
    /// Whether it resists a quantum computer (ML-KEM or its draft, alone or in a hybrid).
    #[must_use]
    pub const fn is_post_quantum(self) -> bool {
        matches!(self.0, 0x0200..=0x0202 | 0x11E9..=0x11EE | 0x6399 | 0x639A)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_code_points_are_in_order_and_named() {
        assert!(NamedGroup::KNOWN.is_sorted_by(|a, b| a < b));
        assert!(SignatureScheme::KNOWN.is_sorted_by(|a, b| a < b));
        assert_eq!(NamedGroup(0x11EC).to_string(), "X25519MLKEM768");
        assert_eq!(SignatureScheme(0x0905).name(), Some("mldsa65"));
        assert_eq!(TlsVersion::KNOWN.first(), Some(&TlsVersion::SSL2));
        let post_quantum = NamedGroup::KNOWN.iter().filter(|group| group.is_post_quantum()).count();
        assert_eq!(post_quantum, 3 + 6 + 2);
    }
}
