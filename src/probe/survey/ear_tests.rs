use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use crate::model::{Protocol, Survey, SurveyReason, Target};
use crate::probe::rig::{Authority, config, prober, serve, stores, target};

fn papers() -> Arc<ServerConfig> {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let mut config = config(vec![leaf], &key);
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

async fn talk(stream: TcpStream, config: Arc<ServerConfig>) {
    stream.set_nodelay(true).unwrap();
    if let Ok(mut tls) = TlsAcceptor::from(config).accept(stream).await {
        let _ = tls.read_to_end(&mut Vec::new()).await;
    }
}

async fn reset(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 64]).await;
    socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)).unwrap();
}

async fn survey(target: Target, address: std::net::SocketAddr) -> Survey {
    let (prober, target) = (prober(stores(&[])), Arc::new(target));
    let seen = prober.probe(&target, address).await;
    assert!(seen.is_handshake(), "{:?}", seen.outcome);
    prober.survey(&target, &seen, &[], SurveyReason::FirstSight).await
}

#[tokio::test]
async fn who_resets_the_twenty_first_connection_is_left_in_peace() {
    let (config, count) = (papers(), Arc::new(AtomicU32::new(0)));
    let address = serve(move |stream| {
        let (config, number) = (Arc::clone(&config), count.fetch_add(1, Ordering::Relaxed));
        async move { if number < 20 { talk(stream, config).await } else { reset(stream).await } }
    })
    .await;
    let survey = survey(target(), address).await;
    let why = survey.throttled.as_ref().expect("it was too much");
    assert!(why.as_str().contains("turned away"), "{why}");
    // Those that were answered, those that raised suspicion, the one that confirmed it, and what was under way.
    assert!((20..30).contains(&survey.connections), "{}", survey.connections);
    assert!(survey.unasked.iter().any(|left| left.reason.as_str().contains("enough of us")), "{:?}", survey.unasked);
}

#[tokio::test]
async fn who_resets_what_it_dislikes_is_asked_to_the_end() {
    let config = papers();
    let address = serve(move |stream| {
        let config = Arc::clone(&config);
        async move {
            stream.set_nodelay(true).unwrap();
            let Ok(start) = LazyConfigAcceptor::new(Acceptor::default(), stream).await else { return };
            let suites = start.client_hello().cipher_suites().len();
            // The library's own hello has nine; those written by hand have more or fewer.
            if suites == 9 || suites == 10 {
                if let Ok(mut tls) = start.into_stream(config).await {
                    let _ = tls.read_to_end(&mut Vec::new()).await;
                }
            } else {
                socket2::SockRef::from(&start.io).set_linger(Some(std::time::Duration::ZERO)).unwrap();
            }
        }
    })
    .await;
    let survey = survey(target(), address).await;
    assert_eq!(survey.throttled, None);
    assert!(survey.unasked.iter().all(|left| !left.reason.as_str().contains("enough")), "{:?}", survey.unasked);
}

/// RFC 5321 section 3.8: 421, service not available.
#[tokio::test]
async fn a_mail_server_that_counts_says_421() {
    let (config, count) = (papers(), Arc::new(AtomicU32::new(0)));
    let address = serve(move |mut stream: TcpStream| {
        let (config, number) = (Arc::clone(&config), count.fetch_add(1, Ordering::Relaxed));
        async move {
            stream.set_nodelay(true).unwrap();
            if number >= 10 {
                let _ = stream.write_all(b"421 4.7.0 mx.example Error: too many connections from you\r\n").await;
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
                return;
            }
            let mut said = [0; 512];
            for line in ["220 mx.example ESMTP\r\n", "250-mx.example\r\n250 STARTTLS\r\n", "220 go ahead\r\n"] {
                let _ = stream.write_all(line.as_bytes()).await;
                if !line.contains("go ahead") && stream.read(&mut said).await.is_ok_and(|count| count == 0) {
                    return;
                }
            }
            talk(stream, config).await;
        }
    })
    .await;
    let survey = survey(Target { protocol: Protocol::Smtp, ..target() }, address).await;
    let why = survey.throttled.as_ref().expect("it was too much");
    assert!(why.as_str().contains("421"), "{why}");
    assert!(survey.connections < 14, "{}", survey.connections);
}
