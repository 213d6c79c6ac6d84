//! What one target shows, to be compared with others.

use crate::model::{Observation, Resolution, Survey, Target};

/// Witnesses that a fact about our own side needs.
pub(super) const WITNESSES: usize = 3;

/// What one address last showed, or a name without addresses.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// Whose it is.
    pub target: &'a Target,
    /// The last look-up of its name.
    pub resolution: Option<&'a Resolution>,
    /// The last probe.
    pub last: Option<&'a Observation>,
    /// What surveys found.
    pub survey: Option<&'a Survey>,
}
