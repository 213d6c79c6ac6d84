use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;

use super::*;
use crate::model::{Alert, ClientAuth, Observation, Phase, Protocol, SurveyReason};
use crate::probe::rig::{self, Authority, prober, stores, target};

fn h3() -> Target {
    Target { protocol: Protocol::H3, alpn: vec!["h3".into()], timeout: Duration::from_secs(10), ..target() }
}

/// A server that completes handshakes.
fn serving(mut config: rustls::ServerConfig, protocol: &str) -> SocketAddr {
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let crypto = quinn::crypto::rustls::QuicServerConfig::try_from(config).unwrap();
    let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    let endpoint = quinn::Endpoint::server(config, "127.0.0.1:0".parse().unwrap()).unwrap();
    let address = endpoint.local_addr().unwrap();
    tokio::spawn(async move {
        while let Some(incoming) = endpoint.accept().await {
            tokio::spawn(async move {
                if let Ok(connection) = incoming.await {
                    connection.closed().await;
                }
            });
        }
    });
    address
}

/// A socket that answers every packet so, or not at all.
async fn answering(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            if let Some(answer) = answer(&packet[..length]) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    address
}

async fn probed(root: &Authority, target: Target, address: SocketAddr) -> Observation {
    prober(stores(&[("lab", root)])).probe(&Arc::new(target), address).await
}

fn ended(observation: &Observation) -> (Phase, &FailureKind) {
    let failure = observation.failure().unwrap_or_else(|| panic!("{observation:?}"));
    (failure.phase, &failure.kind)
}

#[tokio::test]
async fn a_handshake_over_quic_shows_what_one_over_tcp_does() {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let served = leaf.to_vec();
    let observation = probed(&root, h3(), serving(rig::config(vec![leaf], &key), "h3")).await;
    assert!(observation.is_handshake(), "{observation:?}");
    let handshake = observation.handshake.as_ref().unwrap();
    assert_eq!(handshake.version, Some(TlsVersion::TLS13));
    assert!(handshake.cipher.unwrap().to_string().starts_with("TLS_AES_"), "{:?}", handshake.cipher);
    assert!(handshake.group.unwrap().name().is_some(), "{:?}", handshake.group);
    assert_eq!(handshake.kind, Some(HandshakeKind::Full));
    assert_eq!(handshake.alpn.as_ref().unwrap().as_str(), "h3");
    assert_eq!(&*handshake.leaf().unwrap().der, &served[..]);
    assert!(handshake.trust.as_ref().unwrap().is_verified());
    assert!(handshake.received > 500 && handshake.sent > 100, "{handshake:?}");
    let timings = observation.timings;
    assert!(timings.tls.is_some_and(|tls| tls > Duration::ZERO && tls <= timings.total) && timings.tcp.is_none());
}

#[tokio::test]
async fn its_survey_asks_nothing_over_tcp() {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let address = serving(rig::config(vec![leaf], &key), "h3");
    let (prober, target) = (prober(stores(&[("lab", &root)])), Arc::new(h3()));
    let seen = prober.probe(&target, address).await;
    let survey = prober.survey(&target, &seen, &[], SurveyReason::FirstSight).await;
    assert_eq!(survey.connections, 0);
    assert!(survey.paths.unwrap().paths[0].valid);
    let left = survey.unasked.iter().find(|left| &*left.question == "negotiation").expect("left");
    assert_eq!(left.reason.as_str(), "asked over TCP only, and the target is HTTP/3");
    assert!(survey.negotiation.is_none() && survey.http.is_none() && survey.quic.is_none());
}

/// RFC 9001 section 4.8: alerts travel as error codes.
#[tokio::test]
async fn a_refusal_is_the_servers_alert() {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let observation = probed(&root, h3(), serving(rig::config(vec![leaf], &key), "other")).await;
    let refusal = FailureKind::Alert(Alert { number: 120, from: Peer::Server });
    assert_eq!(ended(&observation), (Phase::Tls, &refusal));
    assert_eq!(observation.handshake.unwrap().alerts.to_vec(), [Alert { number: 120, from: Peer::Server }]);
}

#[tokio::test]
async fn who_wants_a_certificate_and_gets_none_is_heard_after_the_handshake() {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let config = rig::configured(&[&rustls::version::TLS13], Some(&root), vec![leaf], &key);
    let observation = probed(&root, h3(), serving(config, "h3")).await;
    let refusal = FailureKind::Alert(Alert { number: 116, from: Peer::Server });
    assert_eq!(ended(&observation), (Phase::Read, &refusal));
    let handshake = observation.handshake.unwrap();
    assert!(matches!(handshake.client_auth, ClientAuth::Requested { presented: None, .. }));
    assert!(handshake.leaf().is_some(), "what was seen stays");
}

#[tokio::test]
async fn a_closed_port_and_a_silent_one_are_told_apart() {
    let root = Authority::root("Root");
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let soon = || Target { timeout: Duration::from_millis(500), ..h3() };
    assert_eq!(ended(&probed(&root, soon(), closed).await), (Phase::Quic, &FailureKind::Refused));
    let noise = |packet: &[u8]| Some(packet.iter().map(|byte| byte.wrapping_mul(5)).collect());
    for address in [answering(|_| None).await, answering(noise).await] {
        let observation = probed(&root, soon(), address).await;
        assert_eq!(ended(&observation), (Phase::Quic, &FailureKind::TimedOut));
        assert!(observation.handshake.is_none() && observation.timings.tls.is_none());
        assert!(observation.timings.total < Duration::from_secs(5), "{:?}", observation.timings);
    }
}

/// RFC 9000 section 17.2.1: the connection ids the other way round, and versions, none of which is 1.
#[tokio::test]
async fn who_speaks_another_version_says_so() {
    let root = Authority::root("Root");
    let address = answering(|packet| {
        let (&destination, rest) = packet.get(5..)?.split_first()?;
        let (destination, rest) = rest.split_at_checked(destination.into())?;
        let (&source, rest) = rest.split_first()?;
        let source = rest.get(..source.into())?;
        let id = |id: &[u8]| [&[u8::try_from(id.len()).unwrap()], id].concat();
        Some([&[0x80, 0, 0, 0, 0][..], &id(source), &id(destination), &[0xff, 0, 0, 29]].concat())
    })
    .await;
    let observation = probed(&root, h3(), address).await;
    assert_eq!(ended(&observation), (Phase::Quic, &FailureKind::Incompatible), "{observation:?}");
}
