//! How long the store needs to publish 100 000 addresses: of which 333 changed, as they do when each is probed once
//! in 30 s (the default) and ten snapshots a second are published, and of which 1 000 did.
//!
//! `clone 100 000 pointers` is the reference: the least a snapshot without shared chunks would cost.

use std::cell::RefCell;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group};
use tlscope::diagnosis::Policy;
use tlscope::store::fixture::{Fleet, NOW};
use tlscope::store::{AddressRow, Limits, State};

const ADDRESSES: usize = 100_000;
const CERTIFICATES: usize = 300;
const CHANGED: [usize; 2] = [333, 1_000];

fn publish(criterion: &mut Criterion) {
    let fleet = Fleet::new(ADDRESSES, CERTIFICATES);
    let mut state = State::new(Policy::default(), Limits::default());
    for event in fleet.start() {
        state.apply(event);
    }
    let rows: Vec<Arc<AddressRow>> = state.snapshot(NOW).addresses.iter().cloned().collect();
    let state = RefCell::new(state);
    let mut number = 0;
    let mut round = Vec::new().into_iter();
    let mut change = |count: usize| {
        for _ in 0..count {
            if round.len() == 0 {
                number += 1;
                round = fleet.round(number).into_iter();
            }
            round.next().into_iter().for_each(|event| state.borrow_mut().apply(event));
        }
    };
    let mut group = criterion.benchmark_group("publish 100 000 addresses");
    for changed in CHANGED {
        group.bench_function(format!("{changed} changed"), |bencher| {
            let publish = |()| state.borrow_mut().snapshot(NOW);
            bencher.iter_batched(|| change(changed), publish, BatchSize::PerIteration);
        });
    }
    group.bench_function("clone 100 000 pointers", |bencher| bencher.iter_with_large_drop(|| rows.clone()));
    group.finish();
}

criterion_group!(benches, publish);

/// As the dashboard does it.
fn main() {
    tlscope::runtime::in_huge_pages();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
