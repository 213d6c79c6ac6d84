//! However the screen came to what it lists, it lists what building everything from nothing would.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::counts::value_of;
use super::index::Derived;
use super::order::{Order, RowRef};
use crate::diagnosis::Policy;
use crate::model::{Event, Fingerprint, Time};
use crate::query::fold;
use crate::store::fixture::{Fleet, START};
use crate::store::{AddressRow, Limits, Snapshot, State};
use crate::ui::choices::{Dimension, Sort};
use crate::ui::filter::Filter;

const FILTERS: [&str; 16] = [
    "",
    "c",
    "ch",
    "checkout",
    "CheckOut",
    "10.0.0.1",
    "prod",
    "r1",
    "cert.",
    "dns.",
    "env:prod",
    "!prod",
    "service:mail or 0.1",
    "expires<30d",
    "tls>20ms version:1.3",
    "no such word",
];

/// What happens between two looks at the lists.
#[derive(Clone, Debug)]
enum Step {
    /// The filter changes, as by a keystroke.
    Filter(usize, bool),
    /// Another order is chosen.
    Order(Order),
    /// Some addresses are probed again, a minute later.
    Probes(usize, usize),
    /// A target goes.
    Gone(usize),
    /// A target comes (back), with all its addresses.
    Comes(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let order = (0..Sort::ALL.len(), any::<bool>(), any::<bool>());
    let order = order.prop_map(|(sort, reversed, by_target)| Order { sort: Sort::ALL[sort], reversed, by_target });
    let step = prop_oneof![
        4 => (0..FILTERS.len(), prop::bool::weighted(0.2)).prop_map(|(at, problems)| Step::Filter(at, problems)),
        1 => order.prop_map(Step::Order),
        2 => (0..40_usize, 1..30_usize).prop_map(|(first, count)| Step::Probes(first, count)),
        1 => (0..20_usize).prop_map(Step::Gone),
        1 => (0..20_usize).prop_map(Step::Comes),
    ];
    prop::collection::vec(step, 1..30)
}

/// A fleet, what is known of it, and the lists made of that.
struct World {
    fleet: Fleet,
    state: State,
    minute: u32,
    filter: Filter,
    order: Order,
    derived: Derived,
}

impl World {
    fn new() -> Self {
        let fleet = Fleet::new(40, 9);
        let mut state = State::new(Policy::default(), Limits::default());
        fleet.start().into_iter().for_each(|event| state.apply(event));
        let (filter, order) = (Filter::default(), Order::default());
        let mut world = Self { fleet, state, minute: 0, filter, order, derived: Derived::default() };
        world.rebuild();
        world
    }

    fn now(&self) -> Time {
        START + Duration::from_mins(u64::from(self.minute) + 1)
    }

    fn snapshot(&mut self) -> Arc<Snapshot> {
        self.state.snapshot(self.now())
    }

    fn rebuild(&mut self) {
        let (snapshot, now) = (self.snapshot(), self.now());
        self.derived.rebuild(&snapshot, &self.filter, self.order, (&Policy::default(), now));
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Filter(at, only_problems) => {
                self.filter.set(FILTERS[at]);
                self.filter.only_problems = only_problems;
                let (snapshot, now) = (self.snapshot(), self.now());
                return self.derived.narrow(&snapshot, &self.filter, now);
            }
            Step::Order(order) => self.order = order,
            Step::Probes(first, count) => {
                self.minute += 1;
                let probes = self.fleet.probes(self.minute).skip(first).take(count).collect::<Vec<_>>();
                for probe in probes {
                    self.state.apply(probe);
                }
            }
            Step::Gone(target) => {
                let target = crate::model::TargetId(u32::try_from(target).unwrap());
                self.state.apply(Event::TargetRemoved { target, at: self.now() });
            }
            Step::Comes(target) => {
                let target = crate::model::TargetId(u32::try_from(target).unwrap());
                let is_of = |event: &Event| match event {
                    Event::TargetAdded { target: other, .. } => other.id == target,
                    Event::AddressesChanged { target: other, .. } => *other == target,
                    Event::Resolved(resolution) => resolution.target == target,
                    _ => false,
                };
                let events = self.fleet.start().into_iter().filter(is_of).collect::<Vec<_>>();
                for event in events {
                    self.state.apply(event);
                }
            }
        }
        self.rebuild();
    }
}

/// Everything listed, in order, as it can be compared.
fn listed(derived: &Derived) -> impl PartialEq + std::fmt::Debug + use<> {
    let print = |all: &[Arc<crate::model::Certificate>]| all.iter().map(|one| one.fingerprint).collect::<Vec<_>>();
    let expiry = &derived.expiry;
    let groups: Vec<(Arc<str>, Vec<Fingerprint>)> =
        expiry.groups.iter().map(|group| (Arc::clone(&group.name), print(&group.certificates))).collect();
    (
        derived.rows.clone(),
        (derived.matches.target_count, derived.matches.address_count),
        (groups, print(&expiry.all), expiry.largest, expiry.longest_name),
        Dimension::ALL.map(|dimension| derived.counts.of(dimension).clone()),
        derived.errors.iter().map(|group| group.code).collect::<Vec<_>>(),
        derived.log.iter().map(|entry| entry.number).collect::<Vec<_>>(),
    )
}

/// The same found without any index: rows one by one, their texts put together for the purpose.
fn check_by_hand(world: &mut World) {
    let snapshot = world.snapshot();
    let shown: BTreeSet<u32> = world.derived.rows.iter().copied().filter_map(slot).collect();
    let needle = fold(world.filter.text());
    let is_word = !needle.contains([':', '<', '>', '!', ' ']);
    if is_word && !world.filter.only_problems && !world.order.by_target {
        let passes = |row: &Arc<AddressRow>| said(row).lines().any(|line| line.contains(&needle));
        let expected = snapshot.addresses.iter().filter(|row| passes(row)).filter_map(|row| snapshot.slot(row.key));
        assert_eq!(shown, expected.collect(), "{needle}");
    }
    if world.order.by_target || !world.filter.is_active() || world.derived.matches.is_all(&snapshot) {
        return;
    }
    let rows = || shown.iter().filter_map(|slot| snapshot.addresses.get(*slot as usize));
    for dimension in [Dimension::Version, Dimension::Group, Dimension::Cipher, Dimension::Alpn] {
        let counts = world.derived.counts.of(dimension);
        for count in &counts.counts {
            let has = |row: &&Arc<AddressRow>| value_of(row, dimension).as_deref() == Some(&count.name);
            assert_eq!(rows().filter(has).count(), count.count, "{}", count.name);
        }
        assert_eq!(rows().filter(|row| value_of(row, dimension).is_some()).count(), counts.total);
    }
    let served = rows().filter_map(|row| Some(row.last_seen.as_ref()?.chain().first()?.fingerprint));
    let leaves: BTreeSet<Fingerprint> = world.derived.expiry.all.iter().map(|leaf| leaf.fingerprint).collect();
    assert_eq!(leaves, served.collect());
}

fn slot(row: RowRef) -> Option<u32> {
    match row {
        RowRef::Address(slot) => Some(slot),
        RowRef::Target(_) => None,
    }
}

fn said(row: &AddressRow) -> String {
    let mut all = vec![row.target.name.to_string(), row.key.address.to_string()];
    all.extend(row.target.labels.values().map(ToString::to_string));
    all.extend(row.finding.iter().map(|finding| finding.code.0.to_owned()));
    if let Some(leaf) = row.last_seen.as_ref().and_then(|seen| seen.chain().first()) {
        all.extend([leaf.subject.to_string(), leaf.issuer.to_string()]);
    }
    fold(&all.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_between_keystrokes_changes_nothing(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
            let (snapshot, now) = (world.snapshot(), world.now());
            let mut anew = Derived::default();
            anew.rebuild(&snapshot, &world.filter, world.order, (&Policy::default(), now));
            prop_assert_eq!(listed(&world.derived), listed(&anew), "{:?} {}", step, world.filter.text());
            check_by_hand(&mut world);
        }
    }

    /// A keystroke between two rebuilds looks at newer data in the order of the last rebuild.
    #[test]
    fn what_passes_is_of_the_newest_data_and_stands_in_the_order_of_the_last_rebuild(
        at in 0..FILTERS.len(), first in 0..30_usize, count in 1..40_usize
    ) {
        let mut world = World::new();
        let before = world.derived.rows.clone();
        let probes = world.fleet.probes(3).skip(first).take(count).collect::<Vec<_>>();
        for probe in probes {
            world.state.apply(probe);
        }
        world.filter.set(FILTERS[at]);
        let (snapshot, now) = (world.snapshot(), world.now());
        world.derived.narrow(&snapshot, &world.filter, now);
        let mut anew = Derived::default();
        anew.rebuild(&snapshot, &world.filter, world.order, (&Policy::default(), now));
        let passes: Vec<RowRef> = before.iter().filter(|row| anew.rows.contains(row)).copied().collect();
        prop_assert_eq!(&world.derived.rows, &passes);
    }
}
