//! Who is due: a queue of times, fair turns and limits. Pure; time is what it is told.
//!
//! A job waits among the timers until it is due, then for its address (one
//! connection at a time), then for its target's turn, then for a slot and the
//! rate. Each step costs O(log n) in the number of jobs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::admission::Admission;
use super::lanes::Lanes;
use super::limits::Limits;
use super::slot::{Pace, Slot, State};
use super::step::{Changes, Ended, Flight, Step};
use super::wait;
use crate::model::{AddressKey, Host, Resolution, Target, TargetId};

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
    waiting: usize,
    paused: bool,
}

#[derive(Debug)]
struct Watched {
    target: Arc<Target>,
    addresses: Vec<SocketAddr>,
    lookup: Slot,
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
        self.targets.insert(id, Watched { target, addresses: Vec::new(), lookup: Slot::new(now) });
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

    /// What to do now. To be asked again after every [`Step::Probe`] and [`Step::Resolve`].
    pub fn next(&mut self, now: Duration) -> Step {
        if self.paused {
            return Step::Idle;
        }
        self.promote(now, Self::LATE);
        if let Some(id) = self.next_lookup() {
            return Step::Resolve(id);
        }
        if let Some((key, doubtful)) = self.admission.admit(now, self.targets.len() == 1) {
            let looked_up = self.take_off(key);
            return Step::Probe(Flight { key, looked_up, started: now, doubtful });
        }
        let timer = self.timers.first().map(|(due, _)| *due);
        let opens_at = self.admission.opens_at(now).filter(|_| self.waiting > 0);
        timer.into_iter().chain(opens_at).min().map_or(Step::Idle, Step::Wait)
    }

    /// A probe ended. False when its address is no longer watched: nobody wants to know.
    #[expect(clippy::needless_pass_by_value, reason = "a flight is given back once")]
    pub fn finished(&mut self, flight: Flight, ended: Ended, now: Duration) -> bool {
        let key = flight.key;
        self.admission.ended(key.target, flight.doubtful);
        self.leave_lane(key.address);
        let Some(watched) = self.targets.get(&key.target) else { return false };
        let interval = watched.target.interval.max(wait::SHORTEST);
        // Gone and come back meanwhile: its first probe is still to come.
        let Some(slot) = self.slots.get_mut(&key).filter(|slot| slot.state == State::Running) else { return false };
        let pace = Pace { interval, jitter: self.limits.jitter, unit: wait::unit(&key, slot.rounds) };
        let due = slot.ended(ended, flight.started, now, pace);
        slot.state = State::Waiting(due);
        self.timers.insert((due, Job::Probe(key)));
        true
    }

    /// A look-up ended. `None` when its target is no longer watched.
    ///
    /// Addresses go only when an answer lacks them: a failing resolver keeps the last good set.
    pub fn resolved(&mut self, resolution: &Resolution, now: Duration) -> Option<Changes> {
        self.looking_up -= 1;
        let id = resolution.target;
        let answered = resolution.failure.is_none() && !resolution.addresses.is_empty();
        let watched = self.targets.get_mut(&id)?;
        let lookup = &mut watched.lookup;
        lookup.failures = if answered { 0 } else { lookup.failures.saturating_add(1) };
        lookup.rounds = lookup.rounds.wrapping_add(1);
        let interval = watched.target.interval.max(wait::SHORTEST);
        lookup.state = if answered && is_fixed(&watched.target) {
            State::Resting
        } else {
            let wait =
                if answered { wait::kept(resolution.ttl) } else { wait::after_failures(lookup.failures, interval) };
            // Later only: before its time is up an answer would come from the same cache.
            let unit = 0.5 + 0.5 * wait::unit(&id, lookup.rounds);
            State::Waiting(now + wait::jittered(wait, self.limits.jitter, unit))
        };
        if let State::Waiting(due) = lookup.state {
            self.timers.insert((due, Job::Resolve(id)));
        }
        Some(if answered { self.replace_addresses(id, resolution, now) } else { Changes::default() })
    }

    fn replace_addresses(&mut self, id: TargetId, resolution: &Resolution, now: Duration) -> Changes {
        let Some(watched) = self.targets.get_mut(&id) else { return Changes::default() };
        let mut fresh = addresses(&watched.target, resolution);
        let mut wanted: HashSet<SocketAddr> = HashSet::new();
        fresh.retain(|address| wanted.insert(*address));
        let known: HashSet<SocketAddr> = watched.addresses.iter().copied().collect();
        let changes = Changes {
            added: fresh.iter().copied().filter(|address| !known.contains(address)).collect(),
            removed: watched.addresses.iter().copied().filter(|address| !wanted.contains(address)).collect(),
        };
        watched.addresses.clone_from(&fresh);
        for address in &changes.removed {
            self.forget(AddressKey { target: id, address: *address });
        }
        for address in &changes.added {
            let key = AddressKey { target: id, address: *address };
            self.slots.insert(key, Slot::new(now));
            self.timers.insert((now, Job::Probe(key)));
        }
        let looked_up = Some(resolution.took).filter(|took| !took.is_zero());
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
        Some((self.targets.get(&target)?.target.interval.max(wait::SHORTEST), rounds))
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
            match self.slot(job).map(|slot| slot.state) {
                Some(State::Waiting(due)) => {
                    self.timers.remove(&(due, job));
                    self.line_up(job);
                }
                Some(State::Resting) => self.line_up(job),
                Some(State::Queued | State::Ready | State::Running) | None => {}
            }
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

/// Whether a target's addresses are given, so that no answer can change them.
fn is_fixed(target: &Target) -> bool {
    !target.pinned.is_empty() || matches!(target.destination(), (Host::Ip(_), _))
}

/// The addresses an answer leads to; pinned ones bring their own ports.
fn addresses(target: &Target, resolution: &Resolution) -> Vec<SocketAddr> {
    if !target.pinned.is_empty() {
        return target.pinned.clone();
    }
    let (_, port) = target.destination();
    resolution.addresses.iter().map(|address| SocketAddr::new(address.ip, port)).collect()
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
