//! What servers of other makes are willing to negotiate: `openssl s_server`, Java's JSSE, `gnutls-serv`.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tlscope::model::{Expectations, Target, TlsVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::bench::{Bench, answer, at, listen, page, prober};
use crate::papers::{Authority, Leaf};
use crate::record::Record;
use crate::servers::{Papers, Server, has};

/// RFC 2409 section 6.2 and RFC 3526 section 3, as `openssl dhparam` writes them.
const PRIMES: [(&str, &str); 2] = [
    (
        "a prime of 1024 bits",
        "-----BEGIN DH PARAMETERS-----\n\
        MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR\n\
        Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL\n\
        /1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC\n\
        -----END DH PARAMETERS-----\n",
    ),
    ("a prime of 2048 bits (near miss of cfg.weak_dh)", ""),
];

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    let leaf = root.leaf_with(&rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key"), |_| ());
    let papers = Papers::make().expect("openssl is installed");
    papers.write("shop", "pem", &leaf.chain_pem());
    papers.write("shop", "key", &leaf.key);
    let mut bench = Bench::new(prober(&root.pem));
    openssl(&mut bench, &papers).await;
    primes(&mut bench, &papers).await;
    names(&mut bench, &papers, &root).await;
    expected(&mut bench, &papers).await;
    java(&mut bench, &papers).await;
    gnutls(&mut bench, &papers).await;
    by_hand(&mut bench, &leaf).await;
    bench.records
}

async fn openssl(bench: &mut Bench, papers: &Papers) {
    let cases: [(&str, &[&str]); 9] = [
        (
            "OpenSSL with all it has (near miss of cfg.3des, cfg.des, cfg.rc4, cfg.export_cipher)",
            &["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
        ),
        (
            "OpenSSL as it comes (near miss of cfg.null_cipher, cfg.anon_cipher, cfg.legacy_protocol, cfg.legacy_only, \
            cfg.no_tls13, cfg.ssl2, cfg.ssl3, cfg.compression, cfg.insecure_renegotiation, cfg.early_data)",
            &[],
        ),
        ("TLS 1.1 alone", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]),
        ("TLS 1.2 alone (near miss of cfg.legacy_only)", &["-tls1_2"]),
        ("TLS 1.2 with CBC alone", &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA384"]),
        (
            "TLS 1.2 with CBC and one AEAD suite (near miss of cfg.cbc_only)",
            &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256"],
        ),
        ("TLS 1.2 with RSA key exchange alone", &["-tls1_2", "-cipher", "AES128-GCM-SHA256:AES256-GCM-SHA384"]),
        (
            "TLS 1.2 with RSA key exchange and one ECDHE suite (near miss of cfg.no_forward_secrecy)",
            &["-tls1_2", "-cipher", "AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"],
        ),
        ("TLS 1.3 alone (near miss of cfg.no_tls13, cfg.no_forward_secrecy, cfg.cbc_only)", &["-tls1_3"]),
    ];
    for (name, options) in cases {
        let server = Server::openssl(papers, "shop", options);
        bench.survey(name, at(server.address)).await;
    }
}

async fn primes(bench: &mut Bench, papers: &Papers) {
    for (name, prime) in PRIMES {
        let file = papers.write("dh", "pem", prime);
        let given = ["-tls1_2", "-cipher", "ALL:!kRSA:@SECLEVEL=0", "-dhparam", &file];
        // Without a file it takes a prime by the length of its key.
        let options = if prime.is_empty() { &given[..3] } else { &given[..] };
        let server = Server::openssl(papers, "shop", options);
        bench.survey(name, at(server.address)).await;
    }
}

/// What clients get that send no name.
async fn names(bench: &mut Bench, papers: &Papers, root: &Authority) {
    let other = root.leaf(|params| params.subject_alt_names = vec![crate::papers::dns("default.example")]);
    let (certificate, key) = (papers.path("shop", "pem"), papers.path("shop", "key"));
    papers.write("other", "pem", &other.chain_pem());
    papers.write("other", "key", &other.key);
    for (name, default) in [
        ("another certificate for clients without a name", "other"),
        ("the same certificate for clients without a name (near miss of cfg.no_sni_certificate)", "shop"),
    ] {
        let options = ["-servername", "shop.example", "-cert2", &certificate, "-key2", &key];
        let server = Server::openssl(papers, default, &options);
        bench.survey(name, at(server.address)).await;
    }
}

async fn expected(bench: &mut Bench, papers: &Papers) {
    let server = Server::openssl(papers, "shop", &[]);
    for (name, min_version) in [
        ("TLS 1.2 where 1.3 is expected", TlsVersion::TLS13),
        ("TLS 1.2 where it is expected (near miss of expect.version)", TlsVersion::TLS12),
    ] {
        let expect = Expectations { min_version: Some(min_version), ..Expectations::default() };
        bench.survey(name, Target { expect: Some(Arc::new(expect)), ..at(server.address) }).await;
    }
}

/// With the certificate that `Papers` made for itself.
async fn java(bench: &mut Bench, papers: &Papers) {
    if has("java", "-version") {
        let server = Server::java(papers);
        bench.survey("JSSE with all it has", at(server.address)).await;
    }
}

async fn gnutls(bench: &mut Bench, papers: &Papers) {
    if !has("gnutls-serv", "--version") {
        return;
    }
    let usual = "NORMAL:+COMP-NULL";
    for (name, priority) in [
        ("GnuTLS without safe renegotiation", "NORMAL:%DISABLE_SAFE_RENEGOTIATION"),
        ("GnuTLS as it comes (near miss of cfg.insecure_renegotiation)", usual),
        ("GnuTLS with triple DES", "NORMAL:+3DES-CBC:+VERS-TLS1.0:+SHA1:%VERIFY_ALLOW_SIGN_WITH_SHA1"),
    ] {
        let port = free_port();
        let mut command = Command::new("gnutls-serv");
        command.args(["--http", "--quiet", "--priority", priority, "--port", &port.to_string()]);
        command.args(["--x509certfile", &papers.path("shop", "pem"), "--x509keyfile", &papers.path("shop", "key")]);
        let _server = Daemon::start(&mut command, port).await;
        bench.survey(name, at(SocketAddr::from(([127, 0, 0, 1], port)))).await;
    }
}

/// Of the namespace, in which nobody else takes one.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A program that does not say when it listens, ended when dropped.
struct Daemon(Child);

impl Daemon {
    async fn start(command: &mut Command, port: u16) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let daemon = Self(command.spawn().expect("it is installed"));
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What no library speaks any more is answered by hand, and all else by a server that is real.
async fn by_hand(bench: &mut Bench, leaf: &Leaf) {
    let config = leaf.shared_config();
    for (name, kind) in [
        ("SSL 2 beside newer versions", ByHand::Ssl2),
        ("an alert in answer to SSL 2 (near miss of cfg.ssl2)", ByHand::NoSsl2),
        ("DEFLATE for clients that offer it", ByHand::Deflate),
    ] {
        let config = Arc::clone(&config);
        let address = answer(listen("127.0.0.1:0").await, move |_, mut stream| {
            let config = Arc::clone(&config);
            async move {
                let mut head = [0; 512];
                let length = stream.peek(&mut head).await.ok()?;
                if let Some(reply) = kind.reply(&head[..length]) {
                    let _ = stream.read(&mut head).await.ok()?;
                    stream.write_all(&reply).await.ok()?;
                    return stream.shutdown().await.ok();
                }
                let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
                page(&mut tls).await
            }
        });
        bench.survey(name, at(address)).await;
    }
}

#[derive(Clone, Copy)]
enum ByHand {
    Ssl2,
    NoSsl2,
    Deflate,
}

impl ByHand {
    /// `None`: the real server answers.
    fn reply(self, hello: &[u8]) -> Option<Vec<u8>> {
        // A CLIENT-HELLO of SSL 2 has no record's type but a length with its highest bit set.
        let is_ssl2 = hello.first().is_some_and(|first| first & 0x80 != 0);
        match self {
            // SERVER-HELLO with a certificate of two bytes, DES-CBC3 and a connection id of nine.
            Self::Ssl2 if is_ssl2 => {
                let body = [&[4, 0, 1, 0, 2, 0, 2, 0, 3, 0, 9, 9, 9, 7, 0, 0xC0][..], &[5; 9]].concat();
                Some([&[0x80, u8::try_from(body.len()).expect("short")], &body[..]].concat())
            }
            Self::NoSsl2 if is_ssl2 => Some(vec![21, 3, 1, 0, 2, 2, 70]),
            // Record, handshake header, version, random, session id: then suites, then compression methods.
            Self::Deflate => {
                let session = usize::from(*hello.get(43)?);
                let at = 44 + session;
                let suites = usize::from(u16::from_be_bytes([*hello.get(at)?, *hello.get(at + 1)?]));
                let first: [u8; 2] = hello.get(at + 2..at + 4)?.try_into().ok()?;
                let methods = hello.get(at + 2 + suites + 1..)?;
                let offers = usize::from(*hello.get(at + 2 + suites)?) > 1 && methods.first() == Some(&1);
                // ServerHello of TLS 1.2 with the first suite and DEFLATE (RFC 3749).
                let body = [&[3, 3][..], &[7; 32], &[0], &first, &[1]].concat();
                let length = u8::try_from(body.len()).expect("short");
                offers.then(|| [&[22, 3, 3, 0, length + 4, 2, 0, 0, length], &body[..]].concat())
            }
            _ => None,
        }
    }
}
