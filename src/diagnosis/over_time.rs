//! Faults that take several moments to show: outages that come and go, certificates by turns.

use super::command::{self, Show};
use super::evidence::AddressEvidence;
use super::fault::{Fault, Group};
use super::history::History;
use super::rules::{self, Rule};
use super::words;
use crate::model::{Finding, Scope, Status};

/// Tells what comes and goes, and what is served by turns.
pub(super) fn look<'a>(evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let Some(last) = evidence.last else { return };
    let fault = |rule, write| Fault { variant: OVER_TIME, ..Fault::probed(rule, evidence, last, write) };
    // A failure that is known to come and go is told by itself.
    let is_told =
        |rule: &Rule| faults.iter().any(|told| told.rule.code == rule.code && told.address == evidence.address);
    let flapping = evidence.history.flapping().filter(|rule| !is_told(rule));
    faults.extend(flapping.map(|rule| fault(rule, tell_flapping)));
    if evidence.history.alternates() {
        faults.push(fault(&rules::FLEET_LB_MIXED, tell_alternating));
    }
}

/// Keeps what many probes show apart from what the last one does.
const OVER_TIME: u16 = u16::MAX;

fn history(group: &Group<'_, '_>) -> History {
    group.case.address(group.first.address).map(|evidence| evidence.history).unwrap_or_default()
}

fn tell_flapping(group: &Group<'_, '_>) -> Finding {
    let History { probes, failures, turns, .. } = history(group);
    let verb = words::verb(group.count(), "comes and goes", "come and go");
    let (what, of) = if group.first.rule.code == rules::HS_INTERMITTENT.code {
        (
            words::verb(group.count(), "completes the handshake at times only", "complete the handshake at times only"),
            "handshakes",
        )
    } else {
        (verb, "probes")
    };
    let summary = format!("{} {what}: {failures} of the last {probes} {of} failed, with {turns} changes", group.who());
    let facts = vec![("failed", format!("{failures} of {probes}")), ("changes", turns.to_string())];
    let mut finding = group.finding(Scope::Address, summary, facts);
    // It serves some of the time.
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Handshake));
    finding
}

fn tell_alternating(group: &Group<'_, '_>) -> Finding {
    let History { probes, changes, .. } = history(group);
    let verb = words::verb(group.count(), "serves", "serve");
    let summary = format!(
        "{} {verb} different certificates by turns: {changes} changes in the last {probes} probes",
        group.who()
    );
    let mut facts =
        group.first.observation.chain().first().map(|leaf| words::identity("certificate", leaf)).unwrap_or_default();
    facts.push(("changes", changes.to_string()));
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Dates));
    finding
}
