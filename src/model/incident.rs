//! Findings with one root cause, across the fleet.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Code, Fingerprint, Impact, Silence, Status, TargetId, Time, Untrusted};

/// What makes two findings the same incident: the cause, and the certificate or else the target it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct IncidentKey {
    /// The cause.
    pub code: Code,
    /// The certificate at fault, when one is: the same certificate on many targets is one incident.
    pub certificate: Option<Fingerprint>,
    /// Else what those that fail have in common, or the objective that is missed.
    pub shared: Option<Arc<str>>,
    /// Else the target.
    pub target: Option<TargetId>,
}

/// An incident's identity as it can be recorded and read back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IncidentName {
    /// [`IncidentKey::code`].
    pub code: Arc<str>,
    /// [`IncidentKey::certificate`].
    pub certificate: Option<Fingerprint>,
    /// [`IncidentKey::shared`].
    pub shared: Option<Arc<str>>,
    /// [`IncidentKey::target`].
    pub target: Option<TargetId>,
}

impl From<&IncidentKey> for IncidentName {
    fn from(key: &IncidentKey) -> Self {
        let IncidentKey { code, certificate, shared, target } = key.clone();
        Self { code: code.0.into(), certificate, shared, target }
    }
}

/// How loud an incident is. Ordered from quiet to loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// For working hours.
    Ticket,
    /// For now.
    Page,
}

impl Severity {
    /// Its name in configuration and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Ticket => "ticket",
            Self::Page => "page",
        }
    }
}

/// Something that is wrong, why, since when and how wide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its identity.
    pub key: IncidentKey,
    /// How loud.
    pub severity: Severity,
    /// Worst impact among its findings.
    pub impact: Impact,
    /// Worst status among its findings.
    pub status: Status,
    /// The sentence that matters, from its worst finding (widened when several targets share it).
    pub summary: String,
    /// What to do.
    pub next: String,
    /// Affected targets, at most [`Incident::LISTED`], worst first.
    pub targets: Vec<TargetId>,
    /// How many targets in all.
    pub target_count: usize,
    /// How many addresses in all.
    pub address_count: usize,
    /// Labels `service` of its targets.
    pub services: Reach,
    /// Labels `owner` of its targets.
    pub owners: Reach,
    /// First seen.
    pub since: Time,
    /// Last confirmed.
    pub last: Time,
    /// What has become of it since.
    pub life: Life,
}

impl Incident {
    /// Most targets listed by id in one incident.
    pub const LISTED: usize = 32;
}

/// Whom an incident reaches, by the values of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The values, at most [`Reach::LISTED`], the most frequent first.
    pub names: Vec<Arc<str>>,
    /// How many there are in all.
    pub count: usize,
}

impl Reach {
    /// Most values listed.
    pub const LISTED: usize = 8;
}

/// What has become of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Life {
    /// Whether it calls for somebody.
    pub standing: Standing,
    /// How often it came back within the time in which that counts as the same incident.
    pub reopened: u32,
    /// When it was over.
    pub resolved: Option<Time>,
    /// What happened to it, oldest first, at most [`Life::LISTED`]: the opening and the newest.
    pub timeline: Vec<Milestone>,
}

impl Life {
    /// Most milestones kept.
    pub const LISTED: usize = 32;

    /// Adds what happened.
    pub fn note(&mut self, at: Time, step: Step) {
        if self.timeline.len() >= Self::LISTED {
            self.timeline.remove(1);
        }
        self.timeline.push(Milestone { at, step });
    }
}

/// Whether an incident calls for somebody. Ordered as they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It does.
    #[default]
    Open,
    /// Somebody has it in hand.
    Acknowledged(Arc<Acknowledgement>),
    /// It was planned, everywhere it is seen.
    Silenced(Arc<Silence>),
}

impl Standing {
    /// Its place in lists: what calls for somebody comes first.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Open => 0,
            Self::Acknowledged(_) => 1,
            Self::Silenced(_) => 2,
        }
    }

    /// Whether it calls for somebody.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

/// Somebody has an incident in hand, as loud as it is now and no louder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acknowledgement {
    /// Since when.
    pub at: Time,
    /// Until when.
    pub until: Time,
    /// What they say about it.
    pub note: Untrusted,
    /// How loud it was.
    pub severity: Severity,
}

/// Something that happened to an incident, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Milestone {
    /// When.
    pub at: Time,
    /// What.
    pub step: Step,
}

/// What can happen to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It was first seen.
    Opened,
    /// It was seen often enough to be believed.
    Confirmed(Severity),
    /// It is louder than ever before.
    Worsened(Severity),
    /// It is as loud as this, and has been louder.
    Eased(Severity),
    /// Somebody took it in hand.
    Acknowledged(Untrusted),
    /// They gave it back.
    Withdrawn,
    /// The time for which they had it is over.
    Lapsed,
    /// It became part of planned maintenance.
    Silenced(Arc<str>),
    /// It no longer is.
    Unsilenced,
    /// It was good everywhere often enough.
    Resolved,
    /// It came back.
    Reopened(Severity),
}

impl Step {
    /// Whether the person on call is to be told, where the incident is open.
    #[must_use]
    pub const fn is_news(&self) -> bool {
        matches!(
            self,
            Self::Confirmed(_)
                | Self::Worsened(_)
                | Self::Lapsed
                | Self::Unsilenced
                | Self::Resolved
                | Self::Reopened(_)
        )
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened => f.write_str("first seen"),
            Self::Confirmed(severity) => write!(f, "confirmed: {}", severity.name()),
            Self::Worsened(severity) => write!(f, "worse: {}", severity.name()),
            Self::Eased(severity) => write!(f, "eased: {}", severity.name()),
            Self::Acknowledged(note) if note.is_empty() => f.write_str("acknowledged"),
            Self::Acknowledged(note) => write!(f, "acknowledged: {note}"),
            Self::Withdrawn => f.write_str("acknowledgement withdrawn"),
            Self::Lapsed => f.write_str("acknowledgement over"),
            Self::Silenced(reason) if reason.is_empty() => f.write_str("silenced"),
            Self::Silenced(reason) => write!(f, "silenced: {}", Untrusted::new(reason)),
            Self::Unsilenced => f.write_str("no longer silenced"),
            Self::Resolved => f.write_str("resolved"),
            Self::Reopened(severity) => write!(f, "came back: {}", severity.name()),
        }
    }
}
