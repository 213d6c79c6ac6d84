//! One cause: the targets that suffer from it, and what they are together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::course::Course;
use super::look::Place;
use crate::diagnosis::widened_summary;
use crate::model::{
    Finding, Impact, Incident, IncidentKey, Life, Reach, Severity, Silence, Status, Target, TargetId, Time,
};

/// Confirmations in a row that open an incident, unless it is certain and cannot pass by itself.
pub(super) const OPENS_AFTER: u8 = 2;

/// Who suffers: a target, or the fleet as a whole.
pub(super) type Holder = Option<TargetId>;

#[derive(Debug)]
pub(super) struct Cause {
    pub(super) members: HashMap<Holder, Member>,
    /// Members that are confirmed, those in no maintenance first, then worst first.
    order: BTreeSet<MemberOrder>,
    /// How many of them are in no maintenance.
    loud: usize,
    addresses: usize,
    services: BTreeMap<Arc<str>, usize>,
    owners: BTreeMap<Arc<str>, usize>,
    pub(super) since: Time,
    pub(super) last: Time,
    /// Under which it stands among the published.
    pub(super) listed: Option<Order>,
    pub(super) news: News,
    /// While it is an incident.
    pub(super) course: Option<Course>,
    /// What it was when its last member left.
    pub(super) epitaph: Option<Incident>,
}

/// How a cause differs from what is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum News {
    #[default]
    None,
    /// It was confirmed later, and is otherwise the same.
    Later,
    /// Anything.
    Any,
}

/// One holder's part in a cause.
#[derive(Debug)]
pub(super) struct Member {
    /// Whose labels count; `None` for the fleet.
    pub(super) target: Option<Arc<Target>>,
    pub(super) finding: Arc<Finding>,
    pub(super) severity: Severity,
    pub(super) silence: Option<Arc<Silence>>,
    pub(super) addresses: usize,
    pub(super) confirmations: u8,
    /// In how many places it is found now.
    pub(super) standing: usize,
    /// Where it was seen, with the good looks since; those that were good often enough are not waited for.
    pub(super) wounds: BTreeMap<Place, u8>,
}

type MemberOrder = (bool, Reverse<(Severity, Impact, Status)>, Holder);

/// Whether it calls for somebody, severity, then impact, then the wider, then the older.
pub(super) type Order = (u8, Reverse<(Severity, Impact)>, Reverse<(usize, usize)>, Time, IncidentKey);

impl Cause {
    pub(super) fn new(finding: &Finding) -> Self {
        Self {
            members: HashMap::new(),
            order: BTreeSet::new(),
            loud: 0,
            addresses: 0,
            services: BTreeMap::new(),
            owners: BTreeMap::new(),
            since: finding.since,
            last: finding.last,
            listed: None,
            news: News::None,
            course: None,
            epitaph: None,
        }
    }

    /// Notes that it differs from what is published.
    pub(super) fn tell(&mut self, news: News, key: &IncidentKey, dirty: &mut Vec<IncidentKey>) {
        if self.news == News::None {
            dirty.push(key.clone());
        }
        self.news = self.news.max(news);
    }

    pub(super) fn list(&mut self, holder: Holder, member: Member) {
        if member.is_confirmed() {
            self.order.insert(member.order(holder));
            self.loud += usize::from(member.silence.is_none());
            self.addresses += member.addresses;
            self.since = self.since.min(member.finding.since);
            self.last = self.last.max(member.finding.last);
            for (counts, value) in
                [(&mut self.services, member.label("service")), (&mut self.owners, member.label("owner"))]
            {
                if let Some(value) = value {
                    *counts.entry(Arc::clone(value)).or_default() += 1;
                }
            }
        }
        self.members.insert(holder, member);
    }

    pub(super) fn unlist(&mut self, holder: Holder) -> Option<Member> {
        let member = self.members.remove(&holder)?;
        if self.order.remove(&member.order(holder)) {
            self.loud -= usize::from(member.silence.is_none());
            self.addresses -= member.addresses;
            for (counts, value) in
                [(&mut self.services, member.label("service")), (&mut self.owners, member.label("owner"))]
            {
                let Some(count) = value.and_then(|value| counts.get_mut(value)) else { continue };
                *count -= 1;
                if *count == 0
                    && let Some(value) = value
                {
                    counts.remove(value);
                }
            }
        }
        Some(member)
    }

    /// A holder has no more part in it. What it was is kept for when that was the last one.
    pub(super) fn leave(&mut self, holder: Holder, key: &IncidentKey) {
        if self.course.is_some() && self.order.len() == 1 {
            self.epitaph = self.incident(key);
        }
        self.unlist(holder);
    }

    /// How loud it is; `None` while nothing in it is confirmed.
    pub(super) fn severity(&self) -> Option<Severity> {
        self.order.first().map(|(_, Reverse((severity, ..)), _)| *severity)
    }

    /// The maintenance that all its members are in.
    pub(super) fn silence(&self) -> Option<&Arc<Silence>> {
        if self.loud > 0 {
            return None;
        }
        let (.., worst) = self.order.first()?;
        self.members.get(worst)?.silence.as_ref()
    }

    /// `None` while nothing in it is confirmed.
    pub(super) fn incident(&self, key: &IncidentKey) -> Option<Incident> {
        let (_, Reverse((severity, impact, status)), worst) = self.order.first()?;
        let finding = &self.members.get(worst)?.finding;
        let targets = self.order.iter().filter_map(|(.., holder)| *holder);
        let target_count = targets.clone().count();
        Some(Incident {
            key: key.clone(),
            severity: *severity,
            impact: *impact,
            status: *status,
            summary: widened_summary(finding, target_count, self.addresses),
            next: finding.next.text.clone(),
            targets: targets.take(Incident::LISTED).collect(),
            target_count,
            address_count: self.addresses,
            services: reach(&self.services),
            owners: reach(&self.owners),
            since: self.since,
            last: self.last,
            life: self.course.as_ref().map_or_else(Life::default, Course::life),
        })
    }
}

impl Member {
    pub(super) const fn is_confirmed(&self) -> bool {
        self.confirmations >= OPENS_AFTER
    }

    /// Whether it is confirmed and nothing in it recovers.
    pub(super) fn is_settled(&self) -> bool {
        self.is_confirmed() && self.wounds.len() == self.standing
    }

    fn order(&self, holder: Holder) -> MemberOrder {
        let rank = (self.severity, self.finding.impact, self.finding.status);
        (self.silence.is_some(), Reverse(rank), holder)
    }

    fn label(&self, name: &str) -> Option<&Arc<str>> {
        self.target.as_ref()?.labels.get(name)
    }
}

pub(super) fn order(incident: &Incident) -> Order {
    let wide = (incident.target_count, incident.address_count);
    let loud = (incident.severity, incident.impact);
    (incident.life.standing.rank(), Reverse(loud), Reverse(wide), incident.since, incident.key.clone())
}

fn reach(counts: &BTreeMap<Arc<str>, usize>) -> Reach {
    let mut names: Vec<_> = counts.iter().collect();
    names.sort_by_key(|(_, count)| Reverse(**count));
    Reach {
        names: names.into_iter().take(Reach::LISTED).map(|(name, _)| Arc::clone(name)).collect(),
        count: counts.len(),
    }
}
