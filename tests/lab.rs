//! The real probe and the real diagnosis on every member of the lab: what is truly wrong must be what is said first.

#![expect(clippy::expect_used, reason = "a set-up that fails is a failed test")]

mod judged;
#[path = "support/lab.rs"]
mod laboratory;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tlscope::diagnosis::{AddressEvidence, History, Judgement, Policy, RULES, TargetEvidence, judge};
use tlscope::inventory::{self, Recipe, Upgrade};
use tlscope::lab::{Lab, MEMBERS, Member};
use tlscope::model::{
    Certificate, Clock as _, Impact, Observation, Status, SurveyReason, SystemClock, Target, TargetId,
};
use tlscope::probe::Prober;

use self::judged::words;

/// More would make healthy members look slow on a busy machine.
const AT_ONCE: usize = 8;
/// Families of codes that only a survey shows where the handshake succeeds, or shows better.
const SURVEYED: [&str; 4] = ["cfg", "chain", "http", "server"];
/// Healthy members that are surveyed, too: one for each stack.
const SURVEYED_IN_HEALTH: [&str; 7] =
    ["healthy-ecdsa", "healthy-rsa", "tls12-only", "edge-us", "client-cert-shown", "client-cert-optional", "http3"];
/// In how many probes an intermittent member must have shown both its faces.
const OFTEN: usize = 8;

struct Bench {
    lab: Lab,
    prober: Prober,
}

impl Bench {
    async fn start() -> Self {
        let lab = Lab::start(Arc::new(SystemClock)).await.expect("the lab starts");
        let directory = tempfile::tempdir().expect("a directory");
        let ca_file = directory.path().join("ca.pem");
        lab.write_ca_file(&ca_file).expect("the CA file is written");
        let prober = judged::prober(&ca_file, &laboratory::settings(&lab));
        Self { lab, prober }
    }

    /// A failure is surveyed, what only a survey shows, and what can be heard of revocation.
    async fn judge(&self, member: &Member, target: &Arc<Target>) -> Judgement {
        let always = needs_survey(member);
        judged::probe_and_judge(&self.prober, target, |seen| always || is_worth_a_survey(seen)).await
    }

    /// What a probe right after a survey of a member's only address is taken for.
    async fn judge_after_survey(&self, target: &Arc<Target>) -> Judgement {
        let address = target.pinned[0];
        let seen = Arc::new(self.prober.probe(target, address).await);
        let survey = self.prober.survey(target, &seen, &target.pinned, SurveyReason::Asked).await;
        let last = Arc::new(self.prober.probe(target, address).await);
        let evidence = AddressEvidence {
            address,
            last: Some(&last),
            last_seen: Some(&seen),
            survey: Some(&survey),
            changes: None,
            history: History::of(&last, Policy::default().max_latency),
        };
        let evidence = TargetEvidence { target, resolution: None, file: None, addresses: &[evidence] };
        judge(&evidence, &Policy::default(), SystemClock.now())
    }

    /// What is wrong with the diagnosis of one member; `None` when it is right.
    async fn misdiagnosis(&self, member: &Member, target: &Arc<Target>) -> Option<String> {
        let Some(expected) = member.expected else {
            let worry = worries(member, &self.judge(member, target).await);
            // Those who are looked at meanwhile can make a healthy member slow, but not twice.
            let is_busy = worry.as_ref().is_some_and(|worry| worry.contains("tls.slow"));
            return if is_busy { worries(member, &self.judge(member, target).await) } else { worry };
        };
        if expected == "local.throttled" {
            let judgement = self.judge_after_survey(target).await;
            let named = judgement.findings.first().is_some_and(|cause| cause.code.0 == expected);
            return (!named).then(|| format!("{}: found {}", member.name, words(&judgement)));
        }
        let mut faces = [0, 0];
        for _ in 0..if member.intermittent { OFTEN } else { 1 } {
            let judgement = self.judge(member, target).await;
            let healthy = member.intermittent && judgement.findings.is_empty();
            faces[usize::from(healthy)] += 1;
            let cause = judgement.findings.first();
            let named = cause.is_some_and(|cause| {
                cause.code.0 == expected && (cause.status > Status::Ok || cause.impact == Impact::Advice)
            });
            if !healthy && !named {
                return Some(format!("{}: expected {expected} first, found {}", member.name, words(&judgement)));
            }
        }
        (member.intermittent && faces.contains(&0)).then(|| format!("{}: one face only {faces:?}", member.name))
    }
}

/// Where a handshake does not tell all: it failed, or revocation is to be asked about.
fn is_worth_a_survey(seen: &Observation) -> bool {
    let Some(handshake) = seen.handshake.as_ref().filter(|_| seen.is_handshake()) else { return true };
    let names_a_source = |leaf: &Arc<Certificate>| !leaf.ocsp_urls.is_empty() || !leaf.crl_urls.is_empty();
    handshake.staple.is_some() || handshake.leaf().is_some_and(names_a_source)
}

fn needs_survey(member: &Member) -> bool {
    let family =
        |code: &str| code == "fleet.h3_differs" || SURVEYED.contains(&code.split('.').next().unwrap_or_default());
    member.expected.or(member.shows).map_or_else(|| SURVEYED_IN_HEALTH.contains(&member.name), family)
}

fn worries(member: &Member, judgement: &Judgement) -> Option<String> {
    let told = |code| judgement.findings.iter().any(|finding| finding.code.0 == code);
    if let Some(code) = member.shows.filter(|code| !told(*code)) {
        return Some(format!("{}: expected {code}, found {}", member.name, words(judgement)));
    }
    let worst = judgement.findings.iter().map(|finding| finding.status).max().unwrap_or_default();
    (worst > Status::Ok).then(|| format!("{}: healthy, but found {}", member.name, words(judgement)))
}

#[test]
fn every_expected_code_is_in_the_catalogue() {
    for plan in MEMBERS {
        let Some(code) = plan.expected.or(plan.shows) else { continue };
        assert!(RULES.iter().any(|rule| rule.code.0 == code), "{} expects the unknown code {code}", plan.name);
    }
}

/// The commands that the lab prints ask as its dashboard does.
#[tokio::test]
async fn members_are_offered_what_their_scheme_offers() {
    let lab = Lab::start(Arc::new(SystemClock)).await.expect("the lab starts");
    for (member, target) in lab.members().iter().zip(lab.targets(TargetId(0), Duration::from_secs(1))) {
        let spec = inventory::parse(&format!("{}:{}", member.host, target.port)).expect("a target");
        let recipe = Recipe { upgrade: Upgrade::To(member.protocol), ..Recipe::default() };
        assert_eq!(recipe.target(TargetId(0), &spec).alpn, target.alpn, "{}", member.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cause_of_every_fault_is_named_first() {
    let bench = Bench::start().await;
    let targets = bench.lab.targets(TargetId(0), Duration::from_secs(1));
    let diagnoses = bench.lab.members().iter().zip(targets).map(|(member, target)| {
        let bench = &bench;
        async move { bench.misdiagnosis(member, &Arc::new(target)).await }
    });
    let wrong: Vec<Option<String>> = futures_util::stream::iter(diagnoses).buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of {} members are misdiagnosed:\n{}", wrong.len(), MEMBERS.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_revocation_has_its_source() {
    let bench = Bench::start().await;
    for (name, code, words) in [
        ("revoked", "cert.revoked", "was revoked 3d ago (keyCompromise), says the OCSP responder http://127.0.0.1:"),
        ("revoked-listed", "cert.revoked", "was revoked 3d ago (keyCompromise), says the revocation list http://127."),
        ("must-staple", "cert.must_staple_missing", "staples no OCSP response"),
        ("staple-ended", "cert.staple_stale", "staples an OCSP response that ended 2d ago"),
        ("staple-foreign", "cert.staple_invalid", "it is about another certificate, serial number"),
        ("edge-unanswered", "revocation.ocsp_unreachable", "cannot be reached from here: 127.0.0.1:"),
    ] {
        let member = bench.lab.members().iter().find(|member| member.name == name).expect("a member");
        let judgement = bench.judge(member, &Arc::new(member.target(TargetId(0), Duration::from_secs(1)))).await;
        let said = judgement.findings.iter().find(|finding| finding.code.0 == code);
        let said = said.unwrap_or_else(|| panic!("{name}: {}", self::words(&judgement)));
        assert!(said.summary.contains(words), "{name}: {}", said.summary);
    }
    for name in ["edge-stapled", "edge-stapled-tls12"] {
        let member = bench.lab.members().iter().find(|member| member.name == name).expect("a member");
        let target = Arc::new(member.target(TargetId(0), Duration::from_secs(1)));
        let seen = bench.prober.probe(&target, target.pinned[0]).await;
        let survey = bench.prober.survey(&target, &seen, &target.pinned, SurveyReason::Asked).await;
        let said: Vec<_> =
            survey.revocation[0].words.iter().map(|word| (word.source.name(), word.state.name())).collect();
        let other = if name == "edge-stapled" { "ocsp" } else { "crl" };
        assert_eq!(said, [("staple", "good"), (other, "good")], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_at_fault_are_named() {
    let bench = Bench::start().await;
    for (name, at_fault) in [("checkout", 2), ("catalog", 1), ("partial", 1)] {
        let member = bench.lab.members().iter().find(|member| member.name == name).expect("a member");
        let target = Arc::new(member.target(TargetId(0), Duration::from_secs(1)));
        let judgement = bench.judge(member, &target).await;
        let expected = &member.addresses[member.addresses.len() - at_fault..];
        assert_eq!(judgement.findings[0].addresses, expected, "{name}: {}", words(&judgement));
        let later = &judgement.findings[1..];
        assert!(later.iter().all(|finding| finding.caused_by.is_some()), "{name}: {}", words(&judgement));
    }
}
