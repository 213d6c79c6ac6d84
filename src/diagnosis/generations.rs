//! Different certificates on the addresses of one name: an old and a new one, or several side by side.

use std::cmp::Reverse;
use std::net::SocketAddr;
use std::time::Duration;

use super::changes::{ROLL_OUT, began};
use super::command::{self, Show};
use super::evidence::{Case, Shown};
use super::expiry::Review;
use super::fault::status_of;
use super::lifetime::{is_expired, renewal_point};
use super::rules::{self, Rule};
use super::words;
use crate::model::{
    Certificate, Confidence, Evidence, Finding, Fingerprint, Impact, Next, San, Scope, Status, Time, human_duration,
};

/// Certificates issued closer together than this are siblings (RSA beside ECDSA), not generations.
const SIBLINGS: Duration = Duration::from_hours(1);

/// One address and the leaf it shows.
#[derive(Clone, Copy, Debug)]
struct Node<'a> {
    shown: Shown<'a>,
    leaf: &'a Certificate,
}

/// Whether the addresses serve different leaves. Cheap: asked of every healthy target.
pub(super) fn differ(case: &Case<'_>) -> bool {
    let leaf = |shown: Shown<'_>| shown.leaf().map(|leaf| leaf.fingerprint);
    let mut leaves = case.addresses.iter().filter_map(|address| leaf(address.shown()?));
    leaves.next().is_some_and(|first| leaves.any(|other| other != first))
}

/// Adds the pattern, and makes an old certificate the cause of what is wrong with it.
pub(super) fn look(case: &Case<'_>, findings: &mut Vec<Finding>, review: &mut Review) {
    let nodes = case.addresses.iter().filter_map(|address| {
        let shown = address.shown()?;
        Some(Node { leaf: shown.leaf()?, shown })
    });
    let mut nodes: Vec<Node<'_>> = nodes.collect();
    nodes.sort_by_key(|node| (Reverse(node.leaf.not_before), node.leaf.fingerprint, node.shown.address));
    // The newest that replaces another one: a foreign certificate may be newer than both.
    let replaces = |new: &&Node<'_>| nodes.iter().any(|old| is_predecessor(old.leaf, new.leaf));
    let Some(newest) = nodes.iter().find(replaces) else {
        findings.push(mixed(case, &nodes));
        return;
    };
    let stale: Vec<&Node<'_>> = nodes.iter().filter(|node| is_predecessor(node.leaf, newest.leaf)).collect();
    let fresh: Vec<&Node<'_>> = nodes.iter().filter(|node| node.leaf.fingerprint == newest.leaf.fingerprint).collect();
    let rule = match under_way(case, &stale, &fresh) {
        Some(until) => {
            review.note(until);
            &rules::DEPLOY_CONVERGING
        }
        None => &rules::FLEET_STALE_NODE,
    };
    let Some(finding) = left_behind(case, rule, &stale, &fresh, findings) else { return };
    for effect in findings.iter_mut().filter(|effect| effect.caused_by == Some(finding.code)) {
        effect.next.text.clone_from(&finding.next.text);
    }
    findings.push(finding);
}

/// Whether `new` replaces `old`: for the same names, issued clearly later.
pub(super) fn is_predecessor(old: &Certificate, new: &Certificate) -> bool {
    let same_subject = old.subject_id == new.subject_id && !old.subject.is_empty();
    new.not_before.since(old.not_before) > SIBLINGS && (same_subject || shares_name(old, new))
}

fn shares_name(one: &Certificate, other: &Certificate) -> bool {
    one.sans.iter().filter(|san| !matches!(san, San::Other(_))).any(|san| other.sans.contains(san))
}

/// Until when the roll-out may go on, when it has just begun and the old certificate serves meanwhile.
fn under_way(case: &Case<'_>, stale: &[&Node<'_>], fresh: &[&Node<'_>]) -> Option<Time> {
    let begun = fresh.iter().filter_map(|node| began(case.address(node.shown.address)?, node.leaf)).min()?;
    let until = begun + ROLL_OUT;
    let serves = |node: &&Node<'_>| !is_expired(node.leaf, case.now);
    (case.now < until && stale.iter().all(serves)).then_some(until)
}

/// The addresses that still serve the old certificate, by the rule that tells whether that is a fault already.
fn left_behind(
    case: &Case<'_>,
    rule: &Rule,
    stale: &[&Node<'_>],
    fresh: &[&Node<'_>],
    findings: &mut [Finding],
) -> Option<Finding> {
    let (old, new) = (stale.iter().min_by_key(|node| node.leaf.not_after)?.leaf, fresh.first()?.leaf);
    let addresses = addresses_of(stale);
    let unhurt = if rule.code == rules::DEPLOY_CONVERGING.code { rule.impact } else { Impact::Pending };
    let impact = explain(rule, &addresses, findings).unwrap_or(unhurt);
    let over = is_expired(old, case.now);
    let due = over || case.now >= renewal_point(old);
    let certain = stale.iter().any(|node| node.shown.confidence == Confidence::Certain);
    let (count, now) = (addresses.len(), case.now);
    let serve = words::verb(count, "still serves", "still serve");
    let summary = if over {
        format!(
            "{} {serve} the certificate that expired {} ago",
            words::who(case, count),
            human_duration(now.since(old.not_after))
        )
    } else {
        format!(
            "{} {serve} the old certificate, which ends in {}",
            words::who(case, count),
            human_duration(old.not_after.since(now))
        )
    };
    let live = words::addresses(&addresses_of(fresh));
    let mut facts = words::identity("certificate", old);
    facts.push(("served by", words::addresses(&addresses)));
    facts.push(("successor", new.serial.clone()));
    facts.push(("successor sha256", new.fingerprint.to_string()));
    facts.push(("successor from", new.not_before.rfc3339()));
    facts.push(("successor served by", live.clone()));
    Some(Finding {
        code: rule.code,
        impact,
        status: status_of(impact),
        // Each node may have its own certificate on purpose, as long as none is due for renewal.
        confidence: if certain && due { Confidence::Certain } else { Confidence::Likely },
        scope: Scope::Target,
        certificates: fingerprints(stale),
        summary,
        evidence: Evidence(facts),
        next: Next {
            text: format!(
                "Reload {}: the successor (serial {}) is live on {live}.",
                words::addresses(&addresses),
                words::serial(new)
            ),
            command: addresses.first().map(|address| command::handshake(case, *address, Show::Dates)),
        },
        addresses,
        caused_by: None,
        validity: (rule.impact > Impact::Advice).then_some((old.not_before, old.not_after)),
        since: if over { old.not_after } else { stale.iter().map(|node| node.shown.observation.at).min()? },
        last: stale.iter().map(|node| node.shown.observation.at).max()?,
    })
}

/// Makes the old certificate the cause of faults that only its addresses have; the worst impact among them.
fn explain(rule: &Rule, stale: &[SocketAddr], findings: &mut [Finding]) -> Option<Impact> {
    let only_stale = |finding: &Finding| finding.addresses.iter().all(|address| stale.contains(address));
    let elsewhere: Vec<_> =
        findings.iter().filter(|finding| !only_stale(finding)).map(|finding| finding.code).collect();
    let mut worst = None;
    for finding in findings.iter_mut() {
        let about_it = finding.scope == Scope::Certificate && !finding.addresses.is_empty() && only_stale(finding);
        if about_it && finding.caused_by.is_none() && !elsewhere.contains(&finding.code) {
            finding.caused_by = Some(rule.code);
            worst = worst.max(Some(finding.impact));
        }
    }
    worst
}

fn mixed(case: &Case<'_>, nodes: &[Node<'_>]) -> Finding {
    let nodes: Vec<&Node<'_>> = nodes.iter().collect();
    let addresses = addresses_of(&nodes);
    let certificates = fingerprints(&nodes);
    let seen = nodes.iter().map(|node| node.shown.observation.at);
    let served = nodes.iter().map(|Node { shown, leaf }| {
        format!("{} by {}: {} until {}", words::serial(leaf), shown.address, leaf.key, leaf.not_after.date())
    });
    let served = words::list(served, nodes.len());
    Finding {
        code: rules::FLEET_MIXED_CERTIFICATES.code,
        impact: rules::FLEET_MIXED_CERTIFICATES.impact,
        status: Status::Ok,
        confidence: Confidence::Certain,
        scope: Scope::Target,
        summary: format!("addresses of {} serve {} different certificates", words::target(case), certificates.len()),
        evidence: Evidence(vec![("serials", served)]),
        next: Next {
            text: rules::FLEET_MIXED_CERTIFICATES.next.to_owned(),
            command: addresses.first().map(|address| command::handshake(case, *address, Show::Dates)),
        },
        addresses,
        certificates,
        caused_by: None,
        validity: None,
        since: seen.clone().min().unwrap_or(case.now),
        last: seen.max().unwrap_or(case.now),
    }
}

fn addresses_of(nodes: &[&Node<'_>]) -> Vec<SocketAddr> {
    let mut addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.shown.address).collect();
    addresses.sort_unstable();
    addresses
}

fn fingerprints(nodes: &[&Node<'_>]) -> Vec<Fingerprint> {
    let mut fingerprints: Vec<Fingerprint> = nodes.iter().map(|node| node.leaf.fingerprint).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    fingerprints
}
