//! Incidents that are over, and may come back.

use std::collections::VecDeque;
use std::sync::Arc;

use super::course::{Course, REOPENS_WITHIN};
use crate::model::{Incident, IncidentKey, Time};

/// The newest incidents that are over.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Oldest first.
    over: VecDeque<Over>,
    dirty: bool,
}

#[derive(Debug)]
struct Over {
    incident: Arc<Incident>,
    course: Course,
    at: Time,
}

impl Past {
    /// Most incidents remembered.
    const MOST: usize = 128;

    pub(super) const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// An incident is over; `course` says so.
    pub(super) fn push(&mut self, mut incident: Incident, course: Course, at: Time) {
        incident.life = course.life();
        self.over.push_back(Over { incident: Arc::new(incident), course, at });
        if self.over.len() > Self::MOST {
            self.over.pop_front();
        }
        self.dirty = true;
    }

    /// The course of an incident that comes back, and since when there was something of it.
    pub(super) fn take(&mut self, key: &IncidentKey, now: Time) -> Option<(Course, Time)> {
        let is_back = |over: &Over| over.incident.key == *key && now.since(over.at) <= REOPENS_WITHIN;
        let at = self.over.iter().rposition(is_back)?;
        self.dirty = true;
        let Over { incident, course, .. } = self.over.remove(at)?;
        Some((course, incident.since))
    }

    /// Newest first.
    pub(super) fn publish(&mut self) -> Arc<[Arc<Incident>]> {
        self.dirty = false;
        self.over.iter().rev().map(|over| Arc::clone(&over.incident)).collect()
    }
}
