//! Who may start: a free slot, the rate, and a fair share for everyone.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::limits::{Gate, Limits};
use super::turns::Turns;
use crate::model::{AddressKey, TargetId};

/// What stands between a probe that is due, its address free, and its start.
///
/// Addresses that failed last time stand apart and may hold only part of the
/// slots: while some of the fleet times out, the rest keeps its pace.
#[derive(Debug)]
pub(super) struct Admission {
    limits: Limits,
    gate: Option<Gate>,
    steady: Turns<TargetId, SocketAddr>,
    doubtful: Turns<TargetId, SocketAddr>,
    doubtful_next: bool,
    in_flight: usize,
    doubtful_in_flight: usize,
    by_target: HashMap<TargetId, usize>,
}

impl Admission {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            gate: limits.rate_per_second.map(Gate::new),
            steady: Turns::default(),
            doubtful: Turns::default(),
            doubtful_next: false,
            in_flight: 0,
            doubtful_in_flight: 0,
            by_target: HashMap::new(),
        }
    }

    /// Admitted and not yet ended.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Joins the queue of its target.
    pub(super) fn join(&mut self, key: AddressKey, doubtful: bool) {
        self.turns(doubtful).push(key.target, key.address);
    }

    /// Leaves the queue it joined.
    pub(super) fn withdraw(&mut self, key: AddressKey, doubtful: bool) {
        self.turns(doubtful).remove(key.target, &key.address);
    }

    /// Lets a target be next.
    pub(super) fn prefer(&mut self, target: TargetId) {
        self.steady.prefer(target);
        self.doubtful.prefer(target);
    }

    /// When the rate next lets one pass, when that is all that is missing.
    pub(super) fn opens_at(&self, now: Duration) -> Option<Duration> {
        let free = self.in_flight < self.limits.concurrency;
        self.gate.map(|gate| gate.opens_at()).filter(|at| free && *at > now)
    }

    /// Admits the next one, and says whether it was doubtful. `alone`: there is no other target to leave room for.
    pub(super) fn admit(&mut self, now: Duration, alone: bool) -> Option<(AddressKey, bool)> {
        if self.in_flight >= self.limits.concurrency || self.gate.is_some_and(|gate| gate.opens_at() > now) {
            return None;
        }
        let (key, doubtful) = self.next(if alone { self.limits.concurrency } else { self.limits.for_one_target() })?;
        self.doubtful_next = !doubtful;
        self.in_flight += 1;
        self.doubtful_in_flight += usize::from(doubtful);
        *self.by_target.entry(key.target).or_default() += 1;
        if let Some(gate) = &mut self.gate {
            gate.pass(now);
        }
        Some((key, doubtful))
    }

    /// One that was admitted has ended.
    pub(super) fn ended(&mut self, target: TargetId, doubtful: bool) {
        self.in_flight -= 1;
        self.doubtful_in_flight -= usize::from(doubtful);
        if let Some(count) = self.by_target.get_mut(&target) {
            *count -= 1;
            if *count == 0 {
                self.by_target.remove(&target);
            }
        }
        self.steady.release(target);
        self.doubtful.release(target);
    }

    fn next(&mut self, cap: usize) -> Option<(AddressKey, bool)> {
        let by_target = &self.by_target;
        let may = |target: TargetId| by_target.get(&target).is_none_or(|count| *count < cap);
        let doubtful_may = self.doubtful_in_flight < self.limits.for_doubtful();
        let order = if self.doubtful_next { [true, false] } else { [false, true] };
        order.into_iter().filter(|doubtful| !doubtful || doubtful_may).find_map(|doubtful| {
            let turns = if doubtful { &mut self.doubtful } else { &mut self.steady };
            turns.pop(may).map(|(target, address)| (AddressKey { target, address }, doubtful))
        })
    }

    fn turns(&mut self, doubtful: bool) -> &mut Turns<TargetId, SocketAddr> {
        if doubtful { &mut self.doubtful } else { &mut self.steady }
    }
}
