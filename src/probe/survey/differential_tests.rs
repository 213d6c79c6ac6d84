use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use super::*;
use crate::model::{Host, SurveyReason, Target};
use crate::probe::rig::{Authority, config, prober, serve, stores, target};

/// A server that succeeds or fails by the number of the attempt and what is changed.
struct Imagined<F> {
    works: F,
    count: AtomicU32,
}

impl<F: Fn(u32, &Change) -> bool + Sync> Tries for Imagined<F> {
    async fn attempt(&self, change: Change) -> Result<Attempt, NotOpened> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let failed = AttemptResult::Failed(Untrusted::new("closed"));
        let result = if (self.works)(number, &change) { AttemptResult::Handshake } else { failed };
        Ok(Attempt { change, hello: 1, result })
    }
}

/// The changes tried on such a server, what flips it, and how long it took.
async fn story(
    suspects: &[Change],
    works: impl Fn(u32, &Change) -> bool + Sync,
) -> (Vec<Change>, Option<Change>, Duration) {
    let begun = Instant::now();
    let mut trial = Trial { tries: &Imagined { works, count: AtomicU32::new(0) }, made: Vec::new() };
    let flips = trial.run(suspects, true).await.unwrap();
    (trial.made.into_iter().map(|attempt| attempt.change).collect(), flips, begun.elapsed())
}

fn all() -> Vec<Change> {
    let family = Change::OtherFamily("[2001:db8::1]:443".parse().unwrap());
    vec![Change::SmallHello, Change::Tls12Only, Change::OtherName { sent: None }, family]
}

#[tokio::test(start_paused = true)]
async fn the_smallest_change_is_found_and_confirmed_in_six_spaced_attempts() {
    use Change::{ClassicalGroups, NoAlpn, None as Same, SmallHello, Tls12Only};
    let (made, flips, took) = story(&all(), |_, change| matches!(change, SmallHello | ClassicalGroups)).await;
    assert_eq!((made, flips), (vec![Same, SmallHello, ClassicalGroups, Same, Same], Some(ClassicalGroups)));
    assert_eq!(took, Duration::from_millis(50 + 100 + 150 + 200 + 250));
    let (made, flips, _) = story(&all(), |_, change| matches!(change, SmallHello | NoAlpn)).await;
    assert_eq!((made, flips), (vec![Same, SmallHello, ClassicalGroups, NoAlpn, Same, Same], Some(NoAlpn)));
    let (made, flips, _) = story(&all(), |_, change| *change == SmallHello).await;
    assert_eq!((made.len(), flips), (6, Some(SmallHello)));
    let (made, flips, _) = story(&all(), |_, change| *change == Tls12Only).await;
    assert_eq!((made, flips), (vec![Same, SmallHello, Tls12Only, Same, Same], Some(Tls12Only)));
    let last = all().pop().unwrap();
    let (made, flips, took) = story(&all(), |_, change| *change == last).await;
    assert_eq!((made.len(), flips), (6, Some(last)));
    assert_eq!(took, Duration::from_secs(1), "50 + 100 + 150 + 200 + 250 + 250 ms");
    let (made, flips, _) = story(&all(), |_, _| false).await;
    assert_eq!((made.len(), flips), (5, None));
    // With a first suspect of the alert's the last of the others has to go.
    let more = [vec![NoAlpn], all()].concat();
    let (made, flips, _) = story(&more, |_, _| false).await;
    assert_eq!((made, flips), ([vec![Same], more[..4].to_vec()].concat(), None));
}

#[tokio::test(start_paused = true)]
async fn what_works_now_and_then_flips_by_no_change() {
    let (made, flips, _) = story(&all(), |_, _| true).await;
    assert_eq!((made, flips), (vec![Change::None], None));
    for phase in 0..2 {
        let (made, flips, _) = story(&all(), |number, _| number % 2 == phase).await;
        assert_eq!(flips, None, "{made:?}");
        assert_eq!(made.last(), Some(&Change::None), "{made:?}");
    }
}

async fn accept(stream: TcpStream) -> Option<StartHandshake<TcpStream>> {
    stream.set_nodelay(true).unwrap();
    LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()
}

async fn go_on(start: StartHandshake<TcpStream>, config: &Arc<ServerConfig>) {
    if let Ok(mut tls) = start.into_stream(Arc::clone(config)).await {
        let _ = tls.read_to_end(&mut Vec::new()).await;
    }
}

async fn refuse(mut start: StartHandshake<TcpStream>, alert: u8) {
    let _ = start.io.write_all(&[21, 3, 3, 0, 2, 2, alert]).await;
    let _ = start.io.shutdown().await;
    let _ = start.io.read_to_end(&mut Vec::new()).await;
}

fn papers(alpn: &[&str]) -> Arc<ServerConfig> {
    let root = Authority::root("Root");
    let (leaf, key) = root.leaf(|_| {});
    let mut config = config(vec![leaf], &key);
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// Looks at an address, which must fail, and asks why.
async fn differ(target: Target, address: SocketAddr, siblings: &[SocketAddr]) -> Differential {
    let (prober, target) = (prober(stores(&[])), Arc::new(target));
    let seen = prober.probe(&target, address).await;
    let survey = prober.survey(&target, &seen, siblings, SurveyReason::Failure).await;
    let found = survey.differential.expect("the handshake failed");
    let attempts = u32::try_from(found.attempts.len()).unwrap();
    // A server that refused in TLS's own words is also asked what it would accept.
    match survey.negotiation {
        None => assert_eq!(attempts, survey.connections),
        Some(_) => assert!(attempts < survey.connections),
    }
    assert_eq!(found.unchanged(), found.attempts.first());
    found
}

#[tokio::test]
async fn a_server_that_takes_small_hellos_only() {
    let config = papers(&["h2"]);
    let address = serve(move |mut stream: TcpStream| {
        let config = Arc::clone(&config);
        async move {
            let mut header = [0; 5];
            while stream.peek(&mut header).await.is_ok_and(|count| (1..5).contains(&count)) {}
            if u16::from_be_bytes([header[3], header[4]]) > 600 {
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            } else if let Some(start) = accept(stream).await {
                go_on(start, &config).await;
            }
        }
    })
    .await;
    let found = differ(target(), address, &[]).await;
    assert_eq!((found.flips.as_ref(), found.unstable), (Some(&Change::ClassicalGroups), false), "{found:?}");
    let sizes = (found.unchanged().unwrap().hello, found.flipped().unwrap().hello);
    assert!(sizes.0 > 1200 && sizes.1 < 605, "{sizes:?}");
}

#[tokio::test]
async fn a_server_that_refuses_hellos_of_tls_1_3() {
    let config = papers(&["h2"]);
    let address = serve(move |stream| {
        let config = Arc::clone(&config);
        async move {
            let Some(start) = accept(stream).await else { return };
            let is_new = |suite: &rustls::CipherSuite| u16::from(*suite) >> 8 == 0x13;
            if start.client_hello().cipher_suites().iter().any(is_new) {
                refuse(start, 70).await;
            } else {
                go_on(start, &config).await;
            }
        }
    })
    .await;
    let found = differ(target(), address, &[]).await;
    assert_eq!((found.flips, found.unstable), (Some(Change::Tls12Only), false), "{:?}", found.attempts);
    let told = AttemptResult::Failed(Untrusted::new("alert protocol_version (70)"));
    assert_eq!(found.attempts[0].result, told);
}

#[tokio::test]
async fn a_server_that_wants_a_name_and_one_that_wants_none() {
    for wants in [true, false] {
        let config = papers(&["h2"]);
        let address = serve(move |stream| {
            let config = Arc::clone(&config);
            async move {
                let Some(start) = accept(stream).await else { return };
                if start.client_hello().server_name().is_some() == wants {
                    go_on(start, &config).await;
                } else {
                    refuse(start, if wants { 40 } else { 112 }).await;
                }
            }
        })
        .await;
        let mut target = target();
        let mut sent = None;
        if wants {
            target.host = Host::Ip(address.ip());
            sent = Some(Untrusted::new(UNKNOWN_NAME));
        }
        let found = differ(target, address, &[]).await;
        assert_eq!((found.flips, found.unstable), (Some(Change::OtherName { sent }), false), "{:?}", found.attempts);
    }
}

#[tokio::test]
async fn a_server_of_another_application_protocol() {
    let config = papers(&["spdy/1"]);
    let address = serve(move |stream| {
        let config = Arc::clone(&config);
        async move {
            let Some(start) = accept(stream).await else { return };
            go_on(start, &config).await;
        }
    })
    .await;
    let found = differ(target(), address, &[]).await;
    assert_eq!((found.flips, found.unstable), (Some(Change::NoAlpn), false), "{:?}", found.attempts);
    assert_eq!(found.attempts.len(), 4, "the alert names the suspect");
    // Without protocols to leave out there is nothing to be found of it.
    let found = differ(Target { alpn: Vec::new(), ..target() }, silent_end().await, &[]).await;
    assert!(found.attempts.iter().all(|attempt| attempt.change != Change::NoAlpn));
}

/// Closes every connection.
async fn silent_end() -> SocketAddr {
    serve(|mut stream: TcpStream| async move {
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await
}

#[tokio::test]
async fn a_server_that_alternates() {
    let (config, count) = (papers(&["h2"]), Arc::new(AtomicU32::new(0)));
    let address = serve(move |mut stream: TcpStream| {
        let (config, number) = (Arc::clone(&config), count.fetch_add(1, Ordering::Relaxed));
        async move {
            if number.is_multiple_of(2) {
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            } else if let Some(start) = accept(stream).await {
                go_on(start, &config).await;
            }
        }
    })
    .await;
    let found = differ(target(), address, &[]).await;
    assert_eq!((found.flips, found.unstable, found.attempts.len()), (None, true, 1));
}

#[tokio::test]
async fn the_other_family_is_tried_and_a_budget_is_kept() {
    let nobody = silent_end().await;
    // Nobody listens there, whether this machine has IPv6 or not.
    let sibling: SocketAddr = "[::1]:1".parse().unwrap();
    let found = differ(target(), nobody, &[nobody, sibling]).await;
    let last = found.attempts.last().unwrap();
    assert_eq!((&last.change, last.hello), (&Change::OtherFamily(sibling), 0));
    assert!(matches!(last.result, AttemptResult::Failed(_)) && found.flips.is_none() && !found.unstable);
}

#[tokio::test]
async fn only_failures_of_a_hello_are_looked_into() {
    let prober = prober(stores(&[]));
    let target = Arc::new(target());
    let ssh = serve(|mut stream: TcpStream| async move {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let refused: SocketAddr = "127.0.0.1:1".parse().unwrap();
    for address in [ssh, refused] {
        let seen = prober.probe(&target, address).await;
        let survey = prober.survey(&target, &seen, &[], SurveyReason::Failure).await;
        assert_eq!((survey.differential, survey.connections), (None, 0));
    }
}
