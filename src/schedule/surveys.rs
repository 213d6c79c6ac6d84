//! Which addresses are surveyed when. Pure; time is what it is told.
//!
//! A survey is wanted for a [reason](SurveyReason), waits until it may be made,
//! then for its address (one survey at a time, whichever targets share it) and
//! for one of the few places. With a place it follows the next probe of its
//! address, which is made at once: what it asks about is fresh.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::limits::{Gate, Limits};
use super::step::Inspection;
use super::turns::Turns;
use super::wait;
use super::worth::{Memory, Sight};
use crate::model::{AddressKey, Survey, SurveyReason, TargetId};

/// No address is surveyed again sooner than this, unless asked for; twice as long after each further time that
/// a change or a failure was the reason, up to the usual time between surveys.
const REST: Duration = Duration::from_mins(5);
/// After so many urgent ones in a row one that nobody waits for has its turn.
const URGENT_IN_A_ROW: u8 = 3;
/// Addresses that went, remembered so that those which come back soon have their rest.
const REMEMBERED: usize = 4096;

/// Places, queues and times of surveys.
#[derive(Debug)]
pub(super) struct Surveys {
    limits: Limits,
    gate: Option<Gate>,
    slots: HashMap<AddressKey, Slot>,
    timers: BTreeSet<(Duration, AddressKey)>,
    urgent: Turns<SocketAddr, TargetId>,
    routine: Turns<SocketAddr, TargetId>,
    urgent_in_a_row: u8,
    /// Addresses with a survey admitted or under way.
    busy: HashSet<SocketAddr>,
    routine_busy: usize,
    under_way: usize,
    gone: HashMap<AddressKey, Duration>,
}

/// One address's surveys.
#[derive(Clone, Copy, Debug)]
struct Slot {
    stage: Stage,
    /// Of what is waited for or under way.
    reason: SurveyReason,
    memory: Memory,
    /// None before, unless asked for.
    rests_until: Duration,
    /// None before, whoever asks: the address had enough of us.
    barred_until: Duration,
    /// When its turn comes round; never before the first.
    rotates_at: Option<Duration>,
    /// Times in a row that a change or a failure was the reason.
    restless: u32,
    rounds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Has a place, and its address is being probed first.
    Admitted { routine: bool },
    /// Nothing is wanted.
    Idle,
    /// Waiting for its address and a place.
    Queued,
    /// Under way.
    Running,
    /// Wanted from a time on, with an entry among the timers.
    Waiting(Duration),
}

impl Surveys {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            gate: limits.surveys_per_second.map(Gate::new),
            slots: HashMap::new(),
            timers: BTreeSet::new(),
            urgent: Turns::default(),
            routine: Turns::default(),
            urgent_in_a_row: 0,
            busy: HashSet::new(),
            routine_busy: 0,
            under_way: 0,
            gone: HashMap::new(),
        }
    }

    /// Surveys under way.
    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    /// An address is watched from now on, with surveys.
    pub(super) fn watch(&mut self, key: AddressKey, now: Duration) {
        if self.limits.surveys == 0 {
            return;
        }
        let rests_until = self.gone.remove(&key).unwrap_or(now);
        self.gone.retain(|_, until| *until > now);
        let slot = Slot {
            stage: Stage::Idle,
            reason: SurveyReason::Rotation,
            memory: Memory::default(),
            rests_until,
            barred_until: now,
            rotates_at: None,
            restless: 0,
            rounds: 0,
        };
        self.slots.insert(key, slot);
    }

    /// An address is no longer watched. A survey of it under way keeps its place until it ends.
    pub(super) fn forget(&mut self, key: AddressKey) {
        let Some(slot) = self.slots.remove(&key) else { return };
        match slot.stage {
            Stage::Admitted { routine } => self.leave(key.address, routine),
            Stage::Queued => self.turns(slot.reason).remove(key.address, &key.target),
            Stage::Waiting(due) => {
                self.timers.remove(&(due, key));
            }
            Stage::Idle | Stage::Running => {}
        }
        if slot.rounds > 0 && self.gone.len() < REMEMBERED {
            self.gone.insert(key, slot.rests_until);
        }
    }

    /// The user asks for one.
    pub(super) fn ask(&mut self, key: AddressKey, now: Duration) {
        self.want(key, SurveyReason::Asked, now);
        self.urgent.prefer(key.address);
    }

    /// An address was probed: what is surveyed right now, this being the probe it begins with.
    pub(super) fn probed(
        &mut self,
        key: AddressKey,
        sight: Sight,
        failures: u32,
        interval: Duration,
        now: Duration,
    ) -> Option<Inspection> {
        let slot = self.slots.get_mut(&key)?;
        slot.memory.probed(sight);
        let wanted = slot.memory.wants(sight, failures);
        match slot.stage {
            Stage::Admitted { routine } => {
                let reason = still(slot.reason, sight, failures).max(wanted);
                if reason.is_none() {
                    slot.rotates_at = Some(now + interval);
                    self.leave(key.address, routine);
                    self.rest(key);
                }
                reason.map(|reason| self.begin(key, reason, sight, routine))
            }
            Stage::Idle | Stage::Queued | Stage::Waiting(_) => {
                if slot.reason == SurveyReason::Failure && matches!(sight, Sight::Shown(_)) {
                    self.withdraw(key);
                }
                let is_next = self.urgent.is_empty() && self.routine.is_empty();
                self.want(key, wanted?, now);
                let (_, routine) = if is_next { self.next(now)? } else { return None };
                self.begin_next(key, sight, routine)
            }
            Stage::Running => None,
        }
    }

    /// Which address is to be probed at once because its survey has a place.
    pub(super) fn admit(&mut self, now: Duration) -> Option<AddressKey> {
        while let Some((due, key)) = self.timers.first().copied().filter(|(due, _)| *due <= now) {
            self.timers.remove(&(due, key));
            self.line_up(key);
        }
        let (key, routine) = self.next(now)?;
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.stage = Stage::Admitted { routine };
        }
        Some(key)
    }

    /// When [`Self::admit`] may have something new to say, if time alone can bring it.
    pub(super) fn wakes_at(&self, now: Duration) -> Option<Duration> {
        let timer = self.timers.first().map(|(due, _)| *due);
        let has_place = self.busy.len() < self.limits.surveys && self.routine_busy < self.limits.for_routine_surveys();
        let gate = self.gate.map(|gate| gate.opens_at());
        let gate = gate.filter(|at| *at > now && has_place && !self.routine.is_empty());
        timer.into_iter().chain(gate).min()
    }

    /// A survey ended. False when its address is no longer watched. `interval` is the time to the next by rotation.
    pub(super) fn ended(&mut self, done: &Inspection, is_throttled: bool, interval: Duration, now: Duration) -> bool {
        self.under_way -= 1;
        self.leave(done.key.address, done.routine);
        // Gone and come back meanwhile: the new row's first survey is still to come.
        let Some(slot) = self.slots.get_mut(&done.key).filter(|slot| slot.stage == Stage::Running) else {
            return false;
        };
        slot.rounds = slot.rounds.wrapping_add(1);
        slot.restless = match done.reason {
            SurveyReason::Change | SurveyReason::Failure => slot.restless.saturating_add(1),
            SurveyReason::FirstSight | SurveyReason::Rotation => 0,
            SurveyReason::Asked => slot.restless,
        };
        let rest = REST.saturating_mul(1 << slot.restless.saturating_sub(1).min(8));
        slot.rests_until = now + rest.min(interval);
        if is_throttled {
            slot.barred_until = now + Survey::PENALTY;
        }
        let unit = wait::unit(&done.key, slot.rounds);
        slot.rotates_at = Some(now + wait::jittered(interval, self.limits.jitter, unit));
        self.rest(done.key);
        true
    }

    /// Wants a survey, unless one for as good a reason is wanted or under way already.
    fn want(&mut self, key: AddressKey, reason: SurveyReason, now: Duration) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let pending = slot.stage != Stage::Idle && slot.reason >= reason;
        let before = (slot.stage, slot.reason);
        if pending || slot.stage == Stage::Running {
            return;
        }
        slot.reason = reason;
        let rested = if reason == SurveyReason::Asked { now } else { slot.rests_until };
        let due = rested.max(slot.barred_until).max(now);
        match before {
            (Stage::Queued, old) => {
                self.turns(old).remove(key.address, &key.target);
                self.line_up(key);
            }
            (Stage::Idle | Stage::Waiting(_), _) => {
                self.unschedule(key);
                self.schedule(key, due, now);
            }
            (Stage::Admitted { .. } | Stage::Running, _) => {}
        }
    }

    /// What is wanted is wanted no more.
    fn withdraw(&mut self, key: AddressKey) {
        let Some(slot) = self.slots.get(&key) else { return };
        if slot.stage == Stage::Queued {
            let reason = slot.reason;
            self.turns(reason).remove(key.address, &key.target);
        }
        self.unschedule(key);
        self.rest(key);
    }

    /// Nothing is wanted until its turn comes round.
    fn rest(&mut self, key: AddressKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.reason = SurveyReason::Rotation;
        slot.stage = Stage::Idle;
        if let Some(at) = slot.rotates_at.map(|at| at.max(slot.barred_until)) {
            slot.stage = Stage::Waiting(at);
            self.timers.insert((at, key));
        }
    }

    fn schedule(&mut self, key: AddressKey, due: Duration, now: Duration) {
        if due <= now {
            self.line_up(key);
        } else if let Some(slot) = self.slots.get_mut(&key) {
            slot.stage = Stage::Waiting(due);
            self.timers.insert((due, key));
        }
    }

    fn unschedule(&mut self, key: AddressKey) {
        if let Some(Slot { stage: Stage::Waiting(due), .. }) = self.slots.get(&key) {
            self.timers.remove(&(*due, key));
        }
    }

    fn line_up(&mut self, key: AddressKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.stage = Stage::Queued;
        let reason = slot.reason;
        self.turns(reason).push(key.address, key.target);
    }

    /// Takes the next out of its queue and gives it a place; whether it is one that nobody waits for.
    fn next(&mut self, now: Duration) -> Option<(AddressKey, bool)> {
        if self.busy.len() >= self.limits.surveys {
            return None;
        }
        let busy = &self.busy;
        let may = |address: SocketAddr| !busy.contains(&address);
        let is_open = self.gate.is_none_or(|gate| gate.opens_at() <= now);
        let routine_may = is_open && self.routine_busy < self.limits.for_routine_surveys();
        let order = if self.urgent_in_a_row >= URGENT_IN_A_ROW { [true, false] } else { [false, true] };
        let ((address, target), routine) =
            order.into_iter().filter(|routine| !routine || routine_may).find_map(|routine| {
                let turns = if routine { &mut self.routine } else { &mut self.urgent };
                Some((turns.pop(may)?, routine))
            })?;
        self.urgent_in_a_row = if routine { 0 } else { self.urgent_in_a_row.saturating_add(1) };
        if let Some(gate) = self.gate.as_mut().filter(|_| routine) {
            gate.pass(now);
        }
        self.busy.insert(address);
        self.routine_busy += usize::from(routine);
        Some((AddressKey { target, address }, routine))
    }

    /// Begins the one that was just taken out of an otherwise empty queue.
    fn begin_next(&mut self, key: AddressKey, sight: Sight, routine: bool) -> Option<Inspection> {
        let reason = self.slots.get(&key)?.reason;
        Some(self.begin(key, reason, sight, routine))
    }

    fn begin(&mut self, key: AddressKey, reason: SurveyReason, sight: Sight, routine: bool) -> Inspection {
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.stage = Stage::Running;
            slot.reason = reason;
            slot.memory.surveyed(sight);
        }
        self.under_way += 1;
        Inspection { key, reason, routine }
    }

    /// Gives a place back.
    fn leave(&mut self, address: SocketAddr, routine: bool) {
        self.busy.remove(&address);
        self.routine_busy -= usize::from(routine);
        self.urgent.release(address);
        self.routine.release(address);
    }

    fn turns(&mut self, reason: SurveyReason) -> &mut Turns<SocketAddr, TargetId> {
        if is_urgent(reason) { &mut self.urgent } else { &mut self.routine }
    }
}

/// Somebody waits for it, or something has just happened.
const fn is_urgent(reason: SurveyReason) -> bool {
    matches!(reason, SurveyReason::Asked | SurveyReason::Change | SurveyReason::Failure)
}

/// What becomes of a reason for which a place was given, after a look.
const fn still(reason: SurveyReason, sight: Sight, failures: u32) -> Option<SurveyReason> {
    match (reason, sight) {
        // What still fails when its turn comes round is asked about its failure again.
        (SurveyReason::Rotation, Sight::Failed) if failures >= Memory::CONFIRMED => Some(SurveyReason::Failure),
        (_, Sight::Nobody)
        | (SurveyReason::Failure, Sight::Shown(_))
        | (SurveyReason::Change | SurveyReason::FirstSight | SurveyReason::Rotation, Sight::Failed) => None,
        (reason, _) => Some(reason),
    }
}

#[cfg(test)]
#[path = "surveys_tests.rs"]
mod tests;
