//! Hellos to begin from; questions change one thing in them.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

use crate::model::{CipherSuite, Host, TlsVersion};
use crate::probe::hello::ClientHello;
use crate::probe::survey::Interview;

/// Groups of TLS 1.2 and below: RFC 8422, RFC 7919 and the curves of old.
pub(super) const LEGACY_GROUPS: &[u16] = &[
    29, 23, 24, 25, 30, 22, 26, 27, 28, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 256,
    257, 258, 259, 260,
];
/// Groups of TLS 1.3: RFC 9846 section 4.3.7, the hybrids and pure ML-KEM, Brainpool (RFC 8734), curveSM2.
pub(super) const GROUPS: &[u16] = &[
    0x11EC, 0x11EB, 0x11ED, 0x0200, 0x0201, 0x0202, 0x6399, 29, 23, 24, 25, 30, 31, 32, 33, 41, 256, 257, 258, 259, 260,
];
/// Schemes of both versions that servers still sign with.
pub(super) const SCHEMES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601,
    0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0502, 0x0602, 0x0302, 0x0202, 0x0101, 0x081A, 0x081B, 0x081C, 0x0904,
    0x0905, 0x0906,
];

/// A hello that offers one version with these suites and everything else there is.
pub(super) fn offer(interview: &Interview<'_>, version: TlsVersion, suites: &[CipherSuite]) -> ClientHello {
    let is_13 = version == TlsVersion::TLS13;
    ClientHello {
        version: if is_13 { TlsVersion::TLS12.0 } else { version.0 },
        versions: if is_13 { vec![version.0] } else { Vec::new() },
        suites: numbers(suites),
        name: name(interview),
        groups: if is_13 { GROUPS } else { LEGACY_GROUPS }.to_vec(),
        schemes: SCHEMES.to_vec(),
        shares: is_13.then(Vec::new),
        random: random(),
        ..ClientHello::default()
    }
}

/// Numbers on the wire; SSL 2 kinds have none.
pub(super) fn numbers(suites: &[CipherSuite]) -> Vec<u16> {
    suites.iter().filter_map(|suite| u16::try_from(suite.0).ok()).collect()
}

/// Suites that may be chosen in `version`, best first as far as names tell: servers that follow the client show what
/// modern clients get.
pub(super) fn suites(version: TlsVersion) -> Vec<CipherSuite> {
    let may = |suite: &CipherSuite| {
        suite.first_version().is_some_and(|first| match version {
            TlsVersion::TLS13 => first == TlsVersion::TLS13,
            _ => first <= version,
        })
    };
    let mut suites: Vec<CipherSuite> = CipherSuite::known().filter(may).collect();
    suites.sort_by_key(|suite| (!suite.is_aead(), !suite.has_forward_secrecy()));
    suites
}

/// Would hide the certificate, or what a modern client gets: asked for apart.
pub(super) fn is_dubious(suite: CipherSuite) -> bool {
    suite.is_anonymous() || suite.is_null() || suite.is_export()
}

/// Never for a literal (RFC 6066 section 3).
fn name(interview: &Interview<'_>) -> Option<String> {
    let target = interview.target;
    let is_name = target.servername.is_some() || matches!(target.host, Host::Name(_));
    is_name.then(|| target.verified_name())
}

fn random() -> [u8; 32] {
    let mut random = [0x5A; 32];
    // Without randomness a fixed value serves: nothing secret depends on it.
    let _ = SystemRandom::new().fill(&mut random);
    random
}
