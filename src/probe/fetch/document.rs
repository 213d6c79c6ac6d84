//! What fetches bring home, or why they do not.

use std::sync::OnceLock;
use std::time::Duration;

use hyper::body::Bytes;

use super::guard::AddressKind;
use crate::model::{Fetch, Fingerprint, Time, Untrusted};

/// Something that was fetched.
#[derive(Debug)]
pub(in crate::probe) struct Document {
    pub(in crate::probe) body: Bytes,
    /// When.
    pub(in crate::probe) fetched_at: Time,
    /// How long that took.
    pub(in crate::probe) took: Duration,
    /// From what kind of address.
    pub(in crate::probe) from: AddressKind,
    /// The key by which its signature was found to be valid, so that it need not be checked again.
    pub(in crate::probe) signed_by: OnceLock<Fingerprint>,
}

/// What one or several fetches for the same thing came to.
#[derive(Debug)]
pub(in crate::probe) struct Loaded {
    pub(in crate::probe) evidence: Vec<Fetch>,
    pub(in crate::probe) result: Result<Document, Unfetched>,
}

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Unfetched {
    /// A rule of ours forbids it.
    Refused(Untrusted),
    /// Nothing answered in time.
    Unreachable(Untrusted),
    /// An HTTP server answered, but not with what was asked for.
    Unusable(Untrusted),
}

impl Unfetched {
    /// In words.
    pub(in crate::probe) const fn words(&self) -> &Untrusted {
        match self {
            Self::Refused(words) | Self::Unreachable(words) | Self::Unusable(words) => words,
        }
    }
}
