//! The verdict object, schema 1: a promise to scripts. Fields may be added, never changed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::endpoint::{Endpoint, Visit, millis};
use super::facts::{CertificateFacts, rfc3339, rfc3339_millis};
use crate::diagnosis::is_revocation_unasked;
use crate::model::{
    Code, Confidence, Evidence, Finding, Fingerprint, Impact, Labels, Next, Resolution, Scope, Silence, Status, Survey,
    Target, Time, Untrusted, human_duration,
};

/// One target examined once: what a verdict is made from.
#[derive(Clone, Copy, Debug)]
pub struct Examined<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its look-up.
    pub resolution: Option<&'a Resolution>,
    /// Its addresses.
    pub visits: &'a [Visit],
    /// What diagnosis made of it, the cause first.
    pub findings: &'a [Finding],
    /// When the examination began.
    pub started: Time,
    /// How long it took.
    pub elapsed: Duration,
}

/// What is wrong with a target, as far as one look shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    schema: u8,
    kind: &'static str,
    /// Canonical notation.
    pub target: String,
    /// Name or literal.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// What is spoken before TLS, `tls` for nothing.
    pub protocol: &'static str,
    /// Names and values.
    pub labels: Labels,
    /// Worst status; `unknown` when nothing could be seen.
    pub status: Status,
    /// Worst impact; `null` when there are no findings.
    pub impact: Option<Impact>,
    /// One sentence.
    pub summary: String,
    /// The cause to act on first.
    pub findings: Vec<FindingRecord>,
    /// What nobody was asked, though somebody could have been: `revocation`.
    pub not_asked: Vec<&'static str>,
    /// Every address.
    pub endpoints: Vec<Endpoint>,
    /// Every certificate seen, in surveys and by fetching as well.
    pub certificates: BTreeMap<Fingerprint, CertificateFacts>,
    /// The planned maintenance that the target is in, in words; what is found counts all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silenced: Option<String>,
    /// When the examination began.
    #[serde(serialize_with = "rfc3339_millis")]
    pub started: Time,
    /// How long it took, in milliseconds.
    pub elapsed_ms: f64,
}

/// A finding as promised; the model's own form may grow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingRecord {
    /// Which fact.
    pub code: Code,
    /// Whom it hurts.
    pub impact: Impact,
    /// What policy makes of it.
    pub status: Status,
    /// How sure we are.
    pub confidence: Confidence,
    /// What it is about.
    pub scope: Scope,
    /// Addresses it was seen on.
    pub addresses: Vec<SocketAddr>,
    /// Certificates it is about.
    pub certificates: Vec<Fingerprint>,
    /// One sentence.
    pub summary: String,
    /// Observed facts.
    pub evidence: Evidence,
    /// What to do.
    pub next: Next,
    /// The finding that explains this one.
    pub caused_by: Option<Code>,
    #[serde(serialize_with = "rfc3339")]
    since: Time,
    #[serde(serialize_with = "rfc3339")]
    last: Time,
}

impl Verdict {
    /// The verdict on what was examined.
    #[must_use]
    pub fn of(examined: &Examined<'_>) -> Self {
        let Examined { target, resolution, visits, findings, started, elapsed } = *examined;
        let looked_up = resolution.map_or(Duration::ZERO, |resolution| resolution.took);
        let endpoints: Vec<Endpoint> = visits.iter().map(|visit| Endpoint::of(visit, looked_up, started)).collect();
        let surveyed = visits.iter().filter_map(|visit| visit.survey.as_deref()).flat_map(Survey::certificates);
        let seen = visits.iter().flat_map(|visit| visit.last.chain()).chain(surveyed);
        let mut verdict = Self {
            schema: 1,
            kind: "verdict",
            target: target.name.to_string(),
            host: target.host.to_string(),
            port: target.port,
            protocol: target.protocol.name(),
            labels: target.labels.clone(),
            status: status(findings, &endpoints),
            impact: findings.iter().map(|finding| finding.impact).max(),
            summary: String::new(),
            findings: findings.iter().map(FindingRecord::of).collect(),
            not_asked: if visits.iter().any(is_unasked) { vec!["revocation"] } else { Vec::new() },
            endpoints,
            certificates: seen.map(|seen| (seen.fingerprint, CertificateFacts::of(seen))).collect(),
            silenced: None,
            started,
            elapsed_ms: millis(elapsed),
        };
        verdict.summary = verdict.sentence();
        verdict
    }

    /// The same of a target that is in planned maintenance.
    #[must_use]
    pub fn silenced_by(self, silence: Option<&Arc<Silence>>) -> Self {
        let words = silence.map(|silence| {
            let until = silence.until.map_or_else(|| "without end".to_owned(), |until| format!("until {until}"));
            let reason = Untrusted::new(&silence.reason);
            if reason.is_empty() { until } else { format!("{until}: {reason}") }
        });
        Self { silenced: words, ..self }
    }

    /// The served certificate that ends first, among leaves.
    #[must_use]
    pub fn first_to_end(&self) -> Option<&CertificateFacts> {
        let leaves = self.endpoints.iter().filter_map(|endpoint| self.certificates.get(endpoint.chain.first()?));
        leaves.min_by_key(|leaf| leaf.not_after)
    }

    /// What was not asked, in words.
    pub(super) fn unasked(&self) -> Option<String> {
        (!self.not_asked.is_empty()).then(|| self.not_asked.join(", "))
    }

    /// The worst finding's sentence; what is good when nothing is bad.
    fn sentence(&self) -> String {
        if self.status != Status::Ok {
            let cause = self.findings.first();
            return cause.map_or_else(|| "nothing could be seen".to_owned(), |finding| finding.summary.clone());
        }
        let count = self.endpoints.len();
        let addresses = if count == 1 { "1 address".to_owned() } else { format!("{count} addresses") };
        let left = self.first_to_end().map_or_else(String::new, |leaf| {
            format!(", certificate valid {} more", human_duration(leaf.not_after.since(self.started)))
        });
        let unasked = self.unasked().map_or_else(String::new, |what| format!("; {what} not asked"));
        format!("healthy on {addresses}{left}{unasked}")
    }
}

/// The worst finding's status; unknown when an address gave neither a handshake nor a finding.
fn status(findings: &[Finding], endpoints: &[Endpoint]) -> Status {
    let unseen = endpoints.is_empty() || endpoints.iter().any(|endpoint| endpoint.outcome != "handshake");
    let found = findings.iter().map(|finding| finding.status).max();
    found.unwrap_or(if unseen { Status::Unknown } else { Status::Ok })
}

/// Whether the served certificate may be revoked for all that was heard.
fn is_unasked(visit: &Visit) -> bool {
    visit.last.chain().first().is_some_and(|leaf| is_revocation_unasked(leaf, visit.survey.as_deref()))
}

impl FindingRecord {
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code,
            impact: finding.impact,
            status: finding.status,
            confidence: finding.confidence,
            scope: finding.scope,
            addresses: finding.addresses.clone(),
            certificates: finding.certificates.clone(),
            summary: finding.summary.clone(),
            evidence: finding.evidence.clone(),
            next: finding.next.clone(),
            caused_by: finding.caused_by,
            since: finding.since,
            last: finding.last,
        }
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
