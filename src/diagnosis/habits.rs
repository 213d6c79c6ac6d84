//! What questions beyond one handshake show of a server's habits: sessions, early data, protocols, clients without a name.

use super::command::{self, Show};
use super::evidence::{AddressEvidence, Case};
use super::fault::{Fault, Group};
use super::rules;
use super::words;
use crate::model::{AlpnAnswer, Answer, Certificate, Finding, Resumption, Scope, Sessions, Status, Survey};

pub(super) fn look<'a>(case: &Case<'a>, evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    let (Some(survey), Some(last)) = (evidence.survey, evidence.last) else { return };
    // Of an address that fails now, its habits of before are no news.
    if !last.is_handshake() {
        return;
    }
    if survey.sessions.as_ref().is_some_and(|sessions| broken(sessions).next().is_some()) {
        faults.extend(Fault::surveyed(&rules::HS_RESUMPTION_BROKEN, evidence, tell_broken));
    }
    if survey.sessions.as_ref().is_some_and(|sessions| sessions.early_data.is_some()) {
        faults.extend(Fault::surveyed(&rules::CFG_EARLY_DATA, evidence, tell_early_data));
    }
    if is_h2_missing(case, survey) {
        faults.extend(Fault::surveyed(&rules::CFG_H2_MISSING, evidence, tell_h2));
    }
    let leaf = last.chain().first();
    if case.sends_name() && default_leaf(survey).is_some_and(|other| leaf.is_some_and(|leaf| differ(leaf, other))) {
        faults.extend(Fault::surveyed(&rules::CFG_NO_SNI_CERTIFICATE, evidence, tell_default));
    }
}

/// Each way that is broken, where, and how it ended.
fn broken(sessions: &Sessions) -> impl Iterator<Item = String> {
    let here = sessions.ways().filter_map(|(way, result)| Some((way.replace('_', " "), broken_how(result)?)));
    let there = sessions
        .elsewhere
        .iter()
        .filter_map(|(address, result)| Some((format!("a session taken to {address}"), broken_how(result)?)));
    here.chain(there).map(|(what, how)| format!("{what}: {how}"))
}

fn broken_how(result: &Resumption) -> Option<String> {
    match result {
        Resumption::Broken(how) => Some(how.to_string()),
        _ => None,
    }
}

/// Whether HTTP/2 is wanted, HTTP spoken, and HTTP/2 known not to be.
fn is_h2_missing(case: &Case<'_>, survey: &Survey) -> bool {
    let is_wanted = case.target.alpn.iter().any(|protocol| **protocol == *"h2");
    let speaks_http = survey.http.as_ref().is_some_and(|answer| answer.status.is_some());
    let answer = survey.alpn.iter().find(|answer| answer.offered.as_deref() == Some("h2"));
    is_wanted && speaks_http && answer.is_some_and(is_declined)
}

fn is_declined(answer: &AlpnAnswer) -> bool {
    let selected = answer.selected.as_ref().is_some_and(|selected| selected.as_str() == "h2");
    !selected && !matches!(answer.answer, Answer::Unknown(_))
}

fn default_leaf(survey: &Survey) -> Option<&Certificate> {
    survey.default_certificate().map(|leaf| &**leaf)
}

fn differ(one: &Certificate, other: &Certificate) -> bool {
    one.fingerprint != other.fingerprint
}

fn tell_broken(group: &Group<'_, '_>) -> Finding {
    let sessions = group.first.survey.and_then(|survey| survey.sessions.as_ref());
    let ways: Vec<String> = sessions.map(|sessions| broken(sessions).collect()).unwrap_or_default();
    let verb = words::verb(group.count(), "breaks off", "break off");
    let summary = format!("{} {verb} handshakes that offer to resume a session", group.who());
    let facts = vec![("broken", words::list(ways.iter().cloned(), ways.len()))];
    let mut finding = group.finding(Scope::Address, summary, facts);
    // Clients that lose a session begin anew.
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Resumption));
    finding
}

fn tell_early_data(group: &Group<'_, '_>) -> Finding {
    let bytes = group.first.survey.and_then(|survey| survey.sessions.as_ref()?.early_data).unwrap_or_default();
    let verb = words::verb(group.count(), "takes", "take");
    let summary = format!("{} {verb} up to {bytes} bytes of early data, which can be replayed", group.who());
    let mut finding = group.finding(Scope::Address, summary, vec![("early data", format!("{bytes} bytes"))]);
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Tls13));
    finding
}

fn tell_h2(group: &Group<'_, '_>) -> Finding {
    let verb = words::verb(group.count(), "speaks", "speak");
    let summary = format!("{} {verb} HTTP, and not HTTP/2", group.who());
    let answers = group.first.survey.map(|survey| &survey.alpn[..]).unwrap_or_default();
    let told = answers.iter().filter_map(|answer| {
        let offered = answer.offered.as_deref()?;
        let selected = answer.selected.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        Some(format!("{offered}: {selected}"))
    });
    let facts = vec![("selected when offered alone", words::list(told, answers.len()))];
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Alpn));
    finding
}

fn tell_default(group: &Group<'_, '_>) -> Finding {
    let other = group.first.survey.and_then(default_leaf);
    let shown = other.map(|leaf| leaf.display_name().to_string()).unwrap_or_default();
    let verb = words::verb(group.count(), "serves", "serve");
    let summary = format!("{} {verb} another certificate, “{shown}”, to clients that send no name", group.who());
    let facts = other.map(|leaf| words::identity("certificate without a name", leaf)).unwrap_or_default();
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::NoName));
    finding
}
