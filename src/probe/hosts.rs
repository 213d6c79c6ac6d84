//! Names whose addresses a file gives: the system's hosts file and the user's.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::settings::ProbeError;
use crate::model::Untrusted;

/// Addresses by name, from several files of which the first that knows a name decides.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    files: Vec<HashMap<String, Vec<IpAddr>>>,
}

impl Hosts {
    /// The user's file, read strictly, before the system's, read leniently.
    pub(super) fn load(given: Option<&Path>) -> Result<Self, ProbeError> {
        let mut hosts = Self::default();
        if let Some(path) = given {
            let text = std::fs::read_to_string(path)
                .map_err(|error| ProbeError::HostsFile { path: path.to_owned(), error })?;
            let names = parse(&text).map_err(|(line, found)| ProbeError::HostsLine {
                path: path.to_owned(),
                line,
                found: Untrusted::new(found),
            })?;
            hosts.files.push(names);
        }
        if let Ok(text) = std::fs::read_to_string(SYSTEM) {
            let lines = text.lines().filter_map(|line| parse(line).ok());
            let mut names = HashMap::<String, Vec<IpAddr>>::new();
            lines.flatten().for_each(|(name, addresses)| names.entry(name).or_default().extend(addresses));
            hosts.files.push(names);
        }
        Ok(hosts)
    }

    /// The addresses of `name`; `localhost` is known without a file (RFC 6761 section 6.3).
    pub(super) fn addresses(&self, name: &str) -> Option<Vec<IpAddr>> {
        if let Some(addresses) = self.files.iter().find_map(|names| names.get(name)) {
            return Some(addresses.clone());
        }
        let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        (name == "localhost" || name.ends_with(".localhost")).then(|| loopback.to_vec())
    }
}

/// Names in lower case without final dot; the first wrong line (from 1) where there is one.
fn parse(text: &str) -> Result<HashMap<String, Vec<IpAddr>>, (usize, &str)> {
    let mut names = HashMap::<String, Vec<IpAddr>>::new();
    for (at, line) in text.lines().enumerate() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(first) = words.next() else { continue };
        // Scoped addresses (`fe80::1%lo0`) cannot be connected to without their interface.
        if first.contains('%') {
            continue;
        }
        let address: IpAddr = first.parse().map_err(|_| (at + 1, line))?;
        let mut words = words.peekable();
        if words.peek().is_none() {
            return Err((at + 1, line));
        }
        for name in words {
            let addresses = names.entry(name.trim_end_matches('.').to_ascii_lowercase()).or_default();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    Ok(names)
}

const SYSTEM: &str = "/etc/hosts";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_given_file_comes_first_and_localhost_always_works() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            &file,
            "# fleet\n10.0.0.1 Shop.Example. shop\n10.0.0.2 shop.example # second\n\nfe80::1%lo0 x\n",
        )
        .unwrap();
        let hosts = Hosts::load(Some(file.path())).unwrap();
        let expected: [IpAddr; 2] = [[10, 0, 0, 1].into(), [10, 0, 0, 2].into()];
        assert_eq!(hosts.addresses("shop.example").unwrap(), expected);
        assert_eq!(hosts.addresses("shop").unwrap(), expected[..1]);
        assert_eq!(hosts.addresses("other.example"), None);
        assert!(hosts.addresses("localhost").unwrap().contains(&Ipv4Addr::LOCALHOST.into()));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, line) in [("10.0.0.1 a\nten.0.0.2 b\n", 2), ("10.0.0.1\n", 1)] {
            std::fs::write(&file, text).unwrap();
            let error = Hosts::load(Some(file.path())).unwrap_err().to_string();
            assert!(error.contains(&format!(":{line}: expected an IP address")), "{error}");
        }
        let missing = Hosts::load(Some(Path::new("/nowhere/hosts"))).unwrap_err().to_string();
        assert!(missing.contains("/nowhere/hosts"), "{missing}");
    }
}
