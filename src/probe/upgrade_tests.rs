//! Probes of servers that are led to TLS, that are not what they are asked for, or that stop half-way.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::rig::{self, Authority};
use super::starttls::Packets;
use crate::model::{FailureKind, Observation, Phase, PlaintextProtocol, Protocol, Target};

struct World {
    root: Authority,
    config: ServerConfig,
    leaf: CertificateDer<'static>,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Test Root");
        let (leaf, key) = root.leaf(|_| ());
        Self { config: rig::config(vec![leaf.clone()], &key), leaf, root }
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::new(self.config.clone()))
    }

    async fn probe(&self, protocol: Protocol, server: SocketAddr, timeout: Duration) -> Observation {
        let prober = rig::prober(rig::stores(&[("ours", &self.root)]));
        prober.probe(&Arc::new(Target { protocol, timeout, ..rig::target() }), server).await
    }
}

/// Serves connections side by side.
async fn serve<F: Future<Output = ()> + Send + 'static>(
    handle: impl Fn(TcpStream) -> F + Send + Clone + 'static,
) -> SocketAddr {
    rig::serve(move |stream| {
        tokio::spawn(handle(stream));
        std::future::ready(())
    })
    .await
}

const PATIENT: Duration = Duration::from_secs(10);

/// Says a greeting, then answers each of our flights with the next reply.
async fn speak(stream: &mut TcpStream, greeting: &str, replies: &[&str]) {
    let _ = stream.write_all(greeting.as_bytes()).await;
    for reply in replies {
        if !matches!(stream.read(&mut [0; 1024]).await, Ok(1..)) {
            return;
        }
        let _ = stream.write_all(reply.as_bytes()).await;
    }
}

const GREETING: &str = "220 mail ESMTP\r\n";
const OFFER: &str = "250-mail\r\n250 STARTTLS\r\n";

async fn mail_server(acceptor: TlsAcceptor) -> SocketAddr {
    serve(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            speak(&mut stream, GREETING, &[OFFER, "220 go\r\n"]).await;
            if let Ok(mut tls) = acceptor.accept(stream).await {
                let _ = tls.read_to_end(&mut Vec::new()).await;
            }
        }
    })
    .await
}

fn failed(observation: &Observation) -> (Phase, &FailureKind) {
    let failure = observation.failure().unwrap_or_else(|| panic!("no failure: {observation:?}"));
    (failure.phase, &failure.kind)
}

#[tokio::test]
async fn a_mail_server_is_led_to_tls_and_seen_whole() {
    let world = World::new();
    let server = mail_server(world.acceptor()).await;
    let seen = world.probe(Protocol::Smtp, server, PATIENT).await;
    assert!(seen.is_handshake(), "{seen:?}");
    let upgrade = seen.upgrade.unwrap();
    assert_eq!((upgrade.banner.as_ref().unwrap().as_str(), upgrade.accepted), ("220 mail ESMTP", true));
    assert_eq!(*seen.handshake.unwrap().chain[0].der, *world.leaf);
    let timings = seen.timings;
    assert!(timings.tcp.unwrap() + timings.starttls.unwrap() + timings.tls.unwrap() <= timings.total);
}

#[tokio::test]
async fn sql_servers_wrap_their_handshake() {
    const ANSWER: &[u8] = b"\x04\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\
        \x10\x00\x03\xe8\x00\x00\x01";
    let world = World::new();
    let acceptor = world.acceptor();
    let server = serve(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut prelogin = [0; 26];
            stream.read_exact(&mut prelogin).await.unwrap();
            stream.write_all(ANSWER).await.unwrap();
            if let Ok(mut tls) = acceptor.accept(Packets::new(stream)).await {
                let _ = tls.read_to_end(&mut Vec::new()).await;
            }
        }
    })
    .await;
    let seen = world.probe(Protocol::Tds, server, PATIENT).await;
    assert!(seen.is_handshake(), "{seen:?}");
    assert_eq!(seen.upgrade.unwrap().reply.as_ref().unwrap().as_str(), "ENCRYPT_ON");
    assert_eq!(*seen.handshake.unwrap().chain[0].der, *world.leaf);
}

#[tokio::test]
async fn tls_at_once_is_recognised_however_it_shows() {
    let world = World::new();
    let acceptor = world.acceptor();
    let server = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut tls) = acceptor.accept(stream).await {
                let _ = tls.read_to_end(&mut Vec::new()).await;
            }
        }
    })
    .await;
    // A server that waits for our ClientHello while we wait for its greeting; one that cannot make sense of our words.
    for (protocol, timeout) in [(Protocol::Imap, Duration::from_millis(600)), (Protocol::Ldap, PATIENT)] {
        let seen = world.probe(protocol, server, timeout).await;
        assert_eq!(failed(&seen), (Phase::Starttls, &FailureKind::ImplicitTls), "{seen:?}");
        assert_eq!(*seen.handshake.as_ref().unwrap().chain[0].der, *world.leaf);
        assert!(seen.upgrade.is_none() && seen.timings.starttls.is_some(), "{seen:?}");
    }
    // Closes without an alert.
    let acceptor = world.acceptor();
    let curt = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut first = [0];
            let _ = stream.peek(&mut first).await;
            if first == [0x16] {
                let _ = acceptor.accept(stream).await;
            }
        }
    })
    .await;
    let seen = world.probe(Protocol::Postgres, curt, PATIENT).await;
    assert_eq!(failed(&seen), (Phase::Starttls, &FailureKind::ImplicitTls), "{seen:?}");
}

#[tokio::test]
async fn a_silent_server_is_not_taken_for_a_tls_server() {
    let world = World::new();
    let silent = serve(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let seen = world.probe(Protocol::Smtp, silent, Duration::from_millis(300)).await;
    assert_eq!(failed(&seen), (Phase::Starttls, &FailureKind::TimedOut), "{seen:?}");
    assert_eq!(seen.failure().unwrap().detail.as_str(), "connected, and not greeted");
}

#[tokio::test]
async fn a_slow_greeting_is_waited_for() {
    let world = World::new();
    let acceptor = world.acceptor();
    let slow = serve(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            // Longer than half of the timeout.
            tokio::time::sleep(Duration::from_millis(700)).await;
            speak(&mut stream, GREETING, &[OFFER, "220 go\r\n"]).await;
            let _ = acceptor.accept(stream).await;
        }
    })
    .await;
    let seen = world.probe(Protocol::Smtp, slow, Duration::from_millis(1200)).await;
    assert!(seen.is_handshake(), "{seen:?}");
}

#[tokio::test]
async fn an_upgrade_where_tls_was_expected_is_followed() {
    let world = World::new();
    let server = mail_server(world.acceptor()).await;
    let seen = world.probe(Protocol::Tls, server, PATIENT).await;
    let (Phase::Tls, FailureKind::Plaintext { protocol: PlaintextProtocol::Smtp, .. }) = failed(&seen) else {
        panic!("{seen:?}");
    };
    let upgrade = seen.upgrade.unwrap();
    assert!(upgrade.accepted && upgrade.protocol == Protocol::Smtp);
    assert_eq!(*seen.handshake.unwrap().chain[0].der, *world.leaf, "the certificate is seen all the same");
}

#[tokio::test]
async fn another_protocol_is_named() {
    let world = World::new();
    let server =
        serve(|mut stream| async move { speak(&mut stream, "* OK [CAPABILITY IMAP4rev1] x\r\n", &[]).await }).await;
    let seen = world.probe(Protocol::Smtp, server, PATIENT).await;
    let (Phase::Starttls, FailureKind::Plaintext { protocol: PlaintextProtocol::Imap, .. }) = failed(&seen) else {
        panic!("{seen:?}");
    };
    assert_eq!(seen.upgrade.unwrap().protocol, Protocol::Imap, "and asked what it offers");
}

#[tokio::test]
async fn an_agreement_that_is_not_kept_fails_in_tls() {
    let world = World::new();
    let server = serve(|mut stream| async move {
        speak(&mut stream, GREETING, &[OFFER, "220 go\r\n", "454 no, wait\r\n"]).await;
    })
    .await;
    let seen = world.probe(Protocol::Smtp, server, PATIENT).await;
    let (Phase::Tls, FailureKind::Plaintext { .. }) = failed(&seen) else { panic!("{seen:?}") };
    assert!(seen.handshake.is_none() && seen.upgrade.unwrap().accepted);
}

#[tokio::test]
async fn what_is_injected_never_reaches_tls() {
    let world = World::new();
    let acceptor = world.acceptor();
    let server = serve(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            speak(&mut stream, GREETING, &[OFFER, "220 go\r\n\x15\x03\x03\0\x02\x02\x28"]).await;
            if let Ok(mut tls) = acceptor.accept(stream).await {
                let _ = tls.read_to_end(&mut Vec::new()).await;
            }
        }
    })
    .await;
    let seen = world.probe(Protocol::Smtp, server, PATIENT).await;
    assert!(seen.is_handshake(), "{seen:?}");
    assert_eq!(
        seen.upgrade.unwrap().injected.as_ref().unwrap().as_str(),
        "<U+0015><U+0003><U+0003><U+0000><U+0002><U+0002>("
    );
}
