//! What benches share: targets, looks at them, and servers on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tlscope::inventory::{self, Recipe};
use tlscope::model::{Clock, Depth, SurveyReason, SystemClock, Target, TargetId};
use tlscope::probe::{Prober, Settings, StoreChoice, TrustStores};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::papers::Leaf;
use crate::record::{Record, Seen, Watched};
pub(crate) use crate::servers::HOST;

/// Of what keeps silent.
pub(crate) const PATIENCE: Duration = Duration::from_millis(600);

/// A prober that trusts one root.
pub(crate) fn prober(root: &str) -> Prober {
    prober_with(&[("bench", root)], &Settings::default())
}

/// A prober with these stores, by name and PEM.
pub(crate) fn prober_with(stores: &[(&str, &str)], settings: &Settings) -> Prober {
    prober_at(stores, settings, Arc::new(SystemClock))
}

/// The same by another clock.
pub(crate) fn prober_at(stores: &[(&str, &str)], settings: &Settings, clock: Arc<dyn Clock>) -> Prober {
    let choice = |(name, text): &(&str, &str)| match *name {
        "mozilla" => StoreChoice::Mozilla,
        name => StoreChoice::Pem { name: name.into(), text: (*text).to_owned() },
    };
    let choices: Vec<StoreChoice> = stores.iter().map(choice).collect();
    let (stores, _) = TrustStores::load(&choices).expect("stores");
    Prober::new(settings, stores, clock).expect("a prober")
}

/// A target as it is written: `shop.example@127.0.0.1:8443`.
pub(crate) fn target(notation: &str) -> Target {
    Recipe::default().target(TargetId(0), &inventory::parse(notation).expect("a notation"))
}

/// The usual name at one address.
pub(crate) fn at(address: SocketAddr) -> Target {
    target(&format!("{HOST}@{address}"))
}

/// The usual name at several addresses.
pub(crate) fn at_all(addresses: &[SocketAddr]) -> Target {
    Target { pinned: addresses.to_vec(), ..at(addresses[0]) }
}

/// A target that is waited for as long as loopback needs.
pub(crate) fn hasty(target: Target) -> Target {
    Target { timeout: PATIENCE, ..target }
}

/// One probe of every address, and a survey if asked for.
pub(crate) async fn look(prober: &Prober, target: &Arc<Target>, surveys: bool) -> Watched {
    let resolution = prober.resolve(target).await;
    let port = target.destination().1;
    let found = resolution.addresses.iter().map(|address| SocketAddr::new(address.ip, port));
    let addresses = if target.pinned.is_empty() { found.collect() } else { target.pinned.clone() };
    let mut seen = Vec::new();
    for address in addresses.iter().copied() {
        let last = Arc::new(prober.probe(target, address).await);
        let survey =
            if surveys { Some(prober.survey(target, &last, &addresses, SurveyReason::Asked).await) } else { None };
        seen.push(Seen { address, earlier: Vec::new(), last, survey });
    }
    Watched { target: Target::clone(target), resolution: Some(resolution), addresses: seen, file: None }
}

/// What was just seen, judged.
pub(crate) fn note(name: &str, subject: Watched) -> Record {
    note_at(name, subject, Vec::new(), SystemClock.now())
}

/// The same beside other targets, and at another moment.
pub(crate) fn note_at(name: &str, subject: Watched, beside: Vec<Watched>, now: tlscope::model::Time) -> Record {
    let beside = beside.into_iter().zip(1..).map(|(watched, id)| watched.numbered(id)).collect();
    let mut record = Record { name: name.to_owned(), now, subject, beside, codes: Vec::new() };
    record.codes = record.judged_codes();
    record
}

/// A prober and the records that it makes.
pub(crate) struct Bench {
    pub(crate) prober: Prober,
    pub(crate) records: Vec<Record>,
}

impl Bench {
    pub(crate) fn new(prober: Prober) -> Self {
        Self { prober, records: Vec::new() }
    }

    /// Looks at a target with one handshake.
    pub(crate) async fn probe(&mut self, name: &str, target: Target) {
        let target = Arc::new(Target { depth: Depth::Handshake, ..target });
        self.records.push(note(name, look(&self.prober, &target, false).await));
    }

    /// Looks at a target with all questions.
    pub(crate) async fn survey(&mut self, name: &str, target: Target) {
        self.records.push(note(name, look(&self.prober, &Arc::new(target), true).await));
    }

    /// Serves a certificate and looks at it with one handshake.
    pub(crate) async fn serve(&mut self, name: &str, leaf: &Leaf) {
        self.probe(name, at(serve(leaf.config()).await)).await;
    }
}

/// A configuration that serves these certificates with this key, whether they fit or not.
pub(crate) fn serving(certified: CertifiedKey) -> ServerConfig {
    serving_with(certified, rustls::crypto::aws_lc_rs::default_provider(), rustls::DEFAULT_VERSIONS)
}

/// The same with other primitives or versions.
pub(crate) fn serving_with(
    certified: CertifiedKey,
    provider: CryptoProvider,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
}

/// Serves pages over TLS until the runtime ends.
pub(crate) async fn serve(config: ServerConfig) -> SocketAddr {
    let config = Arc::new(config);
    serve_on(listen("127.0.0.1:0").await, move |_| Arc::clone(&config))
}

/// Serves pages over TLS, to each connection by the configuration that is chosen for its number.
pub(crate) fn serve_on(
    listener: TcpListener,
    choose: impl Fn(usize) -> Arc<ServerConfig> + Send + Sync + 'static,
) -> SocketAddr {
    answer(listener, move |number, stream| {
        let config = choose(number);
        async move {
            let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
            page(&mut tls).await
        }
    })
}

pub(crate) async fn listen(address: &str) -> TcpListener {
    TcpListener::bind(address).await.expect("a port")
}

/// Does this with every connection, by its number.
pub(crate) fn answer<F>(
    listener: TcpListener,
    meet: impl Fn(usize, TcpStream) -> F + Send + Sync + 'static,
) -> SocketAddr
where
    F: Future<Output = Option<()>> + Send + 'static,
{
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        for number in 0.. {
            let Ok((stream, _)) = listener.accept().await else { return };
            tokio::spawn(meet(number, stream));
        }
    });
    address
}

/// One page to each request, with the date.
pub(crate) async fn page(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<()> {
    loop {
        read_head(stream).await?;
        let date = SystemClock.now().strftime("%a, %d %b %Y %H:%M:%S GMT");
        let page = format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(page.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}

/// A request up to its empty line.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    Some(head)
}
