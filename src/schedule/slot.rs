//! Where one recurring job, a probe of an address or a look-up of a name, stands.

use std::time::Duration;

use super::step::Ended;
use super::wait;

/// What a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Waiting for others to be done with the same address.
    Queued,
    /// Waiting for its turn.
    Ready,
    /// Nothing to do until asked: a literal address needs no second look-up.
    Resting,
    /// Under way.
    Running,
    /// Due at a time, with an entry among the timers.
    Waiting(Duration),
}

/// One recurring job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// What it is doing.
    pub(super) state: State,
    /// Failures in a row.
    pub(super) failures: u32,
    /// How often it was done; wraps around.
    pub(super) rounds: u32,
    /// How long the look-up took that the next probe is the first after.
    pub(super) looked_up: Option<Duration>,
}

impl Slot {
    /// A job that was never done and is due.
    pub(super) const fn new(due: Duration) -> Self {
        Self { state: State::Waiting(due), failures: 0, rounds: 0, looked_up: None }
    }

    /// Whether it failed last time.
    pub(super) const fn is_doubtful(&self) -> bool {
        self.failures > 0
    }

    /// Whether it waits for others.
    pub(super) const fn is_held_up(&self) -> bool {
        matches!(self.state, State::Queued | State::Ready)
    }

    /// Notes how a probe ended that was `started`; answers when the next is due.
    pub(super) fn ended(&mut self, ended: Ended, started: Duration, now: Duration, pace: Pace) -> Duration {
        let first = self.rounds == 0;
        self.rounds = self.rounds.wrapping_add(1);
        match ended {
            Ended::Badly => {
                self.failures = self.failures.saturating_add(1);
                now + pace.jittered(wait::after_failures(self.failures, pace.interval))
            }
            Ended::Unknown => (started + pace.usual(first)).max(now + wait::SHORTEST),
            Ended::Well => {
                self.failures = 0;
                (started + pace.usual(first)).max(now)
            }
        }
    }
}

/// How often a job is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Without jitter.
    pub(super) interval: Duration,
    /// Longer or shorter by up to this share.
    pub(super) jitter: f64,
    /// Where in that range, 0 to 1.
    pub(super) unit: f64,
}

impl Pace {
    fn jittered(&self, wait: Duration) -> Duration {
        wait::jittered(wait, self.jitter, self.unit)
    }

    fn usual(&self, first: bool) -> Duration {
        if first {
            // A fleet added at once spreads over half an interval, and on from there.
            self.interval.mul_f64(0.5 + 0.5 * self.unit)
        } else {
            self.jittered(self.interval)
        }
    }
}
