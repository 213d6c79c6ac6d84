//! For tests: an authority, and small servers on loopback.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::stores::{Store, TrustStores};
use super::{Prober, Settings};
use crate::model::{Certificate, Clock, Depth, Family, Host, Protocol, SystemClock, Target, TargetId};

pub(super) const NAME: &str = "shop.example";

/// A CA certificate and its key.
pub(super) struct Authority {
    pub(super) der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn root(name: &str) -> Self {
        let (params, key) = Self::params(name);
        let der = params.self_signed(&key).unwrap().der().clone();
        Self { der, issuer: Issuer::new(params, key) }
    }

    pub(super) fn intermediate(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (mut params, key) = Self::params(name);
        change(&mut params);
        let der = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Self { der, issuer: Issuer::new(params, key) }
    }

    /// A certificate of ours for another authority's name and key.
    pub(super) fn cross_sign(
        &self,
        other: &Self,
        change: impl FnOnce(&mut CertificateParams),
    ) -> CertificateDer<'static> {
        let name = Certificate::parse(&other.der).unwrap().common_name.unwrap();
        let (mut params, _) = Self::params(name.as_str());
        change(&mut params);
        params.signed_by(other.issuer.key(), &self.issuer).unwrap().der().clone()
    }

    fn params(name: &str) -> (CertificateParams, KeyPair) {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params, KeyPair::generate().unwrap())
    }

    /// A leaf for [`NAME`] and 127.0.0.1, valid for an hour either way unless changed.
    pub(super) fn leaf(&self, change: impl FnOnce(&mut CertificateParams)) -> (CertificateDer<'static>, KeyPair) {
        let mut params = CertificateParams::new(vec![NAME.to_owned(), "127.0.0.1".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (around_now(-3600), around_now(3600));
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().der().clone(), key)
    }
}

/// A moment `seconds` away from now.
pub(super) fn around_now(seconds: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(SystemClock.now().secs() + seconds).unwrap()
}

pub(super) fn config(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> ServerConfig {
    configured(rustls::ALL_VERSIONS, None, chain, key)
}

pub(super) fn configured(
    versions: &[&'static rustls::SupportedProtocolVersion],
    clients: Option<&Authority>,
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(authority.der.clone()).unwrap();
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    builder.with_single_cert(chain, PrivateKeyDer::Pkcs8(key.serialize_der().into())).unwrap()
}

/// One that never looks at what it serves: neither whether it is a certificate of a usual form nor whether the key fits.
pub(super) fn mismatched(
    version: &'static rustls::SupportedProtocolVersion,
    leaf: CertificateDer<'static>,
    key: &KeyPair,
) -> ServerConfig {
    use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
    use rustls::sign::{CertifiedKey, SingleCertAndKey};

    let key = any_supported_type(&PrivateKeyDer::Pkcs8(key.serialize_der().into())).unwrap();
    let certified = CertifiedKey::new(vec![leaf], key);
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_protocol_versions(&[version]).unwrap().with_no_client_auth();
    builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
}

/// Serves every connection by `handle`.
pub(super) async fn serve<F: Future<Output = ()> + Send>(
    handle: impl Fn(TcpStream) -> F + Send + Clone + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            handle(stream).await;
        }
    });
    address
}

/// Serves TLS, and leaves as soon as the client does or says something: one connection follows the other.
pub(super) async fn serve_tls(config: ServerConfig) -> SocketAddr {
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            stream.set_nodelay(true).unwrap();
            if let Ok(mut tls) = acceptor.accept(stream).await {
                let _ = tls.read(&mut [0; 1024]).await;
            }
        }
    })
    .await
}

pub(super) fn stores(roots: &[(&str, &Authority)]) -> TrustStores {
    let store = |(name, root): &(&str, &Authority)| Store::new((*name).into(), std::iter::once(&root.der));
    TrustStores { stores: roots.iter().map(store).collect() }
}

pub(super) fn prober(stores: TrustStores) -> Prober {
    prober_with(&Settings::default(), stores)
}

pub(super) fn prober_with(settings: &Settings, stores: TrustStores) -> Prober {
    Prober::new(settings, stores, Arc::new(SystemClock)).unwrap()
}

pub(super) fn target() -> Target {
    Target {
        id: TargetId(7),
        name: format!("{NAME}:443").into(),
        host: Host::Name(NAME.into()),
        port: 443,
        protocol: Protocol::Tls,
        servername: None,
        pinned: Vec::new(),
        dial: None,
        proxy: None,
        family: Family::Any,
        alpn: vec!["h2".into(), "http/1.1".into()],
        client: None,
        cert_file: None,
        depth: Depth::Full,
        labels: crate::model::Labels::new(),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(10),
        survey: Duration::from_hours(1),
        expect: None,
    }
}
