//! When the whole fleet is to be looked at again.

use std::time::Duration;

use crate::model::Time;

/// Between two looks at the whole fleet, which cost a walk over all addresses.
const PACE: Duration = Duration::from_secs(5);
/// While something is wrong, time alone may end it.
const PACE_IN_TROUBLE: Duration = Duration::from_mins(1);

/// When the fleet is to be looked at again.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// When it was last.
    last: Time,
    /// Something was seen since that may tell more.
    has_news: bool,
}

impl Rounds {
    /// It was looked at now.
    pub(super) const fn since(now: Time) -> Self {
        Self { last: now, has_news: false }
    }

    pub(super) const fn news(&mut self) {
        self.has_news = true;
    }

    pub(super) fn is_due(&self, now: Time, in_trouble: bool) -> bool {
        let age = now.since(self.last);
        // A clock that was set back starts anew.
        now < self.last || (self.has_news && age >= PACE) || (in_trouble && age >= PACE_IN_TROUBLE)
    }
}
