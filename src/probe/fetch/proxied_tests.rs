use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_resolver::proto::op::ResponseCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::document::Unfetched;
use super::fetcher::Errand;
use super::guard::Guard;
use super::hostile_tests::{PUBLIC, answering, errand, fetcher, fetcher_with, redirect, refusal, request};
use crate::model::{Bypass, FetchResult, Host, Login, Proxy, ProxyKind};
use crate::probe::Settings;
use crate::probe::name_server::Zone;
use crate::probe::rig::serve;

/// Nothing is there: whoever goes around the proxy fails.
const NOWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 1);

fn proxy(kind: ProxyKind, at: SocketAddr) -> Arc<Proxy> {
    let login = Some(Login { name: "ann".to_owned(), password: "pass".to_owned().into() });
    Arc::new(Proxy { kind, host: Host::Ip(at.ip()), port: at.port(), login })
}

#[tokio::test]
async fn an_http_proxy_is_asked_for_the_whole_url() {
    let relay = answering(|request| {
        assert!(request.starts_with("GET http://crl.example:8080/x?y HTTP/1.1\r\n"), "{request}");
        let headers = request.to_ascii_lowercase();
        assert!(headers.contains("\r\nhost: crl.example:8080\r\n"), "{request}");
        assert!(request.contains("\r\nproxy-authorization: Basic YW5uOnBhc3M=\r\n"), "{request}");
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde".to_vec()
    })
    .await;
    let proxy = proxy(ProxyKind::Http, relay);
    let through = Errand { proxy: Some(&proxy), ..errand("http://crl.example:8080/x?y") };
    let fetched = fetcher(NOWHERE.into()).fetch(through).await;
    assert_eq!(fetched.result.unwrap().body, "abcde");
    let [evidence] = &fetched.evidence[..] else { panic!("{:?}", fetched.evidence) };
    assert_eq!((evidence.address, &evidence.result), (None, &FetchResult::Received(5)));
    assert_eq!(evidence.proxy, Some(Arc::clone(&proxy)));
    assert!(!format!("{evidence:?}").contains("pass"), "{evidence:?}");
}

/// Without a login there is nothing to send.
#[tokio::test]
async fn a_proxy_that_wants_a_login_is_told_apart_from_the_server() {
    for (status, words) in [
        ("407 Proxy Authentication Required", "the proxy answers HTTP 407"),
        ("504 Gateway Timeout", "the proxy answers HTTP 504"),
    ] {
        let relay = answering(move |request| {
            assert!(!request.contains("uthorization"), "{request}");
            format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes()
        })
        .await;
        let proxy = Arc::new(Proxy { login: None, ..(*proxy(ProxyKind::Http, relay)).clone() });
        let through = Errand { proxy: Some(&proxy), ..errand("http://crl.example/") };
        let fetched = fetcher(NOWHERE.into()).fetch(through).await;
        let Err(Unfetched::Unreachable(why)) = fetched.result else { panic!("{fetched:?}") };
        assert!(why.as_str().contains(words), "{why}");
    }
    let gone = proxy(ProxyKind::Http, NOWHERE.into());
    let fetched = fetcher(NOWHERE.into()).fetch(Errand { proxy: Some(&gone), ..errand("http://crl.example/") }).await;
    let Err(Unfetched::Unreachable(why)) = fetched.result else { panic!("{fetched:?}") };
    assert!(why.as_str().starts_with("the proxy: 127.0.0.1:1: "), "{why}");
}

/// A name server that knows nobody, and a proxy that counts what it is asked.
async fn blind() -> (super::Fetcher, Arc<Proxy>, Arc<AtomicUsize>) {
    let zone = ["crl.example.net", "metadata.google.internal", "intranet"]
        .iter()
        .fold(Zone::default(), |zone, name| zone.failing(name, ResponseCode::NXDomain));
    let settings = Settings { dns_servers: vec![zone.serve().await], ..Settings::default() };
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let relay = answering(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        if request.contains("/away ") { redirect("http://127.0.0.1/") } else { b"HTTP/1.0 200 OK\r\n\r\nx".to_vec() }
    })
    .await;
    (fetcher_with(settings, NOWHERE.into()), proxy(ProxyKind::Http, relay), asked)
}

#[tokio::test]
async fn what_can_be_known_here_is_guarded_behind_a_proxy_too() {
    let (ours, proxy, asked) = blind().await;
    for (url, words) in [
        ("http://127.0.0.1/", "a loopback address"),
        ("http://169.254.169.254/latest/meta-data/", "a link-local address"),
        ("http://home.example/", "home.example leads to 127.0.0.1, a loopback address"),
        ("http://metadata.google.internal/", "is no public name and cannot be looked up here"),
        ("http://intranet/", "is no public name and cannot be looked up here"),
    ] {
        let fetched = ours.fetch(Errand { proxy: Some(&proxy), ..errand(url) }).await;
        assert!(refusal(&fetched).contains(words), "{url}: {fetched:?}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0, "the proxy heard of none of them");
    let fetched = ours.fetch(Errand { proxy: Some(&proxy), ..errand("http://crl.example/away") }).await;
    assert!(refusal(&fetched).contains("127.0.0.1, a loopback address"), "{fetched:?}");
    // A public name that nobody here knows, and what a private target may be led to.
    let private = Guard::of([10, 0, 0, 1].into(), false);
    for errand in [errand("http://crl.example.net/"), Errand { guard: private, ..errand("http://intranet/") }] {
        let fetched = ours.fetch(Errand { proxy: Some(&proxy), ..errand }).await;
        assert_eq!(fetched.result.unwrap().body, "x");
    }
}

/// As redirects lead in and out of what the proxy is for.
#[tokio::test]
async fn what_no_proxy_names_is_asked_itself() {
    let site = answering(|request| {
        assert!(!request.contains("uthorization"), "{request}");
        match request.split(' ').nth(1) {
            Some("/away") => redirect("http://elsewhere.example/x"),
            Some("/x") => b"HTTP/1.0 200 OK\r\n\r\nsite".to_vec(),
            other => panic!("{other:?}"),
        }
    })
    .await;
    let relay = answering(|request| match request.split(' ').nth(1) {
        Some("http://elsewhere.example/home") => redirect("http://crl.example/x"),
        Some("http://elsewhere.example/x") => b"HTTP/1.0 200 OK\r\n\r\nrelay".to_vec(),
        other => panic!("{other:?}"),
    })
    .await;
    let zone = Zone::default().failing("elsewhere.example", ResponseCode::NXDomain);
    let bypass = Bypass::parse("crl.example:80,127.0.0.1");
    let settings = Settings { dns_servers: vec![zone.serve().await], bypass, ..Settings::default() };
    let (ours, proxy) = (fetcher_with(settings, site), proxy(ProxyKind::Http, relay));
    let at = |port| Some(SocketAddr::new(PUBLIC.parse().unwrap(), port));
    for (url, body, through, address) in [
        ("http://crl.example/x", "site", None, at(80)),
        ("http://elsewhere.example/x", "relay", Some(&proxy), None),
        ("http://crl.example/away", "relay", Some(&proxy), None),
        ("http://elsewhere.example/home", "site", None, at(80)),
    ] {
        let fetched = ours.fetch(Errand { proxy: Some(&proxy), ..errand(url) }).await;
        assert_eq!(fetched.result.unwrap().body, body, "{url}");
        assert_eq!((fetched.evidence[0].proxy.as_ref(), fetched.evidence[0].address), (through, address), "{url}");
    }
    let gone = ours.fetch(Errand { proxy: Some(&proxy), ..errand("http://127.0.0.1/") }).await;
    assert!(refusal(&gone).contains("a loopback address"), "what is reached directly is guarded as ever: {gone:?}");
}

#[tokio::test]
async fn a_socks_proxy_is_asked_for_an_address_that_was_looked_at() {
    let relay = serve(|mut stream| async move {
        let mut hello = [0; 4];
        stream.read_exact(&mut hello).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut wanted = [0; 10];
        stream.read_exact(&mut wanted).await.unwrap();
        assert_eq!(wanted, [5, 1, 0, 1, 93, 184, 215, 14, 0, 80]);
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let request = request(&mut stream).await;
        assert!(request.starts_with("GET /x HTTP/1.1\r\n") && !request.contains("uthorization"), "{request}");
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nabc").await;
    })
    .await;
    let proxy = proxy(ProxyKind::Socks5, relay);
    let ours = fetcher(NOWHERE.into());
    let fetched = ours.fetch(Errand { proxy: Some(&proxy), ..errand("http://crl.example/x") }).await;
    assert_eq!(fetched.result.unwrap().body, "abc");
    assert_eq!(fetched.evidence[0].address, Some(SocketAddr::new(PUBLIC.parse().unwrap(), 80)));
    let fetched = ours.fetch(Errand { proxy: Some(&proxy), ..errand("http://home.example/x") }).await;
    assert!(refusal(&fetched).contains("a loopback address"), "{fetched:?}");
}
