//! Everything that happens is one of these; the store is a fold over them.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AddressKey, IncidentName, Observation, Resolution, SourceState, StoredFile, Survey, SurveyReason, Target, TargetId,
    Time,
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Somebody took an incident in hand.
    Acknowledged {
        /// Which.
        incident: IncidentName,
        /// When.
        at: Time,
        /// Until when; the incident calls again then, if it is still there.
        until: Time,
        /// What they say about it.
        note: Arc<str>,
    },
    /// Somebody gave an incident back.
    Unacknowledged {
        /// Which.
        incident: IncidentName,
        /// When.
        at: Time,
    },
    /// A name's set of addresses changed; always follows the [`Event::Resolved`] that showed it.
    AddressesChanged {
        /// Whose.
        target: TargetId,
        /// When.
        at: Time,
        /// New ones.
        added: Vec<SocketAddr>,
        /// Gone ones; their rows end.
        removed: Vec<SocketAddr>,
    },
    /// The certificate file of a target has, or has not any more, this in it.
    FileRead {
        /// Whose file.
        target: TargetId,
        /// What was found.
        file: Arc<StoredFile>,
    },
    /// A probe ended.
    Observed(Arc<Observation>),
    /// A probe began (live view only).
    ProbeStarted {
        /// Of which address.
        key: AddressKey,
        /// When.
        at: Time,
    },
    /// A name was looked up.
    Resolved(Arc<Resolution>),
    /// The scheduler's own state changed.
    Scheduler(SchedulerState),
    /// Sources of targets were read, or could not be.
    SourcesRead {
        /// When.
        at: Time,
        /// How all of them stand, in their order.
        sources: Arc<[SourceState]>,
    },
    /// A survey ended.
    Surveyed(Arc<Survey>),
    /// A survey began (live view only).
    SurveyStarted {
        /// Of which address.
        key: AddressKey,
        /// When.
        at: Time,
        /// What for.
        reason: SurveyReason,
    },
    /// A target is watched from now on.
    TargetAdded {
        /// It.
        target: Arc<Target>,
        /// When.
        at: Time,
    },
    /// A target is no longer watched; its rows end.
    TargetRemoved {
        /// Which.
        target: TargetId,
        /// When.
        at: Time,
    },
    /// Time passed: judgements that depend on it are due for review.
    Tick {
        /// Now.
        at: Time,
    },
}

/// What the background probing task is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulerState {
    /// Probing is paused by the user.
    pub paused: bool,
    /// Probes under way (while pausing: still to end).
    pub in_flight: usize,
    /// Surveys under way.
    pub surveying: usize,
    /// Probes due that wait for a free slot, the rate limit or their address.
    pub waiting: usize,
    /// Events that could not be delivered in time and were dropped.
    pub dropped: u64,
}
