//! Sources on servers: who asks, whom we trust, and that no secret is in what anybody can read.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;
use serde_json::Value;

use super::import::{answers, says};
use super::{err, out, tlscope};

const PLANTED: &str = "pLaNtEd-SeCrEt";
const LIST: &str = r#"[{"targets":["shop.example:443"],"labels":{"env":"prod"}}]"#;
const TARGETS: &str = r#"{"status":"success","data":{"activeTargets":[
    {"labels":{"job":"web","instance":"https://shop.example"},"scrapeUrl":"http://bb/probe?module=m&target=https%3A%2F%2Fshop.example"}]}}"#;
const METRICS: &str = r#"{"status":"success","data":{"resultType":"vector","result":[
    {"metric":{"__name__":"probe_ssl_earliest_cert_expiry","job":"web","instance":"https://shop.example"},"value":[1795651200,"1798070400"]},
    {"metric":{"__name__":"ssl_cert_not_after","job":"far","instance":"far.example:8443","cn":"x"},"value":[1795651200,"1798070400"]}]}}"#;

/// A home with a file and a variable that hold the secret, and a log of everything.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a home");
        fs::write(home.path().join("word"), format!("{PLANTED}\n")).expect("written");
        Self(home)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn command(&self) -> Command {
        let mut command = tlscope(self.0.path());
        command.current_dir(self.0.path()).env("WORD", PLANTED).env("TLSCOPE_LOG", "trace");
        command.args(["--log-file", "log", "--config", "c.toml"]);
        command
    }

    /// Runs it, and looks for the secret where it must not be.
    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command().args(arguments).output().expect("the binary runs");
        for (name, text) in [("output", out(&output)), ("messages", err(&output)), ("log", self.read("log"))] {
            // As it is, and as Basic has it.
            let is_there = text.contains(PLANTED) || text.contains("cExhTnRFZC");
            assert!(!is_there, "the secret is in the {name} of {arguments:?}: {text}");
        }
        output
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }
}

/// What was asked, and with which `Authorization`.
fn said(requests: JoinHandle<Vec<String>>) -> Vec<String> {
    let said = |request: &String| {
        let mut lines = request.lines();
        let path = lines.next().unwrap_or_default().split(['?', ' ']).nth(1).unwrap_or_default().to_owned();
        let who = lines.find_map(|line| line.strip_prefix("authorization: ")).unwrap_or("nobody");
        format!("{path} {who}")
    };
    requests.join().expect("a server").iter().map(said).collect()
}

#[test]
fn a_prometheus_server_is_asked_for_targets_and_metrics_by_whom_the_flags_say() {
    let bench = Bench::new();
    let word = bench.path("word");
    let bearer = format!("Bearer {PLANTED}");
    // u:pLaNtEd-SeCrEt
    let basic = "Basic dTpwTGFOdEVkLVNlQ3JFdA==".to_owned();
    let cases: [(&[&str], &String); 4] = [
        (&["--token-file", &word], &bearer),
        (&["--token-env", "WORD"], &bearer),
        (&["--user", "u", "--password-file", &word], &basic),
        (&["--user", "u", "--password-env", "WORD"], &basic),
    ];
    for (flags, expected) in cases {
        let (address, asked) = answers("application/json", &[TARGETS, METRICS]);
        let output = bench.run(&[&["import"], flags, &[&format!("prometheus:http://{address}")]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let expected = [format!("/api/v1/targets {expected}"), format!("/api/v1/query {expected}")];
        assert_eq!(said(asked), expected, "{flags:?}");
        let rows = out(&output);
        let rows: Vec<&str> = rows.lines().collect();
        assert!(rows[0].starts_with("+ shop.example:443") && rows[0].contains("expires=2026-12-24"), "{rows:?}");
        assert!(
            rows[1].starts_with("+ far.example:8443") && rows[1].contains("job=far expires=2026-12-24"),
            "{rows:?}"
        );
    }
    let (address, _) = answers("application/json", &[TARGETS, METRICS]);
    let json = bench.run(&["import", "--format", "json", &format!("prometheus:http://{address}")]);
    let document: Value = serde_json::from_str(&out(&json)).expect("one document");
    assert_eq!(document["targets"][0]["expires"], "2026-12-24T00:00:00Z");
}

#[test]
fn one_half_of_what_a_server_has_is_not_taken_for_all() {
    let bench = Bench::new();
    let full =
        |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let refuses = |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let import = |first: String, second: String| {
        let (address, asked) = says(vec![first, second]);
        let output = bench.run(&["import", &format!("prometheus:http://{address}")]);
        drop(asked.join());
        output
    };
    let output = import(full(TARGETS), refuses("403 Forbidden"));
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("its metrics about certificates: HTTP 403 Forbidden"), "{}", err(&output));
    assert!(err(&output).contains("/api/v1/targets at the end of the URL asks for targets only"));
    let output = import(refuses("503 Service Unavailable"), full(METRICS));
    assert!(err(&output).contains("': HTTP 503 Service Unavailable\n"), "{}", err(&output));
    // As it is with those that keep the metrics of others.
    let output = import(refuses("404 Not Found"), full(METRICS));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(
        out(&output).contains("+ shop.example:443") && out(&output).contains("no list of targets"),
        "{}",
        out(&output)
    );
}

#[test]
fn a_login_in_a_url_is_used_and_never_shown() {
    let bench = Bench::new();
    let (address, asked) = answers("application/json", &[LIST]);
    let output = bench.run(&["import", "--write", &format!("http_sd:http://u:{PLANTED}@{address}/x")]);
    assert_eq!(said(asked), ["/x Basic dTpwTGFOdEVkLVNlQ3JFdA=="]);
    assert!(out(&output).contains(&format!("  http://{address}/x: group 1\n")), "{}", out(&output));
    assert!(bench.read("c.toml").contains("shop.example") && !bench.read("c.toml").contains(PLANTED));

    let gone = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address");
    let refused = bench.run(&["import", &format!("http_sd:http://u:{PLANTED}@{gone}/x")]);
    assert!(err(&refused).starts_with(&format!("error: cannot read 'http://{gone}/x': ")), "{}", err(&refused));
    for wrong in
        ["http_sd:http://u:{}@a b/", "http_sd:http://u:{}/x@a.example/", "https://u:{}@a.example/", "ftp://u:{}@a/"]
    {
        let output = bench.run(&["import", &wrong.replace("{}", PLANTED)]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    let both = bench.run(&["import", "--token-env", "WORD", &format!("http_sd:http://u:{PLANTED}@{gone}/")]);
    assert!(err(&both).contains("a login stands in the URL, and another is given"), "{}", err(&both));
}

#[test]
fn a_login_is_for_one_server() {
    let bench = Bench::new();
    let usage = |arguments: &[&str], expected: &str| {
        let output = bench.run(&[&["import"], arguments].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains(expected), "{}", err(&output));
    };
    usage(
        &["--token-env", "WORD", "http_sd:http://127.0.0.1:1/", "http_sd:http://127.0.0.1:2/"],
        "is for one server, and there are http://127.0.0.1:1, http://127.0.0.1:2",
    );
    usage(&["--token-env", "WORD", "a.example"], "is for a source that is a URL");
    usage(&["--token-env", "WORD", "--user", "u", "http_sd:http://127.0.0.1:1/"], "a server is shown one of them");
    usage(&["--user", "u", "http_sd:http://127.0.0.1:1/"], "--user needs a password beside it: --password-file or");
    usage(&["--token-env", "NOT_SET", "http_sd:http://127.0.0.1:1/"], "the environment variable NOT_SET is not set");

    let (other, strangers) = answers("application/json", &[LIST]);
    let away =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{other}/y\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let (address, asked) = says(vec![away]);
    let output = bench.run(&["import", "--token-env", "WORD", &format!("http_sd:http://{address}/x")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!((said(asked), said(strangers)), (vec![format!("/x Bearer {PLANTED}")], vec!["/y nobody".to_owned()]));
}

/// A server with TLS that answers that often, and the file of its authority.
fn with_tls(home: &Path, times: usize) -> String {
    serving(home, times, WebPkiClientVerifier::no_client_auth())
}

/// The same with something to say about its clients.
fn serving(home: &Path, times: usize, clients: Arc<dyn ClientCertVerifier>) -> String {
    let pair = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    fs::write(home.join("corp.pem"), pair.cert.pem()).expect("written");
    let key = PrivateKeyDer::Pkcs8(pair.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![pair.cert.der().clone()], key);
    let config = Arc::new(config.expect("a chain and its key"));
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for _ in 0..times {
            let (stream, _) = listener.accept().expect("a client");
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut tls = StreamOwned::new(connection, stream);
            let mut asked = Vec::new();
            let mut byte = [0];
            while !asked.ends_with(b"\r\n\r\n") && tls.read(&mut byte).is_ok_and(|count| count == 1) {
                asked.push(byte[0]);
            }
            let head = format!("Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close", LIST.len());
            let _ = write!(tls, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{LIST}").and_then(|()| tls.flush());
        }
    });
    format!("https://{address}")
}

#[test]
fn a_server_that_asks_for_a_client_certificate_is_presented_one() {
    let bench = Bench::new();
    let own = rcgen::generate_simple_self_signed(vec!["client.example".to_owned()]).expect("a certificate");
    fs::write(bench.path("c.pem"), own.cert.pem()).expect("written");
    fs::write(bench.path("k.pem"), own.signing_key.serialize_pem()).expect("written");
    let mut trusted = RootCertStore::empty();
    trusted.add(own.cert.der().clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), provider).build().expect("roots");
    let url = serving(bench.0.path(), 5, clients);
    let source = format!("http_sd:{url}/");
    let import = |flags: &[&str]| bench.run(&[&["import", "--ca-file", "corp.pem"], flags, &[&source]].concat());
    let refused = import(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("it asks for a client certificate, and none is given"), "{}", err(&refused));
    let shown = import(&["--client-cert", "c.pem", "--client-key", "k.pem"]);
    assert!(out(&shown).contains("+ shop.example:443"), "{}", err(&shown));
    let unread = import(&["--client-cert", "gone.pem"]);
    assert!(err(&unread).contains("cannot use the client certificate of 'gone.pem': No such file"), "{}", err(&unread));
    let alone = import(&["--client-key", "k.pem"]);
    assert!(err(&alone).contains("--client-key needs --client-cert"), "{}", err(&alone));

    let live = |certificate: &str| {
        let text = format!(
            "[trust]\nca_files = [\"corp.pem\"]\n[[inventory]]\nurl = \"{url}/\"\nkind = \"http_sd\"\n\
             client_cert = \"{certificate}\"\nclient_key = \"k.pem\"\n"
        );
        fs::write(bench.path("c.toml"), text).expect("written");
        bench.run(&["config", "check"])
    };
    let fine = live("c.pem");
    assert!(err(&fine).contains("c.toml: fine, 1 target\n"), "{}", err(&fine));
    let bad = live("gone.pem");
    assert_eq!(bad.status.code(), Some(2));
    let told = format!("error: cannot read '{url}/': cannot use the client certificate of '");
    assert!(err(&bad).contains(&told) && err(&bad).contains("gone.pem': No such file"), "{}", err(&bad));
}

#[test]
fn further_authorities_are_trusted_when_fetching_too() {
    let bench = Bench::new();
    let url = with_tls(bench.0.path(), 4);
    let source = format!("http_sd:{url}/");
    let refused = bench.run(&["import", "--token-env", "WORD", &source]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("--ca-file or [trust] can name another"), "{}", err(&refused));
    let flag = bench.run(&["import", "--ca-file", "corp.pem", &source]);
    assert!(out(&flag).contains("+ shop.example:443"), "{}", err(&flag));
    fs::write(bench.path("c.toml"), "[trust]\nca_files = [\"corp.pem\"]\n").expect("written");
    let configured = bench.run(&["import", "--trust", "none", &source]);
    assert!(out(&configured).contains("+ shop.example:443"), "{}", err(&configured));
    let live = format!(
        "[trust]\nca_files = [\"corp.pem\"]\n[[inventory]]\nurl = \"{url}/\"\nkind = \"http_sd\"\ntoken_file = \"word\"\n"
    );
    fs::write(bench.path("c.toml"), live).expect("written");
    let checked = bench.run(&["config", "check"]);
    assert!(err(&checked).contains("c.toml: fine, 1 target\n"), "{}", err(&checked));
}

#[test]
fn a_source_on_a_server_is_kept_and_its_secrets_are_shown_nowhere() {
    let bench = Bench::new();
    let (address, asked) = answers("application/json", &[LIST]);
    let live = |keys: &str| {
        let text = format!("[[inventory]]\nurl = \"http://{address}/x\"\nkind = \"http_sd\"\n{keys}");
        fs::write(bench.path("c.toml"), text).expect("written");
    };
    live("token_env = \"WORD\"\n");
    let checked = bench.run(&["config", "check"]);
    assert!(err(&checked).contains("c.toml: fine, 1 target\n"), "{}", err(&checked));
    assert_eq!(said(asked), [format!("/x Bearer {PLANTED}")]);
    let shown = out(&bench.run(&["config", "show"]));
    assert!(
        shown.contains(&format!("url = \"http://{address}/x\"")) && shown.contains("token_env = \"WORD\""),
        "{shown}"
    );
    let gone = bench.run(&["config", "check"]);
    assert_eq!(gone.status.code(), Some(2));
    assert!(err(&gone).contains(&format!("error: cannot read 'http://{address}/x': ")), "{}", err(&gone));
    let login = format!("[[inventory]]\nurl = \"http://u:{PLANTED}@{address}/x\"\nkind = \"http_sd\"\n");
    fs::write(bench.path("c.toml"), login).expect("written");
    bench.run(&["config", "check"]);
    let shown = out(&bench.run(&["config", "show"]));
    assert!(shown.contains("# The name and password in the URL are not shown."), "{shown}");
}

#[test]
fn lists_that_a_scrape_configuration_has_fetched_are_fetched() {
    let bench = Bench::new();
    let (address, asked) = answers("application/json", &[LIST]);
    fs::write(bench.path("blackbox.yml"), "modules: {tls: {prober: tcp, tcp: {tls: true}}}\n").expect("written");
    let scrape = format!(
        "scrape_configs:\n- job_name: web\n  params: {{module: [tls]}}\n  http_sd_configs:\n  - url: http://{address}/sd\n    \
         basic_auth: {{username: u, password: {PLANTED}}}\n  - url: http://u:{PLANTED}@127.0.0.1:1/gone\n"
    );
    fs::write(bench.path("prometheus.yml"), scrape).expect("written");
    let output = bench.run(&["import", "blackbox:blackbox.yml,prometheus.yml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(said(asked), ["/sd Basic dTpwTGFOdEVkLVNlQ3JFdA=="]);
    let rows = out(&output);
    assert!(rows.contains("+ shop.example:443  env=prod module=tls"), "{rows}");
    assert!(rows.contains("- prometheus.yml: job web: 'http://127.0.0.1:1/gone' is not followed: "), "{rows}");
}
