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
    let found = read(&[("s", SCRAPE, here), ("m", MODULES, here)], &Roots::default(), Disk::Elsewhere).unwrap();
    let told: Vec<String> = found
        .sightings
        .iter()
        .map(|one| format!("{} {:?} {:?} {}", one.spec, one.starttls, one.servername, one.client.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            "shop.example:443 None Some(\"www.example\") false",
            "mx.example:2525 Some(Smtp) None false",
            "db.example:5432 Some(Tls) None false",
            "a.example:443 None None false",
            "grpc.example:9443 None None false",
            "sure.example:443 None None false",
        ]
    );
    assert_eq!(found.sightings[0].labels, labels([("env", "prod"), ("module", "http_2xx")]));
    let notices: Vec<String> = found.notices.iter().map(Notice::to_string).collect();
    assert_eq!(
        notices,
        [
            "s: job web: 'api.example' is probed without TLS by module 'http_2xx'",
            "s: job web: 'http://plain.example' is probed without TLS by module 'http_2xx'",
            "s: job ssh: 'a.example:22' is probed without TLS by module 'ssh'",
            "s: job odd: its module 'none' is in no file that was named",
            "s: job sd: 'http://sd.example/' is not followed: name it as a source of its own, as http_sd:URL",
            "s: job web: its client certificate is on another machine, and is not presented",
        ]
    );
    let text = String::from_utf8_lossy(SCRAPE);
    let own: String = text.split_inclusive('\n').filter(|line| !line.contains("http_sd_configs")).collect();
    let found = read(&[("s", own.as_bytes(), here), ("m", MODULES, here)], &Roots::default(), Disk::Here).unwrap();
    assert_eq!(found.sightings[0].client, Some(("/etc/bb/c.pem".into(), Some("/etc/bb/k.pem".into()))));
}

/// What comes of one target probed by one module, and what is told; `more` are keys of the job.
fn probed(module: &str, target: &str, more: &str) -> String {
    let modules = format!("modules: {{m: {module}}}");
    let scrape =
        format!("scrape_configs: [{{params: {{module: [m]{more}}}, static_configs: [{{targets: ['{target}']}}]}}]");
    let here = Path::new("/etc/bb");
    let files = [("m", modules.as_bytes(), here), ("s", scrape.as_bytes(), here)];
    let found = read(&files, &Roots::default(), Disk::Elsewhere).unwrap();
    let told = found.notices.iter().map(|notice| notice.text.to_string());
    let sightings = found.sightings.iter().map(|one| {
        let name = one.servername.as_deref().unwrap_or("-");
        let starttls = one.starttls.map_or("-", Protocol::name);
        format!("{} {name} {starttls}", one.spec)
    });
    sightings.chain(told).collect::<Vec<_>>().join("; ")
}

#[test]
fn http_is_what_the_exporter_makes_of_it() {
    let plain = "{prober: http}";
    let sure = "{prober: http, http: {fail_if_not_ssl: true, tls_config: {server_name: x.example}}}";
    let host = "{prober: http, http: {headers: {host: www.example, X-Number: 1}}}";
    let named = "{prober: http, http: {headers: {Host: www.example}, tls_config: {server_name: x.example}}}";
    let hostname = ", hostname: [h.example]";
    let cases = [
        (plain, "https://a.example:8443/x", "", "a.example:8443 - -"),
        (plain, "https://10.0.0.1/", hostname, "10.0.0.1:443 h.example -"),
        (plain, "a.example", "", "'a.example' is probed without TLS by module 'm'"),
        (plain, "a.example:443", "", "'a.example:443' is probed without TLS by module 'm'"),
        (plain, "http://u:planted@a.example/", "", "'http://a.example/' is probed without TLS by module 'm'"),
        (sure, "https://a.example", "", "a.example:443 x.example -"),
        (sure, "a.example", "", "a.example:443 - -"),
        (sure, "http://a.example:80/x", "", "a.example:443 - -"),
        (sure, "[::1]", "", "[::1]:443 - -"),
        (
            sure,
            "a.example:8080",
            "",
            "'a.example:8080' is led to TLS from plain HTTP on a port of its own, and where is not known, by module 'm'",
        ),
        (host, "https://10.0.0.1", "", "10.0.0.1:443 www.example -"),
        (named, "https://10.0.0.1", hostname, "10.0.0.1:443 x.example -"),
    ];
    for (module, target, more, expected) in cases {
        assert_eq!(probed(module, target, more), expected, "{target} by {module}");
    }
}

#[test]
fn conversations_are_known_by_their_commands() {
    let script = |steps: &str| format!("{{prober: tcp, tcp: {{query_response: [{steps}, {{starttls: true}}]}}}}");
    let cases = [
        ("{expect: 220}, {send: 'EHLO x'}, {send: STARTTLS}", "smtp"),
        ("{send: 'LHLO x'}, {send: STARTTLS}", "lmtp"),
        ("{expect: '^\\\\+OK'}, {send: STLS}", "pop3"),
        ("{expect: OK}, {send: '. STARTTLS'}", "imap"),
        ("{expect: OK}, {send: 'a1 starttls'}", "imap"),
        ("{send: 'AUTH TLS'}", "ftp"),
        ("{send: \"<stream:stream xmlns='jabber:client'>\"}, {send: '<starttls/>'}", "xmpp"),
        ("{send: \"<stream:stream xmlns='jabber:server'>\"}, {send: '<starttls/>'}", "xmpp-server"),
        ("{expect: '\"SIEVE\"'}, {send: STARTTLS}", "sieve"),
        ("{expect: '^20[01]'}, {send: STARTTLS, expect: '^382'}", "nntp"),
    ];
    for (steps, expected) in cases {
        assert_eq!(probed(&script(steps), "a.example:9999", ""), format!("a.example:9999 - {expected}"), "{steps}");
    }
    let strange = script("{send: LET-US-ENCRYPT}");
    let told = probed(&strange, "a.example:9999", "");
    assert!(told.starts_with("'a.example:9999' gets to TLS by what module 'm' says, which is not known"), "{told}");
    assert_eq!(probed(&strange, "a.example:389", ""), "a.example:389 - -", "the port says it");
    let tls = "{prober: tcp, tcp: {tls: true, tls_config: {server_name: x.example}}}";
    assert_eq!(probed(tls, "a.example:25", ", hostname: [h.example]"), "a.example:25 x.example tls");
    let tls = "{prober: tcp, tcp: {tls: true}}";
    assert_eq!(probed(tls, "a.example:8443", ", hostname: [h.example]"), "a.example:8443 h.example -");
}

#[test]
fn targets_are_found_in_files() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.yml"), "- targets: ['a.example:1']\n").unwrap();
    std::fs::write(directory.path().join("b.yml"), "- targets: 7\n").unwrap();
    let scrape = b"scrape_configs: [{job_name: j, params: {module: [tls]}, file_sd_configs: [{files: [a.yml, b.yml, '*.json']}]}]";
    let found = read(&[("m", MODULES, Path::new("/")), ("s", scrape, directory.path())], &Roots::default(), Disk::Here)
        .unwrap();
    assert_eq!(found.sightings[0].spec.to_string(), "a.example:1");
    let told: Vec<&str> = found.notices.iter().map(|notice| notice.text.as_str()).collect();
    assert!(told[0].contains("b.yml' is not followed: not readable as YAML"), "{told:?}");
    assert_eq!(told[1], "'*.json' is not followed: no file matches");
    assert!(
        found.incomplete.unwrap().as_str().contains("b.yml: not readable as YAML"),
        "what matches nothing is all there"
    );
}

#[test]
fn modules_alone_are_half_of_it() {
    let found = read(&[("m", MODULES, Path::new("/"))], &Roots::default(), Disk::Elsewhere).unwrap();
    assert!(found.notices[0].text.as_str().contains("blackbox:MODULES,SCRAPE"));
    assert!(
        read(&[("m", b"modules: 7", Path::new("/"))], &Roots::default(), Disk::Elsewhere)
            .unwrap_err()
            .starts_with("m: not readable")
    );
}
