//! `NO_PROXY`: what is reached directly.

use std::net::IpAddr;

use super::host::Host;

/// Hosts, domains and networks, as the usual variable names them; entries that mean nothing are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bypass(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    place: Place,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// `*`.
    Everywhere,
    /// This name and every name below it.
    Domain(String),
    /// Every name below it: `*.example`.
    Below(String),
    /// An address, or the network of this many leading bits.
    Network(IpAddr, u8),
}

impl Bypass {
    /// Reads names, addresses and networks (`10.0.0.0/8`) separated by commas or spaces, each with a port or without.
    /// `example.com` and `.example.com` mean the name and all below it, as for curl and Go.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split([',', ' ', '\t', '\n']).filter_map(|word| entry(word.trim())).collect())
    }

    /// Whether a place is to be reached directly.
    #[must_use]
    pub fn covers(&self, host: &Host, port: u16) -> bool {
        self.0.iter().any(|entry| entry.port.is_none_or(|own| own == port) && entry.place.covers(host))
    }
}

impl Place {
    fn covers(&self, host: &Host) -> bool {
        let below = |name: &str, domain: &str| name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        match (self, host) {
            (Self::Everywhere, _) => true,
            (Self::Domain(domain), Host::Name(name)) => **name == **domain || below(name, domain),
            (Self::Below(domain), Host::Name(name)) => below(name, domain),
            (Self::Network(network, bits), Host::Ip(ip)) => shares(*network, *ip, *bits),
            _ => false,
        }
    }
}

fn entry(word: &str) -> Option<Entry> {
    if word == "*" {
        return Some(Entry { place: Place::Everywhere, port: None });
    }
    if let Some((ip, bits)) = word.split_once('/') {
        let (ip, bits) = (ip.parse::<IpAddr>().ok()?, bits.parse().ok()?);
        let most = if ip.is_ipv4() { 32 } else { 128 };
        return (bits <= most).then_some(Entry { place: Place::Network(ip, bits), port: None });
    }
    let bare = |text: &str| text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text).parse().ok();
    if let Some(ip) = bare(word) {
        return Some(Entry { place: address(ip), port: None });
    }
    let (name, port) = match word.rsplit_once(':') {
        Some((name, port)) => (name, Some(port.parse().ok()?)),
        None => (word, None),
    };
    if let Some(ip) = bare(name) {
        return Some(Entry { place: address(ip), port });
    }
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let place = match name.strip_prefix("*.") {
        Some(domain) => Place::Below(domain.to_owned()),
        None => Place::Domain(name.strip_prefix('.').unwrap_or(name).to_owned()),
    };
    let (Place::Domain(domain) | Place::Below(domain)) = &place else { return None };
    (!domain.is_empty()).then_some(Entry { place, port })
}

fn address(ip: IpAddr) -> Place {
    Place::Network(ip, if ip.is_ipv4() { 32 } else { 128 })
}

/// Whether the first `bits` are the same.
fn shares(network: IpAddr, ip: IpAddr, bits: u8) -> bool {
    match (network, ip) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            let differ = one.to_bits() ^ other.to_bits();
            differ.checked_shr(32 - u32::from(bits)).unwrap_or(0) == 0
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            let differ = one.to_bits() ^ other.to_bits();
            differ.checked_shr(128 - u32::from(bits)).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        text.trim_matches(['[', ']']).parse().map_or_else(|_| Host::Name(text.into()), Host::Ip)
    }

    #[test]
    fn names_and_networks_are_matched_as_usual() {
        let bypass = Bypass::parse(
            "internal.example, .corp.example *.wild.example,10.0.0.0/8,192.0.2.7,2001:db8::/32,[::1]:8443,only.example:25,\
             Trailing.Example.,0.0.0.0/33,,:,/",
        );
        let cases = [
            ("internal.example", 443, true),
            ("a.internal.example", 443, true),
            ("notinternal.example", 443, false),
            ("corp.example", 443, true),
            ("a.corp.example", 443, true),
            ("wild.example", 443, false),
            ("a.wild.example", 443, true),
            ("10.200.0.1", 443, true),
            ("11.0.0.1", 443, false),
            ("192.0.2.7", 443, true),
            ("192.0.2.8", 443, false),
            ("[2001:db8:1::1]", 443, true),
            ("[2001:db9::1]", 443, false),
            ("[::1]", 8443, true),
            ("[::1]", 443, false),
            ("only.example", 25, true),
            ("only.example", 443, false),
            ("trailing.example", 443, true),
            ("shop.example", 443, false),
        ];
        for (text, port, expected) in cases {
            assert_eq!(bypass.covers(&host(text), port), expected, "{text}:{port}");
        }
        assert!(Bypass::parse("*").covers(&host("any.example"), 1));
        assert!(Bypass::parse("0.0.0.0/0").covers(&host("192.0.2.7"), 1));
        assert_eq!(Bypass::parse(" , "), Bypass::default());
    }
}
