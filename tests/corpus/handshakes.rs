//! Handshakes that fail, or hold for some clients only.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::bench::{Bench, answer, at, hasty, listen, page, prober, serve, serving_with};
use crate::papers::{Authority, Leaf};
use crate::record::Record;
use crate::servers::{Papers, Server};

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    let leaf = root.leaf(|_| ());
    let mut bench = Bench::new(prober(&root.pem));
    by_hand(&mut bench).await;
    groups(&mut bench, &leaf).await;
    shared(&mut bench, &root).await;
    sessions(&mut bench, &leaf).await;
    bench.records
}

fn message(kind: u8, length: u8, body: &[u8]) -> Vec<u8> {
    let record = u8::try_from(body.len() + 4).expect("short");
    [&[22, 3, 3, 0, record, kind, 0, 0, length], body].concat()
}

/// A `ServerHello` of TLS 1.2 with `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`.
fn server_hello() -> Vec<u8> {
    let body = [&[3, 3][..], &[7; 32], &[0, 0xC0, 0x2B, 0]].concat();
    message(2, u8::try_from(body.len()).expect("short"), &body)
}

fn alert(number: u8) -> Vec<u8> {
    vec![21, 3, 3, 0, 2, 2, number]
}

/// A `ServerHello` of TLS 1.3 (RFC 9846 section 4.2.3) with a share for X448, to a hello whose session it echoes.
fn share(hello: &[u8]) -> Option<Vec<u8>> {
    let session = hello.get(43..44 + usize::from(*hello.get(43)?))?;
    let extensions = [&[0, 43, 0, 2, 3, 4, 0, 51, 0, 60, 0, 30, 0, 56][..], &[9; 56]].concat();
    let body = [&[3, 3][..], &[7; 32], session, &[0x13, 0x01, 0, 0, 70], &extensions].concat();
    Some(message(2, u8::try_from(body.len()).ok()?, &body))
}

/// Answers that no server may give.
async fn by_hand(bench: &mut Bench) {
    let hello = server_hello();
    let cases = [
        ("a hello whose lengths do not add up", message(2, 6, &[3, 3, 0, 0, 0, 255])),
        ("a hello said twice (near miss of hs.decode_error)", [&hello[..], &hello].concat()),
        ("a hello and no more (near miss of hs.protocol_violation)", hello.clone()),
        ("warnings without end", [21, 3, 3, 0, 2, 1, 90].repeat(200)),
        ("the alert decode_error (near miss of hs.internal_error, hs.alert)", alert(50)),
        ("the alert handshake_failure (near miss of hs.protocol_version, hs.sni_unrecognized)", alert(40)),
        ("the alert insufficient_security (near miss of hs.alert)", alert(71)),
        ("the alert unrecognized_name (near miss of hs.sni_required, hs.alpn_mismatch)", alert(112)),
        ("a key share of a group that nobody offered", Vec::new()),
    ];
    for (name, reply) in cases {
        let reply = Arc::new(reply);
        let address = answer(listen("127.0.0.1:0").await, move |_, mut stream| {
            let reply = Arc::clone(&reply);
            async move {
                let mut heard = [0; 4096];
                let length = stream.read(&mut heard).await.ok()?;
                let unoffered = || share(&heard[..length]);
                let reply = if reply.is_empty() { unoffered()? } else { reply.to_vec() };
                stream.write_all(&reply).await.ok()?;
                stream.shutdown().await.ok()?;
                while stream.read(&mut heard).await.ok()? > 0 {}
                None
            }
        });
        bench.survey(name, hasty(at(address))).await;
    }
}

async fn groups(bench: &mut Bench, leaf: &Leaf) {
    for (name, groups) in [
        ("one post-quantum group alone", vec![kx_group::X25519MLKEM768]),
        (
            "a post-quantum group and X25519 (near miss of hs.pq_only, cfg.no_pq)",
            vec![kx_group::X25519MLKEM768, kx_group::X25519],
        ),
    ] {
        let mut provider = default_provider();
        provider.kx_groups = groups;
        bench.survey(name, at(serve(serving_with(leaf.certified(), provider, &[&TLS13])).await)).await;
    }
}

/// Servers that have nothing in common with us in one respect.
async fn shared(bench: &mut Bench, root: &Authority) {
    let leaf = root.leaf_with(&rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key"), |_| ());
    let papers = Papers::make().expect("openssl is installed");
    papers.write("shop", "pem", &leaf.chain_pem());
    papers.write("shop", "key", &leaf.key);
    let cases: [(&str, &[&str]); 9] = [
        ("a request for a client's signature that TLS 1.3 has not", &["-verify", "1", "-client_sigalgs", "RSA+SHA256"]),
        ("TLS 1.3 over X448 and a finite field alone", &["-tls1_3", "-groups", "X448:ffdhe3072"]),
        ("TLS 1.2 over a curve of Koblitz alone", &["-tls1_2", "-groups", "sect571r1"]),
        ("both versions over brainpool's curves alone", &["-groups", "brainpoolP256r1:brainpoolP384r1"]),
        ("TLS 1.3 over P-521 and P-256 (near miss of hs.no_shared_group)", &["-tls1_3", "-groups", "P-521:P-256"]),
        ("signatures with SHA-224 alone", &["-sigalgs", "RSA+SHA224", "-cipher", "ALL:@SECLEVEL=0"]),
        ("signatures of PSS with SHA-512 alone (near miss of hs.no_shared_sigalg)", &["-sigalgs", "RSA-PSS+SHA512"]),
        ("one suite of CAMELLIA alone", &["-tls1_2", "-cipher", "ECDHE-RSA-CAMELLIA128-SHA256"]),
        (
            "one usual suite alone (near miss of hs.no_shared_cipher)",
            &["-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"],
        ),
    ];
    for (name, options) in cases {
        let server = Server::openssl(&papers, "shop", options);
        bench.survey(name, at(server.address)).await;
    }
}

/// A server, or what stands before it, that does not bear the tickets it gave.
async fn sessions(bench: &mut Bench, leaf: &Leaf) {
    let config = Arc::new(serving_with(leaf.certified(), default_provider(), &[&TLS12, &TLS13]));
    for (name, bears_them) in [
        ("internal_error to whoever resumes a session", false),
        ("sessions that are resumed (near miss of hs.resumption_broken)", true),
    ] {
        let config = Arc::clone(&config);
        let address = answer(listen("127.0.0.1:0").await, move |_, mut stream| {
            let config = Arc::clone(&config);
            async move {
                let mut head = [0; 4096];
                let length = stream.peek(&mut head).await.ok()?;
                if !bears_them && resumes(&head[..length]) == Some(true) {
                    let _ = stream.read(&mut head).await.ok()?;
                    return stream.write_all(&[21, 3, 3, 0, 2, 2, 80]).await.ok();
                }
                let mut tls = tokio_rustls::TlsAcceptor::from(config).accept(stream).await.ok()?;
                page(&mut tls).await
            }
        });
        bench.survey(name, at(address)).await;
    }
}

/// Whether a hello has a ticket (RFC 5077) or a key from before (`pre_shared_key`) in it.
fn resumes(hello: &[u8]) -> Option<bool> {
    let pair = |at: usize| Some(usize::from(u16::from_be_bytes([*hello.get(at)?, *hello.get(at + 1)?])));
    let suites = 44 + usize::from(*hello.get(43)?);
    let methods = suites + 2 + pair(suites)?;
    let extensions = methods + 1 + usize::from(*hello.get(methods)?);
    let end = extensions + 2 + pair(extensions)?;
    let mut at = extensions + 2;
    while at + 4 <= end {
        let (kind, length) = (pair(at)?, pair(at + 2)?);
        if kind == 41 || kind == 35 && length > 0 {
            return Some(true);
        }
        at += 4 + length;
    }
    Some(false)
}
