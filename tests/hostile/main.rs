//! Servers that attack: whatever they send, a probe and a survey end in time, in little memory, with a named finding.

#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

#[path = "../judged/mod.rs"]
mod judged;
mod limits;
mod servers;
mod surveys;
mod turncoat;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tlscope::diagnosis::Judgement;
use tlscope::inventory::{Recipe, parse};
use tlscope::model::{Observation, SurveyReason, Target, TargetId};
use tlscope::probe::{Prober, Settings};
use tokio::time::Instant;

use self::limits::{MOST_BYTES, Trial, probe_ends_in_time, survey_ends_in_time};
use self::servers::{Attack, NOTHING, Papers};

/// Of one handshake: more than three drips, fewer than make a whole hello.
const TIMEOUT: Duration = Duration::from_millis(700);
/// Of the survey after a probe that failed: the six attempts of a differential, and what a server that refuses in
/// TLS's own words is asked about versions, suites and groups. No attacker gets more by answering oddly.
const MOST_CONNECTIONS: u32 = 64;
/// Servers at a time: most of what they take is waiting.
const AT_ONCE: usize = 4;
/// While so many attack at a time, over two connections each: a flight of 256 KiB in each, twice where it is parsed.
/// The rest is the attackers' own, and the allocator's.
const MOST_MEMORY_KIB: u64 = 32 * 1024;

fn target(address: SocketAddr) -> Arc<Target> {
    let spec = parse(&format!("{}@{address}", servers::NAME)).expect("a notation");
    let recipe = Recipe { timeout: TIMEOUT, ..Recipe::default() };
    Arc::new(recipe.target(TargetId(0), &spec))
}

/// Probes, judges and surveys; what was found.
async fn endure(prober: &Prober, attack: &Attack) -> Judgement {
    let (name, address) = (attack.name(), attack.start().await);
    let target = target(address);
    let begun = Instant::now();
    let judgement = judged::probe_and_judge(prober, &target, |_| false).await;
    probe_ends_in_time(&name, begun, TIMEOUT);
    let seen = prober.probe(&target, address).await;
    assert!(received(&seen) <= MOST_BYTES, "{name}: {} bytes were read", received(&seen));
    let begun = Instant::now();
    let survey = prober.survey(&target, &seen, &[], SurveyReason::Asked).await;
    survey_ends_in_time(&name, begun, survey.connections, TIMEOUT, Duration::ZERO);
    assert!(survey.connections <= MOST_CONNECTIONS, "{name}: {} connections", survey.connections);
    println!(
        "{name}: {}, {} bytes, {} connections, {:?}",
        cause(&judgement),
        received(&seen),
        survey.connections,
        survey.took
    );
    judgement
}

/// Bytes off the wire, however it ended.
fn received(seen: &Observation) -> u64 {
    let failed = seen.failure().map_or(0, |failure| failure.received);
    failed.max(seen.handshake.as_ref().map_or(0, |handshake| handshake.received))
}

/// The code named first.
fn cause(judgement: &Judgement) -> &'static str {
    judgement.findings.first().map_or(NOTHING, |finding| finding.code.0)
}

/// Of several attacks at a time, each with the finding that names it.
async fn each_has_its_name(attacks: impl FnOnce(&Papers) -> Vec<(Attack, &'static str)>) {
    let trial = Trial::begin().await;
    let papers = Papers::new();
    let prober = judged::prober(&papers.ca_file(), &Settings::default());
    let endured = stream::iter(attacks(&papers)).map(async |(attack, named)| {
        let found = endure(&prober, &attack).await;
        (cause(&found) != named).then(|| format!("{}: not {named} but {}", attack.name(), judged::words(&found)))
    });
    let wrong: Vec<String> = endured.buffer_unordered(AT_ONCE).filter_map(async |wrong| wrong).collect().await;
    trial.end(MOST_MEMORY_KIB);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_attack_ends_in_time_and_has_a_name() {
    each_has_its_name(servers::attacks).await;
}

#[tokio::test]
async fn junk_after_any_part_of_a_real_flight_is_survived() {
    each_has_its_name(servers::cut_flights).await;
}
