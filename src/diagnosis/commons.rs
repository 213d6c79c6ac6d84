//! One hand behind many names that have nothing to do with each other: an interceptor, or a portal before the network.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::sighting::{Sighting, WITNESSES};
use crate::model::{
    Certificate, Fingerprint, Host, Observation, PathRefusal, PathResult, StoreVerdict, TrustReport, Untrusted,
};

/// Endings of names that are nobody's in public (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's `internal`).
const NOT_PUBLIC: [&str; 12] =
    ["alt", "arpa", "corp", "example", "home", "internal", "invalid", "lan", "local", "localhost", "onion", "test"];

/// What unrelated names have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Common {
    /// The certificate, or its issuer's name.
    pub(super) certificate: Fingerprint,
    pub(super) name: Untrusted,
    /// How many sites show it.
    pub(super) sites: usize,
}

/// Who shows one thing.
#[derive(Default)]
struct Showing<'a> {
    name: Option<&'a Untrusted>,
    sites: BTreeSet<&'a str>,
    networks: BTreeSet<u64>,
}

impl Common {
    pub(super) fn as_interception(&self) -> String {
        let Self { name, sites, .. } = self;
        format!("one private authority, “{name}”, signs the certificates of {sites} unrelated sites")
    }

    pub(super) fn as_portal(&self) -> String {
        let Self { name, sites, .. } = self;
        format!("{sites} unrelated sites show one and the same certificate, “{name}”")
    }
}

/// An interceptor and a portal, where most public sites of the fleet show the same hand, in several networks:
/// where they are few, or in one place, the fault is theirs.
pub(super) fn find<'a>(sightings: &(impl Iterator<Item = Sighting<'a>> + Clone)) -> (Option<Common>, Option<Common>) {
    let mut issuers: BTreeMap<Fingerprint, Showing<'a>> = BTreeMap::new();
    let mut leaves: BTreeMap<Fingerprint, Showing<'a>> = BTreeMap::new();
    let shown = || sightings.clone().filter_map(|sighting| shown(&sighting));
    for (site, last, leaf, trust) in shown() {
        if !trust.name_matches {
            leaves.entry(leaf.fingerprint).or_default().add(site, last, &leaf.subject);
        } else if is_private(trust) && !leaf.self_signed {
            issuers.entry(leaf.issuer_id).or_default().add(site, last, &leaf.issuer_short);
        }
    }
    let widest = |showing: BTreeMap<Fingerprint, Showing<'a>>| {
        let several = showing.into_iter().filter(|(_, showing)| showing.is_wide());
        several.max_by_key(|(_, showing)| showing.sites.len())
    };
    let (interceptor, portal) = (widest(issuers), widest(leaves));
    if interceptor.is_none() && portal.is_none() {
        return (None, None);
    }
    let all = shown().map(|(site, ..)| site).collect::<BTreeSet<_>>().len();
    let common = |found: Option<(Fingerprint, Showing<'a>)>| {
        let (certificate, showing) = found?;
        let sites = showing.sites.len();
        (sites * 4 >= all * 3).then_some(Common { certificate, name: showing.name?.clone(), sites })
    };
    (common(interceptor), common(portal))
}

impl<'a> Showing<'a> {
    fn add(&mut self, site: &'a str, last: &Observation, name: &'a Untrusted) {
        self.name = Some(name);
        self.sites.insert(site);
        self.networks.insert(network(last.key.address.ip()));
    }

    fn is_wide(&self) -> bool {
        self.sites.len() >= WITNESSES && self.networks.len() >= WITNESSES
    }
}

fn shown<'a>(sighting: &Sighting<'a>) -> Option<(&'a str, &'a Observation, &'a Certificate, &'a TrustReport)> {
    let last = sighting.last?;
    let handshake = last.handshake.as_ref()?;
    Some((site(sighting.target.destination().0)?, last, handshake.leaf()?, handshake.trust.as_deref()?))
}

/// The last two labels of a public name. Takes different sites below one public suffix (`co.uk`) for one,
/// which makes for fewer witnesses, never for more.
pub(super) fn site(host: &Host) -> Option<&str> {
    let Host::Name(name) = host else { return None };
    let name = name.trim_end_matches('.');
    let (rest, last) = name.rsplit_once('.')?;
    if NOT_PUBLIC.contains(&last) {
        return None;
    }
    let start = rest.rfind('.').map_or(0, |dot| dot + 1);
    name.get(start..)
}

/// Whether no public authority answers for it: Mozilla's list knows none, or where that is not asked, no store does.
fn is_private(trust: &TrustReport) -> bool {
    let is_unknown = |verdict: &StoreVerdict| {
        matches!(verdict.result, PathResult::Refused { reason: PathRefusal::UnknownIssuer, .. })
    };
    match trust.stores.iter().find(|verdict| &*verdict.store == "mozilla") {
        Some(verdict) => is_unknown(verdict),
        None => !trust.stores.is_empty() && trust.stores.iter().all(is_unknown),
    }
}

/// The size of network that one owner has: /16 of IPv4, /32 of IPv6.
pub(super) fn network(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits() >> 16),
        IpAddr::V6(ip) => (1 << 32) | u64::try_from(ip.to_bits() >> 96).unwrap_or_default(),
    }
}
