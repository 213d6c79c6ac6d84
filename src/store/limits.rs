//! How much is kept.

use std::time::Duration;

/// Bounds of everything that could grow without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Targets; a target with an id at or above it is ignored.
    pub targets: usize,
    /// Log entries kept.
    pub log: usize,
    /// Newest log entries that a snapshot shows.
    pub log_shown: usize,
    /// Open incidents that a snapshot lists, the worst ones.
    pub incidents_shown: usize,
    /// A group of errors that had none for this long is dropped.
    pub error_age: Duration,
    /// Labels with windows of their own, first come, first served.
    pub label_groups: usize,
    /// The same for targets: more have windows by label only.
    pub target_groups: usize,
    /// Judgements that time alone makes due and that one tick makes good; the rest waits for the next.
    pub reviews_per_tick: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            targets: 1_000_000,
            log: 10_000,
            log_shown: 1_000,
            incidents_shown: 256,
            error_age: Duration::from_hours(24),
            label_groups: 128,
            target_groups: 512,
            reviews_per_tick: 10_000,
        }
    }
}
