//! What is measured of groups agrees with what is measured of the fleet, and counts what it says it counts.

use std::sync::Arc;
use std::time::Duration;

use super::fixture::{Fleet, NOW, START, snapshot};
use super::{Group, GroupCounts, Indicators, Limits, Share, Snapshot, State, Window, WindowCounts, indicators};
use crate::diagnosis::Policy;
use crate::model::{
    Alert, Certificate, ClientAuth, DnsFailure, Event, Expectations, Failure, FailureKind, Fingerprint, Handshake,
    Labels, Observation, Outcome, Peer, Phase, Resolution, Target, TargetId, Time, Untrusted,
};

/// One target under the given labels, and healthy probes of its addresses.
fn target(id: u32, labels: &[(&str, &str)], addresses: usize) -> (Vec<Event>, Vec<Observation>) {
    let events = Fleet::new(40, 1).start();
    let found = events.iter().find_map(|event| match event {
        Event::AddressesChanged { target, added, .. } if added.len() == addresses => Some(*target),
        _ => None,
    });
    let found = found.expect("a target of that many addresses");
    let (mut adding, mut probes) = (Vec::new(), Vec::new());
    let id = TargetId(id);
    for event in events {
        match event {
            Event::TargetAdded { target, at } if target.id == found => {
                let labels: Labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
                let target = Target { id, labels, ..Target::clone(&target) };
                adding.push(Event::TargetAdded { target: Arc::new(target), at });
            }
            Event::AddressesChanged { target, at, added, removed } if target == found => {
                adding.push(Event::AddressesChanged { target: id, at, added, removed });
            }
            Event::Observed(probe) if probe.key.target == found => {
                let mut probe = Observation::clone(&probe);
                probe.key.target = id;
                probe.at = START;
                probes.push(probe);
            }
            _ => {}
        }
    }
    (adding, probes)
}

fn state(events: Vec<Event>) -> State {
    let mut state = State::new(Policy::default(), Limits::default());
    for event in events {
        state.apply(event);
    }
    state
}

fn observe(state: &mut State, probe: &Observation, minute: u64) {
    let at = START + Duration::from_mins(minute);
    state.apply(Event::Observed(Arc::new(Observation { at, ..probe.clone() })));
    state.apply(Event::Tick { at: at + Duration::from_secs(1) });
}

fn refused(probe: &Observation) -> Observation {
    let kind = FailureKind::Alert(Alert { number: 116, from: Peer::Server });
    let failure = Failure { phase: Phase::Read, kind, detail: Untrusted::new("refused"), received: 9, sent: 9 };
    let mut handshake = Handshake::clone(probe.handshake.as_ref().unwrap());
    handshake.client_auth = ClientAuth::Requested { authorities: Vec::new(), presented: None };
    Observation { outcome: Outcome::Failed(Box::new(failure)), handshake: Some(handshake), ..probe.clone() }
}

fn counts(snapshot: &Snapshot, group: &Group) -> GroupCounts {
    snapshot.groups.iter().find(|counts| counts.group == *group).cloned().expect("a group")
}

fn hour(counts: &GroupCounts) -> (u64, u64) {
    let WindowCounts { attempts, successes } = counts.windows[Window::H1.index()];
    (attempts, successes)
}

fn label(name: &str, value: &str) -> Group {
    Group::Label(name.into(), value.into())
}

fn of<'a>(all: &'a [Indicators], group: &Group) -> &'a Indicators {
    all.iter().find(|row| row.counts.group == *group).expect("a group")
}

#[test]
fn the_fleet_is_the_sum_of_its_parts() {
    let snapshot = snapshot(300, 40);
    let all = indicators(&snapshot, NOW);
    let fleet = of(&all, &Group::Fleet);
    assert_eq!(fleet.addresses, snapshot.addresses.len());
    assert_eq!(fleet.counts.windows[Window::H24.index()], snapshot.aggregates.window(Window::H24));
    assert_eq!(fleet.nearest_expiry, snapshot.aggregates.nearest_expiry.map(|(end, _)| end));
    let sum = |keep: &dyn Fn(&Group) -> bool, part: &dyn Fn(&Indicators) -> u64| -> u64 {
        all.iter().filter(|row| keep(&row.counts.group)).map(part).sum()
    };
    let is_service = |group: &Group| matches!(group, Group::Label(name, _) if &**name == "service");
    let is_target = |group: &Group| matches!(group, Group::Target(_));
    let attempts = |row: &Indicators| hour(&row.counts).0;
    let tls13 = |row: &Indicators| row.tls13.part as u64;
    for part in [&attempts as &dyn Fn(&Indicators) -> u64, &tls13] {
        assert_eq!(sum(&is_service, part), part(fleet));
        assert_eq!(sum(&is_target, part), part(fleet));
    }
    let negotiated = snapshot.aggregates.versions.total;
    assert_eq!((fleet.tls13.of, fleet.post_quantum.of), (negotiated, negotiated));
    assert!(fleet.tls.count > 0 && fleet.tls.p50 <= fleet.tls.p95 && fleet.tcp.count > 0);
}

#[test]
fn a_group_goes_with_its_last_member() {
    let (mut events, _) = target(0, &[("env", "prod"), ("service", "shop")], 1);
    events.extend(target(1, &[("env", "prod")], 1).0);
    let mut state = state(events);
    let groups = |state: &mut State| -> Vec<Group> {
        state.snapshot(NOW).groups.iter().map(|counts| counts.group.clone()).collect()
    };
    let [prod, shop] = [label("env", "prod"), label("service", "shop")];
    let targets = [TargetId(0), TargetId(1)].map(Group::Target);
    assert_eq!(groups(&mut state), [vec![Group::Fleet, prod.clone(), shop], targets.to_vec()].concat());
    state.apply(Event::TargetRemoved { target: TargetId(0), at: START });
    assert_eq!(groups(&mut state), [Group::Fleet, prod, targets[1].clone()]);
    state.apply(Event::TargetRemoved { target: TargetId(1), at: START });
    assert_eq!(groups(&mut state), []);
}

#[test]
fn there_are_no_more_groups_than_allowed() {
    let limits = Limits { label_groups: 2, target_groups: 1, ..Limits::default() };
    let mut state = State::new(Policy::default(), limits);
    let names = ["a", "b", "c"];
    for (id, name) in (0..).zip(names) {
        target(id, &[("service", name)], 1).0.into_iter().for_each(|event| state.apply(event));
    }
    let groups: Vec<Group> = state.snapshot(NOW).groups.iter().map(|counts| counts.group.clone()).collect();
    let expected = [Group::Fleet, label("service", "a"), label("service", "b"), Group::Target(TargetId(0))];
    assert_eq!(groups, expected);
}

#[test]
fn a_server_that_refuses_strangers_fails_unless_it_is_to() {
    for (expect, expected) in [(None, (2, 1)), (Some(true), (2, 2)), (Some(false), (2, 1))] {
        let (mut events, probes) = target(0, &[], 1);
        if let Some(Event::TargetAdded { target, .. }) = events.first_mut() {
            let expectations = Expectations { mtls: expect, ..Expectations::default() };
            *target = Arc::new(Target { expect: Some(Arc::new(expectations)), ..Target::clone(target) });
        }
        let mut state = state(events);
        observe(&mut state, &probes[0], 0);
        observe(&mut state, &refused(&probes[0]), 1);
        let snapshot = state.snapshot(NOW);
        let counts = counts(&snapshot, &Group::Target(TargetId(0)));
        assert_eq!(hour(&counts), expected, "mtls = {expect:?}");
        assert_eq!(snapshot.aggregates.window(Window::H1), counts.windows[Window::H1.index()]);
        // What came to mutual TLS was refused, expected or not.
        assert_eq!(counts.mutual[Window::H1.index()], WindowCounts { attempts: 1, successes: 0 });
    }
}

#[test]
fn a_name_without_addresses_is_a_failed_attempt_and_a_silent_name_server_is_ours() {
    let look_up = |failure| {
        let (events, _) = target(0, &[], 1);
        let mut state = state(events);
        let resolution = Resolution {
            target: TargetId(0),
            at: START,
            took: Duration::from_millis(3),
            addresses: Vec::new(),
            ttl: Duration::from_mins(1),
            failure: Some(failure),
            source: Untrusted::new("192.0.2.53"),
        };
        state.apply(Event::Resolved(Arc::new(resolution)));
        state.apply(Event::Tick { at: START + Duration::from_secs(1) });
        hour(&counts(&state.snapshot(NOW), &Group::Fleet))
    };
    assert_eq!(look_up(DnsFailure::NxDomain), (1, 0));
    assert_eq!(look_up(DnsFailure::TimedOut), (0, 0));
}

#[test]
fn a_roll_out_lasts_until_the_last_address_serves_it() {
    let (events, probes) = target(0, &[], 2);
    let issued = START + Duration::from_mins(10);
    let renewed = |probe: &Observation| {
        let leaf = Certificate::clone(&probe.chain()[0]);
        let leaf = Certificate { fingerprint: Fingerprint::of(b"renewed"), not_before: issued, ..leaf };
        let mut handshake = Handshake::clone(probe.handshake.as_ref().unwrap());
        handshake.chain = [Arc::new(leaf), Arc::clone(&probe.chain()[1])].into();
        Observation { handshake: Some(handshake), ..probe.clone() }
    };
    let mut state = state(events);
    let took = |state: &mut State| of(&indicators(&state.snapshot(NOW), NOW), &Group::Fleet).roll_out;
    for probe in &probes {
        observe(&mut state, probe, 0);
    }
    assert_eq!(took(&mut state), None, "nothing was renewed");
    observe(&mut state, &renewed(&probes[0]), 12);
    assert_eq!(took(&mut state), None, "it is under way");
    observe(&mut state, &renewed(&probes[1]), 14);
    assert_eq!(took(&mut state), Some(Duration::from_mins(4)));
}

#[test]
fn nothing_stapled_is_asked_of_a_certificate_without_a_responder() {
    let (events, probes) = target(0, &[], 1);
    let stapling = |urls: &[&str], staple: Option<&[u8]>| {
        let mut leaf = Certificate::clone(&probes[0].chain()[0]);
        leaf.ocsp_urls = urls.iter().map(|url| Untrusted::new(url)).collect();
        let mut handshake = Handshake::clone(probes[0].handshake.as_ref().unwrap());
        handshake.chain = [Arc::new(leaf), Arc::clone(&probes[0].chain()[1])].into();
        handshake.staple = staple.map(Arc::from);
        let mut state = state(events.clone());
        observe(&mut state, &Observation { handshake: Some(handshake), ..probes[0].clone() }, 0);
        of(&indicators(&state.snapshot(NOW), NOW), &Group::Fleet).stapling
    };
    let url = &["http://ocsp.example/"][..];
    assert_eq!(stapling(&[], None), Share { part: 0, of: 0 });
    assert_eq!(stapling(url, None), Share { part: 0, of: 1 });
    assert_eq!(stapling(url, Some(b"staple")), Share { part: 1, of: 1 });
}

#[test]
fn a_clock_that_is_set_back_empties_the_windows() {
    let (events, probes) = target(0, &[], 1);
    let mut state = state(events);
    observe(&mut state, &probes[0], 120);
    state.apply(Event::Tick { at: Time::from_secs(START.millis() / 1000) });
    observe(&mut state, &probes[0], 1);
    assert_eq!(hour(&counts(&state.snapshot(NOW), &Group::Fleet)), (1, 1));
}
