//! What comes of reading a source.

use super::found::Found;
use super::kind::Kind;
use crate::model::Untrusted;

/// What a source holds, or why it could not be read.
#[derive(Debug)]
pub struct Gathered {
    /// The source's name, fit to show.
    pub source: Untrusted,
    /// Its format, when it is a file of one.
    pub kind: Option<Kind>,
    /// What it names, or why it cannot be read.
    pub found: Result<Found, Untrusted>,
}

impl Gathered {
    /// A source that cannot be read.
    pub(in crate::inventory) fn unreadable(source: &str, reason: &str) -> Self {
        Self { source: Untrusted::new(source), kind: None, found: Err(Untrusted::new(reason)) }
    }
}
