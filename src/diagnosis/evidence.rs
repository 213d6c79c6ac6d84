//! What is known about one target when it is judged.

use std::net::SocketAddr;
use std::sync::Arc;

use super::Policy;
use super::history::History;
use super::observer::Observer;
use crate::model::{
    Certificate, Changes, Confidence, Handshake, Host, Observation, PathReport, PathResult, Resolution, StoredFile,
    Survey, Target, Time,
};

/// Everything known about one target.
#[derive(Clone, Copy, Debug)]
pub struct TargetEvidence<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its last look-up.
    pub resolution: Option<&'a Resolution>,
    /// Its certificate file, where it names one.
    pub file: Option<&'a StoredFile>,
    /// Its addresses, in resolver order.
    pub addresses: &'a [AddressEvidence<'a>],
}

/// Everything known about one address.
#[derive(Clone, Copy, Debug)]
pub struct AddressEvidence<'a> {
    /// The address.
    pub address: SocketAddr,
    /// The last probe.
    pub last: Option<&'a Arc<Observation>>,
    /// The last probe that showed a certificate.
    pub last_seen: Option<&'a Arc<Observation>>,
    /// The last survey.
    pub survey: Option<&'a Survey>,
    /// What it was seen to change.
    pub changes: Option<&'a Changes>,
    /// The probes up to the last, counted.
    pub history: History,
}

/// The evidence, the thresholds and the moment: what every family judges by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub(super) target: &'a Target,
    pub(super) resolution: Option<&'a Resolution>,
    pub(super) file: Option<&'a StoredFile>,
    pub(super) addresses: &'a [AddressEvidence<'a>],
    pub(super) observer: &'a Observer,
    pub(super) policy: &'a Policy,
    pub(super) now: Time,
}

impl Case<'_> {
    /// What is known about one address.
    pub(super) fn address(&self, address: SocketAddr) -> Option<&AddressEvidence<'_>> {
        self.addresses.iter().find(|evidence| evidence.address == address)
    }

    /// Whether a name is sent (SNI): never for a literal (RFC 6066 section 3).
    pub(super) fn sends_name(&self) -> bool {
        self.target.servername.is_some() || matches!(self.target.host, Host::Name(_))
    }
}

/// What an address last showed of its certificates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    pub(super) address: SocketAddr,
    pub(super) observation: &'a Observation,
    pub(super) handshake: &'a Handshake,
    /// Certain when the last probe showed it; likely when that one failed and an earlier one did.
    pub(super) confidence: Confidence,
}

impl<'a> AddressEvidence<'a> {
    /// The newest probe that got to the certificates.
    pub(super) fn shown(&self) -> Option<Shown<'a>> {
        let showed = |observation: &'a Arc<Observation>, confidence| {
            let handshake = observation.handshake.as_ref()?;
            let nothing = handshake.chain.is_empty() && handshake.malformed.is_empty();
            (!nothing).then_some(Shown { address: self.address, observation, handshake, confidence })
        };
        let last = self.last.and_then(|last| showed(last, Confidence::Certain));
        last.or_else(|| self.last_seen.and_then(|seen| showed(seen, Confidence::Likely)))
    }
}

impl<'a> AddressEvidence<'a> {
    /// The paths that the survey found, where they are about this chain and not about one served before.
    pub(super) fn paths_of(&self, chain: &[Arc<Certificate>]) -> Option<&'a PathReport> {
        let paths = self.survey?.paths.as_ref()?;
        let sent = chain.iter().map(|certificate| &certificate.fingerprint);
        sent.eq(&paths.sent).then_some(paths)
    }
}

impl<'a> Shown<'a> {
    /// The leaf; none when what stood in its place could not be parsed.
    pub(super) fn leaf(&self) -> Option<&'a Certificate> {
        let unreadable = self.handshake.malformed.iter().any(|(position, _)| *position == 0);
        if unreadable { None } else { self.handshake.leaf().map(|leaf| &**leaf) }
    }

    /// The certificates that were sent and that a client uses: those on the first accepted path,
    /// else the leaf and whichever issuers link up from it.
    pub(super) fn path(&self) -> impl Iterator<Item = &'a Certificate> {
        let chain = &self.handshake.chain[..];
        let accepted = self.accepted_path();
        let mut next = self.leaf();
        let mut steps = chain.len();
        let linked = std::iter::from_fn(move || {
            let this = next?;
            steps = steps.checked_sub(1)?;
            next = if this.self_signed { None } else { issuer_of(this, chain) };
            Some(this)
        });
        let used = chain.iter().map(|certificate| &**certificate);
        let used = used.filter(move |certificate| accepted.is_some_and(|path| path.contains(&certificate.fingerprint)));
        let (used, linked) = if accepted.is_some() { (Some(used), None) } else { (None, Some(linked)) };
        used.into_iter().flatten().chain(linked.into_iter().flatten())
    }

    fn accepted_path(&self) -> Option<&'a [crate::model::Fingerprint]> {
        let trust = self.handshake.trust.as_deref()?;
        trust.stores.iter().find_map(|verdict| match &verdict.result {
            PathResult::Trusted { path, .. } => Some(&path[..]),
            PathResult::Refused { .. } => None,
        })
    }
}

fn issuer_of<'a>(certificate: &Certificate, chain: &'a [Arc<Certificate>]) -> Option<&'a Certificate> {
    let mut issuers = chain
        .iter()
        .map(|issuer| &**issuer)
        .filter(|issuer| issuer.fingerprint != certificate.fingerprint && certificate.is_named_issuer(issuer));
    issuers.next()
}
