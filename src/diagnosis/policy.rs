//! Thresholds: when a fact becomes a warning, critical, a page.

use std::sync::Arc;
use std::time::Duration;

use super::objective::Objective;
use crate::model::{Labels, Severity, Silence, Time};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// What the user's thresholds make of facts; [`Policy::of`] has those for one target.
///
/// Factors are of R, the time left at the expected renewal point (see [`super::renewal_point`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `cert.renewal_overdue` waits for this share of the time from issue to the renewal point, after that point.
    pub renewal_grace: f64,
    /// `cert.renewal_overdue` speaks at most this long before the end, however long the lifetime.
    pub overdue_at_most: Duration,
    /// `cert.expiring` warns below this share of R.
    pub expiring_warning: f64,
    /// … at most this long before the end.
    pub warning_at_most: Duration,
    /// … is critical below this one.
    pub expiring_critical: f64,
    /// … at most this long before the end.
    pub critical_at_most: Duration,
    /// … pages below this one.
    pub expiring_page: f64,
    /// … at most this long before the end.
    pub page_at_most: Duration,
    /// … and at least this long before the end, once critical.
    pub page_at_least: Duration,
    /// Labels (any one of them) that mark a production target.
    pub production: Vec<(Arc<str>, Arc<str>)>,
    /// A production target's certificate pages this long before the end at the latest …
    pub production_page: Duration,
    /// … when its lifetime is above this.
    pub production_lifetime: Duration,
    /// TLS phase above which `tls.slow` speaks.
    pub max_latency: Duration,
    /// No incident is louder.
    pub severity_at_most: Severity,
    /// Thresholds of targets with a label, by its name and value, complete; the first that a target has counts.
    pub by_label: Vec<(Arc<str>, Arc<str>, Self)>,
    /// Objectives of handshakes, in the order of the configuration.
    pub objectives: Vec<Objective>,
    /// Planned maintenance.
    pub silences: Vec<Arc<Silence>>,
}

impl Policy {
    /// The thresholds of a target with these labels.
    #[must_use]
    pub fn of(&self, labels: &Labels) -> &Self {
        let own = self.by_label.iter().find(|(name, value, _)| labels.get(name) == Some(value));
        own.map_or(self, |(_, _, policy)| policy)
    }

    /// The maintenance that a target with these labels is in.
    #[must_use]
    pub fn silence(&self, labels: &Labels, now: Time) -> Option<&Arc<Silence>> {
        self.silences.iter().find(|silence| silence.covers(labels, now))
    }

    /// Whether `labels` mark a production target.
    #[must_use]
    pub fn is_production(&self, labels: &Labels) -> bool {
        self.production.iter().any(|(name, value)| labels.get(name) == Some(value))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            renewal_grace: 0.02,
            overdue_at_most: 30 * DAY,
            expiring_warning: 0.6,
            warning_at_most: 30 * DAY,
            expiring_critical: 0.3,
            critical_at_most: 14 * DAY,
            expiring_page: 0.1,
            page_at_most: 3 * DAY,
            page_at_least: 4 * HOUR,
            production: vec![("env".into(), "prod".into()), ("env".into(), "production".into())],
            production_page: 48 * HOUR,
            production_lifetime: 30 * DAY,
            max_latency: Duration::from_secs(1),
            severity_at_most: Severity::Page,
            by_label: Vec::new(),
            objectives: Vec::new(),
            silences: Vec::new(),
        }
    }
}
