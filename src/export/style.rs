//! How text for people is written.

use super::paint::Painter;
use crate::model::Status;

/// How text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// Colour or none.
    pub painter: Painter,
    /// ASCII marks only.
    pub ascii: bool,
    /// Every finding's evidence, every address.
    pub verbose: bool,
}

impl TextStyle {
    /// The sign of a status.
    pub(super) fn mark(self, status: Status) -> &'static str {
        match (status, self.ascii) {
            (Status::Ok, false) => "✓",
            (Status::Ok, true) => "+",
            (Status::Unknown, _) => "?",
            (Status::Warning, false) => "▲",
            (Status::Warning, true) => "!",
            (Status::Critical, false) => "✗",
            (Status::Critical, true) => "X",
        }
    }
}
