//! The attackers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DnType, IsCa, Issuer, KeyPair,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

pub(crate) const NAME: &str = "shop.example";

/// What is found of a server with which all is well.
pub(crate) const NOTHING: &str = "nothing";

/// A root as a file, and a leaf of it with its key.
pub(crate) struct Papers {
    directory: TempDir,
    leaf: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    key: Vec<u8>,
}

impl Papers {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Root of the attacked");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a root");
        std::fs::write(directory.path().join("root.pem"), root.pem()).expect("written");
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let leaf = CertificateParams::new(vec![NAME.to_owned()]).expect("a name").signed_by(&key, &issuer);
        let leaf = leaf.expect("a leaf").der().clone();
        Self { directory, leaf, issuer, key: key.serialize_der() }
    }

    pub(crate) fn ca_file(&self) -> std::path::PathBuf {
        self.directory.path().join("root.pem")
    }

    /// A configuration that sends the leaf and these others.
    pub(crate) fn server(
        &self,
        others: Vec<CertificateDer<'static>>,
        version: &'static rustls::SupportedProtocolVersion,
    ) -> Serving {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let chain = [vec![self.leaf.clone()], others].concat();
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::Pkcs8(self.key.clone().into()))
            .expect("a chain and its key");
        Arc::new(config)
    }

    /// A server whose certificate sends everybody who wants to check it to one place; its issuer is not sent, and
    /// unknown unless it `is_known`.
    pub(crate) fn pointing(&self, place: SocketAddr, is_known: bool) -> Serving {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Unsent");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let unsent = Issuer::new(params, KeyPair::generate().expect("a key"));
        let url = format!("http://{place}/");
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).expect("a name");
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![url.clone()] }];
        params.custom_extensions = vec![information_access(&url)];
        let key = KeyPair::generate().expect("a key");
        let leaf = params.signed_by(&key, if is_known { &self.issuer } else { &unsent }).expect("a leaf");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .expect("a chain and its key");
        Arc::new(config)
    }

    /// Authorities that all bear one name and each other's signatures: a thicket of paths that lead nowhere.
    fn thicket(&self, count: usize) -> Vec<CertificateDer<'static>> {
        let make = |_| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, "Root of the attacked");
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().expect("a key");
            params.signed_by(&key, &self.issuer).expect("an authority").der().clone()
        };
        (0..count).map(make).collect()
    }
}

/// A responder and an issuer at a URL (RFC 5280 section 4.2.2.1), by hand: short lengths only.
fn information_access(url: &str) -> CustomExtension {
    let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).expect("short")], content].concat();
    let access = |method: u8| {
        let method = tlv(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, method]);
        tlv(0x30, &[method, tlv(0x86, url.as_bytes())].concat())
    };
    let extension = tlv(0x30, &[access(1), access(2)].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], extension)
}

pub(crate) type Serving = Arc<rustls::ServerConfig>;

/// What an attack is made over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for S {}

/// What is done to whoever connects.
#[derive(Clone)]
pub(crate) enum Attack {
    /// One byte of this now and then, for ever.
    Drip { name: &'static str, bytes: Vec<u8> },
    /// This, then the same record for ever.
    Flood { name: &'static str, first: Vec<u8>, record: Vec<u8> },
    /// This answer to whatever comes, as often as something comes.
    Repeat { name: &'static str, answer: Vec<u8> },
    /// This once, then a close.
    Say { name: &'static str, bytes: Vec<u8> },
    /// A real server with this configuration.
    Serve { name: &'static str, config: Serving },
    /// A real server's output up to a byte, then junk.
    Cut { name: &'static str, config: Serving, at: usize },
    /// That, as soon as something was asked.
    Asked(Box<Attack>),
}

impl Attack {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Drip { name, .. }
            | Self::Flood { name, .. }
            | Self::Repeat { name, .. }
            | Self::Say { name, .. }
            | Self::Serve { name, .. } => (*name).to_owned(),
            Self::Cut { name, at, .. } => format!("junk after {at} bytes of {name}"),
            Self::Asked(attack) => attack.name(),
        }
    }

    /// Serves any number of connections until the test ends.
    pub(crate) async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let attack = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let attack = attack.clone();
                tokio::spawn(async move { attack.meet(stream).await });
            }
        });
        address
    }

    /// Until the victim is gone.
    pub(crate) async fn meet<S: Stream>(self, mut stream: S) -> Option<()> {
        match self {
            Self::Drip { bytes, .. } => {
                for byte in bytes.iter().cycle() {
                    stream.write_all(&[*byte]).await.ok()?;
                    // The pace is the attack.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            Self::Flood { first, record, .. } => {
                stream.write_all(&first).await.ok()?;
                loop {
                    stream.write_all(&record).await.ok()?;
                }
            }
            Self::Repeat { answer, .. } => {
                let mut heard = [0; 4096];
                while stream.read(&mut heard).await.ok()? > 0 {
                    stream.write_all(&answer).await.ok()?;
                }
            }
            Self::Say { bytes, .. } => {
                let _ = stream.read(&mut [0; 4096]).await;
                stream.write_all(&bytes).await.ok()?;
                stream.shutdown().await.ok()?;
                while stream.read(&mut [0; 4096]).await.ok()? > 0 {}
            }
            Self::Serve { config, .. } => {
                let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
                while tls.read(&mut [0; 4096]).await.ok()? > 0 {}
            }
            Self::Cut { config, at, .. } => cut(stream, config, at).await?,
            Self::Asked(attack) => {
                if stream.read(&mut [0; 4096]).await.ok()? > 0 {
                    Box::pin(attack.meet(stream)).await?;
                }
            }
        }
        Some(())
    }
}

/// Between the victim and a real server: true up to a byte, then junk, then silence.
async fn cut<S: Stream>(stream: S, config: Serving, at: usize) -> Option<()> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move {
        let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(far).await.ok()?;
        while tls.read(&mut [0; 4096]).await.ok()? > 0 {}
        Some(())
    });
    let (mut from_victim, mut to_victim) = tokio::io::split(stream);
    let (mut from_server, mut to_server) = tokio::io::split(near);
    tokio::spawn(async move { tokio::io::copy(&mut from_victim, &mut to_server).await });
    let (mut left, mut buffer) = (at, vec![0; 4096]);
    while left > 0 {
        let count = from_server.read(&mut buffer).await.ok()?.min(left);
        if count == 0 {
            return None;
        }
        to_victim.write_all(&buffer[..count]).await.ok()?;
        left -= count;
    }
    to_victim.write_all(&junk(600)).await.ok()?;
    // Held open: the victim must end by itself.
    while from_server.read(&mut buffer).await.ok()? > 0 {}
    Some(())
}

/// The same bytes every time, of no meaning.
pub(crate) fn junk(count: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("a record's length").to_be_bytes();
    [&[kind, 3, 3, length[0], length[1]], body].concat()
}

fn message(kind: u8, length: u32, body: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = length.to_be_bytes();
    record(22, &[&[kind, a, b, c], body].concat())
}

/// A `ServerHello` of TLS 1.2 with `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`; its inner lengths add up.
fn server_hello() -> Vec<u8> {
    let body = [&[3, 3][..], &[7; 32], &[0, 0xC0, 0x2B, 0]].concat();
    message(2, u32::try_from(body.len()).expect("short"), &body)
}

/// A `HelloRetryRequest` for secp384r1 (RFC 9846 section 4.2.4).
fn retry() -> Vec<u8> {
    const RANDOM: [u8; 32] = [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2,
        0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];
    let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 24];
    let body = [&[3, 3][..], &RANDOM, &[0, 0x13, 0x01, 0, 0, 12], &extensions].concat();
    message(2, u32::try_from(body.len()).expect("short"), &body)
}

/// Lengths that do not add up, or that nobody needs.
const UNREADABLE: &str = "hs.decode_error";
/// What can be read, in an order or number that no server may send it.
const DISORDER: &str = "hs.protocol_violation";
pub(crate) const STALLED: &str = "tls.stalled";
pub(crate) const CUT_SHORT: &str = "tls.closed_early";
pub(crate) const NOT_TLS: &str = "tls.not_tls";

/// Each attack, and the finding that names it.
pub(crate) fn attacks(papers: &Papers) -> Vec<(Attack, &'static str)> {
    let hello = server_hello();
    let giant = [hello.clone(), message(11, 0xFF_FFFF, &[0xFF, 0xFF, 0xFC])].concat();
    let long = [hello.clone(), message(11, 0xFFFF, &[0; 1024])].concat();
    let (tls12, tls13) = (&rustls::version::TLS12, &rustls::version::TLS13);
    let copies = vec![papers.leaf.clone(); 199];
    let thicket = papers.thicket(120);
    vec![
        (Attack::Drip { name: "drip of a hello", bytes: hello.clone() }, STALLED),
        (Attack::Drip { name: "drip of endless length", bytes: vec![22, 3, 3, 0x3F, 0xFF] }, STALLED),
        (Attack::Flood { name: "flood of empty records", first: hello.clone(), record: record(22, &[]) }, UNREADABLE),
        (Attack::Flood { name: "flood of warnings", first: Vec::new(), record: record(21, &[1, 90]) }, DISORDER),
        (
            Attack::Flood { name: "flood of one message", first: giant.clone(), record: record(22, &[9; 16_000]) },
            UNREADABLE,
        ),
        (Attack::Flood { name: "flood of hellos", first: Vec::new(), record: hello.clone() }, DISORDER),
        (Attack::Flood { name: "flood of junk", first: junk(5), record: junk(4096) }, NOT_TLS),
        (Attack::Say { name: "giant certificate message", bytes: giant }, UNREADABLE),
        (Attack::Say { name: "certificate message cut short", bytes: long }, CUT_SHORT),
        (Attack::Say { name: "message longer than its record", bytes: message(2, 90, &[3, 3, 0]) }, CUT_SHORT),
        (
            Attack::Say { name: "hello with wrong inner lengths", bytes: message(2, 6, &[3, 3, 0, 0, 0, 255]) },
            UNREADABLE,
        ),
        (Attack::Say { name: "record of an unknown kind", bytes: record(25, &[1, 2, 3]) }, NOT_TLS),
        (Attack::Repeat { name: "retry without end", answer: retry() }, DISORDER),
        (Attack::Repeat { name: "hello in answer to everything", answer: hello }, STALLED),
        // A certificate message of 64 KiB is the most that the TLS library takes.
        (Attack::Serve { name: "200 certificates, TLS 1.3", config: papers.server(copies.clone(), tls13) }, UNREADABLE),
        (Attack::Serve { name: "200 certificates, TLS 1.2", config: papers.server(copies, tls12) }, UNREADABLE),
        (Attack::Serve { name: "thicket of authorities", config: papers.server(thicket, tls12) }, "chain.too_long"),
    ]
}

/// Real flights of both versions, cut at many places, and the findings that name them.
pub(crate) fn cut_flights(papers: &Papers) -> Vec<(Attack, &'static str)> {
    let mut cuts = Vec::new();
    for (name, version, most) in [("TLS 1.2", &rustls::version::TLS12, 800), ("TLS 1.3", &rustls::version::TLS13, 2400)]
    {
        let config = papers.server(Vec::new(), version);
        for at in (0..most).step_by(80) {
            let named = match (name, at) {
                (_, 0) => NOT_TLS,
                ("TLS 1.2", 1..=560) | ("TLS 1.3", 640..=1200) => UNREADABLE,
                // Not as much junk as the hello's record promises.
                ("TLS 1.3", 1..=560) => STALLED,
                // Under encryption now, or it should be.
                ("TLS 1.3", 1280..=1840) => DISORDER,
                _ => NOTHING,
            };
            cuts.push((Attack::Cut { name, config: Arc::clone(&config), at }, named));
        }
    }
    cuts
}
