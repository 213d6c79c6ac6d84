//! `tlscope import`: what it shows, what it writes, and what it leaves alone.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;

use super::{err, out, tlscope};

const FILE_SD: &str =
    r#"[{"targets":["shop.example:443","old.example"],"labels":{"env":"prod"}},{"targets":["*.wild.example"]}]"#;
const CONFIGURATION: &str = "# mine\n[[target]]\ntarget = \"old.example\" # known\n";

fn import(home: &Path, arguments: &[&str]) -> Output {
    let mut command = tlscope(home);
    command.current_dir(home).args(["--config", "c.toml", "import"]).args(arguments).output().expect("the binary runs")
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a home");
    fs::write(home.path().join("c.toml"), CONFIGURATION).expect("written");
    fs::write(home.path().join("a.json"), FILE_SD).expect("written");
    home
}

fn configuration(home: &Path) -> String {
    fs::read_to_string(home.join("c.toml")).expect("a configuration")
}

/// A server's address, and the first line of the one request it answers.
pub(super) fn answers_once(media: &str, body: &str) -> (String, JoinHandle<String>) {
    let (address, asked) = answers(media, &[body]);
    let first = |requests: Vec<String>| requests[0].lines().next().unwrap_or_default().to_owned();
    (address, std::thread::spawn(move || first(asked.join().expect("a server"))))
}

/// A server's address, and the requests that it answers with these, each on a connection of its own.
pub(super) fn answers(media: &str, bodies: &[&str]) -> (String, JoinHandle<Vec<String>>) {
    let answer = |body: &&str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    says(bodies.iter().map(answer).collect())
}

/// The same with whole answers.
pub(super) fn says(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = std::thread::spawn(move || {
        let answer_next = |answer: String| {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut asked = Vec::new();
            let mut byte = [0];
            while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a request") == 1 {
                asked.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).expect("an answer");
            String::from_utf8_lossy(&asked).into_owned()
        };
        answers.into_iter().map(answer_next).collect()
    });
    (address, server)
}

#[test]
fn check_reads_the_sources_of_the_configuration_and_says_what_it_cannot_read() {
    let home = home();
    let sources =
        "[defaults]\ndepth = \"handshake\"\n[[inventory]]\npath = \"a.list\"\n[[inventory]]\npath = \"gone/*.json\"\n";
    fs::write(home.path().join("c.toml"), sources).expect("written");
    fs::write(home.path().join("a.list"), "127.0.0.1:1\n").expect("written");
    let run = |arguments: &[&str]| {
        let mut command = tlscope(home.path());
        command.current_dir(home.path()).args(["--config", "c.toml"]).args(arguments).output().expect("the binary runs")
    };
    let output = run(&["check", "--format", "jsonl"]);
    let verdict: Value = serde_json::from_str(out(&output).lines().next().expect("a verdict")).expect("an object");
    assert_eq!(verdict["target"], "127.0.0.1:1");
    assert!(err(&output).contains("error: cannot read 'gone/*.json': no file matches"), "{}", err(&output));
    assert_eq!(output.status.code(), Some(2), "nobody listens there");
    let named = run(&["check", "127.0.0.1:1"]);
    assert!(!err(&named).contains("cannot read"), "{}", err(&named));
    let checked = run(&["config", "check"]);
    assert_eq!(checked.status.code(), Some(2), "{}", err(&checked));
    let sources = sources.replace("gone/*.json", "a.list");
    fs::write(home.path().join("c.toml"), &sources).expect("written");
    assert!(err(&run(&["config", "check"])).contains("c.toml: fine, 1 target\n"));
    fs::write(home.path().join("a.list"), "").expect("written");
    let blind = run(&["check"]);
    assert_eq!(blind.status.code(), Some(3), "{}", err(&blind));
    assert!(err(&blind).contains("it names no target"), "{}", err(&blind));
}

#[test]
fn shows_what_is_new_known_and_skipped() {
    let home = home();
    let output = import(home.path(), &["a.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let expected = "+ shop.example:443  env=prod  a.json: group 1\n\
                    = old.example:443   env=prod  a.json: group 1\n\
                    - a.json: group 2: '*.wild.example' is no target: a wildcard cannot be connected to; name a host it covers\n";
    assert_eq!(out(&output), expected);
    assert_eq!(err(&output), "1 new, 1 known, 1 skipped; --write adds the new to 'c.toml'\n");
    assert_eq!(configuration(home.path()), CONFIGURATION, "nothing is written unasked");

    let document: Value =
        serde_json::from_str(&out(&import(home.path(), &["--format", "json", "a.json"]))).expect("one document");
    assert_eq!((&document["schema"], &document["kind"]), (&1.into(), &"import".into()));
    assert_eq!(document["targets"][0]["target"], "shop.example:443");
    assert_eq!(document["targets"][1]["state"], "known");
    assert_eq!(document["written"], Value::Null);
    let narrowed = import(home.path(), &["--label", "env=test", "a.json"]);
    assert!(out(&narrowed).starts_with("- "), "no target has that label: {}", out(&narrowed));
}

#[test]
fn writes_at_the_end_with_a_backup_and_only_what_is_new() {
    let home = home();
    let toml = out(&import(home.path(), &["-q", "--format", "toml", "a.json"]));
    assert_eq!(toml, "[[target]]\ntarget = \"shop.example:443\"\nlabels = { \"env\" = \"prod\" }\n");
    let output = import(home.path(), &["--write", "a.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(configuration(home.path()), format!("{CONFIGURATION}\n{toml}"));
    assert_eq!(fs::read_to_string(home.path().join("c.toml.bak")).expect("a backup"), CONFIGURATION);

    let again = import(home.path(), &["--write", "a.json"]);
    assert!(err(&again).contains("0 new, 2 known, 1 skipped; there is nothing to add"), "{}", err(&again));
    assert_eq!(configuration(home.path()), format!("{CONFIGURATION}\n{toml}"));
}

#[test]
fn a_source_that_cannot_be_read_is_told_and_keeps_the_file_as_it_is() {
    let home = home();
    fs::write(home.path().join("broken.json"), "[{\"targets\": 7}]").expect("written");
    for source in ["nowhere.json", "broken.json", "10.0.0.0/8", "nmap:a.json"] {
        let output = import(home.path(), &["--write", "a.json", source]);
        assert_eq!(output.status.code(), Some(2), "{source}");
        assert!(err(&output).starts_with("error: cannot read '"), "{}", err(&output));
        assert!(err(&output).contains("nothing was written"), "{}", err(&output));
        assert!(out(&output).contains("+ shop.example:443"), "the rest is shown");
        assert_eq!(configuration(home.path()), CONFIGURATION);
    }
}

#[test]
fn reads_pipes_and_makes_the_first_configuration() {
    let home = tempfile::tempdir().expect("a home");
    let list = r#"{"kind":"List","items":[{"kind":"Ingress","metadata":{"namespace":"web","name":"shop"},
        "spec":{"tls":[{"hosts":["shop.example"],"secretName":"shop-tls"}]}},
        {"kind":"Secret","metadata":{"name":"s"},"data":{"tls.key":"UExBTlRFRA=="}}]}"#;
    let mut command = tlscope(home.path());
    command.args(["import", "-", "--write", "--config"]).arg(home.path().join("new/c.toml"));
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the binary runs");
    child.stdin.take().expect("piped").write_all(list.as_bytes()).expect("taken");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("kind=Ingress name=shop namespace=web secret=shop-tls"), "{}", out(&output));
    let written = configuration(&home.path().join("new"));
    assert!(written.contains("shop.example:443") && !written.contains("UExBTlRFRA"), "{written}");
    assert!(!out(&output).contains("UExBTlRFRA") && !err(&output).contains("UExBTlRFRA"));
}

#[test]
fn a_server_brings_names_ports_and_certificate_files() {
    let home = home();
    let pair = rcgen::generate_simple_self_signed(vec!["shop.example".to_owned()]).expect("a certificate");
    let both = format!("{}{}", pair.signing_key.serialize_pem(), pair.cert.pem());
    fs::write(home.path().join("shop.pem"), both).expect("written");
    let haproxy = "frontend f\n  bind :8443 ssl crt shop.pem\n  bind :9443 ssl crt gone.pem\n";
    fs::write(home.path().join("haproxy.cfg"), haproxy).expect("written");
    let output = import(home.path(), &["--write", "haproxy.cfg"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let expected = "+ shop.example:8443  cert_file=shop.pem  haproxy.cfg:2\n\
                    - haproxy.cfg:3: file.broken_reference: the certificate file 'gone.pem' leads nowhere\n";
    assert_eq!(out(&output), expected);
    let file = fs::canonicalize(home.path()).expect("a place").join("shop.pem");
    let written = configuration(home.path());
    let table = format!("\n[[target]]\ntarget = \"shop.example:8443\"\ncert_file = \"{}\"\n", file.display());
    assert_eq!(written, format!("{CONFIGURATION}{table}"));
    let json = out(&import(home.path(), &["--format", "json", "haproxy.cfg"]));
    let document: Value = serde_json::from_str(&json).expect("one document");
    let code = document["skipped"][0]["code"].as_str().expect("a code");
    assert_eq!(tlscope(home.path()).args(["explain", code]).output().expect("it runs").status.code(), Some(0));
    let secret = pair.signing_key.serialize_pem().lines().nth(1).expect("a key").to_owned();
    assert!([&written, &json, &out(&output)].iter().all(|text| !text.contains(&secret)), "the key is nowhere");
}

#[test]
fn configurations_are_followed_from_file_to_file() {
    let home = home();
    let pair = rcgen::generate_simple_self_signed(vec!["shop.example".to_owned()]).expect("a certificate");
    fs::write(home.path().join("shop.pem"), pair.cert.pem()).expect("written");
    let envoy = "static_resources: {listeners: [{name: web, address: {socket_address: {address: '::', port_value: 8443}}, \
                 filter_chains: [{transport_socket: {typed_config: {common_tls_context: {\
                 tls_certificate_sds_secret_configs: [{name: shop, sds_config: {path_config_source: {path: sds.yaml}}}]}}}}]}]}\n";
    let secret = "resources: [{name: shop, tls_certificate: {certificate_chain: {filename: shop.pem}, private_key: {filename: gone.key}}}]\n";
    let apache = "<Macro Shop $name>\n<VirtualHost *:9443>\nServerName $name\nSSLCertificateFile shop.pem\n</VirtualHost>\n</Macro>\n\
                  Listen 9443 https\nUse Shop shop.example\nUse Shop\n";
    let caddy = "shop.example:7443 {\n\timport tls.conf\n}\n";
    let files = [
        ("e.yaml", envoy),
        ("sds.yaml", secret),
        ("h.conf", apache),
        ("Caddyfile", caddy),
        ("tls.conf", "tls shop.pem shop.pem\n"),
    ];
    for (name, text) in files {
        fs::write(home.path().join(name), text).expect("written");
    }
    let output = import(home.path(), &["e.yaml", "h.conf", "Caddyfile"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let expected = "+ shop.example:8443  cert_file=shop.pem  e.yaml: listener web\n\
                    + shop.example:9443  cert_file=shop.pem  h.conf:8\n\
                    + shop.example:7443  cert_file=shop.pem  Caddyfile:1\n\
                    - e.yaml: listener web: file.broken_reference: the key file 'gone.key' leads nowhere\n\
                    - h.conf:9: 'Shop' is not followed: values given: 0, parameters: 1\n";
    assert_eq!(out(&output), expected);
}

#[test]
fn fetches_what_is_named_by_a_url() {
    let home = home();
    let (address, asked) = answers_once("application/json; charset=utf-8", FILE_SD);
    let output = import(home.path(), &[&format!("http_sd:http://{address}/fleet?a=b")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(asked.join().expect("a request"), "GET /fleet?a=b HTTP/1.1");
    assert!(out(&output).starts_with("+ shop.example:443  env=prod  http://127.0.0.1:"), "{}", out(&output));
    let (address, _) = answers_once("text/html", "<p>sign in");
    let output = import(home.path(), &["--write", &format!("http_sd:http://{address}/")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("it answers with 'text/html', and not with application/json"), "{}", err(&output));
    let nginx = "server { listen 443 ssl; server_name a.example; ssl_certificate /etc/hostname; }";
    let (address, _) = answers_once("text/plain", nginx);
    let output = import(home.path(), &[&format!("nginx:http://{address}/")]);
    assert!(out(&output).contains("+ a.example:443") && !out(&output).contains("cert_file"), "{}", out(&output));
}
