//! How much of its own life a certificate has left, in the steps the expiry pane draws.

use crate::diagnosis::{Policy, expiry_status, lifetime_position};
use crate::model::{Certificate, Status, Time};

/// A certificate's place in its own lifetime. Ordered from fresh to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Freshness {
    /// Renewal is not due.
    Fresh,
    /// Past the usual renewal point, with margin left.
    Due,
    /// Should have been renewed: warns.
    Late,
    /// Little time left: critical.
    Urgent,
    /// Validity has not begun.
    NotYet,
    /// Validity is over.
    Expired,
}

impl Freshness {
    /// From fresh to worst, as the legend lists them.
    pub(crate) const ALL: [Self; 6] = [Self::Fresh, Self::Due, Self::Late, Self::Urgent, Self::NotYet, Self::Expired];

    /// Where a certificate stands at `now`.
    #[must_use]
    pub(crate) fn of(certificate: &Certificate, policy: &Policy, now: Time) -> Self {
        if now < certificate.not_before {
            return Self::NotYet;
        }
        let position = lifetime_position(certificate, now);
        match expiry_status(certificate, policy, now) {
            Status::Critical if position >= 2.0 => Self::Expired,
            Status::Critical => Self::Urgent,
            Status::Warning => Self::Late,
            Status::Ok | Status::Unknown if position > 1.0 => Self::Due,
            Status::Ok | Status::Unknown => Self::Fresh,
        }
    }

    /// One or two words for the legend and the bottom line.
    #[must_use]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Due => "due",
            Self::Late => "late",
            Self::Urgent => "urgent",
            Self::NotYet => "not yet",
            Self::Expired => "expired",
        }
    }
}
