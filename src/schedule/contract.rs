//! What the probing task needs from others and what it can be told.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::{Observation, Resolution, Survey, SurveyReason, Target, TargetId};

/// The things that are done to targets. Failures are data, never errors.
pub trait Prober: Send + Sync + 'static {
    /// Looks up a target's addresses within its timeout.
    fn resolve(&self, target: &Arc<Target>) -> impl Future<Output = Resolution> + Send;

    /// Probes one address of a target within its timeout.
    fn probe(&self, target: &Arc<Target>, address: SocketAddr) -> impl Future<Output = Observation> + Send;

    /// Asks an address everything that one handshake does not show, within a deadline of its own. `seen` is a probe
    /// of it just made; `siblings` are the other addresses of its target.
    fn survey(
        &self,
        target: &Arc<Target>,
        seen: Arc<Observation>,
        siblings: &[SocketAddr],
        reason: SurveyReason,
    ) -> impl Future<Output = Survey> + Send;
}

/// What the user can tell the probing task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Watch a target from now on.
    Add(Arc<Target>),
    /// Stop starting probes; those under way end.
    Pause,
    /// Probe these targets' addresses (all targets when empty) as soon as limits allow, resolving anew.
    /// Asked for during a pause, it happens on [`Command::Resume`].
    ProbeNow(Vec<TargetId>),
    /// Stop watching a target.
    Remove(TargetId),
    /// Go on after a pause, without a burst.
    Resume,
    /// As [`Command::ProbeNow`], and survey the addresses of these targets after the probe.
    Survey(Vec<TargetId>),
}
