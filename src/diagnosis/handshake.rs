//! Handshakes that end in an alert or in a disagreement.

use super::reading::Reading;
use super::rules::{self, Rule};
use crate::model::{Alert, Failure, FailureKind, Peer};

/// What a handshake failure means; `None` when it is a matter of the connection instead.
pub(super) fn read(failure: &Failure, nameless: bool) -> Option<Reading> {
    match &failure.kind {
        FailureKind::Alert(Alert { number, from: Peer::Server }) => server_alert(*number, nameless),
        FailureKind::Alert(Alert { number, from: Peer::Us }) => Some(our_alert(*number)),
        FailureKind::Incompatible => Some(incompatible(failure.detail.as_str())),
        // How the TLS library words a message that it cannot decode.
        FailureKind::Misbehaved if failure.detail.as_str().contains("corrupt message") => {
            Some(Reading::certain(&rules::HS_DECODE_ERROR))
        }
        FailureKind::Misbehaved => Some(Reading::certain(&rules::HS_PROTOCOL_VIOLATION)),
        _ => None,
    }
}

fn server_alert(number: u8, nameless: bool) -> Option<Reading> {
    Some(match number {
        // An orderly close, only said aloud.
        0 | 90 => return None,
        // The server does not say what it missed: suite, group, signature or something it keeps to itself.
        40 | 71 => Reading::likely(&rules::HS_NO_SHARED_CIPHER),
        50 => Reading::certain(&rules::HS_DECODE_ERROR),
        70 => Reading::certain(&rules::HS_PROTOCOL_VERSION),
        80 => Reading::certain(&rules::HS_INTERNAL_ERROR),
        112 if nameless => Reading::likely(&rules::HS_SNI_REQUIRED),
        112 => Reading::certain(&rules::HS_SNI_UNRECOGNIZED),
        120 => Reading::certain(&rules::HS_ALPN_MISMATCH),
        _ => Reading::certain(&rules::HS_ALERT),
    })
}

/// Alerts we sent: the peer made us.
fn our_alert(number: u8) -> Reading {
    match number {
        40 | 71 => Reading::likely(&rules::HS_NO_SHARED_CIPHER),
        50 => Reading::certain(&rules::HS_DECODE_ERROR),
        70 => Reading::certain(&rules::HS_PROTOCOL_VERSION),
        120 => Reading::certain(&rules::HS_ALPN_MISMATCH),
        // unexpected_message, bad_record_mac, record_overflow, illegal_parameter, decrypt_error, missing and
        // unsupported extension: what we say when the peer breaks the protocol.
        10 | 20 | 22 | 47 | 51 | 109 | 110 => Reading::certain(&rules::HS_PROTOCOL_VIOLATION),
        _ => Reading::certain(&rules::HS_ALERT),
    }
}

/// The peer chose what we do not have; the TLS library names the field.
fn incompatible(detail: &str) -> Reading {
    let says = |words: &[&str]| words.iter().any(|word| detail.contains(word));
    if says(&["ApplicationProtocol"]) {
        Reading::certain(&rules::HS_ALPN_MISMATCH)
    } else if says(&["Cipher"]) {
        Reading::certain(&rules::HS_NO_SHARED_CIPHER)
    } else if says(&["Kx", "NamedGroup", "EcPoint"]) {
        Reading::certain(&rules::HS_NO_SHARED_GROUP)
    } else if says(&["Signature"]) {
        Reading::certain(&rules::HS_NO_SHARED_SIGALG)
    } else if says(&["Tls12", "Tls13", "Version"]) {
        Reading::certain(&rules::HS_PROTOCOL_VERSION)
    } else if says(&["Unoffered"]) {
        Reading::certain(&rules::HS_PROTOCOL_VIOLATION)
    } else {
        Reading::likely(&rules::HS_PROTOCOL_VERSION)
    }
}

pub(super) fn phrase(rule: &Rule, failure: &Failure) -> String {
    let did = match rule.code.0 {
        "hs.protocol_version" => "accepted neither TLSv1.3 nor TLSv1.2",
        "hs.no_shared_cipher" => "accepted none of our cipher suites, groups and signatures",
        "hs.no_shared_group" => "shared no key-exchange group with us",
        "hs.no_shared_sigalg" => "shared no signature scheme with us",
        "hs.sni_unrecognized" => "did not recognise the name that was sent",
        "hs.sni_required" => "did not answer without a name, and none is sent to an address",
        "hs.alpn_mismatch" => "accepted none of the application protocols offered",
        "hs.internal_error" => "failed with an internal error",
        "hs.decode_error" => "broke off over a message that cannot be decoded",
        "hs.protocol_violation" => "broke the TLS protocol",
        _ => "broke off the handshake",
    };
    match &failure.kind {
        FailureKind::Alert(alert) if alert.from == Peer::Server => format!("{did}: sent {alert}"),
        FailureKind::Alert(alert) => format!("{did}: made us send {alert}"),
        _ if failure.detail.is_empty() => did.to_owned(),
        _ => format!("{did}: {}", failure.detail),
    }
}
