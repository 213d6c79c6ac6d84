//! Servers that attack: whatever they send, a probe and a survey end in time, in little memory, with a named finding.

#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

#[path = "../judged/mod.rs"]
mod judged;
mod servers;
mod surveys;
mod turncoat;

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tlscope::diagnosis::Judgement;
use tlscope::inventory::{Recipe, parse};
use tlscope::model::{SurveyReason, Target, TargetId};
use tlscope::probe::{Prober, Settings};
use tokio::time::Instant;

use self::servers::{Attack, Papers};

/// Of one handshake. Long enough for a busy machine, short enough for a test.
const TIMEOUT: Duration = Duration::from_millis(700);
/// What a probe may take beyond its timeout.
const SLACK: Duration = Duration::from_secs(1);
/// A survey leaves a server that does not answer after a few questions.
const LONGEST_SURVEY: Duration = Duration::from_secs(10);
/// Servers at a time: most of what they take is waiting.
const AT_ONCE: usize = 4;
/// Growth of the peak resident memory over all attacks; any one of them sends or promises more.
const MOST_MEMORY_KIB: u64 = 96 * 1024;

fn target(address: SocketAddr) -> Arc<Target> {
    let spec = parse(&format!("{}@{address}", servers::NAME)).expect("a notation");
    let recipe = Recipe { timeout: TIMEOUT, ..Recipe::default() };
    Arc::new(recipe.target(TargetId(0), &spec))
}

/// Peak resident memory of this process, where the system tells.
fn peak_memory_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Probes, judges and surveys; what was found.
async fn endure(prober: &Prober, attack: &Attack) -> Judgement {
    let address = attack.start().await;
    let target = target(address);
    let begun = Instant::now();
    let judgement = judged::probe_and_judge(prober, &target, |_| false).await;
    assert!(begun.elapsed() < TIMEOUT + SLACK, "{}: the probe took {:?}", attack.name(), begun.elapsed());
    let seen = prober.probe(&target, address).await;
    let begun = Instant::now();
    let survey = prober.survey(&target, &seen, &[], SurveyReason::Asked).await;
    assert!(begun.elapsed() < LONGEST_SURVEY, "{}: the survey took {:?}", attack.name(), begun.elapsed());
    assert!(survey.connections <= 200, "{}: {} connections", attack.name(), survey.connections);
    judgement
}

/// What was found of each; a few at a time.
async fn endure_all<T>(prober: &Prober, attacks: Vec<(Attack, T)>) -> Vec<(Attack, T, Judgement)> {
    let endured = stream::iter(attacks).map(async |(attack, expected)| {
        let found = endure(prober, &attack).await;
        (attack, expected, found)
    });
    endured.buffer_unordered(AT_ONCE).collect().await
}

/// The code named first.
fn cause(judgement: &Judgement) -> &'static str {
    judgement.findings.first().map_or("nothing", |finding| finding.code.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attack_ends_in_time_and_has_a_name() {
    let papers = Papers::new();
    let prober = judged::prober(&papers.ca_file(), &Settings::default());
    let before = peak_memory_kib();
    let mut wrong = Vec::new();
    for (attack, expected, found) in endure_all(&prober, servers::attacks(&papers)).await {
        println!("{}: {}", attack.name(), cause(&found));
        if !expected.contains(&cause(&found)) {
            wrong.push(format!("{}: expected one of {expected:?}, found {}", attack.name(), judged::words(&found)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if let (Some(before), Some(after)) = (before, peak_memory_kib()) {
        assert!(after - before < MOST_MEMORY_KIB, "grew by {} KiB", after - before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn junk_after_any_part_of_a_real_flight_is_survived() {
    let papers = Papers::new();
    let prober = judged::prober(&papers.ca_file(), &Settings::default());
    for (attack, is_whole, found) in endure_all(&prober, servers::cut_flights(&papers)).await {
        let is_named = !found.findings.is_empty();
        assert!(is_named || is_whole, "{}: {}", attack.name(), judged::words(&found));
    }
}
