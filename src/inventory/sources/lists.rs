//! Lists of lines: targets and ranges, hosts files.

use std::net::IpAddr;

use super::address::masked;
use super::found::{Found, brief, labels};
use super::range;

/// One target or range a line, `#` comments.
pub(super) fn plain(name: &str, text: &str, most: usize) -> Found {
    let mut found = Found::default();
    for (number, line) in numbered(text) {
        if found.is_full() {
            break;
        }
        one(&mut found, &format!("{name}:{number}"), line, most);
    }
    found
}

/// One notation: a range of addresses or ports, or a target.
pub(super) fn one(found: &mut Found, place: &str, text: &str, most: usize) {
    match range::read(text, most) {
        None => found.target(place, text, |_| {}),
        Some(Ok(notations)) => {
            for notation in &notations {
                found.target(place, notation, |_| {});
            }
        }
        Some(Err(message)) => found.skip(place, format!("'{}': {message}", brief(&masked(text)))),
    }
}

/// `/etc/hosts`: every name at its address; what is about this machine alone is passed over.
pub(super) fn hosts(name: &str, text: &str) -> Found {
    const OWN: [&str; 8] = [
        "localhost",
        "localhost.localdomain",
        "localhost4",
        "localhost6",
        "ip6-localhost",
        "ip6-loopback",
        "broadcasthost",
        "ip6-localnet",
    ];
    let mut found = Found::default();
    for (number, line) in numbered(text) {
        let place = format!("{name}:{number}");
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        let Ok(ip) = first.parse::<IpAddr>() else {
            found.skip(&place, format!("'{}' is not an IP address", brief(first)));
            continue;
        };
        if ip.is_multicast() || ip.is_unspecified() {
            continue;
        }
        for host in words.filter(|host| !OWN.contains(&&*host.to_ascii_lowercase())) {
            let address = std::net::SocketAddr::new(ip, 443);
            found.target(&place, &format!("{host}@{address}"), |sighting| {
                sighting.labels = labels([("source", "hosts")]);
            });
        }
    }
    found
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split('#').next().unwrap_or_default().trim()))
        .filter(|(_, line)| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &Found) -> Vec<String> {
        found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect()
    }

    #[test]
    fn lists_have_comments_ranges_and_faults() {
        let found = plain("l", "# all\na.example # first\n\n10.0.0.0/31:443,8443\nb example\n10.0.0.0/8\n", 4096);
        assert_eq!(names(&found), ["a.example:443", "10.0.0.0:443", "10.0.0.0:8443", "10.0.0.1:443", "10.0.0.1:8443"]);
        let told: Vec<String> = found.notices.iter().map(|told| format!("{} {}", told.place, told.text)).collect();
        assert!(told[0].starts_with("l:5 'b example' is no target"), "{told:?}");
        assert!(told[1].contains("4096") && told[1].contains("--most"), "{told:?}");
    }

    #[test]
    fn hosts_files_name_names_at_addresses() {
        let text = "127.0.0.1 localhost me.example\n::1 ip6-localhost\n10.0.0.7\tshop.example shop # alias\nff02::1 ip6-allnodes\nnonsense x\n";
        let found = hosts("/etc/hosts", text);
        assert_eq!(names(&found), ["me.example@127.0.0.1:443", "shop.example@10.0.0.7:443", "shop@10.0.0.7:443"]);
        assert_eq!(found.notices.len(), 1);
    }
}
