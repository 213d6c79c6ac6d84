//! Envoy: the listeners of a bootstrap that is written down, and what `/certs` of its administration answers.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::disk::Disk;
use super::document;
use super::found::{Found, brief};
use super::sites::{self, Listen, Reference, Site};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    static_resources: Resources,
    /// Of `/certs`.
    certificates: Vec<Loaded>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resources {
    listeners: Vec<Listener>,
    secrets: Vec<Secret>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Secret {
    name: String,
    tls_certificate: Pair,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Listener {
    name: String,
    address: Address,
    #[serde(rename = "listener_filters")]
    filters: Vec<Named>,
    filter_chains: Vec<Chain>,
    default_filter_chain: Option<Chain>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Address {
    socket_address: Option<Socket>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Socket {
    protocol: String,
    address: String,
    port_value: u16,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chain {
    filter_chain_match: Match,
    transport_socket: Transport,
    filters: Vec<Filter>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Match {
    server_names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Transport {
    typed_config: TransportConfig,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TransportConfig {
    common_tls_context: Option<Context>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    tls_certificates: Vec<Pair>,
    tls_certificate_sds_secret_configs: Vec<Named>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Pair {
    certificate_chain: Source,
    private_key: Source,
}

/// What is written inline is passed over: it can be a key.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Source {
    filename: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    typed_config: FilterConfig,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FilterConfig {
    route_config: Routes,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Routes {
    virtual_hosts: Vec<VirtualHost>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct VirtualHost {
    domains: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Loaded {
    cert_chain: Vec<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    path: String,
    subject_alt_names: Vec<Name>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Name {
    dns: Option<String>,
    ip_address: Option<String>,
}

/// Reads either.
pub(super) fn read(name: &str, bytes: &[u8], directory: &Path, disk: Disk) -> Result<Found, String> {
    let mut found = Found::default();
    for Document { static_resources, certificates } in document::all::<Document>(bytes)? {
        let Resources { listeners, secrets } = static_resources;
        let secrets = secrets.into_iter().map(|secret| (secret.name, secret.tls_certificate)).collect();
        for listener in listeners {
            listens(&mut found, name, listener, &secrets, directory, disk);
        }
        for details in certificates.into_iter().filter_map(|one| one.cert_chain.into_iter().next()) {
            loaded(&mut found, name, details, disk);
        }
    }
    Ok(found)
}

/// Whether it is a bootstrap in YAML.
pub(super) fn is_one(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("static_resources:"))
}

fn listens(
    found: &mut Found,
    name: &str,
    listener: Listener,
    secrets: &BTreeMap<String, Pair>,
    directory: &Path,
    disk: Disk,
) {
    let place = format!("{name}: listener {}", brief(&listener.name));
    let Some(socket) = listener.address.socket_address else { return };
    if socket.port_value == 0 || socket.protocol.eq_ignore_ascii_case("UDP") {
        return;
    }
    let wants_proxy = listener.filters.iter().any(|filter| filter.name.contains("proxy_protocol"));
    for chain in listener.filter_chains.into_iter().chain(listener.default_filter_chain) {
        let Some(context) = chain.transport_socket.typed_config.common_tls_context else { continue };
        if wants_proxy {
            found.skip(&place, "wants the PROXY protocol before TLS");
            return;
        }
        let mut pairs = context.tls_certificates;
        for Named { name } in &context.tls_certificate_sds_secret_configs {
            pairs.extend(secrets.get(name).cloned());
        }
        let file = |source: &Source| Some(Reference::new(directory, source.filename.as_deref()?));
        let mut names = chain.filter_chain_match.server_names;
        if names.is_empty() {
            let hosts = chain.filters.into_iter().flat_map(|filter| filter.typed_config.route_config.virtual_hosts);
            let domains = hosts.flat_map(|host| host.domains).filter(|domain| domain != "*");
            names = domains.map(|domain| without_port(&domain)).collect();
        }
        let site = Site {
            place: place.clone(),
            names,
            listens: vec![socket.listen()],
            certificates: pairs.iter().filter_map(|pair| file(&pair.certificate_chain)).collect(),
            keys: pairs.iter().filter_map(|pair| file(&pair.private_key)).collect(),
        };
        site.tell(found, disk);
    }
}

impl Socket {
    fn listen(&self) -> Listen {
        match self.address.parse::<IpAddr>() {
            Ok(ip) if !ip.is_unspecified() => Listen::At(SocketAddr::new(ip, self.port_value)),
            _ => Listen::Everywhere(self.port_value),
        }
    }
}

/// A domain of a virtual host can have the port that clients name with it.
fn without_port(domain: &str) -> String {
    let host = domain.rsplit_once(':').filter(|(_, port)| *port == "*" || port.parse::<u16>().is_ok());
    host.map_or(domain, |(host, _)| host).to_owned()
}

/// A certificate that Envoy has loaded, at port 443: which listener has it is not told.
fn loaded(found: &mut Found, name: &str, Details { path, subject_alt_names }: Details, disk: Disk) {
    let file = Some(PathBuf::from(&path)).filter(|path| path.is_absolute() && disk.length(path).is_ok());
    let place = format!("{name}: {}", brief(&path));
    let names: Vec<String> = subject_alt_names.into_iter().filter_map(|name| name.dns.or(name.ip_address)).collect();
    if names.is_empty() {
        found.skip(&place, "names no host");
    }
    for host in names {
        sites::target(found, &place, &host, Listen::Everywhere(443), file.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const BOOTSTRAP: &str = r#"
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
static_resources:
  listeners:
  - name: web
    address: {socket_address: {address: 0.0.0.0, port_value: 8443}}
    filter_chains:
    - filter_chain_match: {server_names: [a.example, "*.a.example"]}
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_certificates:
            - {certificate_chain: {filename: a.pem}, private_key: {inline_string: "PLANTED"}}
    - filters:
      - typed_config: {route_config: {virtual_hosts: [{domains: ["*"]}, {domains: ["b.example:8443", c.example]}]}}
      transport_socket: {typed_config: {common_tls_context: {tls_certificate_sds_secret_configs: [{name: s}, {name: far}]}}}
  - name: named-by-its-certificate
    address: {socket_address: {address: "::1", port_value: 9443}}
    filter_chains: [{transport_socket: {typed_config: {common_tls_context: {tls_certificates: [{certificate_chain: {filename: a.pem}}]}}}}]
  - name: behind
    address: {socket_address: {address: 10.0.0.1, port_value: 7443}}
    listener_filters: [{name: envoy.filters.listener.proxy_protocol}]
    filter_chains: [{transport_socket: {typed_config: {common_tls_context: {}}}}]
  - name: plain
    address: {socket_address: {address: 0.0.0.0, port_value: 80}}
    filter_chains: [{filters: []}]
  secrets:
  - {name: s, tls_certificate: {certificate_chain: {filename: gone.pem}, private_key: {filename: gone.key}}}
"#;

    fn names(found: &Found) -> Vec<String> {
        found.sightings.iter().map(|sighting| sighting.spec.to_string()).collect()
    }

    #[test]
    fn listeners_with_tls_are_taken() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.pem"), sample::pem(&["own.example"])).unwrap();
        assert!(is_one(BOOTSTRAP));
        let found = read("e.yaml", BOOTSTRAP.as_bytes(), directory.path(), Disk::Here).unwrap();
        let expected = ["a.example:8443", "b.example:8443", "c.example:8443", "own.example@[::1]:9443"];
        assert_eq!(names(&found), expected);
        assert_eq!(found.sightings[0].cert_file, Some(directory.path().join("a.pem")));
        let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
        let expected = [
            "e.yaml: listener web: '*.a.example' is left out: a wildcard cannot be connected to; name a host it covers",
            "e.yaml: listener web: file.broken_reference: the certificate file 'gone.pem' leads nowhere",
            "e.yaml: listener web: file.broken_reference: the key file 'gone.key' leads nowhere",
            "e.yaml: listener behind: wants the PROXY protocol before TLS",
        ];
        assert_eq!(notices, expected);
        assert!(!format!("{found:?}").contains("PLANTED"));
    }

    #[test]
    fn what_is_loaded_names_its_hosts() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.pem");
        std::fs::write(&path, "x").unwrap();
        let text = format!(
            r#"{{"certificates":[{{"ca_cert":[{{"path":"ca"}}],"cert_chain":[{{"path":"{}","serial_number":"1","subject_alt_names":[{{"dns":"a.example"}},{{"ip_address":"192.0.2.1"}},{{"uri":"spiffe://x"}}],"days_until_expiration":"9"}}]}},
               {{"cert_chain":[{{"path":"<inline>","subject_alt_names":[]}}]}},{{"ca_cert":[]}}]}}"#,
            path.display()
        );
        let found = read("certs", text.as_bytes(), Path::new("."), Disk::Here).unwrap();
        assert_eq!(names(&found), ["a.example:443", "192.0.2.1:443"]);
        assert_eq!(found.sightings[1].cert_file, Some(path));
        assert_eq!(found.notices[0].to_string(), "certs: <inline>: names no host");
        assert_eq!(
            read("certs", text.as_bytes(), Path::new("."), Disk::Elsewhere).unwrap().sightings[0].cert_file,
            None
        );
    }
}
