//! What a look through files found.

use super::{Finding, FoundFile};

/// Files that hold certificates or keys, and what is wrong with each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Review {
    /// The files, in the order of their paths.
    pub files: Vec<FoundFile>,
    /// For each file what is wrong with it, the cause first.
    pub findings: Vec<Vec<Finding>>,
    /// Files looked at in all.
    pub looked_at: usize,
}
