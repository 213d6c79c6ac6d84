//! From what broke a conversation to the kind of failure it is.

use rustls::{Error, PeerMisbehaved};

use super::dial;
use super::greeting;
use super::handshake::Broken;
use super::wire::Wire;
use crate::model::{Alert, FailureKind, Peer, Untrusted};

/// The kind, and the lower layer's words.
pub(super) fn explain(broken: &Broken, wire: &Wire) -> (FailureKind, Untrusted) {
    match broken {
        Broken::Closed => (FailureKind::Closed, Untrusted::new(&format!("closed after {} bytes", wire.received))),
        Broken::Io(error) => (dial::failure_kind(error), Untrusted::new(&error.to_string())),
        Broken::NotTls => (greeting::kind(&wire.first), Untrusted::new("the first bytes are not a TLS record")),
        // One spelling of alerts, the registry's (IANA "TLS Alerts").
        Broken::Tls(error @ Error::AlertReceived(_)) => {
            let kind = tls_kind(error);
            let words = if let FailureKind::Alert(alert) = kind { format!("alert {alert}") } else { error.to_string() };
            (kind, Untrusted::new(&words))
        }
        Broken::Tls(error) => (tls_kind(error), Untrusted::new(&error.to_string())),
        Broken::TooMuch => {
            let detail = format!("{} bytes received, more than any handshake needs", wire.received);
            (FailureKind::Misbehaved, Untrusted::new(&detail))
        }
    }
}

/// Who ended the connection.
pub(super) const fn ended_by(kind: &FailureKind) -> Peer {
    match kind {
        FailureKind::Alert(alert) => alert.from,
        FailureKind::Closed | FailureKind::Refused | FailureKind::Reset => Peer::Server,
        FailureKind::ImplicitTls
        | FailureKind::Incompatible
        | FailureKind::Local
        | FailureKind::Misbehaved
        | FailureKind::NotOffered
        | FailureKind::NotTls { .. }
        | FailureKind::Plaintext { .. }
        | FailureKind::Rejected { .. }
        | FailureKind::TimedOut
        | FailureKind::Unauthorized { .. }
        | FailureKind::Unreachable => Peer::Us,
    }
}

fn tls_kind(error: &Error) -> FailureKind {
    let ours = |number| FailureKind::Alert(Alert { number, from: Peer::Us });
    match error {
        Error::AlertReceived(description) => {
            FailureKind::Alert(Alert { number: u8::from(*description), from: Peer::Server })
        }
        Error::PeerIncompatible(_)
        | Error::PeerMisbehaved(
            PeerMisbehaved::SelectedUnofferedApplicationProtocol
            | PeerMisbehaved::SelectedUnofferedCertCompression
            | PeerMisbehaved::SelectedUnofferedCipherSuite
            | PeerMisbehaved::SelectedUnofferedCompression
            | PeerMisbehaved::SelectedUnofferedKxGroup
            | PeerMisbehaved::SelectedUnofferedPsk
            | PeerMisbehaved::SelectedUnusableCipherSuiteForVersion,
        ) => FailureKind::Incompatible,
        Error::DecryptError => ours(BAD_RECORD_MAC),
        Error::PeerSentOversizedRecord => ours(RECORD_OVERFLOW),
        Error::InvalidCertificate(_) => ours(BAD_CERTIFICATE),
        Error::FailedToGetCurrentTime | Error::FailedToGetRandomBytes | Error::EncryptError => FailureKind::Local,
        _ => FailureKind::Misbehaved,
    }
}

const BAD_CERTIFICATE: u8 = 42;
const BAD_RECORD_MAC: u8 = 20;
const RECORD_OVERFLOW: u8 = 22;

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;

    use super::*;

    #[test]
    fn alerts_are_spelled_as_they_are_registered() {
        let received = Broken::Tls(Error::AlertReceived(AlertDescription::UnknownCA));
        let (kind, words) = explain(&received, &Wire::new());
        assert_eq!(kind, FailureKind::Alert(Alert { number: 48, from: Peer::Server }));
        assert_eq!(words.as_str(), "alert unknown_ca (48)");
    }
}
