//! Looks once at many targets: the scheduler probes them, diagnosis judges each when its addresses were seen.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::diagnosis::{AddressEvidence, Policy, TargetEvidence, judge};
use crate::export::{Examined, Verdict, Visit};
use crate::model::{Clock, DnsFailure, Event, Failure, FailureKind, Observation, Resolution, Target, TargetId, Time};
use crate::schedule::{self, Command, Limits, Prober};

/// Room between the scheduler and the examination.
const CHANNEL: usize = 1024;

/// An examination under way; verdicts come as targets finish.
#[derive(Debug)]
pub(super) struct Examination {
    policy: Policy,
    clock: Arc<dyn Clock>,
    cases: HashMap<TargetId, Case>,
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    _end: tokio_util::sync::DropGuard,
}

/// What is known of a target so far.
#[derive(Debug)]
struct Case {
    target: Arc<Target>,
    started: Option<Time>,
    resolution: Option<Arc<Resolution>>,
    /// In resolver order.
    visits: Vec<(SocketAddr, Option<Visit>)>,
}

impl Examination {
    /// Begins to look at `targets`.
    pub(super) fn start<P: Prober>(
        prober: Arc<P>,
        targets: Vec<Target>,
        limits: Limits,
        policy: Policy,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (commands, orders) = mpsc::channel(CHANNEL);
        let (reports, events) = mpsc::channel(CHANNEL);
        let cancel = CancellationToken::new();
        let targets: Vec<Arc<Target>> = targets.into_iter().map(Arc::new).collect();
        let cases = targets.iter().map(|target| (target.id, Case::new(target.clone()))).collect();
        tokio::spawn(schedule::run(prober, limits, clock.clone(), orders, reports, cancel.clone()));
        let sender = commands.clone();
        tokio::spawn(async move {
            for target in targets {
                if sender.send(Command::Add(target)).await.is_err() {
                    return;
                }
            }
        });
        Self { policy, clock, cases, commands, events, _end: cancel.drop_guard() }
    }

    /// The next target that is done; `None` when all are. Safe to cancel.
    pub(super) async fn next(&mut self) -> Option<(TargetId, Verdict)> {
        while !self.cases.is_empty() {
            let event = self.events.recv().await?;
            let Some(id) = self.note(event) else { continue };
            if let Some(case) = self.cases.remove(&id) {
                // A full channel only means that the target is probed on until the end.
                let _ = self.commands.try_send(Command::Remove(id));
                return Some((id, case.verdict(&self.policy, self.clock.now())));
            }
        }
        None
    }

    /// Takes an event in; answers which target it completes.
    fn note(&mut self, event: Event) -> Option<TargetId> {
        match event {
            Event::TargetAdded { target, at } => {
                self.cases.get_mut(&target.id)?.started = Some(at);
                None
            }
            Event::Resolved(resolution) => {
                let id = resolution.target;
                self.cases.get_mut(&id)?.looked_up(resolution).then_some(id)
            }
            Event::AddressesChanged { target, added, removed, .. } => {
                let case = self.cases.get_mut(&target)?;
                case.visits.retain(|(address, _)| !removed.contains(address));
                case.visits.extend(added.into_iter().map(|address| (address, None)));
                case.is_done().then_some(target)
            }
            Event::Observed(observation) => {
                let id = observation.key.target;
                let case = self.cases.get_mut(&id)?;
                case.observed(observation);
                case.is_done().then_some(id)
            }
            Event::ProbeStarted { .. }
            | Event::Scheduler(_)
            | Event::Surveyed(_)
            | Event::SurveyStarted { .. }
            | Event::TargetRemoved { .. }
            | Event::Tick { .. } => None,
        }
    }
}

impl Case {
    const fn new(target: Arc<Target>) -> Self {
        Self { target, started: None, resolution: None, visits: Vec::new() }
    }

    /// Whether this look-up leaves nothing to probe. A resolver that answers with trouble is asked twice.
    fn looked_up(&mut self, resolution: Arc<Resolution>) -> bool {
        let is_first = self.resolution.is_none();
        let passing = matches!(resolution.failure, Some(DnsFailure::ServFail { .. } | DnsFailure::Unreachable { .. }));
        let is_empty = resolution.addresses.is_empty();
        if is_first || self.visits.is_empty() {
            self.resolution = Some(resolution);
        }
        self.visits.is_empty() && is_empty && !(is_first && passing)
    }

    /// A failure is kept until a second probe confirms it or shows that it passed.
    fn observed(&mut self, observation: Arc<Observation>) {
        let Some((_, visit)) = self.visits.iter_mut().find(|(address, _)| *address == observation.key.address) else {
            return;
        };
        match visit {
            Some(seen) if !is_settled(seen) => {
                *visit = Some(Visit { before: Some(seen.last.clone()), last: observation, survey: None });
            }
            Some(_) => {}
            None => *visit = Some(Visit { last: observation, before: None, survey: None }),
        }
    }

    fn is_done(&self) -> bool {
        self.visits.iter().all(|(_, visit)| visit.as_ref().is_some_and(is_settled))
    }

    fn verdict(self, policy: &Policy, now: Time) -> Verdict {
        let visits: Vec<Visit> = self.visits.into_iter().filter_map(|(_, visit)| visit).collect();
        let addresses: Vec<AddressEvidence<'_>> = visits
            .iter()
            .map(|visit| AddressEvidence {
                address: visit.last.key.address,
                last: Some(&visit.last),
                last_seen: [Some(&visit.last), visit.before.as_ref()]
                    .into_iter()
                    .flatten()
                    .find(|s| !s.chain().is_empty()),
                survey: visit.survey.as_deref(),
            })
            .collect();
        let resolution = self.resolution.as_deref();
        let evidence = TargetEvidence { target: &self.target, resolution, addresses: &addresses };
        let judgement = judge(&evidence, policy, now);
        let started = self.started.unwrap_or(now);
        Verdict::of(&Examined {
            target: &self.target,
            resolution,
            visits: &visits,
            findings: &judgement.findings,
            started,
            elapsed: now.since(started),
        })
    }
}

/// A success, a probe not attempted, a failure seen twice, or one that took all the time there was:
/// who waited that long need not wait again.
fn is_settled(visit: &Visit) -> bool {
    let is_long = |failure: &Failure| matches!(failure.kind, FailureKind::TimedOut);
    visit.last.failure().is_none_or(is_long) || visit.before.is_some()
}

#[cfg(test)]
#[path = "examine_tests.rs"]
mod tests;
