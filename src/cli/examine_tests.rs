use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::inventory::{self, Recipe};
use crate::model::{
    AddressKey, Failure, FailureKind, ManualClock, Outcome, Phase, ResolvedAddress, Status, Survey, SurveyReason,
    Timings, Untrusted,
};

/// Answers look-ups and probes from a script; an exhausted script goes on with success.
#[derive(Debug, Default)]
struct Scripted {
    addresses: Vec<[u8; 4]>,
    lookups: Mutex<VecDeque<DnsFailure>>,
    failing: Mutex<HashMap<[u8; 4], u8>>,
    /// Refused, if nothing else.
    kind: Option<FailureKind>,
    /// On the way to the connection, if nothing else.
    phase: Option<Phase>,
    /// Handshakes that take long.
    slow: Mutex<HashMap<[u8; 4], u8>>,
    /// Every address answers once only.
    vanishing: bool,
    answered: Mutex<HashMap<[u8; 4], u32>>,
    probes: Mutex<u32>,
}

impl Prober for Scripted {
    async fn resolve(&self, target: &Arc<Target>) -> Resolution {
        let failure = self.lookups.lock().unwrap().pop_front();
        let ttl = Duration::from_mins(1);
        let found = self.addresses.iter().map(|&ip| ResolvedAddress { ip: ip.into(), ttl });
        Resolution {
            target: target.id,
            at: Time::default(),
            took: Duration::from_millis(1),
            addresses: if failure.is_none() { found.collect() } else { Vec::new() },
            ttl,
            failure,
            source: Untrusted::new("script"),
        }
    }

    async fn probe(&self, target: &Arc<Target>, address: SocketAddr) -> Observation {
        *self.probes.lock().unwrap() += 1;
        let SocketAddr::V4(v4) = address else { panic!("scripts are IPv4") };
        let mut failing = self.failing.lock().unwrap();
        let left = failing.entry(v4.ip().octets()).or_default();
        let answered = {
            let mut answered = self.answered.lock().unwrap();
            let count = answered.entry(v4.ip().octets()).or_default();
            *count += 1;
            *count
        };
        let mut slow = self.slow.lock().unwrap();
        let slow_left = slow.entry(v4.ip().octets()).or_default();
        let tls = Duration::from_millis(if *slow_left > 0 { 5_000 } else { 5 });
        *slow_left = slow_left.saturating_sub(1);
        let outcome = if *left == 0 && !(self.vanishing && answered > 1) {
            Outcome::Handshake
        } else {
            *left = left.saturating_sub(1);
            let (kind, detail) = (self.kind.clone().unwrap_or(FailureKind::Refused), Untrusted::new("script"));
            let phase = self.phase.unwrap_or(Phase::Tcp);
            Outcome::Failed(Box::new(Failure { phase, kind, detail, received: 0, sent: 0 }))
        };
        let key = AddressKey { target: target.id, address };
        Observation {
            key,
            at: Time::default(),
            outcome,
            timings: Timings { tls: Some(tls), ..Timings::default() },
            proxy: None,
            upgrade: None,
            handshake: None,
        }
    }

    async fn survey(&self, _: &Arc<Target>, seen: Arc<Observation>, _: &[SocketAddr], reason: SurveyReason) -> Survey {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Survey::new(seen.key, seen.at, reason)
    }
}

async fn examine(script: Scripted, notations: &[&str]) -> (Vec<Verdict>, u32) {
    let (_, verdicts, probes) = examine_at(Depth::Full, script, notations).await;
    (verdicts, probes)
}

/// First verdicts, last ones, and how many probes they took.
async fn examine_at(depth: Depth, script: Scripted, notations: &[&str]) -> (Vec<Verdict>, Vec<Verdict>, u32) {
    let targets = (0..).zip(notations).map(|(id, notation)| {
        let target = Recipe::default().target(TargetId(id), &inventory::parse(notation).unwrap());
        Target { depth, ..target }
    });
    let script = Arc::new(script);
    let clock = Arc::new(ManualClock::default());
    let advancing = clock.clone();
    // The plan reads this clock while tokio's own time is paused: both go on together.
    let time = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            advancing.advance(Duration::from_millis(100));
        }
    });
    let mut examination =
        Examination::start(script.clone(), targets.collect(), Limits::default(), Policy::default(), clock);
    let (mut firsts, mut verdicts) = (Vec::new(), Vec::new());
    while let Some(news) = examination.next().await {
        match news {
            News::Done(_, verdict) => verdicts.push(verdict),
            News::FirstLook(verdict) => firsts.push(verdict),
        }
    }
    time.abort();
    let probes = *script.probes.lock().unwrap();
    (firsts, verdicts, probes)
}

#[tokio::test(start_paused = true)]
async fn every_address_is_seen_once_and_a_failure_twice() {
    let script = Scripted {
        addresses: vec![[10, 0, 0, 1], [10, 0, 0, 2], [10, 0, 0, 3]],
        failing: Mutex::new(HashMap::from([([10, 0, 0, 2], 1), ([10, 0, 0, 3], 9)])),
        ..Scripted::default()
    };
    let (verdicts, probes) = examine(script, &["shop.example"]).await;
    let [verdict] = &verdicts[..] else { panic!("{verdicts:?}") };
    let seen: Vec<_> = verdict.endpoints.iter().map(|seen| (seen.outcome, seen.attempts, seen.failures)).collect();
    assert_eq!(seen, [("handshake", 1, 0), ("handshake", 2, 1), ("failed", 2, 2)]);
    assert_eq!(probes, 5);
    assert_eq!(verdict.status, Status::Critical);
    assert!(verdict.findings[0].addresses.contains(&"10.0.0.3:443".parse().unwrap()), "{:?}", verdict.findings);
}

#[tokio::test(start_paused = true)]
async fn who_has_waited_for_the_whole_timeout_does_not_wait_again() {
    let script = Scripted {
        addresses: vec![[10, 0, 0, 1]],
        failing: Mutex::new(HashMap::from([([10, 0, 0, 1], 9)])),
        kind: Some(FailureKind::TimedOut),
        ..Scripted::default()
    };
    let (verdicts, probes) = examine(script, &["shop.example"]).await;
    assert_eq!((verdicts[0].findings[0].code.0, probes), ("tcp.timeout", 1));

    let silent = Scripted {
        addresses: vec![[10, 0, 0, 1]],
        lookups: Mutex::new([DnsFailure::TimedOut].into()),
        ..Scripted::default()
    };
    let (verdicts, probes) = examine(silent, &["no-dns.example"]).await;
    assert_eq!((verdicts[0].findings[0].code.0, probes), ("dns.timeout", 0));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_does_not_exist_is_a_verdict_and_a_resolver_in_trouble_is_asked_again() {
    let gone = Scripted { lookups: Mutex::new([DnsFailure::NxDomain].into()), ..Scripted::default() };
    let (verdicts, probes) = examine(gone, &["gone.example"]).await;
    assert_eq!((verdicts[0].findings[0].code.0, probes), ("dns.nxdomain", 0));

    let trouble = || DnsFailure::ServFail { detail: Untrusted::new("script") };
    let passing =
        Scripted { addresses: vec![[10, 0, 0, 1]], lookups: Mutex::new([trouble()].into()), ..Scripted::default() };
    let (verdicts, probes) = examine(passing, &["slow-dns.example"]).await;
    assert_eq!((verdicts[0].status, probes), (Status::Ok, 1));

    let down = Scripted { lookups: Mutex::new([trouble(), trouble()].into()), ..Scripted::default() };
    let (verdicts, _) = examine(down, &["no-dns.example"]).await;
    assert_eq!(verdicts[0].findings[0].code.0, "dns.servfail");
}

#[tokio::test(start_paused = true)]
async fn many_targets_each_get_their_verdict() {
    let names: Vec<String> = (0..2000).map(|number| format!("host-{number}.example")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let script = Scripted { addresses: vec![[10, 0, 0, 1]], ..Scripted::default() };
    let (_, verdicts, probes) = examine_at(Depth::Handshake, script, &names).await;
    assert_eq!((verdicts.len(), probes), (2000, 2000));
}

#[tokio::test(start_paused = true)]
async fn the_first_verdict_does_not_wait_for_surveys_and_the_last_has_them() {
    let script = || Scripted { addresses: vec![[10, 0, 0, 1], [10, 0, 0, 2]], ..Scripted::default() };
    let (firsts, verdicts, _) = examine_at(Depth::Full, script(), &["shop.example"]).await;
    let surveyed = |verdicts: &[Verdict]| -> Vec<bool> {
        verdicts.iter().flat_map(|verdict| &verdict.endpoints).map(|seen| seen.survey.is_some()).collect()
    };
    assert_eq!((firsts.len(), surveyed(&verdicts)), (1, vec![true, true]));
    assert!(surveyed(&firsts).contains(&false), "{firsts:?}");

    let (firsts, verdicts, probes) = examine_at(Depth::Handshake, script(), &["shop.example"]).await;
    assert_eq!((firsts.len(), surveyed(&verdicts), probes), (0, vec![false, false], 2));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_surveyed_who_does_not_answer_and_a_silent_handshake_is_asked_about() {
    let failing = || Mutex::new(HashMap::from([([10, 0, 0, 1], 9)]));
    let refusing = Scripted { addresses: vec![[10, 0, 0, 1]], failing: failing(), ..Scripted::default() };
    let (firsts, verdicts, _) = examine_at(Depth::Full, refusing, &["shop.example"]).await;
    assert_eq!((firsts.len(), verdicts[0].endpoints[0].survey.is_some()), (0, false));

    let silent = |depth| {
        let script = Scripted {
            addresses: vec![[10, 0, 0, 1]],
            failing: failing(),
            kind: Some(FailureKind::TimedOut),
            phase: Some(Phase::Tls),
            ..Scripted::default()
        };
        examine_at(depth, script, &["shop.example"])
    };
    let (firsts, verdicts, probes) = silent(Depth::Full).await;
    assert_eq!((firsts.len(), verdicts[0].endpoints[0].survey.is_some(), probes), (1, true, 2));
    let (_, _, probes) = silent(Depth::Handshake).await;
    assert_eq!(probes, 1);
}

#[tokio::test(start_paused = true)]
async fn who_vanishes_before_the_survey_is_not_waited_for() {
    // More addresses than surveys at once: the last is probed again before its own, and refuses by then.
    let addresses: Vec<[u8; 4]> = (1..=40).map(|last| [10, 0, 0, last]).collect();
    let script = Scripted { addresses, vanishing: true, ..Scripted::default() };
    let (_, verdicts, probes) = examine_at(Depth::Full, script, &["shop.example"]).await;
    assert!(verdicts[0].endpoints.iter().any(|seen| seen.survey.is_none()));
    assert!(probes > 40);
}

#[tokio::test(start_paused = true)]
async fn what_many_targets_show_of_our_own_side_takes_the_blame_off_them() {
    let notations = ["a.example", "b.example", "c.example", "d.example"];
    let silence = |names: usize| Mutex::new(vec![DnsFailure::TimedOut; names].into());
    let script = Scripted { addresses: vec![[10, 0, 0, 1]], lookups: silence(4), ..Scripted::default() };
    let targets = (0..)
        .zip(notations)
        .map(|(id, notation)| Recipe::default().target(TargetId(id), &inventory::parse(notation).unwrap()));
    let clock = Arc::new(ManualClock::default());
    let limits = Limits::default();
    let mut examination = Examination::start(Arc::new(script), targets.collect(), limits, Policy::default(), clock);
    let mut alone = Vec::new();
    while let Some(news) = examination.next().await {
        let News::Done(_, verdict) = news else { continue };
        alone.push(verdict.findings[0].code.0);
    }
    assert_eq!(alone, ["dns.timeout"; 4], "each by itself may be to blame");

    let (ours, explained) = examination.our_side();
    let [fault] = ours.faults() else { panic!("{ours:?}") };
    assert_eq!((fault.code.0, fault.explains.len()), ("local.dns_down", 4));
    for verdict in explained.values() {
        assert_eq!((verdict.status, verdict.findings[0].code.0), (Status::Unknown, "local.dns_down"));
    }
}

#[tokio::test(start_paused = true)]
async fn one_target_is_no_witness_against_us() {
    let silent = Scripted { lookups: Mutex::new([DnsFailure::TimedOut].into()), ..Scripted::default() };
    let target = Recipe::default().target(TargetId(0), &inventory::parse("a.example").unwrap());
    let clock = Arc::new(ManualClock::default());
    let mut examination =
        Examination::start(Arc::new(silent), vec![target], Limits::default(), Policy::default(), clock);
    while examination.next().await.is_some() {}
    let (ours, explained) = examination.our_side();
    assert!(ours.is_in_order() && explained.is_empty(), "{ours:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_called_slow_after_one_look() {
    let slow = |times| Scripted {
        addresses: vec![[10, 0, 0, 1], [10, 0, 0, 2]],
        slow: Mutex::new(HashMap::from([([10, 0, 0, 2], times)])),
        ..Scripted::default()
    };
    for depth in [Depth::Handshake, Depth::Full] {
        let (_, verdicts, _) = examine_at(depth, slow(1), &["shop.example"]).await;
        assert!(verdicts[0].findings.is_empty(), "{depth:?}: {:?}", verdicts[0].findings);
        assert_eq!(verdicts[0].endpoints[1].attempts, 2);
        let (_, verdicts, _) = examine_at(depth, slow(9), &["shop.example"]).await;
        let finding = &verdicts[0].findings[0];
        assert_eq!((finding.code.0, finding.addresses.len()), ("tls.slow", 1), "{depth:?}");
    }
}
