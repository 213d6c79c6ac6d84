//! How far a long look is, on standard error, when someone is there to see it.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use unicode_width::UnicodeWidthChar as _;

use crate::model::Status;

/// A line that is written over itself: from the first second on, or as soon as there is a first verdict.
#[derive(Debug)]
pub(super) struct Progress {
    ticks: Option<Interval>,
    shown: bool,
    total: usize,
    done: usize,
    /// The worst verdict so far, first ones included.
    worst: Option<(Status, String)>,
}

impl Progress {
    const SILENCE: Duration = Duration::from_secs(1);
    const PERIOD: Duration = Duration::from_millis(200);
    /// Columns of a terminal that does not tell.
    const COLUMNS: u16 = 80;

    /// Shown on a terminal only, and not to those who asked for quiet.
    pub(super) fn new(quiet: bool, total: usize) -> Self {
        let wanted = !quiet && io::stderr().is_terminal();
        let ticks = wanted.then(|| {
            let mut ticks = interval_at(Instant::now() + Self::SILENCE, Self::PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            ticks
        });
        Self { ticks, shown: false, total, done: 0, worst: None }
    }

    /// Waits until the line should be written anew.
    pub(super) async fn tick(&mut self) {
        match &mut self.ticks {
            Some(ticks) => drop(ticks.tick().await),
            None => std::future::pending().await,
        }
    }

    /// A target was seen and this is the first verdict; its survey goes on.
    pub(super) fn seen(&mut self, status: Status, sentence: &str) {
        if self.worst.as_ref().is_none_or(|(worst, _)| status > *worst) {
            self.worst = Some((status, sentence.to_owned()));
            self.show();
        }
    }

    /// A target is done.
    pub(super) const fn done(&mut self) {
        self.done += 1;
    }

    /// Writes the line, if anyone wants it.
    pub(super) fn show(&mut self) {
        if self.ticks.is_none() {
            return;
        }
        self.shown = true;
        let columns = crossterm::terminal::size().map_or(Self::COLUMNS, |(columns, _)| columns);
        let line = cut(&self.line(), usize::from(columns).saturating_sub(1));
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

    fn line(&self) -> String {
        let Self { total, done, .. } = *self;
        let so_far = match &self.worst {
            None => return format!("{done} of {total} targets done"),
            Some((_, sentence)) => sentence,
        };
        match total {
            1 => format!("surveying; so far: {so_far}"),
            _ => format!("{done} of {total} targets done; so far: {so_far}"),
        }
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
    fn the_line_tells_the_worst_first_verdict() {
        let mut progress = Progress { ticks: None, shown: false, total: 3, done: 0, worst: None };
        assert_eq!(progress.line(), "0 of 3 targets done");
        progress.seen(Status::Warning, "! a:443 ends soon");
        progress.seen(Status::Critical, "X b:443 expired");
        progress.seen(Status::Ok, "+ c:443 healthy");
        assert_eq!(progress.line(), "0 of 3 targets done; so far: X b:443 expired");
        let alone = Progress { total: 1, ..progress };
        assert_eq!(alone.line(), "surveying; so far: X b:443 expired");
    }

    #[test]
    fn a_line_never_wraps() {
        assert_eq!(cut("証明書 expired", 7), "証明書 ");
        assert_eq!(cut("証明書", 3), "証");
        assert_eq!(cut("short", 80), "short");
    }
}
