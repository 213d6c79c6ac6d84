//! Which addresses a fetch may go to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// What an address is for (the IANA special-purpose address registries, RFC 6890).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::probe) enum AddressKind {
    /// Reachable from everywhere.
    Public,
    /// This machine.
    Loopback,
    /// This link; the instance metadata of clouds is here.
    LinkLocal,
    /// Somebody's own network (RFC 1918, RFC 6598, RFC 4193, RFC 2544).
    Private,
    /// In examples only (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Nobody's in particular: multicast, unspecified, broadcast, reserved.
    Nobodys,
}

impl AddressKind {
    /// In words, for a sentence: `a loopback address`.
    pub(in crate::probe) const fn words(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address",
            Self::LinkLocal => "a link-local address",
            Self::Private => "a private address",
            Self::Documentation => "an address for documentation",
            Self::Nobodys => "no host's address",
        }
    }

    /// Of an address, or of the one that is embedded in it and would be reached.
    pub(in crate::probe) fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::of_v4(ip),
            IpAddr::V6(ip) => Self::of_v6(ip),
        }
    }

    fn of_v4(ip: Ipv4Addr) -> Self {
        match ip.octets() {
            [127, ..] => Self::Loopback,
            [169, 254, ..] => Self::LinkLocal,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [198, 18..=19, ..] => Self::Private,
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Self::Documentation,
            // This network, protocol assignments, the withdrawn 6to4 relays, multicast, reserved, broadcast.
            [0 | 224..=255, ..] | [192, 0, 0, _] | [192, 88, 99, _] => Self::Nobodys,
            _ => Self::Public,
        }
    }

    fn of_v6(ip: Ipv6Addr) -> Self {
        let segments = ip.segments();
        let embedded = |high: u16, low: u16| {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Self::of_v4(Ipv4Addr::new(a, b, c, d))
        };
        match segments {
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            // IPv4-compatible (unspecified, too), IPv4-mapped (RFC 4291), IPv4-translated (RFC 2765), NAT64 (RFC 6052).
            [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
            | [0, 0, 0, 0, 0xffff, 0, high, low]
            | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
            // 6to4 (RFC 3056).
            | [0x2002, high, low, ..] => embedded(high, low),
            // A network's own NAT64 (RFC 8215), unique local, the withdrawn site-local.
            [0x64, 0xff9b, 1, ..] | [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Self::Private,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Self::Documentation,
            [0x2000 | 0x2002..=0x3fff, ..] | [0x2001, 0x200..=0xffff, ..] => Self::Public,
            // Protocol assignments with Teredo among them (RFC 2928, RFC 4380), and all that is not global unicast.
            _ => Self::Nobodys,
        }
    }
}

/// The kinds of addresses that fetches for one target may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::probe) struct Guard {
    own: AddressKind,
    private_too: bool,
}

/// Endings of names that are nobody's in public (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`).
const NOT_PUBLIC: [&str; 7] = ["arpa", "corp", "home", "internal", "lan", "local", "localhost"];

impl Guard {
    /// For a target at this address: public ones, and its own kind. With `private_too` every kind that hosts have.
    pub(in crate::probe) fn of(target: IpAddr, private_too: bool) -> Self {
        Self { own: AddressKind::of(target), private_too }
    }

    /// What the addresses of a name are taken for that somebody else looks up and we cannot; `None` where such a name
    /// may not be followed.
    pub(in crate::probe) fn of_unseen(self, name: &str) -> Option<AddressKind> {
        let is_public = name.rsplit_once('.').is_some_and(|(_, last)| !NOT_PUBLIC.contains(&last));
        if is_public {
            return Some(AddressKind::Public);
        }
        match self.own {
            AddressKind::Public => self.private_too.then_some(AddressKind::Private),
            own => Some(own),
        }
    }

    pub(in crate::probe) fn admits(self, kind: AddressKind) -> bool {
        kind != AddressKind::Nobodys && (kind == AddressKind::Public || kind == self.own || self.private_too)
    }
}

#[cfg(test)]
mod tests {
    use AddressKind::{Documentation, LinkLocal, Loopback, Nobodys, Private, Public};

    use super::*;

    #[test]
    fn addresses_are_what_the_registries_say() {
        let cases = [
            (Public, &["1.1.1.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::8.8.8.8"][..]),
            (Public, &["2002:808:808::1", "::ffff:9.9.9.9"]),
            (Loopback, &["127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "::127.0.0.1"]),
            (Loopback, &["2002:7f00:1::", "::ffff:0:127.0.0.1"]),
            (LinkLocal, &["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"]),
            (Private, &["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "fd00::1", "fec0::1"]),
            (Private, &["64:ff9b:1::a00:1", "64:ff9b::10.0.0.1"]),
            (Documentation, &["192.0.2.1", "198.51.100.1", "203.0.113.9", "2001:db8::1", "3fff::1"]),
            (Nobodys, &["0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.0.1", "::"]),
            (Nobodys, &["ff02::1", "2001::1", "100::1", "4000::1", "::ffff:0.0.0.0", "::ffff:224.0.0.1"]),
        ];
        for (kind, addresses) in cases {
            for address in addresses {
                assert_eq!(AddressKind::of(address.parse().unwrap()), kind, "{address}");
            }
        }
    }

    #[test]
    fn a_target_justifies_its_own_kind_only() {
        let guard = |target: &str, private_too| Guard::of(target.parse().unwrap(), private_too);
        let public = guard("1.1.1.1", false);
        assert!(public.admits(Public) && [Loopback, LinkLocal, Private].iter().all(|kind| !public.admits(*kind)));
        let private = guard("10.0.0.1", false);
        assert!(private.admits(Private) && private.admits(Public) && !private.admits(LinkLocal));
        let allowed = guard("1.1.1.1", true);
        assert!(allowed.admits(Loopback) && allowed.admits(LinkLocal) && !allowed.admits(Nobodys));
        assert!(!guard("0.0.0.0", false).admits(Nobodys));
        assert_eq!(public.of_unseen("crl.example.com"), Some(Public));
        for name in ["metadata.google.internal", "intranet", "printer.local", "a.localhost"] {
            assert_eq!(public.of_unseen(name), None, "{name}");
            assert_eq!((private.of_unseen(name), allowed.of_unseen(name)), (Some(Private), Some(Private)), "{name}");
        }
    }
}
