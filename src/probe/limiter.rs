//! Connections to one address and port, whoever makes them: few at a time, and few in a minute.
//!
//! Probes are paced by the schedule; here they are counted, and go before the
//! questions of surveys. Questions wait for a place and for the minute's budget.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Questions at a time to one address: more would look like an attack, fewer would take too long.
const QUESTIONS: usize = 2;
const MINUTE: Duration = Duration::from_mins(1);

/// Counts the connections of all probes and surveys.
#[derive(Debug)]
pub(super) struct Limiter {
    /// Connections at a time to one address that is being surveyed.
    most: usize,
    per_minute: usize,
    desks: Mutex<Desks>,
    /// A place was given back for which somebody waits.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Desks {
    by_address: HashMap<SocketAddr, Desk>,
    /// With so many, those that are over are looked for.
    sweep_at: usize,
}

/// One address, while there is something to remember of it.
#[derive(Debug, Default)]
struct Desk {
    probes: usize,
    questions: usize,
    probes_waiting: usize,
    questions_waiting: usize,
    /// When connections of the last minute were made, oldest first; counted from the first question on.
    made: VecDeque<Instant>,
}

/// Who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Probe,
    Question,
}

/// A connection's place; given back when this is dropped.
#[derive(Debug)]
pub(super) struct Seat<'a> {
    limiter: &'a Limiter,
    address: SocketAddr,
    kind: Kind,
}

/// One that waits, and is not waited for once this is dropped.
struct Waiting<'a> {
    limiter: &'a Limiter,
    address: SocketAddr,
    kind: Kind,
}

/// Why there is no place yet.
enum NotYet {
    /// The minute's budget is used up until then.
    Spent(Instant),
    /// All are taken.
    Taken,
}

impl Limiter {
    /// At an address under survey, the `per_address` probes that the schedule allows and one more connection at a
    /// time; within any minute `per_minute` connections, unless probes alone are more.
    pub(super) fn new(per_address: usize, per_minute: usize) -> Self {
        Self {
            most: per_address.max(1) + 1,
            per_minute: per_minute.max(1),
            desks: Mutex::default(),
            freed: Notify::new(),
        }
    }

    /// A place for a probe, as soon as questions leave one; `None` when they have not within `patience`.
    pub(super) async fn probe(&self, address: SocketAddr, patience: Duration) -> Option<Seat<'_>> {
        self.seat(address, Kind::Probe, Instant::now() + patience).await.ok()
    }

    /// A place for a question of a survey by `deadline`, or the limit that stood in its way.
    pub(super) async fn question(&self, address: SocketAddr, deadline: Instant) -> Result<Seat<'_>, &'static str> {
        self.seat(address, Kind::Question, deadline).await
    }

    async fn seat(&self, address: SocketAddr, kind: Kind, deadline: Instant) -> Result<Seat<'_>, &'static str> {
        if self.take(address, kind).is_ok() {
            return Ok(Seat { limiter: self, address, kind });
        }
        let _waiting = Waiting::new(self, address, kind);
        loop {
            // Before the look: what is given back in between is not missed.
            let freed = self.freed.notified();
            match self.take(address, kind) {
                Ok(()) => return Ok(Seat { limiter: self, address, kind }),
                Err(NotYet::Taken) => timeout_at(deadline, freed).await.map_err(|_| "no time left")?,
                Err(NotYet::Spent(until)) if until >= deadline => return Err("connections of this minute used up"),
                Err(NotYet::Spent(until)) => sleep_until(until).await,
            }
        }
    }

    fn take(&self, address: SocketAddr, kind: Kind) -> Result<(), NotYet> {
        let now = Instant::now();
        let mut desks = self.desks();
        let desk = desks.by_address.entry(address).or_default();
        desk.forget(now);
        let taken = match kind {
            Kind::Probe => desk.probes + desk.questions >= self.most && desk.questions > 0,
            Kind::Question => {
                desk.probes_waiting > 0 || desk.questions >= QUESTIONS || desk.probes + desk.questions >= self.most
            }
        };
        if taken {
            return Err(NotYet::Taken);
        }
        if kind == Kind::Question
            && let Some(at) = desk.made.len().checked_sub(self.per_minute).and_then(|at| desk.made.get(at))
        {
            return Err(NotYet::Spent(*at + MINUTE));
        }
        desk.begin(kind, now);
        Ok(())
    }

    fn give_back(&self, address: SocketAddr, kind: Kind) {
        let mut desks = self.desks();
        let Some(desk) = desks.by_address.get_mut(&address) else { return };
        *desk.open(kind) -= 1;
        if desk.probes_waiting + desk.questions_waiting > 0 {
            self.freed.notify_waiters();
        }
        desks.tidy(address);
    }

    fn desks(&self) -> MutexGuard<'_, Desks> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    fn begin(&mut self, kind: Kind, now: Instant) {
        *self.open(kind) += 1;
        // An address that is never surveyed is not worth a list.
        if kind == Kind::Question || !self.made.is_empty() {
            self.made.push_back(now);
        }
    }

    fn open(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Probe => &mut self.probes,
            Kind::Question => &mut self.questions,
        }
    }

    fn waiting(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Probe => &mut self.probes_waiting,
            Kind::Question => &mut self.questions_waiting,
        }
    }

    fn forget(&mut self, now: Instant) {
        while self.made.front().is_some_and(|made| now.duration_since(*made) >= MINUTE) {
            self.made.pop_front();
        }
    }

    fn is_over(&mut self, now: Instant) -> bool {
        self.forget(now);
        self.made.is_empty() && self.probes + self.questions + self.probes_waiting + self.questions_waiting == 0
    }
}

impl Desks {
    /// Forgets the address when there is nothing to remember, and now and then all such.
    fn tidy(&mut self, address: SocketAddr) {
        /// Fewer than this are not worth a walk.
        const FEW: usize = 1_024;
        let now = Instant::now();
        if self.by_address.get_mut(&address).is_some_and(|desk| desk.is_over(now)) {
            self.by_address.remove(&address);
        }
        if self.by_address.len() >= self.sweep_at.max(FEW) {
            self.by_address.retain(|_, desk| !desk.is_over(now));
            self.sweep_at = 2 * self.by_address.len();
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.limiter.give_back(self.address, self.kind);
    }
}

impl<'a> Waiting<'a> {
    fn new(limiter: &'a Limiter, address: SocketAddr, kind: Kind) -> Self {
        *limiter.desks().by_address.entry(address).or_default().waiting(kind) += 1;
        Self { limiter, address, kind }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut desks = self.limiter.desks();
        if let Some(desk) = desks.by_address.get_mut(&self.address) {
            *desk.waiting(self.kind) -= 1;
            // Questions that stood back for a probe which gave up may go on.
            self.limiter.freed.notify_waiters();
        }
        desks.tidy(self.address);
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
