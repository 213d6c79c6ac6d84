//! One fault on one address, and the same fault on several addresses told as one finding.

use std::net::SocketAddr;

use super::evidence::{AddressEvidence, Case, Shown};
use super::rules::Rule;
use super::words;
use crate::model::{
    Certificate, Confidence, Evidence, Finding, Fingerprint, Impact, Next, Observation, Scope, Status, Survey, Time,
};

/// Tells a group of equal faults as a finding.
pub(super) type Writer = for<'g, 'a> fn(&Group<'g, 'a>) -> Finding;

/// A fault seen on one address. Cheap: words are made only when it is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault<'a> {
    pub(super) rule: &'static Rule,
    pub(super) address: SocketAddr,
    pub(super) observation: &'a Observation,
    /// The survey that showed it, where it was not the observation.
    pub(super) survey: Option<&'a Survey>,
    /// The certificate at fault.
    pub(super) about: Option<&'a Certificate>,
    /// Tells apart what one code covers, such as alerts by number.
    pub(super) variant: u16,
    pub(super) confidence: Confidence,
    pub(super) write: Writer,
}

impl<'a> Fault<'a> {
    /// A fault of a certificate, or of the chain it came in.
    pub(super) fn shown(rule: &'static Rule, shown: &Shown<'a>, about: &'a Certificate, write: Writer) -> Self {
        Self {
            rule,
            address: shown.address,
            observation: shown.observation,
            survey: None,
            about: Some(about),
            variant: 0,
            confidence: shown.confidence,
            write,
        }
    }

    /// A fault that a probe of the address showed.
    pub(super) const fn probed(
        rule: &'static Rule,
        evidence: &AddressEvidence<'a>,
        observation: &'a Observation,
        write: Writer,
    ) -> Self {
        let (address, confidence) = (evidence.address, Confidence::Certain);
        Self { rule, address, observation, survey: None, about: None, variant: 0, confidence, write }
    }

    /// A fault that a survey showed; `None` where there was none, or where the address was never probed.
    pub(super) fn surveyed(rule: &'static Rule, evidence: &AddressEvidence<'a>, write: Writer) -> Option<Self> {
        Some(Self {
            rule,
            address: evidence.address,
            observation: evidence.last?,
            survey: Some(evidence.survey?),
            about: None,
            variant: 0,
            confidence: Confidence::Certain,
            write,
        })
    }

    /// When it was seen.
    fn at(&self) -> Time {
        self.survey.map_or(self.observation.at, |survey| survey.at)
    }

    /// The same with another reading possible.
    pub(super) fn likely(self) -> Self {
        Self { confidence: Confidence::Likely, ..self }
    }

    fn identity(&self) -> (&'static str, Option<Fingerprint>, u16) {
        (self.rule.code.0, self.about.map(|certificate| certificate.fingerprint), self.variant)
    }
}

/// Equal faults, ordered by address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'g, 'a> {
    pub(super) case: &'g Case<'a>,
    /// The one that words are taken from.
    pub(super) first: &'g Fault<'a>,
    faults: &'g [Fault<'a>],
}

/// Tells faults, equal ones together. The order in which they were found does not matter.
pub(super) fn tell(case: &Case<'_>, faults: &mut Vec<Fault<'_>>) -> Vec<Finding> {
    faults.sort_by(|a, b| a.identity().cmp(&b.identity()).then(a.address.cmp(&b.address)));
    // A certificate that is sent twice has its fault once.
    faults.dedup_by(|a, b| a.identity() == b.identity() && a.address == b.address);
    let groups = faults.chunk_by(|a, b| a.identity() == b.identity());
    groups
        .filter_map(|faults| Some(Group { case, first: faults.first()?, faults }))
        .map(|group| (group.first.write)(&group))
        .collect()
}

impl Group<'_, '_> {
    /// On how many addresses.
    pub(super) const fn count(&self) -> usize {
        self.faults.len()
    }

    /// `2 of 4 addresses of shop.example:443`.
    pub(super) fn who(&self) -> String {
        words::who(self.case, self.count())
    }

    /// `certificate on 2 of 4 addresses of shop.example:443`.
    pub(super) fn certificate(&self) -> String {
        words::certificate_of(self.case, self.count())
    }

    /// The finding with its catalogue entry's impact and next step; the writer refines it.
    pub(super) fn finding(&self, scope: Scope, summary: String, mut facts: Vec<(&'static str, String)>) -> Finding {
        let rule = self.first.rule;
        let addresses: Vec<SocketAddr> = self.faults.iter().map(|fault| fault.address).collect();
        let certain = self.faults.iter().any(|fault| fault.confidence == Confidence::Certain);
        let seen = self.faults.iter().map(Fault::at);
        let (since, last) = (seen.clone().min().unwrap_or_default(), seen.max().unwrap_or_default());
        facts.push(("addresses", words::addresses(&addresses)));
        facts.push(("observed", last.rfc3339()));
        Finding {
            code: rule.code,
            impact: rule.impact,
            status: status_of(rule.impact),
            confidence: if certain { Confidence::Certain } else { Confidence::Likely },
            scope,
            addresses,
            certificates: self.first.about.iter().map(|certificate| certificate.fingerprint).collect(),
            summary,
            evidence: Evidence(facts),
            next: Next { text: rule.next.to_owned(), command: None },
            caused_by: None,
            validity: None,
            since,
            last,
        }
    }
}

/// What policy makes of an impact when nothing more is known.
pub(super) const fn status_of(impact: Impact) -> Status {
    match impact {
        Impact::Advice => Status::Ok,
        Impact::Inconclusive => Status::Unknown,
        Impact::Pending => Status::Warning,
        Impact::Partial | Impact::Outage => Status::Critical,
    }
}
