//! How far a long look is, on standard error, when someone is there to see it.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// A line that is written over itself, from the first second on.
#[derive(Debug)]
pub(super) struct Progress {
    ticks: Option<Interval>,
    shown: bool,
}

impl Progress {
    const SILENCE: Duration = Duration::from_secs(1);
    const PERIOD: Duration = Duration::from_millis(200);

    /// Shown on a terminal only, and not to those who asked for quiet.
    pub(super) fn new(quiet: bool) -> Self {
        let wanted = !quiet && io::stderr().is_terminal();
        let ticks = wanted.then(|| {
            let mut ticks = interval_at(Instant::now() + Self::SILENCE, Self::PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            ticks
        });
        Self { ticks, shown: false }
    }

    /// Waits until the line should be written anew.
    pub(super) async fn tick(&mut self) {
        match &mut self.ticks {
            Some(ticks) => drop(ticks.tick().await),
            None => std::future::pending().await,
        }
    }

    /// Writes the line.
    pub(super) fn show(&mut self, done: usize, total: usize) {
        self.shown = true;
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[K{done} of {total} targets seen").and_then(|()| stderr.flush());
    }

    /// Takes the line away, before data is written to the same terminal.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "\r\x1b[K").and_then(|()| stderr.flush());
        }
    }
}
