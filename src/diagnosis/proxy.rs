//! Ways through a proxy that end there: on our side of the endpoint, about which they say nothing.

use super::reading::Reading;
use super::rules;
use crate::model::{Failure, FailureKind, Observation, human_duration};

pub(super) const fn read(failure: &Failure) -> Reading {
    Reading::certain(match failure.kind {
        FailureKind::Unauthorized { .. } => &rules::PROXY_AUTH,
        FailureKind::TimedOut => &rules::PROXY_TIMEOUT,
        _ => &rules::PROXY_REFUSED,
    })
}

/// What happened, to follow the target's name.
pub(super) fn phrase(failure: &Failure) -> String {
    let detail = &failure.detail;
    let how = match &failure.kind {
        FailureKind::Unauthorized { reply } => format!("the proxy wants a name and password: “{reply}”"),
        FailureKind::TimedOut => format!("the proxy did not connect us in time: {detail}"),
        FailureKind::Rejected { reply } => format!("the proxy does not connect us: “{reply}”"),
        FailureKind::Refused => "the proxy refused our connection".to_owned(),
        FailureKind::Plaintext { first, .. } | FailureKind::NotTls { first } => {
            format!("what answers in the proxy's place is none: “{first}”")
        }
        _ => format!("the proxy failed us: {detail}"),
    };
    format!("could not be tried: {how}")
}

/// Which proxy was on the way, and what it said.
pub(super) fn facts(observation: &Observation, facts: &mut Vec<(&'static str, String)>) {
    let Some(passage) = observation.proxy.as_deref() else { return };
    facts.push(("proxy", passage.proxy.to_string()));
    if let Some(answer) = &passage.answer {
        facts.push(("proxy's answer", answer.to_string()));
        facts.push(("proxy took", human_duration(passage.took)));
    }
}
