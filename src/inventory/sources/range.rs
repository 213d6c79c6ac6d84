//! Ranges: `10.0.0.0/24:443,8443`, `shop.example:443,8443`, `10.0.0.7:8000-8010`.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::super::notation;

/// The notations of all targets in a range; `None` when the text is no range.
pub(super) fn read(text: &str, most: usize) -> Option<Result<Vec<String>, String>> {
    if text.contains("://") || text.contains('@') {
        return None;
    }
    let (place, list) = split(text);
    let network = place.contains('/').then(|| bare(place).parse::<IpNet>());
    match (network, list) {
        (None, None) => None,
        (None, Some(list)) if !list.contains([',', '-']) => None,
        (Some(Err(_)), _) => Some(Err(format!("'{place}' is no network; write one as 10.0.0.0/24"))),
        (network, list) => Some(expand(place, network.and_then(Result::ok), list, most)),
    }
}

fn expand(place: &str, network: Option<IpNet>, list: Option<&str>, most: usize) -> Result<Vec<String>, String> {
    let ports = list.map_or(Ok(vec![443]), ports)?;
    let addresses = network.map_or(1, count);
    let all = addresses.saturating_mul(ports.len() as u128);
    if all > most as u128 {
        return Err(format!("{all} targets are more than {most}; --most N lets that many in"));
    }
    Ok(match network {
        None => ports.iter().map(|port| format!("{place}:{port}")).collect(),
        Some(network) => {
            hosts(network).flat_map(|ip| ports.iter().map(move |port| SocketAddr::new(ip, *port).to_string())).collect()
        }
    })
}

/// The addresses that a host can have: all in the smallest networks, else without the first and last of IPv4.
fn hosts(network: IpNet) -> impl Iterator<Item = std::net::IpAddr> {
    network.hosts()
}

fn count(network: IpNet) -> u128 {
    let bits = u32::from(network.max_prefix_len() - network.prefix_len());
    let all = 1_u128.checked_shl(bits).unwrap_or(u128::MAX);
    if matches!(network, IpNet::V4(_)) && bits > 1 { all - 2 } else { all }
}

fn ports(list: &str) -> Result<Vec<u16>, String> {
    let mut ports = Vec::new();
    for part in list.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (notation::port(from.trim())?, notation::port(to.trim())?);
        if from > to {
            return Err(format!("the ports {from}-{to} are none; the smaller comes first"));
        }
        ports.extend(from..=to);
        if ports.len() > usize::from(u16::MAX) {
            return Err("more ports than there are".to_owned());
        }
    }
    Ok(ports)
}

/// What comes before the ports, and they; colons of IPv6 in brackets or before a `/` do not count.
fn split(text: &str) -> (&str, Option<&str>) {
    let from = text.find(['/', ']']).unwrap_or(0);
    match text[from..].find(':') {
        Some(colon) => (&text[..from + colon], Some(&text[from + colon + 1..])),
        None => (text, None),
    }
}

fn bare(text: &str) -> String {
    text.replace(['[', ']'], "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<String> {
        read(text, 4096).unwrap().unwrap()
    }

    #[test]
    fn reads_networks_and_ports() {
        assert_eq!(all("192.0.2.0/30"), ["192.0.2.1:443", "192.0.2.2:443"]);
        assert_eq!(all("192.0.2.7/32:443,8443"), ["192.0.2.7:443", "192.0.2.7:8443"]);
        assert_eq!(all("shop.example:443,8000-8002").len(), 4);
        assert_eq!(all("[2001:db8::]/127:443"), ["[2001:db8::]:443", "[2001:db8::1]:443"]);
        assert_eq!(all("2001:db8::/128"), ["[2001:db8::]:443"]);
        assert_eq!(all("10.0.0.0/20").len(), 4094);
        for text in ["shop.example", "shop.example:443", "[::1]:443", "https://a.example/x", "a.example@10.0.0.1:443"] {
            assert_eq!(read(text, 4096), None, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_too_large_or_wrong() {
        let cases = [
            ("10.0.0.0/8", "16777214 targets are more than 4096"),
            ("::/0:443,8443", "more than 4096"),
            ("10.0.0.0/20:1-65535", "more than 4096"),
            ("10.0.0.0/33", "is no network"),
            ("a.example/24", "is no network"),
            ("a.example:9-8", "the smaller comes first"),
            ("a.example:443,", "a port number is missing"),
            ("a.example:443,x", "a port is a number"),
        ];
        for (text, message) in cases {
            let error = read(text, 4096).unwrap().unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn never_holds_more_than_the_limit(text in "[0-9a-f:./,\\[\\]-]{0,24}") {
            if let Some(Ok(notations)) = read(&text, 100) {
                prop_assert!(notations.len() <= 100);
            }
        }
    }
}
