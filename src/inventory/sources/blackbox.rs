//! `blackbox_exporter`: its modules joined with the scrape configuration that names targets and modules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::disk::Disk;
use super::document;
use super::file_sd;
use super::found::{Found, Sighting, brief, labels};
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
    tls_config: TlsConfig,
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
    send: String,
    #[serde(default)]
    starttls: bool,
}

#[derive(Deserialize)]
struct Scrape {
    #[serde(default)]
    job_name: String,
    #[serde(default)]
    metrics_path: String,
    #[serde(default)]
    params: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    static_configs: Vec<Group>,
    #[serde(default)]
    file_sd_configs: Vec<Files>,
    #[serde(default)]
    http_sd_configs: Vec<Fetched>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    targets: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Files {
    #[serde(default)]
    files: Vec<String>,
}

#[derive(Deserialize)]
struct Fetched {
    #[serde(default)]
    url: String,
}

/// Whether it is one of the two files.
pub(super) fn is_one(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("modules:") || line.starts_with("scrape_configs:"))
}

/// Reads both files, in any order: name, content and directory of each.
pub(super) fn read(files: &[(&str, &[u8], &Path)], disk: Disk) -> Result<Found, String> {
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
    for (scrape, name, directory) in &scrapes {
        let place = format!("{name}: job {}", brief(&scrape.job_name));
        for (place, target, said) in targets(&mut found, &place, scrape, directory, disk) {
            let Some(title) = scrape.module(&said) else { continue };
            match modules.get(title) {
                Some((module, beside)) => probe(&mut found, &place, &target, &said, (title, module, beside)),
                None => found.skip(&place, format!("its module '{}' is in no file that was named", brief(title))),
            }
        }
    }
    Ok(found)
}

impl Scrape {
    /// The module its targets are probed by: by their labels, else by the job, else the exporter's default. `None` for
    /// jobs of other exporters.
    fn module<'a>(&'a self, said: &'a BTreeMap<String, String>) -> Option<&'a str> {
        let of_job = || self.params.get("module").and_then(|modules| modules.first());
        let default = || (self.metrics_path == "/probe").then_some("http_2xx");
        said.get("__param_module").or_else(of_job).map(String::as_str).or_else(default)
    }
}

/// Place, target and labels of everything a job probes.
type Probed = (String, String, BTreeMap<String, String>);

fn targets(found: &mut Found, place: &str, scrape: &Scrape, directory: &Path, disk: Disk) -> Vec<Probed> {
    let mut targets = Vec::new();
    let mut take = |place: &str, groups: &[Group]| {
        for Group { targets: own, labels } in groups {
            targets.extend(own.iter().map(|target| (place.to_owned(), target.clone(), labels.clone())));
        }
    };
    take(place, &scrape.static_configs);
    for pattern in scrape.file_sd_configs.iter().flat_map(|config| &config.files) {
        let paths = match disk.files(&directory.join(pattern)) {
            Ok(paths) if paths.is_empty() && disk == Disk::Here => Err("no file matches".to_owned()),
            paths => paths,
        };
        let paths = match paths {
            Ok(paths) => paths,
            Err(reason) => {
                found.unfollowed(place, pattern, &reason);
                continue;
            }
        };
        for path in paths {
            let name = path.display().to_string();
            let bytes = disk.read(&path).map_err(|reason| reason.to_string());
            match bytes.and_then(|bytes| document::all::<Vec<Group>>(&bytes)) {
                Ok(groups) => groups.iter().for_each(|groups| take(&name, groups)),
                Err(reason) => found.unfollowed(place, &name, &reason),
            }
        }
    }
    for Fetched { url } in &scrape.http_sd_configs {
        found.unfollowed(place, url, "name it as a source of its own, as http_sd:URL");
    }
    targets
}

fn probe(
    found: &mut Found,
    place: &str,
    target: &str,
    said: &BTreeMap<String, String>,
    (title, module, directory): (&str, &Module, &Path),
) {
    let starttls = module.tcp.query_response.iter().position(|step| step.starttls);
    let (config, protocol) = match (module.prober.as_str(), starttls) {
        // Without a scheme the exporter puts "http://" before it.
        ("http", _) if target.starts_with("https://") || module.http.fail_if_not_ssl => (&module.http.tls_config, None),
        ("tcp", Some(at)) => (&module.tcp.tls_config, upgrade(&module.tcp.query_response[..at])),
        ("tcp", None) if module.tcp.tls => (&module.tcp.tls_config, Some(Protocol::Tls)),
        ("grpc", _) if module.grpc.tls => (&module.grpc.tls_config, Some(Protocol::Tls)),
        _ => {
            let (target, title) = (brief(target), brief(title));
            return found.skip(place, format!("'{target}' is probed without TLS by module '{title}'"));
        }
    };
    let before = found.sightings.len();
    file_sd::discovered(found, place, target, said);
    for sighting in &mut found.sightings[before..] {
        sighting.labels.extend(own_labels(title));
        known(sighting, config, protocol, directory);
    }
}

fn own_labels(title: &str) -> Vec<(std::sync::Arc<str>, std::sync::Arc<str>)> {
    labels([("module", title)]).iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What the module says of TLS.
fn known(sighting: &mut Sighting, config: &TlsConfig, protocol: Option<Protocol>, directory: &Path) {
    sighting.starttls = protocol.filter(|protocol| *protocol != sighting.spec.scheme.protocol);
    sighting.servername = super::super::notation::servername(&config.server_name).ok();
    if !config.cert_file.is_empty() {
        let path = |file: &str| -> PathBuf { directory.join(file) };
        let key = (!config.key_file.is_empty()).then(|| path(&config.key_file));
        sighting.client = Some((path(&config.cert_file), key));
    }
}

/// Which conversation the script before `starttls` speaks, by the command that asks for TLS.
fn upgrade(script: &[Step]) -> Option<Protocol> {
    let says = |word: &str| script.iter().any(|step| step.send.contains(word));
    let commands = [
        ("EHLO", Protocol::Smtp),
        ("LHLO", Protocol::Lmtp),
        ("STLS", Protocol::Pop3),
        ("AUTH TLS", Protocol::Ftp),
        ("<stream:stream", Protocol::Xmpp),
        ("STARTTLS", Protocol::Imap),
    ];
    commands.into_iter().find(|(word, _)| says(word)).map(|(_, protocol)| protocol)
}

#[cfg(test)]
mod tests {
    use super::super::found::Notice;
    use super::*;

    const MODULES: &[u8] = br#"
modules:
  http_2xx: {prober: http, http: {tls_config: {server_name: www.example, cert_file: c.pem, key_file: k.pem, insecure_skip_verify: true}}}
  tls: {prober: tcp, tcp: {tls: true}}
  smtp:
    prober: tcp
    timeout: 5s
    tcp:
      query_response:
      - expect: "^220 "
      - send: "EHLO prober\r"
      - send: "STARTTLS\r"
      - expect: "^220"
      - starttls: true
  ssh: {prober: tcp}
  sure: {prober: http, http: {fail_if_not_ssl: true}}
  rpc: {prober: grpc, grpc: {tls: true}}
"#;
    const SCRAPE: &[u8] = br"
global: {scrape_interval: 15s}
scrape_configs:
- job_name: web
  metrics_path: /probe
  params: {module: [http_2xx]}
  static_configs:
  - targets: [https://shop.example/x, api.example, 'http://plain.example']
    labels: {env: prod}
- {job_name: mail, params: {module: [smtp]}, static_configs: [{targets: ['mx.example:2525']}]}
- {job_name: db, params: {module: [tls]}, static_configs: [{targets: ['db.example:5432', 'a.example:443']}]}
- {job_name: ssh, params: {module: [ssh]}, static_configs: [{targets: ['a.example:22']}]}
- {job_name: odd, params: {module: [none]}, static_configs: [{targets: [x]}]}
- {job_name: rpc, params: {module: [ssh]}, static_configs: [{targets: ['grpc.example:9443'], labels: {__param_module: rpc}}, {targets: [sure.example], labels: {__param_module: sure}}]}
- {job_name: sd, params: {module: [tls]}, http_sd_configs: [{url: 'http://sd.example/'}]}
- {job_name: node, static_configs: [{targets: ['n.example:9100']}]}
";

    #[test]
    fn modules_say_how_targets_are_reached() {
        let here = Path::new("/etc/bb");
        let found = read(&[("s", SCRAPE, here), ("m", MODULES, here)], Disk::Elsewhere).unwrap();
        let told: Vec<String> = found
            .sightings
            .iter()
            .map(|one| format!("{} {:?} {:?} {}", one.spec, one.starttls, one.servername, one.client.is_some()))
            .collect();
        assert_eq!(
            told,
            [
                "shop.example:443 None Some(\"www.example\") true",
                "mx.example:2525 Some(Smtp) None false",
                "db.example:5432 Some(Tls) None false",
                "a.example:443 None None false",
                "grpc.example:9443 None None false",
                "sure.example:443 None None false",
            ]
        );
        assert_eq!(found.sightings[0].labels, labels([("env", "prod"), ("module", "http_2xx")]));
        assert_eq!(found.sightings[0].client, Some(("/etc/bb/c.pem".into(), Some("/etc/bb/k.pem".into()))));
        let notices: Vec<String> = found.notices.iter().map(Notice::to_string).collect();
        assert_eq!(
            notices,
            [
                "s: job web: 'api.example' is probed without TLS by module 'http_2xx'",
                "s: job web: 'http://plain.example' is probed without TLS by module 'http_2xx'",
                "s: job ssh: 'a.example:22' is probed without TLS by module 'ssh'",
                "s: job odd: its module 'none' is in no file that was named",
                "s: job sd: 'http://sd.example/' is not followed: name it as a source of its own, as http_sd:URL",
            ]
        );
    }

    #[test]
    fn targets_are_found_in_files() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.yml"), "- targets: ['a.example:1']\n").unwrap();
        std::fs::write(directory.path().join("b.yml"), "- targets: 7\n").unwrap();
        let scrape = b"scrape_configs: [{job_name: j, params: {module: [tls]}, file_sd_configs: [{files: [a.yml, b.yml, '*.json']}]}]";
        let found = read(&[("m", MODULES, Path::new("/")), ("s", scrape, directory.path())], Disk::Here).unwrap();
        assert_eq!(found.sightings[0].spec.to_string(), "a.example:1");
        let told: Vec<&str> = found.notices.iter().map(|notice| notice.text.as_str()).collect();
        assert!(told[0].contains("b.yml' is not followed: not readable as YAML"), "{told:?}");
        assert_eq!(told[1], "'*.json' is not followed: no file matches");
    }

    #[test]
    fn modules_alone_are_half_of_it() {
        let found = read(&[("m", MODULES, Path::new("/"))], Disk::Elsewhere).unwrap();
        assert!(found.notices[0].text.as_str().contains("blackbox:MODULES,SCRAPE"));
        assert!(
            read(&[("m", b"modules: 7", Path::new("/"))], Disk::Elsewhere).unwrap_err().starts_with("m: not readable")
        );
    }
}
