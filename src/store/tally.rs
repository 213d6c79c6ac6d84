//! How many have which value: a distribution kept up to date one change at a time.

use std::collections::{HashMap, HashSet};
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
    name: fn(&K) -> String,
}

impl<K: Clone + Eq + Hash + Debug> Tally<K> {
    pub(super) fn new(name: fn(&K) -> String) -> Self {
        Self { counts: HashMap::new(), name }
    }

    pub(super) fn add(&mut self, value: &K) {
        if let Some((_, count)) = self.counts.get_mut(value) {
            *count += 1;
        } else {
            self.counts.insert(value.clone(), ((self.name)(value).into(), 1));
        }
    }

    pub(super) fn remove(&mut self, value: &K) {
        let Some((_, count)) = self.counts.get_mut(value) else { return };
        *count -= 1;
        if *count == 0 {
            self.counts.remove(value);
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
        let hour_ago = |name: &str| past.map(|past| past.get(name).copied().unwrap_or(0));
        let named = |(name, count): &(Arc<str>, usize)| Count {
            name: Arc::clone(name),
            count: *count,
            hour_ago: hour_ago(name),
        };
        let mut counts: Vec<Count> = self.counts.values().map(named).collect();
        if let Some(past) = past {
            let present: HashSet<&str> = self.counts.values().map(|(name, _)| &**name).collect();
            let gone = past.iter().filter(|(name, _)| !present.contains(&***name));
            counts.extend(gone.map(|(name, then)| Count { name: Arc::clone(name), count: 0, hour_ago: Some(*then) }));
        }
        counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        let total = counts.iter().map(|count| count.count).sum();
        Distribution { counts, total }
    }

    /// The counts to be remembered.
    pub(super) fn past(&self) -> Past {
        self.counts.values().map(|(name, count)| (Arc::clone(name), *count)).collect()
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
}
