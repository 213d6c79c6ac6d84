//! Cipher suites: their names, and what the names say about them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::TlsVersion;
use super::suites::{REGISTERED, SSL2, UNREGISTERED};

/// A cipher suite.
///
/// 16 bits in TLS; the cipher kinds of SSL 2 have 24, in which TLS suites begin with a zero byte (RFC 5246
/// appendix E.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CipherSuite(pub u32);

/// What a suite consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteParts {
    /// How the secret is agreed upon.
    pub key_exchange: KeyExchange,
    /// What proves the server's identity.
    pub authentication: Authentication,
    /// The cipher.
    pub encryption: Encryption,
    /// Its effective key length in bits.
    pub bits: u16,
    /// How it is used.
    pub mode: Mode,
    /// Weakened for export from the United States of the 1990s.
    pub export: bool,
}

/// How the secret is agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyExchange {
    /// Diffie-Hellman with the key of the certificate.
    Dh,
    /// Ephemeral Diffie-Hellman.
    Dhe,
    /// Elliptic-curve Diffie-Hellman with the key of the certificate.
    Ecdh,
    /// Ephemeral elliptic-curve Diffie-Hellman.
    Ecdhe,
    /// The suites of TLS 1.3 leave it to extensions.
    Extension,
    /// GOST R 34.10 key transport.
    Gost,
    /// Kerberos.
    Kerberos,
    /// Nothing.
    Null,
    /// A password: SRP, ECCPWD.
    Password,
    /// A secret shared before.
    Psk,
    /// The client encrypts the secret to the RSA key of the certificate.
    Rsa,
}

/// What proves the server's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authentication {
    /// Nothing does.
    Anonymous,
    /// A DSA key.
    Dss,
    /// An elliptic-curve key.
    Ecdsa,
    /// The suites of TLS 1.3 leave it to extensions.
    Extension,
    /// A GOST R 34.10 key.
    Gost,
    /// An RSA key.
    Rsa,
    /// Knowledge of a secret shared before, a password or a ticket of Kerberos.
    Secret,
}

/// The cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// AEGIS.
    Aegis,
    /// AES.
    Aes,
    /// ARIA.
    Aria,
    /// Ascon.
    Ascon,
    /// Camellia.
    Camellia,
    /// `ChaCha20`.
    ChaCha20,
    /// DES.
    Des,
    /// Magma, Kuznyechik and GOST 28147.
    Gost,
    /// IDEA.
    Idea,
    /// None: everything is readable.
    Null,
    /// RC2.
    Rc2,
    /// RC4.
    Rc4,
    /// SEED.
    Seed,
    /// SM4.
    Sm4,
    /// Triple DES.
    TripleDes,
}

/// How a cipher is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Authenticated encryption.
    Aead,
    /// Cipher block chaining with a MAC of its own.
    Cbc,
    /// A stream, or nothing, with a MAC of its own.
    Stream,
}

impl CipherSuite {
    /// "No renegotiation has taken place" (RFC 5746); not a suite to choose.
    pub const RENEGOTIATION_SCSV: Self = Self(0x00FF);
    /// "I have tried higher versions before" (RFC 7507); not a suite to choose.
    pub const FALLBACK_SCSV: Self = Self(0x5600);

    /// The registered name, when it is a known one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        [REGISTERED, UNREGISTERED, SSL2].into_iter().find_map(|table| {
            let at = table.binary_search_by_key(&self.0, |(number, _)| *number).ok()?;
            Some(table[at].1)
        })
    }

    /// Every suite of TLS that a server could choose.
    pub fn known() -> impl Iterator<Item = Self> {
        let all = REGISTERED.iter().chain(UNREGISTERED).map(|(number, _)| Self(*number));
        all.filter(|suite| suite.parts().is_some_and(|parts| parts.key_exchange != KeyExchange::Null))
    }

    /// Every cipher kind of SSL 2.
    pub fn known_ssl2() -> impl Iterator<Item = Self> {
        SSL2.iter().map(|(number, _)| Self(*number))
    }

    /// What it consists of; `None` for an unknown number and for signalling values.
    #[must_use]
    pub fn parts(self) -> Option<SuiteParts> {
        SuiteParts::of(self.name()?)
    }

    /// The first version of the protocol in which it may be chosen; `None` for an unknown number.
    #[must_use]
    pub fn first_version(self) -> Option<TlsVersion> {
        let (name, parts) = (self.name()?, self.parts()?);
        if self.0 > 0xFFFF {
            return Some(TlsVersion::SSL2);
        }
        if parts.key_exchange == KeyExchange::Extension {
            return Some(TlsVersion::TLS13);
        }
        // RFC 5487 section 3: its CBC suites know older versions, unlike other suites with these hashes.
        let new_hash = name.ends_with("_SHA256") || name.ends_with("_SHA384");
        let is_tls12 = parts.mode == Mode::Aead || (new_hash && !name.contains("PSK"));
        Some(if is_tls12 { TlsVersion::TLS12 } else { TlsVersion::SSL3 })
    }

    /// Past traffic stays secret when the server's key is lost.
    #[must_use]
    pub fn has_forward_secrecy(self) -> bool {
        self.is(|parts| matches!(parts.key_exchange, KeyExchange::Dhe | KeyExchange::Ecdhe | KeyExchange::Extension))
    }

    /// Nothing proves who the server is.
    #[must_use]
    pub fn is_anonymous(self) -> bool {
        self.is(|parts| parts.authentication == Authentication::Anonymous)
    }

    /// Nothing is encrypted.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.is(|parts| parts.encryption == Encryption::Null)
    }

    /// Weakened for export.
    #[must_use]
    pub fn is_export(self) -> bool {
        self.is(|parts| parts.export)
    }

    /// Authenticated encryption.
    #[must_use]
    pub fn is_aead(self) -> bool {
        self.is(|parts| parts.mode == Mode::Aead)
    }

    /// Cipher block chaining.
    #[must_use]
    pub fn is_cbc(self) -> bool {
        self.is(|parts| parts.mode == Mode::Cbc)
    }

    /// RC4.
    #[must_use]
    pub fn is_rc4(self) -> bool {
        self.is(|parts| parts.encryption == Encryption::Rc4)
    }

    /// Single DES.
    #[must_use]
    pub fn is_des(self) -> bool {
        self.is(|parts| parts.encryption == Encryption::Des)
    }

    /// Triple DES.
    #[must_use]
    pub fn is_triple_des(self) -> bool {
        self.is(|parts| parts.encryption == Encryption::TripleDes)
    }

    fn is(self, test: impl FnOnce(SuiteParts) -> bool) -> bool {
        self.parts().is_some_and(test)
    }
}

impl fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&format!("0x{:04X}", self.0)),
        }
    }
}

impl SuiteParts {
    /// Reads a name; the registry's names are made by rule.
    fn of(name: &str) -> Option<Self> {
        if name.ends_with("_SCSV") {
            return None;
        }
        let (protocol, rest) = name.split_once('_')?;
        let (exchange, cipher) = match rest.split_once("_WITH_") {
            // RFC 9367 kept the form of older names for its suites of TLS 1.3.
            Some((_, cipher)) if cipher.contains("_MGM_") => ("", cipher),
            Some(_) if rest.starts_with("CK_") => ("RSA", rest.trim_start_matches("CK_")),
            Some(halves) => halves,
            None => ("", rest),
        };
        let export = exchange.contains("_EXPORT") || (protocol == "SSL" && cipher.contains("_EXPORT"));
        let (key_exchange, authentication) = exchange_of(exchange)?;
        let (encryption, bits) = encryption_of(cipher)?;
        Some(Self { key_exchange, authentication, encryption, bits, mode: mode_of(cipher, encryption), export })
    }
}

fn exchange_of(name: &str) -> Option<(KeyExchange, Authentication)> {
    let name = name.trim_end_matches("1024").trim_end_matches("_EXPORT").trim_end_matches("_FIPS");
    Some(match name {
        "" => (KeyExchange::Extension, Authentication::Extension),
        "NULL" => (KeyExchange::Null, Authentication::Anonymous),
        "RSA" | "RSA_PSK" => (KeyExchange::Rsa, Authentication::Rsa),
        "DH_DSS" => (KeyExchange::Dh, Authentication::Dss),
        "DH_RSA" => (KeyExchange::Dh, Authentication::Rsa),
        "DHE_DSS" => (KeyExchange::Dhe, Authentication::Dss),
        "DHE_RSA" => (KeyExchange::Dhe, Authentication::Rsa),
        "DH_anon" => (KeyExchange::Dhe, Authentication::Anonymous),
        "ECDH_ECDSA" => (KeyExchange::Ecdh, Authentication::Ecdsa),
        "ECDH_RSA" => (KeyExchange::Ecdh, Authentication::Rsa),
        "ECDHE_ECDSA" => (KeyExchange::Ecdhe, Authentication::Ecdsa),
        "ECDHE_RSA" => (KeyExchange::Ecdhe, Authentication::Rsa),
        "ECDH_anon" => (KeyExchange::Ecdhe, Authentication::Anonymous),
        "PSK" => (KeyExchange::Psk, Authentication::Secret),
        // RFC 6655 turned the words of two names round.
        "DHE_PSK" | "PSK_DHE" => (KeyExchange::Dhe, Authentication::Secret),
        "ECDHE_PSK" => (KeyExchange::Ecdhe, Authentication::Secret),
        "SRP_SHA" | "ECCPWD" => (KeyExchange::Password, Authentication::Secret),
        "SRP_SHA_RSA" => (KeyExchange::Password, Authentication::Rsa),
        "SRP_SHA_DSS" => (KeyExchange::Password, Authentication::Dss),
        "KRB5" => (KeyExchange::Kerberos, Authentication::Secret),
        _ if name.starts_with("GOSTR34") => (KeyExchange::Gost, Authentication::Gost),
        _ => return None,
    })
}

/// Families of ciphers by the beginning of their names, and the bits of a key where the name does not end in them.
const CIPHERS: &[(&str, Encryption, u16)] = &[
    ("NULL", Encryption::Null, 0),
    // The hash alone: integrity without secrecy (RFC 9150).
    ("SHA256_", Encryption::Null, 0),
    ("SHA384_", Encryption::Null, 0),
    ("AES_128", Encryption::Aes, 128),
    ("AES_256", Encryption::Aes, 256),
    ("CHACHA20", Encryption::ChaCha20, 256),
    ("CAMELLIA_128", Encryption::Camellia, 128),
    ("CAMELLIA_256", Encryption::Camellia, 256),
    ("ARIA_128", Encryption::Aria, 128),
    ("ARIA_256", Encryption::Aria, 256),
    ("RC4_128_EXPORT40", Encryption::Rc4, 40),
    ("RC4_128", Encryption::Rc4, 128),
    ("RC4_56", Encryption::Rc4, 56),
    ("RC4_40", Encryption::Rc4, 40),
    ("RC2_128_CBC_EXPORT40", Encryption::Rc2, 40),
    ("RC2_128", Encryption::Rc2, 128),
    ("RC2_CBC_56", Encryption::Rc2, 56),
    ("RC2_CBC_40", Encryption::Rc2, 40),
    // Meet in the middle: three keys are worth two (NIST SP 800-57).
    ("3DES_EDE", Encryption::TripleDes, 112),
    ("DES_192_EDE3", Encryption::TripleDes, 112),
    ("DES40", Encryption::Des, 40),
    ("DES_CBC_40", Encryption::Des, 40),
    ("DES_", Encryption::Des, 56),
    ("IDEA", Encryption::Idea, 128),
    ("SEED", Encryption::Seed, 128),
    ("SM4", Encryption::Sm4, 128),
    ("KUZNYECHIK", Encryption::Gost, 256),
    ("MAGMA", Encryption::Gost, 256),
    ("28147", Encryption::Gost, 256),
    ("AEGIS_256", Encryption::Aegis, 256),
    ("AEGIS_128L", Encryption::Aegis, 128),
    ("ASCONAEAD128", Encryption::Ascon, 128),
];

fn encryption_of(cipher: &str) -> Option<(Encryption, u16)> {
    let (_, encryption, bits) = CIPHERS.iter().find(|(beginning, ..)| cipher.starts_with(beginning))?;
    Some((*encryption, *bits))
}

fn mode_of(cipher: &str, encryption: Encryption) -> Mode {
    let is_aead = matches!(encryption, Encryption::Aegis | Encryption::Ascon | Encryption::ChaCha20)
        || ["_GCM", "_CCM", "_MGM"].iter().any(|mode| cipher.contains(mode));
    match encryption {
        _ if is_aead => Mode::Aead,
        Encryption::Gost | Encryption::Null | Encryption::Rc4 => Mode::Stream,
        _ => Mode::Cbc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_of_the_table_is_understood() {
        for (number, name) in REGISTERED.iter().chain(UNREGISTERED).chain(SSL2) {
            assert_eq!(CipherSuite(*number).name(), Some(*name));
            assert_eq!(SuiteParts::of(name).is_none(), name.ends_with("_SCSV"), "{name}");
        }
        for table in [REGISTERED, UNREGISTERED, SSL2] {
            assert!(table.is_sorted_by(|(a, _), (b, _)| a < b), "found by halving");
        }
        assert_eq!((REGISTERED.len(), SSL2.len()), (356, 7));
    }

    #[test]
    fn parts_are_those_of_the_specifications() {
        use {Authentication as A, Encryption as E, KeyExchange as K, Mode as M};
        let cases = [
            (0x0003, K::Rsa, A::Rsa, E::Rc4, 40, M::Stream, true),
            (0x000A, K::Rsa, A::Rsa, E::TripleDes, 112, M::Cbc, false),
            (0x0014, K::Dhe, A::Rsa, E::Des, 40, M::Cbc, true),
            (0x0018, K::Dhe, A::Anonymous, E::Rc4, 128, M::Stream, false),
            (0x0026, K::Kerberos, A::Secret, E::Des, 40, M::Cbc, true),
            (0x003B, K::Rsa, A::Rsa, E::Null, 0, M::Stream, false),
            (0x0062, K::Rsa, A::Rsa, E::Des, 56, M::Cbc, true),
            (0x00C6, K::Extension, A::Extension, E::Sm4, 128, M::Aead, false),
            (0x1303, K::Extension, A::Extension, E::ChaCha20, 256, M::Aead, false),
            (0xC009, K::Ecdhe, A::Ecdsa, E::Aes, 128, M::Cbc, false),
            (0xC02F, K::Ecdhe, A::Rsa, E::Aes, 128, M::Aead, false),
            (0xC0A2, K::Dhe, A::Rsa, E::Aes, 128, M::Aead, false),
            (0xC0AA, K::Dhe, A::Secret, E::Aes, 128, M::Aead, false),
            (0xC0B4, K::Extension, A::Extension, E::Null, 0, M::Stream, false),
            (0xC103, K::Extension, A::Extension, E::Gost, 256, M::Aead, false),
            (0xCCA8, K::Ecdhe, A::Rsa, E::ChaCha20, 256, M::Aead, false),
            (0x02_0080, K::Rsa, A::Rsa, E::Rc4, 40, M::Stream, true),
            (0x07_00C0, K::Rsa, A::Rsa, E::TripleDes, 112, M::Cbc, false),
        ];
        for (number, key_exchange, authentication, encryption, bits, mode, export) in cases {
            let expected = SuiteParts { key_exchange, authentication, encryption, bits, mode, export };
            assert_eq!(CipherSuite(number).parts(), Some(expected), "{}", CipherSuite(number));
        }
        assert_eq!(CipherSuite(0x1234).parts(), None);
        assert_eq!(CipherSuite(0x1234).to_string(), "0x1234");
    }

    #[test]
    fn suites_have_a_first_version_and_signals_are_none() {
        let first = |number| CipherSuite(number).first_version();
        assert_eq!(first(0x1301), Some(TlsVersion::TLS13));
        assert_eq!(first(0x00AE), Some(TlsVersion::SSL3));
        assert_eq!(first(0x003C), Some(TlsVersion::TLS12));
        assert_eq!(first(0x0005), Some(TlsVersion::SSL3));
        assert_eq!(first(0x01_0080), Some(TlsVersion::SSL2));
        assert_eq!(first(0x5600), None);
        let known: Vec<CipherSuite> = CipherSuite::known().collect();
        assert!(!known.contains(&CipherSuite::FALLBACK_SCSV) && !known.contains(&CipherSuite(0)));
        assert_eq!(known.len(), REGISTERED.len() + UNREGISTERED.len() - 3);
        let tls13 = known.iter().filter(|suite| suite.first_version() == Some(TlsVersion::TLS13)).count();
        assert_eq!(tls13, 5 + 2 + 2 + 2 + 4 + 4, "AES and ChaCha20, AEGIS, SM4, hashes, GOST, Ascon");
    }

    #[test]
    fn weaknesses_are_told_from_the_name() {
        let has = |number, test: fn(CipherSuite) -> bool| test(CipherSuite(number));
        assert!(has(0xC030, CipherSuite::has_forward_secrecy) && !has(0x009D, CipherSuite::has_forward_secrecy));
        assert!(has(0x0034, CipherSuite::is_anonymous) && !has(0x0035, CipherSuite::is_anonymous));
        assert!(has(0x0001, CipherSuite::is_null) && has(0x0008, CipherSuite::is_export));
        assert!(has(0x0009, CipherSuite::is_des) && !has(0x000A, CipherSuite::is_des));
        assert!(has(0x000A, CipherSuite::is_triple_des) && has(0x0005, CipherSuite::is_rc4));
        assert!(has(0x1301, CipherSuite::is_aead) && has(0x002F, CipherSuite::is_cbc));
    }
}
