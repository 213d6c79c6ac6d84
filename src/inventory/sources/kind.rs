//! Formats: their names, how they are recognised by content, and who reads them.

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::disk::Disk;
use super::found::Found;
use super::means::Means;
use super::{
    acme, ansible, apache, blackbox, caddy, caddyfile, caddyfile_shape, document, envoy, file_sd, haproxy, kubernetes,
    lists, nginx, nmap, prometheus, table,
};

/// A format of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What `ansible-inventory --list` prints.
    Ansible,
    /// Apache's configuration.
    Apache,
    /// `blackbox_exporter`'s modules and the scrape configuration that names them.
    Blackbox,
    /// Caddy's storage, or its configuration: a Caddyfile, or JSON.
    Caddy,
    /// certbot's `renewal/*.conf`, or its directory.
    Certbot,
    /// CSV with a header.
    Csv,
    /// Envoy's bootstrap, or what `/certs` or `/config_dump` of its administration answers.
    Envoy,
    /// Prometheus's `file_sd`.
    FileSd,
    /// `HAProxy`'s configuration.
    Haproxy,
    /// A hosts file.
    Hosts,
    /// What an `http_sd` of Prometheus answers.
    HttpSd,
    /// What `kubectl get … -o json|yaml` prints.
    Kubernetes,
    /// A target or range a line.
    List,
    /// nginx's configuration, or what `nginx -T` prints.
    Nginx,
    /// `nmap -oX`.
    Nmap,
    /// What a Prometheus server's API says it watches, and what its metrics say of certificates.
    Prometheus,
    /// Traefik's `acme.json`.
    Traefik,
}

impl Kind {
    /// Every format.
    pub const ALL: [Self; 17] = [
        Self::Ansible,
        Self::Apache,
        Self::Blackbox,
        Self::Caddy,
        Self::Certbot,
        Self::Csv,
        Self::Envoy,
        Self::FileSd,
        Self::Haproxy,
        Self::Hosts,
        Self::HttpSd,
        Self::Kubernetes,
        Self::List,
        Self::Nginx,
        Self::Nmap,
        Self::Prometheus,
        Self::Traefik,
    ];

    /// Its name, as written before `:`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ansible => "ansible",
            Self::Apache => "apache",
            Self::Blackbox => "blackbox",
            Self::Caddy => "caddy",
            Self::Certbot => "certbot",
            Self::Csv => "csv",
            Self::Envoy => "envoy",
            Self::FileSd => "file_sd",
            Self::Haproxy => "haproxy",
            Self::Hosts => "hosts",
            Self::HttpSd => "http_sd",
            Self::Kubernetes => "kubernetes",
            Self::List => "list",
            Self::Nginx => "nginx",
            Self::Nmap => "nmap",
            Self::Prometheus => "prometheus",
            Self::Traefik => "traefik",
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
        if document::is_json(bytes) && !caddyfile_shape::only_looks_like_json(bytes) {
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
        } else if envoy::is_one(&text) {
            Self::Envoy
        } else if blackbox::is_one(&text) {
            Self::Blackbox
        } else if nginx::is_one(&text) {
            Self::Nginx
        } else if apache::is_one(&text) {
            Self::Apache
        } else if haproxy::is_one(&text) {
            Self::Haproxy
        } else if acme::is_certbot(&text) {
            Self::Certbot
        } else if caddyfile_shape::is_one(&text) {
            Self::Caddy
        } else if is_of_hosts(first) {
            Self::Hosts
        } else if table::is_table(bytes) {
            Self::Csv
        } else {
            Self::List
        }
    }

    /// Reads content of this format. What it refers to is relative to `directory`.
    pub(super) fn read(
        self,
        name: &str,
        bytes: &[u8],
        directory: &Path,
        means: &Means,
        disk: Disk,
    ) -> Result<Found, String> {
        let text = || std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"));
        let found = match self {
            Self::Ansible => ansible::read(name, bytes)?,
            Self::Apache => apache::read(name, text()?, directory, disk),
            Self::Blackbox => blackbox::read(&[(name, bytes, directory)], &means.roots, disk)?,
            Self::Caddy if is_adapted(bytes) => caddy::read(name, bytes, directory, disk)?,
            Self::Caddy => caddyfile::read(name, text()?, directory, disk),
            Self::Certbot => acme::certbot(name, text()?, disk)?,
            Self::Csv => table::read(name, bytes)?,
            Self::Envoy => envoy::read(name, bytes, directory, disk)?,
            Self::FileSd | Self::HttpSd => file_sd::read(name, bytes)?,
            Self::Haproxy => haproxy::read(name, text()?, directory, disk),
            Self::Hosts => lists::hosts(name, text()?),
            Self::Kubernetes => kubernetes::read(name, bytes)?,
            Self::List => lists::plain(name, text()?, means.most),
            Self::Nginx => nginx::read(name, text()?, directory, disk),
            Self::Nmap => nmap::read(name, bytes)?,
            Self::Prometheus => prometheus::read(name, &[bytes])?,
            Self::Traefik => acme::traefik(name, bytes)?,
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
    kind: Option<IgnoredAny>,
    apps: Option<IgnoredAny>,
    sans: Option<IgnoredAny>,
    #[serde(alias = "staticResources")]
    static_resources: Option<IgnoredAny>,
    #[serde(alias = "dynamicResources")]
    dynamic_resources: Option<IgnoredAny>,
    configs: Option<IgnoredAny>,
    resources: Option<IgnoredAny>,
    certificates: Option<IgnoredAny>,
    status: Option<IgnoredAny>,
}

fn of_json(bytes: &[u8]) -> Kind {
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Kind::FileSd;
    }
    // The values are passed over; a fault further down is told by whoever reads it.
    let object = serde_json::Deserializer::from_slice(bytes).into_iter::<Shape>().next();
    match object.and_then(Result::ok) {
        Some(Shape { meta: Some(_), .. }) => Kind::Ansible,
        Some(Shape { kind: Some(_), .. }) => Kind::Kubernetes,
        Some(Shape { apps: Some(_), .. } | Shape { sans: Some(_), .. }) => Kind::Caddy,
        Some(
            Shape { static_resources: Some(_), .. }
            | Shape { dynamic_resources: Some(_), .. }
            | Shape { certificates: Some(_), .. },
        ) => Kind::Envoy,
        Some(Shape { resources: Some(_), .. } | Shape { configs: Some(_), .. }) if envoy::is_response(bytes) => {
            Kind::Envoy
        }
        Some(Shape { status: Some(_), .. }) => Kind::Prometheus,
        Some(_) if acme::is_traefik(bytes) => Kind::Traefik,
        _ => Kind::Kubernetes,
    }
}

/// Whether it is Caddy's configuration as JSON, or the same as YAML, and no Caddyfile.
fn is_adapted(bytes: &[u8]) -> bool {
    let is_json = document::is_json(bytes) && !caddyfile_shape::only_looks_like_json(bytes);
    is_json || bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"apps:"))
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
            ("{\"le\":{\"Account\":{},\"Certificates\":[]}}", Kind::Traefik),
            ("{\"le\":", Kind::Kubernetes),
            ("{\"kind\":\"List\",\"status\":{}}", Kind::Kubernetes),
            ("{\"apps\":{}}", Kind::Caddy),
            ("{\"sans\":[]}", Kind::Caddy),
            ("{\n\temail a@b.example\n}\n", Kind::Caddy),
            ("shop.example {\n\trespond x\n}\n", Kind::Caddy),
            ("shop.example\n\nreverse_proxy 127.0.0.1:9000\n", Kind::Caddy),
            ("{$SITE:shop.example} {\n}\n", Kind::Caddy),
            ("{\"static_resources\":{}}", Kind::Envoy),
            ("admin: {}\nstatic_resources:\n", Kind::Envoy),
            ("{\"dynamic_resources\":{}}", Kind::Envoy),
            ("{\"staticResources\":{}}", Kind::Envoy),
            ("admin: {}\nstaticResources:\n", Kind::Envoy),
            ("{\"dynamicResources\":{}}", Kind::Envoy),
            ("{\"configs\":[{\"@type\":\"type.googleapis.com/envoy.admin.v3.ListenersConfigDump\"}]}", Kind::Envoy),
            ("{\"configs\":[]}", Kind::Kubernetes),
            ("{\"resources\":[{\"@type\":\"type.googleapis.com/envoy.x\"}]}", Kind::Envoy),
            ("{\"resources\":[]}", Kind::Kubernetes),
            ("{\"certificates\":[]}", Kind::Envoy),
            ("{\"status\":\"success\"}", Kind::Prometheus),
            ("modules:\n  x: {}\n", Kind::Blackbox),
            ("http {\n  include x;\n}\n", Kind::Nginx),
            ("<VirtualHost *:443>\n", Kind::Apache),
            ("frontend f\n  bind :443 ssl crt x\n", Kind::Haproxy),
            ("archive_dir = /a\nfullchain = /b\n", Kind::Certbot),
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
        assert!(is_adapted(b"{\"apps\":{}}") && is_adapted(b"# c\napps:\n  http: {}\n"));
        assert!(!is_adapted(b"{\n\temail x\n}\n") && !is_adapted(b"shop.example\n"));
        assert!(Kind::ALL.into_iter().all(|kind| Kind::named(kind.name()) == Some(kind)));
    }
}
