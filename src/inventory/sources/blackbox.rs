//! `blackbox_exporter`: its modules joined with the scrape configuration that names targets and modules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::notation;
use super::address::masked;
use super::disk::Disk;
use super::document;
use super::file_sd;
use super::found::{Found, Sighting, brief, labels};
use super::roots::Roots;
use super::scrape::{Lists, Probed, Scrape};
use crate::model::Protocol;

/// Both files have the same type: their keys do not meet.
#[derive(Default, Deserialize)]
struct Document {
    #[serde(default)]
    modules: BTreeMap<String, Module>,
    #[serde(default)]
    scrape_configs: Vec<Scrape>,
}

#[derive(Default, Deserialize)]
struct Module {
    #[serde(default)]
    prober: String,
    #[serde(default)]
    http: Http,
    #[serde(default)]
    tcp: Stream,
    #[serde(default)]
    grpc: Stream,
}

#[derive(Default, Deserialize)]
struct Http {
    #[serde(default)]
    fail_if_not_ssl: bool,
    #[serde(default)]
    headers: BTreeMap<String, Header>,
    #[serde(default)]
    tls_config: TlsConfig,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Header {
    Text(String),
    Other(IgnoredAny),
}

/// Of `tcp` and `grpc`.
#[derive(Default, Deserialize)]
struct Stream {
    #[serde(default)]
    tls: bool,
    #[serde(default)]
    tls_config: TlsConfig,
    #[serde(default)]
    query_response: Vec<Step>,
}

#[derive(Default, Deserialize)]
struct TlsConfig {
    #[serde(default)]
    server_name: String,
    #[serde(default)]
    cert_file: String,
    #[serde(default)]
    key_file: String,
}

#[derive(Default, Deserialize)]
struct Step {
    #[serde(default)]
    expect: String,
    #[serde(default)]
    send: String,
    #[serde(default)]
    starttls: bool,
}

/// Whether it is one of the two files.
pub(super) fn is_one(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("modules:") || line.starts_with("scrape_configs:"))
}

/// Reads both files, in any order: name, content and directory of each.
pub(super) fn read(files: &[(&str, &[u8], &Path)], roots: &Roots, disk: Disk) -> Result<Found, String> {
    let mut modules = BTreeMap::new();
    let mut scrapes = Vec::new();
    for (name, bytes, directory) in files {
        for document in document::all::<Document>(bytes).map_err(|reason| format!("{name}: {reason}"))? {
            modules.extend(document.modules.into_iter().map(|(title, module)| (title, (module, *directory))));
            scrapes.extend(document.scrape_configs.into_iter().map(|scrape| (scrape, *name, *directory)));
        }
    }
    let mut found = Found::default();
    if scrapes.is_empty() {
        let name = files.first().map_or("blackbox", |(name, ..)| name);
        found.skip(name, "names modules only; name the scrape configuration, too: blackbox:MODULES,SCRAPE");
    }
    let mut lists = Lists::new(disk, roots);
    for (scrape, name, directory) in &scrapes {
        let place = format!("{name}: job {}", brief(&scrape.job_name));
        for probed in lists.targets(&mut found, &place, scrape, directory) {
            let Some(title) = scrape.module(&probed.labels) else { continue };
            let Some((module, beside)) = modules.get(title) else {
                found.skip(&probed.place, format!("its module '{}' is in no file that was named", brief(title)));
                continue;
            };
            let hostname = scrape.parameter("hostname", &probed.labels).filter(|name| !name.is_empty());
            match module.way(&probed.target, hostname) {
                Ok(way) => probe(&mut found, &probed, title, &way, beside),
                Err(reason) => {
                    let (target, title) = (brief(&masked(&probed.target)), brief(title));
                    found.skip(&probed.place, format!("'{target}' {reason} by module '{title}'"));
                }
            }
        }
    }
    // Who sends such a file from elsewhere does not say which of our certificates is shown to whom.
    if disk == Disk::Elsewhere {
        let has_one = |sighting: &mut Sighting| sighting.client.take().map(|_| sighting.place.clone());
        for place in found.sightings.iter_mut().filter_map(has_one).collect::<Vec<_>>() {
            found.skip(place.as_str(), "its client certificate is on another machine, and is not presented");
        }
    }
    Ok(found)
}

/// How the exporter comes to TLS.
struct Way<'a> {
    /// Where, as a target of ours.
    target: String,
    config: &'a TlsConfig,
    /// The name that is sent and verified instead of the host's.
    servername: Option<&'a str>,
    conversation: Conversation,
}

/// What is spoken before TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conversation {
    /// What the scheme or port says.
    Usual,
    /// This; [`Protocol::Tls`] for nothing.
    Known(Protocol),
    /// Something that cannot be told by its script.
    Unknown,
}

impl Module {
    /// The way to a target, else what is done with it instead; `hostname` is a parameter of the probe.
    fn way<'a>(&'a self, target: &str, hostname: Option<&'a str>) -> Result<Way<'a>, &'static str> {
        let way = |config: &'a TlsConfig, servername, conversation| Way {
            target: target.to_owned(),
            config,
            servername: config.name().or(servername),
            conversation,
        };
        let Self { prober, http, tcp, grpc } = self;
        let upgrade = tcp.query_response.iter().position(|step| step.starttls);
        match (prober.as_str(), upgrade) {
            // The name in the header counts before the target's (prober/http.go), and the parameter is such a header
            // (setHTTPHost in prober/handler.go).
            ("http", _) if target.starts_with("https://") => {
                Ok(way(&http.tls_config, hostname.or(http.host()), Conversation::Usual))
            }
            // "http://" is put before what has no scheme (ProbeHTTP in prober/http.go), so TLS is where a redirect leads
            // to: to another host than the first, for which no name is set (RoundTrip there).
            ("http", _) if http.fail_if_not_ssl => match behind_redirect(target) {
                Some(target) => {
                    Ok(Way { target, config: &http.tls_config, servername: None, conversation: Conversation::Usual })
                }
                None => Err("is led to TLS from plain HTTP on a port of its own, and where is not known,"),
            },
            // The parameter counts where the module names nobody (prober/handler.go).
            ("tcp", Some(at)) => Ok(way(&tcp.tls_config, hostname, upgrade_by(&tcp.query_response[..at]))),
            ("tcp", None) if tcp.tls => Ok(way(&tcp.tls_config, hostname, Conversation::Known(Protocol::Tls))),
            ("grpc", _) if grpc.tls => Ok(way(&grpc.tls_config, None, Conversation::Known(Protocol::Tls))),
            _ => Err("is probed without TLS"),
        }
    }
}

impl Http {
    fn host(&self) -> Option<&str> {
        let header = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
        header.and_then(|(_, value)| match value {
            Header::Text(text) => Some(text.as_str()),
            Header::Other(_) => None,
        })
    }
}

impl TlsConfig {
    fn name(&self) -> Option<&str> {
        (!self.server_name.is_empty()).then_some(self.server_name.as_str())
    }
}

/// The port that is written at the end.
pub(super) fn port(target: &str) -> Option<u16> {
    target.rsplit_once(':').and_then(|(_, port)| port.parse().ok())
}

/// Where TLS is most likely found when plain HTTP leads to it: at the same host's 443, unless it is asked on a port of its
/// own.
pub(super) fn behind_redirect(target: &str) -> Option<String> {
    let rest = target.strip_prefix("http://").unwrap_or(target);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match port(authority) {
        Some(80) => authority.strip_suffix(":80").map(|host| format!("{host}:443")),
        Some(_) => None,
        None => Some(format!("{authority}:443")),
    }
}

fn probe(found: &mut Found, probed: &Probed, title: &str, way: &Way<'_>, directory: &Path) {
    let Probed { place, target, labels } = probed;
    let before = found.sightings.len();
    file_sd::discovered(found, place, &way.target, labels);
    let Some(sighting) = found.sightings.get_mut(before) else { return };
    let by_port = sighting.spec.scheme.protocol;
    if way.conversation == Conversation::Unknown && by_port == Protocol::Tls {
        found.sightings.truncate(before);
        let (target, title) = (brief(target), brief(title));
        let how = "name it by a scheme, such as smtp://, or with 'starttls' in the configuration";
        return found
            .skip(place, format!("'{target}' gets to TLS by what module '{title}' says, which is not known: {how}"));
    }
    sighting.labels.extend(own_labels(title));
    sighting.starttls = match way.conversation {
        Conversation::Known(protocol) if protocol != by_port => Some(protocol),
        _ => None,
    };
    sighting.servername = way.servername.and_then(|name| notation::servername(name).ok());
    if !way.config.cert_file.is_empty() {
        let path = |file: &str| -> PathBuf { directory.join(file) };
        let key = (!way.config.key_file.is_empty()).then(|| path(&way.config.key_file));
        sighting.client = Some((path(&way.config.cert_file), key));
    }
}

fn own_labels(title: &str) -> Vec<(std::sync::Arc<str>, std::sync::Arc<str>)> {
    labels([("module", title)]).iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Which conversation the script before `starttls` speaks, by the command that asks for TLS.
fn upgrade_by(script: &[Step]) -> Conversation {
    let says = |word: &str| script.iter().any(|step| step.send.contains(word));
    let expects = |word: &str| script.iter().any(|step| step.expect.contains(word));
    // Of IMAP each command has a tag before it (RFC 9051 section 2.2.1).
    let is_tagged = |step: &Step| {
        let mut words = step.send.split_whitespace();
        words.next().is_some() && words.next().is_some_and(|word| word.eq_ignore_ascii_case("STARTTLS"))
    };
    let known = [
        (says("EHLO"), Protocol::Smtp),
        (says("LHLO"), Protocol::Lmtp),
        (says("STLS"), Protocol::Pop3),
        (says("AUTH TLS"), Protocol::Ftp),
        (says("jabber:server"), Protocol::XmppServer),
        (says("<stream:stream"), Protocol::Xmpp),
        (script.iter().any(is_tagged), Protocol::Imap),
        (says("STARTTLS") && expects("SIEVE"), Protocol::Sieve),
        (says("STARTTLS") && (expects("200") || expects("201") || expects("382")), Protocol::Nntp),
    ];
    let protocol = known.into_iter().find(|(is_it, _)| *is_it).map(|(_, protocol)| protocol);
    protocol.map_or(Conversation::Unknown, Conversation::Known)
}

#[cfg(test)]
#[path = "blackbox_tests.rs"]
mod tests;
