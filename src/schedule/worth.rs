//! Whether an address is worth a survey: what a probe showed, against what was surveyed before. Pure.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::model::{FailureKind, Observation, Outcome, Phase, SurveyReason};

/// What a probe showed, as far as surveys are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The peer answered, and no handshake came of it: which small change makes it succeed is worth asking.
    Failed,
    /// Nobody to ask: no connection, or a fault of our own.
    Nobody,
    /// A handshake with these traits.
    Shown(Traits),
}

/// What makes an address another one than before when it changes: leaf, issuer and version, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits(pub(super) u64);

impl Sight {
    /// What `observation` showed.
    #[must_use]
    pub fn of(observation: &Observation) -> Self {
        match &observation.outcome {
            Outcome::Handshake => Self::Shown(Traits::of(observation)),
            Outcome::Failed(failure) if failure.kind == FailureKind::Local => Self::Nobody,
            Outcome::Failed(failure) if failure.phase > Phase::Tcp => Self::Failed,
            Outcome::Failed(_) | Outcome::Skipped { .. } => Self::Nobody,
        }
    }

    /// Whether there is somebody to ask.
    #[must_use]
    pub const fn is_worth_a_survey(self) -> bool {
        !matches!(self, Self::Nobody)
    }
}

impl Traits {
    fn of(observation: &Observation) -> Self {
        let handshake = observation.handshake.as_ref();
        let leaf = handshake.and_then(|handshake| handshake.leaf());
        let mut hasher = DefaultHasher::new();
        leaf.map(|leaf| (leaf.fingerprint, leaf.issuer_id)).hash(&mut hasher);
        handshake.and_then(|handshake| handshake.version).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// What an address was like when it was surveyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    surveyed: bool,
    /// The traits of the last handshake that a survey followed.
    known: Option<Traits>,
    /// The failures of now were surveyed.
    failing: bool,
}

impl Memory {
    /// Failures in a row after which a fault counts as confirmed.
    pub(super) const CONFIRMED: u32 = 2;

    /// Why a survey is worth its while after a probe that showed `sight`, the last of so many `failures` in a row.
    pub(super) fn wants(self, sight: Sight, failures: u32) -> Option<SurveyReason> {
        match sight {
            Sight::Shown(_) if !self.surveyed => Some(SurveyReason::FirstSight),
            Sight::Shown(traits) if self.known != Some(traits) => Some(SurveyReason::Change),
            Sight::Failed if failures >= Self::CONFIRMED && !self.failing => Some(SurveyReason::Failure),
            Sight::Failed | Sight::Nobody | Sight::Shown(_) => None,
        }
    }

    /// An address that was probed; one that answers has its next failure surveyed anew.
    pub(super) fn probed(&mut self, sight: Sight) {
        self.failing &= !matches!(sight, Sight::Shown(_));
    }

    /// It is surveyed after a probe that showed `sight`.
    pub(super) fn surveyed(&mut self, sight: Sight) {
        self.surveyed = true;
        match sight {
            Sight::Shown(traits) => self.known = Some(traits),
            Sight::Failed => self.failing = true,
            Sight::Nobody => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Untrusted};
    use crate::schedule::fixtures::{handshake, observation};

    fn failed(phase: Phase, kind: FailureKind) -> Sight {
        let failure = Failure { phase, kind, detail: Untrusted::new("x"), received: 0, sent: 0 };
        Sight::of(&Observation { outcome: Outcome::Failed(failure.into()), ..observation(0, 0) })
    }

    #[test]
    fn only_who_answers_is_asked() {
        assert_eq!(failed(Phase::Tcp, FailureKind::Refused), Sight::Nobody);
        assert_eq!(failed(Phase::Tls, FailureKind::Local), Sight::Nobody);
        assert_eq!(failed(Phase::Tls, FailureKind::TimedOut), Sight::Failed);
        assert_eq!(failed(Phase::Read, FailureKind::Reset), Sight::Failed);
        let skipped = Outcome::Skipped { reason: Untrusted::new("x") };
        assert_eq!(Sight::of(&Observation { outcome: skipped, ..observation(0, 0) }), Sight::Nobody);
    }

    #[test]
    fn another_version_is_a_change_and_another_latency_is_none() {
        let shown = |version| {
            let mut seen = Observation { handshake: Some(handshake(version)), ..observation(0, 0) };
            seen.timings.total = std::time::Duration::from_millis(u64::from(version));
            Sight::of(&seen)
        };
        let mut memory = Memory::default();
        assert_eq!(memory.wants(shown(0x0304), 0), Some(SurveyReason::FirstSight));
        memory.surveyed(shown(0x0304));
        assert_eq!(memory.wants(shown(0x0304), 0), None);
        assert_eq!(memory.wants(shown(0x0303), 0), Some(SurveyReason::Change));
    }

    #[test]
    fn a_failure_is_surveyed_when_it_is_confirmed_and_once() {
        let well = Sight::Shown(Traits(1));
        let mut memory = Memory::default();
        memory.surveyed(well);
        assert_eq!(memory.wants(Sight::Failed, 1), None);
        assert_eq!(memory.wants(Sight::Failed, 2), Some(SurveyReason::Failure));
        assert_eq!(memory.wants(Sight::Nobody, 9), None);
        memory.surveyed(Sight::Failed);
        memory.probed(Sight::Failed);
        assert_eq!(memory.wants(Sight::Failed, 9), None);
        memory.probed(well);
        assert_eq!(memory.wants(well, 0), None, "it is what it was before");
        assert_eq!(memory.wants(Sight::Failed, 2), Some(SurveyReason::Failure));
    }

    #[test]
    fn what_was_surveyed_in_trouble_only_is_surveyed_in_health() {
        let mut memory = Memory::default();
        memory.surveyed(Sight::Failed);
        assert_eq!(memory.wants(Sight::Shown(Traits(1)), 0), Some(SurveyReason::Change));
    }
}
