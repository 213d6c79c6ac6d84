//! A relay that connections go through.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Host, Untrusted};

/// A proxy that connects us to an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Where it is.
    pub host: Host,
    /// Its TCP port.
    pub port: u16,
    /// Who we say we are; no part of what is recorded.
    #[serde(skip)]
    pub login: Option<Login>,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProxyKind {
    /// `CONNECT` (RFC 9110 section 9.3.6).
    Http,
    /// SOCKS 5 (RFC 1928).
    Socks5,
}

/// A name and password; shown to nobody but the proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Name.
    pub name: String,
    /// Password; wiped from memory when dropped.
    pub password: Zeroizing<String>,
}

/// The way through a proxy, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Which proxy.
    pub proxy: Arc<Proxy>,
    /// Its answer: a status line, or a code in words; `None` when none came.
    pub answer: Option<Untrusted>,
    /// How long it took to answer, once it was reached.
    pub took: Duration,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

impl ProxyKind {
    /// Its scheme in URLs.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Socks5 => "socks5",
        }
    }
}

impl Proxy {
    /// `proxy.example:3128`.
    #[must_use]
    pub fn authority(&self) -> String {
        match &self.host {
            Host::Ip(ip) if ip.is_ipv6() => format!("[{ip}]:{}", self.port),
            host => format!("{host}:{}", self.port),
        }
    }
}

/// Its URL without the login.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.kind.scheme(), self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_is_shown_nowhere() {
        let login = Some(Login { name: "ann".to_owned(), password: "secret".to_owned().into() });
        let proxy = Proxy { kind: ProxyKind::Http, host: Host::Ip("::1".parse().unwrap()), port: 3128, login };
        assert_eq!(proxy.to_string(), "http://[::1]:3128");
        let written = serde_json::to_string(&proxy).unwrap();
        for text in [format!("{proxy:?}"), written] {
            assert!(!text.contains("ann") && !text.contains("secret"), "{text}");
        }
    }
}
