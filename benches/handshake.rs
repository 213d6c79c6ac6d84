//! One probe on loopback against a bare rustls handshake that verifies the same chain.
//!
//! Figures are the client thread's CPU time, the kernel's part included: the server has a
//! thread of its own, and waiting costs nothing. Run with `cargo bench --bench handshake`.
//!
//! Both check the server's proof of possession every time. The reference also builds the path anew each time;
//! the probe remembers its verdict on a chain for minutes, and pays with it for recording, parsing and listening.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustix::time::{ClockId, clock_gettime};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tlscope::model::{Depth, Family, Host, Labels, Protocol, SystemClock, Target, TargetId};
use tlscope::probe::{Prober, Settings, StoreChoice, TrustStores};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::{TlsAcceptor, TlsConnector};

const NAME: &str = "shop.example";
const ALPN: [&str; 2] = ["h2", "http/1.1"];
/// Rounds of both kinds in turn, so that a busy machine weighs on both alike.
const ROUNDS: u32 = 40;
const PER_ROUND: u64 = 50;

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let papers = Papers::make()?;
    let server = serve(papers.server()?)?;
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bare = Bare { connector: TlsConnector::from(Arc::new(papers.client()?)), server };
    let probe = Probe { prober: papers.prober()?, target: Arc::new(target(server)), server };
    client.block_on(async {
        bare.run(PER_ROUND).await?;
        probe.run(PER_ROUND).await
    })?;

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("handshake");
    group.bench_function("bare rustls", |b| b.iter_custom(|count| cpu(&client, bare.run(count))));
    group.bench_function("probe", |b| b.iter_custom(|count| cpu(&client, probe.run(count))));
    group.finish();
    compare(&client, &bare, &probe);
    criterion.final_summary();
    Ok(())
}

fn compare(client: &Runtime, bare: &Bare, probe: &Probe) {
    let (mut bare_time, mut probe_time) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare_time.push(cpu(client, bare.run(PER_ROUND)));
        probe_time.push(cpu(client, probe.run(PER_ROUND)));
    }
    let (bare, probe) = (median(bare_time), median(probe_time));
    let ratio = probe.as_secs_f64() / bare.as_secs_f64();
    println!("probe {probe:?}, bare {bare:?}: overhead {:+.1} % CPU (goal: at most +15 %)", (ratio - 1.0) * 100.0);
}

/// The median round, per handshake.
fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds.get(rounds.len() / 2).copied().unwrap_or_default() / u32::try_from(PER_ROUND).unwrap_or(1)
}

/// CPU time that this thread spends on `work`.
fn cpu(client: &Runtime, work: impl Future<Output = Result<(), Error>>) -> Duration {
    let now = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
    };
    let begun = now();
    if let Err(error) = client.block_on(work) {
        eprintln!("a handshake failed: {error}");
        std::process::exit(1);
    }
    now().saturating_sub(begun)
}

struct Bare {
    connector: TlsConnector,
    server: SocketAddr,
}

impl Bare {
    async fn run(&self, count: u64) -> Result<(), Error> {
        for _ in 0..count {
            let stream = TcpStream::connect(self.server).await?;
            stream.set_nodelay(true)?;
            let mut tls = self.connector.connect(ServerName::try_from(NAME)?, stream).await?;
            tls.shutdown().await?;
        }
        Ok(())
    }
}

struct Probe {
    prober: Prober,
    target: Arc<Target>,
    server: SocketAddr,
}

impl Probe {
    async fn run(&self, count: u64) -> Result<(), Error> {
        for _ in 0..count {
            let observation = self.prober.probe(&self.target, self.server).await;
            let trust = observation.handshake.as_ref().and_then(|handshake| handshake.trust.as_ref());
            if !observation.is_handshake() || !trust.is_some_and(|trust| trust.is_verified()) {
                return Err(format!("not verified: {observation:?}").into());
            }
        }
        Ok(())
    }
}

/// A root, an intermediate and a leaf.
struct Papers {
    root: CertificateDer<'static>,
    root_pem: String,
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Papers {
    fn make() -> Result<Self, Error> {
        let authority = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params
        };
        let (root_key, issuing_key, key) = (KeyPair::generate()?, KeyPair::generate()?, KeyPair::generate()?);
        let root = authority("Bench Root").self_signed(&root_key)?;
        let root_issuer = Issuer::new(authority("Bench Root"), root_key);
        let issuing = authority("Bench Issuing").signed_by(&issuing_key, &root_issuer)?;
        let issuer = Issuer::new(authority("Bench Issuing"), issuing_key);
        let leaf = CertificateParams::new(vec![NAME.to_owned()])?.signed_by(&key, &issuer)?;
        let chain = vec![leaf.der().clone(), issuing.der().clone()];
        Ok(Self { root: root.der().clone(), root_pem: root.pem(), chain, key })
    }

    fn server(&self) -> Result<ServerConfig, Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        Ok(ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)?)
    }

    fn client(&self) -> Result<ClientConfig, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = ALPN.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        // The probe makes full handshakes only; so must the reference.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }

    fn prober(&self) -> Result<Prober, Error> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(&file, &self.root_pem)?;
        let (stores, _) = TrustStores::load(&[StoreChoice::File(file.path().to_owned())])?;
        Ok(Prober::new(&Settings::default(), stores, Arc::new(SystemClock))?)
    }
}

fn target(server: SocketAddr) -> Target {
    Target {
        id: TargetId(0),
        name: format!("{NAME}:{}", server.port()).into(),
        host: Host::Name(NAME.into()),
        port: server.port(),
        protocol: Protocol::Tls,
        servername: None,
        pinned: vec![server],
        dial: None,
        proxy: None,
        family: Family::Any,
        alpn: ALPN.map(Arc::from).to_vec(),
        client: None,
        cert_file: None,
        depth: Depth::Full,
        labels: Labels::new(),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        survey: Duration::from_hours(1),
        expect: None,
    }
}

/// A server on a thread of its own, for as long as the program runs.
fn serve(config: ServerConfig) -> Result<SocketAddr, Error> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    std::thread::spawn(move || {
        runtime.block_on(async {
            let Ok(listener) = TcpListener::from_std(listener) else { return };
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                if let Ok(mut tls) = acceptor.accept(stream).await {
                    let _ = tls.read_to_end(&mut Vec::new()).await;
                }
            }
        });
    });
    Ok(address)
}
