//! Whether certificates were withdrawn (RFC 6960, RFC 5280 section 5).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Fingerprint, Time, Untrusted};

/// Everything heard about one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Which.
    pub certificate: Fingerprint,
    /// One word of each source that was heard, or should have been: the staple, responders, lists.
    pub words: Vec<RevocationWord>,
}

impl Revocation {
    /// What the sources say together: revoked if any valid one says so, good if any does, else unknown.
    #[must_use]
    pub fn state(&self) -> Option<&RevocationState> {
        let find = |wanted: fn(&RevocationState) -> bool| {
            self.words.iter().map(|word| &word.state).find(|state| wanted(state))
        };
        find(|state| matches!(state, RevocationState::Revoked { .. }))
            .or_else(|| find(|state| matches!(state, RevocationState::Good)))
            .or_else(|| self.words.first().map(|word| &word.state))
    }
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationWord {
    /// Who says it.
    pub source: RevocationSource,
    /// What.
    pub state: RevocationState,
    /// Start of the statement's validity (`thisUpdate`).
    pub this_update: Option<Time>,
    /// When news are due (`nextUpdate`).
    pub next_update: Option<Time>,
    /// When it was signed (`producedAt`, OCSP only).
    pub produced_at: Option<Time>,
    /// When it was fetched, lately or for an earlier survey; `None` for a staple, or when nothing came.
    pub fetched_at: Option<Time>,
    /// How long the source took to answer then.
    pub took: Option<Duration>,
    /// SHA-256 of the statement, of a staple only.
    pub digest: Option<Fingerprint>,
}

impl RevocationWord {
    /// Whether it is what this staple says: another staple is another statement.
    #[must_use]
    pub fn is_of(&self, staple: &[u8]) -> bool {
        self.source == RevocationSource::Staple && self.digest == Some(Fingerprint::of(staple))
    }
}

/// Where a word comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationSource {
    /// A certificate revocation list at this address.
    Crl(Untrusted),
    /// An OCSP responder at this address.
    Ocsp(Untrusted),
    /// The response stapled to the handshake.
    Staple,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationState {
    /// The source answers, but says nothing: `tryLater`, `HTTP 503`.
    Declined(Untrusted),
    /// Not revoked.
    Good,
    /// The statement cannot be relied upon: its signature, signer, scope or serial is wrong.
    Invalid(Untrusted),
    /// Revoked.
    Revoked {
        /// Since.
        at: Time,
        /// `keyCompromise`, where given (RFC 5280 section 5.3.1).
        reason: Option<String>,
    },
    /// The statement is out of date.
    Stale,
    /// The source could not be heard: no connection, no answer in time.
    Unavailable(Untrusted),
    /// Not checked, for a reason of ours: the issuer's certificate is not at hand, the address is private.
    Unchecked(Untrusted),
    /// The responder does not know the certificate.
    Unknown,
}
