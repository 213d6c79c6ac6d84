//! How many have which value: a distribution kept up to date one change at a time.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use super::figures::{Count, Distribution};

/// Counts by name at an earlier moment.
pub(super) type Past = HashMap<Arc<str>, usize>;

/// Counts by value.
#[derive(Clone, Debug)]
pub(super) struct Tally<K> {
    counts: HashMap<K, (Arc<str>, usize)>,
    /// The same in the order of [`Distribution::counts`], so that no reader has to sort a hundred thousand issuers.
    order: BTreeSet<(Reverse<usize>, Arc<str>, K)>,
    total: usize,
    name: fn(&K) -> String,
}

impl<K: Clone + Ord + Hash + Debug> Tally<K> {
    pub(super) fn new(name: fn(&K) -> String) -> Self {
        Self { counts: HashMap::new(), order: BTreeSet::new(), total: 0, name }
    }

    pub(super) fn add(&mut self, value: &K) {
        self.total += 1;
        let (name, count) = self.counts.entry(value.clone()).or_insert_with(|| ((self.name)(value).into(), 0));
        let mut place = (Reverse(*count), Arc::clone(name), value.clone());
        self.order.remove(&place);
        *count += 1;
        place.0 = Reverse(*count);
        self.order.insert(place);
    }

    pub(super) fn remove(&mut self, value: &K) {
        let Some((name, count)) = self.counts.get_mut(value) else { return };
        self.total -= 1;
        let mut place = (Reverse(*count), Arc::clone(name), value.clone());
        self.order.remove(&place);
        *count -= 1;
        if *count == 0 {
            self.counts.remove(value);
        } else {
            place.0 = Reverse(*count);
            self.order.insert(place);
        }
    }

    /// One that had `old` now has `new`.
    pub(super) fn replace(&mut self, old: Option<&K>, new: Option<&K>) {
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.remove(old);
        }
        if let Some(new) = new {
            self.add(new);
        }
    }

    /// Most frequent first, then by name. What existed in the `past` and no longer does is listed with zero.
    pub(super) fn distribution(&self, past: Option<&Past>) -> Distribution {
        let hour_ago = |name: &str| {
            let past = past?;
            // What is not in a full list may have been there, beyond its end.
            past.get(name).copied().or_else(|| (past.len() < Distribution::LISTED).then_some(0))
        };
        let listed = self.order.iter().take(Distribution::LISTED);
        let mut counts: Vec<Count> = listed
            .map(|(Reverse(count), name, _)| Count { name: Arc::clone(name), count: *count, hour_ago: hour_ago(name) })
            .collect();
        if let Some(past) = past.filter(|_| self.order.len() < Distribution::LISTED) {
            let present: HashSet<&str> = self.order.iter().map(|(_, name, _)| &**name).collect();
            let gone = past.iter().filter(|(name, _)| !present.contains(&***name));
            let gone = gone.map(|(name, then)| Count { name: Arc::clone(name), count: 0, hour_ago: Some(*then) });
            let mut gone: Vec<Count> = gone.collect();
            gone.sort_by(|a, b| a.name.cmp(&b.name));
            counts.extend(gone.into_iter().take(Distribution::LISTED - counts.len()));
        }
        Distribution { counts, total: self.total }
    }

    /// The counts to be remembered.
    pub(super) fn past(&self) -> Past {
        let listed = self.order.iter().take(Distribution::LISTED);
        listed.map(|(Reverse(count), name, _)| (Arc::clone(name), *count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_every_change_and_remembers() {
        let mut tally = Tally::new(|value: &u8| format!("v{value}"));
        (0..3).for_each(|_| tally.add(&1));
        tally.add(&2);
        let past = tally.past();
        tally.replace(Some(&2), Some(&3));
        tally.replace(Some(&1), None);
        let found = tally.distribution(Some(&past));
        let rows: Vec<_> = found.counts.iter().map(|row| (&*row.name, row.count, row.hour_ago)).collect();
        assert_eq!(rows, [("v1", 2, Some(3)), ("v3", 1, Some(0)), ("v2", 0, Some(1))]);
        assert_eq!(found.total, 3);
        assert_eq!(tally.distribution(None).counts[0].hour_ago, None);
    }
    #[test]
    fn a_fleet_of_strangers_is_listed_in_part_and_counted_whole() {
        let mut tally = Tally::new(|value: &u32| format!("issuer {value:06}"));
        let most = u32::try_from(Distribution::LISTED).unwrap();
        (0..10 * most).for_each(|value| tally.add(&value));
        tally.add(&(9 * most));
        let found = tally.distribution(Some(&tally.past()));
        assert_eq!((found.counts.len(), found.total), (Distribution::LISTED, 10 * Distribution::LISTED + 1));
        assert_eq!((found.counts[0].count, &*found.counts[1].name), (2, "issuer 000000"));
        assert_eq!(tally.past().len(), Distribution::LISTED);
        (1..10 * most).for_each(|value| tally.remove(&value));
        tally.remove(&(9 * most));
        assert_eq!((tally.distribution(None).counts.len(), tally.total), (1, 1));
    }
}
