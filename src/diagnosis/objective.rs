//! Service level objectives: how fast an error budget is spent, and when somebody is to be told.
//!
//! An alarm takes two windows that agree: the long one shows that it matters, the short one that it goes on
//! (Google, The Site Reliability Workbook, chapter 5: multiwindow, multi-burn-rate alerts).

use std::sync::Arc;
use std::time::Duration;

use super::rules::SLO_BURN;
use crate::model::{
    Confidence, Evidence, Finding, Impact, IncidentKey, Labels, Next, Phase, Scope, Severity, Status, Time, Untrusted,
    human_duration,
};

/// How many handshakes are to succeed, of targets with a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Name and value of the label; `None` for every target.
    pub label: Option<(Arc<str>, Arc<str>)>,
    /// In per cent, above 0 and below 100.
    pub percent: f64,
}

impl Objective {
    /// Whether it is about a target with these labels.
    #[must_use]
    pub fn covers(&self, labels: &Labels) -> bool {
        self.label.as_ref().is_none_or(|(name, value)| labels.get(name) == Some(value))
    }

    /// The label's value, by which people know it.
    #[must_use]
    pub fn name(&self) -> String {
        self.label.as_ref().map_or_else(|| "all targets".to_owned(), |(_, value)| Untrusted::new(value).to_string())
    }

    /// How many times as fast as allowed the budget is spent; `None` without an attempt.
    #[must_use]
    pub fn burn(&self, counted: Counted) -> Option<f64> {
        let allowed = 1.0 - self.percent / 100.0;
        counted.failed_share().map(|share| share / allowed)
    }
}

/// Probes that count, and those of them that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Probes that ended, through no fault of our own side.
    pub attempts: u64,
    /// Of these, without a handshake.
    pub failures: u64,
    /// Failures by where they happened, in the order of [`Layer::ALL`].
    pub by_layer: [u64; 4],
}

/// Where an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The name has no address.
    Dns,
    /// No connection, the way through a proxy included.
    Tcp,
    /// No handshake.
    Tls,
    /// The conversation that leads to TLS.
    Application,
}

impl Layer {
    /// All, in the order in which a connection meets them but the last.
    pub const ALL: [Self; 4] = [Self::Dns, Self::Tcp, Self::Tls, Self::Application];

    /// Where a phase belongs.
    #[must_use]
    pub const fn of(phase: Phase) -> Self {
        match phase {
            Phase::Dns => Self::Dns,
            Phase::Proxy | Phase::Tcp => Self::Tcp,
            Phase::Quic | Phase::Tls | Phase::Read => Self::Tls,
            Phase::Starttls => Self::Application,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Dns => "DNS",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Application => "application",
        }
    }
}

impl Counted {
    /// `TLS 18, TCP 2`, the most first.
    #[must_use]
    pub fn layers(self) -> String {
        let mut layers: Vec<(u64, Layer)> = self.by_layer.into_iter().zip(Layer::ALL).collect();
        layers.retain(|(count, _)| *count > 0);
        layers.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let told = layers.into_iter().map(|(count, layer)| format!("{} {count}", layer.name()));
        told.collect::<Vec<_>>().join(", ")
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of probes stay far below 2^53")]
    fn failed_share(self) -> Option<f64> {
        (self.attempts > 0).then(|| self.failures as f64 / self.attempts as f64)
    }
}

/// The windows that alarms go by: five and thirty minutes, one and six hours, three days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent(pub [Counted; 5]);

impl Spent {
    /// The windows' lengths.
    pub const WINDOWS: [Duration; 5] = [
        Duration::from_mins(5),
        Duration::from_mins(30),
        Duration::from_hours(1),
        Duration::from_hours(6),
        Duration::from_hours(72),
    ];
}

/// A pair of windows in which the budget is spent too fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// So many times as fast as allowed, at least, in both windows.
    pub factor: f64,
    /// The long window, by its place in [`Spent::WINDOWS`].
    pub long: usize,
    /// The short one.
    pub short: usize,
    /// How loud it is.
    pub severity: Severity,
}

/// The loudest first. At these factors 2 %, 5 % and 10 % of thirty days' budget are spent when the alarm is raised.
const ALARMS: [Alarm; 3] = [
    Alarm { factor: 14.4, long: 2, short: 0, severity: Severity::Page },
    Alarm { factor: 6.0, long: 3, short: 1, severity: Severity::Page },
    Alarm { factor: 1.0, long: 4, short: 3, severity: Severity::Ticket },
];

/// Failures in the short window below which there is no alarm: where few probes are made, a single failure is above any
/// factor.
const FEWEST_FAILURES: u64 = 3;

/// The loudest alarm that holds. One that was raised `before` lasts until its short window is calm.
#[must_use]
pub fn alarm(objective: &Objective, spent: &Spent, before: Option<Alarm>) -> Option<Alarm> {
    let above = |window: usize, factor: f64| objective.burn(spent.0[window]).is_some_and(|burn| burn >= factor);
    ALARMS.into_iter().find(|alarm| {
        let goes_on = above(alarm.short, alarm.factor);
        let raised = above(alarm.long, alarm.factor) && spent.0[alarm.short].failures >= FEWEST_FAILURES;
        goes_on && (raised || before == Some(*alarm))
    })
}

/// Share of the budget of three days that is left; below zero when more than that is spent. `None` without an attempt.
#[must_use]
pub fn budget_left(objective: &Objective, spent: &Spent) -> Option<f64> {
    objective.burn(spent.0[4]).map(|burn| 1.0 - burn)
}

/// The incident that an alarm is.
#[must_use]
pub fn burn_key(objective: &Objective) -> IncidentKey {
    let shared = format!("objective of {} %: {}", objective.percent, objective.name());
    IncidentKey { code: SLO_BURN.code, certificate: None, shared: Some(shared.into()), target: None }
}

/// The finding that an alarm is; `ours` are probes that failed through our own side, which do not count.
#[must_use]
pub fn tell_burn(objective: &Objective, spent: &Spent, alarm: Alarm, ours: u64, now: Time) -> Finding {
    let window = |at: usize| human_duration(Spent::WINDOWS[at]);
    let burn = |at: usize| objective.burn(spent.0[at]).map_or_else(|| "–".to_owned(), |burn| format!("{burn:.1}×"));
    let (name, percent, long) = (objective.name(), objective.percent, spent.0[alarm.long]);
    let summary = format!(
        "{name}: error budget of {percent} % is spent {} as fast as allowed ({} of {} handshakes failed in {}: {})",
        burn(alarm.long),
        long.failures,
        long.attempts,
        window(alarm.long),
        long.layers()
    );
    let mut facts: Vec<(&'static str, String)> = vec![("objective", format!("{percent} %"))];
    let names = ["burn 5m", "burn 30m", "burn 1h", "burn 6h", "burn 3d"];
    facts.extend(names.into_iter().enumerate().map(|(at, name)| (name, burn(at))));
    if let Some(left) = budget_left(objective, spent) {
        facts.push(("budget of 3d left", format!("{:.0} %", left * 100.0)));
    }
    facts.push(("alarm", format!("{}× in {} and {}", alarm.factor, window(alarm.long), window(alarm.short))));
    facts.push(("not counted, our own side", ours.to_string()));
    let status = if alarm.severity == Severity::Page { Status::Critical } else { Status::Warning };
    Finding {
        code: SLO_BURN.code,
        impact: Impact::Partial,
        status,
        confidence: Confidence::Certain,
        scope: Scope::Target,
        addresses: Vec::new(),
        certificates: Vec::new(),
        summary,
        evidence: Evidence(facts),
        next: Next { text: SLO_BURN.next.to_owned(), command: None },
        caused_by: None,
        validity: None,
        since: now,
        last: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective() -> Objective {
        Objective { label: Some(("service".into(), "checkout".into())), percent: 99.9 }
    }

    /// Attempts in each window in proportion to its length, 120 an hour, and these failures.
    fn spent(failures: [u64; 5]) -> Spent {
        let attempts = [10, 60, 120, 720, 8640];
        let by_layer = |failures: u64| [0, failures / 4, failures - failures / 4, 0];
        Spent(std::array::from_fn(|at| Counted {
            attempts: attempts[at],
            failures: failures[at],
            by_layer: by_layer(failures[at]),
        }))
    }

    #[test]
    fn alarms_take_two_windows_that_agree() {
        let of = |failures, before: Option<usize>| {
            alarm(&objective(), &spent(failures), before.map(|at| ALARMS[at])).map(|alarm| alarm.factor)
        };
        let cases = [
            ("calm", [0; 5], None, None),
            ("one failure of few probes", [1, 1, 1, 1, 1], None, None),
            ("everything fails", [10, 20, 20, 20, 20], None, Some(14.4)),
            ("it has failed and is over", [0, 0, 60, 60, 60], None, Some(1.0)),
            ("a slow bleed", [0, 3, 3, 6, 9], None, Some(6.0)),
            ("a slower one", [0, 0, 0, 3, 9], None, Some(1.0)),
            ("slower still", [0, 0, 0, 3, 8], None, None),
            ("few failures go on", [1, 1, 4, 4, 4], Some(0), Some(14.4)),
            ("they are over", [0, 1, 4, 4, 4], Some(0), None),
        ];
        for (name, failures, before, expected) in cases {
            assert_eq!(of(failures, before), expected, "{name}");
        }
    }

    #[test]
    fn the_sentence_has_the_numbers() {
        let spent = spent([10, 20, 20, 20, 20]);
        let alarm = alarm(&objective(), &spent, None).unwrap();
        let finding = tell_burn(&objective(), &spent, alarm, 7, Time::default());
        assert_eq!(
            finding.summary,
            "checkout: error budget of 99.9 % is spent 166.7× as fast as allowed (20 of 120 handshakes failed in 1h: TLS 15, TCP 5)"
        );
        assert_eq!((finding.status, alarm.severity), (Status::Critical, Severity::Page));
        assert_eq!(finding.evidence.value("not counted, our own side"), Some("7"));
        assert_eq!(finding.evidence.value("budget of 3d left"), Some("-131 %"));
        assert_eq!(budget_left(&objective(), &Spent::default()), None);
    }
}
