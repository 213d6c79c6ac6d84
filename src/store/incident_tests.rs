use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::fixture::{Fleet, START};
use super::{Limits, Snapshot, State};
use crate::diagnosis::{Objective, Policy, Spent, burn_key};
use crate::model::{
    Event, Failure, FailureKind, Incident, IncidentName, Observation, Outcome, Phase, Severity, Silence, Standing,
    Step, Time, Untrusted,
};

/// Targets of one address each, probed every half minute.
struct Watch {
    state: State,
    probes: Vec<Arc<Observation>>,
    /// Everything that happened, to be replayed.
    events: Vec<Event>,
    now: Time,
}

impl Watch {
    fn new(policy: Policy) -> Self {
        let (mut state, mut events, mut probes) = (State::new(policy, Limits::default()), Vec::new(), Vec::new());
        for event in Fleet::new(40, 1).start() {
            match event {
                Event::Observed(probe) => probes.push(probe),
                Event::TargetAdded { .. } | Event::AddressesChanged { .. } | Event::Resolved(_) => {
                    state.apply(event.clone());
                    events.push(event);
                }
                _ => {}
            }
        }
        let alone =
            |probe: &&Arc<Observation>| probes.iter().filter(|other| other.key.target == probe.key.target).count() == 1;
        let probes = probes.iter().filter(alone).cloned().collect();
        Self { state, probes, events, now: START }
    }

    fn apply(&mut self, event: Event) {
        self.events.push(event.clone());
        self.state.apply(event);
    }

    /// Half a minute later, the target answers or refuses.
    fn look(&mut self, place: usize, good: bool) {
        self.later(Duration::from_secs(30));
        let mut probe = Observation::clone(&self.probes[place]);
        probe.at = self.now;
        if !good {
            let failure = Failure {
                phase: Phase::Tcp,
                kind: FailureKind::Refused,
                detail: Untrusted::new("refused"),
                received: 0,
                sent: 0,
            };
            (probe.outcome, probe.handshake) = (Outcome::Failed(Box::new(failure)), None);
        }
        self.apply(Event::Observed(Arc::new(probe)));
    }

    fn looks(&mut self, place: usize, goods: &[bool]) {
        for good in goods {
            self.look(place, *good);
        }
    }

    fn later(&mut self, time: Duration) {
        self.now = self.now + time;
        self.apply(Event::Tick { at: self.now });
    }

    fn snapshot(&mut self) -> Arc<Snapshot> {
        self.state.snapshot(self.now)
    }

    fn first(&mut self) -> Arc<Incident> {
        Arc::clone(self.snapshot().incidents.first().expect("an incident"))
    }

    fn acknowledge(&mut self, incident: &Incident, hours: u64) {
        let (incident, at) = (IncidentName::from(&incident.key), self.now);
        let until = at + Duration::from_hours(hours);
        self.apply(Event::Acknowledged { incident, at, until, note: "on it".into() });
    }
}

const BAD: [bool; 2] = [false; 2];
const GOOD: [bool; 3] = [true; 3];

fn steps(incident: &Incident) -> Vec<Step> {
    incident.life.timeline.iter().map(|milestone| milestone.step.clone()).collect()
}

#[test]
fn a_noisy_hour_tells_three_times() {
    let mut watch = Watch::new(Policy::default());
    for _ in 0..24 {
        watch.looks(0, &BAD);
        watch.looks(0, &GOOD);
    }
    let incident = watch.first();
    let news: Vec<_> = steps(&incident).into_iter().filter(Step::is_news).collect();
    assert_eq!(news, [Step::Confirmed(Severity::Page), Step::Resolved, Step::Reopened(Severity::Page)]);
    assert_eq!((incident.life.reopened, watch.snapshot().resolved.len()), (1, 0));
    watch.looks(0, &GOOD);
    let left: Vec<_> = watch.snapshot().incidents.iter().map(|left| (left.key.code.0, left.severity)).collect();
    assert_eq!(left, [("fleet.flapping", Severity::Ticket)], "six good looks close what came back once");
    let over = Arc::clone(&watch.snapshot().resolved[0]);
    assert_eq!(
        (over.key.clone(), over.since, over.life.resolved),
        (incident.key.clone(), incident.since, Some(watch.now))
    );
}

#[test]
fn what_comes_back_within_the_hour_is_the_same_incident() {
    for (minutes, reopened) in [(50, 1), (70, 0)] {
        let mut watch = Watch::new(Policy::default());
        watch.looks(0, &BAD);
        let first = watch.first();
        watch.looks(0, &GOOD);
        watch.later(Duration::from_mins(minutes));
        watch.looks(0, &BAD);
        let again = watch.first();
        assert_eq!((again.life.reopened, again.since == first.since), (reopened, reopened == 1), "{minutes} minutes");
        assert_eq!(again.life.timeline[0].step, Step::Opened);
    }
}

#[test]
fn what_somebody_has_in_hand_calls_again_when_the_time_is_over() {
    let mut watch = Watch::new(Policy::default());
    watch.looks(0, &BAD);
    watch.looks(1, &BAD);
    let first = watch.first();
    watch.acknowledge(&first, 2);
    let snapshot = watch.snapshot();
    assert_eq!((snapshot.calling, snapshot.incident_count), (1, 2));
    let last = &snapshot.incidents[1];
    assert_eq!(last.key, first.key, "it stands below what calls");
    let Standing::Acknowledged(acknowledged) = &last.life.standing else { panic!("{:?}", last.life) };
    assert_eq!((acknowledged.note.as_str(), acknowledged.severity), ("on it", Severity::Page));
    assert!(snapshot.log[0].text.contains("acknowledged until"), "{}", snapshot.log[0].text);

    watch.later(Duration::from_mins(119));
    assert_eq!(watch.snapshot().calling, 1);
    watch.later(Duration::from_mins(1));
    let snapshot = watch.snapshot();
    let back = snapshot.incidents.iter().find(|incident| incident.key == first.key).unwrap();
    assert_eq!((snapshot.calling, steps(back).last()), (2, Some(&Step::Lapsed)));

    watch.acknowledge(&first, 1);
    let (incident, at) = (IncidentName::from(&first.key), watch.now);
    watch.apply(Event::Unacknowledged { incident: incident.clone(), at });
    assert_eq!(watch.snapshot().calling, 2);
    let ignored = watch.snapshot().drops.ignored;
    watch.apply(Event::Unacknowledged { incident, at });
    watch.apply(Event::Acknowledged {
        incident: IncidentName { code: "no.such".into(), certificate: None, shared: None, target: None },
        at,
        until: at,
        note: "".into(),
    });
    assert_eq!(watch.snapshot().drops.ignored, ignored + 2);
}

#[test]
fn an_acknowledged_incident_that_comes_back_is_still_acknowledged() {
    let mut watch = Watch::new(Policy::default());
    watch.looks(0, &BAD);
    let first = watch.first();
    watch.acknowledge(&first, 8);
    watch.looks(0, &GOOD);
    watch.looks(0, &BAD);
    assert!(matches!(watch.first().life.standing, Standing::Acknowledged(_)));
}

#[test]
fn planned_maintenance_calls_nobody_and_ends() {
    let silence = Silence {
        label: None,
        from: Some(START + Duration::from_mins(2)),
        until: Some(START + Duration::from_mins(10)),
        reason: "a move".into(),
    };
    let mut watch = Watch::new(Policy { silences: vec![silence.into()], ..Policy::default() });
    watch.looks(0, &BAD);
    assert_eq!(watch.snapshot().calling, 1);
    watch.later(Duration::from_mins(1));
    assert!(matches!(watch.first().life.standing, Standing::Silenced(_)));
    watch.looks(1, &BAD);
    assert_eq!((watch.snapshot().calling, watch.snapshot().incident_count), (0, 2));
    watch.later(Duration::from_mins(7));
    assert_eq!(watch.snapshot().calling, 2);
    let told = steps(&watch.first());
    assert_eq!(told[2..], [Step::Silenced("a move".into()), Step::Unsilenced]);
}

#[test]
fn the_reach_of_an_incident_counts_services() {
    let mut watch = Watch::new(Policy::default());
    watch.looks(0, &BAD);
    let id = watch.probes[0].key.target;
    let service = watch.snapshot().target(id).unwrap().target.labels.get("service").cloned();
    assert!(service.is_some());
    assert_eq!(watch.first().services.names.first(), service.as_ref());
    assert_eq!(watch.first().services.count, 1);
}

#[test]
fn a_burning_objective_is_an_incident_that_ends() {
    let all = Objective { label: None, percent: 99.9 };
    let mut watch = Watch::new(Policy { objectives: vec![all.clone()], ..Policy::default() });
    watch.looks(0, &[true; 20]);
    assert_eq!(watch.snapshot().budgets[0].left, Some(1.0));
    watch.looks(0, &BAD);
    watch.later(Duration::from_secs(1));
    let burning = |watch: &mut Watch| {
        let snapshot = watch.snapshot();
        snapshot.incidents.iter().find(|incident| incident.key == burn_key(&all)).cloned()
    };
    assert_eq!(burning(&mut watch), None, "two failures are too few");
    watch.looks(0, &BAD);
    watch.later(Duration::from_secs(1));
    let incident = burning(&mut watch).expect("it burns");
    assert_eq!((incident.severity, incident.target_count), (Severity::Page, 0));
    assert!(incident.summary.contains("(3 of 23 handshakes failed in 1h: TCP 3)"), "{}", incident.summary);
    assert!(watch.snapshot().budgets[0].left.is_some_and(|left| left < 0.0));
    let told = |watch: &mut Watch| {
        watch.snapshot().log.iter().filter(|entry| entry.code.is_some_and(|code| code.0 == "slo.burn")).count()
    };
    assert_eq!(told(&mut watch), 1);
    watch.looks(0, &[true; 14]);
    watch.later(Duration::from_mins(36));
    let quieter = burning(&mut watch).map(|incident| incident.life.timeline.last().unwrap().step.clone());
    assert_eq!(quieter, Some(Step::Eased(Severity::Ticket)), "only the long windows remember");
    watch.later(Duration::from_hours(73));
    assert_eq!(burning(&mut watch), None);
    let over = watch.snapshot();
    assert!(over.resolved.iter().any(|incident| incident.key == burn_key(&all)));
    assert_eq!((over.budgets[0].left, over.budgets[0].spent), (None, Spent::default()));
}

#[test]
fn what_fails_through_us_spends_no_budget() {
    let all = Objective { label: None, percent: 99.9 };
    let mut watch = Watch::new(Policy { objectives: vec![all], ..Policy::default() });
    watch.looks(0, &GOOD);
    for _ in 0..5 {
        watch.later(Duration::from_secs(30));
        let mut probe = Observation::clone(&watch.probes[0]);
        let failure = Failure {
            phase: Phase::Tcp,
            kind: FailureKind::Local,
            detail: Untrusted::new("Too many open files (os error 24)"),
            received: 0,
            sent: 0,
        };
        (probe.at, probe.outcome, probe.handshake) = (watch.now, Outcome::Failed(Box::new(failure)), None);
        watch.apply(Event::Observed(Arc::new(probe)));
    }
    let budget = watch.snapshot().budgets[0].clone();
    assert_eq!((budget.left, budget.ours, budget.spent.0[4].attempts), (Some(1.0), 5, 3));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn replayed_events_give_the_same_incidents(steps in prop::collection::vec((0..3_usize, 0..6_u8), 1..120)) {
        let mut watch = Watch::new(Policy::default());
        for (place, what) in steps {
            match what {
                0..3 => watch.look(place, what == 0),
                3 => watch.later(Duration::from_mins(17)),
                4 => {
                    if let Some(incident) = watch.snapshot().incidents.first().cloned() {
                        watch.acknowledge(&incident, 1);
                    }
                }
                _ => drop(watch.snapshot()),
            }
        }
        let mut again = State::new(Policy::default(), Limits::default());
        for event in &watch.events {
            let recorded = serde_json::to_string(event).unwrap();
            again.apply(serde_json::from_str(&recorded).unwrap());
        }
        let (first, second) = (watch.snapshot(), again.snapshot(watch.now));
        prop_assert_eq!(&first.incidents, &second.incidents);
        prop_assert_eq!(&first.resolved, &second.resolved);
    }
}
