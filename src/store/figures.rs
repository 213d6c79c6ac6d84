//! Counts and quantiles over the fleet, as readers see them.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Fingerprint, Time};

/// Quantiles of a duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// How many values.
    pub count: u64,
    /// Median.
    pub p50: Duration,
    /// 95th percentile.
    pub p95: Duration,
    /// 99th percentile.
    pub p99: Duration,
}

/// Counts over the fleet, kept up to date event by event.
#[derive(Clone, Debug, Default)]
pub struct Aggregates {
    /// Targets by worst status: ok, unknown, warning, critical.
    pub targets_by_status: [usize; 4],
    /// Addresses by worst status: ok, unknown, warning, critical.
    pub addresses_by_status: [usize; 4],
    /// Addresses by code of their worst finding; healthy ones are absent.
    pub outcomes: Distribution,
    /// Addresses by negotiated version.
    pub versions: Distribution,
    /// Addresses by negotiated suite.
    pub ciphers: Distribution,
    /// Addresses by group.
    pub groups: Distribution,
    /// Addresses by ALPN, `none` included.
    pub alpn: Distribution,
    /// Leaf certificates by key type.
    pub keys: Distribution,
    /// Leaf certificates by signature algorithm.
    pub signatures: Distribution,
    /// Leaf certificates by issuer.
    pub issuers: Distribution,
    /// Earliest end of validity among served leaves.
    pub nearest_expiry: Option<(Time, Fingerprint)>,
    /// Handshake successes and attempts in sliding windows.
    pub windows: [WindowCounts; 6],
    /// DNS phase.
    pub dns: Quantiles,
    /// TCP phase.
    pub tcp: Quantiles,
    /// TLS phase.
    pub tls: Quantiles,
    /// 95th percentile of the TLS phase per minute over the last half hour, oldest first.
    pub tls_p95_trend: Vec<Duration>,
    /// Probes ended per second over the last ten seconds.
    pub rate: f64,
}

/// Names with counts, most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// The entries, at most [`Distribution::LISTED`].
    pub counts: Vec<Count>,
    /// Sum of all counts, those that are not listed included.
    pub total: usize,
}

/// One entry of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What is counted, safe to show.
    pub name: Arc<str>,
    /// How many.
    pub count: usize,
    /// How many an hour ago; `None` before an hour has passed.
    pub hour_ago: Option<usize>,
}

/// A sliding window of the success rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Five minutes.
    M5,
    /// Thirty minutes.
    M30,
    /// One hour.
    H1,
    /// Six hours.
    H6,
    /// A day.
    H24,
    /// Three days.
    D3,
}

/// Attempts and successes within a window; faults of our own side are in neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowCounts {
    /// Probes that ended.
    pub attempts: u64,
    /// Of these, completed handshakes.
    pub successes: u64,
}

/// How near an end of validity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpiryBucket {
    /// Over.
    Expired,
    /// Within 24 hours.
    Day1,
    /// Within 48 hours.
    Day2,
    /// Within 7 days.
    Day7,
    /// Within 14 days.
    Day14,
    /// Within 30 days.
    Day30,
    /// Within 90 days.
    Day90,
    /// Later.
    More,
}

impl Distribution {
    /// Most entries listed: a fleet of self-signed devices has as many issuers as addresses.
    pub const LISTED: usize = 256;

    /// The share of `count` in the whole, 0 to 1; 0 of an empty whole.
    #[must_use]
    pub fn share(&self, count: usize) -> f64 {
        ratio(count as u64, self.total as u64).unwrap_or(0.0)
    }
}

impl Window {
    /// All, shortest first; a window's place is its index in [`Aggregates::windows`].
    pub const ALL: [Self; 6] = [Self::M5, Self::M30, Self::H1, Self::H6, Self::H24, Self::D3];

    /// Its place in [`Aggregates::windows`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// How far back it reaches.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::M5 => 300,
            Self::M30 => 1_800,
            Self::H1 => 3_600,
            Self::H6 => 21_600,
            Self::H24 => 86_400,
            Self::D3 => 259_200,
        })
    }

    /// Its name in output: `5m`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::M5 => "5m",
            Self::M30 => "30m",
            Self::H1 => "1h",
            Self::H6 => "6h",
            Self::H24 => "24h",
            Self::D3 => "3d",
        }
    }
}

impl WindowCounts {
    /// Successes per attempt, 0 to 1; `None` without an attempt.
    #[must_use]
    pub fn ratio(self) -> Option<f64> {
        ratio(self.successes, self.attempts)
    }
}

impl Aggregates {
    /// The counts of a window.
    #[must_use]
    pub const fn window(&self, window: Window) -> WindowCounts {
        self.windows[window.index()]
    }
}

impl ExpiryBucket {
    /// All, most urgent first.
    pub const ALL: [Self; 8] =
        [Self::Expired, Self::Day1, Self::Day2, Self::Day7, Self::Day14, Self::Day30, Self::Day90, Self::More];

    /// Where `not_after` falls at `now`. The second of `not_after` itself is still valid (RFC 5280 section 4.1.2.5).
    #[must_use]
    pub const fn of(not_after: Time, now: Time) -> Self {
        const DAY: i64 = 86_400_000;
        match now.millis_since(not_after) {
            1_000.. => Self::Expired,
            over if over >= -DAY => Self::Day1,
            over if over >= -2 * DAY => Self::Day2,
            over if over >= -7 * DAY => Self::Day7,
            over if over >= -14 * DAY => Self::Day14,
            over if over >= -30 * DAY => Self::Day30,
            over if over >= -90 * DAY => Self::Day90,
            _ => Self::More,
        }
    }

    /// Its place in [`ExpiryBucket::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name on screen: `≤7d`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Day1 => "≤24h",
            Self::Day2 => "≤48h",
            Self::Day7 => "≤7d",
            Self::Day14 => "≤14d",
            Self::Day30 => "≤30d",
            Self::Day90 => "≤90d",
            Self::More => "more",
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of probes stay far below 2^53")]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_ends_of_validity_into_buckets() {
        let now = Time::from_secs(1_000_000);
        let cases = [
            (-1, ExpiryBucket::Expired),
            (0, ExpiryBucket::Day1),
            (86_400, ExpiryBucket::Day1),
            (86_401, ExpiryBucket::Day2),
            (7 * 86_400, ExpiryBucket::Day7),
            (7 * 86_400 + 1, ExpiryBucket::Day14),
            (29 * 86_400, ExpiryBucket::Day30),
            (90 * 86_400, ExpiryBucket::Day90),
            (91 * 86_400, ExpiryBucket::More),
        ];
        for (secs, bucket) in cases {
            assert_eq!(ExpiryBucket::of(Time::from_secs(1_000_000 + secs), now), bucket, "{secs} s");
        }
    }

    #[test]
    fn places_follow_order() {
        assert!(ExpiryBucket::ALL.iter().enumerate().all(|(at, bucket)| bucket.index() == at));
        assert!(Window::ALL.iter().enumerate().all(|(at, window)| window.index() == at));
        assert!(Window::ALL.is_sorted_by_key(|window| window.duration()));
    }

    #[test]
    fn nothing_has_no_ratio() {
        assert_eq!(WindowCounts::default().ratio(), None);
        assert_eq!(WindowCounts { attempts: 4, successes: 3 }.ratio(), Some(0.75));
        assert!(Distribution::default().share(0).abs() < f64::EPSILON);
    }
}
