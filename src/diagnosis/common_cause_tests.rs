use super::super::fixture::*;
use super::super::observer::Observer;
use super::super::shared::fact;
use super::*;
use crate::model::{FailureKind, Fingerprint, Phase};

/// A fleet of one-address targets; `fault` says which of them fail, and how.
fn fleet(addresses: &[&str], fault: impl Fn(usize) -> Option<FailureKind>) -> Vec<World> {
    let world = |(at, address): (usize, &&str)| {
        let mut world = match fault(at) {
            Some(kind) => World::of(vec![failing(address, failure(Phase::Tcp, kind))]),
            None => World::of(vec![serving(address, vec![with_key(at), intermediate()])]),
        };
        world.target.id = TargetId(u32::try_from(at).unwrap());
        world.target.name = format!("shop.example-{at}:443").as_str().into();
        world
    };
    addresses.iter().enumerate().map(world).collect()
}

/// A leaf of its own.
fn with_key(at: usize) -> Certificate {
    let mut leaf = leaf();
    let id = |what: &str| Fingerprint::of(format!("{what} {at}").as_bytes());
    (leaf.fingerprint, leaf.spki) = (id("leaf"), id("key"));
    leaf
}

fn causes(fleet: &[World]) -> Vec<CommonCause> {
    let findings: Vec<Vec<Arc<Finding>>> =
        fleet.iter().map(|world| world.judge().findings.into_iter().map(Arc::new).collect()).collect();
    let witnesses = || {
        fleet.iter().zip(&findings).map(|(world, findings)| Witness {
            target: &world.target,
            addresses: world.nodes.iter().map(|node| node.evidence(world.policy.max_latency)).collect(),
            findings,
        })
    };
    CommonCause::find(witnesses(), witnesses)
}

const SHARED_BALANCER: [&str; 6] =
    ["10.0.0.5:443", "10.0.0.5:8443", "10.0.0.5:9443", "10.0.0.7:443", "10.0.0.8:443", "10.0.0.9:443"];

/// A target that fails with two others behind one address.
pub(in crate::diagnosis) fn behind_one_address() -> World {
    let fleet = fleet(&SHARED_BALANCER, |at| (at < 3).then_some(FailureKind::TimedOut));
    let causes = causes(&fleet);
    let mut world = fleet.into_iter().next().unwrap();
    world.observer = Observer::default().knowing(causes);
    world
}

#[test]
fn targets_that_fail_behind_one_address_have_one_cause() {
    let fleet = fleet(&SHARED_BALANCER, |at| (at < 3).then_some(FailureKind::TimedOut));
    let causes = causes(&fleet);
    assert_eq!(causes, [CommonCause { shared: Shared::Address([10, 0, 0, 5].into()), code: Code("tcp.timeout") }]);
    let judgement = behind_one_address().judge();
    let codes: Vec<_> = judgement.findings.iter().map(|finding| (finding.code.0, finding.caused_by)).collect();
    assert_eq!(codes, [("fleet.common_cause", None), ("tcp.timeout", Some(Code("fleet.common_cause")))]);
    let common = &judgement.findings[0];
    assert!(common.summary.contains("fails as all do that share the address 10.0.0.5"), "{}", common.summary);
    assert_eq!((common.impact, common.status), (Impact::Outage, Status::Critical));
    let keys: HashSet<IncidentKey> = (0..3).map(|at| incident_key(&fleet[at].target, common)).collect();
    assert_eq!(keys.len(), 1, "one incident");
    assert_eq!(fact(common).as_deref(), Some("all share the address 10.0.0.5: connection times out"));
}

#[test]
fn what_working_targets_share_as_well_or_chance_explains_is_no_cause() {
    let timed_out = |at: usize| (at < 2).then_some(FailureKind::TimedOut);
    assert_eq!(causes(&fleet(&SHARED_BALANCER, timed_out)), [], "two may fail by chance");
    let one_works = |at: usize| (at == 0 || at == 2 || at == 3).then_some(FailureKind::TimedOut);
    assert_eq!(causes(&fleet(&SHARED_BALANCER, one_works)), [], "behind that address one works");
    let each_its_own =
        |at: usize| [FailureKind::TimedOut, FailureKind::Refused, FailureKind::Unreachable].into_iter().nth(at);
    assert_eq!(causes(&fleet(&SHARED_BALANCER, each_its_own)), [], "each fails in its own way");
    let everyone = fleet(&SHARED_BALANCER[..3], |_| Some(FailureKind::TimedOut));
    assert_eq!(causes(&everyone), [], "what all targets share tells none apart");
}

#[test]
fn one_certificate_is_one_incident_without_help() {
    let expired = || {
        let chain = vec![leaf().ended(days(90), hours(3)), intermediate()];
        observed(
            "10.0.0.5:443",
            crate::model::Outcome::Handshake,
            Some(handshake(chain, refused(crate::model::PathRefusal::Expired))),
        )
    };
    let mut fleet = fleet(&SHARED_BALANCER, |_| None);
    for (at, world) in fleet.iter_mut().enumerate().take(3) {
        let target = world.target.clone();
        *world = World { target, ..World::of(vec![expired()]) };
        world.target.id = TargetId(u32::try_from(at).unwrap());
    }
    assert_eq!(causes(&fleet), []);
}

#[test]
fn certificates_that_ended_together_have_one_cause() {
    let ended = |at: usize| {
        let mut leaf = with_key(at).ended(days(90), hours(3));
        leaf.fingerprint = with_key(at).fingerprint;
        let trust = refused(crate::model::PathRefusal::Expired);
        let handshake = handshake(vec![leaf, intermediate()], trust);
        observed(SHARED_BALANCER[at + 2], crate::model::Outcome::Handshake, Some(handshake))
    };
    let mut fleet = fleet(&SHARED_BALANCER[2..], |_| None);
    for (at, world) in fleet.iter_mut().enumerate().take(3) {
        let target = world.target.clone();
        *world = World { target, ..World::of(vec![ended(at)]) };
    }
    let causes = causes(&fleet);
    let [CommonCause { shared: Shared::Expiry(hour), code }] = &causes[..] else { panic!("{causes:?}") };
    assert_eq!((code.0, hour), ("cert.expired", &Time::from_secs((NOW - hours(3)).secs() / HOUR * HOUR)));
}
