//! URLs that may be fetched.

use std::net::IpAddr;

use hyper::Uri;
use url::{Host as UrlHost, Url};

use crate::model::{Host, Untrusted};

/// An `http` URL without anything unusual about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(Url);

impl Place {
    /// Longer ones are an attack on somebody.
    const LONGEST: usize = 2048;

    /// The URL, or why it is not fetched.
    pub(super) fn parse(text: &str) -> Result<Self, Untrusted> {
        if text.len() > Self::LONGEST {
            return Err(Untrusted::new("the URL is too long"));
        }
        let url = Url::parse(text).map_err(|error| Untrusted::new(&format!("not a URL: {error}")))?;
        Self::check(url)
    }

    /// Where a redirect from here leads.
    pub(super) fn follow(&self, location: &str) -> Result<Self, Untrusted> {
        if location.len() > Self::LONGEST {
            return Err(Untrusted::new("the redirect's URL is too long"));
        }
        let url = self.0.join(location).map_err(|error| Untrusted::new(&format!("redirect to no URL: {error}")))?;
        Self::check(url)
    }

    fn check(mut url: Url) -> Result<Self, Untrusted> {
        if url.scheme() != "http" {
            return Err(Untrusted::new(&format!("only http is fetched, not {}", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Untrusted::new("the URL has a user in it"));
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if BLOCKED_PORTS.binary_search(&port).is_ok() {
            return Err(Untrusted::new(&format!("port {port} belongs to another protocol than HTTP")));
        }
        url.set_fragment(None);
        match url.host() {
            Some(UrlHost::Domain("")) | None => Err(Untrusted::new("the URL has no host")),
            Some(_) => Ok(Self(url)),
        }
    }

    pub(super) fn host(&self) -> Host {
        match self.0.host() {
            Some(UrlHost::Ipv4(ip)) => Host::Ip(IpAddr::V4(ip)),
            Some(UrlHost::Ipv6(ip)) => Host::Ip(IpAddr::V6(ip)),
            Some(UrlHost::Domain(name)) => Host::Name(name.trim_end_matches('.').to_ascii_lowercase().into()),
            None => Host::Name("".into()),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(80)
    }

    pub(super) fn shown(&self) -> Untrusted {
        Untrusted::new(self.0.as_str())
    }

    /// Host and, unless it is 80, port: the value of the `Host` header.
    pub(super) fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The whole of it as a request's target, as proxies want it.
    pub(super) fn absolute(&self) -> Result<Uri, Untrusted> {
        self.0.as_str().parse().map_err(|error| Untrusted::new(&format!("the URL cannot be asked for: {error}")))
    }

    /// Path and query as a request's target.
    pub(super) fn target(&self) -> Result<Uri, Untrusted> {
        let target =
            self.0.query().map_or_else(|| self.0.path().to_owned(), |query| format!("{}?{query}", self.0.path()));
        target.parse().map_err(|error| Untrusted::new(&format!("the URL's path cannot be asked for: {error}")))
    }
}

/// Ports of protocols that could take our request for one of theirs: the "bad ports" of the WHATWG Fetch standard.
const BLOCKED_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unusual_is_refused_by_name() {
        let long = format!("http://crl.example/{}", "x".repeat(3000));
        let cases = [
            ("ldap:///CN=CA", "only http is fetched, not ldap"),
            ("https://crl.example/", "only http is fetched, not https"),
            ("file:///etc/passwd", "only http"),
            ("http://user@crl.example/", "has a user"),
            ("http://:secret@crl.example/", "has a user"),
            ("http://crl.example:25/", "port 25"),
            ("http://crl.example:0/", "port 0"),
            ("crl.example", "not a URL"),
            ("http://", "not a URL"),
            (&long, "too long"),
        ];
        for (text, words) in cases {
            let refused = Place::parse(text).unwrap_err();
            assert!(refused.as_str().contains(words), "{text}: {refused}");
        }
        assert!(BLOCKED_PORTS.is_sorted());
    }

    #[test]
    fn odd_spellings_of_addresses_are_addresses() {
        let local = Host::Ip("127.0.0.1".parse().unwrap());
        for text in ["http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/", "http://0177.0.0.1/"] {
            assert_eq!(Place::parse(text).unwrap().host(), local, "{text}");
        }
        let place = Place::parse("http://CRL.Example.:8080/a b?c#d").unwrap();
        assert_eq!((place.host(), place.port()), (Host::Name("crl.example".into()), 8080));
        assert_eq!(place.target().unwrap().to_string(), "/a%20b?c");
        let away = place.follow("//other.example/x").unwrap();
        assert_eq!((away.authority().as_str(), away.port()), ("other.example", 80));
        assert!(place.follow("https://other.example/").is_err());
    }
}
