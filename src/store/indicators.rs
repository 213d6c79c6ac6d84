//! The service level indicators of the fleet, of each label and of each target, worked out by those who ask.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::buckets::Pool;
use super::figures::{ExpiryBucket, Quantiles};
use super::groups::{Group, GroupCounts};
use super::snapshot::{AddressRow, Snapshot, TargetRow};
use crate::model::{
    Answer, Certificate, Fingerprint, NamedGroup, Observation, Phase, Revocation, RevocationSource, RevocationState,
    Survey, Time, TlsVersion,
};

/// What is measured of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicators {
    /// The group, and how its handshakes and its mutual TLS fare in sliding windows.
    pub counts: GroupCounts,
    /// Addresses in it.
    pub addresses: usize,
    /// The end of validity that comes first, of leaves that are served.
    pub nearest_expiry: Option<Time>,
    /// Distinct leaves by how near their end is, in the order of [`ExpiryBucket::ALL`].
    pub expiring: [usize; 8],
    /// The TLS phase of all probes since an address was first seen.
    pub tls: Quantiles,
    /// The TCP phase of each address's last probe.
    pub tcp: Quantiles,
    /// Addresses that negotiate TLS 1.3, of those that negotiate anything.
    pub tls13: Share,
    /// Addresses that accept a version before TLS 1.2, of those surveyed for it.
    pub legacy: Share,
    /// Addresses whose negotiated suite has authenticated encryption.
    pub aead: Share,
    /// Addresses whose negotiated suite has forward secrecy.
    pub forward_secrecy: Share,
    /// Addresses whose key exchange withstands quantum computers.
    pub post_quantum: Share,
    /// Addresses that staple an OCSP response that is not known to be worthless, of those whose certificate names a
    /// responder.
    pub stapling: Share,
    /// From issuance, or from the change of the certificate file, until every address of a target was seen to serve its
    /// new certificate: the slowest of the last renewals that were watched.
    pub roll_out: Option<Duration>,
    /// Responders and lists that could not be heard, of those asked in the last surveys. What our own side kept from
    /// being asked is not counted.
    pub revocation: Share,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: usize,
    /// The whole.
    pub of: usize,
}

impl Share {
    const fn count(&mut self, is_part: bool) {
        self.of += 1;
        self.part += is_part as usize;
    }
}

/// The indicators of all groups that have windows: the fleet first, then labels, then targets.
///
/// Takes time in proportion to the addresses, about half a microsecond for each of them and each label.
#[must_use]
pub fn indicators(snapshot: &Snapshot, now: Time) -> Vec<Indicators> {
    let mut all: Vec<Census> = snapshot.groups.iter().map(Census::new).collect();
    let places: HashMap<&Group, usize> = snapshot.groups.iter().map(|counts| &counts.group).zip(0..).collect();
    for row in snapshot.targets.iter() {
        let labels = row.target.labels.iter().map(|(name, value)| Group::Label(name.clone(), value.clone()));
        let groups = labels.chain([Group::Fleet, Group::Target(row.target.id)]);
        let places: Vec<usize> = groups.filter_map(|group| places.get(&group).copied()).collect();
        for address in snapshot.addresses_of(row.target.id) {
            for place in &places {
                all[*place].look_at(address);
            }
        }
        if let Some(took) = roll_out(snapshot, row) {
            for place in places {
                all[place].roll_out = all[place].roll_out.max(Some(took));
            }
        }
    }
    all.into_iter().map(|census| census.close(now)).collect()
}

#[derive(Debug)]
struct Census<'a> {
    counts: &'a GroupCounts,
    addresses: usize,
    leaves: HashSet<Fingerprint>,
    ends: Vec<Time>,
    tls: Pool,
    tcp: Pool,
    tls13: Share,
    legacy: Share,
    aead: Share,
    forward_secrecy: Share,
    post_quantum: Share,
    stapling: Share,
    roll_out: Option<Duration>,
    revocation: Share,
}

impl<'a> Census<'a> {
    fn new(counts: &'a GroupCounts) -> Self {
        Self {
            counts,
            addresses: 0,
            leaves: HashSet::new(),
            ends: Vec::new(),
            tls: Pool::default(),
            tcp: Pool::default(),
            tls13: Share::default(),
            legacy: Share::default(),
            aead: Share::default(),
            forward_secrecy: Share::default(),
            post_quantum: Share::default(),
            stapling: Share::default(),
            roll_out: None,
            revocation: Share::default(),
        }
    }

    fn look_at(&mut self, row: &AddressRow) {
        self.addresses += 1;
        self.tls.add(&row.tls);
        let past_tcp = |last: &&Observation| last.failure().is_none_or(|failure| failure.phase > Phase::Tcp);
        if let Some(tcp) = row.last.as_deref().filter(past_tcp).and_then(|last| last.timings.tcp) {
            self.tcp.record(tcp);
        }
        if let Some(seen) = row.last_seen.as_deref() {
            self.look_at_handshake(seen, row.survey.as_deref());
        }
        let Some(survey) = row.survey.as_deref() else { return };
        if let Some(negotiation) = &survey.negotiation {
            let old = negotiation.versions.iter().filter(|asked| asked.version < TlsVersion::TLS12);
            self.legacy.count({ old }.any(|asked| asked.answer == Answer::Accepted));
        }
        for word in survey.revocation.iter().flat_map(|of| &of.words) {
            let is_fetched = word.source != RevocationSource::Staple;
            if is_fetched && !matches!(word.state, RevocationState::Unchecked(_)) {
                let failed = matches!(word.state, RevocationState::Unavailable(_) | RevocationState::Declined(_));
                self.revocation.count(failed);
            }
        }
    }

    fn look_at_handshake(&mut self, seen: &Observation, survey: Option<&Survey>) {
        let Some(handshake) = seen.handshake.as_ref() else { return };
        if let Some(version) = handshake.version {
            self.tls13.count(version == TlsVersion::TLS13);
            self.post_quantum.count(handshake.group.is_some_and(NamedGroup::is_post_quantum));
        }
        if let Some(suite) = handshake.cipher {
            self.aead.count(suite.is_aead());
            self.forward_secrecy.count(suite.has_forward_secrecy());
        }
        let Some(leaf) = handshake.leaf() else { return };
        if self.leaves.insert(leaf.fingerprint) {
            self.ends.push(leaf.not_after);
        }
        if !leaf.ocsp_urls.is_empty() {
            self.stapling.count(handshake.staple.as_deref().is_some_and(|staple| !is_worthless(staple, leaf, survey)));
        }
    }

    fn close(self, now: Time) -> Indicators {
        let mut expiring = [0; 8];
        for end in &self.ends {
            expiring[ExpiryBucket::of(*end, now).index()] += 1;
        }
        Indicators {
            counts: self.counts.clone(),
            addresses: self.addresses,
            nearest_expiry: self.ends.into_iter().min(),
            expiring,
            tls: self.tls.quantiles(),
            tcp: self.tcp.quantiles(),
            tls13: self.tls13,
            legacy: self.legacy,
            aead: self.aead,
            forward_secrecy: self.forward_secrecy,
            post_quantum: self.post_quantum,
            stapling: self.stapling,
            roll_out: self.roll_out,
            revocation: self.revocation,
        }
    }
}

/// Whether a survey has verified this very staple, and it says nothing good.
fn is_worthless(staple: &[u8], leaf: &Certificate, survey: Option<&Survey>) -> bool {
    let known = survey.and_then(|survey| survey.revocation_of(leaf.fingerprint)).and_then(Revocation::staple);
    known.is_some_and(|word| word.is_of(staple) && word.state != RevocationState::Good)
}

/// How long the last renewal of a target took to reach every address; none while it is under way, or was not watched.
fn roll_out(snapshot: &Snapshot, row: &TargetRow) -> Option<Duration> {
    let mut leaf: Option<&Certificate> = None;
    let mut done: Option<Time> = None;
    for address in snapshot.addresses_of(row.target.id) {
        let served = address.last_seen.as_deref()?.handshake.as_ref()?.leaf()?;
        if leaf.is_some_and(|leaf| leaf.fingerprint != served.fingerprint) {
            return None;
        }
        leaf = Some(served);
        let change = address.changes.as_deref().and_then(|changes| changes.leaf.as_ref());
        let began = change.filter(|change| change.after.fingerprint == served.fingerprint).map(|change| change.at);
        done = done.max(began);
    }
    let leaf = leaf?;
    let stored = row.file.as_deref().filter(|file| file.leaf().is_some_and(|on| on.fingerprint == leaf.fingerprint));
    let from = stored.and_then(|file| file.modified).unwrap_or(leaf.not_before);
    Some(done?.since(from))
}
