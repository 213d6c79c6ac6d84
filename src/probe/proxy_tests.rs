use futures_util::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::model::{Host, Phase};

fn proxy(kind: ProxyKind, with_login: bool) -> Proxy {
    let login = with_login.then(|| Login { name: "ann".to_owned(), password: "pass".to_owned().into() });
    Proxy { kind, host: Host::Name("proxy.example".into()), port: 3128, login }
}

const V4: &str = "10.0.0.1:443";

struct Said {
    ended: Result<(), Blocked>,
    /// By us, in all.
    heard: Vec<u8>,
    /// By the proxy, and unread.
    left: Vec<u8>,
    answer: String,
}

async fn converse(proxy: &Proxy, address: &str, replies: &[&[u8]]) -> Said {
    let (ours, mut theirs) = tokio::io::duplex(4096);
    let peer = async {
        let mut heard = Vec::new();
        for reply in replies {
            let mut flight = [0; 1024];
            let count = theirs.read(&mut flight).await.unwrap();
            heard.extend_from_slice(&flight[..count]);
            theirs.write_all(reply).await.unwrap();
        }
        heard
    };
    let us = async {
        let mut talk = Talk::new(ours, Vec::new());
        let mut answer = None;
        let ended = connect(proxy, &mut talk, address.parse().unwrap(), &mut answer).await;
        (ended, talk.into_parts().1, answer)
    };
    let ((ended, left, answer), heard) = tokio::join!(us, peer);
    Said { ended, heard, left, answer: answer.map(|answer| answer.to_string()).unwrap_or_default() }
}

#[tokio::test]
async fn http_proxies_are_asked_for_an_address() {
    let asked = async |with_login, reply: &[u8]| converse(&proxy(ProxyKind::Http, with_login), V4, &[reply]).await;
    let said = asked(false, b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\nSSH-2.0").await;
    assert!(said.ended.is_ok(), "{:?}", said.ended);
    assert_eq!(said.heard, b"CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: 10.0.0.1:443\r\n\r\n");
    assert_eq!(said.left, b"SSH-2.0", "what is behind the proxy may speak first");
    assert_eq!(said.answer, "HTTP/1.1 200 OK");
    let said = asked(true, b"HTTP/1.0 200 Connection established\r\n\r\n").await;
    assert!(said.heard.ends_with(b"\r\nProxy-Authorization: Basic YW5uOnBhc3M=\r\n\r\n"));
    let said = asked(false, b"HTTP/1.1 407 Proxy Authentication Required\r\n").await;
    assert!(matches!(said.ended, Err(Blocked::ByProxy(Stop::Unauthorized(words))) if words.as_str().contains("407")));
    for status in ["403 Forbidden", "502 Bad Gateway", "302 Found"] {
        let said = asked(false, format!("HTTP/1.1 {status}\r\n").as_bytes()).await;
        assert!(matches!(said.ended, Err(Blocked::ByProxy(Stop::Rejected(words))) if words.as_str().contains(status)));
        assert!(said.answer.ends_with(status));
    }
    let said = asked(false, b"HTTP/1.1 504 Gateway Timeout\r\n").await;
    assert!(matches!(said.ended, Err(Blocked::AtTarget(FailureKind::TimedOut, _))));
    for foreign in ["220 mail ESMTP\r\n", "HTTP/2\r\n", "HTTP/1.1 2000 OK\r\n", "\x15\x03\x01\0\x02\x02\x16"] {
        let said = asked(false, foreign.as_bytes()).await;
        assert!(matches!(said.ended, Err(Blocked::ByProxy(Stop::Foreign))), "{foreign}: {:?}", said.ended);
    }
}

#[tokio::test]
async fn socks_proxies_are_asked_for_an_address() {
    let bound = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00rest";
    let said = converse(&proxy(ProxyKind::Socks5, false), V4, &[b"\x05\x00", bound]).await;
    assert!(said.ended.is_ok(), "{:?}", said.ended);
    assert_eq!(said.heard, b"\x05\x01\x00\x05\x01\x00\x01\x0a\x00\x00\x01\x01\xbb");
    assert_eq!((&said.left[..], &*said.answer), (&b"rest"[..], "connected (0)"));
    let with_login = proxy(ProxyKind::Socks5, true);
    let v6 = b"\x05\x00\x00\x03\x03abc\x00\x00";
    let said = converse(&with_login, "[2001:db8::1]:25", &[b"\x05\x02", b"\x01\x00", v6]).await;
    assert!(said.ended.is_ok(), "{:?}", said.ended);
    assert!(said.heard.starts_with(b"\x05\x02\x00\x02\x01\x03ann\x04pass\x05\x01\x00\x04\x20\x01\x0d\xb8"));
}

#[tokio::test]
async fn socks_replies_are_told_apart() {
    let reply = async |code: u8| {
        let reply = [5, code, 0, 1, 0, 0, 0, 0, 0, 0];
        converse(&proxy(ProxyKind::Socks5, false), V4, &[b"\x05\x00", &reply]).await.ended
    };
    assert!(matches!(reply(2).await, Err(Blocked::ByProxy(Stop::Rejected(_)))));
    assert!(matches!(reply(4).await, Err(Blocked::AtTarget(FailureKind::Unreachable, _))));
    assert!(matches!(reply(5).await, Err(Blocked::AtTarget(FailureKind::Refused, _))));
    assert!(matches!(reply(6).await, Err(Blocked::AtTarget(FailureKind::TimedOut, _))));
    assert!(matches!(reply(99).await, Err(Blocked::ByProxy(Stop::Rejected(_)))));
    for with_login in [false, true] {
        let said = converse(&proxy(ProxyKind::Socks5, with_login), V4, &[b"\x05\xff"]).await;
        assert!(matches!(said.ended, Err(Blocked::ByProxy(Stop::Unauthorized(_)))), "{:?}", said.ended);
    }
    let said = converse(&proxy(ProxyKind::Socks5, true), V4, &[b"\x05\x02", b"\x01\x01"]).await;
    assert!(matches!(said.ended, Err(Blocked::ByProxy(Stop::Unauthorized(_)))), "{:?}", said.ended);
    // A method that was not offered, and an answer of another version.
    for replies in [&[&b"\x05\x02"[..]][..], &[b"\x05\x00", b"\x04\x00\x00\x01"]] {
        let said = converse(&proxy(ProxyKind::Socks5, false), V4, replies).await;
        assert!(matches!(said.ended, Err(Blocked::ByProxy(Stop::Garbled(_)))), "{:?}", said.ended);
    }
    let said = converse(&proxy(ProxyKind::Socks5, false), V4, &[b"HTTP/1.1 400 Bad Request\r\n"]).await;
    assert!(matches!(said.ended, Err(Blocked::ByProxy(Stop::Foreign))), "{:?}", said.ended);
}

#[tokio::test]
async fn a_proxy_that_talks_for_ever_is_left() {
    for line in [&b"X: y\r\n"[..], b"x", &[0]] {
        let flood = [b"HTTP/1.1 200 OK\r\n", &line.repeat(200_000)[..]].concat();
        let mut talk = Talk::new(tokio::io::join(&flood[..], tokio::io::sink()), Vec::new());
        let proxy = proxy(ProxyKind::Http, false);
        let ended = connect(&proxy, &mut talk, V4.parse().unwrap(), &mut None).await;
        let Err(Blocked::ByProxy(stop)) = ended else { panic!("{ended:?}") };
        assert_eq!(talk.failure(Phase::Proxy, stop).kind, FailureKind::Misbehaved);
        assert!(talk.received <= Talk::<tokio::net::TcpStream>::MOST_BYTES + 4096);
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>, with_login: bool) {
        for (kind, begins) in [(ProxyKind::Http, &b"HTTP/1.1 200"[..]), (ProxyKind::Socks5, b"\x05\x00\x05\x00\x00")] {
            for bytes in [bytes.clone(), [begins, &bytes].concat()] {
                let mut talk = Talk::new(tokio::io::join(&bytes[..], tokio::io::sink()), Vec::new());
                let (proxy, address) = (proxy(kind, with_login), V4.parse().unwrap());
                let ended = connect(&proxy, &mut talk, address, &mut None).now_or_never();
                proptest::prop_assert!(ended.is_some(), "nothing to wait for");
            }
        }
    }
}
