//! DNS records, attempts that differ in one thing, and the survey's own limits.

use super::fact::{Fact, Mark, Piece, Topic, alike};
use crate::model::{
    AttemptResult, CaaRecord, Differential, Fetch, FetchResult, RecordAnswer, ServiceRecord, Survey, TlsaRecord,
    human_duration,
};

pub(super) fn differential(survey: &Survey) -> Vec<Fact> {
    let Some(differential) = &survey.differential else { return Vec::new() };
    vec![
        Fact::chief(Topic::Failure, "what helps", vec![conclusion(differential)]),
        Fact::detail(Topic::Failure, "attempts", differential.attempts.iter().map(attempt).collect()).in_lines(),
    ]
}

fn conclusion(differential: &Differential) -> Piece {
    let tried = differential.attempts.len();
    match &differential.flips {
        Some(change) => Piece::bad(format!("the handshake succeeds {} and fails unchanged", change.words())),
        None if differential.unstable => Piece::weak("it fails now and then: an unchanged attempt succeeded"),
        None => Piece::plain(format!("none of {tried} attempts with one thing changed each")),
    }
}

fn attempt(attempt: &crate::model::Attempt) -> Piece {
    let words = attempt.change.words();
    let hello = if attempt.hello > 0 { format!(" ({} bytes)", attempt.hello) } else { String::new() };
    match &attempt.result {
        AttemptResult::Handshake => Piece::good(format!("{words}{hello}: a handshake")),
        AttemptResult::Failed(how) => Piece::quiet(format!("{words}{hello}: {how}")),
    }
}

pub(super) fn records(survey: &Survey) -> Vec<Fact> {
    let Some(records) = survey.records.as_deref() else { return Vec::new() };
    vec![
        Fact::minor(Topic::Records, "CAA", answered(&records.caa, caa)),
        Fact::minor(
            Topic::Records,
            "TLSA",
            answered(&records.tlsa, |tlsa| self::tlsa(tlsa, records.tlsa.authenticated)),
        ),
        Fact::minor(Topic::Records, "HTTPS", answered(&records.https, https)),
    ]
}

fn answered<T>(answer: &RecordAnswer<T>, piece: impl Fn(&T) -> Piece) -> Vec<Piece> {
    if let Some(why) = &answer.failure {
        return vec![Piece::quiet(format!("not known: {why}"))];
    }
    if answer.records.is_empty() {
        return vec![Piece::quiet("none")];
    }
    let vouched = if answer.authenticated { "authenticated (DNSSEC)" } else { "not authenticated" };
    let closing = Piece::quiet(format!("at {}, {vouched}", answer.owner));
    answer.records.iter().map(piece).chain([closing]).collect()
}

fn caa(record: &CaaRecord) -> Piece {
    let value = if record.value.is_empty() { "nobody" } else { record.value.as_str() };
    Piece::plain(format!("{} {value}{}", record.tag, if record.critical { " (critical)" } else { "" }))
}

/// Only an authenticated record that does not match is a fault: others may be anyone's.
fn tlsa(record: &TlsaRecord, authenticated: bool) -> Piece {
    let TlsaRecord { usage, selector, matching, matches, .. } = record;
    let (mark, word) = match matches {
        Some(true) => (Mark::Good, "matches"),
        Some(false) if authenticated => (Mark::Bad, "does not match"),
        Some(false) => (Mark::Quiet, "does not match"),
        None => (Mark::Quiet, "not compared"),
    };
    Piece::new(mark, format!("{usage} {selector} {matching} {word}"))
}

fn https(record: &ServiceRecord) -> Piece {
    if record.priority == 0 {
        return Piece::plain(format!("alias of {}", record.target));
    }
    let alpn = record.alpn.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let port = record.port.map_or_else(String::new, |port| format!(" on port {port}"));
    let ech = if record.ech { " with ECH" } else { "" };
    let hints = record.hints.len();
    let hints = match hints {
        0 => String::new(),
        1 => " and an address hint".to_owned(),
        count => format!(" and {count} address hints"),
    };
    Piece::plain(format!("{} {}{port}{ech}{hints}", record.priority, if alpn.is_empty() { "default" } else { &alpn }))
}

/// What was fetched, and what was left.
pub(super) fn limits(survey: &Survey) -> Vec<Fact> {
    let given_up = |why| vec![Piece::weak(format!("our questions were too many: {why}"))];
    let given_up = survey.throttled.as_ref().map(|why| Fact::chief(Topic::Survey, "given up", given_up(why)));
    let mut facts: Vec<Fact> = given_up.into_iter().chain(fetched(survey.fetches.iter())).collect();
    let left = survey.unasked.iter().map(|unasked| (unasked.question.to_string(), &unasked.reason));
    let left: Vec<Piece> = alike(left).map(|(names, why)| Piece::quiet(format!("{names}: {why}"))).collect();
    if !left.is_empty() {
        facts.push(Fact::chief(Topic::Survey, "not asked", left));
    }
    facts
}

pub(super) fn fetched<'a>(fetches: impl Iterator<Item = &'a Fetch>) -> Option<Fact> {
    let pieces: Vec<Piece> = fetches.map(fetch).collect();
    (!pieces.is_empty()).then(|| Fact::detail(Topic::Survey, "fetched", pieces).in_lines())
}

fn fetch(fetch: &Fetch) -> Piece {
    let what = format!("{} {}", fetch.kind.name(), fetch.url);
    match &fetch.result {
        FetchResult::Cached => Piece::plain(format!("{what}: kept from before")),
        FetchResult::Failed(how) => Piece::weak(format!("{what}: {how}")),
        FetchResult::Refused(rule) => Piece::quiet(format!("{what}: not fetched, {rule}")),
        FetchResult::Received(bytes) => {
            let from = fetch.address.map_or_else(String::new, |address| format!(" from {address}"));
            let through = match (&fetch.proxy, fetch.address) {
                (None, _) => String::new(),
                (Some(proxy), Some(_)) => format!(" through {proxy}"),
                (Some(proxy), None) => format!(" through {proxy}, which looked the name up itself"),
            };
            let redirects = match fetch.redirects {
                0 => String::new(),
                1 => " after a redirect".to_owned(),
                count => format!(" after {count} redirects"),
            };
            Piece::plain(format!("{what}: {bytes} bytes in {}{from}{redirects}{through}", human_duration(fetch.took)))
        }
    }
}
