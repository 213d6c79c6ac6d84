//! How fast the store takes in observations: 100 000 addresses, 300 certificates.
//!
//! `hash map` is the reference: the same observations put into a map by address, and nothing else.

use std::cell::Cell;
use std::collections::HashMap;

use criterion::{BatchSize, Criterion, Throughput, criterion_group};
use tlscope::diagnosis::Policy;
use tlscope::model::{Event, Time};
use tlscope::store::fixture::{Fleet, NOW};
use tlscope::store::{Limits, State};

const ADDRESSES: usize = 100_000;
const CERTIFICATES: usize = 300;

fn apply(criterion: &mut Criterion) {
    let fleet = Fleet::new(ADDRESSES, CERTIFICATES);
    let mut group = criterion.benchmark_group("apply 100 000 observations");
    group.sample_size(10).throughput(Throughput::Elements(ADDRESSES as u64));

    let round = Cell::new(0);
    let next = || {
        round.set(round.get() + 1);
        fleet.round(round.get())
    };
    let mut state = watching(&fleet, NOW);
    group.bench_function("steady fleet", |bencher| {
        bencher.iter_batched(&next, |events| take_in(&mut state, events), BatchSize::PerIteration);
    });

    let mut map = HashMap::new();
    group.bench_function("hash map", |bencher| {
        bencher.iter_batched(
            &next,
            |events| {
                for event in events {
                    if let Event::Observed(observation) = event {
                        map.insert(observation.key, observation);
                    }
                }
            },
            BatchSize::PerIteration,
        );
    });

    let (before, probes): (Vec<Event>, Vec<Event>) =
        fleet.start().into_iter().partition(|event| !matches!(event, Event::Observed(_)));
    let unseen = || {
        let mut state = State::new(Policy::default(), Limits::default());
        take_in(&mut state, before.clone());
        (state, probes.clone())
    };
    group.bench_function("first sight, every target judged", |bencher| {
        bencher.iter_batched(
            &unseen,
            |(mut state, probes)| {
                take_in(&mut state, probes);
                state
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn watching(fleet: &Fleet, at: Time) -> State {
    let mut state = State::new(Policy::default(), Limits::default());
    take_in(&mut state, fleet.start());
    state.snapshot(at);
    state
}

/// In batches, as the writer takes them from its channel.
fn take_in(state: &mut State, events: Vec<Event>) {
    state.apply_all(events);
}

criterion_group!(benches, apply);

/// As the dashboard does it.
fn main() {
    tlscope::runtime::in_huge_pages();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
