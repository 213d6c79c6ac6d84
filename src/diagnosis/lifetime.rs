//! Where a certificate stands in its own lifetime.
//!
//! Thresholds are relative to R, the time left at the expected renewal point:
//! a third of the lifetime, half of it below ten days. A fixed number of days
//! would be red for most of a short-lived certificate's life.

use std::time::Duration;

use super::Policy;
use crate::model::{Certificate, Labels, Status, Time};

/// Lifetimes below this are renewed at half time (Let's Encrypt's 160-hour profile, SPIFFE …).
const SHORT: Duration = Duration::from_hours(10 * 24);

/// The end of validity is inclusive and has a resolution of one second (RFC 5280 section 4.1.2.5).
const LAST_SECOND: Duration = Duration::from_secs(1);

/// The moment by which a working automation has renewed: R before the end.
#[must_use]
pub fn renewal_point(certificate: &Certificate) -> Time {
    certificate.not_after - renewal_time(certificate.lifetime())
}

/// Place in the lifetime: 0 at (or before) the start, 1 at the renewal point, 2 from the end on; linear in between.
#[must_use]
pub fn lifetime_position(certificate: &Certificate, now: Time) -> f64 {
    if is_expired(certificate, now) {
        return 2.0;
    }
    let renewal = renewal_point(certificate);
    if now < renewal {
        return share(now.since(certificate.not_before), renewal.since(certificate.not_before));
    }
    1.0 + share(now.since(renewal), certificate.not_after.since(renewal))
}

/// What the validity alone makes of a certificate.
#[must_use]
pub fn expiry_status(certificate: &Certificate, policy: &Policy, now: Time) -> Status {
    let thresholds = Thresholds::of(certificate.not_before, certificate.not_after, policy);
    if is_expired(certificate, now) || now < certificate.not_before || now >= thresholds.critical {
        Status::Critical
    } else if now >= thresholds.warning || now >= thresholds.overdue {
        Status::Warning
    } else {
        Status::Ok
    }
}

pub(super) fn is_expired(certificate: &Certificate, now: Time) -> bool {
    now >= end(certificate.not_after)
}

/// The first moment after validity.
pub(super) fn end(not_after: Time) -> Time {
    not_after + LAST_SECOND
}

/// R: the time left at the expected renewal point.
fn renewal_time(lifetime: Duration) -> Duration {
    if lifetime < SHORT { lifetime / 2 } else { lifetime / 3 }
}

fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() { 1.0 } else { (part.as_secs_f64() / whole.as_secs_f64()).clamp(0.0, 1.0) }
}

/// The moments at which an approaching end changes the judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thresholds {
    /// Renewal is overdue from here on.
    pub(super) overdue: Time,
    /// Expiry is a warning from here on.
    pub(super) warning: Time,
    /// … critical.
    pub(super) critical: Time,
    /// … a page, for a target that is not production.
    page: Time,
    /// … a page for a production target.
    production_page: Time,
}

impl Thresholds {
    pub(super) fn of(not_before: Time, not_after: Time, policy: &Policy) -> Self {
        let lifetime = not_after.since(not_before);
        let renewal = renewal_time(lifetime);
        let grace = scaled(lifetime.saturating_sub(renewal), policy.renewal_grace);
        let critical = scaled(renewal, policy.expiring_critical).min(policy.critical_at_most);
        // The floor must not page for the whole life of a certificate of a few hours.
        let floor = policy.page_at_least.min(critical);
        let page = scaled(renewal, policy.expiring_page).min(policy.page_at_most).max(floor);
        let long = lifetime > policy.production_lifetime;
        let production_page = if long { page.max(policy.production_page) } else { page };
        Self {
            overdue: not_after - renewal.saturating_sub(grace).min(policy.overdue_at_most),
            warning: not_after - scaled(renewal, policy.expiring_warning).min(policy.warning_at_most),
            critical: not_after - critical,
            page: not_after - page,
            production_page: not_after - production_page,
        }
    }

    /// When expiry becomes a page for a target with these labels.
    pub(super) fn page(&self, policy: &Policy, labels: &Labels) -> Time {
        if policy.is_production(labels) { self.production_page } else { self.page }
    }
}

/// `duration × factor`; a factor that makes no sense (negative, NaN, huge) counts as none or all of time.
fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor.max(0.0)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
#[path = "lifetime_tests.rs"]
mod tests;
