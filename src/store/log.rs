//! The newest log entries.

use std::collections::VecDeque;
use std::sync::Arc;

use super::snapshot::LogEntry;
use crate::model::{AddressKey, Code, Status, TargetId, Time};

/// A ring of entries.
#[derive(Debug)]
pub(super) struct Log {
    entries: VecDeque<Arc<LogEntry>>,
    most: usize,
    next: u64,
    dirty: bool,
    /// Entries that fell out.
    pub(super) dropped: u64,
}

/// What an entry is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) status: Status,
    pub(super) code: Option<Code>,
    pub(super) target: Option<TargetId>,
    pub(super) key: Option<AddressKey>,
}

impl About {
    /// A change that is neither good nor bad.
    pub(super) const fn change(target: Option<TargetId>, key: Option<AddressKey>) -> Self {
        Self { status: Status::Ok, code: None, target, key }
    }
}

impl Log {
    pub(super) const fn new(most: usize) -> Self {
        Self { entries: VecDeque::new(), most, next: 0, dirty: false, dropped: 0 }
    }

    pub(super) fn push(&mut self, at: Time, about: About, text: String) {
        let About { status, code, target, key } = about;
        self.entries.push_back(Arc::new(LogEntry { number: self.next, at, status, code, target, key, text }));
        self.next += 1;
        self.dirty = true;
        if self.entries.len() > self.most {
            self.entries.pop_front();
            self.dropped += 1;
        }
    }

    pub(super) const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The newest entries, newest first.
    pub(super) fn publish(&mut self, most: usize) -> Arc<[Arc<LogEntry>]> {
        self.dirty = false;
        self.entries.iter().rev().take(most).cloned().collect()
    }
}
