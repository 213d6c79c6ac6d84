//! Short answers from many: what a survey says in a word. Facts only; whether they are good is judged elsewhere.

use std::sync::Arc;

use crate::model::{Certificate, CipherSuite, Fingerprint, NamedGroup, TlsVersion, Untrusted};

use super::{Negotiation, Resumption, Revocation, RevocationSource, ServedAnswer, ServedTo, Sessions, Survey};

impl Survey {
    /// What a client that differs like this is served; `None` when it was not asked.
    #[must_use]
    pub fn served_to(&self, to: ServedTo) -> Option<&ServedAnswer> {
        self.served.iter().find(|served| served.to == to).map(|served| &served.answer)
    }

    /// The leaf that clients without a name get.
    #[must_use]
    pub fn default_certificate(&self) -> Option<&Arc<Certificate>> {
        match self.served_to(ServedTo::NoName)? {
            ServedAnswer::Chain(chain) => chain.first(),
            ServedAnswer::Refused(_) | ServedAnswer::Unknown(_) => None,
        }
    }

    /// Whether clients without a name are refused; `None` when that is not known.
    #[must_use]
    pub fn is_sni_required(&self) -> Option<bool> {
        match self.served_to(ServedTo::NoName)? {
            ServedAnswer::Chain(_) => Some(false),
            ServedAnswer::Refused(_) => Some(true),
            ServedAnswer::Unknown(_) => None,
        }
    }

    /// Protocols the server selects when each is offered alone; `None` when none was offered.
    #[must_use]
    pub fn protocols(&self) -> Option<Vec<&Untrusted>> {
        let offers = self.alpn.iter().filter(|answer| answer.offered.is_some());
        let known = offers.clone().any(|answer| answer.answer.is_accepted().is_some());
        known.then(|| offers.filter_map(|answer| answer.selected.as_ref()).collect())
    }

    /// What is known of the revocation of one certificate.
    #[must_use]
    pub fn revocation_of(&self, certificate: Fingerprint) -> Option<&Revocation> {
        self.revocation.iter().find(|revocation| revocation.certificate == certificate)
    }

    /// Every certificate that came up in the survey, in no order and with doubles.
    pub fn certificates(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        let served = self.served.iter().flat_map(|served| match &served.answer {
            ServedAnswer::Chain(chain) => &chain[..],
            ServedAnswer::Refused(_) | ServedAnswer::Unknown(_) => &[],
        });
        let found = self.paths.iter().flat_map(|paths| &paths.found);
        let quic = self.quic.iter().flat_map(|quic| &quic.chain[..]);
        served.chain(found).chain(quic)
    }
}

impl Negotiation {
    /// Accepted versions, newest first.
    pub fn accepted_versions(&self) -> impl Iterator<Item = TlsVersion> {
        let accepted = self.versions.iter().rev().filter(|version| version.answer.is_accepted() == Some(true));
        accepted.map(|version| version.version)
    }

    /// Accepted suites of all versions, those of the newest first, without doubles.
    #[must_use]
    pub fn all_suites(&self) -> Vec<CipherSuite> {
        unique(self.suites.iter().rev().flat_map(|version| version.suites.iter().copied()))
    }

    /// Accepted groups of all versions, those of TLS 1.3 first, without doubles.
    #[must_use]
    pub fn all_groups(&self) -> Vec<NamedGroup> {
        unique(self.groups.iter().chain(&self.legacy_groups).copied())
    }
}

impl Sessions {
    /// Each way that the server's versions have, by its name in output.
    pub fn ways(&self) -> impl Iterator<Item = (&'static str, &Resumption)> {
        let all = [("ticket", &self.ticket), ("legacy_ticket", &self.legacy_ticket), ("session_id", &self.session_id)];
        all.into_iter().filter_map(|(name, way)| Some((name, way.as_ref()?)))
    }

    /// All ways together: broken if one is, else the best of them.
    #[must_use]
    pub fn resumption(&self) -> Option<&Resumption> {
        let rank = |way: &Resumption| match way {
            Resumption::Broken(_) => 4,
            Resumption::Works => 3,
            Resumption::Refused => 2,
            Resumption::Unknown(_) => 1,
            Resumption::NotOffered => 0,
        };
        self.ways().map(|(_, way)| way).max_by_key(|way| rank(way))
    }

    /// Whether the server hands out tickets; `None` when that is not known.
    #[must_use]
    pub fn has_tickets(&self) -> Option<bool> {
        let tickets = [&self.ticket, &self.legacy_ticket].into_iter().flatten();
        let known = tickets.filter_map(|way| match way {
            Resumption::Broken(_) | Resumption::Refused | Resumption::Works => Some(true),
            Resumption::NotOffered => Some(false),
            Resumption::Unknown(_) => None,
        });
        known.reduce(|one, other| one || other)
    }
}

impl Revocation {
    /// What the staple says, when there is one.
    #[must_use]
    pub fn staple(&self) -> Option<&super::RevocationWord> {
        self.words.iter().find(|word| word.source == RevocationSource::Staple)
    }
}

fn unique<T: PartialEq + Copy>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}
