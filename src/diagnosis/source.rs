//! Where addresses come from.

use crate::model::Resolution;

/// Sources of addresses that are no name server.
pub(super) const LITERAL: &str = "literal";
pub(super) const PINNED: &str = "--resolve";
pub(super) const HOSTS: &str = "hosts file";

/// Whether a name server answered, or should have.
pub(super) fn was_asked(resolution: &Resolution) -> bool {
    !matches!(resolution.source.as_str(), LITERAL | PINNED | HOSTS)
}
