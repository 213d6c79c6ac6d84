//! What a source says about one certificate.

use std::time::Duration;

use crate::model::{RevocationSource, RevocationState, RevocationWord, Time, Untrusted};

/// A statement, verified or found wanting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) struct Statement {
    pub(in crate::probe) state: RevocationState,
    pub(in crate::probe) this_update: Option<Time>,
    pub(in crate::probe) next_update: Option<Time>,
    pub(in crate::probe) produced_at: Option<Time>,
}

impl Statement {
    /// Clocks differ by so much.
    pub(super) const CLOCK_SKEW: Duration = Duration::from_mins(5);

    /// Nothing but a state.
    pub(in crate::probe) const fn bare(state: RevocationState) -> Self {
        Self { state, this_update: None, next_update: None, produced_at: None }
    }

    pub(in crate::probe) fn invalid(reason: &str) -> Self {
        Self::bare(RevocationState::Invalid(Untrusted::new(reason)))
    }

    /// Nothing can be said, for a reason of ours.
    pub(in crate::probe) fn unchecked(reason: &str) -> Self {
        Self::bare(RevocationState::Unchecked(Untrusted::new(reason)))
    }

    /// Until when it may be relied upon: when news are due, if it says something that can be relied upon at all.
    pub(in crate::probe) fn holds_until(&self) -> Option<Time> {
        let sound = matches!(self.state, RevocationState::Good | RevocationState::Revoked { .. });
        self.next_update.filter(|_| sound)
    }

    /// The same as the word of a source.
    pub(in crate::probe) fn word_of(self, source: RevocationSource) -> RevocationWord {
        RevocationWord {
            source,
            state: self.state,
            this_update: self.this_update,
            next_update: self.next_update,
            produced_at: self.produced_at,
            fetched_at: None,
            took: None,
            digest: None,
        }
    }

    /// Corrects what the statement says by the time: too early, or out of date. A revocation does not go out of date.
    pub(super) fn in_time(mut self, now: Time) -> Self {
        let early = |start: &Time| *start > now + Self::CLOCK_SKEW;
        if let Some(start) = [self.this_update, self.produced_at].into_iter().flatten().find(early) {
            let words = format!("it is from the future: {start}");
            self.state = RevocationState::Invalid(Untrusted::new(&words));
        } else if let (Some(start), Some(end)) = (self.this_update, self.next_update)
            && end < start
        {
            self.state = RevocationState::Invalid(Untrusted::new("it ends before it begins"));
        } else if self.next_update.is_some_and(|end| end < now)
            && matches!(self.state, RevocationState::Good | RevocationState::Unknown)
        {
            self.state = RevocationState::Stale;
        }
        self
    }
}
