//! What an address does differently from before.

use std::sync::Arc;

use super::{Certificate, CipherSuite, Handshake, Time, TlsVersion};

/// The last change of each kind that an address was seen to make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Of its leaf.
    pub leaf: Option<Changed<Arc<Certificate>>>,
    /// Of the version it negotiates.
    pub version: Option<Changed<TlsVersion>>,
    /// Of the suite it negotiates under the same version; another version has other suites anyhow.
    pub cipher: Option<Changed<CipherSuite>>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed<T> {
    /// When the probe began that showed it.
    pub at: Time,
    /// Before it.
    pub before: T,
    /// Since.
    pub after: T,
}

impl Changes {
    /// From one handshake with an address to the next; empty when both are alike.
    #[must_use]
    pub fn between(before: &Handshake, after: &Handshake, at: Time) -> Self {
        let leaf = before.leaf().zip(after.leaf()).filter(|(before, after)| before.fingerprint != after.fingerprint);
        let version = before.version.zip(after.version).filter(|(before, after)| before != after);
        let cipher = before.cipher.zip(after.cipher).filter(|(before, after)| before != after);
        Self {
            leaf: leaf.map(|(before, after)| Changed { at, before: Arc::clone(before), after: Arc::clone(after) }),
            version: version.map(|(before, after)| Changed { at, before, after }),
            cipher: cipher.filter(|_| version.is_none()).map(|(before, after)| Changed { at, before, after }),
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.leaf.is_none() && self.version.is_none() && self.cipher.is_none()
    }

    /// With what changed later.
    #[must_use]
    pub fn then(&self, later: Self) -> Self {
        Self {
            leaf: later.leaf.or_else(|| self.leaf.clone()),
            version: later.version.or_else(|| self.version.clone()),
            cipher: later.cipher.or_else(|| self.cipher.clone()),
        }
    }

    /// When the last of them was seen.
    #[must_use]
    pub fn last(&self) -> Option<Time> {
        let leaf = self.leaf.as_ref().map(|change| change.at);
        let version = self.version.as_ref().map(|change| change.at);
        leaf.max(version).max(self.cipher.as_ref().map(|change| change.at))
    }
}
