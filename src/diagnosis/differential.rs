//! What attempts that differ from a failed handshake in one thing say about it.

use std::fmt::Write as _;
use std::mem::discriminant;

use super::evidence::AddressEvidence;
use super::failure;
use super::reading::Reading;
use super::rules::{self, Rule};
use super::words;
use crate::model::{Attempt, AttemptResult, Change, Confidence, Differential, Failure, FailureKind, Peer, Protocol};

/// The attempts that were made about a failure like this one.
pub(super) fn about<'a>(evidence: &AddressEvidence<'a>, failure: &Failure) -> Option<&'a Differential> {
    let differential = evidence.survey?.differential.as_ref()?;
    is_alike(&differential.failure, &failure.kind).then_some(differential)
}

/// An end is an end: a server that closes with our bytes unread resets the connection, or not, as chance will have it.
fn is_alike(one: &FailureKind, other: &FailureKind) -> bool {
    let is_end = |kind: &FailureKind| matches!(kind, FailureKind::Closed | FailureKind::Reset);
    match (one, other) {
        (FailureKind::Alert(one), FailureKind::Alert(other)) => one == other,
        _ => discriminant(one) == discriminant(other) || is_end(one) && is_end(other),
    }
}

/// What the failure is after all; the first reading where the attempts do not say.
pub(super) fn refine(reading: Reading, differential: &Differential) -> Reading {
    if !matches!(reading.rule.code.family(), "hs" | "tls") {
        return reading;
    }
    // The library says what it missed: that it is not missed with another hello makes no other fault of it.
    if reading.confidence == Confidence::Certain && is_missing(reading.rule) {
        return reading;
    }
    if differential.unstable {
        return Reading::certain(&rules::HS_INTERMITTENT);
    }
    Reading::certain(match &differential.flips {
        None | Some(Change::None | Change::OtherFamily(_)) => return reading,
        Some(Change::NoAlpn) => &rules::HS_ALPN_MISMATCH,
        Some(Change::ClassicalGroups | Change::SmallHello) => &rules::HS_PQ_INTOLERANT,
        Some(Change::Tls12Only) => &rules::HS_TLS13_INTOLERANT,
        Some(Change::OtherName { sent: None }) => &rules::HS_SNI_UNRECOGNIZED,
        Some(Change::OtherName { sent: Some(_) }) => &rules::HS_SNI_REQUIRED,
    })
}

fn is_missing(rule: &Rule) -> bool {
    let missing = [&rules::HS_NO_SHARED_CIPHER, &rules::HS_NO_SHARED_GROUP, &rules::HS_NO_SHARED_SIGALG];
    missing.iter().any(|missing| missing.code == rule.code)
}

/// What the peer did, without what it seemed to mean by it: that turned out to be something else.
pub(super) fn did(first: &Rule, failure: &Failure, asked: Protocol) -> String {
    match &failure.kind {
        FailureKind::Alert(alert) if alert.from == Peer::Server => format!("refused our hello with {alert}"),
        _ => failure::phrase(first, failure, asked),
    }
}

/// What makes the difference, to follow what the peer did; none where nothing does.
pub(super) fn phrase(differential: &Differential) -> Option<String> {
    if differential.unstable {
        return Some("but not always: the same hello succeeded between failures".to_owned());
    }
    let flipped = differential.flipped()?;
    let mut phrase = format!("and completes the handshake {}", flipped.change.words());
    let larger = differential.unchanged().map_or(0, |unchanged| unchanged.hello);
    let by_size = matches!(flipped.change, Change::ClassicalGroups | Change::SmallHello);
    if by_size && larger > flipped.hello {
        let _ = write!(phrase, " (a hello of {} bytes, not {larger})", flipped.hello);
    }
    Some(phrase)
}

/// The attempts as evidence.
pub(super) fn facts(differential: &Differential) -> Vec<(&'static str, String)> {
    let attempts = &differential.attempts;
    let mut facts = Vec::new();
    if !attempts.is_empty() {
        facts.push(("attempts", words::list(attempts.iter().map(told), attempts.len())));
    }
    let decides = match (&differential.flips, differential.unstable) {
        (_, true) => "nothing: it fails at times".to_owned(),
        (Some(change), false) => change.words(),
        (None, false) => "nothing that was tried".to_owned(),
    };
    facts.push(("succeeds", decides));
    facts
}

fn told(attempt: &Attempt) -> String {
    let result = match &attempt.result {
        AttemptResult::Failed(words) => words.as_str(),
        AttemptResult::Handshake => "handshake",
    };
    match attempt.hello {
        0 => format!("{}: {result}", attempt.change.words()),
        bytes => format!("{} ({bytes} bytes): {result}", attempt.change.words()),
    }
}
