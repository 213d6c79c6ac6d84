use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::fixture::{Fleet, NOW, START};
use super::{CertificateRow, Limits, Snapshot, State};
use crate::diagnosis::Policy;
use crate::model::{
    AddressKey, Certificate, Confidence, DnsFailure, Event, Failure, FailureKind, Handshake, Observation, Outcome,
    Phase, Resolution, SchedulerState, Severity, Status, Survey, SurveyReason, Target, TargetId, Time, TlsVersion,
    Untrusted,
};

/// A state that watches the first target of the fleet that has `count` addresses, and healthy probes of these.
struct Watched {
    state: State,
    target: Arc<Target>,
    probes: Vec<Arc<Observation>>,
}

impl Watched {
    fn new(count: usize) -> Self {
        let events = Fleet::new(40, 1).start();
        let found = events.iter().find_map(|event| match event {
            Event::AddressesChanged { target, added, .. } if added.len() == count => Some(*target),
            _ => None,
        });
        let id = found.expect("a target of that many addresses");
        let mut state = State::new(Policy::default(), Limits::default());
        let (mut watched, mut probes) = (None, Vec::new());
        for event in events {
            match event {
                Event::TargetAdded { ref target, .. } if target.id == id => watched = Some(Arc::clone(target)),
                Event::Resolved(ref resolution) if resolution.target == id => {}
                Event::AddressesChanged { target, .. } if target == id => {}
                Event::Observed(observation) if observation.key.target == id => {
                    probes.push(observation);
                    continue;
                }
                _ => continue,
            }
            state.apply(event);
        }
        probes.sort_by_key(|probe| probe.key.address);
        Self { state, target: watched.expect("was added"), probes }
    }

    /// The address answers as ever, `minute` minutes after the start.
    fn good(&mut self, place: usize, minute: u64) {
        self.observe(place, minute, |_| {});
    }

    fn refused(&mut self, place: usize, minute: u64) {
        self.fails(place, minute, FailureKind::Refused);
    }

    fn fails(&mut self, place: usize, minute: u64, kind: FailureKind) {
        self.observe(place, minute, |probe| {
            let detail = Untrusted::new("refused");
            probe.outcome =
                Outcome::Failed(Box::new(Failure { phase: Phase::Tcp, kind, detail, received: 0, sent: 0 }));
            probe.handshake = None;
        });
    }

    fn serves(&mut self, place: usize, minute: u64, change: impl FnOnce(&mut Certificate)) {
        self.observe(place, minute, |probe| {
            let mut leaf = Certificate::clone(&probe.chain()[0]);
            change(&mut leaf);
            let mut handshake = Handshake::clone(probe.handshake.as_ref().unwrap());
            handshake.chain = [Arc::new(leaf), Arc::clone(&probe.chain()[1])].into();
            probe.handshake = Some(handshake);
        });
    }

    fn observe(&mut self, place: usize, minute: u64, change: impl FnOnce(&mut Observation)) {
        let mut probe = Observation::clone(&self.probes[place]);
        probe.at = START + Duration::from_mins(minute);
        change(&mut probe);
        self.state.apply(Event::Observed(Arc::new(probe)));
    }

    fn address(&self, place: usize) -> SocketAddr {
        self.probes[place].key.address
    }

    fn snapshot(&mut self) -> Arc<Snapshot> {
        self.state.snapshot(NOW)
    }

    fn open(&mut self) -> Vec<&'static str> {
        self.snapshot().incidents.iter().map(|incident| incident.key.code.0).collect()
    }
}

#[test]
fn a_target_is_unknown_until_every_address_was_seen() {
    let mut watched = Watched::new(2);
    assert_eq!(watched.snapshot().aggregates.targets_by_status, [0, 1, 0, 0]);
    watched.good(0, 0);
    assert_eq!(watched.snapshot().aggregates.targets_by_status, [0, 1, 0, 0]);
    assert_eq!(watched.snapshot().aggregates.addresses_by_status, [1, 1, 0, 0]);
    watched.good(1, 0);
    assert_eq!(watched.snapshot().aggregates.targets_by_status, [1, 0, 0, 0]);
}

#[test]
fn a_failed_probe_never_erases_what_was_seen() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    let seen = watched.snapshot().aggregates.versions.clone();
    watched.refused(0, 1);
    let snapshot = watched.snapshot();
    let row = snapshot.addresses_of(watched.target.id).next().unwrap();
    assert!(row.last.as_ref().unwrap().failure().is_some());
    assert!(row.last_seen.as_ref().unwrap().is_handshake());
    assert_eq!((row.attempts, row.successes, row.status), (2, 1, Status::Critical));
    assert_eq!(snapshot.aggregates.versions, seen);
    assert_eq!(snapshot.certificates.iter().filter(|row| row.leaf_count == 1).count(), 1);
}

#[test]
fn findings_keep_the_moment_they_were_first_seen_and_tell_when_they_were_confirmed() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    (1..=3).for_each(|minute| watched.refused(0, minute));
    watched.fails(0, 4, FailureKind::TimedOut);
    watched.refused(0, 5);
    let snapshot = watched.snapshot();
    let refused = &snapshot.target(watched.target.id).unwrap().findings[0];
    assert_eq!(refused.code.0, "tcp.refused");
    assert_eq!(refused.since, START + Duration::from_mins(5), "it had been over in between");
    watched.refused(0, 6);
    watched.refused(0, 7);
    let snapshot = watched.snapshot();
    let row = snapshot.target(watched.target.id).unwrap();
    assert_eq!(row.findings[0].since, START + Duration::from_mins(5));
    assert_eq!(snapshot.last_confirmed(watched.target.id, &row.findings[0]), START + Duration::from_mins(7));
    assert_eq!(snapshot.incidents[0].last, START + Duration::from_mins(7));
    let shown = snapshot.addresses_of(watched.target.id).next().unwrap().finding.clone();
    assert!(Arc::ptr_eq(&row.findings[0], &shown.unwrap()));
    let counts: Vec<_> = snapshot.errors.iter().map(|group| (group.code.0, group.count, group.address_count)).collect();
    assert_eq!(counts, [("tcp.refused", 6, 1), ("tcp.timeout", 1, 1)]);
}

#[test]
fn another_certificate_with_the_same_fault_has_it_since_its_own_time() {
    let mut watched = Watched::new(1);
    let expired = |watched: &mut Watched, number: u8, hours| {
        let end = START - Duration::from_hours(hours);
        watched.serves(0, u64::from(number), |leaf| {
            leaf.fingerprint.0[0] ^= number;
            leaf.not_after = end;
        });
        (watched.snapshot().target(watched.target.id).unwrap().findings[0].since, end)
    };
    for (number, hours) in [(1, 5), (2, 3)] {
        let (since, end) = expired(&mut watched, number, hours);
        assert_eq!(since, end);
    }
}

#[test]
fn one_failed_probe_opens_nothing_and_three_good_looks_close() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    watched.refused(0, 1);
    assert!(watched.open().is_empty(), "a packet can get lost");
    watched.good(0, 1);
    watched.refused(0, 1);
    assert!(watched.open().is_empty(), "not twice in a row");
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    watched.refused(0, 1);
    watched.refused(0, 1);
    assert_eq!(watched.open(), ["tcp.refused"]);
    watched.good(0, 2);
    watched.good(0, 3);
    assert_eq!(watched.open(), ["tcp.refused"], "two good looks are not enough");
    assert_eq!(watched.snapshot().aggregates.targets_by_status, [1, 0, 0, 0], "but the status is what it is now");
    watched.refused(0, 4);
    watched.good(0, 5);
    watched.good(0, 6);
    assert_eq!(watched.open(), ["tcp.refused"], "the count began anew");
    watched.good(0, 7);
    assert!(watched.open().is_empty());
    assert_eq!(watched.snapshot().incident_count, 0);
}

#[test]
fn what_is_certain_about_a_certificate_opens_at_once() {
    let mut watched = Watched::new(1);
    watched.serves(0, 0, |leaf| {
        leaf.fingerprint.0[0] ^= 1;
        leaf.not_after = START - Duration::from_hours(1);
    });
    assert_eq!(watched.open(), ["cert.expired"]);
}

#[test]
fn an_address_that_fails_in_changing_ways_is_down_all_the_same() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    for minute in 1..5 {
        let kind = if minute % 2 == 0 { FailureKind::TimedOut } else { FailureKind::Refused };
        watched.fails(0, minute, kind);
    }
    assert_eq!(watched.open(), ["tcp.timeout"], "the way it fails now, and only that");
}

#[test]
fn faults_of_our_own_close_nothing() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    watched.refused(0, 1);
    watched.refused(0, 2);
    (3..9).for_each(|minute| watched.fails(0, minute, FailureKind::Local));
    assert!(watched.open().contains(&"tcp.refused"), "nothing good was seen");
    (9..12).for_each(|minute| watched.good(0, minute));
    assert!(watched.open().is_empty());
}

#[test]
fn likely_evidence_opens_when_confirmed() {
    let mut watched = Watched::new(1);
    let target = watched.target.id;
    let removed = vec![watched.address(0)];
    watched.state.apply(Event::AddressesChanged { target, at: START, added: vec![], removed });
    let look_up = |state: &mut State, minute, failure: Option<DnsFailure>| {
        let (at, took, ttl) = (START + Duration::from_mins(minute), Duration::from_secs(2), Duration::from_mins(1));
        let source = Untrusted::new("192.0.2.53:53");
        let resolution = Resolution { target, at, took, addresses: vec![], ttl, failure, source };
        state.apply(Event::Resolved(Arc::new(resolution)));
    };
    look_up(&mut watched.state, 1, Some(DnsFailure::TimedOut));
    let snapshot = watched.snapshot();
    assert_eq!(snapshot.target(target).unwrap().findings[0].confidence, Confidence::Likely);
    assert!(watched.open().is_empty());
    look_up(&mut watched.state, 2, None);
    look_up(&mut watched.state, 3, Some(DnsFailure::TimedOut));
    assert!(watched.open().is_empty(), "not twice in a row");
    look_up(&mut watched.state, 4, Some(DnsFailure::TimedOut));
    assert_eq!(watched.open(), ["dns.timeout"]);
    (5..8).for_each(|minute| look_up(&mut watched.state, minute, None));
    assert!(watched.open().is_empty());
}

#[test]
fn every_address_must_recover() {
    let mut watched = Watched::new(2);
    for place in [0, 1] {
        watched.good(place, 0);
        watched.refused(place, 1);
    }
    assert_eq!(watched.open(), ["tcp.refused"], "the partial outage in between has become a whole one");
    assert_eq!(watched.snapshot().incidents[0].address_count, 2);
    for place in [0, 1] {
        watched.good(place, 2);
    }
    (3..=9).for_each(|minute| watched.good(0, minute));
    assert!(!watched.open().is_empty(), "the other one was good but once");
    let gone = watched.address(1);
    let target = watched.target.id;
    let at = START + Duration::from_mins(10);
    watched.state.apply(Event::AddressesChanged { target, at, added: vec![], removed: vec![gone] });
    assert!(watched.open().is_empty(), "what is gone is not waited for");
}

#[test]
fn an_address_that_recovers_before_the_others_must_do_so_three_times_too() {
    let mut watched = Watched::new(3);
    watched.good(2, 0);
    (0..3).for_each(|minute| [0, 1].into_iter().for_each(|place| watched.refused(place, minute)));
    watched.good(0, 3);
    (4..9).for_each(|minute| watched.good(1, minute));
    assert_eq!(watched.open(), ["fleet.partial_outage"], "the first was good but once");
    (9..11).for_each(|minute| watched.good(0, minute));
    assert!(watched.open().is_empty());
}

#[test]
fn one_certificate_on_many_targets_is_one_incident() {
    let snapshot = super::fixture::snapshot(600, 80);
    let expired = snapshot.incidents.iter().find(|incident| incident.key.code.0 == "cert.expired").unwrap();
    assert!(expired.target_count > 1 && expired.key.target.is_none());
    assert_eq!(expired.severity, Severity::Page);
    assert_eq!(expired.targets.len(), expired.target_count.min(crate::model::Incident::LISTED));
    let order: Vec<_> = snapshot.incidents.iter().map(|one| (one.severity, one.impact, one.target_count)).collect();
    assert!(order.is_sorted_by(|a, b| a >= b), "{order:?}");
    let explained = snapshot.targets.iter().flat_map(|row| &*row.findings).filter(|one| one.caused_by.is_some());
    assert!(explained.count() > 0);
}

#[test]
fn a_new_certificate_moves_the_counts_and_is_logged() {
    let mut watched = Watched::new(2);
    watched.good(0, 0);
    watched.good(1, 0);
    let before = watched.snapshot();
    let old = Arc::clone(&leaves(&before)[0].certificate);
    assert_eq!(leaves(&before)[0].leaf_count, 2);
    watched.serves(0, 1, |leaf| {
        leaf.fingerprint.0[0] ^= 1;
        leaf.serial = "00beef".to_owned();
        leaf.not_after = leaf.not_after + Duration::from_hours(24);
    });
    let after = watched.snapshot();
    assert_eq!(leaves(&after).iter().map(|row| row.leaf_count).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(after.aggregates.keys.total, 2);
    assert_eq!(after.aggregates.nearest_expiry, Some((old.not_after, old.fingerprint)));
    assert!(after.log.iter().any(|entry| entry.text.contains("serves certificate …beef")), "{:?}", after.log);
    let issuer = &old.chain_issuer(&after);
    assert_eq!((issuer.leaf_count, issuer.chain_count), (0, 2));
    watched.serves(1, 1, |leaf| {
        leaf.fingerprint.0[0] ^= 1;
        leaf.not_after = leaf.not_after + Duration::from_hours(24);
    });
    let last = watched.snapshot();
    assert!(last.certificate(&old.fingerprint).is_none(), "nobody serves it any more");
    assert_eq!((leaves(&last).len(), last.certificates.len(), last.certificate_slots.len()), (1, 2, 2));
}

#[test]
fn a_roll_out_is_followed_to_its_end() {
    let renew = |leaf: &mut Certificate| {
        leaf.fingerprint.0[0] ^= 1;
        leaf.not_before = START - Duration::from_mins(80);
        leaf.not_after = leaf.not_before + Duration::from_hours(90 * 24);
    };
    let mut watched = Watched::new(2);
    let codes = |watched: &mut Watched| {
        let snapshot = watched.snapshot();
        let row = snapshot.targets.iter().next().unwrap();
        let codes = row.findings.iter().map(|finding| finding.code.0);
        codes.collect::<Vec<_>>()
    };
    watched.good(0, 40);
    watched.good(1, 40);
    assert!(codes(&mut watched).is_empty());
    watched.serves(0, 41, renew);
    watched.good(1, 42);
    assert_eq!(codes(&mut watched), ["deploy.converging", "change.recent"]);
    watched.serves(1, 44, renew);
    assert_eq!(codes(&mut watched), ["deploy.converged", "change.recent"]);
    let row = watched.snapshot().targets.iter().next().cloned().unwrap();
    let converged = row.findings.iter().find(|finding| finding.code.0 == "deploy.converged").unwrap();
    assert_eq!(converged.evidence.value("roll-out took"), Some("3m"));
    assert_eq!(converged.evidence.value("from issuance to all"), Some("2h 4m"));
    watched.serves(0, 105, renew);
    assert!(codes(&mut watched).is_empty(), "an hour later it is no news");
}

trait ChainIssuer {
    fn chain_issuer(&self, snapshot: &Snapshot) -> Arc<CertificateRow>;
}

impl ChainIssuer for Certificate {
    fn chain_issuer(&self, snapshot: &Snapshot) -> Arc<CertificateRow> {
        let is_issuer = |row: &&Arc<CertificateRow>| row.certificate.subject_id == self.issuer_id;
        Arc::clone(snapshot.certificates.iter().find(is_issuer).unwrap())
    }
}

fn leaves(snapshot: &Snapshot) -> Vec<Arc<CertificateRow>> {
    snapshot.certificates.iter().filter(|row| row.leaf_count > 0).cloned().collect()
}

#[test]
fn another_version_is_logged() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    watched.observe(0, 1, |probe| {
        let mut handshake = Handshake::clone(probe.handshake.as_ref().unwrap());
        handshake.version = Some(TlsVersion(0x0303));
        probe.handshake = Some(handshake);
    });
    let snapshot = watched.snapshot();
    assert!(snapshot.log[0].text.ends_with("negotiates version TLSv1.2, before TLSv1.3"), "{}", snapshot.log[0].text);
    assert_eq!(snapshot.aggregates.versions.counts.len(), 1);
}

#[test]
fn faults_of_our_own_are_no_attempts() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    watched.fails(0, 1, FailureKind::Local);
    watched.observe(0, 2, |probe| {
        probe.outcome = Outcome::Skipped { reason: Untrusted::new("no IPv6 here") };
        probe.handshake = None;
    });
    watched.refused(0, 3);
    let snapshot = watched.snapshot();
    let row = snapshot.addresses_of(watched.target.id).next().unwrap();
    assert_eq!((row.attempts, row.successes, row.trend.points().len()), (2, 1, 2));
    let hour = snapshot.aggregates.window(super::Window::H1);
    assert_eq!((hour.attempts, hour.successes), (2, 1));
}

#[test]
fn what_is_not_watched_is_counted_and_ignored() {
    let mut watched = Watched::new(1);
    let unknown = AddressKey { target: TargetId(7_000), address: watched.address(0) };
    let elsewhere = AddressKey { target: watched.target.id, address: "192.0.2.1:1".parse().unwrap() };
    let events = [
        Event::ProbeStarted { key: unknown, at: NOW },
        Event::ProbeStarted { key: elsewhere, at: NOW },
        Event::TargetRemoved { target: unknown.target, at: NOW },
        Event::AddressesChanged { target: unknown.target, at: NOW, added: vec![unknown.address], removed: vec![] },
    ];
    for event in events {
        watched.state.apply(event);
    }
    watched.good(0, 0);
    assert_eq!(watched.snapshot().drops.ignored, 4);
    let far = Target { id: TargetId(u32::MAX), ..Target::clone(&watched.target) };
    watched.state.apply(Event::TargetAdded { target: Arc::new(far), at: NOW });
    watched.good(0, 1);
    assert_eq!(watched.snapshot().drops.ignored, 5);
    assert_eq!(watched.snapshot().targets.len(), 1);
}

#[test]
fn slots_are_used_again_and_late_news_of_the_gone_are_ignored() {
    let mut watched = Watched::new(2);
    watched.good(0, 0);
    watched.good(1, 0);
    let (target, removed) = (watched.target.id, vec![watched.address(0)]);
    let added: Vec<SocketAddr> = vec!["192.0.2.9:443".parse().unwrap()];
    let at = START + Duration::from_mins(1);
    watched.state.apply(Event::AddressesChanged { target, at, added: added.clone(), removed });
    watched.good(0, 2);
    let snapshot = watched.snapshot();
    assert_eq!((snapshot.addresses.len(), snapshot.drops.ignored), (2, 1));
    let key = AddressKey { target, address: added[0] };
    assert!(snapshot.address(key).unwrap().last.is_none(), "nothing of the one before is left");
    assert!(snapshot.addresses.get(2).is_none(), "no third slot");
    assert!(snapshot.log[0].text.contains("new 192.0.2.9:443 gone 10."), "{}", snapshot.log[0].text);
}

#[test]
fn a_late_probe_counts_but_does_not_replace_a_newer_one() {
    let mut watched = Watched::new(1);
    watched.good(0, 5);
    let (key, at) = (watched.probes[0].key, START + Duration::from_mins(4));
    watched.state.apply(Event::ProbeStarted { key, at });
    watched.refused(0, 4);
    let snapshot = watched.snapshot();
    let row = snapshot.addresses_of(watched.target.id).next().unwrap();
    assert_eq!((row.attempts, row.status), (2, Status::Ok));
    assert_eq!(row.probing_since, None, "it is over all the same");
    assert_eq!(row.last.as_ref().unwrap().at, START + Duration::from_mins(5));
}

#[test]
fn a_clock_that_is_set_back_freezes_nothing() {
    let mut watched = Watched::new(1);
    watched.good(0, 300);
    watched.state.apply(Event::Tick { at: START + Duration::from_mins(10) });
    watched.refused(0, 10);
    watched.state.apply(Event::Tick { at: START + Duration::from_mins(11) });
    let snapshot = watched.state.snapshot(START + Duration::from_mins(11));
    let row = snapshot.addresses_of(watched.target.id).next().unwrap();
    assert_eq!((row.attempts, row.status), (2, Status::Critical));
    assert_eq!(snapshot.aggregates.window(super::Window::M5).attempts, 1);
    assert!(snapshot.log.iter().any(|entry| entry.text.contains("set back by 4h 50m")), "{:?}", snapshot.log);
}

#[test]
fn time_alone_brings_a_judgement_up_for_review() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    let end = leaves(&watched.snapshot())[0].certificate.not_after;
    assert_eq!(watched.snapshot().aggregates.addresses_by_status, [1, 0, 0, 0]);
    watched.state.apply(Event::Tick { at: end + Duration::from_secs(2) });
    let snapshot = watched.state.snapshot(end + Duration::from_secs(2));
    assert_eq!(snapshot.target(watched.target.id).unwrap().findings[0].code.0, "cert.expired");
    assert_eq!(snapshot.aggregates.addresses_by_status, [0, 0, 0, 1]);
    assert_eq!(snapshot.incidents.len(), 1, "an expiry is certain");
}

#[test]
fn unchanged_rows_are_shared_and_nothing_new_is_the_same_snapshot() {
    let fleet = Fleet::new(300, 10);
    let mut state = State::new(Policy::default(), Limits::default());
    fleet.start().into_iter().for_each(|event| state.apply(event));
    let first = state.snapshot(NOW);
    assert!(!state.is_dirty());
    assert!(Arc::ptr_eq(&first, &state.snapshot(NOW)));
    let one = fleet.round(1).into_iter().next().unwrap();
    state.apply(one);
    assert!(state.is_dirty());
    let second = state.snapshot(NOW);
    let shared = first.addresses.iter().zip(second.addresses.iter()).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
    assert_eq!((shared, second.generation), (299, first.generation + 1));
}

#[test]
fn probes_that_bring_nothing_new_change_the_rows_of_their_addresses_alone() {
    let mut watched = Watched::new(2);
    (0..2).for_each(|place| watched.serves(place, 1, |leaf| leaf.not_after = START - Duration::from_hours(3)));
    let before = watched.snapshot();
    watched.serves(1, 2, |leaf| leaf.not_after = START - Duration::from_hours(3));
    let after = watched.snapshot();
    let id = watched.target.id;
    let (target, address) = (after.target(id).unwrap(), AddressKey { target: id, address: watched.address(1) });
    assert!(Arc::ptr_eq(target, before.target(id).unwrap()));
    assert!(!Arc::ptr_eq(after.address(address).unwrap(), before.address(address).unwrap()));
    let later = START + Duration::from_mins(2);
    assert_eq!((after.last_probed(id), after.last_confirmed(id, &target.findings[0])), (Some(later), later));
    let (old, new) = (&before.incidents[0], &after.incidents[0]);
    assert_eq!((old.last, new.last), (START + Duration::from_mins(1), later));
    assert_eq!((&old.key, old.since, &old.summary, &old.targets), (&new.key, new.since, &new.summary, &new.targets));
}

#[test]
fn the_log_is_a_ring() {
    let limits = Limits { log: 5, log_shown: 3, ..Limits::default() };
    let mut state = State::new(Policy::default(), limits);
    for at in 0..8 {
        state.apply(Event::Scheduler(SchedulerState { paused: at % 2 == 0, ..SchedulerState::default() }));
    }
    let snapshot = state.snapshot(NOW);
    assert_eq!(snapshot.log.iter().map(|entry| entry.number).collect::<Vec<_>>(), [7, 6, 5]);
    assert_eq!(snapshot.drops.log, 3);
}

#[test]
fn distributions_are_compared_with_an_hour_ago() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    let minute = |minute: u64| START + Duration::from_mins(minute);
    (0..=59).for_each(|at| watched.state.apply(Event::Tick { at: minute(at) }));
    watched.good(0, 59);
    let early = watched.state.snapshot(minute(59));
    assert_eq!(early.aggregates.versions.counts[0].hour_ago, None);
    watched.state.apply(Event::Tick { at: minute(61) });
    watched.observe(0, 61, |probe| {
        let mut handshake = Handshake::clone(probe.handshake.as_ref().unwrap());
        handshake.version = Some(TlsVersion(0x0303));
        probe.handshake = Some(handshake);
    });
    let late = watched.state.snapshot(minute(61));
    let rows = late.aggregates.versions.counts.iter().map(|row| (&*row.name, row.count, row.hour_ago));
    assert_eq!(rows.collect::<Vec<_>>(), [("TLSv1.2", 1, Some(0)), ("TLSv1.3", 0, Some(1))]);
}

#[test]
fn a_group_of_errors_without_news_is_dropped() {
    let mut watched = Watched::new(1);
    watched.refused(0, 0);
    assert_eq!(watched.snapshot().errors.len(), 1);
    let day = Duration::from_hours(24);
    watched.state.apply(Event::Tick { at: START + day + Duration::from_mins(1) });
    assert_eq!(watched.snapshot().errors.len(), 0);
}

#[test]
fn what_is_no_longer_watched_leaves_the_groups_of_errors() {
    let mut watched = Watched::new(2);
    watched.refused(0, 0);
    watched.refused(1, 0);
    let (target, at) = (watched.target.id, START + Duration::from_mins(1));
    watched.state.apply(Event::AddressesChanged { target, at, added: vec![], removed: vec![watched.address(0)] });
    let group = Arc::clone(&watched.snapshot().errors[0]);
    assert_eq!((group.target_count, group.address_count), (1, 1));
    assert_eq!(group.addresses, [AddressKey { target, address: watched.address(1) }]);
    watched.state.apply(Event::TargetRemoved { target, at });
    assert!(watched.snapshot().errors.is_empty());
}

#[test]
fn slowness_is_new_evidence_only_across_the_threshold() {
    let mut watched = Watched::new(1);
    let took = |millis| move |probe: &mut Observation| probe.timings.tls = Some(Duration::from_millis(millis));
    watched.observe(0, 0, took(20));
    watched.observe(0, 1, took(999));
    assert!(watched.snapshot().target(watched.target.id).unwrap().findings.is_empty());
    let code = |watched: &mut Watched| {
        watched.snapshot().target(watched.target.id).unwrap().findings.first().map(|one| one.code.0)
    };
    for minute in [2, 3] {
        watched.observe(0, minute, took(1_001));
        assert_eq!(code(&mut watched), None, "a busy moment");
    }
    watched.observe(0, 4, took(1_001));
    assert_eq!(code(&mut watched), Some("tls.slow"));
    watched.observe(0, 5, took(30));
    assert_eq!(code(&mut watched), None);
}

#[test]
fn an_address_that_comes_and_goes_is_flapping_until_it_has_kept_still() {
    let mut watched = Watched::new(1);
    for minute in 0..3 {
        watched.good(0, 2 * minute);
        watched.refused(0, 2 * minute + 1);
    }
    watched.good(0, 6);
    watched.good(0, 7);
    assert_eq!(watched.open(), ["fleet.flapping"]);
    let counted = watched.snapshot().errors.iter().map(|group| (group.code.0, group.count)).collect::<Vec<_>>();
    assert_eq!(counted, [("tcp.refused", 3)], "a good look is no error, whatever was before");
    for minute in 8..40 {
        watched.good(0, minute);
    }
    assert!(watched.open().is_empty());
    assert!(watched.snapshot().target(watched.target.id).unwrap().findings.is_empty());
}

#[test]
fn certificates_by_turns_are_told_from_a_renewal() {
    let mut watched = Watched::new(1);
    let codes = |watched: &mut Watched| {
        let snapshot = watched.snapshot();
        let findings = &snapshot.target(watched.target.id).unwrap().findings;
        findings.iter().map(|finding| finding.code.0).filter(|code| *code == "fleet.lb_mixed").count()
    };
    for minute in 0..3 {
        watched.serves(0, minute, |leaf| leaf.fingerprint.0[0] ^= u8::from(minute % 2 == 1));
    }
    assert_eq!(codes(&mut watched), 0, "renewed and taken back");
    watched.serves(0, 3, |leaf| leaf.fingerprint.0[0] ^= 1);
    assert_eq!(codes(&mut watched), 1);
}

#[test]
fn the_same_events_give_the_same_snapshot() {
    let told = |snapshot: &Snapshot| {
        let rows = (&snapshot.targets, &snapshot.addresses, &snapshot.certificates);
        format!("{rows:?}{:?}{:?}{:?}{:?}", snapshot.aggregates, snapshot.incidents, snapshot.errors, snapshot.log)
    };
    let run = |at: Time| {
        let fleet = Fleet::new(120, 20);
        let mut state = State::new(Policy::default(), Limits::default());
        fleet.start().into_iter().chain(fleet.round(1)).chain(fleet.round(2)).for_each(|event| state.apply(event));
        state.snapshot(at)
    };
    assert_eq!(told(&run(NOW)), told(&run(NOW)));
}

#[test]
fn what_a_reader_holds_never_changes_and_what_it_lets_go_is_used_again() {
    let told = |snapshot: &Snapshot| format!("{:?}{:?}", snapshot.targets, snapshot.addresses);
    let run = |held: &mut Vec<(Arc<Snapshot>, String)>, hold: bool| {
        let fleet = Fleet::new(200, 20);
        let mut state = State::new(Policy::default(), Limits::default());
        fleet.start().into_iter().for_each(|event| state.apply(event));
        for (number, event) in (1..3).flat_map(|round| fleet.round(round)).enumerate() {
            state.apply(event);
            if number % 20 == 0 {
                let snapshot = state.snapshot(NOW);
                if hold {
                    let text = told(&snapshot);
                    held.push((snapshot, text));
                }
            }
        }
        let gone = Event::TargetRemoved { target: TargetId(3), at: NOW };
        state.apply(gone);
        told(&state.snapshot(NOW))
    };
    let mut held = Vec::new();
    assert_eq!(run(&mut held, true), run(&mut Vec::new(), false));
    assert!(held.len() == 20 && held.iter().all(|(snapshot, text)| told(snapshot) == *text));
}

#[test]
fn a_survey_stays_with_its_address_until_a_later_one() {
    let mut watched = Watched::new(1);
    watched.good(0, 0);
    let key = watched.probes[0].key;
    let survey = |at| Arc::new(Survey::new(key, at, SurveyReason::FirstSight));
    watched.state.apply(Event::Surveyed(survey(START + Duration::from_secs(20))));
    watched.state.apply(Event::SurveyStarted { key, at: START, reason: SurveyReason::Asked });
    let row = |snapshot: &Snapshot| Arc::clone(snapshot.address(key).unwrap());
    assert_eq!(row(&watched.snapshot()).surveying_since, Some(START));
    watched.state.apply(Event::Surveyed(survey(START + Duration::from_secs(10))));
    watched.refused(0, 1);
    let row = row(&watched.snapshot());
    assert_eq!((row.survey.as_ref().unwrap().at, row.surveying_since), (START + Duration::from_secs(20), None));
}

#[test]
fn many_events_at_once_are_the_same_as_one_by_one() {
    let fleet = Fleet::new(200, 20);
    let events = || fleet.start().into_iter().chain((1..4).flat_map(|round| fleet.round(round)));
    let told = |fold: &dyn Fn(&mut State)| {
        let mut state = State::new(Policy::default(), Limits::default());
        fold(&mut state);
        state.apply(Event::Tick { at: NOW });
        format!("{:?}", state.snapshot(NOW).aggregates)
    };
    let by_one = told(&|state| events().for_each(|event| state.apply(event)));
    assert_eq!(told(&|state| state.apply_all(events())), by_one);
}
