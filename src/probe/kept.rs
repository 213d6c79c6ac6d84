//! What is worth remembering as long as somebody else holds it too.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// A table that grows with what is in use: when full it lets go of what is not, and is next full at twice the rest.
/// So however many keys a hostile fleet invents, it stays in proportion to what is watched, at a constant cost per key.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    entries: HashMap<K, V>,
    full_at: usize,
}

impl<K: Eq + Hash, V> Kept<K, V> {
    const SMALLEST: usize = 4096;

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key)
    }

    /// Remembers; `in_use` says whether others hold a value.
    pub(super) fn insert(&mut self, key: K, value: V, in_use: impl Fn(&V) -> bool) {
        if self.entries.len() >= self.full_at {
            self.entries.retain(|_, value| in_use(value));
            self.entries.shrink_to(Self::SMALLEST);
            self.full_at = (self.entries.len() * 2).max(Self::SMALLEST);
        }
        self.entries.insert(key, value);
    }
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), full_at: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_in_use_is_kept_and_the_rest_is_bounded() {
        let mut kept = Kept::default();
        let mut used = Vec::new();
        for key in 0..200_000_u32 {
            let value = Arc::new(key);
            if key % 2 == 0 {
                used.push(Arc::clone(&value));
            }
            kept.insert(key, value, |value| Arc::strong_count(value) > 1);
        }
        assert!(used.iter().all(|key| kept.get(&**key).is_some()));
        assert!(kept.entries.len() <= 2 * used.len() + 1, "{}", kept.entries.len());
        used.clear();
        for key in 0..1_000_000_u32 {
            kept.insert(key, Arc::new(key), |value| Arc::strong_count(value) > 1);
        }
        assert!(kept.entries.len() <= Kept::<u32, Arc<u32>>::SMALLEST, "{}", kept.entries.len());
    }
}
