//! What one probe of one address saw.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Alert, Certificate, Chain, CipherSuite, Fingerprint, NamedGroup, Passage, Peer, Protocol, SignatureScheme,
    TargetId, Time, TlsVersion, TrustReport, Untrusted, Upgrade,
};

/// One address of one target: the thing that is probed and has a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressKey {
    /// The target.
    pub target: TargetId,
    /// The address and port connected to.
    pub address: SocketAddr,
}

/// The evidence of one probe. A failed probe is an observation too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Who was probed.
    pub key: AddressKey,
    /// When it began.
    pub at: Time,
    /// How it ended.
    pub outcome: Outcome,
    /// How long each phase took.
    pub timings: Timings,
    /// The way through a proxy; `None` when the connection is direct.
    pub proxy: Option<Arc<Passage>>,
    /// What was said before TLS; `None` when TLS is spoken from the first byte, or nothing was said.
    pub upgrade: Option<Arc<Upgrade>>,
    /// What the handshake showed, as far as it came; kept when it failed later.
    pub handshake: Option<Handshake>,
}

impl Observation {
    /// Leaf first, as sent; empty when no certificate was seen.
    #[must_use]
    pub fn chain(&self) -> &[Arc<Certificate>] {
        self.handshake.as_ref().map_or(&[], |handshake| &handshake.chain)
    }

    /// The failure, when there was one.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Failed(failure) => Some(failure),
            Outcome::Handshake | Outcome::Skipped { .. } => None,
        }
    }

    /// Whether the handshake completed (its judgement is another matter).
    #[must_use]
    pub fn is_handshake(&self) -> bool {
        matches!(self.outcome, Outcome::Handshake)
    }
}

/// How a probe ended. Whether the endpoint is healthy is judged elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did not complete; the rare case, so that all others are small.
    Failed(Box<Failure>),
    /// It completed.
    Handshake,
    /// It was not attempted, for a reason of our own.
    Skipped {
        /// Why.
        reason: Untrusted,
    },
}

/// Where and how a probe failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The phase it was in.
    pub phase: Phase,
    /// What happened.
    pub kind: FailureKind,
    /// The lower layer's words, for the evidence.
    pub detail: Untrusted,
    /// Bytes received from the peer before the end.
    pub received: u64,
    /// Bytes sent to the peer before the end.
    pub sent: u64,
}

/// What happened, as exactly as the wire shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A fatal alert, theirs or ours.
    Alert(Alert),
    /// The peer closed in an orderly way (FIN) before the handshake was complete.
    Closed,
    /// TLS from the first byte, where a conversation was to lead to it.
    ImplicitTls,
    /// The peer chose something that was not offered, or that we do not have (`ServerHello` below TLS 1.2 …).
    Incompatible,
    /// A fault of this machine: no route, no file descriptors, no buffer space.
    Local,
    /// The peer broke the protocol.
    Misbehaved,
    /// The peer speaks the protocol and has no TLS to offer.
    NotOffered,
    /// The first bytes are neither TLS nor a protocol we know.
    NotTls {
        /// The first bytes, at most 64.
        first: Untrusted,
    },
    /// The first bytes are those of another protocol.
    Plaintext {
        /// Which.
        protocol: PlaintextProtocol,
        /// The first bytes, at most 64.
        first: Untrusted,
    },
    /// Connection refused (RST to SYN).
    Refused,
    /// The peer declined in its own words.
    Rejected {
        /// Them.
        reply: Untrusted,
    },
    /// The peer reset an established connection.
    Reset,
    /// The deadline passed in this phase; [`Failure::received`] tells silence from a stall.
    TimedOut,
    /// The peer declined for want of a name and password, or of the right ones.
    Unauthorized {
        /// Its words.
        reply: Untrusted,
    },
    /// No way to the host beyond our own network, or an ICMP refusal.
    Unreachable,
}

impl FailureKind {
    /// What the peer speaks, where that is not what it was asked for.
    #[must_use]
    pub const fn spoken(&self) -> Option<Protocol> {
        match self {
            Self::ImplicitTls => Some(Protocol::Tls),
            Self::Plaintext { protocol, .. } => protocol.upgrades_as(),
            _ => None,
        }
    }
}

/// The steps of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Name resolution.
    Dns,
    /// The way through a proxy.
    Proxy,
    /// QUIC, until the server's TLS is heard.
    Quic,
    /// TCP connect.
    Tcp,
    /// Upgrade conversation.
    Starttls,
    /// TLS handshake.
    Tls,
    /// The round trip after the handshake, in which TLS 1.3 servers refuse clients.
    Read,
}

impl Phase {
    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Proxy => "proxy",
            Self::Quic => "quic",
            Self::Tcp => "tcp",
            Self::Starttls => "starttls",
            Self::Tls => "tls",
            Self::Read => "read",
        }
    }
}

/// Protocols recognised by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaintextProtocol {
    /// `220 … FTP`.
    Ftp,
    /// `HTTP/1.`.
    Http,
    /// `* OK`.
    Imap,
    /// `220 … LMTP`.
    Lmtp,
    /// MySQL or MariaDB initial handshake packet.
    Mysql,
    /// `200` or `201`.
    Nntp,
    /// `+OK`.
    Pop3,
    /// `"IMPLEMENTATION"`: `ManageSieve`.
    Sieve,
    /// `220 … SMTP`, or another three-digit greeting.
    Smtp,
    /// `SSH-`.
    Ssh,
    /// `<?xml`, `<stream:`.
    Xmpp,
}

impl PlaintextProtocol {
    /// Its usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ftp => "FTP",
            Self::Http => "HTTP",
            Self::Imap => "IMAP",
            Self::Lmtp => "LMTP",
            Self::Mysql => "MySQL",
            Self::Nntp => "NNTP",
            Self::Pop3 => "POP3",
            Self::Sieve => "ManageSieve",
            Self::Smtp => "SMTP",
            Self::Ssh => "SSH",
            Self::Xmpp => "XMPP",
        }
    }

    /// The protocol as a target speaks it, when it can lead to TLS.
    #[must_use]
    pub const fn upgrades_as(self) -> Option<Protocol> {
        Some(match self {
            Self::Ftp => Protocol::Ftp,
            Self::Imap => Protocol::Imap,
            Self::Lmtp => Protocol::Lmtp,
            Self::Mysql => Protocol::Mysql,
            Self::Nntp => Protocol::Nntp,
            Self::Pop3 => Protocol::Pop3,
            Self::Sieve => Protocol::Sieve,
            Self::Smtp => Protocol::Smtp,
            Self::Xmpp => Protocol::Xmpp,
            Self::Http | Self::Ssh => return None,
        })
    }
}

/// Durations of the phases; `None` where a phase was not reached or not needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// Name resolution that led to this address; `None` when a cached answer was used.
    pub dns: Option<Duration>,
    /// TCP connect; through a proxy, until it has connected us ([`Passage::took`] is its part in that).
    pub tcp: Option<Duration>,
    /// Upgrade conversation.
    pub starttls: Option<Duration>,
    /// TLS handshake, first byte sent to Finished sent.
    pub tls: Option<Duration>,
    /// Everything this probe took for this address (without a cached DNS answer), the listening after the
    /// handshake included.
    pub total: Duration,
}

impl Timings {
    /// How long a client would have waited: the phases up to the end of the handshake, or all of it when
    /// there was no end.
    #[must_use]
    pub fn waited(&self) -> Duration {
        match self.tls {
            Some(_) => [self.dns, self.tcp, self.starttls, self.tls].into_iter().flatten().sum(),
            None => self.total,
        }
    }
}

/// What a handshake showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// Negotiated version.
    pub version: Option<TlsVersion>,
    /// Negotiated cipher suite.
    pub cipher: Option<CipherSuite>,
    /// Key-exchange group.
    pub group: Option<NamedGroup>,
    /// Selected ALPN protocol.
    pub alpn: Option<Untrusted>,
    /// Full, resumed, or full after a `HelloRetryRequest`.
    pub kind: Option<HandshakeKind>,
    /// Scheme of the server's proof of possession.
    pub signature: Option<SignatureScheme>,
    /// Certificates as sent.
    pub chain: Chain,
    /// Certificates in the chain that could not be parsed, by position and reason.
    pub malformed: Box<[(u16, Untrusted)]>,
    /// The stapled OCSP response as sent (RFC 6960 DER), when there was one.
    pub staple: Option<Arc<[u8]>>,
    /// Whether the server asked for a client certificate, and from whom.
    pub client_auth: ClientAuth,
    /// TLS 1.3 tickets received within the read after the handshake, or 1 for a TLS 1.2 ticket.
    pub tickets: u8,
    /// Alerts seen, warnings included, in order.
    pub alerts: Box<[Alert]>,
    /// Who ended the connection.
    pub closed_by: Option<Peer>,
    /// Bytes received from the peer in all.
    pub received: u64,
    /// Bytes sent to the peer in all.
    pub sent: u64,
    /// How the chain fared; `None` when no certificate was seen.
    pub trust: Option<Arc<TrustReport>>,
}

impl Handshake {
    /// The leaf, when one was seen and could be parsed.
    #[must_use]
    pub fn leaf(&self) -> Option<&Arc<Certificate>> {
        self.chain.first()
    }

    /// Fingerprints of the chain as sent.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.chain.iter().map(|certificate| certificate.fingerprint)
    }
}

/// How a handshake was established.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandshakeKind {
    /// In full.
    Full,
    /// In full, after a `HelloRetryRequest`.
    FullWithRetry,
    /// From a session ticket or id.
    Resumed,
}

/// The server's wish for a client certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// It did not ask.
    #[default]
    None,
    /// It asked.
    Requested {
        /// Names of the authorities it accepts; empty means any.
        authorities: Vec<Untrusted>,
        /// Ours, when it was sent.
        presented: Option<Arc<Certificate>>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_after_the_handshake_is_not_waited_for() {
        let millis = |n| Duration::from_millis(n);
        let timings = Timings { dns: Some(millis(1)), tcp: Some(millis(2)), total: millis(300), ..Timings::default() };
        assert_eq!(timings.waited(), millis(300), "a failure was waited for to its end");
        assert_eq!(Timings { tls: Some(millis(4)), ..timings }.waited(), millis(7));
    }
}
