//! One look at a target: what it confirms, what it heals, and what it tells nothing about.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use crate::diagnosis::{Policy, incident_key, is_over_time, rests_on, severity};
use crate::model::{
    Confidence, Extent, Finding, Impact, IncidentKey, Question, Scope, Severity, Status, Survey, Target,
};

/// Good observations of every address after which a target leaves an incident.
const CLOSES_AFTER: u8 = 3;
/// The same of surveys, each of which looks more than once.
const SURVEYS_CLOSE_AFTER: u8 = 1;

/// What was looked at just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// One address was probed.
    Address(SocketAddr),
    /// The name was looked up.
    Name,
    /// Nothing: time passed, or the set of addresses changed.
    Nothing,
    /// One address was asked these questions to the end.
    Survey(SocketAddr, Asked),
}

/// Questions of a survey that were asked to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked(u16);

impl Asked {
    /// Those of a survey whose answers are the ones that stand.
    pub(super) fn by(survey: &Arc<Survey>, standing: &[Arc<Survey>]) -> Self {
        let stands = |question| Survey::answering(standing, question).is_some_and(|one| Arc::ptr_eq(one, survey));
        let asked = Question::ALL.into_iter().filter(|question| survey.extent(*question) == Extent::Whole);
        Self(asked.filter(|question| stands(*question)).map(Self::bit).fold(0, |bits, bit| bits | bit))
    }

    const fn has(self, question: Question) -> bool {
        self.0 & Self::bit(question) != 0
    }

    const fn bit(question: Question) -> u16 {
        1 << question as u16
    }
}

/// An address, or the name itself for findings that name no address.
pub(super) type Place = Option<SocketAddr>;

/// What a target's findings say of one cause.
pub(super) struct Part<'a> {
    /// The worst.
    pub(super) finding: &'a Arc<Finding>,
    pub(super) severity: Severity,
    pub(super) places: BTreeSet<Place>,
}

/// What was seen, and what it means for causes that are no longer found.
pub(super) struct Look {
    seen: Seen,
    /// Where something of our own stood in the way: nothing was learnt there.
    obscured: BTreeSet<Place>,
    /// Where connections fail, from whatever cause: no business of an earlier one any more.
    failing: BTreeSet<Place>,
    /// Where a cause was found that was not there before.
    newly_hurt: BTreeSet<Place>,
}

impl Look {
    pub(super) fn new<'a>(seen: Seen, findings: &[Arc<Finding>], new: impl Iterator<Item = &'a Part<'a>>) -> Self {
        let all = |wanted: fn(&Finding) -> bool| {
            findings.iter().filter(|finding| wanted(finding)).flat_map(|finding| places(finding)).collect()
        };
        let new = new.filter(|part| part.finding.impact >= Impact::Partial);
        Self {
            seen,
            obscured: all(|finding| finding.scope == Scope::Observer),
            failing: all(is_failing),
            newly_hurt: new.flat_map(|part| part.places.iter().copied()).collect(),
        }
    }

    /// Whether a finding in that place was looked at just now: a probe tells nothing about what rests on a survey,
    /// nor a survey about what it did not ask.
    pub(super) fn concerns(&self, place: Place, finding: &Finding) -> bool {
        match (self.seen, rests_on(finding.code), place) {
            (Seen::Address(seen), None, Some(address)) => seen == address,
            (Seen::Address(_) | Seen::Name, None, None) => true,
            (Seen::Survey(seen, asked), Some(question), place) => {
                asked.has(question) && place.is_none_or(|address| seen == address)
            }
            _ => false,
        }
    }

    /// Counts a good look where there was one. What has become another cause's business is not waited for.
    /// `patience` times as many good looks close what has come back before.
    pub(super) fn heal(&self, wounds: &mut BTreeMap<Place, u8>, finding: &Finding, patience: u8) {
        let fails = is_failing(finding);
        let enough =
            if rests_on(finding.code).is_some() { SURVEYS_CLOSE_AFTER } else { CLOSES_AFTER.saturating_mul(patience) };
        wounds.retain(|place, good| {
            let is_good = self.concerns(*place, finding) && !self.obscured.contains(place);
            *good = good.saturating_add(u8::from(is_good));
            let taken_over = self.newly_hurt.contains(place) || (fails && self.failing.contains(place));
            *good < enough && !taken_over
        });
    }
}

/// A fact about a certificate lasts until it is replaced, and what a survey found was asked more than once;
/// a connection that failed may succeed the next moment.
pub(super) fn opens_at_once(finding: &Finding) -> bool {
    let lasts = !finding.certificates.is_empty() || rests_on(finding.code).is_some();
    finding.confidence == Confidence::Certain && lasts
}

/// Whether connections fail or names are not found, as opposed to what is wrong with a certificate.
pub(super) fn is_failing(finding: &Finding) -> bool {
    let fails = finding.impact >= Impact::Partial && !is_over_time(finding);
    finding.certificates.is_empty() && fails && finding.scope != Scope::Observer
}

/// Whether a finding is about an address; one that names none is about the name.
pub(super) fn names(finding: &Finding, address: Option<SocketAddr>) -> bool {
    address.map_or(finding.addresses.is_empty(), |address| finding.addresses.contains(&address))
}

fn places(finding: &Finding) -> impl Iterator<Item = Place> {
    let name = finding.addresses.is_empty().then_some(None);
    finding.addresses.iter().copied().map(Some).chain(name)
}

/// A target's findings that open incidents, by cause: the worst of each, and wherever it was seen.
pub(super) fn parts<'a>(
    target: &Target,
    findings: &'a [Arc<Finding>],
    policy: &Policy,
) -> BTreeMap<IncidentKey, Part<'a>> {
    let mut parts = BTreeMap::<IncidentKey, Part<'a>>::new();
    let opening = findings.iter().filter(|finding| finding.caused_by.is_none() && finding.status > Status::Ok);
    for finding in opening {
        let severity = severity(target, finding, policy);
        let part = parts.entry(incident_key(target, finding)).or_insert_with(|| Part {
            finding,
            severity,
            places: BTreeSet::new(),
        });
        if (finding.status, finding.impact) > (part.finding.status, part.finding.impact) {
            (part.finding, part.severity) = (finding, severity);
        }
        part.places.extend(places(finding));
    }
    parts
}
