//! The fold: one event after the other, into what is known now.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::certificates::Certificates;
use super::counters::Counters;
use super::errors::Errors;
use super::groups::{Groups, Membership};
use super::held::Protocols;
use super::incidents::Incidents;
use super::limits::Limits;
use super::log::{About, Log};
use super::objectives::Objectives;
use super::rounds::Rounds;
use super::snapshot::{AddressRow, Drops, Snapshot, TargetRow};
use crate::diagnosis::{self, Observer, Policy, max_latency};
use crate::model::{
    AddressKey, Event, IncidentKey, IncidentName, SchedulerState, SourceState, Status, Survey, Target, TargetId, Time,
    Untrusted, human_duration,
};

/// Everything known. A pure fold over events: it reads no clock, and the same events give the same state.
///
/// Events about targets and addresses that are not (or no longer) watched are counted and ignored.
#[derive(Debug)]
pub struct State {
    pub(super) policy: Policy,
    pub(super) limits: Limits,
    /// The latest moment any event told of.
    pub(super) now: Time,
    pub(super) targets: Vec<Option<TargetState>>,
    pub(super) addresses: Vec<Option<AddressState>>,
    /// Slots of [`Self::addresses`] to be used again.
    pub(super) free: Vec<u32>,
    pub(super) certificates: Certificates,
    pub(super) protocols: Protocols,
    pub(super) counters: Counters,
    pub(super) incidents: Incidents,
    pub(super) objectives: Objectives,
    pub(super) groups: Groups,
    /// No target calls a TLS phase slow that takes no longer.
    pub(super) least_latency: Duration,
    pub(super) errors: Errors,
    pub(super) log: Log,
    /// Targets whose judgement time will change, and when.
    pub(super) reviews: BTreeSet<(Time, TargetId)>,
    /// What the fleet shows of our own side.
    pub(super) observer: Arc<Observer>,
    pub(super) rounds: Rounds,
    /// How the sources of targets stand.
    pub(super) sources: Arc<[SourceState]>,
    pub(super) scheduler: SchedulerState,
    pub(super) ignored: u64,
    /// What changed since the last snapshot.
    pub(super) dirty: Dirty,
    pub(super) published: Arc<Snapshot>,
    /// The snapshot before, and what changed since: its memory is used for the next.
    pub(super) spare: Option<(Arc<Snapshot>, Changed)>,
}

#[derive(Debug)]
pub(super) struct TargetState {
    /// Shared with the last snapshot until it changes.
    pub(super) row: Arc<TargetRow>,
    /// Where its handshakes are counted.
    pub(super) groups: Membership,
    pub(super) review_at: Option<Time>,
    /// The slot of the first of its addresses, of any other target's when it has none. A probe is told where it
    /// belongs without a look at the row, which is far away in memory.
    pub(super) first: u32,
    /// The row has findings; here for the same reason.
    pub(super) troubled: bool,
    /// An incident waits for the next look at it, even when that brings the same evidence.
    pub(super) awaited: bool,
    pub(super) dirty: bool,
}

#[derive(Debug)]
pub(super) struct AddressState {
    /// Shared with the last snapshot until it changes.
    pub(super) row: Arc<AddressRow>,
    /// Its place among the servers of its leaf.
    pub(super) place: u32,
    /// Surveys whose answers stand, newest first; the row has what they say together.
    pub(super) surveys: Box<[Arc<Survey>]>,
    pub(super) dirty: bool,
}

/// What changed since the last snapshot.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    pub(super) rows: Changed,
    /// Anything at all.
    pub(super) any: bool,
}

/// Rows that differ between two snapshots.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) targets: Vec<TargetId>,
    pub(super) addresses: Vec<u32>,
}

impl State {
    /// A state that knows nothing yet.
    #[must_use]
    pub fn new(policy: Policy, limits: Limits) -> Self {
        Self {
            objectives: Objectives::new(&policy.objectives),
            groups: Groups::new(limits),
            least_latency: Duration::MAX,
            policy,
            limits,
            now: Time::default(),
            targets: Vec::new(),
            addresses: Vec::new(),
            free: Vec::new(),
            certificates: Certificates::new(),
            protocols: Protocols::default(),
            counters: Counters::new(),
            incidents: Incidents::default(),
            errors: Errors::default(),
            log: Log::new(limits.log),
            reviews: BTreeSet::new(),
            observer: Arc::default(),
            rounds: Rounds::default(),
            sources: Arc::default(),
            scheduler: SchedulerState::default(),
            ignored: 0,
            dirty: Dirty::default(),
            published: Arc::default(),
            spare: None,
        }
    }

    /// Takes in what happened.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Acknowledged { incident, at, until, note } => self.acknowledged(&incident, at, Some(until), &note),
            Event::AddressesChanged { target, at, added, removed } => {
                self.addresses_changed(target, at, &added, &removed);
            }
            Event::Observed(observation) => self.observed(observation),
            Event::ProbeStarted { key, at } => self.probe_started(key, at),
            Event::FileRead { target, file } => self.file_read(target, file),
            Event::Resolved(resolution) => self.resolved(&resolution),
            Event::Scheduler(scheduler) => self.scheduled(scheduler),
            Event::SourcesRead { at, sources } => self.sources_read(at, &sources),
            Event::Surveyed(survey) => self.surveyed(&survey),
            Event::SurveyStarted { key, at, .. } => self.survey_started(key, at),
            Event::TargetAdded { target, at } => self.add_target(target, at),
            Event::TargetRemoved { target, at } => self.remove_target(target, at),
            Event::Tick { at } => self.tick(at),
            Event::Unacknowledged { incident, at } => self.acknowledged(&incident, at, None, ""),
        }
    }

    /// Whether the next snapshot would differ from the last.
    #[must_use]
    pub const fn is_dirty(&self) -> bool {
        self.dirty.any
    }

    fn scheduled(&mut self, scheduler: SchedulerState) {
        if scheduler == self.scheduler {
            return;
        }
        if scheduler.paused != self.scheduler.paused {
            let text = if scheduler.paused { "probing paused" } else { "probing resumed" };
            self.log.push(self.now, About::change(None, None), text.to_owned());
        }
        self.scheduler = scheduler;
        self.dirty.any = true;
    }

    fn tick(&mut self, at: Time) {
        if is_set_back(at, self.now) {
            let back = human_duration(self.now.since(at));
            self.log.push(
                at,
                About::change(None, None),
                format!("the clock was set back by {back}: windows begin anew"),
            );
            self.counters.restart();
            self.incidents.restart();
            self.objectives.restart();
            self.groups.restart();
            self.now = at;
            self.dirty.any = true;
        }
        self.now = self.now.max(at);
        self.dirty.any |= self.counters.advance(self.now, &self.certificates);
        self.dirty.any |= self.groups.advance(self.now);
        self.errors.expire(self.now, self.limits.error_age);
        self.incidents.advance(self.now, &self.policy);
        self.follow_objectives();
        self.observe_ourselves(self.now);
        for _ in 0..self.limits.reviews_per_tick {
            let Some((due, target)) = self.reviews.first().copied().filter(|(due, _)| *due <= self.now) else { break };
            self.reviews.remove(&(due, target));
            self.review(target);
        }
        self.dirty.any |= self.errors.is_dirty() || self.incidents.is_dirty();
    }

    fn add_target(&mut self, target: Arc<Target>, at: Time) {
        self.now = self.now.max(at);
        let id = target.id;
        let slot = id.0 as usize;
        if slot >= self.limits.targets {
            self.ignore();
            return;
        }
        if self.targets.len() <= slot {
            self.targets.resize_with(slot + 1, || None);
        }
        if self.targets[slot].is_some() {
            self.remove_target(id, at);
        }
        let row = TargetRow {
            target,
            resolution: None,
            file: None,
            addresses: [].into(),
            findings: [].into(),
            status: Status::Unknown,
        };
        self.least_latency = self.least_latency.min(max_latency(&row.target, &self.policy));
        self.targets[slot] = Some(TargetState {
            groups: self.groups.join(id, &row.target.labels),
            row: Arc::new(row),
            review_at: None,
            first: 0,
            troubled: false,
            awaited: false,
            dirty: false,
        });
        self.counters.target_status(None, Some(Status::Unknown));
        self.touch_target(id);
    }

    fn remove_target(&mut self, id: TargetId, at: Time) {
        self.now = self.now.max(at);
        let Some(row) = self.target(id).map(|state| Arc::clone(&state.row)) else {
            self.ignore();
            return;
        };
        let gone: Vec<SocketAddr> = row.addresses.iter().map(|(key, _)| key.address).collect();
        self.remove_addresses(id, &gone);
        self.certificates.rejudge(&row.findings, &[]);
        self.incidents.forget(id, self.now);
        self.errors.forget_target(id);
        self.counters.target_status(Some(row.status), None);
        self.log.push(at, About::change(Some(id), None), format!("{} is no longer watched", row.target.name));
        if let Some(due) = self.target(id).and_then(|state| state.review_at) {
            self.reviews.remove(&(due, id));
        }
        self.touch_target(id);
        if let Some(gone) = self.targets[id.0 as usize].take() {
            self.groups.leave(&gone.groups);
        }
    }

    /// Alarms of objectives are raised, told anew, and over.
    fn follow_objectives(&mut self) {
        for (key, found) in self.objectives.advance(self.now) {
            let is_known = self.incidents.is_open(&key);
            let told = match &found {
                Some((finding, _)) if !is_known => Some((finding.status, finding.summary.clone())),
                None => Some((Status::Ok, format!("{} is over", key.code))),
                Some(_) => None,
            };
            if let Some((status, text)) = told {
                self.log.push(self.now, About { status, code: Some(key.code), target: None, key: None }, text);
            }
            self.incidents.alert(&key, found, self.now);
        }
    }

    /// Somebody takes an incident in hand until then, or gives it back.
    fn acknowledged(&mut self, name: &IncidentName, at: Time, until: Option<Time>, note: &str) {
        self.now = self.now.max(at);
        let IncidentName { code, certificate, shared, target } = name;
        let key = diagnosis::code(code).map(|code| IncidentKey {
            code,
            certificate: *certificate,
            shared: shared.clone(),
            target: *target,
        });
        let Some(key) = key.filter(|key| self.incidents.acknowledge(key, at, until, note)) else {
            self.ignore();
            return;
        };
        let text = match until {
            Some(until) if note.is_empty() => format!("{} acknowledged until {}", key.code, until.clock()),
            Some(until) => format!("{} acknowledged until {}: {}", key.code, until.clock(), Untrusted::new(note)),
            None => format!("{} no longer acknowledged", key.code),
        };
        self.log.push(at, About::change(key.target, None), text);
        self.dirty.any = true;
    }

    /// The state of a target that is watched.
    pub(super) fn target(&self, id: TargetId) -> Option<&TargetState> {
        self.targets.get(id.0 as usize)?.as_ref()
    }

    pub(super) fn target_mut(&mut self, id: TargetId) -> Option<&mut TargetState> {
        self.targets.get_mut(id.0 as usize)?.as_mut()
    }

    /// The slot of an address that is watched.
    pub(super) fn slot(&self, key: AddressKey) -> Option<u32> {
        let state = self.target(key.target)?;
        if self.address(state.first).is_some_and(|first| first.row.key == key) {
            return Some(state.first);
        }
        state.row.addresses.iter().find(|(other, _)| other.address == key.address).map(|(_, slot)| *slot)
    }

    pub(super) fn address(&self, slot: u32) -> Option<&AddressState> {
        self.addresses.get(slot as usize)?.as_ref()
    }

    /// An event is about something that is not watched.
    pub(super) const fn ignore(&mut self) {
        self.ignored += 1;
        self.dirty.any = true;
    }

    /// Marks a target's row as changed.
    pub(super) fn touch_target(&mut self, id: TargetId) {
        self.dirty.any = true;
        if let Some(Some(state)) = self.targets.get_mut(id.0 as usize)
            && !state.dirty
        {
            state.dirty = true;
            self.dirty.rows.targets.push(id);
        }
    }

    /// Marks an address's row as changed.
    pub(super) fn touch_address(&mut self, slot: u32) {
        self.dirty.any = true;
        if let Some(Some(state)) = self.addresses.get_mut(slot as usize)
            && !state.dirty
        {
            state.dirty = true;
            self.dirty.rows.addresses.push(slot);
        }
    }

    /// Events that were not used, and others that never came.
    pub(super) const fn drops(&self) -> Drops {
        Drops { events: self.scheduler.dropped, ignored: self.ignored, log: self.log.dropped }
    }
}

/// Whether news of `at` are older than what was known at `known`, by less than a clock is set back:
/// within a minute they come late, beyond it time itself has changed and they are the newest there are.
pub(super) fn is_late(at: Time, known: Time) -> bool {
    at < known && !is_set_back(at, known)
}

/// Whether the clock stood at `known` and was set back to `at`.
fn is_set_back(at: Time, known: Time) -> bool {
    known.since(at) > Duration::from_mins(1)
}
