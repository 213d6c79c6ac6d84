//! A line on standard error that is written over itself, when someone is there to see it.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use unicode_width::UnicodeWidthChar as _;

/// The line: from the first second on, or as soon as there is something to show.
#[derive(Debug)]
pub(super) struct LiveLine {
    ticks: Option<Interval>,
    shown: bool,
}

impl LiveLine {
    const SILENCE: Duration = Duration::from_secs(1);
    const PERIOD: Duration = Duration::from_millis(200);
    /// Columns of a terminal that does not tell.
    const COLUMNS: u16 = 80;

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

    /// Writes the line, if anyone wants it.
    pub(super) fn show(&mut self, text: &str) {
        if self.ticks.is_none() {
            return;
        }
        self.shown = true;
        let columns = crossterm::terminal::size().map_or(Self::COLUMNS, |(columns, _)| columns);
        let line = cut(text, usize::from(columns).saturating_sub(1));
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush());
    }

    /// Takes the line away, before data is written to the same terminal.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "\r\x1b[K").and_then(|()| stderr.flush());
        }
    }
}

#[cfg(test)]
impl LiveLine {
    /// One that nobody sees.
    pub(super) const fn unseen() -> Self {
        Self { ticks: None, shown: false }
    }
}

/// As much of `text` as fits.
fn cut(text: &str, columns: usize) -> String {
    let mut left = columns;
    let fits = |letter: &char| {
        let wide = letter.width().unwrap_or(0);
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_never_wraps() {
        assert_eq!(cut("証明書 expired", 7), "証明書 ");
        assert_eq!(cut("証明書", 3), "証");
        assert_eq!(cut("short", 80), "short");
    }
}
