//! One address in the verdict.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::reading::Reading;
use super::survey::SurveyRecord;
use crate::diagnosis::describe_failure;
use crate::model::{
    Alert, ClientAuth, Failure, FailureKind, Fingerprint, Handshake, HandshakeKind, Observation, Outcome, Passage,
    Peer, Phase, RevocationState, Survey, Time, Timings, Untrusted, Upgrade,
};

/// What was seen at one address: the last probe, the failed one it confirmed, if any, and the survey, if one was made.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The probe that counts.
    pub last: Arc<Observation>,
    /// A failure just before it, which it was to confirm.
    pub before: Option<Arc<Observation>>,
    /// What a survey showed.
    pub survey: Option<Arc<Survey>>,
}

/// One address of a verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Endpoint {
    /// Address and port connected to.
    pub address: SocketAddr,
    /// `handshake`, `failed` or `skipped`.
    pub outcome: &'static str,
    /// Where it failed.
    pub phase: Option<&'static str>,
    /// How it failed, or why it was skipped.
    pub error: Option<String>,
    /// The way through a proxy; `null` when the connection is direct.
    pub proxy: Option<PassageRecord>,
    /// What was said before TLS, where there was a conversation.
    pub upgrade: Option<UpgradeRecord>,
    /// Negotiated version.
    pub version: Option<String>,
    /// Negotiated cipher suite.
    pub cipher: Option<String>,
    /// Key-exchange group.
    pub group: Option<String>,
    /// Selected ALPN protocol.
    pub alpn: Option<String>,
    /// The handshake resumed an earlier session.
    pub resumed: Option<bool>,
    /// `none`, `requested`, or `required` when the server refused to go on without a client certificate.
    pub client_auth: Option<&'static str>,
    /// Stapled OCSP response: `none`, or what it says (`good`, `revoked`, `unknown`), `stale`, `invalid` or `declined`
    /// (an error of the responder's); `present` when it was not verified, which a survey does.
    pub staple: Option<&'static str>,
    /// Fingerprints as sent, leaf first.
    pub chain: Vec<Fingerprint>,
    /// Some store accepts the path, the name matches, the key was proved.
    pub verified: Option<bool>,
    /// Probes of this address for this verdict, a failure and its confirmation counted as two.
    pub attempts: u8,
    /// Of these, failures.
    pub failures: u8,
    /// Durations in milliseconds.
    pub timings_ms: TimingsMs,
    /// What a survey showed; `null` when none was made.
    pub survey: Option<SurveyRecord>,
    /// The same for people.
    #[serde(skip)]
    pub(super) reading: Option<Reading>,
}

/// Durations of the phases in milliseconds, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TimingsMs {
    dns: Option<f64>,
    tcp: Option<f64>,
    pub(super) starttls: Option<f64>,
    tls: Option<f64>,
    first_byte: Option<f64>,
    pub(super) total: f64,
}

/// The way through a proxy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PassageRecord {
    /// Which proxy, without the login.
    pub url: String,
    /// What it answered.
    pub answer: Option<Untrusted>,
    /// Milliseconds from our request to that; they are part of the `tcp` phase.
    pub took_ms: f64,
}

impl PassageRecord {
    fn of(passage: &Passage) -> Self {
        Self { url: passage.proxy.to_string(), answer: passage.answer.clone(), took_ms: millis(passage.took) }
    }
}

/// A conversation that leads to TLS, in the peer's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpgradeRecord {
    /// What was spoken, as in target notation.
    pub protocol: &'static str,
    /// The greeting.
    pub banner: Option<Untrusted>,
    /// What the peer offers.
    pub capabilities: Vec<Untrusted>,
    /// The last answer, to the request for TLS when it came to that.
    pub reply: Option<Untrusted>,
    /// It agreed to TLS.
    pub accepted: bool,
    /// Plain text behind the agreement.
    pub injected: Option<Untrusted>,
}

impl UpgradeRecord {
    fn of(upgrade: &Upgrade) -> Self {
        let Upgrade { protocol, banner, capabilities, reply, accepted, injected } = upgrade.clone();
        Self { protocol: protocol.name(), banner, capabilities, reply, accepted, injected }
    }
}

impl Endpoint {
    pub(super) fn of(visit: &Visit, looked_up: Duration, now: Time) -> Self {
        let seen = &visit.last;
        let handshake = seen.handshake.as_ref();
        let failure = seen.failure();
        let (outcome, error) = match &seen.outcome {
            Outcome::Handshake => ("handshake", None),
            Outcome::Failed(failure) => ("failed", Some(sentence(failure))),
            Outcome::Skipped { reason } => ("skipped", Some(reason.to_string())),
        };
        let survey = visit.survey.as_deref();
        let demands = survey.and_then(|survey| survey.client_certificate.as_ref()?.required) == Some(true);
        let client_auth = handshake.map(|handshake| match handshake.client_auth {
            _ if failure.is_some_and(is_certificate_required) || demands => "required",
            ClientAuth::None => "none",
            ClientAuth::Requested { .. } => "requested",
        });
        let failures =
            [Some(seen), visit.before.as_ref()].into_iter().flatten().filter(|seen| seen.failure().is_some());
        Self {
            address: seen.key.address,
            outcome,
            phase: failure.map(|failure| failure.phase.name()),
            error,
            proxy: seen.proxy.as_deref().map(PassageRecord::of),
            upgrade: seen.upgrade.as_deref().map(UpgradeRecord::of),
            version: handshake.and_then(|handshake| Some(handshake.version?.to_string())),
            cipher: handshake.and_then(|handshake| Some(handshake.cipher?.to_string())),
            group: handshake.and_then(|handshake| Some(handshake.group?.to_string())),
            alpn: handshake.and_then(|handshake| Some(handshake.alpn.as_ref()?.to_string())),
            resumed: handshake.and_then(|handshake| Some(handshake.kind? == HandshakeKind::Resumed)),
            client_auth,
            staple: handshake.map(|handshake| staple(handshake, survey)),
            chain: handshake.map_or_else(Vec::new, |handshake| handshake.fingerprints().collect()),
            verified: handshake.and_then(|handshake| Some(handshake.trust.as_ref()?.is_verified())),
            attempts: if visit.before.is_some() { 2 } else { 1 },
            failures: u8::try_from(failures.count()).unwrap_or(u8::MAX),
            timings_ms: TimingsMs {
                first_byte: survey.and_then(|survey| survey.http.as_ref()?.first_byte).map(millis),
                ..TimingsMs::of(&seen.timings, looked_up)
            },
            survey: visit.survey.clone().map(SurveyRecord),
            reading: survey.map(|survey| Reading::of(survey, seen.chain(), now)),
        }
    }
}

impl TimingsMs {
    /// `looked_up` is how long the name took that led here; the probe itself may not have asked again.
    fn of(timings: &Timings, looked_up: Duration) -> Self {
        let dns = timings.dns.or(Some(looked_up).filter(|took| *took > Duration::ZERO));
        Self {
            dns: dns.map(millis),
            tcp: timings.tcp.map(millis),
            starttls: timings.starttls.map(millis),
            tls: timings.tls.map(millis),
            first_byte: None,
            total: millis(Timings { dns, ..*timings }.waited()),
        }
    }
}

/// What the staple of a handshake is worth, by the survey that verified this very one.
fn staple(handshake: &Handshake, survey: Option<&Survey>) -> &'static str {
    let Some(staple) = &handshake.staple else { return "none" };
    let word = handshake.leaf().and_then(|leaf| survey?.revocation_of(leaf.fingerprint)?.staple());
    match word.filter(|word| word.is_of(staple)).map(|word| &word.state) {
        None | Some(RevocationState::Unchecked(_)) => "present",
        Some(state) => state.name(),
    }
}

/// Milliseconds with at most three decimals.
pub(super) fn millis(duration: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
    let micros = duration.as_micros() as f64;
    micros / 1000.0
}

fn is_certificate_required(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Alert(Alert { number: 116, from: Peer::Server }))
}

/// The failure in one sentence without a subject: `connection refused`, `no answer to the TLS hello in time`.
fn sentence(failure: &Failure) -> String {
    let nothing_came = failure.received == 0;
    if failure.phase == Phase::Proxy {
        return describe_failure(failure).1;
    }
    match &failure.kind {
        FailureKind::Alert(alert) if alert.from == Peer::Server => format!("the server sent the alert {alert}"),
        FailureKind::Alert(alert) => format!("we ended it with the alert {alert}: {}", failure.detail),
        FailureKind::Closed => format!("the server closed after {} bytes", failure.received),
        FailureKind::ImplicitTls => "the server speaks TLS from the first byte".to_owned(),
        FailureKind::Incompatible => format!("nothing in common: {}", failure.detail),
        FailureKind::Local => format!("a fault of this machine: {}", failure.detail),
        FailureKind::Misbehaved => format!("the server broke the protocol: {}", failure.detail),
        FailureKind::NotOffered => format!("no TLS offered: {}", failure.detail),
        FailureKind::NotTls { first } => format!("the server does not speak TLS; it said '{first}'"),
        FailureKind::Plaintext { protocol, first } => {
            format!("the server speaks {} without TLS; it said '{first}'", protocol.name())
        }
        FailureKind::Refused => "connection refused".to_owned(),
        FailureKind::Rejected { reply } | FailureKind::Unauthorized { reply } => format!("refused: {reply}"),
        FailureKind::Reset => format!("the server reset the connection after {} bytes", failure.received),
        FailureKind::TimedOut if failure.phase == Phase::Quic => "no answer over QUIC in time".to_owned(),
        FailureKind::TimedOut if failure.phase == Phase::Tcp => {
            "no answer to the connection attempt in time".to_owned()
        }
        FailureKind::TimedOut if nothing_came => "connected, then not a byte in time".to_owned(),
        FailureKind::TimedOut => format!("stalled after {} bytes", failure.received),
        FailureKind::Unreachable => format!("unreachable: {}", failure.detail),
    }
}
