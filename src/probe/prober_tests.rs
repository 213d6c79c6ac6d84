use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::super::rig::{self, Authority, NAME, around_now};
use super::*;
use crate::model::{Alert, Host, PathRefusal, PathResult, PlaintextProtocol, Proxy, ProxyKind};

struct World {
    root: Authority,
    issuing: Authority,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Test Root");
        let issuing = root.intermediate("Test Issuing", |_| ());
        Self { root, issuing }
    }

    fn prober(&self) -> Prober {
        rig::prober(rig::stores(&[("ours", &self.root)]))
    }

    async fn probe(&self, server: SocketAddr) -> Observation {
        self.prober().probe(&Arc::new(rig::target()), server).await
    }
}

fn failure(observation: &Observation) -> (Phase, FailureKind) {
    let failure = observation.failure().unwrap_or_else(|| panic!("no failure: {observation:?}"));
    (failure.phase, failure.kind.clone())
}

fn server_alert(number: u8) -> FailureKind {
    FailureKind::Alert(Alert { number, from: Peer::Server })
}

fn refusal(observation: &Observation) -> (PathRefusal, bool, bool) {
    let trust = observation.handshake.as_ref().unwrap().trust.as_ref().unwrap();
    match &trust.stores[0].result {
        PathResult::Refused { reason, valid_at_another_time, completed_by, .. } => {
            (*reason, *valid_at_another_time, completed_by.is_some())
        }
        PathResult::Trusted { .. } => panic!("trusted: {trust:?}"),
    }
}

#[tokio::test]
async fn a_healthy_server_shows_everything() {
    let world = World::new();
    let (leaf, key) = world.issuing.leaf(|_| ());
    let chain = vec![leaf.clone(), world.issuing.der.clone(), world.root.der.clone()];
    let mut config = rig::config(chain.clone(), &key);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let observation = world.probe(rig::serve_tls(config).await).await;

    assert!(observation.is_handshake(), "{observation:?}");
    let handshake = observation.handshake.as_ref().unwrap();
    assert_eq!(handshake.version.unwrap().name(), Some("TLSv1.3"));
    assert_eq!(handshake.group.unwrap().name(), Some("X25519MLKEM768"));
    assert_eq!(handshake.cipher.unwrap().name(), Some("TLS_AES_256_GCM_SHA384"));
    assert_eq!(handshake.alpn.as_ref().unwrap().as_str(), "http/1.1");
    assert_eq!(handshake.kind, Some(HandshakeKind::Full));
    assert_eq!(handshake.signature.unwrap().name(), Some("ecdsa_secp256r1_sha256"));
    assert_eq!((handshake.tickets, handshake.closed_by), (2, Some(Peer::Us)));
    assert_eq!(handshake.client_auth, ClientAuth::None);
    let served: Vec<&[u8]> = handshake.chain.iter().map(|certificate| &*certificate.der).collect();
    assert_eq!(served, chain.iter().map(AsRef::as_ref).collect::<Vec<&[u8]>>(), "as sent, the root included");
    assert!(handshake.trust.as_ref().unwrap().is_verified(), "{:?}", handshake.trust);
    assert!(handshake.received > 1000 && handshake.sent > 1000 && handshake.alerts.is_empty());
    let Timings { dns, tcp, tls, total, .. } = observation.timings;
    assert!(dns.is_none() && tcp.unwrap() + tls.unwrap() <= total);
}

#[tokio::test]
async fn tls_1_2_and_addresses_as_names_work() {
    let world = World::new();
    let (leaf, key) = world.issuing.leaf(|_| ());
    let mut config = rig::configured(&[&TLS12], None, vec![leaf, world.issuing.der.clone()], &key);
    config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().unwrap();
    let server = rig::serve_tls(config).await;
    let target = Target { host: crate::model::Host::Ip(server.ip()), ..rig::target() };
    let observation = world.prober().probe(&Arc::new(target), server).await;
    let handshake = observation.handshake.as_ref().unwrap();
    assert_eq!(handshake.version.unwrap().name(), Some("TLSv1.2"));
    assert!(handshake.group.is_some() && handshake.signature.is_some());
    assert_eq!(handshake.tickets, 1, "a ticket in plaintext");
    assert!(handshake.trust.as_ref().unwrap().is_verified());
}

#[tokio::test]
async fn what_is_wrong_with_a_chain_is_told_exactly() {
    let world = World::new();
    let issuing = &world.issuing;
    let life = |from: i64, to: i64| {
        move |params: &mut rcgen::CertificateParams| {
            (params.not_before, params.not_after) = (around_now(from), around_now(to));
        }
    };
    let cases = [
        (issuing.leaf(life(-7200, -3600)), true, (PathRefusal::Expired, true, false)),
        (issuing.leaf(life(3600, 7200)), true, (PathRefusal::NotYetValid, true, false)),
        (issuing.leaf(|_| ()), false, (PathRefusal::UnknownIssuer, false, false)),
    ];
    for ((leaf, key), complete, expected) in cases {
        let mut chain = vec![leaf];
        chain.extend(complete.then(|| issuing.der.clone()));
        let observation = world.probe(rig::serve_tls(rig::config(chain, &key)).await).await;
        assert!(observation.is_handshake(), "{observation:?}");
        assert_eq!(refusal(&observation), expected);
        assert!(observation.handshake.unwrap().trust.as_ref().unwrap().name_matches);
    }
}

#[tokio::test]
async fn a_missing_intermediate_is_named_once_another_server_sent_it() {
    let world = World::new();
    let prober = world.prober();
    let ((leaf, key), (other, other_key)) = (world.issuing.leaf(|_| ()), world.issuing.leaf(|_| ()));
    let poor = rig::serve_tls(rig::config(vec![leaf], &key)).await;
    let whole = rig::serve_tls(rig::config(vec![other, world.issuing.der.clone()], &other_key)).await;
    let target = Arc::new(rig::target());
    assert_eq!(refusal(&prober.probe(&target, poor).await), (PathRefusal::UnknownIssuer, false, false));
    assert!(prober.probe(&target, whole).await.handshake.unwrap().trust.as_ref().unwrap().is_verified());
    let told = prober.probe(&target, poor).await;
    assert_eq!(refusal(&told), (PathRefusal::UnknownIssuer, false, true), "{told:?}");
}

#[tokio::test]
async fn a_name_that_is_not_covered_is_told_apart_from_the_path() {
    let world = World::new();
    let (leaf, key) = world.issuing.leaf(|_| ());
    let server = rig::serve_tls(rig::config(vec![leaf, world.issuing.der.clone()], &key)).await;
    let target = Target { servername: Some("other.example".into()), ..rig::target() };
    let observation = world.prober().probe(&Arc::new(target), server).await;
    let trust = observation.handshake.unwrap().trust.clone().unwrap();
    assert!(trust.has_path() && trust.signature_valid && !trust.name_matches && !trust.is_verified());
}

#[tokio::test]
async fn a_form_that_the_verifier_does_not_read_is_no_wrong_name_and_no_wrong_key() {
    let world = World::new();
    let strange = |params: &mut rcgen::CertificateParams| {
        let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions = vec![extension];
    };
    for version in [&TLS13, &TLS12] {
        let ((leaf, key), (_, other)) = (world.issuing.leaf(strange), world.issuing.leaf(|_| ()));
        for (key, fits) in [(&key, true), (&other, false)] {
            let server = rig::serve_tls(rig::mismatched(version, leaf.clone(), key)).await;
            let trust = world.probe(server).await.handshake.unwrap().trust.clone().unwrap();
            assert!(trust.name_matches && !trust.has_path(), "{version:?}: {trust:?}");
            assert_eq!(trust.signature_valid, fits, "{version:?}");
        }
        let server = rig::serve_tls(rig::mismatched(version, leaf, &key)).await;
        let target = Target { servername: Some("other.example".into()), ..rig::target() };
        let observation = world.prober().probe(&Arc::new(target), server).await;
        assert!(!observation.handshake.unwrap().trust.as_ref().unwrap().name_matches);
    }
}

#[tokio::test]
async fn a_required_client_certificate_is_noticed_in_both_versions() {
    let world = World::new();
    for (version, phase, authorities) in [(&TLS13, Phase::Read, 1), (&TLS12, Phase::Tls, 1)] {
        let (leaf, key) = world.issuing.leaf(|_| ());
        let chain = vec![leaf, world.issuing.der.clone()];
        let server = rig::serve_tls(rig::configured(&[version], Some(&world.root), chain, &key)).await;
        let observation = world.probe(server).await;
        assert_eq!(failure(&observation), (phase, server_alert(116)), "{version:?}");
        let handshake = observation.handshake.unwrap();
        assert_eq!(handshake.chain.len(), 2);
        assert_eq!(*handshake.alerts, [Alert { number: 116, from: Peer::Server }]);
        let ClientAuth::Requested { authorities: names, .. } = &handshake.client_auth else { panic!("not asked") };
        assert_eq!(names.len(), authorities);
        assert!(names[0].as_str().contains("CN=Test Root"), "{names:?}");
        assert!(handshake.trust.as_ref().unwrap().is_verified());
    }
}

#[tokio::test]
async fn no_shared_alpn_is_the_servers_alert() {
    let world = World::new();
    let (leaf, key) = world.issuing.leaf(|_| ());
    let mut config = rig::config(vec![leaf], &key);
    config.alpn_protocols = vec![b"odd/1".to_vec()];
    let observation = world.probe(rig::serve_tls(config).await).await;
    assert_eq!(failure(&observation), (Phase::Tls, server_alert(120)));
    assert_eq!(observation.handshake.unwrap().closed_by, Some(Peer::Server));
}

#[tokio::test]
async fn a_retry_is_told_from_a_straight_handshake() {
    let world = World::new();
    let (leaf, key) = world.issuing.leaf(|_| ());
    let provider = CryptoProvider {
        kx_groups: vec![rustls::crypto::aws_lc_rs::kx_group::SECP384R1],
        ..rustls::crypto::aws_lc_rs::default_provider()
    };
    let key = rustls_pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf, world.issuing.der.clone()], key)
        .unwrap();
    let handshake = world.probe(rig::serve_tls(config).await).await.handshake.unwrap();
    assert_eq!(handshake.kind, Some(HandshakeKind::FullWithRetry));
    assert_eq!(handshake.group.unwrap().name(), Some("secp384r1"));
}

/// A server that reads the hello, or not, and then says `answer`.
async fn says(answer: &'static [u8], first_reads: bool) -> SocketAddr {
    rig::serve(move |mut stream| async move {
        if first_reads {
            let _ = stream.read(&mut [0; 4096]).await;
        }
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await
}

#[tokio::test]
async fn other_protocols_are_named() {
    let world = World::new();
    let cases: [(&[u8], bool, PlaintextProtocol); 3] = [
        (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", true, PlaintextProtocol::Http),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", false, PlaintextProtocol::Ssh),
        (b"220 mail.example ESMTP\r\n", false, PlaintextProtocol::Smtp),
    ];
    for (answer, first_reads, expected) in cases {
        let observation = world.probe(says(answer, first_reads).await).await;
        let (Phase::Tls, FailureKind::Plaintext { protocol, first }) = failure(&observation) else {
            panic!("{observation:?}")
        };
        assert_eq!(protocol, expected);
        assert!(first.as_str().starts_with(std::str::from_utf8(&answer[..8]).unwrap()), "{first}");
        assert!(observation.handshake.is_none());
    }
    let garbage = world.probe(says(b"\x00\x01garbage and more garbage", true).await).await;
    assert!(matches!(failure(&garbage), (Phase::Tls, FailureKind::NotTls { .. })), "{garbage:?}");
}

#[tokio::test]
async fn broken_records_are_the_peers_fault_and_our_alert() {
    let world = World::new();
    let observation = world.probe(says(b"\x16\x03\x03\x00\x04\x63\x00\x00\x00", true).await).await;
    assert_eq!(failure(&observation), (Phase::Tls, FailureKind::Misbehaved));
    let alerts = &observation.handshake.as_ref().unwrap().alerts;
    assert_eq!(alerts.iter().map(|alert| alert.from).collect::<Vec<_>>(), [Peer::Us], "{observation:?}");
}

#[tokio::test]
async fn an_old_server_is_incompatible() {
    let world = World::new();
    // ServerHello of TLS 1.0: version, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    let mut hello = vec![0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    hello.extend_from_slice(&[7; 32]);
    hello.extend_from_slice(&[0, 0, 0x2f, 0]);
    let observation = world.probe(says(hello.leak(), true).await).await;
    assert_eq!(failure(&observation), (Phase::Tls, FailureKind::Incompatible), "{observation:?}");
}

#[tokio::test]
async fn a_close_and_a_reset_are_told_apart() {
    let world = World::new();
    let closes = rig::serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let observation = world.probe(closes).await;
    assert_eq!(failure(&observation), (Phase::Tls, FailureKind::Closed));
    assert_eq!(observation.failure().unwrap().received, 0);
    assert!(observation.failure().unwrap().sent > 200);

    let resets = rig::serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    })
    .await;
    assert_eq!(failure(&world.probe(resets).await), (Phase::Tls, FailureKind::Reset));
}

#[tokio::test]
async fn nobody_there_is_a_refusal() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let observation = World::new().probe(address).await;
    assert_eq!(failure(&observation), (Phase::Tcp, FailureKind::Refused));
    assert!(observation.handshake.is_none() && observation.timings.tls.is_none());
}

#[tokio::test]
async fn silence_and_a_stall_end_at_the_deadline() {
    let world = World::new();
    let silent = rig::serve(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    // A record header that announces more than ever comes.
    let stalls = rig::serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    for (server, received) in [(silent, 0), (stalls, 11)] {
        let target = Target { timeout: Duration::from_millis(300), ..rig::target() };
        let observation = world.prober().probe(&Arc::new(target), server).await;
        assert_eq!(failure(&observation), (Phase::Tls, FailureKind::TimedOut));
        assert_eq!(observation.failure().unwrap().received, received);
        assert!(observation.timings.total >= Duration::from_millis(300));
    }
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let world = World::new();
    let floods = rig::serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        // A handshake message of 16 MiB, byte by byte.
        let records = [0x16, 3, 3, 0, 1, 0xff].repeat(1000);
        while stream.write_all(&records).await.is_ok() {}
    })
    .await;
    let observation = world.probe(floods).await;
    assert_eq!(failure(&observation), (Phase::Tls, FailureKind::Misbehaved), "{observation:?}");
    assert!(observation.failure().unwrap().received < 512 * 1024);
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_skipped() {
    let world = World::new();
    let address = "127.0.0.1:1".parse().unwrap();
    let proxy = Proxy { kind: ProxyKind::Http, host: Host::Ip([127, 0, 0, 1].into()), port: 1, login: None };
    let quic = Target { protocol: Protocol::H3, proxy: Some(Arc::new(proxy)), ..rig::target() };
    let unnameable = Target { servername: Some("not a name".into()), ..rig::target() };
    for target in [quic, unnameable] {
        let observation = world.prober().probe(&Arc::new(target), address).await;
        assert!(matches!(observation.outcome, Outcome::Skipped { .. }), "{observation:?}");
    }
}

#[tokio::test]
async fn certificates_are_shared_between_probes() {
    let world = World::new();
    let (leaf, key) = world.issuing.leaf(|_| ());
    let server = rig::serve_tls(rig::config(vec![leaf, world.issuing.der.clone()], &key)).await;
    let (prober, target) = (world.prober(), Arc::new(rig::target()));
    let first = prober.probe(&target, server).await.handshake.unwrap();
    let second = prober.probe(&target, server).await.handshake.unwrap();
    assert!(Arc::ptr_eq(&first.chain[0], &second.chain[0]));
    assert!(Arc::ptr_eq(first.trust.as_ref().unwrap(), second.trust.as_ref().unwrap()));
    assert_eq!(NAME, first.leaf().unwrap().sans[0].text().as_str());
}
