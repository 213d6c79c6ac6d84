//! What server configurations have in common: sites with names, places to listen at, and certificate files.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::super::files::first_certificate;
use super::disk::{Disk, Unread};
use super::found::{Found, brief};
use crate::model::{Certificate, San};

/// What every block of PEM begins with.
const BEGIN: &[u8] = b"-----BEGIN ";

/// Names taken from one certificate.
const MOST_NAMES: usize = 100;

/// Places that one site listens at.
pub(super) const MOST_LISTENS: usize = 256;

/// Certificates of one site, and keys: one for each kind of key is what servers take.
pub(super) const MOST_CERTIFICATES: usize = 16;

/// Where a server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Listen {
    /// At every address.
    Everywhere(u16),
    /// At this one.
    At(SocketAddr),
}

impl Listen {
    /// `443`, `*:443`, `0.0.0.0:443`, `10.0.0.5:443`, `[::]:443`, or an address alone, at `port`.
    pub(super) fn parse(text: &str, port: u16) -> Option<Self> {
        let (host, own) = parts(text);
        Some(Self::of(host, own.map_or(Some(port), number)?))
    }

    /// A host as written, at a port.
    pub(super) fn of(host: &str, port: u16) -> Self {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match bare.parse::<IpAddr>() {
            Ok(ip) if !ip.is_unspecified() => Self::At(SocketAddr::new(ip, port)),
            Err(_) if bare == "localhost" => Self::At(SocketAddr::new([127, 0, 0, 1].into(), port)),
            _ => Self::Everywhere(port),
        }
    }

    pub(super) const fn port(self) -> u16 {
        match self {
            Self::Everywhere(port) => port,
            Self::At(address) => address.port(),
        }
    }
}

/// Takes where a server listens, each port of a range (`8443-8445`) for itself. What is no such place is told.
pub(super) fn listen(found: &mut Found, place: &str, listens: &mut Vec<Listen>, text: &str, port: u16) {
    if text.contains('$') {
        return found.skip(place, format!("'{}' is left out: it depends on a variable", brief(text)));
    }
    let (host, own) = parts(text);
    let ports = match own.map(|own| own.split_once('-').unwrap_or((own, own))) {
        Some((first, last)) => number(first).zip(number(last)),
        None => Some((port, port)),
    };
    let Some((first, last)) = ports.filter(|(first, last)| first <= last) else {
        return found.skip(place, format!("'{}' is no place that can be connected to", brief(text)));
    };
    for port in first..=last {
        if listens.len() >= MOST_LISTENS {
            let text = format!(
                "'{}' is left out from port {port} on: one site has more than {MOST_LISTENS} places",
                brief(text)
            );
            return found.skip(place, text);
        }
        listens.push(Listen::of(host, port));
    }
}

/// Takes a certificate or a key of a site. Sites have those of what they are in, so there are not many. What is beyond is
/// told.
pub(super) fn refer(found: &mut Found, place: &str, files: &mut Vec<Reference>, file: Reference) {
    if files.len() < MOST_CERTIFICATES {
        return files.push(file);
    }
    let shown = brief(&file.written);
    found.skip(place, format!("'{shown}' is left out: one site has more than {MOST_CERTIFICATES} certificates"));
}

/// The host and the port, or range of ports, of a place as written.
fn parts(text: &str) -> (&str, Option<&str>) {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return ("", Some(text));
    }
    match text.rsplit_once(':') {
        Some((host, own)) if !own.contains(']') => (host, Some(own)),
        _ => (text, None),
    }
}

fn number(port: &str) -> Option<u16> {
    port.parse().ok().filter(|port| *port > 0)
}

/// One site of a server.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    /// Where it is configured.
    pub(super) place: String,
    /// As written, patterns included.
    pub(super) names: Vec<String>,
    pub(super) listens: Vec<Listen>,
    pub(super) certificates: Vec<Reference>,
    pub(super) keys: Vec<Reference>,
}

/// A file as written, and the directory it is relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) directory: PathBuf,
    pub(super) written: String,
}

impl Site {
    /// Every name at every place it listens at. Without a name that can be connected to, those of its certificate.
    pub(super) fn tell(self, found: &mut Found, disk: Disk) {
        if found.is_full() {
            return;
        }
        let Self { place, names, listens, certificates, keys } = self;
        let files: Vec<PathBuf> =
            certificates.iter().filter_map(|one| certificate_file(found, &place, one, disk)).collect();
        for key in &keys {
            must_be(found, &place, "key", key, disk);
        }
        let (mut hosts, mut is_untold) = (Vec::new(), true);
        for name in names {
            match host(&name) {
                Ok(name) => hosts.extend(name),
                Err(reason) => {
                    is_untold = false;
                    found.skip(&place, format!("'{}' is left out: {reason}", brief(&name)));
                }
            }
        }
        if hosts.is_empty() {
            let named = files.iter().filter_map(|file| names_in(file, disk).ok()).flatten();
            hosts = named.filter(|name| !name.starts_with("*.")).collect();
        }
        let mut seen = BTreeSet::new();
        hosts.retain(|name| seen.insert(name.clone()));
        if hosts.is_empty() && is_untold {
            found.skip(&place, "has no name that can be connected to");
        }
        let file = only(found, &place, files);
        for name in hosts {
            if found.is_full() {
                return;
            }
            for listen in &listens {
                target(found, &place, &name, *listen, file.as_ref());
            }
        }
    }
}

/// The file that is served, where that is certain: of several, for different kinds of keys, clients choose.
pub(super) fn only(found: &mut Found, place: &str, files: Vec<PathBuf>) -> Option<PathBuf> {
    let count = files.len();
    if count > 1 {
        found.skip(place, format!("{count} certificate files serve it; cert_file can name one, so none is taken"));
        return None;
    }
    files.into_iter().next()
}

/// A target of a name where a server listens.
pub(super) fn target(found: &mut Found, place: &str, name: &str, listen: Listen, file: Option<&PathBuf>) {
    let notation = match (name.parse::<IpAddr>(), listen) {
        (Ok(ip), Listen::Everywhere(port)) => SocketAddr::new(ip, port).to_string(),
        (Ok(ip), Listen::At(address)) => SocketAddr::new(ip, address.port()).to_string(),
        (Err(_), Listen::Everywhere(port)) => format!("{name}:{port}"),
        (Err(_), Listen::At(address)) => format!("{name}@{address}"),
    };
    found.target(place, &notation, |sighting| sighting.cert_file = file.cloned());
}

/// The name to connect to, of one as written; `None` for those that stand for any.
fn host(name: &str) -> Result<Option<String>, &'static str> {
    match name {
        "" | "_" => Ok(None),
        _ if name.starts_with('~') => Err("a regular expression names no host"),
        _ if name.contains('$') => Err("it depends on a variable"),
        _ if name.contains(['*', '?']) => Err("a wildcard cannot be connected to; name a host it covers"),
        _ => Ok(Some(name.strip_prefix('.').unwrap_or(name).to_owned())),
    }
}

/// The file that a reference leads to. One that leads nowhere is told.
pub(super) fn certificate_file(found: &mut Found, place: &str, file: &Reference, disk: Disk) -> Option<PathBuf> {
    let shown = brief(&file.written);
    if file.is_in_no_file() {
        found.skip(place, format!("the certificate '{shown}' is in no file"));
        return None;
    }
    if file.varies() {
        found.skip(place, format!("the certificate file '{shown}' depends on a variable"));
        return None;
    }
    if disk == Disk::Elsewhere {
        return None;
    }
    let path = file.path();
    match disk.read(&path) {
        // A key alone, or what was cut off.
        Ok(bytes) if memmem::find(&bytes, BEGIN).is_some() && !matches!(first_certificate(&bytes), Some(Ok(_))) => {
            found.broken(place, format!("the certificate file '{shown}' has no certificate that can be read"));
        }
        Ok(_) => return Some(path),
        Err(Unread::Absent) => found.broken(place, format!("the certificate file '{shown}' leads nowhere")),
        Err(reason) => found.skip(place, format!("the certificate file '{shown}' cannot be read: {reason}")),
    }
    None
}

/// Tells of a key, or another file that is named, that is not there. It is not opened.
pub(super) fn must_be(found: &mut Found, place: &str, what: &str, file: &Reference, disk: Disk) {
    let is_fixed = !file.varies() && !file.is_in_no_file();
    if is_fixed && disk == Disk::Here && disk.length(&file.path()) == Err(Unread::Absent) {
        found.broken(place, format!("the {what} file '{}' leads nowhere", brief(&file.written)));
    }
}

impl Reference {
    pub(super) fn new(directory: &Path, written: &str) -> Self {
        Self { directory: directory.to_owned(), written: written.to_owned() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.join(&self.written)
    }

    /// Whether something in it stands for something else: `$name`, or Caddy's `{env.NAME}`.
    fn varies(&self) -> bool {
        self.written.contains(['$', '{'])
    }

    fn is_in_no_file(&self) -> bool {
        ["data:", "engine:", "store:", "pkcs11:"].iter().any(|scheme| self.written.starts_with(scheme))
    }
}

/// The names of the first certificate in a file, else its common name. Blocks of keys are passed over.
pub(super) fn names_in(path: &Path, disk: Disk) -> Result<Vec<String>, String> {
    names_of(&disk.read(path).map_err(|reason| reason.to_string())?)
}

fn names_of(bytes: &[u8]) -> Result<Vec<String>, String> {
    let der = first_certificate(bytes).ok_or("there is no certificate in it")??;
    let certificate = Certificate::parse(&der).map_err(|error| error.to_string())?;
    let names = certificate.sans.iter().filter_map(|san| match san {
        San::Dns(name) => Some(name.to_string()),
        San::Ip(ip) => Some(ip.to_string()),
        San::Other(_) => None,
    });
    let names: Vec<String> = names.take(MOST_NAMES).collect();
    if names.is_empty() {
        return Ok(certificate.common_name.iter().map(ToString::to_string).collect());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_file_with_a_key_alone_is_broken() {
        let directory = tempfile::tempdir().unwrap();
        let told = |text: &str| {
            std::fs::write(directory.path().join("a.pem"), text).unwrap();
            let mut found = Found::default();
            let file = certificate_file(&mut found, "c:1", &Reference::new(directory.path(), "a.pem"), Disk::Here);
            (file.is_some(), found.notices.first().map(|notice| notice.text.to_string()))
        };
        let broken = (false, Some("the certificate file 'a.pem' has no certificate that can be read".to_owned()));
        assert_eq!(told("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), broken);
        assert_eq!(told("-----BEGIN CERTIFICATE-----\nAA"), broken);
        assert_eq!(told(&super::super::sample::pem(&["a.example"])), (true, None));
    }

    #[test]
    fn places_to_listen_at() {
        let at = |text: &str| Some(Listen::At(text.parse().unwrap()));
        let cases = [
            ("443", Some(Listen::Everywhere(443))),
            ("*:8443", Some(Listen::Everywhere(8443))),
            ("[::]:443", Some(Listen::Everywhere(443))),
            ("0.0.0.0:443", Some(Listen::Everywhere(443))),
            ("_default_:443", Some(Listen::Everywhere(443))),
            (":443", Some(Listen::Everywhere(443))),
            ("10.0.0.5:443", at("10.0.0.5:443")),
            ("10.0.0.5", at("10.0.0.5:80")),
            ("[::1]", at("[::1]:80")),
            ("localhost:8443", at("127.0.0.1:8443")),
            ("0", None),
            ("a:99999", None),
            ("8000-8010", None),
            ("127.0.0.1:8000-8010", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Listen::parse(text, 80), expected, "{text}");
        }
    }

    #[test]
    fn ranges_are_their_ports_and_limited() {
        let nowhere = "is no place that can be connected to";
        let cases = [
            ("8443-8445", "Everywhere(8443) Everywhere(8444) Everywhere(8445)", None),
            ("[::1]:7-8", "At([::1]:7) At([::1]:8)", None),
            ("*:7-7", "Everywhere(7)", None),
            ("[::]", "Everywhere(80)", None),
            ("65535-65535", "Everywhere(65535)", None),
            ("8-7", "", Some(nowhere)),
            ("0-7", "", Some(nowhere)),
            ("7-", "", Some(nowhere)),
            ("7-8-9", "", Some(nowhere)),
            (":7-70000", "", Some(nowhere)),
            ("*:${PORT}", "", Some("is left out: it depends on a variable")),
        ];
        for (text, expected, notice) in cases {
            let (mut found, mut listens) = (Found::default(), Vec::new());
            listen(&mut found, "x", &mut listens, text, 80);
            let told = listens.iter().map(|listen| format!("{listen:?}")).collect::<Vec<_>>().join(" ");
            assert_eq!(told, expected, "{text}");
            let told = found.notices.first().map(|told| told.text.as_str());
            assert!(
                told.is_some() == notice.is_some() && told.unwrap_or_default().ends_with(notice.unwrap_or_default())
            );
        }
        let (mut found, mut listens) = (Found::default(), vec![Listen::Everywhere(7)]);
        listen(&mut found, "x", &mut listens, "65500-65535", 80);
        assert_eq!((listens.len(), found.notices.len()), (37, 0));
        listen(&mut found, "x", &mut listens, "1-65535", 80);
        assert_eq!(listens.len(), 256);
        let told = found.notices[0].text.as_str();
        assert_eq!(told, "'1-65535' is left out from port 220 on: one site has more than 256 places");
    }
}
