//! What the plan says and what it is told.

use std::net::SocketAddr;
use std::time::Duration;

use crate::model::{AddressKey, TargetId};

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
    /// Whether the set is the same as before.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}
