//! Certificates that were revoked, and sources of revocation that fail.
//!
//! What we ourselves did not check (`RevocationState::Unchecked`) is evidence of the survey and nobody's fault.

use super::certificate::{is_leaf, part_of};
use super::command::{self, Show};
use super::evidence::{AddressEvidence, Case, Shown};
use super::fault::{Fault, Group};
use super::policy::Policy;
use super::rules::{self, Rule};
use super::words::{self, coarse};
use crate::model::{
    Certificate, Confidence, Finding, Revocation, RevocationSource, RevocationState, RevocationWord, Scope, Status,
    Survey, Time, Untrusted, human_duration,
};

pub(super) fn look<'a>(
    case: &Case<'a>,
    evidence: &AddressEvidence<'a>,
    shown: &Shown<'a>,
    faults: &mut Vec<Fault<'a>>,
) {
    let Some(survey) = evidence.survey else { return };
    for certificate in shown.path() {
        let Some(revocation) = survey.revocation_of(certificate.fingerprint) else { continue };
        for rule in revocation.words.iter().filter_map(|word| reading(word, case.policy)) {
            let revoked = rule.code == rules::CERT_REVOKED.code;
            let fault = Fault::shown(rule, shown, certificate, if revoked { tell_revoked } else { tell_source });
            faults.push(if revoked && is_contradicted(revocation) { fault.likely() } else { fault });
        }
    }
}

/// Whether a certificate names a responder or a list, and nothing was heard of either: by no survey, by one of another
/// certificate, or by one that was not to fetch. A staple that a survey verified is an answer as well.
#[must_use]
pub fn is_revocation_unasked(certificate: &Certificate, survey: Option<&Survey>) -> bool {
    let is_heard = |word: &RevocationWord| !matches!(word.state, RevocationState::Unchecked(_));
    let known = survey.and_then(|survey| survey.revocation_of(certificate.fingerprint));
    let names_a_source = !certificate.ocsp_urls.is_empty() || !certificate.crl_urls.is_empty();
    names_a_source && !known.is_some_and(|known| known.words.iter().any(is_heard))
}

/// What one word means. A staple that does not help is its server's affair.
fn reading(word: &RevocationWord, policy: &Policy) -> Option<&'static Rule> {
    use RevocationState::{Declined, Good, Invalid, Revoked, Stale, Unavailable, Unchecked, Unknown};

    match (&word.source, &word.state) {
        (_, Revoked { .. }) => Some(&rules::CERT_REVOKED),
        (RevocationSource::Ocsp(_), Unavailable(_)) => Some(&rules::REVOCATION_OCSP_UNREACHABLE),
        (RevocationSource::Ocsp(_), Declined(_) | Invalid(_) | Stale | Unknown) => Some(&rules::REVOCATION_OCSP_ERROR),
        (RevocationSource::Ocsp(_), Good) => {
            word.took.filter(|took| *took > policy.max_latency).map(|_| &rules::REVOCATION_OCSP_SLOW)
        }
        (RevocationSource::Crl(_), Unavailable(_) | Declined(_)) => Some(&rules::REVOCATION_CRL_UNAVAILABLE),
        (RevocationSource::Crl(_), Stale) => Some(&rules::REVOCATION_CRL_STALE),
        (RevocationSource::Crl(_), Invalid(_)) => Some(&rules::REVOCATION_CRL_INVALID),
        (RevocationSource::Staple, _) | (RevocationSource::Crl(_), Good | Unknown) | (_, Unchecked(_)) => None,
    }
}

/// Whether a source says good in a later statement than every one that says revoked: a hold can be lifted.
fn is_contradicted(revocation: &Revocation) -> bool {
    let latest = |wanted: fn(&RevocationState) -> bool| {
        let words = revocation.words.iter().filter(|word| wanted(&word.state));
        words.filter_map(|word| word.this_update).max()
    };
    let good = latest(|state| matches!(state, RevocationState::Good));
    good > latest(|state| matches!(state, RevocationState::Revoked { .. }))
}

fn words_about<'g>(group: &Group<'g, '_>) -> &'g [RevocationWord] {
    let survey = group.case.address(group.first.address).and_then(|evidence| evidence.survey);
    let about = survey.zip(group.first.about);
    about.and_then(|(survey, about)| survey.revocation_of(about.fingerprint)).map_or(&[], |known| &known.words)
}

fn tell_revoked(group: &Group<'_, '_>) -> Finding {
    let words = words_about(group);
    let revoked = words.iter().find_map(|word| match &word.state {
        RevocationState::Revoked { at, reason } => Some((word, *at, reason.as_deref())),
        _ => None,
    });
    let (Some(certificate), Some((word, at, reason))) = (group.first.about, revoked) else {
        return group.finding(Scope::Certificate, group.certificate(), Vec::new());
    };
    let ago = coarse(group.case.now.since(at));
    let because = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
    let who = source(&word.source);
    let summary = format!("{} was revoked {ago} ago{because}, says {who}", part_of(group, certificate));
    let mut facts =
        words::identity(if is_leaf(group, certificate) { "certificate" } else { "intermediate" }, certificate);
    facts.push(("revoked", at.rfc3339()));
    facts.push(("reason", reason.unwrap_or("not given").to_owned()));
    facts.push(("sources", words::list(words.iter().map(said), words.len())));
    let mut finding = group.finding(Scope::Certificate, summary, facts);
    finding.since = at.min(finding.last);
    if let Some(next) = reason.and_then(next_after) {
        next.clone_into(&mut finding.next.text);
    }
    finding.next.command = Some(match &word.source {
        RevocationSource::Staple => command::handshake(group.case, group.first.address, Show::Staple),
        RevocationSource::Crl(url) => command::entry_in_list(url, &certificate.serial),
        RevocationSource::Ocsp(url) => ask_responder(group, certificate, url),
    });
    finding
}

/// By the reason it was revoked for (RFC 5280 section 5.3.1).
fn next_after(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "keyCompromise" | "cACompromise" | "aACompromise" => {
            "Issue a certificate with a new key and deploy it now: others may have the old key. Then find out how they got it."
        }
        "superseded" | "cessationOfOperation" | "affiliationChanged" | "privilegeWithdrawn" => {
            "Deploy the certificate that replaces it, everywhere the old one is served."
        }
        "certificateHold" => "Ask the authority why it holds the certificate, which can be lifted; else replace it.",
        _ => return None,
    })
}

/// The question again, if issuer and certificate can be had from the server.
fn ask_responder(group: &Group<'_, '_>, certificate: &Certificate, url: &Untrusted) -> String {
    let chain = group.first.observation.chain();
    let place = |wanted: &Certificate| chain.iter().position(|sent| sent.fingerprint == wanted.fingerprint);
    let issuer = chain.iter().find(|sent| certificate.is_named_issuer(sent));
    match (place(certificate), issuer.and_then(|issuer| place(issuer))) {
        (Some(own), Some(issuer)) => {
            command::ask_responder(group.case, group.first.address, url, (own + 1, issuer + 1))
        }
        _ => command::responder(url),
    }
}

fn tell_source(group: &Group<'_, '_>) -> Finding {
    let rule = group.first.rule;
    let mut concerned = words_about(group)
        .iter()
        .filter(|word| reading(word, group.case.policy).is_some_and(|own| own.code == rule.code));
    let (Some(word), Some(certificate)) = (concerned.next(), group.first.about) else {
        return group.finding(Scope::Certificate, group.certificate(), Vec::new());
    };
    let of = part_of(group, certificate);
    let summary = format!("{} for the {of} {}", source(&word.source), did(word, group.case.now));
    let mut facts = vec![("certificate", certificate.display_name().to_string())];
    facts.extend(word.source.url().map(|url| ("source", url.to_string())));
    facts.push(("answer", answer(word)));
    let moments = [("this update", word.this_update), ("next update", word.next_update), ("signed", word.produced_at)];
    facts.extend(moments.into_iter().filter_map(|(name, moment)| Some((name, moment?.rfc3339()))));
    facts.extend(word.took.map(|took| ("took", human_duration(took))));
    let more = concerned.count();
    if more > 0 {
        facts.push(("more sources alike", more.to_string()));
    }
    let mut finding = group.finding(Scope::Certificate, summary, facts);
    // What was received speaks for itself; what was not may be for a reason of ours.
    match word.state {
        RevocationState::Invalid(_) | RevocationState::Stale => finding.status = Status::Warning,
        RevocationState::Unavailable(_) => finding.confidence = Confidence::Likely,
        _ => {}
    }
    finding.next.command = match &word.source {
        RevocationSource::Ocsp(url) => Some(command::responder(url)),
        RevocationSource::Crl(url) => Some(command::list(url)),
        RevocationSource::Staple => None,
    };
    finding
}

/// `the OCSP responder http://…`
fn source(source: &RevocationSource) -> String {
    match source {
        RevocationSource::Crl(url) => format!("the revocation list {url}"),
        RevocationSource::Ocsp(url) => format!("the OCSP responder {url}"),
        RevocationSource::Staple => "the stapled OCSP response".to_owned(),
    }
}

/// What such a source did, after its name.
fn did(word: &RevocationWord, now: Time) -> String {
    let is_list = matches!(word.source, RevocationSource::Crl(_));
    match &word.state {
        RevocationState::Unavailable(detail) => format!("cannot be reached from here: {detail}"),
        RevocationState::Declined(detail) if is_list => format!("cannot be fetched: {detail}"),
        RevocationState::Declined(detail) => format!("declines to answer: {detail}"),
        RevocationState::Invalid(detail) => format!("cannot be relied upon: {detail}"),
        RevocationState::Stale => {
            let ago = word.next_update.map_or_else(String::new, |end| format!(" for {}", coarse(now.since(end))));
            format!("has been out of date{ago}")
        }
        RevocationState::Unknown => "does not know it".to_owned(),
        RevocationState::Good | RevocationState::Revoked { .. } | RevocationState::Unchecked(_) => {
            format!("took {} to answer", human_duration(word.took.unwrap_or_default()))
        }
    }
}

/// `http://ocsp.example/: good (2026-11-24T…)`.
fn said(word: &RevocationWord) -> String {
    let from = word.source.url().map_or_else(|| "staple".to_owned(), ToString::to_string);
    let at = word.this_update.map_or_else(String::new, |at| format!(" ({})", at.rfc3339()));
    format!("{from}: {}{at}", answer(word))
}

fn answer(word: &RevocationWord) -> String {
    let name = word.state.name();
    word.state.detail().map_or_else(|| name.to_owned(), |detail| format!("{name}, {detail}"))
}

#[cfg(test)]
#[path = "revocation_tests.rs"]
mod tests;
