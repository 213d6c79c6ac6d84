//! When to draw: pure arithmetic over the time since the start.

use std::time::Duration;

/// Decides when the next frame is due: keys at once, data when it pays, otherwise a heartbeat.
///
/// The heartbeat keeps ages true and makes a terminal that went away show itself as a write error.
#[derive(Clone, Copy, Debug)]
pub struct Pacer {
    drawn: Duration,
    due: Duration,
}

/// Why the screen no longer shows the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The user did something: shown at once, bursts folded into one frame.
    Input,
    /// Something happened that the user is waiting for: at most ten frames a second.
    News,
    /// Numbers moved in a quiet fleet: the heartbeat will show it.
    Routine,
}

impl Pacer {
    /// Shortest time between two frames: a paste of a thousand keys is one frame.
    const FLOOR: Duration = Duration::from_millis(10);
    /// Time between frames that only show newer data.
    const DATA: Duration = Duration::from_millis(100);
    /// Time between frames when nothing changes.
    pub const HEARTBEAT: Duration = Duration::from_secs(1);

    /// The first frame is due at once.
    #[must_use]
    pub const fn new() -> Self {
        Self { drawn: Duration::ZERO, due: Duration::ZERO }
    }

    /// Something changed.
    pub fn changed(&mut self, change: Change) {
        let wait = match change {
            Change::Input => Self::FLOOR,
            Change::News => Self::DATA,
            Change::Routine => Self::HEARTBEAT,
        };
        self.due = self.due.min(self.drawn + wait);
    }

    /// When the next frame is due, since the start.
    #[must_use]
    pub const fn due(&self) -> Duration {
        self.due
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Duration) {
        self.drawn = now;
        self.due = now + Self::HEARTBEAT;
    }
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn draws_keys_at_once_data_soon_and_nothing_once_a_second() {
        let mut pacer = Pacer::new();
        assert_eq!(pacer.due(), Duration::ZERO);
        pacer.drawn(millis(5));
        assert_eq!(pacer.due(), millis(1005));
        pacer.changed(Change::Routine);
        assert_eq!(pacer.due(), millis(1005));
        pacer.changed(Change::News);
        assert_eq!(pacer.due(), millis(105));
        pacer.changed(Change::Input);
        assert_eq!(pacer.due(), millis(15));
        pacer.changed(Change::News);
        assert_eq!(pacer.due(), millis(15), "a later change never postpones a frame");
    }
}
