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
        "e.yaml: listener web: file.broken_reference: the secret 'far' is defined nowhere",
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
    assert_eq!(read("certs", text.as_bytes(), Path::new("."), Disk::Elsewhere).unwrap().sightings[0].cert_file, None);
}

const DISCOVERING: &str = r#"
static_resources:
  listeners:
  - name: web
    address: {socket_address: {address: "::", port_value: 8443}}
    additional_addresses: [{address: {socket_address: {address: 10.0.0.5, port_value: 9443}}}]
    filter_chains:
    - filter_chain_match: {server_names: [a.example]}
      transport_socket:
        typed_config:
          common_tls_context:
            tls_certificate_sds_secret_configs: [{name: own, sds_config: {path_config_source: {path: sds.yaml}, resource_api_version: V3}}]
            validation_context_sds_secret_config: {name: clients, sds_config: {path: sds.yaml}}
    - filter_chain_match: {server_names: [b.example]}
      transport_socket:
        typed_config:
          common_tls_context:
            tls_certificate_sds_secret_configs:
            - {name: json, sds_config: {path: sds.json}}
            - {name: clients, sds_config: {path: sds.yaml}}
            - {name: missing, sds_config: {path: sds.yaml}}
            - {name: inline, sds_config: {path: sds.yaml}}
            - {name: x, sds_config: {path: gone.yaml}}
            - {name: y, sds_config: {path: gone.yaml}}
            - {name: x, sds_config: {path: torn.yaml}}
            - {name: served, sds_config: {ads: {}}}
            combined_validation_context:
              default_validation_context: {trusted_ca: {filename: gone-ca.pem}}
              validation_context_sds_secret_config: {name: nowhere}
dynamic_resources:
  lds_config: {path_config_source: {path: lds.yaml}}
"#;

const SECRETS: &str = r#"
version_info: "1"
resources:
- "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: own
  tls_certificate: {certificate_chain: {filename: a.pem}, private_key: {filename: gone.key}}
- name: clients
  validation_context: {trusted_ca: {filename: gone-clients.pem}}
- {name: inline, tls_certificate: {certificate_chain: {inline_string: x}, private_key: {inline_string: PLANTED}}}
"#;

const LISTENERS: &str = r#"
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: discovered
  address: {socket_address: {address: 0.0.0.0, port_value: 7443}}
  filter_chains:
  - transport_socket: {typed_config: {common_tls_context: {tls_certificates: [{certificate_chain: {filename: a.pem}}]}}}
    filters: [{typed_config: {rds: {route_config_name: local, config_source: {path: rds.yaml}}}}]
"#;

#[test]
fn files_that_are_discovered_are_followed() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("a.pem", &sample::pem(&["own.example"]));
    write("sds.yaml", SECRETS);
    write(
        "sds.json",
        r#"{"resources":[{"name":"json","resource":{"tls_certificate":{"certificate_chain":{"filename":"a.pem"}}}}]}"#,
    );
    write("torn.yaml", "resources: [");
    write("lds.yaml", LISTENERS);
    write(
        "rds.yaml",
        "resources: [{name: other, virtual_hosts: [{domains: [no.example]}]}, {name: local, virtual_hosts: [{domains: ['r.example:7443', '*']}]}]",
    );
    let found = read("e.yaml", DISCOVERING.as_bytes(), directory.path(), Disk::Here).unwrap();
    let expected =
        ["a.example:8443", "a.example@10.0.0.5:9443", "b.example:8443", "b.example@10.0.0.5:9443", "r.example:7443"];
    assert_eq!(names(&found), expected);
    let file = Some(directory.path().join("a.pem"));
    assert!(found.sightings.iter().all(|sighting| sighting.cert_file == file), "{found:?}");
    let here = format!("{}/", directory.path().display());
    let notices: Vec<String> = found.notices.iter().map(|notice| notice.to_string().replace(&here, "")).collect();
    let expected = [
        "file.broken_reference: the CA file 'gone-clients.pem' leads nowhere",
        "file.broken_reference: the key file 'gone.key' leads nowhere",
        "file.broken_reference: the secret 'nowhere' is defined nowhere",
        "file.broken_reference: the CA file 'gone-ca.pem' leads nowhere",
        "the secret 'clients' is no certificate",
        "file.broken_reference: the secret 'missing' is not in 'sds.yaml'",
        "file.broken_reference: 'gone.yaml' leads nowhere",
        "'torn.yaml' is not followed: not readable as YAML",
        "the secret 'served' comes from a server, and is in no file",
        "the certificate is in no file",
    ];
    assert_eq!(notices.len(), expected.len(), "{notices:#?}");
    for (notice, expected) in notices.iter().zip(expected) {
        assert!(notice.starts_with(&format!("e.yaml: listener web: {expected}")), "{notice}");
    }
    assert!(!format!("{found:?}").contains("PLANTED"));
}

#[test]
fn what_is_on_another_machine_is_not_looked_for() {
    let found = read("e.yaml", DISCOVERING.as_bytes(), Path::new("."), Disk::Elsewhere).unwrap();
    let expected = ["a.example:8443", "a.example@10.0.0.5:9443", "b.example:8443", "b.example@10.0.0.5:9443"];
    assert_eq!(names(&found), expected);
    let told: Vec<String> = found.notices.iter().map(|notice| notice.text.to_string()).collect();
    let expected =
        ["the secret 'nowhere' is defined nowhere", "the secret 'served' comes from a server, and is in no file"];
    assert_eq!(told, expected);
}

#[test]
fn discovery_responses_can_be_sources_themselves() {
    assert!(is_one(SECRETS) && is_one(LISTENERS) && !is_one("resources:\n- deployment.yaml\n"));
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.pem"), sample::pem(&["own.example"])).unwrap();
    let found = read("lds.yaml", LISTENERS.as_bytes(), directory.path(), Disk::Here).unwrap();
    assert_eq!(names(&found), ["own.example:7443"]);
    let found = read("sds.yaml", SECRETS.as_bytes(), directory.path(), Disk::Here).unwrap();
    assert_eq!((found.sightings.len(), found.notices.len()), (0, 1));
    assert!(found.notices[0].text.as_str().starts_with("has no listener"));
    let remote = "dynamic_resources: {lds_config: {ads: {}}}";
    let found = read("e.yaml", remote.as_bytes(), directory.path(), Disk::Here).unwrap();
    assert!(found.notices[0].text.as_str().starts_with("its listeners come from a server"), "{found:?}");
}
