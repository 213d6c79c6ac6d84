//! Sources that targets are taken from while we run.

use serde::{Deserialize, Serialize};

use super::{Time, Untrusted};

/// How a source of targets stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// As it is configured: `targets/*.json`.
    pub place: Untrusted,
    /// Targets it has; where it cannot be read, those it had when it could.
    pub targets: usize,
    /// When it was read as a whole last; none where it never was.
    pub read: Option<Time>,
    /// Why it cannot be read or used now, and since when.
    pub fault: Option<SourceFault>,
}

/// Why a source cannot be read, or used as it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFault {
    /// All of it was read, and something that it refers to is at fault.
    #[serde(default)]
    pub is_read: bool,
    /// In a sentence, with the place.
    pub reason: Untrusted,
    /// Since when.
    pub since: Time,
}
