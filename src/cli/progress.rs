//! How far a long look is, on standard error, when someone is there to see it.

use super::live::LiveLine;
use crate::model::Status;

/// How many targets are done, and the worst verdict so far.
#[derive(Debug)]
pub(super) struct Progress {
    line: LiveLine,
    total: usize,
    done: usize,
    /// The worst verdict so far, first ones included.
    worst: Option<(Status, String)>,
}

impl Progress {
    pub(super) fn new(quiet: bool, total: usize) -> Self {
        Self { line: LiveLine::new(quiet), total, done: 0, worst: None }
    }

    /// Waits until the line should be written anew.
    pub(super) async fn tick(&mut self) {
        self.line.tick().await;
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
        let sentence = self.sentence();
        self.line.show(&sentence);
    }

    /// Takes the line away, before data is written to the same terminal.
    pub(super) fn clear(&mut self) {
        self.line.clear();
    }

    fn sentence(&self) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_the_worst_first_verdict() {
        let mut progress = Progress { line: LiveLine::unseen(), total: 3, done: 0, worst: None };
        assert_eq!(progress.sentence(), "0 of 3 targets done");
        progress.seen(Status::Warning, "! a:443 ends soon");
        progress.seen(Status::Critical, "X b:443 expired");
        progress.seen(Status::Ok, "+ c:443 healthy");
        assert_eq!(progress.sentence(), "0 of 3 targets done; so far: X b:443 expired");
        let alone = Progress { total: 1, ..progress };
        assert_eq!(alone.sentence(), "surveying; so far: X b:443 expired");
    }
}
