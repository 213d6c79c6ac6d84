use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UdpSocket;

use super::*;
use crate::model::{HttpFailureKind, SurveyReason};
use crate::probe::rig::{self, Authority, prober, serve, stores, target};

/// Who sits on the advertised port.
enum Other {
    /// HTTP/3, with a certificate of its own.
    Http3(Box<rustls::ServerConfig>),
    /// Packets vanish.
    Nobody,
    /// It answers with noise.
    Noise,
}

async fn port_of(other: Other) -> u16 {
    match other {
        Other::Http3(mut config) => {
            config.alpn_protocols = vec![b"h3".to_vec()];
            let crypto = quinn::crypto::rustls::QuicServerConfig::try_from(*config).unwrap();
            let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
            let endpoint = quinn::Endpoint::server(config, "127.0.0.1:0".parse().unwrap()).unwrap();
            let port = endpoint.local_addr().unwrap().port();
            tokio::spawn(async move {
                while let Some(incoming) = endpoint.accept().await {
                    if let Ok(connection) = incoming.await {
                        connection.closed().await;
                    }
                }
            });
            port
        }
        Other::Nobody | Other::Noise => {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let port = socket.local_addr().unwrap().port();
            let answers = matches!(other, Other::Noise);
            tokio::spawn(async move {
                let mut packet = [0; 1500];
                while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                    for byte in &mut packet {
                        *byte = byte.wrapping_mul(5).wrapping_add(1);
                    }
                    if answers {
                        let _ = socket.send_to(&packet[..length], from).await;
                    }
                }
            });
            port
        }
    }
}

/// Surveys a server over TCP whose responses advertise HTTP/3 at this port.
async fn asked(root: &Authority, port: u16, patience: Duration) -> Option<QuicAnswer> {
    let (leaf, key) = root.leaf(|_| {});
    let mut config = rig::config(vec![leaf], &key);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let response: Arc<str> = format!("HTTP/1.1 200 OK\r\nAlt-Svc: h2=\":1\", h3=\":{port}\"\r\n\r\n").into();
    let address = serve(move |stream| {
        let (acceptor, response) = (acceptor.clone(), Arc::clone(&response));
        async move {
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(stream).await else { return };
                if let Ok(1..) = tls.read(&mut [0; 1024]).await {
                    let _ = tls.write_all(response.as_bytes()).await;
                }
                let _ = tls.shutdown().await;
            });
        }
    })
    .await;
    let (prober, target) = (prober(stores(&[("lab", root)])), Arc::new(Target { timeout: patience, ..target() }));
    let seen = prober.probe(&target, address).await;
    prober.survey(&target, &seen, &[], SurveyReason::Asked).await.quic
}

const PATIENT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_handshake_shows_protocol_and_certificate() {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let served = leaf.to_vec();
    let port = port_of(Other::Http3(rig::config(vec![leaf], &key).into())).await;
    let answer = asked(&root, port, PATIENT).await.unwrap();
    assert_eq!((answer.port, answer.advertised, answer.failure), (port, true, None));
    assert_eq!(answer.alpn.unwrap().as_str(), "h3");
    assert_eq!(&*answer.chain[0].der, &served[..]);
    assert!(answer.took > Duration::ZERO);
}

#[tokio::test]
async fn who_does_not_answer_or_talks_noise_is_waited_for_and_no_longer() {
    let root = Authority::root("Root");
    for other in [Other::Nobody, Other::Noise] {
        let answer = asked(&root, port_of(other).await, Duration::from_millis(600)).await.unwrap();
        assert!(answer.failure.is_some() && answer.chain.is_empty(), "{answer:?}");
        assert!(answer.took < Duration::from_secs(3), "{:?}", answer.took);
    }
}

#[tokio::test]
async fn a_server_of_another_protocol_refuses_with_its_alert() {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let config = rig::config(vec![leaf], &key);
    let port = {
        let mut config = config;
        config.alpn_protocols = vec![b"other".to_vec()];
        let crypto = quinn::crypto::rustls::QuicServerConfig::try_from(config).unwrap();
        let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
        let endpoint = quinn::Endpoint::server(config, "127.0.0.1:0".parse().unwrap()).unwrap();
        let port = endpoint.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Some(incoming) = endpoint.accept().await {
                let _ = incoming.await;
            }
        });
        port
    };
    let answer = asked(&root, port, PATIENT).await.unwrap();
    assert!(answer.failure.unwrap().as_str().contains("peer"), "the server's refusal");
}

#[test]
fn only_what_is_this_hosts_is_tried() {
    let service = |protocol: &str, authority: &str| AltSvc {
        protocol: Untrusted::new(protocol),
        authority: Untrusted::new(authority),
        max_age: 60,
    };
    let answer = |services: Vec<AltSvc>| {
        let mut answer = HttpAnswer::failed(HttpFailureKind::Silent, Untrusted::new(""), crate::model::Time::default());
        answer.alt_svc = services;
        advertised(&target(), Some(&answer), None)
    };
    assert_eq!(answer(vec![service("h2", ":1"), service("h3-29", ":2"), service("h3", ":8443")]), Some(8443));
    assert_eq!(answer(vec![service("h3", "other.example:443")]), None);
    assert_eq!(answer(vec![service("h3", ":0")]), None);
    assert_eq!(answer(vec![service("h3", ":99999")]), None);
    let record = |priority, target: &str, port| ServiceRecord {
        priority,
        target: Untrusted::new(target),
        alpn: vec![Untrusted::new("h2"), Untrusted::new("h3")],
        port,
        ech: false,
        hints: Vec::new(),
    };
    assert_eq!(port_of_record(&record(1, ".", None), 443), Some(443));
    assert_eq!(port_of_record(&record(1, ".", Some(8443)), 443), Some(8443));
    assert_eq!(port_of_record(&record(0, ".", None), 443), None);
    assert_eq!(port_of_record(&record(1, "cdn.example.", None), 443), None);
}
