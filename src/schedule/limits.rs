//! How much may happen at once, and how fast.

use std::time::Duration;

/// Bounds on probing. Look-ups have as many slots of their own and are not rated; nor are the connections of a survey,
/// which are few at a time and counted by the prober.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Probes under way at once; at least one.
    pub concurrency: usize,
    /// Probes started per second; `None`, or a number that is not positive, for no bound.
    pub rate_per_second: Option<f64>,
    /// Connections to one address and port at once, whichever targets share it; at least one.
    pub per_address: usize,
    /// Surveys under way at once, a handful: they are in nobody's way. None with 0.
    pub surveys: usize,
    /// Surveys started per second that nobody waits for, which spreads those of a fleet just added; `None`, or a number
    /// that is not positive, for no bound.
    pub surveys_per_second: Option<f64>,
    /// Waits are made longer or shorter by up to this share, 0 to 0.5, so that a fleet does not beat in step.
    pub jitter: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 256,
            rate_per_second: None,
            per_address: 1,
            surveys: 8,
            surveys_per_second: Some(4.0),
            jitter: 0.1,
        }
    }
}

impl Limits {
    /// The same limits with every value in its documented range.
    #[must_use]
    pub fn checked(self) -> Self {
        let positive = |rate: &f64| rate.is_finite() && *rate > 0.0;
        Self {
            concurrency: self.concurrency.max(1),
            rate_per_second: self.rate_per_second.filter(positive),
            per_address: self.per_address.max(1),
            surveys: self.surveys,
            surveys_per_second: self.surveys_per_second.filter(positive),
            jitter: if self.jitter.is_finite() { self.jitter.clamp(0.0, 0.5) } else { 0.0 },
        }
    }

    /// Slots that addresses which failed last time may hold together: while a part of
    /// the fleet times out, the rest keeps its pace.
    pub(super) fn for_doubtful(&self) -> usize {
        (self.concurrency * 3 / 4).max(1)
    }

    /// Surveys that nobody waits for may hold so many places together: a failure is asked about without delay.
    pub(super) fn for_routine_surveys(&self) -> usize {
        (self.surveys * 3 / 4).max(1)
    }

    /// Slots that one target among several may hold: a slow one with many addresses leaves the others room.
    pub(super) fn for_one_target(&self) -> usize {
        (self.concurrency / 2).max(1)
    }
}

/// A token bucket kept as the time at which it would be full again (GCRA), so that nothing drifts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    period: Duration,
    burst: Duration,
    full_at: Duration,
}

impl Gate {
    /// What may pass at once after a quiet time: finer than this no timer is.
    const BURST: Duration = Duration::from_millis(100);
    /// Slower than one probe a day is no rate.
    const LONGEST: f64 = 86_400.0;

    pub(super) fn new(rate_per_second: f64) -> Self {
        let period = Duration::from_secs_f64((1.0 / rate_per_second).min(Self::LONGEST));
        Self { period, burst: Self::BURST.saturating_sub(period), full_at: Duration::ZERO }
    }

    /// When the next one may pass.
    pub(super) fn opens_at(&self) -> Duration {
        self.full_at.saturating_sub(self.burst)
    }

    /// One passes.
    pub(super) fn pass(&mut self, now: Duration) {
        self.full_at = self.full_at.max(now) + self.period;
    }
}
