//! What the words of a filter are searched in, kept by slot: a keystroke gathers only what changed since the last.

use std::cell::OnceCell;
use std::sync::{Arc, Weak};

use crate::store::AddressRow;

/// Haystacks of address rows. Each is gathered when a word is first looked for in it.
#[derive(Debug, Default)]
pub(crate) struct Haystacks {
    slots: Vec<Haystack>,
}

#[derive(Debug, Default)]
struct Haystack {
    /// The row it was gathered from; weak, so that no row lives longer for it.
    of: Weak<AddressRow>,
    text: OnceCell<Box<str>>,
}

impl Haystacks {
    /// The place for a row's haystack: filled if it was gathered from this very row.
    pub(crate) fn of(&mut self, slot: usize, row: &Arc<AddressRow>) -> Option<&OnceCell<Box<str>>> {
        if self.slots.len() <= slot {
            self.slots.resize_with(slot + 1, Haystack::default);
        }
        let place = self.slots.get_mut(slot)?;
        if !std::ptr::eq(place.of.as_ptr(), Arc::as_ptr(row)) {
            *place = Haystack { of: Arc::downgrade(row), text: OnceCell::new() };
        }
        Some(&place.text)
    }

    /// Gives the memory back while nothing is filtered.
    pub(crate) fn clear(&mut self) {
        self.slots = Vec::new();
    }
}
