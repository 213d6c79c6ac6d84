//! Whatever happens, the counts are what a recount from scratch gives.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::fixture::{Fleet, START};
use super::{AddressRow, CertificateRow, Distribution, Limits, Snapshot, State, Window, WindowCounts};
use crate::diagnosis::{Policy, incident_key};
use crate::model::{
    AddressKey, Certificate, Confidence, Event, Failure, FailureKind, Fingerprint, Handshake, Observation, Outcome,
    Phase, Status, TargetId, Time, Untrusted,
};

/// One random step.
#[derive(Clone, Debug)]
struct Step {
    what: u8,
    who: usize,
    address: usize,
    certificates: usize,
    later: u16,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..16_u8, 0..6_usize, 0..4_usize, 1..4_usize, 0..200_u16);
    let step =
        step.prop_map(|(what, who, address, certificates, later)| Step { what, who, address, certificates, later });
    prop::collection::vec(step, 1..120)
}

/// The same targets and addresses with other certificates.
struct World {
    fleets: Vec<BTreeMap<AddressKey, Observation>>,
    adding: Vec<Event>,
    addresses: Vec<Vec<SocketAddr>>,
    now: Time,
    /// What is watched, and what was counted.
    watched: BTreeMap<TargetId, BTreeSet<SocketAddr>>,
    counted: Vec<Counted>,
}

/// A probe that counts somewhere.
struct Counted {
    began: Time,
    ended: Time,
    success: Option<bool>,
    tls: Option<Duration>,
}

impl World {
    fn new() -> Self {
        let fleets = (1..4).map(|certificates| {
            let events = Fleet::new(12, certificates).start().into_iter();
            let probes = events.filter_map(|event| match event {
                Event::Observed(observation) => Some((observation.key, Observation::clone(&observation))),
                _ => None,
            });
            probes.collect()
        });
        let (mut adding, mut addresses) = (Vec::new(), Vec::new());
        for event in Fleet::new(12, 1).start() {
            match event {
                Event::TargetAdded { .. } => adding.push(event),
                Event::AddressesChanged { added, .. } => addresses.push(added),
                _ => {}
            }
        }
        Self { fleets: fleets.collect(), adding, addresses, now: START, watched: BTreeMap::new(), counted: Vec::new() }
    }

    fn event(&mut self, step: &Step) -> Event {
        self.now = self.now + Duration::from_secs(u64::from(step.later));
        let (at, who) = (self.now, step.who % self.adding.len());
        let target = TargetId(u32::try_from(who).unwrap());
        let address = self.addresses[who][step.address % self.addresses[who].len()];
        match step.what {
            0 | 1 => {
                self.watched.insert(target, BTreeSet::new());
                self.adding[who].clone()
            }
            2 => {
                self.watched.remove(&target);
                Event::TargetRemoved { target, at }
            }
            3..=5 => {
                if let Some(addresses) = self.watched.get_mut(&target) {
                    addresses.insert(address);
                }
                Event::AddressesChanged { target, at, added: vec![address], removed: vec![] }
            }
            6 => {
                if let Some(addresses) = self.watched.get_mut(&target) {
                    addresses.remove(&address);
                }
                Event::AddressesChanged { target, at, added: vec![], removed: vec![address] }
            }
            7 => Event::Tick { at },
            8 => Event::ProbeStarted { key: AddressKey { target, address }, at },
            _ => Event::Observed(Arc::new(self.probe(step, AddressKey { target, address }))),
        }
    }

    fn probe(&mut self, step: &Step, key: AddressKey) -> Observation {
        let mut probe = self.fleets[step.certificates - 1][&key].clone();
        probe.at = if step.what == 9 { self.now - Duration::from_mins(4) } else { self.now };
        let failed = |kind| {
            let detail = Untrusted::new("as told");
            Outcome::Failed(Box::new(Failure { phase: Phase::Tcp, kind, detail, received: 0, sent: 0 }))
        };
        match step.what {
            10 => probe.outcome = failed(FailureKind::Refused),
            11 => probe.outcome = failed(FailureKind::TimedOut),
            12 => probe.outcome = failed(FailureKind::Local),
            13 => probe.timings.tls = Some(Duration::from_secs(2)),
            _ => {}
        }
        if !probe.is_handshake() {
            probe.handshake = None;
        }
        if self.watched.get(&key.target).is_some_and(|addresses| addresses.contains(&key.address)) {
            let success = match &probe.outcome {
                Outcome::Handshake => Some(true),
                Outcome::Failed(failure) => (failure.kind != FailureKind::Local).then_some(false),
                Outcome::Skipped { .. } => None,
            };
            let (began, ended) = (probe.at, probe.at + probe.timings.total);
            let tls = probe.timings.tls.filter(|_| probe.is_handshake());
            self.counted.push(Counted { began, ended, success, tls });
        }
        probe
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counts_equal_a_recount(steps in steps()) {
        let mut world = World::new();
        let mut state = State::new(Policy::default(), Limits::default());
        for (number, step) in steps.iter().enumerate() {
            state.apply(world.event(step));
            if number % 7 == 0 {
                state.apply(Event::Tick { at: world.now });
                check(&world, &state.snapshot(world.now));
            }
        }
        state.apply(Event::Tick { at: world.now });
        check(&world, &state.snapshot(world.now));
        for target in world.watched.keys() {
            state.apply(Event::TargetRemoved { target: *target, at: world.now });
        }
        world.watched.clear();
        let end = state.snapshot(world.now);
        check(&world, &end);
        prop_assert!(end.certificates.is_empty() && end.incidents.is_empty() && end.certificate_slots.is_empty());
        prop_assert!(end.errors.iter().all(|group| group.target_count == 0 && group.address_count == 0));
    }
}

fn check(world: &World, snapshot: &Snapshot) {
    check_rows(world, snapshot);
    check_distributions(snapshot);
    check_certificates(snapshot);
    check_times(world, snapshot);
    check_incidents(snapshot);
}

fn check_rows(world: &World, snapshot: &Snapshot) {
    assert_eq!(snapshot.targets.len(), world.watched.len());
    assert_eq!(snapshot.addresses.len(), world.watched.values().map(BTreeSet::len).sum::<usize>());
    for (target, addresses) in &world.watched {
        let row = snapshot.target(*target).unwrap();
        assert_eq!(row.addresses.iter().map(|(key, _)| key.address).collect::<BTreeSet<_>>(), *addresses);
        for (key, slot) in row.addresses.iter() {
            let address = snapshot.addresses.get(*slot as usize).unwrap();
            assert_eq!(address.key, *key);
            let worst = row.findings.iter().filter(|one| one.addresses.contains(&key.address)).map(|one| one.status);
            assert_eq!(address.finding.is_some(), worst.clone().count() > 0);
            if let Some(worst) = worst.max().filter(|worst| *worst >= Status::Unknown) {
                assert_eq!(address.status, worst);
            }
        }
        let floor = if addresses.is_empty() { Status::Unknown } else { Status::Ok };
        let worst = snapshot.addresses_of(*target).map(|row| row.status).fold(floor, Status::max);
        assert_eq!(row.status, worst);
    }
}

fn check_distributions(snapshot: &Snapshot) {
    let aggregates = &snapshot.aggregates;
    let mut by_status = ([0; 4], [0; 4]);
    snapshot.targets.iter().for_each(|row| by_status.0[row.status as usize] += 1);
    snapshot.addresses.iter().for_each(|row| by_status.1[row.status as usize] += 1);
    assert_eq!((aggregates.targets_by_status, aggregates.addresses_by_status), by_status);
    let rows = || snapshot.addresses.iter();
    same(&aggregates.outcomes, rows().filter_map(|row| Some(row.finding.as_ref()?.code.to_string())));
    let handshakes = || rows().filter_map(|row: &Arc<AddressRow>| row.last_seen.as_ref()?.handshake.as_ref());
    same(&aggregates.versions, handshakes().filter_map(|one| Some(one.version?.to_string())));
    same(&aggregates.ciphers, handshakes().filter_map(|one| Some(one.cipher?.to_string())));
    same(&aggregates.groups, handshakes().filter_map(|one| Some(one.group?.to_string())));
    let alpn = |one: &Handshake| one.alpn.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    same(&aggregates.alpn, handshakes().map(alpn));
    let leaves: BTreeMap<Fingerprint, &Certificate> =
        handshakes().filter_map(|one| Some((one.leaf()?.fingerprint, &**one.leaf()?))).collect();
    same(&aggregates.keys, leaves.values().map(|leaf| leaf.key.to_string()));
    same(&aggregates.signatures, leaves.values().map(|leaf| leaf.signature.name.to_string()));
    same(&aggregates.issuers, leaves.values().map(|leaf| leaf.issuer_short.to_string()));
    let nearest = leaves.values().map(|leaf| (leaf.not_after, leaf.fingerprint)).min();
    assert_eq!(aggregates.nearest_expiry, nearest);
}

fn same(kept: &Distribution, recount: impl Iterator<Item = String>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    recount.for_each(|name| *counts.entry(name).or_default() += 1);
    let kept_counts = kept.counts.iter().filter(|row| row.count > 0).map(|row| (row.name.to_string(), row.count));
    assert_eq!(kept_counts.collect::<BTreeMap<_, _>>(), counts);
    assert_eq!(kept.total, counts.values().sum::<usize>());
}

/// Who serves a certificate as leaf, how many send it at all, and the servers by group.
type Servers = (BTreeSet<AddressKey>, usize, BTreeMap<String, usize>);

fn check_certificates(snapshot: &Snapshot) {
    let mut counts: BTreeMap<Fingerprint, Servers> = BTreeMap::new();
    for row in snapshot.addresses.iter() {
        let chain = row.last_seen.as_ref().map_or(&[][..], |seen| seen.chain());
        for fingerprint in chain.iter().map(|one| one.fingerprint).collect::<BTreeSet<_>>() {
            counts.entry(fingerprint).or_default().1 += 1;
        }
        if let Some(leaf) = chain.first() {
            let (served_by, _, groups) = counts.entry(leaf.fingerprint).or_default();
            served_by.insert(row.key);
            *groups.entry(row.target.group().to_owned()).or_default() += 1;
        }
    }
    assert_eq!(snapshot.certificates.len(), counts.len());
    assert_eq!(snapshot.certificate_slots.len(), counts.len());
    for (fingerprint, (served_by, chain_count, groups)) in counts {
        let row: &CertificateRow = snapshot.certificate(&fingerprint).unwrap();
        assert_eq!((row.leaf_count, row.chain_count), (served_by.len(), chain_count));
        assert_eq!(row.served_by.iter().copied().collect::<BTreeSet<_>>(), served_by);
        let most = groups.values().max().copied().unwrap_or(0);
        assert_eq!(groups.get(&*row.group).copied().unwrap_or(0), most);
        let findings = snapshot.targets.iter().flat_map(|row| &*row.findings);
        let worst = findings.filter(|one| one.certificates.contains(&fingerprint)).map(|one| one.status).max();
        assert_eq!(row.status, worst.unwrap_or_default());
    }
}

fn check_times(world: &World, snapshot: &Snapshot) {
    let number = |at: Time, slot: Duration| at.millis().div_euclid(i64::try_from(slot.as_millis()).unwrap());
    let within = |at: Time, slot: Duration, slots: i64| number(world.now, slot) - number(at, slot) < slots;
    for window in Window::ALL {
        let slot = window.duration() / 60;
        let counted = world.counted.iter().filter(|one| within(one.began, slot, 60));
        let mut expected = WindowCounts::default();
        for success in counted.filter_map(|one| one.success) {
            expected.attempts += 1;
            expected.successes += u64::from(success);
        }
        assert_eq!(snapshot.aggregates.window(window), expected, "{}", window.label());
    }
    let measured =
        world.counted.iter().filter(|one| one.tls.is_some() && within(one.began, Duration::from_mins(1), 30));
    assert_eq!(snapshot.aggregates.tls.count, measured.count() as u64);
    let lately = world.counted.iter().filter(|one| within(one.ended, Duration::from_secs(1), 10)).count();
    assert!((snapshot.aggregates.rate * 10.0 - f64::from(u32::try_from(lately).unwrap())).abs() < 1e-9);
}

/// What is certain about a certificate now is open, with at least those it affects now; nothing is open about what is not watched.
fn check_incidents(snapshot: &Snapshot) {
    let mut certain: BTreeMap<_, BTreeSet<TargetId>> = BTreeMap::new();
    for row in snapshot.targets.iter() {
        for finding in row.findings.iter().filter(|one| one.status > Status::Ok && one.caused_by.is_none()) {
            if finding.confidence == Confidence::Certain && !finding.certificates.is_empty() {
                certain.entry(incident_key(&row.target, finding)).or_default().insert(row.target.id);
            }
        }
    }
    for (key, targets) in certain {
        let open = snapshot.incidents.iter().find(|incident| incident.key == key).unwrap();
        assert!(open.target_count >= targets.len() && targets.iter().all(|target| open.targets.contains(target)));
    }
    for incident in snapshot.incidents.iter() {
        assert!(incident.targets.iter().all(|target| snapshot.target(*target).is_some()));
        assert!(incident.since <= incident.last);
    }
    assert_eq!(snapshot.incident_count, snapshot.incidents.len());
}
