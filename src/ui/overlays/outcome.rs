//! What an overlay asks of whoever opened it.

use std::sync::Arc;

use crate::input::Action;
use crate::model::TargetId;

/// What came of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverlayOutcome {
    /// Nothing; the overlay stays.
    Stay,
    /// It is done with.
    Close,
    /// Close it, then do this.
    Run(Action),
    /// Do this under it; it stays.
    Pass(Action),
    /// Close it and open a target.
    OpenTarget(TargetId),
    /// Close it and open the target of that name.
    OpenNamed(Arc<str>),
    /// Show this theme; it stays.
    PreviewTheme(String),
    /// Close it and keep this theme.
    KeepTheme(String),
    /// Close it and go back to this theme.
    RestoreTheme(String),
    /// The line reads so now; it stays.
    Change(PromptKind, String),
    /// Close it and use the line.
    Submit(PromptKind, String),
    /// Close it; the line had read so before.
    Cancel(PromptKind, String),
    /// Close it and use the entry with this number.
    Choose(MenuKind, usize),
    /// Close it; the answer is yes.
    Confirmed(Question),
}

impl OverlayOutcome {
    /// Whether the overlay goes away.
    #[must_use]
    pub const fn closes(&self) -> bool {
        !matches!(self, Self::Stay | Self::Pass(_) | Self::PreviewTheme(_) | Self::Change(..))
    }
}

/// What a line is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// The filter of all panes.
    Filter,
    /// A target to watch.
    AddTarget,
    /// A note about an incident, and until when.
    Acknowledge,
}

/// What is chosen from a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuKind {
    /// The order of rows.
    Sort,
    /// The set of columns.
    Columns,
}

/// What is asked before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Stop watching this target.
    RemoveTarget(TargetId),
}
