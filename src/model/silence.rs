//! Planned maintenance: what is known to fail, when, and why.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Labels, Time};

/// A time during which nobody is to be called about targets with a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Name and value of the label; `None` for every target.
    pub label: Option<(Arc<str>, Arc<str>)>,
    /// It begins; `None` when it always has.
    pub from: Option<Time>,
    /// It is over; `None` when it never is.
    pub until: Option<Time>,
    /// Why.
    pub reason: Arc<str>,
}

impl Silence {
    /// Whether nobody is to be called about a target with these labels now.
    #[must_use]
    pub fn covers(&self, labels: &Labels, now: Time) -> bool {
        let is_on = self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until);
        is_on && self.label.as_ref().is_none_or(|(name, value)| labels.get(name) == Some(value))
    }

    /// The next moment at which it begins or ends.
    #[must_use]
    pub fn next_change(&self, now: Time) -> Option<Time> {
        [self.from, self.until].into_iter().flatten().filter(|moment| *moment > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_a_label_for_a_time() {
        let time = Time::from_secs;
        let labels = |value: &str| Labels::from([("env".into(), value.into())]);
        let silence = Silence {
            label: Some(("env".into(), "staging".into())),
            from: Some(time(10)),
            until: Some(time(20)),
            reason: "".into(),
        };
        let cases = [
            ("staging", 9, false),
            ("staging", 10, true),
            ("staging", 19, true),
            ("staging", 20, false),
            ("prod", 15, false),
        ];
        for (env, at, covered) in cases {
            assert_eq!(silence.covers(&labels(env), time(at)), covered, "{env} at {at}");
        }
        assert!(Silence { label: None, ..silence.clone() }.covers(&labels("prod"), time(15)));
        let changes = [9, 10, 20].map(|at| silence.next_change(time(at)));
        assert_eq!(changes, [Some(time(10)), Some(time(20)), None]);
    }
}
