//! The rules about clients against the clients themselves: OpenSSL, Go, Java and rustls connect to servers with the
//! same chains. Each is left out, saying so, where it is not installed.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

mod papers;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tlscope::inventory::{Recipe, parse};
use tlscope::model::{ClientClass, ClientVerdict, SurveyReason, SystemClock, TargetId};
use tlscope::probe::{Prober, Settings, StoreChoice, TrustStores};

use self::papers::{HOST, Papers};

/// Surveys at a time.
const AT_ONCE: usize = 4;

/// An `openssl s_server` with one chain.
struct Server {
    name: &'static str,
    child: Child,
    address: SocketAddr,
    trusted: PathBuf,
    /// Kept open: a server that cannot write ends.
    _output: Box<dyn Iterator<Item = String>>,
}

impl Server {
    fn start(papers: &Papers, directory: &Path) -> Self {
        let write = |kind: &str, text: &str| {
            let path = directory.join(format!("{}.{kind}", papers.name.replace(' ', "-")));
            fs::write(&path, text).expect("written");
            path
        };
        let (leaf, rest) = papers.chain.split_first().expect("a leaf");
        let trusted = write("trusted", &papers.trusted);
        let mut command = Command::new("openssl");
        // Nothing is too weak for the server: it is for the clients to refuse.
        command.args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cipher", "ALL:@SECLEVEL=0"]);
        command.arg("-cert").arg(write("leaf", leaf)).arg("-key").arg(write("key", &papers.key));
        if !rest.is_empty() {
            command.arg("-cert_chain").arg(write("chain", &rest.concat()));
        }
        let mut child = command
            .args(["-no-CAfile", "-no-CApath", "-no-CAstore"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the openssl command is installed");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let address = output.find_map(|line| line.strip_prefix("ACCEPT ")?.parse().ok());
        let address = address.expect("it is served");
        Self { name: papers.name, child, address, trusted, _output: Box::new(output) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// By port: nothing, or why the client refused.
type Outcomes = BTreeMap<u16, Option<String>>;

fn is_installed(command: &str, argument: &str) -> bool {
    let found = Command::new(command).arg(argument).output();
    if let Err(error) = &found {
        eprintln!("skipped, as the {command} command cannot be run: {error}");
    }
    found.is_ok()
}

/// A program that reads lines of port and CA file, and answers with lines of port and result.
fn by_program(mut command: Command, servers: &[Server]) -> Outcomes {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    for server in servers {
        writeln!(input, "{} {}", server.address.port(), server.trusted.display()).expect("it reads");
    }
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |line: &str| {
        let (port, result) = line.split_once(' ').expect("port and result");
        (port.parse().expect("a port"), (result != "ok").then(|| result.to_owned()))
    };
    text.lines().map(line).collect()
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

fn java(servers: &[Server]) -> Option<Outcomes> {
    if !is_installed("java", "-version") {
        return None;
    }
    let mut command = Command::new("java");
    command.arg(source("Connect.java")).arg(HOST);
    Some(by_program(command, servers))
}

fn go(servers: &[Server], directory: &Path) -> Option<Outcomes> {
    if !is_installed("go", "version") {
        return None;
    }
    let mut command = Command::new("go");
    command.arg("run").arg(source("connect.go")).arg(HOST);
    command.env("GOCACHE", directory.join("go-cache")).env("GO111MODULE", "off").env("GOTOOLCHAIN", "local");
    Some(by_program(command, servers))
}

fn openssl(servers: &[Server]) -> Outcomes {
    let connect = |server: &Server| {
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &server.address.to_string(), "-servername", HOST, "-verify_hostname", HOST])
            .arg("-CAfile")
            .arg(&server.trusted)
            // Level 2 is the default since 3.2, and of Debian before.
            .args(["-no-CApath", "-no-CAstore", "-verify_return_error", "-cipher", "DEFAULT:@SECLEVEL=2"])
            .stdin(Stdio::null())
            .output()
            .expect("openssl runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let why = text.lines().find(|line| line.starts_with("verify error")).unwrap_or("no reason given").to_owned();
        (server.address.port(), (!output.status.success()).then_some(why))
    };
    servers.iter().map(connect).collect()
}

async fn rustls(servers: &[Server]) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for server in servers {
        let mut roots = rustls::RootCertStore::empty();
        for root in CertificateDer::pem_file_iter(&server.trusted).expect("read") {
            roots.add(root.expect("a certificate")).expect("an anchor");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.expect("versions").with_root_certificates(roots).with_no_client_auth();
        let stream = tokio::net::TcpStream::connect(server.address).await.expect("connected");
        let name = ServerName::try_from(HOST).expect("a name");
        let result = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        outcomes.insert(server.address.port(), result.err().map(|error| error.to_string()));
    }
    outcomes
}

/// What the survey says of one server.
async fn predicted(server: &Server) -> Vec<ClientVerdict> {
    let (stores, _) = TrustStores::load(&[StoreChoice::File(server.trusted.clone())]).expect("the CA file is read");
    let prober = Prober::new(&Settings::default(), stores, Arc::new(SystemClock)).expect("a prober");
    let spec = parse(&format!("{HOST}@{}", server.address)).expect("a notation");
    let recipe = Recipe { timeout: Duration::from_secs(10), ..Recipe::default() };
    let target = Arc::new(recipe.target(TargetId(0), &spec));
    let seen = prober.probe(&target, server.address).await;
    let survey = prober.survey(&target, &seen, &[], SurveyReason::Asked).await;
    survey.paths.expect("a chain was seen").clients
}

#[tokio::test]
async fn the_clients_do_as_the_rules_say() {
    if !is_installed("openssl", "version") {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let papers = papers::all().into_iter().chain(papers::weak(directory.path()));
    let servers: Vec<Server> = papers.map(|papers| Server::start(&papers, directory.path())).collect();
    let mut clients = vec![(ClientClass::OpenSsl, openssl(&servers)), (ClientClass::Rustls, rustls(&servers).await)];
    clients.extend(java(&servers).map(|outcomes| (ClientClass::Java, outcomes)));
    clients.extend(go(&servers, directory.path()).map(|outcomes| (ClientClass::Go, outcomes)));
    let mut wrong = Vec::new();
    let predicted: Vec<_> = futures_util::stream::iter(&servers).map(predicted).buffered(AT_ONCE).collect().await;
    for (server, predicted) in servers.iter().zip(predicted) {
        for (class, outcomes) in &clients {
            let verdict = predicted.iter().find(|verdict| verdict.client == *class).expect("a verdict");
            let outcome = &outcomes[&server.address.port()];
            let line = format!(
                "{}: {} {} ({}), and did: {}",
                server.name,
                class.name(),
                if verdict.accepts { "should accept" } else { "should refuse" },
                verdict.why,
                outcome.as_deref().unwrap_or("accept")
            );
            println!("{line}");
            if verdict.accepts != outcome.is_none() {
                wrong.push(line);
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
