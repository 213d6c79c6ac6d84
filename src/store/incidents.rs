//! Findings with one root cause across the fleet, opened and closed with some patience.
//!
//! A finding must be confirmed twice in a row before it opens an incident: a connection can fail by chance.
//! What is certain about a certificate opens one at once. Every address it was seen on must be good three
//! times before it leaves it again, unless it fails for another cause by then. What comes back within the hour
//! is the same incident, and takes twice as long to close each time.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use super::cause::{Cause, Holder, Member, News, OPENS_AFTER, Order, order};
use super::course::Course;
use super::look::{Look, Part, Seen, is_failing, names, opens_at_once, parts};
use super::past::Past;
use crate::diagnosis::Policy;
use crate::model::{Finding, Incident, IncidentKey, Severity, Silence, Target, TargetId, Time};

/// All causes that are, or may become, incidents.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    causes: HashMap<IncidentKey, Cause>,
    by_target: HashMap<TargetId, Vec<IncidentKey>>,
    /// Causes that differ from what is published, each once.
    dirty: Vec<IncidentKey>,
    /// What is published, first what calls for somebody, worst first.
    open: BTreeMap<Order, Arc<Incident>>,
    past: Past,
    /// When maintenance begins or ends next, or somebody's time with an incident is over; at once when unknown.
    due: Option<Time>,
}

/// Who looks at what now, by which rules.
#[derive(Clone, Copy)]
struct Visit<'a> {
    target: &'a Arc<Target>,
    look: &'a Look,
    silence: Option<&'a Arc<Silence>>,
    now: Time,
}

impl Incidents {
    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty() || self.past.is_dirty()
    }

    /// A target's findings are these, after something was `seen`. Returns whether the next look is waited for,
    /// to confirm or to recover; if not, the same findings again change nothing but times.
    pub(super) fn observe(
        &mut self,
        target: &Arc<Target>,
        findings: &[Arc<Finding>],
        seen: Seen,
        policy: &Policy,
        now: Time,
    ) -> bool {
        let parts = parts(target, findings, policy);
        let mut keys = self.by_target.remove(&target.id).unwrap_or_default();
        let look =
            &Look::new(seen, findings, parts.iter().filter(|(key, _)| !keys.contains(key)).map(|(_, part)| part));
        let visit = Visit { target, look, silence: policy.silence(&target.labels, now), now };
        for (key, part) in &parts {
            let before = if keys.contains(key) { 0 } else { self.passed_on(&keys, &parts, target.id, part) };
            self.confirm(key, part, before, visit);
        }
        keys.retain(|key| parts.contains_key(key) || !self.recover(key, visit));
        let new = parts.into_keys().filter(|key| !keys.contains(key)).collect::<Vec<_>>();
        keys.extend(new);
        let holder = Some(target.id);
        let is_settled = |key: &IncidentKey| self.causes.get(key)?.members.get(&holder).map(Member::is_settled);
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
            let Some(member) = cause.members.get(&Some(target)) else { continue };
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
        let members = gone.filter_map(|key| self.causes.get(key)?.members.get(&Some(target)));
        let replaced = members.filter(|member| {
            is_failing(&member.finding) && member.wounds.keys().any(|place| part.places.contains(place))
        });
        replaced.map(|member| member.confirmations).max().unwrap_or(0)
    }

    /// Addresses are no longer watched: nothing more is to be waited for.
    pub(super) fn forget_addresses(&mut self, target: TargetId, gone: &[SocketAddr], now: Time) {
        let mut keys = self.by_target.remove(&target).unwrap_or_default();
        keys.retain(|key| {
            let Some(cause) = self.causes.get_mut(key) else { return false };
            let Some(member) = cause.members.get_mut(&Some(target)) else { return false };
            member.wounds.retain(|place, _| place.is_none_or(|address| !gone.contains(&address)));
            let over = member.wounds.is_empty();
            if over {
                self.leave(key, Some(target), now);
            }
            !over
        });
        if !keys.is_empty() {
            self.by_target.insert(target, keys);
        }
    }

    /// A target is no longer watched.
    pub(super) fn forget(&mut self, target: TargetId, now: Time) {
        for key in self.by_target.remove(&target).unwrap_or_default() {
            self.leave(&key, Some(target), now);
        }
    }

    /// The finding stands; `before` is how often it was confirmed under another cause.
    fn confirm(&mut self, key: &IncidentKey, part: &Part<'_>, before: u8, visit: Visit<'_>) {
        let Visit { target, look, silence, now } = visit;
        let finding = part.finding;
        let cause = self.causes.entry(key.clone()).or_insert_with(|| Cause::new(finding));
        if cause.members.is_empty() {
            // It may still be here from before, until it is published that it is gone.
            (cause.since, cause.last) = (finding.since, finding.last);
        }
        let known = cause.unlist(Some(target.id));
        let concerns = part.places.iter().any(|place| look.concerns(*place, finding));
        let (confirmations, mut wounds) = match known {
            Some(known) => (known.confirmations.saturating_add(u8::from(concerns)), known.wounds),
            None => (before.saturating_add(u8::from(concerns)).max(1), BTreeMap::new()),
        };
        look.heal(&mut wounds, finding, cause.course.as_ref().map_or(1, Course::patience));
        wounds.extend(part.places.iter().map(|place| (*place, 0)));
        let member = Member {
            target: Some(Arc::clone(target)),
            finding: Arc::clone(finding),
            severity: part.severity,
            silence: silence.cloned(),
            addresses: part.places.iter().flatten().count(),
            confirmations: if opens_at_once(finding) { OPENS_AFTER } else { confirmations },
            standing: part.places.len(),
            wounds,
        };
        cause.list(Some(target.id), member);
        self.settle(key, now);
    }

    /// The finding is gone from a target; whether the target has left the cause.
    fn recover(&mut self, key: &IncidentKey, visit: Visit<'_>) -> bool {
        let holder = Some(visit.target.id);
        let Some(cause) = self.causes.get_mut(key) else { return true };
        let patience = cause.course.as_ref().map_or(1, Course::patience);
        let Some(member) = cause.members.get_mut(&holder) else { return true };
        member.standing = 0;
        visit.look.heal(&mut member.wounds, &member.finding, patience);
        let over = !member.is_confirmed() || member.wounds.is_empty();
        if over {
            self.leave(key, holder, visit.now);
        }
        over
    }

    fn leave(&mut self, key: &IncidentKey, holder: Holder, now: Time) {
        if let Some(cause) = self.causes.get_mut(key) {
            cause.leave(holder, key);
            self.settle(key, now);
        }
    }

    /// Opens, closes and follows the incident that a cause is, after something in it changed.
    fn settle(&mut self, key: &IncidentKey, now: Time) {
        let Some(cause) = self.causes.get_mut(key) else { return };
        cause.tell(News::Any, key, &mut self.dirty);
        let Some(severity) = cause.severity() else {
            if let (Some(course), Some(incident)) = (cause.course.take(), cause.epitaph.take()) {
                self.past.push(incident, course.resolve(now), now);
            }
            return;
        };
        if let Some(course) = &mut cause.course {
            course.sound(severity, now);
        } else {
            let course = match self.past.take(key, now) {
                Some((course, since)) => {
                    cause.since = cause.since.min(since);
                    course.reopen(now, severity)
                }
                None => Course::open(cause.since, now, severity),
            };
            cause.course = Some(course);
        }
        let silence = cause.silence().cloned();
        if let Some(course) = &mut cause.course {
            course.silence(silence.as_ref(), now);
        }
    }

    /// Something about the fleet as a whole holds, or no longer does.
    pub(super) fn alert(&mut self, key: &IncidentKey, found: Option<(Arc<Finding>, Severity)>, now: Time) {
        match found {
            Some((finding, severity)) => {
                let cause = self.causes.entry(key.clone()).or_insert_with(|| Cause::new(&finding));
                if cause.members.is_empty() {
                    (cause.since, cause.last) = (finding.since, finding.last);
                }
                cause.unlist(None);
                let member = Member {
                    target: None,
                    finding,
                    severity,
                    silence: None,
                    addresses: 0,
                    confirmations: OPENS_AFTER,
                    standing: 1,
                    wounds: BTreeMap::new(),
                };
                cause.list(None, member);
                self.settle(key, now);
            }
            None => self.leave(key, None, now),
        }
    }

    /// Somebody has an incident in hand, or gives it back (`until` is none). Whether it is there.
    pub(super) fn acknowledge(&mut self, key: &IncidentKey, at: Time, until: Option<Time>, note: &str) -> bool {
        let Some(cause) = self.causes.get_mut(key) else { return false };
        let Some(course) = &mut cause.course else { return false };
        let changed = match until {
            Some(until) => {
                course.acknowledge(at, until, note);
                self.due = self.due.map(|due| due.min(until));
                true
            }
            None => course.give_back(at),
        };
        if changed {
            cause.tell(News::Any, key, &mut self.dirty);
        }
        changed
    }

    /// Time passed: maintenance may have begun or ended, and somebody's time with an incident be over.
    pub(super) fn advance(&mut self, now: Time, policy: &Policy) {
        if self.due.is_some_and(|due| now < due) {
            return;
        }
        let mut keys: Vec<_> = self.causes.keys().cloned().collect();
        keys.sort_unstable();
        for key in &keys {
            let Some(cause) = self.causes.get_mut(key) else { continue };
            let holders: Vec<_> = cause.members.keys().copied().collect();
            for holder in holders {
                let Some(mut member) = cause.unlist(holder) else { continue };
                member.silence = member.target.as_ref().and_then(|target| policy.silence(&target.labels, now)).cloned();
                cause.list(holder, member);
            }
            let lapsed = cause.course.as_mut().is_some_and(|course| course.lapse(now));
            if lapsed || !policy.silences.is_empty() {
                self.settle(key, now);
            }
        }
        let ends = self.causes.values().filter_map(|cause| cause.course.as_ref()?.lapses_at());
        let silences = policy.silences.iter().filter_map(|silence| silence.next_change(now));
        self.due = Some(ends.chain(silences).min().unwrap_or(Time::from_millis(i64::MAX)));
    }

    /// The clock was set back: what it has to do with begins anew.
    pub(super) const fn restart(&mut self) {
        self.due = None;
    }

    /// Incidents, first what calls for somebody, worst first, at most `most`.
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

    /// Incidents that are over, newest first.
    pub(super) fn resolved(&mut self) -> Arc<[Arc<Incident>]> {
        self.past.publish()
    }

    /// Whether it is an incident now.
    pub(super) fn is_open(&self, key: &IncidentKey) -> bool {
        self.causes.get(key).is_some_and(|cause| cause.course.is_some())
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// How many call for somebody.
    pub(super) fn calling(&self) -> usize {
        self.open.values().take_while(|incident| incident.life.standing.is_open()).count()
    }
}
