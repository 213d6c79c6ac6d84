//! Findings with one root cause across the fleet, opened and closed with some patience.
//!
//! A finding must be confirmed twice in a row before it opens an incident: a connection can fail by chance.
//! What is certain about a certificate opens one at once. Every address it was seen on must be good three
//! times before it leaves it again, unless it fails for another cause by then.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use super::look::{Look, Part, Place, Seen, is_failing, names, opens_at_once, parts};
use crate::diagnosis::{Policy, widened_summary};
use crate::model::{Finding, Impact, Incident, IncidentKey, Severity, Status, Target, TargetId, Time};

/// Confirmations in a row that open an incident, unless it is certain and cannot pass by itself.
const OPENS_AFTER: u8 = 2;

/// All causes that are, or may become, incidents.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    causes: HashMap<IncidentKey, Cause>,
    by_target: HashMap<TargetId, Vec<IncidentKey>>,
    /// Causes that differ from what is published, each once.
    dirty: Vec<IncidentKey>,
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
    news: News,
}

/// How a cause differs from what is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    #[default]
    None,
    /// It was confirmed later, and is otherwise the same.
    Later,
    /// Anything.
    Any,
}

/// One target's part in a cause.
#[derive(Debug)]
struct Member {
    finding: Arc<Finding>,
    severity: Severity,
    addresses: usize,
    confirmations: u8,
    /// In how many places it is found now.
    standing: usize,
    /// Where it was seen, with the good looks since; those that were good often enough are not waited for.
    wounds: BTreeMap<Place, u8>,
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
        let parts = parts(target, findings, policy);
        let mut keys = self.by_target.remove(&target.id).unwrap_or_default();
        let look = Look::new(seen, findings, parts.iter().filter(|(key, _)| !keys.contains(key)).map(|(_, part)| part));
        for (key, part) in &parts {
            let before = if keys.contains(key) { 0 } else { self.passed_on(&keys, &parts, target.id, part) };
            self.confirm(key, target.id, part, before, &look);
        }
        keys.retain(|key| parts.contains_key(key) || !self.recover(key, target.id, &look));
        let new = parts.into_keys().filter(|key| !keys.contains(key)).collect::<Vec<_>>();
        keys.extend(new);
        let is_settled = |key: &IncidentKey| self.causes.get(key)?.members.get(&target.id).map(Member::is_settled);
        let waits = !keys.iter().filter_map(is_settled).all(|settled| settled);
        if !keys.is_empty() {
            self.by_target.insert(target.id, keys);
        }
        waits
    }

    /// A probe of an address (or a look-up, when there is none) bore out what had been found there.
    pub(super) fn seen_again(&mut self, target: TargetId, address: Option<SocketAddr>, at: Time) {
        for key in self.by_target.get(&target).into_iter().flatten() {
            let Some(cause) = self.causes.get_mut(key) else { continue };
            let Some(member) = cause.members.get(&target) else { continue };
            if member.standing > 0 && at > cause.last && names(&member.finding, address) {
                cause.last = at;
                cause.tell(News::Later, key, &mut self.dirty);
            }
        }
    }

    /// Confirmations of causes that `part` takes the place of: what fails in another way still fails.
    fn passed_on(
        &self,
        keys: &[IncidentKey],
        parts: &BTreeMap<IncidentKey, Part<'_>>,
        target: TargetId,
        part: &Part<'_>,
    ) -> u8 {
        if !is_failing(part.finding) {
            return 0;
        }
        let gone = keys.iter().filter(|key| !parts.contains_key(key));
        let members = gone.filter_map(|key| self.causes.get(key)?.members.get(&target));
        let replaced = members.filter(|member| {
            is_failing(&member.finding) && member.wounds.keys().any(|place| part.places.contains(place))
        });
        replaced.map(|member| member.confirmations).max().unwrap_or(0)
    }

    /// Addresses are no longer watched: nothing more is to be waited for.
    pub(super) fn forget_addresses(&mut self, target: TargetId, gone: &[SocketAddr]) {
        let mut keys = self.by_target.remove(&target).unwrap_or_default();
        keys.retain(|key| {
            let Some(cause) = self.causes.get_mut(key) else { return false };
            let Some(member) = cause.members.get_mut(&target) else { return false };
            member.wounds.retain(|place, _| place.is_none_or(|address| !gone.contains(&address)));
            let over = member.wounds.is_empty();
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

    /// The finding stands; `before` is how often it was confirmed under another cause.
    fn confirm(&mut self, key: &IncidentKey, target: TargetId, part: &Part<'_>, before: u8, look: &Look) {
        let finding = part.finding;
        let cause = self.causes.entry(key.clone()).or_insert_with(|| Cause::new(finding));
        let known = cause.members.remove(&target);
        if let Some(known) = &known {
            cause.unlist(target, known);
        }
        let concerns = part.places.iter().any(|place| look.concerns(*place, finding));
        let (confirmations, mut wounds) = match known {
            Some(known) => (known.confirmations.saturating_add(u8::from(concerns)), known.wounds),
            None => (before.saturating_add(u8::from(concerns)).max(1), BTreeMap::new()),
        };
        look.heal(&mut wounds, finding);
        wounds.extend(part.places.iter().map(|place| (*place, 0)));
        let member = Member {
            finding: Arc::clone(finding),
            severity: part.severity,
            addresses: part.places.iter().flatten().count(),
            confirmations: if opens_at_once(finding) { OPENS_AFTER } else { confirmations },
            standing: part.places.len(),
            wounds,
        };
        cause.list(target, &member);
        cause.members.insert(target, member);
        cause.tell(News::Any, key, &mut self.dirty);
    }

    /// The finding is gone from a target; whether the target has left the cause.
    fn recover(&mut self, key: &IncidentKey, target: TargetId, look: &Look) -> bool {
        let Some(member) = self.causes.get_mut(key).and_then(|cause| cause.members.get_mut(&target)) else {
            return true;
        };
        member.standing = 0;
        look.heal(&mut member.wounds, &member.finding);
        let over = !member.is_confirmed() || member.wounds.is_empty();
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
        cause.tell(News::Any, key, &mut self.dirty);
    }

    /// Open incidents, worst first, at most `most`.
    pub(super) fn publish(&mut self, most: usize) -> Arc<[Arc<Incident>]> {
        for key in self.dirty.drain(..) {
            let Some(cause) = self.causes.get_mut(&key) else { continue };
            if std::mem::take(&mut cause.news) == News::Later {
                if let Some(shown) = cause.listed.as_ref().and_then(|order| self.open.get_mut(order)) {
                    Arc::make_mut(shown).last = cause.last;
                }
                continue;
            }
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
        let (since, last) = (finding.since, finding.last);
        Self { members, order, addresses: 0, since, last, listed: None, news: News::None }
    }

    /// Notes that it differs from what is published.
    fn tell(&mut self, news: News, key: &IncidentKey, dirty: &mut Vec<IncidentKey>) {
        if self.news == News::None {
            dirty.push(key.clone());
        }
        self.news = self.news.max(news);
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

    /// Whether it is confirmed and nothing in it recovers.
    fn is_settled(&self) -> bool {
        self.is_confirmed() && self.wounds.len() == self.standing
    }

    fn order(&self, target: TargetId) -> MemberOrder {
        (Reverse((self.severity, self.finding.impact, self.finding.status)), target)
    }
}

fn order(incident: &Incident) -> Order {
    let wide = (incident.target_count, incident.address_count);
    (Reverse((incident.severity, incident.impact)), Reverse(wide), incident.since, incident.key.clone())
}
