//! Many small questions to one address, after its handshake: one file each.
//!
//! Every question takes the [`Interview`], asks over connections of its own and
//! answers with evidence. None judges, none knows another's answer.

mod interview;
mod served;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

pub(super) use self::interview::Interview;
use super::prober::Inner;
use crate::model::{Observation, Survey, SurveyReason, Target};

/// All of it within this; a healthy server takes a fraction.
const LONGEST: Duration = Duration::from_mins(1);
/// Connections that one survey may make.
const BUDGET: u32 = 200;

/// Surveys the address that `seen` is about.
pub(super) async fn survey(inner: &Inner, target: &Arc<Target>, seen: &Observation, reason: SurveyReason) -> Survey {
    let begun = Instant::now();
    let mut survey = Survey::new(seen.key, inner.clock.now(), reason);
    let interview = Interview::new(inner, target, seen, (begun + LONGEST, BUDGET));
    if interview.seen.is_handshake() {
        survey.served = served::ask(&interview).await;
    }
    (survey.connections, survey.unasked) = interview.close();
    survey.took = begun.elapsed();
    survey
}
