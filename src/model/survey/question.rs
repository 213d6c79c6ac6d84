//! What a survey asks, question by question, and how much of an answer it has to each.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{Survey, Unasked};
use crate::model::Untrusted;

/// One of the questions of a survey; each has its own part of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// [`Survey::alpn`].
    Alpn,
    /// [`Survey::client_certificate`].
    ClientCertificate,
    /// [`Survey::differential`].
    Differential,
    /// [`Survey::http`].
    Http,
    /// [`Survey::negotiation`].
    Negotiation,
    /// [`Survey::paths`].
    Paths,
    /// [`Survey::quic`].
    Quic,
    /// [`Survey::records`].
    Records,
    /// [`Survey::revocation`].
    Revocation,
    /// [`Survey::served`].
    Served,
    /// [`Survey::sessions`].
    Sessions,
}

/// How much of an answer there is. Ordered from nothing to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// It was not asked.
    Nothing,
    /// Something was left out.
    Part,
    /// It was asked to the end.
    Whole,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Alpn,
        Self::ClientCertificate,
        Self::Differential,
        Self::Http,
        Self::Negotiation,
        Self::Paths,
        Self::Quic,
        Self::Records,
        Self::Revocation,
        Self::Served,
        Self::Sessions,
    ];

    /// Under which names it stands in [`Survey::unasked`] when it was cut short. What is never to be fetched (`ocsp`,
    /// `aia`) cuts nothing short: no later survey will know better.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Alpn => &["alpn"],
            Self::ClientCertificate => &["client certificate"],
            Self::Differential => &["differential"],
            Self::Http => &["http"],
            Self::Negotiation => &["negotiation"],
            Self::Paths => &["paths"],
            Self::Quic => &["quic"],
            Self::Records => &["records"],
            Self::Revocation => &["revocation"],
            // Other chains are met while suites are asked about.
            Self::Served => &["served", "negotiation"],
            Self::Sessions => &["sessions"],
        }
    }
}

impl Survey {
    /// How much of an answer it has to a question. Of a survey that the address cut short nothing is whole.
    #[must_use]
    pub fn extent(&self, question: Question) -> Extent {
        let is_left = |unasked: &Unasked| question.names().contains(&&*unasked.question);
        if !self.answers(question) {
            Extent::Nothing
        } else if self.throttled.is_some() || self.unasked.iter().any(is_left) {
            Extent::Part
        } else {
            Extent::Whole
        }
    }

    fn answers(&self, question: Question) -> bool {
        match question {
            Question::Alpn => !self.alpn.is_empty(),
            Question::ClientCertificate => self.client_certificate.is_some(),
            // Where the handshake succeeds there is no difference to be found, which is an answer.
            Question::Differential => true,
            Question::Http => self.http.is_some(),
            Question::Negotiation => self.negotiation.is_some(),
            Question::Paths => self.paths.is_some(),
            Question::Quic => self.quic.is_some(),
            Question::Records => self.records.is_some(),
            Question::Revocation => !self.revocation.is_empty(),
            Question::Served => !self.served.is_empty(),
            Question::Sessions => self.sessions.is_some(),
        }
    }

    /// Those whose answers stand: for each question the newest whole one, else the newest. Newest first, the newest
    /// of all always among them.
    ///
    /// Neither order nor what this left out before matters.
    #[must_use]
    pub fn standing(mut surveys: Vec<Arc<Self>>) -> Vec<Arc<Self>> {
        surveys.sort_by_key(|survey| Reverse((survey.at, survey.took, survey.connections)));
        let best = Question::ALL.map(|question| most(&surveys, question));
        let mut place = 0;
        surveys.retain(|_| {
            place += 1;
            place == 1 || best.contains(&(place - 1))
        });
        surveys
    }

    /// Whose answer to a question stands.
    #[must_use]
    pub fn answering(standing: &[Arc<Self>], question: Question) -> Option<&Arc<Self>> {
        standing.get(most(standing, question))
    }

    /// What is known from all of them together; `None` of none. They are as [`Survey::standing`] left them.
    #[must_use]
    pub fn merged(standing: &[Arc<Self>]) -> Option<Arc<Self>> {
        let newest = standing.first()?;
        if standing.len() == 1 {
            return Some(Arc::clone(newest));
        }
        let of = |question| &*standing[most(standing, question)];
        let Self { key, at, took, reason, connections, .. } = **newest;
        Some(Arc::new(Self {
            key,
            at,
            took,
            reason,
            connections,
            negotiation: of(Question::Negotiation).negotiation.clone(),
            served: of(Question::Served).served.clone(),
            alpn: of(Question::Alpn).alpn.clone(),
            sessions: of(Question::Sessions).sessions.clone(),
            client_certificate: of(Question::ClientCertificate).client_certificate.clone(),
            revocation: of(Question::Revocation).revocation.clone(),
            paths: of(Question::Paths).paths.clone(),
            http: of(Question::Http).http.clone(),
            quic: of(Question::Quic).quic.clone(),
            records: of(Question::Records).records.clone(),
            differential: of(Question::Differential).differential.clone(),
            fetches: newest.fetches.clone(),
            unasked: newest.unasked.iter().map(|left| told(left, standing)).collect(),
            throttled: newest.throttled.clone(),
        }))
    }
}

/// Where the answer that stands is.
fn most(newest_first: &[Arc<Survey>], question: Question) -> usize {
    let extents = newest_first.iter().map(|survey| survey.extent(question)).enumerate();
    extents.max_by_key(|(place, extent)| (*extent, Reverse(*place))).map_or(0, |(place, _)| place)
}

/// What was left by the newest, and where there is an answer all the same, of when it is.
fn told(left: &Unasked, standing: &[Arc<Survey>]) -> Unasked {
    let about = Question::ALL.into_iter().filter(|question| question.names().contains(&&*left.question));
    let earlier = about.map(|question| most(standing, question)).filter(|place| *place > 0).max();
    let Some(earlier) = earlier.and_then(|place| standing.get(place)) else { return left.clone() };
    let reason = Untrusted::new(&format!("{}; the answer is of {}", left.reason, earlier.at.rfc3339()));
    Unasked { question: Arc::clone(&left.question), reason }
}

#[cfg(test)]
#[path = "question_tests.rs"]
mod tests;
