//! One named fact about one thing, with its evidence.

use std::fmt;
use std::net::SocketAddr;

use serde::{Serialize, Serializer};

use super::{Fingerprint, Time};

/// A stable name for a fact, `family.name`; the catalogue is `diagnosis::RULES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(pub &'static str);

impl Code {
    /// The part before the dot.
    #[must_use]
    pub fn family(self) -> &'static str {
        self.0.split_once('.').map_or(self.0, |(family, _)| family)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// Whom a fact hurts, and when. Ordered from harmless to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Weak or unusual, breaks nothing.
    Advice,
    /// We could not tell, or the fault is on our side.
    Inconclusive,
    /// Will break at a known time.
    Pending,
    /// Broken now for some clients, some addresses, or some of the time.
    Partial,
    /// Broken now for every client.
    Outage,
}

/// What policy makes of a fact. Ordered from good to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing to do.
    #[default]
    Ok,
    /// Not known (yet).
    Unknown,
    /// To be looked at in working hours.
    Warning,
    /// To be looked at now.
    Critical,
}

impl Status {
    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Impact {
    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Inconclusive => "inconclusive",
            Self::Pending => "pending",
            Self::Partial => "partial",
            Self::Outage => "outage",
        }
    }
}

/// What kind of thing a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One address.
    Address,
    /// A certificate, wherever it is served.
    Certificate,
    /// A file.
    File,
    /// Ourselves.
    Observer,
    /// The target as a whole.
    Target,
}

/// How sure the evidence makes us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The evidence leaves no other reading.
    Certain,
    /// Another reading is possible.
    Likely,
}

/// A finding in its final shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Which fact.
    pub code: Code,
    /// Whom it hurts.
    pub impact: Impact,
    /// What policy makes of it.
    pub status: Status,
    /// How sure we are.
    pub confidence: Confidence,
    /// What it is about.
    pub scope: Scope,
    /// Addresses it was seen on.
    pub addresses: Vec<SocketAddr>,
    /// Certificates it is about.
    pub certificates: Vec<Fingerprint>,
    /// One plain sentence that names the thing and the fact, with numbers.
    pub summary: String,
    /// The observed facts.
    pub evidence: Evidence,
    /// What to do.
    pub next: Next,
    /// The finding that explains this one.
    pub caused_by: Option<Code>,
    /// Start and end of the validity whose end this finding counts down to; what its severity goes by.
    #[serde(skip)]
    pub validity: Option<(Time, Time)>,
    /// First seen.
    pub since: Time,
    /// Last confirmed.
    pub last: Time,
}

/// Observed facts by name, in the order they are to be read. Values are already visible text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence(pub Vec<(&'static str, String)>);

impl Evidence {
    /// The first value of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The next step, in words and as a command that reproduces the finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Next {
    /// One imperative sentence.
    pub text: String,
    /// A shell command for exactly this host, port, name and address.
    pub command: Option<String>,
}
