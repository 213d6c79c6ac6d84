use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Lab, MEMBERS, Member, list_text};
use crate::model::{Clock as _, SystemClock, TargetId};

async fn lab() -> Lab {
    Lab::start(Arc::new(SystemClock)).await.expect("the lab starts")
}

#[test]
fn names_are_unique_and_every_service_is_known() {
    let names: BTreeSet<&str> = MEMBERS.iter().map(|plan| plan.name).collect();
    assert_eq!(names.len(), MEMBERS.len());
    for plan in MEMBERS {
        let known = super::members::SERVICES.iter().any(|(service, ..)| *service == plan.service);
        assert!(known, "service of {} is not in SERVICES", plan.name);
        assert_eq!(plan.truth.starts_with("healthy"), plan.expected.is_none(), "{}", plan.name);
    }
}

/// `benches/idle.rs` watches twenty of them, picked by these words.
#[tokio::test]
async fn twenty_healthy_members_have_one_address_each() {
    let lab = lab().await;
    let healthy = lab.members().iter().filter(|member| member.expected.is_none());
    assert!(healthy.clone().all(|member| member.addresses.len() == 1));
    let text = lab.serve_text(Path::new("/tmp/lab-ca.pem"), |name| format!("/tmp/{name}.pem").into());
    let marked = text.lines().filter(|line| line.contains("  # healthy: "));
    assert_eq!(marked.count(), healthy.clone().filter(|member| member.is_plain()).count());
    assert!(healthy.count() >= 20);
}

#[test]
fn the_list_is_aligned() {
    let text = list_text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), MEMBERS.len() + 1);
    let column = lines[0].find("TRUTH").expect("heading");
    for (line, plan) in lines[1..].iter().zip(MEMBERS) {
        assert!(line.starts_with(plan.name));
        assert_eq!(&line[column..], plan.truth);
    }
}

#[tokio::test]
async fn the_ca_is_one_self_signed_authority() {
    let lab = lab().await;
    let blocks = pem::parse_many(lab.ca_pem()).expect("PEM");
    assert_eq!(blocks.len(), 1);
    let root = crate::model::Certificate::parse(blocks[0].contents()).expect("a certificate");
    assert!(root.self_signed);
    assert_eq!(root.is_ca, Some(true));
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("ca.pem");
    lab.write_ca_file(&path).expect("written");
    assert_eq!(std::fs::read_to_string(&path).expect("read"), lab.ca_pem());
    let error = lab.write_ca_file(directory.path()).expect_err("a directory is not a file");
    assert!(error.to_string().contains(&*directory.path().to_string_lossy()));
}

#[tokio::test]
async fn targets_are_numbered_and_pinned() {
    let lab = lab().await;
    let targets = lab.targets(TargetId(7), Duration::from_secs(3));
    assert_eq!(targets.len(), MEMBERS.len());
    assert_eq!(targets[0].id, TargetId(7));
    assert_eq!(targets[1].id, TargetId(8));
    for (target, member) in targets.iter().zip(lab.members()) {
        assert_eq!(target.pinned, member.addresses);
        assert_eq!(target.group(), member.labels.get("service").map_or("", AsRef::as_ref));
        assert_eq!(target.interval, Duration::from_secs(3));
    }
}

#[tokio::test]
async fn services_share_a_port_and_others_have_their_own() {
    let lab = lab().await;
    let all: Vec<SocketAddr> = lab.members().iter().flat_map(|member| member.addresses.clone()).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    let checkout = lab.members().iter().find(|member| member.name == "checkout").expect("checkout");
    assert_eq!(checkout.addresses.len(), 4);
    if cfg!(target_os = "linux") {
        assert!(checkout.addresses.iter().all(|address| address.port() == checkout.addresses[0].port()));
    }
}

#[tokio::test]
async fn serve_text_names_every_address_and_the_ca_file() {
    let lab = lab().await;
    let text = lab.serve_text(Path::new("/tmp/lab-ca.pem"), |name| format!("/tmp/{name}.pem").into());
    assert!(text.starts_with("# CA file: /tmp/lab-ca.pem\n"));
    assert!(text.contains(" --client-cert /tmp/good.pem client-cert-shown.lab.example@"), "{text}");
    for member in lab.members() {
        for address in &member.addresses {
            let listed = |line: &str| line.starts_with(&format!("{}@{address} ", member.host));
            let alone = |line: &str| line.starts_with(&format!("{address} "));
            let pinned = format!(" {}@{address}", member.host);
            let over_quic = format!(" --resolve {0}:{1}:{2} h3://{0}:{1}", member.host, address.port(), address.ip());
            let told = |line: &str| line.starts_with("# ") && (line.ends_with(&pinned) || line.ends_with(&over_quic));
            assert!(
                text.lines().any(|line| listed(line) || alone(line) || !member.is_plain() && told(line)),
                "{} is missing",
                member.name
            );
        }
    }
    assert!(text.contains(" --starttls smtp --proxy socks5://127.0.0.1:"), "{text}");
    #[cfg(target_os = "linux")]
    assert!(text.contains(":127.0.0.11,127.0.0.12,127.0.0.13,127.0.0.14 checkout.lab.example:"), "{text}");
}

#[tokio::test]
async fn servers_and_their_connections_end_with_the_lab() {
    for stop in [true, false] {
        let lab = lab().await;
        let mut silent = TcpStream::connect(address(&lab, "silent")).await.expect("it listens");
        // The plain-HTTP server answers only once its task has taken the connection.
        let mut http = TcpStream::connect(address(&lab, "plain-http")).await.expect("it listens");
        http.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        http.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        if stop {
            lab.stop().await;
        } else {
            drop(lab);
        }
        let ended = silent.read(&mut [0; 16]).await;
        assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    }
}

#[tokio::test]
async fn the_refused_port_refuses() {
    let lab = lab().await;
    let error = TcpStream::connect(address(&lab, "refused")).await.expect_err("nothing listens");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}

fn address(lab: &Lab, name: &str) -> SocketAddr {
    lab.members().iter().find(|member| member.name == name).expect("a member").addresses[0]
}

/// What a strict client (verifies, offers `http/1.1`, has no certificate) makes of one address:
/// the page it was given, or its error.
async fn visit(lab: &Lab, name: &str) -> Result<String, String> {
    let mut roots = RootCertStore::empty();
    let root = pem::parse(lab.ca_pem()).expect("PEM").into_contents();
    roots.add(root.into()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let host = ServerName::try_from(format!("{name}.lab.example")).expect("a name");
    let words = |error: std::io::Error| error.to_string();
    let stream = TcpStream::connect(address(lab, name)).await.map_err(words)?;
    let mut tls = TlsConnector::from(Arc::new(config)).connect(host, stream).await.map_err(words)?;
    tls.write_all(b"GET / HTTP/1.1\r\n\r\n").await.map_err(words)?;
    let mut page = String::new();
    tls.read_to_string(&mut page).await.map_err(words)?;
    Ok(page)
}

#[tokio::test]
async fn a_strict_client_is_content_with_healthy_members() {
    let lab = lab().await;
    let is_open = |member: &&Member| member.expected.is_none() && member.client.is_none() && member.is_plain();
    for member in lab.members().iter().filter(is_open) {
        let page = visit(&lab, member.name).await.unwrap_or_else(|error| panic!("{}: {error}", member.name));
        assert!(page.contains(member.truth), "{}: {page}", member.name);
    }
}

#[tokio::test]
async fn a_strict_client_is_refused_or_refuses_for_the_true_reason() {
    let lab = lab().await;
    let cases = [
        ("expired", "certificate expired"),
        ("not-yet-valid", "not valid yet"),
        ("wrong-host", "not valid for name"),
        ("self-signed", "UnknownIssuer"),
        ("unknown-ca", "UnknownIssuer"),
        ("missing-intermediate", "UnknownIssuer"),
        ("intermediate-expired", "certificate expired"),
        ("weak-key", "BadSignature"),
        ("client-cert", "CertificateRequired"),
        ("client-cert-tls12", "CertificateRequired"),
        ("no-shared-alpn", "NoApplicationProtocol"),
        ("internal-error", "InternalError"),
        ("protocol-version", "ProtocolVersion"),
        ("unrecognized-name", "UnrecognisedName"),
        ("access-denied", "AccessDenied"),
        ("plain-http", "InvalidContentType"),
        ("ssh-banner", "InvalidContentType"),
        ("closes-early", "eof"),
        ("resets", "reset"),
        ("refused", "refused"),
    ];
    for (name, reason) in cases {
        let error = visit(&lab, name).await.expect_err(name);
        assert!(error.contains(reason), "{name}: {error}");
    }
}

#[tokio::test]
async fn what_lies_behind_the_handshake_is_as_planned() {
    let lab = lab().await;
    let cases = [
        ("healthy-ecdsa", "HTTP/1.1 200 OK", "max-age=31536000"),
        ("backend-down", "HTTP/1.1 503 Service Unavailable", "max-age=31536000"),
        ("hsts-short", "HTTP/1.1 200 OK", "max-age=86400"),
    ];
    for (name, status, hsts) in cases {
        let page = visit(&lab, name).await.expect(name);
        assert!(page.starts_with(status) && page.contains(hsts), "{name}: {page}");
    }
    assert!(!visit(&lab, "hsts-missing").await.expect("a page").contains("max-age"));
    let page = visit(&lab, "wrong-clock").await.expect("a page");
    let date = page.lines().find_map(|line| line.strip_prefix("Date: ")).expect("a date");
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).expect("a valid date");
    let behind = SystemClock.now().secs() - date.as_second();
    assert!((3 * 3600..3 * 3600 + 60).contains(&behind), "{behind} s");
}

#[tokio::test]
async fn the_flapping_member_closes_three_of_eight() {
    let lab = lab().await;
    let mut outcomes = Vec::new();
    for _ in 0..16 {
        outcomes.push(visit(&lab, "flapping").await.is_ok());
    }
    assert_eq!(outcomes, [[true; 5].as_slice(), &[false; 3], &[true; 5], &[false; 3]].concat());
}
