//! What a probe's own handshake offers. A test of the prober holds it to the TLS library.

use super::{CipherSuite, NamedGroup, SignatureScheme};

/// Cipher suites of TLS 1.3 and 1.2.
pub const OFFERED_SUITES: [CipherSuite; 9] = [
    CipherSuite(0x1301),
    CipherSuite(0x1302),
    CipherSuite(0x1303),
    CipherSuite(0xC02B),
    CipherSuite(0xC02C),
    CipherSuite(0xC02F),
    CipherSuite(0xC030),
    CipherSuite(0xCCA8),
    CipherSuite(0xCCA9),
];

/// Key-exchange groups.
pub const OFFERED_GROUPS: [NamedGroup; 4] =
    [NamedGroup(0x0017), NamedGroup(0x0018), NamedGroup(0x001D), NamedGroup(0x11EC)];

/// Signature schemes, those of old and odd servers included.
pub const OFFERED_SCHEMES: [SignatureScheme; 16] = [
    SignatureScheme(0x0201),
    SignatureScheme(0x0203),
    SignatureScheme(0x0401),
    SignatureScheme(0x0403),
    SignatureScheme(0x0501),
    SignatureScheme(0x0503),
    SignatureScheme(0x0601),
    SignatureScheme(0x0603),
    SignatureScheme(0x0804),
    SignatureScheme(0x0805),
    SignatureScheme(0x0806),
    SignatureScheme(0x0807),
    SignatureScheme(0x0808),
    SignatureScheme(0x0904),
    SignatureScheme(0x0905),
    SignatureScheme(0x0906),
];
