//! What is watched.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ClientFiles, Expectations, Host, Labels, Proxy};

/// A target's number in this run; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetId(pub u32);

/// One thing to watch: a name (or a literal address), a port and how to speak there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its number in this run.
    pub id: TargetId,
    /// Canonical notation, `shop.example:443`; the name shown and exported.
    pub name: Arc<str>,
    /// What is resolved.
    pub host: Host,
    /// TCP port of the target; [`Target::dial`] may lead elsewhere.
    pub port: u16,
    /// What is spoken before TLS.
    pub protocol: Protocol,
    /// The name sent as SNI and verified against, when it is not the host.
    pub servername: Option<Arc<str>>,
    /// Fixed addresses to connect to instead of resolving: `name@ip:port`, `--resolve`.
    pub pinned: Vec<SocketAddr>,
    /// Another host and port to connect to, name and verification unchanged (`--connect-to`).
    pub dial: Option<(Host, u16)>,
    /// The proxy on the way there; it is asked for addresses, never for the name.
    pub proxy: Option<Arc<Proxy>>,
    /// Which address families are probed.
    pub family: Family,
    /// ALPN protocols offered, in order.
    pub alpn: Vec<Arc<str>>,
    /// The client certificate presented to servers that ask for one; it is no part of what is recorded.
    #[serde(skip)]
    pub client: Option<Arc<ClientFiles>>,
    /// The certificate file that its server reads; compared with what is served.
    #[serde(default)]
    pub cert_file: Option<Arc<Path>>,
    /// How much is looked at.
    pub depth: Depth,
    /// What it is to be like; `None` when nothing is said.
    #[serde(default)]
    pub expect: Option<Arc<Expectations>>,
    /// Names and values for grouping and filters.
    pub labels: Labels,
    /// Time between two probes of one address.
    pub interval: Duration,
    /// One absolute deadline over TCP, upgrade and TLS of a probe, and one of the same length for a look-up: a slow name
    /// service is told apart from a slow server.
    pub timeout: Duration,
    /// Time between two surveys of one address when nothing else gives reason for one; [`Depth::Full`] only.
    pub survey: Duration,
}

impl Target {
    /// The name to send and verify: the override, else the host.
    #[must_use]
    pub fn verified_name(&self) -> String {
        self.servername.as_deref().map_or_else(|| self.host.to_string(), str::to_owned)
    }

    /// Host and port that are resolved and connected to.
    #[must_use]
    pub fn destination(&self) -> (&Host, u16) {
        self.dial.as_ref().map_or((&self.host, self.port), |(host, port)| (host, *port))
    }

    /// The label targets are grouped by on screen: `service`, else its own name.
    #[must_use]
    pub fn group(&self) -> &str {
        match self.labels.get("service") {
            Some(service) => service,
            None => &self.name,
        }
    }
}

/// How much of a target is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// One handshake per address and interval, and now and then a survey.
    #[default]
    Full,
    /// Nothing but that handshake.
    Handshake,
}

impl Depth {
    /// Its name in options and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Handshake => "handshake",
        }
    }
}

/// Which address families of a name are probed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Every address.
    #[default]
    Any,
    /// IPv4 only (`-4`).
    V4,
    /// IPv6 only (`-6`).
    V6,
}

impl Family {
    /// Whether `ip` is to be probed.
    #[must_use]
    pub fn admits(self, ip: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => ip.is_ipv4(),
            Self::V6 => ip.is_ipv6(),
        }
    }
}

/// What is spoken on the port: TLS at once, or a protocol that upgrades to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// QUIC with ALPN `h3`.
    H3,
    /// SMTP with STARTTLS (RFC 3207).
    Smtp,
    /// Message submission with STARTTLS (RFC 6409).
    Submission,
    /// LMTP with STARTTLS (RFC 2033).
    Lmtp,
    /// IMAP with STARTTLS (RFC 9051).
    Imap,
    /// POP3 with STLS (RFC 2595).
    Pop3,
    /// FTP with AUTH TLS (RFC 4217).
    Ftp,
    /// LDAP with the `StartTLS` extended operation (RFC 4511 section 4.14).
    Ldap,
    /// XMPP client stream with STARTTLS (RFC 6120 section 5).
    Xmpp,
    /// XMPP server stream with STARTTLS.
    XmppServer,
    /// `ManageSieve` with STARTTLS (RFC 5804).
    Sieve,
    /// NNTP with STARTTLS (RFC 4642).
    Nntp,
    /// PostgreSQL `SSLRequest`.
    Postgres,
    /// MySQL and MariaDB `SSLRequest`.
    Mysql,
    /// SQL Server: TLS inside TDS pre-login packets.
    Tds,
    /// Remote Desktop: negotiation request before TLS.
    Rdp,
}

impl Protocol {
    /// Those that lead to TLS by a conversation.
    pub const UPGRADES: [Self; 15] = [
        Self::Smtp,
        Self::Submission,
        Self::Lmtp,
        Self::Imap,
        Self::Pop3,
        Self::Ftp,
        Self::Ldap,
        Self::Xmpp,
        Self::XmppServer,
        Self::Sieve,
        Self::Nntp,
        Self::Postgres,
        Self::Mysql,
        Self::Tds,
        Self::Rdp,
    ];

    /// Its name in target notation and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::H3 => "h3",
            Self::Smtp => "smtp",
            Self::Submission => "submission",
            Self::Lmtp => "lmtp",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Ftp => "ftp",
            Self::Ldap => "ldap",
            Self::Xmpp => "xmpp",
            Self::XmppServer => "xmpp-server",
            Self::Sieve => "sieve",
            Self::Nntp => "nntp",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Tds => "tds",
            Self::Rdp => "rdp",
        }
    }

    /// Its name in sentences.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::H3 => "HTTP/3",
            Self::Smtp => "SMTP",
            Self::Submission => "SMTP submission",
            Self::Lmtp => "LMTP",
            Self::Imap => "IMAP",
            Self::Pop3 => "POP3",
            Self::Ftp => "FTP",
            Self::Ldap => "LDAP",
            Self::Xmpp => "XMPP",
            Self::XmppServer => "XMPP between servers",
            Self::Sieve => "ManageSieve",
            Self::Nntp => "NNTP",
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL",
            Self::Tds => "SQL Server",
            Self::Rdp => "Remote Desktop",
        }
    }

    /// Whether a conversation leads to TLS.
    #[must_use]
    pub const fn upgrades(self) -> bool {
        !matches!(self, Self::Tls | Self::H3)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
