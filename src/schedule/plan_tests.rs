use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::fixtures::{address, answer, no_answer, secs, target};
use super::super::worth::Traits;
use super::*;
use crate::model::SurveyReason;

/// What everyone shows.
const SHOWN: Sight = Sight::Shown(Traits(1));

/// A world in which probes and surveys take as long and end as it is told.
pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) now: Duration,
    pub(super) addresses: BTreeMap<TargetId, Vec<SocketAddr>>,
    pub(super) manner: Box<dyn Fn(AddressKey) -> (Duration, Ended)>,
    /// What an address shows that answers.
    pub(super) shows: Box<dyn Fn(AddressKey, Duration) -> Traits>,
    /// How long surveys take, and whether the address has enough of them.
    pub(super) surveyed: Box<dyn Fn(AddressKey) -> (Duration, bool)>,
    under_way: Vec<(Duration, Flight, Ended)>,
    surveying: Vec<(Duration, Inspection, bool)>,
    pub(super) starts: Vec<(Duration, AddressKey)>,
    pub(super) surveys: Vec<(Duration, AddressKey, SurveyReason)>,
    lookups: Vec<(Duration, TargetId)>,
}

impl World {
    pub(super) fn new(limits: Limits, manner: impl Fn(AddressKey) -> (Duration, Ended) + 'static) -> Self {
        Self {
            plan: Plan::new(limits),
            now: secs(1000),
            addresses: BTreeMap::new(),
            manner: Box::new(manner),
            shows: Box::new(|_, _| Traits(1)),
            surveyed: Box::new(|_| (Duration::from_millis(300), false)),
            under_way: Vec::new(),
            surveying: Vec::new(),
            starts: Vec::new(),
            surveys: Vec::new(),
            lookups: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, target: Target, addresses: impl IntoIterator<Item = u32>) {
        self.addresses.insert(target.id, addresses.into_iter().map(address).collect());
        assert!(self.plan.add_target(Arc::new(target), self.now));
    }

    /// Lives until `end`, checking what must always hold.
    pub(super) fn run_until(&mut self, end: Duration) {
        while self.now < end {
            let wake = self.start_all();
            let ends = self.under_way.iter().map(|(at, ..)| *at);
            let ends = ends.chain(self.surveying.iter().map(|(at, ..)| *at));
            self.now = ends.chain(wake).chain([end]).min().unwrap().max(self.now);
            self.end_all();
        }
    }

    fn end_all(&mut self) {
        for index in (0..self.surveying.len()).rev() {
            if self.surveying[index].0 <= self.now {
                let (_, inspection, throttled) = self.surveying.swap_remove(index);
                self.plan.surveyed(inspection, throttled, self.now);
            }
        }
        for index in (0..self.under_way.len()).rev() {
            if self.under_way[index].0 <= self.now {
                let (_, flight, ended) = self.under_way.swap_remove(index);
                let sight = match ended {
                    Ended::Badly => Sight::Failed,
                    Ended::Unknown => Sight::Nobody,
                    Ended::Well => Sight::Shown((self.shows)(flight.key, self.now)),
                };
                if let Landing::Surveyed(inspection) = self.plan.finished(flight, ended, sight, self.now) {
                    let (took, throttled) = (self.surveyed)(inspection.key);
                    self.surveys.push((self.now, inspection.key, inspection.reason));
                    self.surveying.push((self.now + took, inspection, throttled));
                    self.check();
                }
            }
        }
    }

    fn start_all(&mut self) -> Option<Duration> {
        loop {
            match self.plan.next(self.now) {
                Step::Idle => return None,
                Step::Wait(until) => {
                    assert!(until > self.now, "waits for the past");
                    return Some(until);
                }
                Step::Probe(flight) => self.start(flight),
                Step::Resolve(id) => {
                    self.lookups.push((self.now, id));
                    let answer = answer(id.0, &self.addresses[&id]);
                    self.plan.resolved(&answer, self.now).unwrap();
                }
            }
            self.check();
        }
    }

    fn start(&mut self, flight: Flight) {
        self.starts.push((self.now, flight.key));
        let (took, ended) = (self.manner)(flight.key);
        self.under_way.push((self.now + took, flight, ended));
    }

    fn check(&self) {
        let limits = self.plan.limits;
        assert_eq!(self.plan.in_flight(), self.under_way.len());
        assert!(self.under_way.len() <= limits.concurrency);
        let mut lanes: HashMap<SocketAddr, usize> = HashMap::new();
        for (_, flight, _) in &self.under_way {
            *lanes.entry(flight.key.address).or_default() += 1;
        }
        assert!(lanes.values().all(|count| *count <= limits.per_address), "an address has too many connections");
        assert_eq!(self.plan.surveying(), self.surveying.len());
        assert!(self.surveying.len() <= limits.surveys);
        let surveyed: BTreeSet<SocketAddr> = self.surveying.iter().map(|(_, one, _)| one.key.address).collect();
        assert_eq!(surveyed.len(), self.surveying.len(), "an address is surveyed twice at once");
        self.plan.surveys.check();
        assert_eq!(self.plan.waiting(), self.plan.slots.values().filter(|slot| slot.is_held_up()).count());
        let timed = self.plan.slots.values().filter(|slot| matches!(slot.state, State::Waiting(_))).count();
        assert_eq!(timed, self.plan.timers.iter().filter(|(_, job)| matches!(job, Job::Probe(_))).count());
    }

    pub(super) fn starts_of(&self, number: u32) -> Vec<Duration> {
        self.starts
            .iter()
            .filter(|(_, key)| key.address == address(number))
            .map(|(at, _)| at.abs_diff(secs(1000)))
            .collect()
    }
}

pub(super) fn quick(_: AddressKey) -> (Duration, Ended) {
    (Duration::from_millis(10), Ended::Well)
}

pub(super) fn steady(concurrency: usize) -> Limits {
    Limits { concurrency, jitter: 0.0, ..Limits::default() }
}

fn gaps(starts: &[Duration]) -> Vec<u64> {
    starts.windows(2).map(|pair| pair[1].abs_diff(pair[0]).as_secs()).collect()
}

#[test]
fn confirms_a_failure_quickly_then_backs_off() {
    let mut world = World::new(steady(4), |_| (Duration::ZERO, Ended::Badly));
    world.add(target(0), [0]);
    world.add(Target { interval: secs(300), ..target(1) }, [1]);
    world.add(Target { interval: secs(1), ..target(2) }, [2]);
    world.add(Target { interval: secs(3600), ..target(3) }, [3]);
    world.run_until(secs(1000 + 4 * 3600));
    assert_eq!(gaps(&world.starts_of(0))[..10], [1, 2, 5, 10, 30, 60, 120, 240, 240, 240]);
    assert_eq!(gaps(&world.starts_of(1))[..8], [1, 2, 5, 10, 300, 600, 600, 600]);
    assert_eq!(gaps(&world.starts_of(2))[..9], [1, 1, 1, 1, 1, 2, 4, 8, 8]);
    assert_eq!(gaps(&world.starts_of(3))[..6], [1, 2, 5, 10, 3600, 3600]);
}

#[test]
fn a_recovered_address_keeps_its_interval_again() {
    let calls = std::cell::Cell::new(0);
    let mut world = World::new(steady(1), move |_| {
        calls.set(calls.get() + 1);
        (Duration::ZERO, if calls.get() <= 3 { Ended::Badly } else { Ended::Well })
    });
    world.add(target(0), [0]);
    world.run_until(secs(1120));
    assert_eq!(gaps(&world.starts_of(0)), [1, 2, 5, 30, 30, 30]);
}

#[test]
fn a_fault_of_ours_says_nothing_about_the_endpoint() {
    let mut world = World::new(steady(1), |_| (Duration::ZERO, Ended::Unknown));
    world.add(target(0), [0]);
    world.run_until(secs(1200));
    assert!(gaps(&world.starts_of(0))[1..].iter().all(|gap| *gap == 30));
}

#[test]
fn targets_take_turns() {
    let mut world = World::new(steady(1), |_| (secs(1), Ended::Well));
    world.add(target(0), 0..50);
    world.add(target(1), [100]);
    world.add(target(2), [101]);
    world.run_until(secs(1010));
    assert!(world.starts_of(100)[0] <= secs(3) && world.starts_of(101)[0] <= secs(3), "{:?}", world.starts);
}

#[test]
fn slow_and_failing_targets_leave_room_for_others() {
    // One target that answers slowly on very many addresses, thirty that time out, one in good health.
    let mut world = World::new(steady(16), |key| match key.target.0 {
        0 => (secs(5), Ended::Well),
        1..=30 => (secs(5), Ended::Badly),
        _ => (Duration::from_millis(20), Ended::Well),
    });
    world.add(target(0), 0..500);
    for id in 1..=30 {
        world.add(target(id), [1000 + id]);
    }
    world.run_until(secs(1060));
    world.add(target(31), [5000]);
    world.run_until(secs(1400));
    let starts = world.starts_of(5000);
    assert!(starts.len() >= 10, "{starts:?}");
    // The wait is the interval and at most a few turns of the circle on top.
    assert!(gaps(&starts).iter().all(|gap| *gap <= 40), "{starts:?}");
}

#[test]
fn a_fleet_half_down_does_not_slow_the_other_half() {
    // Without a bound of their own the failing ones would hold every slot for five seconds each.
    let mut world = World::new(steady(16), |key| match key.target.0 {
        0..200 => (Duration::from_millis(20), Ended::Well),
        _ => (secs(5), Ended::Badly),
    });
    for id in 0..1200 {
        world.add(target(id), [id]);
    }
    world.run_until(secs(1900));
    for id in 0..200 {
        let late: Vec<_> = world.starts_of(id).into_iter().filter(|at| *at > secs(600)).collect();
        assert!(gaps(&late).iter().all(|gap| *gap <= 30) && late.len() >= 9, "{id}: {late:?}");
    }
}

#[test]
fn an_address_is_connected_to_once_at_a_time_whoever_shares_it() {
    let mut world = World::new(steady(64), |_| (secs(2), Ended::Well));
    for id in 0..10 {
        world.add(target(id), [7]);
    }
    world.run_until(secs(1020));
    let order: Vec<_> = world.starts.iter().map(|(_, key)| key.target.0).collect();
    assert_eq!(order[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(world.starts_of(7)[..3], [secs(0), secs(2), secs(4)]);
}

#[test]
fn nothing_is_made_up_for_after_a_pause_or_a_sleep() {
    for paused in [true, false] {
        let mut world = World::new(Limits::default(), quick);
        for id in 0..900 {
            world.add(target(id), [id]);
        }
        world.run_until(secs(1300));
        if paused {
            world.plan.pause();
            world.run_until(secs(2000));
            world.plan.resume(world.now);
        } else {
            world.now = secs(2000);
        }
        world.starts.clear();
        world.run_until(secs(2030));
        let mut per_second = [0; 30];
        world.starts.iter().for_each(|(at, _)| per_second[usize::try_from(at.as_secs() - 2000).unwrap()] += 1);
        assert!(per_second.iter().all(|count| *count <= 75), "a burst: {per_second:?}");
        assert!((850..=1000).contains(&world.starts.len()), "{}", world.starts.len());
    }
}

#[test]
fn probes_and_looks_up_at_once_when_asked() {
    let mut world = World::new(Limits { rate_per_second: Some(1.0), ..steady(8) }, quick);
    for id in 0..20 {
        world.add(target(id), [id]);
    }
    world.run_until(secs(1005));
    world.plan.probe_now(&[TargetId(19), TargetId(3), TargetId(77)]);
    world.starts.clear();
    world.lookups.clear();
    world.run_until(secs(1008));
    let order: Vec<_> = world.starts.iter().map(|(_, key)| key.target.0).take(2).collect();
    assert_eq!(order, [19, 3]);
    let looked: Vec<_> = world.lookups.iter().map(|(_, id)| id.0).collect();
    assert_eq!(looked, [19, 3]);

    world.plan.probe_now(&[]);
    world.starts.clear();
    world.run_until(secs(1029));
    let mut probed: Vec<_> = world.starts.iter().map(|(_, key)| key.target.0).collect();
    probed.sort_unstable();
    probed.dedup();
    assert_eq!(probed.len(), 20);
}

#[test]
fn a_pause_starts_nothing() {
    let mut world = World::new(steady(8), quick);
    world.add(target(0), [0]);
    world.run_until(secs(1001));
    world.plan.pause();
    world.plan.probe_now(&[TargetId(0)]);
    world.run_until(secs(1100));
    assert_eq!(world.starts.len(), 1);
    world.plan.resume(world.now);
    world.run_until(secs(1101));
    assert_eq!(world.starts.len(), 2, "what was asked for meanwhile is done");
}

#[test]
fn addresses_go_only_when_an_answer_lacks_them() {
    let mut plan = Plan::new(steady(8));
    assert!(plan.add_target(Arc::new(target(0)), secs(0)));
    assert!(!plan.add_target(Arc::new(target(0)), secs(0)), "twice the same target");
    let [one, two, three] = [address(1), address(2), address(3)];
    let look_up = |plan: &mut Plan, now, resolution: &Resolution| {
        assert_eq!(plan.next(now), Step::Resolve(TargetId(0)), "at {now:?}");
        plan.resolved(resolution, now).unwrap()
    };
    let changes = look_up(&mut plan, secs(0), &answer(0, &[one, two, one]));
    assert_eq!(changes, Changes { added: vec![one, two], removed: vec![] });
    let _flights = [plan.next(secs(0)), plan.next(secs(0))];
    assert_eq!(plan.next(secs(0)), Step::Wait(secs(60)), "asked again when the answer's time is up");

    assert!(look_up(&mut plan, secs(60), &no_answer(0)).is_empty());
    assert!(look_up(&mut plan, secs(61), &answer(0, &[])).is_empty(), "an empty answer is no answer");
    assert_eq!(plan.next(secs(61)), Step::Wait(secs(63)), "a failing resolver is asked again soon");
    let changes = look_up(&mut plan, secs(63), &answer(0, &[three, two]));
    assert_eq!(changes, Changes { added: vec![three], removed: vec![one] });
}

#[test]
fn keeps_answers_within_reason() {
    for (ttl, kept) in [(0, 5), (60, 60), (1_000_000, 3600)] {
        let mut plan = Plan::new(steady(1));
        plan.add_target(Arc::new(target(0)), secs(0));
        plan.next(secs(0));
        plan.resolved(&Resolution { ttl: secs(ttl), ..answer(0, &[address(1)]) }, secs(0)).unwrap();
        plan.next(secs(0));
        assert_eq!(plan.next(secs(0)), Step::Wait(secs(kept)));
    }
}

#[test]
fn given_addresses_are_looked_up_once() {
    let mut plan = Plan::new(steady(1));
    let pinned = SocketAddr::from(([10, 9, 9, 9], 8443));
    plan.add_target(Arc::new(Target { pinned: vec![pinned], ..target(0) }), secs(0));
    assert_eq!(plan.next(secs(0)), Step::Resolve(TargetId(0)));
    let changes = plan.resolved(&answer(0, &[address(5)]), secs(0)).unwrap();
    assert_eq!(changes.added, [pinned], "the pin's own port is kept");
    assert!(matches!(plan.next(secs(0)), Step::Probe(_)));
    assert_eq!(plan.next(secs(0)), Step::Idle);
    plan.probe_now(&[TargetId(0)]);
    assert_eq!(plan.next(secs(0)), Step::Resolve(TargetId(0)));
}

#[test]
fn what_is_removed_is_not_missed() {
    let mut plan = Plan::new(steady(8));
    plan.add_target(Arc::new(target(0)), secs(0));
    plan.add_target(Arc::new(target(1)), secs(0));
    for id in [0, 1] {
        assert_eq!(plan.next(secs(0)), Step::Resolve(TargetId(id)));
        plan.resolved(&answer(id, &[address(1)]), secs(0)).unwrap();
    }
    let Step::Probe(flight) = plan.next(secs(0)) else { panic!("a probe is due") };
    assert_eq!((plan.in_flight(), plan.waiting()), (1, 1));
    assert!(plan.remove_target(flight.key.target));
    assert!(!plan.remove_target(flight.key.target));
    assert!(matches!(plan.next(secs(1)), Step::Wait(_)), "its connection still stands");
    assert_eq!(plan.finished(flight, Ended::Well, SHOWN, secs(1)), Landing::Unwanted, "nobody wants to know");
    let Step::Probe(flight) = plan.next(secs(1)) else { panic!("the other one has its turn") };
    assert_eq!(flight.key.target, TargetId(1));

    // The address goes and comes back while its probe is under way.
    plan.probe_now(&[TargetId(1)]);
    assert_eq!(plan.next(secs(1)), Step::Resolve(TargetId(1)));
    plan.resolved(&answer(1, &[address(2)]), secs(1)).unwrap();
    plan.probe_now(&[TargetId(1)]);
    assert_eq!(plan.next(secs(1)), Step::Resolve(TargetId(1)));
    plan.resolved(&answer(1, &[address(1)]), secs(1)).unwrap();
    let landing = plan.finished(flight, Ended::Well, SHOWN, secs(2));
    assert_eq!(landing, Landing::Unwanted, "this one is about the old row");
    assert!(matches!(plan.next(secs(2)), Step::Probe(flight) if flight.key.address == address(1)));
    assert!(plan.remove_target(TargetId(1)));
    assert_eq!((plan.waiting(), plan.timers.len()), (0, 0));
}

#[test]
fn ten_thousand_targets_each_get_their_due() {
    let mut world = World::new(Limits { concurrency: 32, ..Limits::default() }, |_| (Duration::ZERO, Ended::Well));
    let mut counts = vec![0_u32; 10_000];
    for id in 0..10_000 {
        world.plan.add_target(Arc::new(target(id)), world.now);
    }
    while world.now < secs(1300) {
        match world.plan.next(world.now) {
            Step::Idle => break,
            Step::Wait(until) => world.now = until,
            Step::Probe(flight) => {
                counts[flight.key.target.0 as usize] += 1;
                world.plan.finished(flight, Ended::Well, SHOWN, world.now);
            }
            Step::Resolve(id) => {
                let resolution = Resolution { ttl: secs(3600), ..answer(id.0, &[address(id.0)]) };
                world.plan.resolved(&resolution, world.now).unwrap();
            }
        }
    }
    assert!(counts.iter().all(|count| (10..=12).contains(count)), "{:?}", counts.iter().minmax());
}

trait MinMax<T> {
    fn minmax(self) -> Option<(T, T)>;
}

impl<T: Ord + Copy, I: Iterator<Item = T> + Clone> MinMax<T> for I {
    fn minmax(self) -> Option<(T, T)> {
        Some((self.clone().min()?, self.max()?))
    }
}

/// What may happen to a plan, besides time.
#[derive(Clone, Debug)]
enum Deed {
    Add(u32, Vec<u32>),
    Now(Vec<u32>),
    Pass(u64),
    Pause,
    Remove(u32),
    Rename(u32, Vec<u32>),
    Resume,
    Sleep(u64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let addresses = || prop::collection::vec(0..24_u32, 1..6);
    let deed = prop_oneof![
        4 => (0..12_u32, addresses()).prop_map(|(id, addresses)| Deed::Add(id, addresses)),
        2 => prop::collection::vec(0..12_u32, 0..3).prop_map(Deed::Now),
        8 => (1..40_000_u64).prop_map(Deed::Pass),
        1 => Just(Deed::Pause),
        2 => (0..12_u32).prop_map(Deed::Remove),
        2 => (0..12_u32, addresses()).prop_map(|(id, addresses)| Deed::Rename(id, addresses)),
        2 => Just(Deed::Resume),
        1 => (1..100_000_u64).prop_map(Deed::Sleep),
    ];
    prop::collection::vec(deed, 1..40)
}

fn limits() -> impl Strategy<Value = Limits> {
    (1..9_usize, prop::option::of(0.5..50.0_f64), 1..3_usize, 0.0..0.5_f64).prop_map(
        |(concurrency, rate_per_second, per_address, jitter)| Limits {
            concurrency,
            rate_per_second,
            per_address,
            jitter,
            ..Limits::default()
        },
    )
}

/// Outcomes and durations that differ by address and are as random as their number.
fn moody(key: AddressKey) -> (Duration, Ended) {
    let SocketAddr::V4(v4) = key.address else { panic!("addresses here are IPv4") };
    let number = u64::from(key.target.0) * 31 + u64::from(v4.ip().octets()[3]) * 7;
    let ended = [Ended::Well, Ended::Badly, Ended::Well, Ended::Unknown][usize::try_from(number % 4).unwrap()];
    (Duration::from_millis(number * 97 % 6000), ended)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Limits, counters and timers hold whatever happens (`World::check`), and in the end everyone is probed.
    #[test]
    fn holds_whatever_happens(limits in limits(), deeds in deeds()) {
        let mut world = World::new(limits, moody);
        for deed in deeds {
            match deed {
                Deed::Add(id, addresses) => {
                    if world.plan.target(TargetId(id)).is_none() {
                        world.add(target(id), addresses);
                    }
                }
                Deed::Now(ids) => world.plan.probe_now(&ids.into_iter().map(TargetId).collect::<Vec<_>>()),
                Deed::Pass(millis) => world.run_until(world.now + Duration::from_millis(millis)),
                Deed::Pause => world.plan.pause(),
                Deed::Remove(id) => { world.plan.remove_target(TargetId(id)); }
                Deed::Rename(id, addresses) => {
                    world.addresses.insert(TargetId(id), addresses.into_iter().map(address).collect());
                }
                Deed::Resume => world.plan.resume(world.now),
                Deed::Sleep(millis) => world.now += Duration::from_millis(millis),
            }
        }
        world.plan.resume(world.now);
        world.plan.probe_now(&[]);
        world.starts.clear();
        // At most 12 targets of 5 addresses, at worst one at a time, 6 s each, and a back-off of 240 s.
        world.run_until(world.now + secs(12 * 5 * 6 * 2 + 300));
        for watched in world.plan.targets.values() {
            for address in &watched.addresses {
                let key = AddressKey { target: watched.target.id, address: *address };
                prop_assert!(world.starts.iter().any(|(_, started)| *started == key), "{key:?} starved");
            }
        }
        if let Some(rate) = limits.rate_per_second {
            let times: Vec<_> = world.starts.iter().map(|(at, _)| *at).collect();
            for (index, from) in times.iter().enumerate() {
                for (further, to) in times.iter().enumerate().skip(index).take(200) {
                    let allowed = to.abs_diff(*from).as_secs_f64() * rate + (0.1 * rate).max(1.0) + 1e-6;
                    let started = u32::try_from(further - index + 1).unwrap();
                    prop_assert!(f64::from(started) <= allowed, "{started} starts, {allowed} allowed");
                }
            }
        }
    }

    /// Waits stay within the jitter's share, and are the same in every run.
    #[test]
    fn jitter_is_bounded(jitter in 0.0..0.5_f64, number in 0..1_000_000_u32, interval in 1..4000_u64) {
        let run = || {
            let mut world = World::new(Limits { jitter, ..Limits::default() }, |_| (Duration::ZERO, Ended::Well));
            world.add(Target { interval: secs(interval), ..target(0) }, [number]);
            world.run_until(secs(1000 + interval * 20));
            world.starts_of(number)
        };
        let starts = run();
        prop_assert!(starts.len() >= 13);
        for (round, pair) in starts.windows(2).enumerate() {
            let share = pair[1].abs_diff(pair[0]).as_secs_f64() / secs(interval).as_secs_f64();
            let (least, most) = if round == 0 { (0.5, 1.0) } else { (1.0 - jitter, 1.0 + jitter) };
            prop_assert!(share >= least - 1e-6 && share <= most + 1e-6, "round {round}: {share}");
        }
        prop_assert_eq!(run(), starts);
    }

    /// However often an address fails, it is looked at again, never later than the longest wait.
    #[test]
    fn back_off_is_bounded_and_never_shrinks(failures in 5..u32::MAX, interval in 1..100_000_u64) {
        let interval = secs(interval);
        let wait = wait::after_failures(failures, interval);
        prop_assert!(wait >= interval && wait <= (interval * 8).min(wait::LONGEST.max(interval)));
        prop_assert!(wait <= wait::after_failures(failures.saturating_add(1), interval));
    }
}
