//! Where probing meets scheduling.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::Settings;
use crate::model::{Observation, Resolution, Survey, SurveyReason, Target};
use crate::probe;
use crate::schedule::{self, Limits};

/// The scheduler's limits as configured.
#[must_use]
pub fn limits(settings: &Settings) -> Limits {
    Limits {
        concurrency: settings.probe.concurrency,
        rate_per_second: settings.probe.rate.map(|rate| rate.0),
        per_address: settings.probe.per_address,
        surveys: settings.probe.surveys,
        ..Limits::default()
    }
}

/// The same for one look at many targets, which somebody waits for: more surveys at once, and none held back.
#[must_use]
pub fn limits_once(settings: &Settings) -> Limits {
    let surveys = settings.probe.surveys.max(settings.probe.concurrency / 8);
    Limits { surveys, surveys_per_second: None, ..limits(settings) }
}

/// The prober as the scheduler sees it.
#[derive(Debug)]
pub struct Scheduled(pub probe::Prober);

impl schedule::Prober for Scheduled {
    async fn resolve(&self, target: &Arc<Target>) -> Resolution {
        let resolution = self.0.resolve(target).await;
        let (took, failure) = (resolution.took, &resolution.failure);
        tracing::debug!(target.name = %target.name, ?took, addresses = resolution.addresses.len(), ?failure, "resolved");
        resolution
    }

    async fn probe(&self, target: &Arc<Target>, address: SocketAddr) -> Observation {
        let observation = self.0.probe(target, address).await;
        let total = observation.timings.total;
        tracing::debug!(target.name = %target.name, %address, ?total, failure = ?observation.failure(), "probed");
        observation
    }
    async fn survey(
        &self,
        target: &Arc<Target>,
        seen: Arc<Observation>,
        siblings: &[SocketAddr],
        reason: SurveyReason,
    ) -> Survey {
        let survey = self.0.survey(target, &seen, siblings, reason).await;
        let (address, took, connections) = (seen.key.address, survey.took, survey.connections);
        let (unasked, throttled) = (survey.unasked.len(), &survey.throttled);
        tracing::debug!(
            target.name = %target.name, %address, ?reason, ?took, connections, unasked, ?throttled, "surveyed"
        );
        survey
    }
}
