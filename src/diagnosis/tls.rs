//! Connections on which TLS is not what answers, or stops without an alert.

use super::reading::Reading;
use super::{rules, tcp};
use crate::model::{Failure, FailureKind};

pub(super) fn read(failure: &Failure) -> Reading {
    let began = failure.received > 0;
    Reading::certain(match failure.kind {
        FailureKind::Plaintext { .. } => &rules::TLS_PLAINTEXT_PEER,
        FailureKind::NotTls { .. } => &rules::TLS_NOT_TLS,
        FailureKind::TimedOut if began => &rules::TLS_STALLED,
        FailureKind::TimedOut => &rules::TLS_NO_RESPONSE,
        // Not a byte went either way: the connection was refused after all.
        FailureKind::Reset if !began && failure.sent == 0 => &rules::TCP_RESET,
        FailureKind::Reset => &rules::TLS_RESET_EARLY,
        FailureKind::Refused | FailureKind::Unreachable => return tcp::read(failure),
        _ => &rules::TLS_CLOSED_EARLY,
    })
}

pub(super) fn phrase(failure: &Failure) -> String {
    let received = failure.received;
    let began = received > 0;
    match &failure.kind {
        FailureKind::Plaintext { protocol, .. } => format!("answered in {}, not TLS", protocol.name()),
        FailureKind::NotTls { .. } => "answered with bytes that are not TLS".to_owned(),
        FailureKind::TimedOut if began => format!("stopped in the middle of the handshake, after {received} bytes"),
        FailureKind::TimedOut => "accepted the connection and said nothing".to_owned(),
        FailureKind::Reset if !began && failure.sent == 0 => "reset the connection before TLS began".to_owned(),
        FailureKind::Reset if !began => "reset the connection upon our hello".to_owned(),
        FailureKind::Reset => format!("reset the connection during the handshake, after {received} bytes"),
        FailureKind::Refused | FailureKind::Unreachable => tcp::phrase(failure),
        _ if began => format!("closed the connection during the handshake, after {received} bytes"),
        _ => "closed the connection without a word".to_owned(),
    }
}
