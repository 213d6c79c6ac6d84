//! What the plan says and what it is told.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use crate::model::{AddressKey, SurveyReason, TargetId};

/// What to do next. Times are readings of [`crate::model::Clock::elapsed`].
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing until something ends or a command comes.
    Idle,
    /// Probe this address; tell [`super::Plan::finished`].
    Probe(Flight),
    /// Look up this target; tell [`super::Plan::resolved`].
    Resolve(TargetId),
    /// Nothing before this time.
    Wait(Duration),
}

/// A probe under way; to be given back when it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Flight {
    /// Of which address.
    pub key: AddressKey,
    /// How long the look-up took that this is the first probe after; `None` when its answer served before, or is a literal.
    pub looked_up: Option<Duration>,
    pub(super) started: Duration,
    pub(super) doubtful: bool,
}

/// A survey to be made now, over the probe that was just given back; to be given back itself when it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Of which address.
    pub key: AddressKey,
    /// What for.
    pub reason: SurveyReason,
    /// Nobody waits for it.
    pub(super) routine: bool,
}

/// What is to be done with a probe that was given back.
#[derive(Debug, PartialEq, Eq)]
pub enum Landing {
    /// To be told.
    Told,
    /// To be told, and a survey to be begun with it.
    Surveyed(Inspection),
    /// Its address is no longer watched: nobody wants to know.
    Unwanted,
}

/// How a probe ended, as far as the next one is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The endpoint failed: look again soon, then less and less often.
    Badly,
    /// Nothing was learnt about the endpoint (a fault of ours): go on as usual.
    Unknown,
    /// The handshake completed.
    Well,
}

/// What a look-up changed in a target's set of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New ones, in the answer's order.
    pub added: Vec<SocketAddr>,
    /// Gone ones, in the order they were known.
    pub removed: Vec<SocketAddr>,
}

impl Changes {
    /// From the addresses that were `known` to a `fresh` set without doubles.
    pub(super) fn between(known: &[SocketAddr], fresh: &[SocketAddr]) -> Self {
        let (had, has): (HashSet<_>, HashSet<_>) = (known.iter().collect(), fresh.iter().collect());
        Self {
            added: fresh.iter().copied().filter(|address| !had.contains(address)).collect(),
            removed: known.iter().copied().filter(|address| !has.contains(address)).collect(),
        }
    }

    /// Whether the set is the same as before.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}
