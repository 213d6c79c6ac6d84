//! Client certificates: asked for and missed.

use super::reading::Reading;
use super::rules;
use crate::model::{Alert, ClientAuth, Failure, FailureKind, Handshake, Peer, Phase, TlsVersion};

const CERTIFICATE_REQUIRED: u8 = 116;

/// Alerts with which servers refuse a client that presents no certificate; before TLS 1.3 there is none of its own
/// (RFC 5246 section 7.4.6 says `handshake_failure`; implementations differ).
const REFUSALS: [u8; 10] = [40, 41, 42, 43, 44, 45, 46, 48, 49, CERTIFICATE_REQUIRED];

pub(super) fn read(failure: &Failure, handshake: Option<&Handshake>) -> Option<Reading> {
    if is(&failure.kind, &[CERTIFICATE_REQUIRED]) {
        return Some(Reading::certain(&rules::MTLS_REQUIRED));
    }
    let asked = matches!(handshake?.client_auth, ClientAuth::Requested { .. });
    let refused = is(&failure.kind, &REFUSALS);
    // TLS 1.3 servers refuse after our flight; a close at that point has no other common reason.
    let closed = matches!(failure.kind, FailureKind::Closed | FailureKind::Reset)
        && (failure.phase == Phase::Read || handshake?.version == Some(TlsVersion(0x0303)));
    (asked && (refused || closed)).then(|| Reading::likely(&rules::MTLS_REQUIRED))
}

pub(super) fn phrase(failure: &Failure) -> String {
    let how = match &failure.kind {
        FailureKind::Alert(alert) => format!("with {alert}"),
        _ => "by closing the connection".to_owned(),
    };
    format!("asked for a client certificate and refused us without one, {how}")
}

fn is(kind: &FailureKind, numbers: &[u8]) -> bool {
    matches!(kind, FailureKind::Alert(Alert { number, from: Peer::Server }) if numbers.contains(number))
}
