//! The course of one incident: who has it in hand, how it came and went.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Acknowledgement, Life, Severity, Silence, Standing, Step, Time, Untrusted};

/// A cause that comes back within this time is the same incident.
pub(super) const REOPENS_WITHIN: Duration = Duration::from_hours(1);

/// Beyond, an incident that keeps coming back takes no longer to close: 3, 6, 12, 24 good looks.
const MOST_PATIENCE: u32 = 3;

#[derive(Clone, Debug)]
pub(super) struct Course {
    life: Life,
    /// How loud it is.
    severity: Severity,
    /// How loud it has been since it opened.
    loudest: Severity,
    acknowledged: Option<Arc<Acknowledgement>>,
    silence: Option<Arc<Silence>>,
}

impl Course {
    pub(super) fn open(since: Time, now: Time, severity: Severity) -> Self {
        let mut life = Life::default();
        life.note(since, Step::Opened);
        life.note(now, Step::Confirmed(severity));
        Self { life, severity, loudest: severity, acknowledged: None, silence: None }
    }

    /// It came back.
    pub(super) fn reopen(mut self, now: Time, severity: Severity) -> Self {
        self.life.reopened += 1;
        self.life.resolved = None;
        self.severity = severity;
        self.life.note(now, Step::Reopened(severity));
        self.outgrow(severity);
        self
    }

    /// It is over.
    pub(super) fn resolve(mut self, now: Time) -> Self {
        self.life.resolved = Some(now);
        self.life.note(now, Step::Resolved);
        self
    }

    /// It is so loud now; louder than acknowledged, it calls again.
    pub(super) fn sound(&mut self, severity: Severity, now: Time) {
        if severity == self.severity {
            return;
        }
        self.severity = severity;
        let step = if severity > self.loudest { Step::Worsened(severity) } else { Step::Eased(severity) };
        self.life.note(now, step);
        self.outgrow(severity);
    }

    fn outgrow(&mut self, severity: Severity) {
        self.loudest = self.loudest.max(severity);
        self.acknowledged.take_if(|acknowledged| severity > acknowledged.severity);
    }

    /// It is part of this maintenance everywhere it is seen, or of none.
    pub(super) fn silence(&mut self, silence: Option<&Arc<Silence>>, now: Time) {
        match (&self.silence, silence) {
            (None, Some(silence)) => self.life.note(now, Step::Silenced(Arc::clone(&silence.reason))),
            (Some(_), None) => self.life.note(now, Step::Unsilenced),
            _ => {}
        }
        self.silence = silence.cloned();
    }

    pub(super) fn acknowledge(&mut self, at: Time, until: Time, note: &str) {
        let note = Untrusted::new(note);
        self.life.note(at, Step::Acknowledged(note.clone()));
        self.acknowledged = Some(Arc::new(Acknowledgement { at, until, note, severity: self.severity }));
    }

    /// Whether there was something to give back.
    pub(super) fn give_back(&mut self, at: Time) -> bool {
        let had = self.acknowledged.take().is_some();
        if had {
            self.life.note(at, Step::Withdrawn);
        }
        had
    }

    /// Whether the time for which somebody had it is over by `now`.
    pub(super) fn lapse(&mut self, now: Time) -> bool {
        let lapsed = self.acknowledged.take_if(|acknowledged| acknowledged.until <= now).is_some();
        if lapsed {
            self.life.note(now, Step::Lapsed);
        }
        lapsed
    }

    /// When the time for which somebody has it will be over.
    pub(super) fn lapses_at(&self) -> Option<Time> {
        self.acknowledged.as_ref().map(|acknowledged| acknowledged.until)
    }

    /// How many times as many good looks close it: what has come back before may do so again.
    pub(super) fn patience(&self) -> u8 {
        1 << self.life.reopened.min(MOST_PATIENCE)
    }

    /// As it is published.
    pub(super) fn life(&self) -> Life {
        let standing = match (&self.silence, &self.acknowledged) {
            (Some(silence), _) => Standing::Silenced(Arc::clone(silence)),
            (None, Some(acknowledged)) => Standing::Acknowledged(Arc::clone(acknowledged)),
            (None, None) => Standing::Open,
        };
        Life { standing, ..self.life.clone() }
    }
}
