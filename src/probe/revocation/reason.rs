//! Why something was revoked (RFC 5280 section 5.3.1 and 4.2.1.13).

use der::asn1::BitStringRef;

/// `CRLReason` by number; 7 is not used.
const REASONS: [&str; 11] = [
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "",
    "removeFromCRL",
    "privilegeWithdrawn",
    "aACompromise",
];

/// `ReasonFlags` by bit; bit 0 is not used.
const FLAGS: [&str; 9] = [
    "",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
];

/// An ENUMERATED's content as a reason.
pub(super) fn name(content: &[u8]) -> String {
    let known = content.first().filter(|_| content.len() == 1).and_then(|number| REASONS.get(usize::from(*number)));
    match known {
        Some(name) if !name.is_empty() => (*name).to_owned(),
        _ => format!("reason {}", content.first().copied().unwrap_or_default()),
    }
}

/// The reasons that a list covers.
pub(super) fn flags(bits: BitStringRef<'_>) -> String {
    let names = FLAGS.iter().enumerate().filter(|(at, name)| !name.is_empty() && bits.get(*at) == Some(true));
    names.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}
