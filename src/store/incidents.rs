//! Findings with one root cause across the fleet, opened and closed with some patience.
//!
//! A finding must be confirmed twice in a row before it opens an incident (once where the evidence is
//! certain), and every address it was seen on must be good three times before it leaves it again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use crate::diagnosis::{Policy, incident_key, severity, widened_summary};
use crate::model::{Confidence, Finding, Impact, Incident, IncidentKey, Severity, Status, Target, TargetId, Time};

/// Confirmations in a row that open an incident, unless the evidence is certain.
const OPENS_AFTER: u8 = 2;

/// Good observations of every address after which a target leaves an incident.
const CLOSES_AFTER: u8 = 3;

/// What was looked at just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// One address was probed.
    Address(SocketAddr),
    /// The name was looked up.
    Name,
    /// Nothing: time passed, or the set of addresses changed.
    Nothing,
}

/// All causes that are, or may become, incidents.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    causes: HashMap<IncidentKey, Cause>,
    by_target: HashMap<TargetId, Vec<IncidentKey>>,
    dirty: HashSet<IncidentKey>,
    /// What is published, worst first.
    open: BTreeMap<Order, Arc<Incident>>,
}

#[derive(Debug)]
struct Cause {
    members: HashMap<TargetId, Member>,
    /// Members that are confirmed, worst first.
    order: BTreeSet<MemberOrder>,
    addresses: usize,
    since: Time,
    last: Time,
    /// Under which it stands in [`Incidents::open`].
    listed: Option<Order>,
}

/// One target's part in a cause.
#[derive(Debug)]
struct Member {
    finding: Arc<Finding>,
    severity: Severity,
    addresses: usize,
    confirmations: u8,
    /// Once the finding is gone: good observations per address. A finding without addresses counts look-ups.
    recovering: Option<Vec<(Option<SocketAddr>, u8)>>,
}

type MemberOrder = (Reverse<(Severity, Impact, Status)>, TargetId);

/// Severity, then impact, then the wider, then the older.
type Order = (Reverse<(Severity, Impact)>, Reverse<(usize, usize)>, Time, IncidentKey);

impl Incidents {
    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// A target's findings are these, after something was `seen`. Returns whether the next look is waited for,
    /// to confirm or to recover; if not, the same findings again change nothing but times.
    pub(super) fn observe(&mut self, target: &Target, findings: &[Arc<Finding>], seen: Seen, policy: &Policy) -> bool {
        let parts = parts(target, findings);
        let mut keys = self.by_target.remove(&target.id).unwrap_or_default();
        let mut taken_over = BTreeSet::new();
        for (key, (finding, addresses)) in &parts {
            if !keys.contains(key) {
                keys.push(key.clone());
                if finding.impact >= Impact::Partial {
                    taken_over.extend(addresses.iter().copied());
                }
            }
            let severity = severity(target, finding, policy);
            self.confirm(key, target.id, finding, (severity, addresses), seen);
        }
        keys.retain(|key| parts.contains_key(key) || !self.recover(key, target.id, seen, &taken_over));
        let is_settled = |key: &IncidentKey| self.causes.get(key)?.members.get(&target.id).map(Member::is_settled);
        let waits = !keys.iter().filter_map(is_settled).all(|settled| settled);
        if !keys.is_empty() {
            self.by_target.insert(target.id, keys);
        }
        waits
    }

    /// The findings a target had already, confirmed later.
    pub(super) fn refresh(&mut self, target: TargetId, findings: &[Arc<Finding>]) {
        for key in self.by_target.get(&target).into_iter().flatten() {
            let Some(cause) = self.causes.get_mut(key) else { continue };
            let Some(member) = cause.members.get_mut(&target) else { continue };
            if let Some(later) = findings.iter().find(|finding| is_same(finding, &member.finding)) {
                cause.last = cause.last.max(later.last);
                member.finding = Arc::clone(later);
                self.dirty.insert(key.clone());
            }
        }
    }

    /// Addresses are no longer watched: nothing more is to be waited for.
    pub(super) fn forget_addresses(&mut self, target: TargetId, gone: &[SocketAddr]) {
        let mut keys = self.by_target.remove(&target).unwrap_or_default();
        keys.retain(|key| {
            let Some(cause) = self.causes.get_mut(key) else { return false };
            let Some(Member { recovering: Some(waiting), .. }) = cause.members.get_mut(&target) else { return true };
            waiting.retain(|(address, _)| address.is_none_or(|address| !gone.contains(&address)));
            let over = waiting.is_empty();
            if over {
                self.leave(key, target);
            }
            !over
        });
        if !keys.is_empty() {
            self.by_target.insert(target, keys);
        }
    }

    /// A target is no longer watched.
    pub(super) fn forget(&mut self, target: TargetId) {
        for key in self.by_target.remove(&target).unwrap_or_default() {
            self.leave(&key, target);
        }
    }

    fn confirm(
        &mut self,
        key: &IncidentKey,
        target: TargetId,
        finding: &Arc<Finding>,
        (severity, addresses): (Severity, &BTreeSet<SocketAddr>),
        seen: Seen,
    ) {
        let cause = self.causes.entry(key.clone()).or_insert_with(|| Cause::new(finding));
        let concerns = match seen {
            Seen::Address(address) => addresses.is_empty() || addresses.contains(&address),
            Seen::Name => addresses.is_empty(),
            Seen::Nothing => false,
        };
        let before = cause.members.remove(&target);
        if let Some(before) = &before {
            cause.unlist(target, before);
        }
        let confirmations = match &before {
            Some(before) => before.confirmations.saturating_add(u8::from(concerns)),
            None => 1,
        };
        let member = Member {
            finding: Arc::clone(finding),
            severity,
            addresses: addresses.len(),
            confirmations: if finding.confidence == Confidence::Certain { OPENS_AFTER } else { confirmations },
            recovering: None,
        };
        cause.list(target, &member);
        cause.members.insert(target, member);
        self.dirty.insert(key.clone());
    }

    /// The finding is gone from a target; whether the target has left the cause. What happens to the addresses
    /// that were `taken_over` is another cause's business from now on.
    fn recover(&mut self, key: &IncidentKey, target: TargetId, seen: Seen, taken_over: &BTreeSet<SocketAddr>) -> bool {
        let Some(member) = self.causes.get_mut(key).and_then(|cause| cause.members.get_mut(&target)) else {
            return true;
        };
        let over = !member.is_confirmed() || member.is_good(seen, taken_over);
        if over {
            self.leave(key, target);
        }
        over
    }

    fn leave(&mut self, key: &IncidentKey, target: TargetId) {
        let Some(cause) = self.causes.get_mut(key) else { return };
        if let Some(member) = cause.members.remove(&target) {
            cause.unlist(target, &member);
        }
        self.dirty.insert(key.clone());
    }

    /// Open incidents, worst first, at most `most`.
    pub(super) fn publish(&mut self, most: usize) -> Arc<[Arc<Incident>]> {
        for key in self.dirty.drain() {
            let Some(cause) = self.causes.get_mut(&key) else { continue };
            if let Some(order) = cause.listed.take() {
                self.open.remove(&order);
            }
            if let Some(incident) = cause.incident(&key) {
                let order = order(&incident);
                cause.listed = Some(order.clone());
                self.open.insert(order, Arc::new(incident));
            }
            if cause.members.is_empty() {
                self.causes.remove(&key);
            }
        }
        self.open.values().take(most).cloned().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }
}

impl Cause {
    fn new(finding: &Finding) -> Self {
        let (members, order) = (HashMap::new(), BTreeSet::new());
        Self { members, order, addresses: 0, since: finding.since, last: finding.last, listed: None }
    }

    fn list(&mut self, target: TargetId, member: &Member) {
        if member.is_confirmed() {
            self.order.insert(member.order(target));
            self.addresses += member.addresses;
            self.since = self.since.min(member.finding.since);
            self.last = self.last.max(member.finding.last);
        }
    }

    fn unlist(&mut self, target: TargetId, member: &Member) {
        if self.order.remove(&member.order(target)) {
            self.addresses -= member.addresses;
        }
    }

    /// `None` while nothing in it is confirmed.
    fn incident(&self, key: &IncidentKey) -> Option<Incident> {
        let (Reverse((severity, impact, status)), worst) = self.order.first()?;
        let finding = &self.members.get(worst)?.finding;
        let target_count = self.order.len();
        Some(Incident {
            key: key.clone(),
            severity: *severity,
            impact: *impact,
            status: *status,
            summary: widened_summary(finding, target_count, self.addresses),
            next: finding.next.text.clone(),
            targets: self.order.iter().take(Incident::LISTED).map(|(_, target)| *target).collect(),
            target_count,
            address_count: self.addresses,
            since: self.since,
            last: self.last,
        })
    }
}

impl Member {
    const fn is_confirmed(&self) -> bool {
        self.confirmations >= OPENS_AFTER
    }

    const fn is_settled(&self) -> bool {
        self.is_confirmed() && self.recovering.is_none()
    }

    fn order(&self, target: TargetId) -> MemberOrder {
        (Reverse((self.severity, self.finding.impact, self.finding.status)), target)
    }

    /// Counts a good observation; whether nothing more is to be waited for.
    fn is_good(&mut self, seen: Seen, taken_over: &BTreeSet<SocketAddr>) -> bool {
        let finding = &self.finding;
        let waiting = self.recovering.get_or_insert_with(|| match &finding.addresses[..] {
            [] => vec![(None, 0)],
            addresses => addresses.iter().map(|address| (Some(*address), 0)).collect(),
        });
        for (address, good) in waiting.iter_mut() {
            let concerns = match (seen, *address) {
                (Seen::Address(seen), Some(address)) => seen == address,
                (Seen::Address(_) | Seen::Name, None) => true,
                _ => false,
            };
            *good = good.saturating_add(u8::from(concerns));
        }
        let is_taken = |address: &Option<SocketAddr>| address.is_some_and(|address| taken_over.contains(&address));
        waiting.retain(|(address, good)| *good < CLOSES_AFTER && !is_taken(address));
        waiting.is_empty()
    }
}

/// A target's findings that open incidents, by cause: the worst of each, and all its addresses.
fn parts<'a>(
    target: &Target,
    findings: &'a [Arc<Finding>],
) -> BTreeMap<IncidentKey, (&'a Arc<Finding>, BTreeSet<SocketAddr>)> {
    let mut parts = BTreeMap::new();
    let opening = findings.iter().filter(|finding| finding.caused_by.is_none() && finding.status > Status::Ok);
    for finding in opening {
        let (worst, addresses) =
            parts.entry(incident_key(target, finding)).or_insert_with(|| (finding, BTreeSet::new()));
        if (finding.status, finding.impact) > (worst.status, worst.impact) {
            *worst = finding;
        }
        addresses.extend(finding.addresses.iter().copied());
    }
    parts
}

/// Times aside.
fn is_same(a: &Finding, b: &Finding) -> bool {
    a.code == b.code && a.certificates == b.certificates && a.addresses == b.addresses
}

fn order(incident: &Incident) -> Order {
    let wide = (incident.target_count, incident.address_count);
    (Reverse((incident.severity, incident.impact)), Reverse(wide), incident.since, incident.key.clone())
}
