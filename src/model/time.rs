//! Points in time as whole milliseconds, without a time-zone or an upper limit.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A wall-clock instant: milliseconds since 1970-01-01T00:00:00Z.
///
/// Not `jiff::Timestamp`, whose range ends before RFC 5280's
/// `99991231235959Z`; conversion for printing clamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

impl Time {
    /// Milliseconds since the epoch, negative before it.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Seconds since the epoch, saturating.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds from `earlier` to this, negative when `earlier` is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.millis_since(earlier)).unwrap_or(0))
    }

    /// RFC 3339 in UTC, whole seconds: `2026-11-21T03:14:07Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.strftime("%Y-%m-%dT%H:%M:%SZ")
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T03:14:07.250Z`.
    #[must_use]
    pub fn rfc3339_millis(self) -> String {
        self.strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
    }

    /// UTC time of day: `03:14:07`.
    #[must_use]
    pub fn clock(self) -> String {
        self.strftime("%H:%M:%S")
    }

    /// UTC date: `2026-11-21`.
    #[must_use]
    pub fn date(self) -> String {
        self.strftime("%Y-%m-%d")
    }

    /// Formats in UTC with `strftime` conversions as `jiff` knows them.
    #[must_use]
    pub fn strftime(self, format: &str) -> String {
        let nearest = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(nearest).strftime(format).to_string()
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.rfc3339())
    }
}

/// A duration for people: its two largest units, `3h 12m`, `41d 6h`, `20s`, `1.5y`.
///
/// The sign is the caller's business: pass the magnitude.
#[must_use]
pub fn human_duration(duration: Duration) -> String {
    const YEAR: u64 = 365 * 86_400;
    let secs = duration.as_secs();
    match secs {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{secs}s"),
        60..3600 => two(secs / 60, "m", secs % 60, "s"),
        3600..86_400 => two(secs / 3600, "h", secs % 3600 / 60, "m"),
        86_400..YEAR => two(secs / 86_400, "d", secs % 86_400 / 3600, "h"),
        _ => two(secs / YEAR, "y", secs % YEAR / 86_400, "d"),
    }
}

fn two(major: u64, major_unit: &str, minor: u64, minor_unit: &str) -> String {
    if minor == 0 { format!("{major}{major_unit}") } else { format!("{major}{major_unit} {minor}{minor_unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_rfc_5280_allows() {
        assert_eq!(Time::from_secs(253_402_300_799).date(), "9999-12-30");
        assert_eq!(Time::from_secs(1_795_228_447).rfc3339(), "2026-11-21T02:34:07Z");
        assert_eq!(Time::from_millis(250).rfc3339_millis(), "1970-01-01T00:00:00.250Z");
    }

    #[test]
    fn speaks_in_two_units() {
        let cases =
            [(0, "0 ms"), (20, "20s"), (60, "1m"), (11_520, "3h 12m"), (3_564_000, "41d 6h"), (47_304_000, "1y 182d")];
        for (secs, text) in cases {
            assert_eq!(human_duration(Duration::from_secs(secs)), text);
        }
    }
}
