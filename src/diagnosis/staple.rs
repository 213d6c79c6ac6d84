//! The OCSP response that a server staples to its handshake: promised and missing, out of date, or worthless.

use super::command::{self, Show};
use super::evidence::{AddressEvidence, Case, Shown};
use super::expiry::Review;
use super::fault::{Fault, Group};
use super::rules::{self, Rule};
use super::words::{self, coarse};
use crate::model::{Certificate, Finding, RevocationState, RevocationWord, Scope, Status, Time};

pub(super) fn look<'a>(
    case: &Case<'a>,
    evidence: &AddressEvidence<'a>,
    shown: &Shown<'a>,
    leaf: &'a Certificate,
    faults: &mut Vec<Fault<'a>>,
    review: &mut Review,
) {
    let Some(staple) = shown.handshake.staple.as_deref() else {
        // Before the end of the handshake it may still have come.
        if leaf.must_staple && shown.observation.is_handshake() {
            faults.push(Fault::shown(&rules::CERT_MUST_STAPLE_MISSING, shown, leaf, tell_missing));
        }
        return;
    };
    let Some(word) = word_about(evidence, leaf) else { return };
    if let Some(end) = word.next_update {
        review.note(end);
    }
    // Another staple than the one that was verified is another statement.
    if let Some(rule) = reading(word, case.now).filter(|_| word.is_of(staple)) {
        faults.push(Fault::shown(rule, shown, leaf, tell_staple));
    }
}

fn word_about<'a>(evidence: &AddressEvidence<'a>, leaf: &Certificate) -> Option<&'a RevocationWord> {
    evidence.survey?.revocation_of(leaf.fingerprint)?.staple()
}

/// Time goes by: what was good at the survey may have gone out of date since.
fn reading(word: &RevocationWord, now: Time) -> Option<&'static Rule> {
    let ended = word.next_update.is_some_and(|end| end <= now);
    match word.state {
        RevocationState::Good if ended => Some(&rules::CERT_STAPLE_STALE),
        RevocationState::Stale => Some(&rules::CERT_STAPLE_STALE),
        RevocationState::Declined(_) | RevocationState::Invalid(_) | RevocationState::Unknown => {
            Some(&rules::CERT_STAPLE_INVALID)
        }
        RevocationState::Good
        | RevocationState::Revoked { .. }
        | RevocationState::Unavailable(_)
        | RevocationState::Unchecked(_) => None,
    }
}

fn tell_missing(group: &Group<'_, '_>) -> Finding {
    let sends = words::verb(group.count(), "staples", "staple");
    let summary = format!("{} {sends} no OCSP response, and the certificate says that servers must", group.who());
    let facts = group.first.about.map_or_else(Vec::new, |leaf| words::identity("certificate", leaf));
    tell(group, summary, facts)
}

fn tell_staple(group: &Group<'_, '_>) -> Finding {
    let (Some(leaf), now) = (group.first.about, group.case.now) else { return tell(group, group.who(), Vec::new()) };
    let evidence = group.case.address(group.first.address);
    let Some(word) = evidence.and_then(|evidence| word_about(evidence, leaf)) else {
        return tell(group, group.who(), Vec::new());
    };
    let staples = words::verb(group.count(), "staples", "staple");
    let what = match (&word.state, word.next_update) {
        (RevocationState::Good | RevocationState::Stale, Some(end)) => {
            format!("an OCSP response that ended {} ago", coarse(now.since(end)))
        }
        (RevocationState::Declined(detail), _) => format!("an OCSP response that says nothing: {detail}"),
        (RevocationState::Invalid(detail), _) => format!("an OCSP response that cannot be relied upon: {detail}"),
        _ => "an OCSP response of a responder that does not know the certificate".to_owned(),
    };
    let mut facts = vec![("certificate", leaf.display_name().to_string()), ("staple", word.state.name().to_owned())];
    facts.extend(word.state.detail().map(|detail| ("reason", detail.to_string())));
    let moments = [("this update", word.this_update), ("next update", word.next_update), ("signed", word.produced_at)];
    facts.extend(moments.into_iter().filter_map(|(name, moment)| Some((name, moment?.rfc3339()))));
    tell(group, format!("{} {staples} {what}", group.who()), facts)
}

/// Some clients refuse what most do not look at: work for the day, not for the night.
fn tell(group: &Group<'_, '_>, summary: String, facts: Vec<(&'static str, String)>) -> Finding {
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Staple));
    finding
}
