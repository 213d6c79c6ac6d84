//! The same for surveys: every state of every question, after a probe that all went well with.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tlscope::diagnosis::{AddressEvidence, History, Policy, TargetEvidence, judge};
use tlscope::inventory::{ProxyChoice, Proxying, Recipe, parse};
use tlscope::model::{
    Clock as _, Host, Observation, Proxy, RevocationState, Survey, SurveyReason, SystemClock, Target, TargetId,
};
use tlscope::probe::{Prober, Settings};
use tokio::time::Instant;

use super::limits::{FETCHING, Trial, probe_ends_in_time, survey_ends_in_time};
use super::servers::{NAME, NOTHING, Papers};
use super::turncoat::{self, Turncoat};
use super::{cause, judged};

/// Of one question: a drip gets a few bytes across in it. The clock stands still while anybody works.
const PATIENCE: Duration = Duration::from_millis(200);
/// Of the probe before, which is to find nothing wrong.
const CALM: Duration = Duration::from_secs(20);
/// A server that is honest throughout is asked about 50, one with both versions and a certificate that leads
/// elsewhere; no attack makes a survey ask much more. (The budget of 200 is for servers with very many suites.)
const MOST_CONNECTIONS: u32 = 64;
/// Bytes of a survey, written out: chains to four kinds of clients, of at most 128 certificates each, 2 KiB for each. In
/// memory equal certificates are held once.
const MOST_KEPT: usize = 4 * 128 * 2048;
/// Servers at a time.
const AT_ONCE: usize = 8;
/// As for probes, twice as many at a time.
const MOST_MEMORY_KIB: u64 = 64 * 1024;

fn target(turncoat: &Turncoat, address: SocketAddr, timeout: Duration) -> Arc<Target> {
    let place = format!("{NAME}:{}", address.port());
    let spec = parse(&format!("{}://{place}", turncoat.manner.scheme)).expect("a notation");
    let resolve = vec![format!("{place}:{}", address.ip()).parse().expect("a route")];
    let proxy = turncoat.manner.proxy.map(|kind| {
        let host = Host::Ip(address.ip());
        ProxyChoice::Through(Arc::new(Proxy { kind, host, port: address.port(), login: None }))
    });
    let proxying = Proxying { chosen: proxy, ..Proxying::default() };
    let recipe = Recipe { timeout, proxying, resolve, ..Recipe::default() };
    Arc::new(recipe.target(TargetId(0), &spec))
}

/// What an honest probe and the survey after it found.
struct Found {
    name: String,
    named: &'static str,
    seen: Arc<Observation>,
    survey: Survey,
    codes: Vec<&'static str>,
    /// What a probe names now that the server has turned.
    cause: &'static str,
}

impl Found {
    /// Whether it says that something was wrong, or that something is not known.
    fn is_honest(&self) -> bool {
        let is_left = !self.survey.unasked.is_empty() || self.survey.throttled.is_some();
        !self.codes.is_empty() || is_left || format!("{:?}", self.survey).contains("Unknown(")
    }
}

async fn endure(prober: &Prober, turncoat: Turncoat, fetching: Duration) -> Found {
    let (name, address) = (turncoat.name(), turncoat.start().await);
    let calm = target(&turncoat, address, CALM);
    let seen = Arc::new(prober.probe(&calm, address).await);
    assert!(seen.is_handshake(), "{name}: {:?}", seen.outcome);
    turncoat.turn();
    let target = target(&turncoat, address, PATIENCE);
    let begun = Instant::now();
    let survey = prober.survey(&target, &seen, &[], SurveyReason::Asked).await;
    survey_ends_in_time(&name, begun, survey.connections, PATIENCE, fetching);
    assert!(survey.connections <= MOST_CONNECTIONS, "{name}: {} connections", survey.connections);
    assert!(turncoat.met() <= survey.connections, "{name}: {} of {}", turncoat.met(), survey.connections);
    let evidence = [AddressEvidence {
        address,
        last: Some(&seen),
        last_seen: Some(&seen),
        survey: Some(&survey),
        changes: None,
        history: History::of(&seen, Policy::default().max_latency),
    }];
    let evidence = TargetEvidence { target: &target, resolution: None, file: None, addresses: &evidence };
    let judgement = judge(&evidence, &Policy::default(), SystemClock.now());
    let codes = judgement.findings.iter().map(|finding| finding.code.0).collect();
    let begun = Instant::now();
    let again = judged::probe_and_judge(prober, &target, |_| false).await;
    probe_ends_in_time(&name, begun, PATIENCE);
    let found = Found { name, named: turncoat.named, seen, survey, codes, cause: cause(&again) };
    keeps_little(&found);
    found
}

/// What is kept is small, and no terminal is moved by it.
fn keeps_little(found: &Found) {
    let written = serde_json::to_value(&found.survey).expect("written");
    let size = written.to_string().len();
    assert!(size <= MOST_KEPT, "{}: {size} bytes are kept", found.name);
    let mut left = vec![&written];
    while let Some(value) = left.pop() {
        match value {
            serde_json::Value::String(text) => {
                assert!(!text.contains(char::is_control), "{}: {text:?}", found.name);
                assert!(!text.contains('\u{202e}'), "{}: {text:?}", found.name);
            }
            serde_json::Value::Array(values) => left.extend(values),
            serde_json::Value::Object(values) => left.extend(values.values()),
            _ => (),
        }
    }
}

async fn endure_all(ca_file: &Path, turncoats: Vec<Turncoat>, fetching: Duration) -> Vec<Found> {
    let prober = judged::prober(ca_file, &Settings::default());
    let endured = stream::iter(turncoats).map(|turncoat| endure(&prober, turncoat, fetching));
    endured.buffer_unordered(AT_ONCE).collect().await
}

/// Whoever probes them now that they have turned finds what names the attack.
fn have_their_names(found: &[Found]) {
    let mut wrong = Vec::new();
    for Found { name, named, survey, codes, cause, .. } in found {
        println!("{name}: {} connections in {:?}, {codes:?}; then {cause}", survey.connections, survey.took);
        if cause != named {
            wrong.push(format!("{name}: not {named} but {cause}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_survey_survives_any_handshake() {
    let trial = Trial::begin().await;
    let papers = Papers::new();
    let found = endure_all(&papers.ca_file(), turncoat::on_handshakes(&papers), Duration::ZERO).await;
    have_their_names(&found);
    for found in found {
        assert!(found.is_honest(), "{}: {:#?}", found.name, found.survey);
    }
    trial.end(MOST_MEMORY_KIB);
}

#[tokio::test]
async fn a_survey_survives_any_conversation_before_tls() {
    let trial = Trial::begin().await;
    let papers = Papers::new();
    let found = endure_all(&papers.ca_file(), turncoat::on_conversations(&papers), Duration::ZERO).await;
    have_their_names(&found);
    for found in found {
        assert!(found.is_honest(), "{}: {:#?}", found.name, found.survey);
    }
    trial.end(MOST_MEMORY_KIB);
}

#[tokio::test]
async fn a_survey_survives_what_is_sent_under_encryption() {
    let trial = Trial::begin().await;
    let papers = Papers::new();
    let found = endure_all(&papers.ca_file(), turncoat::inside(&papers), Duration::ZERO).await;
    have_their_names(&found);
    for found in found {
        let is_told = found.survey.http.as_ref().is_some_and(|http| http.status.is_some() || http.failure.is_some());
        assert!(is_told, "{}: {:#?}", found.name, found.survey.http);
        // What is no response of HTTP has its name, and what is one has others'.
        let is_answered = found.survey.http.as_ref().is_some_and(|http| http.status.is_some());
        let is_named = found.codes.contains(&"http.no_response");
        assert!(is_named != is_answered && !found.codes.is_empty(), "{}: {:?}", found.name, found.codes);
        // The handshakes themselves are real.
        let suites = found.survey.negotiation.as_ref().map_or(0, |negotiation| negotiation.suites.len());
        assert!(suites > 0 || found.is_honest(), "{}: {:#?}", found.name, found.survey);
    }
    trial.end(MOST_MEMORY_KIB);
}

#[tokio::test]
async fn a_survey_survives_whoever_a_certificate_sends_it_to() {
    let trial = Trial::begin().await;
    let papers = Papers::new();
    let mut turncoats = Vec::new();
    for (is_known, attack) in turncoat::publishers() {
        turncoats.push(turncoat::leading_to(&papers, attack.start().await, is_known));
    }
    let found = endure_all(&papers.ca_file(), turncoats, FETCHING).await;
    have_their_names(&found);
    for found in found {
        assert!(!found.survey.fetches.is_empty(), "{}: {:#?}", found.name, found.survey);
        let leaf = found.seen.chain().first().map(|leaf| leaf.fingerprint);
        let is_named = |family: &str| found.codes.iter().any(|code| code.starts_with(family));
        let is_named = if found.named == NOTHING {
            is_named("revocation.ocsp_") && is_named("revocation.crl_")
        } else {
            is_named(found.named)
        };
        assert!(is_named, "{}: {:?}", found.name, found.codes);
        let about = found.survey.revocation.iter().find(|about| Some(about.certificate) == leaf).expect("asked about");
        let is_believed =
            |state: &RevocationState| matches!(state, RevocationState::Good | RevocationState::Revoked { .. });
        assert!(about.words.iter().all(|word| !is_believed(&word.state)), "{}: {about:#?}", found.name);
        assert!(found.is_honest(), "{}: {:#?}", found.name, found.survey);
    }
    trial.end(MOST_MEMORY_KIB);
}
