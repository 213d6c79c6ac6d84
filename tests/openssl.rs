//! The probe and the diagnosis against servers that are not ours: `openssl s_server`.
//!
//! Linux only: the `openssl` of macOS is `LibreSSL`, which knows other options. Skipped where there is none.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

mod judged;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tlscope::inventory::{self, Recipe};
use tlscope::model::{Outcome, Resumption, Sessions, SurveyReason, Target, TargetId, TlsVersion};
use tlscope::probe::Settings;

const HOST: &str = "shop.example";
const OTHER: &str = "other.example";

/// Who is served, the server's own options, and the cause that must be named.
const CASES: &[(&str, &[&str], Option<&str>)] = &[
    (HOST, &[], None),
    (HOST, &["-tls1_2"], None),
    (OTHER, &[], Some("cert.name_mismatch")),
    (HOST, &["-tls1_3", "-Verify", "1"], Some("mtls.required")),
    (HOST, &["-tls1_2", "-Verify", "1"], Some("mtls.required")),
    (HOST, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], Some("cfg.legacy_only")),
    (HOST, &["-tls1_2", "-cipher", "AES128-SHA"], Some("hs.no_shared_cipher")),
    (HOST, &["-servername", OTHER, "-servername_fatal"], Some("hs.sni_unrecognized")),
];

/// A running `openssl s_server`, ended when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
    /// Kept open: a server that cannot write ends.
    _output: Box<dyn Iterator<Item = String>>,
}

impl Server {
    /// Starts on a port of the system's choice with the papers of `name`.
    fn start(papers: &Path, name: &str, options: &[&str]) -> Self {
        let file = |kind: &str| papers.join(format!("{name}.{kind}"));
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0"])
            // It does not serve pages and take early data at the same time.
            .args(if options.contains(&"-early_data") { None } else { Some("-www") })
            .arg("-cert")
            .arg(file("pem"))
            .arg("-key")
            .arg(file("key"))
            // For clients that ask for the name of `-servername`.
            .arg("-cert2")
            .arg(file("pem"))
            .arg("-key2")
            .arg(file("key"))
            .args(options)
            // Kept open: at its end a server that serves no pages ends, too.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the openssl command is installed");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let address = output.find_map(|line| line.strip_prefix("ACCEPT ")?.parse().ok());
        Self { child, address: address.expect("the server says where it accepts"), _output: Box::new(output) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A root, and a leaf for each name, as files; `None` where there is no server to give them to.
fn papers() -> Option<TempDir> {
    if let Err(error) = Command::new("openssl").arg("version").output() {
        eprintln!("skipped, as the openssl command cannot be run: {error}");
        return None;
    }
    let papers = tempfile::tempdir().expect("a directory");
    let directory = papers.path();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Root beside OpenSSL");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let root = params.self_signed(&key).expect("a root");
    fs::write(directory.join("root.pem"), root.pem()).expect("written");
    let issuer = Issuer::new(params, key);
    for name in [HOST, OTHER] {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let leaf = params.signed_by(&key, &issuer).expect("a leaf");
        fs::write(directory.join(format!("{name}.pem")), leaf.pem()).expect("written");
        fs::write(directory.join(format!("{name}.key")), key.serialize_pem()).expect("written");
    }
    Some(papers)
}

fn target(address: SocketAddr) -> Arc<Target> {
    let spec = inventory::parse(&format!("{HOST}@{address}")).expect("a notation");
    Arc::new(Recipe::default().target(TargetId(0), &spec))
}

#[tokio::test]
async fn the_cause_is_named_with_servers_of_another_make() {
    let Some(papers) = papers() else { return };
    let prober = judged::prober(&papers.path().join("root.pem"), &Settings::default());
    for (name, options, expected) in CASES {
        println!("s_server {options:?} as {name}");
        let server = Server::start(papers.path(), name, options);
        let judgement = judged::probe_and_judge(&prober, &target(server.address), |seen| !seen.is_handshake()).await;
        let cause = judgement.findings.first().map(|finding| finding.code.0);
        assert_eq!(cause, *expected, "found {}", judged::words(&judgement));
    }
}

#[tokio::test]
async fn the_version_is_seen_with_a_server_of_another_make() {
    let Some(papers) = papers() else { return };
    let prober = judged::prober(&papers.path().join("root.pem"), &Settings::default());
    for (options, version) in [(&[][..], TlsVersion(0x0304)), (&["-tls1_2"], TlsVersion(0x0303))] {
        let server = Server::start(papers.path(), HOST, options);
        let observation = prober.probe(&target(server.address), server.address).await;
        assert_eq!(observation.outcome, Outcome::Handshake);
        assert_eq!(observation.handshake.expect("a handshake").version, Some(version));
    }
}

#[tokio::test]
async fn sessions_are_taken_up_with_a_server_of_another_make() {
    let Some(papers) = papers() else { return };
    let prober = judged::prober(&papers.path().join("root.pem"), &Settings::default());
    let (works, nothing) = (Some(Resumption::Works), Some(Resumption::NotOffered));
    let cases: [(&[&str], _); 5] = [
        (&[], (&works, &works, &works, None)),
        (&["-early_data", "-max_early_data", "4096"], (&works, &works, &works, Some(4096))),
        (&["-no_ticket"], (&works, &nothing, &works, None)),
        (&["-num_tickets", "0"], (&nothing, &works, &works, None)),
        (&["-tls1_2", "-no_cache", "-no_ticket"], (&None, &nothing, &nothing, None)),
    ];
    for (options, expected) in cases {
        let server = Server::start(papers.path(), HOST, options);
        let target = target(server.address);
        let seen = prober.probe(&target, server.address).await;
        let survey = prober.survey(&target, &seen, &target.pinned, SurveyReason::Asked).await;
        let Sessions { ticket, legacy_ticket, session_id, early_data, .. } = survey.sessions.expect("a handshake");
        assert_eq!((&ticket, &legacy_ticket, &session_id, early_data), expected, "{options:?}");
    }
}
