//! Which connections go through a proxy: its URL, and what is excepted.

use std::net::IpAddr;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::bypass::Bypass;
use super::{host, notation};
use crate::model::{Host, Login, Proxy, ProxyKind};

/// The way connections take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxying {
    /// Through this proxy; `None` for directly.
    pub proxy: Option<Arc<Proxy>>,
    /// Except to these.
    pub bypass: Bypass,
    /// Loopback is reached directly: whoever set the environment did not mean the proxy's own loopback.
    pub spares_loopback: bool,
}

impl Proxying {
    /// The proxy on the way to a target.
    #[must_use]
    pub fn lead(&self, host: &Host, port: u16) -> Option<Arc<Proxy>> {
        let is_spared = self.spares_loopback && is_loopback(host) || self.bypass.covers(host, port);
        self.proxy.clone().filter(|_| !is_spared)
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Ip(IpAddr::V6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        Host::Ip(ip) => ip.is_loopback(),
        Host::Name(name) => &**name == "localhost" || name.ends_with(".localhost"),
    }
}

/// Reads `http://[name:password@]host[:port]` or `socks5://…`; without a scheme it is HTTP, as for curl.
///
/// Errors never repeat the text: there may be a password in it.
pub fn proxy(text: &str) -> Result<Proxy, String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "http" => ProxyKind::Http,
        // Names are resolved here all the same, which is what the other way of writing it asks for.
        "socks5" | "socks5h" => ProxyKind::Socks5,
        "https" => return Err("a proxy that is itself reached by TLS is not supported; write http:// or socks5://".into()),
        "socks4" | "socks4a" | "socks" => return Err("of SOCKS only version 5 is supported: socks5://host:1080".into()),
        _ => return Err("a proxy is written http://host:3128 or socks5://host:1080".to_owned()),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let (login, place) = match authority.rsplit_once('@') {
        Some((login, place)) => (Some(self::login(login)?), place),
        None => (None, authority),
    };
    let (host, port) = split(place);
    let host = host::parse(host).map_err(|(_, message)| message)?;
    let port = match port {
        Some(digits) => notation::port(digits)?,
        None if kind == ProxyKind::Http => 80,
        None => 1080,
    };
    Ok(Proxy { kind, host, port, login })
}

/// At the colon outside brackets.
fn split(place: &str) -> (&str, Option<&str>) {
    let bracket = place.find(']').unwrap_or(0);
    match place[bracket..].find(':') {
        Some(colon) => (&place[..bracket + colon], Some(&place[bracket + colon + 1..])),
        None => (place, None),
    }
}

fn login(text: &str) -> Result<Login, String> {
    let (name, password) = text.split_once(':').unwrap_or((text, ""));
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8().map_err(|_| "the login is not UTF-8".to_owned())?;
        // One byte counts them (RFC 1929 section 2), and a line holds them.
        let fits = text.len() <= 255 && !text.chars().any(char::is_control);
        fits.then(|| text.into_owned()).ok_or_else(|| "a name or password has at most 255 visible bytes".to_owned())
    };
    let name = decoded(name)?;
    // The first colon ends the name (RFC 7617 section 2).
    if name.is_empty() || name.contains(':') {
        return Err("the login before '@' needs a name without a colon in it".to_owned());
    }
    Ok(Login { name, password: decoded(password)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_curl_reads() {
        let cases = [
            ("proxy.example:3128", "http://proxy.example:3128"),
            ("http://10.0.0.9", "http://10.0.0.9:80"),
            ("HTTP://Proxy.Example:8080/", "http://proxy.example:8080"),
            ("socks5://[2001:db8::9]", "socks5://[2001:db8::9]:1080"),
            ("socks5h://proxy.example:9050", "socks5://proxy.example:9050"),
        ];
        for (text, shown) in cases {
            assert_eq!(proxy(text).unwrap().to_string(), shown, "{text}");
        }
        let login = proxy("http://ann:p%40ss:w@proxy.example:1").unwrap().login.unwrap();
        assert_eq!((&*login.name, &*login.password), ("ann", "p@ss:w"));
        assert_eq!(proxy("socks5://ann@proxy.example").unwrap().login.unwrap().password, "");
    }

    #[test]
    fn says_what_is_wrong_without_the_password() {
        let cases = [
            ("https://a:hunter2@p.example", "reached by TLS"),
            ("socks4://p.example", "only version 5"),
            ("ftp://a:hunter2@p.example", "is written http://host:3128"),
            ("http://a:hunter2@", "missing"),
            ("http://a:hunter2@p.example:0", "from 1 to 65535"),
            ("http://:hunter2@p.example", "needs a name"),
            ("http://a%3Ab:hunter2@p.example", "without a colon"),
            ("http://a:hunter2%0d%0a@p.example", "visible bytes"),
        ];
        for (text, message) in cases {
            let error = proxy(text).unwrap_err();
            assert!(error.contains(message) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn loopback_is_spared_where_only_the_environment_asks() {
        let through = |spares_loopback| Proxying {
            proxy: Some(Arc::new(proxy("p.example:1").unwrap())),
            bypass: Bypass::parse("internal.example"),
            spares_loopback,
        };
        let led = |way: &Proxying, host: &str| way.lead(&host::parse(host).unwrap(), 443).is_some();
        for host in ["localhost", "a.localhost", "127.0.0.7", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(!led(&through(true), host) && led(&through(false), host), "{host}");
        }
        assert!(led(&through(true), "shop.example") && !led(&through(false), "a.internal.example"));
        assert!(!led(&Proxying::default(), "shop.example"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}", with in "(http|socks5)://[a-z:@%0-9\\[\\]./]{0,30}") {
            let _ = (proxy(&text), proxy(&with), Bypass::parse(&text), Bypass::parse(&with));
        }
    }
}
