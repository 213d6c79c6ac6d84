//! What the HTTP response behind a good handshake says: server errors, the server's clock, strict transport security.

use std::time::Duration;

use super::command;
use super::evidence::{AddressEvidence, Case};
use super::fault::{Fault, Group};
use super::rules::{self, Rule};
use super::words;
use crate::model::{
    AlpnAnswer, Confidence, Finding, HttpAnswer, HttpFailureKind, Scope, Status, Survey, human_duration,
};

/// Where tokens, OCSP and replay protection begin to suffer.
const MOST_SKEW: Duration = Duration::from_mins(1);
/// Half a year: what scanners and guides ask for at least.
const SHORTEST_HSTS: u64 = 180 * 24 * 60 * 60;

pub(super) fn look<'a>(case: &Case<'a>, evidence: &AddressEvidence<'a>, faults: &mut Vec<Fault<'a>>) {
    // Of an address that fails now, what was behind its handshake then is no news.
    if !evidence.last.is_some_and(|last| last.is_handshake()) {
        return;
    }
    let Some(survey) = evidence.survey else { return };
    let Some(answer) = survey.http.as_ref() else { return };
    let mut push = |rule: &'static Rule, variant, confidence, write| {
        let fault = Fault::surveyed(rule, evidence, write);
        faults.extend(fault.map(|fault| Fault { variant, confidence, ..fault }));
    };
    if is_off(answer, 0) {
        push(&rules::SERVER_CLOCK_SKEW, 0, Confidence::Likely, tell_skew);
    }
    if let Some(failure) = &answer.failure
        && is_no_response(survey, failure.kind)
    {
        push(&rules::HTTP_NO_RESPONSE, failure.kind as u16, Confidence::Likely, tell_no_response);
    }
    let Some(status) = answer.status else { return };
    if is_error(status) {
        push(&rules::HTTP_ERROR, status, Confidence::Likely, tell_error);
    }
    // Of literals browsers remember nothing (RFC 6797 section 8.1.1).
    if !(200..400).contains(&status) || !case.sends_name() {
        return;
    }
    match answer.hsts.map(|hsts| hsts.max_age) {
        None | Some(0) => push(&rules::CFG_HSTS_MISSING, 0, Confidence::Certain, tell_hsts_missing),
        Some(..SHORTEST_HSTS) => push(&rules::CFG_HSTS_SHORT, 0, Confidence::Certain, tell_hsts_short),
        Some(_) => (),
    }
}

/// Errors of a backend or of the server itself; one that only does not know `HEAD` (501) is no failure.
const fn is_error(status: u16) -> bool {
    matches!(status, 500 | 502..=504 | 520..=526)
}

/// Whether a server that selects HTTP/1.1 by ALPN has none: of others nobody knows whether they were to speak HTTP.
fn is_no_response(survey: &Survey, kind: HttpFailureKind) -> bool {
    let is_http1 =
        |answer: &&AlpnAnswer| answer.selected.as_ref().is_some_and(|selected| selected.as_str() == "http/1.1");
    // Who had enough of us may turn away this request, too.
    kind != HttpFailureKind::Unasked && survey.throttled.is_none() && survey.alpn.iter().any(|answer| is_http1(&answer))
}

/// How far the server's clock is off ours.
#[derive(Clone, Copy)]
struct Skew {
    off: Duration,
    ahead: bool,
    /// It may be so much more, or less.
    uncertainty: Duration,
}

impl Skew {
    /// A `Date` was right at some moment between the request and the response, and within the second that it names.
    fn of(answer: &HttpAnswer, ours_ahead_ms: i64) -> Option<Self> {
        const HALF_SECOND: Duration = Duration::from_millis(500);
        let half = answer.first_byte.unwrap_or_default() / 2;
        let theirs = answer.date? + answer.age.unwrap_or_default() + HALF_SECOND;
        let millis = theirs.millis_since(answer.received_at - half).saturating_add(ours_ahead_ms);
        let off = Duration::from_millis(millis.unsigned_abs());
        Some(Self { off, ahead: millis > 0, uncertainty: half + HALF_SECOND })
    }

    fn is_worth_a_word(self) -> bool {
        self.off.saturating_sub(self.uncertainty) > MOST_SKEW
    }
}

/// Whether a server's clock would be off by others' time, ours being this much ahead of theirs.
pub(super) fn is_off(answer: &HttpAnswer, ours_ahead_ms: i64) -> bool {
    Skew::of(answer, ours_ahead_ms).is_some_and(Skew::is_worth_a_word)
}

fn answer<'a>(group: &Group<'_, 'a>) -> Option<&'a HttpAnswer> {
    group.first.survey.and_then(|survey| survey.http.as_ref())
}

fn facts(answer: Option<&HttpAnswer>) -> Vec<(&'static str, String)> {
    let Some(answer) = answer else { return Vec::new() };
    let shown = [
        ("http status", answer.status.map(|status| status.to_string())),
        ("http response", answer.failure.as_ref().map(|failure| failure.words.to_string())),
        ("server", answer.server.as_ref().map(ToString::to_string)),
        ("location", answer.location.as_ref().map(ToString::to_string)),
        ("first byte after", answer.first_byte.map(|took| format!("{} ms", took.as_millis()))),
    ];
    shown.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn tell(group: &Group<'_, '_>, summary: String, mut facts: Vec<(&'static str, String)>) -> Finding {
    facts.extend(self::facts(answer(group)));
    let mut finding = group.finding(Scope::Address, summary, facts);
    finding.next.command = Some(command::head(group.case, group.first.address));
    finding
}

fn tell_error(group: &Group<'_, '_>) -> Finding {
    let status = group.first.variant;
    let verb = words::verb(group.count(), "completes", "complete");
    let summary = format!("{} {verb} the handshake and then answers HTTP {status}", group.who());
    let mut finding = tell(group, summary, Vec::new());
    // One page of a server is not all of it.
    finding.status = Status::Warning;
    finding
}

fn tell_no_response(group: &Group<'_, '_>) -> Finding {
    let failure = answer(group).and_then(|answer| answer.failure.as_ref());
    let [one, many] = match failure.map(|failure| failure.kind) {
        Some(HttpFailureKind::Silent) => ["does not answer the request in time", "do not answer the request in time"],
        Some(HttpFailureKind::Ended) => ["closes without an HTTP response", "close without an HTTP response"],
        Some(HttpFailureKind::Malformed) => {
            ["answers in HTTP that cannot be read", "answer in HTTP that cannot be read"]
        }
        _ => ["answers with something else than HTTP", "answer with something else than HTTP"],
    };
    let [agrees, then] = [("agrees", "agree"), (one, many)].map(|(one, many)| words::verb(group.count(), one, many));
    let summary = format!("{} {agrees} on HTTP/1.1 in the handshake and then {then}", group.who());
    let mut finding = tell(group, summary, Vec::new());
    // One connection is not all of them.
    finding.status = Status::Warning;
    finding
}

fn tell_skew(group: &Group<'_, '_>) -> Finding {
    let seen = answer(group);
    let mut facts = Vec::new();
    let mut summary = format!("the clock of {} differs from ours", group.who());
    if let Some(Skew { off, ahead, uncertainty }) = seen.and_then(|seen| Skew::of(seen, 0)) {
        let side = if ahead { "ahead of" } else { "behind" };
        summary = format!("the clock of {} is {} {side} ours", group.who(), human_duration(off));
        facts.push(("off by", format!("{} ± {}", human_duration(off), human_duration(uncertainty))));
    }
    if let Some(seen) = seen {
        facts.extend(seen.date.map(|date| ("its date", date.rfc3339())));
        facts.extend(seen.age.map(|age| ("held by a cache for", human_duration(age))));
        facts.push(("our date", seen.received_at.rfc3339()));
    }
    let mut finding = tell(group, summary, facts);
    finding.status = Status::Warning;
    finding
}

fn tell_hsts_missing(group: &Group<'_, '_>) -> Finding {
    let verb = words::verb(group.count(), "does", "do");
    let summary = format!("{} {verb} not tell browsers to insist on HTTPS (HSTS)", group.who());
    tell(group, summary, Vec::new())
}

fn tell_hsts_short(group: &Group<'_, '_>) -> Finding {
    let age = answer(group).and_then(|answer| answer.hsts).map_or(0, |hsts| hsts.max_age);
    let [age, least] = [age, SHORTEST_HSTS].map(|seconds| human_duration(Duration::from_secs(seconds)));
    let verb = words::verb(group.count(), "tells", "tell");
    let summary = format!("{} {verb} browsers to insist on HTTPS (HSTS) for {age} only", group.who());
    tell(group, summary, vec![("hsts max-age", age), ("at least", least)])
}
