//! The protocol pane's bars: the store's own counts, or counts over what passes the filter.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::rows::Matches;
use crate::model::{Certificate, Fingerprint, Handshake};
use crate::store::{AddressRow, Aggregates, Count, Distribution, Snapshot};
use crate::ui::choices::Dimension;

/// One distribution per dimension.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    by: [Distribution; Dimension::ALL.len()],
}

impl Counts {
    /// The bars of a dimension.
    #[must_use]
    pub(crate) fn of(&self, dimension: Dimension) -> &Distribution {
        let [version, group, cipher, key, signature, issuer, alpn] = &self.by;
        match dimension {
            Dimension::Version => version,
            Dimension::Group => group,
            Dimension::Cipher => cipher,
            Dimension::Key => key,
            Dimension::Signature => signature,
            Dimension::Issuer => issuer,
            Dimension::Alpn => alpn,
        }
    }

    /// Counts what passes the filter, once.
    #[must_use]
    pub(crate) fn filtered(snapshot: &Snapshot, matches: &Matches) -> Self {
        let mut tally = Tally::default();
        matches.address_rows(snapshot).for_each(|row| tally.add(row));
        tally.finish()
    }
}

impl From<&Aggregates> for Counts {
    fn from(all: &Aggregates) -> Self {
        let by = [&all.versions, &all.groups, &all.ciphers, &all.keys, &all.signatures, &all.issuers, &all.alpn];
        Self { by: by.map(Clone::clone) }
    }
}

/// What an address shows in a dimension, as the bars name it.
#[must_use]
pub(crate) fn value_of(row: &AddressRow, dimension: Dimension) -> Option<String> {
    let seen = row.last_seen.as_ref();
    let handshake = handshake_of(row);
    let leaf = seen.and_then(|seen| seen.chain().first());
    match dimension {
        Dimension::Version => handshake?.version.map(|value| value.to_string()),
        Dimension::Group => handshake?.group.map(|value| value.to_string()),
        Dimension::Cipher => handshake?.cipher.map(|value| value.to_string()),
        Dimension::Alpn => Some(handshake?.alpn.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
        Dimension::Key => leaf.map(|leaf| leaf.key.to_string()),
        Dimension::Signature => leaf.map(|leaf| leaf.signature.name.to_string()),
        Dimension::Issuer => leaf.map(|leaf| leaf.issuer_short.to_string()),
    }
}

/// The last completed handshake an address showed.
fn handshake_of(row: &AddressRow) -> Option<&Arc<Handshake>> {
    row.last.as_ref().filter(|last| last.is_handshake())?.handshake.as_ref()
}

/// Counts typed values, and prints each distinct one only once.
#[derive(Default)]
struct Tally<'a> {
    versions: HashMap<crate::model::TlsVersion, usize>,
    groups: HashMap<crate::model::NamedGroup, usize>,
    ciphers: HashMap<crate::model::CipherSuite, usize>,
    alpn: HashMap<&'a str, usize>,
    leaves: HashMap<Fingerprint, &'a Certificate>,
}

impl<'a> Tally<'a> {
    fn add(&mut self, row: &'a AddressRow) {
        if let Some(leaf) = row.last_seen.as_ref().and_then(|seen| seen.chain().first()) {
            self.leaves.insert(leaf.fingerprint, leaf);
        }
        let Some(handshake) = handshake_of(row) else { return };
        bump(&mut self.versions, handshake.version);
        bump(&mut self.groups, handshake.group);
        bump(&mut self.ciphers, handshake.cipher);
        bump(&mut self.alpn, Some(handshake.alpn.as_ref().map_or("none", |alpn| alpn.as_str())));
    }

    fn finish(self) -> Counts {
        let (mut keys, mut signatures, mut issuers) = (HashMap::new(), HashMap::new(), HashMap::new());
        for leaf in self.leaves.values() {
            bump(&mut keys, Some(&leaf.key));
            bump(&mut signatures, Some(&leaf.signature.name));
            bump(&mut issuers, Some(&leaf.issuer_short));
        }
        Counts {
            by: [
                distribution(self.versions),
                distribution(self.groups),
                distribution(self.ciphers),
                distribution(keys),
                distribution(signatures),
                distribution(issuers),
                distribution(self.alpn),
            ],
        }
    }
}

fn bump<K: Eq + Hash>(counts: &mut HashMap<K, usize>, value: Option<K>) {
    if let Some(value) = value {
        *counts.entry(value).or_default() += 1;
    }
}

fn distribution<K: ToString>(counts: HashMap<K, usize>) -> Distribution {
    let total = counts.values().sum();
    let mut counts: Vec<Count> = counts
        .into_iter()
        .map(|(name, count)| Count { name: name.to_string().into(), count, hour_ago: None })
        .collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    Distribution { counts, total }
}
