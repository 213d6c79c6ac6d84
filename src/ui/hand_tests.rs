//! Incidents that somebody has in hand, or that were planned.

use std::sync::Arc;
use std::time::Duration;

use super::Effect;
use super::samples::{self, NOW};
use super::tests::{drive, screen, text};
use crate::model::{Acknowledgement, Incident, Severity, Silence, Standing, Untrusted};
use crate::store::Snapshot;

/// Of the troubled fleet, the first incidents stand otherwise.
fn standing(standings: &[Standing]) -> Arc<Snapshot> {
    let mut snapshot = (*samples::troubled()).clone();
    let mut incidents: Vec<Incident> = snapshot.incidents.iter().map(|incident| (**incident).clone()).collect();
    for (incident, standing) in incidents.iter_mut().zip(standings) {
        incident.life.standing = standing.clone();
    }
    incidents.sort_by_key(|incident| incident.life.standing.rank());
    snapshot.calling = incidents.iter().filter(|incident| incident.life.standing.is_open()).count();
    snapshot.incidents = incidents.into_iter().map(Arc::new).collect();
    Arc::new(snapshot)
}

fn in_hand() -> Standing {
    let until = NOW + Duration::from_hours(2);
    let note = Untrusted::new("reload under way");
    Standing::Acknowledged(Arc::new(Acknowledgement { at: NOW, until, note, severity: Severity::Page }))
}

fn planned() -> Standing {
    Standing::Silenced(Arc::new(Silence { label: None, from: None, until: None, reason: "a move".into() }))
}

#[test]
fn an_incident_is_taken_in_hand_with_a_note_and_an_end() {
    let mut model = screen((160, 48), "dark", Some(samples::troubled()));
    let worst = Arc::clone(&model.snapshot().incidents[0]);
    assert_eq!(drive(&mut model, "a"), []);
    let shown = text(&model);
    assert!(shown.contains("acknowledge: ") && shown.matches(&worst.summary).count() > 1, "{shown}");
    let until = NOW + Duration::from_hours(2);
    let expected = Effect::Acknowledge { incident: worst.key.clone(), until, note: "on it".to_owned() };
    assert_eq!(drive(&mut model, "2h space on space it enter"), [expected]);
    assert_eq!(drive(&mut model, "a esc"), []);
}

#[test]
fn what_somebody_has_in_hand_stands_below_and_is_given_back() {
    let mut model = screen((160, 48), "dark", Some(standing(&[in_hand()])));
    let snapshot = Arc::clone(model.snapshot());
    let (first, last) = (&snapshot.incidents[0], snapshot.incidents.last().unwrap());
    let shown = text(&model);
    let row = |text: &str| shown.lines().position(|line| line.contains(text)).unwrap();
    assert!(row(&first.summary) < row(" ack "), "{shown}");
    assert!(shown.lines().nth(row(" ack ")).unwrap().contains("reload under way until"), "{shown}");
    let (target, tab) = (last.targets[0], super::choices::Tab::default());
    model.endpoint = Some(super::model::EndpointView { target, address: None, tab, scroll: 0 });
    assert_eq!(drive(&mut model, "a"), [Effect::GiveBack(last.key.clone())]);
}

#[test]
fn where_nothing_calls_nothing_shouts() {
    let all = vec![planned(); samples::troubled().incidents.len()];
    let mut model = screen((80, 24), "dark", Some(standing(&all)));
    let shown = text(&model);
    assert!(shown.contains(" silent ") && !shown.contains("PAGE"), "{shown}");
    let small = text(&screen((59, 15), "dark", Some(standing(&all))));
    assert!(small.contains("nothing calls"), "{small}");
    assert_eq!(drive(&mut model, "a"), [], "what is planned is not taken in hand");
}
