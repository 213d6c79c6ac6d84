use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::fixtures::{address, answer, secs, target};
use super::super::worth::Traits;
use super::tests::{World, quick, steady};
use super::*;
use crate::model::{Survey, SurveyReason};

const HOUR: u64 = 3600;
const START: u64 = 1000;

/// A target that is surveyed.
fn full(id: u32) -> Target {
    Target { depth: Depth::Full, ..target(id) }
}

fn key(id: u32, number: u32) -> AddressKey {
    AddressKey { target: TargetId(id), address: address(number) }
}

impl World {
    /// When an address was surveyed, in seconds after the beginning, and why.
    fn surveys_of(&self, number: u32) -> Vec<(u64, SurveyReason)> {
        let of = self.surveys.iter().filter(|(_, key, _)| key.address == address(number));
        of.map(|(at, _, reason)| (at.as_secs() - START, *reason)).collect()
    }

    fn reasons(&self, number: u32) -> Vec<SurveyReason> {
        self.surveys_of(number).into_iter().map(|(_, reason)| reason).collect()
    }
}

#[test]
fn the_first_handshake_is_surveyed_at_once_and_then_once_an_hour() {
    let mut world = World::new(steady(8), quick);
    world.add(full(0), [0]);
    world.run_until(secs(START + 3 * HOUR + 30));
    assert_eq!(
        world.surveys_of(0),
        [
            (0, SurveyReason::FirstSight),
            (HOUR, SurveyReason::Rotation),
            (2 * HOUR, SurveyReason::Rotation),
            (3 * HOUR, SurveyReason::Rotation),
        ]
    );
    let probes = world.starts_of(0);
    assert_eq!(probes[0], probes[0].min(secs(1)), "the first survey follows the first probe, not another one");
}

#[test]
fn depth_handshake_and_no_places_are_no_surveys() {
    let mut world = World::new(steady(8), quick);
    world.add(target(0), [0]);
    world.plan.survey_now(&[TargetId(0)], world.now);
    world.run_until(secs(START + HOUR));
    assert!(world.surveys.is_empty());
    let mut world = World::new(Limits { surveys: 0, ..steady(8) }, quick);
    world.add(full(0), [0]);
    world.plan.survey_now(&[TargetId(0)], world.now);
    world.run_until(secs(START + HOUR));
    assert!(world.surveys.is_empty());
}

#[test]
fn a_change_is_surveyed_after_a_rest_and_its_return_less_and_less_often() {
    let mut world = World::new(steady(8), quick);
    world.add(full(0), [0]);
    // Another certificate at every probe, as behind a balancer of two nodes.
    let turn = std::cell::Cell::new(0);
    world.shows = Box::new(move |_, _| {
        turn.set(turn.get() + 1);
        Traits(turn.get() % 2)
    });
    world.run_until(secs(START + 2 * HOUR));
    let reasons = world.reasons(0);
    assert_eq!(reasons[..3], [SurveyReason::FirstSight, SurveyReason::Change, SurveyReason::Change]);
    let times: Vec<u64> = world.surveys_of(0).iter().map(|(at, _)| *at).collect();
    assert!(times[1] >= 300 && times[1] <= 330, "{times:?}");
    assert!(times.len() <= 9, "a balancer is not surveyed all the time: {times:?}");
}

#[test]
fn a_failure_is_surveyed_when_it_is_confirmed_and_then_hourly_however_long_it_lasts() {
    let down = std::cell::Cell::new(0);
    let mut world = World::new(steady(8), move |_| {
        down.set(down.get() + 1);
        (Duration::ZERO, if down.get() > 3 { Ended::Badly } else { Ended::Well })
    });
    world.add(full(0), [0]);
    world.run_until(secs(START + HOUR - 10));
    let surveys = world.surveys_of(0);
    assert_eq!(
        surveys.iter().map(|(_, reason)| *reason).collect::<Vec<_>>(),
        [SurveyReason::FirstSight, SurveyReason::Failure]
    );
    assert!(surveys[1].0 >= 300, "the first survey's rest is kept: {surveys:?}");
    world.run_until(secs(START + 4 * HOUR));
    let later = &world.surveys_of(0)[2..];
    assert!((2..=4).contains(&later.len()), "{later:?}");
}

#[test]
fn one_that_fails_from_the_start_is_surveyed_after_the_second_failure() {
    let mut world = World::new(steady(8), |_| (Duration::ZERO, Ended::Badly));
    world.add(full(0), [0]);
    world.run_until(secs(START + 60));
    assert_eq!(world.surveys_of(0), [(1, SurveyReason::Failure)]);
}

#[test]
fn a_failure_that_passed_while_it_waited_is_not_surveyed() {
    // Two failures in a row soon after the first survey, well again before the rest is over.
    let calls = std::cell::Cell::new(0);
    let mut world = World::new(steady(8), move |_| {
        calls.set(calls.get() + 1);
        (Duration::ZERO, if (2..=3).contains(&calls.get()) { Ended::Badly } else { Ended::Well })
    });
    world.add(full(0), [0]);
    world.run_until(secs(START + HOUR - 60));
    assert_eq!(world.reasons(0), [SurveyReason::FirstSight]);
    world.run_until(secs(START + HOUR + 60));
    assert_eq!(world.reasons(0), [SurveyReason::FirstSight, SurveyReason::Rotation]);
}

#[test]
fn nobody_is_surveyed_where_nobody_answers() {
    let mut world = World::new(steady(8), |_| (Duration::ZERO, Ended::Unknown));
    world.add(full(0), [0]);
    world.run_until(secs(START + 2 * HOUR));
    world.plan.survey_now(&[TargetId(0)], world.now);
    world.run_until(secs(START + 2 * HOUR + 60));
    assert!(world.surveys.is_empty());
    world.plan.surveys.check();
}

#[test]
fn what_is_asked_for_comes_first_and_after_a_fresh_probe() {
    let limits = Limits { surveys: 2, surveys_per_second: None, ..steady(64) };
    let mut world = World::new(limits, quick);
    world.surveyed = Box::new(|_| (secs(10), false));
    for id in 0..50 {
        world.add(full(id), [id]);
    }
    world.run_until(secs(START + 15));
    assert_eq!(world.surveys.len(), 2, "one place is kept for what somebody waits for");
    world.plan.survey_now(&[TargetId(49)], world.now);
    world.run_until(secs(START + 31));
    let asked: Vec<_> = world.surveys.iter().filter(|(.., reason)| *reason == SurveyReason::Asked).collect();
    let (at, whom, _) = asked[0];
    assert_eq!((asked.len(), *whom), (1, key(49, 49)));
    assert!(at.as_secs() <= START + 20, "it waited for more than a place: {asked:?}");
    assert!(world.starts.iter().any(|(start, key)| key == whom && at.saturating_sub(*start) <= secs(1)));
}

#[test]
fn an_address_that_had_enough_is_left_in_peace_whoever_asks() {
    let mut world = World::new(steady(8), quick);
    world.surveyed = Box::new(|_| (secs(1), true));
    world.add(full(0), [0]);
    world.run_until(secs(START + 10));
    world.plan.survey_now(&[TargetId(0)], world.now);
    world.run_until(secs(START + 600));
    let surveys = world.surveys_of(0);
    let pause = Survey::PENALTY.as_secs();
    assert_eq!(
        surveys.iter().map(|(_, reason)| *reason).collect::<Vec<_>>(),
        [SurveyReason::FirstSight, SurveyReason::Asked]
    );
    assert!(surveys[1].0 > pause && surveys[1].0 < pause + 60, "{surveys:?}");
}

#[test]
fn targets_that_share_an_address_are_surveyed_one_after_the_other() {
    let mut world = World::new(Limits { surveys_per_second: None, ..steady(64) }, quick);
    world.surveyed = Box::new(|_| (secs(5), false));
    for id in 0..10 {
        world.add(full(id), [7]);
    }
    world.run_until(secs(START + 100));
    let times: Vec<u64> = world.surveys_of(7).iter().map(|(at, _)| *at).collect();
    assert_eq!(times.len(), 10);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 5), "{times:?}");
}

#[test]
fn a_fleet_is_surveyed_little_by_little_and_probed_as_ever() {
    let mut world = World::new(steady(64), quick);
    world.surveyed = Box::new(|_| (secs(2), false));
    for id in 0..300 {
        world.add(full(id), [id]);
    }
    world.run_until(secs(START + 150));
    for from in (0..140).step_by(10) {
        let within = world.surveys.iter().filter(|(at, ..)| (from..from + 10).contains(&(at.as_secs() - START)));
        assert!(within.count() <= 41, "a burst of surveys");
    }
    let surveyed: BTreeSet<_> = world.surveys.iter().map(|(_, key, _)| *key).collect();
    assert_eq!(surveyed.len(), 300, "everyone was surveyed");
    for id in 0..300 {
        let starts = world.starts_of(id);
        assert!(starts.windows(2).all(|pair| pair[1].saturating_sub(pair[0]) <= secs(31)), "{id}: {starts:?}");
    }
}

#[test]
fn urgent_ones_do_not_starve_the_rest() {
    let limits = Limits { surveys: 4, surveys_per_second: None, ..steady(64) };
    let mut world =
        World::new(limits, |key| (Duration::ZERO, if key.target.0 < 300 { Ended::Badly } else { Ended::Well }));
    world.surveyed = Box::new(|_| (secs(5), false));
    for id in 0..330 {
        world.add(full(id), [id]);
    }
    world.run_until(secs(START + 240));
    let well = world.surveys.iter().filter(|(_, key, _)| key.target.0 >= 300).count();
    assert_eq!(well, 30, "of {}", world.surveys.len());
}

#[test]
fn a_pause_starts_none_and_a_resume_makes_up_for_none_in_a_burst() {
    let mut world = World::new(steady(64), quick);
    for id in 0..200 {
        world.add(full(id), [id]);
    }
    world.run_until(secs(START + 120));
    world.plan.pause();
    world.surveys.clear();
    world.run_until(secs(START + 3 * HOUR));
    assert!(world.surveys.is_empty());
    world.plan.resume(world.now);
    world.run_until(secs(START + 3 * HOUR + 10));
    assert!(world.surveys.len() <= 41, "a burst of {}", world.surveys.len());
    world.run_until(secs(START + 3 * HOUR + 120));
    assert!(world.surveys.len() >= 200);
}

#[test]
fn an_address_that_comes_back_has_its_rest() {
    let mut world = World::new(steady(8), quick);
    world.add(full(0), [0]);
    world.run_until(secs(START + 61));
    for (at, number) in [(120, 1), (181, 0)] {
        world.addresses.insert(TargetId(0), vec![address(number)]);
        world.plan.probe_now(&[TargetId(0)]);
        world.run_until(secs(START + at));
    }
    world.run_until(secs(START + 400));
    assert_eq!(world.surveys_of(0).iter().filter(|(at, _)| *at < 300).count(), 1, "{:?}", world.surveys);
    assert_eq!(world.reasons(0).len(), 2, "then it is surveyed as any other");
}

#[test]
fn what_is_removed_gives_its_place_back() {
    let mut plan = Plan::new(Limits { surveys: 1, ..steady(8) });
    let begin = |plan: &mut Plan, id: u32, now| {
        plan.add_target(Arc::new(full(id)), now);
        assert_eq!(plan.next(now), Step::Resolve(TargetId(id)));
        plan.resolved(&answer(id, &[address(id)]), now).unwrap();
        let Step::Probe(flight) = plan.next(now) else { panic!("a probe is due") };
        plan.finished(flight, Ended::Well, Sight::Shown(Traits(1)), now)
    };
    let Landing::Surveyed(first) = begin(&mut plan, 0, secs(1)) else { panic!("a survey is due") };
    assert_eq!(begin(&mut plan, 1, secs(2)), Landing::Told, "there is one place");
    assert!(plan.remove_target(TargetId(0)));
    assert_eq!(plan.surveying(), 1, "its connections still stand");
    assert!(!plan.surveyed(first, false, secs(3)), "nobody wants to know");
    let Step::Probe(flight) = plan.next(secs(3)) else { panic!("the other one's survey begins with a probe") };
    assert!(plan.remove_target(TargetId(1)));
    assert_eq!(plan.finished(flight, Ended::Well, Sight::Shown(Traits(1)), secs(3)), Landing::Unwanted);
    assert!(plan.surveys.is_idle());
}

/// What may happen to a plan, besides time.
#[derive(Clone, Debug)]
enum Deed {
    Add(u32, Vec<u32>),
    Ask(u32),
    Pass(u64),
    Pause,
    Remove(u32),
    Rename(u32, Vec<u32>),
    Resume,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let addresses = || prop::collection::vec(0..16_u32, 1..4);
    let deed = prop_oneof![
        4 => (0..10_u32, addresses()).prop_map(|(id, addresses)| Deed::Add(id, addresses)),
        3 => (0..10_u32).prop_map(Deed::Ask),
        8 => (1..400_000_u64).prop_map(Deed::Pass),
        1 => Just(Deed::Pause),
        2 => (0..10_u32).prop_map(Deed::Remove),
        2 => (0..10_u32, addresses()).prop_map(|(id, addresses)| Deed::Rename(id, addresses)),
        2 => Just(Deed::Resume),
    ];
    prop::collection::vec(deed, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Places, queues and timers hold whatever happens (`World::check`, `Surveys::check`), nobody is surveyed out of
    /// turn, and in the end everyone who answers is surveyed.
    #[test]
    fn surveys_hold_whatever_happens(
        surveys in 1..5_usize,
        gate in prop::option::of(0.2..10.0_f64),
        per_address in 1..3_usize,
        deeds in deeds(),
    ) {
        let limits = Limits { surveys, surveys_per_second: gate, per_address, ..steady(8) };
        let mut world = World::new(limits, |key| {
            let number = u64::from(key.target.0) * 31 + u64::from(key.address.port()) + u64::from(key.target.0 % 3);
            let ended = [Ended::Well, Ended::Well, Ended::Badly, Ended::Unknown][usize::try_from(number % 4).unwrap()];
            (Duration::from_millis(number * 97 % 900), ended)
        });
        world.shows = Box::new(|key, now| Traits(now.as_secs() / (600 + u64::from(key.target.0) * 400)));
        world.surveyed = Box::new(|key| (secs(u64::from(key.target.0)), key.target.0 == 3));
        for deed in deeds {
            match deed {
                Deed::Add(id, addresses) => {
                    if world.plan.target(TargetId(id)).is_none() {
                        world.add(full(id), addresses);
                    }
                }
                Deed::Ask(id) => world.plan.survey_now(&[TargetId(id)], world.now),
                Deed::Pass(millis) => world.run_until(world.now + Duration::from_millis(millis)),
                Deed::Pause => world.plan.pause(),
                Deed::Remove(id) => { world.plan.remove_target(TargetId(id)); }
                Deed::Rename(id, addresses) => {
                    world.addresses.insert(TargetId(id), addresses.into_iter().map(address).collect());
                }
                Deed::Resume => world.plan.resume(world.now),
            }
        }
        for (index, (at, key, reason)) in world.surveys.iter().enumerate() {
            let before = world.surveys[..index].iter().rev().find(|(_, other, _)| other == key);
            if let Some((before, ..)) = before.filter(|_| *reason != SurveyReason::Asked) {
                prop_assert!(at.saturating_sub(*before) >= secs(300), "{key:?} for {reason:?}, too soon");
            }
        }
        world.plan.resume(world.now);
        world.surveys.clear();
        world.run_until(world.now + secs(2 * HOUR + 600));
        for watched in world.plan.targets.values() {
            for address in &watched.addresses {
                let key = AddressKey { target: watched.target.id, address: *address };
                let answers = (world.manner)(key).1 != Ended::Unknown;
                let surveyed = world.surveys.iter().any(|(_, surveyed, _)| *surveyed == key);
                prop_assert_eq!(surveyed, answers, "{:?}", key);
            }
        }
        let all: Vec<_> = world.plan.targets.keys().copied().collect();
        for id in all {
            world.plan.remove_target(id);
        }
        world.run_until(world.now + secs(60));
        prop_assert!(world.plan.surveys.is_idle());
    }
}
