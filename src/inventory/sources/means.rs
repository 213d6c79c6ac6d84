//! What reading a source may use.

use super::roots::Roots;

/// What reading a source may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Means {
    /// Targets that one range of addresses and ports may stand for.
    pub most: usize,
    /// Whom to trust when something is fetched.
    pub roots: Roots,
}

impl Default for Means {
    fn default() -> Self {
        Self { most: 4096, roots: Roots::default() }
    }
}
