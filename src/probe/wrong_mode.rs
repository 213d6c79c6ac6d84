//! What a peer seems to speak that did not answer as it was expected to.

use crate::model::{Failure, FailureKind, Phase, Protocol};

/// The protocol to try instead of `asked`; `None` when nothing suggests another.
pub(super) fn suspect(asked: Protocol, failure: &Failure) -> Option<Protocol> {
    let suspected = match (failure.phase, &failure.kind) {
        (Phase::Starttls, FailureKind::ImplicitTls) => Some(Protocol::Tls),
        (Phase::Starttls | Phase::Tls, FailureKind::Plaintext { protocol, .. }) => protocol.upgrades_as(),
        // What a TLS server does that cannot make sense of our first words.
        (Phase::Starttls, FailureKind::Closed | FailureKind::Reset) if failure.received == 0 => Some(Protocol::Tls),
        _ => None,
    };
    suspected.filter(|protocol| *protocol != asked && (failure.phase == Phase::Starttls || asked == Protocol::Tls))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PlaintextProtocol, Untrusted};

    #[test]
    fn only_what_points_elsewhere_is_suspected() {
        let imap = || FailureKind::Plaintext { protocol: PlaintextProtocol::Imap, first: Untrusted::new("* OK") };
        let ssh = || FailureKind::Plaintext { protocol: PlaintextProtocol::Ssh, first: Untrusted::new("SSH-") };
        let cases = [
            (Protocol::Smtp, Phase::Starttls, imap(), 9, Some(Protocol::Imap)),
            (Protocol::Smtp, Phase::Starttls, FailureKind::Closed, 0, Some(Protocol::Tls)),
            (Protocol::Smtp, Phase::Starttls, FailureKind::Closed, 9, None),
            (Protocol::Ldap, Phase::Starttls, FailureKind::ImplicitTls, 7, Some(Protocol::Tls)),
            (Protocol::Tls, Phase::Tls, imap(), 9, Some(Protocol::Imap)),
            (Protocol::Tls, Phase::Tls, ssh(), 9, None),
            (Protocol::Tls, Phase::Tls, FailureKind::Closed, 0, None),
            // After the peer agreed to TLS: broken, not another protocol.
            (Protocol::Smtp, Phase::Tls, imap(), 9, None),
            (Protocol::Smtp, Phase::Tcp, FailureKind::Reset, 0, None),
        ];
        for (asked, phase, kind, received, expected) in cases {
            let failure = Failure { phase, kind, detail: Untrusted::new(""), received, sent: 9 };
            assert_eq!(suspect(asked, &failure), expected, "{asked}: {failure:?}");
        }
    }
}
