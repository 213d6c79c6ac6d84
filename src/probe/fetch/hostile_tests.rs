use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::document::{Loaded, Unfetched};
use super::fetcher::Errand;
use super::{Fetcher, Guard};
use crate::model::{FetchKind, FetchResult, SystemClock};
use crate::probe::Settings;
use crate::probe::resolver::Resolver;
use crate::probe::rig::serve;

/// Stands for a server on the internet; connections to it end on loopback.
pub(super) const PUBLIC: &str = "93.184.215.14";

/// A fetcher that knows `crl.example` at a public address and `home.example` at loopback.
pub(super) fn fetcher(server: SocketAddr) -> Fetcher {
    fetcher_with(Settings::default(), server)
}

pub(super) fn fetcher_with(settings: Settings, server: SocketAddr) -> Fetcher {
    let file = tempfile::NamedTempFile::new().unwrap();
    let names = format!("{PUBLIC} crl.example\n127.0.0.1 home.example\n::ffff:127.0.0.1 mapped.example\n");
    std::fs::write(&file, names).unwrap();
    let settings = Settings { hosts_file: Some(file.path().to_owned()), ..settings };
    let mut fetcher = Fetcher::new(&settings, Arc::new(Resolver::new(&settings).unwrap()), Arc::new(SystemClock));
    fetcher.ways.detours.insert(PUBLIC.parse().unwrap(), server);
    fetcher
}

pub(super) fn errand(url: &str) -> Errand<'_> {
    let public: IpAddr = PUBLIC.parse().unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    Errand { kind: FetchKind::Ocsp, url, post: None, proxy: None, guard: Guard::of(public, false), deadline }
}

/// Every connection's request is read to its end, then answered so.
pub(super) async fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let answer = Arc::new(answer);
    serve(move |mut stream| {
        let answer = Arc::clone(&answer);
        async move {
            let request = request(&mut stream).await;
            let _ = stream.write_all(&answer(&request)).await;
        }
    })
    .await
}

/// Head and body.
pub(super) async fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let head = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = head.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return String::from_utf8_lossy(&text).into_owned();
            }
        }
        if stream.read_buf(&mut text).await.unwrap_or(0) == 0 {
            return String::from_utf8_lossy(&text).into_owned();
        }
    }
}

pub(super) fn redirect(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

pub(super) fn refusal(fetched: &Loaded) -> &str {
    match &fetched.result {
        Err(Unfetched::Refused(words)) => words.as_str(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_asked_for_comes_with_its_evidence() {
    let server = answering(|request| {
        assert!(request.starts_with("GET /ocsp/x?y HTTP/1.1\r\n"), "{request}");
        let headers = request.to_ascii_lowercase();
        assert!(headers.contains("\r\nhost: crl.example:8080\r\n") && headers.contains("\r\nuser-agent: tlscope/"));
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".to_vec()
    })
    .await;
    let fetched = fetcher(server).fetch(errand("http://crl.example:8080/ocsp/x?y")).await;
    assert_eq!(fetched.result.unwrap().body, "abcde");
    assert_eq!(fetched.evidence[0].result, FetchResult::Received(5));
    assert_eq!(fetched.evidence[0].address, Some(SocketAddr::new(PUBLIC.parse().unwrap(), 8080)));
    assert_eq!(fetched.evidence[0].url.as_str(), "http://crl.example:8080/ocsp/x?y");
}

#[tokio::test]
async fn a_post_is_one_and_stays_one_when_redirected() {
    let server = answering(|request| {
        assert!(request.starts_with("POST /") && request.ends_with("\r\n\r\nquestion"), "{request}");
        assert!(request.contains("application/ocsp-request"));
        if request.contains("POST /a ") { redirect("/b") } else { b"HTTP/1.0 200 OK\r\n\r\nanswer".to_vec() }
    })
    .await;
    let fetched = fetcher(server).fetch(Errand { post: Some(b"question"), ..errand("http://crl.example/a") }).await;
    assert_eq!((&fetched.result.unwrap().body[..], fetched.evidence[0].redirects), (&b"answer"[..], 1));
}

#[tokio::test]
async fn a_public_target_leads_nobody_into_private_networks() {
    let server = answering(|request| {
        let to = request.split(' ').nth(1).unwrap().trim_start_matches("/to/").to_owned();
        redirect(&to)
    })
    .await;
    let fetcher = fetcher(server);
    let port = server.port();
    for (place, words) in [
        (format!("http://127.0.0.1:{port}/"), "127.0.0.1, a loopback address"),
        (format!("http://127.1:{port}/"), "127.0.0.1, a loopback address"),
        (format!("http://home.example:{port}/"), "127.0.0.1, a loopback address"),
        (format!("http://mapped.example:{port}/"), "::ffff:127.0.0.1, a loopback address"),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), "a loopback address"),
        (format!("http://[64:ff9b::127.0.0.1]:{port}/"), "a loopback address"),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), "169.254.169.254, a link-local address"),
        ("http://0.0.0.0/".to_owned(), "no host's address"),
        ("http://10.0.0.1/".to_owned(), "a private address"),
        ("http://user@crl.example/".to_owned(), "has a user"),
        ("https://crl.example/".to_owned(), "only http"),
    ] {
        let direct = fetcher.fetch(errand(&place)).await;
        assert!(refusal(&direct).contains(words), "{place}: {direct:?}");
        let led = fetcher.fetch(errand(&format!("http://crl.example/to/{place}"))).await;
        assert!(refusal(&led).contains(words), "{place}: {led:?}");
        assert!(matches!(led.evidence[0].result, FetchResult::Refused(_)));
    }
    let allowed = Errand {
        guard: Guard::of(PUBLIC.parse().unwrap(), true),
        ..errand("http://crl.example/to/http://home.example:1/")
    };
    assert!(refusal(&fetcher.fetch(allowed).await).contains("port 1 "));
}

#[tokio::test]
async fn redirects_end() {
    let server = answering(|_| redirect("/again")).await;
    let fetched = fetcher(server).fetch(errand("http://crl.example/")).await;
    assert_eq!(fetched.evidence[0].redirects, 3);
    let Err(Unfetched::Unusable(words)) = fetched.result else { panic!("{fetched:?}") };
    assert_eq!(words.as_str(), "redirected more than 3 times");
}

#[tokio::test]
async fn a_giant_is_refused_before_it_is_held() {
    let promised = answering(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec()).await;
    let streamed = serve(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
    })
    .await;
    let head = serve(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
    })
    .await;
    for (server, words) in [(promised, "larger than 64 KiB"), (streamed, "larger than 64 KiB"), (head, "head")] {
        let fetched = fetcher(server).fetch(errand("http://crl.example/")).await;
        assert!(fetched.result.unwrap_err().words().as_str().contains(words));
    }
}

/// What is never a body is bounded in bytes as well, not by the time limit alone.
#[tokio::test]
async fn a_flood_around_the_body_ends_at_a_number_of_bytes() {
    let floods: [(&'static [u8], &'static [u8]); 2] = [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"000000000001;aaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n"),
    ];
    for (head, again) in floods {
        let server = serve(move |mut stream| async move {
            request(&mut stream).await;
            let _ = stream.write_all(head).await;
            while stream.write_all(&again.repeat(200)).await.is_ok() {}
        })
        .await;
        let fetched = fetcher(server).fetch(errand("http://crl.example/")).await;
        let failure = fetched.result.unwrap_err();
        assert!(!failure.words().as_str().contains("no answer"), "{failure:?}");
        assert!(fetched.evidence[0].took < Duration::from_secs(4), "{:?}", fetched.evidence[0].took);
    }
}

/// A piece costs many times its one byte, in work and, were it kept as it came, in memory.
#[tokio::test]
async fn a_body_has_no_end_of_small_pieces() {
    let server = serve(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        while stream.write_all(&b"1\r\nx\r\n".repeat(1000)).await.is_ok() {}
    })
    .await;
    let fetched = fetcher(server).fetch(Errand { kind: FetchKind::Crl, ..errand("http://crl.example/") }).await;
    let Err(Unfetched::Unusable(words)) = fetched.result else { panic!("{fetched:?}") };
    assert_eq!(words.as_str(), "a body in too many small pieces");
}

#[tokio::test(start_paused = true)]
async fn a_drip_ends_at_the_time_limit() {
    let server = serve(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    })
    .await;
    let fetched = fetcher(server).fetch(errand("http://crl.example/")).await;
    assert!((5..6).contains(&fetched.evidence[0].took.as_secs()), "{fetched:?}");
    assert!(matches!(fetched.result, Err(Unfetched::Unreachable(_))));
}

#[tokio::test]
async fn what_answers_otherwise_is_told_apart_from_silence() {
    let cases: [(&[u8], &str, bool); 5] = [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP 404 Not Found", true),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "HTTP 304 Not Modified", true),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "invalid HTTP", false),
        (b"", "closed before", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "end of file before message", false),
    ];
    for (answer, words, answered) in cases {
        let server = answering(|_| answer.to_vec()).await;
        let failure = fetcher(server).fetch(errand("http://crl.example/")).await.result.unwrap_err();
        assert!(failure.words().as_str().contains(words), "{failure:?}");
        assert_eq!(matches!(failure, Unfetched::Unusable(_)), answered, "{failure:?}");
    }
    let unknown = fetcher(([127, 0, 0, 1], 1).into()).fetch(errand("http://nowhere.invalid/")).await;
    assert!(unknown.result.unwrap_err().words().as_str().contains("cannot be looked up"));
}
