//! Caddy: what it keeps beside its certificates, and its configuration as JSON (`caddy adapt`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::disk::Disk;
use super::document;
use super::found::Found;
use super::sites::{self, Listen, Reference, Site};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    apps: Apps,
    /// Of a certificate that is kept: the names it is for.
    sans: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Apps {
    http: HttpApp,
    tls: Tls,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HttpApp {
    http_port: Option<u16>,
    https_port: Option<u16>,
    servers: BTreeMap<String, Server>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Server {
    listen: Vec<String>,
    routes: Vec<Route>,
    automatic_https: Automatic,
    tls_connection_policies: Option<Vec<IgnoredAny>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Route {
    #[serde(rename = "match")]
    matchers: Vec<Matcher>,
    handle: Vec<Handler>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Handler {
    /// Of `subroute`.
    routes: Vec<Route>,
}

impl Route {
    /// Its hosts; of those of routes within it the ones that a wildcard of its own covers.
    fn hosts(&self) -> Vec<String> {
        let own = self.matchers.iter().flat_map(|matcher| matcher.host.iter().cloned());
        let mut hosts: Vec<String> = own.collect();
        let inner = self.handle.iter().flat_map(|handler| &handler.routes).flat_map(Self::hosts);
        let own: BTreeSet<String> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        let is_covered = |name: &str| wildcard(name).is_some_and(|above| above != name && own.contains(&above));
        let is_new = |name: &String| own.is_empty() || is_covered(name);
        let inner: Vec<String> = inner.filter(is_new).collect();
        hosts.extend(inner);
        hosts
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Matcher {
    host: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Automatic {
    disable: bool,
    skip: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tls {
    certificates: Certificates,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Certificates {
    automate: Vec<String>,
    load_files: Vec<Pair>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pair {
    certificate: String,
}

/// Reads a configuration, or what is kept beside a certificate: `NAME.json` beside `NAME.crt`.
pub(super) fn read(name: &str, bytes: &[u8], directory: &Path, disk: Disk) -> Result<Found, String> {
    let mut found = Found::default();
    for document in document::all::<Document>(bytes)? {
        match document.sans {
            Some(names) => kept(&mut found, name, names, directory, disk),
            None => configured(&mut found, name, document.apps, directory, disk),
        }
    }
    Ok(found)
}

fn kept(found: &mut Found, name: &str, names: Vec<String>, directory: &Path, disk: Disk) {
    let beside = Path::new(name).with_extension("crt");
    let written = beside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let site = Site {
        place: name.to_owned(),
        names,
        listens: vec![Listen::Everywhere(443)],
        certificates: vec![Reference::new(directory, &written)],
        ..Site::default()
    };
    site.tell(found, disk);
}

fn configured(found: &mut Found, name: &str, apps: Apps, directory: &Path, disk: Disk) {
    let Apps { http, tls } = apps;
    let certificates = ByName::new(loaded(found, name, &tls.certificates.load_files, directory, disk));
    let https = http.https_port.unwrap_or(443);
    let mut served = BTreeSet::new();
    for (title, server) in http.servers {
        let place = format!("{name}: server {title}");
        let hosts = server.routes.iter().flat_map(Route::hosts);
        let skipped: BTreeSet<&String> = server.automatic_https.skip.iter().collect();
        let hosts: Vec<String> = hosts.filter(|host| !skipped.contains(host)).collect();
        let is_tls = server.tls_connection_policies.is_some() || !server.automatic_https.disable && !hosts.is_empty();
        let plain = Listen::Everywhere(http.http_port.unwrap_or(80));
        if !is_tls {
            continue;
        }
        let mut listens = Vec::new();
        for at in server.listen.iter().filter_map(|at| over_tcp(at)) {
            sites::listen(found, &place, &mut listens, at, https);
        }
        listens.retain(|listen| *listen != plain);
        if listens.is_empty() {
            continue;
        }
        for host in &hosts {
            let certificates = certificates.of(host).cloned().into_iter().collect();
            let site = Site {
                place: place.clone(),
                names: vec![host.clone()],
                listens: listens.clone(),
                certificates,
                ..Site::default()
            };
            site.tell(found, disk);
        }
        served.extend(hosts);
    }
    let automated = tls.certificates.automate.into_iter().filter(|name| !served.contains(name));
    for name_of in automated {
        let listens = vec![Listen::Everywhere(https)];
        let site = Site { place: format!("{name}: automate"), names: vec![name_of], listens, ..Site::default() };
        site.tell(found, disk);
    }
}

/// Certificates that are loaded from files, with their names. What leads nowhere is told here, once.
fn loaded(
    found: &mut Found,
    name: &str,
    files: &[Pair],
    directory: &Path,
    disk: Disk,
) -> Vec<(Vec<String>, Reference)> {
    let place = format!("{name}: load_files");
    let references = files.iter().map(|pair| Reference::new(directory, &pair.certificate));
    let mut named = |file: &Reference| -> Option<Vec<String>> {
        let path: PathBuf = sites::certificate_file(found, &place, file, disk)?;
        match sites::names_in(&path, disk) {
            Ok(names) => Some(names),
            Err(reason) => {
                found.unfollowed(&place, &file.written, &reason);
                None
            }
        }
    };
    references.filter_map(|file| Some((named(&file)?, file))).collect()
}

/// `:443`, `tcp/0.0.0.0:443-445`; sockets of other kinds are none.
fn over_tcp(listen: &str) -> Option<&str> {
    match listen.split_once('/') {
        Some(("tcp" | "tcp4" | "tcp6", at)) => Some(at),
        Some(_) => None,
        None => Some(listen),
    }
}

/// The wildcard that covers a host, if any does (RFC 6125 section 6.4), in lower case.
fn wildcard(host: &str) -> Option<String> {
    host.split_once('.').map(|(_, above)| format!("*.{}", above.to_ascii_lowercase()))
}

/// Certificate files by the names in them, wildcards included: the first that has a name, and which one that is.
struct ByName(BTreeMap<String, (usize, Reference)>);

impl ByName {
    fn new(files: Vec<(Vec<String>, Reference)>) -> Self {
        let mut by_name = BTreeMap::new();
        for (number, (names, file)) in files.into_iter().enumerate() {
            for name in names {
                by_name.entry(name.to_ascii_lowercase()).or_insert_with(|| (number, file.clone()));
            }
        }
        Self(by_name)
    }

    /// The first that covers a host.
    fn of(&self, host: &str) -> Option<&Reference> {
        let covering = [Some(host.to_ascii_lowercase()), wildcard(host)]
            .into_iter()
            .flatten()
            .filter_map(|name| self.0.get(&name));
        covering.min_by_key(|(number, _)| number).map(|(_, file)| file)
    }
}

/// Hosts by the wildcard that covers them.
pub(super) struct Covered<'a>(BTreeMap<String, Vec<&'a str>>);

impl<'a> Covered<'a> {
    pub(super) fn new(hosts: &'a [String]) -> Self {
        let mut by_wildcard: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for host in hosts {
            if let Some((_, above)) = host.split_once('.') {
                by_wildcard.entry(above.to_ascii_lowercase()).or_default().push(host);
            }
        }
        Self(by_wildcard)
    }

    /// Those that a name covers, where it is a wildcard.
    pub(super) fn by(&self, name: &str) -> &[&'a str] {
        let above = name.strip_prefix("*.").map(str::to_ascii_lowercase);
        above.and_then(|above| self.0.get(&above)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, told};
    use super::*;

    #[test]
    fn what_is_kept_beside_a_certificate_names_its_hosts() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.example.crt"), "x").unwrap();
        let name = directory.path().join("a.example.json").display().to_string();
        let text = br#"{"sans":["a.example","*.a.example"],"issuer_data":{"url":"https://ca.example/x"}}"#;
        let found = read(&name, text, directory.path(), Disk::Here).unwrap();
        assert_eq!(told(&found), ["a.example:443 a.example.crt"]);
        assert!(found.notices[0].text.as_str().starts_with("'*.a.example' is left out: a wildcard"), "{found:?}");
    }

    #[test]
    fn servers_have_the_hosts_of_their_routes() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("c.pem"), sample::pem(&["*.shop.example"])).unwrap();
        let text = br#"{"apps":{"http":{"servers":{
            "srv0":{"listen":[":443","udp/:443"],"routes":[{"match":[{"host":["www.shop.example","b.example"]}],"handle":[{"handler":"x"}]},{}]},
            "srv1":{"listen":["tcp/127.0.0.1:8443-8444"],"routes":[{"match":[{"host":["c.example","d.example"]}]}],"automatic_https":{"skip":["d.example"]}},
            "srv4":{"listen":[":9443"],"routes":[{"match":[{"host":["*.f.example"]}],"handle":[{"handler":"subroute","routes":[{"match":[{"host":["g.f.example","no.example"]}]}]}]}]},
            "srv2":{"listen":[":80"],"routes":[{"match":[{"host":["plain.example"]}]}]},
            "srv3":{"listen":[":8080"],"routes":[{"match":[{"host":["off.example"]}]}],"automatic_https":{"disable":true}}}},
            "tls":{"certificates":{"automate":["b.example","e.example"],"load_files":[{"certificate":"c.pem","key":"k"},{"certificate":"gone.pem"}]}}}}"#;
        let found = read("c.json", text, directory.path(), Disk::Here).unwrap();
        let expected = [
            "www.shop.example:443 c.pem",
            "b.example:443 ",
            "c.example@127.0.0.1:8443 ",
            "c.example@127.0.0.1:8444 ",
            "g.f.example:9443 ",
            "e.example:443 ",
        ];
        assert_eq!(told(&found), expected);
        let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
        let expected = [
            "c.json: load_files: file.broken_reference: the certificate file 'gone.pem' leads nowhere",
            "c.json: server srv4: '*.f.example' is left out: a wildcard cannot be connected to; name a host it covers",
        ];
        assert_eq!(notices, expected);
        assert!(read("x", b"{\"apps\":7}", Path::new("."), Disk::Elsewhere).is_err());
    }

    #[test]
    fn the_first_certificate_that_has_a_name_is_the_one_of_a_host() {
        let files =
            [("a", vec!["*.Shop.example"]), ("b", vec!["www.shop.example", "b.example"]), ("c", vec!["b.example"])];
        let files = files.map(|(file, names)| {
            (names.into_iter().map(str::to_owned).collect(), Reference::new(Path::new("/"), file))
        });
        let by_name = ByName::new(files.into());
        let of = |host: &str| by_name.of(host).map(|file| file.written.as_str());
        assert_eq!((of("WWW.shop.example"), of("b.Example")), (Some("a"), Some("b")));
        assert_eq!((of("x.www.shop.example"), of("shop.example"), of("example")), (None, None, None));
    }

    #[test]
    fn many_hosts_are_read_in_no_time() {
        let names = |format: fn(u32) -> String| (0..60_000).map(format).collect::<Vec<_>>().join(",");
        let (hosts, inner, others) = (
            names(|n| format!("\"h{n}.example\"")),
            names(|n| format!("\"x.y{n}.example\"")),
            names(|n| format!("\"z{n}\"")),
        );
        let text = format!(
            r#"{{"apps":{{"http":{{"servers":{{"s":{{"listen":[":443"],"routes":[{{"match":[{{"host":[{hosts}]}}],"handle":[{{"routes":[{{"match":[{{"host":[{inner}]}}]}}]}}]}}],"automatic_https":{{"skip":[{others}]}}}}}}}},"tls":{{"certificates":{{"automate":[{hosts}]}}}}}}}}"#
        );
        let found = read("c.json", text.as_bytes(), Path::new("/"), Disk::Elsewhere).unwrap();
        assert_eq!(found.sightings.len(), 60_000);
    }
}
