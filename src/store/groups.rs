//! How handshakes fare by label and by target: for each the windows that the fleet has.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::attempt::Attempt;
use super::figures::{Window, WindowCounts};
use super::limits::Limits;
use super::sliding::Counter;
use crate::diagnosis::{asks_for_client, refuses_client};
use crate::model::{Labels, Observation, TargetId, Time};

/// Slots per window: it ends as exactly as a sixtieth of itself.
const SLOTS: u32 = 60;

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// All targets.
    Fleet,
    /// The targets with this label: its name and value.
    Label(Arc<str>, Arc<str>),
    /// One target.
    Target(TargetId),
}

/// How the handshakes of a group fare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCounts {
    /// Which.
    pub group: Group,
    /// Attempts and successes, by [`Window`].
    pub windows: [WindowCounts; 6],
    /// The same of mutual TLS, where the server asked for a client certificate: what failed, failed over that.
    pub mutual: [WindowCounts; 6],
}

/// The groups that a target is in; equal ones are shared.
pub(super) type Membership = Arc<[u32]>;

/// All groups.
#[derive(Debug)]
pub(super) struct Groups {
    places: HashMap<Group, u32>,
    tracked: Vec<Option<Tracked>>,
    /// Places in [`Self::tracked`] to be used again.
    free: Vec<u32>,
    memberships: HashSet<Membership>,
    limits: Limits,
    labels: usize,
    changed: bool,
    published: Arc<[GroupCounts]>,
}

#[derive(Debug)]
struct Tracked {
    group: Group,
    members: usize,
    /// Counted since time last passed: a window is a walk through memory that a probe shall not wait for.
    all: (u32, u32),
    mutual: (u32, u32),
    windows: [Counter; 6],
    mutual_windows: Option<Box<[Counter; 6]>>,
}

impl Groups {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            places: HashMap::new(),
            tracked: Vec::new(),
            free: Vec::new(),
            memberships: HashSet::new(),
            limits,
            labels: 0,
            changed: false,
            published: Arc::default(),
        }
    }

    /// A target comes.
    pub(super) fn join(&mut self, id: TargetId, labels: &Labels) -> Membership {
        let labels = labels.iter().map(|(name, value)| Group::Label(Arc::clone(name), Arc::clone(value)));
        let places: Vec<u32> = [Group::Fleet]
            .into_iter()
            .chain(labels)
            .chain([Group::Target(id)])
            .filter_map(|group| self.enter(group))
            .collect();
        let known = self.memberships.get(&places[..]);
        let membership = known.map_or_else(|| places.into(), Arc::clone);
        self.memberships.insert(Arc::clone(&membership));
        membership
    }

    /// A target goes.
    pub(super) fn leave(&mut self, membership: &Membership) {
        for place in membership.iter() {
            let Some(slot) = self.tracked.get_mut(*place as usize) else { continue };
            let Some(tracked) = slot else { continue };
            tracked.members -= 1;
            if tracked.members == 0 {
                self.places.remove(&tracked.group);
                self.labels -= usize::from(matches!(tracked.group, Group::Label(..)));
                *slot = None;
                self.free.push(*place);
                self.changed = true;
            }
        }
        // One here, one among the memberships.
        if Arc::strong_count(membership) == 2 {
            self.memberships.remove(membership);
        }
    }

    /// A probe ended.
    pub(super) fn observed(&mut self, membership: &Membership, attempt: Attempt, observation: &Observation) {
        let mutual = asks_for_client(observation).then(|| !refuses_client(observation));
        self.attempted(membership, attempt, mutual);
    }

    /// An attempt ended; `mutual` is whether a client certificate that was asked for was taken.
    pub(super) fn attempted(&mut self, membership: &Membership, attempt: Attempt, mutual: Option<bool>) {
        let Some(success) = attempt.success() else { return };
        for place in membership.iter() {
            let Some(Some(tracked)) = self.tracked.get_mut(*place as usize) else { continue };
            tracked.all = (tracked.all.0 + 1, tracked.all.1 + u32::from(success));
            if let Some(accepted) = mutual {
                tracked.mutual = (tracked.mutual.0 + 1, tracked.mutual.1 + u32::from(accepted));
            }
        }
    }

    /// Time passed; whether a figure changed by it, or by what was counted since it last did.
    pub(super) fn advance(&mut self, now: Time) -> bool {
        for tracked in self.tracked.iter_mut().flatten() {
            self.changed |= tracked.advance(now);
        }
        self.changed
    }

    /// The clock was set back: what was counted by it lies in the future, and is given up.
    pub(super) fn restart(&mut self) {
        for tracked in self.tracked.iter_mut().flatten() {
            *tracked = Tracked { members: tracked.members, ..Tracked::new(tracked.group.clone()) };
        }
        self.changed = true;
    }

    pub(super) fn publish(&mut self) -> Arc<[GroupCounts]> {
        if std::mem::take(&mut self.changed) {
            let mut all: Vec<GroupCounts> = self.tracked.iter().flatten().map(Tracked::counts).collect();
            all.sort_by(|a, b| order(&a.group).cmp(&order(&b.group)));
            self.published = all.into();
        }
        Arc::clone(&self.published)
    }

    /// The place of a group with one member more; none where there are too many groups.
    fn enter(&mut self, group: Group) -> Option<u32> {
        if let Some(place) = self.places.get(&group) {
            if let Some(Some(tracked)) = self.tracked.get_mut(*place as usize) {
                tracked.members += 1;
            }
            return Some(*place);
        }
        let is_label = matches!(group, Group::Label(..));
        let targets = self.places.len() - self.labels;
        let is_room = match group {
            Group::Fleet => true,
            Group::Label(..) => self.labels < self.limits.label_groups,
            Group::Target(_) => targets <= self.limits.target_groups,
        };
        if !is_room {
            return None;
        }
        let place = self.free.pop().or_else(|| {
            self.tracked.push(None);
            u32::try_from(self.tracked.len() - 1).ok()
        })?;
        self.places.insert(group.clone(), place);
        self.labels += usize::from(is_label);
        self.changed = true;
        self.tracked[place as usize] = Some(Tracked { members: 1, ..Tracked::new(group) });
        Some(place)
    }
}

impl Tracked {
    fn new(group: Group) -> Self {
        Self { group, members: 0, all: (0, 0), mutual: (0, 0), windows: windows(), mutual_windows: None }
    }

    fn advance(&mut self, now: Time) -> bool {
        let (all, mutual) = (std::mem::take(&mut self.all), std::mem::take(&mut self.mutual));
        if mutual.0 > 0 && self.mutual_windows.is_none() {
            self.mutual_windows = Some(Box::new(windows()));
        }
        let of_mutual = self.mutual_windows.iter_mut().flat_map(|windows| windows.iter_mut()).map(|one| (one, mutual));
        let mut changed = all.0 > 0;
        for (window, news) in self.windows.iter_mut().map(|one| (one, all)).chain(of_mutual) {
            changed |= window.advance(now);
            window.add(now, news.0, news.1);
        }
        changed
    }

    fn counts(&self) -> GroupCounts {
        let sums = |windows: &[Counter; 6]| windows.each_ref().map(Counter::sum);
        GroupCounts {
            group: self.group.clone(),
            windows: sums(&self.windows),
            mutual: self.mutual_windows.as_deref().map(sums).unwrap_or_default(),
        }
    }
}

fn windows() -> [Counter; 6] {
    Window::ALL.map(|window| Counter::new(window.duration() / SLOTS, SLOTS as usize))
}

/// The fleet, labels by name and value, then targets.
fn order(group: &Group) -> (Option<TargetId>, Option<(&str, &str)>) {
    match group {
        Group::Fleet => (None, None),
        Group::Label(name, value) => (None, Some((name, value))),
        Group::Target(id) => (Some(*id), None),
    }
}
