//! What happened lately: counts and histograms that forget by the slot.

use std::collections::VecDeque;
use std::time::Duration;

use super::buckets::Histogram;
use super::figures::{Quantiles, WindowCounts};
use crate::model::Time;

/// Attempts and successes over a span, in slots; the newest slot is the one that `now` lies in.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    slot: Slot,
    /// Attempts and successes; a slot is an hour at most.
    slots: Box<[(u32, u32)]>,
    sum: WindowCounts,
}

impl Counter {
    pub(super) fn new(slot: Duration, slots: usize) -> Self {
        let slots = vec![(0, 0); slots].into();
        Self { slot: Slot::new(slot), slots, sum: WindowCounts::default() }
    }

    pub(super) const fn sum(&self) -> WindowCounts {
        self.sum
    }

    /// Moves on to `now`; whether counts were forgotten on the way.
    pub(super) fn advance(&mut self, now: Time) -> bool {
        let passed = self.slot.advance(now).min(self.slots.len());
        let before = self.sum;
        for back in 0..passed {
            let place = self.place(back);
            let gone = std::mem::take(&mut self.slots[place]);
            self.sum.attempts -= u64::from(gone.0);
            self.sum.successes -= u64::from(gone.1);
        }
        before != self.sum
    }

    /// Counts a probe that began at `at`; one that is older than the span is not counted.
    pub(super) fn record(&mut self, at: Time, success: bool) {
        self.add(at, 1, u32::from(success));
    }

    /// Counts several of which some succeeded.
    pub(super) fn add(&mut self, at: Time, attempts: u32, successes: u32) {
        self.advance(at);
        let age = self.slot.age(at);
        if age < self.slots.len() {
            let place = self.place(age);
            let slot = &mut self.slots[place];
            let before = *slot;
            *slot = (before.0.saturating_add(attempts), before.1.saturating_add(successes));
            self.sum.attempts += u64::from(slot.0 - before.0);
            self.sum.successes += u64::from(slot.1 - before.1);
        }
    }

    /// Where the slot is that was the newest `age` slots ago.
    fn place(&self, age: usize) -> usize {
        let len = self.slots.len();
        let newest = usize::try_from(self.slot.number).unwrap_or(0) % len;
        (newest + len - age) % len
    }
}

/// The newest slot of a span: its number since the epoch, and when it begins.
#[derive(Clone, Copy, Debug)]
struct Slot {
    millis: i64,
    number: i64,
    begins: i64,
}

impl Slot {
    fn new(length: Duration) -> Self {
        Self { millis: i64::try_from(length.as_millis()).unwrap_or(i64::MAX).max(1), number: -1, begins: i64::MIN }
    }

    /// Moves on to the slot of `now`; how many slots that was. Without a division while it is the same one.
    fn advance(&mut self, now: Time) -> usize {
        if now.millis() < self.begins.saturating_add(self.millis) {
            return 0;
        }
        let number = now.millis().div_euclid(self.millis);
        let passed = number.saturating_sub(self.number);
        (self.number, self.begins) = (number, number.saturating_mul(self.millis));
        usize::try_from(passed).unwrap_or(0)
    }

    /// How many slots ago `at` was, which is not after the newest.
    fn age(self, at: Time) -> usize {
        if at.millis() >= self.begins {
            return 0;
        }
        usize::try_from(self.number.saturating_sub(at.millis().div_euclid(self.millis))).unwrap_or(usize::MAX)
    }
}

/// Quantiles over the last half hour, forgotten by the minute.
#[derive(Clone, Debug)]
pub(super) struct Latency {
    minute: Slot,
    /// Oldest first; the last is the minute that is under way.
    minutes: VecDeque<Histogram>,
    /// 95th percentiles of [`Self::minutes`] but the last; `None` where one was counted late, since when it is not known.
    trend: VecDeque<Option<Duration>>,
    total: Histogram,
}

impl Latency {
    const MINUTES: usize = 30;

    pub(super) fn new() -> Self {
        Self {
            minute: Slot::new(Duration::from_mins(1)),
            minutes: (0..Self::MINUTES).map(|_| Histogram::new()).collect(),
            trend: std::iter::repeat_n(Some(Duration::ZERO), Self::MINUTES - 1).collect(),
            total: Histogram::new(),
        }
    }

    /// Moves on to `now`; whether values were forgotten on the way.
    pub(super) fn advance(&mut self, now: Time) -> bool {
        let passed = self.minute.advance(now).min(Self::MINUTES);
        let mut forgotten = false;
        for _ in 0..passed {
            self.trend.push_back(self.minutes.back().map(Histogram::p95));
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
        let Some(place) = (Self::MINUTES - 1).checked_sub(self.minute.age(at)) else { return };
        self.minutes[place].record(value);
        self.total.record(value);
        if let Some(past) = self.trend.get_mut(place) {
            *past = None;
        }
    }

    pub(super) fn quantiles(&self) -> Quantiles {
        self.total.quantiles()
    }

    /// 95th percentile per minute, oldest first, the minute under way last; zero where nothing was measured.
    pub(super) fn trend(&self) -> Vec<Duration> {
        let known = self.trend.iter().copied().chain([None]);
        known.zip(&self.minutes).map(|(known, minute)| known.unwrap_or_else(|| minute.p95())).collect()
    }
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
        latency.record(Time::from_secs(1), Duration::from_millis(900));
        assert!(latency.trend()[0] > Duration::from_millis(800), "late news belong to their minute");
        assert!(latency.advance(Time::from_secs(30 * 60)));
        assert_eq!(latency.quantiles().count, 1);
        assert!(latency.trend()[0].is_zero());
    }
}
