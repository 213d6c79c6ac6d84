use std::sync::Arc;

use super::super::fixture::*;
use super::super::judge::Judgement;
use super::*;
use crate::model::{CipherSuite, TlsVersion};

fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

/// The one before the fixture's leaf: still valid, of another issuer.
fn old() -> Certificate {
    let mut old = leaf().lasting(days(90), days(35));
    old.serial = "00aa11bb22cc0001".to_owned();
    old.issuer_short = untrusted("R3");
    old.issuer = untrusted("CN=R3");
    old
}

/// Addresses that serve the new leaf since so many minutes, or still the old one.
pub(in crate::diagnosis) fn renewed(since: &[Option<u64>]) -> World {
    let address = |at: usize| format!("10.0.0.{}:443", at + 1);
    let serves = |(at, since): (usize, &Option<u64>)| {
        let served = if since.is_some() { leaf() } else { old() };
        serving(&address(at), vec![served, intermediate()])
    };
    let mut world = World::of(since.iter().enumerate().map(serves).collect());
    for (node, since) in world.nodes.iter_mut().zip(since) {
        let change = |ago: &u64| {
            let (before, after) = (Arc::new(old()), Arc::new(leaf()));
            Changes { leaf: Some(Changed { at: NOW - minutes(*ago), before, after }), ..Changes::default() }
        };
        node.changes = since.as_ref().map(change).map(Arc::new);
    }
    world
}

fn of(judgement: &Judgement, code: &str) -> Option<Finding> {
    judgement.findings.iter().find(|finding| finding.code.0 == code).cloned()
}

#[test]
fn a_change_is_told_for_an_hour() {
    let mut world = renewed(&[Some(12)]);
    let judgement = world.judge();
    let finding = of(&judgement, "change.recent").expect("a change");
    let (before, after) = (old().not_after.date(), leaf().not_after.date());
    let told = format!("certificate …0001 until {before} → …4f21 until {after}, issuer R3 → Example CA");
    assert!(finding.summary.contains(&told), "{}", finding.summary);
    assert_eq!((finding.status, finding.since), (Status::Ok, NOW - minutes(12)));
    assert_eq!(judgement.review_at, Some(NOW + minutes(48)));
    assert_eq!(of(&world.judge_at(NOW + minutes(48)), "change.recent"), None, "no news any more");

    let changes = Changes {
        version: Some(Changed { at: NOW - minutes(2), before: TlsVersion(0x0304), after: TlsVersion(0x0303) }),
        cipher: Some(Changed { at: NOW - minutes(90), before: CipherSuite(0x1301), after: CipherSuite(0x1302) }),
        leaf: None,
    };
    world.nodes[0].changes = Some(Arc::new(changes));
    let finding = of(&world.judge(), "change.recent").expect("a change");
    assert!(finding.summary.ends_with("version TLSv1.3 → TLSv1.2"), "{}", finding.summary);
}

#[test]
fn a_roll_out_is_no_fault_until_it_should_be_over() {
    let world = renewed(&[Some(3), Some(1), None]);
    let judgement = world.judge();
    let finding = of(&judgement, "deploy.converging").expect("under way");
    assert_eq!((finding.status, finding.addresses), (Status::Ok, vec![at("10.0.0.3:443")]));
    assert_eq!(judgement.review_at, Some(NOW + minutes(12)), "then it should be over");
    let late = world.judge_at(NOW + minutes(12));
    assert_eq!(of(&late, "deploy.converging"), None);
    assert_eq!(of(&late, "fleet.stale_node").map(|finding| finding.status), Some(Status::Warning));
}

#[test]
fn an_old_certificate_that_is_over_is_a_fault_at_once() {
    let mut world = renewed(&[Some(3), None]);
    let mut chain = vec![old().ended(days(90), hours(1)), intermediate()];
    chain[0].subject_id = leaf().subject_id;
    world.nodes[1].last = Some(Arc::new(serving("10.0.0.2:443", chain)));
    world.nodes[1].last_seen = world.nodes[1].last.clone();
    assert!(of(&world.judge(), "fleet.stale_node").is_some(), "{:?}", world.codes());
}

#[test]
fn the_time_of_a_roll_out_is_measured_from_issuance_to_the_last_address() {
    let finding = of(&renewed(&[Some(9), Some(6), Some(2)]).judge(), "deploy.converged").expect("everywhere");
    assert!(finding.summary.contains("the roll-out took 7m"), "{}", finding.summary);
    let issued = human_duration((NOW - minutes(2)).since(leaf().not_before));
    assert_eq!(finding.evidence.value("from issuance to all"), Some(&*issued));
    for since in [&[Some(9)][..], &[Some(90), Some(70)], &[Some(9), None]] {
        assert_eq!(of(&renewed(since).judge(), "deploy.converged"), None, "{since:?}");
    }
}

#[test]
fn who_was_new_from_the_start_has_converged_to_nothing() {
    let world = World::of(vec![healthy("10.0.0.1:443"), healthy("10.0.0.2:443")]);
    assert_eq!(world.codes(), Vec::<&str>::new());
}
