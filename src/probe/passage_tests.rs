//! Probes through proxies that do what they are asked, that do not, and that mean harm.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::rig::{self, Authority, serve};
use crate::model::{
    Event, FailureKind, Host, Login, Observation, Phase, PlaintextProtocol, Protocol, Proxy, ProxyKind, SurveyReason,
    Target,
};

const PATIENT: Duration = Duration::from_secs(10);
const PASSWORD: &str = "correct-horse-battery";

struct World {
    root: Authority,
    server: SocketAddr,
}

impl World {
    async fn new() -> Self {
        let root = Authority::root("Test Root");
        let (leaf, key) = root.leaf(|_| ());
        let server = rig::serve_tls(rig::config(vec![leaf], &key)).await;
        Self { root, server }
    }

    async fn probe(&self, target: Target, address: SocketAddr) -> Observation {
        rig::prober(rig::stores(&[("ours", &self.root)])).probe(&Arc::new(target), address).await
    }

    async fn probe_through(&self, kind: ProxyKind, proxy: SocketAddr) -> Observation {
        self.probe(target(kind, proxy, PATIENT), self.server).await
    }
}

fn target(kind: ProxyKind, proxy: SocketAddr, timeout: Duration) -> Target {
    let login = Some(Login { name: "ann".to_owned(), password: PASSWORD.to_owned().into() });
    let proxy = Proxy { kind, host: Host::Ip(proxy.ip()), port: proxy.port(), login };
    Target { proxy: Some(Arc::new(proxy)), timeout, ..rig::target() }
}

/// Serves connections side by side.
async fn spawn<F: Future<Output = ()> + Send + 'static>(
    handle: impl Fn(TcpStream) -> F + Send + Clone + 'static,
) -> SocketAddr {
    serve(move |stream| {
        tokio::spawn(handle(stream));
        std::future::ready(())
    })
    .await
}

/// The request up to its empty line.
async fn request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(request).unwrap()
}

/// Connects whoever logs in, as `CONNECT` asks; `behind` is said in one breath with the agreement.
async fn http_proxy(behind: &'static [u8]) -> SocketAddr {
    spawn(move |mut stream| async move {
        let request = request(&mut stream).await;
        let address = request.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
        // ann:correct-horse-battery
        if !request.contains("\r\nProxy-Authorization: Basic YW5uOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==\r\n") {
            let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
            return;
        }
        let mut far = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(&[b"HTTP/1.1 200 Connection established\r\n\r\n", behind].concat()).await;
        let _ = copy_bidirectional(&mut stream, &mut far).await;
    })
    .await
}

/// Connects whoever logs in, as SOCKS 5 asks, to IPv4 addresses.
async fn socks_proxy() -> SocketAddr {
    spawn(|mut stream| async move {
        let mut methods = [0; 4];
        stream.read_exact(&mut methods).await.unwrap();
        stream.write_all(&[5, 2]).await.unwrap();
        let mut login = vec![0; 2 + 3 + 1 + PASSWORD.len()];
        stream.read_exact(&mut login).await.unwrap();
        let status = u8::from(login != [b"\x01\x03ann\x15", PASSWORD.as_bytes()].concat());
        stream.write_all(&[1, status]).await.unwrap();
        let mut request = [0; 10];
        stream.read_exact(&mut request).await.unwrap();
        let ip: [u8; 4] = request[4..8].try_into().unwrap();
        let address = SocketAddr::from((ip, u16::from_be_bytes([request[8], request[9]])));
        let code = match TcpStream::connect(address).await {
            Ok(mut far) => {
                stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut far).await;
                return;
            }
            Err(_) => 5,
        };
        let _ = stream.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    })
    .await
}

fn failed(seen: &Observation) -> (Phase, &FailureKind) {
    let failure = seen.failure().unwrap_or_else(|| panic!("no failure: {seen:?}"));
    (failure.phase, &failure.kind)
}

fn answer(seen: &Observation) -> &str {
    seen.proxy.as_ref().unwrap().answer.as_ref().map_or("", |answer| answer.as_str())
}

#[tokio::test]
async fn servers_are_seen_through_both_kinds() {
    let world = World::new().await;
    let proxies = [
        (ProxyKind::Http, http_proxy(b"").await, "HTTP/1.1 200 Connection established"),
        (ProxyKind::Socks5, socks_proxy().await, "connected (0)"),
    ];
    for (kind, proxy, said) in proxies {
        let seen = world.probe_through(kind, proxy).await;
        assert!(seen.is_handshake(), "{seen:?}");
        assert_eq!(seen.key.address, world.server, "the target's own address, not the proxy's");
        assert_eq!(answer(&seen), said);
        let took = seen.proxy.as_ref().unwrap().took;
        assert!(!took.is_zero() && took <= seen.timings.tcp.unwrap(), "{seen:?}");
    }
}

#[tokio::test]
async fn a_survey_goes_the_same_way() {
    let world = World::new().await;
    let prober = rig::prober(rig::stores(&[("ours", &world.root)]));
    let target = Arc::new(target(ProxyKind::Socks5, socks_proxy().await, PATIENT));
    let seen = prober.probe(&target, world.server).await;
    let survey = prober.survey(&target, &seen, &[], SurveyReason::Asked).await;
    assert!(survey.alpn.iter().any(|answer| answer.answer.is_accepted() == Some(true)), "{survey:?}");
}

#[tokio::test]
async fn a_greeting_on_the_heels_of_the_agreement_is_not_lost() {
    let world = World::new().await;
    let silent = spawn(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let proxy = http_proxy(b"220 mail ESMTP\r\n").await;
    let mail = Target { protocol: Protocol::Smtp, ..target(ProxyKind::Http, proxy, Duration::from_millis(200)) };
    let seen = world.probe(mail, silent).await;
    let FailureKind::TimedOut = failed(&seen).1 else { panic!("{seen:?}") };
    assert_eq!(seen.upgrade.unwrap().banner.as_ref().unwrap().as_str(), "220 mail ESMTP");

    let proxy = http_proxy(b"SSH-2.0-OpenSSH_9.9\r\n").await;
    let seen = world.probe(target(ProxyKind::Http, proxy, PATIENT), silent).await;
    let (Phase::Tls, FailureKind::Plaintext { protocol: PlaintextProtocol::Ssh, .. }) = failed(&seen) else {
        panic!("{seen:?}");
    };
}

#[tokio::test]
async fn what_the_proxy_says_of_the_target_is_the_targets() {
    let world = World::new().await;
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let target = target(ProxyKind::Socks5, socks_proxy().await, PATIENT);
    let seen = world.probe(target, nobody.local_addr().unwrap()).await;
    assert_eq!(failed(&seen), (Phase::Tcp, &FailureKind::Refused));
    assert_eq!(answer(&seen), "connection refused (5)");
}

#[tokio::test]
async fn the_proxys_own_failures_are_its_own() {
    let world = World::new().await;
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let seen = world.probe_through(ProxyKind::Http, nobody.local_addr().unwrap()).await;
    assert_eq!(failed(&seen), (Phase::Proxy, &FailureKind::Refused));
    assert!(seen.proxy.is_some_and(|passage| passage.answer.is_none()));

    let mut stranger = target(ProxyKind::Http, http_proxy(b"").await, PATIENT);
    let login = Login { name: "eve".to_owned(), password: String::new().into() };
    let proxy = Proxy { login: Some(login), ..(**stranger.proxy.as_ref().unwrap()).clone() };
    stranger.proxy = Some(Arc::new(proxy));
    let seen = world.probe(stranger, world.server).await;
    let (Phase::Proxy, FailureKind::Unauthorized { reply }) = failed(&seen) else { panic!("{seen:?}") };
    assert_eq!((reply.as_str(), answer(&seen)), ("HTTP/1.1 407 Proxy Authentication Required", reply.as_str()));

    // The server itself in the proxy's place.
    let seen = world.probe_through(ProxyKind::Http, world.server).await;
    assert_eq!(failed(&seen).0, Phase::Proxy, "{seen:?}");
}

#[tokio::test]
async fn hostile_proxies_cost_no_more_than_the_timeout() {
    let world = World::new().await;
    let flood = |begins: &'static [u8], goes_on: &'static [u8]| async move {
        spawn(move |mut stream| async move {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(begins).await;
            while stream.write_all(goes_on).await.is_ok() {}
        })
        .await
    };
    let floods = [
        (ProxyKind::Http, flood(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n").await),
        (ProxyKind::Http, flood(b"HTTP/1.1 200 OK\r\nX: ", &[b'y'; 4096]).await),
        (ProxyKind::Http, flood(b"HTTP/1.1 ", &[0; 4096]).await),
        (ProxyKind::Socks5, flood(b"\x05\x02\x00", &[0xff; 4096]).await),
    ];
    for (kind, proxy) in floods {
        let seen = world.probe_through(kind, proxy).await;
        let failure = seen.failure().unwrap();
        assert_eq!(failure.phase, Phase::Proxy, "{failure:?}");
        assert!(failure.received < 70 * 1024 && seen.timings.total < PATIENT, "{failure:?}");
    }
    let drip = spawn(|mut stream| async move {
        let mut drops = tokio::time::interval(Duration::from_millis(10));
        while stream.write_all(b"H").await.is_ok() {
            drops.tick().await;
        }
    })
    .await;
    let seen = world.probe(target(ProxyKind::Http, drip, Duration::from_millis(150)), world.server).await;
    assert_eq!(failed(&seen), (Phase::Proxy, &FailureKind::TimedOut));
    for begins in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP"] {
        let silent = spawn(move |mut stream| async move {
            let _ = stream.write_all(begins).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let begun = Instant::now();
        let seen = world.probe(target(ProxyKind::Http, silent, Duration::from_millis(150)), world.server).await;
        assert_eq!(failed(&seen), (Phase::Proxy, &FailureKind::TimedOut));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn the_password_is_in_nothing_that_is_kept() {
    let world = World::new().await;
    let target = Arc::new(target(ProxyKind::Http, http_proxy(b"").await, PATIENT));
    let seen = Arc::new(world.probe((*target).clone(), world.server).await);
    assert!(seen.is_handshake(), "the password was used: {seen:?}");
    let events = [Event::TargetAdded { target: Arc::clone(&target), at: seen.at }, Event::Observed(seen)];
    for event in events {
        for text in [format!("{event:?}"), serde_json::to_string(&event).unwrap()] {
            assert!(text.contains("proxy") && !text.contains("horse") && !text.contains("YW5u"), "{text}");
        }
    }
}
