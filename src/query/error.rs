//! What is wrong with a filter, and where.

/// A filter that cannot be read (yet: it may be half typed).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// Byte offset into the source, always on a character's boundary; its length when something is missing at the end.
    pub at: usize,
    /// What is wrong there and what to write instead.
    pub message: String,
}

impl QueryError {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}
