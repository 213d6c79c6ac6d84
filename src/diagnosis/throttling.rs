//! Failures of our own making: a survey asked more than the address bears.

use super::evidence::{AddressEvidence, Case};
use super::fault::{Fault, Group};
use super::rules;
use super::words;
use crate::model::{Failure, FailureKind, Finding, Observation, Outcome, Phase, Scope};
use crate::model::{Status, Survey, Time, Untrusted, human_duration};

/// The failure is taken for our doing: this is until when such are.
pub(super) fn explains(evidence: &AddressEvidence<'_>, failure: &Failure, seen: &Observation) -> Option<Time> {
    let (survey, _) = throttled(evidence)?;
    let until = end_of_penalty(survey);
    // A probe before the survey owes nothing to it.
    (survey.at..until).contains(&seen.at).then_some(until).filter(|_| is_turned_away(failure))
}

/// Ends that a limit on connections brings about. An alert is none, and a proxy's limits are not the address's.
fn is_turned_away(failure: &Failure) -> bool {
    use FailureKind::{Closed, Refused, Rejected, Reset, TimedOut};
    failure.phase > Phase::Proxy && matches!(failure.kind, Closed | Refused | Rejected { .. } | Reset | TimedOut)
}

/// Why the address's survey was ended before everything was asked.
pub(super) fn throttled<'a>(evidence: &AddressEvidence<'a>) -> Option<(&'a Survey, &'a Untrusted)> {
    let survey = evidence.survey?;
    Some((survey, survey.throttled.as_ref()?))
}

fn end_of_penalty(survey: &Survey) -> Time {
    survey.at + survey.took + Survey::PENALTY
}

/// The address turns us away, or answers and was not asked everything.
pub(super) fn fault<'a>(evidence: &AddressEvidence<'a>, last: &'a Observation) -> Fault<'a> {
    Fault {
        variant: u16::from(last.is_handshake()),
        ..Fault::probed(&rules::LOCAL_THROTTLED, evidence, last, tell).likely()
    }
}

fn tell(group: &Group<'_, '_>) -> Finding {
    let evidence = group.case.address(group.first.address);
    let Some((survey, why)) = evidence.and_then(throttled) else {
        return group.finding(Scope::Observer, group.who(), Vec::new());
    };
    let answers = matches!(group.first.observation.outcome, Outcome::Handshake);
    let mut facts = facts(group.case, survey, why);
    if let Some(failure) = group.first.observation.failure() {
        facts.push(("phase", failure.phase.name().to_owned()));
        if !failure.detail.is_empty() {
            facts.push(("error", failure.detail.to_string()));
        }
    }
    let connections = survey.connections;
    if answers {
        let (had, was) = (words::verb(group.count(), "had", "have had"), words::verb(group.count(), "was", "were"));
        let summary = format!("{} {had} enough of our questions and {was} not asked all of them: {why}", group.who());
        // About what is known of the address; what it showed holds.
        let finding = group.finding(Scope::Address, summary, facts);
        return Finding { status: Status::Ok, ..finding };
    }
    let turns = words::verb(group.count(), "turns", "turn");
    let summary = format!("{} {turns} us away after {connections} connections of ours for a survey", group.who());
    group.finding(Scope::Observer, summary, facts)
}

fn facts(case: &Case<'_>, survey: &Survey, why: &Untrusted) -> Vec<(&'static str, String)> {
    let left = end_of_penalty(survey).since(case.now);
    vec![
        ("survey", survey.at.rfc3339()),
        ("connections", survey.connections.to_string()),
        ("stopped because", why.to_string()),
        ("not asked", survey.unasked.len().to_string()),
        ("left in peace for", human_duration(left)),
    ]
}
