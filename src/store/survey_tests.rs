//! What rests on surveys is opened, confirmed and closed by surveys, whatever comes in which order.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::fixture::{Fleet, START};
use super::{Limits, Snapshot, State};
use crate::diagnosis::Policy;
use crate::model::{
    AddressKey, Event, Failure, FailureKind, NamedGroup, Negotiation, Observation, Outcome, Phase, Survey,
    SurveyReason, Time, Unasked, Untrusted,
};

/// X25519MLKEM768, and X25519.
const HYBRID: NamedGroup = NamedGroup(0x11EC);
const CLASSICAL: NamedGroup = NamedGroup(0x001D);

/// A healthy target of one address.
struct Watched {
    beginning: Vec<Event>,
    probe: Observation,
}

impl Watched {
    fn new() -> Self {
        let events = Fleet::new(40, 1).start();
        let target = events.iter().find_map(|event| match event {
            Event::AddressesChanged { target, added, .. } if added.len() == 1 => Some(*target),
            _ => None,
        });
        let target = target.expect("a target of one address");
        let (mut beginning, mut probe) = (Vec::new(), None);
        for event in events {
            match &event {
                Event::TargetAdded { target: added, .. } if added.id == target => beginning.push(event),
                Event::AddressesChanged { target: changed, .. } if *changed == target => beginning.push(event),
                Event::Observed(seen) if seen.key.target == target => probe = Some(Observation::clone(seen)),
                _ => {}
            }
        }
        Self { beginning, probe: probe.filter(Observation::is_handshake).expect("a healthy probe") }
    }

    fn state(&self) -> State {
        let mut state = State::new(Policy::default(), Limits::default());
        self.beginning.iter().cloned().chain([self.good(0)]).for_each(|event| state.apply(event));
        state
    }

    fn good(&self, minute: u64) -> Event {
        Event::Observed(Arc::new(Observation { at: minutes(minute), ..self.probe.clone() }))
    }

    fn refused(&self, minute: u64) -> Event {
        let detail = Untrusted::new("Connection refused");
        let failure = Failure { phase: Phase::Tcp, kind: FailureKind::Refused, detail, received: 0, sent: 0 };
        let (outcome, handshake) = (Outcome::Failed(failure.into()), None);
        Event::Observed(Arc::new(Observation { at: minutes(minute), outcome, handshake, ..self.probe.clone() }))
    }

    fn survey(&self, minute: u64, groups: &[NamedGroup], is_whole: bool) -> Event {
        Event::Surveyed(Arc::new(survey(self.probe.key, minute, groups, is_whole)))
    }
}

fn minutes(minute: u64) -> Time {
    START + Duration::from_mins(minute)
}

fn survey(key: AddressKey, minute: u64, groups: &[NamedGroup], is_whole: bool) -> Survey {
    let mut survey = Survey::new(key, minutes(minute), SurveyReason::Rotation);
    if !groups.is_empty() {
        survey.negotiation = Some(Negotiation { groups: groups.to_vec(), ..Negotiation::default() });
    }
    if !is_whole {
        let reason = Untrusted::new("connection budget used up");
        survey.unasked = vec![Unasked { question: "negotiation".into(), reason }];
    }
    survey
}

fn open(state: &mut State, minute: u64) -> Vec<&'static str> {
    state.snapshot(minutes(minute)).incidents.iter().map(|incident| incident.key.code.0).collect()
}

#[test]
fn a_survey_opens_and_only_a_whole_one_closes() {
    let watched = Watched::new();
    let mut state = watched.state();
    state.apply(watched.survey(1, &[HYBRID], true));
    assert_eq!(open(&mut state, 1), ["hs.pq_only"], "it was asked more than once");
    for minute in 2..8 {
        state.apply(watched.good(minute));
        assert_eq!(open(&mut state, minute), ["hs.pq_only"], "a probe does not see it");
    }
    state.apply(watched.survey(8, &[], false));
    assert_eq!(open(&mut state, 8), ["hs.pq_only"], "not asked");
    state.apply(watched.survey(9, &[CLASSICAL], false));
    assert_eq!(open(&mut state, 9), ["hs.pq_only"], "not asked to the end");
    let mut cut = survey(watched.probe.key, 10, &[CLASSICAL], true);
    cut.throttled = Some(Untrusted::new("turned away"));
    state.apply(Event::Surveyed(Arc::new(cut)));
    assert_eq!(open(&mut state, 10), ["hs.pq_only"], "cut short");
    state.apply(watched.survey(5, &[HYBRID, CLASSICAL], true));
    assert_eq!(open(&mut state, 10), [""; 0], "asked later than the one that found it, if told only now");
    state.apply(watched.survey(11, &[HYBRID], true));
    assert_eq!(open(&mut state, 11), ["hs.pq_only"]);
    state.apply(watched.survey(12, &[HYBRID, CLASSICAL], true));
    assert_eq!(open(&mut state, 12), [""; 0]);
}

#[test]
fn what_is_down_is_only_down() {
    let watched = Watched::new();
    let mut state = watched.state();
    state.apply(watched.survey(1, &[HYBRID], true));
    for minute in 2..4 {
        state.apply(watched.refused(minute));
    }
    assert_eq!(open(&mut state, 3), ["tcp.refused"]);
    for minute in 4..7 {
        state.apply(watched.good(minute));
    }
    assert_eq!(open(&mut state, 7), ["hs.pq_only"], "what was found before still stands");
}

/// One step: a probe that succeeds or fails, or a survey with these groups, whole or not.
fn steps() -> impl Strategy<Value = Vec<(u8, bool, bool)>> {
    prop::collection::vec((0..5_u8, any::<bool>(), any::<bool>()), 1..24)
}

fn events(watched: &Watched, steps: &[(u8, bool, bool)]) -> Vec<Event> {
    let event = |(minute, (what, hybrid_only, is_whole)): (u64, &(u8, bool, bool))| match what {
        0 => watched.refused(minute),
        1 => watched.good(minute),
        2 => Event::Tick { at: minutes(minute) },
        3 if *hybrid_only => watched.survey(minute, &[HYBRID], *is_whole),
        3 => watched.survey(minute, &[HYBRID, CLASSICAL], *is_whole),
        _ => watched.survey(minute, &[], *is_whole),
    };
    (1..).zip(steps).map(event).collect()
}

fn told(snapshot: &Snapshot) -> String {
    let rows = (&snapshot.targets, &snapshot.addresses, &snapshot.certificates);
    format!("{rows:?}{:?}{:?}{:?}{:?}", snapshot.aggregates, snapshot.incidents, snapshot.errors, snapshot.log)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_recording_gives_the_same_picture_again(steps in steps()) {
        let watched = Watched::new();
        let (mut live, mut replayed) = (watched.state(), watched.state());
        for event in events(&watched, &steps) {
            let recorded = serde_json::to_string(&event).unwrap();
            live.apply(event);
            replayed.apply(serde_json::from_str(&recorded).unwrap());
            prop_assert_eq!(told(&live.snapshot(minutes(30))), told(&replayed.snapshot(minutes(30))));
        }
    }

    #[test]
    fn surveys_tell_the_same_in_any_order(steps in steps(), turn in 0..24_usize) {
        let watched = Watched::new();
        let mut surveys = events(&watched, &steps);
        surveys.retain(|event| matches!(event, Event::Surveyed(_)));
        let run = |surveys: &[Event]| {
            let mut state = watched.state();
            surveys.iter().cloned().for_each(|event| state.apply(event));
            state.apply(watched.good(25));
            let snapshot = state.snapshot(minutes(30));
            let row = snapshot.address(watched.probe.key).unwrap();
            (row.survey.clone(), row.finding.as_ref().map(|finding| finding.code), row.status)
        };
        let in_order = run(&surveys);
        let turn = turn.min(surveys.len());
        surveys.rotate_left(turn);
        prop_assert_eq!(&run(&surveys), &in_order);
        surveys.reverse();
        prop_assert_eq!(&run(&surveys), &in_order);
    }
}
