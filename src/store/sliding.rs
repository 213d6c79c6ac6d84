//! What happened lately: counts and histograms that forget by the slot.

use std::collections::VecDeque;
use std::time::Duration;

use super::buckets::Histogram;
use super::figures::{Quantiles, WindowCounts};
use crate::model::Time;

/// Attempts and successes over a span, in slots; the newest slot is the one that `now` lies in.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    slot: Duration,
    /// Number of the newest slot since the epoch.
    newest: i64,
    slots: Box<[WindowCounts]>,
    sum: WindowCounts,
}

impl Counter {
    pub(super) fn new(slot: Duration, slots: usize) -> Self {
        Self {
            slot,
            newest: i64::MIN,
            slots: vec![WindowCounts::default(); slots].into(),
            sum: WindowCounts::default(),
        }
    }

    pub(super) const fn sum(&self) -> WindowCounts {
        self.sum
    }

    /// Moves on to `now`; whether counts were forgotten on the way.
    pub(super) fn advance(&mut self, now: Time) -> bool {
        let number = number(now, self.slot);
        if number <= self.newest {
            return false;
        }
        let passed = usize::try_from(number.saturating_sub(self.newest)).unwrap_or(usize::MAX).min(self.slots.len());
        let before = self.sum;
        for back in 0..passed {
            let place = self.place(number - i64::try_from(back).unwrap_or(0));
            let gone = std::mem::take(&mut self.slots[place]);
            self.sum.attempts -= gone.attempts;
            self.sum.successes -= gone.successes;
        }
        self.newest = number;
        before != self.sum
    }

    /// Counts a probe that began at `at`; one that is older than the span is not counted.
    pub(super) fn record(&mut self, at: Time, success: bool) {
        self.advance(at);
        let number = number(at, self.slot);
        let age = self.newest.saturating_sub(number);
        if usize::try_from(age).is_ok_and(|age| age < self.slots.len()) {
            let place = self.place(number);
            for counts in [&mut self.slots[place], &mut self.sum] {
                counts.attempts += 1;
                counts.successes += u64::from(success);
            }
        }
    }

    fn place(&self, number: i64) -> usize {
        let len = i64::try_from(self.slots.len()).unwrap_or(i64::MAX);
        usize::try_from(number.rem_euclid(len)).unwrap_or(0)
    }
}

/// Quantiles over the last half hour, forgotten by the minute.
#[derive(Clone, Debug)]
pub(super) struct Latency {
    newest: i64,
    /// Oldest first; the last is the minute that is under way.
    minutes: VecDeque<Histogram>,
    /// 95th percentiles of [`Self::minutes`] but the last.
    trend: VecDeque<Duration>,
    total: Histogram,
}

impl Latency {
    const MINUTES: usize = 30;

    pub(super) fn new() -> Self {
        Self {
            newest: i64::MIN,
            minutes: (0..Self::MINUTES).map(|_| Histogram::new()).collect(),
            trend: std::iter::repeat_n(Duration::ZERO, Self::MINUTES - 1).collect(),
            total: Histogram::new(),
        }
    }

    /// Moves on to `now`; whether values were forgotten on the way.
    pub(super) fn advance(&mut self, now: Time) -> bool {
        let number = number(now, Duration::from_mins(1));
        if number <= self.newest {
            return false;
        }
        let passed = usize::try_from(number.saturating_sub(self.newest)).unwrap_or(usize::MAX).min(Self::MINUTES);
        self.newest = number;
        let mut forgotten = false;
        for _ in 0..passed {
            self.trend.push_back(self.minutes.back().map_or(Duration::ZERO, Histogram::p95));
            self.trend.pop_front();
            let Some(mut oldest) = self.minutes.pop_front() else { break };
            if !oldest.is_empty() {
                forgotten = true;
                self.total.subtract(&oldest);
                oldest.clear();
            }
            self.minutes.push_back(oldest);
        }
        forgotten
    }

    /// Counts a duration measured at `at`; one that is older than half an hour is not counted.
    pub(super) fn record(&mut self, at: Time, value: Duration) {
        self.advance(at);
        let age = usize::try_from(self.newest.saturating_sub(number(at, Duration::from_mins(1))));
        let Some(place) = age.ok().and_then(|age| (Self::MINUTES - 1).checked_sub(age)) else { return };
        self.minutes[place].record(value);
        self.total.record(value);
        if let Some(past) = self.trend.get_mut(place) {
            *past = self.minutes[place].p95();
        }
    }

    pub(super) fn quantiles(&self) -> Quantiles {
        self.total.quantiles()
    }

    /// 95th percentile per minute, oldest first, the minute under way last; zero where nothing was measured.
    pub(super) fn trend(&self) -> Vec<Duration> {
        let current = self.minutes.back().map_or(Duration::ZERO, Histogram::p95);
        self.trend.iter().copied().chain([current]).collect()
    }
}

fn number(at: Time, slot: Duration) -> i64 {
    at.millis().div_euclid(i64::try_from(slot.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_forgotten_when_their_slot_falls_out() {
        let mut counter = Counter::new(Duration::from_secs(5), 60);
        counter.record(Time::from_secs(1_000), true);
        counter.record(Time::from_secs(1_100), false);
        assert_eq!(counter.sum(), WindowCounts { attempts: 2, successes: 1 });
        assert!(!counter.advance(Time::from_secs(1_299)));
        assert!(counter.advance(Time::from_secs(1_300)));
        assert_eq!(counter.sum(), WindowCounts { attempts: 1, successes: 0 });
        assert!(counter.advance(Time::from_secs(1_000_000)));
        assert_eq!(counter.sum(), WindowCounts::default());
    }

    #[test]
    fn late_news_count_where_they_belong() {
        let mut counter = Counter::new(Duration::from_secs(1), 10);
        counter.record(Time::from_secs(100), true);
        counter.record(Time::from_secs(92), true);
        counter.record(Time::from_secs(90), true);
        assert_eq!(counter.sum().attempts, 2);
        counter.advance(Time::from_secs(102));
        assert_eq!(counter.sum().attempts, 1);
    }

    #[test]
    fn latency_covers_half_an_hour() {
        let mut latency = Latency::new();
        latency.record(Time::from_secs(0), Duration::from_millis(100));
        latency.record(Time::from_secs(29 * 60), Duration::from_millis(10));
        assert_eq!(latency.quantiles().count, 2);
        let trend = latency.trend();
        assert_eq!(trend.len(), 30);
        assert!(trend[0] > Duration::from_millis(95) && trend[29] < Duration::from_millis(11));
        assert!(latency.advance(Time::from_secs(30 * 60)));
        assert_eq!(latency.quantiles().count, 1);
        assert!(latency.trend()[0].is_zero());
    }
}
