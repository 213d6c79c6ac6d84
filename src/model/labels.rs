//! Names and values that a target carries.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Names and values, such as `env = prod`, by name. A tree would take several times the space for the few that one of
/// very many targets has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Arc<str>, Arc<str>>", into = "BTreeMap<Arc<str>, Arc<str>>")]
pub struct Labels(Box<[(Arc<str>, Arc<str>)]>);

impl Labels {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<str>> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(&self.0[at].1)
    }

    /// All by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// All values, by name.
    pub fn values(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl From<BTreeMap<Arc<str>, Arc<str>>> for Labels {
    fn from(labels: BTreeMap<Arc<str>, Arc<str>>) -> Self {
        Self(labels.into_iter().collect())
    }
}

impl From<Labels> for BTreeMap<Arc<str>, Arc<str>> {
    fn from(labels: Labels) -> Self {
        labels.0.into_iter().collect()
    }
}

impl<const N: usize> From<[(Arc<str>, Arc<str>); N]> for Labels {
    fn from(labels: [(Arc<str>, Arc<str>); N]) -> Self {
        labels.into_iter().collect()
    }
}

/// The last of several values for one name counts.
impl FromIterator<(Arc<str>, Arc<str>)> for Labels {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Arc<str>)>>(labels: I) -> Self {
        labels.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}

/// Later values take the place of those there were.
impl Extend<(Arc<str>, Arc<str>)> for Labels {
    fn extend<I: IntoIterator<Item = (Arc<str>, Arc<str>)>>(&mut self, more: I) {
        let labels = std::mem::take(self);
        *self = labels.0.into_iter().chain(more).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_found_by_name_and_the_last_value_counts() {
        let mut labels = Labels::from([("env".into(), "test".into()), ("a".into(), "1".into())]);
        labels.extend([("env".into(), "prod".into()), ("team".into(), "web".into())]);
        assert_eq!(labels.get("env").map(AsRef::as_ref), Some("prod"));
        assert_eq!((labels.get("b"), labels.is_empty(), Labels::new().get("env")), (None, false, None));
        let names: Vec<&str> = labels.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["a", "env", "team"]);
        let written = serde_json::to_string(&labels).expect("a map");
        assert_eq!(written, r#"{"a":"1","env":"prod","team":"web"}"#);
        assert_eq!(serde_json::from_str::<Labels>(&written).expect("the same"), labels);
    }
}
