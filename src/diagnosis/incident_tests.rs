use super::super::fixture::*;
use super::super::{Judgement, describe_failure};
use super::*;
use crate::model::{Alert, DnsFailure, Failure, FailureKind, Labels, Observation, PathRefusal, Peer, Phase, TargetId};

fn first(judgement: Judgement) -> Finding {
    judgement.findings.into_iter().next().unwrap()
}

fn expired_intermediate() -> World {
    let old = intermediate().ended(days(1800), hours(2));
    World::serving(vec![leaf(), old], refused(PathRefusal::Expired))
}

#[test]
fn a_certificate_on_many_targets_is_one_incident() {
    let finding = first(expired_intermediate().judge());
    let other = Target { id: TargetId(8), ..target() };
    assert_eq!(incident_key(&target(), &finding), incident_key(&other, &finding));
    assert_eq!(incident_key(&other, &finding).certificate, Some(finding.certificates[0]));
}

#[test]
fn a_connection_fault_is_its_targets_own_incident() {
    let finding = first(World::failing(failure(Phase::Tcp, FailureKind::Refused)).judge());
    assert_eq!(incident_key(&target(), &finding).target, Some(TargetId(7)));
}

#[test]
fn our_own_side_is_one_incident() {
    for failure in [DnsFailure::TimedOut, DnsFailure::Unreachable { detail: untrusted("") }] {
        let key = incident_key(&target(), &first(World::unresolved(failure).judge()));
        assert_eq!((key.target, key.certificate), (None, None));
    }
}

fn slow() -> Observation {
    let mut slow = healthy("10.0.0.1:443");
    slow.timings.tls = Some(hours(1));
    slow
}

#[test]
fn severity_follows_impact_time_and_label() {
    let expiring =
        |left| World::of(vec![serving("10.0.0.1:443", vec![leaf().lasting(days(45), left), intermediate()])]);
    let loud = |world: &World| severity(&world.target, &first(world.judge()), &world.policy);
    let mut staging = expiring(hours(47));
    staging.target.labels = Labels::new();
    assert_eq!(loud(&staging), Severity::Ticket);
    assert_eq!(loud(&expiring(hours(47))), Severity::Page);
    assert_eq!(loud(&expiring(hours(49))), Severity::Ticket);
    assert_eq!(loud(&expiring(days(14))), Severity::Ticket);
    assert_eq!(loud(&expired_intermediate()), Severity::Page);
    assert_eq!(loud(&World::of(vec![slow()])), Severity::Ticket, "a warning");
}

#[test]
fn advice_is_a_ticket_where_it_warns() {
    let advice = |status| {
        let finding = first(World::of(vec![slow()]).judge());
        assert_eq!(finding.impact, Impact::Advice);
        severity(&target(), &Finding { status, ..finding }, &Policy::default())
    };
    let told = [Status::Ok, Status::Unknown, Status::Warning, Status::Critical].map(advice);
    assert_eq!(told, [Severity::Note, Severity::Note, Severity::Ticket, Severity::Ticket]);
}

#[test]
fn a_wide_incident_is_told_without_a_targets_name() {
    let cases = [
        (expired_intermediate(), "37 targets fail: intermediate “Example CA R11” expired 01:00Z"),
        (
            World::serving(vec![leaf()], refused(PathRefusal::UnknownIssuer)),
            "37 targets fail: missing intermediate: “Example CA R11”",
        ),
        (World::unresolved(DnsFailure::TimedOut), "37 targets fail: name lookup times out"),
        (
            World::of(vec![serving("10.0.0.1:443", vec![leaf().lasting(days(90), days(25)), intermediate()])]),
            "37 targets are affected: renewal overdue: certificate “shop.example”",
        ),
    ];
    for (world, sentence) in cases {
        assert_eq!(widened_summary(&first(world.judge()), 37, 37), sentence);
    }
    let finding = first(expired_intermediate().judge());
    assert_eq!(widened_summary(&finding, 1, 4), finding.summary);
    assert!(widened_summary(&finding, 2, 9).starts_with("2 targets (9 addresses) fail: "));
}

#[test]
fn one_failure_is_described_without_its_target() {
    let alert = FailureKind::Alert(Alert { number: 40, from: Peer::Server });
    let cases = [
        (failure(Phase::Tcp, FailureKind::Refused), "tcp.refused", "refused the connection"),
        (
            failure(Phase::Tls, alert),
            "hs.no_shared_cipher",
            "accepted none of our cipher suites, groups and signatures: sent handshake_failure (40)",
        ),
        (
            Failure { received: 90, ..failure(Phase::Tls, FailureKind::TimedOut) },
            "tls.stalled",
            "stopped in the middle of the handshake, after 90 bytes",
        ),
    ];
    for (failure, code, sentence) in cases {
        let (found, told) = describe_failure(&failure);
        assert_eq!((found.0, told.as_str()), (code, sentence));
    }
}
