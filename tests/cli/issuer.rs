//! An intermediate that is not sent, found where the leaf says, and named: a server, a web server, and the binary.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tlscope::model::Certificate;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{err, out, tlscope};

const ISSUER: &str = "Issuing Authority of the Shop";

/// A web server with the issuer's certificate, and a TLS server that forgets to send it.
struct Forgetful {
    tls: SocketAddr,
    url: String,
    /// The issuer's, as it is shown.
    fingerprint: String,
    fetched: Arc<AtomicUsize>,
}

impl Forgetful {
    async fn start(root_file: &Path) -> Self {
        let authority = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            (params, KeyPair::generate().expect("a key"))
        };
        let (params, key) = authority("Root of the Shop");
        std::fs::write(root_file, params.self_signed(&key).expect("a root").pem()).expect("written");
        let root = Issuer::new(params, key);
        let (params, key) = authority(ISSUER);
        let published = params.signed_by(&key, &root).expect("an intermediate").der().clone();
        let issuer = Issuer::new(params, key);
        let fingerprint = Certificate::parse(&published).expect("a certificate").fingerprint.to_string();
        let fetched = Arc::new(AtomicUsize::new(0));
        let url = format!("http://{}/issuing.cer", publish(published, Arc::clone(&fetched)).await);
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["shop.example".to_owned()]).expect("a name");
        params.custom_extensions.push(ca_issuers(&url));
        let leaf = params.signed_by(&key, &issuer).expect("a leaf").der().clone();
        Self { tls: serve(leaf, &key).await, url, fingerprint, fetched }
    }
}

/// `caIssuers` at a URL (RFC 5280 section 4.2.2.1), by hand: short lengths only.
fn ca_issuers(url: &str) -> CustomExtension {
    let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).expect("short")], content].concat();
    let method = tlv(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let access = tlv(0x30, &[method, tlv(0x86, url.as_bytes())].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &access))
}

async fn publish(der: CertificateDer<'static>, fetched: Arc<AtomicUsize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let count = stream.read(&mut request).await.unwrap_or(0);
            if request[..count].starts_with(b"GET /issuing.cer HTTP/1.1\r\n") {
                fetched.fetch_add(1, Ordering::Relaxed);
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", der.len());
            let _ = stream.write_all(&[head.as_bytes(), &der].concat()).await;
        }
    });
    address
}

/// A server with that certificate, until the runtime ends.
pub(super) async fn serve(leaf: CertificateDer<'static>, key: &KeyPair) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a chain and its key");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut tls = acceptor.accept(stream).await.ok()?;
                while tls.read(&mut [0; 1024]).await.ok()? > 0 {}
                Some(())
            });
        }
    });
    address
}

#[test]
fn the_missing_intermediate_is_fetched_and_named() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let home = tempfile::tempdir().expect("a home");
    let root_file = home.path().join("root.pem");
    let server = runtime.block_on(Forgetful::start(&root_file));
    let check = |fetch: &str| {
        let mut command = tlscope(home.path());
        command.env("XDG_CACHE_HOME", home.path().join(fetch));
        command.args(["check", "--verbose", "--trust", "none", "--fetch", fetch, "--ca-file"]).arg(&root_file);
        command.arg(format!("shop.example@{}", server.tls)).output().expect("the binary runs")
    };
    let checked = check("aia");
    let text = out(&checked);
    assert_eq!(checked.status.code(), Some(2), "{text}{}", err(&checked));
    assert!(text.contains("chain.missing_intermediate"), "{text}");
    // Read in what was fetched: nothing that was sent has it.
    assert!(text.contains(ISSUER) && text.contains(&server.fingerprint), "{} in {text}", server.fingerprint);
    assert!(text.contains(&server.url), "{text}");
    assert_eq!(server.fetched.load(Ordering::Relaxed), 1);
    let without = out(&check("none"));
    assert!(without.contains("chain.missing_intermediate"), "{without}");
    assert!(!without.contains(&server.fingerprint), "{without}");
    assert_eq!(server.fetched.load(Ordering::Relaxed), 1, "nothing is fetched that may not be");
}
