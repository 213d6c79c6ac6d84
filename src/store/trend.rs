//! The last probes of one address, two bytes each.

use std::time::Duration;

/// Whether and how fast the last probes answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trend(pub [TrendPoint; Trend::LEN], pub u8);

/// One probe in a trend, in two bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrendPoint(pub u16);

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
}

impl TrendPoint {
    const FAILED: u16 = u16::MAX;

    /// A probe that failed.
    #[must_use]
    pub const fn failed() -> Self {
        Self(Self::FAILED)
    }

    /// A handshake that took `total`; resolution 1 ms, saturating below 65.5 s.
    #[must_use]
    pub fn took(total: Duration) -> Self {
        Self(u16::try_from(total.as_millis()).unwrap_or(Self::FAILED - 1).min(Self::FAILED - 1))
    }

    /// How long it took, `None` for a failure.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        (self.0 != Self::FAILED).then(|| Duration::from_millis(u64::from(self.0)))
    }
}
