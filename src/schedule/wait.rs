//! How long until the next time: intervals, back-off and jitter. Pure arithmetic.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::time::Duration;

/// Waits after the first failures: a fault is confirmed, or seen to pass, before anyone is called.
const CONFIRM: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)];
/// Doublings of the interval after that: eight times.
const DOUBLINGS: usize = 3;
/// Back-off ends here, unless the interval itself is longer.
pub(super) const LONGEST: Duration = Duration::from_mins(10);
/// No address is probed more often than this, whatever is configured.
pub(super) const SHORTEST: Duration = Duration::from_millis(100);

/// The wait after `failures` (one or more) in a row.
pub(super) fn after_failures(failures: u32, interval: Duration) -> Duration {
    let step = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    if let Some(confirm) = CONFIRM.get(step) {
        return (*confirm).min(interval);
    }
    let doublings = (step - CONFIRM.len()).min(DOUBLINGS);
    interval.saturating_mul(1 << doublings).min(LONGEST.max(interval))
}

/// How long an answer of the name service is kept.
pub(super) fn kept(ttl: Duration) -> Duration {
    ttl.clamp(Duration::from_secs(5), Duration::from_hours(1))
}

/// `wait` made longer or shorter by up to `share` of itself; `unit` lies in 0..1.
pub(super) fn jittered(wait: Duration, share: f64, unit: f64) -> Duration {
    wait.mul_f64(1.0 + share * (2.0 * unit - 1.0))
}

/// A number in 0..1, the same for the same job and round, as if random over both.
pub(super) fn unit(job: &impl Hash, round: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    job.hash(&mut hasher);
    round.hash(&mut hasher);
    let upper = u32::try_from(hasher.finish() >> 32).unwrap_or(0);
    f64::from(upper) / (f64::from(u32::MAX) + 1.0)
}
