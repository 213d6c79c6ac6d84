//! Where time comes from, so that pure rooms never read it themselves.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Time;

/// A source of time, passed in wherever time is needed.
pub trait Clock: Debug + Send + Sync {
    /// The wall clock: judges validity, stamps events.
    fn now(&self) -> Time;

    /// Time since some fixed moment that never runs backwards and goes on while
    /// the machine sleeps: schedules by it do not burst after a resume.
    fn elapsed(&self) -> Duration;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Time {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Time::default() + since,
            Err(before) => Time::default() - before.duration(),
        }
    }

    fn elapsed(&self) -> Duration {
        boot_time()
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn boot_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Elsewhere on Unix the monotonic clock is the nearest; on macOS it stops
/// during sleep, which delays probes after a resume but never bursts.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn boot_time() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// A clock that stands still until told: tests, replay and the lab's scenario.
#[derive(Debug, Default)]
pub struct ManualClock {
    start: Time,
    passed: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub const fn new(start: Time) -> Self {
        Self { start, passed: AtomicI64::new(0) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.passed.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        self.start + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.passed.load(Ordering::Relaxed)).unwrap_or(0))
    }
}
