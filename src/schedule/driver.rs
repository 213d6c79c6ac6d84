//! Runs the plan: spawns probes and look-ups, tells what happened, obeys commands, ends in order.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::contract::{Command, Prober};
use super::limits::Limits;
use super::plan::Plan;
use super::step::{Ended, Flight, Inspection, Landing, Step};
use super::worth::Sight;
use crate::model::{
    AddressKey, Clock, DnsFailure, Event, Failure, FailureKind, Observation, Outcome, Phase, Resolution,
    SchedulerState, Survey, Target, TargetId, Time, Timings, Unasked, Untrusted,
};

/// A prober that outlives its target's timeout by this much is ended from here. It has that timeout twice: it may wait
/// for a survey of the same address to make room.
const GRACE: Duration = Duration::from_secs(1);
/// Surveys have a deadline of their own, well below this; one that outlives it is ended from here.
const LONGEST_SURVEY: Duration = Duration::from_mins(3);
/// Aborted tasks that have not ended by then are left behind.
const FAREWELL: Duration = Duration::from_secs(2);
/// Timers stop while the machine sleeps; the clock does not. This is how late a resume is noticed at most.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The scheduler's own state is told no more often than this.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// Probes targets until cancelled, or until nobody listens to `events`.
///
/// Waits for room in `events` whenever an event must not be lost; only the
/// news that a probe or a survey began is dropped, and counted in [`SchedulerState::dropped`].
/// After `cancel`, tasks are aborted and awaited for at most two seconds. A
/// closed command channel is no reason to stop.
pub async fn run<P: Prober>(
    prober: Arc<P>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    mut commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
) {
    let mut driver = Driver {
        prober,
        clock,
        events,
        cancel,
        plan: Plan::new(limits),
        tasks: JoinSet::new(),
        works: HashMap::new(),
        dropped: 0,
        reported: SchedulerState::default(),
        report_from: Duration::ZERO,
    };
    let Stopped = driver.drive(&mut commands).await;
    // On a timeout the set is dropped, which detaches nothing: it aborts again.
    let _ = tokio::time::timeout(FAREWELL, driver.tasks.shutdown()).await;
}

/// Cancelled, or nobody listens any more.
struct Stopped;

enum Done {
    Looked(Resolution),
    Probed(Box<Observation>),
    Surveyed(Box<Survey>),
}

/// What a task was for, in case it ends without an answer.
enum Work {
    Lookup(TargetId, Time),
    Probe(Flight, Time),
    Survey(Inspection, Time),
}

struct Driver<P> {
    prober: Arc<P>,
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
    plan: Plan,
    tasks: JoinSet<Done>,
    works: HashMap<Id, Work>,
    dropped: u64,
    reported: SchedulerState,
    report_from: Duration,
}

impl<P: Prober> Driver<P> {
    async fn drive(&mut self, commands: &mut mpsc::Receiver<Command>) -> Stopped {
        loop {
            let pause = self.start_due();
            let pause = pause.min(self.report());
            let cancel = self.cancel.clone();
            let told = tokio::select! {
                biased;
                () = cancel.cancelled() => return Stopped,
                Some(command) = commands.recv() => self.obey(command).await,
                Some(done) = self.tasks.join_next_with_id() => self.settle(done).await,
                () = tokio::time::sleep(pause) => Ok(()),
            };
            if let Err(stopped) = told {
                return stopped;
            }
        }
    }

    /// Starts everything that may start now; answers how long nothing else will.
    fn start_due(&mut self) -> Duration {
        loop {
            let now = self.clock.elapsed();
            match self.plan.next(now) {
                Step::Idle => return HEARTBEAT,
                Step::Wait(until) => return until.saturating_sub(now).min(HEARTBEAT),
                Step::Probe(flight) => self.start_probe(flight),
                Step::Resolve(id) => self.start_lookup(id),
            }
        }
    }

    fn start_probe(&mut self, flight: Flight) {
        let (key, at) = (flight.key, self.clock.now());
        let Some(target) = self.plan.target(key.target).cloned() else { return };
        if let Err(TrySendError::Full(_)) = self.events.try_send(Event::ProbeStarted { key, at }) {
            self.dropped += 1;
        }
        let prober = Arc::clone(&self.prober);
        let task = self.tasks.spawn(async move {
            let limit = target.timeout * 2 + GRACE;
            let seen = tokio::time::timeout(limit, prober.probe(&target, key.address)).await;
            Done::Probed(Box::new(seen.unwrap_or_else(|_| hung(key, at, limit))))
        });
        self.works.insert(task.id(), Work::Probe(flight, at));
    }

    fn start_lookup(&mut self, id: TargetId) {
        let at = self.clock.now();
        let Some(target) = self.plan.target(id).cloned() else { return };
        let prober = Arc::clone(&self.prober);
        let task = self.tasks.spawn(async move {
            let limit = target.timeout + GRACE;
            let looked = tokio::time::timeout(limit, prober.resolve(&target)).await;
            Done::Looked(looked.unwrap_or_else(|_| unanswered(&target, at, limit)))
        });
        self.works.insert(task.id(), Work::Lookup(id, at));
    }

    fn start_survey(&mut self, inspection: Inspection, seen: Arc<Observation>) {
        let (key, reason, at) = (inspection.key, inspection.reason, self.clock.now());
        let Some(target) = self.plan.target(key.target).cloned() else { return };
        if let Err(TrySendError::Full(_)) = self.events.try_send(Event::SurveyStarted { key, at, reason }) {
            self.dropped += 1;
        }
        let all = self.plan.addresses(key.target).iter().copied();
        let siblings: Vec<SocketAddr> = all.filter(|address| *address != key.address).collect();
        let prober = Arc::clone(&self.prober);
        let task = self.tasks.spawn(async move {
            let surveyed = prober.survey(&target, seen, &siblings, reason);
            let survey = tokio::time::timeout(LONGEST_SURVEY, surveyed).await;
            Done::Surveyed(Box::new(survey.unwrap_or_else(|_| unfinished(Survey::new(key, at, reason), HUNG))))
        });
        self.works.insert(task.id(), Work::Survey(inspection, at));
    }

    async fn obey(&mut self, command: Command) -> Result<(), Stopped> {
        let at = self.clock.now();
        match command {
            Command::Add(target) => {
                if self.plan.add_target(Arc::clone(&target), self.clock.elapsed()) {
                    self.tell(Event::TargetAdded { target, at }).await?;
                }
            }
            Command::Pause => self.plan.pause(),
            Command::ProbeNow(ids) => self.plan.probe_now(&ids),
            Command::Remove(target) => {
                if self.plan.remove_target(target) {
                    self.tell(Event::TargetRemoved { target, at }).await?;
                }
            }
            Command::Resume => self.plan.resume(self.clock.elapsed()),
            Command::Survey(ids) => self.plan.survey_now(&ids, self.clock.elapsed()),
        }
        Ok(())
    }

    async fn settle(&mut self, ended: Result<(Id, Done), JoinError>) -> Result<(), Stopped> {
        let (id, done) = match ended {
            Ok((id, done)) => (id, Some(done)),
            Err(error) => (error.id(), None),
        };
        match (self.works.remove(&id), done) {
            (Some(Work::Probe(flight, at)), done) => {
                let crash = || crashed(flight.key, at);
                let observation = match done {
                    Some(Done::Probed(observation)) => *observation,
                    _ => crash(),
                };
                self.observed(flight, observation).await
            }
            (Some(Work::Lookup(target, at)), done) => {
                let resolution = match done {
                    Some(Done::Looked(resolution)) => resolution,
                    _ => unlooked(target, at, DnsFailure::Unreachable { detail: Untrusted::new(CRASHED) }),
                };
                self.looked(resolution).await
            }
            (Some(Work::Survey(inspection, at)), done) => {
                let survey = match done {
                    Some(Done::Surveyed(survey)) => *survey,
                    _ => unfinished(Survey::new(inspection.key, at, inspection.reason), CRASHED),
                };
                self.surveyed(inspection, survey).await
            }
            (None, _) => Ok(()),
        }
    }

    async fn observed(&mut self, flight: Flight, mut observation: Observation) -> Result<(), Stopped> {
        let ended = match &observation.outcome {
            Outcome::Failed(failure) if failure.kind == FailureKind::Local => Ended::Unknown,
            Outcome::Skipped { .. } => Ended::Unknown,
            Outcome::Failed(_) => Ended::Badly,
            Outcome::Handshake => Ended::Well,
        };
        observation.timings.dns = observation.timings.dns.or(flight.looked_up);
        match self.plan.finished(flight, ended, Sight::of(&observation), self.clock.elapsed()) {
            Landing::Told => self.tell(Event::Observed(Arc::new(observation))).await,
            Landing::Surveyed(inspection) => {
                // A copy: the store changes its own in place.
                let seen = Arc::new(observation.clone());
                self.tell(Event::Observed(Arc::new(observation))).await?;
                self.start_survey(inspection, seen);
                Ok(())
            }
            Landing::Unwanted => Ok(()),
        }
    }

    async fn surveyed(&mut self, inspection: Inspection, survey: Survey) -> Result<(), Stopped> {
        if self.plan.surveyed(inspection, survey.throttled.is_some(), self.clock.elapsed()) {
            self.tell(Event::Surveyed(Arc::new(survey))).await?;
        }
        Ok(())
    }

    async fn looked(&mut self, resolution: Resolution) -> Result<(), Stopped> {
        let Some(changes) = self.plan.resolved(&resolution, self.clock.elapsed()) else { return Ok(()) };
        let target = resolution.target;
        self.tell(Event::Resolved(Arc::new(resolution))).await?;
        if changes.is_empty() {
            return Ok(());
        }
        let at = self.clock.now();
        self.tell(Event::AddressesChanged { target, at, added: changes.added, removed: changes.removed }).await
    }

    async fn tell(&self, event: Event) -> Result<(), Stopped> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Stopped),
            sent = self.events.send(event) => sent.map_err(|_| Stopped),
        }
    }

    /// Tells the scheduler's state when it changed and was not told just now; answers when to try again.
    fn report(&mut self) -> Duration {
        let state = SchedulerState {
            paused: self.plan.is_paused(),
            in_flight: self.plan.in_flight(),
            surveying: self.plan.surveying(),
            waiting: self.plan.waiting(),
            dropped: self.dropped,
        };
        if state == self.reported {
            return HEARTBEAT;
        }
        let now = self.clock.elapsed();
        // A pause is an answer to a key: it does not wait.
        if now < self.report_from && state.paused == self.reported.paused {
            return self.report_from.saturating_sub(now);
        }
        self.report_from = now + REPORT_EVERY;
        if self.events.try_send(Event::Scheduler(state)).is_err() {
            return REPORT_EVERY;
        }
        self.reported = state;
        HEARTBEAT
    }
}

const CRASHED: &str = "the probe crashed; this is a fault of tlscope";

const HUNG: &str = "no result in time; the survey was ended from outside";

/// A survey of which nothing is known but that it did not end by itself.
fn unfinished(survey: Survey, reason: &str) -> Survey {
    let unasked = Unasked { question: "survey".into(), reason: Untrusted::new(reason) };
    Survey { unasked: vec![unasked], ..survey }
}

fn crashed(key: AddressKey, at: Time) -> Observation {
    let outcome = Outcome::Skipped { reason: Untrusted::new(CRASHED) };
    Observation { key, at, outcome, timings: Timings::default(), proxy: None, upgrade: None, handshake: None }
}

fn hung(key: AddressKey, at: Time, limit: Duration) -> Observation {
    let detail = Untrusted::new(&format!("no result within {limit:?}; the probe was ended from outside"));
    let failure = Failure { phase: Phase::Tcp, kind: FailureKind::TimedOut, detail, received: 0, sent: 0 };
    let timings = Timings { total: limit, ..Timings::default() };
    Observation {
        key,
        at,
        outcome: Outcome::Failed(failure.into()),
        timings,
        proxy: None,
        upgrade: None,
        handshake: None,
    }
}

fn unanswered(target: &Target, at: Time, limit: Duration) -> Resolution {
    Resolution { took: limit, ..unlooked(target.id, at, DnsFailure::TimedOut) }
}

fn unlooked(target: TargetId, at: Time, failure: DnsFailure) -> Resolution {
    Resolution {
        target,
        at,
        took: Duration::ZERO,
        addresses: Vec::new(),
        ttl: Duration::ZERO,
        failure: Some(failure),
        source: Untrusted::new("tlscope"),
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
