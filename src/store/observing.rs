//! What the fleet as a whole shows of our own side.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::log::About;
use super::rounds::Rounds;
use super::snapshot::TargetRow;
use super::state::State;
use crate::diagnosis::{CommonCause, Observer, Sighting, Witness};
use crate::model::{Status, TargetId, Time};

impl State {
    /// Looks at the fleet anew where that may tell more. What changed has all targets in trouble judged again.
    pub(super) fn observe_ourselves(&mut self, at: Time) {
        if !self.rounds.is_due(at, *self.observer != Observer::default()) {
            return;
        }
        self.rounds = Rounds::since(at);
        let observer = Observer::of(self.sightings(), at).knowing(self.common_causes());
        if observer == *self.observer {
            return;
        }
        let before = std::mem::replace(&mut self.observer, Arc::new(observer));
        self.dirty.any = true;
        let mut concerned = self.sharing_anew(&before);
        if !self.observer.says_the_same_as(&before) {
            self.log_facts(&before, at);
            let troubled = self.targets.iter().flatten().filter(|state| !state.row.findings.is_empty());
            concerned.extend(troubled.map(|state| state.row.target.id));
        }
        for id in concerned {
            self.review_later(id, Some(at));
        }
    }

    /// Targets whose certificate shares something with others, or does no more.
    fn sharing_anew(&self, before: &Observer) -> BTreeSet<TargetId> {
        if self.observer.shares_alike(before) {
            return BTreeSet::new();
        }
        let leaf = |sighting: &Sighting<'_>| sighting.last.and_then(|last| last.chain().first()).cloned();
        let changed = self
            .sightings()
            .filter(|sighting| leaf(sighting).is_some_and(|leaf| !self.observer.knows_alike(before, &leaf)));
        changed.map(|sighting| sighting.target.id).collect()
    }

    fn log_facts(&mut self, before: &Observer, at: Time) {
        let (before, after) = (before.troubles(), self.observer.troubles());
        let about = |status, code| About { status, code: Some(code), target: None, key: None };
        for fact in after.iter().filter(|fact| before.iter().all(|other| other.code != fact.code)) {
            self.log.push(at, about(Status::Unknown, fact.code), fact.sentence.clone());
        }
        for fact in before.iter().filter(|fact| after.iter().all(|other| other.code != fact.code)) {
            self.log.push(at, about(Status::Ok, fact.code), format!("{} is over", fact.code));
        }
    }

    fn common_causes(&self) -> Vec<CommonCause> {
        let rows = || self.targets.iter().flatten().map(|state| &*state.row);
        let troubled = rows().filter(|row| !row.findings.is_empty());
        CommonCause::find(troubled.map(|row| self.witness(row)), || rows().map(|row| self.witness(row)))
    }

    fn witness<'a>(&'a self, row: &'a TargetRow) -> Witness<'a> {
        Witness { target: &row.target, addresses: self.evidence(row), findings: &row.findings }
    }

    fn sightings(&self) -> impl Iterator<Item = Sighting<'_>> + Clone {
        self.targets.iter().flatten().flat_map(|state| {
            let (target, resolution) = (&*state.row.target, state.row.resolution.as_deref());
            let blank = Sighting { target, resolution, last: None, survey: None };
            let nowhere = state.row.addresses.is_empty().then_some(blank);
            let addresses =
                state.row.addresses.iter().filter_map(|(_, slot)| self.address(*slot)).map(move |address| {
                    let row = &address.row;
                    Sighting { last: row.last.as_deref(), survey: row.survey.as_deref(), ..blank }
                });
            nowhere.into_iter().chain(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::diagnosis::Policy;
    use crate::model::{DnsFailure, Event, Resolution, Untrusted};
    use crate::store::Limits;
    use crate::store::fixture::{Fleet, START};

    fn seconds(seconds: u64) -> Time {
        START + Duration::from_secs(seconds)
    }

    fn looked_up(of: &Resolution, at: Time, failure: Option<DnsFailure>) -> Event {
        let source = Untrusted::new("192.0.2.53:53");
        let addresses = if failure.is_some() { Vec::new() } else { of.addresses.clone() };
        Event::Resolved(Arc::new(Resolution { at, addresses, failure, source, ..of.clone() }))
    }

    #[test]
    fn a_name_server_that_is_down_is_one_incident_and_no_targets_fault() {
        let events = Fleet::new(12, 2).start();
        let names: Vec<Arc<Resolution>> = events
            .iter()
            .filter_map(|event| match event {
                Event::Resolved(resolution) => Some(Arc::clone(resolution)),
                _ => None,
            })
            .collect();
        let mut state = State::new(Policy::default(), Limits::default());
        for event in events {
            state.apply(event);
        }
        for round in [70, 80] {
            for name in &names {
                state.apply(looked_up(name, seconds(round), Some(DnsFailure::TimedOut)));
            }
            (0..10).for_each(|tick| state.apply(Event::Tick { at: seconds(round + tick) }));
        }
        let codes = |state: &mut State, at| {
            let snapshot = state.snapshot(at);
            let codes = snapshot.incidents.iter().map(|one| (one.key.code.0, one.target_count)).collect::<Vec<_>>();
            codes.into_iter().filter(|(code, _)| code.contains("dns")).collect::<Vec<_>>()
        };
        assert_eq!(codes(&mut state, seconds(90)), [("local.dns_down", names.len())]);
        let snapshot = state.snapshot(seconds(90));
        assert_eq!(snapshot.observer.troubles().len(), 1);
        let told = snapshot.log.iter().filter(|entry| entry.code.is_some_and(|code| code.0 == "local.dns_down"));
        assert_eq!(told.filter(|entry| entry.target.is_none()).count(), 1, "said once");

        state.apply(looked_up(&names[0], seconds(100), None));
        (0..10).for_each(|tick| state.apply(Event::Tick { at: seconds(100 + tick) }));
        for name in &names[1..] {
            state.apply(looked_up(name, seconds(112), Some(DnsFailure::TimedOut)));
        }
        assert!(state.snapshot(seconds(115)).observer.troubles().is_empty());
        let left = codes(&mut state, seconds(115));
        assert!(left.iter().any(|(code, _)| *code == "dns.timeout"), "one answer makes it the names' again: {left:?}");
    }
}
