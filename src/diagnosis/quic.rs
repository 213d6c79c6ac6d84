//! HTTP/3 beside HTTP over TCP: whether it answers where it is promised, and with the same certificate.

use super::command;
use super::evidence::{AddressEvidence, Case};
use super::fault::{Fault, Group};
use super::rules;
use super::words;
use crate::model::{Certificate, Confidence, Finding, Impact, QuicAnswer, Scope, Status};

pub(super) fn look<'a>(case: &Case<'a>, evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let Some(answer) = evidence.survey.and_then(|survey| survey.quic.as_ref()) else { return };
    let Some(leaf) = evidence.last.filter(|last| last.is_handshake()).and_then(|last| last.chain().first()) else {
        return;
    };
    if answer.failure.is_some() && answer.advertised {
        // It may be our side that lets no UDP through.
        let dead = Fault::surveyed(&rules::CFG_H3_DEAD, evidence, tell_dead);
        faults.extend(dead.map(|fault| Fault { confidence: Confidence::Likely, ..fault }));
    }
    let Some(other) = answer.chain.first().filter(|other| other.fingerprint != leaf.fingerprint) else { return };
    let variant = u16::from(is_ended(case, other));
    let differs = Fault::surveyed(&rules::FLEET_H3_DIFFERS, evidence, tell_differs);
    faults.extend(differs.map(|fault| Fault { variant, ..fault }));
}

fn is_ended(case: &Case<'_>, certificate: &Certificate) -> bool {
    certificate.not_after < case.now
}

fn answer<'a>(group: &Group<'_, 'a>) -> Option<&'a QuicAnswer> {
    group.first.survey.and_then(|survey| survey.quic.as_ref())
}

fn port(group: &Group<'_, '_>) -> u16 {
    answer(group).map_or(443, |answer| answer.port)
}

fn tell_dead(group: &Group<'_, '_>) -> Finding {
    let (verb, port) = (words::verb(group.count(), "advertises", "advertise"), port(group));
    let why = answer(group).and_then(|answer| answer.failure.as_ref()).map(ToString::to_string).unwrap_or_default();
    let summary = format!("{} {verb} HTTP/3 on UDP port {port}, where no handshake succeeds: {why}", group.who());
    let facts = vec![("udp port", port.to_string()), ("failure", why)];
    let mut finding = group.finding(Scope::Address, summary, facts);
    // Browsers try it, wait, and go over TCP: slow, not broken.
    finding.status = Status::Warning;
    finding.next.command = Some(command::http3(group.case, group.first.address.ip(), port));
    finding
}

fn tell_differs(group: &Group<'_, '_>) -> Finding {
    let verb = words::verb(group.count(), "serves", "serve");
    let other = answer(group).and_then(|answer| answer.chain.first());
    let ended = other.filter(|other| is_ended(group.case, other));
    let state = ended.map_or_else(String::new, |other| format!(", which expired at {}", other.not_after.rfc3339()));
    let summary = format!("{} {verb} another certificate over HTTP/3 than over TCP{state}", group.who());
    let mut facts = other.map(|other| words::identity("certificate over http/3", other)).unwrap_or_default();
    if let Some(leaf) = group.first.observation.chain().first() {
        facts.push(("certificate over tcp (sha256)", leaf.fingerprint.to_string()));
    }
    let mut finding = group.finding(Scope::Address, summary, facts);
    if ended.is_some() {
        (finding.impact, finding.status) = (Impact::Partial, Status::Critical);
    }
    finding.next.command = Some(command::http3(group.case, group.first.address.ip(), port(group)));
    finding
}
