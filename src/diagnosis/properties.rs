use std::sync::Arc;

use proptest::prelude::*;

use super::cases;
use super::fixture::*;
use crate::model::{Confidence, Scope};

/// Any number of addresses, each as in one of the cases.
fn worlds() -> impl Strategy<Value = World> {
    let mut nodes: Vec<Node> = cases::faulty().into_iter().flat_map(|(world, _)| world.nodes).collect();
    nodes.extend(cases::sound().into_iter().flat_map(|(_, world)| world.nodes));
    proptest::collection::vec(proptest::sample::select(nodes), 0..7).prop_map(|mut nodes| {
        for (number, node) in nodes.iter_mut().enumerate() {
            move_to(node, number);
        }
        World { nodes, ..World::of(Vec::new()) }
    })
}

/// Gives a node an address of its own, in its own family.
fn move_to(node: &mut Node, number: usize) {
    let address =
        if node.address.is_ipv6() { format!("[2001:db8::{number}]:443") } else { format!("10.0.1.{number}:443") };
    node.address = at(&address);
    for observation in [&mut node.last, &mut node.last_seen].into_iter().flatten() {
        Arc::make_mut(observation).key.address = node.address;
    }
}

proptest! {
    #[test]
    fn the_order_of_addresses_does_not_matter(world in worlds(), turn in 0_usize..7) {
        let mut other = world.clone();
        let turn = turn.min(other.nodes.len());
        other.nodes.rotate_left(turn);
        prop_assert_eq!(other.judge(), world.judge());
        other.nodes.reverse();
        prop_assert_eq!(other.judge(), world.judge());
    }

    #[test]
    fn more_evidence_removes_no_certain_fact(world in worlds(), less in 0_usize..7) {
        let mut known = world.clone();
        known.nodes.truncate(less);
        let all = world.judge().findings;
        for finding in known.judge().findings {
            // Patterns over addresses may give way to others; facts about an address or a certificate may not.
            let fact = matches!(finding.scope, Scope::Address | Scope::Certificate);
            if fact && finding.confidence == Confidence::Certain {
                let still = all.iter().find(|other| other.code == finding.code && other.addresses.contains(&finding.addresses[0]));
                prop_assert!(still.is_some_and(|other| other.confidence == Confidence::Certain), "{} is lost", finding.code);
            }
        }
    }

    #[test]
    fn causes_come_first_and_are_worse(world in worlds()) {
        let findings = world.judge().findings;
        let roots: Vec<_> = findings.iter().filter(|finding| finding.caused_by.is_none()).collect();
        prop_assert!(roots.is_sorted_by(|a, b| a.impact >= b.impact));
        prop_assert!(findings.first().is_none_or(|first| first.caused_by.is_none()), "the first is what to act on");
        for (at, finding) in findings.iter().enumerate() {
            if let Some(cause) = finding.caused_by {
                let cause = findings[..at].iter().rfind(|other| other.code == cause);
                prop_assert!(cause.is_some_and(|cause| cause.impact >= finding.impact), "{}", finding.code);
                let shares = cause.is_some_and(|cause| finding.addresses.iter().any(|address| cause.addresses.contains(address)));
                prop_assert!(shares, "{} has its cause elsewhere", finding.code);
            }
        }
    }

    #[test]
    fn a_judgement_holds_until_its_review(world in worlds(), part in 0.0..1.0_f64) {
        let judged = world.judge();
        let Some(review) = judged.review_at else { return Ok(()) };
        let until = review.since(NOW).mul_f64(part.min(0.999));
        let later = world.judge_at(NOW + until);
        let codes = |findings: &[crate::model::Finding]| findings.iter().map(|finding| (finding.code, finding.status)).collect::<Vec<_>>();
        prop_assert_eq!(codes(&judged.findings), codes(&later.findings));
    }
}
