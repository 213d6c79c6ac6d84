//! Whether the public trusts the authority, and what public authorities may issue.

use super::command::{self, Show};
use super::evidence::Shown;
use super::fault::{Fault, Group};
use super::refusal::{tell, trust_of};
use super::rules;
use super::words;
use crate::model::{
    Certificate, Finding, Impact, PathRefusal, PathResult, Scope, Status, StoreVerdict, Time, TrustReport, Untrusted,
};

const DAY: u64 = 86_400;

/// Most days that a certificate may live, by the moment from which it may be issued so: newest first.
/// CA/Browser Forum Baseline Requirements, section 6.3.2 (ballots SC-031 and SC-081v3).
const LIMITS: [(Time, u64); 4] = [
    // 2029-03-15.
    (Time::from_secs(1_868_227_200), 47),
    // 2027-03-15.
    (Time::from_secs(1_805_068_800), 100),
    // 2026-03-15.
    (Time::from_secs(1_773_532_800), 200),
    // 2020-09-01; earlier certificates have all expired.
    (Time::from_secs(1_598_918_400), BROWSERS_LIMIT),
];

/// What browsers themselves enforce (Chromium `net/cert/cert_verify_proc.cc`, Apple's policy of 2020-09-01).
const BROWSERS_LIMIT: u64 = 398;

pub(super) fn look<'a>(shown: &Shown<'a>, leaf: &'a Certificate, faults: &mut Vec<Fault<'a>>) {
    let Some(trust) = shown.handshake.trust.as_deref() else { return };
    if is_private(trust) {
        let top = shown.path().last().unwrap_or(leaf);
        faults.push(Fault::shown(&rules::CHAIN_PRIVATE_CA, shown, top, tell_private));
    }
    let Some(public) = Public::judge(trust) else { return };
    if limit(leaf).is_some_and(|(_, most)| days(leaf) > most) {
        let fault = Fault::shown(&rules::CERT_VALIDITY_TOO_LONG, shown, leaf, tell_validity_too_long);
        faults.push(if public == Public::Certainly { fault } else { fault.likely() });
    }
}

/// How sure it is that the authority is a public one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Public {
    /// Mozilla's store has it.
    Certainly,
    /// The system's has it, where others may have been added.
    Likely,
}

impl Public {
    fn judge(trust: &TrustReport) -> Option<Self> {
        let verdict = |name: &str| trust.stores.iter().find(|verdict| &*verdict.store == name);
        match (verdict("mozilla"), verdict("system")) {
            (Some(mozilla), _) => knows_root(mozilla).then_some(Self::Certainly),
            (None, Some(system)) => knows_root(system).then_some(Self::Likely),
            (None, None) => None,
        }
    }
}

/// Whether the store has an anchor for the chain, though a date may stand in the way now.
fn knows_root(verdict: &StoreVerdict) -> bool {
    match &verdict.result {
        PathResult::Trusted { .. } => true,
        PathResult::Refused { reason, valid_at_another_time, .. } => {
            *valid_at_another_time && matches!(reason, PathRefusal::Expired | PathRefusal::NotYetValid)
        }
    }
}

/// Trusted, but by given stores only, though public ones were asked.
fn is_private(trust: &TrustReport) -> bool {
    let is_public = |verdict: &&StoreVerdict| matches!(&*verdict.store, "mozilla" | "system");
    let mut public = trust.stores.iter().filter(is_public).peekable();
    trust.has_path()
        && public.peek().is_some()
        && public.all(|verdict| matches!(verdict.result, PathResult::Refused { .. }))
}

/// From when on how many days are allowed for a certificate issued when this one was.
fn limit(leaf: &Certificate) -> Option<(Time, u64)> {
    LIMITS.into_iter().find(|(since, _)| leaf.not_before >= *since)
}

/// Days of validity, begun ones included: its last second belongs to it (RFC 5280 section 4.1.2.5), and one second more
/// than a day's worth is another day (Baseline Requirements section 6.3.2).
fn days(leaf: &Certificate) -> u64 {
    let ends_before_it_begins = leaf.not_after < leaf.not_before;
    if ends_before_it_begins { 0 } else { (leaf.lifetime().as_secs() + 1).div_ceil(DAY) }
}

fn tell_private(group: &Group<'_, '_>) -> Finding {
    let trusted =
        trust_of(group).into_iter().flat_map(|trust| &trust.stores).find_map(|verdict| match &verdict.result {
            PathResult::Trusted { anchor, .. } => Some((Untrusted::new(&verdict.store), anchor)),
            PathResult::Refused { .. } => None,
        });
    let Some((store, anchor)) = trusted else { return tell(group, group.certificate(), Vec::new()) };
    let summary =
        format!("{} is trusted through “{anchor}” of {store} alone, no public store knows it", group.certificate());
    tell(group, summary, vec![("root", anchor.to_string()), ("store", store.to_string())])
}

fn tell_validity_too_long(group: &Group<'_, '_>) -> Finding {
    let about = group.first.about.and_then(|leaf| Some((leaf, limit(leaf)?)));
    let Some((leaf, (since, most))) = about else {
        return group.finding(Scope::Certificate, group.certificate(), Vec::new());
    };
    let days = days(leaf);
    let summary = format!(
        "{} lives {days} days; a public authority may give at most {most} since {}",
        group.certificate(),
        since.date()
    );
    let mut facts = words::identity("certificate", leaf);
    facts.extend([("days", days.to_string()), ("most days", most.to_string())]);
    let mut finding = group.finding(Scope::Certificate, summary, facts);
    // They compare the difference: the last second is not counted.
    if leaf.lifetime().as_secs() > BROWSERS_LIMIT * DAY {
        finding.impact = Impact::Partial;
    }
    finding.status = Status::Warning;
    finding.next.command = Some(command::handshake(group.case, group.first.address, Show::Dates));
    finding
}
