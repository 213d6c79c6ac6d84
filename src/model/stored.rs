//! A certificate file beside a target: what its server is meant to serve.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Certificate, Time, Untrusted};

/// One look at a target's certificate file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Where it is.
    pub path: Arc<Path>,
    /// When it was looked at.
    pub at: Time,
    /// When it was written; `None` where the file system does not say, or there is no file.
    pub modified: Option<Time>,
    /// What is in it.
    pub content: StoredContent,
}

/// What was found in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredContent {
    /// A leaf, the first certificate in it.
    Leaf(Arc<Certificate>),
    /// Nothing that could be read, for this reason.
    Unreadable(Untrusted),
}

impl StoredFile {
    /// The certificate that is to be served.
    #[must_use]
    pub const fn leaf(&self) -> Option<&Arc<Certificate>> {
        match &self.content {
            StoredContent::Leaf(leaf) => Some(leaf),
            StoredContent::Unreadable(_) => None,
        }
    }
}
