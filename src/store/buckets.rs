//! Durations counted in logarithmic buckets: one arithmetic for the small digest and the fine histogram.

use std::time::Duration;

use super::figures::Quantiles;

/// Buckets per doubling and where the first one begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Buckets per doubling, as a power of two: a value is known to within half of 2⁻ᵇⁱᵗˢ of itself.
    bits: u32,
    /// The first bucket begins at 2^`lowest` microseconds and holds everything below as well; at least `bits`.
    lowest: u32,
    /// How many buckets; the last holds everything above as well.
    len: usize,
}

impl Scale {
    fn index(self, value: Duration) -> usize {
        let micros = u64::try_from(value.as_micros()).unwrap_or(u64::MAX).max(1 << self.lowest);
        let doubling = micros.ilog2();
        let within = (micros >> (doubling - self.bits)) & ((1 << self.bits) - 1);
        let index = (u64::from(doubling - self.lowest) << self.bits) | within;
        usize::try_from(index).unwrap_or(usize::MAX).min(self.len - 1)
    }

    /// The middle of a bucket.
    fn middle(self, index: usize) -> Duration {
        let (doubling, within) = (index >> self.bits, index & ((1 << self.bits) - 1));
        let width = 1u64 << (doubling as u64 + u64::from(self.lowest - self.bits));
        Duration::from_micros(((1 << self.bits) + within as u64) * width + width / 2)
    }

    /// The smallest value that `share` of all counted values do not exceed, to the bucket's width.
    fn quantile(self, counts: impl Iterator<Item = u64>, total: u64, share: (u64, u64)) -> Duration {
        let rank = (total * share.0).div_ceil(share.1).max(1);
        let mut below = 0;
        for (index, count) in counts.enumerate() {
            below += count;
            if below >= rank {
                return self.middle(index);
            }
        }
        Duration::ZERO
    }
}

/// One address's latency in 128 bytes: buckets 19 % wide from 256 µs to 16 s, recent values weigh more once it is full.
#[derive(Clone, Debug)]
pub struct Digest([u16; Self::SCALE.len]);

impl Digest {
    const SCALE: Scale = Scale { bits: 2, lowest: 8, len: 64 };

    /// Counts a duration.
    pub fn record(&mut self, value: Duration) {
        let index = Self::SCALE.index(value);
        if self.0[index] == u16::MAX {
            self.0.iter_mut().for_each(|count| *count /= 2);
        }
        self.0[index] += 1;
    }

    /// How many of the shortest durations were counted.
    pub(super) const fn first(&self) -> u16 {
        self.0[0]
    }

    /// Quantiles; `count` is what the caller knows of how many values there were.
    #[must_use]
    pub fn quantiles(&self, count: u64) -> Quantiles {
        let total = self.0.iter().map(|count| u64::from(*count)).sum();
        if total == 0 {
            return Quantiles::default();
        }
        let at = |share| Self::SCALE.quantile(self.0.iter().map(|count| u64::from(*count)), total, share);
        Quantiles { count, p50: at((1, 2)), p95: at((19, 20)), p99: at((99, 100)) }
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self([0; Self::SCALE.len])
    }
}

/// Several digests together, and single durations.
#[derive(Clone, Debug)]
pub(super) struct Pool([u64; Digest::SCALE.len]);

impl Pool {
    pub(super) fn add(&mut self, digest: &Digest) {
        self.0.iter_mut().zip(&digest.0).for_each(|(sum, count)| *sum += u64::from(*count));
    }

    pub(super) fn record(&mut self, value: Duration) {
        self.0[Digest::SCALE.index(value)] += 1;
    }

    pub(super) fn quantiles(&self) -> Quantiles {
        let count = self.0.iter().sum();
        if count == 0 {
            return Quantiles::default();
        }
        let at = |share| Digest::SCALE.quantile(self.0.iter().copied(), count, share);
        Quantiles { count, p50: at((1, 2)), p95: at((19, 20)), p99: at((99, 100)) }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self([0; Digest::SCALE.len])
    }
}

/// The fleet's latency: buckets 3 % wide from 32 µs to 67 s, which can be taken out again.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    counts: Box<[u32]>,
    total: u64,
}

impl Histogram {
    const SCALE: Scale = Scale { bits: 5, lowest: 5, len: 21 << 5 };

    pub(super) fn new() -> Self {
        Self { counts: vec![0; Self::SCALE.len].into(), total: 0 }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(super) fn record(&mut self, value: Duration) {
        let count = &mut self.counts[Self::SCALE.index(value)];
        if *count < u32::MAX {
            *count += 1;
            self.total += 1;
        }
    }

    /// Takes out what `part` counted, which was counted here too.
    pub(super) fn subtract(&mut self, part: &Self) {
        for (count, gone) in self.counts.iter_mut().zip(&part.counts) {
            *count = count.saturating_sub(*gone);
        }
        self.total = self.total.saturating_sub(part.total);
    }

    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
        self.total = 0;
    }

    pub(super) fn p95(&self) -> Duration {
        self.at((19, 20))
    }

    pub(super) fn quantiles(&self) -> Quantiles {
        if self.is_empty() {
            return Quantiles::default();
        }
        Quantiles { count: self.total, p50: self.at((1, 2)), p95: self.p95(), p99: self.at((99, 100)) }
    }

    fn at(&self, share: (u64, u64)) -> Duration {
        Self::SCALE.quantile(self.counts.iter().map(|count| u64::from(*count)), self.total, share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_again_to_the_width_of_its_bucket() {
        for micros in [32_u64, 33, 50, 64, 100, 1_000, 4_321, 99_999, 1_000_000, 9_876_543, 60_000_000] {
            let value = Duration::from_micros(micros);
            let found = Histogram::SCALE.middle(Histogram::SCALE.index(value));
            assert!(found.abs_diff(value) <= value / 32, "{value:?} became {found:?}");
        }
        for micros in [256_u64, 300, 1_000, 5_000, 184_000, 1_200_000, 15_000_000] {
            let value = Duration::from_micros(micros);
            let found = Digest::SCALE.middle(Digest::SCALE.index(value));
            assert!(found.abs_diff(value) <= value / 8, "{value:?} became {found:?}");
        }
    }

    #[test]
    fn extremes_stay_inside() {
        for value in [Duration::ZERO, Duration::MAX] {
            assert!(Histogram::SCALE.index(value) < Histogram::SCALE.len);
            assert!(Digest::SCALE.index(value) < Digest::SCALE.len);
        }
    }

    #[test]
    fn quantiles_of_a_ramp() {
        let mut histogram = Histogram::new();
        (1..=1_000).for_each(|millis| histogram.record(Duration::from_millis(millis)));
        let Quantiles { count, p50, p95, p99 } = histogram.quantiles();
        assert_eq!(count, 1_000);
        for (found, expected) in [(p50, 500), (p95, 950), (p99, 990)] {
            let expected = Duration::from_millis(expected);
            assert!(found.abs_diff(expected) <= expected / 25, "{found:?} for {expected:?}");
        }
        let part = histogram.clone();
        histogram.subtract(&part);
        assert!(histogram.is_empty());
        assert_eq!(histogram.quantiles(), Quantiles::default());
    }

    #[test]
    fn a_full_digest_forgets_the_old_slowly() {
        let mut digest = Digest::default();
        (0..70_000).for_each(|_| digest.record(Duration::from_millis(1)));
        (0..60_000).for_each(|_| digest.record(Duration::from_secs(2)));
        let quantiles = digest.quantiles(130_000);
        assert!(quantiles.p50 > Duration::from_secs(1));
        assert_eq!(quantiles.count, 130_000);
    }
}
