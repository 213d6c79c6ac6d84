//! What counts as an attempt at a handshake, and how it ended.

use crate::diagnosis::{Layer, refuses_as_expected};
use crate::model::{DnsFailure, FailureKind, Observation, Outcome, Resolution, Target};

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// With a handshake, or as it should: a server that refuses strangers, and is to, does well.
    Succeeded,
    /// Without one.
    Failed(Layer),
    /// It says nothing about the server: our own side was at fault, or nothing was tried.
    Ours,
}

impl Attempt {
    /// Of a probe; its target is looked at only after a failure.
    pub(super) fn of<'a>(observation: &Observation, target: impl FnOnce() -> &'a Target) -> Self {
        match &observation.outcome {
            Outcome::Handshake => Self::Succeeded,
            Outcome::Failed(failure) if failure.kind == FailureKind::Local => Self::Ours,
            Outcome::Failed(_) if refuses_as_expected(target(), observation) => Self::Succeeded,
            Outcome::Failed(failure) => Self::Failed(Layer::of(failure.phase)),
            Outcome::Skipped { .. } => Self::Ours,
        }
    }

    /// Of a look-up, where it ended the attempt: a name without addresses is not probed. A name server that is not
    /// heard is taken for our own side's.
    pub(super) const fn of_look_up(resolution: &Resolution) -> Option<Self> {
        match &resolution.failure {
            None => None,
            Some(DnsFailure::TimedOut | DnsFailure::Unreachable { .. }) => Some(Self::Ours),
            Some(_) => Some(Self::Failed(Layer::Dns)),
        }
    }

    /// Whether it counts, and then whether it succeeded.
    pub(super) const fn success(self) -> Option<bool> {
        match self {
            Self::Succeeded => Some(true),
            Self::Failed(_) => Some(false),
            Self::Ours => None,
        }
    }
}
