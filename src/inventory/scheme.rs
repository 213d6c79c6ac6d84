//! Schemes of target notation: what is spoken, on which port, with which ALPN.

use crate::model::Protocol;

/// One scheme of target notation.
#[derive(Debug, PartialEq, Eq)]
pub struct Scheme {
    /// As written before `://`.
    pub name: &'static str,
    /// What is spoken before TLS.
    pub protocol: Protocol,
    /// Port when none is written.
    pub port: u16,
    /// ALPN protocols offered unless configured otherwise; see [`Scheme::offers`].
    pub alpn: &'static [&'static str],
    /// A bare `host:port` with this scheme's port means this scheme.
    pub claims_port: bool,
}

const HTTP: &[&str] = &["h2", "http/1.1"];

const fn scheme(name: &'static str, protocol: Protocol, port: u16, claims_port: bool) -> Scheme {
    Scheme { name, protocol, port, alpn: &[], claims_port }
}

/// Every scheme; the first one is that of a bare name.
///
/// The port of a plain database or desktop service is claimed only where the
/// upgrade is what clients normally do there.
pub const SCHEMES: &[Scheme] = &[
    Scheme { name: "https", protocol: Protocol::Tls, port: 443, alpn: HTTP, claims_port: true },
    Scheme { name: "h3", protocol: Protocol::H3, port: 443, alpn: &["h3"], claims_port: false },
    scheme("tls", Protocol::Tls, 443, false),
    scheme("smtp", Protocol::Smtp, 25, true),
    scheme("smtps", Protocol::Tls, 465, true),
    scheme("submission", Protocol::Submission, 587, true),
    scheme("imap", Protocol::Imap, 143, true),
    scheme("imaps", Protocol::Tls, 993, true),
    scheme("pop3", Protocol::Pop3, 110, true),
    scheme("pop3s", Protocol::Tls, 995, true),
    scheme("ftp", Protocol::Ftp, 21, true),
    scheme("ftps", Protocol::Tls, 990, true),
    scheme("ldap", Protocol::Ldap, 389, true),
    scheme("ldaps", Protocol::Tls, 636, true),
    scheme("xmpp", Protocol::Xmpp, 5222, true),
    scheme("xmpp-server", Protocol::XmppServer, 5269, true),
    scheme("sieve", Protocol::Sieve, 4190, true),
    scheme("nntp", Protocol::Nntp, 119, true),
    scheme("lmtp", Protocol::Lmtp, 24, true),
    Scheme { alpn: &["postgresql"], ..scheme("postgres", Protocol::Postgres, 5432, true) },
    scheme("mysql", Protocol::Mysql, 3306, true),
    scheme("mqtts", Protocol::Tls, 8883, true),
    scheme("rediss", Protocol::Tls, 6379, true),
    scheme("amqps", Protocol::Tls, 5671, true),
    Scheme { alpn: &["tds/8.0"], ..scheme("tds", Protocol::Tds, 1433, false) },
    scheme("rdp", Protocol::Rdp, 3389, false),
];

impl Scheme {
    /// The scheme of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        SCHEMES.iter().find(|scheme| scheme.name.eq_ignore_ascii_case(name))
    }

    /// What a bare port means: its well-known service, else HTTPS.
    #[must_use]
    pub fn of_port(port: u16) -> &'static Self {
        SCHEMES.iter().find(|scheme| scheme.claims_port && scheme.port == port).unwrap_or(&SCHEMES[0])
    }

    /// What is offered when `protocol` is spoken instead of the scheme's own.
    ///
    /// PostgreSQL and SQL Server insist on their ALPN where TLS comes at once; inside a pre-login the latter knows none.
    #[must_use]
    pub fn offers(&self, protocol: Protocol) -> &'static [&'static str] {
        match protocol {
            Protocol::Tds => &[],
            Protocol::Tls => self.alpn,
            own if own == self.protocol => self.alpn,
            other => SCHEMES.iter().find(|scheme| scheme.protocol == other).map_or(&[], |scheme| scheme.alpn),
        }
    }
}
