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

/// The same with the names of fields in lowerCamelCase.
fn camel(text: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_name) {
        out.push_str(&rest[..start]);
        let end = rest[start..].find(|c| !is_name(c)).map_or(rest.len(), |length| start + length);
        let (word, after) = (&rest[start..end], &rest[end..]);
        let is_key = after.starts_with(':') || after.starts_with("\":");
        let mut parts = word.split('_').filter(|part| is_key && !part.is_empty());
        out.push_str(parts.next().unwrap_or(word));
        for part in parts {
            out.extend([&part[..1].to_ascii_uppercase(), &part[1..]]);
        }
        rest = after;
    }
    out + rest
}

#[test]
fn names_of_fields_can_be_in_camel_case() {
    assert_eq!(
        camel("{path_config_source: {\"server_names\": [a_b.example]}}"),
        "{pathConfigSource: {\"serverNames\": [a_b.example]}}"
    );
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let routes = "resources: [{name: local, virtual_hosts: [{domains: ['r.example:7443', '*']}]}]";
    let secrets =
        r#"{"resources":[{"name":"json","resource":{"tls_certificate":{"certificate_chain":{"filename":"a.pem"}}}}]}"#;
    let certificates = r#"{"certificates":[{"cert_chain":[{"path":"x","subject_alt_names":[{"dns":"a.example"},{"ip_address":"192.0.2.1"}]}]}]}"#;
    write("a.pem", &sample::pem(&["own.example"]));
    write("torn.yaml", "resources: [");
    let all = |spelled: &dyn Fn(&str) -> String| {
        let files = [("sds.yaml", SECRETS), ("sds.json", secrets), ("lds.yaml", LISTENERS), ("rds.yaml", routes)];
        for (name, text) in files {
            write(name, &spelled(text));
        }
        let sources = [BOOTSTRAP, DISCOVERING, LISTENERS, SECRETS, certificates, DUMP].map(spelled);
        sources.map(|text| read("e", text.as_bytes(), directory.path(), Disk::Here).unwrap())
    };
    let (snake, camel) = (all(&str::to_owned), all(&camel));
    assert_eq!(snake, camel);
    assert_eq!(snake.map(|found| found.sightings.len()), [4, 5, 1, 0, 2, 4]);
    assert!(is_one("admin: {}\nstaticResources:\n") && is_one("dynamicResources: {}\n"));
}

/// Empty fields are those that are left out, and numbers can be in quotes: so says `ProtoJSON`.
#[test]
fn what_is_empty_is_left_out() {
    let yaml = "static_resources:\n  secrets:\n  listeners:\n  - name: web\n    listener_filters:\n    address: {socket_address: {address: 0.0.0.0, port_value: \"8443\"}}\n    filter_chains:\n    - filter_chain_match: {server_names: [a.example]}\n      filters:\n      transport_socket: {typed_config: {common_tls_context: {tls_certificates: null}}}\n";
    let found = read("e", yaml.as_bytes(), Path::new("."), Disk::Elsewhere).unwrap();
    assert_eq!(names(&found), ["a.example:8443"]);
    let json = r#"{"staticResources":{"secrets":null,"listeners":[{"name":null,"address":{"socketAddress":{"address":"10.0.0.1","portValue":"8443","protocol":null}},"listenerFilters":null,"filterChains":[
        {"filterChainMatch":null,"filters":[{"typedConfig":{"routeConfig":{"virtualHosts":[{"domains":["a.example"]}]}}}],"transportSocket":{"typedConfig":{"commonTlsContext":{"tlsCertificates":null,"validationContext":null}}}}]}]},"dynamicResources":null}"#;
    let found = read("e", json.as_bytes(), Path::new("."), Disk::Elsewhere).unwrap();
    assert_eq!(names(&found), ["a.example@10.0.0.1:8443"]);
    assert_eq!(
        names(&read("e", json.replace("\"8443\"", "null").as_bytes(), Path::new("."), Disk::Elsewhere).unwrap()),
        [""; 0]
    );
    for port in ["\"x\"", "70000", "-1"] {
        assert!(
            read("e", json.replace("\"8443\"", port).as_bytes(), Path::new("."), Disk::Elsewhere).is_err(),
            "{port}"
        );
    }
}

#[test]
fn filters_are_what_their_type_says() {
    let of = |filter: &str| BOOTSTRAP.replace("{name: envoy.filters.listener.proxy_protocol}", filter);
    let typed = "{name: x, typed_config: {\"@type\": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol, allow_requests_without_proxy_protocol: false}}";
    let wants = |filter: &str| {
        let found = read("e", of(filter).as_bytes(), Path::new("."), Disk::Elsewhere).unwrap();
        found
            .notices
            .iter()
            .any(|notice| notice.to_string() == "e: listener behind: wants the PROXY protocol before TLS")
    };
    assert!(wants(typed));
    assert!(!wants(&typed.replace("false", "true")) && !wants("{name: tls_inspector}"));
}

const DUMP: &str = r#"{"configs": [
  {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": {"static_resources": {
    "listeners": [{"name": "twice"}], "secrets": [{"name": "own", "tls_certificate": {"certificate_chain": {"filename": "gone.pem"}}}],
    "clusters": [{"name": "x", "load_assignment": {}}]}, "dynamic_resources": {"lds_config": {"ads": {}}}}},
  {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "static_clusters": [{"cluster": {}}]},
  {"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
   "static_listeners": [{"listener": {"name": "a", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 8443}},
     "filter_chains": [{"filter_chain_match": {"server_names": ["a.example"]}, "transport_socket": {"typed_config": {"common_tls_context": {
       "tls_certificate_sds_secret_configs": [{"name": "own"}]}}}}]}}],
   "dynamic_listeners": [
     {"name": "b", "active_state": {"listener": {"name": "b", "address": {"socket_address": {"address": "10.0.0.5", "port_value": 9443}},
       "filter_chains": [{"filters": [{"typed_config": {"rds": {"route_config_name": "r", "config_source": {"ads": {}}}}}],
         "transport_socket": {"typed_config": {"common_tls_context": {"tls_certificate_sds_secret_configs": [{"name": "far", "sds_config": {"ads": {}}}]}}}}]}}},
     {"name": "c", "warming_state": {"listener": {"name": "c"}}}]},
  {"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", "static_route_configs": [{"route_config": {"name": "s"}}],
   "dynamic_route_configs": [{"route_config": {"name": "r", "virtual_hosts": [{"domains": ["b.example", "c.example:9443", "d.example"]}]}}]},
  {"@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump", "dynamic_active_secrets": [{"name": "far",
     "secret": {"name": "far", "tls_certificate": {"certificate_chain": {"filename": "a.pem"}, "private_key": {"inline_string": "PLANTED"}}}}]}
]}"#;

#[test]
fn a_dump_has_what_comes_from_servers_as_well() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.pem"), sample::pem(&["own.example"])).unwrap();
    let found = read("dump", DUMP.as_bytes(), directory.path(), Disk::Here).unwrap();
    let expected = [
        "a.example:8443 ",
        "b.example@10.0.0.5:9443 a.pem",
        "c.example@10.0.0.5:9443 a.pem",
        "d.example@10.0.0.5:9443 a.pem",
    ];
    assert_eq!(sample::told(&found), expected);
    let told = |found: &Found| found.notices.iter().map(ToString::to_string).collect::<Vec<_>>();
    let expected = [
        "dump: the listener 'c' is still warming, and not served yet",
        "dump: listener a: file.broken_reference: the certificate file 'gone.pem' leads nowhere",
    ];
    assert_eq!(told(&found), expected);
    assert!(!format!("{found:?}").contains("PLANTED"));

    // That of another machine.
    let found = read("dump", DUMP.as_bytes(), Path::new("/nowhere"), Disk::Here).unwrap();
    assert_eq!(found.sightings.len(), 4);
    assert_eq!(
        told(&found)[1..],
        ["dump: none of the certificate files it names is on this machine: none is looked at"]
    );
}

/// `/config_dump?resource=dynamic_listeners` lists them without what they are in.
#[test]
fn a_dump_can_be_of_one_kind_of_resource() {
    let listener = r#"{"name":"b","address":{"socket_address":{"address":"::","port_value":9443}},"filter_chains":[{"filter_chain_match":{"server_names":["b.example"]},"transport_socket":{"typed_config":{"common_tls_context":{}}}}]}"#;
    for held in [format!(r#""active_state":{{"listener":{listener}}}"#), format!(r#""listener":{listener}"#)] {
        let text = format!(
            r#"{{"configs":[{{"@type":"type.googleapis.com/envoy.admin.v3.ListenersConfigDump.X","name":"b",{held}}}]}}"#
        );
        let found = read("dump", text.as_bytes(), Path::new("."), Disk::Elsewhere).unwrap();
        assert_eq!((names(&found), found.notices.len()), (vec!["b.example:9443".to_owned()], 0));
    }
    let bootstrap = format!(r#"{{"configs":[{{"bootstrap":{{"static_resources":{{"listeners":[{listener}]}}}}}}]}}"#);
    let found = read("dump", bootstrap.as_bytes(), Path::new("."), Disk::Elsewhere).unwrap();
    assert_eq!(names(&found), ["b.example:9443"]);
    let found = read("dump", b"{\"configs\":[{}]}", Path::new("."), Disk::Elsewhere).unwrap();
    assert_eq!(found.notices[0].to_string(), "dump: there is no listener in the dump");
}

#[test]
fn what_chains_have_from_elsewhere_is_limited() {
    let chain = |context: &str, filters: &str| {
        format!(
            r#"{{"transport_socket":{{"typed_config":{{"common_tls_context":{{{context}}}}}}},"filters":[{filters}]}}"#
        )
    };
    let listener = |chain: &str| {
        format!(r#"{{"name":"l","address":{{"socket_address":{{"port_value":443}}}},"filter_chains":[{chain}]}}"#)
    };
    let is_told = |text: &str, end: &str| {
        let found = read("e", text.as_bytes(), Path::new("/"), Disk::Elsewhere).unwrap();
        let is_told = found.notices.iter().any(|notice| notice.text.as_str().ends_with(end));
        assert!(is_told, "{:?}", found.notices);
    };
    let named = vec![r#"{"name":"s"}"#; 17].join(",");
    let context = format!(r#""tls_certificate_sds_secret_configs":[{named}]"#);
    let secrets = r#"[{"name":"s","tls_certificate":{"certificate_chain":{"filename":"/c.pem"}}}]"#;
    let listeners = listener(&chain(&context, ""));
    let text = format!(r#"{{"static_resources":{{"secrets":{secrets},"listeners":[{listeners}]}}}}"#);
    is_told(&text, "only the first 16 of its 17 secrets are taken");

    let domains: Vec<String> = (0..10_000).map(|number| format!(r#""h{number}.example""#)).collect();
    let table = format!(r#"{{"name":"r","virtual_hosts":[{{"domains":[{}]}}]}}"#, domains.join(","));
    let filters = vec![r#"{"typed_config":{"rds":{"route_config_name":"r"}}}"#; 60].join(",");
    let listeners = listener(&chain("", &filters));
    let text = format!(
        r#"{{"configs":[{{"dynamic_route_configs":[{{"route_config":{table}}}]}},{{"static_listeners":[{{"listener":{listeners}}}]}}]}}"#
    );
    is_told(&text, "its routes are left out: more than 500000 virtual hosts");
}
