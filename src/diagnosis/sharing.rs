//! What certificates of the fleet have in common and should not: a serial number, a key.

use std::collections::BTreeMap;

use super::sighting::Sighting;
use crate::model::{Certificate, Fingerprint, RevocationState, Survey, Time, Untrusted};

/// Which certificates of the fleet share what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sharing {
    /// By certificate: another one of its issuer with the same serial number.
    pub(super) doubles: BTreeMap<Fingerprint, Holder>,
    /// By public key.
    pub(super) keys: BTreeMap<Fingerprint, Sharers>,
}

/// A certificate, and a target that serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) target: Untrusted,
    pub(super) certificate: Fingerprint,
    pub(super) serial: String,
}

/// Different certificates for one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sharers {
    pub(super) holders: Vec<Holder>,
    /// The first of them that was revoked: when, which and why.
    pub(super) revoked: Option<(Time, Fingerprint, Option<Untrusted>)>,
}

impl Sharing {
    pub(super) const NONE: Self = Self { doubles: BTreeMap::new(), keys: BTreeMap::new() };

    /// Leaves that are served now. The order in which they are seen does not matter.
    pub(super) fn of<'a>(sightings: impl Iterator<Item = Sighting<'a>>) -> Self {
        let mut leaves: BTreeMap<Fingerprint, Seen<'a>> = BTreeMap::new();
        for sighting in sightings {
            let handshake = sighting.last.and_then(|last| last.handshake.as_ref());
            let Some(leaf) = handshake.and_then(|handshake| handshake.leaf()) else { continue };
            let (target, revoked) =
                (&*sighting.target.name, sighting.survey.and_then(|survey| revocation(survey, leaf)));
            let seen = leaves.entry(leaf.fingerprint).or_insert(Seen { leaf, target, revoked: None });
            seen.target = seen.target.min(target);
            seen.revoked = [seen.revoked, revoked].into_iter().flatten().min();
        }
        let mut numbers: BTreeMap<(Fingerprint, &str), Vec<&Seen<'_>>> = BTreeMap::new();
        let mut keys: BTreeMap<Fingerprint, Vec<&Seen<'_>>> = BTreeMap::new();
        for seen in leaves.values() {
            numbers.entry((seen.leaf.issuer_id, &seen.leaf.serial)).or_default().push(seen);
            keys.entry(seen.leaf.spki).or_default().push(seen);
        }
        let doubles = numbers.values().filter(|equal| equal.len() > 1).flat_map(|equal| {
            let other = |own: &Seen<'_>| equal.iter().find(|other| other.leaf.fingerprint != own.leaf.fingerprint);
            equal.iter().filter_map(move |own| Some((own.leaf.fingerprint, other(own)?.holder())))
        });
        let shared = keys.iter().filter_map(|(key, sharers)| Some((*key, Sharers::of(sharers)?)));
        Self { doubles: doubles.collect(), keys: shared.collect() }
    }

    /// What is shared with this certificate, in comparable form.
    pub(super) fn about(&self, leaf: &Certificate) -> (bool, Option<(usize, bool)>) {
        let key = self.keys.get(&leaf.spki).map(|sharers| (sharers.holders.len(), sharers.revoked.is_some()));
        (self.doubles.contains_key(&leaf.fingerprint), key)
    }

    /// Another certificate for the same key that was revoked.
    pub(super) fn revoked_sharer(&self, leaf: &Certificate) -> Option<&(Time, Fingerprint, Option<Untrusted>)> {
        let revoked = self.keys.get(&leaf.spki)?.revoked.as_ref()?;
        (revoked.1 != leaf.fingerprint).then_some(revoked)
    }
}

/// A leaf, while the fleet is walked.
#[derive(Clone, Copy)]
struct Seen<'a> {
    leaf: &'a Certificate,
    /// The first by name of those that serve it.
    target: &'a str,
    revoked: Option<(Time, Option<&'a str>)>,
}

impl Seen<'_> {
    fn holder(&self) -> Holder {
        Holder {
            target: Untrusted::new(self.target),
            certificate: self.leaf.fingerprint,
            serial: self.leaf.serial.clone(),
        }
    }
}

impl Sharers {
    /// Several certificates of several targets, or one beside a revoked one: a renewal on some of a target's addresses
    /// is none.
    fn of(seen: &[&Seen<'_>]) -> Option<Self> {
        let [first, others @ ..] = seen else { return None };
        let revoked = seen.iter().filter_map(|seen| {
            let (at, reason) = seen.revoked?;
            Some((at, seen.leaf.fingerprint, reason.map(Untrusted::new)))
        });
        let revoked = revoked.min();
        let several = others.iter().any(|other| other.target != first.target);
        let is_worth_a_word = !others.is_empty() && (several || revoked.is_some());
        is_worth_a_word.then(|| Self { holders: seen.iter().map(|seen| seen.holder()).collect(), revoked })
    }
}

fn revocation<'a>(survey: &'a Survey, leaf: &Certificate) -> Option<(Time, Option<&'a str>)> {
    let words = &survey.revocation_of(leaf.fingerprint)?.words;
    let revoked = words.iter().filter_map(|word| match &word.state {
        RevocationState::Revoked { at, reason } => Some((*at, reason.as_deref())),
        _ => None,
    });
    revoked.min()
}

#[cfg(test)]
#[path = "sharing_tests.rs"]
mod tests;
