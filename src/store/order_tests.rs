//! The order in which observations of different addresses arrive does not matter to what is found.

use std::time::Duration;

use proptest::prelude::*;

use super::fixture::{Fleet, START};
use super::state::State;
use super::{Limits, Snapshot};
use crate::diagnosis::Policy;
use crate::model::{Event, Time};

const ROUNDS: u32 = 3;

fn end() -> Time {
    START + Duration::from_mins(u64::from(ROUNDS) + 1)
}

/// What is found of each target: code, impact, where, and by what.
fn found(snapshot: &Snapshot) -> Vec<String> {
    let rows = snapshot.targets.iter().flat_map(|row| {
        row.findings.iter().map(|finding| {
            let (code, cause) = (finding.code, finding.caused_by);
            format!("{}: {code} {:?} {:?} {cause:?}", row.target.name, finding.impact, finding.addresses)
        })
    });
    rows.collect()
}

/// The state after the rounds, each in the order that is given.
fn after(fleet: &Fleet, order: impl Fn(Vec<Event>) -> Vec<Event>) -> Vec<String> {
    let mut state = State::new(Policy::default(), Limits::default());
    let begin = fleet.start().into_iter().filter(|event| !matches!(event, Event::Observed(_)));
    let rounds = (0..ROUNDS).flat_map(|round| order(fleet.round(round)));
    let ticks = (0..10).map(|second| Event::Tick { at: end() + Duration::from_secs(second) });
    for event in begin.chain(rounds).chain(ticks) {
        state.apply(event);
    }
    found(&state.snapshot(end()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn observations_of_different_addresses_may_come_in_any_order(order in Just((0..160).collect::<Vec<usize>>()).prop_shuffle()) {
        let fleet = Fleet::new(160, 24);
        let shuffled = |events: Vec<Event>| order.iter().filter_map(|place| events.get(*place).cloned()).collect();
        let in_order = after(&fleet, |events| events);
        prop_assert!(in_order.len() > 5, "{in_order:?}");
        prop_assert_eq!(after(&fleet, shuffled), in_order);
    }
}
