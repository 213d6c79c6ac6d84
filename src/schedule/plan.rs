//! Who is due: a queue of times, fair turns and limits. Pure; time is what it is told.
//!
//! A job waits among the timers until it is due, then for its address (one
//! connection at a time), then for its target's turn, then for a slot and the
//! rate. Each step costs O(log n) in the number of jobs.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::admission::Admission;
use super::lanes::Lanes;
use super::limits::Limits;
use super::slot::{Pace, Slot, State};
use super::step::{Changes, Ended, Flight, Inspection, Landing, Step};
use super::surveys::Surveys;
use super::wait;
use super::watched::Watched;
use super::worth::Sight;
use crate::model::{AddressKey, Depth, Resolution, Target, TargetId};

/// Who is probed and looked up when.
#[derive(Debug)]
pub struct Plan {
    limits: Limits,
    targets: BTreeMap<TargetId, Watched>,
    slots: HashMap<AddressKey, Slot>,
    timers: BTreeSet<(Duration, Job)>,
    lanes: Lanes,
    lookups: VecDeque<TargetId>,
    looking_up: usize,
    admission: Admission,
    surveys: Surveys,
    waiting: usize,
    paused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Job {
    Resolve(TargetId),
    Probe(AddressKey),
}

impl Plan {
    /// A job found later than this was not held up by others: the machine slept or the
    /// caller was away. It is skipped and its next time spread, so nothing comes in a burst.
    const LATE: Duration = Duration::from_secs(1);
    /// More targets than this asked for at once take their turns like everyone.
    const PREFERRED: usize = 32;

    /// A plan without targets.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let limits = limits.checked();
        Self {
            limits,
            targets: BTreeMap::new(),
            slots: HashMap::new(),
            timers: BTreeSet::new(),
            lanes: Lanes::new(limits.per_address),
            lookups: VecDeque::new(),
            looking_up: 0,
            admission: Admission::new(limits),
            surveys: Surveys::new(limits),
            waiting: 0,
            paused: false,
        }
    }

    /// Watches a target: it is looked up at once, then its addresses are probed. False when it is watched already.
    pub fn add_target(&mut self, target: Arc<Target>, now: Duration) -> bool {
        let id = target.id;
        if self.targets.contains_key(&id) {
            return false;
        }
        self.targets.insert(id, Watched::new(target, now));
        self.timers.insert((now, Job::Resolve(id)));
        true
    }

    /// Forgets a target. What is under way for it still has to be given back. False when it was not watched.
    pub fn remove_target(&mut self, id: TargetId) -> bool {
        let Some(watched) = self.targets.remove(&id) else { return false };
        if let State::Waiting(due) = watched.lookup.state {
            self.timers.remove(&(due, Job::Resolve(id)));
        }
        for address in watched.addresses {
            self.forget(AddressKey { target: id, address });
        }
        true
    }

    /// A watched target.
    #[must_use]
    pub fn target(&self, id: TargetId) -> Option<&Arc<Target>> {
        self.targets.get(&id).map(|watched| &watched.target)
    }

    /// Probes under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.admission.in_flight()
    }

    /// Probes due that wait for their address, their turn, a slot or the rate.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Surveys under way.
    #[must_use]
    pub fn surveying(&self) -> usize {
        self.surveys.under_way()
    }

    /// A target's addresses, in resolver order.
    #[must_use]
    pub fn addresses(&self, id: TargetId) -> &[SocketAddr] {
        self.targets.get(&id).map_or(&[], |watched| &watched.addresses)
    }

    /// Whether nothing is started.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Starts nothing from now on.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Goes on. Times that passed meanwhile are skipped, not made up for.
    pub fn resume(&mut self, now: Duration) {
        if std::mem::take(&mut self.paused) {
            self.promote(now, Duration::ZERO);
        }
    }

    /// Makes targets (all when `ids` is empty) due at once, their look-up included.
    pub fn probe_now(&mut self, ids: &[TargetId]) {
        if ids.is_empty() {
            let all: Vec<_> = self.targets.keys().copied().collect();
            for id in all {
                self.make_due(id);
            }
            return;
        }
        for id in ids {
            self.make_due(*id);
        }
        if ids.len() <= Self::PREFERRED {
            for id in ids.iter().rev() {
                self.admission.prefer(*id);
            }
        }
    }

    /// Makes targets due at once, and has their addresses surveyed after the probe.
    pub fn survey_now(&mut self, ids: &[TargetId], now: Duration) {
        if ids.is_empty() {
            return;
        }
        self.probe_now(ids);
        for id in ids {
            let addresses = self.targets.get(id).map_or(&[][..], |watched| &watched.addresses);
            for address in addresses {
                self.surveys.ask(AddressKey { target: *id, address: *address }, now);
            }
        }
    }

    /// What to do now. To be asked again after every [`Step::Probe`] and [`Step::Resolve`].
    pub fn next(&mut self, now: Duration) -> Step {
        if self.paused {
            return Step::Idle;
        }
        self.promote(now, Self::LATE);
        while let Some(key) = self.surveys.admit(now) {
            self.bring_forward(Job::Probe(key));
        }
        if let Some(id) = self.next_lookup() {
            return Step::Resolve(id);
        }
        if let Some((key, doubtful)) = self.admission.admit(now, self.targets.len() == 1) {
            let looked_up = self.take_off(key);
            return Step::Probe(Flight { key, looked_up, started: now, doubtful });
        }
        let timer = self.timers.first().map(|(due, _)| *due);
        let opens_at = self.admission.opens_at(now).filter(|_| self.waiting > 0);
        timer.into_iter().chain(opens_at).chain(self.surveys.wakes_at(now)).min().map_or(Step::Idle, Step::Wait)
    }

    /// A probe ended and showed `sight`.
    #[expect(clippy::needless_pass_by_value, reason = "a flight is given back once")]
    pub fn finished(&mut self, flight: Flight, ended: Ended, sight: Sight, now: Duration) -> Landing {
        let key = flight.key;
        self.admission.ended(key.target, flight.doubtful);
        self.leave_lane(key.address);
        let Some(watched) = self.targets.get(&key.target) else { return Landing::Unwanted };
        // Gone and come back meanwhile: its first probe is still to come.
        let Some(slot) = self.slots.get_mut(&key).filter(|slot| slot.state == State::Running) else {
            return Landing::Unwanted;
        };
        let pace =
            Pace { interval: watched.interval(), jitter: self.limits.jitter, unit: wait::unit(&key, slot.rounds) };
        let due = slot.ended(ended, flight.started, now, pace);
        slot.state = State::Waiting(due);
        self.timers.insert((due, Job::Probe(key)));
        let survey = self.surveys.probed(key, sight, slot.failures, watched.target.survey, now);
        survey.map_or(Landing::Told, Landing::Surveyed)
    }

    /// A survey ended; `is_throttled` when the address had enough of us. False when it is no longer watched.
    #[expect(clippy::needless_pass_by_value, reason = "an inspection is given back once")]
    pub fn surveyed(&mut self, inspection: Inspection, is_throttled: bool, now: Duration) -> bool {
        let target = self.targets.get(&inspection.key.target);
        let interval = target.map_or(Duration::ZERO, |watched| watched.target.survey);
        self.surveys.ended(&inspection, is_throttled, interval, now)
    }

    /// A look-up ended. `None` when its target is no longer watched.
    ///
    /// Addresses go only when an answer lacks them: a failing resolver keeps the last good set.
    pub fn resolved(&mut self, resolution: &Resolution, now: Duration) -> Option<Changes> {
        self.looking_up -= 1;
        let id = resolution.target;
        let watched = self.targets.get_mut(&id)?;
        if let Some(due) = watched.looked_up(resolution, self.limits.jitter, now) {
            self.timers.insert((due, Job::Resolve(id)));
        }
        let fresh = watched.addresses_of(resolution);
        Some(fresh.map(|fresh| self.replace_addresses(id, fresh, resolution.took, now)).unwrap_or_default())
    }

    fn replace_addresses(&mut self, id: TargetId, fresh: Vec<SocketAddr>, took: Duration, now: Duration) -> Changes {
        let Some(watched) = self.targets.get_mut(&id) else { return Changes::default() };
        let changes = Changes::between(&watched.addresses, &fresh);
        watched.addresses.clone_from(&fresh);
        let is_surveyed = watched.target.depth == Depth::Full;
        for address in &changes.removed {
            self.forget(AddressKey { target: id, address: *address });
        }
        for address in &changes.added {
            let key = AddressKey { target: id, address: *address };
            self.slots.insert(key, Slot::new(now));
            self.timers.insert((now, Job::Probe(key)));
            if is_surveyed {
                self.surveys.watch(key, now);
            }
        }
        let looked_up = Some(took).filter(|took| !took.is_zero());
        for address in fresh {
            if let Some(slot) = self.slots.get_mut(&AddressKey { target: id, address }) {
                slot.looked_up = looked_up;
            }
        }
        changes
    }

    /// Ends an address's schedule; a probe of it under way keeps its lane until it ends.
    fn forget(&mut self, key: AddressKey) {
        let Some(slot) = self.slots.remove(&key) else { return };
        self.surveys.forget(key);
        self.waiting -= usize::from(slot.is_held_up());
        match slot.state {
            State::Ready => {
                self.admission.withdraw(key, slot.is_doubtful());
                self.leave_lane(key.address);
            }
            State::Waiting(due) => {
                self.timers.remove(&(due, Job::Probe(key)));
            }
            // Queued ones are passed over by their lane.
            State::Queued | State::Resting | State::Running => {}
        }
    }

    fn leave_lane(&mut self, address: SocketAddr) {
        let slots = &self.slots;
        let next = self.lanes.leave(address, |key| slots.get(&key).is_some_and(|slot| slot.state == State::Queued));
        if let Some(key) = next {
            self.take_turn(key);
        }
    }

    /// Moves what is due out of the timers; what is later than `late` is put off instead.
    fn promote(&mut self, now: Duration, late: Duration) {
        while let Some((due, job)) = self.timers.first().copied().filter(|(due, _)| *due <= now) {
            self.timers.pop_first();
            let Some((interval, rounds)) = self.history(job) else { continue };
            // What was never done is not a missed tick.
            if rounds > 0 && now.saturating_sub(due) > late {
                self.put_off(job, now + interval.mul_f64(wait::unit(&job, rounds)));
            } else {
                self.line_up(job);
            }
        }
    }

    fn history(&self, job: Job) -> Option<(Duration, u32)> {
        let (target, rounds) = match job {
            Job::Probe(key) => (key.target, self.slots.get(&key)?.rounds),
            Job::Resolve(id) => (id, self.targets.get(&id)?.lookup.rounds),
        };
        Some((self.targets.get(&target)?.interval(), rounds))
    }

    fn put_off(&mut self, job: Job, due: Duration) {
        if let Some(slot) = self.slot(job) {
            slot.state = State::Waiting(due);
            self.timers.insert((due, job));
        }
    }

    fn line_up(&mut self, job: Job) {
        let Some(slot) = self.slot(job) else { return };
        slot.state = State::Queued;
        match job {
            Job::Resolve(id) => self.lookups.push_back(id),
            Job::Probe(key) => {
                self.waiting += 1;
                if self.lanes.enter(key) {
                    self.take_turn(key);
                }
            }
        }
    }

    fn take_turn(&mut self, key: AddressKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.state = State::Ready;
        self.admission.join(key, slot.is_doubtful());
    }

    fn make_due(&mut self, id: TargetId) {
        let Some(watched) = self.targets.get(&id) else { return };
        let keys = watched.addresses.iter().map(|address| Job::Probe(AddressKey { target: id, address: *address }));
        let jobs: Vec<_> = std::iter::once(Job::Resolve(id)).chain(keys).collect();
        for job in jobs {
            self.bring_forward(job);
        }
    }

    fn bring_forward(&mut self, job: Job) {
        match self.slot(job).map(|slot| slot.state) {
            Some(State::Waiting(due)) => {
                self.timers.remove(&(due, job));
                self.line_up(job);
            }
            Some(State::Resting) => self.line_up(job),
            Some(State::Queued | State::Ready | State::Running) | None => {}
        }
    }

    fn next_lookup(&mut self) -> Option<TargetId> {
        while self.looking_up < self.limits.concurrency {
            let id = self.lookups.pop_front()?;
            if let Some(watched) = self.targets.get_mut(&id) {
                watched.lookup.state = State::Running;
                self.looking_up += 1;
                return Some(id);
            }
        }
        None
    }

    fn take_off(&mut self, key: AddressKey) -> Option<Duration> {
        self.waiting -= 1;
        let slot = self.slots.get_mut(&key)?;
        slot.state = State::Running;
        slot.looked_up.take()
    }

    fn slot(&mut self, job: Job) -> Option<&mut Slot> {
        match job {
            Job::Probe(key) => self.slots.get_mut(&key),
            Job::Resolve(id) => self.targets.get_mut(&id).map(|watched| &mut watched.lookup),
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "plan_survey_tests.rs"]
mod survey_tests;
