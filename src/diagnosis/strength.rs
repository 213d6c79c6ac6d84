//! How well a version, suite, group or scheme protects, in a word: for lists in which the weak should stand out.

use crate::model::{CipherSuite, Encryption, NamedGroup, SignatureScheme, Status, TlsVersion};

/// What is wrong with something that is accepted, and how bad that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weakness {
    /// In few words, `no PFS`.
    pub word: &'static str,
    /// Warning for what is out of date, critical for what protects nothing.
    pub status: Status,
}

const fn weak(word: &'static str) -> Weakness {
    Weakness { word, status: Status::Warning }
}

const fn broken(word: &'static str) -> Weakness {
    Weakness { word, status: Status::Critical }
}

/// A version's weakness.
#[must_use]
pub fn version_weakness(version: TlsVersion) -> Option<Weakness> {
    match version {
        // RFC 6176, RFC 7568.
        TlsVersion::SSL2 | TlsVersion::SSL3 => Some(broken("broken")),
        // RFC 8996.
        TlsVersion::TLS10 | TlsVersion::TLS11 => Some(weak("deprecated")),
        _ => None,
    }
}

/// A suite's worst weakness. Cipher block chaining alone is none: it is out of fashion, and nothing else is known of it.
#[must_use]
pub fn suite_weakness(suite: CipherSuite) -> Option<Weakness> {
    let parts = suite.parts()?;
    if suite.is_null() {
        return Some(broken("no encryption"));
    }
    if suite.is_anonymous() {
        return Some(broken("anonymous"));
    }
    if suite.is_export() {
        return Some(broken("export"));
    }
    match parts.encryption {
        Encryption::Des => Some(broken("DES")),
        Encryption::Rc2 => Some(broken("RC2")),
        // RFC 7465.
        Encryption::Rc4 => Some(broken("RC4")),
        // 64-bit blocks (CVE-2016-2183).
        Encryption::TripleDes => Some(weak("3DES")),
        Encryption::Idea => Some(weak("IDEA")),
        _ if !suite.has_forward_secrecy() => Some(weak("no PFS")),
        _ => None,
    }
}

/// A group's weakness: below 112 bits of strength (NIST SP 800-57 part 1).
#[must_use]
pub const fn group_weakness(group: NamedGroup) -> Option<Weakness> {
    match group.0 {
        0x0001..=0x0005 | 0x000F..=0x0013 => Some(weak("small curve")),
        _ => None,
    }
}

/// The weakness of a finite-field Diffie-Hellman prime of this size.
#[must_use]
pub const fn dh_weakness(bits: u32) -> Option<Weakness> {
    match bits {
        ..1024 => Some(broken("small prime")),
        1024..2048 => Some(weak("small prime")),
        _ => None,
    }
}

/// A signature scheme's weakness.
#[must_use]
pub const fn scheme_weakness(scheme: SignatureScheme) -> Option<Weakness> {
    match scheme.0 {
        0x0101 => Some(broken("MD5")),
        // RFC 9155.
        0x0201..=0x0203 => Some(weak("SHA-1")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_told_by_their_worst_part() {
        let word = |number| suite_weakness(CipherSuite(number)).map(|weakness| weakness.word);
        for (number, expected) in [
            (0x1301, None),
            (0xC02F, None),
            (0xC013, None),
            (0x009C, Some("no PFS")),
            (0x000A, Some("3DES")),
            (0x0005, Some("RC4")),
            (0x0018, Some("anonymous")),
            (0x0003, Some("export")),
            (0x0002, Some("no encryption")),
            (0x0009, Some("DES")),
            (0xFFFE, None),
        ] {
            assert_eq!(word(number), expected, "{number:#06x}");
        }
        assert_eq!(suite_weakness(CipherSuite(0x0005)).unwrap().status, Status::Critical);
        assert_eq!(suite_weakness(CipherSuite(0x000A)).unwrap().status, Status::Warning);
    }

    #[test]
    fn old_versions_and_small_numbers_are_weak() {
        let versions = [0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304].map(|code| version_weakness(TlsVersion(code)));
        let statuses = versions.map(|weakness| weakness.map(|weakness| weakness.status));
        let (bad, old) = (Some(Status::Critical), Some(Status::Warning));
        assert_eq!(statuses, [bad, bad, old, old, None, None]);
        assert!(dh_weakness(1024).is_some() && dh_weakness(2048).is_none());
        assert!(group_weakness(NamedGroup(0x0013)).is_some() && group_weakness(NamedGroup(0x001D)).is_none());
        assert!(scheme_weakness(SignatureScheme(0x0201)).is_some());
    }
}
