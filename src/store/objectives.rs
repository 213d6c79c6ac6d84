//! How objectives fare: a few rings of counts for each, whatever the number of targets.

use std::sync::Arc;
use std::time::Duration;

use super::attempt::Attempt;
use super::figures::WindowCounts;
use super::sliding::Counter;
use crate::diagnosis::{Alarm, Counted, Objective, Spent, alarm, budget_left, burn_key, tell_burn};
use crate::model::{Finding, IncidentKey, Labels, Severity, Time};

/// Slots per window: it ends as exactly as a sixtieth of itself.
const SLOTS: u32 = 60;

/// While an alarm lasts its numbers are told anew this often.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// All objectives, in the order of the configuration.
#[derive(Debug)]
pub(super) struct Objectives(Vec<Tracked>);

#[derive(Debug)]
struct Tracked {
    objective: Objective,
    windows: [Counter; 5],
    /// Failures in the windows, by [`Layer`](crate::diagnosis::Layer).
    failures: [[Counter; 5]; 4],
    /// Probes of three days that failed through our own side.
    ours: Counter,
    alarm: Option<Alarm>,
    told: Option<Time>,
}

/// How one objective fares.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// The objective.
    pub objective: Objective,
    /// What is counted, by window.
    pub spent: Spent,
    /// Share of three days' budget that is left.
    pub left: Option<f64>,
    /// Probes of three days that failed through our own side; they are not counted.
    pub ours: u64,
    /// It is spent too fast.
    pub alarm: Option<Alarm>,
}

/// What there is to be said of an objective: an alarm, or that it is over.
pub(super) type News = (IncidentKey, Option<(Arc<Finding>, Severity)>);

impl Objectives {
    pub(super) fn new(objectives: &[Objective]) -> Self {
        let tracked = |objective: &Objective| Tracked {
            objective: objective.clone(),
            windows: Spent::WINDOWS.map(counter),
            failures: failures(),
            ours: counter(Spent::WINDOWS[4]),
            alarm: None,
            told: None,
        };
        Self(objectives.iter().map(tracked).collect())
    }

    /// Whether nothing is asked for.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A probe or a look-up that began at `at` ended.
    pub(super) fn observed(&mut self, labels: &Labels, at: Time, attempt: Attempt) {
        for tracked in self.0.iter_mut().filter(|tracked| tracked.objective.covers(labels)) {
            if attempt == Attempt::Ours {
                tracked.ours.record(at, false);
                continue;
            }
            tracked.windows.iter_mut().for_each(|window| window.record(at, attempt == Attempt::Succeeded));
            if let Attempt::Failed(layer) = attempt {
                tracked.failures[layer as usize].iter_mut().for_each(|window| window.record(at, false));
            }
        }
    }

    /// Time passed. What is to be told of it.
    pub(super) fn advance(&mut self, now: Time) -> Vec<News> {
        let mut news = Vec::new();
        for tracked in &mut self.0 {
            let failures = tracked.failures.iter_mut().flatten();
            for window in tracked.windows.iter_mut().chain(failures).chain([&mut tracked.ours]) {
                window.advance(now);
            }
            let (spent, before) = (tracked.spent(), tracked.alarm);
            tracked.alarm = alarm(&tracked.objective, &spent, before);
            let is_due = tracked.told.is_none_or(|told| now.since(told) >= TELL_EVERY);
            if tracked.alarm == before && (tracked.alarm.is_none() || !is_due) {
                continue;
            }
            tracked.told = tracked.alarm.map(|_| now);
            let found = tracked.alarm.map(|alarm| {
                let finding = tell_burn(&tracked.objective, &spent, alarm, tracked.ours.sum().attempts, now);
                (Arc::new(finding), alarm.severity)
            });
            news.push((burn_key(&tracked.objective), found));
        }
        news
    }

    /// The clock was set back: what was counted by it is given up.
    pub(super) fn restart(&mut self) {
        for tracked in &mut self.0 {
            (tracked.windows, tracked.failures) = (Spent::WINDOWS.map(counter), failures());
            tracked.ours = counter(Spent::WINDOWS[4]);
            tracked.told = None;
        }
    }

    pub(super) fn budgets(&self) -> Arc<[Budget]> {
        let budget = |tracked: &Tracked| {
            let spent = tracked.spent();
            Budget {
                objective: tracked.objective.clone(),
                left: budget_left(&tracked.objective, &spent),
                spent,
                ours: tracked.ours.sum().attempts,
                alarm: tracked.alarm,
            }
        };
        self.0.iter().map(budget).collect()
    }
}

impl Tracked {
    fn spent(&self) -> Spent {
        Spent(std::array::from_fn(|at| {
            let WindowCounts { attempts, successes } = self.windows[at].sum();
            let by_layer = self.failures.each_ref().map(|windows| windows[at].sum().attempts);
            Counted { attempts, failures: attempts - successes, by_layer }
        }))
    }
}

fn failures() -> [[Counter; 5]; 4] {
    std::array::from_fn(|_| Spent::WINDOWS.map(counter))
}

fn counter(window: Duration) -> Counter {
    Counter::new(window / SLOTS, SLOTS as usize)
}
