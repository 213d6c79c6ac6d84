//! Looks once at many targets: the scheduler probes and surveys them, diagnosis judges each when its addresses were
//! seen, and again when they were surveyed.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::diagnosis::{
    AddressEvidence, CommonCause, History, Observer, Policy, Sighting, TargetEvidence, Witness, is_slow, judge_knowing,
    max_latency,
};
use crate::export::{Examined, OurSide, Verdict, Visit};
use crate::inventory::read_stored;
use crate::model::{
    Clock, Depth, DnsFailure, Event, FailureKind, Finding, Observation, Phase, Resolution, Survey, Target, TargetId,
    Time,
};
use crate::schedule::{self, Command, Limits, Prober, Sight};

/// Room between the scheduler and the examination.
const CHANNEL: usize = 1024;

/// What an examination has to tell.
#[derive(Debug)]
pub(super) enum News {
    /// Every address was seen; surveys go on.
    FirstLook(Verdict),
    /// A target is done.
    Done(TargetId, Verdict),
}

/// An examination under way; verdicts come as targets finish.
#[derive(Debug)]
pub(super) struct Examination {
    policy: Policy,
    clock: Arc<dyn Clock>,
    cases: HashMap<TargetId, Case>,
    /// Those that are done: what they show of our own side is judged over all.
    done: BTreeMap<TargetId, Case>,
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
    stops: Vec<Stop>,
    /// The look-up led to no address, and will not.
    is_nowhere: bool,
    is_surveyed: bool,
    /// Its first look was told.
    is_told: bool,
    ended: Option<Time>,
}

/// One address on the way.
#[derive(Debug)]
struct Stop {
    address: SocketAddr,
    visit: Option<Visit>,
    /// What the latest probe showed.
    sight: Sight,
    /// A second look was asked for, as the first seemed slow.
    is_again: bool,
}

/// How far a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    /// Addresses are still to be probed.
    Probing,
    /// Addresses are still to be surveyed.
    Surveying,
    /// Nothing is left.
    Done,
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
        let surveys = limits.surveys > 0;
        let cases = targets.iter().map(|target| (target.id, Case::new(target.clone(), surveys))).collect();
        tokio::spawn(schedule::run(prober, limits, clock.clone(), orders, reports, cancel.clone()));
        let sender = commands.clone();
        tokio::spawn(async move {
            for target in targets {
                if sender.send(Command::Add(target)).await.is_err() {
                    return;
                }
            }
        });
        Self { policy, clock, cases, done: BTreeMap::new(), commands, events, _end: cancel.drop_guard() }
    }

    /// What happened next; `None` when all targets are done. Safe to cancel.
    pub(super) async fn next(&mut self) -> Option<News> {
        while !self.cases.is_empty() {
            let event = self.events.recv().await?;
            let Some(id) = self.note(event) else { continue };
            let Some(case) = self.cases.get_mut(&id) else { continue };
            match case.progress(&self.policy) {
                Progress::Probing => self.look_again(id),
                Progress::Surveying if case.is_told => {}
                Progress::Surveying => {
                    case.is_told = true;
                    return Some(News::FirstLook(case.verdict(&Observer::default(), &self.policy, self.clock.now())));
                }
                Progress::Done => {
                    let now = self.clock.now();
                    case.ended = Some(now);
                    let verdict = case.verdict(&Observer::default(), &self.policy, now);
                    if let Some(case) = self.cases.remove(&id) {
                        self.done.insert(id, case);
                    }
                    // A full channel only means that the target is probed on until the end.
                    let _ = self.commands.try_send(Command::Remove(id));
                    return Some(News::Done(id, verdict));
                }
            }
        }
        None
    }

    /// One slow handshake may be a busy moment, ours or theirs: nobody is called slow before a second one.
    fn look_again(&mut self, id: TargetId) {
        let Some(case) = self.cases.get_mut(&id) else { return };
        let longest = max_latency(&case.target, &self.policy);
        let seems_slow =
            |stop: &&mut Stop| !stop.is_again && stop.visit.as_ref().is_some_and(|visit| seems_slow(visit, longest));
        let doubtful: Vec<&mut Stop> = case.stops.iter_mut().filter(seems_slow).collect();
        if doubtful.is_empty() {
            return;
        }
        for stop in doubtful {
            stop.is_again = true;
        }
        let sender = self.commands.clone();
        tokio::spawn(async move { sender.send(Command::ProbeNow(vec![id])).await });
    }

    /// What all targets that are done show of our own side, and the verdicts that change by what only all of them
    /// together show.
    pub(super) fn our_side(&self) -> (OurSide, BTreeMap<TargetId, Verdict>) {
        let now = self.clock.now();
        let observer = Observer::of(self.done.values().flat_map(Case::sightings), now);
        let common_causes = self.common_causes(&observer, now);
        let observer = observer.knowing(common_causes);
        let mut changed = BTreeMap::new();
        if observer != Observer::default() {
            let alone = Observer::default();
            let is_changed =
                |case: &&Case| case.findings(&observer, &self.policy, now) != case.findings(&alone, &self.policy, now);
            let cases = self.done.values().filter(is_changed);
            changed.extend(cases.map(|case| {
                let ended = case.ended.unwrap_or(now);
                (case.target.id, case.verdict(&observer, &self.policy, ended))
            }));
        }
        (OurSide::of(&observer.troubles(), &changed.values()), changed)
    }

    /// What failing targets share and working ones do not, where our own side does not explain it.
    fn common_causes(&self, observer: &Observer, now: Time) -> Vec<CommonCause> {
        let judged = |case: &Case| case.findings(observer, &self.policy, now).into_iter().map(Arc::new).collect();
        let findings: Vec<Vec<Arc<Finding>>> = self.done.values().map(judged).collect();
        let witnesses = || {
            self.done.values().zip(&findings).map(|(case, findings)| Witness {
                target: &case.target,
                addresses: case.evidence(&self.policy),
                findings,
            })
        };
        CommonCause::find(witnesses().filter(|witness| !witness.findings.is_empty()), witnesses)
    }

    /// Takes an event in; answers which target may have come further by it.
    fn note(&mut self, event: Event) -> Option<TargetId> {
        match event {
            Event::TargetAdded { target, at } => {
                self.cases.get_mut(&target.id)?.started = Some(at);
                None
            }
            Event::Resolved(resolution) => {
                let id = resolution.target;
                self.cases.get_mut(&id)?.looked_up(resolution);
                Some(id)
            }
            Event::AddressesChanged { target, added, removed, .. } => {
                let case = self.cases.get_mut(&target)?;
                case.stops.retain(|stop| !removed.contains(&stop.address));
                case.stops.extend(added.into_iter().map(Stop::new));
                Some(target)
            }
            Event::Observed(observation) => {
                let id = observation.key.target;
                self.cases.get_mut(&id)?.observed(observation, &self.policy);
                Some(id)
            }
            Event::Surveyed(survey) => {
                let id = survey.key.target;
                self.cases.get_mut(&id)?.surveyed(survey);
                Some(id)
            }
            Event::Acknowledged { .. }
            | Event::FileRead { .. }
            | Event::ProbeStarted { .. }
            | Event::Scheduler(_)
            | Event::SourcesRead { .. }
            | Event::SurveyStarted { .. }
            | Event::TargetRemoved { .. }
            | Event::Tick { .. }
            | Event::Unacknowledged { .. } => None,
        }
    }
}

impl Case {
    fn new(target: Arc<Target>, surveys: bool) -> Self {
        let is_surveyed = surveys && target.depth == Depth::Full;
        Self {
            target,
            started: None,
            resolution: None,
            stops: Vec::new(),
            is_nowhere: false,
            is_surveyed,
            is_told: false,
            ended: None,
        }
    }

    /// What its addresses last showed, or that it has none.
    fn sightings(&self) -> impl Iterator<Item = Sighting<'_>> + Clone {
        let blank = Sighting { target: &self.target, resolution: self.resolution.as_deref(), last: None, survey: None };
        let nowhere = self.stops.is_empty().then_some(blank);
        let visits = self.stops.iter().filter_map(|stop| stop.visit.as_ref());
        let seen =
            visits.map(move |visit| Sighting { last: Some(&visit.last), survey: visit.survey.as_deref(), ..blank });
        nowhere.into_iter().chain(seen)
    }

    /// A resolver that answers with trouble is asked twice.
    fn looked_up(&mut self, resolution: Arc<Resolution>) {
        let is_first = self.resolution.is_none();
        if is_first || self.stops.is_empty() {
            let passing =
                matches!(resolution.failure, Some(DnsFailure::ServFail { .. } | DnsFailure::Unreachable { .. }));
            self.is_nowhere = resolution.addresses.is_empty() && !(is_first && passing);
            self.resolution = Some(resolution);
        }
    }

    /// A failure is kept until a second probe confirms it or shows that it passed.
    fn observed(&mut self, observation: Arc<Observation>, policy: &Policy) {
        let (is_surveyed, longest) = (self.is_surveyed, max_latency(&self.target, policy));
        let Some(stop) = self.stops.iter_mut().find(|stop| stop.address == observation.key.address) else { return };
        stop.sight = Sight::of(&observation);
        match &mut stop.visit {
            Some(seen) if !is_settled(seen, is_surveyed, longest) => {
                let before = Some(std::mem::replace(&mut seen.last, observation));
                seen.before = before;
            }
            Some(_) => {}
            None => stop.visit = Some(Visit { last: observation, before: None, survey: None }),
        }
    }

    fn surveyed(&mut self, survey: Arc<Survey>) {
        let stop = self.stops.iter_mut().find(|stop| stop.address == survey.key.address);
        if let Some(visit) = stop.and_then(|stop| stop.visit.as_mut()) {
            visit.survey = Some(survey);
        }
    }

    fn progress(&self, policy: &Policy) -> Progress {
        if self.stops.is_empty() {
            return if self.is_nowhere { Progress::Done } else { Progress::Probing };
        }
        let longest = max_latency(&self.target, policy);
        let all = self.stops.iter().map(|stop| stop.progress(self.is_surveyed, longest));
        all.min().unwrap_or(Progress::Done)
    }

    /// Of every address that was seen.
    fn evidence(&self, policy: &Policy) -> Vec<AddressEvidence<'_>> {
        let longest = max_latency(&self.target, policy);
        let visits = self.stops.iter().filter_map(|stop| stop.visit.as_ref());
        let evidence = visits.map(|visit| AddressEvidence {
            address: visit.last.key.address,
            last: Some(&visit.last),
            last_seen: [Some(&visit.last), visit.before.as_ref()].into_iter().flatten().find(|s| !s.chain().is_empty()),
            survey: visit.survey.as_deref(),
            changes: None,
            history: History { is_slow: is_slow_twice(visit, longest), ..History::default() },
        });
        evidence.collect()
    }

    fn findings(&self, observer: &Observer, policy: &Policy, now: Time) -> Vec<Finding> {
        let (resolution, addresses) = (self.resolution.as_deref(), self.evidence(policy));
        let file = self.target.cert_file.as_ref().map(|path| read_stored(path, now));
        let evidence = TargetEvidence { target: &self.target, resolution, file: file.as_ref(), addresses: &addresses };
        judge_knowing(observer, &evidence, policy, now).findings
    }

    fn verdict(&self, observer: &Observer, policy: &Policy, now: Time) -> Verdict {
        let visits: Vec<Visit> = self.stops.iter().filter_map(|stop| stop.visit.clone()).collect();
        let started = self.started.unwrap_or(now);
        Verdict::of(&Examined {
            target: &self.target,
            resolution: self.resolution.as_deref(),
            visits: &visits,
            findings: &self.findings(observer, policy, now),
            started,
            elapsed: now.since(started),
        })
        .silenced_by(policy.silence(&self.target.labels, now))
    }
}

impl Stop {
    const fn new(address: SocketAddr) -> Self {
        Self { address, visit: None, sight: Sight::Nobody, is_again: false }
    }

    fn progress(&self, is_surveyed: bool, longest: Duration) -> Progress {
        match &self.visit {
            None => Progress::Probing,
            Some(visit) if !is_settled(visit, is_surveyed, longest) => Progress::Probing,
            // Who has gone since will not be surveyed.
            Some(visit) if is_surveyed && visit.survey.is_none() && self.sight.is_worth_a_survey() => {
                Progress::Surveying
            }
            Some(_) => Progress::Done,
        }
    }
}

/// A success, a probe not attempted, a failure seen twice, or one that took all the time there was: who waited that
/// long need not wait again, unless a survey can tell which small change makes the peer answer.
fn is_settled(visit: &Visit, is_surveyed: bool, longest: Duration) -> bool {
    let Some(failure) = visit.last.failure() else { return !seems_slow(visit, longest) };
    let is_long = matches!(failure.kind, FailureKind::TimedOut) && !(is_surveyed && failure.phase > Phase::Tcp);
    is_long || visit.before.is_some()
}

/// Slow once, and not looked at again.
fn seems_slow(visit: &Visit, longest: Duration) -> bool {
    visit.before.is_none() && is_slow(&visit.last, longest)
}

fn is_slow_twice(visit: &Visit, longest: Duration) -> bool {
    is_slow(&visit.last, longest) && visit.before.as_ref().is_some_and(|before| is_slow(before, longest))
}

#[cfg(test)]
#[path = "examine_tests.rs"]
mod tests;
