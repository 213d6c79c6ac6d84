//! The last probes of one address, two bytes each.

use std::time::Duration;

use crate::diagnosis::{History, SLOW_IN_A_ROW};

/// Whether and how fast the last probes answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trend(pub [TrendPoint; Trend::LEN], pub u8);

/// One probe in a trend, in two bytes: how it went, and two marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrendPoint(u16);

impl Trend {
    /// Probes remembered per address.
    pub const LEN: usize = 30;

    /// The points, oldest first.
    #[must_use]
    pub fn points(&self) -> &[TrendPoint] {
        &self.0[..usize::from(self.1)]
    }

    /// Forgets the oldest when full and adds one.
    pub fn push(&mut self, point: TrendPoint) {
        if usize::from(self.1) == Self::LEN {
            self.0.copy_within(1.., 0);
            self.0[Self::LEN - 1] = point;
        } else {
            self.0[usize::from(self.1)] = point;
            self.1 += 1;
        }
    }

    /// What the points show together.
    #[must_use]
    pub fn history(&self) -> History {
        let points = self.points();
        // Most addresses are well, and this is asked twice a probe. Marks are above all values.
        if points.iter().all(|point| point.0 < TrendPoint::BROKEN) {
            return History { probes: self.1, ..History::default() };
        }
        let count = |is_it: fn(TrendPoint) -> bool| {
            u8::try_from(points.iter().filter(|point| is_it(**point)).count()).unwrap_or(u8::MAX)
        };
        let turns = points.windows(2).filter(|pair| pair[0].is_failed() != pair[1].is_failed()).count();
        let slow = points.iter().rev().take_while(|point| point.has(TrendPoint::SLOW)).count();
        History {
            is_slow: slow >= SLOW_IN_A_ROW,
            probes: self.1,
            failures: count(TrendPoint::is_failed),
            in_handshake: count(|point| point.value() == TrendPoint::BROKEN),
            turns: u8::try_from(turns).unwrap_or(u8::MAX),
            changes: count(|point| point.has(TrendPoint::CHANGED)),
        }
    }
}

impl TrendPoint {
    /// Slower than the objective.
    const SLOW: u16 = 1 << 15;
    /// Another certificate than before.
    const CHANGED: u16 = 1 << 14;
    const VALUE: u16 = Self::CHANGED - 1;
    /// No connection.
    const FAILED: u16 = Self::VALUE;
    /// A connection, and no handshake.
    const BROKEN: u16 = Self::VALUE - 1;

    /// A probe that found no connection.
    #[must_use]
    pub const fn failed() -> Self {
        Self(Self::FAILED)
    }

    /// A probe that failed behind the connection.
    #[must_use]
    pub const fn broken() -> Self {
        Self(Self::BROKEN)
    }

    /// A handshake that took `total`; resolution 1 ms, saturating at 16.4 s.
    #[must_use]
    pub fn took(total: Duration) -> Self {
        Self(u16::try_from(total.as_millis()).unwrap_or(u16::MAX).min(Self::BROKEN - 1))
    }

    /// The same, of a handshake slower than the latency objective if `is_slow`.
    #[must_use]
    pub const fn slow(self, is_slow: bool) -> Self {
        if is_slow { Self(self.0 | Self::SLOW) } else { self }
    }

    /// The same, with another certificate than before if `is_changed`.
    #[must_use]
    pub const fn changed(self, is_changed: bool) -> Self {
        if is_changed { Self(self.0 | Self::CHANGED) } else { self }
    }

    /// How long it took, `None` for a failure.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        (!self.is_failed()).then(|| Duration::from_millis(u64::from(self.value())))
    }

    const fn is_failed(self) -> bool {
        self.value() >= Self::BROKEN
    }

    const fn value(self) -> u16 {
        self.0 & Self::VALUE
    }

    const fn has(self, mark: u16) -> bool {
        self.0 & mark != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(points: &[TrendPoint]) -> History {
        let mut trend = Trend::default();
        for point in points {
            trend.push(*point);
        }
        trend.history()
    }

    #[test]
    fn points_keep_time_and_marks_apart() {
        let took = Duration::from_millis(1_234);
        let point = TrendPoint::took(took).slow(true).changed(true);
        assert_eq!(point.duration(), Some(took));
        assert_eq!(TrendPoint::took(Duration::from_mins(1)).duration(), Some(Duration::from_millis(16_381)));
        assert_eq!(TrendPoint::failed().changed(true).duration(), None);
        assert_eq!(TrendPoint::broken().duration(), None);
        assert_eq!(size_of::<Trend>(), 62, "memory per address is counted in bytes");
    }

    #[test]
    fn only_the_last_run_of_slow_handshakes_counts() {
        let (slow, fast) = (TrendPoint::took(Duration::from_secs(2)).slow(true), TrendPoint::took(Duration::ZERO));
        assert!(!history(&[slow, slow]).is_slow);
        assert!(history(&[fast, slow, slow, slow]).is_slow);
        assert!(!history(&[slow, slow, slow, fast]).is_slow);
        assert!(!history(&[slow, slow, TrendPoint::failed(), slow]).is_slow);
    }

    #[test]
    fn turns_failures_and_changes_are_counted_over_what_is_remembered() {
        let (good, bad) = (TrendPoint::took(Duration::ZERO), TrendPoint::failed());
        let seen = history(&[good, bad, bad, good, TrendPoint::broken(), good.changed(true)]);
        let expected = History { is_slow: false, probes: 6, failures: 3, in_handshake: 1, turns: 4, changes: 1 };
        assert_eq!(seen, expected);
        let mut trend = Trend::default();
        trend.push(bad);
        for _ in 0..Trend::LEN {
            trend.push(good);
        }
        assert_eq!((trend.history().turns, trend.history().failures), (0, 0), "forgotten");
    }
}
