//! Formats: their names, how they are recognised by content, and who reads them.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::found::Found;
use super::{ansible, document, file_sd, kubernetes, lists, nmap, table};

/// A format of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What `ansible-inventory --list` prints.
    Ansible,
    /// CSV with a header.
    Csv,
    /// Prometheus's `file_sd`, and what `http_sd` answers.
    FileSd,
    /// A hosts file.
    Hosts,
    /// What `kubectl get … -o json|yaml` prints.
    Kubernetes,
    /// A target or range a line.
    List,
    /// `nmap -oX`.
    Nmap,
}

impl Kind {
    /// Every format.
    pub const ALL: [Self; 7] =
        [Self::Ansible, Self::Csv, Self::FileSd, Self::Hosts, Self::Kubernetes, Self::List, Self::Nmap];

    /// Its name, as written before `:`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ansible => "ansible",
            Self::Csv => "csv",
            Self::FileSd => "file_sd",
            Self::Hosts => "hosts",
            Self::Kubernetes => "kubernetes",
            Self::List => "list",
            Self::Nmap => "nmap",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The format of some content, by its beginning; what looks like nothing else is a list.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> Self {
        if document::is_json(bytes) {
            return of_json(bytes);
        }
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SNIFFED)]);
        let lines = || text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let begins = |words: &[&str]| lines().any(|line| words.iter().any(|word| line.starts_with(word)));
        let first = lines().next().unwrap_or_default().trim_start_matches('\u{feff}').trim_start();
        if first.starts_with("<?xml") || first.starts_with("<nmaprun") {
            Self::Nmap
        } else if begins(&["apiVersion:", "kind:"]) {
            Self::Kubernetes
        } else if begins(&["- targets:", "- labels:", "-   targets:"]) {
            Self::FileSd
        } else if is_of_hosts(first) {
            Self::Hosts
        } else if table::is_table(bytes) {
            Self::Csv
        } else {
            Self::List
        }
    }

    /// Reads content of this format; `most` is how many targets one range may stand for.
    pub(super) fn read(self, name: &str, bytes: &[u8], most: usize) -> Result<Found, String> {
        let text = || std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"));
        let found = match self {
            Self::Ansible => ansible::read(name, bytes)?,
            Self::Csv => table::read(name, bytes)?,
            Self::FileSd => file_sd::read(name, bytes)?,
            Self::Hosts => lists::hosts(name, text()?),
            Self::Kubernetes => kubernetes::read(name, bytes)?,
            Self::List => lists::plain(name, text()?, most),
            Self::Nmap => nmap::read(name, bytes)?,
        };
        Ok(found.closed(name))
    }
}

/// So much of a file says what it is.
const SNIFFED: usize = 64 << 10;

/// What tells one object of JSON from another.
#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "_meta")]
    meta: Option<IgnoredAny>,
}

fn of_json(bytes: &[u8]) -> Kind {
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Kind::FileSd;
    }
    // The values are passed over; a fault further down is told by whoever reads it.
    let object = serde_json::Deserializer::from_slice(bytes).into_iter::<Shape>().next();
    let has_meta = object.and_then(Result::ok).is_some_and(|shape| shape.meta.is_some());
    if has_meta { Kind::Ansible } else { Kind::Kubernetes }
}

/// `10.0.0.7 shop.example`: an address, then a name.
fn is_of_hosts(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(|word| word.parse::<std::net::IpAddr>().is_ok())
        && words.next().is_some_and(|word| !word.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_says_what_it_is() {
        let cases = [
            ("[{\"targets\":[]}]", Kind::FileSd),
            ("# c\n- targets:\n  - a\n", Kind::FileSd),
            ("{\"_meta\":{}}", Kind::Ansible),
            (" {\"apiVersion\":\"v1\",\"kind\":\"List\"}", Kind::Kubernetes),
            ("---\napiVersion: v1\n", Kind::Kubernetes),
            ("<?xml version=\"1.0\"?>", Kind::Nmap),
            ("# local\n127.0.0.1 localhost\n", Kind::Hosts),
            ("host,env\na,b\n", Kind::Csv),
            ("a.example\nb.example\n", Kind::List),
            ("10.0.0.7\n", Kind::List),
            ("10.0.0.0/24:443,8443\n", Kind::List),
            ("", Kind::List),
        ];
        for (text, kind) in cases {
            assert_eq!(Kind::recognise(text.as_bytes()), kind, "{text}");
        }
        assert!(Kind::ALL.into_iter().all(|kind| Kind::named(kind.name()) == Some(kind)));
    }
}
