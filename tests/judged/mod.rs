//! What the real probe and the real diagnosis make of a target that stands still.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use tlscope::diagnosis::{AddressEvidence, History, Judgement, Policy, TargetEvidence, judge};
use tlscope::model::{Clock, Observation, Survey, SurveyReason, SystemClock, Target};
use tlscope::probe::{Prober, Settings, StoreChoice, TrustStores};

/// A prober that trusts the certificates of one file.
pub(crate) fn prober(ca_file: &Path, settings: &Settings) -> Prober {
    let (stores, notices) = TrustStores::load(&[StoreChoice::File(ca_file.to_owned())]).expect("the CA file is read");
    assert_eq!(notices, [""; 0]);
    Prober::new(settings, stores, Arc::new(SystemClock)).expect("a prober")
}

/// One probe of every address of a pinned target, and a survey of those that `surveys` chooses; judged.
pub(crate) async fn probe_and_judge(
    prober: &Prober,
    target: &Arc<Target>,
    surveys: impl Fn(&Observation) -> bool,
) -> Judgement {
    let resolution = prober.resolve(target).await;
    let observations = join_all(target.pinned.iter().map(|address| prober.probe(target, *address))).await;
    let observations: Vec<Arc<Observation>> = observations.into_iter().map(Arc::new).collect();
    let survey = async |seen: &Arc<Observation>| {
        if !surveys(seen) {
            return None;
        }
        Some(prober.survey(target, seen, &target.pinned, SurveyReason::Asked).await)
    };
    let surveys: Vec<Option<Survey>> = join_all(observations.iter().map(survey)).await;
    let evidence: Vec<AddressEvidence<'_>> = observations
        .iter()
        .zip(&surveys)
        .map(|(observation, survey)| AddressEvidence {
            address: observation.key.address,
            last: Some(observation),
            last_seen: observation.handshake.is_some().then_some(observation),
            survey: survey.as_ref(),
            changes: None,
            history: History::of(observation, Policy::default().max_latency),
        })
        .collect();
    let evidence = TargetEvidence { target, resolution: Some(&resolution), file: None, addresses: &evidence };
    judge(&evidence, &Policy::default(), SystemClock.now())
}

/// A judgement in one line.
pub(crate) fn words(judgement: &Judgement) -> String {
    let findings: Vec<String> =
        judgement.findings.iter().map(|finding| format!("{} ({})", finding.code, finding.summary)).collect();
    if findings.is_empty() { "nothing".to_owned() } else { findings.join("; ") }
}
