//! What is wrong on our own side: clock, routes, name servers, portals, interceptors, file descriptors.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tlscope::model::{Clock, Observation, Outcome, SurveyReason, SystemClock, Target, Time};
use tlscope::probe::{Prober, Settings};
use tokio::net::UdpSocket;

use crate::bench::{at, hasty, listen, look, note, note_at, prober, prober_at, prober_with, serve_on, target};
use crate::connections::Closed;
use crate::names::asking;
use crate::papers::{Authority, DAY, Leaf, dns, now};
use crate::record::{Record, Seen, Watched};

/// Unrelated sites, as far as names tell (RFC 2606), in networks of their own.
const SITES: [(&str, &str); 3] =
    [("example.com", "127.11.0.1:0"), ("example.net", "127.12.0.1:0"), ("example.org", "127.13.0.1:0")];

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    let mut records = Vec::new();
    routes(&mut records, &root).await;
    name_servers(&mut records, &root).await;
    in_the_middle(&mut records, &root).await;
    clocks(&mut records).await;
    tables(&mut records).await;
    shortages(&mut records, &root).await;
    records
}

/// All at once, the first as the subject.
async fn fleet(prober: &Prober, name: &str, targets: Vec<Target>, surveys: bool, now: Time) -> Record {
    let mut seen = Vec::new();
    for target in targets {
        seen.push(look(prober, &Arc::new(target), surveys).await);
    }
    let subject = seen.remove(0);
    note_at(name, subject, seen, now)
}

/// The namespace's, see `recorder`.
async fn routes(records: &mut Vec<Record>, root: &Authority) {
    let prober = prober(&root.pem);
    let cases = [
        ("a network to which there is no way", "10.9.8.7:443"),
        ("an IPv6 network to which there is no way", "[2001:db8::7]:443"),
        ("a network that our routes refuse", "203.0.113.7:443"),
        ("a host that is away (near miss of local.no_route, local.fault)", "192.0.2.7:443"),
    ];
    for (name, address) in cases {
        let target = Arc::new(at(address.parse().expect("an address")));
        records.push(note(name, look(&prober, &target, false).await));
    }
    let closed = Closed::new("[::1]:0");
    let target = Arc::new(at(closed.address));
    let name = "a closed port over IPv6 (near miss of local.no_ipv6)";
    records.push(note(name, look(&prober, &target, false).await));

    let lost = ["198.51.100.7:443", "198.18.0.7:443", "198.19.0.7:443"];
    let named = |host: &str, address: &str| hasty(target_at(host, address));
    let three = lost.iter().zip(["a", "b", "c"]).map(|(address, host)| named(host, address)).collect();
    let now = SystemClock.now();
    records.push(fleet(&prober, "nobody answers, in three networks", three, false, now).await);
    let refusing = Closed::new("127.14.0.1:0").address.to_string();
    let three = vec![named("a", lost[0]), named("b", lost[1]), named("c", &refusing)];
    let name = "nobody answers in two networks, and somebody refuses in a third (near miss of local.no_route)";
    records.push(fleet(&prober, name, three, false, SystemClock.now()).await);
}

fn target_at(host: &str, address: &str) -> Target {
    target(&format!("{host}.example@{address}"))
}

async fn name_servers(records: &mut Vec<Record>, root: &Authority) {
    let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let silent_at = silent.local_addr().expect("an address");
    let prober = asking(root, silent_at);
    let named = |host: &str| hasty(target(&format!("https://{host}.example:443")));
    let three = ["shop", "pay", "mail"].map(named).to_vec();
    records.push(fleet(&prober, "a name server that answers for no name", three, false, SystemClock.now()).await);
    let two = ["shop", "pay"].map(named).to_vec();
    let name = "a name server that does not answer for two names (near miss of local.dns_down)";
    records.push(fleet(&prober, name, two, false, SystemClock.now()).await);
}

/// Serves at one address of loopback.
async fn serve_at(leaf: &Leaf, address: &str) -> SocketAddr {
    let config = leaf.shared_config();
    serve_on(listen(address).await, move |_| Arc::clone(&config))
}

async fn in_the_middle(records: &mut Vec<Record>, root: &Authority) {
    let middle = Authority::root("Secure Web Gateway CA");
    let portal = middle.leaf(|params| params.subject_alt_names = vec![dns("portal.hotel.example")]);
    let prober = prober_with(&[("mozilla", ""), ("bench", &root.pem)], &Settings::default());
    let own = |host: &str| {
        let names = vec![dns(host)];
        move |params: &mut rcgen::CertificateParams| params.subject_alt_names = names
    };
    let cases: [(&str, [Leaf; 3]); 4] = [
        ("three sites whose certificates one authority signs", SITES.map(|(host, _)| middle.leaf(own(host)))),
        (
            "two sites whose certificates one authority signs, and one with its own (near miss of local.interception)",
            [middle.leaf(own(SITES[0].0)), middle.leaf(own(SITES[1].0)), root.leaf(own(SITES[2].0))],
        ),
        ("three sites with the certificate of a portal", SITES.map(|_| portal.clone())),
        (
            "one site with the certificate of a portal (near miss of local.captive_portal)",
            [portal.clone(), root.leaf(own(SITES[1].0)), root.leaf(own(SITES[2].0))],
        ),
    ];
    for (name, leaves) in cases {
        let mut targets = Vec::new();
        for ((host, address), leaf) in SITES.iter().zip(&leaves) {
            targets.push(target(&format!("{host}@{}", serve_at(leaf, address).await)));
        }
        records.push(fleet(&prober, name, targets, false, SystemClock.now()).await);
    }
}

/// The machine's clock, so much ahead.
#[derive(Debug)]
struct Ahead(Duration);

impl Clock for Ahead {
    fn now(&self) -> Time {
        SystemClock.now() + self.0
    }

    fn elapsed(&self) -> Duration {
        SystemClock.elapsed()
    }
}

async fn clocks(records: &mut Vec<Record>) {
    let root = Authority::root("Bench Root");
    let leaf = root.leaf(|params| (params.not_before, params.not_after) = (now() - DAY, now() + DAY * 6));
    for (name, ahead) in [
        ("a clock that is ten days ahead of three servers", DAY * 10),
        ("a clock that is right (near miss of local.clock_skew, server.clock_skew)", Duration::ZERO),
    ] {
        let clock = Arc::new(Ahead(ahead));
        let prober = prober_at(&[("bench", &root.pem)], &Settings::default(), Arc::clone(&clock) as Arc<dyn Clock>);
        let mut targets = Vec::new();
        for host in ["shop", "pay", "mail"] {
            targets.push(target(&format!("{host}.example@{}", serve_at(&leaf, "127.0.0.1:0").await)));
        }
        let mut seen = Vec::new();
        for target in targets {
            seen.push(look(&prober, &Arc::new(target), true).await);
        }
        let subject = seen.remove(0);
        records.push(note_at(name, subject, seen, clock.now()));
    }
}

/// Tables that are built in grow old.
async fn tables(records: &mut Vec<Record>) {
    let (root, stranger) = (Authority::root("Bench Root"), Authority::root("New Public Root"));
    let leaf = stranger.below("New Public CA", |_| ()).leaf(|params| params.not_after = now() + DAY * 400);
    let leaf = Leaf { chain: [leaf.chain, vec![stranger.der.clone()]].concat(), ..leaf };
    for (name, ahead) in [
        ("an unknown root, and tables of 200 days", DAY * 200),
        ("an unknown root, and tables of today (near miss of local.store_stale)", Duration::ZERO),
    ] {
        let clock = Arc::new(Ahead(ahead));
        let prober = prober_at(&[("bench", &root.pem)], &Settings::default(), Arc::clone(&clock) as Arc<dyn Clock>);
        let targets = [target(&format!("shop.example@{}", serve_at(&leaf, "127.0.0.1:0").await)), {
            target(&format!("pay.example@{}", serve_at(&leaf, "127.0.0.1:0").await))
        }];
        let mut seen = Vec::new();
        for target in targets {
            seen.push(look(&prober, &Arc::new(target), false).await);
        }
        let subject = seen.remove(0);
        records.push(note_at(name, subject, seen, clock.now()));
    }
}

async fn shortages(records: &mut Vec<Record>, root: &Authority) {
    let prober = prober(&root.pem);
    let leaf = root.leaf(|_| ());
    let good = serve_at(&leaf, "127.0.0.1:0").await;
    let target = Arc::new(at(good));
    // All descriptors are taken while it is probed.
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(200), ..before }).expect("less than before");
    let mut held = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        held.push(file);
    }
    let last = Arc::new(prober.probe(&target, good).await);
    drop(held);
    setrlimit(Resource::Nofile, before).expect("as before");
    let seen = Seen { address: good, earlier: Vec::new(), last, survey: None };
    let short = Watched { target: Target::clone(&target), resolution: None, addresses: vec![seen], file: None };
    records.push(note("no file descriptor left", short));
    records.push(note("file descriptors enough (near miss of local.fd_limit)", look(&prober, &target, false).await));
    crowd(records, root).await;
}

/// A survey that holds all connections to an address that does not answer.
async fn crowd(records: &mut Vec<Record>, root: &Authority) {
    let silent = listen("127.0.0.1:0").await;
    let address = silent.local_addr().expect("an address");
    let prober = prober(&root.pem);
    let slow = Arc::new(Target { timeout: Duration::from_secs(4), ..at(address) });
    let first = prober.probe(&Arc::new(hasty(at(address))), address).await;
    let surveying = {
        let (prober, slow) = (prober.clone(), Arc::clone(&slow));
        tokio::spawn(async move { prober.survey(&slow, &first, &[], SurveyReason::Asked).await })
    };
    let quick = Arc::new(Target { timeout: Duration::from_millis(150), ..at(address) });
    // The first probe's connection, and the two that a survey may have.
    let mut held = Vec::new();
    while held.len() < 3 {
        held.push(silent.accept().await.expect("a connection"));
    }
    let ended = futures_util::future::join_all((0..6).map(|_| prober.probe(&quick, address))).await;
    surveying.abort();
    let is_skipped = |seen: &Observation| matches!(seen.outcome, Outcome::Skipped { .. });
    let (skipped, made): (Vec<Observation>, Vec<Observation>) = ended.into_iter().partition(is_skipped);
    let names = [
        (skipped, "a survey that leaves no room for a probe"),
        (made, "a survey that leaves room for one (near miss of local.skipped)"),
    ];
    for (ended, name) in names {
        let Some(last) = ended.into_iter().next() else { continue };
        let seen = Seen { address, earlier: Vec::new(), last: Arc::new(last), survey: None };
        let crowded = Watched { target: Target::clone(&quick), resolution: None, addresses: vec![seen], file: None };
        records.push(note(name, crowded));
    }
}
