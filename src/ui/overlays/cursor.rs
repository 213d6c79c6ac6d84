//! A place in a list, and the part of the list that is in sight.

use crate::input::Action;

/// Entries a page moves by.
const PAGE: usize = 10;

/// The entry that is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Its number, from 0.
    pub(super) at: usize,
}

impl Cursor {
    /// Moves within `len` entries; returns whether the action was a movement.
    pub(super) fn act(&mut self, action: Action, len: usize) -> bool {
        let last = len.saturating_sub(1);
        self.at = match action {
            Action::Up | Action::PromptUp => self.at.saturating_sub(1),
            Action::Down | Action::PromptDown => self.at.saturating_add(1),
            Action::PageUp => self.at.saturating_sub(PAGE),
            Action::PageDown => self.at.saturating_add(PAGE),
            Action::Home => 0,
            Action::End => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// The first entry in sight: the marked one is kept in the middle where possible.
    pub(super) fn offset(self, len: usize, height: usize) -> usize {
        self.at.saturating_sub(height / 2).min(len.saturating_sub(height))
    }
}
