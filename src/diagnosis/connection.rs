//! What the last probe of each address came to: failures as findings, and slowness.

use super::command::{self, Show};
use super::differential;
use super::evidence::{AddressEvidence, Case};
use super::expect;
use super::expiry::Review;
use super::failure;
use super::fault::{Fault, Group};
use super::in_common;
use super::mtls;
use super::proxy;
use super::reading::{Context, Reading};
use super::rules::{self, Rule};
use super::starttls;
use super::throttling;
use super::words;
use crate::model::{Confidence, Failure, FailureKind, Finding, Observation, Outcome, Peer, Phase, Scope};
use crate::model::{Negotiation, Status, TlsVersion, human_duration};

pub(super) fn look<'a>(
    case: &Case<'a>,
    evidence: &AddressEvidence<'a>,
    faults: &mut Vec<Fault<'a>>,
    review: &mut Review,
) {
    let Some(last) = evidence.last else { return };
    let fault =
        |rule, confidence, variant, write| Fault { variant, confidence, ..Fault::probed(rule, evidence, last, write) };
    match &last.outcome {
        Outcome::Failed(failure) => {
            if let Some(until) = throttling::explains(evidence, failure, last) {
                // The next failure like it may not be our doing any more.
                review.note_or_soon(until);
                faults.push(throttling::fault(evidence, last));
                return;
            }
            let first = read(case, last, failure);
            let reading = refine(first, evidence, failure);
            let variant = if reading.rule.code == first.rule.code { variant(failure) } else { 0 };
            faults.push(fault(reading.rule, reading.confidence, variant, tell_failure));
        }
        Outcome::Handshake => {
            if evidence.history.is_slow {
                faults.push(fault(&rules::TLS_SLOW, Confidence::Certain, 0, tell_slowness));
            }
            if evidence.survey.and_then(|survey| survey.negotiation.as_ref()).is_some_and(is_pq_only) {
                faults.push(fault(&rules::HS_PQ_ONLY, Confidence::Certain, 0, tell_pq_only));
            }
            if throttling::throttled(evidence).is_some() {
                faults.push(throttling::fault(evidence, last));
            }
        }
        Outcome::Skipped { .. } => faults.push(fault(&rules::LOCAL_SKIPPED, Confidence::Certain, 0, tell_skip)),
    }
}

/// What a failure is, by itself and by what the fleet shows of our own side.
fn read(case: &Case<'_>, last: &Observation, failure: &Failure) -> Reading {
    let is_v6 = last.key.address.is_ipv6();
    let is_away = failure.phase == Phase::Tcp && failure.kind == FailureKind::Unreachable;
    if is_v6 && is_away && case.observer.no_ipv6.is_some() {
        return Reading::likely(&rules::LOCAL_NO_IPV6);
    }
    failure::read(failure, context(case, last))
}

/// The same with what was asked about a failure like it.
fn refine(first: Reading, evidence: &AddressEvidence<'_>, failure: &Failure) -> Reading {
    let Some(differential) = differential::about(evidence, failure) else { return first };
    let refined = differential::refine(first, differential);
    let negotiation = evidence.survey.and_then(|survey| survey.negotiation.as_ref());
    negotiation.map_or(refined, |negotiation| in_common::refine(refined, negotiation))
}

fn context<'a>(case: &Case<'_>, observation: &'a Observation) -> Context<'a> {
    Context {
        handshake: observation.handshake.as_ref(),
        at: Some(observation.at),
        ip: Some(observation.key.address.ip()),
        nameless: !case.sends_name(),
        asked: case.target.protocol,
        upgrade: observation.upgrade.as_deref(),
    }
}

/// Whether all groups that the server was found to accept are post-quantum ones, and no older version does without.
fn is_pq_only(negotiation: &Negotiation) -> bool {
    let accepts_older = |answer: &crate::model::VersionAnswer| {
        answer.version < TlsVersion(0x0304) && answer.answer.is_accepted() == Some(true)
    };
    !negotiation.groups.is_empty()
        && negotiation.groups.iter().all(|group| group.is_post_quantum())
        && negotiation.legacy_groups.is_empty()
        && !negotiation.versions.iter().any(accepts_older)
}

/// Keeps apart alerts by number and sender, and plain-text peers by protocol.
fn variant(failure: &Failure) -> u16 {
    match &failure.kind {
        FailureKind::Alert(alert) => u16::from(alert.number) | if alert.from == Peer::Us { 0x100 } else { 0 },
        FailureKind::Plaintext { protocol, .. } => *protocol as u16,
        _ => 0,
    }
}

fn tell_failure(group: &Group<'_, '_>) -> Finding {
    let fault = group.first;
    let Outcome::Failed(failure) = &fault.observation.outcome else {
        return group.finding(Scope::Address, group.who(), Vec::new());
    };
    let ours = matches!(fault.rule.code.family(), "local" | "proxy");
    let differential = group.case.address(fault.address).and_then(|evidence| differential::about(evidence, failure));
    let difference = differential.and_then(differential::phrase);
    let did = match &difference {
        Some(difference) => {
            let first = failure::read(failure, context(group.case, fault.observation));
            format!("{}, {difference}", differential::did(first.rule, failure, group.case.target.protocol))
        }
        None => failure::phrase(fault.rule, failure, group.case.target.protocol),
    };
    let scope = if ours { Scope::Observer } else { Scope::Address };
    let mut facts = facts(fault.observation, failure);
    facts.extend(differential.map(differential::facts).unwrap_or_default());
    let survey =
        group.case.address(fault.address).and_then(|evidence| evidence.survey).filter(|_| differential.is_some());
    if let Some(negotiation) = survey.and_then(|survey| survey.negotiation.as_ref()) {
        facts.extend(in_common::facts(fault.rule, negotiation));
    }
    let mut finding = group.finding(scope, format!("{} {did}", group.who()), facts);
    if fault.rule.code == rules::STARTTLS_WRONG_MODE.code
        && let Some(text) = starttls::correct(group.case, failure)
    {
        finding.next.text = text;
    }
    finding.next.command = Some(reproduce(group, fault.rule, failure));
    finding
}

fn facts(observation: &Observation, failure: &Failure) -> Vec<(&'static str, String)> {
    let mut facts = vec![("phase", failure.phase.name().to_owned())];
    match &failure.kind {
        FailureKind::Alert(alert) => {
            facts.push(("alert", alert.to_string()));
            facts.push(("sent by", if alert.from == Peer::Server { "server" } else { "us" }.to_owned()));
        }
        FailureKind::Plaintext { protocol, first } => {
            facts.push(("protocol", protocol.name().to_owned()));
            facts.push(("first bytes", first.to_string()));
        }
        FailureKind::NotTls { first } => facts.push(("first bytes", first.to_string())),
        _ => {}
    }
    proxy::facts(observation, &mut facts);
    starttls::facts(observation, &mut facts);
    // Of an alert of the peer's there is nothing more to say.
    let is_told = matches!(&failure.kind, FailureKind::Alert(alert) if alert.from == Peer::Server);
    if !failure.detail.is_empty() && !is_told {
        facts.push(("error", failure.detail.to_string()));
    }
    if let Some(handshake) = observation.handshake.as_ref() {
        facts.extend(mtls::facts(&handshake.client_auth, observation.at));
    }
    if failure.phase > Phase::Tcp {
        facts.push(("bytes received", failure.received.to_string()));
        facts.push(("bytes sent", failure.sent.to_string()));
    }
    facts.push(("after", human_duration(observation.timings.total)));
    facts
}

fn reproduce(group: &Group<'_, '_>, rule: &Rule, failure: &Failure) -> String {
    let address = group.first.address;
    match failure.kind {
        _ if rule.code == rules::LOCAL_FD_LIMIT.code => "ulimit -n".to_owned(),
        _ if rule.code == rules::HS_ALPN_MISMATCH.code => command::handshake(group.case, address, Show::Alpn),
        _ if rule.code == rules::HS_PQ_INTOLERANT.code => command::handshake(group.case, address, Show::Large),
        _ if rule.code == rules::HS_TLS13_INTOLERANT.code => command::handshake(group.case, address, Show::Tls13),
        _ if rule.code == rules::STARTTLS_WRONG_MODE.code => command::handshake(group.case, address, Show::Handshake),
        _ if rule.code == rules::STARTTLS_BROKEN.code => command::handshake(group.case, address, Show::Handshake),
        FailureKind::Plaintext { .. } | FailureKind::NotTls { .. } if failure.phase > Phase::Tcp => {
            command::greeting(group.case, address)
        }
        _ if failure.phase <= Phase::Tcp => command::connect(group.case, address),
        _ => command::handshake(group.case, address, Show::Handshake),
    }
}

fn tell_pq_only(group: &Group<'_, '_>) -> Finding {
    let survey = group.case.address(group.first.address).and_then(|evidence| evidence.survey);
    let groups = survey.and_then(|survey| survey.negotiation.as_ref()).map_or(&[][..], |found| &found.groups);
    let groups = words::list(groups.iter().map(ToString::to_string), groups.len());
    let accepts = words::verb(group.count(), "accepts", "accept");
    let summary = format!("{} {accepts} post-quantum key exchange only: {groups}", group.who());
    let mut finding = group.finding(Scope::Address, summary, vec![("groups", groups)]);
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Classical));
    finding
}

fn tell_slowness(group: &Group<'_, '_>) -> Finding {
    let timings = group.first.observation.timings;
    let took = timings.tls.unwrap_or_default();
    let objective = expect::max_latency(group.case.target, group.case.policy);
    let summary = format!(
        "{} took {} for the TLS handshake, above the objective of {}",
        group.who(),
        human_duration_fine(took),
        human_duration_fine(objective)
    );
    let mut facts = vec![("tls", human_duration_fine(took)), ("objective", human_duration_fine(objective))];
    if let Some(tcp) = timings.tcp {
        facts.push(("tcp", human_duration_fine(tcp)));
    }
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Handshake));
    finding
}

/// Milliseconds up to ten seconds, where whole seconds hide too much.
fn human_duration_fine(duration: std::time::Duration) -> String {
    if duration.as_secs() < 10 { format!("{} ms", duration.as_millis()) } else { human_duration(duration) }
}

fn tell_skip(group: &Group<'_, '_>) -> Finding {
    let reason = match &group.first.observation.outcome {
        Outcome::Skipped { reason } => reason.to_string(),
        Outcome::Failed(_) | Outcome::Handshake => String::new(),
    };
    let summary = format!("{} not probed: {reason}", group.who());
    group.finding(Scope::Observer, summary, vec![("reason", reason)])
}
