//! A survey to be read: named facts in few words, the weak and the broken marked. One source for `check` and the
//! dashboard, so that both say the same.

mod around;
mod asked;
mod fact;
mod hello;
mod matrix;
mod trust;

use std::sync::Arc;

pub use self::fact::{Fact, Mark, Piece, Topic, Weight};
pub use self::matrix::{Cell, Matrix, SuiteRow};
pub use self::trust::revocation_word;
use crate::model::{Certificate, FetchKind, Fingerprint, Negotiation, Survey, Time, Untrusted, human_duration};

/// A survey and what is needed to read it.
#[derive(Clone, Copy, Debug)]
pub struct Digest<'a> {
    /// The survey.
    pub survey: &'a Survey,
    /// The chain as the ordinary handshake saw it, leaf first.
    pub chain: &'a [Arc<Certificate>],
    /// The present.
    pub now: Time,
}

impl<'a> Digest<'a> {
    /// Every fact, in the order it is to be read.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        facts.extend(around::differential(self.survey));
        facts.extend(hello::facts(self.survey));
        facts.extend(asked::facts(self));
        facts.extend(trust::facts(self));
        facts.extend(around::records(self.survey));
        facts.extend(around::limits(self.survey));
        facts
    }

    /// The facts that matter at a glance: the chief ones, and everything that is not as it should be.
    #[must_use]
    pub fn brief(&self) -> Vec<Fact> {
        let mut facts = self.facts();
        facts.retain(Fact::matters);
        facts
    }

    /// What is not as it should be, alone, the worst first; of what is equally bad, what keeps clients out.
    #[must_use]
    pub fn unusual(&self) -> Vec<Fact> {
        let mut facts: Vec<Fact> = self.facts().iter().filter_map(Fact::unusual).collect();
        let keeps_out = |topic| matches!(topic, Topic::Failure | Topic::Trust | Topic::Clients);
        facts.sort_by_key(|fact| (std::cmp::Reverse(fact.mark()), !keeps_out(fact.topic)));
        facts
    }

    /// What it lacks, to follow `without`: `suites, ocsp and crl`; `None` when every question was asked to the end.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        let Survey { negotiation, unasked, throttled, .. } = self.survey;
        let mut names: Vec<String> = Vec::new();
        for left in unasked {
            if !names.iter().any(|name| **name == *left.question) {
                names.push(left.question.to_string());
            }
        }
        let is_cut = |negotiation: &Negotiation| negotiation.suites.iter().any(|version| !version.complete);
        if negotiation.as_ref().is_some_and(is_cut) && !names.iter().any(|name| name == "suites") {
            names.push("some suites".to_owned());
        }
        if names.is_empty() && throttled.is_some() {
            names.push("what was to follow".to_owned());
        }
        (!names.is_empty()).then(|| fact::and(&names))
    }

    /// What was fetched from elsewhere for one purpose.
    #[must_use]
    pub fn fetched(&self, kind: FetchKind) -> Option<Fact> {
        around::fetched(self.survey.fetches.iter().filter(|fetch| fetch.kind == kind))
    }

    /// Suites by versions; `None` when no suite is known.
    #[must_use]
    pub fn matrix(&self) -> Option<Matrix> {
        let matrix = Matrix::of(self.survey.negotiation.as_ref()?);
        (!matrix.rows.is_empty()).then_some(matrix)
    }

    /// What it cost: `87 connections in 118 ms, as asked`.
    #[must_use]
    pub fn cost(&self) -> String {
        let Survey { connections, took, reason, .. } = self.survey;
        let plural = if *connections == 1 { "" } else { "s" };
        format!("{connections} connection{plural} in {}, {}", human_duration(*took), reason.words())
    }

    /// A certificate's name, when it came up anywhere.
    fn name(&self, fingerprint: Fingerprint) -> Option<&'a Untrusted> {
        let all = self.chain.iter().chain(self.survey.certificates());
        all.into_iter().find(|known| known.fingerprint == fingerprint).map(|known| known.display_name())
    }

    /// The certificate clients usually get.
    fn leaf(&self) -> Option<&'a Arc<Certificate>> {
        self.chain.first()
    }
}

#[cfg(test)]
mod tests;
