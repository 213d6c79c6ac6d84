use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::model::{AltSvc, Host, Survey, SurveyReason, Time};
use crate::probe::rig::{self, Authority, prober, serve, stores, target};

type Pieces = &'static [&'static str];

/// What is answered, in pieces, and whether the server then stays.
#[derive(Clone, Copy)]
struct Answer {
    protocols: Pieces,
    pieces: Pieces,
    stays: bool,
}

/// Half of what is read.
const LONG: &str = match std::str::from_utf8(&[b'a'; 32 * 1024]) {
    Ok(text) => text,
    Err(_) => "",
};

const PLAIN: Answer = Answer { protocols: &["http/1.1"], pieces: &[], stays: false };

async fn asked(target: Target, answer: Answer) -> Option<HttpAnswer> {
    surveyed(target, answer).await.http
}

async fn surveyed(target: Target, answer: Answer) -> Survey {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let mut config = rig::config(vec![leaf], &key);
    config.alpn_protocols = answer.protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    // The survey asks other things beside: connections are served side by side.
    let address = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(stream).await else { return };
                let mut request = [0; 1024];
                let Ok(1..) = tls.read(&mut request).await else { return };
                assert!(request.starts_with(b"HEAD / HTTP/1.1\r\nHost: "));
                for piece in answer.pieces {
                    if tls.write_all(piece.as_bytes()).await.is_err() || tls.flush().await.is_err() {
                        return;
                    }
                }
                if answer.stays {
                    let _ = tls.read_to_end(&mut Vec::new()).await;
                }
                let _ = tls.shutdown().await;
            });
        }
    })
    .await;
    let (prober, target) = (prober(stores(&[("lab", &root)])), Arc::new(target));
    let seen = prober.probe(&target, address).await;
    prober.survey(&target, &seen, &[], SurveyReason::Asked).await
}

async fn said(pieces: Pieces) -> HttpAnswer {
    asked(target(), Answer { pieces, ..PLAIN }).await.unwrap()
}

#[tokio::test]
async fn a_response_tells_what_it_says_of_transport() {
    let answer = said(&[
        "HTTP/1.1 103 Early Hints\r\nServer: early\r\n\r\nHTTP/1.1 301 Moved\r\nDate: Sun, 06 Nov 1994 08:49:",
        "37 GMT\r\nStrict-Transport-Security: max-age=600\r\nAlt-Svc: h3=\":443\"\r",
        "\nLocation: https://www.shop.example/\r\nServer: lab\r\n\r\nbody that nobody asked for",
    ])
    .await;
    assert_eq!((answer.status, answer.failure), (Some(301), None));
    assert_eq!(answer.hsts.unwrap().max_age, 600);
    assert_eq!(answer.date, Some(Time::from_secs(784_111_777)));
    assert_eq!(answer.location.unwrap().as_str(), "https://www.shop.example/");
    assert_eq!(answer.server.unwrap().as_str(), "lab");
    let [AltSvc { protocol, authority, max_age }] = &answer.alt_svc[..] else { panic!("{:?}", answer.alt_svc) };
    assert_eq!((protocol.as_str(), authority.as_str(), *max_age), ("h3", ":443", AltSvc::DEFAULT_MAX_AGE));
    assert!(answer.first_byte.is_some());
}

#[tokio::test]
async fn what_is_no_response_is_said() {
    let cases: [(Pieces, HttpFailureKind, &str); 6] = [
        (&[], Ended, "closed"),
        (&["HTTP/1.1 200 OK\r\nServer"], Ended, "closed"),
        (&["SSH-2.0-OpenSSH\r\n\r\n"], Foreign, "something else than HTTP/1: SSH-2.0"),
        (&["\u{1b}[2J\r\n\r\n"], Foreign, "something else than HTTP/1: <U+001B>[2J"),
        (&["HTTP/1.1 abc\r\n\r\n"], Malformed, "cannot be read"),
        (&["HTTP/1.1 100 Continue\r\n\r\n"; 6], Malformed, "nothing but interim responses"),
    ];
    for (pieces, kind, words) in cases {
        let answer = said(pieces).await;
        assert_eq!(answer.status, None);
        let failure = answer.failure.unwrap();
        assert_eq!(failure.kind, kind);
        assert!(failure.words.as_str().contains(words), "{}", failure.words);
    }
}

#[tokio::test]
async fn a_drip_and_a_flood_end() {
    let soon = Target { timeout: Duration::from_millis(500), ..target() };
    let drip = Answer { pieces: &["HTTP/1.1 200 OK\r\nA: "], stays: true, ..PLAIN };
    let answer = asked(soon, drip).await.unwrap();
    assert_eq!(answer.failure.unwrap(), failed(Silent, "no complete response in time"));
    let flood = said(&["HTTP/1.1 200 OK\r\nA: ", LONG, LONG, LONG]).await;
    assert_eq!(flood.failure.unwrap(), failed(Malformed, "more than 64 KiB of header"));
}

#[tokio::test]
async fn a_server_of_http_2_alone_is_said_to_be_one() {
    let answer = asked(target(), Answer { protocols: &["h2"], ..PLAIN }).await.unwrap();
    let failure = answer.failure.unwrap();
    assert_eq!(failure.kind, Unasked);
    assert!(failure.words.as_str().starts_with("speaks HTTP/2 only"));
}

#[tokio::test]
async fn who_speaks_something_else_is_not_asked() {
    let other = Target { alpn: vec!["mqtt".into()], ..target() };
    assert_eq!(asked(other, Answer { protocols: &["mqtt"], ..PLAIN }).await, None);
    let imaps = Target { alpn: Vec::new(), port: 993, ..target() };
    assert_eq!(asked(imaps, Answer { protocols: &[], ..PLAIN }).await, None);
}

#[tokio::test]
async fn who_says_that_we_ask_too_much_is_left_in_peace() {
    let other = || Target { host: Host::Name("other.example".into()), ..target() };
    let many: Pieces = &["HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\n\r\n"];
    let misdirected: Pieces = &["HTTP/1.1 421 Misdirected Request\r\n\r\n"];
    let away: Pieces = &["HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\n\r\n"];
    let cases: [(Target, Pieces, &[&str]); 5] = [
        (target(), many, &["connections were served: HTTP 429 Too Many Requests", "again after 120"]),
        (other(), many, &["HTTP 429 Too Many Requests"]),
        (target(), misdirected, &["connections were served: HTTP 421 for a name that its certificate covers"]),
        // Not its name: that is what it says.
        (other(), misdirected, &[]),
        (target(), away, &[]),
    ];
    for (target, pieces, expected) in cases {
        let survey = surveyed(target, Answer { pieces, ..PLAIN }).await;
        let status = survey.http.as_ref().unwrap().status.unwrap();
        assert!(pieces[0].contains(&status.to_string()), "{status}");
        assert_eq!(survey.throttled.is_some(), !expected.is_empty(), "{pieces:?}: {:?}", survey.throttled);
        let why = survey.throttled.map(|why| why.to_string()).unwrap_or_default();
        assert!(expected.iter().all(|words| why.contains(words)), "{why}");
    }
}

#[test]
fn the_request_names_the_host_as_browsers_do() {
    let line = |target: &Target| {
        let text = String::from_utf8(request(target)).unwrap();
        text.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(line(&target()), "Host: shop.example");
    assert_eq!(line(&Target { port: 8443, ..target() }), "Host: shop.example:8443");
    let literal = Target { host: Host::Ip("::1".parse().unwrap()), port: 8443, ..target() };
    assert_eq!(line(&literal), "Host: [::1]:8443");
}
