//! What a chain holds beside what clients need of it: repetitions, strangers, roots, expired cross-signs, too much.

use std::sync::Arc;

use super::evidence::{Case, Shown};
use super::expiry::{Review, can_be_avoided};
use super::fault::{Fault, Group};
use super::lifetime::{end, is_expired};
use super::refusal::{tell, trust_of};
use super::rules;
use super::words;
use crate::model::{Certificate, Finding, Fingerprint, Impact, PathResult, Status, TrustReport, human_duration};

/// Certificates looked at one by one; a sane chain has four.
const CHECKED: usize = 16;
/// Java refuses more (`jdk.tls.client.maxInboundCertificateChainLength`).
const MOST_CERTIFICATES: usize = 10;
/// More does not fit into the ten segments of 1460 bytes that a server may send at once (RFC 6928).
const MOST_BYTES: usize = 14_600;

pub(super) fn look<'a>(
    case: &Case<'_>,
    shown: &Shown<'a>,
    leaf: &'a Certificate,
    faults: &mut Vec<Fault<'a>>,
    review: &mut Review,
) {
    let chain = &shown.handshake.chain[..];
    if chain.len() > MOST_CERTIFICATES || bytes(chain) > MOST_BYTES {
        faults.push(Fault::shown(&rules::CHAIN_TOO_LONG, shown, leaf, tell_too_long));
    }
    let chain = &chain[..chain.len().min(CHECKED)];
    for (at, certificate) in chain.iter().enumerate().skip(1) {
        if is_repeated(chain, at) {
            faults.push(Fault::shown(&rules::CHAIN_DUPLICATE, shown, certificate, tell_duplicate));
        }
    }
    let Some(trust) = shown.handshake.trust.as_deref().filter(|trust| trust.has_path()) else { return };
    let linked = Linked::to_leaf(chain, trust);
    // Told together: a chain of strangers has one thing wrong with it.
    let stranger = strangers(chain, linked).next();
    faults.extend(stranger.map(|first| Fault::shown(&rules::CHAIN_UNRELATED, shown, first, tell_unrelated)));
    for (at, certificate) in chain.iter().enumerate().skip(1) {
        if is_repeated(chain, at) || !linked.has(at) {
            continue;
        }
        if certificate.self_signed {
            faults.push(Fault::shown(&rules::CHAIN_ROOT_INCLUDED, shown, certificate, tell_root));
        } else if can_be_avoided(trust, certificate.fingerprint) && !is_used(trust, certificate.fingerprint) {
            review.note(end(certificate.not_after));
            if is_expired(certificate, case.now) {
                faults.push(Fault::shown(&rules::CHAIN_CROSS_SIGN_EXPIRED, shown, certificate, tell_cross_sign));
            }
        }
    }
}

fn bytes(chain: &[Arc<Certificate>]) -> usize {
    chain.iter().map(|certificate| certificate.der.len()).sum()
}

/// Whether the same stands further ahead.
fn is_repeated(chain: &[Arc<Certificate>], at: usize) -> bool {
    chain[..at].iter().any(|before| before.fingerprint == chain[at].fingerprint)
}

fn accepted(trust: &TrustReport) -> impl Iterator<Item = &[Fingerprint]> {
    trust.stores.iter().filter_map(|verdict| match &verdict.result {
        PathResult::Trusted { path, .. } => Some(&path[..]),
        PathResult::Refused { .. } => None,
    })
}

/// Whether some store's path goes by it.
fn is_used(trust: &TrustReport, fingerprint: Fingerprint) -> bool {
    accepted(trust).any(|path| path.contains(&fingerprint))
}

/// By place in the chain: those that the leaf leads up to, by names and key identifiers, or on an accepted path.
#[derive(Clone, Copy, Debug)]
struct Linked(u32);

impl Linked {
    fn to_leaf(chain: &[Arc<Certificate>], trust: &TrustReport) -> Self {
        let mut linked = Self(1);
        loop {
            let before = linked.0;
            for (at, issuer) in chain.iter().enumerate() {
                let issued = |(child, certificate): (usize, &Arc<Certificate>)| {
                    linked.has(child) && certificate.is_named_issuer(issuer)
                };
                if chain.iter().enumerate().any(issued) || is_used(trust, issuer.fingerprint) {
                    linked.0 |= 1 << at;
                }
            }
            if linked.0 == before {
                return linked;
            }
        }
    }

    const fn has(self, at: usize) -> bool {
        self.0 & 1 << at != 0
    }
}

/// What is on no path from the leaf, each once.
fn strangers(chain: &[Arc<Certificate>], linked: Linked) -> impl Iterator<Item = &Certificate> {
    let is_stranger = move |at: &usize| !linked.has(*at) && !is_repeated(chain, *at);
    (1..chain.len()).filter(is_stranger).map(|at| &*chain[at])
}

fn tell_too_long(group: &Group<'_, '_>) -> Finding {
    let chain = group.first.observation.chain();
    let (count, bytes) = (chain.len(), bytes(chain));
    let sends = words::verb(group.count(), "sends", "send");
    let many = count > MOST_CERTIFICATES;
    let limit = if many {
        format!("Java takes at most {MOST_CERTIFICATES}")
    } else {
        format!("more than the {MOST_BYTES} that fit into the first flight of packets")
    };
    let summary = format!("{} {sends} {count} certificates of {bytes} bytes: {limit}", group.who());
    let mut finding = tell(group, summary, vec![("bytes", bytes.to_string())]);
    if many {
        finding.impact = Impact::Partial;
    }
    finding.status = Status::Warning;
    finding
}

fn tell_duplicate(group: &Group<'_, '_>) -> Finding {
    let Some(certificate) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let chain = group.first.observation.chain();
    let places = chain.iter().zip(1..).filter(|(sent, _)| sent.fingerprint == certificate.fingerprint);
    let places: Vec<String> = places.map(|(_, place): (_, usize)| place.to_string()).collect();
    let (times, sends) = (places.len(), words::verb(group.count(), "sends", "send"));
    let name = certificate.display_name();
    let summary = format!("{} {sends} “{name}” {times} times", group.who());
    let places = words::list(places.into_iter(), times);
    let wasted = certificate.der.len() * times.saturating_sub(1);
    tell(group, summary, about(certificate, vec![("places", places), ("bytes wasted", wasted.to_string())]))
}

fn tell_unrelated(group: &Group<'_, '_>) -> Finding {
    let Some(certificate) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let sends = words::verb(group.count(), "sends", "send");
    let chain = group.first.observation.chain();
    let chain = &chain[..chain.len().min(CHECKED)];
    let all: Vec<&Certificate> =
        trust_of(group).map(|trust| strangers(chain, Linked::to_leaf(chain, trust)).collect()).unwrap_or_default();
    if all.len() > 1 {
        let (who, count) = (group.who(), all.len());
        let names = words::list(all.iter().map(|stranger| format!("“{}”", stranger.display_name())), count);
        let summary = format!("{who} {sends} {count} certificates that are on no path from its own: {names}");
        let mut finding =
            tell(group, summary, vec![("bytes", all.iter().map(|one| one.der.len()).sum::<usize>().to_string())]);
        finding.certificates = all.iter().map(|stranger| stranger.fingerprint).collect();
        return finding;
    }
    let (name, issuer) = (certificate.display_name(), &certificate.issuer_short);
    let summary =
        format!("{} {sends} “{name}” (issued by “{issuer}”), which is on no path from its certificate", group.who());
    tell(group, summary, about(certificate, Vec::new()))
}

fn tell_root(group: &Group<'_, '_>) -> Finding {
    let Some(certificate) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let (sends, bytes) = (words::verb(group.count(), "sends", "send"), certificate.der.len());
    let name = certificate.display_name();
    let summary = format!("{} {sends} the root “{name}” too: {bytes} bytes that no client needs", group.who());
    tell(group, summary, about(certificate, Vec::new()))
}

fn tell_cross_sign(group: &Group<'_, '_>) -> Finding {
    let Some(certificate) = group.first.about else { return tell(group, group.who(), Vec::new()) };
    let now = group.case.now;
    let sends = words::verb(group.count(), "still sends", "still send");
    let (name, issuer) = (certificate.display_name(), &certificate.issuer_short);
    let ago = human_duration(now.since(certificate.not_after));
    let summary = format!(
        "{} {sends} the cross-sign of “{name}” by “{issuer}”, which expired {ago} ago; a path without it is accepted",
        group.who()
    );
    let mut facts = about(certificate, vec![("not after", certificate.not_after.rfc3339())]);
    let anchors =
        trust_of(group).into_iter().flat_map(|trust| &trust.stores).find_map(|verdict| match &verdict.result {
            PathResult::Trusted { anchor, .. } => Some(anchor.to_string()),
            PathResult::Refused { .. } => None,
        });
    facts.extend(anchors.map(|anchor| ("accepted through", anchor)));
    let mut finding = tell(group, summary, facts);
    finding.status = Status::Warning;
    finding.since = certificate.not_after;
    finding.last = now;
    finding
}

fn about(certificate: &Certificate, more: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("certificate", certificate.display_name().to_string()),
        ("issued by", certificate.issuer_short.to_string()),
        ("sha256", certificate.fingerprint.to_string()),
    ];
    facts.extend(more);
    facts
}
